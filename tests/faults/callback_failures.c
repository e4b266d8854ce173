/* SPDX-License-Identifier: Apache-2.0 */
/* A callback fails at each of its invocations: each hook, each time it is called, at each place among the other callbacks, in
 * fit, evaluate and predict.
 *
 * Each time: the value comes back unchanged; no hook is called after it; weights, optimizer, history and files are as they were
 * at that call, bit for bit; the model predicts; and the next fit is that of a new trainer with these weights, slots and
 * steps (of an undisturbed one, where no step had been made). The budget is the number of invocations, spread evenly over all.
 */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "faults/train_case.h"
#include "support/campaign.h"
#include "support/failing_alloc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUICK = 1000, ALL = 1 << 30, MOST_CALLS = 1024 };
enum { FIT, EVALUATE, PREDICT, RUNS };

static const char *const run_names[] = {"fit", "evaluate", "predict"};

/* Codes of the library, of the caller, and such as nobody knows. */
static const denoise_status values[] = {DENOISE_ERR_USER, DENOISE_ERR_NOMEM, 123456,   -1,
                                        INT32_MIN,        DENOISE_ERR_BUSY,  INT32_MAX};

/* What an undisturbed run does. */
typedef struct usual {
    int64_t calls;
    uint64_t states[MOST_CALLS]; /* at each call of a hook */
    uint64_t end;                /* after the run */
    uint64_t fitted;             /* after a first fit */
} usual;

typedef struct watcher {
    const train_case *t;
    usual *seen;
} watcher;

static void watch(int64_t call, int64_t hook, void *user_data)
{
    watcher *w = user_data;
    (void)hook;
    if (call < MOST_CALLS) w->seen->states[call] = train_case_state(w->t);
}

static denoise_status run(train_case *t, int kind, bool *left_out)
{
    denoise_logs *logs = NULL;
    denoise_tensor *y = NULL;
    denoise_status status = kind == FIT ? train_case_fit(t) : DENOISE_OK;
    if (kind == EVALUATE) status = train_case_evaluate(t, &logs);
    if (kind == PREDICT) status = train_case_predict(t, &y);
    *left_out = logs != NULL || y != NULL;
    denoise_logs_free(logs);
    denoise_tensor_free(y);
    return status;
}

static void learn_usual(campaign *c, usual *out, const train_variant *variant, int kind)
{
    train_case t;
    bool left;
    watcher w = {&t, out};
    train_case_make(&t, variant);
    t.recorder.watch = watch;
    t.recorder.user_data = &w;
    campaign_check(c, run(&t, kind, &left) == DENOISE_OK, "%s, %s: %s", variant->name, run_names[kind], denoise_last_error());
    out->calls = t.recorder.calls;
    if (out->calls > MOST_CALLS) abort();
    out->end = train_case_state(&t);
    train_case_free(&t);
    train_case_make(&t, variant);
    campaign_check(c, train_case_fit(&t) == DENOISE_OK, "%s: %s", variant->name, denoise_last_error());
    out->fitted = train_case_state(&t);
    train_case_free(&t);
}

static bool predicts(train_case *t)
{
    denoise_tensor *y[2] = {NULL, NULL};
    int64_t count = denoise_model_output_count(t->model);
    denoise_status status = denoise_model_predict_many(y, count, t->model, (const denoise_tensor *const *)t->x, count, NULL);
    for (int64_t i = 0; i < count; i++)
        denoise_tensor_free(y[i]);
    return status == DENOISE_OK;
}

