/* SPDX-License-Identifier: Apache-2.0 */
#include "train/history.h"
#include "core/memory.h"
#include "train/logs.h"
#include <math.h>
#include <string.h>

typedef struct column {
    char *key;
    double *values;
} column;

struct denoise_history {
    int64_t epoch_count, epoch_capacity;
    int64_t *epochs;
    int64_t column_count, column_capacity;
    column *columns;
};

denoise_status denoise__history_new(denoise_history **out)
{
    *out = denoise__allocate_zeroed(1, sizeof **out);
    return *out == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static void drop_columns(denoise_history *history, int64_t left)
{
    while (history->column_count > left) {
        const column *last = &history->columns[--history->column_count];
        denoise__release(last->key);
        denoise__release(last->values);
    }
}

void denoise__history_clear(denoise_history *history)
{
    drop_columns(history, 0);
    history->epoch_count = 0;
}

void denoise__history_free(denoise_history *history)
{
    if (history == NULL) return;
    denoise__history_clear(history);
    denoise__release(history->epochs);
    denoise__release(history->columns);
    denoise__release(history);
}

/* Room for one more epoch in every column, so that adding it cannot fail half-way. */
static denoise_status grow_epochs(denoise_history *history)
{
    if (history->epoch_count < history->epoch_capacity) return DENOISE_OK;
    int64_t capacity = history->epoch_capacity > 0 ? history->epoch_capacity * 2 : 16;
    int64_t *epochs = denoise__reallocate(history->epochs, (size_t)capacity * sizeof *epochs);
    if (epochs == NULL) return denoise__fail_nomem();
    history->epochs = epochs;
    for (int64_t i = 0; i < history->column_count; i++) {
        double *values = denoise__reallocate(history->columns[i].values, (size_t)capacity * sizeof *values);
        if (values == NULL) return denoise__fail_nomem();
        history->columns[i].values = values;
    }
    history->epoch_capacity = capacity;
    return DENOISE_OK;
}

static column *find(const denoise_history *history, const char *key)
{
    for (int64_t i = 0; i < history->column_count; i++) {
        if (strcmp(history->columns[i].key, key) == 0) return &history->columns[i];
    }
    return NULL;
}

static denoise_status grow_columns(denoise_history *history)
{
    if (history->column_count < history->column_capacity) return DENOISE_OK;
    int64_t capacity = history->column_capacity > 0 ? history->column_capacity * 2 : 8;
    column *columns = denoise__reallocate(history->columns, (size_t)capacity * sizeof *columns);
    if (columns == NULL) return denoise__fail_nomem();
    history->columns = columns;
    history->column_capacity = capacity;
    return DENOISE_OK;
}

static denoise_status add_column(denoise_history *history, const char *key)
{
    DENOISE__TRY(grow_columns(history));
    column added = {.key = denoise__copy_text(key),
                    .values = denoise__allocate_zeroed((size_t)history->epoch_capacity, sizeof *added.values)};
    if (added.key == NULL || added.values == NULL) {
        denoise__release(added.key);
        denoise__release(added.values);
        return denoise__fail_nomem();
    }
    for (int64_t i = 0; i < history->epoch_count; i++)
        added.values[i] = NAN;
    history->columns[history->column_count++] = added;
    return DENOISE_OK;
}

/* Columns for all keys, or none more than before. */
static denoise_status add_columns(denoise_history *history, const denoise_logs *logs)
{
    int64_t before = history->column_count;
    for (int64_t i = 0; i < logs->count; i++) {
        if (find(history, logs->entries[i].key) != NULL) continue;
        denoise_status status = add_column(history, logs->entries[i].key);
        if (status == DENOISE_OK) continue;
        drop_columns(history, before);
        return status;
    }
    return DENOISE_OK;
}

denoise_status denoise__history_add(denoise_history *history, int64_t epoch, const denoise_logs *logs)
{
    DENOISE__TRY(grow_epochs(history));
    DENOISE__TRY(add_columns(history, logs));
    int64_t at = history->epoch_count++;
    history->epochs[at] = epoch;
    for (int64_t i = 0; i < history->column_count; i++)
        history->columns[i].values[at] = NAN;
    for (int64_t i = 0; i < logs->count; i++)
        find(history, logs->entries[i].key)->values[at] = logs->entries[i].value;
    return DENOISE_OK;
}

int64_t denoise_history_epochs(const denoise_history *history)
{
    return history == NULL ? 0 : history->epoch_count;
}

int64_t denoise_history_epoch(const denoise_history *history, int64_t index)
{
    return history == NULL || index < 0 || index >= history->epoch_count ? -1 : history->epochs[index];
}

int64_t denoise_history_key_count(const denoise_history *history)
{
    return history == NULL ? 0 : history->column_count;
}

const char *denoise_history_key(const denoise_history *history, int64_t index)
{
    return history == NULL || index < 0 || index >= history->column_count ? NULL : history->columns[index].key;
}

const double *denoise_history_values(const denoise_history *history, const char *key)
{
    const column *found = history == NULL || key == NULL ? NULL : find(history, key);
    return found == NULL ? NULL : found->values;
}
