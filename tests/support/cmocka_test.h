/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h with the headers that it needs before it. */
#ifndef DENOISE_TESTS_CMOCKA_TEST_H
#define DENOISE_TESTS_CMOCKA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after them */
#include <cmocka.h>

#endif
