/* SPDX-License-Identifier: Apache-2.0 */
/* Stop requests from signal handlers at random moments of fit: it ends at most one batch later with DENOISE_OK, the history and
 * the weights of a run that was stopped at that batch, and can go on from there. Then a storm of signals without a request, in
 * which fit, save, load and a CSV log give what they give in silence. Handlers and masks stay those of the host.
 * The budget is in stop requests. */
#define _DEFAULT_SOURCE /* setitimer */
#include "support/temp_dir.h"
#include "threads/scene.h"
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { EPOCHS = 60, BATCHES = EPOCHS * SCENE_STEPS, MICROSECONDS = 4000 };
enum { BY_TIMER, TO_THREAD, TO_PROCESS, WAYS };

static denoise_trainer *volatile stopped_trainer;
static atomic_int begun, done, begun_at_request, requests, ticks;

static uint64_t weights_after[BATCHES + 1]; /* of an undisturbed run, after each batch */
static double losses[EPOCHS];

static void request_stop(int signal)
{
    (void)signal;
    atomic_store(&begun_at_request, atomic_load(&begun));
    denoise_trainer_stop(stopped_trainer);
    atomic_fetch_add(&requests, 1);
}

static void count_tick(int signal)
{
    (void)signal;
    atomic_fetch_add(&ticks, 1);
}

/* Without SA_RESTART, so that system calls are interrupted. */
static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, NULL) != 0) scene_need(DENOISE_ERR_INVALID, "sigaction");
}

static void set_timer(long microseconds, long interval)
{
    struct itimerval timer = {.it_value = {0, microseconds}, .it_interval = {0, interval}};
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

typedef struct request {
    int way;
    long delay;      /* microseconds after the training began */
    int64_t stop_at; /* >= 0: a callback asks at the end of this batch instead */
    bool records;    /* fills weights_after */
    pthread_t sender, target;
    bool sends;
} request;

static void *send_signal(void *context)
{
    const request *r = context;
    sigset_t all;
    (void)sigfillset(&all);
    if (r->way == TO_THREAD) (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    scene_sleep((double)r->delay * 1e-6);
    if (r->way == TO_THREAD) (void)pthread_kill(r->target, SIGUSR1);
    if (r->way == TO_PROCESS) (void)kill(getpid(), SIGUSR2);
    return NULL;
}

/* The request must not come before fit has forgotten older ones. */
static denoise_status arm(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    request *r = user_data;
    (void)trainer, (void)logs;
    if (r->delay <= 0) return DENOISE_OK;
    if (r->way == BY_TIMER) set_timer(r->delay, 0);
    r->target = pthread_self();
    r->sends = r->way != BY_TIMER && pthread_create(&r->sender, NULL, send_signal, r) == 0;
    return DENOISE_OK;
}

static denoise_status batch_begin(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)batch, (void)logs, (void)user_data;
    atomic_fetch_add(&begun, 1);
    return DENOISE_OK;
}

static denoise_status batch_end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    const request *r = user_data;
    int number = atomic_fetch_add(&done, 1) + 1;
    (void)batch, (void)logs;
    denoise_status status = DENOISE_OK;
    if (r->records) weights_after[number] = scene_weights(&status, denoise_trainer_model(trainer));
    if (r->stop_at == number) denoise_trainer_stop(trainer);
    return status;
}

typedef struct outcome {
    denoise_status status;
    int batches;
    int64_t epochs;
    uint64_t weights, later; /* later: after one more epoch */
    bool history_agrees;
} outcome;

