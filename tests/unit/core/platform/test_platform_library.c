/* SPDX-License-Identifier: Apache-2.0 */
/* dlerror is wrapped (see CMakeLists.txt): other systems have other texts, or none. */
#include "core/platform/library.h"
#include "support/cmocka_test.h"
#include <errno.h>
#include <string.h>

char *__real_dlerror(void);
char *__wrap_dlerror(void);

static char *answer; /* NULL = the system's */
static bool is_silent;

char *__wrap_dlerror(void)
{
    char *text = __real_dlerror();
    if (is_silent) return NULL;
    return answer != NULL ? answer : text;
}

static void *open_missing(denoise__library_failure *failure)
{
    memset(failure, 'x', sizeof *failure);
    return denoise__library_open("/nowhere/libno.so", failure);
}

static void says_why_a_library_is_not_loaded(void **state)
{
    (void)state;
    denoise__library_failure failure;
    static char other[] = "/nowhere/libno.so: wrong ELF class", bare[] = "not enough memory", longest[1000];
    errno = 77;
    assert_null(open_missing(&failure));
    assert_int_equal(errno, 77);
    assert_true(failure.is_missing);
    assert_null(strstr(failure.text, "libno.so"));
    answer = other;
    assert_null(open_missing(&failure));
    assert_false(failure.is_missing);
    assert_string_equal(failure.text, "wrong ELF class");
    answer = bare;
    assert_null(open_missing(&failure));
    assert_string_equal(failure.text, "not enough memory");
    memset(longest, 'y', sizeof longest - 1);
    answer = longest;
    assert_null(open_missing(&failure));
    assert_int_equal(strlen(failure.text), sizeof failure.text - 1);
    is_silent = true;
    assert_null(open_missing(&failure));
    assert_false(failure.is_missing);
    assert_string_equal(failure.text, "");
    answer = NULL;
    is_silent = false;
}

static void finds_symbols_of_the_process_and_of_a_library(void **state)
{
    (void)state;
    denoise__library_failure failure;
    errno = 77;
    assert_non_null(denoise__library_symbol(NULL, "memcpy"));
    assert_null(denoise__library_symbol(NULL, "denoise_there_is_no_such_function"));
    void *png = denoise__library_open("libpng16.so.16", &failure);
    if (png == NULL) skip();
    assert_non_null(denoise__library_symbol(png, "png_create_read_struct"));
    assert_null(denoise__library_symbol(png, "denoise_there_is_no_such_function"));
    denoise__library_close(png);
    assert_int_equal(errno, 77);
}

static void a_list_of_names(void **state)
{
    (void)state;
    int count = 0;
    for (const char *const *name = denoise__library_names_of_blas(); *name != NULL; name++)
        count += strlen(*name) > 3;
    assert_true(count >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_why_a_library_is_not_loaded),
        cmocka_unit_test(finds_symbols_of_the_process_and_of_a_library),
        cmocka_unit_test(a_list_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
