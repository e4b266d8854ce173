/* SPDX-License-Identifier: Apache-2.0 */
/* What a save does to links, devices and files that may not be written. All of them are made here: nothing in /dev is touched,
 * and what may go wrong as root goes wrong in a folder of our own. */
#define _XOPEN_SOURCE 700 /* mknod */
#include "files/atomic_writer.h"
#include "files/save_target.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static temp_dir dir;

static denoise_status save(const char *name, const char *text)
{
    denoise__atomic_writer writer;
    denoise_status status = denoise__atomic_open(&writer, temp_dir_file(&dir, name));
    if (status == DENOISE_OK) status = denoise__atomic_write(&writer, text, (int64_t)strlen(text));
    if (status == DENOISE_OK) status = denoise__atomic_commit(&writer);
    return status;
}

static void link_to(const char *name, const char *text)
{
    assert_int_equal(symlink(text, temp_dir_file(&dir, name)), 0);
}

static mode_t kind_of(const char *name)
{
    struct stat facts;
    assert_int_equal(lstat(temp_dir_file(&dir, name), &facts), 0);
    return facts.st_mode & S_IFMT;
}

static void expect_content(const char *name, const char *expected)
{
    char *content = temp_dir_read(&dir, name, NULL);
    assert_string_equal(content, expected);
    free(content);
}

static void expect_refused(const char *name, const char *why)
{
    assert_int_equal(save(name, "x"), DENOISE_ERR_IO);
    if (strstr(denoise_last_error(), why) == NULL) fail_msg("%s: %s", name, denoise_last_error());
    assert_non_null(strstr(denoise_last_error(), name));
}

