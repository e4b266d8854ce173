/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled with DENOISE_BENCH_LOOP, the table's name, defined. */
#include "peak_loop.h"
#include "kernels/simd.h"

/* Enough chains to hide the latency of a multiply-add on every core known (4 pipes of 4 cycles, 2 of 5), few enough that
 * chains and both constants stay in registers (16 on x86 before AVX-512). */
#if DENOISE__SIMD_SET == 128
enum { CHAINS = 24 };
#else
enum { CHAINS = 12 };
#endif
enum { SUMS = 8 };

static float first_lane(vf a)
{
    float lanes[VF_LANES];
    vf_store(lanes, a);
    return lanes[0];
}

/* c = 0.999 c + 0.001 stays close to 1, where no operation is slow. */
static float multiply(int64_t rounds)
{
    vf c[CHAINS], factor = vf_set1(0.999f), summand = vf_set1(0.001f);
    DENOISE__UNROLL
    for (int i = 0; i < CHAINS; i++)
        c[i] = vf_set1(1.0f + 0.001f * (float)i);
    for (int64_t round = 0; round < rounds; round++) {
        DENOISE__UNROLL
        for (int i = 0; i < CHAINS; i++)
            c[i] = vf_fma(c[i], factor, summand);
    }
    DENOISE__UNROLL
    for (int i = 1; i < CHAINS; i++)
        c[0] = vf_add(c[0], c[i]);
    return first_lane(c[0]);
}

static float read_all(const float *values, int64_t count)
{
    vf s[SUMS];
    DENOISE__UNROLL
    for (int i = 0; i < SUMS; i++)
        s[i] = vf_set1(0.0f);
    for (int64_t at = 0; at < count; at += (int64_t)SUMS * VF_LANES) {
        DENOISE__UNROLL
        for (int i = 0; i < SUMS; i++)
            s[i] = vf_add(s[i], vf_load(values + at + (int64_t)i * VF_LANES));
    }
    DENOISE__UNROLL
    for (int i = 1; i < SUMS; i++)
        s[0] = vf_add(s[0], s[i]);
    return first_lane(s[0]);
}

static void write_all(float *values, int64_t count, float value)
{
    vf x = vf_set1(value);
    for (int64_t at = 0; at < count; at += (int64_t)SUMS * VF_LANES) {
        DENOISE__UNROLL
        for (int i = 0; i < SUMS; i++)
            vf_store(values + at + (int64_t)i * VF_LANES, x);
    }
}

extern const peak_loop DENOISE_BENCH_LOOP;
const peak_loop DENOISE_BENCH_LOOP = {
    .lanes = VF_LANES, .flops_per_round = 2 * CHAINS * VF_LANES, .multiply = multiply, .read = read_all, .write = write_all};
