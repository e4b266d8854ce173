/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/storage.h"
#include "core/memory.h"

struct denoise__storage {
    atomic_int references;
    bool is_owned;
    void *data;
    void *user_data;
    void (*destroy)(void *user_data);
};

static denoise__storage *make(void *data)
{
    denoise__storage *storage = denoise__allocate_zeroed(1, sizeof *storage);
    if (storage == NULL) return NULL;
    atomic_init(&storage->references, 1);
    storage->data = data;
    return storage;
}

denoise__storage *denoise__storage_new(int64_t bytes)
{
    void *data = denoise__allocate_aligned(bytes > 0 ? (size_t)bytes : 1);
    if (data == NULL) return NULL;
    denoise__storage *storage = make(data);
    if (storage == NULL) {
        denoise__release_aligned(data);
        return NULL;
    }
    storage->is_owned = true;
    return storage;
}

denoise__storage *denoise__storage_borrow(void *data, void *user_data, void (*destroy)(void *user_data))
{
    denoise__storage *storage = make(data);
    if (storage == NULL) return NULL;
    storage->user_data = user_data;
    storage->destroy = destroy;
    return storage;
}

void *denoise__storage_data(denoise__storage *storage)
{
    return storage->data;
}

void denoise__storage_retain(denoise__storage *storage)
{
    atomic_fetch_add_explicit(&storage->references, 1, memory_order_relaxed);
}

void denoise__storage_disown(denoise__storage *storage)
{
    storage->destroy = NULL;
}

void denoise__storage_release(denoise__storage *storage)
{
    if (atomic_fetch_sub_explicit(&storage->references, 1, memory_order_acq_rel) != 1) return;
    if (storage->is_owned) denoise__release_aligned(storage->data);
    if (storage->destroy != NULL) storage->destroy(storage->user_data);
    denoise__release(storage);
}
