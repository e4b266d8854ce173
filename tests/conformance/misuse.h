/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that must fail, in one line each. */
#ifndef DENOISE_TESTS_CONFORMANCE_MISUSE_H
#define DENOISE_TESTS_CONFORMANCE_MISUSE_H

#include "support/nets.h"
#include <stdbool.h>

/* The call answers this code, with words. */
#define CODE_FAILS(call, code) refused((call), DENOISE_ERR_##code, "", #call, __FILE__, __LINE__)
/* The same for a call with an out parameter, which must be NULL after it. */
#define CODE_FAILS_OUT(out, call, code)                                                                                        \
    do {                                                                                                                       \
        static int64_t anywhere;                                                                                               \
        (out) = (void *)&anywhere;                                                                                             \
        CODE_FAILS(call, code);                                                                                                \
        assert_null(out);                                                                                                      \
    } while (0)

void refused(denoise_status status, denoise_status code, const char *piece, const char *call, const char *file, int line);

#endif
