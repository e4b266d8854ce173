/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise */
#include "core/memory.h"
#include "core/error.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { LINE = 64, HUGE_PAGE = 2 << 20 };

static void *default_allocate(size_t size, void *user_data)
{
    (void)user_data;
    return malloc(size);
}

static void *default_reallocate(void *pointer, size_t size, void *user_data)
{
    (void)user_data;
    return realloc(pointer, size);
}

static void default_release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

#define DEFAULT_ALLOCATOR                                                                                                      \
    {                                                                                                                          \
        sizeof(denoise_allocator), default_allocate, default_reallocate, default_release, NULL                                 \
    }

static denoise_allocator hook = DEFAULT_ALLOCATOR;
static _Atomic(int64_t) live_blocks;

denoise_status denoise_set_allocator(const denoise_allocator *allocator)
{
    static const denoise_allocator fallback = DEFAULT_ALLOCATOR;
    if (allocator == NULL) allocator = &fallback;
    DENOISE__TRY(denoise__check_struct_size("denoise_set_allocator", allocator->struct_size, sizeof(denoise_allocator)));
    if (allocator->allocate == NULL || allocator->reallocate == NULL || allocator->release == NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "denoise_set_allocator: allocate, reallocate and release must all be given");
    }
    int64_t blocks = denoise_memory_blocks();
    if (blocks != 0) {
        return denoise__fail(DENOISE_ERR_STATE,
                             "denoise_set_allocator: %lld blocks are alive, expected none; free all objects first",
                             (long long)blocks);
    }
    hook = *allocator;
    return DENOISE_OK;
}

int64_t denoise_memory_blocks(void)
{
    return atomic_load_explicit(&live_blocks, memory_order_relaxed);
}

void denoise_free(void *memory)
{
    denoise__release(memory);
}

void *denoise__allocate(size_t size)
{
    void *pointer = hook.allocate(size == 0 ? 1 : size, hook.user_data);
    if (pointer != NULL) atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return pointer;
}

void *denoise__allocate_zeroed(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    void *pointer = denoise__allocate(count * size);
    if (pointer != NULL) memset(pointer, 0, count * size);
    return pointer;
}

void *denoise__reallocate(void *pointer, size_t size)
{
    if (pointer == NULL) return denoise__allocate(size);
    return hook.reallocate(pointer, size == 0 ? 1 : size, hook.user_data);
}

void denoise__release(void *pointer)
{
    if (pointer == NULL) return;
    hook.release(pointer, hook.user_data);
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
}

/* Huge pages, where the system gives them on request, spare a walk through the page tables for nearly every row of a data set
 * that is read in random order. A hint: nothing depends on the answer. */
static void wish_for_huge_pages(char *start, size_t size)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (size >= HUGE_PAGE && hook.allocate == default_allocate) {
        (void)madvise(start, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    }
#else
    (void)start, (void)size;
#endif
}

void *denoise__allocate_aligned(size_t size)
{
    size_t alignment = size >= 2 * (size_t)HUGE_PAGE ? HUGE_PAGE : LINE;
    if (size > SIZE_MAX - alignment - sizeof(void *)) return NULL;
    char *block = denoise__allocate(size + alignment + sizeof(void *));
    if (block == NULL) return NULL;
    char *start = block + sizeof(void *);
    start += (alignment - (uintptr_t)start % alignment) % alignment;
    /* The block's own address stands in front of the aligned memory. */
    memcpy(start - sizeof(void *), &block, sizeof(void *));
    if (alignment > LINE) wish_for_huge_pages(start, size);
    return start;
}

void denoise__release_aligned(void *pointer)
{
    if (pointer == NULL) return;
    void *block;
    memcpy(&block, (char *)pointer - sizeof(void *), sizeof(void *));
    denoise__release(block);
}

char *denoise__copy_text(const char *text)
{
    if (text == NULL) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = denoise__allocate(size);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

bool denoise__multiply(int64_t a, int64_t b, int64_t *result)
{
    if (a != 0 && b != 0) {
        /* INT64_MIN has no positive counterpart: only 1 * INT64_MIN fits. */
        if ((a == INT64_MIN && b != 1) || (b == INT64_MIN && a != 1)) return false;
        if (a != INT64_MIN && b != INT64_MIN) {
            int64_t magnitude = a < 0 ? -a : a;
            int64_t other = b < 0 ? -b : b;
            if (magnitude > INT64_MAX / other) return false;
        }
    }
    *result = a * b;
    return true;
}

bool denoise__add(int64_t a, int64_t b, int64_t *result)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) return false;
    *result = a + b;
    return true;
}
