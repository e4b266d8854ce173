/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 at random moments of save: a child saves two contents over one path in turn until it is killed; then the file is
 * exactly one of the two, there is at most one temporary file, and the next save removes it. The same for a CSV log during fit:
 * whole rows, except one that the kernel was told to write when the kill came. */
#include "files_world.h"
#include "support/campaign.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { QUICK = 90, FULL = 1000, UNITS = 200, LOG_SHARE = 10, ROWS = 100000 };

/* Shared with the child. */
typedef struct progress {
    atomic_llong begun, ended; /* saves */
    atomic_int failed;
} progress;

typedef struct victim {
    const writer *kind;
    char path[TEMP_PATH_SIZE + 64];
    char *bytes[2];
    size_t sizes[2];
    int64_t save_time; /* in nanoseconds */
} victim;

static temp_dir folder;
static denoise_model *models[2];
static progress *shared;

static denoise_status save_large(const char *path, int content)
{
    return denoise_model_save_weights(models[content], path);
}

static denoise_status load_large(const char *path, int content)
{
    denoise_model *model = world_model(1 - content, UNITS);
    denoise_status status = denoise_model_load_weights(model, path, NULL);
    if (status == DENOISE_OK && hash_of_weights(model) != hash_of_weights(models[content])) status = DENOISE_ERR_INTERNAL;
    denoise_model_free(model);
    return status;
}

static const writer large = {"model_save_weights, 160 KB", ".safetensors", save_large, load_large, false};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void open_victim(victim *v, const writer *kind)
{
    v->kind = kind;
    (void)snprintf(v->path, sizeof v->path, "%s/target%s", folder.path, kind->extension);
    int64_t start = now();
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(kind->write(v->path, i));
        v->bytes[i] = temp_dir_read(&folder, strrchr(v->path, '/') + 1, &v->sizes[i]);
    }
    v->save_time = (now() - start) / 2;
    assert_true(v->sizes[0] != v->sizes[1] || memcmp(v->bytes[0], v->bytes[1], v->sizes[0]) != 0);
    assert_int_equal(unlink(v->path), 0);
}

static void close_victim(victim *v)
{
    (void)unlink(v->path);
    free(v->bytes[0]);
    free(v->bytes[1]);
}

static void save_until_killed(const victim *v)
{
    for (int content = 0;; content = 1 - content) {
        atomic_fetch_add(&shared->begun, 1);
        if (v->kind->write(v->path, content) != DENOISE_OK) atomic_store(&shared->failed, 1);
        atomic_fetch_add(&shared->ended, 1);
    }
}

/* Lets the child run until it has begun, and then for a random part of `time`; then kills it. */
static void kill_after(campaign *c, pid_t child, int64_t time)
{
    const struct timespec moment = {0, 50000};
    int result;
    while (atomic_load(&shared->begun) == 0)
        nanosleep(&moment, NULL);
    int64_t delay = campaign_below(c, time);
    nanosleep(&(struct timespec){(time_t)(delay / 1000000000), (long)(delay % 1000000000)}, NULL);
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &result, 0), child);
    campaign_check(c, WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL, "the child ended by itself: %d", result);
}

static void start(void)
{
    atomic_store(&shared->begun, 0);
    atomic_store(&shared->ended, 0);
    atomic_store(&shared->failed, 0);
}

typedef struct totals {
    int64_t kills, inside, with_temporary, log_kills, careless_kills, careless_lost, torn_rows;
} totals;

static void check_file(campaign *c, const victim *v)
{
    bool first = holds(v->path, v->bytes[0], v->sizes[0]), second = holds(v->path, v->bytes[1], v->sizes[1]);
    const char *name = v->kind->name;
    if (!first && !second && access(v->path, F_OK) != 0) {
        campaign_check(c, atomic_load(&shared->ended) == 0, "%s: there is no file after a save", name);
        return;
    }
    campaign_check(c, first || second, "%s: the file is neither of the two", name);
    if (v->kind->load == NULL) return;
    campaign_check(c, v->kind->load(v->path, second) == DENOISE_OK, "%s: the file does not load: %s", name,
                   denoise_last_error());
}

static void try_kill(campaign *c, const victim *v, totals *sums)
{
    start();
    (void)fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) save_until_killed(v);
    kill_after(c, child, 3 * v->save_time);
    sums->kills++;
    sums->inside += atomic_load(&shared->begun) > atomic_load(&shared->ended);
    campaign_check(c, atomic_load(&shared->failed) == 0, "%s: a save failed in the child", v->kind->name);
    check_file(c, v);
    int temporaries = count_temporaries(&folder, strrchr(v->path, '/') + 1, NULL);
    sums->with_temporary += temporaries > 0;
    campaign_check(c, temporaries <= 1, "%s: %d temporary files", v->kind->name, temporaries);
    if (temporaries == 0 && c->current % 8 != 0) return; /* the child's first file is the old one for the next child */
    campaign_check(c, v->kind->write(v->path, 0) == DENOISE_OK, "the next save fails: %s", denoise_last_error());
    campaign_check(c, holds(v->path, v->bytes[0], v->sizes[0]), "%s: the next save wrote something else", v->kind->name);
    temporaries = count_temporaries(&folder, strrchr(v->path, '/') + 1, NULL);
    campaign_check(c, temporaries == 0, "%s: %d temporary files after the next save", v->kind->name, temporaries);
}

/* Would this campaign see a writer that is not careful? */

static const victim *copied;

