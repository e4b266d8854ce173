/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Log output: the library never prints; what it has to say goes to a sink that the caller sets (none by default).
 */
#ifndef DENOISE_LOG_H
#define DENOISE_LOG_H

#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels of a piece of text. Since 0.1. */
enum {
    DENOISE_LOG_OUTPUT = 0,  /**< what Keras would print: progress bars, summaries */
    DENOISE_LOG_WARNING = 1, /**< something that the user should know */
    DENOISE_LOG_DEBUG = 2    /**< for the developers of the library */
};

/** Where text goes. Since 0.1. */
typedef struct denoise_log_sink {
    int64_t struct_size; /**< sizeof(denoise_log_sink) */
    /** Takes `length` bytes of UTF-8 (also zero-terminated), valid during the call. One call at a time. */
    void (*write)(int32_t level, const char *text, int64_t length, void *user_data);
    void *user_data;                  /**< handed to write and destroy */
    void (*destroy)(void *user_data); /**< called when the sink is replaced; may be NULL */
    int32_t is_terminal;              /**< 1: understands carriage return and ANSI colours; 0: plain lines are written */
    int32_t columns;                  /**< width of the terminal, 0 = unknown (80 is taken) */
} denoise_log_sink;

/**
 * Sets the process-wide sink. The one before is destroyed once no thread writes to it any more.
 * @param sink copied; NULL makes the library silent
 * @return DENOISE_OK; DENOISE_ERR_INVALID for a wrong struct_size or a missing write function; DENOISE_ERR_STATE from inside
 *         write, where anything that is logged is dropped, too; DENOISE_ERR_NOMEM, and the sink is not taken over. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_log_sink(const denoise_log_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
