/* SPDX-License-Identifier: Apache-2.0 */
#include "files/limits.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/options.h"
#include <denoise/tensor.h>
#include <inttypes.h>
#include <stddef.h>

/* The ratio is looked at from here on: small files of one colour are packed better than any limit on large ones allows. */
#define RATIO_FROM ((int64_t)16 << 20)

DENOISE__OPTIONS(limits, LIMITS, "denoise_limits", denoise_limits, offsetof(denoise_limits, strict))

static denoise_status check_positive(const char *field, int64_t value)
{
    if (value >= 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "denoise_limits: %s must be >= 0, is %" PRId64, field, value);
}

denoise_status denoise__limits_resolve(denoise_limits *out, const denoise_limits *given)
{
    DENOISE__TRY(denoise__options_read(&limits_known, out, given));
    DENOISE__TRY(check_positive("bytes", out->bytes));
    DENOISE__TRY(check_positive("elements", out->elements));
    DENOISE__TRY(check_positive("dims", out->dims));
    DENOISE__TRY(check_positive("ratio", out->ratio));
    DENOISE__TRY(check_positive("header_bytes", out->header_bytes));
    DENOISE__TRY(check_positive("json_depth", out->json_depth));
    DENOISE__TRY(check_positive("tensors", out->tensors));
    DENOISE__TRY(check_positive("name_length", out->name_length));
    return DENOISE_OK;
}

static denoise_status fail_limit(int64_t offset, const char *limit, int64_t found, int64_t allowed)
{
    return denoise__fail_at(DENOISE_ERR_LIMIT, offset, limit,
                            "%" PRId64 ", more than the %" PRId64 " that are allowed (limit `%s`)", found, allowed, limit);
}

denoise_status denoise__limits_unpacked(const denoise_limits *limits, int64_t packed, int64_t unpacked, int64_t offset)
{
    int64_t allowed = 0;
    if (unpacked > limits->bytes) return fail_limit(offset, "bytes", unpacked, limits->bytes);
    if (unpacked <= RATIO_FROM || !denoise__multiply(packed, limits->ratio, &allowed) || unpacked <= allowed) return DENOISE_OK;
    return fail_limit(offset, "ratio", unpacked / (packed > 0 ? packed : 1), limits->ratio);
}

denoise_status denoise__limits_tensor(const denoise_limits *limits, int64_t elements, int64_t rank, int64_t offset)
{
    int64_t axes = limits->dims < DENOISE_MAX_RANK ? limits->dims : DENOISE_MAX_RANK;
    if (rank > axes) return fail_limit(offset, "dims", rank, axes);
    return elements > limits->elements ? fail_limit(offset, "elements", elements, limits->elements) : DENOISE_OK;
}
