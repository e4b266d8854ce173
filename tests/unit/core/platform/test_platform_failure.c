/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/failure.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <locale.h>
#include <string.h>

static void kinds(void **state)
{
    (void)state;
    static const struct {
        int error;
        int32_t kind;
    } rows[] = {
        {ENOENT, DENOISE__ERROR_MISSING},   {ENOTDIR, DENOISE__ERROR_NO_FOLDER},
        {EEXIST, DENOISE__ERROR_EXISTS},    {EACCES, DENOISE__ERROR_DENIED},
        {EWOULDBLOCK, DENOISE__ERROR_BUSY}, {EAGAIN, DENOISE__ERROR_BUSY},
        {ENOMEM, DENOISE__ERROR_NO_MEMORY}, {EINVAL, DENOISE__ERROR_UNSUPPORTED},
        {ENOSPC, DENOISE__ERROR_OTHER},     {EIO, DENOISE__ERROR_OTHER},
        {0, DENOISE__ERROR_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(denoise__error_kind(rows[i].error), rows[i].kind);
}

static void the_text_is_english_and_fits(void **state)
{
    (void)state;
    char text[100], small[8];
    (void)setlocale(LC_ALL, "de_DE.UTF-8"); /* where there is such a one */
    errno = 77;
    denoise__error_text(text, sizeof text, ENOENT);
    denoise__error_text(small, sizeof small, ENOENT);
    assert_int_equal(errno, 77);
    assert_string_equal(text, "No such file or directory");
    assert_string_equal(small, "No such");
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(the_text_is_english_and_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
