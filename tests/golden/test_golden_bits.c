/* SPDX-License-Identifier: Apache-2.0 */
/* The bits of trained weights: hashes that must be the same on every instruction set, number of threads, compiler and level of
 * optimization (bits.txt; tests/tools/bits_matrix.sh goes through the compilers).
 *
 *     test_golden_bits                     checks, with the instruction set that DENOISE_ISA allows
 *     test_golden_bits --write FILE        writes the hashes of this build, when arithmetic was changed on purpose
 *
 * With DENOISE_DATA_DIR an epoch of each of the notebook's networks on MNIST is checked too. Data and first weights are whole
 * numbers times powers of two, so that nothing here depends on a mathematics library. */
#include "core/cpu.h"
#include "support/chains.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = 784, CLASSES = 10, BATCH = 96, ROWS = 9 * BATCH + 41, LINES = 64, NAME = 64 };

/* A well mixed number of two; splitmix64's finalizer (S. Vigna, public domain). */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = (a + 1) * 0x9e3779b97f4a7c15u + (b + 1) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Something to learn: each class lights its own quarter of the pixels, and there is some noise. */
typedef struct images {
    denoise_tensor *bytes, *labels, *hot, *clean, *noisy, *weight; /* clean, noisy: float32, 0 .. 1 */
} images;

/* u/255 with noise of up to a half, from 0 to 1. */
static float noisy_at(const unsigned char *bytes, int64_t i)
{
    float value = (float)bytes[i] / 255.0f + (float)((int32_t)(mix(5, (uint64_t)i) & 0xffff) - 32768) * 0x1p-16f;
    return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
}

static void make_floats(images *d, int64_t rows)
{
    const int64_t shape[] = {rows, PIXELS};
    ASSERT_OK(denoise_tensor_new(&d->clean, DENOISE_FLOAT32, shape, 2));
    ASSERT_OK(denoise_tensor_new(&d->noisy, DENOISE_FLOAT32, shape, 2));
    const unsigned char *bytes = denoise_tensor_const_data(d->bytes);
    float *clean = denoise_tensor_data(d->clean), *noisy = denoise_tensor_data(d->noisy);
    for (int64_t i = 0; i < rows * PIXELS; i++) {
        clean[i] = (float)bytes[i] / 255.0f;
        noisy[i] = noisy_at(bytes, i);
    }
}

static void images_make(images *d)
{
    const int64_t rows = ROWS, shape[] = {ROWS, PIXELS};
    ASSERT_OK(denoise_tensor_new(&d->bytes, DENOISE_UINT8, shape, 2));
    ASSERT_OK(denoise_tensor_new(&d->labels, DENOISE_INT32, &rows, 1));
    ASSERT_OK(denoise_tensor_new(&d->weight, DENOISE_FLOAT32, &rows, 1));
    unsigned char *bytes = denoise_tensor_data(d->bytes);
    int32_t *labels = denoise_tensor_data(d->labels);
    float *weight = denoise_tensor_data(d->weight);
    for (int64_t r = 0; r < ROWS; r++) {
        labels[r] = (int32_t)(mix(1, (uint64_t)r) % CLASSES);
        weight[r] = (float)(mix(2, (uint64_t)r) % 8 + 1) * 0.25f;
        for (int64_t i = 0; i < PIXELS; i++) {
            uint64_t lit = mix(3 + 10 * (uint64_t)labels[r], (uint64_t)i) % 4 == 0 ? 160 : 0;
            bytes[r * PIXELS + i] = (unsigned char)(lit + mix(4, (uint64_t)(r * PIXELS + i)) % 96);
        }
    }
    ASSERT_OK(denoise_tensor_one_hot(&d->hot, d->labels, CLASSES));
    make_floats(d, ROWS);
}

