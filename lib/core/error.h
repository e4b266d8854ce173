/* SPDX-License-Identifier: Apache-2.0 */
/* Failing: sets the thread's message; see denoise/status.h. */
#ifndef DENOISE_CORE_ERROR_H
#define DENOISE_CORE_ERROR_H

#include "core/platform/compiler.h"
#include <denoise/status.h>
#include <stdarg.h>
#include <stddef.h>

#define DENOISE__MESSAGE_SIZE 512
#define DENOISE__FIELD_SIZE   48

/* Sets message and code of this thread and returns the code. Never allocates; numbers are written without the locale's comma.
 */
denoise_status denoise__fail(denoise_status status, const char *format, ...) DENOISE__FORMAT(2, 3);

/* A failure in a file: the message becomes "byte <offset>: <field>: ...", and both are kept for denoise_last_error_offset() and
 * denoise_last_error_field(). offset -1 = at no byte; field "" = none, a longer one than DENOISE__FIELD_SIZE is cut. */
denoise_status denoise__fail_at(denoise_status status, int64_t offset, const char *field, const char *format, ...)
    DENOISE__FORMAT(4, 5);

/* Puts a place in front of the present message: denoise__context(status, "layer %d \"%s\": ", ...); offset and field stay.
 * Returns status. */
denoise_status denoise__context(denoise_status status, const char *format, ...) DENOISE__FORMAT(2, 3);

/* Makes a stored failure the last one of this thread again. */
denoise_status denoise__fail_text(denoise_status status, const char *message);

denoise_status denoise__fail_null(const char *function, const char *parameter);
denoise_status denoise__fail_nomem(void);

/* How many messages this thread has had; it tells whether a call into the caller's code left one. */
uint64_t denoise__failures(void);

/* Return on failure, where nothing has to be cleaned up. */
#define DENOISE__TRY(expression)                                                                                               \
    do {                                                                                                                       \
        denoise_status denoise__status = (expression);                                                                         \
        if (denoise__status != DENOISE_OK) return denoise__status;                                                             \
    } while (0)

/* Go to `fail:` on failure; needs a local `denoise_status status`. */
#define DENOISE__TRY_OR_FAIL(expression)                                                                                       \
    do {                                                                                                                       \
        status = (expression);                                                                                                 \
        if (status != DENOISE_OK) goto fail;                                                                                   \
    } while (0)

/* A pointer parameter that must not be NULL. */
#define DENOISE__CHECK_NULL(parameter)                                                                                         \
    do {                                                                                                                       \
        if ((parameter) == NULL) return denoise__fail_null(__func__, #parameter);                                              \
    } while (0)

/* An analyser that sees one file at a time must be told that these never return DENOISE_OK. */
#if defined(__clang_analyzer__) || defined(DENOISE__ANALYSE)
#define denoise__fail(status, ...)       ((void)denoise__fail(status, __VA_ARGS__), (status))
#define denoise__fail_at(status, ...)    ((void)denoise__fail_at(status, __VA_ARGS__), (status))
#define denoise__context(status, ...)    ((void)denoise__context(status, __VA_ARGS__), (status))
#define denoise__fail_text(status, text) ((void)denoise__fail_text(status, text), (status))
#define denoise__fail_null(function, parameter)                                                                                \
    ((void)denoise__fail_null(function, parameter), (denoise_status)DENOISE_ERR_NULL)
#define denoise__fail_nomem() ((void)denoise__fail_nomem(), (denoise_status)DENOISE_ERR_NOMEM)
#endif

#endif
