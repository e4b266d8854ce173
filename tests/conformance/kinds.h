/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of every noun through the public API, with parameters chosen by rules: nothing here knows a kind by its name. */
#ifndef DENOISE_TESTS_CONFORMANCE_KINDS_H
#define DENOISE_TESTS_CONFORMANCE_KINDS_H

#include "support/nets.h"
#include <stdbool.h>

/* The nouns of the library, in the order of its registries; NULL past the end. */
const char *noun_at(int64_t index);

/* An object of a kind. Activations, initializers and regularizers have no objects of their own: a layer holds them. */
typedef struct object {
    const char *noun;
    void *pointer;
} object;
denoise_status object_make(object *out, const char *noun, const char *name, const denoise_params *params);
void object_free(object *made);

/* The parameter of a kind; false when there is none at that index, or of that name. */
bool param_at(denoise_param_info *out, const char *noun, const char *name, int64_t index);
bool param_named(denoise_param_info *out, const char *noun, const char *name, const char *param);
/* Sets a parameter to a value that its type and bounds allow. */
void set_fitting(denoise_params *params, const denoise_param_info *info);
/* Parameters with which the kind can be made: all that must be given, and of shapes of which one must be given the first. */
denoise_params *fitting_params(const char *noun, const char *name);

bool params_equal(const denoise_params *a, const denoise_params *b);

#endif
