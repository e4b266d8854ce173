/* SPDX-License-Identifier: Apache-2.0 */
/* The step: tried, taken, and taken on the caller's own tensors. */
#include "core/cpu.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/text.h"
#include "core/threads.h"
#include "kernels/vector.h"
#include "optimizers/optimizer.h"
#include "tensor/tensor.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Elements of one weight that one thread updates at a time; with its slots a piece stays in the cache. */
enum { PIECE = 8192 };

typedef struct step_job {
    denoise__optimizer_update update;
    float *const *weights;
    const float *const *gradients;
} step_job;

denoise_status denoise__optimizer_begin(const denoise_optimizer *optimizer, denoise__optimizer_update *update)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    int64_t accumulation = denoise__optimizer_accumulation(optimizer), step = optimizer->iterations / accumulation;
    double rate;
    DENOISE__TRY(denoise__optimizer_rate(optimizer, &rate));
    *update = (denoise__optimizer_update){.optimizer = optimizer, .rate = (float)rate};
    update->decay = isnan(config->weight_decay) ? 0.0f : (float)config->weight_decay;
    update->scale = (float)denoise__optimizer_loss_scale(optimizer);
    update->steps = (float)accumulation;
    update->adds = (optimizer->iterations + 1) % accumulation != 0;
    update->limit = config->clipvalue > 0 ? (float)config->clipvalue : 0.0f;
    update->measures = !update->adds && optimizer->scratch != NULL;
    update->averages = optimizer->average >= 0;
    update->keep = step > 0 ? (float)config->ema_momentum : 0.0f; /* the first step's average is its weights */
    update->take = 1.0f - update->keep;
    update->overwrites = config->ema_overwrite_frequency > 0 && (step + 1) % config->ema_overwrite_frequency == 0;
    update->has_stages = update->scale != 1 || accumulation > 1 || update->limit > 0 || update->measures || update->averages;
    denoise__optimizer_kind_of(optimizer)->coefficients(config, rate, step + 1, update->coefficients);
    return DENOISE_OK;
}

void denoise__optimizer_update_piece(const denoise__optimizer_update *update, int64_t weight, float *w, const float *gradient,
                                     float *const *slots, int64_t count)
{
    if (update->has_stages) {
        denoise__optimizer_update_staged(update, weight, w, gradient, slots, count);
        return;
    }
    bool decays = update->decay != 0 && update->optimizer->stages[weight].decays;
    if (decays) denoise__vector_table()->decay(w, count, update->decay, update->rate);
    denoise__optimizer_kind_of(update->optimizer)->update(update->coefficients, w, gradient, slots, count);
}

/* Where nothing is to be trained, Keras' trainer leaves the optimizer alone (keras/src/backend/tensorflow/trainer.py). */
void denoise__optimizer_end(denoise_optimizer *optimizer)
{
    if (optimizer->weight_count > 0) optimizer->iterations += 1;
}

static int64_t pieces_of(int64_t size)
{
    return size / PIECE + (size % PIECE != 0);
}

/* Piece number `index` of all weights, counted one weight after the other. */
static void update_piece(void *context, int64_t index)
{
    const step_job *job = context;
    const denoise_optimizer *optimizer = job->update.optimizer;
    int64_t weight = 0;
    while (index >= pieces_of(optimizer->weights[weight].count))
        index -= pieces_of(optimizer->weights[weight++].count);
    int64_t first = index * PIECE, rest = optimizer->weights[weight].count - first, count = rest < PIECE ? rest : PIECE;
    float *slots[DENOISE__MAX_SLOTS];
    denoise__optimizer_slots_at(optimizer, weight, first, slots);
    denoise__optimizer_update_piece(&job->update, weight, job->weights[weight] + first, job->gradients[weight] + first, slots,
                                    count);
}

static const float *given_gradient(const void *context, int64_t weight, int64_t first, int64_t count, float *scratch)
{
    const step_job *job = context;
    (void)count, (void)scratch;
    return job->gradients[weight] + first;
}

static const float *own_accumulated(const void *context, int64_t weight, int64_t first, int64_t count, float *scratch)
{
    const denoise_optimizer *optimizer = ((const step_job *)context)->update.optimizer;
    (void)count, (void)scratch;
    return (const float *)denoise__optimizer_slot(optimizer, weight, optimizer->accumulator)->values + first;
}

denoise_status denoise__optimizer_step(denoise_optimizer *optimizer, float *const *weights, const float *const *gradients)
{
    step_job job = {.weights = weights, .gradients = gradients};
    denoise__optimizer_bring_home(optimizer);
    DENOISE__TRY(denoise__optimizer_begin(optimizer, &job.update));
    if (job.update.measures)
        denoise__optimizer_measure(optimizer, &job.update, &(denoise__gradient_reader){given_gradient, own_accumulated, &job});
    int64_t pieces = 0;
    for (int64_t i = 0; i < optimizer->weight_count; i++)
        pieces += pieces_of(optimizer->weights[i].count);
    denoise__parallel_for(pieces, update_piece, &job);
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        denoise__variable_touch(&optimizer->slots[i]);
    denoise__optimizer_end(optimizer);
    return DENOISE_OK;
}

