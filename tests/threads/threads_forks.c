/* SPDX-License-Identifier: Apache-2.0 */
/* fork() after threaded training, beside it, inside it, beside changes of the settings, and before exec: children compute the
 * right bits or get a status, and end; no descriptor of the library's goes through exec; the parent goes on with the right
 * bits. The budget is in forks. */
#include "core/log.h"
#include "support/sanitizer.h"
#include "support/temp_dir.h"
#include "threads/process_facts.h"
#include "threads/scene.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BESIDE_LOG, AFTER_FIT, BESIDE_FIT, IN_CALLBACK, BESIDE_SETTINGS, BESIDE_CBLAS, BEFORE_EXEC, KINDS };
enum { LOG_FORKS = 20, HANGS_AFTER = 30 /* seconds; a child that needs more than one is counted */ };

static const char *const kind_names[KINDS] = {
    "beside log lines before there is a sink",
    "after a threaded fit",
    "beside a fit",
    "in a callback of fit",
    "beside changes of the settings",
    "beside a fit that uses a BLAS",
    "and exec beside saves and a CSV log",
};

/* Exit codes of children. */
enum { FINE, WRONG_BITS, WRONG_STATUS, NOT_ALLOWED, LEFT_OPEN, REASONS };
static const char *const reasons[REASONS] = {"fine", "other bits", "a status that is neither OK nor BUSY",
                                             "a call that must work failed", "a descriptor went through exec"};

typedef struct home {
    scene s;    /* nobody trains its model */
    scene busy; /* the other thread does */
    denoise_trainer *busy_trainer;
    uint64_t predicted, trained; /* of s and of a model like it */
    temp_dir folder;
    char path[TEMP_PATH_SIZE + 32], csv[TEMP_PATH_SIZE + 32];
    const char *program;
    int64_t descriptors; /* that were open when the program began */
    atomic_bool over;
    findings bad;
    pthread_t helper;
} home;

static home h;
static bool is_child; /* this process came from a fork in a callback */
static double forked_at;
static int64_t slowest_ms, slow; /* children, from fork to end; over a second */

static uint64_t train_anew(denoise_status *status)
{
    denoise_model *kept = h.s.model;
    h.s.model = scene_model(7);
    denoise_trainer *trainer = scene_trainer(h.s.model);
    *status = scene_fit(trainer, &h.s, 1, 7);
    uint64_t hash = *status == DENOISE_OK ? scene_weights(status, h.s.model) : 0;
    denoise_trainer_free(trainer);
    denoise_model_free(h.s.model);
    h.s.model = kept;
    return hash;
}

/* What every child does: predict and train on what is its own, look at what another thread was training. */
static int compute_in_child(void)
{
    denoise_status status;
    uint64_t hash = scene_predict(&status, h.s.model, &h.s, SCENE_ROWS);
    if (status != DENOISE_OK) return WRONG_STATUS;
    if (hash != h.predicted) return WRONG_BITS;
    (void)scene_predict(&status, h.busy.model, &h.busy, SCENE_ROWS);
    if (status != DENOISE_OK && status != DENOISE_ERR_BUSY) return WRONG_STATUS;
    status = scene_fit(h.busy_trainer, &h.busy, 1, 1);
    if (status != DENOISE_OK && status != DENOISE_ERR_BUSY) return WRONG_STATUS;
    hash = train_anew(&status);
    if (status != DENOISE_OK) return WRONG_STATUS;
    return hash == h.trained ? FINE : WRONG_BITS;
}

/* Settings that are the child's own, then the end. */
static int finish_child(int code)
{
    if (code != FINE) return code;
    if (denoise_set_num_threads(2) != DENOISE_OK || denoise_set_log_sink(NULL) != DENOISE_OK) return NOT_ALLOWED;
    if (denoise_set_engine("native") != DENOISE_OK) return NOT_ALLOWED;
    denoise_shutdown();
    return FINE;
}

