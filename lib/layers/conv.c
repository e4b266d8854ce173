/* SPDX-License-Identifier: Apache-2.0 */
/* Conv1D to Conv3D and Conv1DTranspose to Conv3DTranspose: y = f(x * kernel + bias). With dz = dy f'(y), the gradient of the
 * kernel is that of layers/correlation.h and db = column sums of dz. The bias is added last. */
#include "constraints/constraint.h"
#include "core/memory.h"
#include "initializers/initializer.h"
#include "kernels/vector.h"
#include "layers/column_sums.h"
#include "layers/conv_window.h"
#include "layers/correlation.h"
#include "layers/layer.h"
#include "layers/scratch.h"
#include "layers/winograd_correlation.h"
#include "regularizers/regularizer.h"
#include <string.h>

typedef struct conv_config {
    denoise__layer_config layer;
    int64_t filters;
    denoise__ints kernel_size, strides, dilation_rate, output_padding;
    int64_t groups;
    char padding[DENOISE__TEXT_SIZE], data_format[DENOISE__TEXT_SIZE];
    denoise__kind_ref activation;
    int32_t use_bias;
    denoise__kind_ref kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint,
        bias_constraint;
} conv_config;

/* ---- Rules across parameters */

/* A convolution of the output comes to the input's length for less padding than the stride; with padding same, which Keras
 * counts from size modulo 2 on, for 1 to stride. */
static denoise_status check_output_padding(const conv_config *c, int32_t axes)
{
    DENOISE__TRY(denoise__check_axes(&c->output_padding, axes, "output_padding"));
    for (int32_t i = DENOISE__MAX_SPATIAL - axes; i < DENOISE__MAX_SPATIAL && c->output_padding.count > 0; i++) {
        int64_t stride = denoise__axis_value(&c->strides, axes, i, 1), size = denoise__axis_value(&c->kernel_size, axes, i, 1);
        int64_t reach = (size - 1) * denoise__axis_value(&c->dilation_rate, axes, i, 1) + 1;
        int64_t given = denoise__axis_value(&c->output_padding, axes, i, 0), least = 0, most = stride - 1;
        if (strcmp(c->padding, "same") == 0) {
            least = reach % 2 == 0 ? 1 : 0;
            most = stride - reach % 2;
        }
        if (given >= least && given <= most) continue;
        return denoise__fail(DENOISE_ERR_RANGE, "output_padding is %lld, expected %lld to %lld with strides of %lld",
                             (long long)given, (long long)least, (long long)most, (long long)stride);
    }
    return DENOISE_OK;
}

static denoise_status check(const void *config, int32_t axes, bool is_transposed)
{
    const conv_config *c = config;
    DENOISE__TRY(denoise__check_axes(&c->kernel_size, axes, "kernel_size"));
    DENOISE__TRY(denoise__check_strides(&c->strides, &c->dilation_rate, axes));
    if (is_transposed) return check_output_padding(c, axes);
    if (strcmp(c->padding, "causal") == 0 && denoise__is_channels_first(c->data_format))
        return denoise__fail(DENOISE_ERR_INVALID, "padding is causal, which needs data_format channels_last");
    if (c->filters % c->groups == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "filters is %lld, expected a multiple of groups, %lld", (long long)c->filters,
                         (long long)c->groups);
}

static denoise_status check_1d(const void *config)
{
    return check(config, 1, false);
}
static denoise_status check_2d(const void *config)
{
    return check(config, 2, false);
}
static denoise_status check_3d(const void *config)
{
    return check(config, 3, false);
}
static denoise_status check_transpose_1d(const void *config)
{
    return check(config, 1, true);
}
static denoise_status check_transpose_2d(const void *config)
{
    return check(config, 2, true);
}
static denoise_status check_transpose_3d(const void *config)
{
    return check(config, 3, true);
}

/* ---- Shapes */