/* Trials: whether a step would leave numbers that are not finite.
 *
 * Adding less than half a unit of the greatest float to a finite number does not overflow. So nothing has to be looked at
 * while steps are far shorter than that, as all ordinary ones are. Others are tried on copies. */

/* The square of the first and the sum of many of the second are far from overflow. */
#define SAFE_GRADIENT 1e18
#define SAFE_REACH    0x1p100

enum { TRIAL_PIECE = 256 };

bool denoise__optimizer_is_safe(const denoise__optimizer_update *update, double gradient)
{
    const denoise_optimizer *optimizer = update->optimizer;
    if (optimizer->needs_trial || !(gradient < SAFE_GRADIENT)) return false;
    if (!((double)update->decay * (double)update->rate <= 1.0)) return false;
    double greatest = gradient > optimizer->greatest ? gradient : optimizer->greatest;
    if (!(greatest * (double)update->steps < SAFE_REACH)) return false; /* as they add up */
    return denoise__optimizer_kind_of(optimizer)->reach(update->coefficients, greatest) < SAFE_REACH;
}

typedef struct trial_run {
    const denoise__optimizer_update *update;
    int64_t weight;
    const float *w, *gradient;
    float *const *slots;
    atomic_bool found;
    _Atomic(uint32_t) greatest; /* bits of a magnitude: these compare as the numbers do */
} trial_run;

/* The step on copies of `count` elements, at most TRIAL_PIECE of them: the weight, then each slot. */
static void try_some(const trial_run *run, int64_t first, int64_t count, float copies[1 + DENOISE__MAX_SLOTS][TRIAL_PIECE])
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    memcpy(copies[0], run->w + first, (size_t)count * sizeof(float));
    for (int32_t s = 0; s < run->update->optimizer->slot_count; s++) {
        slots[s] = copies[1 + s];
        memcpy(slots[s], run->slots[s] + first, (size_t)count * sizeof(float));
    }
    denoise__optimizer_update_piece(run->update, run->weight, copies[0], run->gradient + first, slots, count);
}

static void try_range(void *context, int64_t start, int64_t size)
{
    trial_run *run = context;
    float copies[1 + DENOISE__MAX_SLOTS][TRIAL_PIECE];
    float greatest = 0;
    bool is_finite = true;
    for (int64_t first = start; first < start + size; first += TRIAL_PIECE) {
        int64_t count = start + size - first < TRIAL_PIECE ? start + size - first : TRIAL_PIECE;
        try_some(run, first, count, copies);
        for (int32_t s = 0; s <= run->update->optimizer->slot_count; s++)
            for (int64_t i = 0; i < count; i++) {
                float magnitude = fabsf(copies[s][i]);
                is_finite = is_finite && magnitude <= FLT_MAX;
                greatest = magnitude > greatest ? magnitude : greatest;
            }
    }
    if (!is_finite) atomic_store(&run->found, true);
    uint32_t bits, known = atomic_load(&run->greatest);
    memcpy(&bits, &greatest, sizeof bits);
    while (bits > known && !atomic_compare_exchange_weak(&run->greatest, &known, bits))
        continue;
}

static void find_first(const trial_run *run, int64_t size, denoise__trial *trial)
{
    float copies[1 + DENOISE__MAX_SLOTS][TRIAL_PIECE];
    for (int64_t i = 0; i < size; i++) {
        try_some(run, i, 1, copies);
        for (int32_t s = 0; s <= run->update->optimizer->slot_count; s++) {
            if (isfinite(copies[s][0])) continue;
            trial->element = i;
            trial->slot = s - 1;
            trial->value = copies[s][0];
            return;
        }
    }
}

void denoise__optimizer_try(const denoise__optimizer_update *update, int64_t weight, const float *w, const float *gradient,
                            float *const *slots, int64_t count, denoise__trial *trial)
{
    trial_run run = {.update = update, .weight = weight, .w = w, .gradient = gradient, .slots = slots};
    *trial = (denoise__trial){.element = -1};
    denoise__parallel_ranges(count, denoise__grain(2), try_range, &run);
    uint32_t bits = atomic_load(&run.greatest);
    memcpy(&trial->greatest, &bits, sizeof bits);
    if (atomic_load(&run.found)) find_first(&run, count, trial);
}

denoise_status denoise__optimizer_fail_trial(const denoise_optimizer *optimizer, const denoise__trial *trial, const char *layer,
                                             const char *weight)
{
    const char *what = denoise__nonfinite_name((double)trial->value);
    if (trial->slot < 0) {
        return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the step would make \"%s\" %s at element %lld", layer,
                             weight, what, (long long)trial->element);
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the step would make the %s of \"%s\" %s at element %lld", layer,
                         denoise__optimizer_slot_name(optimizer, trial->slot), weight, what, (long long)trial->element);
}

