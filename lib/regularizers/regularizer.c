/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of regularizers, and running one over a whole weight, in pieces that depend on its size alone. */
#include "regularizers/regularizer.h"
#include "core/threads.h"

#define DENOISE_KIND(kind, file) extern const denoise__regularizer_kind denoise__regularizer_##kind;
#include "regularizers/regularizers.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__regularizer_##kind.base,
static const denoise__kind *const kinds[] = {
#include "regularizers/regularizers.def"
};
#undef DENOISE_KIND

const denoise__registry denoise__regularizer_registry = {
    .noun = "regularizer", .kinds = kinds, .count = (int32_t)(sizeof kinds / sizeof *kinds)};

enum { PIECE = 16384, MAX_PIECES = 64 };

typedef struct job {
    const denoise__regularizer_kind *kind;
    const void *config;
    const float *w;
    float *gradient;
    int64_t count, length; /* of all, of a piece */
    double penalties[MAX_PIECES];
} job;

static job job_of(const denoise__kind_ref *ref, const float *w, int64_t count)
{
    return (job){
        .kind = (const denoise__regularizer_kind *)(const void *)ref->kind, .config = ref->config, .w = w, .count = count};
}

static void penalty_of_piece(void *context, int64_t index)
{
    job *j = context;
    int64_t first = index * j->length, rest = j->count - first;
    j->penalties[index] = j->kind->penalty(j->config, j->w + first, rest < j->length ? rest : j->length);
}

double denoise__regularizer_penalty(const denoise__kind_ref *ref, const float *w, int64_t count)
{
    if (ref == NULL || ref->kind == NULL || count <= 0) return 0;
    job j = job_of(ref, w, count);
    j.length = count <= (int64_t)PIECE * MAX_PIECES ? PIECE : (count + MAX_PIECES - 1) / MAX_PIECES;
    int64_t pieces = (count + j.length - 1) / j.length;
    denoise__parallel_for(pieces, penalty_of_piece, &j);
    double sum = 0;
    for (int64_t i = 0; i < pieces; i++)
        sum += j.penalties[i];
    return sum;
}

static void add_range(void *context, int64_t first, int64_t count)
{
    const job *j = context;
    j->kind->add_gradient(j->config, j->w + first, j->gradient + first, count);
}

void denoise__regularizer_add_gradient(const denoise__kind_ref *ref, const float *w, float *gradient, int64_t count)
{
    if (ref == NULL || ref->kind == NULL) return;
    job j = job_of(ref, w, count);
    j.gradient = gradient;
    denoise__parallel_ranges(count, PIECE, add_range, &j);
}
