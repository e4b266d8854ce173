/* SPDX-License-Identifier: Apache-2.0 */
/* Every file call of a fit with a CSV log fails in every way: the log has whole rows only, the old ones as long as nothing
 * took their place, one for each epoch that said so; fit names path and cause; the weights are those of whole epochs; no
 * descriptor stays open; the next fit logs again. */
#include "files_points.h"
#include "files_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUICK = 400, FULL = 1000000, EPOCHS = 3 };

static const char old_rows[] = "epoch,loss,val_loss\r\n0,4.0,NA\r\n1,3.0,NA\r\n";

typedef struct log {
    const char *old; /* NULL = there is none */
    bool appends;
    char path[TEMP_PATH_SIZE + 64];
    denoise_tensor *x, *y;
    denoise_tensor *weights[2]; /* before fit */
    uint64_t hashes[EPOCHS + 1];
    uint64_t hash; /* after the fit that was tried */
    char *whole;   /* the log of a fit in which nothing failed */
    size_t size;
} log;

static denoise_status fit(log *l, int64_t epochs, const char *path)
{
    denoise_model *model = world_model(0, 3);
    denoise_trainer *trainer;
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = 1e-6;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    if (path != NULL) ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(path, ",", l->appends)));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = epochs;
    options.verbose = 0;
    denoise_status status = denoise_trainer_fit(trainer, l->x, l->y, &options);
    l->hash = hash_of_weights(model);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    return status;
}

static void prepare(const subject *it)
{
    const log *l = it->context;
    (void)unlink(l->path);
    if (l->old == NULL) return;
    FILE *file = fopen(l->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(l->old, 1, strlen(l->old), file), strlen(l->old));
    assert_int_equal(fclose(file), 0);
}

static denoise_status act(const subject *it)
{
    log *l = it->context;
    return fit(l, EPOCHS, l->path);
}

/* Rows of the new fit at the end of `text`, which begins as the whole log does; -1: it ends within a row, or differs. */
static int rows_of(const log *l, const char *text, size_t size)
{
    if (size > l->size || memcmp(text, l->whole, size) != 0) return -1;
    if (size > 0 && text[size - 1] != '\n') return -1;
    int missing = 0;
    for (size_t i = size; i < l->size; i++)
        missing += l->whole[i] == '\n';
    return missing < EPOCHS ? EPOCHS - missing : 0;
}

static const char *judge_rows(const log *l, denoise_status status, const char *text, size_t size)
{
    bool is_old = l->old != NULL && size == strlen(l->old) && memcmp(text, l->old, size) == 0;
    int rows = is_old ? 0 : rows_of(l, text, size);
    if (rows < 0) return "the log does not consist of whole rows";
    if (l->appends && l->old != NULL && size < strlen(l->old)) return "the old log has lost rows";
    if (status == DENOISE_OK) return rows == EPOCHS ? NULL : "it succeeded, and rows are missing";
    bool before_row = l->hash == l->hashes[rows < EPOCHS ? rows + 1 : EPOCHS]; /* the epoch whose row could not be written */
    bool at_begin = rows == 0 && l->hash == l->hashes[0];
    return before_row || at_begin ? NULL : "the rows are not those of the epochs that were run";
}

static const char *judge(const subject *it, denoise_status status)
{
    log *l = it->context;
    size_t size;
    char *text = read_if_there(l->path, &size);
    const char *wrong = NULL;
    if (text == NULL && l->old != NULL) wrong = "the old log is gone";
    if (text == NULL && l->hash != l->hashes[0]) wrong = "there is no log of the epochs that were run";
    if (l->whole == NULL && text != NULL) { /* the fit without a fault shows how the log looks */
        l->whole = text;
        l->size = size;
        return NULL;
    }
    /* What cannot be taken back stays. */
    bool may_be_torn = files_shim_hits(CALL_ftruncate, ROLE_LOG) > 0 && files_shim_hits(CALL_write, ROLE_LOG) > 0;
    if (text != NULL && !may_be_torn) wrong = judge_rows(l, status, text, size);
    free(text);
    return wrong;
}

/* Its three rows are on lines of their own, whatever was there before. */
static const char *judge_again(const subject *it)
{
    const log *l = it->context;
    size_t size;
    char *text = read_if_there(l->path, &size);
    const char *rows = l->whole + l->size; /* the last three lines */
    for (int lines = 0; lines <= EPOCHS; rows--)
        lines += rows > l->whole && rows[-1] == '\n';
    rows += 1;
    size_t length = (size_t)(l->whole + l->size - rows);
    bool ends_so = text != NULL && size >= length && memcmp(text + size - length, rows, length) == 0;
    bool on_own_lines = ends_so && size > length && text[size - length - 1] == '\n';
    free(text);
    return on_own_lines ? NULL : "the next fit does not log whole rows";
}

static void try_log(campaign *c, point_counts *counts, const temp_dir *folder, const char *name, const char *old, bool appends)
{
    log l = {.old = old, .appends = appends, .x = random_rows(4, 3, 0), .y = random_rows(4, 4, 1)};
    (void)snprintf(l.path, sizeof l.path, "%s/log.csv", folder->path);
    for (int64_t epochs = 1; epochs <= EPOCHS; epochs++) {
        ASSERT_OK(fit(&l, epochs, NULL));
        l.hashes[epochs] = l.hash;
        assert_true(epochs == 1 || l.hash != l.hashes[epochs - 1]);
    }
    denoise_model *model = world_model(0, 3);
    l.hashes[0] = hash_of_weights(model);
    denoise_model_free(model);
    try_points(c, counts, &(subject){name, l.path, &l, c->budget, prepare, act, judge, judge_again, false});
    denoise_tensor_free(l.x);
    denoise_tensor_free(l.y);
    free(l.whole);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "files_log", argc, argv, QUICK, FULL)) return campaign_end(&c);
    point_counts counts = {0};
    temp_dir folder;
    make_fast_folder(&folder);
    ASSERT_OK(denoise_set_num_threads(1));
    try_log(&c, &counts, &folder, "new log", NULL, false);
    try_log(&c, &counts, &folder, "log in the place of an old one", old_rows, false);
    try_log(&c, &counts, &folder, "new log, appending", NULL, true);
    try_log(&c, &counts, &folder, "log after an old one", old_rows, true);
    try_log(&c, &counts, &folder, "log after a torn row", "epoch,loss,val_loss\r\n0,4.0", true);
    denoise_shutdown();
    temp_dir_remove(&folder);
    campaign_count(&c, "file calls", counts.calls);
    campaign_count(&c, "pairs of call and error", counts.pairs);
    campaign_count(&c, "points tried (a pair once, its function for ever, all calls for ever)", counts.points);
    return campaign_end(&c);
}
