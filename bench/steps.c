/* SPDX-License-Identifier: Apache-2.0 */
#include "steps.h"
#include "check.h"
#include "clock.h"
#include "counters.h"
#include "phases.h"
#include "report.h"
#include "samples.h"

enum { MOST = 1000 };

typedef struct walk {
    int count;
    double seconds[MOST], start, total;
    int64_t allocations, before;
} walk;

static denoise_status begin(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    walk *w = user_data;
    (void)trainer, (void)batch, (void)logs;
    w->before = counters_allocations();
    phases_count(true);
    w->start = clock_seconds();
    return DENOISE_OK;
}

static denoise_status end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    walk *w = user_data;
    (void)trainer, (void)batch, (void)logs;
    double now = clock_seconds();
    phases_count(false);
    w->allocations += counters_allocations() - w->before;
    w->total += now - w->start;
    if (w->count < MOST) w->seconds[w->count++] = now - w->start;
    return DENOISE_OK;
}

/* The counts and times of the last epoch stay. */
static denoise_status begin_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    walk *w = user_data;
    (void)trainer, (void)epoch, (void)logs;
    w->count = 0;
    w->allocations = 0;
    w->total = 0.0;
    phases_clear();
    return DENOISE_OK;
}

static void run(walk *w, const network *n, const denoise_tensor *x, const denoise_tensor *y, const options *o)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_trainer *trainer = network_compile(n, o->uint8 && n == &network_classifier);
    *w = (walk){0};
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_train_batch_begin = begin;
    hooks.on_train_batch_end = end;
    check(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, w, NULL)));
    fit.batch_size = NETWORK_BATCH;
    fit.epochs = 2;
    fit.verbose = 0;
    fit.validation_split = n->validation_split;
    check(denoise_trainer_fit(trainer, x, y, &fit));
    denoise_trainer_free(trainer);
}

static void write(json_t *steps, walk *w, const sighting *seen, bool trusted)
{
    double p99 = quantile(w->seconds, w->count, 0.99), median = quantile(w->seconds, w->count, 0.5);
    double allocations = (double)w->allocations / w->count;
    printf("   a step, its hooks and stamps on: %.3f ms, p99 %.3f ms, %.2f allocations%s\n", median * 1e3, p99 * 1e3,
           allocations, trusted ? "" : " NOT TRUSTED");
    report_count(steps, "count", w->count);
    report_number(steps, "milliseconds", median * 1e3);
    report_number(steps, "mean", w->total / w->count * 1e3);
    report_number(steps, "p99", p99 * 1e3);
    report_number(steps, "allocations", allocations);
    report_number(steps, "peak_gflops", seen->peak);
    json_object_set_new(steps, "trusted", json_boolean(trusted));
    phases_report(steps, w->count, w->total / w->count, seen->peak);
}

void steps_measure(json_t *json, const network *n, const denoise_tensor *x, const denoise_tensor *y, const options *o)
{
    static walk w;
    bool trusted = false;
    sighting seen = {0};
    for (int i = 0; i < o->samples && !trusted; i++) {
        watch before = watch_open(o);
        run(&w, n, x, y, o);
        seen = watch_close(&before);
        trusted = !seen.unsteady && !seen.stolen && !seen.shared;
    }
    write(report_object(json, "steps"), &w, &seen, trusted);
}
