/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_ours: libdenoise behind the line protocol of bench/peers/driver.py.
 *
 *     peer_ours FOLDER [--threads N] [--first | --memory]
 *
 * Commands: `w1 SLOT` and `w2 SLOT` train one more epoch of the network of that slot, so that each peer is compared with a
 * network of the same age; `w3_batch`, `w3_one`, `memory`, `versions`, `speed`, `quit`, and the convolutional
 * workloads of convolutions.c. --first: W4, then exit. --memory: DnCNN's training, its peak memory, then exit.
 */
#include "convolutions.h"
#include <denoise/denoise.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PIXELS = 784,
    CLASSES = 10,
    BATCH = 512,
    TRAIN_ROWS = 60000,
    FIT_ROWS = 48000,
    TEST_ROWS = 10000,
    ONE_IMAGES = 1000,
    MOST_CALLS = 4000,
    SLOTS = CONVOLUTIONS_SLOTS,
    CHAIN_STEPS = 400000
};
static const double sample_seconds = 0.25;

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

/* ---- Data and networks ---- */

static const char *folder;

static denoise_tensor *read_file(const char *name, int32_t dtype, int64_t rows, int64_t columns)
{
    char path[4096];
    denoise_tensor *t;
    int64_t shape[] = {rows, columns};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(denoise_tensor_new(&t, dtype, shape, columns == 0 ? 1 : 2));
    FILE *f = fopen(path, "rb");
    size_t bytes = (size_t)denoise_tensor_bytes(t);
    if (f == NULL || fread(denoise_tensor_data(t), 1, bytes, f) != bytes) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    fclose(f);
    return t;
}

static denoise_model *network(const int64_t *widths, const char *const *activations, int32_t layers, uint64_t seed)
{
    denoise_sequential *s;
    denoise_model *model;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.seed = seed;
    CHECK(denoise_sequential_new(&s, "net"));
    CHECK(denoise_sequential_add(s, denoise_layer_input(widths, 1, NULL)));
    for (int32_t i = 0; i < layers; i++)
        CHECK(denoise_sequential_add(s, denoise_layer_dense(widths[i + 1], activations[i], NULL)));
    CHECK(denoise_sequential_build(&model, s, &options));
    denoise_sequential_free(s);
    return model;
}

/* ---- W1 and W2 ---- */

static denoise_trainer *classifiers[SLOTS], *autoencoders[SLOTS];
static denoise_tensor *train_x, *train_labels, *train_noisy;

static denoise_trainer *new_classifier(uint64_t seed)
{
    static const int64_t widths[] = {PIXELS, 256, 256, CLASSES};
    static const char *const activations[] = {"relu", "relu", "softmax"};
    denoise_model *model = network(widths, activations, 3, seed);
    denoise_metric *metrics[] = {denoise_metric_accuracy()};
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_trainer *trainer;
    options.metrics = metrics;
    options.metric_count = 1;
    CHECK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                denoise_loss_sparse_categorical_crossentropy(NULL), &options));
    denoise_model_free(model);
    return trainer;
}

static denoise_trainer *new_autoencoder(uint64_t seed)
{
    static const int64_t widths[] = {PIXELS, 64, PIXELS};
    static const char *const activations[] = {"relu", "sigmoid"};
    denoise_model *model = network(widths, activations, 2, seed);
    denoise_trainer *trainer;
    CHECK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL), NULL));
    denoise_model_free(model);
    return trainer;
}

static void print_history(const denoise_trainer *trainer, double seconds)
{
    const denoise_history *history = denoise_trainer_history(trainer);
    printf("{\"seconds\": %.9g", seconds);
    for (int64_t i = 0; i < denoise_history_key_count(history); i++) {
        const char *key = denoise_history_key(history, i);
        printf(", \"%s\": %.9g", key, denoise_history_values(history, key)[0]);
    }
    printf("}\n");
}

/* One more epoch; the number of the epoch seeds the shuffle. */
static void train(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y, double validation_split,
                  uint64_t epoch)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = BATCH;
    options.verbose = 0;
    options.validation_split = validation_split;
    options.seed = epoch;
    double start = now();
    CHECK(denoise_trainer_fit(trainer, x, y, &options));
    print_history(trainer, now() - start);
}

static void classifier_epoch(int slot)
{
    static uint64_t epochs[SLOTS];
    if (train_x == NULL) train_x = read_file("train_x.f32", DENOISE_FLOAT32, TRAIN_ROWS, PIXELS);
    if (train_labels == NULL) train_labels = read_file("train_labels.i32", DENOISE_INT32, TRAIN_ROWS, 0);
    if (classifiers[slot] == NULL) classifiers[slot] = new_classifier((uint64_t)slot + 1);
    train(classifiers[slot], train_x, train_labels, 0.0, epochs[slot]++);
}

