/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory: the allocator hook.
 *
 * Everything that the library itself allocates goes through one allocator, malloc's by default. A host may put its own
 * in place before it makes the first object. What zlib, libpng and the BLAS allocate for themselves is theirs,
 * except where they offer a hook per call.
 */
#ifndef DENOISE_MEMORY_H
#define DENOISE_MEMORY_H

#include <denoise/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The caller's allocator; the three functions follow the rules of malloc, realloc and free, and return: no longjmp(), no
 * exception. Since 0.1. */
typedef struct denoise_allocator {
    int64_t struct_size;                             /**< sizeof(denoise_allocator) */
    void *(*allocate)(size_t size, void *user_data); /**< size >= 1; NULL when out of memory; aligned as malloc's */
    void *(*reallocate)(void *pointer, size_t size, void *user_data); /**< pointer may be NULL; on NULL the old block stays */
    void (*release)(void *pointer, void *user_data);                  /**< pointer is not NULL */
    void *user_data;                                                  /**< handed to each call */
} denoise_allocator;

/**
 * Puts another allocator in place.
 * @param allocator copied; NULL brings malloc, realloc and free back
 * @return DENOISE_OK; DENOISE_ERR_STATE while any block of the library is alive; DENOISE_ERR_INVALID for a wrong
 *         struct_size or a missing function. May be called while other threads make and free objects: a block always goes back
 *         to the allocator that it came from. Since 0.1.
 */
DENOISE_API denoise_status denoise_set_allocator(const denoise_allocator *allocator);

/**
 * How many blocks the library holds at the moment, in the whole process.
 * @return 0 when everything was freed (a small pool of threads counts until denoise_shutdown()). Since 0.1.
 */
DENOISE_API int64_t denoise_memory_blocks(void);

/**
 * Frees memory that the library handed out as plain memory, such as a text.
 * @param memory NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
