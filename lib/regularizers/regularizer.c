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

static void penalty_of_piece(void *context, int64_t index, int32_t slot)
{
    penalty_round *round = context;
    int64_t first = round->first + index * PIECE, rest = round->count - first, count = rest < PIECE ? rest : PIECE;
    const float *w = round->read(round->context, first, count, slot);
    round->penalties[index] = kind_of(round->ref)->penalty(round->ref->config, w, count);
    round->tops[index] = denoise__top_bits(w, count);
}

double denoise__regularizer_penalty_read(const denoise__kind_ref *ref, int64_t count, denoise__weight_reader read,
                                         void *context, int32_t slots, double *reach)
{
    double sum = 0;
    uint32_t top = 0;
    if (reach != NULL) *reach = 0;
    if (ref == NULL || ref->kind == NULL || count <= 0) return 0;
    penalty_round round = {.ref = ref, .read = read, .context = context, .count = count};
    for (; round.first < count; round.first += (int64_t)ROUND * PIECE) {
        int64_t rest = count - round.first, pieces = rest / PIECE + (rest % PIECE != 0);
        if (pieces > ROUND) pieces = ROUND;
        denoise__parallel_slots(pieces, slots, penalty_of_piece, &round);
        for (int64_t i = 0; i < pieces; i++) {
            sum += round.penalties[i];
            top = round.tops[i] > top ? round.tops[i] : top;
        }
    }
    if (reach != NULL) *reach = kind_of(ref)->reach(ref->config, (double)denoise__top_magnitude(top));
    return sum;
}

static const float *read_array(void *context, int64_t first, int64_t count, int32_t slot)
{
    (void)count, (void)slot;
    return *(const float *const *)context + first;
}

double denoise__regularizer_penalty(const denoise__kind_ref *ref, const float *w, int64_t count)
{
    return denoise__regularizer_penalty_read(ref, count, read_array, &w, INT32_MAX, NULL);
}

typedef struct gradient_job {
    const denoise__kind_ref *ref;
    const float *w;
    float *gradient;
} gradient_job;

static void add_range(void *context, int64_t first, int64_t count)
{
    const gradient_job *job = context;
    kind_of(job->ref)->add_gradient(job->ref->config, job->w + first, job->gradient + first, count);
}

void denoise__regularizer_add_gradient(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count)
{
    if (ref == NULL || ref->kind == NULL) return;
    gradient_job job = {ref, w, gradient};
    denoise__parallel_ranges(count, PIECE, add_range, &job);
}
