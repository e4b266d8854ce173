/* SPDX-License-Identifier: Apache-2.0 */
/* A log sink that keeps what it is given. */
#ifndef DENOISE_TESTS_LOG_CAPTURE_H
#define DENOISE_TESTS_LOG_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets the sink; is_terminal and columns are those of denoise_log_sink. */
void log_capture_start(bool is_terminal, int32_t columns);
/* All text since the start or the last clear, zero-terminated; valid until more is written. */
const char *log_capture_text(void);
size_t log_capture_length(void);
int64_t log_capture_writes(void);     /* calls of the sink */
int32_t log_capture_last_level(void); /* -1 before the first */
void log_capture_clear(void);
/* Removes the sink and frees the text. */
void log_capture_stop(void);

#endif
