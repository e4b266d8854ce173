/* SPDX-License-Identifier: Apache-2.0 */
#include "steps.h"
#include "check.h"
#include "clock.h"
#include "counters.h"
#include "phases.h"
#include "report.h"
#include "statistics.h"

enum { MOST = 1000 };

typedef struct walk {
    int count;
    double seconds[MOST], start;
    int64_t allocations, before;
} walk;

static denoise_status begin(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    walk *w = user_data;
    (void)trainer, (void)batch, (void)logs;
    w->before = counters_allocations();
    w->start = clock_seconds();
    return DENOISE_OK;
}

static denoise_status end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    walk *w = user_data;
    (void)trainer, (void)batch, (void)logs;
    double now = clock_seconds();
    w->allocations += counters_allocations() - w->before;
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
    phases_begin();
    return DENOISE_OK;
}

void steps_measure(json_t *json, const network *n, const denoise_tensor *x, const denoise_tensor *y, const options *o)
{
    static walk w;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_trainer *trainer = network_compile(n, o->uint8 && n == &network_classifier);
    w = (walk){0};
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_train_batch_begin = begin;
    hooks.on_train_batch_end = end;
    check(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &w, NULL)));
    fit.batch_size = NETWORK_BATCH;
    fit.epochs = 2;
    fit.verbose = 0;
    fit.validation_split = n->validation_split;
    check(denoise_trainer_fit(trainer, x, y, &fit));
    denoise_trainer_free(trainer);

    json_t *steps = report_object(json, "steps");
    double p99 = quantile(w.seconds, w.count, 0.99), median = quantile(w.seconds, w.count, 0.5);
    printf("   a step, its hooks on: %.3f ms, p99 %.3f ms, %.2f allocations\n", median * 1e3, p99 * 1e3,
           (double)w.allocations / w.count);
    report_count(steps, "count", w.count);
    report_number(steps, "milliseconds", median * 1e3);
    report_number(steps, "p99", p99 * 1e3);
    report_number(steps, "allocations", (double)w.allocations / w.count);
    phases_end(steps, w.count);
}
