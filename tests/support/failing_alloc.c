/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_alloc.h"
#include "support/cmocka_test.h"
#include <denoise/memory.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The size of a block stands in front of it; 16 bytes keep malloc's alignment. */
enum { HEADER = 16 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int64_t calls, live, bytes, peak;
    int64_t countdown; /* 0 = never fails */
    bool for_ever, failed;
} state;

/* Counts a call and tells whether it has to fail. */
static bool count_call(void)
{
    state.calls++;
    if (state.countdown == 0) return false;
    if (state.countdown > 1) {
        state.countdown--;
        return false;
    }
    if (!state.for_ever) state.countdown = 0;
    state.failed = true;
    return true;
}

static void add_bytes(int64_t bytes)
{
    state.bytes += bytes;
    if (state.bytes > state.peak) state.peak = state.bytes;
}

static size_t block_size(const void *pointer)
{
    size_t size;
    memcpy(&size, (const char *)pointer - HEADER, sizeof(size));
    return size;
}

static void *change(void *pointer, size_t size)
{
    char *block = realloc(pointer == NULL ? NULL : (char *)pointer - HEADER, size + HEADER);
    if (block == NULL) return NULL;
    memcpy(block, &size, sizeof(size));
    return block + HEADER;
}

static void *hook_reallocate(void *pointer, size_t size, void *user_data)
{
    (void)user_data;
    (void)pthread_mutex_lock(&mutex);
    void *result = NULL;
    size_t before = pointer == NULL ? 0 : block_size(pointer);
    if (!count_call()) result = change(pointer, size);
    if (result != NULL) {
        state.live += pointer == NULL;
        add_bytes((int64_t)size - (int64_t)before);
    }
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

static void *hook_allocate(size_t size, void *user_data)
{
    void *result = hook_reallocate(NULL, size, user_data);
    if (result != NULL) memset(result, 0xA5, size); /* nothing may count on zeros */
    return result;
}

static void hook_release(void *pointer, void *user_data)
{
    (void)user_data;
    (void)pthread_mutex_lock(&mutex);
    state.live--;
    state.bytes -= (int64_t)block_size(pointer);
    (void)pthread_mutex_unlock(&mutex);
    free((char *)pointer - HEADER);
}

void failing_alloc_install(void)
{
    denoise_allocator hook = {sizeof(denoise_allocator), hook_allocate, hook_reallocate, hook_release, NULL};
    assert_int_equal(denoise_set_allocator(&hook), DENOISE_OK);
    memset(&state, 0, sizeof(state));
}

void failing_alloc_remove(void)
{
    assert_int_equal(failing_alloc_live(), 0);
    assert_int_equal(denoise_set_allocator(NULL), DENOISE_OK);
}

void failing_alloc_arm(int64_t nth, bool for_ever)
{
    (void)pthread_mutex_lock(&mutex);
    state.countdown = nth;
    state.for_ever = for_ever;
    state.failed = false;
    (void)pthread_mutex_unlock(&mutex);
}

bool failing_alloc_disarm(void)
{
    (void)pthread_mutex_lock(&mutex);
    bool failed = state.failed;
    state.countdown = 0;
    (void)pthread_mutex_unlock(&mutex);
    return failed;
}

static int64_t look(const int64_t *field)
{
    (void)pthread_mutex_lock(&mutex);
    int64_t value = *field;
    (void)pthread_mutex_unlock(&mutex);
    return value;
}

int64_t failing_alloc_calls(void)
{
    return look(&state.calls);
}

int64_t failing_alloc_live(void)
{
    return look(&state.live);
}

int64_t failing_alloc_bytes(void)
{
    return look(&state.bytes);
}

int64_t failing_alloc_peak(void)
{
    return look(&state.peak);
}

void failing_alloc_forget_peak(void)
{
    (void)pthread_mutex_lock(&mutex);
    state.peak = state.bytes;
    (void)pthread_mutex_unlock(&mutex);
}

int failing_alloc_set_up(void **state)
{
    (void)state;
    failing_alloc_install();
    return 0;
}

int failing_alloc_tear_down(void **state)
{
    (void)state;
    failing_alloc_remove();
    return 0;
}