static void images_free(images *d)
{
    denoise_tensor *all[] = {d->bytes, d->labels, d->hot, d->clean, d->noisy, d->weight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

/* Weights from -1/8 to 1/8. */
static void set_weights(denoise_model *model)
{
    for (int64_t w = 0; w < denoise_model_weight_count(model); w++) {
        denoise_tensor *weight;
        ASSERT_OK(denoise_model_get_weight(&weight, model, w));
        float *values = denoise_tensor_data(weight);
        for (int64_t i = 0; i < denoise_tensor_size(weight); i++)
            values[i] = (float)((int32_t)(mix(20 + (uint64_t)w, (uint64_t)i) & 0xffff) - 32768) * 0x1p-18f;
        ASSERT_OK(denoise_model_set_weight(model, w, weight));
        denoise_tensor_free(weight);
    }
}

typedef struct line {
    char name[NAME];
    uint64_t hash;
} line;

typedef struct table {
    line lines[LINES];
    int count;
} table;

static void add(table *t, const char *name, const char *what, uint64_t hash)
{
    assert_true(t->count < LINES);
    line *l = &t->lines[t->count++];
    snprintf(l->name, sizeof l->name, "%s%s", name, what);
    l->hash = hash;
}

/* Trains, and notes the weights and what is then predicted for a few rows and for many. */
static void run(table *t, const char *name, const chain_training *what)
{
    static const int64_t rows[] = {1, 5, 100};
    chain_outcome out = {.model = chain_model(&what->net)};
    set_weights(out.model);
    out.trainer = chain_compile(out.model, what);
    ASSERT_OK(denoise_trainer_fit(out.trainer, what->x, what->y, &what->fit));
    uint64_t hash = hash_of_weights(out.model);
    add(t, name, "", hash);
    hash = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise_tensor *x, *y;
        ASSERT_OK(denoise_tensor_rows(&x, (denoise_tensor *)(uintptr_t)what->x, 0, rows[i])); /* only read */
        ASSERT_OK(denoise_model_predict(&y, out.model, x, NULL));
        hash = hash * 31 + hash_of(y);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
    add(t, name, "/predicted", hash);
    chain_outcome_free(&out);
}

static void start(chain_training *t, const denoise_tensor *x, const denoise_tensor *y, const char *loss)
{
    chain_training_init(t);
    t->x = x, t->y = y;
    t->loss = loss;
    t->fit.batch_size = BATCH;
    t->fit.shuffle = 1;
    t->fit.seed = 3;
}

static void the_networks(table *t, const images *d)
{
    chain_training c;
    start(&c, d->bytes, d->labels, "sparse_categorical_crossentropy");
    c.net = (chain_net){.inputs = PIXELS,
                        .scale = 1.0 / 255,
                        .count = 3,
                        .units = {64, 40, CLASSES},
                        .activations = {"relu", "relu", "softmax"}};
    run(t, "classifier", &c);
    c.net.scale = 0;
    c.x = d->clean; /* the same numbers, so the same hash */
    run(t, "classifier of floats", &c);
    start(&c, d->noisy, d->clean, "binary_crossentropy");
    c.net = (chain_net){.inputs = PIXELS, .count = 2, .units = {32, PIXELS}, .activations = {"relu", "sigmoid"}};
    run(t, "autoencoder", &c);
}

typedef struct option {
    const char *key;
    double value; /* of a truth value too */
} option;

static denoise_params *params_of(const char *noun, const char *kind, const option *options, int count)
{
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    for (int i = 0; i < count && options[i].key != NULL; i++) {
        denoise_param_info info = {.struct_size = (int64_t)sizeof info};
        for (int64_t k = 0; denoise_kind_param(&info, noun, kind, k) == DENOISE_OK; k++)
            if (strcmp(info.name, options[i].key) == 0) break;
        if (info.type == DENOISE_PARAM_BOOL)
            ASSERT_OK(denoise_params_set_bool(params, options[i].key, options[i].value != 0));
        else
            ASSERT_OK(denoise_params_set_double(params, options[i].key, options[i].value));
    }
    return params;
}

/* Each activation, loss and optimizer at least once. */
static const struct variant {
    const char *name, *hidden, *last, *loss, *optimizer;
    option loss_options[2], optimizer_options[4];
    bool weighted;
} variants[] = {
    {"sgd", "tanh", "linear", "mean_squared_error", "sgd", {{0}}, {{0}}, false},
    {"nesterov", "elu(alpha=0.5)", "tanh", "mean_absolute_error", "sgd", {{0}}, {{"momentum", 0.9}, {"nesterov", 1}}, true},
    {"momentum",
     "relu(max_value=1)",
     "softplus",
     "mean_squared_error",
     "sgd",
     {{0}},
     {{"momentum", 0.5}, {"weight_decay", 0.01}},
     false},
    {"rmsprop", "softplus", "sigmoid", "binary_crossentropy", "rmsprop", {{0}}, {{0}}, false},
    {"centered",
     "leaky_relu",
     "sigmoid",
     "binary_crossentropy",
     "rmsprop",
     {{"label_smoothing", 0.125}},
     {{"centered", 1}, {"momentum", 0.5}},
     true},
    {"logits", "sigmoid", "linear", "binary_crossentropy", "adam", {{"from_logits", 1}}, {{0}}, false},
    {"adamw", "relu", "softmax", "categorical_crossentropy", "adamw", {{0}}, {{0}}, false},
    {"smoothed",
     "tanh",
     "softmax",
     "categorical_crossentropy",
     "adam",
     {{"label_smoothing", 0.125}},
     {{"weight_decay", 0.01}},
     true},
    {"rows in the middle", "softmax", "linear", "categorical_crossentropy", "adam", {{"from_logits", 1}}, {{0}}, false},
};

static void the_variants(table *t, const images *d)
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const struct variant *v = &variants[i];
        const denoise_tensor *weight = d->weight;
        chain_training c;
        denoise_params *loss = params_of("loss", v->loss, v->loss_options, 2);
        denoise_params *optimizer = params_of("optimizer", v->optimizer, v->optimizer_options, 4);
        start(&c, d->clean, d->hot, v->loss);
        c.net = (chain_net){
            .inputs = PIXELS, .count = 3, .units = {33, 17, CLASSES}, .activations = {v->hidden, v->hidden, v->last}};
        c.loss_params = loss;
        c.optimizer = v->optimizer;
        c.optimizer_params = optimizer;
        c.fit.sample_weight = v->weighted ? &weight : NULL;
        run(t, v->name, &c);
        denoise_params_free(loss);
        denoise_params_free(optimizer);
    }
}