static denoise_status correlation_of(denoise__correlation *out, const conv_config *c, const denoise__shape *input)
{
    *out = (denoise__correlation){.input = denoise__spatial_of(input, c->data_format), .groups = c->groups};
    DENOISE__TRY(denoise__windows_make(out->window, &out->input, &c->kernel_size, &c->strides, &c->dilation_rate, c->padding));
    out->output = out->input;
    out->output.channels = c->filters;
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++)
        out->output.length[i] = out->window[i].output;
    if (out->input.channels % c->groups == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "input has %lld channels, expected a multiple of groups, %lld",
                         (long long)out->input.channels, (long long)c->groups);
}

/* Keras' rule (keras/src/backend/common/backend_utils.py): the length of what comes out of a transposed convolution. */
static denoise_status transposed_length(int64_t *length, int64_t input, int64_t size, int64_t stride, int64_t output_padding,
                                        bool is_same)
{
    int64_t rest = output_padding, grown;
    if (is_same)
        rest = output_padding < 0 ? stride : size % 2 + output_padding;
    else
        rest = size + (output_padding < 0 ? (size < stride ? stride - size : 0) : output_padding);
    if (denoise__multiply(input - 1, stride, &grown) && denoise__add(grown, rest, length)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_OVERFLOW, "the output is too long");
}

/* Of the convolution whose adjoint this is: its input is the layer's output. */
static denoise_status transposed_correlation_of(denoise__correlation *out, const conv_config *c, const denoise__shape *input)
{
    denoise__spatial small = denoise__spatial_of(input, c->data_format), large = small;
    denoise__window wanted[DENOISE__MAX_SPATIAL];
    large.channels = c->filters;
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        denoise__window w = denoise__window_of(&small, i, &c->kernel_size, &c->strides, &c->dilation_rate);
        int64_t size = (w.size - 1) * w.dilation + 1, padding = denoise__axis_value(&c->output_padding, small.axes, i, -1);
        large.length[i] = small.length[i];
        if (i >= DENOISE__MAX_SPATIAL - small.axes && small.length[i] > 0)
            DENOISE__TRY(
                transposed_length(&large.length[i], small.length[i], size, w.stride, padding, strcmp(c->padding, "same") == 0));
    }
    DENOISE__TRY(denoise__windows_make(wanted, &large, &c->kernel_size, &c->strides, &c->dilation_rate, c->padding));
    *out = (denoise__correlation){.input = large, .output = small, .groups = 1};
    memcpy(out->window, wanted, sizeof wanted);
    return DENOISE_OK;
}

static denoise_status check_size(const denoise__correlation *c)
{
    bool counts = denoise__correlation_packed(c, false) >= 0 && denoise__correlation_packed(c, true) >= 0;
    if (counts && denoise__winograd_pays(c))
        counts = denoise__winograd_packed(c, false) >= 0 && denoise__winograd_packed(c, true) >= 0;
    if (counts) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_OVERFLOW, "the kernel has too many elements");
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    denoise__correlation c;
    (void)count;
    DENOISE__TRY(correlation_of(&c, config, inputs));
    DENOISE__TRY(check_size(&c));
    return denoise__spatial_shape(outputs, &c.output);
}

static denoise_status infer_transpose(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    denoise__correlation c;
    (void)count;
    DENOISE__TRY(transposed_correlation_of(&c, config, inputs));
    DENOISE__TRY(check_size(&c));
    return denoise__spatial_shape(outputs, &c.input);
}

static void input_spec(const void *config, const denoise__shape *first, int32_t axes, denoise__input_spec *spec)
{
    const conv_config *c = config;
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
static void input_spec_3d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)index;
    input_spec(config, first, 3, spec);
}