static void links_are_followed_and_stay(void **state)
{
    (void)state;
    char absolute[TEMP_PATH_SIZE + 64];
    (void)snprintf(absolute, sizeof absolute, "%s/deep/middle", dir.path);
    assert_int_equal(mkdir(temp_dir_file(&dir, "deep"), 0700), 0);
    temp_dir_write(&dir, "file", "old", 3);
    assert_int_equal(chmod(temp_dir_file(&dir, "file"), 0640), 0);
    link_to("deep/middle", "../file");
    link_to("first", absolute);
    assert_int_equal(save("first", "new"), DENOISE_OK);
    assert_int_equal(kind_of("first"), S_IFLNK);
    assert_int_equal(kind_of("deep/middle"), S_IFLNK);
    assert_int_equal(kind_of("file"), S_IFREG);
    expect_content("file", "new");
    struct stat facts;
    assert_int_equal(stat(temp_dir_file(&dir, "file"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0640);
}

static void a_link_that_leads_nowhere_gets_its_file(void **state)
{
    (void)state;
    link_to("link", "there");
    assert_int_equal(save("link", "new"), DENOISE_OK);
    assert_int_equal(kind_of("link"), S_IFLNK);
    expect_content("there", "new");
    link_to("lost", "no/folder");
    assert_int_equal(save("lost", "new"), DENOISE_ERR_NOT_FOUND);
    assert_int_equal(kind_of("lost"), S_IFLNK);
    link_to("loop", "loop");
    expect_refused("loop", "Too many levels");
}

/* As /dev/stdout is one: a link to /proc/self/fd/1. */
static void links_to_open_files(void **state)
{
    (void)state;
    if (access("/proc/self/fd/0", F_OK) != 0) skip();
    char text[64];
    temp_dir_write(&dir, "out", "old", 3);
    int fd = open(temp_dir_file(&dir, "out"), O_WRONLY);
    assert_true(fd >= 0);
    (void)snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
    link_to("stdout", text);
    assert_int_equal(save("stdout", "new"), DENOISE_OK);
    assert_int_equal(kind_of("stdout"), S_IFLNK);
    expect_content("out", "new");
    close(fd);
    fd = open(temp_dir_file(&dir, "out"), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(unlink(temp_dir_file(&dir, "out")), 0);
    expect_refused("stdout", "no name"); /* where "out (deleted)" is its text */
    assert_int_equal(kind_of("stdout"), S_IFLNK);
    close(fd);
}

static void pipes_and_devices(void **state)
{
    (void)state;
    int ends[2];
    char text[64];
    assert_int_equal(mkfifo(temp_dir_file(&dir, "pipe"), 0600), 0);
    link_to("to_pipe", "pipe");
    expect_refused("to_pipe", "no regular file");
    assert_int_equal(kind_of("to_pipe"), S_IFLNK);
    assert_int_equal(kind_of("pipe"), S_IFIFO);
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(text, sizeof text, "/proc/self/fd/%d", ends[1]);
    if (access(text, F_OK) == 0) {
        link_to("to_open_pipe", text);
        expect_refused("to_open_pipe", "no regular file");
        assert_int_equal(kind_of("to_open_pipe"), S_IFLNK);
    }
    close(ends[0]);
    close(ends[1]);
    struct stat full;
    if (stat("/dev/full", &full) != 0 || mknod(temp_dir_file(&dir, "full"), S_IFCHR | 0600, full.st_rdev) != 0) return;
    link_to("to_full", "full");
    expect_refused("full", "no regular file");
    expect_refused("to_full", "no regular file");
    assert_int_equal(kind_of("full"), S_IFCHR);
    assert_int_equal(kind_of("to_full"), S_IFLNK);
}

/* Also for root, which could. */
static void files_that_nobody_may_write(void **state)
{
    (void)state;
    temp_dir_write(&dir, "file", "old", 3);
    assert_int_equal(chmod(temp_dir_file(&dir, "file"), 0444), 0);
    link_to("link", "file");
    expect_refused("file", "read-only");
    expect_refused("link", "read-only");
    expect_content("file", "old");
    assert_int_equal(chmod(temp_dir_file(&dir, "file"), 0644), 0);
    assert_int_equal(save("link", "new"), DENOISE_OK);
    expect_content("file", "new");
}

static int save_as_nobody(void)
{
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) return 77;
    if (save("file", "x") != DENOISE_ERR_IO || strstr(denoise_last_error(), "Permission denied") == NULL) return 1;
    return save("new", "x") == DENOISE_OK ? 0 : 2;
}

static void files_that_this_process_may_not_write(void **state)
{
    (void)state;
    if (geteuid() != 0) skip(); /* who owns the file can write it */
    temp_dir_write(&dir, "file", "old", 3);
    assert_int_equal(chmod(temp_dir_file(&dir, "file"), 0644), 0);
    assert_int_equal(chmod(dir.path, 0777), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(save_as_nobody());
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    if (WEXITSTATUS(result) == 77) skip();
    assert_int_equal(WEXITSTATUS(result), 0);
    expect_content("file", "old");
}

static void a_target_that_turns_into_a_link(void **state)
{
    (void)state;
    denoise__atomic_writer writer;
    temp_dir_write(&dir, "other", "other", 5);
    assert_int_equal(denoise__atomic_open(&writer, temp_dir_file(&dir, "file")), DENOISE_OK);
    link_to("file", "other");
    assert_int_equal(denoise__atomic_commit(&writer), DENOISE_ERR_IO);
    assert_non_null(strstr(denoise_last_error(), "no regular file any more"));
    assert_int_equal(kind_of("file"), S_IFLNK);
    expect_content("other", "other");
}

static void out_of_memory(void **state)
{
    (void)state;
    link_to("link", "there");
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise__save_target target;
        failing_alloc_arm(n, false);
        denoise_status status = denoise__save_target_find(&target, temp_dir_file(&dir, "link"));
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise__save_target_free(&target);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
        assert_true(n < 10);
    }
    failing_alloc_remove();
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
        cmocka_unit_test_setup_teardown(links_are_followed_and_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_that_leads_nowhere_gets_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_to_open_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pipes_and_devices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_nobody_may_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_this_process_may_not_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_target_that_turns_into_a_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
