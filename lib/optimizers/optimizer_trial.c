/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a step would leave numbers that are not finite.
 *
 * Adding less than half a unit of the greatest float to a finite number does not overflow. So nothing has to be looked at
 * while steps are far shorter than that, as all ordinary ones are. Others are tried on copies. */
#include "core/threads.h"
#include "optimizers/optimizer.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* The square of the first and the sum of many of the second are far from overflow. */
#define SAFE_GRADIENT 1e18
#define SAFE_REACH    0x1p100

enum { PIECE = 256, GRAIN = 8192 };

bool denoise__optimizer_is_safe(const denoise__optimizer_update *update, double gradient)
{
    const denoise_optimizer *optimizer = update->optimizer;
    if (optimizer->is_strained || !(gradient < SAFE_GRADIENT)) return false;
    if (!((double)update->decay * (double)update->rate <= 1.0)) return false;
    double greatest = gradient > optimizer->greatest ? gradient : optimizer->greatest;
    return denoise__optimizer_kind_of(optimizer)->reach(update->coefficients, greatest) < SAFE_REACH;
}

typedef struct trial_run {
    const denoise__optimizer_update *update;
    const float *w, *gradient;
    float *const *slots;
    atomic_bool found;
    _Atomic(uint32_t) greatest; /* bits of a magnitude: these compare as the numbers do */
} trial_run;

/* The step on copies of `count` elements, at most PIECE of them: the weight, then each slot. */
static void try_some(const trial_run *run, int64_t first, int64_t count, float copies[1 + DENOISE__MAX_SLOTS][PIECE])
{
    float *slots[DENOISE__MAX_SLOTS] = {NULL};
    memcpy(copies[0], run->w + first, (size_t)count * sizeof(float));
    for (int32_t s = 0; s < run->update->optimizer->slot_count; s++) {
        slots[s] = copies[1 + s];
        memcpy(slots[s], run->slots[s] + first, (size_t)count * sizeof(float));
    }
    denoise__optimizer_update_piece(run->update, copies[0], run->gradient + first, slots, count);
}

static void try_range(void *context, int64_t start, int64_t size)
{
    trial_run *run = context;
    float copies[1 + DENOISE__MAX_SLOTS][PIECE];
    float greatest = 0;
    bool finite = true;
    for (int64_t first = start; first < start + size; first += PIECE) {
        int64_t count = start + size - first < PIECE ? start + size - first : PIECE;
        try_some(run, first, count, copies);
        for (int32_t s = 0; s <= run->update->optimizer->slot_count; s++)
            for (int64_t i = 0; i < count; i++) {
                float magnitude = fabsf(copies[s][i]);
                finite = finite && magnitude <= FLT_MAX;
                greatest = magnitude > greatest ? magnitude : greatest;
            }
    }
    if (!finite) atomic_store(&run->found, true);
    uint32_t bits, known = atomic_load(&run->greatest);
    memcpy(&bits, &greatest, sizeof bits);
    while (bits > known && !atomic_compare_exchange_weak(&run->greatest, &known, bits))
        continue;
}

static void find_first(const trial_run *run, int64_t size, denoise__trial *trial)
{
    float copies[1 + DENOISE__MAX_SLOTS][PIECE];
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

void denoise__optimizer_try(const denoise__optimizer_update *update, const float *w, const float *gradient, float *const *slots,
                            int64_t count, denoise__trial *trial)
{
    trial_run run = {.update = update, .w = w, .gradient = gradient, .slots = slots};
    *trial = (denoise__trial){.element = -1};
    denoise__parallel_ranges(count, GRAIN, try_range, &run);
    uint32_t bits = atomic_load(&run.greatest);
    memcpy(&trial->greatest, &bits, sizeof bits);
    if (atomic_load(&run.found)) find_first(&run, count, trial);
}

denoise_status denoise__optimizer_fail_trial(const denoise_optimizer *optimizer, const denoise__trial *trial, const char *layer,
                                             const char *weight)
{
    const char *what = isnan(trial->value) ? "NaN" : "infinite";
    if (trial->slot < 0) {
        return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the step would make \"%s\" %s at element %lld", layer,
                             weight, what, (long long)trial->element);
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the step would make the %s of \"%s\" %s at element %lld", layer,
                         denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, trial->slot), weight, what,
                         (long long)trial->element);
}

void denoise__optimizer_note(denoise_optimizer *optimizer, double gradient, double greatest)
{
    if (greatest > 0) {
        optimizer->is_strained = !(gradient < SAFE_GRADIENT) || !(greatest < SAFE_REACH);
        if (greatest > optimizer->greatest) optimizer->greatest = greatest;
    }
    if (gradient > optimizer->greatest) optimizer->greatest = gradient;
}

void denoise__optimizer_note_unchecked(denoise_optimizer *optimizer)
{
    optimizer->is_strained = true;
}