static void expect_child(campaign *c, pid_t process, int kind)
{
    int status = 0;
    if (!campaign_check(c, process > 0, "fork: %s", strerror(errno))) return;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    int64_t ms = (int64_t)((scene_seconds() - forked_at) * 1e3);
    slowest_ms = ms > slowest_ms ? ms : slowest_ms;
    slow += ms > 1000;
    if (WIFSIGNALED(status)) {
        campaign_check(c, false, "fork %s: the child died by signal %d%s", kind_names[kind], WTERMSIG(status),
                       WTERMSIG(status) == SIGALRM ? ": it hung" : "");
        return;
    }
    int code = WEXITSTATUS(status);
    campaign_check(c, code == FINE, "fork %s: %s (exit code %d)", kind_names[kind], code < REASONS ? reasons[code] : "?", code);
}

/* Frees all that the child has and ends it as programs end, by exit(), in every second case. */
static _Noreturn void end_child(int code, bool frees)
{
    if (code == FINE) code = finish_child(code);
    if (!frees) _exit(code);
    denoise_trainer_free(h.busy_trainer);
    scene_clear(&h.busy);
    scene_clear(&h.s);
    if (code == FINE && denoise_memory_blocks() != 0) code = NOT_ALLOWED;
    exit(code);
}

static pid_t fork_child(void)
{
    (void)fflush(NULL);
    /* A thread that is still starting, or has just started another, may hold AddressSanitizer's allocator lock, which the child
     * would inherit locked. */
    if (DENOISE_TEST_ASAN) (void)process_wait_others_sleep();
    forked_at = scene_seconds();
    pid_t process = fork();
    if (process == 0) (void)alarm(HANGS_AFTER);
    return process;
}

static void after_fit(campaign *c, int64_t number)
{
    denoise_status status;
    NEED(denoise_set_num_threads((int32_t)(number / KINDS % 3 + 2)));
    (void)train_anew(&status);
    pid_t process = fork_child();
    if (process == 0) end_child(compute_in_child(), number / KINDS % 2 == 0);
    expect_child(c, process, AFTER_FIT);
}

static void start_helper(void *(*run)(void *))
{
    atomic_store(&h.over, false);
    if (pthread_create(&h.helper, NULL, run, NULL) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
}

static void stop_helper(void)
{
    atomic_store(&h.over, true);
    (void)pthread_join(h.helper, NULL);
}

static void *train_often(void *unused)
{
    (void)unused;
    while (!atomic_load(&h.over)) {
        denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
        options.batch_size = SCENE_BATCH; /* verbose: it asks for the log sink all the time */
        denoise_status status = denoise_trainer_fit(h.busy_trainer, h.busy.x, h.busy.y, &options);
        found(&h.bad, status == DENOISE_OK, "fit of the parent's other thread: %s", denoise_last_error());
    }
    return NULL;
}

static void beside_fit(campaign *c, int kind)
{
    start_helper(train_often);
    scene_sleep((double)campaign_below(c, 3000) * 1e-6);
    pid_t process = fork_child();
    if (process == 0) end_child(compute_in_child(), false);
    expect_child(c, process, kind);
    stop_helper();
}

static denoise_status fork_at(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    pid_t *process = user_data;
    (void)trainer, (void)logs;
    if (batch != SCENE_STEPS / 2 || *process != 0 || is_child) return DENOISE_OK;
    *process = fork_child();
    is_child = *process == 0;
    return DENOISE_OK;
}

/* The child goes on training where its parent was, and so does the parent. */
static void in_callback(campaign *c, int64_t number)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_status status;
    scene s;
    pid_t process = 0;
    scene_make(&s, 7);
    denoise_trainer *trainer = scene_trainer(s.model);
    hooks.on_train_batch_end = fork_at;
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &process, NULL)));
    status = scene_fit(trainer, &s, 1, 7);
    uint64_t hash = status == DENOISE_OK ? scene_weights(&status, s.model) : 0;
    denoise_trainer_free(trainer);
    scene_clear(&s);
    if (is_child) {
        int code = status != DENOISE_OK ? WRONG_STATUS : hash == h.trained ? FINE : WRONG_BITS;
        end_child(code == FINE ? compute_in_child() : code, number / KINDS % 2 == 0);
    }
    campaign_check(c, hash == h.trained, "a fork in a callback has changed the parent's training");
    expect_child(c, process, IN_CALLBACK);
}

