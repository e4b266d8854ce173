/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation through the hook of denoise/memory.h; sizes are checked, nothing is ever assumed to succeed. */
#ifndef DENOISE_CORE_MEMORY_H
#define DENOISE_CORE_MEMORY_H

#include <denoise/memory.h>
#include <denoise/status.h>
#include <stdbool.h>

void *denoise__allocate(size_t size);                      /* NULL when out of memory; size 0 gives a block too */
void *denoise__allocate_zeroed(size_t count, size_t size); /* NULL when out of memory or count * size overflows */
void *denoise__reallocate(void *pointer, size_t size);
void denoise__release(void *pointer);         /* accepts NULL */
void *denoise__allocate_aligned(size_t size); /* 64-byte lines, 2 MiB from 4 MiB on; freed by denoise__release_aligned */
void denoise__release_aligned(void *pointer);
char *denoise__copy_text(const char *text);

/* false when the result does not fit; *result is then unchanged */
bool denoise__multiply(int64_t a, int64_t b, int64_t *result);
bool denoise__add(int64_t a, int64_t b, int64_t *result);

/* Room for count + 1 elements of an array of the heap; doubles. On failure both are as before. */
denoise_status denoise__grow(void **array, int64_t count, int64_t *capacity, size_t element);

#endif
