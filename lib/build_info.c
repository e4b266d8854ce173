/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the build; beside registries.c because it sees every folder. */
#include "core/cpu.h"
#include "core/text.h"
#include "kernels/blas.h"
#include "kernels/engine.h"
#include <denoise/version.h>

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

/* What is to be known about the engine; a BLAS that nobody asked for has bits that nobody was promised. */
static void write_note(char *note, size_t size)
{
    const char *blas = denoise__blas_note(), *why = "";
    if (denoise__engine() == DENOISE__ENGINE_NONE || denoise__environment_check() != DENOISE_OK) blas = denoise_last_error();
    if (denoise__engine() == DENOISE__ENGINE_CBLAS && denoise__cpu_isa() == DENOISE__ISA_PORTABLE)
        why = "there are no vector kernels for this CPU, so the engine auto takes a BLAS; native computes the bits of all CPUs";
    denoise__format(note, size, "%s%s%s", blas, blas[0] != '\0' && why[0] != '\0' ? "; " : "", why);
}

int64_t denoise_build_info(char *buffer, int64_t size)
{
    char blas[128], config[512], note[1024], text[768];
    const char *engine = denoise_engine_name(); /* may load a BLAS */
    write_note(text, sizeof(text));
    escape(blas, sizeof(blas), denoise__blas_name());
    escape(config, sizeof(config), denoise__blas_config());
    escape(note, sizeof(note), text);
    return denoise__format(buffer, buffer != NULL && size > 0 ? (size_t)size : 0,
                           "{\"version\": \"%s\", \"engine\": \"%s\", \"isa\": \"%s\", \"threads\": %d, \"blas\": \"%s\", "
                           "\"blas_config\": \"%s\", \"note\": \"%s\"}",
                           denoise_version(), engine, denoise__cpu_isa_name(), (int)denoise_num_threads(), blas, config, note);
}
