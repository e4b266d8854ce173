/* SPDX-License-Identifier: Apache-2.0 */
/* Records the operations of one save of each format, and looks at every state that a power cut at any moment may leave on the
 * disk: the target is the old file or the new one, bit for bit and with its mode; once the save has told its success, the new
 * one; and the next save works and tidies up. Wrong orders of operations, made on purpose, must be found. */
#include "crash_model.h"
#include "files_shim.h"
#include "files_world.h"
#include "support/campaign.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* States of each format and case, beside all those after the renaming. */
enum { QUICK = 500, FULL = 100000000, OLD_MODE = 0640, UNITS = 64 };

static temp_dir folder;
static denoise_model *models[2];

static denoise_status save_wide(const char *path, int content)
{
    return denoise_model_save_weights(models[content], path);
}

static denoise_status load_wide(const char *path, int content)
{
    denoise_model *model = world_model(1 - content, UNITS);
    denoise_status status = denoise_model_load_weights(model, path, NULL);
    if (status == DENOISE_OK && hash_of_weights(model) != hash_of_weights(models[content])) status = DENOISE_ERR_INTERNAL;
    denoise_model_free(model);
    return status;
}

/* A file of several pages, beside those of the table. */
static const writer wide = {"model_save_weights, several pages", ".safetensors", save_wide, load_wide, false};

typedef struct experiment {
    campaign *c;
    const writer *kind;
    bool has_old;
    char path[TEMP_PATH_SIZE + 64], temporary[TEMP_PATH_SIZE + 64];
    char *bytes[2];
    size_t sizes[2];
    crash_log log;
    int64_t stride, seen, tried;
    int64_t violations; /* states that break the promise */
    const char *first;  /* and how, for the first */
    bool only_counts;   /* the order is wrong on purpose */
} experiment;

/* The recorder. */

static void record(const file_op *op, void *user_data)
{
    experiment *e = user_data;
    crash_op made = {.kind = CRASH_WRITE, .mode = op->mode, .size = op->size};
    switch (op->call) {
    case CALL_open:
        if (op->role != ROLE_TEMPORARY) return;
        made.kind = CRASH_CREATE;
        (void)snprintf(e->temporary, sizeof e->temporary, "%s", op->path);
        break;
    case CALL_fchmod:
        made.kind = CRASH_MODE;
        break;
    case CALL_write:
        break;
    case CALL_fsync:
        made.kind = op->role == ROLE_FOLDER ? CRASH_SYNC_FOLDER : CRASH_SYNC_FILE;
        break;
    case CALL_rename:
        made.kind = CRASH_RENAME;
        break;
    default:
        return;
    }
    crash_log_add(&e->log, &made, op->data);
}

static denoise_status save_unsynced(const experiment *e, int content)
{
    files_shim_arm(&(fault){0});
    denoise_status status = e->kind->write(e->path, content);
    files_shim_disarm();
    return status;
}

/* The states. */

static void put(const char *path, const void *data, size_t size, mode_t mode)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void materialise(const experiment *e, const crash_state *state)
{
    (void)unlink(e->path);
    (void)unlink(e->temporary);
    if (state->temporary_is_there) put(e->temporary, state->content, state->size, state->mode);
    if (state->target_is_new) {
        put(e->path, state->content, state->size, state->mode);
    } else if (e->has_old) {
        put(e->path, e->bytes[0], e->sizes[0], OLD_MODE);
    }
}

static const char *look(const experiment *e, const crash_state *state)
{
    struct stat facts;
    bool is_new = holds(e->path, e->bytes[1], e->sizes[1]);
    if (!is_new && (e->has_old ? !holds(e->path, e->bytes[0], e->sizes[0]) : access(e->path, F_OK) == 0)) {
        return "the target is neither the old file nor the new one";
    }
    if (!is_new && state->finished) return "the save had succeeded, and the new file is lost";
    if (!is_new && !e->has_old) return NULL;
    if (e->has_old && (stat(e->path, &facts) != 0 || (facts.st_mode & 0777) != OLD_MODE)) return "the mode is another";
    if (e->kind->load == NULL || e->kind->load(e->path, is_new) == DENOISE_OK) return NULL;
    return "what is there does not load";
}

static const char *save_next(const experiment *e)
{
    if (save_unsynced(e, 0) != DENOISE_OK || !holds(e->path, e->bytes[0], e->sizes[0])) return "the next save fails";
    return count_temporaries(&folder, strrchr(e->path, '/') + 1, NULL) == 0 ? NULL : "the next save leaves a temporary file";
}

static void visit(const crash_state *state, void *user_data)
{
    experiment *e = user_data;
    bool chosen = (e->seen++ + (int64_t)e->c->seed) % e->stride == 0;
    if (!chosen && !state->finished && !state->target_is_new) return;
    e->tried++;
    materialise(e, state);
    const char *wrong = look(e, state);
    if (wrong != NULL && e->first == NULL) e->first = wrong;
    e->violations += wrong != NULL;
    if (e->only_counts) return;
    const char *text = "%s, %s: state %d after %d of %d operations: %s";
    const char *place = e->has_old ? "over an old file" : "new";
    campaign_check(e->c, wrong == NULL, text, e->kind->name, place, (int)e->seen, state->done, e->log.count, wrong);
    wrong = save_next(e);
    campaign_check(e->c, wrong == NULL, text, e->kind->name, place, (int)e->seen, state->done, e->log.count, wrong);
}

static void count_only(const crash_state *state, void *user_data)
{
    (void)state;
    (void)user_data;
}

