/* SPDX-License-Identifier: Apache-2.0 */
/* DepthwiseConv1D and 2D: each channel has `depth_multiplier` kernels of its own. SeparableConv1D and 2D: the same, and then a
 * product with a matrix at each position. A multiplier above 1 spreads the input to as many channels as come out; the gradient
 * of an input channel is the sum over its copies in ascending order. */
#include "constraints/constraint.h"
#include "core/memory.h"
#include "initializers/initializer.h"
#include "layers/column_sums.h"
#include "layers/conv_window.h"
#include "layers/correlation.h"
#include "layers/layer.h"
#include "regularizers/regularizer.h"
#include <string.h>

typedef struct depthwise_config {
    denoise__layer_config layer;
    int64_t filters; /* of a separable one */
    denoise__ints kernel_size, strides, dilation_rate;
    int64_t depth_multiplier;
    char padding[DENOISE__TEXT_SIZE], data_format[DENOISE__TEXT_SIZE];
    denoise__kind_ref activation;
    int32_t use_bias;
    denoise__kind_ref depthwise_initializer, pointwise_initializer, bias_initializer, depthwise_regularizer,
        pointwise_regularizer, bias_regularizer, depthwise_constraint, pointwise_constraint, bias_constraint;
} depthwise_config;

static denoise_status check(const depthwise_config *c, int32_t axes)
{
    DENOISE__TRY(denoise__check_axes(&c->kernel_size, axes, "kernel_size"));
    return denoise__check_strides(&c->strides, &c->dilation_rate, axes);
}

static denoise_status check_1d(const void *config)
{
    return check(config, 1);
}
static denoise_status check_2d(const void *config)
{
    return check(config, 2);
}

/* ---- Shapes */

typedef struct depthwise {
    denoise__correlation wide;  /* on spread channels */
    denoise__correlation point; /* of a separable one: from spread channels to filters */
    denoise__spatial in, out;   /* of the layer */
    int64_t multiplier;
    bool is_separable;
} depthwise;

static denoise_status depthwise_of(depthwise *d, const depthwise_config *c, const denoise__shape *input)
{
    *d = (depthwise){.in = denoise__spatial_of(input, c->data_format), .multiplier = c->depth_multiplier};
    d->is_separable = c->filters > 0;
    d->wide = (denoise__correlation){.input = d->in, .groups = 1, .is_depthwise = true};
    if (!denoise__multiply(d->in.channels, c->depth_multiplier, &d->wide.input.channels))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "the kernel has too many elements");
    DENOISE__TRY(denoise__windows_make(d->wide.window, &d->in, &c->kernel_size, &c->strides, &c->dilation_rate, c->padding));
    d->wide.output = d->wide.input;
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        d->wide.output.length[i] = d->wide.window[i].output;
        d->point.window[i] = (denoise__window){
            .input = d->wide.output.length[i], .output = d->wide.output.length[i], .size = 1, .stride = 1, .dilation = 1};
    }
    d->out = d->wide.output;
    if (d->is_separable) d->out.channels = c->filters;
    d->point.input = d->wide.output;
    d->point.output = d->out;
    d->point.groups = 1;
    bool fits = denoise__correlation_packed(&d->wide, false) >= 0;
    if (d->is_separable)
        fits = fits && denoise__correlation_packed(&d->point, false) >= 0 && denoise__correlation_packed(&d->point, true) >= 0;
    return fits ? DENOISE_OK : denoise__fail(DENOISE_ERR_OVERFLOW, "the kernel has too many elements");
}

/* Of shapes that were inferred before. */
static depthwise known(const void *config, const denoise__shape *input)
{
    depthwise d;
    (void)depthwise_of(&d, config, input);
    return d;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    depthwise d;
    (void)count;
    DENOISE__TRY(depthwise_of(&d, config, inputs));
    return denoise__spatial_shape(outputs, &d.out);
}

static void input_spec(const depthwise_config *c, const denoise__shape *first, int32_t axes, denoise__input_spec *spec)
{
    spec->min_rank = spec->max_rank = axes + 1;
    bool is_first = denoise__is_channels_first(c->data_format);
    spec->from_end[is_first ? axes : 0] = first == NULL ? DENOISE__KNOWN : first->dim[is_first ? 0 : axes];
}

static void input_spec_1d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    input_spec(config, first, 1, spec);
}
static void input_spec_2d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    input_spec(config, first, 2, spec);
}