static void *ask_log_often(void *unused)
{
    (void)unused;
    while (!atomic_load(&h.over))
        (void)denoise__log_enabled();
    return NULL;
}

/* Has its effect only as long as nobody has set a sink. */
static void beside_log(campaign *c)
{
    start_helper(ask_log_often);
    for (int i = 0; i < LOG_FORKS; i++) {
        pid_t process = fork_child();
        if (process == 0) _exit(denoise_model_print_summary(h.s.model, NULL) == DENOISE_OK ? FINE : WRONG_STATUS);
        expect_child(c, process, BESIDE_LOG);
    }
    stop_helper();
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static void *change_settings_often(void *unused)
{
    denoise_log_sink sink = {.struct_size = sizeof sink, .write = swallow};
    (void)unused;
    for (int32_t i = 0; !atomic_load(&h.over); i++) {
        denoise_status status = denoise_set_num_threads(i % 4 + 1);
        found(&h.bad, status == DENOISE_OK || status == DENOISE_ERR_BUSY, "set_num_threads: %s", denoise_last_error());
        found(&h.bad, denoise_set_log_sink(i % 2 == 0 ? &sink : NULL) == DENOISE_OK, "sink: %s", denoise_last_error());
        (void)denoise_model_print_summary(h.s.model, NULL);
        if (i % 5 == 0) denoise_shutdown();
        denoise_status predicted;
        uint64_t hash = scene_predict(&predicted, h.s.model, &h.s, SCENE_ROWS);
        found(&h.bad, hash == h.predicted, "the parent's other thread predicts other bits");
    }
    (void)denoise_set_log_sink(NULL);
    return NULL;
}

static void beside_settings(campaign *c)
{
    start_helper(change_settings_often);
    scene_sleep((double)campaign_below(c, 2000) * 1e-6);
    pid_t process = fork_child();
    if (process == 0) end_child(compute_in_child(), false);
    expect_child(c, process, BESIDE_SETTINGS);
    stop_helper();
}

/* The child's own computations are native again, unless it inherits a call's choice. */
static void beside_cblas(campaign *c)
{
    if (denoise_set_engine("cblas") != DENOISE_OK) return;
    denoise_status status;
    uint64_t native = h.predicted, native_trained = h.trained;
    h.predicted = scene_predict(&status, h.s.model, &h.s, SCENE_ROWS);
    h.trained = train_anew(&status);
    beside_fit(c, BESIDE_CBLAS);
    h.predicted = native;
    h.trained = native_trained;
    NEED(denoise_set_engine("native"));
}

static void *save_often(void *unused)
{
    (void)unused;
    while (!atomic_load(&h.over))
        found(&h.bad, denoise_model_save_weights(h.s.model, h.path) == DENOISE_OK, "save: %s", denoise_last_error());
    return NULL;
}

typedef struct execution {
    pid_t process;
    denoise_safetensors *reader;
} execution;

static denoise_status fork_and_exec(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    execution *e = user_data;
    char wanted[32];
    (void)trainer, (void)logs;
    if (epoch != 1) return DENOISE_OK;
    (void)snprintf(wanted, sizeof wanted, "%lld", (long long)h.descriptors);
    e->process = fork_child();
    if (e->process == 0) {
        (void)execl(h.program, h.program, "--descriptors", wanted, (char *)NULL);
        _exit(NOT_ALLOWED);
    }
    return DENOISE_OK;
}

/* While a CSV log is open, a reader of a file is, and another thread writes files. */
static void before_exec(campaign *c)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    execution e = {0};
    denoise_status status;
    scene s;
    scene_make(&s, 7);
    NEED(denoise_model_save_weights(s.model, h.path));
    NEED(denoise_safetensors_open(&e.reader, h.path, NULL));
    denoise_trainer *trainer = scene_trainer(s.model);
    hooks.on_epoch_end = fork_and_exec;
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(h.csv, ",", 0)));
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &e, NULL)));
    start_helper(save_often);
    status = scene_fit(trainer, &s, 3, 7);
    stop_helper();
    campaign_check(c, status == DENOISE_OK, "fit with a CSV log: %s", denoise_last_error());
    expect_child(c, e.process, BEFORE_EXEC);
    denoise_safetensors_free(e.reader);
    denoise_trainer_free(trainer);
    scene_clear(&s);
}

