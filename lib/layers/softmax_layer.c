/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax along one axis or over several: the elements that differ in these axes alone are a group, whose softmax is taken in
 * the order of the input. Where the axes are the last ones a group lies in a row; others are copied to one and back. */
#include "core/threads.h"
#include "kernels/vector.h"
#include "layers/elementwise.h"

typedef struct softmax_config {
    denoise__layer_config layer;
    denoise__ints axis;
} softmax_config;

/* The axes of a sample apart: those of a group, and those that count groups. */
typedef struct grouping {
    bool in_rows;
    int64_t size, length, count;    /* of a sample, of a group, groups in a sample */
    int32_t inner_rank, outer_rank; /* axes of either */
    int64_t inner_dim[DENOISE_MAX_RANK], inner_step[DENOISE_MAX_RANK];
    int64_t outer_dim[DENOISE_MAX_RANK], outer_step[DENOISE_MAX_RANK];
} grouping;

/* Whether axis `axis` of a sample, counted without the batch axis, is among the given ones. */
static bool is_given(const denoise__ints *axes, int32_t axis, int32_t rank)
{
    for (int64_t i = 0; i < axes->count; i++) {
        int64_t given = axes->values[i] < 0 ? axes->values[i] + rank : axes->values[i] - 1;
        if (given == axis) return true;
    }
    return false;
}

static grouping group(const void *config, const denoise__shape *sample)
{
    const denoise__ints *axes = &((const softmax_config *)config)->axis;
    grouping g = {.in_rows = true, .size = denoise__shape_size(sample), .length = 1, .count = 1};
    int64_t step = 1;
    for (int32_t i = sample->rank - 1; i >= 0; step *= sample->dim[i--]) {
        if (is_given(axes, i, sample->rank)) {
            g.inner_dim[g.inner_rank] = sample->dim[i];
            g.inner_step[g.inner_rank++] = step;
            g.length *= sample->dim[i];
            g.in_rows &= g.outer_rank == 0;
        } else if (sample->dim[i] != 1) {
            g.outer_dim[g.outer_rank] = sample->dim[i];
            g.outer_step[g.outer_rank++] = step;
            g.count *= sample->dim[i];
        }
    }
    return g;
}

/* Where group `index` of a batch begins. */
static int64_t group_at(const grouping *g, int64_t index)
{
    int64_t at = index / g->count * g->size, rest = index % g->count;
    for (int32_t i = 0; i < g->outer_rank; rest /= g->outer_dim[i++])
        at += rest % g->outer_dim[i] * g->outer_step[i];
    return at;
}

/* From one element of a group to the next one, in the order of the input. */
static int64_t next_in_group(const grouping *g, int64_t *place, int64_t at)
{
    for (int32_t i = 0; i < g->inner_rank; i++) {
        at += g->inner_step[i];
        if (++place[i] < g->inner_dim[i]) break;
        at -= place[i] * g->inner_step[i];
        place[i] = 0;
    }
    return at;
}

static void gather(const grouping *g, const float *array, float *row)
{
    int64_t place[DENOISE_MAX_RANK] = {0}, at = 0;
    for (int64_t k = 0; k < g->length; k++, at = next_in_group(g, place, at))
        row[k] = array[at];
}

static void scatter(const grouping *g, const float *row, float *array)
{
    int64_t place[DENOISE_MAX_RANK] = {0}, at = 0;
    for (int64_t k = 0; k < g->length; k++, at = next_in_group(g, place, at))
        array[at] = row[k];
}

typedef struct softmax_job {
    grouping g;
    const float *x, *y, *dy; /* x forward, y and dy backward */
    float *out, *rows;       /* rows: scratch, NULL where groups lie in rows */
} softmax_job;

static void forward_groups(void *context, int64_t first, int64_t count)
{
    const softmax_job *job = context;
    const grouping *g = &job->g;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t i = first; i < first + count; i++) {
        if (g->in_rows) {
            v->softmax(job->x + i * g->length, job->out + i * g->length, g->length);
            continue;
        }
        float *row = job->rows + i * g->length;
        int64_t at = group_at(g, i);
        gather(g, job->x + at, row);
        v->softmax(row, row, g->length);
        scatter(g, row, job->out + at);
    }
}

static void backward_groups(void *context, int64_t first, int64_t count)
{
    const softmax_job *job = context;
    const grouping *g = &job->g;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t i = first; i < first + count; i++) {
        int64_t at = i * g->length;
        if (g->in_rows) {
            v->softmax_backward(job->y + at, job->dy + at, job->out + at, g->length);
            continue;
        }
        float *y = job->rows + 2 * at, *dy = y + g->length;
        at = group_at(g, i);
        gather(g, job->y + at, y);
        gather(g, job->dy + at, dy);
        v->softmax_backward(y, dy, dy, g->length);
        scatter(g, dy, job->out + at);
    }
}

static void run(const denoise__layer_args *args, denoise__range_body body, softmax_job *job)
{
    job->g = group(args->config, args->input_shapes);
    job->rows = args->scratch;
    if (job->g.size > 0) denoise__parallel_ranges(args->batch * job->g.count, denoise__grain(job->g.length), body, job);
}

static denoise_status forward(const denoise__layer_args *args)
{
    softmax_job job = {.x = args->inputs[0], .out = args->outputs[0]};
    run(args, forward_groups, &job);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    softmax_job job = {.y = args->outputs[0], .dy = args->output_gradients[0], .out = args->input_gradients[0]};
    if (job.out != NULL) run(args, backward_groups, &job);
    return DENOISE_OK;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    (void)count;
    grouping g = group(config, inputs);
    return g.in_rows ? 0 : (size_t)denoise__batch_size(inputs, batch) * sizeof(float) * (is_backward ? 2 : 1);
}

static denoise_status check(const void *config)
{
    if (((const softmax_config *)config)->axis.count > 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "axis is an empty list, expected at least one axis");
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const denoise__ints *axes = &((const softmax_config *)config)->axis;
    int64_t rank = inputs->rank + 1;
    char given[192];
    for (int64_t i = 0; i < axes->count; i++) {
        int64_t axis = axes->values[i];
        if (axis == 0 || axis == -rank) {
            return denoise__fail(DENOISE_ERR_SHAPE, "axis %lld of input shape %s is the batch axis, expected one of a sample",
                                 (long long)axis, denoise__shape_text(inputs, true, given, sizeof given));
        }
        if (axis >= rank || axis < -rank) {
            return denoise__fail(DENOISE_ERR_SHAPE, "input has shape %s, it has no axis %lld",
                                 denoise__shape_text(inputs, true, given, sizeof given), (long long)axis);
        }
    }
    return denoise__infer_same(config, inputs, count, outputs);
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(softmax_config),
    DENOISE__PARAM_INTS(softmax_config, axis, "[-1]", DENOISE__OR_INT, -DENOISE_MAX_RANK, DENOISE_MAX_RANK - 1,
                        "axes to take it over, counted with the batch axis, which is 0; negative from the end"),
};

extern const denoise__layer_kind denoise__layer_softmax;
const denoise__layer_kind denoise__layer_softmax = {
    .base = {.name = "softmax",
             .class_name = "Softmax",
             .doc = "exp(x) / sum(exp(x)) along an axis or over several",
             .config_size = sizeof(softmax_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .may_overwrite_input = true,
    .backward_needs_output = true,
    .infer = infer,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
};
