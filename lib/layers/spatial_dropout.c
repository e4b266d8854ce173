/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout of whole channels: a sample's channel is kept in all places, or in none (keras/src/layers/regularization/
 * spatial_dropout.py). Channel c of a sample takes the sample's random number c. The mask is kept from forward to backward, a
 * byte per channel. */
#include "core/threads.h"
#include "kernels/loops.h"
#include "kernels/random.h"
#include "layers/elementwise.h"
#include <string.h>

typedef struct spatial_config {
    denoise__layer_config layer;
    double rate;
    int64_t seed;
    char data_format[DENOISE__TEXT_SIZE]; /* "": channels_last, also where there is no such parameter */
} spatial_config;

/* A sample: `outer` times, each channel `inner` numbers long. */
typedef struct spatial_job {
    const float *from;
    float *to;
    uint8_t *mask; /* (samples, channels) */
    denoise__layer_random random;
    int64_t outer, channels, inner;
    uint64_t threshold;
    float scale;
} spatial_job;

static bool is_channels_first(const spatial_config *c)
{
    return strcmp(c->data_format, "channels_first") == 0;
}

static int64_t channels_of(const spatial_config *c, const denoise__shape *sample)
{
    return is_channels_first(c) ? sample->dim[0] : denoise__shape_last(sample);
}

static void fix_rank(denoise__input_spec *spec, int32_t rank)
{
    spec->min_rank = spec->max_rank = rank;
}

static void input_spec_1d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)config, (void)first, (void)index;
    fix_rank(spec, 2);
}

static void input_spec_2d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)config, (void)first, (void)index;
    fix_rank(spec, 3);
}

static void input_spec_3d(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)config, (void)first, (void)index;
    fix_rank(spec, 4);
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    (void)count;
    return (size_t)(channels_of(config, inputs) * batch);
}

static spatial_job job_of(const denoise__layer_args *args, const float *from, float *to)
{
    const spatial_config *c = args->config;
    int64_t channels = channels_of(c, args->input_shapes), places = denoise__shape_size(args->input_shapes) / channels;
    spatial_job job = {.from = from,
                       .to = to,
                       .mask = args->state,
                       .random = args->random,
                       .outer = is_channels_first(c) ? 1 : places,
                       .channels = channels,
                       .inner = is_channels_first(c) ? places : 1,
                       .threshold = (uint64_t)(c->rate * 0x1p32),
                       .scale = c->rate < 1 ? (float)(1 / (1 - c->rate)) : 0};
    job.random.seed = denoise__layer_seed(c->seed, args);
    return job;
}

/* Numbers that one mask of bytes is long enough for. */
enum { SPAN = 1024 };

/* y = x scale where the repeated mask, of `width` bytes, is not 0. */
static void apply_repeated(const spatial_job *job, int64_t first, int64_t count, const uint8_t *mask, int64_t width)
{
    uint8_t repeated[SPAN];
    int64_t span = width;
    if (2 * width <= SPAN && width < count) {
        memcpy(repeated, mask, (size_t)width);
        for (; 2 * span <= SPAN && span < count; span *= 2)
            memcpy(repeated + span, repeated, (size_t)span);
        mask = repeated;
    }
    for (int64_t done = 0; done < count; done += span) {
        int64_t part = count - done < span ? count - done : span;
        denoise__loops_table()->scale_kept(job->from + first + done, mask, job->to + first + done, part, job->scale);
    }
}

static void apply_samples(void *context, int64_t first, int64_t count)
{
    const spatial_job *job = context;
    int64_t size = job->outer * job->channels * job->inner;
    for (int64_t s = first; s < first + count; s++) {
        const uint8_t *mask = job->mask + s * job->channels;
        if (job->inner == 1) {
            apply_repeated(job, s * size, size, mask, job->channels);
            continue;
        }
        for (int64_t i = 0; i < job->channels; i++)
            apply_repeated(job, s * size + i * job->inner, job->inner, mask + i, 1);
    }
}

static void run(const spatial_job *job, int64_t samples)
{
    spatial_job copy = *job;
    int64_t size = job->outer * job->channels * job->inner;
    denoise__parallel_ranges(samples, denoise__grain(size), apply_samples, &copy);
}

static denoise_status forward(const denoise__layer_args *args)
{
    spatial_job job = job_of(args, args->inputs[0], args->outputs[0]);
    denoise__random_mask_2d(job.random.seed, job.random.stream, job.random.first, (uint64_t)job.random.step, args->batch,
                            job.channels, job.mask, job.threshold);
    run(&job, args->batch);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    spatial_job job = job_of(args, args->output_gradients[0], args->input_gradients[0]);
    run(&job, args->batch);
    return DENOISE_OK;
}

#define RATE_AND_SEED                                                                                                          \
    DENOISE__PARAM_DOUBLE(spatial_config, rate, NULL, 0, 0, 1, "share of the channels that are set to 0"),                     \
        DENOISE__PARAM_INT(spatial_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the run's")

static const denoise__param params_1d[] = {DENOISE__LAYER_PARAMS(spatial_config), RATE_AND_SEED};
static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(spatial_config),
    RATE_AND_SEED,
    DENOISE__PARAM_TEXT(spatial_config, data_format, "channels_last", DENOISE__NULLABLE, "channels_last|channels_first",
                        "where the axis of the channels is"),
};

#define KIND_BASE(kind_name, kind_class, table)                                                                                \
    .base = {.name = kind_name,                                                                                                \
             .class_name = kind_class,                                                                                         \
             .doc = "in training sets a share of the channels to 0 and scales the rest",                                       \
             .config_size = sizeof(spatial_config),                                                                            \
             .params = table,                                                                                                  \
             .param_count = (int32_t)(sizeof table / sizeof *table)},                                                          \
    .min_inputs = 1, .max_inputs = 1, .is_training_only = true, .is_row_local = true, .infer = denoise__infer_same,            \
    .state_size = state_size, .forward = forward, .backward = backward

extern const denoise__layer_kind denoise__layer_spatial_dropout1d;
const denoise__layer_kind denoise__layer_spatial_dropout1d = {
    KIND_BASE("spatial_dropout1d", "SpatialDropout1D", params_1d),
    .input_spec = input_spec_1d,
};

extern const denoise__layer_kind denoise__layer_spatial_dropout2d;
const denoise__layer_kind denoise__layer_spatial_dropout2d = {
    KIND_BASE("spatial_dropout2d", "SpatialDropout2D", params),
    .input_spec = input_spec_2d,
};

extern const denoise__layer_kind denoise__layer_spatial_dropout3d;
const denoise__layer_kind denoise__layer_spatial_dropout3d = {
    KIND_BASE("spatial_dropout3d", "SpatialDropout3D", params),
    .input_spec = input_spec_3d,
};