static int32_t weights_of(const conv_config *c, const denoise__shape *input, bool is_transposed, denoise__weight_spec *specs)
{
    if (specs == NULL) return c->use_bias ? 2 : 1;
    denoise__spatial s = denoise__spatial_of(input, c->data_format);
    denoise__shape shape = {.rank = s.axes + 2};
    for (int32_t i = 0; i < s.axes; i++)
        shape.dim[i] = denoise__axis_value(&c->kernel_size, s.axes, DENOISE__MAX_SPATIAL - s.axes + i, 1);
    shape.dim[s.axes] = is_transposed ? c->filters : s.channels / c->groups;
    shape.dim[s.axes + 1] = is_transposed ? s.channels : c->filters;
    specs[0] = (denoise__weight_spec){.name = "kernel",
                                      .shape = shape,
                                      .initializer = &c->kernel_initializer,
                                      .regularizer = &c->kernel_regularizer,
                                      .constraint = &c->kernel_constraint,
                                      .trainable = true};
    if (!c->use_bias) return 1;
    specs[1] = (denoise__weight_spec){.name = "bias",
                                      .shape = {1, {c->filters}},
                                      .initializer = &c->bias_initializer,
                                      .regularizer = &c->bias_regularizer,
                                      .constraint = &c->bias_constraint,
                                      .trainable = true};
    return 2;
}

static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    return weights_of(config, inputs, false, specs);
}

static int32_t weights_transpose(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    return weights_of(config, inputs, true, specs);
}

static const denoise__kind_ref *activation(const void *config)
{
    return &((const conv_config *)config)->activation;
}

/* ---- Running */

/* A layer's convolution: its input and output, whichever way round the correlation has them. */
typedef struct conv {
    denoise__correlation correlation;
    bool is_transposed;
    denoise__spatial *in, *out;
} conv;

static void conv_of(conv *v, const void *config, const denoise__shape *input, bool is_transposed)
{
    (void)(is_transposed ? transposed_correlation_of : correlation_of)(&v->correlation, config, input); /* it was inferred */
    v->is_transposed = is_transposed;
    v->in = is_transposed ? &v->correlation.output : &v->correlation.input;
    v->out = is_transposed ? &v->correlation.input : &v->correlation.output;
}

static int64_t size_of(const denoise__spatial *s)
{
    return denoise__spatial_positions(s) * s->channels;
}

/* ---- Its two forms: Winograd's where that pays, and the direct one */

static bool is_winograd(const conv *v, const denoise__layer_args *args)
{
    return !args->is_direct && denoise__winograd_pays(&v->correlation);
}

/* Room for either, in floats. */
static int64_t packed_size(const conv *v, bool adjoint)
{
    int64_t direct = denoise__correlation_packed(&v->correlation, adjoint);
    int64_t other = denoise__winograd_pays(&v->correlation) ? denoise__winograd_packed(&v->correlation, adjoint) : 0;
    return direct > other ? direct : other;
}

static void pack(const conv *v, const denoise__layer_args *args, float *packed, bool adjoint)
{
    if (is_winograd(v, args))
        denoise__winograd_pack(&v->correlation, args->weights[0], packed, adjoint);
    else
        denoise__correlation_pack(&v->correlation, args->weights[0], packed, adjoint);
}

static int64_t run_scratch(const conv *v, bool adjoint, int64_t batch)
{
    return denoise__winograd_pays(&v->correlation) ? denoise__winograd_scratch(&v->correlation, adjoint, batch) : 0;
}

static void run(const conv *v, const denoise__layer_args *args, bool adjoint, const float *from, const float *packed, float *to,
                float *scratch, const denoise__correlation_end *end)
{
    if (is_winograd(v, args))
        denoise__winograd_run(&v->correlation, adjoint, from, packed, to, args->batch, scratch, end);
    else
        denoise__correlation_run(&v->correlation, adjoint, from, packed, to, args->batch, end);
}

/* ---- What it reads and writes beside */

static size_t prepared_size(const conv *v, bool is_backward)
{
    int64_t floats = packed_size(v, v->is_transposed);
    if (is_backward) floats += packed_size(v, !v->is_transposed);
    return (size_t)floats * sizeof(float);
}

static size_t prepared(const void *config, const denoise__shape *inputs, int32_t count, bool is_backward)
{
    conv v;
    (void)count;
    conv_of(&v, config, inputs, false);
    return prepared_size(&v, is_backward);
}

