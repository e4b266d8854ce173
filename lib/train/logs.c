/* SPDX-License-Identifier: Apache-2.0 */
#include "train/logs.h"
#include "core/memory.h"
#include "core/text.h"
#include <string.h>

denoise_status denoise__logs_new(denoise_logs **out)
{
    *out = denoise__allocate_zeroed(1, sizeof **out);
    return *out == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

void denoise_logs_free(denoise_logs *logs)
{
    if (logs == NULL || logs->lent > 0) return;
    for (int64_t i = 0; i < logs->capacity; i++)
        denoise__release(logs->entries[i].key);
    denoise__release(logs->entries);
    denoise__release(logs);
}

void denoise__logs_discard(void *logs)
{
    ((denoise_logs *)logs)->lent = 0;
    denoise_logs_free(logs);
}

void denoise__logs_clear(denoise_logs *logs)
{
    logs->count = 0;
}

static int64_t find(const denoise_logs *logs, const char *key)
{
    for (int64_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->entries[i].key, key) == 0) return i;
    }
    return -1;
}

bool denoise__logs_find(const denoise_logs *logs, const char *key, double *value)
{
    int64_t at = find(logs, key);
    if (at >= 0) *value = logs->entries[at].value;
    return at >= 0;
}

static denoise_status grow(denoise_logs *logs)
{
    int64_t capacity = logs->capacity > 0 ? logs->capacity * 2 : 16;
    denoise__log_entry *entries = denoise__reallocate(logs->entries, (size_t)capacity * sizeof *entries);
    if (entries == NULL) return denoise__fail_nomem();
    memset(entries + logs->capacity, 0, (size_t)(capacity - logs->capacity) * sizeof *entries);
    logs->entries = entries;
    logs->capacity = capacity;
    return DENOISE_OK;
}

/* A cleared entry behind the present ones that still has the memory of this key, so that each step finds its keys again. */
static bool revive(denoise_logs *logs, const char *key)
{
    for (int64_t i = logs->count; i < logs->capacity; i++) {
        if (logs->entries[i].key == NULL || strcmp(logs->entries[i].key, key) != 0) continue;
        denoise__log_entry other = logs->entries[logs->count];
        logs->entries[logs->count] = logs->entries[i];
        logs->entries[i] = other;
        return true;
    }
    return false;
}

denoise_status denoise_logs_set(denoise_logs *logs, const char *key, double value)
{
    DENOISE__CHECK_NULL(logs);
    DENOISE__CHECK_NULL(key);
    int64_t at = find(logs, key);
    if (at < 0) {
        if (logs->count == logs->capacity) DENOISE__TRY(grow(logs));
        if (!revive(logs, key)) {
            char *copy = denoise__copy_text(key);
            if (copy == NULL) return denoise__fail_nomem();
            denoise__release(logs->entries[logs->count].key);
            logs->entries[logs->count].key = copy;
        }
        at = logs->count++;
    }
    logs->entries[at].value = value;
    return DENOISE_OK;
}

denoise_status denoise__logs_copy(denoise_logs *to, const denoise_logs *from)
{
    for (int64_t i = 0; i < from->count; i++)
        DENOISE__TRY(denoise_logs_set(to, from->entries[i].key, from->entries[i].value));
    return DENOISE_OK;
}

static int by_key(const denoise__log_entry *a, const denoise__log_entry *b)
{
    return strcmp(a->key, b->key);
}

/* By insertion: a few entries, most often in order already; qsort may allocate. */
void denoise__logs_sort(denoise_logs *logs)
{
    for (int64_t i = 1; i < logs->count; i++) {
        denoise__log_entry entry = logs->entries[i];
        int64_t at = i;
        for (; at > 0 && by_key(&logs->entries[at - 1], &entry) > 0; at--)
            logs->entries[at] = logs->entries[at - 1];
        logs->entries[at] = entry;
    }
}

static denoise_status read_entry(denoise_logs *logs, const char *path, const denoise__visitor *visitor)
{
    char *key = NULL;
    double value = 0;
    denoise_status status = denoise__visit_text(visitor, path, "key", DENOISE__MOST_LOG_KEY, &key);
    if (status == DENOISE_OK) status = denoise__visit_doubles(visitor, path, "value", DENOISE__VARIABLE_COUNTER, &value, 1);
    if (status == DENOISE_OK) status = denoise_logs_set(logs, key, value);
    denoise__release(key);
    return status;
}

denoise_status denoise__logs_visit(denoise_logs *logs, const char *path, const denoise__visitor *visitor)
{
    char place[DENOISE__PATH_SIZE], number[32];
    int64_t count = logs->count;
    DENOISE__TRY(denoise__visit_within(visitor, path, "count", 0, INT32_MAX, &count));
    if (visitor->is_reading) denoise__logs_clear(logs);
    for (int64_t i = 0; i < count; i++) {
        denoise__format(number, sizeof number, "%lld", (long long)i);
        DENOISE__TRY(denoise__path_join(place, sizeof place, path, number));
        if (visitor->is_reading) {
            DENOISE__TRY(read_entry(logs, place, visitor));
            continue;
        }
        denoise__log_entry *entry = &logs->entries[i];
        DENOISE__TRY(denoise__visit_text(visitor, place, "key", DENOISE__MOST_LOG_KEY, &entry->key));
        DENOISE__TRY(denoise__visit_doubles(visitor, place, "value", DENOISE__VARIABLE_COUNTER, &entry->value, 1));
    }
    return DENOISE_OK;
}

int64_t denoise_logs_count(const denoise_logs *logs)
{
    return logs == NULL ? 0 : logs->count;
}

const char *denoise_logs_key(const denoise_logs *logs, int64_t index)
{
    return logs == NULL || index < 0 || index >= logs->count ? NULL : logs->entries[index].key;
}

denoise_status denoise_logs_get(const denoise_logs *logs, const char *key, double *value)
{
    DENOISE__CHECK_NULL(logs);
    DENOISE__CHECK_NULL(key);
    DENOISE__CHECK_NULL(value);
    int64_t at = find(logs, key);
    if (at < 0) return denoise__fail(DENOISE_ERR_NOT_FOUND, "the logs have no \"%s\"", key);
    *value = logs->entries[at].value;
    return DENOISE_OK;
}