static denoise__shape kernel_shape(const depthwise_config *c, const denoise__spatial *s)
{
    denoise__shape shape = {.rank = s->axes + 2};
    for (int32_t i = 0; i < s->axes; i++)
        shape.dim[i] = denoise__axis_value(&c->kernel_size, s->axes, DENOISE__MAX_SPATIAL - s->axes + i, 1);
    shape.dim[s->axes] = s->channels;
    shape.dim[s->axes + 1] = c->depth_multiplier;
    return shape;
}

static denoise__shape matrix_shape(const depthwise_config *c, const denoise__spatial *s)
{
    denoise__shape shape = {.rank = s->axes + 2};
    for (int32_t i = 0; i < s->axes; i++)
        shape.dim[i] = 1;
    shape.dim[s->axes] = s->channels * c->depth_multiplier;
    shape.dim[s->axes + 1] = c->filters;
    return shape;
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const depthwise_config *c = config;
    bool is_separable = c->filters > 0;
    int32_t number = 1;
    (void)count;
    if (specs == NULL) return (is_separable ? 2 : 1) + (c->use_bias ? 1 : 0);
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    specs[0] = (denoise__weight_spec){.name = is_separable ? "depthwise_kernel" : "kernel",
                                      .shape = kernel_shape(c, &s),
                                      .initializer = &c->depthwise_initializer,
                                      .regularizer = &c->depthwise_regularizer,
                                      .constraint = &c->depthwise_constraint,
                                      .trainable = true};
    if (is_separable)
        specs[number++] = (denoise__weight_spec){.name = "pointwise_kernel",
                                                 .shape = matrix_shape(c, &s),
                                                 .initializer = &c->pointwise_initializer,
                                                 .regularizer = &c->pointwise_regularizer,
                                                 .constraint = &c->pointwise_constraint,
                                                 .trainable = true};
    if (c->use_bias)
        specs[number++] = (denoise__weight_spec){.name = "bias",
                                                 .shape = {1, {is_separable ? c->filters : s.channels * c->depth_multiplier}},
                                                 .initializer = &c->bias_initializer,
                                                 .regularizer = &c->bias_regularizer,
                                                 .constraint = &c->bias_constraint,
                                                 .trainable = true};
    return number;
}

static const denoise__kind_ref *activation(const void *config)
{
    return &((const depthwise_config *)config)->activation;
}

/* ---- Kernels in the order in which they are read */

/* Those of forward first, so that they lie there without the others too. */
enum { KERNEL, MATRIX, KERNEL_BACK, MATRIX_BACK, PREPARED };

/* Where each lies among floats, and at the end of `offsets` how many there are. */
static void place_prepared(const depthwise *d, bool is_backward, int64_t *offsets)
{
    int64_t sizes[PREPARED] = {denoise__correlation_packed(&d->wide, false)};
    if (d->is_separable) sizes[MATRIX] = denoise__correlation_packed(&d->point, false);
    if (is_backward) sizes[KERNEL_BACK] = denoise__correlation_packed(&d->wide, true);
    if (is_backward && d->is_separable) sizes[MATRIX_BACK] = denoise__correlation_packed(&d->point, true);
    offsets[0] = 0;
    for (int i = 0; i < PREPARED; i++)
        offsets[i + 1] = offsets[i] + sizes[i];
}

static size_t prepared_size(const void *config, const denoise__shape *inputs, int32_t count, bool is_backward)
{
    int64_t offsets[PREPARED + 1];
    (void)count;
    depthwise d = known(config, inputs);
    place_prepared(&d, is_backward, offsets);
    return (size_t)offsets[PREPARED] * sizeof(float);
}

static void prepare(const denoise__layer_args *args, bool is_backward)
{
    int64_t at[PREPARED + 1];
    float *to = args->prepared;
    depthwise d = known(args->config, args->input_shapes);
    place_prepared(&d, is_backward, at);
    denoise__correlation_pack(&d.wide, args->weights[0], to + at[KERNEL], false);
    if (is_backward) denoise__correlation_pack(&d.wide, args->weights[0], to + at[KERNEL_BACK], true);
    if (!d.is_separable) return;
    denoise__correlation_pack(&d.point, args->weights[1], to + at[MATRIX], false);
    if (is_backward) denoise__correlation_pack(&d.point, args->weights[1], to + at[MATRIX_BACK], true);
}

/* ---- Scratch */

enum { X_LAST, X_WIDE, MIDDLE, Y_LAST, MIDDLE_GRADIENT, SUMS, MATRIX_SUMS, AREAS };

static int64_t size_of(const denoise__spatial *s)
{
    return denoise__spatial_positions(s) * s->channels;
}

