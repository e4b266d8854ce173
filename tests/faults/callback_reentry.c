/* SPDX-License-Identifier: Apache-2.0 */
/* A callback calls back into the library: each call of a table, at each invocation of each hook, in fit, evaluate and predict;
 * and from the caller's other functions that a run calls: schedule, clock, log sink.
 *
 * Each time: the documented answer; the run ends well, with the bits of an undisturbed one; nothing leaks. What would take the
 * ground from under the run (freeing its trainer, its model, its logs, shutting down) waits or does nothing. The budget is the
 * number of calls, spread evenly over all. */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "faults/reentry.h"
#include "support/campaign.h"
#include "support/failing_alloc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUICK = 2000, ALL_CALLS = 1 << 30 };

static const char *const run_names[] = {"fit", "evaluate", "predict"};

/* Those whose calls in a callback differ: dense layers alone, noise and dropout, a model within, a progress bar, no
 * callbacks. */
static const int64_t variants[] = {0, 1, 2, 5, 7, 9};

/* Which of the caller's functions calls back. */
enum { HOOK, SCHEDULE, CLOCK, SINK, HOSTS };

static const char *const host_names[] = {"a hook", "the schedule", "the clock", "the log sink"};

typedef struct attempt {
    reentry_scene scene;
    const reentry *what;
    denoise_status answer;
    int64_t host_calls, call; /* of a host that is no hook, and the one that calls back */
} attempt;

static denoise_status act(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    attempt *a = user_data;
    (void)trainer;
    a->scene.logs = logs;
    a->answer = a->what->call(&a->scene);
    return DENOISE_OK;
}

static void act_at(attempt *a)
{
    if (a->host_calls++ == a->call) a->answer = a->what->call(&a->scene);
}

static denoise_status schedule(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch;
    act_at(user_data);
    *result = rate;
    return DENOISE_OK;
}

static double tick(void *user_data)
{
    act_at(user_data);
    return 1.0;
}

static void write_log(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length;
    act_at(user_data);
}

static void install(int host, attempt *a)
{
    const denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = write_log, .user_data = a};
    denoise_trainer *trainer = a->scene.t.trainer;
    denoise_status status = DENOISE_OK;
    if (host == SCHEDULE) {
        status = denoise_trainer_add_callback(trainer, denoise_callback_learning_rate_scheduler(schedule, a, NULL));
    }
    if (host == CLOCK) status = denoise_trainer_set_clock(trainer, tick, a);
    if (host == SINK) status = denoise_set_log_sink(&sink);
    if (status != DENOISE_OK) abort();
}

/* Runs, and hashes what comes out. */
static denoise_status run(train_case *t, int kind, uint64_t *bits)
{
    denoise_logs *logs = NULL;
    denoise_tensor *y = NULL;
    denoise_status status = kind == IN_FIT ? train_case_fit(t) : DENOISE_OK;
    if (kind == IN_EVALUATE) status = train_case_evaluate(t, &logs);
    if (kind == IN_PREDICT) status = train_case_predict(t, &y);
    *bits = 0;
    if (logs != NULL) *bits = alloc_hash_logs(*bits, logs);
    if (y != NULL) *bits = alloc_hash_tensor(*bits, y);
    denoise_logs_free(logs);
    denoise_tensor_free(y);
    return status;
}

typedef struct usual {
    int64_t calls;
    uint64_t bits, state, weights;
} usual;

static usual learn_usual(campaign *c, const train_variant *variant, int kind, int host)
{
    static attempt a;
    usual out = {0};
    a = (attempt){.call = -1};
    reentry_scene_make(&a.scene, variant);
    install(host, &a);
    denoise_status status = run(&a.scene.t, kind, &out.bits);
    (void)denoise_set_log_sink(NULL);
    campaign_check(c, status == DENOISE_OK, "%s, %s: %s", variant->name, run_names[kind], denoise_last_error());
    out.calls = host == HOOK ? a.scene.t.recorder.calls : a.host_calls;
    out.state = train_case_state(&a.scene.t);
    out.weights = alloc_hash_weights(0, a.scene.t.model);
    reentry_scene_free(&a.scene);
    return out;
}

/* One call: by whom, in which run, at which of the host's calls. */
typedef struct point {
    const train_variant *variant;
    int kind, host;
    const reentry *what;
    int64_t call;
} point;

/* The run is as if the callback had done nothing. */
static void check_undisturbed(campaign *c, const attempt *a, int kind, const usual *seen, uint64_t bits, const char *where)
{
    const reentry_scene *s = &a->scene;
    campaign_check(c, bits == seen->bits, "%s: the run gives other bits", where);
    if (s->trainer_freed) {
        campaign_check(c, alloc_hash_weights(0, s->t.model) == seen->weights, "%s: the run leaves other weights", where);
    } else {
        campaign_check(c, train_case_state(&s->t) == seen->state, "%s: the run leaves another state", where);
    }
    campaign_check(c, s->added.calls == 0, "%s: a callback added during the run was called %lld times in it (%s)", where,
                   (long long)s->added.calls, run_names[kind]);
}

