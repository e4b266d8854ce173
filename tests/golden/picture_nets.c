/* SPDX-License-Identifier: Apache-2.0 */
#include "golden/picture_nets.h"
#include "support/nets.h"

enum { CLASSES = 10 };

static denoise_node *then(denoise_graph *graph, denoise_node *node, denoise_layer *layer)
{
    return denoise_graph_apply(graph, layer, node);
}

static denoise_conv_options options_of(const char *padding, int64_t strides, int64_t dilation, int64_t groups)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = padding;
    options.strides = strides;
    options.dilation_rate = dilation;
    options.groups = groups;
    return options;
}

static denoise_layer *same(int64_t filters, const char *activation)
{
    denoise_conv_options options = options_of("same", 1, 1, 1);
    return denoise_layer_conv2d(filters, 3, activation, &options);
}

static denoise_layer *classes(void)
{
    return denoise_layer_dense(CLASSES, "softmax", NULL);
}

/* One channel in and one out, halved and doubled. */
static denoise_node *autoencoder(denoise_graph *graph, denoise_node *node, int64_t side)
{
    denoise_pooling_options pooling = DENOISE_POOLING_OPTIONS_INIT;
    denoise_conv_options twice = options_of("same", 2, 1, 1);
    pooling.padding = "same";
    node = then(graph, node, same(32, "relu"));
    node = then(graph, node, denoise_layer_max_pooling2d(2, &pooling));
    node = then(graph, node, same(24, "relu"));
    if (side % 4 == 0) {
        node = then(graph, node, denoise_layer_max_pooling2d(2, &pooling));
        node = then(graph, node, denoise_layer_conv2d_transpose(20, 3, "relu", &twice));
    }
    node = then(graph, node, denoise_layer_conv2d_transpose(16, 3, "relu", &twice));
    return then(graph, node, same(1, "sigmoid"));
}

/* Normalized and passed around, as in DnCNN. */
static denoise_node *residual(denoise_graph *graph, denoise_node *picture, int64_t side)
{
    denoise_conv_options options = options_of("same", 1, 1, 1);
    denoise_node *node = then(graph, picture, same(40, "relu"));
    (void)side;
    options.use_bias = 0;
    node = then(graph, node, denoise_layer_conv2d(40, 3, NULL, &options));
    node = then(graph, node, denoise_layer_batch_normalization(NULL));
    node = then(graph, node, denoise_layer_activation("relu", NULL));
    denoise_node *both[] = {picture, then(graph, node, same(1, NULL))};
    return then(graph, denoise_graph_apply_many(graph, denoise_layer_add(NULL), both, 2),
                denoise_layer_activation("sigmoid", NULL));
}

/* Strides, dilation, groups, and kinds that see each channel by itself. */
static denoise_node *strides(denoise_graph *graph, denoise_node *node, int64_t side)
{
    denoise_conv_options two = options_of("valid", 2, 1, 1), wide = options_of("same", 1, 2, 1),
                         groups = options_of("same", 1, 1, 3);
    denoise_conv_options multiplied = options_of("same", 1, 1, 1);
    (void)side;
    multiplied.depth_multiplier = 2;
    node = then(graph, node, denoise_layer_conv2d(6, 5, "tanh", &two));
    node = then(graph, node, denoise_layer_conv2d(18, 3, "relu6", &wide));
    node = then(graph, node, denoise_layer_conv2d(21, 3, "silu", &groups));
    node = then(graph, node, denoise_layer_depthwise_conv2d(3, NULL, &multiplied));
    node = then(graph, node, denoise_layer_separable_conv2d(17, 3, "relu", &wide));
    node = then(graph, node, denoise_layer_conv2d(19, 1, "elu", NULL));
    node = then(graph, node, denoise_layer_average_pooling2d(2, NULL));
    node = then(graph, node, denoise_layer_flatten(NULL));
    return then(graph, node, classes());
}

/* Sequences and volumes, resized and turned round. */
static denoise_node *other_axes(denoise_graph *graph, denoise_node *picture, int64_t side)
{
    denoise_conv_options causal = options_of("causal", 1, 2, 1), padded = options_of("same", 1, 1, 1);
    denoise_node *steps = then(graph, picture, denoise_layer_reshape((const int64_t[]){side, side}, 2, NULL));
    steps = then(graph, steps, denoise_layer_conv1d(18, 3, "relu", &causal));
    steps = then(graph, steps, denoise_layer_global_average_pooling1d(0, NULL, NULL));
    denoise_node *voxels = then(graph, picture, denoise_layer_reshape((const int64_t[]){side / 2, 2, side, 1}, 4, NULL));
    voxels = then(graph, voxels, denoise_layer_conv3d(5, 2, "relu", &padded));
    voxels = then(graph, voxels, denoise_layer_max_pooling3d(2, NULL));
    voxels = then(graph, voxels, denoise_layer_flatten(NULL));
    denoise_node *larger = then(graph, picture, denoise_layer_up_sampling2d(2, "bilinear", NULL, NULL));
    larger = then(graph, larger, denoise_layer_conv2d(9, 3, "relu", NULL));
    larger = then(graph, larger, denoise_layer_global_max_pooling2d(0, NULL, NULL));
    denoise_node *all[] = {steps, voxels, larger};
    return then(graph, denoise_graph_apply_many(graph, denoise_layer_concatenate(-1, NULL), all, 3), classes());
}

const picture_net picture_nets[] = {{"pictures", true, autoencoder},
                                    {"residual pictures", true, residual},
                                    {"strides of pictures", false, strides},
                                    {"other axes", false, other_axes}};
const int picture_net_count = (int)(sizeof picture_nets / sizeof *picture_nets);

denoise_model *picture_model(const picture_net *net, int64_t side)
{
    const int64_t pixels = side * side;
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, "pictures"));
    denoise_node *input = denoise_graph_input(graph, &pixels, 1);
    denoise_node *node = then(graph, input, denoise_layer_reshape((const int64_t[]){side, side, 1}, 3, NULL));
    node = net->build(graph, node, side);
    if (net->denoises) node = then(graph, node, denoise_layer_reshape(&pixels, 1, NULL));
    ASSERT_OK(denoise_graph_build(&model, graph, input, node, NULL));
    denoise_graph_free(graph);
    return model;
}
