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

/**
 * Starts a sequential model.
 * @param out the new builder, freed by the caller; NULL on failure
 * @param name of the model, 1 to 63 bytes; NULL = "sequential"; copied
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE for a name of another length, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_sequential_new(denoise_sequential **out, const char *name);
/**
 * Adds a layer, the first one an input layer. The first failure is kept and comes out of denoise_sequential_build() too.
 * @param sequential the builder
 * @param layer adopted, also when the call fails
 * @return DENOISE_OK; the failure of an inert layer; DENOISE_ERR_NULL; DENOISE_ERR_OWNED; DENOISE_ERR_INVALID when the first
 *         layer is no input layer, or a later one is; DENOISE_ERR_SHAPE; DENOISE_ERR_NAME for two layers of one name;
 *         DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_sequential_add(denoise_sequential *sequential, denoise_layer *layer);
/**
 * Adds a whole model of one input and one output, whose weights are shared.
 * @param sequential the builder
 * @param model kept alive by the builder
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_RANGE for a model of several outputs, DENOISE_ERR_LIMIT
 *         for models nested more than 64 deep, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_sequential_add_model(denoise_sequential *sequential, denoise_model *model);
/**
 * Makes the model; the builder may be used again.
 * @param out the new model, freed by the caller; NULL on failure
 * @param sequential the builder
 * @param options NULL = defaults
 * @return DENOISE_OK; the first failure of the calls before; DENOISE_ERR_NULL; DENOISE_ERR_STATE where there are no layers;
 *         DENOISE_ERR_INVALID for wrong options, DENOISE_ERR_RANGE for a name that has not 1 to 63 bytes; DENOISE_ERR_NOMEM.
 * Since 0.1.
 */
DENOISE_API denoise_status denoise_sequential_build(denoise_model **out, denoise_sequential *sequential,
                                                    const denoise_build_options *options);
/**
 * The text of the first failure.
 * @param sequential the builder
 * @return borrowed from the builder; "" when there was none; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_sequential_error(const denoise_sequential *sequential);
/** Frees the builder and its layers, except where models hold them. @param sequential NULL is accepted. Since 0.1. */
DENOISE_API void denoise_sequential_free(denoise_sequential *sequential);

#ifdef __cplusplus
}
#endif
#endif
