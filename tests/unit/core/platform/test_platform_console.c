/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error is put on a terminal that the test makes, on a file, and away. */
#include "core/platform/console.h"
#include "support/cmocka_test.h"
#include "support/temp_dir.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Standard error becomes fd, which is closed; answers the old one. */
static int exchange(int fd)
{
    int old = dup(STDERR_FILENO);
    assert_true(old >= 0 && fd >= 0);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
    return old;
}

typedef struct answers {
    bool is_there;
    int32_t columns;
    int error;
} answers;

static answers ask(int fd)
{
    int old = exchange(fd);
    errno = 77;
    answers found = {denoise__console_is_terminal(DENOISE__STANDARD_ERROR), denoise__console_columns(DENOISE__STANDARD_ERROR),
                     denoise__console_write(DENOISE__STANDARD_ERROR, "words\n", 6)};
    int kept = errno;
    close(exchange(old));
    assert_int_equal(kept, 77);
    return found;
}

static void a_terminal(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) skip();
    struct winsize size = {.ws_row = 30, .ws_col = 123};
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    answers found = ask(open(ptsname(master), O_RDWR | O_NOCTTY));
    assert_true(found.is_there);
    assert_int_equal(found.columns, 123);
    assert_int_equal(found.error, 0);
    char text[6] = "";
    assert_int_equal(read(master, text, 5), 5);
    assert_string_equal(text, "words");
    close(master);
}

static void a_file(void **state)
{
    (void)state;
    temp_dir dir;
    temp_dir_make(&dir);
    answers found = ask(open(temp_dir_file(&dir, "file"), O_WRONLY | O_CREAT, 0600));
    assert_false(found.is_there);
    assert_int_equal(found.columns, 0);
    assert_int_equal(found.error, 0);
    char *text = temp_dir_read(&dir, "file", NULL);
    assert_string_equal(text, "words\n");
    free(text);
    temp_dir_remove(&dir);
}

static void nothing_can_be_written(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY);
    if (full < 0) skip();
    answers found = ask(full);
    assert_false(found.is_there);
    assert_int_equal(found.error, ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal),
        cmocka_unit_test(a_file),
        cmocka_unit_test(nothing_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