static outcome run(const scene *data, request *r, bool goes_on)
{
    outcome out = {0};
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    scene s = {.model = scene_model(11), .x = data->x, .y = data->y};
    denoise_trainer *trainer = scene_trainer(s.model);
    hooks.on_train_begin = arm;
    hooks.on_train_batch_begin = batch_begin;
    hooks.on_train_batch_end = batch_end;
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, r, NULL)));
    atomic_store(&begun, 0);
    atomic_store(&done, 0);
    stopped_trainer = trainer;
    out.status = scene_fit(trainer, &s, EPOCHS, 11);
    out.batches = atomic_load(&done);
    if (r->sends) (void)pthread_join(r->sender, NULL);
    set_timer(0, 0);
    denoise_status status;
    out.weights = scene_weights(&status, s.model);
    const denoise_history *history = denoise_trainer_history(trainer);
    const double *values = denoise_history_values(history, "loss");
    out.epochs = denoise_history_epochs(history);
    out.history_agrees = values != NULL;
    for (int64_t i = 0; out.history_agrees && !r->records && i < out.batches / SCENE_STEPS; i++)
        out.history_agrees = values[i] == losses[i];
    if (r->records) memcpy(losses, values, sizeof losses);
    r->delay = 0;
    if (goes_on) out.later = scene_fit(trainer, &s, 1, 12) == DENOISE_OK ? scene_weights(&status, s.model) : 0;
    stopped_trainer = NULL;
    denoise_trainer_free(trainer);
    denoise_model_free(s.model);
    return out;
}

static void ask_once(campaign *c, const scene *data, int64_t number, int64_t *late)
{
    request r = {.way = (int)(number % WAYS), .delay = 1 + (long)campaign_below(c, MICROSECONDS), .stop_at = -1};
    int before = atomic_load(&requests);
    NEED(denoise_set_num_threads((int32_t)(number / WAYS % 3 + 1)));
    bool goes_on = number % 4 == 0;
    outcome out = run(data, &r, goes_on);
    bool came = atomic_load(&requests) > before;
    campaign_check(c, out.status == DENOISE_OK, "fit: %s", denoise_status_name(out.status));
    campaign_check(c, out.batches >= 1 && out.batches <= BATCHES, "%d batches", out.batches);
    campaign_check(c, out.weights == weights_after[out.batches], "stopped after %d batches: other weights", out.batches);
    campaign_check(c, out.epochs == (out.batches - 1) / SCENE_STEPS + 1, "%d batches, %lld epochs in the history", out.batches,
                   (long long)out.epochs);
    campaign_check(c, out.history_agrees, "the history of the finished epochs differs");
    if (out.batches == BATCHES) {
        (*late)++;
    } else {
        campaign_check(c, came, "fit ended after %d batches without a request", out.batches);
        campaign_check(c, out.batches <= atomic_load(&begun_at_request) + 1, "asked in batch %d, ended after %d",
                       atomic_load(&begun_at_request), out.batches);
    }
    if (!goes_on || out.batches == BATCHES) return;
    request again = {.stop_at = out.batches};
    outcome reference = run(data, &again, true);
    campaign_check(c, reference.batches == out.batches && reference.weights == out.weights, "a callback's stop differs");
    campaign_check(c, out.later != 0 && out.later == reference.later, "going on after a stop gives other weights");
}

/* The masks of all threads as the system tells them, in one text; those of the pool first block everything. */
static uint64_t hash_masks(int64_t *threads)
{
    uint64_t sum = 0;
    *threads = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *entry; tasks != NULL && (entry = readdir(tasks)) != NULL;) {
        char path[300], line[256];
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL) continue;
        while (fgets(line, sizeof line, file) != NULL) {
            if (strncmp(line, "SigBlk", 6) == 0) sum += scene_hash(line, strlen(line));
        }
        (void)fclose(file);
        ++*threads;
    }
    if (tasks != NULL) (void)closedir(tasks);
    return sum;
}

static uint64_t hash_handlers(void)
{
    uint64_t hash = 0;
    for (int number = 1; number <= 64; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0) continue;
        hash = hash * 31 + scene_hash(&action.sa_handler, sizeof action.sa_handler) + (uint64_t)action.sa_flags;
        for (int masked = 1; masked <= 64; masked++)
            hash = hash * 3 + (sigismember(&action.sa_mask, masked) == 1);
    }
    return hash;
}

