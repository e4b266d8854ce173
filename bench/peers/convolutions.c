/* SPDX-License-Identifier: Apache-2.0 */
#include "convolutions.h"
#include "../check.h"
#include "../clock.h"
#include "../conv_networks.h"
#include "../conv_shape_list.h"
#include "../layer_pass.h"
#include "../statistics.h"
#include "long_fit.h"
#include <math.h>
#include <string.h>

enum { ALL_IMAGES = 60000, PATCHES = 128, MOST_CALLS = 4000, MOST_IMAGES = 1000, WARM_CALLS = 20, MOST_SHAPES = 128 };
static const double sample_seconds = 0.25, shape_seconds = 0.01;

/* ---- Files */

static void read_file(denoise_tensor *t, const char *folder, const char *name)
{
    char path[4096];
    size_t bytes = (size_t)denoise_tensor_bytes(t);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    check_that(f != NULL && fread(denoise_tensor_data(t), 1, bytes, f) == bytes, path);
    (void)fclose(f);
}

/* So many of the first images of a file. */
static denoise_tensor *read_images(const char *folder, const char *name, int64_t images, const int64_t sample[3])
{
    denoise_tensor *t;
    int64_t shape[] = {images, sample[0], sample[1], sample[2]};
    check(denoise_tensor_new(&t, DENOISE_FLOAT32, shape, 4));
    read_file(t, folder, name);
    return t;
}

static denoise_tensor *read_labels(const char *folder, int64_t images)
{
    denoise_tensor *t;
    check(denoise_tensor_new(&t, DENOISE_INT32, &images, 1));
    read_file(t, folder, "train_labels.i32");
    return t;
}

/* All weights, one behind the other in Keras' order. */
static void read_weights(denoise_model *model, const char *folder, const char *key)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.f32", folder, key);
    FILE *f = fopen(path, "rb");
    check_that(f != NULL, path);
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        denoise_tensor *t;
        check(denoise_model_get_weight(&t, model, i));
        size_t bytes = (size_t)denoise_tensor_bytes(t);
        check_that(fread(denoise_tensor_data(t), 1, bytes, f) == bytes, path);
        check(denoise_model_set_weight(model, i, t));
        denoise_tensor_free(t);
    }
    check_that(fgetc(f) == EOF, path);
    (void)fclose(f);
}

/* ---- Training */

typedef struct training {
    const conv_network *network;
    int64_t steps, told; /* images that the seconds are told of; 0: a step's */
    const char *x, *y;   /* NULL: labels */
} training;
static const training trainings[] = {
    {&conv_autoencoder, 30, ALL_IMAGES, "train_noisy.f32", "train_x.f32"},
    {&dncnn_train, 2, 0, "patches_noisy.f32", "patches_noise.f32"},
    {&unet_train, 6, ALL_IMAGES, "train_noisy.f32", "train_x.f32"},
    {&lenet_train, 60, ALL_IMAGES, "train_x.f32", NULL},
};
enum { TRAININGS = sizeof trainings / sizeof *trainings, DNCNN = 1 };

static long_fit *start(const training *t, const char *folder, int64_t rows, int64_t batch)
{
    const conv_network *n = t->network;
    double flops;
    denoise_trainer *trainer = conv_network_compile(n, &flops);
    read_weights(denoise_trainer_model(trainer), folder, n->key);
    denoise_tensor *x = read_images(folder, t->x, rows, n->input);
    denoise_tensor *y = t->y == NULL ? read_labels(folder, rows) : read_images(folder, t->y, rows, n->input);
    return long_fit_new(trainer, x, y, batch);
}

static void train(const training *t, int slot, const char *folder)
{
    static long_fit *fits[TRAININGS][CONVOLUTIONS_SLOTS];
    long_fit **fit = &fits[t - trainings][slot];
    int64_t batch = t->network->batch, rows = batch * t->steps;
    if (*fit == NULL) *fit = start(t, folder, rows, batch);
    double begun = clock_seconds(), loss = long_fit_epoch(*fit), seconds = clock_seconds() - begun;
    double told = t->told > 0 ? (double)t->told : (double)batch;
    printf("{\"seconds\": %.9g, \"loss\": %.9g}\n", seconds * told / (double)rows, loss);
}

void convolutions_train_once(const char *folder)
{
    long_fit *fit = start(&trainings[DNCNN], folder, PATCHES, PATCHES);
    (void)long_fit_epoch(fit);
    (void)long_fit_epoch(fit);
}

/* ---- Prediction */

typedef struct prediction {
    denoise_model *model;
    denoise_workspace *workspace;
    denoise_tensor *x[MOST_IMAGES], *y;
    int images;
} prediction;

static void prepare(prediction *p, const conv_network *n, const char *weights, const char *file, int images, const char *folder)
{
    double flops;
    int64_t shape[] = {1, n->input[0], n->input[1], 1};
    denoise_tensor *x = read_images(folder, file, images, n->input);
    p->model = conv_network_build(n, &flops);
    p->images = images;
    read_weights(p->model, folder, weights);
    check(denoise_workspace_new(&p->workspace, p->model, 1));
    check(denoise_tensor_new(&p->y, DENOISE_FLOAT32, shape, 4));
    for (int i = 0; i < images; i++)
        check(denoise_tensor_rows(&p->x[i], x, i, i + 1));
    denoise_tensor_free(x);
}

