/* SPDX-License-Identifier: Apache-2.0 */
/* A sample is an epoch of a few steps within one long fit; the first epoch, whose memory is cold, is left out. What is told of
 * it is the time of 60,000 images or of one step, in proportion. */
#include "conv_training.h"
#include "check.h"
#include "clock.h"
#include "conv_networks.h"
#include "counters.h"
#include "crew.h"
#include "report.h"
#include "samples.h"
#include <math.h>

enum { QUICK_BATCH = 2, ALL_IMAGES = 60000, TRAINING = 3 /* forward, gradients of weights and inputs */ };

typedef struct work {
    unsigned part;
    const conv_network *network;
    int64_t steps;      /* of a sample */
    int64_t told;       /* images that the seconds are told of; 0: a step's */
    const char *direct; /* key of the same by the direct form; NULL: not measured */
} work;

static const work works[] = {
    {PART_CONV_AUTOENCODER, &conv_autoencoder, 60, ALL_IMAGES, NULL},
    {PART_DNCNN_TRAIN, &dncnn_train, 2, 0, "dncnn_train_direct"},
    {PART_UNET_TRAIN, &unet_train, 6, ALL_IMAGES, NULL},
    {PART_LENET_TRAIN, &lenet_train, 120, ALL_IMAGES, NULL},
};

typedef struct course {
    const work *work;
    const char *key;
    const options *options;
    int64_t batch, steps, told;
    denoise_tensor *x, *y;
    double flops; /* of the images that are told of */
    samples samples;
    watch before;
    double start;
    int64_t allocations, allocated_before, batches;
} course;

/* ---- The fit's hooks */

static denoise_status begin_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    course *c = user_data;
    (void)trainer, (void)logs;
    if (epoch == 0) return DENOISE_OK;
    c->before = watch_open(c->options);
    c->start = clock_seconds();
    return DENOISE_OK;
}

static denoise_status end_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    course *c = user_data;
    double seconds = clock_seconds() - c->start, loss;
    check(denoise_logs_get(logs, "loss", &loss));
    check_that(isfinite(loss), "the loss is not finite");
    if (epoch == 0) return DENOISE_OK;
    sighting seen = watch_close(&c->before);
    double scale = (double)c->told / (double)(c->steps * c->batch);
    samples_add(&c->samples, seconds * scale, samples_floor(c->flops, &seen), &seen);
    if (!samples_more(&c->samples)) denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

static denoise_status begin_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)batch, (void)logs;
    ((course *)user_data)->allocated_before = counters_allocations();
    return DENOISE_OK;
}

static denoise_status end_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    course *c = user_data;
    (void)trainer, (void)batch, (void)logs;
    c->allocations += counters_allocations() - c->allocated_before;
    c->batches++;
    return DENOISE_OK;
}

/* ---- A network, with one number of threads */

static void run(course *c)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_trainer *trainer = conv_network_compile(c->work->network, &c->flops);
    c->flops *= TRAINING * (double)c->told;
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_epoch_end = end_epoch;
    hooks.on_train_batch_begin = begin_batch;
    hooks.on_train_batch_end = end_batch;
    check(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, c, NULL)));
    fit.batch_size = c->batch;
    fit.epochs = 1 + c->options->tries;
    fit.verbose = 0;
    check(denoise_trainer_fit(trainer, c->x, c->y, &fit));
    denoise_trainer_free(trainer);
}

static void write(json_t *json, const course *c)
{
    char label[96];
    snprintf(label, sizeof label, "%s, %d thread%s", c->key, crew_size(), crew_size() == 1 ? "" : "s");
    samples_print(&c->samples, label, 1.0, "s");
    report_number(json, "seconds", samples_values(&c->samples).median);
    report_number(json, "floor", samples_floors(&c->samples).median);
    report_number(json, "ratio", samples_ratios(&c->samples).median);
    report_number(json, "step_allocations", (double)c->allocations / (double)c->batches);
    json_object_set_new(json, "spread", samples_json(&c->samples, 1.0));
}

static void measure(json_t *report, const work *w, const char *key, const options *o)
{
    static course c;
    json_t *json = report_object(report, key);
    int64_t batch = o->quick ? QUICK_BATCH : w->network->batch, steps = o->quick ? 1 : w->steps;
    c = (course){.work = w, .key = key, .options = o, .batch = batch, .steps = steps, .told = w->told > 0 ? w->told : batch};
    conv_network_data(w->network, batch * steps, &c.x, &c.y);
    printf("\n%s: %s, batch %d; seconds of %d images, from samples of %d\n", key, w->network->name, (int)batch, (int)c.told,
           (int)(batch * steps));
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        samples_begin(&c.samples, o);
        c.allocations = c.batches = 0;
        run(&c);
        write(report_threads(json, threads), &c);
    }
    report_number(json, "gflop", c.flops * 1e-9);
    report_count(json, "images", c.told);
    report_count(json, "batch", batch);
    report_count(json, "steps_per_sample", steps);
    denoise_tensor_free(c.x), denoise_tensor_free(c.y);
}

void conv_training_measure(json_t *report, const options *o)
{
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        const work *w = &works[i];
        if ((o->parts & w->part) == 0) continue;
        measure(report, w, w->network->key, o);
        if (w->direct == NULL) continue;
        conv_networks_use_direct(true);
        measure(report, w, w->direct, o);
        conv_networks_use_direct(false);
    }
}
