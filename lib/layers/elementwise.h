/* SPDX-License-Identifier: Apache-2.0 */
/* What layers share that work element by element. */
#ifndef DENOISE_LAYERS_ELEMENTWISE_H
#define DENOISE_LAYERS_ELEMENTWISE_H

#include "layers/layer.h"

/* The shape rule of layers whose output has the shape of their one input. */
denoise_status denoise__infer_same(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs);

/* Elements of a batch of samples. */
int64_t denoise__batch_size(const denoise__shape *sample, int64_t batch);

/* Copies on the pool; nothing to do where both are the same. */
void denoise__copy_values(float *to, const float *from, int64_t count);

/* Whose random numbers a layer uses: a seed of its own (>= 0) replaces the run's. The stream stays that of this application
 * at this step, so that steps differ. */
uint64_t denoise__layer_seed(int64_t own_seed, const denoise__layer_args *args);

/* Numbers of a layer's random stream as kernels/random.h wants them: element (r, c) of rows x columns is first + r step + c. */
typedef struct denoise__number_block {
    uint64_t first, step;
    int64_t rows, columns;
} denoise__number_block;

/* The numbers of elements first..first+count-1 of arrays whose samples have `size` elements, in pieces of
 * denoise__layer_grain(). */
denoise__number_block denoise__layer_numbers(const denoise__layer_random *random, int64_t size, int64_t first, int64_t count);
/* Elements worth a trip to another thread: whole samples, unless numbers go on from sample to sample. */
int64_t denoise__layer_grain(const denoise__layer_random *random, int64_t size);

#endif
