/* SPDX-License-Identifier: Apache-2.0 */
/* y = x above zero, alpha x below; dx = dy or alpha dy, 0 at zero (keras/src/layers/activations/prelu.py on TensorFlow); the
 * gradient of alpha is the sum of dy min(x, 0). alpha has the shape of a sample, with 1 for each shared axis: it is the same
 * along these and along the batch.
 *
 * Axes that are alike lie together, so an array is walked in groups of axes that are in turn shared and not. */
#include "constraints/constraint.h"
#include "core/threads.h"
#include "initializers/initializer.h"
#include "kernels/loops.h"
#include "layers/elementwise.h"
#include "regularizers/regularizer.h"
#include <string.h>

typedef struct prelu_config {
    denoise__layer_config layer;
    denoise__kind_ref alpha_initializer, alpha_regularizer, alpha_constraint;
    denoise__ints shared_axes;
} prelu_config;

enum { RUN = 64 }; /* numbers that one alpha is spread over */

static bool is_shared(const void *config, int32_t axis)
{
    const denoise__ints *axes = &((const prelu_config *)config)->shared_axes;
    for (int64_t i = 0; i < axes->count; i++)
        if (axes->values[i] == axis + 1) return true;
    return false;
}

/* Groups of axes from the outermost, the batch, to the innermost. */
typedef struct walk {
    int32_t count;
    int64_t length[DENOISE_MAX_RANK + 1], step[DENOISE_MAX_RANK + 1]; /* elements of the array from one to the next */
    int64_t alpha_step[DENOISE_MAX_RANK + 1];                         /* of alpha; 0: shared */
    /* what is done with a piece: rows of `columns` elements, each with the alpha of its column */
    void (*piece)(const struct walk *w, int64_t at, const float *alpha, double *sums, int64_t rows, int64_t columns);
    const float *x, *dy, *alpha;
    float *to;
    double *sums;
} walk;

static void add_group(walk *w, int64_t length, bool shared)
{
    if (w->count > 0 && (w->alpha_step[w->count - 1] == 0) == shared) {
        w->length[w->count - 1] *= length;
    } else {
        w->length[w->count] = length;
        w->alpha_step[w->count++] = shared ? 0 : 1;
    }
}

static void lay_out(walk *w, const denoise__layer_args *args, int64_t samples)
{
    int64_t step = 1, alpha_step = 1;
    add_group(w, samples, true);
    for (int32_t i = 0; i < args->input_shapes->rank; i++) {
        int64_t length = args->input_shapes->dim[i];
        if (length != 1) add_group(w, length, is_shared(args->config, i));
    }
    for (int32_t i = w->count - 1; i >= 0; step *= w->length[i--]) {
        w->step[i] = step;
        if (w->alpha_step[i] == 0) continue;
        w->alpha_step[i] = alpha_step;
        alpha_step *= w->length[i];
    }
}

/* A run of elements that share one alpha: element i of it is added to sum i modulo RUN, these in ascending order. */
static void walk_run(const walk *w, int64_t at, int64_t alpha_at, int64_t length)
{
    float alpha[RUN];
    double sums[RUN] = {0};
    for (int i = 0; i < RUN; i++)
        alpha[i] = w->alpha[alpha_at];
    if (length >= RUN) w->piece(w, at, alpha, sums, length / RUN, RUN);
    w->piece(w, at + length / RUN * RUN, alpha, sums, 1, length % RUN);
    for (int i = 0; i < RUN && w->sums != NULL; i++)
        w->sums[alpha_at] += sums[i];
}

static void walk_groups(const walk *w, int32_t group, int64_t at, int64_t alpha_at)
{
    double *sums = w->sums == NULL ? NULL : w->sums + alpha_at;
    bool is_shared_group = w->alpha_step[group] == 0;
    if (group == w->count - 1 && is_shared_group) {
        walk_run(w, at, alpha_at, w->length[group]);
    } else if (group == w->count - 1) {
        w->piece(w, at, w->alpha + alpha_at, sums, 1, w->length[group]);
    } else if (group == w->count - 2 && is_shared_group) {
        w->piece(w, at, w->alpha + alpha_at, sums, w->length[group], w->length[group + 1]);
    } else {
        for (int64_t i = 0; i < w->length[group]; i++)
            walk_groups(w, group + 1, at + i * w->step[group], alpha_at + i * w->alpha_step[group]);
    }
}

static void forward_piece(const walk *w, int64_t at, const float *alpha, double *sums, int64_t rows, int64_t columns)
{
    (void)sums;
    denoise__loops_table()->prelu(w->x + at, alpha, w->to + at, rows, columns);
}

static void input_piece(const walk *w, int64_t at, const float *alpha, double *sums, int64_t rows, int64_t columns)
{
    (void)sums;
    denoise__loops_table()->prelu_backward(w->x + at, alpha, w->dy + at, w->to + at, rows, columns);
}