/* The fit after the failure, against that of a new trainer with the same weights, slots and steps. */
static void check_next_fit(campaign *c, train_case *t, const usual *seen, int kind, const char *where)
{
    train_case fresh;
    bool untouched = denoise_optimizer_iterations(denoise_trainer_optimizer(t->trainer)) == 0;
    train_case_make(&fresh, t->variant);
    if (!t->variant->warm) train_case_follow(&fresh, t);
    denoise_status status = train_case_fit(t), expected = DENOISE_OK;
    campaign_check(c, status == DENOISE_OK, "%s: the next fit fails: %s", where, denoise_last_error());
    uint64_t state = train_case_state(t);
    if (!t->variant->warm) {
        expected = train_case_fit(&fresh);
        campaign_check(c, expected == DENOISE_OK && state == train_case_state(&fresh),
                       "%s: the next fit is not that of a new trainer", where);
    }
    if (untouched || kind != FIT) campaign_check(c, state == seen->fitted, "%s: the next fit is not the usual one", where);
    train_case_free(&fresh);
}

static void fail_at(campaign *c, const train_variant *variant, int kind, const usual *seen, int64_t call)
{
    train_case t;
    char where[200];
    bool left;
    denoise_status value = values[call % (int64_t)(sizeof values / sizeof *values)];
    int64_t blocks = failing_alloc_live();
    train_case_make(&t, variant);
    t.recorder.fail_at = call;
    t.recorder.status = value;
    denoise_status status = run(&t, kind, &left);
    const char *hook = recorder_hook_name(t.recorder.last_hook);
    (void)snprintf(where, sizeof where, "%s, %s: call %lld of %lld, %s returns %d", variant->name, run_names[kind],
                   (long long)call, (long long)seen->calls, hook, (int)value);
    campaign_check(c, status == value && denoise_last_status() == value, "%s: answer %d", where, (int)status);
    campaign_check(c, strstr(denoise_last_error(), hook) != NULL, "%s: message \"%s\"", where, denoise_last_error());
    campaign_check(c, strcmp(denoise_last_error(), denoise_trainer_error(t.trainer)) == 0, "%s: the trainer says \"%s\"", where,
                   denoise_trainer_error(t.trainer));
    campaign_check(c, !left, "%s: out is not NULL", where);
    campaign_check(c, t.recorder.calls == call + 1, "%s: %lld hooks were called after it", where,
                   (long long)(t.recorder.calls - call - 1));
    campaign_check(c, train_case_state(&t) == seen->states[call], "%s: the state is not that of the call", where);
    campaign_check(c, predicts(&t), "%s: the model does not predict: %s", where, denoise_last_error());
    t.recorder.fail_at = -1;
    check_next_fit(c, &t, seen, kind, where);
    train_case_free(&t);
    denoise_shutdown();
    campaign_check(c, failing_alloc_live() == blocks, "%s: blocks leak", where);
}

/* Every run of every variant; with c->budget < 0 they are only counted. */
static int64_t run_all(campaign *c, int64_t stride, int64_t *tried)
{
    static usual seen;
    int64_t number = 0;
    for (int64_t v = 0; v < train_variant_count; v++) {
        for (int kind = 0; kind < RUNS; kind++) {
            const train_variant *variant = &train_variants[v];
            if (kind == PREDICT && variant->outputs == 2) continue;
            learn_usual(c, &seen, variant, kind);
            for (int64_t call = 0; call < seen.calls; call++, number++) {
                bool turn = stride > 0 && number % stride == (int64_t)(c->seed % (uint64_t)stride);
                if (!turn || !campaign_case(c, number)) continue;
                fail_at(c, variant, kind, &seen, call);
                ++*tried;
            }
        }
    }
    return number;
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "callback_failures", argc, argv, QUICK, ALL)) return campaign_end(&c);
    alloc_keep_files_in_memory();
    failing_alloc_install();
    alloc_sink_set();
    if (denoise_set_num_threads(2) != DENOISE_OK) return EXIT_FAILURE;
    int64_t tried = 0, total = run_all(&c, 0, &tried);
    int64_t stride = c.budget > 0 && total > c.budget ? (total + c.budget - 1) / c.budget : 1;
    (void)run_all(&c, stride, &tried);
    campaign_count(&c, "invocations failed", tried);
    campaign_count(&c, "invocations there are", total);
    denoise_shutdown();
    alloc_sink_remove();
    failing_alloc_remove();
    return campaign_end(&c);
}
