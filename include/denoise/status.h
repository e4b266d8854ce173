/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Status codes: how every fallible call of libdenoise answers.
 *
 * A call that can fail returns a denoise_status. Zero is success. Values are pinned: they never change meaning, new
 * ones are put into the gaps. What went wrong in words (which layer, what was expected, what was given) is kept per
 * thread and read with denoise_last_error(). Results go out through the first parameter, `out`, which is NULL after a
 * failure.
 */
#ifndef DENOISE_STATUS_H
#define DENOISE_STATUS_H

#include <denoise/export.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a fallible call returns: DENOISE_OK or one of the codes below. Since 0.1. */
typedef int32_t denoise_status;

/** The one list of codes: X(name, value, text). Since 0.1. */
#define DENOISE_STATUS_LIST(X)                                                                                                 \
    X(OK, 0, "success")                                                                                                        \
    X(ERR_NULL, 10, "a required pointer is NULL")                                                                              \
    X(ERR_INVALID, 11, "an argument has a value that is not allowed")                                                          \
    X(ERR_RANGE, 12, "a number or an index is out of range")                                                                   \
    X(ERR_SHAPE, 20, "shapes do not fit")                                                                                      \
    X(ERR_DTYPE, 21, "the element type does not fit")                                                                          \
    X(ERR_NAME, 22, "the name is unknown or used twice")                                                                       \
    X(ERR_OWNED, 30, "the part already belongs to another owner")                                                              \
    X(ERR_STATE, 31, "the call is not possible in this state")                                                                 \
    X(ERR_BUSY, 32, "the weights are in use by another call")                                                                  \
    X(ERR_NOMEM, 40, "out of memory")                                                                                          \
    X(ERR_OVERFLOW, 41, "a size does not fit the machine's integers")                                                          \
    X(ERR_IO, 50, "reading or writing failed")                                                                                 \
    X(ERR_NOT_FOUND, 51, "not found")                                                                                          \
    X(ERR_MAGIC, 60, "the data is of another format")                                                                          \
    X(ERR_VERSION, 61, "the version of the format is not supported")                                                           \
    X(ERR_TRUNCATED, 62, "the data ends too early")                                                                            \
    X(ERR_TRAILING, 63, "there is more data than the format allows")                                                           \
    X(ERR_SYNTAX, 64, "the data breaks the rules of its format")                                                               \
    X(ERR_DUPLICATE, 65, "something is given twice")                                                                           \
    X(ERR_SCHEMA, 66, "the content does not match what was asked for")                                                         \
    X(ERR_CHECKSUM, 67, "the checksum does not match")                                                                         \
    X(ERR_LIMIT, 68, "a limit on untrusted input was exceeded")                                                                \
    X(ERR_UNSUPPORTED, 69, "a valid feature that this build does not support")                                                 \
    X(ERR_NONFINITE, 70, "a value is NaN or infinite")                                                                         \
    X(ERR_ENGINE, 75, "the compute engine is missing, set up wrongly or gives wrong results")                                  \
    X(ERR_USER, 80, "reserved for the caller's callbacks; never raised by itself")                                             \
    X(ERR_INTERNAL, 90, "an internal rule was broken; please report it")

/** The codes as constants DENOISE_OK, DENOISE_ERR_NULL, ... Since 0.1. */
enum {
#define DENOISE_STATUS_X(name, value, text) DENOISE_##name = (value),
    DENOISE_STATUS_LIST(DENOISE_STATUS_X)
#undef DENOISE_STATUS_X
};

/**
 * The name of a code, such as "DENOISE_ERR_SHAPE".
 * @param status any value
 * @return a static string, never NULL; "DENOISE_ERR_UNKNOWN" for a value that is no code. Since 0.1.
 */
DENOISE_API const char *denoise_status_name(denoise_status status);

/**
 * The general sentence of a code, such as "shapes do not fit".
 * @param status any value
 * @return a static string, never NULL. Since 0.1.
 */
DENOISE_API const char *denoise_status_text(denoise_status status);

/**
 * The message of the last failure of a status-returning call on this thread.
 *
 * It names the place, what was expected and what was given, as in
 * `layer 3 "dense_2": input has shape (32, 100), kernel needs (*, 128)`. It needs no memory and stays until the next
 * failing call on this thread.
 * @return the thread's own buffer, never NULL; empty before the first failure. Since 0.1.
 */
DENOISE_API const char *denoise_last_error(void);

/**
 * The code that belongs to denoise_last_error().
 * @return DENOISE_OK before the first failure on this thread. Since 0.1.
 */
DENOISE_API denoise_status denoise_last_status(void);

/**
 * The byte at which the last failure of this thread was seen, when it was about the content of a file.
 *
 * It counts from 0 and is also in denoise_last_error(). In packed data it is the byte of the packed file as long as unpacking
 * failed, and the byte of what was unpacked when that is wrong. "The data ends too early" names the byte after the last.
 * @return -1 when the last failure was at no byte of a file, or before the first failure. Since 0.1.
 */
DENOISE_API int64_t denoise_last_error_offset(void);

/**
 * The field of a file that the last failure of this thread was about, such as "magic", "rank", "dims[2]" or "data_offsets[1]".
 *
 * For DENOISE_ERR_LIMIT it is the limit's name, such as "elements".
 * @return the thread's own buffer, never NULL; "" when there is none. It stays until the next failing call. Since 0.1.
 */
DENOISE_API const char *denoise_last_error_field(void);

#ifdef __cplusplus
}
#endif
#endif
