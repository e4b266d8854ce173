/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a over bytes, for golden values (little-endian machines). */
#ifndef DENOISE_TESTS_HASH_H
#define DENOISE_TESTS_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t hash_bytes(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = 0xCBF29CE484222325U;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001B3U;
    }
    return hash;
}

#endif
