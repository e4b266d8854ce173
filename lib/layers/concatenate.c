/* SPDX-License-Identifier: Apache-2.0 */
/* Joins inputs along an axis; the gradient is cut at the same places. */
#include "core/memory.h"
#include "core/threads.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include <string.h>

typedef struct concatenate_config {
    denoise__layer_config layer;
    int64_t axis;
} concatenate_config;

static int32_t sample_axis(const void *config, const denoise__shape *sample)
{
    return denoise__sample_axis(((const concatenate_config *)config)->axis, sample);
}

static bool fits(const denoise__shape *a, const denoise__shape *b, int32_t axis)
{
    if (a->rank != b->rank) return false;
    for (int32_t i = 0; i < a->rank; i++) {
        bool is_known = a->dim[i] != DENOISE__UNKNOWN && b->dim[i] != DENOISE__UNKNOWN;
        if (i != axis && is_known && a->dim[i] != b->dim[i]) return false;
    }
    return true;
}

/* *a, where one of both is known, is known. */
static void take_length(int64_t *a, int64_t b)
{
    if (*a == DENOISE__UNKNOWN) *a = b;
}

/* The axis that is joined is unknown where a part of it is. */
static bool join(int64_t *length, int64_t other)
{
    if (*length == DENOISE__UNKNOWN || other == DENOISE__UNKNOWN) {
        *length = DENOISE__UNKNOWN;
        return true;
    }
    return denoise__add(*length, other, length);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    int32_t axis = sample_axis(config, &inputs[0]);
    if (axis < 0) return denoise__fail_axis(((const concatenate_config *)config)->axis, &inputs[0], "joined");
    *outputs = inputs[0];
    for (int32_t i = 1; i < count; i++) {
        if (!fits(outputs, &inputs[i], axis)) {
            char first[192], other[192];
            return denoise__fail(DENOISE_ERR_SHAPE, "inputs have shapes %s and %s, expected equal lengths except on axis %d",
                                 denoise__shape_text(&inputs[0], true, first, sizeof first),
                                 denoise__shape_text(&inputs[i], true, other, sizeof other), (int)axis + 1);
        }
        for (int32_t k = 0; k < outputs->rank; k++)
            if (k != axis) take_length(&outputs->dim[k], inputs[i].dim[k]);
        if (!join(&outputs->dim[axis], inputs[i].dim[axis])) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "the joined axis %d is too long", (int)axis + 1);
        }
    }
    return denoise__shape_infer(outputs, outputs->dim, outputs->rank);
}

/* Blocks of `width` numbers of an input lie at `offset` in blocks of `output_width` of the output. */
typedef struct part {
    const float *from;
    float *to;
    int64_t width, from_step, to_step;
} part;

static void copy_blocks(void *context, int64_t first, int64_t count)
{
    const part *job = context;
    for (int64_t i = first; i < first + count; i++) {
        memcpy(job->to + i * job->to_step, job->from + i * job->from_step, (size_t)job->width * sizeof(float));
    }
}

/* Numbers that belong to one place in the axes before `axis`. */
static int64_t block_width(const denoise__shape *shape, int32_t axis)
{
    int64_t width = 1;
    for (int32_t i = axis; i < shape->rank; i++)
        width *= shape->dim[i];
    return width;
}

static void run(const part *job, int64_t blocks)
{
    part copy = *job;
    if (job->width > 0) {
        denoise__parallel_ranges(blocks, denoise__grain(job->width), copy_blocks, &copy);
    }
}

static int64_t block_count(const denoise__layer_args *args, int32_t axis)
{
    int64_t blocks = args->batch;
    for (int32_t i = 0; i < axis; i++)
        blocks *= args->output_shapes[0].dim[i];
    return blocks;
}

static denoise_status forward(const denoise__layer_args *args)
{
    int32_t axis = sample_axis(args->config, &args->output_shapes[0]);
    int64_t whole = block_width(&args->output_shapes[0], axis), offset = 0;
    for (int32_t i = 0; i < args->input_count; i++) {
        int64_t width = block_width(&args->input_shapes[i], axis);
        part job = {args->inputs[i], args->outputs[0] + offset, width, width, whole};
        run(&job, block_count(args, axis));
        offset += width;
    }
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    int32_t axis = sample_axis(args->config, &args->output_shapes[0]);
    int64_t whole = block_width(&args->output_shapes[0], axis), offset = 0;
    for (int32_t i = 0; i < args->input_count; i++) {
        int64_t width = block_width(&args->input_shapes[i], axis);
        part job = {args->output_gradients[0] + offset, args->input_gradients[i], width, whole, width};
        if (job.to != NULL) run(&job, block_count(args, axis));
        offset += width;
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(concatenate_config),
    DENOISE__PARAM_INT(concatenate_config, axis, "-1", 0, NAN, NAN, "counted with the batch axis, negative from the end"),
};

extern const denoise__layer_kind denoise__layer_concatenate;
const denoise__layer_kind denoise__layer_concatenate = {
    .base = {.name = "concatenate",
             .class_name = "Concatenate",
             .doc = "joins the inputs along an axis",
             .config_size = sizeof(concatenate_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = INT32_MAX,
    .is_row_local = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