static void autoencoder_epoch(int slot)
{
    static uint64_t epochs[SLOTS];
    if (train_x == NULL) train_x = read_file("train_x.f32", DENOISE_FLOAT32, TRAIN_ROWS, PIXELS);
    if (train_noisy == NULL) train_noisy = read_file("train_noisy.f32", DENOISE_FLOAT32, TRAIN_ROWS, PIXELS);
    if (autoencoders[slot] == NULL) autoencoders[slot] = new_autoencoder((uint64_t)slot + 1);
    train(autoencoders[slot], train_noisy, train_x, (double)(TRAIN_ROWS - FIT_ROWS) / TRAIN_ROWS, epochs[slot]++);
}

/* ---- W3 and W4 ---- */

/* A model and what one call of `rows` rows needs. */
typedef struct prediction {
    denoise_model *model;
    denoise_tensor *x;
    denoise_tensor *out;
    denoise_workspace *workspace;
    int64_t rows;
} prediction;

static denoise_model *load_chain(void)
{
    static const int64_t widths[] = {PIXELS, 64, PIXELS, 256, 256, CLASSES};
    static const char *const activations[] = {"relu", "sigmoid", "relu", "relu", "softmax"};
    char path[4096];
    denoise_model *model = network(widths, activations, 5, 0);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    CHECK(denoise_model_load_weights(model, path, NULL));
    return model;
}

static void prepare(prediction *p, int64_t rows)
{
    int64_t shape[] = {rows, CLASSES};
    denoise_workspace_free(p->workspace);
    denoise_tensor_free(p->out);
    CHECK(denoise_workspace_new(&p->workspace, p->model, rows));
    CHECK(denoise_tensor_new(&p->out, DENOISE_FLOAT32, shape, 2));
    p->rows = rows;
}

/* The mean over rows of sum(class * probability), as in driver.py. */
static double fingerprint(const denoise_tensor *out)
{
    const float *p = denoise_tensor_const_data(out);
    int64_t size = denoise_tensor_size(out);
    double sum = 0.0;
    for (int64_t i = 0; i < size; i++)
        sum += (double)(i % CLASSES) * (double)p[i];
    return sum / (double)(size / CLASSES);
}

/* Predicts rows `row` .. `row` + p->rows - 1. */
static void predict(prediction *p, int64_t row)
{
    denoise_tensor *part;
    CHECK(denoise_tensor_rows(&part, p->x, row, row + p->rows));
    CHECK(denoise_model_predict_into(p->out, p->model, part, p->workspace));
    denoise_tensor_free(part);
}

/* Seconds for all rows; *mark, unless NULL, their fingerprint. */
static double one_pass(prediction *p, double *mark)
{
    double start = now(), sum = 0.0;
    for (int64_t row = 0; row < TEST_ROWS; row += p->rows) {
        predict(p, row);
        if (mark != NULL) sum += fingerprint(p->out) * (double)p->rows;
    }
    if (mark != NULL) *mark = sum / TEST_ROWS;
    return now() - start;
}

static int64_t choose_batch(prediction *p)
{
    static const int64_t batches[] = {250, 500, 1000, 2500, 5000, 10000};
    double best_seconds = 1e30;
    int64_t best = batches[0];
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        prepare(p, batches[i]);
        (void)one_pass(p, NULL);
        for (int repeat = 0; repeat < 4; repeat++) {
            double seconds = one_pass(p, NULL);
            if (seconds < best_seconds) best_seconds = seconds, best = batches[i];
        }
    }
    return best;
}

