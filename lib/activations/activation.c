/* SPDX-License-Identifier: Apache-2.0 */
/* An activation over some rows, and over a whole array. */
#include "activations/activation.h"
#include "core/threads.h"

bool denoise__activation_is_identity(const denoise__kind_ref *ref)
{
    return ref->kind == NULL || denoise__activation_kind_of(ref)->is_identity;
}

bool denoise__activation_rectifies(const denoise__kind_ref *ref)
{
    if (ref == NULL || ref->kind == NULL) return false;
    const denoise__activation_kind *kind = denoise__activation_kind_of(ref);
    return kind->rectifies != NULL && kind->rectifies(ref->config);
}

denoise_status denoise__activation_forward_rows(const denoise__kind_ref *ref, const float *x, float *y, int64_t rows,
                                                int64_t columns)
{
    const denoise__activation_kind *kind = denoise__activation_kind_of(ref);
    if (kind->try_forward != NULL) return kind->try_forward(ref->config, x, y, rows, columns);
    kind->forward(ref->config, x, y, rows, columns);
    return DENOISE_OK;
}

denoise_status denoise__activation_backward_rows(const denoise__kind_ref *ref, const float *x, const float *y, const float *dy,
                                                 float *dx, int64_t rows, int64_t columns)
{
    const denoise__activation_kind *kind = denoise__activation_kind_of(ref);
    if (kind->try_backward != NULL) return kind->try_backward(ref->config, x, y, dy, dx, rows, columns);
    kind->backward(ref->config, x, y, dy, dx, rows, columns);
    return DENOISE_OK;
}

typedef struct whole {
    const denoise__kind_ref *ref;
    const float *x, *y, *dy;
    float *out;
    int64_t columns;
} whole;

static denoise_status run(denoise__range_task body, whole *job, int64_t rows)
{
    return denoise__parallel_range_tasks(rows, denoise__grain(job->columns), body, job);
}

static denoise_status forward_rows(void *context, int64_t first, int64_t count)
{
    const whole *job = context;
    int64_t at = first * job->columns;
    return denoise__activation_forward_rows(job->ref, job->x + at, job->out + at, count, job->columns);
}

static denoise_status backward_rows(void *context, int64_t first, int64_t count)
{
    const whole *job = context;
    int64_t at = first * job->columns;
    return denoise__activation_backward_rows(job->ref, job->x == NULL ? NULL : job->x + at, job->y + at, job->dy + at,
                                             job->out + at, count, job->columns);
}

denoise_status denoise__activation_forward(const denoise__kind_ref *ref, const float *x, float *y, int64_t rows,
                                           int64_t columns)
{
    whole job = {.ref = ref, .x = x, .out = y, .columns = columns};
    return run(forward_rows, &job, rows);
}

denoise_status denoise__activation_backward(const denoise__kind_ref *ref, const float *x, const float *y, const float *dy,
                                            float *dx, int64_t rows, int64_t columns)
{
    whole job = {.ref = ref, .x = x, .y = y, .dy = dy, .out = dx, .columns = columns};
    return run(backward_rows, &job, rows);
}
