/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of one row, with the formulas of Keras on TensorFlow, and their gradients. A gradient may be written over the
 * predictions, so each loop reads an element before it writes it, and nothing is read again afterwards. */
#ifndef DENOISE_KERNELS_VECTOR_LOSS_INC_H
#define DENOISE_KERNELS_VECTOR_LOSS_INC_H

#include "kernels/vector_math.inc.h"

#define CLIP_LOW  1e-7f
#define CLIP_HIGH 0.9999999f /* float32 of 1 - 1e-7 */

/* Bounds pass a gradient on, values beyond them do not; NaN stays NaN. */
DENOISE__INLINE float clip_of(float p)
{
    p = p < CLIP_LOW ? CLIP_LOW : p;
    return p > CLIP_HIGH ? CLIP_HIGH : p;
}

DENOISE__INLINE float inside_clip(float p, float gradient)
{
    gradient = p < CLIP_LOW ? 0.0f : gradient;
    return p > CLIP_HIGH ? 0.0f : gradient;
}

/* A row in pieces: `body` computes term[j] and, into out[j], the gradient of element i + j. */
#define ROW_SUM(total, gradient, body)                                                                                         \
    float term[PIECE], unwanted[PIECE];                                                                                        \
    double total = 0;                                                                                                          \
    for (int64_t i = 0; i < columns; i += PIECE) {                                                                             \
        int64_t count = piece_at(i, columns);                                                                                  \
        float *out = (gradient) != NULL ? (gradient) + i : unwanted;                                                           \
        DENOISE__EACH                                                                                                          \
        for (int64_t j = 0; j < count; j++) {                                                                                  \
            body                                                                                                               \
        }                                                                                                                      \
        total += (double)sum_of(term, count);                                                                                  \
    }

/* max(z, 0) - z t + log(1 + e^-|z|); gradient sigmoid(z) - t. One exponential serves both. */
static float bce_logits_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                            float scale)
{
    ROW_SUM(total, gradient, {
        float z = p[i + j];
        float target = keep * t[i + j] + shift;
        float e = exp_of(-magnitude(z));
        float sigmoid = (z >= 0.0f ? 1.0f : e) / (1.0f + e);
        term[j] = (z > 0.0f ? z : 0.0f) - z * target + log1p_of(e);
        out[j] = (sigmoid - target) * scale;
    })
    return (float)total;
}

/* -(t log q + (1 - t) log(1 - q)), q = clip(p) */
static float bce_probability_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                                 float scale)
{
    ROW_SUM(total, gradient, {
        float target = keep * t[i + j] + shift;
        float q = clip_of(p[i + j]);
        float slope = (1.0f - target) / (1.0f - q) - target / q;
        term[j] = -(target * log_of(q) + (1.0f - target) * log_of(1.0f - q));
        out[j] = inside_clip(p[i + j], slope) * scale;
    })
    return (float)total;
}

/* Sum of e^(z - highest) of a row. */
static float exp_sum(const float *z, int64_t columns, float highest)
{
    float *gradient = NULL;
    ROW_SUM(total, gradient, {
        term[j] = exp_of(z[i + j] - highest);
        (void)out;
    })
    return (float)total;
}

/* sum t (log S - (z - max)), S = sum e^(z - max); gradient softmax(z) - t, as TensorFlow has it whatever the sum of t is.
 * A target of zero adds nothing, even where z is -Inf. */
static float cce_logits_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                            float scale)
{
    float highest = max_of(p, columns);
    float sum = exp_sum(p, columns, highest);
    float log_sum = log_of(sum);
    ROW_SUM(total, gradient, {
        float z = p[i + j] - highest;
        float target = keep * t[i + j] + shift;
        float value = target * (log_sum - z);
        term[j] = target == 0.0f ? 0.0f : value;
        out[j] = (exp_of(z) / sum - target) * scale;
    })
    return (float)total;
}

/* -sum t log clip(q), q = p / sum p. With d = t / clip(q) inside the clip, else 0:
 * d loss / d p = (sum(d p) / S - d) / S. */
static float cce_probability_row(const float *p, const float *t, float *gradient, int64_t columns, float keep, float shift,
                                 float scale)
{
    double all = 0;
    for (int64_t i = 0; i < columns; i += PIECE)
        all += (double)sum_of(p + i, piece_at(i, columns));
    float sum = (float)all;
    double pull = 0;
    {
        float *none = NULL;
        ROW_SUM(total, none, {
            float target = keep * t[i + j] + shift;
            float q = p[i + j] / sum;
            term[j] = inside_clip(q, target / clip_of(q)) * p[i + j];
            (void)out;
        })
        pull = total;
    }
    float mean = (float)pull / sum;
    ROW_SUM(total, gradient, {
        float target = keep * t[i + j] + shift;
        float q = p[i + j] / sum;
        float c = clip_of(q);
        term[j] = -target * log_of(c);
        out[j] = (mean - inside_clip(q, target / c)) / sum * scale;
    })
    return (float)total;
}

/* log S - (z_label - max); gradient softmax(z), less 1 at the label */
static float scce_logits_row(const float *p, int32_t label, float *gradient, int64_t columns, float scale)
{
    float highest = max_of(p, columns);
    float sum = exp_sum(p, columns, highest);
    float chosen = p[label] - highest;
    if (gradient != NULL) {
        DENOISE__EACH
        for (int64_t i = 0; i < columns; i++)
            gradient[i] = exp_of(p[i] - highest) / sum * scale;
        gradient[label] = (exp_of(chosen) / sum - 1.0f) * scale;
    }
    return log_of(sum) - chosen;
}

/* Softmax cross-entropy of log q, q = clip(p): log(sum q) - log q_label; gradient 1 / sum q, less 1 / q at the label. */
static float scce_probability_row(const float *p, int32_t label, float *gradient, int64_t columns, float scale)
{
    float *none = NULL;
    ROW_SUM(total, none, {
        term[j] = clip_of(p[i + j]);
        (void)out;
    })
    float sum = (float)total;
    float chosen = p[label];
    float q = clip_of(chosen);
    if (gradient != NULL) {
        float slope = 1.0f / sum * scale;
        DENOISE__EACH
        for (int64_t i = 0; i < columns; i++)
            gradient[i] = inside_clip(p[i], slope);
        gradient[label] = inside_clip(chosen, (q / sum - 1.0f) / q * scale);
    }
    return log_of(sum) - log_of(q);
}

static float squared_error_row(const float *p, const float *t, float *gradient, int64_t columns, float scale)
{
    ROW_SUM(total, gradient, {
        float d = p[i + j] - t[i + j];
        term[j] = d * d;
        out[j] = 2.0f * d * scale;
    })
    return (float)total;
}

static float absolute_error_row(const float *p, const float *t, float *gradient, int64_t columns, float scale)
{
    ROW_SUM(total, gradient, {
        float d = p[i + j] - t[i + j];
        term[j] = magnitude(d);
        float sign = d > 0.0f ? 1.0f : (d < 0.0f ? -1.0f : d);
        out[j] = sign * scale;
    })
    return (float)total;
}

#undef ROW_SUM
#endif