typedef struct results {
    uint64_t weights, csv, file, loaded, prediction;
    denoise_status status;
} results;

static results work(const scene *data, const temp_dir *folder)
{
    results out = {0};
    char csv[TEMP_PATH_SIZE + 32], path[TEMP_PATH_SIZE + 32];
    (void)snprintf(csv, sizeof csv, "%s/log.csv", folder->path);
    (void)snprintf(path, sizeof path, "%s/w.safetensors", folder->path);
    scene s = {.model = scene_model(11), .x = data->x, .y = data->y};
    denoise_model *other = scene_model(12);
    denoise_trainer *trainer = scene_trainer(s.model);
    denoise_status status;
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(csv, ",", 0)));
    out.status = scene_fit(trainer, &s, 60, 11);
    out.weights = scene_weights(&status, s.model);
    out.csv = scene_file_hash(csv);
    for (int i = 0; i < 20 && out.status == DENOISE_OK; i++) {
        out.status = denoise_model_save_weights(s.model, path);
        if (out.status == DENOISE_OK) out.status = denoise_model_load_weights(other, path, NULL);
    }
    out.file = scene_file_hash(path);
    out.loaded = scene_weights(&status, other);
    out.prediction = scene_predict(&status, other, &s, SCENE_ROWS);
    denoise_trainer_free(trainer);
    denoise_model_free(s.model);
    denoise_model_free(other);
    return out;
}

static void storm(campaign *c, const scene *data, int64_t rounds)
{
    temp_dir folder;
    temp_dir_make(&folder);
    NEED(denoise_set_num_threads(3));
    results silent = work(data, &folder);
    NEED(silent.status);
    int64_t threads, threads_before;
    uint64_t masks = hash_masks(&threads_before), handlers;
    handle(SIGALRM, count_tick);
    handlers = hash_handlers();
    for (int64_t i = 0; i < rounds; i++) {
        set_timer(1000, 1000);
        results loud = work(data, &folder);
        set_timer(0, 0);
        campaign_check(c, loud.status == DENOISE_OK, "in a storm of signals: %s", denoise_last_error());
        campaign_check(c, loud.weights == silent.weights && loud.prediction == silent.prediction,
                       "a storm changes the weights");
        campaign_check(c, loud.csv == silent.csv && loud.csv != 0, "a storm changes the CSV log");
        campaign_check(c, loud.file == silent.file && loud.loaded == silent.loaded, "a storm changes the saved file");
    }
    campaign_check(c, hash_handlers() == handlers, "a signal's handler has changed");
    uint64_t after = hash_masks(&threads);
    campaign_check(c, after == masks && threads == threads_before, "a thread's mask has changed");
    campaign_check(c, atomic_load(&ticks) > 0, "no signal came");
    temp_dir_remove(&folder);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_stops", argc, argv, 150, 1000)) return campaign_end(&c);
    scene data;
    scene_make(&data, 1);
    handle(SIGALRM, request_stop);
    handle(SIGUSR1, request_stop);
    handle(SIGUSR2, request_stop);
    request undisturbed = {.stop_at = -1, .records = true};
    outcome whole = run(&data, &undisturbed, false);
    NEED(whole.status);
    int64_t late = 0, asked = 0;
    uint64_t handlers = hash_handlers();
    for (int64_t i = 0; i < c.budget; i++) {
        if (!campaign_case(&c, i)) continue;
        ask_once(&c, &data, i, &late);
        asked++;
    }
    campaign_check(&c, hash_handlers() == handlers, "a signal's handler has changed");
    storm(&c, &data, c.full ? 20 : 2);
    scene_clear(&data);
    denoise_shutdown();
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    campaign_count(&c, "stop requests from signal handlers", asked);
    campaign_count(&c, "of them after the last batch", late);
    campaign_count(&c, "signals of the storm", atomic_load(&ticks));
    return campaign_end(&c);
}
