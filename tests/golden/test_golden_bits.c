/* SPDX-License-Identifier: Apache-2.0 */
/* The bits of trained weights: hashes that must be the same on every instruction set, number of threads, compiler and level of
 * optimization (bits.txt; tests/tools/bits_matrix.sh goes through the compilers).
 *
 *     test_golden_bits                     checks, with the instruction set that DENOISE_ISA allows
 *     test_golden_bits --fused             not the plain way, each step by itself
 *     test_golden_bits --quick             checks the small networks and two great ones: seconds under an emulator
 *     test_golden_bits --write FILE        writes the hashes of this build, when arithmetic was changed on purpose; lines that
 * it does not compute (MNIST, CPUs of another kind) stay as they are
 *
 * With DENOISE_DATA_DIR an epoch of each of the notebook's networks on MNIST is checked too. Data and first weights are whole
 * numbers times powers of two, so that nothing here depends on a mathematics library. */
#include "core/cpu.h"
#include "golden/picture_nets.h"
#include "support/fused_nets.h"
#include "train/trainer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, LINES = 128, NAME = 64 };

/* How much is learned. Small: partial panels, blocks and batches, and still every kernel that the great ones use. */
typedef struct amount {
    const char *name;
    int64_t rows, pixels, batch;
} amount;

static const amount great = {"", 9 * 96 + 41, 784, 96}, small = {"small ", 2 * 48 + 21, 100, 48};

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
    amount of;
    denoise_tensor *bytes, *labels, *hot, *clean, *noisy, *weight; /* clean, noisy: float32, 0 .. 1 */
} images;

/* u/255 with noise of up to a half, from 0 to 1. */
static float noisy_at(const unsigned char *bytes, int64_t i)
{
    float value = (float)bytes[i] / 255.0f + (float)((int32_t)(mix(5, (uint64_t)i) & 0xffff) - 32768) * 0x1p-16f;
    return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
}

static void make_floats(images *d)
{
    const int64_t shape[] = {d->of.rows, d->of.pixels};
    ASSERT_OK(denoise_tensor_new(&d->clean, DENOISE_FLOAT32, shape, 2));
    ASSERT_OK(denoise_tensor_new(&d->noisy, DENOISE_FLOAT32, shape, 2));
    const unsigned char *bytes = denoise_tensor_const_data(d->bytes);
    float *clean = denoise_tensor_data(d->clean), *noisy = denoise_tensor_data(d->noisy);
    for (int64_t i = 0; i < shape[0] * shape[1]; i++) {
        clean[i] = (float)bytes[i] / 255.0f;
        noisy[i] = noisy_at(bytes, i);
    }
}

static void images_make(images *d, const amount *of)
{
    const int64_t rows = of->rows, pixels = of->pixels, shape[] = {rows, pixels};
    d->of = *of;
    ASSERT_OK(denoise_tensor_new(&d->bytes, DENOISE_UINT8, shape, 2));
    ASSERT_OK(denoise_tensor_new(&d->labels, DENOISE_INT32, &rows, 1));
    ASSERT_OK(denoise_tensor_new(&d->weight, DENOISE_FLOAT32, &rows, 1));
    unsigned char *bytes = denoise_tensor_data(d->bytes);
    int32_t *labels = denoise_tensor_data(d->labels);
    float *weight = denoise_tensor_data(d->weight);
    for (int64_t r = 0; r < rows; r++) {
        labels[r] = (int32_t)(mix(1, (uint64_t)r) % CLASSES);
        weight[r] = (float)(mix(2, (uint64_t)r) % 8 + 1) * 0.25f;
        for (int64_t i = 0; i < pixels; i++) {
            uint64_t lit = mix(3 + 10 * (uint64_t)labels[r], (uint64_t)i) % 4 == 0 ? 160 : 0;
            bytes[r * pixels + i] = (unsigned char)(lit + mix(4, (uint64_t)(r * pixels + i)) % 96);
        }
    }
    ASSERT_OK(denoise_tensor_one_hot(&d->hot, d->labels, CLASSES));
    make_floats(d);
}

