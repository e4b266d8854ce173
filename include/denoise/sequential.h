/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sequential: layers one after the other; a thin builder over the graph.
 */
#ifndef DENOISE_SEQUENTIAL_H
#define DENOISE_SEQUENTIAL_H

#include <denoise/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A builder of sequential models. Since 0.1. */
typedef struct denoise_sequential denoise_sequential;

/** Starts a sequential model. @param out freed by the caller. @param name NULL = "sequential". Since 0.1. */
DENOISE_API denoise_status denoise_sequential_new(denoise_sequential **out, const char *name);
/** Adds a layer, the first one an input layer. The layer is adopted, also when the call fails; the first failure is kept and
 * comes out of denoise_sequential_build() too. Since 0.1. */
DENOISE_API denoise_status denoise_sequential_add(denoise_sequential *sequential, denoise_layer *layer);
/** Adds a whole model, whose weights are shared. Since 0.1. */
DENOISE_API denoise_status denoise_sequential_add_model(denoise_sequential *sequential, denoise_model *model);
/** Makes the model; the builder may be used again. @param out freed by the caller. @param options NULL = defaults. Since 0.1.
 */
DENOISE_API denoise_status denoise_sequential_build(denoise_model **out, denoise_sequential *sequential,
                                                    const denoise_build_options *options);
/** The text of the first failure; borrowed; "" when there is none. Since 0.1. */
DENOISE_API const char *denoise_sequential_error(const denoise_sequential *sequential);
/** Frees the builder and its layers, except where models hold them. Since 0.1. */
DENOISE_API void denoise_sequential_free(denoise_sequential *sequential);

#ifdef __cplusplus
}
#endif
#endif
