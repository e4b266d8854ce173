/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/error.h"
#include "core/options.h"
#include "core/platform/pages.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, HUGE_PAGE = DENOISE__HUGE_PAGE };

static void *default_allocate(size_t size, void *user_data)
{
    (void)user_data;
    int before = errno; /* which is the caller's, also when memory is out */
    void *memory = malloc(size);
    errno = before;
    return memory;
}

static void *default_reallocate(void *pointer, size_t size, void *user_data)
{
    (void)user_data;
    int before = errno;
    void *memory = realloc(pointer, size);
    errno = before;
    return memory;
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

/* Two places for an allocator, and one word that says which is in use (bit 0) and how many blocks are alive (the others): a
 * block is counted before it is made, so that the allocator cannot change between the two. */
static denoise_allocator hooks[2] = {DEFAULT_ALLOCATOR, DEFAULT_ALLOCATOR};
static _Atomic(int64_t) state;
static atomic_flag replacing = ATOMIC_FLAG_INIT; /* a thread writes the place that is not in use */
enum { PLACE = 1, BLOCK = 2 };

denoise_status denoise_set_allocator(const denoise_allocator *allocator)
{
    static const denoise_allocator fallback = DEFAULT_ALLOCATOR;
    static const denoise__options type = {"denoise_set_allocator", NULL, sizeof fallback, sizeof fallback, &fallback};
    denoise_allocator next;
    DENOISE__TRY(denoise__options_read(&type, &next, allocator));
    if (next.allocate == NULL || next.reallocate == NULL || next.release == NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "denoise_set_allocator: allocate, reallocate and release must all be given");
    }
    if (atomic_flag_test_and_set(&replacing)) {
        return denoise__fail(DENOISE_ERR_STATE, "denoise_set_allocator: another thread sets the allocator");
    }
    int64_t present = atomic_load(&state) & PLACE; /* what it must be: no block alive */
    hooks[1 - present] = next;
    bool is_set = atomic_compare_exchange_strong(&state, &present, 1 - present);
    atomic_flag_clear(&replacing);
    if (is_set) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_STATE,
                         "denoise_set_allocator: %lld blocks are alive, expected none; free all objects first",
                         (long long)(present / BLOCK));
}

int64_t denoise_memory_blocks(void)
{
    return atomic_load_explicit(&state, memory_order_relaxed) / BLOCK;
}

void denoise_free(void *memory)
{
    denoise__release(memory);
}

/* The allocator of a block that is counted. */
static const denoise_allocator *hook(void)
{
    return &hooks[atomic_load_explicit(&state, memory_order_relaxed) & PLACE];
}

void *denoise__allocate(size_t size)
{
    int64_t before = atomic_fetch_add_explicit(&state, BLOCK, memory_order_acquire);
    const denoise_allocator *allocator = &hooks[before & PLACE];
    void *pointer = allocator->allocate(size == 0 ? 1 : size, allocator->user_data);
    if (pointer == NULL) atomic_fetch_sub_explicit(&state, BLOCK, memory_order_release);
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
    return hook()->reallocate(pointer, size == 0 ? 1 : size, hook()->user_data);
}

void denoise__release(void *pointer)
{
    if (pointer == NULL) return;
    hook()->release(pointer, hook()->user_data);
    atomic_fetch_sub_explicit(&state, BLOCK, memory_order_release);
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
    memcpy(start - sizeof block, &block, sizeof block);
    if (alignment > LINE && hook()->allocate == default_allocate) denoise__pages_be_huge(start, size);
    return start;
}

void denoise__release_aligned(void *pointer)
{
    if (pointer == NULL) return;
    void *block;
    memcpy(&block, (char *)pointer - sizeof block, sizeof block);
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
            /* cppcheck-suppress zerodivcond ; b is not 0 here, which it forgets at the negation */
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

denoise_status denoise__grow(void **array, int64_t count, int64_t *capacity, size_t element)
{
    if (count < *capacity) return DENOISE_OK;
    int64_t wanted, bytes;
    if (!denoise__multiply(*capacity > 0 ? *capacity : 4, 2, &wanted) || !denoise__multiply(wanted, (int64_t)element, &bytes)) {
        return denoise__fail_nomem();
    }
    void *grown = denoise__reallocate(*array, (size_t)bytes);
    if (grown == NULL) return denoise__fail_nomem();
    *array = grown;
    *capacity = wanted;
    return DENOISE_OK;
}
