/* SPDX-License-Identifier: Apache-2.0 */
/* Files, folders and mapped files. fsync, close and write are wrapped (see CMakeLists.txt) so that signals come. */
#include "core/platform/failure.h"
#include "core/platform/folder.h"
#include "core/platform/pages.h"
#include "support/cmocka_test.h"
#include "support/temp_dir.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_close(int fd);
int __wrap_close(int fd);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

/* The next so many calls of a function fail so. */
static struct trouble {
    int times, error, calls;
} sync_trouble, close_trouble, write_trouble;

static bool strikes(struct trouble *trouble)
{
    trouble->calls++;
    if (trouble->times == 0) return false;
    trouble->times--;
    errno = trouble->error;
    return true;
}

int __wrap_fsync(int fd)
{
    return strikes(&sync_trouble) ? -1 : __real_fsync(fd);
}

int __wrap_close(int fd)
{
    int result = __real_close(fd);
    return strikes(&close_trouble) ? -1 : result;
}

/* error 0: nothing is taken. A signal leaves half of the data written. */
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    if (strikes(&write_trouble)) return write_trouble.error == 0 ? 0 : -1;
    return __real_write(fd, data, size > 1 ? size / 2 : size);
}

static temp_dir dir;

static int make_folder(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static const char *in(const char *name)
{
    return temp_dir_file(&dir, name);
}

static int32_t kind_of(int error)
{
    assert_int_not_equal(error, 0);
    return denoise__error_kind(error);
}

static void new_files_are_new(void **state)
{
    (void)state;
    denoise__file file, other = 5;
    denoise__file_facts facts;
    bool same;
    errno = 77;
    assert_int_equal(kind_of(denoise__file_open(&other, in("none"))), DENOISE__ERROR_MISSING);
    assert_int_equal(other, DENOISE__NO_FILE);
    assert_int_equal(denoise__file_create(&file, in("new"), 0640), 0);
    assert_int_equal(kind_of(denoise__file_create(&other, in("new"), 0640)), DENOISE__ERROR_EXISTS);
    assert_int_equal(fcntl((int)file, F_GETFD), FD_CLOEXEC);
    assert_int_equal(denoise__file_write(file, "text", 4), 0);
    assert_int_equal(denoise__file_set_access(file, 0604), 0);
    assert_int_equal(denoise__file_sync(file), 0);
    assert_int_equal(denoise__file_facts_of(&facts, file), 0);
    assert_true(facts.kind == DENOISE__FILE_REGULAR && facts.access == 0604 && facts.size == 4 && facts.has_name);
    assert_int_equal(denoise__file_is(&same, file, in("new")), 0);
    assert_true(same);
    assert_int_equal(kind_of(denoise__file_is(&same, file, in("none"))), DENOISE__ERROR_MISSING);
    assert_false(same);
    assert_int_equal(denoise__path_remove(in("new")), 0);
    assert_int_equal(kind_of(denoise__path_remove(in("new"))), DENOISE__ERROR_MISSING);
    assert_int_equal(denoise__file_facts_of(&facts, file), 0);
    assert_false(facts.has_name);
    assert_int_equal(denoise__file_close(file), 0);
    assert_int_equal(errno, 77);
    assert_int_equal(denoise__file_close(file), EBADF);
    assert_int_equal(denoise__file_write(file, "text", 4), EBADF);
    assert_int_equal(errno, 77);
}

static void rows_go_behind_what_is_there(void **state)
{
    (void)state;
    denoise__file first, second;
    char last = 'x';
    int64_t got = -1;
    temp_dir_write(&dir, "rows", "one\n", 4);
    assert_int_equal(denoise__file_open_end(&first, in("rows"), true), 0);
    assert_int_equal(denoise__file_open_end(&second, in("rows"), false), 0);
    assert_int_equal(denoise__file_write(second, "two\n", 4), 0);
    assert_int_equal(denoise__file_write(first, "three", 5), 0);
    assert_int_equal(denoise__file_read_at(first, &last, 1, 12, &got), 0);
    assert_true(got == 1 && last == 'e');
    assert_int_equal(denoise__file_read_at(first, &last, 1, 13, &got), 0);
    assert_int_equal(got, 0);
    assert_int_equal(denoise__file_read_at(second, &last, 1, 0, &got), EBADF);
    assert_int_equal(denoise__file_truncate(first, 8), 0);
    assert_int_equal(denoise__file_wait(first), 0);
    assert_int_equal(fcntl((int)first, F_GETFL) & (O_NONBLOCK | O_APPEND), O_APPEND);
    assert_int_equal(denoise__file_close(first), 0);
    assert_int_equal(denoise__file_close(second), 0);
    char *text = temp_dir_read(&dir, "rows", NULL);
    assert_string_equal(text, "one\ntwo\n");
    free(text);
}

static void a_lock_lasts_as_long_as_a_copy(void **state)
{
    (void)state;
    denoise__file file, copy, other;
    temp_dir_write(&dir, "locked", "x", 1);
    assert_int_equal(denoise__file_open_found(&file, in("locked")), 0);
    assert_int_equal(denoise__file_open_found(&other, in("locked")), 0);
    assert_int_equal(denoise__file_lock(file), 0);
    assert_int_equal(denoise__file_copy(&copy, file), 0);
    assert_int_equal(fcntl((int)copy, F_GETFD), FD_CLOEXEC);
    assert_int_equal(kind_of(denoise__file_lock(other)), DENOISE__ERROR_BUSY);
    assert_int_equal(denoise__file_close(file), 0);
    assert_int_equal(kind_of(denoise__file_lock(other)), DENOISE__ERROR_BUSY);
    assert_int_equal(denoise__file_close(copy), 0);
    assert_int_equal(denoise__file_lock(other), 0);
    assert_int_equal(denoise__file_close(other), 0);
}

static void links_and_pipes_are_told_apart(void **state)
{
    (void)state;
    denoise__file file;
    denoise__file_facts behind, link_itself, target;
    bool same;
    temp_dir_write(&dir, "target", "abc", 3);
    assert_int_equal(symlink("target", in("link")), 0);
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_int_equal(denoise__path_facts(&behind, in("link")), 0);
    assert_int_equal(denoise__link_facts(&link_itself, in("link")), 0);
    assert_int_equal(denoise__link_facts(&target, in("target")), 0);
    assert_true(behind.kind == DENOISE__FILE_REGULAR && link_itself.kind == DENOISE__FILE_LINK);
    assert_memory_equal(behind.identity, target.identity, sizeof behind.identity);
    assert_true(memcmp(behind.identity, link_itself.identity, sizeof behind.identity) != 0);
    assert_int_not_equal(denoise__file_open_found(&file, in("link")), 0);
    assert_int_equal(denoise__file_open(&file, in("link")), 0);
    assert_int_equal(denoise__file_is(&same, file, in("link")), 0);
    assert_false(same);
    assert_int_equal(denoise__file_close(file), 0);
    assert_int_equal(denoise__file_open(&file, in("pipe")), 0); /* and nobody waits for a writer */
    assert_int_equal(denoise__file_facts_of(&behind, file), 0);
    assert_int_equal(behind.kind, DENOISE__FILE_OTHER);
    assert_int_equal(denoise__file_close(file), 0);
    assert_int_equal(denoise__path_facts(&behind, "/dev/null"), 0);
    assert_int_equal(behind.kind, DENOISE__FILE_DEVICE);
    assert_int_equal(denoise__path_facts(&behind, dir.path), 0);
    assert_int_equal(behind.kind, DENOISE__FILE_FOLDER);
    assert_int_equal(kind_of(denoise__path_facts(&behind, in("target/x"))), DENOISE__ERROR_NO_FOLDER);
}

static void a_name_is_taken_over(void **state)
{
    (void)state;
    bool is_there = true;
    denoise__file folder;
    temp_dir_write(&dir, "from", "new", 3);
    temp_dir_write(&dir, "to", "old", 3);
    assert_int_equal(denoise__path_replace(in("from"), in("to")), 0);
    assert_int_equal(denoise__path_exists(&is_there, in("from")), 0);
    assert_false(is_there);
    assert_int_equal(denoise__path_exists(&is_there, in("to/x")), 0);
    assert_false(is_there);
    assert_int_equal(denoise__path_exists(&is_there, in("to")), 0);
    assert_true(is_there);
    assert_int_equal(kind_of(denoise__path_replace(in("from"), in("to"))), DENOISE__ERROR_MISSING);
    assert_int_equal(denoise__folder_open(&folder, dir.path), 0);
    assert_int_equal(denoise__folder_sync(folder), 0);
    sync_trouble = (struct trouble){1, EINVAL, 0};
    assert_int_equal(denoise__folder_sync(folder), 0); /* a file system that cannot */
    sync_trouble = (struct trouble){1, EIO, 0};
    assert_int_equal(denoise__folder_sync(folder), EIO);
    assert_int_equal(denoise__file_close(folder), 0);
    assert_int_equal(kind_of(denoise__folder_open(&folder, in("to"))), DENOISE__ERROR_NO_FOLDER);
    assert_int_equal(folder, DENOISE__NO_FILE);
}

static void again_after_signals_but_not_for_ever(void **state)
{
    (void)state;
    denoise__file file;
    assert_int_equal(denoise__file_create(&file, in("signals"), 0600), 0);
    sync_trouble = (struct trouble){3, EINTR, 0};
    assert_int_equal(denoise__file_sync(file), 0);
    assert_int_equal(sync_trouble.calls, 4);
    sync_trouble = (struct trouble){3, EIO, 0};
    assert_int_equal(denoise__file_sync(file), EIO);
    assert_int_equal(sync_trouble.calls, 1);
    sync_trouble = (struct trouble){2000000000, EINTR, 0};
    assert_int_equal(denoise__file_sync(file), EINTR);
    sync_trouble.times = 0;
    write_trouble = (struct trouble){3, EINTR, 0};
    assert_int_equal(denoise__file_write(file, "in pieces", 9), 0);
    write_trouble = (struct trouble){1, 0, 0};
    assert_int_equal(denoise__file_write(file, "x", 1), ENOSPC);
    close_trouble = (struct trouble){1, EINTR, 0};
    assert_int_equal(denoise__file_close(file), 0);
    assert_int_equal(close_trouble.calls, 1);
    assert_int_equal(fcntl((int)file, F_GETFD), -1);
    assert_int_equal(denoise__file_open_end(&file, in("signals"), false), 0);
    close_trouble = (struct trouble){1, EIO, 0};
    assert_int_equal(denoise__file_close(file), EIO);
    char *text = temp_dir_read(&dir, "signals", NULL);
    assert_string_equal(text, "in pieces");
    free(text);
}

static void a_full_device(void **state)
{
    (void)state;
    denoise__file file;
    if (denoise__file_open_end(&file, "/dev/full", false) != 0) skip();
    assert_int_equal(denoise__file_write(file, "text", 4), ENOSPC);
    assert_int_equal(denoise__file_write(file, NULL, 0), 0);
    assert_int_equal(denoise__file_close(file), 0);
}

static void a_file_as_memory(void **state)
{
    (void)state;
    denoise__file file;
    const void *start = &file;
    char *data = malloc(100000);
    assert_non_null(data);
    for (int i = 0; i < 100000; i++)
        data[i] = (char)(i * 7);
    temp_dir_write(&dir, "mapped", data, 100000);
    assert_int_equal(denoise__file_open(&file, in("mapped")), 0);
    assert_int_equal(denoise__pages_map(&start, file, 100000), 0);
    assert_int_equal(denoise__file_close(file), 0);
    assert_memory_equal(start, data, 100000);
    denoise__pages_unmap(start, 100000);
    denoise__pages_unmap(NULL, 1);
    errno = 77;
    assert_int_equal(denoise__pages_map(&start, DENOISE__NO_FILE, 1), EBADF);
    assert_null(start);
    denoise__pages_be_huge(data, 1000); /* less than one: nothing to wish for */
    assert_int_equal(errno, 77);
    free(data);
}

/* How many mappings this process has; 0: the system does not tell. */
static int mappings(void)
{
    int lines = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) return 0;
    for (int c = getc(maps); c != EOF; c = getc(maps))
        lines += c == '\n';
    (void)fclose(maps);
    return lines;
}

