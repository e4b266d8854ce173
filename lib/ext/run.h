/* SPDX-License-Identifier: Apache-2.0 */
/* A layer by itself, with arrays around it whose ends are guarded: what gradients are compared on, and promises are tried on.
 */
#ifndef DENOISE_EXT_RUN_H
#define DENOISE_EXT_RUN_H

#include "ext/ext.h"

enum { DENOISE__RUN_INPUTS = 8, DENOISE__RUN_ARRAYS = 1024 };

typedef struct denoise__run {
    denoise_layer *layer;
    const denoise__layer_kind *kind;
    int64_t batch;
    int32_t count, output_count;
    denoise__shape shapes[DENOISE__RUN_INPUTS], output_shapes[DENOISE__EXT_OUTPUTS];
    float *inputs[DENOISE__RUN_INPUTS], *input_gradients[DENOISE__RUN_INPUTS];
    float *outputs[DENOISE__EXT_OUTPUTS], *output_gradients[DENOISE__EXT_OUTPUTS]; /* those of the objective */
    float *end_gradients[DENOISE__EXT_OUTPUTS]; /* the same before the activation that ends the layer */
    const denoise__kind_ref *activation;        /* what ends the layer; NULL: nothing */
    float *pre_activation;
    float **weights, **weight_gradients;
    void *state, *scratch[2];
    denoise__layer_args args;
    struct {
        unsigned char *memory;
        size_t size;
    } arrays[DENOISE__RUN_ARRAYS];
    int32_t array_count;
} denoise__run;

/* A layer of `noun` "layer", of as many inputs of one shape as it takes at least. run is zeroed memory; free it also after a
 * failure. */
denoise_status denoise__run_make(denoise__run *run, const char *name, const denoise_params *params, const denoise__shape *shape,
                                 int64_t batch);
void denoise__run_free(denoise__run *run);
/* Every byte of outputs, or of gradients, becomes `byte`; of state and scratch too. */
void denoise__run_poison_outputs(denoise__run *run, int byte);
void denoise__run_poison_gradients(denoise__run *run, int byte);
denoise_status denoise__run_forward(denoise__run *run);
denoise_status denoise__run_backward(denoise__run *run);
/* Sum of outputs times output_gradients, in double; *magnitude: of what is added up. Goes forward. */
denoise_status denoise__run_objective(denoise__run *run, double *value, double *magnitude);
/* DENOISE_ERR_INVALID where something was written behind an array. */
denoise_status denoise__run_guards(const denoise__run *run);
int64_t denoise__run_input_size(const denoise__run *run, int32_t input);
int64_t denoise__run_output_size(const denoise__run *run, int32_t output);

#endif
