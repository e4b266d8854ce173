/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a step around the kind's update, piece by piece, and the norms by which gradients are clipped. Additions,
 * products and quotients of one element, rounded as they stand here: the same bits on every CPU. */
#include "core/threads.h"
#include "kernels/loops.h"
#include "kernels/vector.h"
#include "optimizers/optimizer.h"
#include <math.h>

enum { SOME = 256, ROUND = 64 };

/* As vf_faded() has it. */
static float faded(float state)
{
    return fabsf(state) < 0x1p-100f ? 0.0f : state;
}

/* The gradient of the step: without the loss's scale, and the mean with those before it (NULL: none). `to` may be `gradient`.
 */
static void combine(const denoise__optimizer_update *update, const float *gradient, const float *accumulated, float *to,
                    int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = update->scale == 1 ? gradient[i] : gradient[i] / update->scale;
    for (int64_t i = 0; accumulated != NULL && i < count; i++)
        to[i] = (to[i] + accumulated[i]) / update->steps;
}

static void accumulate(const denoise__optimizer_update *update, const float *gradient, float *accumulated, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        accumulated[i] = faded((update->scale == 1 ? gradient[i] : gradient[i] / update->scale) + accumulated[i]);
}

/* NaN stays. */
static void clip(const denoise__optimizer_update *update, float factor, float *gradient, int64_t count)
{
    float limit = update->limit;
    for (int64_t i = 0; update->measures && i < count; i++)
        gradient[i] *= factor;
    for (int64_t i = 0; limit > 0 && i < count; i++)
        gradient[i] = gradient[i] > limit ? limit : gradient[i] < -limit ? -limit : gradient[i];
}

static void average(const denoise__optimizer_update *update, float *w, float *mean, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        mean[i] = faded(update->keep * mean[i] + update->take * w[i]);
    for (int64_t i = 0; update->overwrites && i < count; i++)
        w[i] = mean[i];
}

static void step(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient, float *const *slots,
                 int64_t count)
{
    const denoise_optimizer *optimizer = update->optimizer;
    float *accumulated = optimizer->accumulator < 0 ? NULL : slots[optimizer->accumulator];
    float mean[SOME];
    combine(update, gradient, accumulated, mean, count);
    for (int64_t i = 0; accumulated != NULL && i < count; i++)
        accumulated[i] = 0;
    clip(update, optimizer->stages[weight].clip, mean, count);
    if (update->decay != 0 && optimizer->stages[weight].decays)
        denoise__vector_table()->decay(w, count, update->decay, update->rate);
    denoise__optimizer_kind_of(optimizer)->update(update->coefficients, w, mean, slots + optimizer->stage_slots, count);
}

static void update_some(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient,
                        float *const *slots, int64_t count)
{
    const denoise_optimizer *optimizer = update->optimizer;
    if (update->adds)
        accumulate(update, gradient, slots[optimizer->accumulator], count);
    else
        step(update, weight, w, gradient, slots, count);
    if (update->averages) average(update, w, slots[optimizer->average], count);
}

void denoise__optimizer_update_staged(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient,
                                      float *const *slots, int64_t count)
{
    float *at[DENOISE__MAX_SLOTS] = {NULL};
    for (int64_t first = 0; first < count; first += SOME) {
        for (int32_t s = 0; s < update->optimizer->slot_count; s++)
            at[s] = slots[s] + first;
        update_some(update, weight, w + first, gradient + first, at, count - first < SOME ? count - first : SOME);
    }
}

/* Norms: a round of pieces of a weight, whose sums are then added in ascending order. */
typedef struct norm_round {
    const denoise_optimizer *optimizer;
    const denoise__optimizer_update *update;
    const denoise__gradient_reader *reader;
    int64_t weight, first;
    double sums[ROUND];
} norm_round;

static void sum_piece(void *context, int64_t index, int32_t slot)
{
    norm_round *round = context;
    const denoise_optimizer *optimizer = round->optimizer;
    const denoise__gradient_reader *reader = round->reader;
    float *scratch = optimizer->scratch + (int64_t)slot * 2 * DENOISE__NORM_PIECE;
    int64_t first = round->first + index * DENOISE__NORM_PIECE, left = optimizer->weights[round->weight].count - first;
    int64_t count = left < DENOISE__NORM_PIECE ? left : DENOISE__NORM_PIECE;
    const float *accumulated = NULL, *gradient = reader->gradient(reader->context, round->weight, first, count, scratch);
    if (optimizer->accumulator >= 0)
        accumulated = reader->accumulated(reader->context, round->weight, first, count, scratch + DENOISE__NORM_PIECE);
    combine(round->update, gradient, accumulated, scratch, count);
    round->sums[index] = denoise__loops_table()->sum_squares(scratch, count);
}

static double squares_of(norm_round *round)
{
    double sum = 0;
    int64_t count = round->optimizer->weights[round->weight].count;
    for (round->first = 0; round->first < count; round->first += (int64_t)ROUND * DENOISE__NORM_PIECE) {
        int64_t left = count - round->first, pieces = left / DENOISE__NORM_PIECE + (left % DENOISE__NORM_PIECE != 0);
        if (pieces > ROUND) pieces = ROUND;
        denoise__parallel_slots(pieces, round->optimizer->scratch_slots, sum_piece, round);
        for (int64_t i = 0; i < pieces; i++)
            sum += round->sums[i];
    }
    return sum;
}

/* Gradients of a greater norm are shortened to it; a norm that is NaN makes them NaN. */
static float factor_of(double squares, double greatest)
{
    double norm = sqrt(squares);
    return norm <= greatest ? 1.0f : (float)(greatest / norm);
}

void denoise__optimizer_measure(denoise_optimizer *optimizer, const denoise__optimizer_update *update,
                                const denoise__gradient_reader *reader)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    norm_round round = {.optimizer = optimizer, .update = update, .reader = reader};
    const bool is_global = config->global_clipnorm > 0;
    double all = 0;
    for (; round.weight < optimizer->weight_count; round.weight++) {
        double squares = squares_of(&round);
        if (!is_global) optimizer->stages[round.weight].clip = factor_of(squares, config->clipnorm);
        all += squares;
    }
    for (int64_t i = 0; i < optimizer->weight_count && is_global; i++)
        optimizer->stages[i].clip = factor_of(all, config->global_clipnorm);
}
