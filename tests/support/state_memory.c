/* SPDX-License-Identifier: Apache-2.0 */
#include "support/state_memory.h"
#include "support/cmocka_test.h"
#include <stdlib.h>
#include <string.h>

void state_memory_clear(state_memory *memory)
{
    for (int64_t i = 0; i < memory->count; i++) {
        free(memory->entries[i].path);
        free(memory->entries[i].variable.values);
    }
    free(memory->entries);
    *memory = (state_memory){.fails_at = memory->fails_at};
}

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static denoise_status keep(void *context, const char *path, denoise__variable *variable)
{
    state_memory *memory = context;
    if (++memory->seen == memory->fails_at) return denoise__fail(DENOISE_ERR_IO, "told to fail at %s", path);
    if (memory->count == memory->capacity) {
        memory->capacity = memory->capacity * 2 + 64;
        memory->entries = realloc(memory->entries, (size_t)memory->capacity * sizeof *memory->entries);
        assert_non_null(memory->entries);
    }
    state_entry entry = {.path = copy_of(path, strlen(path) + 1), .variable = *variable};
    entry.variable.values = copy_of(variable->values, denoise__variable_bytes(variable));
    memory->entries[memory->count++] = entry;
    return DENOISE_OK;
}

denoise__visitor state_memory_writer(state_memory *memory)
{
    state_memory_clear(memory);
    return (denoise__visitor){.variable = keep, .context = memory};
}

static denoise_status give(void *context, const char *path, denoise__variable *variable)
{
    state_memory *memory = context;
    const state_entry *entry = &memory->entries[memory->next];
    if (memory->next == memory->count || strcmp(entry->path, path) != 0)
        return denoise__fail(DENOISE_ERR_NOT_FOUND, "%s is not the next variable of the state", path);
    if (entry->variable.dtype != variable->dtype || entry->variable.count != variable->count)
        return denoise__fail(DENOISE_ERR_SHAPE, "%s has another type or size", path);
    bool fails = ++memory->seen == memory->fails_at;
    size_t size = denoise__variable_bytes(variable);
    memcpy(variable->values, entry->variable.values, fails ? size / 2 : size);
    memory->next++;
    return fails ? denoise__fail(DENOISE_ERR_IO, "told to fail at %s", path) : DENOISE_OK;
}

denoise__visitor state_memory_reader(state_memory *memory)
{
    memory->next = memory->seen = 0;
    return (denoise__visitor){.variable = give, .context = memory, .is_reading = true};
}

static bool is_same(const state_entry *a, const state_entry *b)
{
    size_t size = denoise__variable_bytes(&a->variable);
    return strcmp(a->path, b->path) == 0 && a->variable.dtype == b->variable.dtype && a->variable.role == b->variable.role &&
           size == denoise__variable_bytes(&b->variable) && memcmp(a->variable.values, b->variable.values, size) == 0;
}

const char *state_memory_differs(const state_memory *a, const state_memory *b)
{
    for (int64_t i = 0; i < a->count && i < b->count; i++) {
        if (!is_same(&a->entries[i], &b->entries[i])) return a->entries[i].path;
    }
    return a->count == b->count ? NULL : "their number";
}

const denoise__variable *state_memory_find(const state_memory *memory, const char *path)
{
    for (int64_t i = 0; i < memory->count; i++) {
        if (strcmp(memory->entries[i].path, path) == 0) return &memory->entries[i].variable;
    }
    fail_msg("the state has no %s", path);
    return NULL;
}
