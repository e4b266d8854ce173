/* SPDX-License-Identifier: Apache-2.0 */
/* One fit of many epochs is watched from its hooks at the begin and end of an epoch, which run between steps: what an epoch
 * costs then holds nothing of the fit's own beginning. The first epoch needs a new fit for each sample. */
#include "training.h"
#include "check.h"
#include "clock.h"
#include "counters.h"
#include "crew.h"
#include "report.h"
#include "samples.h"
#include "steps.h"
#include <math.h>

/* Epochs are told apart: the first begins with cold memory; late ones carry an optimizer state that has become tiny for
 * the weights of pixels that are never lit. Counted from 1. */
enum { FIRST, EARLY, LATE, STAGES, LAST_EARLY = 8, FIRST_LATE = 20 };
static const char *const stages[STAGES] = {"1", "2-8", "20"};

typedef struct course {
    const network *network;
    const options *options;
    denoise_trainer *trainer;
    samples stage[STAGES];
    samples *present; /* of the running epoch; NULL = not measured */
    double flops;
    watch before;
    counters counted;
    double fit_start, epoch_start, last_end, set_up; /* seconds */
    int64_t epochs, voluntary, involuntary, allocations;
    double loss; /* after epoch 8 of the first fit */
    bool is_first_fit;
} course;

static samples *stage_of(course *c, int64_t epoch)
{
    if (epoch == 1) return &c->stage[FIRST];
    if (epoch <= LAST_EARLY) return &c->stage[EARLY];
    return epoch < FIRST_LATE ? NULL : &c->stage[LATE];
}

static denoise_status begin_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    course *c = user_data;
    (void)trainer, (void)logs;
    if (epoch == 0) c->set_up = clock_seconds() - c->fit_start;
    c->present = stage_of(c, epoch + 1);
    if (c->present != NULL && !samples_more(c->present)) c->present = NULL;
    if (c->present == NULL) return DENOISE_OK;
    c->before = watch_open(c->options);
    c->counted = counters_read();
    c->epoch_start = clock_seconds();
    return DENOISE_OK;
}

static void close_epoch(course *c, double seconds)
{
    counters now = counters_read();
    sighting seen = watch_close(&c->before);
    samples_add(c->present, seconds, samples_floor(c->flops, &seen), &seen);
    c->epochs++;
    c->voluntary += now.voluntary - c->counted.voluntary;
    c->involuntary += now.involuntary - c->counted.involuntary;
    c->allocations += now.allocations - c->counted.allocations;
}

static denoise_status end_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    course *c = user_data;
    double seconds = clock_seconds() - c->epoch_start;
    (void)trainer;
    if (c->present != NULL) close_epoch(c, seconds);
    if (c->is_first_fit && epoch + 1 == LAST_EARLY) (void)denoise_logs_get(logs, "loss", &c->loss);
    if (epoch + 1 >= FIRST_LATE && !samples_more(&c->stage[LATE])) denoise_trainer_stop(c->trainer);
    c->last_end = clock_seconds();
    return DENOISE_OK;
}

static void make_trainer(course *c)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_epoch_end = end_epoch;
    c->trainer = network_compile(c->network, c->options->uint8 && c->network == &network_classifier);
    check(denoise_trainer_add_callback(c->trainer, denoise_callback_lambda(&hooks, c, NULL)));
}

/* Inputs and targets of the workload. */
static void choose_data(const denoise_tensor **x, const denoise_tensor **y, const network *n, const digits *d, const options *o)
{
    bool classifies = n == &network_classifier;
    *x = !classifies ? d->noisy : o->uint8 ? d->bytes : d->clean;
    *y = classifies ? d->labels : d->clean;
}

