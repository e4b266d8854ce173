/* SPDX-License-Identifier: Apache-2.0 */
/* A benchmark has nothing to clean up for: it ends at the first failure. */
#ifndef DENOISE_BENCH_CHECK_H
#define DENOISE_BENCH_CHECK_H

#include <denoise/denoise.h>
#include <stdio.h>
#include <stdlib.h>

static inline void check(denoise_status status)
{
    if (status == DENOISE_OK) return;
    fprintf(stderr, "denoise_bench: %s\n", denoise_last_error());
    exit(EXIT_FAILURE);
}

static inline void check_that(int condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "denoise_bench: %s\n", what);
    exit(EXIT_FAILURE);
}

/* What main returns: a failure too where what was printed did not reach its place (a full disk). */
static inline int check_output(int result)
{
    int is_lost = fflush(stdout) != 0 || ferror(stdout);
    check_that(!is_lost, "cannot write to standard output");
    return result;
}

/* Zeroed, on a 64-byte line; freed with free(). */
static inline float *check_floats(size_t count)
{
    size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    float *memory = aligned_alloc(64, bytes);
    check_that(memory != NULL, "out of memory");
    for (size_t i = 0; i < bytes / sizeof *memory; i++)
        memory[i] = 0.0f;
    return memory;
}

#endif
