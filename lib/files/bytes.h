/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer of bytes: it grows with the data that has arrived, never by what a header declares. */
#ifndef DENOISE_FILES_BYTES_H
#define DENOISE_FILES_BYTES_H

#include "core/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct denoise__bytes {
    uint8_t *data; /* NULL while nothing was reserved */
    int64_t length;
    int64_t capacity;
} denoise__bytes;

/* Room for at least `more` bytes after length; grows by half at least. The content stays, also on failure. */
denoise_status denoise__bytes_reserve(denoise__bytes *bytes, int64_t more);
/* The same without growing more than asked for; for what grows few times. */
denoise_status denoise__bytes_reserve_exactly(denoise__bytes *bytes, int64_t more);
void denoise__bytes_free(denoise__bytes *bytes);

/* Numbers of `width` bytes (1, 2, 4, 8) copied with their bytes turned round. */
void denoise__copy_swapped(void *target, const void *source, int64_t count, int64_t width);
bool denoise__host_is_little_endian(void);

#endif