static size_t prepared_transpose(const void *config, const denoise__shape *inputs, int32_t count, bool is_backward)
{
    conv v;
    (void)count;
    conv_of(&v, config, inputs, true);
    return prepared_size(&v, is_backward);
}

static void prepare_conv(const denoise__layer_args *args, bool is_transposed, bool is_backward)
{
    conv v;
    conv_of(&v, args->config, args->input_shapes, is_transposed);
    float *to = args->prepared;
    pack(&v, args, to, is_transposed);
    if (is_backward) pack(&v, args, to + packed_size(&v, is_transposed), !is_transposed);
}

static void prepare(const denoise__layer_args *args, bool is_backward)
{
    prepare_conv(args, false, is_backward);
}

static void prepare_transpose(const denoise__layer_args *args, bool is_backward)
{
    prepare_conv(args, true, is_backward);
}

/* Arrays in the scratch. */
typedef struct rooms {
    float *own;                 /* of one piece of work after the other */
    float *turned, *turned_out; /* channels first: what goes in, and what comes out or its gradient, with channels last */
    size_t bytes;
} rooms;

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static rooms rooms_of(const conv *v, const conv_config *c, int64_t batch, bool is_backward, void *scratch)
{
    denoise__room room = {.memory = scratch};
    rooms r = {.own = NULL};
    size_t own = (size_t)run_scratch(v, v->is_transposed != is_backward, batch) * sizeof(float);
    if (is_backward) {
        own = larger(own, (size_t)denoise__correlation_gradient_scratch(&v->correlation) * sizeof(float));
        if (c->use_bias)
            own = larger(own, denoise__column_sums_scratch(batch * denoise__spatial_positions(v->out), v->out->channels));
    }
    r.own = denoise__room_take(&room, 1, own);
    if (v->in->channels_first) {
        r.turned = denoise__room_take(&room, batch * size_of(v->in), sizeof(float));
        r.turned_out = denoise__room_take(&room, batch * size_of(v->out), sizeof(float));
    }
    r.bytes = room.used;
    return r;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    conv v;
    (void)count;
    conv_of(&v, config, inputs, false);
    return rooms_of(&v, config, batch, is_backward, NULL).bytes;
}

static size_t scratch_size_transpose(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch,
                                     bool is_backward)
{
    conv v;
    (void)count;
    conv_of(&v, config, inputs, true);
    return rooms_of(&v, config, batch, is_backward, NULL).bytes;
}

static void finish_positions(void *context, int64_t first, int64_t count)
{
    denoise__layer_finish(context, first, count);
}

/* The bias, and the activation where it works on positions as they lie. */
static denoise__correlation_end end_of(const denoise__layer_args *args, bool turns)
{
    const conv_config *c = args->config;
    denoise__correlation_end end = {.bias = c->use_bias ? args->weights[1] : NULL};
    if (turns) return end;
    if (args->pre_activation == NULL) {
        end.rectifies = denoise__activation_rectifies(args->activation);
        if (end.rectifies || denoise__activation_is_identity(args->activation)) return end;
    }
    end.done = finish_positions;
    end.context = (void *)(uintptr_t)args;
    return end;
}

static denoise_status forward_conv(const denoise__layer_args *args, bool is_transposed)
{
    conv v;
    conv_of(&v, args->config, args->input_shapes, is_transposed);
    int64_t positions = denoise__spatial_positions(v.out), channels = v.out->channels;
    bool turns = v.in->channels_first;
    const float *x = args->inputs[0];
    float *y = args->outputs[0];
    rooms r = rooms_of(&v, args->config, args->batch, false, args->scratch);
    if (turns) {
        denoise__to_channels_last(x, r.turned, args->batch, denoise__spatial_positions(v.in), v.in->channels);
        x = r.turned;
        y = r.turned_out;
    }
    denoise__correlation_end end = end_of(args, turns);
    run(&v, args, is_transposed, x, args->prepared, y, r.own, &end);
    if (!turns) return DENOISE_OK;
    denoise__to_channels_first(y, args->outputs[0], args->batch, positions, channels);
    int64_t last = denoise__shape_last(&args->output_shapes[0]);
    if (last > 0) denoise__layer_finish(args, 0, args->batch * positions * channels / last);
    return DENOISE_OK;
}

