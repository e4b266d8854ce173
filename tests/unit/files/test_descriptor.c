/* SPDX-License-Identifier: Apache-2.0 */
#include "files/descriptor.h"
#include "support/cmocka_test.h"
#include "support/temp_dir.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int interrupted_call(int *times, int error)
{
    if (*times == 0) return 7;
    (*times)--;
    errno = error;
    return -1;
}

static void again_after_signals_but_not_for_ever(void **state)
{
    (void)state;
    int result, times = 3;
    DENOISE__AGAIN(result, interrupted_call(&times, EINTR));
    assert_int_equal(result, 7);
    times = 3;
    DENOISE__AGAIN(result, interrupted_call(&times, EIO));
    assert_int_equal(result, -1);
    assert_int_equal(times, 2);
    times = 2000000000;
    DENOISE__AGAIN(result, interrupted_call(&times, EINTR));
    assert_int_equal(result, -1);
    assert_int_equal(errno, EINTR);
}

static void writes_all(void **state)
{
    (void)state;
    temp_dir dir;
    temp_dir_make(&dir);
    int fd = denoise__open(temp_dir_file(&dir, "file"), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_true(denoise__write_all(fd, "text", 4));
    assert_true(denoise__write_all(fd, NULL, 0));
    assert_true(denoise__close(fd));
    assert_false(denoise__close(fd));
    assert_int_equal(errno, EBADF);
    assert_false(denoise__write_all(fd, "text", 4));
    char *text = temp_dir_read(&dir, "file", NULL);
    assert_string_equal(text, "text");
    free(text);
    temp_dir_remove(&dir);
}

static void a_full_device(void **state)
{
    (void)state;
    int fd = denoise__open("/dev/full", O_WRONLY, 0);
    if (fd < 0) skip();
    assert_false(denoise__write_all(fd, "text", 4));
    assert_int_equal(errno, ENOSPC);
    assert_true(denoise__close(fd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(again_after_signals_but_not_for_ever),
        cmocka_unit_test(writes_all),
        cmocka_unit_test(a_full_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
