/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that must fail, in one line each. */
#ifndef DENOISE_TESTS_CONFORMANCE_MISUSE_H
#define DENOISE_TESTS_CONFORMANCE_MISUSE_H

#include "support/nets.h"
#include <stdbool.h>

/* The call answers DENOISE_ERR_NULL and says which pointer of which function. */
#define NULL_FAILS(call) refused((call), DENOISE_ERR_NULL, "NULL", #call, __FILE__, __LINE__)
/* The call answers this code, with words. */
#define CODE_FAILS(call, code) refused((call), DENOISE_ERR_##code, "", #call, __FILE__, __LINE__)
/* As NULL_FAILS, for a call with an out parameter, which must be NULL after it. */
#define NULL_FAILS_OUT(out, call)       CHECK_OUT(out, NULL_FAILS(call))
#define CODE_FAILS_OUT(out, call, code) CHECK_OUT(out, CODE_FAILS(call, code))
#define CHECK_OUT(out, check)                                                                                                  \
    do {                                                                                                                       \
        static int64_t anywhere;                                                                                               \
        (out) = (void *)&anywhere;                                                                                             \
        check;                                                                                                                 \
        assert_null(out);                                                                                                      \
    } while (0)

void refused(denoise_status status, denoise_status code, const char *piece, const char *call, const char *file, int line);

#endif
