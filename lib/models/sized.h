/* SPDX-License-Identifier: Apache-2.0 */
/* Models of open inputs, some of whose lengths only the data tell: what runs is a copy of the topology, with the same layers,
 * in which all shapes were inferred anew. Operations, calls and their numbers are the same, so that plans of all sizes have the
 * same random numbers. */
#ifndef DENOISE_MODELS_SIZED_H
#define DENOISE_MODELS_SIZED_H

#include "models/model.h"

bool denoise__model_is_open(const denoise_model *model);
/* The model for inputs of these shapes, one of each input's samples, which fit it; some lengths may stay unknown. A new model,
 * or where nothing changes the model itself, with a reference more. A failure names the model, its inputs' shapes and the
 * layer. */
denoise_status denoise__model_size(denoise_model **out, const denoise_model *model, const denoise__shape *inputs);

/* For the rows of tensors that denoise__check_inputs() has let pass. */
denoise_status denoise__model_size_for(denoise_model **out, const denoise_model *model, const denoise_tensor *const *x);
/* Whether these are rows of the lengths that a model has, none of which is unknown. */
bool denoise__model_has_sizes(const denoise_model *model, const denoise_tensor *const *x);
/* The shape of one sample of input `index`. */
denoise__shape denoise__model_sample_of(const denoise_model *model, int32_t index, const denoise_tensor *x);

/* A call of an operation that is a model, on values of these shapes, which fit it. On failure the topology is as before. */
denoise_status denoise__topology_add_model_call(denoise__topology *topology, int32_t operation,
                                                const denoise__output_ref *values, int32_t count, const denoise__shape *inputs);

#endif
