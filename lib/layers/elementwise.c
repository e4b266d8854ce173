/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/elementwise.h"
#include "core/threads.h"
#include <string.h>

denoise_status denoise__infer_same(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)config, (void)count;
    *outputs = *inputs;
    return DENOISE_OK;
}

int64_t denoise__batch_size(const denoise__shape *sample, int64_t batch)
{
    return denoise__shape_size(sample) * batch;
}

typedef struct copy {
    float *to;
    const float *from;
} copy;

static void copy_range(void *context, int64_t first, int64_t count)
{
    const copy *job = context;
    memcpy(job->to + first, job->from + first, (size_t)count * sizeof(float));
}

void denoise__copy_values(float *to, const float *from, int64_t count)
{
    copy job = {to, from};
    if (to != from) denoise__parallel_ranges(count, DENOISE__GRAIN, copy_range, &job);
}

uint64_t denoise__layer_seed(int64_t own_seed, const denoise__layer_args *args)
{
    return own_seed >= 0 ? (uint64_t)own_seed : args->random.seed;
}

denoise__number_block denoise__layer_numbers(const denoise__layer_random *random, int64_t size, int64_t first, int64_t count)
{
    if (size == random->step) return (denoise__number_block){random->first + (uint64_t)first, (uint64_t)count, 1, count};
    int64_t sample = first / size;
    return (denoise__number_block){random->first + (uint64_t)sample * (uint64_t)random->step, (uint64_t)random->step,
                                   count / size, size};
}

int64_t denoise__layer_grain(const denoise__layer_random *random, int64_t size)
{
    if (size == random->step || size == 0) return DENOISE__GRAIN;
    return (DENOISE__GRAIN / size + 1) * size;
}
