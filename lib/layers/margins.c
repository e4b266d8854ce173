/* SPDX-License-Identifier: Apache-2.0 */
/* Zeros put around samples of one to three axes, and margins cut off: the gradient of one is the other. */
#include "core/memory.h"
#include "core/threads.h"
#include "layers/spatial.h"
#include <string.h>

/* One number for all margins; one for each axis; or two for each, before and behind. With one axis two numbers are the latter.
 */
typedef struct margins_config {
    denoise__layer_config layer;
    denoise__ints margins;
    char data_format[DENOISE__TEXT_SIZE];
} margins_config;

static denoise_status check(const void *config, int32_t axes, const char *name)
{
    int64_t count = ((const margins_config *)config)->margins.count, both = (int64_t)2 * axes;
    if (count == 1 || count == axes || count == both) return DENOISE_OK;
    if (axes == 1) return denoise__fail(DENOISE_ERR_INVALID, "%s has %lld numbers, expected 1 or 2", name, (long long)count);
    return denoise__fail(DENOISE_ERR_INVALID, "%s has %lld numbers, expected 1, %d or %d", name, (long long)count, (int)axes,
                         (int)axes * 2);
}

#define CHECK(axes, name)                                                                                                      \
    static denoise_status check_##name##_##axes##d(const void *config)                                                         \
    {                                                                                                                          \
        return check(config, axes, #name);                                                                                     \
    }
CHECK(1, padding)
CHECK(2, padding)
CHECK(3, padding)
CHECK(1, cropping)
CHECK(2, cropping)
CHECK(3, cropping)

/* Before (0) or behind (1) an axis among DENOISE__MAX_SPATIAL. */
static int64_t margin(const denoise__ints *margins, int32_t axes, int32_t axis, int32_t side)
{
    int32_t at = axis - (DENOISE__MAX_SPATIAL - axes);
    if (at < 0) return 0;
    if (margins->count == (int64_t)2 * axes) return margins->values[2 * at + side];
    return margins->values[margins->count == 1 ? 0 : at];
}

/* The smaller samples, which lie at `before` in the larger ones. */
typedef struct frame {
    denoise__spatial spatial; /* of the input */
    int64_t inner[DENOISE__MAX_SPATIAL], outer[DENOISE__MAX_SPATIAL], before[DENOISE__MAX_SPATIAL];
} frame;

static denoise_status frame_make(frame *f, const void *config, const denoise__shape *input, bool crops)
{
    const margins_config *c = config;
    f->spatial = denoise__spatial_of(input, c->data_format);
    for (int32_t i = 0; i < DENOISE__MAX_SPATIAL; i++) {
        int64_t before = margin(&c->margins, f->spatial.axes, i, 0), behind = margin(&c->margins, f->spatial.axes, i, 1);
        int64_t length = f->spatial.length[i], other;
        f->before[i] = before;
        f->inner[i] = f->outer[i] = length;
        if (length == DENOISE__UNKNOWN) continue;
        if (crops && before + behind >= length && length > 0) {
            return denoise__fail(DENOISE_ERR_SHAPE, "cropping of %lld and %lld leaves nothing of a length of %lld",
                                 (long long)before, (long long)behind, (long long)length);
        }
        if (crops)
            other = length == 0 ? 0 : length - before - behind;
        else if (!denoise__add(length, before + behind, &other))
            return denoise__fail(DENOISE_ERR_OVERFLOW, "a padded axis is too long");
        *(crops ? &f->inner[i] : &f->outer[i]) = other;
    }
    return DENOISE_OK;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, bool crops, denoise__shape *outputs)
{
    frame f;
    DENOISE__TRY(frame_make(&f, config, inputs, crops));
    memcpy(f.spatial.length, crops ? f.inner : f.outer, sizeof f.spatial.length);
    return denoise__spatial_shape(outputs, &f.spatial);
}

static denoise_status infer_padding(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)count;
    return infer(config, inputs, false, outputs);
}

static denoise_status infer_cropping(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)count;
    return infer(config, inputs, true, outputs);
}

typedef struct margins_job {
    frame f;
    const float *from;
    float *to;
    int64_t channels;
} margins_job;

/* Row `row` of plane `plane` of the smaller sample. */
static int64_t inner_at(const margins_job *job, int64_t sample, int64_t plane, int64_t row)
{
    const int64_t *length = job->f.inner;
    return ((sample * length[0] + plane) * length[1] + row) * length[2] * job->channels;
}

/* Rows of larger samples. */
static void put_in(void *context, int64_t first, int64_t count)
{
    const margins_job *job = context;
    const frame *f = &job->f;
    int64_t width = f->outer[2] * job->channels, inside = f->inner[2] * job->channels, before = f->before[2] * job->channels;
    for (int64_t index = first; index < first + count; index++) {
        float *to = job->to + index * width;
        int64_t row = index % f->outer[1] - f->before[1], plane = index / f->outer[1] % f->outer[0] - f->before[0];
        if (row < 0 || row >= f->inner[1] || plane < 0 || plane >= f->inner[0]) {
            memset(to, 0, (size_t)width * sizeof *to);
            continue;
        }
        memset(to, 0, (size_t)before * sizeof *to);
        memcpy(to + before, job->from + inner_at(job, index / f->outer[1] / f->outer[0], plane, row),
               (size_t)inside * sizeof *to);
        memset(to + before + inside, 0, (size_t)(width - before - inside) * sizeof *to);
    }
}

