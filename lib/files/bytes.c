/* SPDX-License-Identifier: Apache-2.0 */
#include "files/bytes.h"
#include "core/memory.h"
#include <string.h>

static denoise_status grow(denoise__bytes *bytes, int64_t more, int64_t least)
{
    int64_t needed = 0;
    if (!denoise__add(bytes->length, more, &needed)) return denoise__fail_nomem();
    if (needed <= bytes->capacity) return DENOISE_OK;
    if (needed < least) needed = least;
    uint8_t *data = denoise__reallocate(bytes->data, (size_t)needed);
    if (data == NULL) return denoise__fail_nomem();
    bytes->data = data;
    bytes->capacity = needed;
    return DENOISE_OK;
}

denoise_status denoise__bytes_reserve(denoise__bytes *bytes, int64_t more)
{
    return grow(bytes, more, bytes->capacity + bytes->capacity / 2);
}

denoise_status denoise__bytes_reserve_exactly(denoise__bytes *bytes, int64_t more)
{
    return grow(bytes, more, 0);
}

void denoise__bytes_free(denoise__bytes *bytes)
{
    denoise__release(bytes->data);
    *bytes = (denoise__bytes){0};
}

void denoise__copy_swapped(void *target, const void *source, int64_t count, int64_t width)
{
    uint8_t *to = target;
    const uint8_t *from = source;
    for (int64_t i = 0; i < count; i++) {
        for (int64_t k = 0; k < width; k++) {
            to[k] = from[width - 1 - k];
        }
        to += width;
        from += width;
    }
}

bool denoise__host_is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}
