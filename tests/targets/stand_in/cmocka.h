/* SPDX-License-Identifier: Apache-2.0 */
/* As much of CMocka's interface as the golden bits use, so that they need nothing but a C library: for targets to which nobody
 * ported CMocka here. A failed assertion ends the program. */
#ifndef DENOISE_TESTS_STAND_IN_CMOCKA_H
#define DENOISE_TESTS_STAND_IN_CMOCKA_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*function)(void **state);
};
#define cmocka_unit_test(function)                                                                                             \
    {                                                                                                                          \
#function, function                                                                                                    \
    }

extern jmp_buf stand_in_skip;
void stand_in_fail(const char *file, int line, const char *what);
int stand_in_run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **state));

#define cmocka_run_group_tests(tests, setup, teardown)                                                                         \
    stand_in_run((tests), sizeof(tests) / sizeof(*(tests)) + 0 * sizeof(teardown), (setup))

#define assert_true(condition)  ((condition) ? (void)0 : stand_in_fail(__FILE__, __LINE__, #condition))
#define assert_false(condition) assert_true(!(condition))
#define assert_non_null(p)      assert_true((p) != NULL)
#define assert_int_equal(a, b)  assert_true((a) == (b))
#define _assert_int_equal(a, b, file, line)                                                                                    \
    ((a) == (b) ? (void)0 : stand_in_fail((file), (line), "a number is not the expected one"))
#define assert_memory_equal(a, b, size) assert_true(memcmp((a), (b), (size)) == 0)
#define assert_string_equal(a, b)       assert_true(strcmp((a), (b)) == 0)
#define _fail(file, line)               stand_in_fail((file), (line), "failed")
#define fail_msg(...)                   (print_error(__VA_ARGS__), stand_in_fail(__FILE__, __LINE__, "failed"))
#define print_error(...)                ((void)fprintf(stderr, __VA_ARGS__))
#define print_message(...)              ((void)printf(__VA_ARGS__))
#define skip()                          longjmp(stand_in_skip, 1)

#endif
