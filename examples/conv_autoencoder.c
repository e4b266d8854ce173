/* SPDX-License-Identifier: Apache-2.0 */
/* The convolutional autoencoder of https://keras.io/examples/vision/autoencoder/, with the notebook's noise. Introduces:
 * convolution, pooling and transposed convolution, padding "same". */
#include "denoisers.h"

static denoise_status build_conv_autoencoder(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT, twice = DENOISE_CONV_OPTIONS_INIT;
    denoise_pooling_options pooling = DENOISE_POOLING_OPTIONS_INIT;
    build.seed = options->seed;
    same.padding = twice.padding = pooling.padding = "same";
    twice.strides = 2;
    denoise_sequential *s;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "conv_autoencoder");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){28, 28, 1}, 3, NULL));
    /* encoder: (28, 28, 1) -> (7, 7, 32) */
    denoise_sequential_add(s, denoise_layer_conv2d(32, 3, "relu", &same));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, &pooling));
    denoise_sequential_add(s, denoise_layer_conv2d(32, 3, "relu", &same));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, &pooling));
    /* decoder: each doubles rows and columns */
    denoise_sequential_add(s, denoise_layer_conv2d_transpose(32, 3, "relu", &twice));
    denoise_sequential_add(s, denoise_layer_conv2d_transpose(32, 3, "relu", &twice));
    denoise_sequential_add(s, denoise_layer_conv2d(1, 3, "sigmoid", &same));
    status = denoise_sequential_build(out, s, &build); /* the first error of the lines above comes out here */
    denoise_sequential_free(s);
    return status;
}

int main(int argc, char **argv)
{
    const denoiser what = {"conv_autoencoder", build_conv_autoencoder, 1e-3, 128, 30};
    return run_denoiser(&what, argc, argv);
}
