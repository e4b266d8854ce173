/* SPDX-License-Identifier: Apache-2.0 */
/* The loops that find a core's limits, compiled once per instruction set. */
#ifndef DENOISE_BENCH_PEAK_LOOP_H
#define DENOISE_BENCH_PEAK_LOOP_H

#include <stdint.h>

typedef struct peak_loop {
    int lanes;
    int flops_per_round;
    float (*multiply)(int64_t rounds);                 /* independent chains of fused multiply-adds */
    float (*read)(const float *values, int64_t count); /* a sum; count is a multiple of 128 */
    void (*write)(float *values, int64_t count, float value);
} peak_loop;

#endif
