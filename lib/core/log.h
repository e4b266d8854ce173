/* SPDX-License-Identifier: Apache-2.0 */
/* Text for the caller's sink; see denoise/log.h. */
#ifndef DENOISE_CORE_LOG_H
#define DENOISE_CORE_LOG_H

#include "core/error.h"
#include <denoise/log.h>
#include <stdbool.h>
#include <stdint.h>

/* Output as it is, `length` bytes; text[length] is 0. What the sink itself logs is dropped. Where the text before has not ended
 * its line (a progress bar), a line end goes before all that does not begin with '\b', '\r' or '\n'. */
void denoise__log_write(int32_t level, const char *text, int64_t length);
void denoise__log(int32_t level, const char *format, ...)
    DENOISE__FORMAT(2, 3);        /* adds a line end; cut at 1 KiB; no allocation */
void denoise__log_end_line(void); /* of what is not drawn on */
/* Unlocks the log if this thread has left its sink by longjmp() or an exception: depth is that of a call that is alive. */
void denoise__log_end_left(uintptr_t depth);
bool denoise__log_enabled(void);
bool denoise__log_is_terminal(void);
int32_t denoise__log_columns(void);       /* 80 when unknown */
int32_t denoise__log_known_columns(void); /* 0 when unknown */

#endif
