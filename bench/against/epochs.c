/* SPDX-License-Identifier: Apache-2.0 */
/* The work that bench/against/run times, of one version of the library, as a module: both versions are loaded into one process.
 * Through the public header alone, as 0.1 had it. */
#include <denoise/denoise.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS = 15360, BATCH = 512, PIXELS = 784, CLASSES = 10, IMAGES = 2000 };

typedef enum work { W1, W2, PREDICT, ONE_IMAGE, DROPOUT, L2, ACTIVATION, TWO_OUTPUTS, NOISE, W3, WORKS } work;

typedef struct subject {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_workspace *workspace;
    denoise_tensor *image, *result;
} subject;

static subject subjects[WORKS];
static denoise_tensor *images, *pixels, *labels;

static void check(denoise_status status)
{
    if (status == DENOISE_OK) return;
    fprintf(stderr, "%s\n", denoise_last_error());
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec at;
    timespec_get(&at, TIME_UTC);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void draw_data(void)
{
    denoise_rng *rng;
    int64_t count = ROWS, shape[] = {ROWS, PIXELS};
    check(denoise_rng_new(&rng, 1, 1));
    check(denoise_tensor_random_uniform(&images, shape, 2, rng, 0, 1));
    check(denoise_tensor_random_uniform(&pixels, shape, 2, rng, 0, 1));
    check(denoise_tensor_new(&labels, DENOISE_INT32, &count, 1));
    int32_t *label = denoise_tensor_data(labels);
    for (int32_t i = 0; i < ROWS; i++)
        label[i] = i * 7919 % CLASSES;
    denoise_rng_free(rng);
}

static denoise_node *dense(denoise_graph *graph, denoise_node *from, int64_t units, const char *activation, const char *penalty)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.kernel_regularizer = penalty;
    return denoise_graph_apply(graph, denoise_layer_dense(units, activation, &options), from);
}

static denoise_node *hidden(denoise_graph *graph, denoise_node *from, work what)
{
    const char *penalty = what == L2 ? "l2(0.0001)" : NULL;
    denoise_node *node = dense(graph, from, 256, what == ACTIVATION ? NULL : "relu", penalty);
    if (what == ACTIVATION) node = denoise_graph_apply(graph, denoise_layer_activation("relu", NULL), node);
    return what == DROPOUT ? denoise_graph_apply(graph, denoise_layer_dropout(0.2, NULL), node) : node;
}

static denoise_node *classifier(denoise_graph *graph, denoise_node *from, work what, denoise_node **trunk)
{
    if (what == NOISE) from = denoise_graph_apply(graph, denoise_layer_gaussian_noise(0.1, NULL), from);
    *trunk = hidden(graph, hidden(graph, from, what), what);
    denoise_node *node = dense(graph, *trunk, CLASSES, what == ACTIVATION ? NULL : "softmax", what == L2 ? "l2(0.0001)" : NULL);
    return what == ACTIVATION ? denoise_graph_apply(graph, denoise_layer_activation("softmax", NULL), node) : node;
}

static void build(subject *net, work what)
{
    int64_t shape = PIXELS;
    denoise_graph *graph;
    check(denoise_graph_new(&graph, "net"));
    denoise_node *input = denoise_graph_input(graph, &shape, 1), *trunk = NULL, *outputs[2];
    int32_t count = what == TWO_OUTPUTS ? 2 : 1;
    bool denoises = what == W2 || what == W3;
    outputs[0] = denoises ? dense(graph, dense(graph, input, 64, "relu", NULL), PIXELS, "sigmoid", NULL) : input;
    if (what != W2) outputs[0] = classifier(graph, outputs[0], what, &trunk);
    if (what == TWO_OUTPUTS) outputs[1] = dense(graph, trunk, CLASSES, "softmax", NULL);
    check(denoise_graph_build_many(&net->model, graph, &input, 1, outputs, count, NULL));
    denoise_graph_free(graph);

    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_metric *accuracy = what == W2 ? NULL : denoise_metric_accuracy();
    denoise_loss *losses[2] = {what == W2 ? denoise_loss_binary_crossentropy(NULL)
                                          : denoise_loss_sparse_categorical_crossentropy(NULL),
                               count == 2 ? denoise_loss_sparse_categorical_crossentropy(NULL) : NULL};
    options.losses = losses;
    options.loss_count = count;
    options.metrics = &accuracy;
    options.metric_count = accuracy != NULL;
    check(denoise_model_compile(&net->trainer, net->model, denoise_optimizer_adam(NULL), NULL, &options));
}

static double time_predict(const subject *net)
{
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_tensor *result;
    options.batch_size = BATCH;
    double start = now();
    check(denoise_model_predict(&result, net->model, images, &options));
    double seconds = now() - start;
    denoise_tensor_free(result);
    return seconds;
}

static double time_one_image(subject *net)
{
    if (net->workspace == NULL) {
        int64_t shape[] = {1, CLASSES};
        check(denoise_workspace_new(&net->workspace, net->model, 1));
        check(denoise_tensor_rows(&net->image, images, 5, 6));
        check(denoise_tensor_new(&net->result, DENOISE_FLOAT32, shape, 2));
    }
    double start = now();
    for (int32_t i = 0; i < IMAGES; i++)
        check(denoise_model_predict_into(net->result, net->model, net->image, net->workspace));
    return (now() - start) / IMAGES;
}

static double time_epoch(const subject *net, work what)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    const denoise_tensor *x = images, *y[] = {what == W2 ? pixels : labels, labels};
    options.batch_size = BATCH;
    options.epochs = 1;
    options.verbose = 0;
    double start = now();
    check(denoise_trainer_fit_many(net->trainer, &x, 1, y, what == TWO_OUTPUTS ? 2 : 1, &options));
    return now() - start;
}

/* Seconds of one epoch, of predicting all rows, or of one image. */
double denoise_against_seconds(int32_t what, int32_t threads);
double denoise_against_seconds(int32_t what, int32_t threads)
{
    subject *net = &subjects[what];
    if (images == NULL) draw_data();
    if (net->model == NULL) build(net, (work)what);
    check(denoise_set_num_threads(threads));
    if (what == PREDICT || what == W3) return time_predict(net);
    return what == ONE_IMAGE ? time_one_image(net) : time_epoch(net, (work)what);
}