void denoise__optimizer_note(denoise_optimizer *optimizer, double gradient, double greatest)
{
    if (greatest > 0) {
        optimizer->needs_trial = !(gradient < SAFE_GRADIENT) || !(greatest < SAFE_REACH);
        if (greatest > optimizer->greatest) optimizer->greatest = greatest;
    }
    if (gradient > optimizer->greatest) optimizer->greatest = gradient;
}

/* A step on the caller's own tensors. */

static denoise_status check_float32(const char *name, const char *what, int64_t index, const denoise_tensor *tensor)
{
    if (tensor == NULL) {
        return denoise__fail(DENOISE_ERR_NULL, "%s: %s %lld is NULL", name, what, (long long)index);
    }
    if (tensor->dtype == DENOISE_FLOAT32) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_DTYPE, "%s: %s %lld is %s, expected float32", name, what, (long long)index,
                         denoise__dtype_name(tensor->dtype));
}

static denoise_status check_pair(const char *name, int64_t index, const denoise_tensor *weight, const denoise_tensor *gradient)
{
    DENOISE__TRY(check_float32(name, "weight", index, weight));
    DENOISE__TRY(check_float32(name, "gradient", index, gradient));
    if (denoise__shape_equal(&weight->shape, &gradient->shape)) return DENOISE_OK;
    char weight_text[192], gradient_text[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s: gradient %lld has shape %s, its weight has shape %s", name, (long long)index,
                         denoise__shape_text(&gradient->shape, false, gradient_text, sizeof gradient_text),
                         denoise__shape_text(&weight->shape, false, weight_text, sizeof weight_text));
}

static denoise_status check(const denoise_optimizer *optimizer, denoise_tensor *const *weights,
                            const denoise_tensor *const *gradients, int64_t count)
{
    const denoise__part *part = &optimizer->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    const char *name = part->kind->name;
    if (part->owner != NULL) {
        return denoise__fail(DENOISE_ERR_OWNED, "%s: belongs to a trainer, which makes its steps", name);
    }
    if (((const denoise__optimizer_config *)part->config)->exclude_from_weight_decay != NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "%s: exclude_from_weight_decay goes by names, and tensors have none", name);
    }
    if (count < 1) return denoise__fail(DENOISE_ERR_RANGE, "%s: count is %lld, expected >= 1", name, (long long)count);
    for (int64_t i = 0; i < count; i++)
        DENOISE__TRY(check_pair(name, i, weights[i], gradients[i]));
    return DENOISE_OK;
}

/* What a step wants to have side by side. */
typedef struct lists {
    denoise__variable *shapes;
    const denoise__variable **variables;
    float **weights;
    const float **gradients;
} lists;

static void release(lists *of)
{
    denoise__release(of->shapes);
    denoise__release(of->variables);
    denoise__release(of->weights);
    denoise__release(of->gradients);
}

static denoise_status collect(lists *out, denoise_tensor *const *weights, const denoise_tensor *const *gradients, int64_t count)
{
    out->shapes = denoise__allocate_zeroed((size_t)count, sizeof *out->shapes);
    out->variables = denoise__allocate_zeroed((size_t)count, sizeof *out->variables);
    out->weights = denoise__allocate_zeroed((size_t)count, sizeof *out->weights);
    out->gradients = denoise__allocate_zeroed((size_t)count, sizeof *out->gradients);
    if (out->shapes == NULL || out->variables == NULL || out->weights == NULL || out->gradients == NULL) {
        return denoise__fail_nomem();
    }
    for (int64_t i = 0; i < count; i++) {
        const denoise__shape *shape = &weights[i]->shape;
        out->shapes[i] = (denoise__variable){.rank = shape->rank, .count = weights[i]->size};
        memcpy(out->shapes[i].dim, shape->dim, (size_t)shape->rank * sizeof *shape->dim);
        out->variables[i] = &out->shapes[i];
        out->weights[i] = weights[i]->data;
        out->gradients[i] = gradients[i]->data;
    }
    return DENOISE_OK;
}

denoise_status denoise_optimizer_apply(denoise_optimizer *optimizer, denoise_tensor *const *weights,
                                       const denoise_tensor *const *gradients, int64_t count)
{
    DENOISE__CHECK_NULL(optimizer);
    DENOISE__CHECK_NULL(weights);
    DENOISE__CHECK_NULL(gradients);
    DENOISE__TRY(check(optimizer, weights, gradients, count));
    lists of = {0};
    denoise_status status;
    DENOISE__TRY_OR_FAIL(collect(&of, weights, gradients, count));
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller); /* settings that are None are NAN, and comparing them may trap */
    status = denoise__optimizer_build(optimizer, of.variables, count);
    if (status == DENOISE_OK) {
        denoise__optimizer_note_unchecked(optimizer);
        status = denoise__optimizer_step(optimizer, of.weights, of.gradients);
    }
    denoise__fp_leave(&caller);
fail:
    release(&of);
    return status;
}
