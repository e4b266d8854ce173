/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs of a variant and of plain w1 take turns, each of them going first every other time, so that a drift of the machine
 * hits both alike. A sample is the time of the variant over that of plain w1 of the same turn. Both are as far in their
 * training, and begin anew after epoch 8. */
#include "variants.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "networks.h"
#include "report.h"
#include "samples.h"
#include <math.h>

enum { HIDDEN = 2, MOST_OUTPUTS = 2, FIRST_EPOCH = 2, LAST_EPOCH = 8 };

typedef struct variant {
    unsigned part;
    const char *key, *what;
    double noise;            /* at the entry; 0: none */
    double dropout;          /* after both hidden layers; 0: none */
    const char *regularizer; /* of all kernels; NULL: none */
    bool separates;          /* activations are layers of their own */
    bool has_second;         /* a second output */
} variant;

static const variant plain = {.key = "w1", .what = "plain"};
static const variant variants[] = {
    {.part = PART_W1_DROPOUT, .key = "w1_dropout", .what = "Dropout 0.2 after both hidden layers", .dropout = 0.2},
    {.part = PART_W1_L2, .key = "w1_l2", .what = "kernel_regularizer l2(1e-4) of all layers", .regularizer = "l2(0.0001)"},
    {.part = PART_W1_ACTIVATION, .key = "w1_activation", .what = "activations as layers of their own", .separates = true},
    {.part = PART_TWO_OUTPUTS,
     .key = "two_outputs",
     .what = "a second head of 10 with binary cross-entropy",
     .has_second = true},
    {.part = PART_W1_NOISE, .key = "w1_noise", .what = "GaussianNoise 0.1 at the entry", .noise = 0.1},
};

/* ---- The models */

static denoise_node *apply_dense(denoise_graph *g, const variant *v, int64_t units, const char *activation, denoise_node *x)
{
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    dense.kernel_regularizer = v->regularizer;
    denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(units, v->separates ? NULL : activation, &dense), x);
    return v->separates ? denoise_graph_apply(g, denoise_layer_activation(activation, NULL), y) : y;
}

static denoise_model *build(const variant *v, bool divides)
{
    const network *n = &network_classifier;
    denoise_graph *g;
    denoise_model *model;
    check(denoise_graph_new(&g, v->key));
    denoise_node *x = denoise_graph_input(g, n->widths, 1), *h = x, *outputs[MOST_OUTPUTS];
    if (divides) h = denoise_graph_apply(g, denoise_layer_rescaling(1.0 / 255, 0.0, NULL), h);
    if (v->noise > 0.0) h = denoise_graph_apply(g, denoise_layer_gaussian_noise(v->noise, NULL), h);
    for (int i = 1; i <= HIDDEN; i++) {
        h = apply_dense(g, v, n->widths[i], "relu", h);
        if (v->dropout > 0.0) h = denoise_graph_apply(g, denoise_layer_dropout(v->dropout, NULL), h);
    }
    outputs[0] = apply_dense(g, v, n->widths[n->layers], n->last_activation, h);
    if (v->has_second) outputs[1] = apply_dense(g, v, n->widths[n->layers], "sigmoid", h);
    check(denoise_graph_build_many(&model, g, &x, 1, outputs, 1 + v->has_second, NULL));
    denoise_graph_free(g);
    return model;
}

/* ---- One of the two that take turns */

typedef struct side {
    const variant *variant;
    denoise_trainer *trainer;
    const denoise_tensor *x, *y[MOST_OUTPUTS];
    double start, seconds; /* of the last epoch */
} side;

static denoise_status begin_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs;
    ((side *)user_data)->start = clock_seconds();
    return DENOISE_OK;
}

static denoise_status end_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    side *s = user_data;
    double loss;
    s->seconds = clock_seconds() - s->start;
    (void)trainer, (void)epoch;
    check(denoise_logs_get(logs, "loss", &loss));
    check_that(isfinite(loss), "the loss is not finite");
    return DENOISE_OK;
}