static void mapped_memory_is_given_back(void **state)
{
    (void)state;
    enum { TIMES = 50 };
    const void *start[TIMES];
    denoise__file file;
    temp_dir_write(&dir, "again", "0123456789", 10);
    assert_int_equal(denoise__file_open(&file, in("again")), 0);
    int before = mappings();
    if (before == 0) skip();
    for (int i = 0; i < TIMES; i++)
        assert_int_equal(denoise__pages_map(&start[i], file, 10), 0);
    for (int i = 0; i < TIMES; i++)
        denoise__pages_unmap(start[i], 10);
    assert_in_range(mappings(), 1, before + TIMES / 4);
    assert_int_equal(denoise__file_close(file), 0);
}

static void paths(void **state)
{
    (void)state;
    assert_int_equal(denoise__path_folder_length("a/b"), 2);
    assert_int_equal(denoise__path_folder_length("/b"), 1);
    assert_int_equal(denoise__path_folder_length("b"), 0);
    assert_int_equal(denoise__path_folder_length("a/b/"), 4);
    assert_true(denoise__path_is_absolute("/"));
    assert_false(denoise__path_is_absolute("a/b"));
    assert_false(denoise__path_is_absolute(""));
}

static void expect_cache(const char *xdg, const char *home, const char *folder, const char *below)
{
    const char *found_folder, *found_below;
    (void)(xdg == NULL ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", xdg, 1));
    (void)(home == NULL ? unsetenv("HOME") : setenv("HOME", home, 1));
    bool found = denoise__cache_folder(&found_folder, &found_below);
    assert_int_equal(found, folder != NULL);
    if (!found) return;
    assert_string_equal(found_folder, folder);
    assert_string_equal(found_below, below);
}

static void where_a_user_keeps_what_can_be_had_again(void **state)
{
    (void)state;
    expect_cache("/cache", "/home/me", "/cache", "");
    expect_cache("cache", "/home/me", "/home/me", "/.cache");
    expect_cache("", "/home/me", "/home/me", "/.cache");
    expect_cache(NULL, "/home/me", "/home/me", "/.cache");
    expect_cache(NULL, "", NULL, NULL);
    expect_cache("cache", NULL, NULL, NULL);
    assert_non_null(strstr(denoise__cache_settings(), "HOME"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_files_are_new),
        cmocka_unit_test(rows_go_behind_what_is_there),
        cmocka_unit_test(a_lock_lasts_as_long_as_a_copy),
        cmocka_unit_test(links_and_pipes_are_told_apart),
        cmocka_unit_test(a_name_is_taken_over),
        cmocka_unit_test(again_after_signals_but_not_for_ever),
        cmocka_unit_test(a_full_device),
        cmocka_unit_test(a_file_as_memory),
        cmocka_unit_test(mapped_memory_is_given_back),
        cmocka_unit_test(paths),
        cmocka_unit_test(where_a_user_keeps_what_can_be_had_again),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
