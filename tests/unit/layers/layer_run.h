/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one layer as a model would: shapes, weights, forward, backward; and checks backward by central differences. */
#ifndef DENOISE_TESTS_LAYER_RUN_H
#define DENOISE_TESTS_LAYER_RUN_H

#include "layers/layer.h"

enum { RUN_INPUTS = 4, RUN_WEIGHTS = 4 };

typedef struct layer_run {
    denoise_layer *layer; /* owned */
    int32_t count;
    denoise__shape shapes[RUN_INPUTS], output_shapes[1];
    int64_t sizes[RUN_INPUTS], output_size; /* of the whole batch */
    float *inputs[RUN_INPUTS], *input_gradients[RUN_INPUTS];
    float *output, *pre_activation, *output_gradient, *end_gradient;
    const float *end_gradient_read;
    const float *weights[RUN_WEIGHTS];
    float *weight_gradients[RUN_WEIGHTS];
    void *state, *scratch[2]; /* scratch of forward, and of backward */
    void *prepared;
    denoise__layer_args args;
} layer_run;

/* Takes the layer over; inputs and output gradient become random numbers. Statistics have no gradients: NULL. `shapes` are
 * those of one sample. */
void layer_run_make(layer_run *run, denoise_layer *layer, const denoise__shape *shapes, int32_t count, int64_t batch);
void layer_run_free(layer_run *run);
void layer_run_forward(layer_run *run);
void layer_run_backward(layer_run *run);

/* All input and weight gradients of sum(output_gradient * output) against central differences in double precision; the
 * largest difference may be `tolerance` of the largest gradient of each array. */
void layer_run_check_gradients(layer_run *run, double step, double tolerance);

/* Output and all gradients are the same bits with 1, 2, 3, 4 and 8 threads. */
void layer_run_check_threads(layer_run *run);

/* Applying the layer (taken over) to these shapes fails so. */
void layer_run_expect_failure(denoise_layer *layer, const denoise__shape *shapes, int32_t count, denoise_status status,
                              const char *message);
/* Making it failed so (the inert layer is taken over). */
void layer_run_expect_inert(denoise_layer *layer, denoise_status status, const char *message);

#endif
