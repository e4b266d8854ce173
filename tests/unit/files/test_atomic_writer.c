/* SPDX-License-Identifier: Apache-2.0 */
#include "files/atomic_writer.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static temp_dir dir;

static int count_files(const char *path)
{
    DIR *stream = opendir(path);
    assert_non_null(stream);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(stream);
    return count;
}

static void expect_content(const char *name, const char *expected)
{
    size_t size;
    char *content = temp_dir_read(&dir, name, &size);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(content, expected);
    free(content);
}

static denoise_status save(const char *path, const char *text)
{
    denoise__atomic_writer writer;
    denoise_status status = denoise__atomic_open(&writer, path);
    if (status == DENOISE_OK) status = denoise__atomic_write(&writer, text, (int64_t)strlen(text));
    if (status == DENOISE_OK) status = denoise__atomic_commit(&writer);
    return status;
}

static mode_t mode_of(const char *name)
{
    struct stat facts;
    assert_int_equal(stat(temp_dir_file(&dir, name), &facts), 0);
    return facts.st_mode & 0777;
}

static void writes_and_replaces(void **state)
{
    (void)state;
    assert_int_equal(save(temp_dir_file(&dir, "file"), "one"), DENOISE_OK);
    expect_content("file", "one");
    assert_int_equal(save(temp_dir_file(&dir, "file"), "second"), DENOISE_OK);
    expect_content("file", "second");
    assert_int_equal(count_files(dir.path), 1);
}

static void the_old_file_stays_until_the_end(void **state)
{
    (void)state;
    temp_dir_write(&dir, "file", "old", 3);
    denoise__atomic_writer writer;
    assert_int_equal(denoise__atomic_open(&writer, temp_dir_file(&dir, "file")), DENOISE_OK);
    assert_int_equal(denoise__atomic_write(&writer, "new", 3), DENOISE_OK);
    expect_content("file", "old");
    assert_int_equal(count_files(dir.path), 2);
    denoise__atomic_abandon(&writer);
    denoise__atomic_abandon(&writer); /* closed: nothing happens */
    expect_content("file", "old");
    assert_int_equal(count_files(dir.path), 1);
}

static void modes(void **state)
{
    (void)state;
    mode_t old = umask(027);
    assert_int_equal(save(temp_dir_file(&dir, "new"), "x"), DENOISE_OK);
    umask(old);
    assert_int_equal(mode_of("new"), 0640);
    assert_int_equal(chmod(temp_dir_file(&dir, "new"), 0600), 0);
    assert_int_equal(save(temp_dir_file(&dir, "new"), "y"), DENOISE_OK); /* stays private */
    assert_int_equal(mode_of("new"), 0600);
}

static void nobody_else_reads_it_before_the_end(void **state)
{
    (void)state;
    denoise__atomic_writer writer;
    assert_int_equal(denoise__atomic_open(&writer, temp_dir_file(&dir, "private")), DENOISE_OK);
    struct stat facts;
    assert_int_equal(stat(writer.temporary.path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    denoise__atomic_abandon(&writer);
}

static void names_without_a_folder(void **state)
{
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir.path), 0);
    assert_int_equal(save("here", "x"), DENOISE_OK);
    assert_int_equal(chdir(before), 0);
    expect_content("here", "x");
}

static void names_as_long_as_they_may_be(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_int_equal(save(temp_dir_file(&dir, name), "x"), DENOISE_OK);
    expect_content(name, "x");
}

static void expect_failure(const char *path, denoise_status expected, const char *text)
{
    assert_int_equal(save(path, "x"), expected);
    assert_non_null(strstr(denoise_last_error(), text));
    assert_non_null(strstr(denoise_last_error(), path));
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    expect_failure(temp_dir_file(&dir, "missing/file"), DENOISE_ERR_NOT_FOUND, "No such file");
    expect_failure(dir.path, DENOISE_ERR_IO, "no regular file");
    expect_failure("/dev/full", DENOISE_ERR_IO, "no regular file"); /* not replaced, though root could */
    temp_dir_write(&dir, "file", "old", 3);
    expect_failure(temp_dir_file(&dir, "file/below"), DENOISE_ERR_NOT_FOUND, "cannot write");
    assert_int_equal(mkfifo(temp_dir_file(&dir, "pipe"), 0600), 0);
    expect_failure(temp_dir_file(&dir, "pipe"), DENOISE_ERR_IO, "no regular file");
    assert_int_equal(count_files(dir.path), 2);
}

/* root writes everywhere, so the folder of a running system that refuses it is used as well. */
static void a_folder_that_is_read_only(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        assert_int_equal(save("/proc/self/file", "x"), DENOISE_ERR_NOT_FOUND);
        return;
    }
    assert_int_equal(mkdir(temp_dir_file(&dir, "closed"), 0500), 0);
    expect_failure(temp_dir_file(&dir, "closed/file"), DENOISE_ERR_IO, "create a file beside");
    assert_int_equal(count_files(temp_dir_file(&dir, "closed")), 0);
}

/* In a child: a limit on the size of files ends writing as a full disk does. */
static void write_beyond_the_limit(const char *path)
{
    struct rlimit limit = {1000, 1000};
    char block[600];
    memset(block, 'b', sizeof block);
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    denoise__atomic_writer writer;
    if (denoise__atomic_open(&writer, path) != DENOISE_OK) _exit(3);
    if (denoise__atomic_write(&writer, block, sizeof block) != DENOISE_OK) _exit(4);
    if (denoise__atomic_write(&writer, block, sizeof block) != DENOISE_ERR_IO) _exit(5); /* 400 fit, then none */
    if (writer.path != NULL || writer.temporary.fd != -1 || strstr(denoise_last_error(), path) == NULL) _exit(6);
    _exit(0);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    temp_dir full;
    temp_dir_make(&full);
    temp_dir_write(&full, "file", "old", 3);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) write_beyond_the_limit(temp_dir_file(&full, "file"));
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    char *content = temp_dir_read(&full, "file", NULL);
    assert_string_equal(content, "old");
    free(content);
    assert_int_equal(count_files(full.path), 1);
    temp_dir_remove(&full);
}

static void a_target_that_turns_into_a_folder(void **state)
{
    (void)state;
    temp_dir turned;
    temp_dir_make(&turned);
    denoise__atomic_writer writer;
    assert_int_equal(denoise__atomic_open(&writer, temp_dir_file(&turned, "x")), DENOISE_OK);
    assert_int_equal(mkdir(temp_dir_file(&turned, "x"), 0700), 0);
    assert_int_equal(denoise__atomic_commit(&writer), DENOISE_ERR_IO);
    assert_non_null(strstr(denoise_last_error(), "cannot replace"));
    assert_int_equal(count_files(turned.path), 1);
    temp_dir_remove(&turned);
}

static void out_of_memory(void **state)
{
    (void)state;
    temp_dir full;
    temp_dir_make(&full);
    temp_dir_write(&full, "file", "old", 3);
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = save(temp_dir_file(&full, "file"), "new");
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(count_files(full.path), 1);
        if (!failed) break;
        assert_int_equal(failing_alloc_live(), 0);
    }
    failing_alloc_remove();
    char *content = temp_dir_read(&full, "file", NULL);
    assert_string_equal(content, "new");
    free(content);
    temp_dir_remove(&full);
}

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_and_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_old_file_stays_until_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(modes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_reads_it_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_without_a_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_as_long_as_they_may_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_that_cannot_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_read_only, set_up, tear_down),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(a_target_that_turns_into_a_folder),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
