/* SPDX-License-Identifier: Apache-2.0 */
/* y = x0 + x1 + ..., summed in this order. Axes of length 1, and missing ones in front, are broadcast (the batch axis is
 * not); the gradient of such an input is the sum of dy over what it was spread over, in ascending order. */
#include "core/threads.h"
#include "layers/elementwise.h"
#include <string.h>

typedef struct add_config {
    denoise__layer_config layer;
} add_config;

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *output)
{
    (void)config;
    *output = inputs[0];
    for (int32_t i = 1; i < count; i++) {
        char first[192], other[192];
        denoise__shape sum;
        denoise_status status = denoise__shape_broadcast(&sum, output, &inputs[i]);
        if (status != DENOISE_OK) {
            return denoise__fail(status, "inputs have shapes %s and %s, expected equal lengths or 1",
                                 denoise__shape_text(output, true, first, sizeof first),
                                 denoise__shape_text(&inputs[i], true, other, sizeof other));
        }
        *output = sum;
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
    bool first; /* of the inputs: set, do not add */
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

static int64_t row_length(const walk *w)
{
    return w->output->rank == 0 ? 1 : w->output->dim[w->output->rank - 1];
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

static void add_row(const float *from, int64_t step, float *to, int64_t length, bool first)
{
    for (int64_t i = 0; first && i < length; i++)
        to[i] = from[i * step];
    if (first) return;
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
        add_row(w->from + first * w->size, 1, w->to + first * w->size, count * w->size, w->first);
        return;
    }
    int64_t length = row_length(w), step = row_step(w), rows = w->output_size / length;
    for (int64_t sample = first; sample < first + count; sample++) {
        for (int64_t row = 0; row < rows; row++) {
            add_row(w->from + sample * w->size + row_start(w, row), step, w->to + sample * w->output_size + row * length,
                    length, w->first);
        }
    }
}

static void sum_samples(void *context, int64_t first, int64_t count)
{
    const walk *w = context;
    int64_t length = row_length(w), step = row_step(w), rows = w->output_size / length;
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
    denoise__parallel_ranges(batch, w->output_size >= DENOISE__PIECE ? 1 : DENOISE__PIECE / w->output_size, body, w);
}

static void forward(const denoise__layer_args *args)
{
    for (int32_t i = 0; i < args->input_count; i++) {
        walk w = walk_of(&args->input_shapes[i], args->output_shape);
        w.from = args->inputs[i];
        w.to = args->output;
        w.first = i == 0;
        run(add_samples, &w, args->batch);
    }
}

static void backward(const denoise__layer_args *args)
{
    for (int32_t i = 0; i < args->input_count; i++) {
        float *dx = args->input_gradients[i];
        if (dx == NULL) continue;
        walk w = walk_of(&args->input_shapes[i], args->output_shape);
        w.from = args->output_gradient;
        w.to = dx;
        if (w.size == w.output_size)
            denoise__copy_values(dx, args->output_gradient, w.size * args->batch);
        else
            run(sum_samples, &w, args->batch);
    }
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
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
