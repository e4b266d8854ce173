/* SPDX-License-Identifier: Apache-2.0 */
/* A row per epoch in a CSV file (keras/src/callbacks/csv_logger.py): Python's numbers, lines end with CR LF as csv.excel writes
 * them.
 *
 * As in Keras, fit empties the file when it begins, or goes on with it (append), and each row is in the file when its epoch
 * ends. Beyond Keras:
 * - the file is emptied only when nothing else can go wrong: while it cannot be opened, the old log stays;
 * - the header goes in together with the first row, and a row that does not fit is taken back, so that the file has whole rows
 *   only and a program that reads it later, or goes on with it, is not misled. Fit ends with the system's reason;
 * - a log that ends within a row, as after a kill in the middle of a write or a power cut, gets a line end before the first new
 * row; nothing of it is removed. A fit that goes on where the state of another one was written goes on with its file, whether
 * it appends or not, and takes back the rows that were added since: they come again. Rows are not synced to the disk, which
 * would cost more than a short epoch: a killed process loses none that is in, a power cut may. */
#include "core/memory.h"
#include "core/text.h"
#include "files/row_file.h"
#include "train/callback.h"
#include "train/logs.h"
#include <string.h>

typedef struct config {
    char *filename;
    char separator[DENOISE__TEXT_SIZE];
    int32_t append;
} config;

typedef struct state {
    denoise__row_file file;
    bool writes_header;
    int64_t key_count;
    char **keys;  /* NULL before the first epoch */
    int64_t size; /* of the file after its last row, or as it was opened; -1: not known, or no regular file */
    denoise__text row;
} state;

static const denoise__param params[] = {
    DENOISE__PARAM_TEXT(config, filename, NULL, DENOISE__LONG_TEXT, NULL, "path of the file"),
    DENOISE__PARAM_TEXT(config, separator, ",", 0, NULL, "one byte between the fields"),
    DENOISE__PARAM_BOOL(config, append, "false", "go on with a file that exists"),
};

static denoise_status check(const void *configuration)
{
    const config *c = configuration;
    if (strlen(c->separator) == 1 && strchr("\"\r\n", c->separator[0]) == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "csv_logger: separator is \"%s\", expected one byte that is no quote or line end",
                         c->separator);
}

static denoise_status create(denoise_callback *callback)
{
    state *s = callback->state;
    s->file.fd = -1;
    s->size = -1;
    return DENOISE_OK;
}

static denoise_status name_self(denoise_status status)
{
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "csv_logger: ");
}

static void forget_keys(state *s)
{
    for (int64_t i = 0; i < s->key_count; i++)
        denoise__release(s->keys[i]);
    denoise__release(s->keys);
    s->keys = NULL;
    s->key_count = 0;
}

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    const config *c = callback->part.config;
    bool goes_on = denoise__trainer_run_params(trainer)->is_resumed && s->size >= 0;
    (void)logs;
    DENOISE__TRY(name_self(denoise__row_file_close(&s->file))); /* open after a fit that failed */
    DENOISE__TRY(name_self(denoise__row_file_open(&s->file, &s->writes_header, c->filename, goes_on || c->append != 0)));
    if (goes_on) {
        s->writes_header = s->writes_header || s->size == 0;
        return name_self(denoise__row_file_cut(&s->file, s->size));
    }
    forget_keys(s);
    s->size = s->file.size;
    return DENOISE_OK;
}

static denoise_status write_rows(state *s)
{
    if (s->row.failed) return denoise__fail_nomem();
    DENOISE__TRY(name_self(denoise__row_file_add(&s->file, s->row.data, s->row.length)));
    s->writes_header = false;
    s->size = s->file.size;
    return DENOISE_OK;
}

