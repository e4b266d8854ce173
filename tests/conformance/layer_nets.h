/* SPDX-License-Identifier: Apache-2.0 */
/* A layer of any kind in the smallest model around it. */
#ifndef DENOISE_TESTS_CONFORMANCE_LAYER_NETS_H
#define DENOISE_TESTS_CONFORMANCE_LAYER_NETS_H

#include "conformance/kinds.h"
#include "layers/layer.h"

enum { MOST_INPUTS = 8, MOST_OUTPUTS = 8 };

/* One layer to test: a kind with parameters, and the shape of one sample of each input. */
typedef struct layer_case {
    const char *kind;
    const char *variant; /* what is special, for messages: the activation, "padding=same"; may be NULL */
    const denoise_params *params;
    int64_t inputs, outputs; /* as many as the kind says */
    int64_t shape[4];
    int32_t rank;
} layer_case;

/* Runs the check for each kind, with the activations, in turn with other kinds, where it has a parameter of that name, with
 * other values of its truths, counts and choices one at a time, with the fewest inputs and with one more where it takes more,
 * and on each of some shapes that fit; each kind must fit at least one. Inputs are no operation, and are left out. */
void for_every_layer(void (*check)(const layer_case *c));
/* The model of a case. */
denoise_status layer_net(denoise_model **out, const layer_case *c, uint64_t seed);
denoise_model *layer_net_ok(const layer_case *c, uint64_t seed);
/* Sets c->outputs; false when the layer takes no such shape, which it must say as DENOISE_ERR_SHAPE. */
bool layer_fits(layer_case *c);
/* Its descriptor. */
const denoise__layer_kind *layer_kind(const layer_case *c);

/* One normal tensor of `rows` samples for each input; freed by tensors_free(). */
void layer_inputs(denoise_tensor **x, const layer_case *c, int64_t rows, uint64_t stream);
denoise_tensor *random_like(const denoise_tensor *tensor, uint64_t stream);
void tensors_free(denoise_tensor **tensors, int64_t count);
/* Room for so many, all NULL; freed by tensors_drop(), which frees the tensors too. */
denoise_tensor **tensors_room(int64_t count);
void tensors_drop(denoise_tensor **tensors, int64_t count);

/* Stops the test, naming the case. */
#define LAYER_FAIL(c, ...) layer_fail((c), __FILE__, __LINE__, __VA_ARGS__)
void layer_fail(const layer_case *c, const char *file, int line, const char *format, ...);

#endif