static void images_free(images *d)
{
    denoise_tensor *all[] = {d->bytes, d->labels, d->hot, d->clean, d->noisy, d->weight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

/* Weights from -1/8 to 1/8; of a variance from 1/8 to 3/8. */
static void set_weights(denoise_model *model)
{
    for (int64_t w = 0; w < denoise_model_weight_count(model); w++) {
        denoise_tensor *weight;
        char name[256];
        (void)denoise_model_weight_name(model, w, name, sizeof name);
        float least = strstr(name, "variance") != NULL ? 0.25f : 0.0f;
        ASSERT_OK(denoise_model_get_weight(&weight, model, w));
        float *values = denoise_tensor_data(weight);
        for (int64_t i = 0; i < denoise_tensor_size(weight); i++)
            values[i] = least + (float)((int32_t)(mix(20 + (uint64_t)w, (uint64_t)i) & 0xffff) - 32768) * 0x1p-18f;
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

static void add(table *t, const amount *of, const char *name, const char *what, uint64_t hash)
{
    assert_true(t->count < LINES);
    line *l = &t->lines[t->count++];
    snprintf(l->name, sizeof l->name, "%s%s%s", of->name, name, what);
    l->hash = hash;
}

/* Trains, and notes the weights and what is then predicted for a few rows and for many. */
static void run(table *t, const amount *of, const char *name, const dense_training *what)
{
    static const int64_t rows[] = {1, 5, 100};
    dense_outcome out = {.model = dense_net_model(&what->net)};
    set_weights(out.model);
    out.trainer = dense_compile(out.model, what);
    ASSERT_OK(denoise_trainer_fit(out.trainer, what->x, what->y, &what->fit));
    uint64_t hash = hash_of_weights(out.model);
    add(t, of, name, "", hash);
    hash = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise_tensor *x, *y;
        ASSERT_OK(denoise_tensor_rows(&x, (denoise_tensor *)(uintptr_t)what->x, 0, rows[i])); /* only read */
        ASSERT_OK(denoise_model_predict(&y, out.model, x, NULL));
        hash = hash * 31 + hash_of(y);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
    add(t, of, name, "/predicted", hash);
    dense_outcome_free(&out);
}

static void start(dense_training *t, const amount *of, const denoise_tensor *x, const denoise_tensor *y, const char *loss)
{
    dense_training_init(t);
    t->x = x, t->y = y;
    t->loss = loss;
    t->fit.batch_size = of->batch;
    t->fit.shuffle = 1;
    t->fit.seed = 3;
}

static dense_net classifier_net(int64_t pixels, int64_t first, int64_t second)
{
    return (dense_net){.inputs = pixels,
                       .scale = 1.0 / 255,
                       .count = 3,
                       .units = {first, second, CLASSES},
                       .activations = {"relu", "relu", "softmax"}};
}

static dense_net autoencoder_net(int64_t pixels, int64_t units)
{
    return (dense_net){.inputs = pixels, .count = 2, .units = {units, pixels}, .activations = {"relu", "sigmoid"}};
}

static void classifier(table *t, const images *d)
{
    dense_training c;
    start(&c, &d->of, d->bytes, d->labels, "sparse_categorical_crossentropy");
    c.net = classifier_net(d->of.pixels, 64, 40);
    run(t, &d->of, "classifier", &c);
}

/* The same numbers as bytes are, so the same hash. */
static void classifier_of_floats(table *t, const images *d)
{
    dense_training c;
    start(&c, &d->of, d->clean, d->labels, "sparse_categorical_crossentropy");
    c.net = classifier_net(d->of.pixels, 64, 40);
    c.net.scale = 0;
    run(t, &d->of, "classifier of floats", &c);
}

static void autoencoder(table *t, const images *d)
{
    dense_training c;
    start(&c, &d->of, d->noisy, d->clean, "binary_crossentropy");
    c.net = autoencoder_net(d->of.pixels, 32);
    run(t, &d->of, "autoencoder", &c);
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
        dense_training c;
        denoise_params *loss = params_of("loss", v->loss, v->loss_options, 2);
        denoise_params *optimizer = params_of("optimizer", v->optimizer, v->optimizer_options, 4);
        start(&c, &d->of, d->clean, d->hot, v->loss);
        c.net = (dense_net){
            .inputs = d->of.pixels, .count = 3, .units = {33, 17, CLASSES}, .activations = {v->hidden, v->hidden, v->last}};
        c.loss_params = loss;
        c.optimizer = v->optimizer;
        c.optimizer_params = optimizer;
        c.fit.sample_weight = v->weighted ? &weight : NULL;
        run(t, &d->of, v->name, &c);
        denoise_params_free(loss);
        denoise_params_free(optimizer);
    }
}

/* The stages of an optimizer, constraints, the schedules. */
static const struct staged {
    const char *name, *optimizer, *learning_rate, *constraint;
    option options[6];
} staged[] = {
    {"clipped", "sgd", "cosine_decay(0.01, 20, 0.1, 0.1, 5)", NULL, {{"clipnorm", 0.25}, {"momentum", 0.5}}},
    {"clipped together",
     "rmsprop",
     "polynomial_decay(0.001, 15, 0.0001, 1.5)",
     "unit_norm",
     {{"global_clipnorm", 0.25}, {"gradient_accumulation_steps", 3}}},
    {"averaged",
     "adam",
     "exponential_decay(0.001, 7, 0.9)",
     "min_max_norm(0.5, 1.5, 0.7, axis=1)",
     {{"amsgrad", 1}, {"use_ema", 1}, {"ema_momentum", 0.9}, {"ema_overwrite_frequency", 4}}},
    {"cut off",
     "adamw",
     "cosine_decay_restarts(0.001, 6, 1.5, 0.9)",
     "max_norm(2, axis=[0, 1])",
     {{"clipvalue", 0.001}, {"loss_scale_factor", 100}, {"use_ema", 1}}},
};

static void the_stages(table *t, const images *d)
{
    for (size_t i = 0; i < sizeof staged / sizeof *staged; i++) {
        const struct staged *s = &staged[i];
        dense_training c;
        denoise_params *optimizer = params_of("optimizer", s->optimizer, s->options, 6);
        ASSERT_OK(denoise_params_set_text(optimizer, "learning_rate", s->learning_rate));
        ASSERT_OK(denoise_params_set_text(optimizer, "exclude_from_weight_decay", "bias"));
        start(&c, &d->of, d->clean, d->hot, "categorical_crossentropy");
        c.net = (dense_net){
            .inputs = d->of.pixels, .count = 3, .units = {33, 17, CLASSES}, .activations = {"relu", "tanh", "softmax"}};
        c.net.kernel_constraint = s->constraint;
        c.optimizer = s->optimizer;
        c.optimizer_params = optimizer;
        run(t, &d->of, s->name, &c);
        denoise_params_free(optimizer);
    }
}

/* What else goes by blocks and panels: random numbers, penalties, activations as layers, sums of branches, several outputs. */
static const struct graph {
    const char *name, *penalty;
    bool drops, is_noisy, activates, branches;
    int32_t outputs;
    enum { NO_NORM, BATCH_NORM, ROW_NORMS } norm;
} graphs[] = {
    {"dropout", NULL, true, false, false, false, 1, NO_NORM},
    {"noise", NULL, false, true, false, false, 1, NO_NORM},
    {"penalties", "l1_l2(l1=0.001, l2=0.01)", false, false, false, false, 1, NO_NORM},
    {"activations as layers", NULL, false, false, true, false, 1, NO_NORM},
    {"branches", NULL, false, false, false, true, 1, NO_NORM},
    {"two outputs", NULL, false, false, false, false, 2, NO_NORM},
    {"all of it", "l2(0.01)", true, true, true, true, 2, NO_NORM},
    {"batch normalization", NULL, true, false, true, true, 2, BATCH_NORM},
    {"normalizations of rows", "l2(0.01)", false, false, true, false, 1, ROW_NORMS},
};

/* Groups of 11, of 17 and of all. */
static denoise_node *normalized(denoise_graph *graph, denoise_node *node, int64_t units, const struct graph *g)
{
    if (g->norm == BATCH_NORM) return denoise_graph_apply(graph, denoise_layer_batch_normalization(NULL), node);
    if (g->norm == NO_NORM) return node;
    node = denoise_graph_apply(graph, denoise_layer_layer_normalization(NULL), node);
    node = denoise_graph_apply(graph, denoise_layer_group_normalization(units % 11 == 0 ? 3 : 1, NULL), node);
    node = denoise_graph_apply(graph, denoise_layer_rms_normalization(NULL, 0, 1e-3, NULL), node);
    return denoise_graph_apply(graph, denoise_layer_unit_normalization(NULL, 0, NULL), node);
}

static denoise_node *hidden(denoise_graph *graph, denoise_node *from, int64_t units, const struct graph *g)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.kernel_regularizer = g->penalty;
    denoise_node *node = denoise_graph_apply(graph, denoise_layer_dense(units, g->activates ? NULL : "relu", &options), from);
    node = normalized(graph, node, units, g);
    if (g->activates) node = denoise_graph_apply(graph, denoise_layer_activation("elu", NULL), node);
    if (g->drops) node = denoise_graph_apply(graph, denoise_layer_dropout(0.25, NULL), node);
    if (!g->branches) return node;
    denoise_node *sides[] = {denoise_graph_apply(graph, denoise_layer_dense(units, "tanh", NULL), node), node};
    return denoise_graph_apply_many(graph, denoise_layer_add(NULL), sides, 2);
}

static denoise_model *graph_model(int64_t pixels, const struct graph *g)
{
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, "net"));
    denoise_node *input = denoise_graph_input(graph, &pixels, 1), *node = input;
    if (g->is_noisy) node = denoise_graph_apply(graph, denoise_layer_gaussian_noise(0.125, NULL), node);
    node = hidden(graph, hidden(graph, node, 33, g), 17, g);
    denoise_node *outputs[] = {denoise_graph_apply(graph, denoise_layer_dense(CLASSES, "softmax", NULL), node),
                               denoise_graph_apply(graph, denoise_layer_dense(pixels, "sigmoid", NULL), node)};
    ASSERT_OK(denoise_graph_build_many(&model, graph, &input, 1, outputs, g->outputs, NULL));
    denoise_graph_free(graph);
    return model;
}

