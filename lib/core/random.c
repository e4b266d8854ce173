/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/memory.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { ROUNDS = 10, WORDS = 4, CHUNK = 256 };

void denoise__philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32), c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9U; /* the golden ratio */
        k1 += 0xBB67AE85U; /* the square root of 3, less 1 */
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

void denoise__random_words(uint64_t seed, uint64_t stream, uint64_t position, uint32_t *values, int64_t count)
{
    uint32_t block[WORDS];
    while (count > 0) {
        int64_t skip = (int64_t)(position % WORDS);
        int64_t taken = WORDS - skip < count ? WORDS - skip : count;
        denoise__philox(seed, stream, position / WORDS, block);
        memcpy(values, block + skip, (size_t)taken * sizeof(*values));
        values += taken;
        position += (uint64_t)taken;
        count -= taken;
    }
}

/* The greatest float below `high`. */
static float below(double high)
{
    float value = (float)high;
    if ((double)value < high) return value;
    if (value == 0) return -FLT_TRUE_MIN;
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits += value > 0 ? UINT32_MAX : 1;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

void denoise__random_uniform(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double low,
                             double high)
{
    uint32_t words[CHUNK];
    float last = low < high ? below(high) : (float)low;
    double width = high - low;
    while (count > 0) {
        int64_t taken = count < CHUNK ? count : CHUNK;
        denoise__random_words(seed, stream, position, words, taken);
        for (int64_t i = 0; i < taken; i++) {
            float value = (float)(low + width * ((double)(int32_t)(words[i] >> 8) * 0x1p-24));
            values[i] = value < last ? value : last;
        }
        values += taken;
        position += (uint64_t)taken;
        count -= taken;
    }
}

/* M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), routine
 * PPND16: |p - 1/2| <= 0.425, then the tails in r = sqrt(-log(min(p, 1 - p))) up to 5 and beyond. */
static double central(double q)
{
    double r = 0.180625 - q * q;
    double numerator = (((((((2.5090809287301226727e+3 * r + 3.3430575583588128105e+4) * r + 6.7265770927008700853e+4) * r +
                            4.5921953931549871457e+4) *
                               r +
                           1.3731693765509461125e+4) *
                              r +
                          1.9715909503065514427e+3) *
                             r +
                         1.3314166789178437745e+2) *
                            r +
                        3.3871328727963666080e+0);
    double denominator = (((((((5.2264952788528545610e+3 * r + 2.8729085735721942674e+4) * r + 3.9307895800092710610e+4) * r +
                              2.1213794301586595867e+4) *
                                 r +
                             5.3941960214247511077e+3) *
                                r +
                            6.8718700749205790830e+2) *
                               r +
                           4.2313330701600911252e+1) *
                              r +
                          1.0);
    return q * numerator / denominator;
}

static double polynomial(const double *coefficients, double x)
{
    double sum = coefficients[7];
    for (int i = 6; i >= 0; i--) {
        sum = sum * x + coefficients[i];
    }
    return sum;
}

static double tail(double r)
{
    static const double near[2][8] = {
        {1.42343711074968357734e+0, 4.63033784615654529590e+0, 5.76949722146069140550e+0, 3.64784832476320460504e+0,
         1.27045825245236838258e+0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
        {1.0, 2.05319162663775882187e+0, 1.67638483018380384940e+0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
         1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
    static const double far[2][8] = {
        {6.65790464350110377720e+0, 5.46378491116411436990e+0, 1.78482653991729133580e+0, 2.96560571828504891230e-1,
         2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
        {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
         1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};
    if (r <= 5) return polynomial(near[0], r - 1.6) / polynomial(near[1], r - 1.6);
    return polynomial(far[0], r - 5) / polynomial(far[1], r - 5);
}

/* log(p) for 0 < p < 1 from + - * / alone: p = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)). */
static double logarithm(double p)
{
    int exponent = 0;
    if (p < DBL_MIN) {
        p *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &p, sizeof(bits));
    exponent += (int)(bits >> 52) - 1023;
    bits = (bits & 0x000FFFFFFFFFFFFFU) | 0x3FF0000000000000U;
    double m;
    memcpy(&m, &bits, sizeof(m));
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double series = 0;
    for (int i = 23; i >= 3; i -= 2) { /* z <= 0.0295: the next term is below 2^-60 */
        series = (series + 1.0 / i) * z;
    }
    return exponent * 0.69314718055994530942 + 2 * (s + s * series);
}

double denoise__normal_quantile(double p)
{
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) return central(q);
    double r = sqrt(-logarithm(q < 0 ? p : 1 - p));
    double value = tail(r);
    return q < 0 ? -value : value;
}

void denoise__random_normal(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double mean,
                            double stddev)
{
    uint32_t words[CHUNK];
    double p[CHUNK], z[CHUNK];
    while (count > 0) {
        int64_t taken = count < CHUNK ? count : CHUNK;
        denoise__random_words(seed, stream, position, words, taken);
        for (int64_t i = 0; i < taken; i++) {
            p[i] = ((double)words[i] + 0.5) * 0x1p-32;
        }
        /* The middle, 85 % of all, for everyone without a branch: the compiler makes vectors of it. */
        for (int64_t i = 0; i < taken; i++) {
            z[i] = central(p[i] - 0.5);
        }
        for (int64_t i = 0; i < taken; i++) {
            double q = p[i] - 0.5;
            if (q < -0.425 || q > 0.425) z[i] = denoise__normal_quantile(p[i]);
        }
        for (int64_t i = 0; i < taken; i++) {
            values[i] = (float)(mean + stddev * z[i]);
        }
        values += taken;
        position += (uint64_t)taken;
        count -= taken;
    }
}

/* Words of a stream, one after the other. */
typedef struct cursor {
    uint64_t seed, stream, position;
    uint64_t index; /* of the block */
    bool filled;
    uint32_t block[WORDS];
} cursor;

static uint32_t next_word(cursor *at)
{
    uint64_t index = at->position / WORDS;
    if (!at->filled || at->index != index) {
        denoise__philox(at->seed, at->stream, index, at->block);
        at->index = index;
        at->filled = true;
    }
    return at->block[at->position++ % WORDS];
}

/* A number below n <= 2^32: the upper half of word * n, where a too small lower half is drawn again (Lemire, "Fast random
 * integer generation in an interval", 2019). */
static uint64_t next_below(cursor *at, uint64_t n)
{
    uint64_t product = next_word(at) * n;
    uint64_t threshold = (((uint64_t)1 << 32) - n) % n;
    while ((uint32_t)product < threshold) {
        product = next_word(at) * n;
    }
    return product >> 32;
}

static void permute(cursor *at, int64_t *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = i;
    }
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)next_below(at, (uint64_t)i + 1);
        int64_t kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}

void denoise__random_permutation(uint64_t seed, uint64_t stream, int64_t *values, int64_t count)
{
    cursor at = {.seed = seed, .stream = stream};
    permute(&at, values, count);
}

/* The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): a bijection in
 * which every bit depends on every other. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

uint64_t denoise__stream(uint32_t purpose, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t step = 0x9E3779B97F4A7C15U;
    uint64_t x = mix(purpose + step);
    x = mix((x ^ a) + step);
    x = mix((x ^ b) + step);
    return mix((x ^ c) + step);
}

struct denoise_rng {
    uint64_t seed, stream, position;
};

denoise_status denoise_rng_new(denoise_rng **out, uint64_t seed, uint64_t stream)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    denoise_rng *rng = denoise__allocate(sizeof(*rng));
    if (rng == NULL) return denoise__fail_nomem();
    *rng = (denoise_rng){seed, stream, 0};
    *out = rng;
    return DENOISE_OK;
}

void denoise_rng_free(denoise_rng *rng)
{
    denoise__release(rng);
}

static denoise_status check_count(const char *function, int64_t count, int64_t limit)
{
    if (count >= 0 && count <= limit) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "%s: count is %lld, expected 0 to %lld", function, (long long)count,
                         (long long)limit);
}

/* The greatest count whose bytes can be addressed. */
#define COUNT_LIMIT(type) (INT64_MAX / (int64_t)sizeof(type))

denoise_status denoise_rng_words(denoise_rng *rng, uint32_t *values, int64_t count)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(check_count("denoise_rng_words", count, COUNT_LIMIT(uint32_t)));
    denoise__random_words(rng->seed, rng->stream, rng->position, values, count);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}

/* Whether a number can be a float; NaN cannot. */
static bool fits_float(double number)
{
    return number >= -(double)FLT_MAX && number <= (double)FLT_MAX;
}

denoise_status denoise_rng_uniform(denoise_rng *rng, float *values, int64_t count, double low, double high)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(check_count("denoise_rng_uniform", count, COUNT_LIMIT(float)));
    if (!fits_float(low) || !fits_float(high) || low > high) {
        return denoise__fail(DENOISE_ERR_RANGE,
                             "denoise_rng_uniform: low is %g and high is %g, expected low <= high, both float32", low, high);
    }
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__random_uniform(rng->seed, rng->stream, rng->position, values, count, low, high);
    denoise__fp_leave(&state);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}

denoise_status denoise_rng_normal(denoise_rng *rng, float *values, int64_t count, double mean, double stddev)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(check_count("denoise_rng_normal", count, COUNT_LIMIT(float)));
    if (!fits_float(mean) || !fits_float(stddev) || stddev < 0) {
        return denoise__fail(DENOISE_ERR_RANGE,
                             "denoise_rng_normal: mean is %g and stddev is %g, expected float32 numbers and stddev >= 0", mean,
                             stddev);
    }
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__random_normal(rng->seed, rng->stream, rng->position, values, count, mean, stddev);
    denoise__fp_leave(&state);
    rng->position += (uint64_t)count;
    return DENOISE_OK;
}

denoise_status denoise_rng_permutation(denoise_rng *rng, int64_t *values, int64_t count)
{
    DENOISE__CHECK_NULL(rng);
    DENOISE__CHECK_NULL(values);
    DENOISE__TRY(check_count("denoise_rng_permutation", count, (int64_t)1 << 32));
    cursor at = {.seed = rng->seed, .stream = rng->stream, .position = rng->position};
    permute(&at, values, count);
    rng->position = at.position;
    return DENOISE_OK;
}
