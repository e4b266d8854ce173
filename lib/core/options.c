/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include <string.h>

/* No options struct is larger. A greater struct_size was never set, and bytes that far away are not looked at. */
enum { MOST = 4096 };

static denoise_status fail_size(const denoise__options *type, int64_t size)
{
    const char *start = type->init != NULL ? "; start from " : "";
    if (size < (int64_t)type->first_size) {
        return denoise__fail(DENOISE_ERR_INVALID, "%s: struct_size is %lld, expected at least %zu%s%s", type->what,
                             (long long)size, type->first_size, start, type->init != NULL ? type->init : "");
    }
    return denoise__fail(DENOISE_ERR_INVALID,
                         "%s: struct_size is %lld, which no version of the struct has, this one has %zu%s%s", type->what,
                         (long long)size, type->size, start, type->init != NULL ? type->init : "");
}

static denoise_status read_size(const denoise__options *type, int64_t *size, const void *given)
{
    memcpy(size, given, sizeof *size); /* the first field of each */
    bool is_size = *size >= (int64_t)type->first_size && *size <= MOST && *size % (int64_t) _Alignof(int64_t) == 0;
    return is_size ? DENOISE_OK : fail_size(type, *size);
}

static denoise_status check_rest(const denoise__options *type, const unsigned char *given, size_t size)
{
    for (size_t i = type->size; i < size; i++) {
        if (given[i] == 0) continue;
        return denoise__fail(DENOISE_ERR_INVALID,
                             "%s: byte %zu is set, in a field of a newer version; this one has %zu bytes, struct_size is %zu",
                             type->what, i, type->size, size);
    }
    return DENOISE_OK;
}

denoise_status denoise__options_read(const denoise__options *type, void *known, const void *given)
{
    memcpy(known, type->defaults, type->size);
    if (given == NULL) return DENOISE_OK;
    int64_t size, full = (int64_t)type->size;
    DENOISE__TRY(read_size(type, &size, given));
    DENOISE__TRY(check_rest(type, given, (size_t)size));
    memcpy(known, given, (size_t)(size < full ? size : full));
    memcpy(known, &full, sizeof full);
    return DENOISE_OK;
}

void denoise__options_init(const denoise__options *type, void *options, int64_t size)
{
    if (options == NULL || size < (int64_t)sizeof size || size > MOST) return;
    size_t known = (size_t)size < type->size ? (size_t)size : type->size;
    memcpy(options, type->defaults, known);
    memset((unsigned char *)options + known, 0, (size_t)size - known);
    memcpy(options, &size, sizeof size);
}

denoise_status denoise__options_write(const denoise__options *type, void *out, const void *known)
{
    int64_t size;
    DENOISE__TRY(read_size(type, &size, out));
    size_t wanted = (size_t)size < type->size ? (size_t)size : type->size;
    memcpy((unsigned char *)out + sizeof size, (const unsigned char *)known + sizeof size, wanted - sizeof size);
    memset((unsigned char *)out + wanted, 0, (size_t)size - wanted);
    return DENOISE_OK;
}
