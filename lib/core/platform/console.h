/* SPDX-License-Identifier: Apache-2.0 */
/* What a log asks of the place where the process writes to people. */
#ifndef DENOISE_CORE_PLATFORM_CONSOLE_H
#define DENOISE_CORE_PLATFORM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__STANDARD_OUTPUT = 1, DENOISE__STANDARD_ERROR = 2 };

/* Whether lines can be written over there (a progress bar); false for a file or a pipe. errno stays as it is, here and below.
 */
bool denoise__console_is_terminal(int32_t stream);
/* How many characters go into a line now; 0 when nobody knows. */
int32_t denoise__console_columns(int32_t stream);
/* All of the text, as it is, past the buffers of <stdio.h>; 0 or the system's error. */
int denoise__console_write(int32_t stream, const char *text, int64_t length);

#endif
