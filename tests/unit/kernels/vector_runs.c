/* SPDX-License-Identifier: Apache-2.0 */
#include "vector_runs.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

int same_float(float x, float y)
{
    return float_bits(x) == float_bits(y) || (isnan(x) && isnan(y));
}

static uint32_t noise;

void restart_noise(uint32_t seed)
{
    noise = seed;
}

float random_float(int kind)
{
    static const float special[] = {0.0f,    -0.0f,   1.0f,   -1.0f,      100.0f,    -100.0f,   88.7f,
                                    -87.4f,  -103.9f, 1e-38f, -0x1p-140f, 0x1p-149f, 0x1p-101f, 0x1p-100f,
                                    3.4e38f, 1e-7f,   NAN,    INFINITY,   -INFINITY};
    noise = noise * 1664525u + 1013904223u;
    if (kind == 0) return (float)(int32_t)noise / 0x1p29f;
    if (kind == 1) return (float)(noise >> 8) / 0x1p24f;
    if (kind == 2) return special[(noise >> 10) % (sizeof special / sizeof *special)];
    return float_of_bits(noise ^ noise << 7);
}

void fill_inputs(inputs *in, int kind)
{
    float *arrays[] = {in->a, in->b, in->c, in->d, in->e};
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < LONGEST; i++)
            arrays[k][i] = random_float(kind);
}

/* The next output, which begins as a copy of n elements */
static float *next(outputs *out, const float *start, int n)
{
    if (out->count >= OUTPUTS) abort();
    float *row = out->value[out->count++];
    memset(row, 0, sizeof out->value[0]);
    if (start != NULL) memcpy(row, start, (size_t)n * sizeof(float));
    return row;
}

static float *next_twin(outputs *out, const float *start, int n)
{
    float *row = next(out, start, n);
    out->is_twin[out->count - 1] = 1;
    return row;
}

static void run_elementwise(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    const unary all[] = {v->exp,      v->log,         v->sin,         v->cos,         v->sigmoid,  v->tanh,      v->softplus,
                         v->softmax,  v->gelu,        v->gelu_tanh,   v->silu,        v->mish,     v->hard_silu, v->tanh_shrink,
                         v->softsign, v->sparse_plus, v->log_sigmoid, v->log_softmax, v->sparsemax};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i](in->a, next(out, NULL, 0), n);
        float *y = next_twin(out, in->a, n); /* in place */
        all[i](y, y, n);
    }
    v->relu(in->a, next(out, NULL, 0), n, 0, NAN);
    v->relu(in->a, next(out, NULL, 0), n, 0.5f, 2);
    v->leaky_relu(in->a, next(out, NULL, 0), n, 0.2f, 0, NAN);
    v->leaky_relu(in->a, next(out, NULL, 0), n, 0.2f, 1, 6);
    v->elu(in->a, next(out, NULL, 0), n, 1.5f);
    v->scaled_elu(in->a, next(out, NULL, 0), n, 1.25f, 1.5f, 0.5f);
    v->clamp(in->a, next(out, NULL, 0), n, 3, 0, 6, 1.0f / 6);
    v->hard_shrink(in->a, next(out, NULL, 0), n, 0.5f);
    v->soft_shrink(in->a, next(out, NULL, 0), n, 0.5f);
    v->threshold(in->a, next(out, NULL, 0), n, 0.5f, -2);
    v->squareplus(in->a, next(out, NULL, 0), n, 4);
}

static void run_backward(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    typedef void (*slope)(const float *, const float *, float *, int64_t);
    const slope all[] = {v->sigmoid_backward,   v->tanh_backward,        v->softplus_backward, v->softmax_backward,
                         v->gelu_backward,      v->gelu_tanh_backward,   v->silu_backward,     v->mish_backward,
                         v->hard_silu_backward, v->tanh_shrink_backward, v->shrink_backward,   v->sparse_plus_backward,
                         v->exp_backward,       v->log_sigmoid_backward, v->softsign_backward, v->log_softmax_backward,
                         v->sparsemax_backward};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i](in->a, in->b, next(out, NULL, 0), n);
        float *dx = next_twin(out, in->b, n); /* in place */
        all[i](in->a, dx, dx, n);
    }
    v->relu_backward(in->a, in->b, next(out, NULL, 0), n, 2);
    v->leaky_relu_backward(in->a, in->b, next(out, NULL, 0), n, 0.2f, 6);
    v->elu_backward(in->a, in->b, next(out, NULL, 0), n, 1.5f);
    v->scaled_elu_backward(in->a, in->b, next(out, NULL, 0), n, 1.25f, 1.5f, 0.5f, 2);
    v->between_backward(in->a, in->b, next(out, NULL, 0), n, 0, 1, 0.5f);
    v->squareplus_backward(in->a, in->b, next(out, NULL, 0), n, 4);
}