static int64_t explore(experiment *e)
{
    int64_t states = crash_each(&e->log, count_only, NULL);
    campaign_check(e->c, states > e->log.count, "%s: the states cannot be listed", e->kind->name);
    e->stride = (states - 1) / e->c->budget + 1;
    e->seen = e->violations = 0;
    e->first = NULL;
    (void)crash_each(&e->log, visit, e);
    return states;
}

/* Wrong orders. */

static int find(const crash_log *log, crash_kind kind)
{
    int last = -1;
    for (int i = 0; i < log->count; i++)
        if (log->ops[i].kind == kind) last = i;
    return last;
}

static void take_out(crash_log *log, int at)
{
    memmove(&log->ops[at], &log->ops[at + 1], (size_t)(--log->count - at) * sizeof log->ops[0]);
}

static void move(crash_log *log, int from, int to)
{
    crash_op op = log->ops[from];
    take_out(log, from);
    memmove(&log->ops[to + 1], &log->ops[to], (size_t)(log->count++ - to) * sizeof log->ops[0]);
    log->ops[to] = op;
}

static void no_sync_of_the_file(crash_log *log)
{
    take_out(log, find(log, CRASH_SYNC_FILE));
}

static void rename_before_the_sync(crash_log *log)
{
    move(log, find(log, CRASH_RENAME), find(log, CRASH_SYNC_FILE));
}

static void a_write_after_the_sync(crash_log *log)
{
    move(log, find(log, CRASH_WRITE), find(log, CRASH_SYNC_FILE));
}

static void no_sync_of_the_folder(crash_log *log)
{
    take_out(log, find(log, CRASH_SYNC_FOLDER));
}

static void folder_before_the_rename(crash_log *log)
{
    move(log, find(log, CRASH_SYNC_FOLDER), find(log, CRASH_RENAME));
}

static void mode_after_the_sync(crash_log *log)
{
    move(log, find(log, CRASH_MODE), find(log, CRASH_SYNC_FILE));
}

static const struct {
    const char *name, *found; /* found: what must be seen first */
    void (*spoil)(crash_log *log);
} mistakes[] = {
    {"no sync of the file", "the target is neither the old file nor the new one", no_sync_of_the_file},
    {"rename before the sync", "the target is neither the old file nor the new one", rename_before_the_sync},
    {"a write after the sync", "the target is neither the old file nor the new one", a_write_after_the_sync},
    {"no sync of the folder", "the save had succeeded, and the new file is lost", no_sync_of_the_folder},
    {"folder before the rename", "the save had succeeded, and the new file is lost", folder_before_the_rename},
    {"mode after the sync", "the mode is another", mode_after_the_sync},
};

static int64_t try_mistakes(const experiment *right)
{
    static experiment e;
    int64_t found = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        e = *right;
        e.only_counts = true;
        mistakes[i].spoil(&e.log);
        (void)explore(&e);
        bool seen = e.violations > 0 && strcmp(e.first, mistakes[i].found) == 0;
        campaign_check(e.c, seen, "%s: the mistake \"%s\" is not found: %d violations, first \"%s\"", e.kind->name,
                       mistakes[i].name, (int)e.violations, e.first != NULL ? e.first : "none");
        found += seen;
    }
    return found;
}

typedef struct totals {
    int64_t operations, states, tried, mistakes;
} totals;

static void try_writer(campaign *c, const writer *kind, bool has_old, totals *sums)
{
    static experiment e;
    e = (experiment){.c = c, .kind = kind, .has_old = has_old};
    (void)snprintf(e.path, sizeof e.path, "%s/target%s", folder.path, kind->extension);
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(save_unsynced(&e, i));
        e.bytes[i] = temp_dir_read(&folder, strrchr(e.path, '/') + 1, &e.sizes[i]);
    }
    assert_int_equal(unlink(e.path), 0);
    if (has_old) put(e.path, e.bytes[0], e.sizes[0], OLD_MODE);
    files_shim_observe(record, &e);
    ASSERT_OK(save_unsynced(&e, 1));
    files_shim_observe(NULL, NULL);
    sums->operations += e.log.count;
    /* What replaces a private file must not be readable for others while it is written, not even at first. */
    bool is_private = e.log.count > 0 && e.log.ops[0].kind == CRASH_CREATE && (!has_old || e.log.ops[0].mode == 0600);
    campaign_check(c, is_private, "%s: the new file is not made private, or not first", kind->name);
    sums->states += explore(&e);
    sums->tried += e.tried;
    if (has_old) sums->mistakes += try_mistakes(&e);
    (void)unlink(e.path);
    (void)unlink(e.temporary);
    free(e.bytes[0]);
    free(e.bytes[1]);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "files_crashes", argc, argv, QUICK, FULL)) return campaign_end(&c);
    totals sums = {0};
    make_fast_folder(&folder);
    world_open();
    for (int i = 0; i < 2; i++)
        models[i] = world_model(i, UNITS);
    for (int i = -1; i < writer_count; i++) {
        for (int has_old = 0; has_old < 2; has_old++) {
            if (campaign_case(&c, 2 * (i + 1) + has_old)) try_writer(&c, i < 0 ? &wide : &writers[i], has_old != 0, &sums);
        }
    }
    denoise_model_free(models[0]);
    denoise_model_free(models[1]);
    world_close();
    temp_dir_remove(&folder);
    campaign_count(&c, "operations recorded", sums.operations);
    campaign_count(&c, "legal crash states", sums.states);
    campaign_count(&c, "crash states tried", sums.tried);
    campaign_count(&c, "wrong orders found", sums.mistakes);
    return campaign_end(&c);
}
