/* SPDX-License-Identifier: Apache-2.0 */
/* One field of a configuration struct. */
#ifndef DENOISE_CORE_FIELD_H
#define DENOISE_CORE_FIELD_H

#include "core/kind.h"
#include "core/params.h"

/* Checks a value against the parameter and stores it; the field is all zeros before. Messages begin with the parameter. */
denoise_status denoise__field_set(void *field, const denoise__param *param, const denoise__value *value);
void denoise__field_clear(void *field, const denoise__param *param); /* frees what the field owns */

/* Puts a field into a bag under the parameter's name. */
denoise_status denoise__field_get(denoise_params *params, const denoise__param *param, const void *field);

#endif
