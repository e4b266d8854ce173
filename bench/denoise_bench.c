/* SPDX-License-Identifier: Apache-2.0 */
/* How long an epoch of the notebook's classifier (W1) and autoencoder (W2) takes on 1 and 2 threads, beside the time that the
 * engine takes for the same matrix products alone: medians of an odd number of rounds, in which both take turns, so that a
 * disturbance of the machine hits both.
 *
 *     denoise_bench [rounds]     (7 when not given)
 */
#include "kernels/gemm.h"
#include <denoise/denoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_ROUNDS = 99, BATCH = 512 };

#define CHECK(call)                                                                                                            \
    do {                                                                                                                       \
        if ((call) != DENOISE_OK) {                                                                                            \
            fprintf(stderr, "%s\n", denoise_last_error());                                                                     \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

typedef struct timing {
    double seconds[MAX_ROUNDS];
} timing;

static double median(timing *t, int rounds)
{
    qsort(t->seconds, (size_t)rounds, sizeof *t->seconds, by_value);
    return t->seconds[rounds / 2];
}

/* Widths of the layers, and the rows of training and validation. */
typedef struct network {
    const char *name;
    int64_t widths[4];
    int32_t layers;
    int64_t rows, validation_rows;
} network;

static const network networks[] = {
    {"W1 classifier 784-256-256-10", {784, 256, 256, 10}, 3, 60000, 0},
    {"W2 autoencoder 784-64-784", {784, 64, 784, 0}, 2, 48000, 12000},
};

static double flops_of(const network *n)
{
    double sum = 0.0;
    for (int32_t i = 0; i < n->layers; i++) {
        double product = 2.0 * (double)n->widths[i] * (double)n->widths[i + 1];
        sum += product * (double)n->rows * (i == 0 ? 2.0 : 3.0) + product * (double)n->validation_rows;
    }
    return sum;
}

/* The products of one batch: forward, and with `trains` those of the gradients; the first layer's input needs none. */
static void products(const network *n, int64_t batch, bool trains, const float *a, const float *b, float *c)
{
    for (int32_t i = 0; i < n->layers; i++) {
        denoise__gemm(false, false, batch, n->widths[i + 1], n->widths[i], a, b, c, NULL, NULL);
    }
    for (int32_t i = n->layers - 1; i >= 0 && trains; i--) {
        denoise__gemm(true, false, n->widths[i], n->widths[i + 1], batch, a, b, c, NULL, NULL);
        if (i > 0) denoise__gemm(false, true, batch, n->widths[i], n->widths[i + 1], a, b, c, NULL, NULL);
    }
}

static double time_products(const network *n, const float *a, const float *b, float *c)
{
    double start = now();
    for (int64_t row = 0; row < n->rows; row += BATCH)
        products(n, n->rows - row < BATCH ? n->rows - row : BATCH, true, a, b, c);
    for (int64_t row = 0; row < n->validation_rows; row += BATCH) {
        products(n, n->validation_rows - row < BATCH ? n->validation_rows - row : BATCH, false, a, b, c);
    }
    return now() - start;
}

typedef struct task {
    denoise_trainer *trainer;
    const denoise_tensor *x, *y;
    denoise_fit_options options;
} task;

static denoise_trainer *make_trainer(const network *n)
{
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    bool classifies = n->validation_rows == 0;
    denoise_metric *metrics[] = {denoise_metric_accuracy()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    CHECK(denoise_sequential_new(&s, "net"));
    CHECK(denoise_sequential_add(s, denoise_layer_input(n->widths, 1, NULL)));
    for (int32_t i = 1; i <= n->layers; i++) {
        const char *last = classifies ? "softmax" : "sigmoid";
        CHECK(denoise_sequential_add(s, denoise_layer_dense(n->widths[i], i == n->layers ? last : "relu", NULL)));
    }
    CHECK(denoise_sequential_build(&model, s, NULL));
    if (classifies) {
        compile.metrics = metrics;
        compile.metric_count = 1;
    } else {
        denoise_metric_free(metrics[0]);
    }
    denoise_loss *loss =
        classifies ? denoise_loss_sparse_categorical_crossentropy(NULL) : denoise_loss_binary_crossentropy(NULL);
    CHECK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), loss, &compile));
    denoise_sequential_free(s);
    denoise_model_free(model);
    return trainer;
}

