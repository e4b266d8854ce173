/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a for golden values: of bytes, and of numbers, whose least byte comes first whatever the machine's order is. */
#ifndef DENOISE_TESTS_HASH_H
#define DENOISE_TESTS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xCBF29CE484222325U
#define HASH_PRIME 0x100000001B3U

static inline uint64_t hash_bytes(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * HASH_PRIME;
    }
    return hash;
}

/* `count` numbers of `size` bytes each. */
static inline uint64_t hash_numbers(const void *data, size_t count, size_t size)
{
    const union {
        uint16_t number;
        unsigned char bytes[2];
    } order = {.number = 1};
    const unsigned char *bytes = data;
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < size; k++)
            hash = (hash ^ bytes[i * size + (order.bytes[0] == 1 ? k : size - 1 - k)]) * HASH_PRIME;
    }
    return hash;
}

#endif