static void batch_sample(prediction *p)
{
    static int64_t batch;
    double mark, total = 0.0;
    int passes = 0;
    if (batch == 0) batch = choose_batch(p);
    if (p->rows != batch) prepare(p, batch);
    (void)one_pass(p, &mark);
    for (; total < sample_seconds; passes++)
        total += one_pass(p, NULL);
    printf("{\"seconds\": %.9g, \"images_per_second\": %.9g, \"batch\": %d, \"check\": %.9g}\n", total / passes,
           TEST_ROWS * passes / total, (int)batch, mark);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void one_sample(prediction *p)
{
    static double times[MOST_CALLS];
    int calls = 0;
    double mark = 0.0, end, last;
    if (p->rows != 1) prepare(p, 1);
    for (int64_t i = 0; i < 100; i++) {
        predict(p, i);
        mark += fingerprint(p->out) / 100.0;
    }
    end = now() + sample_seconds;
    do {
        double start = now();
        predict(p, calls % ONE_IMAGES);
        last = now();
        times[calls++] = last - start;
    } while (calls < MOST_CALLS && (last < end || calls < 20));
    qsort(times, (size_t)calls, sizeof *times, by_value);
    double p50 = times[calls / 2], p99 = times[(calls - 1) * 99 / 100];
    printf("{\"seconds\": %.9g, \"p50_us\": %.9g, \"p99_us\": %.9g, \"calls\": %d, \"check\": %.9g}\n", p50, p50 * 1e6,
           p99 * 1e6, calls, mark);
}

static double peak_memory_mb(void)
{
    char line[256];
    double kilobytes = 0.0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
    }
    if (f != NULL) fclose(f);
    return kilobytes / 1024.0;
}

static void first_prediction(void)
{
    prediction p = {.model = load_chain(), .x = read_file("test_noisy.f32", DENOISE_FLOAT32, 1, PIXELS)};
    prepare(&p, 1);
    predict(&p, 0);
    printf("{\"check\": %.9g}\n", fingerprint(p.out));
    fflush(stdout);
    printf("{\"mb\": %.9g}\n", peak_memory_mb());
    fflush(stdout);
    exit(0);
}

static void training_memory(void)
{
    convolutions_train_once(folder);
    printf("{\"mb\": %.9g}\n", peak_memory_mb());
    fflush(stdout);
    _Exit(0); /* the fit's thread still waits */
}

/* ---- The machine's state: nanoseconds of a link of a chain of multiplications and additions, all dependent ---- */

static double time_chain(void)
{
    volatile uint64_t sink;
    uint64_t x = 1;
    double start = now();
    for (int i = 0; i < CHAIN_STEPS; i++)
        x = x * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
    sink = x;
    (void)sink;
    return (now() - start) / CHAIN_STEPS * 1e9;
}

/* The least of several, so that an interrupt does not look like another clock. */
static void speed(void)
{
    double least = time_chain();
    for (int repeat = 0; repeat < 7; repeat++) {
        double again = time_chain();
        if (again < least) least = again;
    }
    printf("{\"nanoseconds\": %.9g}\n", least);
}

static void versions(void)
{
    char info[2048];
    denoise_build_info(info, (int64_t)sizeof info);
    printf("%s\n", info);
}

static void prediction_sample(bool single)
{
    static prediction p;
    if (p.model == NULL)
        p = (prediction){load_chain(), read_file("test_noisy.f32", DENOISE_FLOAT32, TEST_ROWS, PIXELS), NULL, NULL, 0};
    if (single) {
        one_sample(&p);
    } else {
        batch_sample(&p);
    }
}

static void answer(const char *word, int slot)
{
    if (slot < 0 || slot >= SLOTS) {
        printf("{\"error\": \"slot out of range\"}\n");
    } else if (convolutions_answer(word, slot, folder)) {
        /* answered */
    } else if (strcmp(word, "w1") == 0) {
        classifier_epoch(slot);
    } else if (strcmp(word, "w2") == 0) {
        autoencoder_epoch(slot);
    } else if (strcmp(word, "w3_batch") == 0) {
        prediction_sample(false);
    } else if (strcmp(word, "w3_one") == 0) {
        prediction_sample(true);
    } else if (strcmp(word, "memory") == 0) {
        printf("{\"mb\": %.9g}\n", peak_memory_mb());
    } else if (strcmp(word, "versions") == 0) {
        versions();
    } else if (strcmp(word, "speed") == 0) {
        speed();
    } else {
        printf("{\"error\": \"unknown command\"}\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[256], word[32];
    bool first = false, memory = false;
    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER [--threads N] [--first | --memory]\n", argv[0]);
        return 1;
    }
    folder = argv[1];
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--first") == 0) first = true;
        if (strcmp(argv[i], "--memory") == 0) memory = true;
        if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) CHECK(denoise_set_num_threads(atoi(argv[i + 1])));
    }
    if (first) first_prediction();
    if (memory) training_memory();
    while (fgets(line, sizeof line, stdin) != NULL) {
        int slot = 0;
        if (sscanf(line, "%31s %d", word, &slot) < 1) continue;
        if (strcmp(word, "quit") == 0) break;
        answer(word, slot);
    }
    /* Fits may wait in their threads: the process ends as it is. */
    _Exit(fflush(stdout) != 0 || ferror(stdout));
}
