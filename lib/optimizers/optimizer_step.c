/* SPDX-License-Identifier: Apache-2.0 */
/* Slots and the step. Keras' order: weight decay, then the update, then iterations += 1
 * (keras/src/optimizers/base_optimizer.py). */
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/vector.h"
#include "optimizers/optimizer.h"

/* Elements of one weight that one thread updates at a time; with its slots a piece stays in the cache. */
enum { PIECE = 8192 };

void denoise__optimizer_clear(denoise_optimizer *optimizer)
{
    if (optimizer->slots != NULL) {
        for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
            denoise__release_aligned(optimizer->slots[i]);
    }
    denoise__release(optimizer->slots);
    denoise__release(optimizer->sizes);
    optimizer->slots = NULL;
    optimizer->sizes = NULL;
    optimizer->weight_count = 0;
    optimizer->greatest = 0;
    optimizer->is_strained = false;
}

static denoise_status check_sizes(const denoise_optimizer *optimizer, const int64_t *sizes, int64_t count)
{
    const char *name = optimizer->part.kind->name;
    if (count != optimizer->weight_count) {
        return denoise__fail(DENOISE_ERR_SHAPE, "%s: %lld weights given, expected the %lld of the first step", name,
                             (long long)count, (long long)optimizer->weight_count);
    }
    for (int64_t i = 0; i < count; i++)
        if (sizes[i] != optimizer->sizes[i]) {
            return denoise__fail(DENOISE_ERR_SHAPE, "%s: weight %lld has %lld elements, expected the %lld of the first step",
                                 name, (long long)i, (long long)sizes[i], (long long)optimizer->sizes[i]);
        }
    return DENOISE_OK;
}

static denoise_status make_slot(float **out, int64_t size, float initial)
{
    int64_t bytes;
    if (!denoise__multiply(size, (int64_t)sizeof(float), &bytes)) return denoise__fail_nomem();
    float *slot = *out = denoise__allocate_aligned((size_t)bytes);
    if (slot == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < size; i++)
        slot[i] = initial;
    return DENOISE_OK;
}

denoise_status denoise__optimizer_build(denoise_optimizer *optimizer, const int64_t *sizes, int64_t count)
{
    if (optimizer->sizes != NULL) return check_sizes(optimizer, sizes, count);
    const denoise__optimizer_kind *kind = denoise__optimizer_kind_of(optimizer);
    int32_t each = optimizer->slot_count;
    denoise_status status = DENOISE_OK;
    optimizer->sizes = denoise__allocate_zeroed((size_t)count, sizeof *optimizer->sizes);
    optimizer->slots = denoise__allocate_zeroed((size_t)count * (size_t)each, sizeof *optimizer->slots);
    if (optimizer->sizes == NULL || optimizer->slots == NULL) {
        status = denoise__fail_nomem();
        goto fail;
    }
    optimizer->weight_count = count;
    for (int64_t i = 0; i < count; i++) {
        optimizer->sizes[i] = sizes[i];
        for (int32_t s = 0; s < each; s++)
            DENOISE__TRY_OR_FAIL(make_slot(&optimizer->slots[i * each + s], sizes[i], kind->slot_initial[s]));
    }
    return DENOISE_OK;
fail:
    denoise__optimizer_clear(optimizer);
    return status;
}

typedef struct step_job {
    denoise__optimizer_update update;
    float *const *weights;
    const float *const *gradients;
} step_job;

void denoise__optimizer_begin(const denoise_optimizer *optimizer, denoise__optimizer_update *update)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    update->optimizer = optimizer;
    update->rate = (float)optimizer->learning_rate;
    update->decay = isnan(config->weight_decay) ? 0.0f : (float)config->weight_decay;
    denoise__optimizer_kind_of(optimizer)->coefficients(config, optimizer->learning_rate, optimizer->iterations + 1,
                                                        update->coefficients);
}

void denoise__optimizer_update_piece(const denoise__optimizer_update *update, float *w, const float *gradient,
                                     float *const *slots, int64_t count)
{
    if (update->decay != 0) denoise__vector_table()->decay(w, count, update->decay, update->rate);
    denoise__optimizer_kind_of(update->optimizer)->update(update->coefficients, w, gradient, slots, count);
}

void denoise__optimizer_end(denoise_optimizer *optimizer)
{
    optimizer->iterations += 1;
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
    while (index >= pieces_of(optimizer->sizes[weight]))
        index -= pieces_of(optimizer->sizes[weight++]);
    int64_t first = index * PIECE, rest = optimizer->sizes[weight] - first, count = rest < PIECE ? rest : PIECE;
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    for (int32_t s = 0; s < optimizer->slot_count; s++)
        slots[s] = optimizer->slots[weight * optimizer->slot_count + s] + first;
    denoise__optimizer_update_piece(&job->update, job->weights[weight] + first, job->gradients[weight] + first, slots, count);
}

void denoise__optimizer_step(denoise_optimizer *optimizer, float *const *weights, const float *const *gradients)
{
    step_job job = {.weights = weights, .gradients = gradients};
    if (optimizer->bring_home != NULL) optimizer->bring_home(optimizer->home_context);
    denoise__optimizer_begin(optimizer, &job.update);
    int64_t pieces = 0;
    for (int64_t i = 0; i < optimizer->weight_count; i++)
        pieces += pieces_of(optimizer->sizes[i]);
    denoise__parallel_for(pieces, update_piece, &job);
    denoise__optimizer_end(optimizer);
}

int64_t denoise__optimizer_variable_count(const denoise_optimizer *optimizer)
{
    int64_t count = 2;
    for (int64_t i = 0; i < optimizer->weight_count; i++)
        count += optimizer->sizes[i] * optimizer->slot_count;
    return count;
}