static void alpha_piece(const walk *w, int64_t at, const float *alpha, double *sums, int64_t rows, int64_t columns)
{
    (void)alpha;
    denoise__loops_table()->prelu_sum(w->x + at, w->dy + at, sums, rows, columns);
}

typedef struct prelu_job {
    const denoise__layer_args *args;
    walk w;
    int64_t size; /* of a sample */
} prelu_job;

static void walk_samples(void *context, int64_t first, int64_t count)
{
    const prelu_job *job = context;
    walk w = job->w;
    lay_out(&w, job->args, count);
    walk_groups(&w, 0, first * job->size, 0);
}

static void run(const denoise__layer_args *args, walk w)
{
    prelu_job job = {.args = args, .w = w, .size = denoise__shape_size(args->input_shapes)};
    if (job.size > 0) denoise__parallel_ranges(args->batch, denoise__grain(job.size), walk_samples, &job);
}

static denoise_status forward(const denoise__layer_args *args)
{
    run(args, (walk){.piece = forward_piece, .x = args->inputs[0], .alpha = args->weights[0], .to = args->outputs[0]});
    return DENOISE_OK;
}

static denoise__shape alpha_shape(const void *config, const denoise__shape *sample)
{
    denoise__shape shape = *sample;
    for (int32_t i = 0; i < shape.rank; i++)
        if (is_shared(config, i)) shape.dim[i] = 1;
    return shape;
}

static void alpha_gradient(const denoise__layer_args *args)
{
    denoise__shape shape = alpha_shape(args->config, args->input_shapes);
    int64_t count = denoise__shape_size(&shape);
    walk w = {.piece = alpha_piece,
              .x = args->inputs[0],
              .dy = args->output_gradients[0],
              .alpha = args->weights[0],
              .sums = args->scratch};
    memset(w.sums, 0, (size_t)count * sizeof *w.sums);
    lay_out(&w, args, args->batch);
    if (args->batch > 0 && denoise__shape_size(args->input_shapes) > 0) walk_groups(&w, 0, 0, 0);
    for (int64_t i = 0; i < count; i++)
        args->weight_gradients[0][i] = (float)w.sums[i];
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->weight_gradients[0] != NULL) alpha_gradient(args);
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    run(args, (walk){.piece = input_piece,
                     .x = args->inputs[0],
                     .dy = args->output_gradients[0],
                     .alpha = args->weights[0],
                     .to = args->input_gradients[0]});
    return DENOISE_OK;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    (void)count, (void)batch;
    denoise__shape shape = alpha_shape(config, inputs);
    return is_backward ? (size_t)denoise__shape_size(&shape) * sizeof(double) : 0;
}

/* What is not shared keeps its length. */
static void input_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    if (first == NULL) return;
    spec->min_rank = spec->max_rank = first->rank;
    for (int32_t i = 0; i < first->rank; i++)
        if (!is_shared(config, i)) spec->from_end[first->rank - 1 - i] = first->dim[i];
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const denoise__ints *axes = &((const prelu_config *)config)->shared_axes;
    for (int64_t i = 0; i < axes->count; i++) {
        char given[192];
        if (axes->values[i] <= inputs->rank) continue;
        return denoise__fail(DENOISE_ERR_SHAPE, "input has shape %s, it has no axis %lld to share alpha along",
                             denoise__shape_text(inputs, true, given, sizeof given), (long long)axes->values[i]);
    }
    return denoise__infer_same(config, inputs, count, outputs);
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    const prelu_config *c = config;
    if (specs != NULL) {
        specs[0] = (denoise__weight_spec){.name = "alpha",
                                          .shape = alpha_shape(config, inputs),
                                          .initializer = &c->alpha_initializer,
                                          .regularizer = &c->alpha_regularizer,
                                          .constraint = &c->alpha_constraint,
                                          .trainable = true};
    }
    return 1;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(prelu_config),
    DENOISE__PARAM_KIND(prelu_config, alpha_initializer, "zeros", 0, &denoise__initializer_registry, "first values of alpha"),
    DENOISE__PARAM_KIND(prelu_config, alpha_regularizer, "None", DENOISE__NULLABLE, &denoise__regularizer_registry,
                        "penalty on alpha"),
    DENOISE__PARAM_KIND(prelu_config, alpha_constraint, "None", DENOISE__NULLABLE, &denoise__constraint_registry,
                        "what alpha is brought back to after each step"),
    DENOISE__PARAM_INTS(prelu_config, shared_axes, "None", DENOISE__NULLABLE, 1, DENOISE_MAX_RANK - 1,
                        "axes along which alpha is the same, counted with the batch axis, which is 0"),
};

extern const denoise__layer_kind denoise__layer_p_re_lu;
const denoise__layer_kind denoise__layer_p_re_lu = {
    .base = {.name = "p_re_lu",
             .class_name = "PReLU",
             .doc = "x above zero, alpha x below, alpha trained",
             .config_size = sizeof(prelu_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .backward_needs_input = true,
    .input_spec = input_spec,
    .infer = infer,
    .weights = weights,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
};
