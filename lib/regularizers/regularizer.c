/* SPDX-License-Identifier: Apache-2.0 */
/* A regularizer over a whole weight, in pieces that depend on its size alone. */
#include "regularizers/regularizer.h"
#include "core/threads.h"
#include "kernels/finite.h"

enum { PIECE = DENOISE__PENALTY_PIECE, ROUND = 64 };

static const denoise__regularizer_kind *kind_of(const denoise__kind_ref *ref)
{
    return (const denoise__regularizer_kind *)(const void *)ref->kind;
}

/* A round of pieces, whose penalties are then added in ascending order. */
typedef struct penalty_round {
    const denoise__kind_ref *ref;
    denoise__weight_reader read;
    void *context;
    int64_t first, count; /* of the weight */
    double penalties[ROUND];
    uint32_t tops[ROUND];
} penalty_round;

static denoise_status penalty_of(const denoise__kind_ref *ref, const float *w, int64_t count, double *penalty)
{
    const denoise__regularizer_kind *kind = kind_of(ref);
    if (kind->try_penalty != NULL) return kind->try_penalty(ref->config, w, count, penalty);
    *penalty = kind->penalty(ref->config, w, count);
    return DENOISE_OK;
}

static denoise_status reach_of(const denoise__kind_ref *ref, double greatest, double *reach)
{
    const denoise__regularizer_kind *kind = kind_of(ref);
    if (kind->try_reach != NULL) return kind->try_reach(ref->config, greatest, reach);
    *reach = kind->reach(ref->config, greatest);
    return DENOISE_OK;
}

static denoise_status penalty_of_piece(void *context, int64_t index, int32_t slot)
{
    penalty_round *round = context;
    int64_t first = round->first + index * PIECE, rest = round->count - first, count = rest < PIECE ? rest : PIECE;
    const float *w = round->read(round->context, first, count, slot);
    round->tops[index] = denoise__top_bits(w, count);
    return penalty_of(round->ref, w, count, &round->penalties[index]);
}

denoise_status denoise__regularizer_penalty_read(const denoise__kind_ref *ref, int64_t count, denoise__weight_reader read,
                                                 void *context, int32_t slots, double *penalty, double *reach)
{
    uint32_t top = 0;
    *penalty = 0;
    if (reach != NULL) *reach = 0;
    if (ref == NULL || ref->kind == NULL || count <= 0) return DENOISE_OK;
    penalty_round round = {.ref = ref, .read = read, .context = context, .count = count};
    for (; round.first < count; round.first += (int64_t)ROUND * PIECE) {
        int64_t rest = count - round.first, pieces = rest / PIECE + (rest % PIECE != 0);
        if (pieces > ROUND) pieces = ROUND;
        DENOISE__TRY(denoise__parallel_tasks(pieces, slots, penalty_of_piece, &round));
        for (int64_t i = 0; i < pieces; i++) {
            *penalty += round.penalties[i];
            top = round.tops[i] > top ? round.tops[i] : top;
        }
    }
    return reach == NULL ? DENOISE_OK : reach_of(ref, (double)denoise__top_magnitude(top), reach);
}

static const float *read_array(void *context, int64_t first, int64_t count, int32_t slot)
{
    (void)count, (void)slot;
    return *(const float *const *)context + first;
}

denoise_status denoise__regularizer_penalty(const denoise__kind_ref *ref, const float *w, int64_t count, double *penalty)
{
    return denoise__regularizer_penalty_read(ref, count, read_array, &w, INT32_MAX, penalty, NULL);
}

bool denoise__regularizer_can_fail(const denoise__kind_ref *ref)
{
    return ref != NULL && ref->kind != NULL && kind_of(ref)->try_penalty != NULL;
}

denoise_status denoise__regularizer_add_piece(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count)
{
    if (ref == NULL || ref->kind == NULL) return DENOISE_OK;
    const denoise__regularizer_kind *kind = kind_of(ref);
    if (kind->try_add_gradient != NULL) return kind->try_add_gradient(ref->config, w, gradient, count);
    kind->add_gradient(ref->config, w, gradient, count);
    return DENOISE_OK;
}

typedef struct gradient_job {
    const denoise__kind_ref *ref;
    const float *w;
    float *gradient;
} gradient_job;

static denoise_status add_range(void *context, int64_t first, int64_t count)
{
    const gradient_job *job = context;
    return denoise__regularizer_add_piece(job->ref, job->w + first, job->gradient + first, count);
}

denoise_status denoise__regularizer_add_gradient(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count)
{
    if (ref == NULL || ref->kind == NULL) return DENOISE_OK;
    gradient_job job = {ref, w, gradient};
    return denoise__parallel_range_tasks(count, PIECE, add_range, &job);
}
