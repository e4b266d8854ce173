/* SPDX-License-Identifier: Apache-2.0 */
/* What Keras' get_config() says, as parameters, parts and models.
 *
 * An option that the kind's parameter table lacks is passed over where it says nothing: null, false, a book-keeping key, one
 * whose switch is off, or the only value that is built. Any other skips the case by name, as does a kind that does not exist.
 */
#ifndef DENOISE_TESTS_KERAS_CONFIG_H
#define DENOISE_TESTS_KERAS_CONFIG_H

#include "support/fixtures.h"

/* The parameters of a kind ("layer", "Dense"), kept; skips the case when there is no such kind. config may be NULL. */
denoise_params *keras_params(fixture *f, const char *noun, const char *kind, json_t *config);

/* Parts, kept. A loss is a text ("mse") or {"class_name", "config"}, as in Keras' get_compile_config(). */
denoise_layer *keras_layer(fixture *f, const char *kind, json_t *config);
denoise_optimizer *keras_optimizer(fixture *f, const char *kind, json_t *config);
denoise_loss *keras_loss(fixture *f, json_t *loss);
denoise_metric *keras_metric(fixture *f, const char *kind, json_t *config);

/* A model, kept, from the config of a Sequential or a Functional of layers of one output each. */
denoise_model *keras_model(fixture *f, json_t *config);

#endif