static double time_epoch(const task *t)
{
    double start = now();
    CHECK(denoise_trainer_fit(t->trainer, t->x, t->y, &t->options));
    return now() - start;
}

static void bench(const network *n, int rounds, const denoise_tensor *x, const denoise_tensor *noisy,
                  const denoise_tensor *labels, const float *a, const float *b, float *c)
{
    bool classifies = n->validation_rows == 0;
    task t = {.trainer = make_trainer(n), .x = classifies ? x : noisy, .y = classifies ? labels : x};
    denoise_fit_options_init(&t.options);
    t.options.batch_size = BATCH;
    t.options.verbose = 0;
    t.options.validation_split = classifies ? 0.0 : 0.2;
    for (int32_t threads = 1; threads <= 2; threads++) {
        static timing epochs, alone;
        CHECK(denoise_set_num_threads(threads));
        (void)time_epoch(&t); /* memory, pages, clock */
        for (int i = 0; i < rounds; i++) {
            epochs.seconds[i] = time_epoch(&t);
            alone.seconds[i] = time_products(n, a, b, c);
        }
        double epoch = median(&epochs, rounds), products_alone = median(&alone, rounds);
        printf("%-30s %d thread%s  epoch %.3f s (%.3f to %.3f)  products alone %.3f s, %.0f GFLOP/s  ratio %.2f\n", n->name,
               (int)threads, threads == 1 ? " " : "s", epoch, epochs.seconds[0], epochs.seconds[rounds - 1], products_alone,
               flops_of(n) / products_alone * 1e-9, epoch / products_alone);
        fflush(stdout);
    }
    denoise_trainer_free(t.trainer);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 7;
    char info[1024];
    denoise_tensor *train, *labels, *test, *test_labels, *x, *noisy;
    int32_t is_synthetic;
    if (rounds < 1 || rounds > MAX_ROUNDS || rounds % 2 == 0) {
        fprintf(stderr, "usage: %s [odd number of rounds, at most %d]\n", argv[0], MAX_ROUNDS);
        return 1;
    }
    denoise_build_info(info, (int64_t)sizeof info);
    printf("%s\n", info);
    CHECK(denoise_digits_load(&train, &labels, &test, &test_labels, NULL, 0, &is_synthetic));
    CHECK(denoise_images_to_rows(&x, train, 1.0 / 255));
    CHECK(denoise_noise_gaussian(&noisy, x, 0.9, 42));
    printf("%s, medians of %d rounds, batch %d\n", is_synthetic ? "synthetic digits" : "MNIST", rounds, BATCH);
    float *a = calloc((size_t)BATCH * 784, sizeof *a), *b = calloc((size_t)784 * 784, sizeof *b),
          *c = calloc((size_t)784 * 784, sizeof *c);
    if (a == NULL || b == NULL || c == NULL) return 1;
    for (size_t i = 0; i < (size_t)BATCH * 784; i++)
        a[i] = (float)(i % 7) * 0.25f;
    for (size_t i = 0; i < (size_t)784 * 784; i++)
        b[i] = (float)(i % 5) * 0.125f - 0.25f;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        bench(&networks[i], rounds, x, noisy, labels, a, b, c);
    free(a), free(b), free(c);
    denoise_tensor_free(train), denoise_tensor_free(labels), denoise_tensor_free(test), denoise_tensor_free(test_labels);
    denoise_tensor_free(x), denoise_tensor_free(noisy);
    denoise_shutdown();
    return 0;
}
