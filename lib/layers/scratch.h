/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays laid one behind the other in a layer's state or scratch, each at a line of 64 bytes. The same calls with no memory
 * count the bytes. */
#ifndef DENOISE_LAYERS_SCRATCH_H
#define DENOISE_LAYERS_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

typedef struct denoise__room {
    unsigned char *memory; /* NULL: nothing is laid anywhere */
    size_t used;
} denoise__room;

/* The next array, of count elements of `size` bytes; NULL without memory. */
static inline void *denoise__room_take(denoise__room *room, int64_t count, size_t size)
{
    enum { LINE = 64 };
    size_t offset = room->used;
    room->used += ((size_t)count * size + LINE - 1) / LINE * LINE;
    return room->memory == NULL ? NULL : room->memory + offset;
}

#endif