static void make_trainer(side *s, const options *o)
{
    denoise_model *model = build(s->variant, o->uint8);
    denoise_metric *metric = denoise_metric_accuracy();
    denoise_loss *losses[MOST_OUTPUTS] = {denoise_loss_sparse_categorical_crossentropy(NULL)};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    if (s->variant->has_second) losses[1] = denoise_loss_binary_crossentropy(NULL);
    compile.losses = losses;
    compile.loss_count = 1 + s->variant->has_second;
    compile.metrics = &metric;
    compile.metric_count = 1;
    check(denoise_model_compile(&s->trainer, model, denoise_optimizer_adam(NULL), NULL, &compile));
    denoise_model_free(model);
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_epoch_end = end_epoch;
    check(denoise_trainer_add_callback(s->trainer, denoise_callback_lambda(&hooks, s, NULL)));
}

static void run_epoch(side *s)
{
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = NETWORK_BATCH;
    fit.verbose = 0;
    check(denoise_trainer_fit_many(s->trainer, &s->x, 1, s->y, 1 + s->variant->has_second, &fit));
}

/* ---- Turns */

typedef struct figures {
    samples seconds, plain_seconds, ratio;
} figures;

static void take_turn(figures *f, side *plain_side, side *other, const options *o)
{
    watch before = watch_open(o);
    bool is_first = f->ratio.tries % 2 == 1;
    run_epoch(is_first ? other : plain_side);
    run_epoch(is_first ? plain_side : other);
    sighting around = watch_close(&before);
    samples_add(&f->seconds, other->seconds, NAN, &around);
    samples_add(&f->plain_seconds, plain_side->seconds, NAN, &around);
    samples_add(&f->ratio, other->seconds / plain_side->seconds, NAN, &around);
}

/* The epochs of two new trainers, the first of them not measured. */
static void take_turns(figures *f, side sides[2], const options *o)
{
    for (int i = 0; i < 2; i++) {
        make_trainer(&sides[i], o);
        run_epoch(&sides[i]);
    }
    for (int epoch = FIRST_EPOCH; epoch <= LAST_EPOCH && samples_more(&f->ratio); epoch++)
        take_turn(f, &sides[0], &sides[1], o);
    for (int i = 0; i < 2; i++)
        denoise_trainer_free(sides[i].trainer);
}

static void write(json_t *json, const figures *f, const char *key)
{
    char label[96];
    const char *threads = crew_size() == 1 ? "thread" : "threads";
    snprintf(label, sizeof label, "%s / w1, %d %s", key, crew_size(), threads);
    samples_print(&f->ratio, label, 1.0, "");
    printf("   an epoch %.4g s, of plain w1 %.4g s\n", samples_values(&f->seconds).median,
           samples_values(&f->plain_seconds).median);
    report_number(json, "ratio", samples_values(&f->ratio).median);
    report_number(json, "seconds", samples_values(&f->seconds).median);
    report_number(json, "plain_seconds", samples_values(&f->plain_seconds).median);
    json_object_set_new(json, "spread", samples_json(&f->ratio, 1.0));
}

static void measure(json_t *json, const variant *v, const digits *d, const denoise_tensor *hot, const options *o)
{
    static figures f;
    const denoise_tensor *x = o->uint8 ? d->bytes : d->clean;
    side sides[2] = {{.variant = &plain, .x = x, .y = {d->labels}}, {.variant = v, .x = x, .y = {d->labels, hot}}};
    samples_begin(&f.seconds, o);
    samples_begin(&f.plain_seconds, o);
    samples_begin(&f.ratio, o);
    while (samples_more(&f.ratio))
        take_turns(&f, sides, o);
    write(json, &f, v->key);
}

void variants_measure(json_t *report, const digits *d, const options *o)
{
    denoise_tensor *hot;
    if ((o->parts & PART_VARIANTS) == 0) return;
    check(denoise_tensor_one_hot(&hot, d->labels, network_classifier.widths[network_classifier.layers]));
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const variant *v = &variants[i];
        if ((o->parts & v->part) == 0) continue;
        printf("\n%s: w1 with %s; an epoch, over one of plain w1\n", v->key, v->what);
        for (int threads = 1; threads <= 2; threads++) {
            crew_start(threads, o->pin);
            measure(report_threads(report_object(report, v->key), threads), v, d, hot, o);
        }
    }
    denoise_tensor_free(hot);
}