static denoise_status backward_conv(const denoise__layer_args *args, bool is_transposed)
{
    conv v;
    conv_of(&v, args->config, args->input_shapes, is_transposed);
    const conv_config *c = args->config;
    int64_t rows = args->batch * denoise__spatial_positions(v.out), inputs = denoise__spatial_positions(v.in);
    const float *x = args->inputs[0], *dz = args->output_gradients[0];
    float *dx = args->input_gradients[0], *const *dw = args->weight_gradients;
    rooms r = rooms_of(&v, c, args->batch, true, args->scratch);
    bool turns = v.in->channels_first;
    if (turns) {
        denoise__to_channels_last(x, r.turned, args->batch, inputs, v.in->channels);
        denoise__to_channels_last(dz, r.turned_out, args->batch, denoise__spatial_positions(v.out), v.out->channels);
        x = r.turned;
        dz = r.turned_out;
    }
    if (dw[0] != NULL)
        denoise__correlation_gradient(&v.correlation, is_transposed ? dz : x, is_transposed ? x : dz, dw[0], args->batch,
                                      r.own);
    if (c->use_bias && dw[1] != NULL) denoise__column_sums(dz, rows, v.out->channels, r.own, dw[1]);
    if (dx == NULL) return DENOISE_OK;
    const float *packed = (const float *)args->prepared + packed_size(&v, is_transposed);
    const denoise__correlation_end end = {.mask = args->rectified_input && !turns ? x : NULL};
    run(&v, args, !is_transposed, dz, packed, turns ? r.turned : dx, r.own, &end);
    if (!turns) return DENOISE_OK;
    denoise__to_channels_first(r.turned, dx, args->batch, inputs, v.in->channels);
    if (args->rectified_input)
        denoise__vector_table()->relu_backward(args->inputs[0], dx, dx, args->batch * size_of(v.in), INFINITY);
    return DENOISE_OK;
}

static denoise_status forward(const denoise__layer_args *args)
{
    return forward_conv(args, false);
}
static denoise_status backward(const denoise__layer_args *args)
{
    return backward_conv(args, false);
}
static denoise_status forward_transpose(const denoise__layer_args *args)
{
    return forward_conv(args, true);
}
static denoise_status backward_transpose(const denoise__layer_args *args)
{
    return backward_conv(args, true);
}

/* ---- Kinds */

#define BEGINNING                                                                                                              \
    DENOISE__LAYER_PARAMS(conv_config), DENOISE__PARAM_INT(conv_config, filters, NULL, 0, 1, NAN, "channels that come out"),   \
        DENOISE__PARAM_KERNEL_SIZE(conv_config), DENOISE__PARAM_STRIDES(conv_config)
#define END                                                                                                                    \
    DENOISE__PARAM_DATA_FORMAT(conv_config), DENOISE__PARAM_DILATION(conv_config),                                             \
        DENOISE__PARAM_KIND(conv_config, activation, "linear", DENOISE__NULLABLE, &denoise__activation_registry,               \
                            "what ends the layer"),                                                                            \
        DENOISE__PARAM_BOOL(conv_config, use_bias, "true", "whether a bias is added"),                                         \
        DENOISE__PARAM_KIND(conv_config, kernel_initializer, "glorot_uniform", 0, &denoise__initializer_registry,              \
                            "first values of the kernel"),                                                                     \
        DENOISE__PARAM_KIND(conv_config, bias_initializer, "zeros", 0, &denoise__initializer_registry,                         \
                            "first values of the bias"),                                                                       \
        DENOISE__PARAM_KIND(conv_config, kernel_regularizer, "None", DENOISE__NULLABLE, &denoise__regularizer_registry,        \
                            "penalty on the kernel"),                                                                          \
        DENOISE__PARAM_KIND(conv_config, bias_regularizer, "None", DENOISE__NULLABLE, &denoise__regularizer_registry,          \
                            "penalty on the bias"),                                                                            \
        DENOISE__PARAM_KIND(conv_config, kernel_constraint, "None", DENOISE__NULLABLE, &denoise__constraint_registry,          \
                            "what the kernel is brought back to after each step"),                                             \
        DENOISE__PARAM_KIND(conv_config, bias_constraint, "None", DENOISE__NULLABLE, &denoise__constraint_registry,            \
                            "what the bias is brought back to after each step")
