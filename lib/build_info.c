/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the build; beside registries.c because it sees every folder. */
#include "core/cpu.h"
#include "core/text.h"
#include "kernels/blas.h"
#include "kernels/engine.h"
#include <denoise/version.h>
#include <stdbool.h>

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

int64_t denoise_build_info(char *buffer, int64_t size)
{
    char blas[128], config[512], note[1024];
    const char *engine = denoise_engine_name(); /* may load a BLAS */
    bool fails = denoise__engine() == DENOISE__ENGINE_NONE;
    escape(blas, sizeof(blas), denoise__blas_name());
    escape(config, sizeof(config), denoise__blas_config());
    escape(note, sizeof(note), fails ? denoise_last_error() : denoise__blas_note());
    return denoise__format(buffer, buffer != NULL && size > 0 ? (size_t)size : 0,
                           "{\"version\": \"%s\", \"engine\": \"%s\", \"isa\": \"%s\", \"threads\": %d, \"blas\": \"%s\", "
                           "\"blas_config\": \"%s\", \"note\": \"%s\"}",
                           denoise_version(), engine, denoise__cpu_isa_name(), (int)denoise_num_threads(), blas, config, note);
}
