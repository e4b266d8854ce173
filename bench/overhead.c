/* SPDX-License-Identifier: Apache-2.0 */
/* Fits of one epoch each, the ways of fitting taking turns, so that a drift of the machine hits all alike. A sample is the time
 * of a way over that of the plain fit of the same turn. */
#include "overhead.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "networks.h"
#include "report.h"
#include "samples.h"
#include <math.h>

typedef enum way { PLAIN, METRIC, CALLBACKS, BAR, WAYS } way;
static const char *const way_names[WAYS] = {"plain", "accuracy", "callbacks", "progress_bar"};

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text;
    *(int64_t *)user_data += length;
}

static denoise_status look(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    double loss;
    (void)trainer, (void)number;
    *(int64_t *)user_data += denoise_logs_get(logs, "loss", &loss) == DENOISE_OK;
    return DENOISE_OK;
}

/* Reads the loss after each step and epoch. */
static denoise_callback *watcher(int64_t *seen)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = look;
    hooks.on_epoch_end = look;
    return denoise_callback_lambda(&hooks, seen, NULL);
}

static denoise_trainer *make(way w, bool divides, int64_t *seen)
{
    denoise_trainer *trainer = network_compile_with(&network_classifier, divides, w == METRIC);
    if (w == CALLBACKS) check(denoise_trainer_add_callback(trainer, watcher(seen)));
    return trainer;
}

static double time_fit(denoise_trainer *trainer, way w, const digits *d, const options *o)
{
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = NETWORK_BATCH;
    fit.verbose = w == BAR;
    double start = clock_seconds();
    check(denoise_trainer_fit(trainer, o->uint8 ? d->bytes : d->clean, d->labels, &fit));
    return clock_seconds() - start;
}

static void write(json_t *json, const samples *s, way w)
{
    char label[96];
    snprintf(label, sizeof label, "w1 with %s / without, %d thread%s", way_names[w], crew_size(), crew_size() == 1 ? "" : "s");
    samples_print(s, label, 1.0, "");
    report_number(report_object(json, way_names[w]), "ratio", samples_values(s).median);
    json_object_set_new(report_object(json, way_names[w]), "spread", samples_json(s, 1.0));
}

static void measure_threads(json_t *json, const digits *d, const options *o)
{
    static samples s[WAYS];
    denoise_trainer *trainers[WAYS];
    int64_t seen = 0;
    for (way w = PLAIN; w < WAYS; w++) {
        samples_begin(&s[w], o);
        trainers[w] = make(w, o->uint8, &seen);
        (void)time_fit(trainers[w], w, d, o);
    }
    while (samples_more(&s[PLAIN])) {
        double seconds[WAYS];
        watch before = watch_open(o);
        for (way w = PLAIN; w < WAYS; w++)
            seconds[w] = time_fit(trainers[w], w, d, o);
        sighting around = watch_close(&before);
        for (way w = PLAIN; w < WAYS; w++)
            samples_add(&s[w], seconds[w] / seconds[PLAIN], NAN, &around);
    }
    for (way w = PLAIN; w < WAYS; w++) {
        if (w != PLAIN) write(json, &s[w], w);
        denoise_trainer_free(trainers[w]);
    }
    check_that(seen > 0, "the callback saw no loss");
}

void overhead_measure(json_t *report, const digits *d, const options *o)
{
    int64_t text = 0;
    denoise_log_sink sink = {(int64_t)sizeof sink, swallow, &text, NULL, 1, 0};
    json_t *json = report_object(report, "overhead");
    printf("\noverhead: a fit of an epoch of w1, over the same without accuracy, callbacks and progress bar\n");
    check(denoise_set_log_sink(&sink));
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        measure_threads(report_threads(json, threads), d, o);
    }
    check(denoise_set_log_sink(NULL));
    check_that(text > 0, "the progress bar wrote nothing");
}
