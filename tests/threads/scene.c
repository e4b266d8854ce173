/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/scene.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void scene_need(denoise_status status, const char *call)
{
    if (status == DENOISE_OK) return;
    (void)printf("the scene cannot be set: %s: %s\n", call, denoise_last_error());
    exit(EXIT_FAILURE);
}

denoise_model *scene_model(uint64_t seed)
{
    denoise_sequential *s;
    denoise_model *model;
    denoise_dense_options code = DENOISE_DENSE_OPTIONS_INIT, picture = DENOISE_DENSE_OPTIONS_INIT;
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    code.name = "code";
    picture.name = "picture";
    build.seed = seed;
    NEED(denoise_sequential_new(&s, "scene"));
    NEED(denoise_sequential_add(s, denoise_layer_input(&(int64_t){SCENE_COLUMNS}, 1, NULL)));
    NEED(denoise_sequential_add(s, denoise_layer_dense(64, "relu", &code)));
    NEED(denoise_sequential_add(s, denoise_layer_dense(SCENE_COLUMNS, "sigmoid", &picture)));
    NEED(denoise_sequential_build(&model, s, &build));
    denoise_sequential_free(s);
    return model;
}

/* 0 .. 1 */
static denoise_tensor *uniform_rows(uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    NEED(denoise_rng_new(&rng, 5, stream));
    NEED(denoise_tensor_random_uniform(&tensor, (const int64_t[]){SCENE_ROWS, SCENE_COLUMNS}, 2, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return tensor;
}

void scene_make(scene *s, uint64_t seed)
{
    s->model = scene_model(seed);
    s->x = uniform_rows(1);
    s->y = uniform_rows(2);
}

void scene_clear(scene *s)
{
    denoise_model_free(s->model);
    denoise_tensor_free(s->x);
    denoise_tensor_free(s->y);
    *s = (scene){0};
}

denoise_trainer *scene_trainer(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_metric *metrics[] = {denoise_metric_mean_absolute_error()};
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.metrics = metrics;
    options.metric_count = 1;
    NEED(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL), &options));
    return trainer;
}

denoise_status scene_fit(denoise_trainer *trainer, const scene *s, int64_t epochs, uint64_t seed)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = SCENE_BATCH;
    options.epochs = epochs;
    options.seed = seed;
    options.verbose = 0;
    return denoise_trainer_fit(trainer, s->x, s->y, &options);
}

uint64_t scene_hash(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return hash;
}

static uint64_t hash_tensor(const denoise_tensor *tensor)
{
    return scene_hash(denoise_tensor_const_data(tensor), (size_t)denoise_tensor_bytes(tensor));
}

uint64_t scene_predict(denoise_status *status, const denoise_model *model, const scene *s, int64_t rows)
{
    denoise_tensor *x = NULL, *out = NULL;
    *status = denoise_tensor_rows(&x, s->x, 0, rows);
    if (*status == DENOISE_OK) *status = denoise_model_predict(&out, model, x, NULL);
    uint64_t hash = *status == DENOISE_OK ? hash_tensor(out) : 0;
    denoise_tensor_free(x);
    denoise_tensor_free(out);
    return hash;
}

uint64_t scene_weights(denoise_status *status, const denoise_model *model)
{
    enum { MOST = 16 };
    denoise_tensor *weights[MOST] = {NULL};
    int64_t count = denoise_model_weight_count(model);
    *status = count > MOST ? DENOISE_ERR_RANGE : denoise_model_get_weights(weights, model, count);
    if (*status != DENOISE_OK) return 0;
    uint64_t hash = 0;
    for (int64_t i = 0; i < count; i++) {
        hash = hash * 31 + hash_tensor(weights[i]);
        denoise_tensor_free(weights[i]);
    }
    return hash;
}

uint64_t scene_file_hash(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return 0;
    uint64_t hash = 0;
    char piece[4096];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        hash = hash * 31 + scene_hash(piece, size);
    (void)fclose(file);
    return hash;
}

bool found(findings *f, bool condition, const char *text, ...)
{
    atomic_fetch_add(&f->checks, 1);
    if (condition) return true;
    if (atomic_fetch_add(&f->failures, 1) != 0) return false;
    va_list list;
    va_start(list, text);
    (void)vsnprintf(f->text, sizeof f->text, text, list);
    va_end(list);
    return false;
}

void findings_report(campaign *c, const findings *f, const char *what)
{
    int64_t failures = atomic_load(&f->failures), checks = atomic_load(&f->checks);
    campaign_check(c, failures == 0, "%s: %lld of %lld, the first: %s", what, (long long)failures, (long long)checks, f->text);
    if (checks > 0) c->checks += checks - 1;
}

double scene_seconds(void)
{
    static struct timespec start;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (start.tv_sec == 0 && start.tv_nsec == 0) start = now;
    return (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) * 1e-9;
}

void scene_sleep(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds};
    time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
    while (nanosleep(&time, &time) != 0)
        continue;
}
