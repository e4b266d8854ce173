/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Log output: the library never prints; what it has to say goes to a sink that the caller sets (none by default). A program
 * that people run begins with denoise_log_to_stderr(): else nobody sees progress bars, nor warnings such as that a callback
 * watches a number that there is not.
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
    /** Takes `length` bytes of UTF-8 (also zero-terminated), valid during the call. One call at a time. Should
     * return: a longjmp() or an exception out of it keeps the log locked until this thread logs again, sets a sink, or uses,
     * resets or frees a trainer, and what the call that wrote had allocated may be lost. */
    void (*write)(int32_t level, const char *text, int64_t length, void *user_data);
    void *user_data;                  /**< handed to write and destroy */
    void (*destroy)(void *user_data); /**< called when the sink is replaced; may be NULL */
    int32_t is_terminal;              /**< 1: understands carriage return and ANSI colours; 0: plain lines are written */
    int32_t columns;                  /**< width of the terminal, which the progress bar then fits into; 0 = unknown: summaries
                                       * take 80, the bar is as long as it gets */
} denoise_log_sink;

/**
 * Sets the process-wide sink. The one before is destroyed once no thread writes to it any more.
 * @param sink copied; NULL makes the library silent
 * @return DENOISE_OK; DENOISE_ERR_INVALID for a wrong struct_size or a missing write function; DENOISE_ERR_STATE from inside
 *         write, where anything that is logged is dropped, too; DENOISE_ERR_NOMEM, and the sink is not taken over. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_log_sink(const denoise_log_sink *sink);

/**
 * Sets a sink that writes everything to standard error, bars and warnings alike, at once and unbuffered. Whether that is a
 * terminal, and how wide it is, is found out now. What cannot be written is lost without a word.
 * @return as denoise_set_log_sink(): DENOISE_OK, DENOISE_ERR_STATE, DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_log_to_stderr(void);

#ifdef __cplusplus
}
#endif
#endif