static void run_graph(table *t, const images *d, const struct graph *g, bool is_plain)
{
    denoise_trainer *trainer;
    denoise_model *model = graph_model(d->of.pixels, g);
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_loss *losses[] = {denoise_loss_sparse_categorical_crossentropy(NULL), NULL};
    const denoise_tensor *x = d->noisy, *y[] = {d->labels, d->clean};
    if (g->outputs == 2) losses[1] = denoise_loss_binary_crossentropy(NULL);
    compile.losses = losses;
    compile.loss_count = g->outputs;
    fit.batch_size = d->of.batch;
    fit.shuffle = 1;
    fit.seed = 3;
    fit.verbose = 0;
    set_weights(model);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), NULL, &compile));
    trainer->is_plain = is_plain;
    ASSERT_OK(denoise_trainer_fit_many(trainer, &x, 1, y, g->outputs, &fit));
    add(t, &d->of, g->name, "", hash_of_weights(model));
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

static void the_graphs(table *t, const images *d, bool is_plain)
{
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++)
        run_graph(t, d, &graphs[i], is_plain);
}

static void run_pictures(table *t, const images *d, const picture_net *net, const char *form, const denoise_tensor *x,
                         const denoise_tensor *y, bool is_plain)
{
    const bool is_direct = strcmp(form, "direct") == 0;
    denoise_trainer *trainer;
    denoise_tensor *predicted;
    denoise_model *model = picture_model(net, (int64_t)sqrt((double)d->of.pixels));
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_loss *loss =
        net->denoises ? denoise_loss_binary_crossentropy(NULL) : denoise_loss_sparse_categorical_crossentropy(NULL);
    compile.convolution = predict.convolution = form;
    fit.batch_size = d->of.batch;
    fit.shuffle = 1;
    fit.seed = 3;
    fit.verbose = 0;
    set_weights(model);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), loss, &compile));
    trainer->is_plain = is_plain;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    add(t, &d->of, net->name, is_direct ? ", direct" : "", hash_of_weights(model));
    ASSERT_OK(denoise_model_predict(&predicted, model, x, &predict));
    add(t, &d->of, net->name, is_direct ? ", direct/predicted" : "/predicted", hash_of(predicted));
    denoise_tensor_free(predicted);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

