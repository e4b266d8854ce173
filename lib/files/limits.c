/* SPDX-License-Identifier: Apache-2.0 */
#include "files/limits.h"
#include "core/error.h"
#include <inttypes.h>
#include <stddef.h>

static const denoise_limits defaults = DENOISE_LIMITS_INIT;

void denoise_limits_init(denoise_limits *limits)
{
    if (limits != NULL) *limits = defaults;
}

static denoise_status check_positive(const char *field, int64_t value)
{
    if (value >= 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "denoise_limits: %s must be >= 0, is %" PRId64, field, value);
}

denoise_status denoise__limits_resolve(denoise_limits *out, const denoise_limits *given)
{
    *out = defaults;
    if (given == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("denoise_limits", given->struct_size, sizeof *given));
    DENOISE__TRY(check_positive("bytes", given->bytes));
    DENOISE__TRY(check_positive("elements", given->elements));
    DENOISE__TRY(check_positive("dims", given->dims));
    DENOISE__TRY(check_positive("ratio", given->ratio));
    DENOISE__TRY(check_positive("header_bytes", given->header_bytes));
    DENOISE__TRY(check_positive("json_depth", given->json_depth));
    DENOISE__TRY(check_positive("tensors", given->tensors));
    DENOISE__TRY(check_positive("name_length", given->name_length));
    *out = *given;
    return DENOISE_OK;
}
