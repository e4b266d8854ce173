/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of random numbers, compiled once per instruction set with DENOISE__RANDOM_TABLE (the table's name) and
 * DENOISE__RANDOM_NAME (its text) defined. What is plain C here has no branch in it, so that the compiler makes vectors of it.
 */
#include "core/normal_quantile.h"
#include "core/random.h"
#include "kernels/random.h"
#include "kernels/random_philox.h"
#include <math.h>

enum { WORDS = 4, ROUNDS = 10, LANES = DENOISE__RANDOM_LANES, AT_ONCE = 16 / PX_LANES > 4 ? 1 : 16 / PX_LANES, CHUNK = 256 };

static void blocks_of_stream(uint64_t seed, uint64_t stream, const uint64_t *indexes, int64_t count, uint32_t *words)
{
    for (int64_t i = 0; i < count; i += (int64_t)AT_ONCE * PX_LANES) {
        px x[AT_ONCE]; /* several, since each waits for its own product of the round before */
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        DENOISE__UNROLL
        for (int j = 0; j < AT_ONCE; j++)
            x[j] = px_load(indexes + i + j * PX_LANES, stream);
        DENOISE__UNROLL
        for (int round = 0; round < ROUNDS; round++) {
            DENOISE__UNROLL
            for (int j = 0; j < AT_ONCE; j++)
                x[j] = px_round(x[j], k0, k1);
            k0 += PHILOX_W0;
            k1 += PHILOX_W1;
        }
        DENOISE__UNROLL
        for (int j = 0; j < AT_ONCE; j++)
            px_store(words + WORDS * (i + j * PX_LANES), x[j]);
    }
}

static void mask_of_words(const uint32_t *restrict words, uint8_t *restrict mask, int64_t count, uint32_t threshold)
{
    for (int64_t i = 0; i < count; i++)
        mask[i] = words[i] >= threshold;
}

static void uniform_of_words(const uint32_t *restrict words, float *restrict values, int64_t count, double low, double width,
                             float last)
{
    for (int64_t i = 0; i < count; i++) {
        float value = (float)(low + width * ((double)(int32_t)(words[i] >> 8) * 0x1p-24));
        values[i] = value < last ? value : last;
    }
}

/* z = quantile of p, all of them in the tails, up to r = 5. */
static void near_tails(const double *restrict p, double *restrict z, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        double r = sqrt(-denoise__quantile_log(p[i] < 0.5 ? p[i] : 1 - p[i], 0));
        double value = denoise__quantile_near_tail(r);
        z[i] = p[i] < 0.5 ? -value : value;
    }
}

/* Which numbers of a chunk lie in the tails, and how many. */
typedef struct tails {
    double p[CHUNK + LANES], z[CHUNK + LANES];
    int64_t count;
#if DENOISE__SIMD_SET == 512
    __mmask8 is_tail[CHUNK / 8];
#else
    int32_t index[CHUNK + 1];
#endif
} tails;

/* count is a multiple of LANES. */
static void gather_tails(tails *t, const double *restrict p, int64_t count)
{
    int64_t taken = 0;
#if DENOISE__SIMD_SET == 512
    for (int64_t i = 0; i < count; i += 8) {
        __m512d value = _mm512_loadu_pd(p + i), q = _mm512_abs_pd(_mm512_sub_pd(value, _mm512_set1_pd(0.5)));
        __mmask8 is_tail = _mm512_cmp_pd_mask(q, _mm512_set1_pd(DENOISE__QUANTILE_CENTRAL), _CMP_GT_OQ);
        t->is_tail[i / 8] = is_tail;
        _mm512_storeu_pd(t->p + taken, _mm512_maskz_compress_pd(is_tail, value));
        taken += __builtin_popcount(is_tail);
    }
#else
    for (int64_t i = 0; i < count; i++) {
        t->index[taken] = (int32_t)i;
        t->p[taken] = p[i];
        taken += fabs(p[i] - 0.5) > DENOISE__QUANTILE_CENTRAL;
    }
#endif
    t->count = taken;
    for (int64_t k = taken; k < taken + LANES; k++) {
        t->p[k] = 0.01; /* fills the last vector */
        t->z[k] = 0;    /* read by vectors that take none */
    }
}

static void scatter_tails(const tails *t, double *restrict z, int64_t count)
{
    int64_t taken = 0;
#if DENOISE__SIMD_SET == 512
    for (int64_t i = 0; i < count; i += 8) {
        __mmask8 is_tail = t->is_tail[i / 8];
        _mm512_storeu_pd(z + i, _mm512_mask_expand_pd(_mm512_loadu_pd(z + i), is_tail, _mm512_loadu_pd(t->z + taken)));
        taken += __builtin_popcount(is_tail);
    }
#else
    (void)count;
    for (; taken < t->count; taken++)
        z[t->index[taken]] = t->z[taken];
#endif
}

/* r <= 5; count is a multiple of LANES. The middle, 85 % of all when p is uniform, is computed for everyone. */
static void quantile_of_chunk(const double *restrict p, double *restrict z, int64_t count)
{
    tails t;
    gather_tails(&t, p, count);
    near_tails(t.p, t.z, (t.count + LANES - 1) / LANES * LANES);
    for (int64_t i = 0; i < count; i++)
        z[i] = denoise__quantile_central(p[i] - 0.5);
    scatter_tails(&t, z, count);
}

/* Fills p up to a multiple of LANES. */
static int64_t fill_up(double p[CHUNK], int64_t count)
{
    int64_t whole = (count + LANES - 1) / LANES * LANES;
    for (int64_t i = count; i < whole; i++)
        p[i] = 0.5;
    return whole;
}

static void quantile_of_array(const double *p, double *z, int64_t count)
{
    double known[CHUNK], made[CHUNK];
    for (int64_t done = 0; done < count; done += CHUNK) {
        int64_t part = count - done < CHUNK ? count - done : CHUNK;
        memcpy(known, p + done, (size_t)part * sizeof(*p));
        quantile_of_chunk(known, made, fill_up(known, part));
        memcpy(z + done, made, (size_t)part * sizeof(*z));
        for (int64_t i = 0; i < part; i++) /* r > 5 is p < 1.39e-11, or as near to 1 */
            if (fabs(known[i] - 0.5) > 0.5 - 1e-10) z[done + i] = denoise__normal_quantile(known[i]);
    }
}

/* The least word gives p = 2^-33, r = 4.8. */
static void normal_of_words(const uint32_t *restrict words, float *restrict values, int64_t count, double mean, double stddev)
{
    double p[CHUNK], z[CHUNK];
    for (int64_t done = 0; done < count; done += CHUNK) {
        int64_t part = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < part; i++)
            p[i] = ((double)words[done + i] + 0.5) * 0x1p-32;
        quantile_of_chunk(p, z, fill_up(p, part));
        for (int64_t i = 0; i < part; i++)
            values[done + i] = (float)(mean + stddev * z[i]);
    }
}

extern const denoise__random_table DENOISE__RANDOM_TABLE;
const denoise__random_table DENOISE__RANDOM_TABLE = {
    .name = DENOISE__RANDOM_NAME,
    .blocks = blocks_of_stream,
    .mask = mask_of_words,
    .uniform = uniform_of_words,
    .normal = normal_of_words,
    .quantile = quantile_of_array,
};
