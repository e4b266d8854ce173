/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "core/random.h"
#include "core/threads.h"
#include "kernels/random.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <float.h>
#include <math.h>

/* Elements of one piece of work: its numbers stay in the first-level cache between being drawn and being used. */
enum { GRAIN = 1 << 12 };

/* What is drawn per element, and how it is put together with the element. */
typedef struct noise {
    const denoise_tensor *x;
    float *out;
    uint64_t seed, stream;
    float level; /* factor or probability */
} noise;

static float clip(float value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value; /* NaN stays */
}

static const float *read_piece(const noise *it, int64_t first, int64_t count, float *buffer)
{
    if (it->x->dtype == DENOISE_FLOAT32) return (const float *)it->x->data + first;
    denoise__tensor_read_floats(it->x, first, count, buffer);
    return buffer;
}

static void add_clipped(const noise *it, int64_t first, int64_t count)
{
    float buffer[GRAIN];
    const float *x = read_piece(it, first, count, buffer);
    float *out = it->out + first;
    for (int64_t i = 0; i < count; i++) {
        out[i] = clip(x[i] + it->level * out[i]);
    }
}

static void add_gaussian(void *context, int64_t first, int64_t count)
{
    const noise *it = context;
    denoise__random_normal(it->seed, it->stream, (uint64_t)first, it->out + first, count, 0, 1);
    add_clipped(it, first, count);
}

static void add_uniform(void *context, int64_t first, int64_t count)
{
    const noise *it = context;
    denoise__random_uniform(it->seed, it->stream, (uint64_t)first, it->out + first, count, 0, 1);
    add_clipped(it, first, count);
}

static void add_salt_and_pepper(void *context, int64_t first, int64_t count)
{
    const noise *it = context;
    float buffer[GRAIN];
    const float *x = read_piece(it, first, count, buffer);
    float *out = it->out + first;
    denoise__random_uniform(it->seed, it->stream, (uint64_t)first, out, count, 0, 1);
    for (int64_t i = 0; i < count; i++) {
        out[i] = out[i] >= it->level ? x[i] : out[i] < 0.5F * it->level ? 0.0F : 1.0F;
    }
}

static void mask(void *context, int64_t first, int64_t count)
{
    const noise *it = context;
    float buffer[GRAIN];
    const float *x = read_piece(it, first, count, buffer);
    float *out = it->out + first;
    denoise__random_uniform(it->seed, it->stream, (uint64_t)first, out, count, 0, 1);
    for (int64_t i = 0; i < count; i++) {
        out[i] = out[i] >= it->level ? x[i] : 0.0F;
    }
}

static denoise_status apply(denoise_tensor **out, const denoise_tensor *x, double level, uint64_t seed,
                            denoise__range_body body)
{
    if (x->dtype != DENOISE_FLOAT32 && x->dtype != DENOISE_FLOAT64) {
        return denoise__fail(DENOISE_ERR_DTYPE,
                             "noise needs float32 or float64 values in 0..1, found %s (denoise_images_to_rows converts)",
                             denoise__dtype_name(x->dtype));
    }
    denoise_tensor *noisy = NULL;
    DENOISE__TRY(denoise__tensor_make(&noisy, DENOISE_FLOAT32, &x->shape));
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    noise it = {x, noisy->data, seed, denoise__stream(DENOISE__STREAM_NOISE, 0, 0, 0), (float)level};
    denoise__parallel_ranges(x->size, GRAIN, body, &it);
    denoise__fp_leave(&caller);
    *out = noisy;
    return DENOISE_OK;
}

static denoise_status check_factor(double factor)
{
    if (islessequal(fabs(factor), (double)FLT_MAX)) return DENOISE_OK; /* the conversion may trap */
    return denoise__fail(DENOISE_ERR_RANGE, "factor %g is no finite float32", factor);
}

static denoise_status check_probability(double probability)
{
    if (isgreaterequal(probability, 0) && islessequal(probability, 1)) return DENOISE_OK; /* NaN may trap */
    return denoise__fail(DENOISE_ERR_RANGE, "probability is %g, expected 0..1", probability);
}

denoise_status denoise_noise_gaussian(denoise_tensor **out, const denoise_tensor *x, double factor, uint64_t seed)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(check_factor(factor));
    return apply(out, x, factor, seed, add_gaussian);
}

denoise_status denoise_noise_uniform(denoise_tensor **out, const denoise_tensor *x, double factor, uint64_t seed)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(check_factor(factor));
    return apply(out, x, factor, seed, add_uniform);
}

denoise_status denoise_noise_salt_and_pepper(denoise_tensor **out, const denoise_tensor *x, double probability, uint64_t seed)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(check_probability(probability));
    return apply(out, x, probability, seed, add_salt_and_pepper);
}

denoise_status denoise_noise_masking(denoise_tensor **out, const denoise_tensor *x, double probability, uint64_t seed)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(check_probability(probability));
    return apply(out, x, probability, seed, mask);
}