static denoise_status write_carelessly(const char *path, int content)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) return DENOISE_ERR_IO;
    size_t written = fwrite(copied->bytes[content], 1, copied->sizes[content], file);
    return fclose(file) == 0 && written == copied->sizes[content] ? DENOISE_OK : DENOISE_ERR_IO;
}

static void try_careless(campaign *c, const victim *v, totals *sums)
{
    static const writer careless = {"careless", "", write_carelessly, NULL, false};
    victim other = *v;
    other.kind = &careless;
    copied = v;
    start();
    (void)fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) save_until_killed(&other);
    kill_after(c, child, v->save_time);
    sums->careless_kills++;
    sums->careless_lost += !holds(v->path, v->bytes[0], v->sizes[0]) && !holds(v->path, v->bytes[1], v->sizes[1]);
    (void)unlink(v->path);
}

/* The CSV log. */

static denoise_status count_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs, (void)user_data;
    atomic_fetch_add(&shared->begun, 1);
    return DENOISE_OK;
}

static denoise_status fit_with_log(const char *path, int64_t epochs)
{
    denoise_model *model = world_model(0, 3);
    denoise_tensor *x = random_rows(4, 3, 0), *y = random_rows(4, 4, 1);
    denoise_trainer *trainer;
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = 1e-6;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = count_epoch;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(path, ",", 1)));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = epochs;
    options.verbose = 0;
    denoise_status status = denoise_trainer_fit(trainer, x, y, &options);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    return status;
}

static void check_rows(campaign *c, const char *text, size_t size, int64_t least, int64_t most)
{
    denoise_tensor *table = NULL;
    temp_dir_write(&folder, "whole.csv", text, size);
    denoise_status status = denoise_csv_load(&table, NULL, temp_dir_file(&folder, "whole.csv"), NULL, NULL);
    campaign_check(c, status == DENOISE_OK, "the log does not load: %s", denoise_last_error());
    int64_t rows = table == NULL ? -1 : denoise_tensor_dim(table, 0);
    campaign_check(c, rows >= least && rows <= most, "%d rows, expected %d or %d", (int)rows, (int)least, (int)most);
    denoise_tensor_free(table);
    assert_int_equal(unlink(temp_dir_file(&folder, "whole.csv")), 0);
}

/* The kernel ends a write that a kill meets between two pages of the file: then the row that was being written is torn, and no
 * other. */
static void try_kill_of_log(campaign *c, totals *sums)
{
    const char *path = temp_dir_file(&folder, "log.csv");
    start();
    (void)fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(fit_with_log(path, ROWS) == DENOISE_OK ? 0 : 1);
    kill_after(c, child, 10000000);
    sums->log_kills++;
    int64_t told = atomic_load(&shared->begun);
    size_t size, longer;
    char *text = read_if_there(temp_dir_file(&folder, "log.csv"), &size);
    assert_non_null(text);
    size_t whole = size;
    while (whole > 0 && text[whole - 1] != '\n')
        whole--;
    sums->torn_rows += whole < size;
    check_rows(c, text, whole, told, whole < size ? told : told + 1);
    ASSERT_OK(fit_with_log(temp_dir_file(&folder, "log.csv"), 2));
    char *after = read_if_there(temp_dir_file(&folder, "log.csv"), &longer);
    size_t begin = whole < size ? size + 2 : size; /* a torn row gets its line end */
    bool kept = longer > begin && memcmp(after, text, size) == 0 && after[begin - 1] == '\n';
    if (campaign_check(c, kept, "a fit that goes on with the log does not keep it")) {
        memmove(after + whole, after + begin, longer - begin);
        check_rows(c, after, whole + longer - begin, told + 2, whole < size ? told + 2 : told + 3);
    }
    free(text);
    free(after);
    assert_int_equal(unlink(temp_dir_file(&folder, "log.csv")), 0);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "files_kills", argc, argv, QUICK, FULL)) return campaign_end(&c);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    temp_dir_make(&folder);
    world_open();
    for (int i = 0; i < 2; i++)
        models[i] = world_model(i, UNITS);
    totals sums = {0};
    int64_t number = 0, share = c.budget / (writer_count + 2) + 1;
    for (int i = -1; i < writer_count; i++) {
        victim v;
        open_victim(&v, i < 0 ? &large : &writers[i]);
        for (int64_t k = i < 0 ? -share : 0; k < share && sums.kills < c.budget; k++, number++)
            if (campaign_case(&c, number)) try_kill(&c, &v, &sums);
        for (int64_t k = 0; i < 0 && c.only < 0 && k < c.budget / LOG_SHARE; k++)
            try_careless(&c, &v, &sums);
        close_victim(&v);
    }
    for (int64_t k = 0; k < c.budget / LOG_SHARE; k++, number++)
        if (campaign_case(&c, number)) try_kill_of_log(&c, &sums);
    denoise_model_free(models[0]);
    denoise_model_free(models[1]);
    world_close();
    temp_dir_remove(&folder);
    campaign_count(&c, "kills", sums.kills);
    campaign_count(&c, "of them inside a save", sums.inside);
    campaign_count(&c, "of them left a temporary file, which the next save removed", sums.with_temporary);
    campaign_count(&c, "kills of a fit with a CSV log", sums.log_kills);
    campaign_count(&c, "of them tore the row that was being written", sums.torn_rows);
    campaign_count(&c, "kills of a careless writer", sums.careless_kills);
    campaign_count(&c, "of them lost the file", sums.careless_lost);
    campaign_check(&c, c.only >= 0 || sums.careless_lost > 0, "a careless writer was not found out");
    campaign_check(&c, c.only >= 0 || sums.with_temporary > 0, "no kill was in time to leave a temporary file");
    return campaign_end(&c);
}
