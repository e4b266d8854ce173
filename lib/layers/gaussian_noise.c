/* SPDX-License-Identifier: Apache-2.0 */
/* Training: y = x + n, n normal with mean 0; dx = dy. Element i takes number i of the stream. */
#include "core/random.h"
#include "core/threads.h"
#include "layers/elementwise.h"

enum { NUMBERS = 256 };

typedef struct noise_config {
    denoise__layer_config layer;
    double stddev;
    int64_t seed;
} noise_config;

typedef struct noise_job {
    const float *x;
    float *y;
    uint64_t seed, stream;
    double stddev;
} noise_job;

static void forward_range(void *context, int64_t first, int64_t count)
{
    const noise_job *job = context;
    float noise[NUMBERS];
    for (int64_t done = 0; done < count; done += NUMBERS) {
        int64_t part = count - done < NUMBERS ? count - done : NUMBERS;
        const float *x = job->x + first + done;
        float *y = job->y + first + done;
        denoise__random_normal(job->seed, job->stream, (uint64_t)(first + done), noise, part, 0, job->stddev);
        for (int64_t i = 0; i < part; i++)
            y[i] = x[i] + noise[i];
    }
}

static void forward(const denoise__layer_args *args)
{
    const noise_config *c = args->config;
    noise_job job = {args->inputs[0], args->output, denoise__layer_seed(c->seed, args), args->stream, c->stddev};
    denoise__parallel_ranges(denoise__batch_size(args->input_shapes, args->batch), DENOISE__PIECE, forward_range, &job);
}

static void backward(const denoise__layer_args *args)
{
    float *dx = args->input_gradients[0];
    if (dx != NULL) denoise__copy_values(dx, args->output_gradient, denoise__batch_size(args->input_shapes, args->batch));
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
    .infer = denoise__infer_same,
    .forward = forward,
    .backward = backward,
};
