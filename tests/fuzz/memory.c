/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/memory.h"
#include <denoise/memory.h>
#include <jansson.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(int64_t) live, peak, requests;
static _Atomic(uint64_t) plan; /* state of the numbers that say which allocation fails; 0 = none does */
static _Atomic(bool) failed;

static bool request_fails(int64_t grown_by)
{
    atomic_fetch_add_explicit(&requests, 1, memory_order_relaxed);
    int64_t wanted = atomic_load_explicit(&live, memory_order_relaxed) + grown_by;
    int64_t before = atomic_load_explicit(&peak, memory_order_relaxed);
    while (wanted > before && !atomic_compare_exchange_weak(&peak, &before, wanted)) {
    }
    bool fails = wanted > FUZZ_MEMORY_LIMIT;
    uint64_t state = atomic_load_explicit(&plan, memory_order_relaxed);
    if (state != 0) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        atomic_store_explicit(&plan, state | 1, memory_order_relaxed);
        fails = fails || state >> 59 == 0;
    }
    if (fails) atomic_store_explicit(&failed, true, memory_order_relaxed);
    return fails;
}

static void count(void *pointer, int64_t sign)
{
    atomic_fetch_add_explicit(&live, sign * (int64_t)malloc_usable_size(pointer), memory_order_relaxed);
}

static int64_t clamped(size_t size)
{
    return size > (size_t)INT32_MAX ? INT32_MAX : (int64_t)size;
}

static void *allocate(size_t size, void *user_data)
{
    (void)user_data;
    void *pointer = request_fails(clamped(size)) ? NULL : malloc(size);
    if (pointer != NULL) count(pointer, 1);
    return pointer;
}

static void *reallocate(void *pointer, size_t size, void *user_data)
{
    if (pointer == NULL) return allocate(size, user_data);
    int64_t before = (int64_t)malloc_usable_size(pointer);
    if (request_fails(clamped(size) - before)) return NULL;
    void *moved = realloc(pointer, size);
    if (moved == NULL) return NULL;
    atomic_fetch_sub_explicit(&live, before, memory_order_relaxed);
    count(moved, 1);
    return moved;
}

static void release(void *pointer, void *user_data)
{
    (void)user_data;
    count(pointer, -1);
    free(pointer);
}

/* Only the checks here use jansson: counted, but never refused. */
static void *json_allocate(size_t size)
{
    void *pointer = malloc(size == 0 ? 1 : size);
    if (pointer != NULL) count(pointer, 1);
    int64_t now = atomic_load_explicit(&live, memory_order_relaxed);
    if (now > atomic_load_explicit(&peak, memory_order_relaxed)) atomic_store_explicit(&peak, now, memory_order_relaxed);
    return pointer;
}

static void json_release(void *pointer)
{
    if (pointer != NULL) release(pointer, NULL);
}

void fuzz_memory_install(void)
{
    denoise_allocator hook = {(int64_t)sizeof(hook), allocate, reallocate, release, NULL};
    if (denoise_set_allocator(&hook) != DENOISE_OK) {
        (void)fprintf(stderr, "fuzz: the allocator cannot be set: %s\n", denoise_last_error());
        abort();
    }
    json_object_seed(1); /* before the first object; else it is drawn from the system */
    json_set_alloc_funcs(json_allocate, json_release);
}

void fuzz_memory_begin(uint64_t key)
{
    atomic_store(&plan, key);
    atomic_store(&failed, false);
    atomic_store(&requests, 0);
    fuzz_memory_forget_peak();
}

void fuzz_memory_stop_failing(void)
{
    atomic_store(&plan, 0);
}

bool fuzz_memory_failing(void)
{
    return atomic_load(&plan) != 0;
}

int64_t fuzz_memory_requests(void)
{
    return atomic_load(&requests);
}

bool fuzz_memory_failed(void)
{
    return atomic_load(&failed);
}

int64_t fuzz_memory_live(void)
{
    return atomic_load(&live);
}

int64_t fuzz_memory_peak(void)
{
    return atomic_load(&peak);
}

void fuzz_memory_forget_peak(void)
{
    atomic_store(&peak, atomic_load(&live));
}