/* The first epoch of the notebook's networks, in batches of 512. */
static void on_mnist(table *t)
{
    images d;
    denoise_tensor *train, *labels, *test[2];
    chain_training c;
    ASSERT_OK(denoise_mnist_load(&train, &labels, &test[0], &test[1], NULL));
    ASSERT_OK(denoise_tensor_reshape(&d.bytes, train, (const int64_t[]){60000, PIXELS}, 2));
    make_floats(&d, 60000);
    start(&c, d.bytes, labels, "sparse_categorical_crossentropy");
    c.fit.batch_size = 512;
    c.net = (chain_net){.inputs = PIXELS,
                        .scale = 1.0 / 255,
                        .count = 3,
                        .units = {256, 256, CLASSES},
                        .activations = {"relu", "relu", "softmax"}};
    run(t, "MNIST classifier", &c);
    start(&c, d.noisy, d.clean, "binary_crossentropy");
    c.fit.batch_size = 512;
    c.net = (chain_net){.inputs = PIXELS, .count = 2, .units = {64, PIXELS}, .activations = {"relu", "sigmoid"}};
    run(t, "MNIST autoencoder", &c);
    denoise_tensor *all[] = {train, labels, test[0], test[1], d.bytes, d.clean, d.noisy};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static bool wants_mnist(void)
{
    return getenv("DENOISE_DATA_DIR") != NULL;
}

static void compute(table *t)
{
    images d;
    t->count = 0;
    images_make(&d);
    the_networks(t, &d);
    the_variants(t, &d);
    images_free(&d);
}

static void read_golden(table *t)
{
    char text[128], name[NAME], digits[32];
    FILE *file = fopen(DENOISE_TEST_BITS, "r");
    assert_non_null(file);
    t->count = 0;
    while (fgets(text, (int)sizeof text, file) != NULL) {
        if (text[0] == '#' || text[0] == '\n') continue;
        assert_int_equal(sscanf(text, "%16[0-9a-f] %63[^\n]", digits, name), 2);
        add(t, name, "", strtoull(digits, NULL, 16));
    }
    fclose(file);
}

static int compare(const table *got, const table *golden, const char *how)
{
    int wrong = 0;
    for (int i = 0; i < got->count; i++) {
        int k = 0;
        while (k < golden->count && strcmp(golden->lines[k].name, got->lines[i].name) != 0)
            k++;
        if (k < golden->count && golden->lines[k].hash == got->lines[i].hash) continue;
        print_error("%s, %s: \"%s\" is %016llx, expected %016llx\n", denoise__cpu_isa_name(), how, got->lines[i].name,
                    (unsigned long long)got->lines[i].hash,
                    k < golden->count ? (unsigned long long)golden->lines[k].hash : 0ull);
        wrong++;
    }
    return wrong;
}

static void bits_are_the_golden_ones(void **state)
{
    (void)state;
    table golden, got;
    int wrong = 0;
    read_golden(&golden);
    bool slow = denoise__cpu_isa() == DENOISE__ISA_PORTABLE;
    for (int32_t threads = 1; threads <= 8; threads += slow ? 3 : 1) {
        char how[32];
        ASSERT_OK(denoise_set_num_threads(threads));
        compute(&got);
        snprintf(how, sizeof how, "%d threads", (int)threads);
        wrong += compare(&got, &golden, how);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    assert_int_equal(wrong, 0);
    assert_true(got.lines[0].hash == got.lines[2].hash); /* bytes and floats */
}

static void mnist_bits_are_the_golden_ones(void **state)
{
    (void)state;
    table golden, got = {0};
    if (!wants_mnist()) skip();
    read_golden(&golden);
    bool slow = denoise__cpu_isa() == DENOISE__ISA_PORTABLE; /* a minute */
    for (int32_t threads = slow ? 2 : 1; threads <= (slow ? 2 : 8); threads++) {
        ASSERT_OK(denoise_set_num_threads(threads));
        got.count = 0;
        on_mnist(&got);
        assert_int_equal(compare(&got, &golden, "MNIST"), 0);
    }
    ASSERT_OK(denoise_set_num_threads(0));
}

static void write_golden(const char *path)
{
    table t;
    compute(&t);
    if (wants_mnist()) on_mnist(&t);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "# Hashes of trained weights and of predictions: tests/golden/test_golden_bits.c\n");
    for (int i = 0; i < t.count; i++)
        fprintf(file, "%016llx %s\n", (unsigned long long)t.lines[i].hash, t.lines[i].name);
    assert_int_equal(fclose(file), 0);
}

static const char *to_write;

static void write_them(void **state)
{
    (void)state;
    write_golden(to_write);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_the_golden_ones),
        cmocka_unit_test(mnist_bits_are_the_golden_ones),
    };
    const struct CMUnitTest writing[] = {cmocka_unit_test(write_them)};
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        to_write = argv[2];
        return cmocka_run_group_tests(writing, chain_setup, NULL);
    }
    return cmocka_run_group_tests(tests, chain_setup, NULL);
}
