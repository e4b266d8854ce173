/* SPDX-License-Identifier: Apache-2.0 */
#include "files/atomic_writer.h"
#include "files/temporary_file.h"
#include "support/cmocka_test.h"
#include "support/nets.h"
#include "support/sanitizer.h"
#include "support/temp_dir.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static temp_dir dir;
static char folder[TEMP_PATH_SIZE + 1];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    (void)snprintf(folder, sizeof folder, "%s/", dir.path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static int count_files(void)
{
    DIR *stream = opendir(dir.path);
    assert_non_null(stream);
    int count = -2; /* "." and ".." */
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count;
}

static denoise__temporary_file make(void)
{
    denoise__temporary_file file;
    ASSERT_OK(denoise__temporary_open(&file, folder, 0600, "target"));
    return file;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* A child makes `count` of them and dies; the name of the last one is left in name. */
static void die_with(int count, char *name, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (int i = 0; i < count; i++) {
            denoise__temporary_file file;
            if (denoise__temporary_open(&file, folder, 0600, "target") != DENOISE_OK) _exit(1);
            if (i == count - 1 && write(ends[1], file.path, strlen(file.path) + 1) < 0) _exit(2);
        }
        (void)raise(SIGKILL);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    assert_true(read(ends[0], name, size) > 0);
    close(ends[0]);
    close(ends[1]);
}

static void the_living_are_left_alone(void **state)
{
    (void)state;
    denoise__temporary_file first = make(), second = make(), third = make();
    assert_string_not_equal(first.path, second.path);
    assert_int_equal(count_files(), 3);
    assert_int_equal(denoise__temporary_close(&first), 0); /* still locked: it is on its way to its target */
    denoise__temporary_file fourth = make();
    assert_true(is_there(first.path) && is_there(second.path) && is_there(third.path));
    denoise__temporary_remove(&second);
    denoise__temporary_file again = make(); /* the free place */
    assert_int_equal(count_files(), 4);
    denoise__temporary_remove(&first);
    denoise__temporary_remove(&third);
    denoise__temporary_remove(&fourth);
    denoise__temporary_remove(&again);
    denoise__temporary_remove(&again);
    assert_int_equal(count_files(), 0);
}

static void the_living_in_another_process_are_left_alone(void **state)
{
    (void)state;
    denoise__temporary_file mine = make();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        denoise__temporary_file file;
        if (denoise__temporary_open(&file, folder, 0600, "target") != DENOISE_OK) _exit(1);
        bool right = strcmp(file.path, mine.path) != 0 && is_there(mine.path);
        denoise__temporary_remove(&file);
        _exit(right ? 0 : 2);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(count_files(), 1);
    denoise__temporary_remove(&mine);
}

static void what_the_dead_left_is_removed(void **state)
{
    (void)state;
    char name[TEMP_PATH_SIZE + 64];
    die_with(3, name, sizeof name);
    assert_int_equal(count_files(), 3);
    denoise__temporary_file file = make();
    assert_int_equal(count_files(), 1);
    denoise__temporary_remove(&file);
    assert_int_equal(count_files(), 0);
}

/* The file of another host, and things that only have the name. */
static void others_are_left_alone(void **state)
{
    (void)state;
    char name[TEMP_PATH_SIZE + 64], other[TEMP_PATH_SIZE + 64];
    die_with(1, name, sizeof name);
    (void)snprintf(other, sizeof other, "%s", name);
    char *digit = strrchr(other, '/') + sizeof ".denoise-";
    *digit = *digit == '0' ? '1' : '0';
    assert_int_equal(rename(name, other), 0);
    assert_int_equal(mkdir(name, 0700), 0);
    denoise__temporary_file file = make();
    assert_true(is_there(other) && is_there(name));
    denoise__temporary_remove(&file);
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(symlink(other, name), 0);
    file = make();
    denoise__temporary_remove(&file);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(mkfifo(name, 0600), 0);
    file = make();
    assert_true(is_there(other) && is_there(name));
    denoise__temporary_remove(&file);
    assert_int_equal(count_files(), 2);
}

static void released_it_stays(void **state)
{
    (void)state;
    denoise__temporary_file file = make();
    assert_int_equal(rename(file.path, temp_dir_file(&dir, "target")), 0);
    denoise__temporary_release(&file);
    assert_null(file.path);
    assert_int_equal(count_files(), 1);
}

enum { THREADS = 8, SAVES = 100 };

static char same[TEMP_PATH_SIZE + 256];

static void *save_often(void *argument)
{
    const char *text = argument;
    for (int i = 0; i < SAVES; i++) {
        denoise__atomic_writer writer;
        if (denoise__atomic_open(&writer, same) != DENOISE_OK) return (void *)"open";
        if (denoise__atomic_write(&writer, text, (int64_t)strlen(text)) != DENOISE_OK) return (void *)"write";
        if (i % 7 == 0) {
            denoise__atomic_abandon(&writer);
        } else if (denoise__atomic_commit(&writer) != DENOISE_OK) {
            return (void *)"commit";
        }
    }
    return NULL;
}

/* Nobody takes the file of another for a dead one's, not even in the moment before it is locked. */
static void many_at_once(void **state)
{
    (void)state;
    static char texts[THREADS][64];
    pthread_t threads[THREADS];
    void *failed;
    (void)snprintf(same, sizeof same, "%s", temp_dir_file(&dir, "same"));
    pid_t child = DENOISE_TEST_TSAN ? -1 : fork();
    for (int i = 0; i < THREADS; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%d the text of a thread %d", child == 0, i);
        assert_int_equal(pthread_create(&threads[i], NULL, save_often, texts[i]), 0);
    }
    bool all = true;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        if (failed != NULL) print_error("%s: %s\n", (const char *)failed, "failed");
        all = all && failed == NULL;
    }
    if (child == 0) _exit(all ? 0 : 1);
    assert_true(all);
    int result = 0;
    if (child > 0) assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_int_equal(count_files(), 1);
    size_t size;
    char *text = temp_dir_read(&dir, "same", &size);
    assert_int_equal(size, strlen(texts[0]));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_living_are_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_living_in_another_process_are_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_dead_left_is_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_are_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(released_it_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