/* Floats from the start to each area, and to the end of all. */
static void place_areas(const depthwise *d, bool use_bias, int64_t batch, bool is_backward, int64_t *offsets)
{
    int64_t sizes[AREAS] = {0}, rows = batch * denoise__spatial_positions(&d->out);
    if (d->in.channels_first) sizes[X_LAST] = batch * size_of(&d->in);
    if (d->multiplier > 1) sizes[X_WIDE] = batch * size_of(&d->wide.input);
    if (d->is_separable) sizes[MIDDLE] = batch * size_of(&d->wide.output);
    if (d->in.channels_first) sizes[Y_LAST] = batch * size_of(&d->out);
    if (d->is_separable && is_backward) sizes[MIDDLE_GRADIENT] = batch * size_of(&d->wide.output);
    if (use_bias && is_backward) sizes[SUMS] = (int64_t)(denoise__column_sums_scratch(rows, d->out.channels) / sizeof(float));
    if (d->is_separable && is_backward) sizes[MATRIX_SUMS] = denoise__correlation_gradient_scratch(&d->point);
    offsets[0] = 0;
    for (int i = 0; i < AREAS; i++)
        offsets[i + 1] = offsets[i] + (sizes[i] + 15) / 16 * 16;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    int64_t offsets[AREAS + 1];
    (void)count;
    depthwise d = known(config, inputs);
    place_areas(&d, ((const depthwise_config *)config)->use_bias != 0, batch, is_backward, offsets);
    return (size_t)offsets[AREAS] * sizeof(float);
}

/* ---- Running */

static void spread(const float *x, float *wide, int64_t count, int64_t multiplier)
{
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < multiplier; j++)
            wide[i * multiplier + j] = x[i];
}

static void gather(const float *wide, float *dx, int64_t count, int64_t multiplier)
{
    for (int64_t i = 0; i < count; i++) {
        float sum = wide[i * multiplier];
        for (int64_t j = 1; j < multiplier; j++)
            sum += wide[i * multiplier + j];
        dx[i] = sum;
    }
}

/* One call: sizes, and where what lies. */
typedef struct run {
    const denoise__layer_args *args;
    const depthwise_config *config;
    depthwise d;
    int64_t areas[AREAS + 1], prepared[PREPARED + 1];
    float *scratch;
    const float *packed;
} run;

static void begin(run *r, const denoise__layer_args *args, bool is_backward)
{
    r->args = args;
    r->config = args->config;
    r->d = known(args->config, args->input_shapes);
    r->scratch = args->scratch;
    r->packed = args->prepared;
    place_areas(&r->d, r->config->use_bias != 0, args->batch, is_backward, r->areas);
    place_prepared(&r->d, true, r->prepared);
}

/* x as the depthwise part reads it: channels last and spread. */
static const float *wide_input(const run *r)
{
    const float *x = r->args->inputs[0];
    int64_t batch = r->args->batch;
    if (r->d.in.channels_first) {
        float *turned = r->scratch + r->areas[X_LAST];
        denoise__to_channels_last(x, turned, batch, denoise__spatial_positions(&r->d.in), r->d.in.channels);
        x = turned;
    }
    if (r->d.multiplier == 1) return x;
    float *wide = r->scratch + r->areas[X_WIDE];
    spread(x, wide, batch * size_of(&r->d.in), r->d.multiplier);
    return wide;
}

static void finish_positions(void *context, int64_t first, int64_t count)
{
    denoise__layer_finish(context, first, count);
}

static denoise_status forward(const denoise__layer_args *args)
{
    run r;
    begin(&r, args, false);
    const depthwise *d = &r.d;
    int64_t batch = args->batch, positions = denoise__spatial_positions(&d->out);
    const float *x = wide_input(&r), *packed = r.packed;
    float *y = d->in.channels_first ? r.scratch + r.areas[Y_LAST] : args->outputs[0];
    denoise__correlation_end end = {.bias = r.config->use_bias ? args->weights[d->is_separable ? 2 : 1] : NULL};
    if (!d->in.channels_first) {
        end.done = finish_positions;
        end.context = (void *)(uintptr_t)args;
    }
    if (d->is_separable) {
        float *middle = r.scratch + r.areas[MIDDLE];
        denoise__correlation_run(&d->wide, false, x, packed + r.prepared[KERNEL], middle, batch, NULL);
        denoise__correlation_run(&d->point, false, middle, packed + r.prepared[MATRIX], y, batch, &end);
    } else {
        denoise__correlation_run(&d->wide, false, x, packed + r.prepared[KERNEL], y, batch, &end);
    }
    if (!d->in.channels_first) return DENOISE_OK;
    denoise__to_channels_first(y, args->outputs[0], batch, positions, d->out.channels);
    int64_t last = denoise__shape_last(&args->output_shapes[0]);
    if (last > 0) denoise__layer_finish(args, 0, batch * positions * d->out.channels / last);
    return DENOISE_OK;
}