static bool is_beside(int kind)
{
    return kind == BESIDE_LOG || kind == BESIDE_FIT || kind == BESIDE_SETTINGS || kind == BESIDE_CBLAS || kind == BEFORE_EXEC;
}

static void set_home(const char *program)
{
    denoise_status status;
    h.program = program;
    temp_dir_make(&h.folder);
    (void)snprintf(h.path, sizeof h.path, "%s/w.safetensors", h.folder.path);
    (void)snprintf(h.csv, sizeof h.csv, "%s/log.csv", h.folder.path);
    scene_make(&h.s, 1);
    scene_make(&h.busy, 2);
    h.busy_trainer = scene_trainer(h.busy.model);
    NEED(denoise_set_engine("native"));
    NEED(denoise_set_num_threads(3));
    h.predicted = scene_predict(&status, h.s.model, &h.s, SCENE_ROWS);
    h.trained = train_anew(&status);
}

int main(int argc, char **argv)
{
    campaign c;
    if (argc == 3 && strcmp(argv[1], "--descriptors") == 0)
        return process_look().descriptors == atoll(argv[2]) ? FINE : LEFT_OPEN;
    h.descriptors = process_look().descriptors;
    if (!campaign_begin(&c, "threads_forks", argc, argv, 100, 1000)) return campaign_end(&c);
    set_home(argv[0]);
    int64_t forks[KINDS] = {0};
    for (int64_t i = 0; i < c.budget; i++) {
        if (!campaign_case(&c, i)) continue;
        int kind = (int)(i % KINDS);
        /* AddressSanitizer's own allocator may be locked in the child when another thread allocates. */
        if (DENOISE_TEST_ASAN && is_beside(kind)) kind = i % 2 == 0 ? AFTER_FIT : IN_CALLBACK;
        forks[kind] += kind == BESIDE_LOG ? LOG_FORKS : 1;
        if (kind == BESIDE_LOG) beside_log(&c);
        if (kind == AFTER_FIT) after_fit(&c, i);
        if (kind == BESIDE_FIT) beside_fit(&c, kind);
        if (kind == IN_CALLBACK) in_callback(&c, i);
        if (kind == BESIDE_SETTINGS) beside_settings(&c);
        if (kind == BESIDE_CBLAS) beside_cblas(&c);
        if (kind == BEFORE_EXEC) before_exec(&c);
        denoise_status status;
        campaign_check(&c, scene_predict(&status, h.s.model, &h.s, SCENE_ROWS) == h.predicted,
                       "the parent predicts other bits");
        campaign_check(&c, train_anew(&status) == h.trained, "the parent trains other bits");
    }
    findings_report(&c, &h.bad, "the parent's other threads");
    denoise_trainer_free(h.busy_trainer);
    scene_clear(&h.busy);
    scene_clear(&h.s);
    temp_dir_remove(&h.folder);
    denoise_shutdown();
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    campaign_count(&c, "ms, the slowest child", slowest_ms);
    campaign_count(&c, "children that took more than a second", slow);
    for (int kind = 0; kind < KINDS; kind++) {
        char what[64];
        (void)snprintf(what, sizeof what, "forks %s", kind_names[kind]);
        campaign_count(&c, what, forks[kind]);
    }
    return campaign_end(&c);
}