/* Convolutions and what goes with them, those that are wide in both forms. Of the great pictures there are few: they are work.
 */
static void the_pictures(table *t, const images *d, bool is_plain)
{
    int64_t rows = d->of.rows < 150 ? d->of.rows : 150;
    denoise_tensor *x, *y[2];
    ASSERT_OK(denoise_tensor_rows(&x, d->noisy, 0, rows));
    ASSERT_OK(denoise_tensor_rows(&y[0], d->labels, 0, rows));
    ASSERT_OK(denoise_tensor_rows(&y[1], d->clean, 0, rows));
    for (int i = 0; i < picture_net_count; i++) {
        run_pictures(t, d, &picture_nets[i], "auto", x, y[picture_nets[i].denoises], is_plain);
        if (picture_nets[i].denoises && d->of.pixels < great.pixels)
            run_pictures(t, d, &picture_nets[i], "direct", x, y[1], is_plain);
    }
    denoise_tensor_free(x);
    denoise_tensor_free(y[0]);
    denoise_tensor_free(y[1]);
}

/* Every `every`th number times a power of two. */
static void scale_some(denoise_tensor *tensor, int64_t every, int power)
{
    float *values = denoise_tensor_data(tensor);
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i += every)
        values[i] = ldexpf(values[i], power);
}

