/* SPDX-License-Identifier: Apache-2.0 */
/* The network DnCNN, of any depth, for pictures of one size. */
#ifndef DENOISE_EXAMPLES_DNCNN_H
#define DENOISE_EXAMPLES_DNCNN_H

#include "common.h"

typedef struct dncnn {
    int64_t depth, channels;
    int32_t normalized; /* batch normalisation behind all convolutions but the first and the last */
} dncnn;

static inline denoise_status build_dncnn(denoise_model **out, const dncnn *net, int64_t height, int64_t width, uint64_t seed)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT, inner = DENOISE_CONV_OPTIONS_INIT, last;
    denoise_batch_normalization_options normal = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    build.seed = seed;
    same.padding = inner.padding = "same";
    inner.use_bias = !net->normalized;
    last = same;
    last.kernel_initializer = "zeros"; /* learning starts from: there is no noise */
    normal.momentum = 0.9;             /* a few hundred steps must be enough for the moving averages */
    denoise_graph *g;
    *out = NULL;
    denoise_status status = denoise_graph_new(&g, "dncnn");
    if (status != DENOISE_OK) return status;
    denoise_node *noisy = denoise_graph_input(g, (const int64_t[]){height, width, 1}, 3);
    denoise_node *x = denoise_graph_apply(g, denoise_layer_conv2d(net->channels, 3, "relu", &same), noisy);
    for (int64_t i = 2; i < net->depth; i++) {
        x = denoise_graph_apply(g, denoise_layer_conv2d(net->channels, 3, NULL, &inner), x);
        if (net->normalized) x = denoise_graph_apply(g, denoise_layer_batch_normalization(&normal), x);
        x = denoise_graph_apply(g, denoise_layer_activation("relu", NULL), x);
    }
    denoise_node *noise = denoise_graph_apply(g, denoise_layer_conv2d(1, 3, NULL, &last), x);
    denoise_node *both[] = {noisy, denoise_graph_apply(g, denoise_layer_rescaling(-1, 0, NULL), noise)};
    status = denoise_graph_build(out, g, noisy, denoise_graph_apply_many(g, denoise_layer_add(NULL), both, 2), &build);
    denoise_graph_free(g);
    return status;
}

/* What network a file of weights belongs to. */
static inline denoise_status read_dncnn(dncnn *net, const char *path)
{
    denoise_safetensors *file;
    denoise_tensor *first = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, NULL);
    if (status == DENOISE_OK) status = denoise_safetensors_get(&first, file, "conv2d/kernel");
    *net = (dncnn){0, denoise_tensor_dim(first, -1), 0};
    for (int64_t i = 0; i < denoise_safetensors_count(file); i++) {
        net->depth += strstr(denoise_safetensors_name(file, i), "/kernel") != NULL;
        net->normalized |= strstr(denoise_safetensors_name(file, i), "/gamma") != NULL;
    }
    denoise_tensor_free(first), denoise_safetensors_free(file);
    return status;
}

/* The network of a file, with its weights, for pictures of one size. */
static inline denoise_status load_dncnn(denoise_model **out, const char *path, int64_t height, int64_t width)
{
    dncnn net;
    *out = NULL;
    denoise_status status = read_dncnn(&net, path);
    if (status == DENOISE_OK) status = build_dncnn(out, &net, height, width, 0);
    return status == DENOISE_OK ? denoise_model_load_weights(*out, path, NULL) : status;
}

#endif
