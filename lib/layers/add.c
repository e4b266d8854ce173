/* SPDX-License-Identifier: Apache-2.0 */
/* y = x0 + x1 + ..., summed in this order. Axes of length 1, and missing ones in front, are broadcast (the batch axis is
 * not); the gradient of such an input is the sum of dy over what it was spread over, in ascending order. */
#include "core/threads.h"
#include "layers/elementwise.h"
#include <string.h>

typedef struct add_config {
    denoise__layer_config layer;
} add_config;

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)config;
    outputs[0] = inputs[0];
    for (int32_t i = 1; i < count; i++) {
        char first[192], other[192];
        denoise__shape sum;
        denoise_status status = denoise__shape_broadcast(&sum, outputs, &inputs[i]);
        if (status != DENOISE_OK) {
            return denoise__fail(status, "inputs have shapes %s and %s, expected equal lengths or 1",
                                 denoise__shape_text(outputs, true, first, sizeof first),
                                 denoise__shape_text(&inputs[i], true, other, sizeof other));
        }
        outputs[0] = sum;
    }
    return DENOISE_OK;
}

/* One input walked in the order of the output: what a step along each output axis means for it. */
typedef struct walk {
    const denoise__shape *output;
    int64_t size, output_size; /* of one sample */
    int64_t step[DENOISE_MAX_RANK];
    const float *from;
    float *to;
    bool is_first; /* of the inputs: set, do not add */
} walk;

static walk walk_of(const denoise__shape *input, const denoise__shape *output)
{
    walk w = {.output = output, .size = denoise__shape_size(input), .output_size = denoise__shape_size(output)};
    int64_t step = 1;
    for (int32_t i = 1; i <= input->rank; i++) {
        int64_t length = input->dim[input->rank - i];
        w.step[output->rank - i] = length == 1 ? 0 : step;
        step *= length;
    }
    return w;
}

static int64_t row_step(const walk *w)
{
    return w->output->rank == 0 ? 0 : w->step[w->output->rank - 1];
}

/* Where in the input's sample a row of the output's last axis begins. */
static int64_t row_start(const walk *w, int64_t row)
{
    int64_t at = 0;
    for (int32_t axis = w->output->rank - 2; axis >= 0; axis--) {
        at += row % w->output->dim[axis] * w->step[axis];
        row /= w->output->dim[axis];
    }
    return at;
}

static void add_row(const float *from, int64_t step, float *to, int64_t length, bool is_first)
{
    for (int64_t i = 0; is_first && i < length; i++)
        to[i] = from[i * step];
    if (is_first) return;
    if (step == 1) {
        for (int64_t i = 0; i < length; i++)
            to[i] += from[i];
    } else {
        for (int64_t i = 0; i < length; i++)
            to[i] += from[i * step];
    }
}

static void add_samples(void *context, int64_t first, int64_t count)
{
    const walk *w = context;
    if (w->size == w->output_size) {
        add_row(w->from + first * w->size, 1, w->to + first * w->size, count * w->size, w->is_first);
        return;
    }
    int64_t length = denoise__shape_last(w->output), step = row_step(w), rows = w->output_size / length;
    for (int64_t sample = first; sample < first + count; sample++) {
        for (int64_t row = 0; row < rows; row++) {
            add_row(w->from + sample * w->size + row_start(w, row), step, w->to + sample * w->output_size + row * length,
                    length, w->is_first);
        }
    }
}

static void sum_samples(void *context, int64_t first, int64_t count)
{
    const walk *w = context;
    int64_t length = denoise__shape_last(w->output), step = row_step(w), rows = w->output_size / length;
    for (int64_t sample = first; sample < first + count; sample++) {
        memset(w->to + sample * w->size, 0, (size_t)w->size * sizeof(float));
        for (int64_t row = 0; row < rows; row++) {
            const float *from = w->from + sample * w->output_size + row * length;
            float *to = w->to + sample * w->size + row_start(w, row);
            for (int64_t i = 0; i < length; i++)
                to[i * step] += from[i];
        }
    }
}

static void run(denoise__range_body body, walk *w, int64_t batch)
{
    if (w->output_size == 0) return;
    denoise__parallel_ranges(batch, denoise__grain(w->output_size), body, w);
}

static denoise_status forward(const denoise__layer_args *args)
{
    for (int32_t i = 0; i < args->input_count; i++) {
        walk w = walk_of(&args->input_shapes[i], &args->output_shapes[0]);
        w.from = args->inputs[i];
        w.to = args->outputs[0];
        w.is_first = i == 0;
        run(add_samples, &w, args->batch);
    }
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    for (int32_t i = 0; i < args->input_count; i++) {
        float *dx = args->input_gradients[i];
        if (dx == NULL) continue;
        walk w = walk_of(&args->input_shapes[i], &args->output_shapes[0]);
        w.from = args->output_gradients[0];
        w.to = dx;
        if (w.size == w.output_size)
            denoise__copy_values(dx, args->output_gradients[0], w.size * args->batch);
        else
            run(sum_samples, &w, args->batch);
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {DENOISE__LAYER_PARAMS(add_config)};

extern const denoise__layer_kind denoise__layer_add;
const denoise__layer_kind denoise__layer_add = {
    .base = {.name = "add",
             .class_name = "Add",
             .doc = "sum of the inputs",
             .config_size = sizeof(add_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = INT32_MAX,
    .is_row_local = true,
    .is_elementwise = true,
    .may_overwrite_input = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