static void scale_weight(denoise_model *model, int64_t index, int64_t every, int power)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_model_get_weight(&weight, model, index));
    scale_some(weight, every, power);
    ASSERT_OK(denoise_model_set_weight(model, index, weight));
    denoise_tensor_free(weight);
}

/* Products of the first layer are below the normal numbers and just above, and their sums grow out of them; the layers after it
 * bring them back to where losses are, and gradients go the way back. Then some of its weights become subnormal, and all data
 * great, which counts only where such weights do. */
static void train_on_subnormals(table *t, const images *d, const char *name)
{
    static const int powers[] = {-59, 60, 55};
    dense_training c;
    denoise_params *slow;
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_params_new(&slow));
    ASSERT_OK(denoise_params_set_double(slow, "learning_rate", 0x1p-110));
    ASSERT_OK(denoise_tensor_scale(&x, d->clean, 0x1p-61));
    start(&c, &d->of, x, d->hot, "mean_squared_error");
    c.optimizer = "sgd";
    c.optimizer_params = slow;
    c.fit.epochs = 2;
    c.net = (dense_net){.inputs = d->of.pixels,
                        .count = 3,
                        .units = {33, 17, CLASSES},
                        .activations = {"linear", "relu", "linear"},
                        .unbiased = 7};
    dense_outcome out = {.model = dense_net_model(&c.net)};
    set_weights(out.model);
    for (int i = 0; i < 3; i++)
        scale_weight(out.model, i, 1, powers[i]);
    out.trainer = dense_compile(out.model, &c);
    ASSERT_OK(denoise_trainer_fit(out.trainer, c.x, c.y, &c.fit));
    add(t, &d->of, name, "", hash_of_weights(out.model));
    scale_weight(out.model, 0, 3, -70);
    scale_some(x, 1, 60);
    ASSERT_OK(denoise_model_predict(&y, out.model, x, NULL));
    add(t, &d->of, name, "/predicted", hash_of(y));
    dense_outcome_free(&out);
    denoise_params_free(slow);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Whether nets take subnormal numbers for zero here (docs/portability.md): CPUs without such a mode have bits of their own. */
static bool cpu_flushes(void)
{
    denoise__fp_state saved;
    denoise__fp_enter_flushing(&saved);
    bool is_flushing = denoise__fp_is_flushing();
    denoise__fp_leave(&saved);
    return is_flushing;
}

static void subnormals(table *t, const images *d)
{
    train_on_subnormals(t, d, cpu_flushes() ? "subnormals" : "subnormals, kept");
}

#if defined(DENOISE_TEST_WITHOUT_MNIST) /* no zlib (tests/targets) */
static void on_mnist(table *t)
{
    (void)t;
}

