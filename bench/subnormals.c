/* SPDX-License-Identifier: Apache-2.0 */
/* The same work on ordinary and on subnormal numbers, taking turns. A sample is the time of the second over that of the first
 * in the same turn. The learning rate is zero, so that weights stay what they are. */
#include "subnormals.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "report.h"
#include "samples.h"
#include <denoise/denoise.h>
#include <math.h>

enum { WIDTH = 256, BATCH = 256, ROWS = 2048, QUICK_ROWS = 256, LAYERS = 2 };
#define TINY 1e-39 /* of normal numbers: nearly all are below 2^-126 */

typedef struct side {
    denoise_tensor *x, *y, *wide;
    denoise_model *dense, *dropout; /* dense layers alone; with dropout before them */
    denoise_trainer *trains_dense, *trains_dropout;
} side;

static denoise_tensor *numbers(int64_t rows, double scale, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *all, *scaled;
    check(denoise_rng_new(&rng, 1, stream));
    check(denoise_tensor_random_normal(&all, (const int64_t[]){rows, WIDTH}, 2, rng, 0.0, 1.0));
    check(denoise_tensor_scale(&scaled, all, scale));
    denoise_rng_free(rng);
    denoise_tensor_free(all);
    return scaled;
}

static denoise_model *build(bool drops, double scale)
{
    const int64_t width = WIDTH;
    denoise_sequential *s;
    denoise_model *model;
    check(denoise_sequential_new(&s, "subnormals"));
    check(denoise_sequential_add(s, denoise_layer_input(&width, 1, NULL)));
    if (drops) check(denoise_sequential_add(s, denoise_layer_dropout(0.0001, NULL)));
    for (int i = 0; i < LAYERS; i++)
        check(denoise_sequential_add(s, denoise_layer_dense(WIDTH, i + 1 < LAYERS ? "relu" : "linear", NULL)));
    check(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        denoise_tensor *weight, *scaled;
        check(denoise_model_get_weight(&weight, model, i));
        check(denoise_tensor_scale(&scaled, weight, scale));
        check(denoise_model_set_weight(model, i, scaled));
        denoise_tensor_free(weight);
        denoise_tensor_free(scaled);
    }
    return model;
}

static denoise_trainer *compile(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    adam.learning_rate = 0.0;
    check(denoise_model_compile(&trainer, model, denoise_optimizer_adam(&adam), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

static void side_make(side *s, double scale, int64_t rows)
{
    s->x = numbers(rows, scale, 1);
    s->y = numbers(rows, scale, 2);
    check(denoise_tensor_astype(&s->wide, s->x, DENOISE_FLOAT64));
    s->dense = build(false, scale == 1.0 ? 1.0 : TINY * WIDTH);
    s->dropout = build(true, scale == 1.0 ? 1.0 : TINY * WIDTH);
    s->trains_dense = compile(s->dense);
    s->trains_dropout = compile(s->dropout);
}

static void side_free(side *s)
{
    denoise_trainer_free(s->trains_dense);
    denoise_trainer_free(s->trains_dropout);
    denoise_model_free(s->dense);
    denoise_model_free(s->dropout);
    denoise_tensor_free(s->x);
    denoise_tensor_free(s->y);
    denoise_tensor_free(s->wide);
}

static void fit(denoise_trainer *trainer, const side *s)
{
    denoise_fit_options how = DENOISE_FIT_OPTIONS_INIT;
    how.batch_size = BATCH;
    how.verbose = 0;
    check(denoise_trainer_fit(trainer, s->x, s->y, &how));
}

static void predict(const denoise_model *model, const side *s)
{
    denoise_tensor *out;
    denoise_predict_options how = DENOISE_PREDICT_OPTIONS_INIT;
    how.batch_size = BATCH;
    check(denoise_model_predict(&out, model, s->x, &how));
    denoise_tensor_free(out);
}

static void fit_dense(const side *s)
{
    fit(s->trains_dense, s);
}

static void fit_dropout(const side *s)
{
    fit(s->trains_dropout, s);
}

static void predict_dense(const side *s)
{
    predict(s->dense, s);
}

static void predict_dropout(const side *s)
{
    predict(s->dropout, s);
}

static void add(const side *s)
{
    denoise_tensor *out;
    check(denoise_tensor_add(&out, s->x, s->y));
    denoise_tensor_free(out);
}

static void scale(const side *s)
{
    denoise_tensor *out;
    check(denoise_tensor_scale(&out, s->x, 0.5));
    denoise_tensor_free(out);
}

static void clip(const side *s)
{
    denoise_tensor *out;
    check(denoise_tensor_clip(&out, s->x, -0.5, 0.5));
    denoise_tensor_free(out);
}

static void to_float64(const side *s)
{
    denoise_tensor *out;
    check(denoise_tensor_astype(&out, s->x, DENOISE_FLOAT64));
    denoise_tensor_free(out);
}

static void to_float32(const side *s)
{
    denoise_tensor *out;
    check(denoise_tensor_astype(&out, s->wide, DENOISE_FLOAT32));
    denoise_tensor_free(out);
}

static const struct {
    const char *name;
    void (*run)(const side *);
} works[] = {
    {"fit_dense", fit_dense},
    {"fit_dropout", fit_dropout},
    {"predict_dense", predict_dense},
    {"predict_dropout", predict_dropout},
    {"tensor_add", add},
    {"tensor_scale", scale},
    {"tensor_clip", clip},
    {"tensor_float32_to_float64", to_float64},
    {"tensor_float64_to_float32", to_float32},
};

static double seconds_of(void (*run)(const side *), const side *s)
{
    double start = clock_seconds();
    run(s);
    return clock_seconds() - start;
}

static void measure_threads(json_t *json, const side *ordinary, const side *tiny, const options *o)
{
    static samples s;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        samples_begin(&s, o);
        (void)seconds_of(works[i].run, ordinary);
        (void)seconds_of(works[i].run, tiny);
        while (samples_more(&s)) {
            watch before = watch_open(o);
            double plain = seconds_of(works[i].run, ordinary), other = seconds_of(works[i].run, tiny);
            sighting around = watch_close(&before);
            samples_add(&s, other / plain, NAN, &around);
        }
        char label[96];
        snprintf(label, sizeof label, "%s, %d thread%s", works[i].name, crew_size(), crew_size() == 1 ? "" : "s");
        samples_print(&s, label, 1.0, "");
        json_t *entry = report_object(json, works[i].name);
        report_number(entry, "ratio", samples_values(&s).median);
        json_object_set_new(entry, "spread", samples_json(&s, 1.0));
    }
}

void subnormals_measure(json_t *report, const options *o)
{
    int64_t rows = o->quick ? QUICK_ROWS : ROWS;
    json_t *json = report_object(report, "subnormals");
    side ordinary, tiny;
    printf("\nsubnormals: time with subnormal data and weights over that with ordinary ones\n");
    side_make(&ordinary, 1.0, rows);
    side_make(&tiny, TINY, rows);
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        measure_threads(report_threads(json, threads), &ordinary, &tiny, o);
    }
    side_free(&ordinary);
    side_free(&tiny);
}