/* What was added is called by the next run; what was inert makes it fail. */
static void check_next(campaign *c, attempt *a, const char *where)
{
    reentry_scene *s = &a->scene;
    if (s->trainer_freed || s->model_freed || strcmp(a->what->name, "stop") == 0) return;
    bool inert = a->what->expected[0] == DENOISE_ERR_NULL;
    bool added = strcmp(a->what->name, "add_callback") == 0;
    denoise_status status = train_case_fit(&s->t);
    campaign_check(c, status == (inert ? DENOISE_ERR_NULL : DENOISE_OK), "%s: the next fit answers %s: %s", where,
                   denoise_status_name(status), denoise_last_error());
    campaign_check(c, (s->added.calls > 0) == added, "%s: the next fit calls the added callback %lld times", where,
                   (long long)s->added.calls);
}

static denoise_status expected(const point *p)
{
    bool replaces_sink = p->host == SINK && strcmp(p->what->name, "set_log_sink") == 0;
    return replaces_sink ? DENOISE_ERR_STATE : p->what->expected[p->kind];
}

static void try_call(campaign *c, const point *p, const usual *seen)
{
    static attempt a;
    char where[240];
    uint64_t bits = 0;
    int64_t blocks = failing_alloc_live();
    a = (attempt){.what = p->what, .answer = DENOISE_ERR_INTERNAL, .call = p->call};
    reentry_scene_make(&a.scene, p->variant);
    install(p->host, &a);
    if (p->host == HOOK) a.scene.t.recorder.fail_at = p->call;
    a.scene.t.recorder.act = act;
    a.scene.t.recorder.user_data = &a;
    denoise_status status = run(&a.scene.t, p->kind, &bits);
    a.scene.t.recorder.fail_at = a.call = -1;
    (void)snprintf(where, sizeof where, "%s in %s of %s, call %lld of %lld of %s", p->what->name, run_names[p->kind],
                   p->variant->name, (long long)p->call, (long long)seen->calls, host_names[p->host]);
    campaign_check(c, a.answer == expected(p), "%s: the answer is %s, documented is %s", where, denoise_status_name(a.answer),
                   denoise_status_name(expected(p)));
    campaign_check(c, status == DENOISE_OK, "%s: the run answers %s: %s", where, denoise_status_name(status),
                   denoise_last_error());
    if (!p->what->disturbs && !a.scene.model_freed) check_undisturbed(c, &a, p->kind, seen, bits, where);
    check_next(c, &a, where);
    (void)denoise_set_log_sink(NULL);
    reentry_scene_free(&a.scene);
    denoise_shutdown();
    campaign_check(c, failing_alloc_live() == blocks, "%s: blocks leak", where);
}

static int64_t try_host(campaign *c, point p, int64_t number, int64_t stride, int64_t *tried)
{
    usual seen = learn_usual(c, p.variant, p.kind, p.host);
    for (int64_t i = 0; i < reentry_count; i++) {
        p.what = &reentries[i];
        for (p.call = 0; p.call < seen.calls; p.call++, number++) {
            bool turn = stride > 0 && number % stride == (int64_t)(c->seed % (uint64_t)stride);
            if (!turn || !campaign_case(c, number)) continue;
            try_call(c, &p, &seen);
            ++*tried;
        }
    }
    return number;
}

static int64_t try_all(campaign *c, int64_t stride, int64_t *tried)
{
    int64_t number = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        for (int kind = 0; kind < REENTRY_RUNS; kind++) {
            for (int host = 0; host < HOSTS; host++) {
                point p = {.variant = &train_variants[variants[i]], .kind = kind, .host = host};
                number = try_host(c, p, number, stride, tried);
            }
        }
    }
    return number;
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "callback_reentry", argc, argv, QUICK, ALL_CALLS)) return campaign_end(&c);
    alloc_keep_files_in_memory();
    failing_alloc_install();
    if (denoise_set_num_threads(2) != DENOISE_OK) return EXIT_FAILURE;
    int64_t tried = 0, total = try_all(&c, 0, &tried);
    int64_t stride = c.budget > 0 && total > c.budget ? (total + c.budget - 1) / c.budget : 1;
    (void)try_all(&c, stride, &tried);
    campaign_count(&c, "kinds of calls", reentry_count);
    campaign_count(&c, "calls from callbacks", tried);
    campaign_count(&c, "calls there are", total);
    denoise_shutdown();
    failing_alloc_remove();
    return campaign_end(&c);
}
