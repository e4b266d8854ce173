/* SPDX-License-Identifier: Apache-2.0 */
/* Training: y = x + n, n normal with mean 0; dx = dy. */
#include "core/threads.h"
#include "kernels/loops.h"
#include "kernels/random.h"
#include "layers/elementwise.h"

typedef struct noise_config {
    denoise__layer_config layer;
    double stddev;
    int64_t seed;
} noise_config;

typedef struct noise_job {
    const float *x;
    float *y;
    denoise__layer_random random;
    int64_t size; /* of a sample */
    double stddev;
} noise_job;

static void forward_range(void *context, int64_t first, int64_t count)
{
    const noise_job *job = context;
    denoise__number_block n = denoise__layer_numbers(&job->random, job->size, first, count);
    denoise__random_normal_2d(job->random.seed, job->random.stream, n.first, n.step, n.rows, n.columns, job->y + first, 0,
                              job->stddev);
    denoise__loops_table()->add(job->x + first, job->y + first, count);
}

static denoise_status forward(const denoise__layer_args *args)
{
    const noise_config *c = args->config;
    noise_job job = {args->inputs[0], args->outputs[0], args->random, denoise__shape_size(args->input_shapes), c->stddev};
    job.random.seed = denoise__layer_seed(c->seed, args);
    denoise__parallel_ranges(job.size * args->batch, denoise__layer_grain(&job.random, job.size), forward_range, &job);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    float *dx = args->input_gradients[0];
    if (dx != NULL) denoise__copy_values(dx, args->output_gradients[0], denoise__batch_size(args->input_shapes, args->batch));
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(noise_config),
    DENOISE__PARAM_DOUBLE(noise_config, stddev, NULL, 0, 0, 1, "standard deviation"),
    DENOISE__PARAM_INT(noise_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "None = the run's"),
};

extern const denoise__layer_kind denoise__layer_gaussian_noise;
const denoise__layer_kind denoise__layer_gaussian_noise = {
    .base = {.name = "gaussian_noise",
             .class_name = "GaussianNoise",
             .doc = "in training adds normal noise",
             .config_size = sizeof(noise_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_training_only = true,
    .is_row_local = true,
    .is_elementwise = true,
    .infer = denoise__infer_same,
    .forward = forward,
    .backward = backward,
};