static void run_losses(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    typedef float (*smoothed)(const float *, const float *, float *, int64_t, float, float, float);
    const smoothed all[] = {v->bce_logits, v->bce_probability, v->cce_logits, v->cce_probability};
    typedef float (*plain)(const float *, const float *, float *, int64_t, float);
    const plain rest[] = {v->squared_error, v->absolute_error};
    typedef float (*sparse)(const float *, int32_t, float *, int64_t, float);
    const sparse labelled[] = {v->scce_logits, v->scce_probability};
    float *value = next(out, NULL, 0), *without_gradient = next_twin(out, NULL, 0);
    for (int i = 0; i < 4; i++) {
        float *gradient = next(out, in->a, n); /* over the predictions */
        without_gradient[i] = all[i](in->a, in->b, NULL, n, 0.9f, 0.05f, 0.3f);
        value[i] = all[i](gradient, in->b, gradient, n, 0.9f, 0.05f, 0.3f);
    }
    for (int i = 0; i < 2; i++) {
        float *gradient = next(out, in->a, n);
        without_gradient[4 + i] = rest[i](in->a, in->b, NULL, n, 0.3f);
        value[4 + i] = rest[i](gradient, in->b, gradient, n, 0.3f);
        if (n == 0) continue;
        gradient = next(out, in->a, n);
        without_gradient[6 + i] = labelled[i](in->a, n / 2, NULL, n, 0.3f);
        value[6 + i] = labelled[i](gradient, n / 2, gradient, n, 0.3f);
    }
}

static void run_optimizers(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    v->decay(next(out, in->a, n), n, 0.1f, 0.01f);
    v->sgd(next(out, in->a, n), in->b, n, 0.1f);
    float *m = next(out, in->c, n);
    v->sgd_momentum(next(out, in->a, n), in->b, m, n, 0.1f, 0.9f);
    m = next(out, in->c, n);
    v->sgd_nesterov(next(out, in->a, n), in->b, m, n, 0.1f, 0.9f);
    for (int form = 0; form < 4; form++) {
        float *velocity = next(out, in->d, n), *momentum = next(out, in->c, n), *average = next(out, in->e, n);
        v->rmsprop(next(out, in->a, n), in->b, velocity, form & 1 ? momentum : NULL, form & 2 ? average : NULL, n, 0.01f, 0.9f,
                   0.1f, 1e-7f, 0.5f);
    }
    m = next(out, in->c, n);
    float *velocity = next(out, in->d, n);
    v->adam(next(out, in->a, n), in->b, m, velocity, n, 0.01f, 0.1f, 0.001f, 1e-7f);
    m = next(out, in->c, n);
    velocity = next(out, in->d, n);
    float *greatest = next(out, in->e, n);
    v->adam_amsgrad(next(out, in->a, n), in->b, m, velocity, greatest, n, 0.01f, 0.1f, 0.001f, 1e-7f);
}

void run_kernels(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    out->count = 0;
    memset(out->is_twin, 0, sizeof out->is_twin);
    run_elementwise(v, in, n, out);
    run_backward(v, in, n, out);
    run_losses(v, in, n, out);
    run_optimizers(v, in, n, out);
}

static char difference[200];

static int rows_differ(const float *expected, const float *given, int row)
{
    for (int i = 0; i < LONGEST; i++)
        if (!same_float(expected[i], given[i])) {
            snprintf(difference, sizeof difference, "output %d, element %d: %a, expected %a", row, i, (double)given[i],
                     (double)expected[i]);
            return 1;
        }
    return 0;
}

const char *first_difference(const outputs *expected, const outputs *given)
{
    if (expected->count != given->count) return "not as many outputs";
    for (int r = 0; r < given->count; r++)
        if (rows_differ(expected->value[r], given->value[r], r)) return difference;
    return NULL;
}

const char *first_twin_difference(const outputs *given)
{
    for (int r = 1; r < given->count; r++)
        if (given->is_twin[r] && rows_differ(given->value[r - 1], given->value[r], r)) return difference;
    return NULL;
}

uint64_t hash_of_table(const denoise__vector *v)
{
    static inputs in;
    static outputs out;
    uint64_t hash = 0xcbf29ce484222325u;
    restart_noise(5);
    for (int repeat = 0; repeat < 50; repeat++)
        for (int kind = 0; kind < INPUT_KINDS; kind++) {
            fill_inputs(&in, kind);
            run_kernels(v, &in, 587, &out);
            for (int r = 0; r < out.count; r++)
                for (int i = 0; i < LONGEST; i++) {
                    float x = out.value[r][i];
                    hash = (hash ^ (isnan(x) ? 0x7fc00000u : float_bits(x))) * 0x100000001b3u;
                }
        }
    return hash;
}
