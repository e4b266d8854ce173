/* SPDX-License-Identifier: Apache-2.0 */
/* A U-Net (O. Ronneberger, P. Fischer, T. Brox, arXiv:1505.04597) of two levels and 24, 48 and 96 channels. Introduces: a graph
 * with skip connections: what is pooled away on the way down is joined again, by its channels, on the way up. */
#include "denoisers.h"

/* Two convolutions 3 x 3. */
static denoise_node *block(denoise_graph *g, denoise_node *x, int64_t channels)
{
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT;
    same.padding = "same";
    x = denoise_graph_apply(g, denoise_layer_conv2d(channels, 3, "relu", &same), x);
    return denoise_graph_apply(g, denoise_layer_conv2d(channels, 3, "relu", &same), x);
}

/* Concatenate()([skip, UpSampling2D(2)(x)]), then a block */
static denoise_node *up(denoise_graph *g, denoise_node *x, denoise_node *skip, int64_t channels)
{
    denoise_node *joined[] = {skip,
                              denoise_graph_apply(g, denoise_layer_up_sampling2d(2, "nearest", "channels_last", NULL), x)};
    return block(g, denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), joined, 2), channels);
}

static denoise_status build_unet(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = options->seed;
    denoise_graph *g;
    *out = NULL;
    denoise_status status = denoise_graph_new(&g, "unet");
    if (status != DENOISE_OK) return status;
    denoise_node *image = denoise_graph_input(g, (const int64_t[]){28, 28, 1}, 3);
    denoise_node *fine = block(g, image, 24);                                                                  /* 28 x 28 */
    denoise_node *middle = block(g, denoise_graph_apply(g, denoise_layer_max_pooling2d(2, NULL), fine), 48);   /* 14 x 14 */
    denoise_node *coarse = block(g, denoise_graph_apply(g, denoise_layer_max_pooling2d(2, NULL), middle), 96); /* 7 x 7 */
    denoise_node *x = up(g, up(g, coarse, middle, 48), fine, 24);
    denoise_node *clean = denoise_graph_apply(g, denoise_layer_conv2d(1, 1, "sigmoid", NULL), x);
    status = denoise_graph_build(out, g, image, clean, &build); /* the first error of the lines above comes out here */
    denoise_graph_free(g);
    return status;
}

int main(int argc, char **argv)
{
    const denoiser what = {"unet", build_unet, 1e-3, 128, 30};
    return run_denoiser(&what, argc, argv);
}
