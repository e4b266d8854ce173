/* SPDX-License-Identifier: Apache-2.0 */
/* One way through a model and back, again and again with the same memory, as within a step of training but without loss and
 * optimizer: outputs, and gradients of the weights and of the input. */
#ifndef DENOISE_BENCH_LAYER_PASS_H
#define DENOISE_BENCH_LAYER_PASS_H

#include <denoise/denoise.h>

typedef struct layer_pass layer_pass;

/* dy: the gradient of the only output, as many rows as x. All three must outlive the pass. */
layer_pass *layer_pass_new(const denoise_model *model, const denoise_tensor *x, const denoise_tensor *dy);
void layer_pass_run(layer_pass *pass);
void layer_pass_free(layer_pass *pass);

#endif
