/* SPDX-License-Identifier: Apache-2.0 */
/* The ready-made sink: standard error. */
#include "core/platform/console.h"
#include <denoise/log.h>
#include <stddef.h>

/* Nobody can be told when standard error cannot be written to. */
static void write_to_stderr(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)user_data;
    (void)denoise__console_write(DENOISE__STANDARD_ERROR, text, length);
}

denoise_status denoise_log_to_stderr(void)
{
    denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = write_to_stderr};
    sink.is_terminal = denoise__console_is_terminal(DENOISE__STANDARD_ERROR);
    sink.columns = sink.is_terminal ? denoise__console_columns(DENOISE__STANDARD_ERROR) : 0;
    return denoise_set_log_sink(&sink);
}