static bool wants_mnist(void)
{
    return false;
}
#else
/* The first epoch of the notebook's networks, in batches of 512. */
static void on_mnist(table *t)
{
    images d;
    denoise_tensor *train, *labels, *test[2];
    dense_training c;
    ASSERT_OK(denoise_mnist_load(&train, &labels, &test[0], &test[1], NULL));
    d.of = (amount){"MNIST ", 60000, 784, 512};
    ASSERT_OK(denoise_tensor_reshape(&d.bytes, train, (const int64_t[]){d.of.rows, d.of.pixels}, 2));
    make_floats(&d);
    start(&c, &d.of, d.bytes, labels, "sparse_categorical_crossentropy");
    c.net = classifier_net(d.of.pixels, 256, 256);
    run(t, &d.of, "classifier", &c);
    start(&c, &d.of, d.noisy, d.clean, "binary_crossentropy");
    c.net = autoencoder_net(d.of.pixels, 64);
    run(t, &d.of, "autoencoder", &c);
    denoise_tensor *all[] = {train, labels, test[0], test[1], d.bytes, d.clean, d.noisy};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static bool wants_mnist(void)
{
    return getenv("DENOISE_DATA_DIR") != NULL;
}
#endif

static void compute(table *t, const amount *of)
{
    images d;
    images_make(&d, of);
    classifier(t, &d);
    classifier_of_floats(t, &d);
    autoencoder(t, &d);
    the_variants(t, &d);
    the_stages(t, &d);
    the_graphs(t, &d, false);
    the_pictures(t, &d, false);
    subnormals(t, &d);
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
        add(t, &great, name, "", strtoull(digits, NULL, 16));
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
        got.count = 0;
        compute(&got, &great);
        compute(&got, &small);
        snprintf(how, sizeof how, "%d threads", (int)threads);
        wrong += compare(&got, &golden, how);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    assert_int_equal(wrong, 0);
    assert_true(got.lines[0].hash == got.lines[2].hash); /* bytes and floats */
}

/* Layer by layer over whole batches, without blocks. */
static void bits_of_the_plain_way_are_the_golden_ones(void **state)
{
    (void)state;
    images d;
    table golden, got = {0};
    read_golden(&golden);
    images_make(&d, &great);
    the_graphs(&got, &d, true);
    the_pictures(&got, &d, true);
    images_free(&d);
    assert_int_equal(compare(&got, &golden, "plain"), 0);
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

/* The small networks, and of the great ones those with the longest sums. */
static void quick_bits_are_the_golden_ones(void **state)
{
    (void)state;
    images d;
    table golden, got = {0};
    read_golden(&golden);
    for (int32_t threads = 1; threads <= 3; threads += 2) {
        ASSERT_OK(denoise_set_num_threads(threads));
        compute(&got, &small);
    }
    images_make(&d, &small);
    the_graphs(&got, &d, true);
    images_free(&d);
    images_make(&d, &great);
    classifier(&got, &d);
    autoencoder(&got, &d);
    images_free(&d);
    ASSERT_OK(denoise_set_num_threads(0));
    assert_int_equal(compare(&got, &golden, "quick"), 0);
    print_message("%d lines are the golden ones, instruction set %s\n", got.count, denoise__cpu_isa_name());
}

/* Old lines that were not computed come after the others. */
static void keep_others(table *t)
{
    table old;
    int computed = t->count;
    read_golden(&old);
    for (int i = 0; i < old.count; i++) {
        int k = 0;
        while (k < computed && strcmp(t->lines[k].name, old.lines[i].name) != 0)
            k++;
        if (k == computed) add(t, &great, old.lines[i].name, "", old.lines[i].hash);
    }
}

static void write_golden(const char *path)
{
    table t = {0};
    compute(&t, &great);
    compute(&t, &small);
    if (wants_mnist()) on_mnist(&t);
    keep_others(&t);
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
        cmocka_unit_test(bits_of_the_plain_way_are_the_golden_ones),
        cmocka_unit_test(mnist_bits_are_the_golden_ones),
    };
    const struct CMUnitTest writing[] = {cmocka_unit_test(write_them)},
                            quick[] = {cmocka_unit_test(quick_bits_are_the_golden_ones)};
    const struct CMUnitTest fused[] = {cmocka_unit_test(bits_are_the_golden_ones),
                                       cmocka_unit_test(mnist_bits_are_the_golden_ones)};
    if (argc == 2 && strcmp(argv[1], "--fused") == 0) return cmocka_run_group_tests(fused, use_native_engine, NULL);
    if (argc == 2 && strcmp(argv[1], "--quick") == 0) return cmocka_run_group_tests(quick, use_native_engine, NULL);
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        to_write = argv[2];
        return cmocka_run_group_tests(writing, use_native_engine, NULL);
    }
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