/* Rows of smaller samples. */
static void take_out(void *context, int64_t first, int64_t count)
{
    const margins_job *job = context;
    const frame *f = &job->f;
    int64_t inside = f->inner[2] * job->channels;
    for (int64_t index = first; index < first + count; index++) {
        int64_t row = index % f->inner[1] + f->before[1], plane = index / f->inner[1] % f->inner[0] + f->before[0];
        int64_t sample = index / f->inner[1] / f->inner[0];
        const float *from =
            job->from + (((sample * f->outer[0] + plane) * f->outer[1] + row) * f->outer[2] + f->before[2]) * job->channels;
        memcpy(job->to + index * inside, from, (size_t)inside * sizeof *from);
    }
}

static denoise_status run(const denoise__layer_args *args, const float *from, float *to, bool crops, bool puts_in)
{
    margins_job job = {.from = from, .to = to};
    if (to == NULL) return DENOISE_OK;
    DENOISE__TRY(frame_make(&job.f, args->config, args->input_shapes, crops));
    job.channels = denoise__spatial_inner(&job.f.spatial);
    const int64_t *length = puts_in ? job.f.outer : job.f.inner;
    int64_t rows = denoise__spatial_outer(&job.f.spatial, args->batch) * length[0] * length[1];
    denoise__parallel_ranges(rows, 4 * denoise__grain(length[2] * job.channels), puts_in ? put_in : take_out, &job);
    return DENOISE_OK;
}

static denoise_status forward_padding(const denoise__layer_args *args)
{
    return run(args, args->inputs[0], args->outputs[0], false, true);
}

static denoise_status backward_padding(const denoise__layer_args *args)
{
    return run(args, args->output_gradients[0], args->input_gradients[0], false, false);
}

static denoise_status forward_cropping(const denoise__layer_args *args)
{
    return run(args, args->inputs[0], args->outputs[0], true, false);
}

static denoise_status backward_cropping(const denoise__layer_args *args)
{
    return run(args, args->output_gradients[0], args->input_gradients[0], true, true);
}

#define MARGINS_PARAM(name, fallback, text)                                                                                    \
    DENOISE__PARAM(name, DENOISE_PARAM_INTS, offsetof(margins_config, margins), fallback, text, .flags = DENOISE__OR_INT,      \
                   .minimum = 0, .maximum = 0x1p20)
#define DOC "of each axis: one number, or two, before and behind"

static const denoise__param padding_params[] = {
    DENOISE__LAYER_PARAMS(margins_config),
    MARGINS_PARAM("padding", "[1]", DOC),
    DENOISE__PARAM_DATA_FORMAT(margins_config),
};
static const denoise__param cropping_params[] = {
    DENOISE__LAYER_PARAMS(margins_config),
    MARGINS_PARAM("cropping", "[1]", DOC),
    DENOISE__PARAM_DATA_FORMAT(margins_config),
};
static const denoise__param cropping2d_params[] = {
    DENOISE__LAYER_PARAMS(margins_config),
    MARGINS_PARAM("cropping", "[0]", DOC),
    DENOISE__PARAM_DATA_FORMAT(margins_config),
};

#define MARGINS(kind, class, text, dimension, way, table, left_out)                                                            \
    extern const denoise__layer_kind denoise__layer_##kind;                                                                    \
    const denoise__layer_kind denoise__layer_##kind = {                                                                        \
        .base = {.name = #kind,                                                                                                \
                 .class_name = class,                                                                                          \
                 .doc = text,                                                                                                  \
                 .config_size = sizeof(margins_config),                                                                        \
                 .params = table,                                                                                              \
                 .param_count = (int32_t)(sizeof table / sizeof *table) - (left_out),                                          \
                 .check = check_##way##_##dimension},                                                                          \
        .min_inputs = 1,                                                                                                       \
        .max_inputs = 1,                                                                                                       \
        .is_row_local = true,                                                                                                  \
        .input_spec = denoise__spatial_spec_##dimension,                                                                       \
        .infer = infer_##way,                                                                                                  \
        .forward = forward_##way,                                                                                              \
        .backward = backward_##way}

MARGINS(zero_padding1d, "ZeroPadding1D", "zeros before and behind the steps", 1d, padding, padding_params, 0);
MARGINS(zero_padding2d, "ZeroPadding2D", "zeros around the pixels", 2d, padding, padding_params, 0);
MARGINS(zero_padding3d, "ZeroPadding3D", "zeros around the voxels", 3d, padding, padding_params, 0);
/* Keras' Cropping1D has no data_format: channels come last. */
MARGINS(cropping1d, "Cropping1D", "cuts off steps", 1d, cropping, cropping_params, 1);
MARGINS(cropping2d, "Cropping2D", "cuts off rows and columns of pixels", 2d, cropping, cropping2d_params, 0);
MARGINS(cropping3d, "Cropping3D", "cuts off planes, rows and columns of voxels", 3d, cropping, cropping_params, 0);
