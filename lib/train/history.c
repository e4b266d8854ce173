/* SPDX-License-Identifier: Apache-2.0 */
#include "train/history.h"
#include "core/memory.h"
#include "core/text.h"
#include "train/logs.h"
#include <math.h>
#include <string.h>

/* Of what is read: more is a mistake. */
static const int64_t MOST_EPOCHS = (int64_t)1 << 40, MOST_KEYS = (int64_t)1 << 20;

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

static void release_content(denoise_history *history)
{
    denoise__history_clear(history);
    denoise__release(history->epochs);
    denoise__release(history->columns);
}

void denoise__history_free(denoise_history *history)
{
    if (history == NULL) return;
    release_content(history);
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

/* Room in an empty history; keys come later. */
static denoise_status make_room(denoise_history *history, int64_t epochs, int64_t keys)
{
    history->epoch_capacity = epochs > 0 ? epochs : 1;
    history->column_capacity = keys > 0 ? keys : 1;
    history->epochs = denoise__allocate_zeroed((size_t)history->epoch_capacity, sizeof *history->epochs);
    history->columns = denoise__allocate_zeroed((size_t)history->column_capacity, sizeof *history->columns);
    if (history->epochs == NULL || history->columns == NULL) return denoise__fail_nomem();
    history->epoch_count = epochs;
    for (; history->column_count < keys; history->column_count++) {
        column *at = &history->columns[history->column_count];
        at->values = denoise__allocate_zeroed((size_t)history->epoch_capacity, sizeof *at->values);
        if (at->values == NULL) return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

static denoise_status visit_content(denoise_history *history, const char *path, const denoise__visitor *visitor)
{
    char place[DENOISE__PATH_SIZE], number[32];
    int64_t epochs = history->epoch_count, keys = history->column_count;
    DENOISE__TRY(denoise__visit_within(visitor, path, "epoch_count", 0, MOST_EPOCHS, &epochs));
    DENOISE__TRY(denoise__visit_within(visitor, path, "key_count", 0, MOST_KEYS, &keys));
    if (visitor->is_reading) DENOISE__TRY(make_room(history, epochs, keys));
    if (epochs > 0) DENOISE__TRY(denoise__visit_int64s(visitor, path, "epochs", history->epochs, epochs));
    for (int64_t i = 0; i < keys; i++) {
        column *at = &history->columns[i];
        denoise__format(number, sizeof number, "%lld", (long long)i);
        DENOISE__TRY(denoise__path_join(place, sizeof place, path, number));
        DENOISE__TRY(denoise__visit_text(visitor, place, "key", DENOISE__MOST_LOG_KEY, &at->key));
        DENOISE__TRY(denoise__visit_doubles(visitor, place, "values", DENOISE__VARIABLE_COUNTER, at->values, epochs));
    }
    return DENOISE_OK;
}

denoise_status denoise__history_visit(denoise_history *history, const char *path, const denoise__visitor *visitor)
{
    denoise_history fresh = {0};
    if (!visitor->is_reading) return visit_content(history, path, visitor);
    denoise_status status = visit_content(&fresh, path, visitor);
    if (status == DENOISE_OK) {
        denoise_history old = *history;
        *history = fresh;
        fresh = old;
    }
    release_content(&fresh);
    return status;
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
