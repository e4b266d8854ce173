/* SPDX-License-Identifier: Apache-2.0 */
/* Text for the caller's sink; see denoise/log.h. */
#ifndef DENOISE_CORE_LOG_H
#define DENOISE_CORE_LOG_H

#include "core/error.h"
#include <denoise/log.h>
#include <stdbool.h>

/* Output as it is, `length` bytes; text[length] is 0. What the sink itself logs is dropped. */
void denoise__log_write(int32_t level, const char *text, int64_t length);
void denoise__log(int32_t level, const char *format, ...)
    DENOISE__FORMAT(2, 3); /* adds a line end; cut at 1 KiB; no allocation */
bool denoise__log_enabled(void);
bool denoise__log_is_terminal(void);
int32_t denoise__log_columns(void); /* 80 when unknown */

#endif
