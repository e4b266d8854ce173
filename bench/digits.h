/* SPDX-License-Identifier: Apache-2.0 */
/* The images that the workloads learn from and predict. */
#ifndef DENOISE_BENCH_DIGITS_H
#define DENOISE_BENCH_DIGITS_H

#include "options.h"
#include <denoise/denoise.h>

typedef struct digits {
    denoise_tensor *bytes;  /* uint8 (60000, 784) */
    denoise_tensor *clean;  /* float32, the same in 0..1 */
    denoise_tensor *noisy;  /* clip(clean + 0.9 N(0, 1), 0, 1) */
    denoise_tensor *labels; /* int32 (60000) */
    denoise_tensor *test_bytes, *test_clean;
    int32_t is_synthetic;
} digits;

void digits_make(digits *d, const options *o); /* fewer rows with --quick */
void digits_free(digits *d);

#endif