static void run_fit(course *c, const denoise_tensor *x, const denoise_tensor *y, int64_t epochs)
{
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = NETWORK_BATCH;
    fit.epochs = epochs;
    fit.verbose = 0;
    fit.validation_split = c->network->validation_split;
    make_trainer(c);
    c->fit_start = clock_seconds();
    check(denoise_trainer_fit(c->trainer, x, y, &fit));
    c->set_up += clock_seconds() - c->last_end;
    denoise_trainer_free(c->trainer);
    c->is_first_fit = false;
}

static void print(const course *c)
{
    for (int i = 0; i < STAGES; i++) {
        char label[96];
        snprintf(label, sizeof label, "%s epoch %s, %d thread%s", c->network->key, stages[i], crew_size(),
                 crew_size() == 1 ? "" : "s");
        samples_print(&c->stage[i], label, 1.0, "s");
    }
    printf("   an epoch: %.1f allocations, %.1f waits in the kernel, %.1f interruptions; set-up of a fit %.1f ms; loss %.4f\n",
           (double)c->allocations / (double)c->epochs, (double)c->voluntary / (double)c->epochs,
           (double)c->involuntary / (double)c->epochs, c->set_up * 1e3, c->loss);
}

static void write_stage(json_t *json, const samples *s)
{
    report_number(json, "seconds", samples_values(s).median);
    report_number(json, "floor", samples_floors(s).median);
    report_number(json, "ratio", samples_ratios(s).median);
    json_object_set_new(json, "spread", samples_json(s, 1.0));
}

static void write(json_t *json, const course *c)
{
    write_stage(json, &c->stage[EARLY]);
    for (int i = 0; i < STAGES; i++)
        write_stage(report_object(report_object(json, "epochs"), stages[i]), &c->stage[i]);
    report_number(json, "fit_set_up_ms", c->set_up * 1e3);
    report_number(json, "epoch_allocations", (double)c->allocations / (double)c->epochs);
    report_number(json, "epoch_waits", (double)c->voluntary / (double)c->epochs);
    report_number(json, "epoch_interruptions", (double)c->involuntary / (double)c->epochs);
    report_number(json, "loss_after_8", c->loss);
}

static double epoch_flops(const network *n, const digits *d)
{
    double rows = (double)denoise_tensor_dim(d->clean, 0), training = floor(rows * (1.0 - n->validation_split));
    return network_epoch_flops(n, training, rows - training);
}

static void measure_threads(json_t *json, const network *n, const digits *d, const options *o, int threads)
{
    static course c;
    const denoise_tensor *x, *y;
    c = (course){.network = n, .options = o, .flops = epoch_flops(n, d), .loss = NAN, .is_first_fit = true};
    for (int i = 0; i < STAGES; i++)
        samples_begin(&c.stage[i], o);
    crew_start(threads, o->pin);
    choose_data(&x, &y, n, d, o);
    run_fit(&c, x, y, FIRST_LATE + o->tries);
    while (samples_more(&c.stage[FIRST]) || samples_more(&c.stage[EARLY]))
        run_fit(&c, x, y, samples_more(&c.stage[EARLY]) ? LAST_EARLY : 1);
    print(&c);
    write(json, &c);
    steps_measure(json, n, x, y, o);
}

void training_measure(json_t *report, const network *n, const digits *d, const options *o)
{
    json_t *json = report_object(report, n->key);
    printf("\n%s: %s, batch %d, %.4g GFLOP an epoch\n", n->key, n->name, NETWORK_BATCH, epoch_flops(n, d) * 1e-9);
    for (int threads = 1; threads <= 2; threads++)
        measure_threads(report_threads(json, threads), n, d, o, threads);
    double alone = json_number_value(json_object_get(report_threads(json, 1), "seconds"));
    double together = json_number_value(json_object_get(report_threads(json, 2), "seconds"));
    printf("   %s: 2 threads are %.2f times as fast as 1\n", n->key, alone / together);
    report_number(json, "scaling", alone / together);
    report_number(json, "gflop", epoch_flops(n, d) * 1e-9);
}
