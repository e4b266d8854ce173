/* SPDX-License-Identifier: Apache-2.0 */
/* An activation over a whole array. */
#include "activations/activation.h"
#include "core/threads.h"

typedef struct whole {
    const denoise__activation_kind *kind;
    const void *config;
    const float *x, *y, *dy;
    float *out;
    int64_t columns;
} whole;

bool denoise__activation_is_identity(const denoise__kind_ref *ref)
{
    return ref->kind == NULL || denoise__activation_kind_of(ref)->is_identity;
}

static void run(denoise__range_body body, whole *job, int64_t rows)
{
    denoise__parallel_ranges(rows, denoise__grain(job->columns), body, job);
}

static void forward_rows(void *context, int64_t first, int64_t count)
{
    const whole *job = context;
    int64_t at = first * job->columns;
    job->kind->forward(job->config, job->x + at, job->out + at, count, job->columns);
}

static void backward_rows(void *context, int64_t first, int64_t count)
{
    const whole *job = context;
    int64_t at = first * job->columns;
    job->kind->backward(job->config, job->x == NULL ? NULL : job->x + at, job->y + at, job->dy + at, job->out + at, count,
                        job->columns);
}

void denoise__activation_forward(const denoise__kind_ref *ref, const float *x, float *y, int64_t rows, int64_t columns)
{
    whole job = {.kind = denoise__activation_kind_of(ref), .config = ref->config, .x = x, .out = y, .columns = columns};
    run(forward_rows, &job, rows);
}

void denoise__activation_backward(const denoise__kind_ref *ref, const float *x, const float *y, const float *dy, float *dx,
                                  int64_t rows, int64_t columns)
{
    whole job = {.kind = denoise__activation_kind_of(ref),
                 .config = ref->config,
                 .x = x,
                 .y = y,
                 .dy = dy,
                 .out = dx,
                 .columns = columns};
    run(backward_rows, &job, rows);
}
