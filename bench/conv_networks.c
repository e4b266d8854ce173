/* SPDX-License-Identifier: Apache-2.0 */
#include "conv_networks.h"
#include "check.h"
#include <stdlib.h>
#include <string.h>

/* A graph while it is built. */
struct conv_chain {
    denoise_graph *graph;
    denoise_node *node; /* the last one */
    double flops;
};

enum { CLASSES = 10, DNCNN_CHANNELS = 64, DNCNN_MIDDLE = 15 };

/* ---- Layers, and their operations */

static void add(conv_chain *c, denoise_layer *layer)
{
    c->node = denoise_graph_apply(c->graph, layer, c->node);
}

static void shape_of(const denoise_node *node, int64_t shape[DENOISE_MAX_RANK])
{
    int32_t rank;
    check(denoise_node_shape(node, shape, &rank));
}

static void convolve(conv_chain *c, int64_t filters, int64_t kernel, const char *activation,
                     const denoise_conv_options *options)
{
    int64_t before[DENOISE_MAX_RANK], after[DENOISE_MAX_RANK];
    shape_of(c->node, before);
    add(c, denoise_layer_conv2d(filters, kernel, activation, options));
    shape_of(c->node, after);
    c->flops += 2.0 * (double)(after[0] * after[1] * filters * kernel * kernel * before[2]);
}

static void convolve_same(conv_chain *c, int64_t filters, int64_t kernel, const char *activation)
{
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT;
    same.padding = "same";
    convolve(c, filters, kernel, activation, &same);
}

/* Each pixel that comes in is multiplied by the whole kernel. */
static void enlarge(conv_chain *c, int64_t filters, int64_t kernel)
{
    int64_t before[DENOISE_MAX_RANK];
    denoise_conv_options twice = DENOISE_CONV_OPTIONS_INIT;
    twice.padding = "same";
    twice.strides = 2;
    shape_of(c->node, before);
    add(c, denoise_layer_conv2d_transpose(filters, kernel, "relu", &twice));
    c->flops += 2.0 * (double)(before[0] * before[1] * before[2] * kernel * kernel * filters);
}

static void dense(conv_chain *c, int64_t units, const char *activation)
{
    int64_t before[DENOISE_MAX_RANK];
    shape_of(c->node, before);
    add(c, denoise_layer_dense(units, activation, NULL));
    c->flops += 2.0 * (double)(before[0] * units);
}

static void pool(conv_chain *c)
{
    denoise_pooling_options same = DENOISE_POOLING_OPTIONS_INIT;
    same.padding = "same";
    add(c, denoise_layer_max_pooling2d(2, &same));
}

/* ---- Networks */

static void autoencoder_body(conv_chain *c)
{
    for (int level = 0; level < 2; level++) {
        convolve_same(c, 32, 3, "relu");
        pool(c);
    }
    for (int level = 0; level < 2; level++)
        enlarge(c, 32, 3);
    convolve_same(c, 1, 3, "sigmoid");
}

static void dncnn_train_body(conv_chain *c)
{
    denoise_conv_options bare = DENOISE_CONV_OPTIONS_INIT;
    bare.padding = "same";
    bare.use_bias = 0;
    convolve_same(c, DNCNN_CHANNELS, 3, "relu");
    for (int i = 0; i < DNCNN_MIDDLE; i++) {
        convolve(c, DNCNN_CHANNELS, 3, NULL, &bare);
        add(c, denoise_layer_batch_normalization(NULL));
        add(c, denoise_layer_activation("relu", NULL));
    }
    convolve_same(c, 1, 3, NULL);
}

static void dncnn_predict_body(conv_chain *c)
{
    for (int i = 0; i <= DNCNN_MIDDLE; i++)
        convolve_same(c, DNCNN_CHANNELS, 3, "relu");
    convolve_same(c, 1, 3, NULL);
}

static void unet_level(conv_chain *c, int64_t channels)
{
    convolve_same(c, channels, 3, "relu");
    convolve_same(c, channels, 3, "relu");
}

/* Twice as large, beside what was there before it was pooled. */
static void join(conv_chain *c, denoise_node *skipped)
{
    add(c, denoise_layer_up_sampling2d(2, "nearest", NULL, NULL));
    c->node = denoise_graph_apply_many(c->graph, denoise_layer_concatenate(-1, NULL), (denoise_node *[]){skipped, c->node}, 2);
}