#define GROUPS                                                                                                                 \
    DENOISE__PARAM_INT(conv_config, groups, "1", 0, 1, NAN,                                                                    \
                       "channels are cut into so many groups, each with filters of its own")

static const denoise__param params_1d[] = {
    BEGINNING, DENOISE__PARAM_TEXT(conv_config, padding, "valid", 0, "valid|same|causal", "what is read beyond the ends"),
    GROUPS, END};
static const denoise__param params[] = {BEGINNING, DENOISE__PARAM_PADDING(conv_config), GROUPS, END};
static const denoise__param params_transpose[] = {
    BEGINNING, DENOISE__PARAM_PADDING(conv_config),
    DENOISE__PARAM_INTS(conv_config, output_padding, "None", DENOISE__NULLABLE | DENOISE__OR_INT, 0, DENOISE__MOST_TAPS,
                        "how much longer the output is than the least; None = as Keras chooses"),
    END};

#define CONV(id, label, class_label, other_names, text, table, axes_label, suffix, rank_check)                                 \
    extern const denoise__layer_kind denoise__layer_##id;                                                                      \
    const denoise__layer_kind denoise__layer_##id = {                                                                          \
        .base = {.name = (label),                                                                                              \
                 .class_name = (class_label),                                                                                  \
                 .aliases = (other_names),                                                                                     \
                 .doc = (text),                                                                                                \
                 .config_size = sizeof(conv_config),                                                                           \
                 .params = (table),                                                                                            \
                 .param_count = (int32_t)(sizeof(table) / sizeof *(table)),                                                    \
                 .check = (rank_check)},                                                                                       \
        .min_inputs = 1,                                                                                                       \
        .max_inputs = 1,                                                                                                       \
        .is_row_local = true,                                                                                                  \
        .masks_by = DENOISE__MASKS_BY_INPUT,                                                                                   \
        .backward_needs_input = true,                                                                                          \
        .input_spec = input_spec_##axes_label,                                                                                 \
        .infer = infer##suffix,                                                                                                \
        .weights = weights##suffix,                                                                                            \
        .activation = activation,                                                                                              \
        .scratch_size = scratch_size##suffix,                                                                                  \
        .prepared_size = prepared##suffix,                                                                                     \
        .prepare = prepare##suffix,                                                                                            \
        .forward = forward##suffix,                                                                                            \
        .backward = backward##suffix,                                                                                          \
    }

CONV(conv1d, "conv1d", "Conv1D", "Convolution1D", "filters along one axis, a sequence's", params_1d, 1d, , check_1d);
CONV(conv2d, "conv2d", "Conv2D", "Convolution2D", "filters over two axes, a picture's", params, 2d, , check_2d);
CONV(conv3d, "conv3d", "Conv3D", "Convolution3D", "filters over three axes, a volume's", params, 3d, , check_3d);
CONV(conv1d_transpose, "conv1d_transpose", "Conv1DTranspose", "Convolution1DTranspose",
     "the adjoint of Conv1D, which lengthens", params_transpose, 1d, _transpose, check_transpose_1d);
CONV(conv2d_transpose, "conv2d_transpose", "Conv2DTranspose", "Convolution2DTranspose", "the adjoint of Conv2D, which enlarges",
     params_transpose, 2d, _transpose, check_transpose_2d);
CONV(conv3d_transpose, "conv3d_transpose", "Conv3DTranspose", "Convolution3DTranspose", "the adjoint of Conv3D, which enlarges",
     params_transpose, 3d, _transpose, check_transpose_3d);