/* From the gradient of what a separable layer's matrix gives to that of what it reads, whose values are computed again. */
static const float *backward_matrix(const run *r, const float *x, const float *dz)
{
    const depthwise *d = &r->d;
    float *middle = r->scratch + r->areas[MIDDLE], *gradient = r->scratch + r->areas[MIDDLE_GRADIENT];
    float *dmatrix = r->args->weight_gradients[1];
    if (dmatrix != NULL) {
        denoise__correlation_run(&d->wide, false, x, r->packed + r->prepared[KERNEL], middle, r->args->batch, NULL);
        denoise__correlation_gradient(&d->point, middle, dz, dmatrix, r->args->batch, r->scratch + r->areas[MATRIX_SUMS]);
    }
    denoise__correlation_run(&d->point, true, dz, r->packed + r->prepared[MATRIX_BACK], gradient, r->args->batch, NULL);
    return gradient;
}

/* dx, from the gradient of the depthwise part's output. */
static void backward_input(const run *r, const float *dwide)
{
    const depthwise *d = &r->d;
    int64_t batch = r->args->batch;
    bool turns = d->in.channels_first;
    float *dx = turns ? r->scratch + r->areas[X_LAST] : r->args->input_gradients[0];
    float *wide = d->multiplier > 1 ? r->scratch + r->areas[X_WIDE] : dx; /* x is not needed any more */
    denoise__correlation_run(&d->wide, true, dwide, r->packed + r->prepared[KERNEL_BACK], wide, batch, NULL);
    if (d->multiplier > 1) gather(wide, dx, batch * size_of(&d->in), d->multiplier);
    if (turns)
        denoise__to_channels_first(dx, r->args->input_gradients[0], batch, denoise__spatial_positions(&d->in), d->in.channels);
}

static denoise_status backward(const denoise__layer_args *args)
{
    run r;
    begin(&r, args, true);
    const depthwise *d = &r.d;
    int64_t rows = args->batch * denoise__spatial_positions(&d->out);
    const float *x = wide_input(&r), *dz = args->output_gradients[0];
    float *const *dw = args->weight_gradients, *dbias = r.config->use_bias ? dw[d->is_separable ? 2 : 1] : NULL;
    if (d->in.channels_first) {
        float *turned = r.scratch + r.areas[Y_LAST];
        denoise__to_channels_last(dz, turned, args->batch, denoise__spatial_positions(&d->out), d->out.channels);
        dz = turned;
    }
    if (dbias != NULL) denoise__column_sums(dz, rows, d->out.channels, r.scratch + r.areas[SUMS], dbias);
    if (d->is_separable && (dw[0] != NULL || dw[1] != NULL || args->input_gradients[0] != NULL))
        dz = backward_matrix(&r, x, dz);
    if (dw[0] != NULL) denoise__correlation_gradient(&d->wide, x, dz, dw[0], args->batch, NULL);
    if (args->input_gradients[0] != NULL) backward_input(&r, dz);
    return DENOISE_OK;
}

/* ---- Kinds */

#define INITIALIZER(field, fallback, text)                                                                                     \
    DENOISE__PARAM_KIND(depthwise_config, field, fallback, 0, &denoise__initializer_registry, text)
#define REGULARIZER(field, text)                                                                                               \
    DENOISE__PARAM_KIND(depthwise_config, field, "None", DENOISE__NULLABLE, &denoise__regularizer_registry, text)
#define CONSTRAINT(field, text)                                                                                                \
    DENOISE__PARAM_KIND(depthwise_config, field, "None", DENOISE__NULLABLE, &denoise__constraint_registry, text)
#define WINDOW                                                                                                                 \
    DENOISE__PARAM_KERNEL_SIZE(depthwise_config), DENOISE__PARAM_STRIDES(depthwise_config),                                    \
        DENOISE__PARAM_DILATION(depthwise_config)