static void unet_body(conv_chain *c)
{
    static const int64_t channels[] = {24, 48};
    denoise_node *skipped[2];
    for (int level = 0; level < 2; level++) {
        unet_level(c, channels[level]);
        skipped[level] = c->node;
        pool(c);
    }
    unet_level(c, 96);
    for (int level = 1; level >= 0; level--) {
        join(c, skipped[level]);
        unet_level(c, channels[level]);
    }
    convolve_same(c, 1, 1, "sigmoid");
}

static void lenet_body(conv_chain *c)
{
    convolve_same(c, 6, 5, "relu");
    pool(c);
    convolve(c, 16, 5, "relu", NULL);
    pool(c);
    add(c, denoise_layer_flatten(NULL));
    dense(c, 120, "relu");
    dense(c, 84, "relu");
    dense(c, CLASSES, "softmax");
}

const conv_network conv_autoencoder = {.key = "conv_autoencoder",
                                       .name = "autoencoder of 32 channels, 28x28",
                                       .input = {28, 28, 1},
                                       .loss = "binary_crossentropy",
                                       .batch = 128,
                                       .body = autoencoder_body};
const conv_network dncnn_train = {.key = "dncnn_train",
                                  .name = "DnCNN-S with batch normalisation, patches 40x40",
                                  .input = {40, 40, 1},
                                  .loss = "mean_squared_error",
                                  .batch = 32,
                                  .body = dncnn_train_body};
const conv_network dncnn_predict = {.key = "dncnn_predict",
                                    .name = "DnCNN-S, a picture of 256x256",
                                    .input = {256, 256, 1},
                                    .loss = "mean_squared_error",
                                    .batch = 1,
                                    .body = dncnn_predict_body};
const conv_network unet_train = {.key = "unet_train",
                                 .name = "U-Net of 24-48-96 channels, 28x28",
                                 .input = {28, 28, 1},
                                 .loss = "binary_crossentropy",
                                 .batch = 128,
                                 .body = unet_body};
const conv_network lenet_train = {.key = "lenet_train",
                                  .name = "LeNet-5, 28x28",
                                  .input = {28, 28, 1},
                                  .loss = "sparse_categorical_crossentropy",
                                  .batch = 128,
                                  .body = lenet_body};

denoise_model *conv_network_build(const conv_network *n, double *flops)
{
    conv_chain c = {0};
    denoise_model *model;
    check(denoise_graph_new(&c.graph, n->key));
    denoise_node *input = c.node = denoise_graph_input(c.graph, n->input, 3);
    n->body(&c);
    check(denoise_graph_build(&model, c.graph, input, c.node, NULL));
    denoise_graph_free(c.graph);
    *flops = c.flops;
    return model;
}

denoise_trainer *conv_network_compile(const conv_network *n, double *flops)
{
    denoise_trainer *trainer;
    denoise_loss *loss;
    denoise_model *model = conv_network_build(n, flops);
    check(denoise_loss_create(&loss, n->loss, NULL));
    check(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), loss, NULL));
    denoise_model_free(model);
    return trainer;
}

void conv_networks_use_direct(bool direct)
{
    check(denoise_set_convolution(direct ? "direct" : NULL));
}

static void draw_labels(denoise_tensor **labels, int64_t rows)
{
    check(denoise_tensor_new(labels, DENOISE_INT32, &rows, 1));
    int32_t *values = denoise_tensor_data(*labels);
    for (int64_t i = 0; i < rows; i++)
        values[i] = (int32_t)(i * 7 % CLASSES);
}

void conv_network_data(const conv_network *n, int64_t rows, denoise_tensor **x, denoise_tensor **y)
{
    int64_t shape[] = {rows, n->input[0], n->input[1], n->input[2]};
    denoise_rng *rng;
    check(denoise_rng_new(&rng, 1, 0));
    check(denoise_tensor_random_uniform(x, shape, 4, rng, 0.0, 1.0));
    if (strcmp(n->loss, "sparse_categorical_crossentropy") == 0) {
        draw_labels(y, rows);
    } else {
        check(denoise_tensor_random_uniform(y, shape, 4, rng, 0.0, 1.0));
    }
    denoise_rng_free(rng);
}
