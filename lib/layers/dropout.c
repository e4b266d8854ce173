/* SPDX-License-Identifier: Apache-2.0 */
/* Training: y = x m / (1 - rate), where each m is 1 with probability 1 - rate, else 0, and dx = dy m / (1 - rate). An element
 * is kept when its word of the stream is at least rate 2^32. The mask is kept from forward to backward, a byte per element. */
#include "core/threads.h"
#include "kernels/loops.h"
#include "kernels/random.h"
#include "layers/elementwise.h"

typedef struct dropout_config {
    denoise__layer_config layer;
    double rate;
    int64_t seed;
    denoise__ints noise_shape;
} dropout_config;

typedef struct dropout_job {
    const float *from;
    float *to;
    uint8_t *mask;
    denoise__layer_random random;
    int64_t size; /* of a sample */
    uint64_t threshold;
    float scale;
} dropout_job;

static denoise_status check(const void *config)
{
    if (((const dropout_config *)config)->noise_shape.count < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "noise_shape is given, only None is supported");
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    (void)config, (void)count;
    return (size_t)denoise__batch_size(inputs, batch);
}

static dropout_job job_of(const denoise__layer_args *args, const float *from, float *to)
{
    const dropout_config *c = args->config;
    dropout_job job = {.from = from,
                       .to = to,
                       .mask = args->state,
                       .random = args->random,
                       .size = denoise__shape_size(args->input_shapes),
                       .threshold = (uint64_t)(c->rate * 0x1p32),
                       .scale = c->rate < 1 ? (float)(1 / (1 - c->rate)) : 0};
    job.random.seed = denoise__layer_seed(c->seed, args);
    return job;
}

static void apply_range(void *context, int64_t first, int64_t count)
{
    const dropout_job *job = context;
    denoise__loops_table()->scale_kept(job->from + first, job->mask + first, job->to + first, count, job->scale);
}

static void forward_range(void *context, int64_t first, int64_t count)
{
    const dropout_job *job = context;
    denoise__number_block n = denoise__layer_numbers(&job->random, job->size, first, count);
    denoise__random_mask_2d(job->random.seed, job->random.stream, n.first, n.step, n.rows, n.columns, job->mask + first,
                            job->threshold);
    apply_range(context, first, count);
}

static denoise_status forward(const denoise__layer_args *args)
{
    dropout_job job = job_of(args, args->inputs[0], args->outputs[0]);
    denoise__parallel_ranges(job.size * args->batch, denoise__layer_grain(&job.random, job.size), forward_range, &job);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    dropout_job job = job_of(args, args->output_gradients[0], args->input_gradients[0]);
    denoise__parallel_ranges(job.size * args->batch, DENOISE__GRAIN, apply_range, &job);
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(dropout_config),
    DENOISE__PARAM_DOUBLE(dropout_config, rate, NULL, 0, 0, 1, "share of the elements that are set to 0"),
    DENOISE__PARAM_INT(dropout_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the run's"),
    DENOISE__PARAM_INTS(dropout_config, noise_shape, "None", DENOISE__NULLABLE, -1, NAN, "only None"),
};

extern const denoise__layer_kind denoise__layer_dropout;
const denoise__layer_kind denoise__layer_dropout = {
    .base = {.name = "dropout",
             .class_name = "Dropout",
             .doc = "in training sets a share of the elements to 0 and scales the rest",
             .config_size = sizeof(dropout_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_training_only = true,
    .is_row_local = true,
    .is_elementwise = true,
    .infer = denoise__infer_same,
    .state_size = state_size,
    .forward = forward,
    .backward = backward,
};