#define MULTIPLIER DENOISE__PARAM_INT(depthwise_config, depth_multiplier, "1", 0, 1, NAN, "kernels of each channel")
#define ACTIVATION                                                                                                             \
    DENOISE__PARAM_KIND(depthwise_config, activation, "linear", DENOISE__NULLABLE, &denoise__activation_registry,              \
                        "what ends the layer"),                                                                                \
        DENOISE__PARAM_BOOL(depthwise_config, use_bias, "true", "whether a bias is added")

/* In Keras' order. */
#define DEPTHWISE_PARAMS(...)                                                                                                  \
    DENOISE__LAYER_PARAMS(depthwise_config), WINDOW, __VA_ARGS__, DENOISE__PARAM_DATA_FORMAT(depthwise_config), MULTIPLIER,    \
        ACTIVATION, INITIALIZER(depthwise_initializer, "glorot_uniform", "first values of the kernel"),                        \
        INITIALIZER(bias_initializer, "zeros", "first values of the bias"),                                                    \
        REGULARIZER(depthwise_regularizer, "penalty on the kernel"), REGULARIZER(bias_regularizer, "penalty on the bias"),     \
        CONSTRAINT(depthwise_constraint, "what the kernel is brought back to after each step"),                                \
        CONSTRAINT(bias_constraint, "what the bias is brought back to after each step")
#define SEPARABLE_PARAMS(...)                                                                                                  \
    DEPTHWISE_PARAMS(__VA_ARGS__), DENOISE__PARAM_INT(depthwise_config, filters, NULL, 0, 1, NAN, "channels that come out"),   \
        INITIALIZER(pointwise_initializer, "glorot_uniform", "first values of the matrix"),                                    \
        REGULARIZER(pointwise_regularizer, "penalty on the matrix"),                                                           \
        CONSTRAINT(pointwise_constraint, "what the matrix is brought back to after each step")
#define PADDING_1D                                                                                                             \
    DENOISE__PARAM_TEXT(depthwise_config, padding, "valid", 0, "valid|same|causal", "what is read beyond the ends")

static const denoise__param depthwise_params_1d[] = {DEPTHWISE_PARAMS(DENOISE__PARAM_PADDING(depthwise_config))};
static const denoise__param depthwise_params_2d[] = {DEPTHWISE_PARAMS(DENOISE__PARAM_PADDING(depthwise_config))};
static const denoise__param separable_params_1d[] = {SEPARABLE_PARAMS(PADDING_1D)};
static const denoise__param separable_params_2d[] = {SEPARABLE_PARAMS(DENOISE__PARAM_PADDING(depthwise_config))};

#define DEPTHWISE(id, label, class_label, other_names, text, table, axes)                                                      \
    extern const denoise__layer_kind denoise__layer_##id;                                                                      \
    const denoise__layer_kind denoise__layer_##id = {                                                                          \
        .base = {.name = (label),                                                                                              \
                 .class_name = (class_label),                                                                                  \
                 .aliases = (other_names),                                                                                     \
                 .doc = (text),                                                                                                \
                 .config_size = sizeof(depthwise_config),                                                                      \
                 .params = (table),                                                                                            \
                 .param_count = (int32_t)(sizeof(table) / sizeof *(table)),                                                    \
                 .check = check_##axes},                                                                                       \
        .min_inputs = 1,                                                                                                       \
        .max_inputs = 1,                                                                                                       \
        .is_row_local = true,                                                                                                  \
        .backward_needs_input = true,                                                                                          \
        .input_spec = input_spec_##axes,                                                                                       \
        .infer = infer,                                                                                                        \
        .weights = weights,                                                                                                    \
        .activation = activation,                                                                                              \
        .scratch_size = scratch_size,                                                                                          \
        .prepared_size = prepared_size,                                                                                        \
        .prepare = prepare,                                                                                                    \
        .forward = forward,                                                                                                    \
        .backward = backward,                                                                                                  \
    }

DEPTHWISE(depthwise_conv1d, "depthwise_conv1d", "DepthwiseConv1D", NULL, "a filter of its own for each channel of a sequence",
          depthwise_params_1d, 1d);
DEPTHWISE(depthwise_conv2d, "depthwise_conv2d", "DepthwiseConv2D", NULL, "a filter of its own for each channel of a picture",
          depthwise_params_2d, 2d);
DEPTHWISE(separable_conv1d, "separable_conv1d", "SeparableConv1D", "SeparableConvolution1D",
          "a filter for each channel, then a matrix over the channels", separable_params_1d, 1d);
DEPTHWISE(separable_conv2d, "separable_conv2d", "SeparableConv2D", "SeparableConvolution2D",
          "a filter for each channel, then a matrix over the channels", separable_params_2d, 2d);
