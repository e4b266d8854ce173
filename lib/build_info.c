/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the build; beside registries.c because it sees every folder. */
#include "core/cpu.h"
#include "core/text.h"
#include "kernels/gemm.h"
#include <denoise/runtime.h>
#include <denoise/version.h>
#include <string.h>

/* A text as a JSON string without its quotes. */
static void escape(char *out, size_t size, const char *text)
{
    size_t length = 0;
    for (; *text != '\0' && length + 3 < size; text++) {
        if (*text == '"' || *text == '\\') out[length++] = '\\';
        out[length++] = *text;
    }
    out[length] = '\0';
    denoise__clean_utf8(out);
}

const char *denoise_engine_name(void)
{
    return denoise__engine_name();
}

int64_t denoise_build_info(char *buffer, int64_t size)
{
    char blas[64], config[256];
    const char *text = denoise__blas_config();
    escape(config, sizeof(config), text);
    denoise__format(blas, sizeof(blas), "%.*s", (int)strcspn(config, " \\"), config);
    return denoise__format(buffer, buffer != NULL && size > 0 ? (size_t)size : 0,
                           "{\"version\": \"%s\", \"engine\": \"%s\", \"isa\": \"%s\", \"threads\": %d, \"blas\": \"%s\", "
                           "\"blas_config\": \"%s\"}",
                           denoise_version(), denoise__engine_name(), denoise__cpu_isa_name(), (int)denoise_num_threads(),
                           blas[0] == '\0' ? "unknown" : blas, config);
}