/* csv.excel quotes a field that has the separator, a quote or a line end in it. */
static void append_field(denoise__text *row, const char *field, char separator)
{
    const char special[] = {separator, '"', '\r', '\n', '\0'};
    if (strpbrk(field, special) == NULL) {
        denoise__text_append(row, field, strlen(field));
        return;
    }
    denoise__text_append(row, "\"", 1);
    for (; *field != '\0'; field++)
        denoise__text_append(row, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
    denoise__text_append(row, "\"", 1);
}

static denoise_status add_key(state *s, const char *prefix, const char *key)
{
    denoise__text text = {0};
    denoise__text_printf(&text, "%s%s", prefix, key);
    denoise_status status = denoise__text_take(&text, &s->keys[s->key_count]);
    denoise__text_free(&text);
    if (status == DENOISE_OK) s->key_count++;
    return status;
}

static bool has_validation(const denoise_logs *logs)
{
    for (int64_t i = 0; i < logs->count; i++) {
        if (strncmp(logs->entries[i].key, "val_", 4) == 0) return true;
    }
    return false;
}

/* The keys of the first epoch, sorted; without validation in it, columns for validation follow all the same. */
static denoise_status choose_keys(state *s, const denoise_logs *logs)
{
    s->keys = denoise__allocate_zeroed(2 * (size_t)logs->count + 1, sizeof *s->keys);
    if (s->keys == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < logs->count; i++)
        DENOISE__TRY(add_key(s, "", logs->entries[i].key));
    for (int64_t i = 1; i < s->key_count; i++) {
        char *key = s->keys[i];
        int64_t at = i;
        for (; at > 0 && strcmp(s->keys[at - 1], key) > 0; at--)
            s->keys[at] = s->keys[at - 1];
        s->keys[at] = key;
    }
    int64_t count = s->key_count;
    for (int64_t i = 0; i < count && !has_validation(logs); i++)
        DENOISE__TRY(add_key(s, "val_", s->keys[i]));
    return DENOISE_OK;
}

static void append_header(state *s, char separator)
{
    denoise__text_append(&s->row, "epoch", 5);
    for (int64_t i = 0; i < s->key_count; i++) {
        denoise__text_append(&s->row, &separator, 1);
        append_field(&s->row, s->keys[i], separator);
    }
    denoise__text_append(&s->row, "\r\n", 2);
}

static void append_row(state *s, char separator, int64_t epoch, const denoise_logs *logs)
{
    denoise__text_printf(&s->row, "%lld", (long long)epoch);
    for (int64_t i = 0; i < s->key_count; i++) {
        char field[40] = "NA";
        for (int64_t j = 0; j < logs->count; j++) {
            if (strcmp(logs->entries[j].key, s->keys[i]) == 0)
                denoise__format_repr(field, sizeof field, logs->entries[j].value);
        }
        denoise__text_append(&s->row, &separator, 1);
        append_field(&s->row, field, separator);
    }
    denoise__text_append(&s->row, "\r\n", 2);
}

static denoise_status epoch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t epoch, denoise_logs *logs)
{
    state *s = callback->state;
    char separator = ((const config *)callback->part.config)->separator[0];
    (void)trainer;
    denoise__text_clear(&s->row);
    if (s->keys == NULL) {
        denoise_status status = choose_keys(s, logs);
        if (status != DENOISE_OK) {
            forget_keys(s);
            return status;
        }
    }
    if (s->writes_header) append_header(s, separator);
    append_row(s, separator, epoch, logs);
    return write_rows(s);
}

static denoise_status end(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    state *s = callback->state;
    (void)trainer;
    (void)logs;
    return name_self(denoise__row_file_close(&s->file));
}

static denoise_status visit_keys(state *s, const char *path, const denoise__visitor *visitor)
{
    char name[32];
    int64_t count = s->key_count;
    DENOISE__TRY(denoise__visit_within(visitor, path, "key_count", 0, INT32_MAX, &count));
    if (visitor->is_reading) {
        forget_keys(s);
        if (count > 0) s->keys = denoise__allocate_zeroed((size_t)count, sizeof *s->keys);
        if (count > 0 && s->keys == NULL) return denoise__fail_nomem();
        s->key_count = count;
    }
    for (int64_t i = 0; i < count; i++) {
        denoise__format(name, sizeof name, "key_%lld", (long long)i);
        DENOISE__TRY(denoise__visit_text(visitor, path, name, DENOISE__MOST_LOG_KEY, &s->keys[i]));
    }
    return DENOISE_OK;
}

static denoise_status visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor)
{
    state *s = callback->state;
    (void)trainer;
    DENOISE__TRY(denoise__visit_within(visitor, path, "size", -1, INT64_MAX, &s->size));
    denoise_status status = visit_keys(s, path, visitor);
    if (status != DENOISE_OK && visitor->is_reading) forget_keys(s); /* some may be missing */
    return status;
}

static void destroy(denoise_callback *callback)
{
    state *s = callback->state;
    (void)denoise__row_file_close(&s->file);
    forget_keys(s);
    denoise__text_free(&s->row);
}

extern const denoise__callback_kind denoise__callback_csv_logger;
const denoise__callback_kind denoise__callback_csv_logger = {
    .base = {.name = "csv_logger",
             .class_name = "CSVLogger",
             .doc = "writes the logs of every epoch to a CSV file",
             .config_size = sizeof(config),
             .params = params,
             .param_count = sizeof params / sizeof *params,
             .check = check},
    .state_size = sizeof(state),
    .create = create,
    .begin = begin,
    .epoch_end = epoch_end,
    .end = end,
    .visit = visit,
    .destroy = destroy,
};

denoise_callback *denoise_callback_csv_logger(const char *path, const char *separator, int32_t append)
{
    denoise__gather given = denoise__gather_begin();
    if (given.status == DENOISE_OK && path == NULL) given.status = denoise__fail_null(__func__, "path");
    denoise__gather_text(&given, "filename", path);
    if (separator != NULL) denoise__gather_text(&given, "separator", separator);
    denoise__gather_bool(&given, "append", append);
    return denoise__callback_make("csv_logger", &given);
}