static double predict(prediction *p, int image)
{
    double begun = clock_seconds();
    check(denoise_model_predict_into(p->y, p->model, p->x[image % p->images], p->workspace));
    return clock_seconds() - begun;
}

/* The root of the mean square, as in convolutions.py. */
static double fingerprint(const denoise_tensor *y)
{
    const float *values = denoise_tensor_const_data(y);
    double sum = 0.0;
    for (int64_t i = 0; i < denoise_tensor_size(y); i++)
        sum += (double)values[i] * (double)values[i];
    return sqrt(sum / (double)denoise_tensor_size(y));
}

static void sample_prediction(prediction *p)
{
    static double times[MOST_CALLS];
    int calls = 0, warm = p->images < WARM_CALLS ? p->images : WARM_CALLS;
    for (int i = 0; i < warm; i++)
        (void)predict(p, i);
    double mark = fingerprint(p->y), end = clock_seconds() + sample_seconds;
    while (calls < MOST_CALLS && (calls < 2 || clock_seconds() < end)) {
        times[calls] = predict(p, calls);
        calls++;
    }
    double p50 = quantile(times, calls, 0.5), p99 = quantile(times, calls, 0.99);
    printf("{\"seconds\": %.9g, \"p50_us\": %.9g, \"p99_us\": %.9g, \"calls\": %d, \"check\": %.9g}\n", p50, p50 * 1e6,
           p99 * 1e6, calls, mark);
}

/* ---- Single convolutions */

typedef struct call {
    char name[64];
    denoise_model *model;
    denoise_workspace *workspace;
    denoise_tensor *x, *y;
    layer_pass *pass; /* NULL: forward alone */
} call;

static denoise_tensor *draw(int64_t images, int64_t side, int64_t channels)
{
    denoise_tensor *t;
    denoise_rng *rng;
    check(denoise_rng_new(&rng, 1, 0));
    check(denoise_tensor_random_uniform(&t, (int64_t[]){images, side, side, channels}, 4, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return t;
}

static call make_call(const conv_shape *s, bool trains)
{
    call c = {.model = conv_shape_build(s)};
    snprintf(c.name, sizeof c.name, "%s%s", s->name, trains ? ".training" : "");
    c.x = draw(s->images, s->side, s->channels);
    c.y = draw(s->images, conv_shape_output_side(s), s->filters);
    if (trains) {
        c.pass = layer_pass_new(c.model, c.x, c.y);
    } else {
        check(denoise_workspace_new(&c.workspace, c.model, s->images));
    }
    return c;
}

static double time_calls(const call *c, int repeats)
{
    double begun = clock_seconds();
    for (int i = 0; i < repeats; i++) {
        if (c->pass != NULL) {
            layer_pass_run(c->pass);
        } else {
            check(denoise_model_predict_into(c->y, c->model, c->x, c->workspace));
        }
    }
    return (clock_seconds() - begun) / repeats;
}

static int make_calls(call *calls)
{
    int count = 0;
    for (int i = 0; i < conv_shape_count; i++) {
        check_that(count + 1 < MOST_SHAPES, "too many shapes");
        calls[count++] = make_call(&conv_shape_list[i], false);
        if (conv_shape_list[i].trains) calls[count++] = make_call(&conv_shape_list[i], true);
    }
    return count;
}

static void sample_shapes(void)
{
    static call calls[MOST_SHAPES];
    static int count;
    double sum = 0.0;
    if (count == 0) count = make_calls(calls);
    printf("{\"microseconds\": {");
    for (int i = 0; i < count; i++) {
        (void)time_calls(&calls[i], 1);
        int repeats = (int)ceil(shape_seconds / fmax(time_calls(&calls[i], 1), 1e-7));
        double seconds = time_calls(&calls[i], repeats);
        sum += seconds;
        printf("%s\"%s\": %.9g", i > 0 ? ", " : "", calls[i].name, seconds * 1e6);
    }
    printf("}, \"seconds\": %.9g}\n", sum);
}

/* ---- Commands */

bool convolutions_answer(const char *word, int slot, const char *folder)
{
    static prediction picture, image;
    for (int i = 0; i < TRAININGS; i++) {
        if (strcmp(word, trainings[i].network->key) != 0) continue;
        train(&trainings[i], slot, folder);
        return true;
    }
    if (strcmp(word, "dncnn_predict") == 0) {
        if (picture.model == NULL) prepare(&picture, &dncnn_predict, "dncnn_predict", "picture_noisy.f32", 1, folder);
        sample_prediction(&picture);
    } else if (strcmp(word, "conv_one_image") == 0) {
        if (image.model == NULL) prepare(&image, &conv_autoencoder, "conv_one_image", "test_noisy.f32", MOST_IMAGES, folder);
        sample_prediction(&image);
    } else if (strcmp(word, "conv_shapes") == 0) {
        sample_shapes();
    } else {
        return false;
    }
    return true;
}
