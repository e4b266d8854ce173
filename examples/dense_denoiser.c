/* SPDX-License-Identifier: Apache-2.0 */
/* A wider and deeper autoencoder than the notebook's, 784-512-256-512-784, that never sees the same noise twice. Introduces:
 * fresh noise and a falling learning rate (training.h); judging a denoiser (denoisers.h). */
#include "denoisers.h"

static denoise_status build_dense_denoiser(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = options->seed;
    denoise_sequential *s;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "dense_denoiser");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){784}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(512, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(512, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(784, "sigmoid", NULL));
    status = denoise_sequential_build(out, s, &build); /* the first error of the lines above comes out here */
    denoise_sequential_free(s);
    return status;
}

int main(int argc, char **argv)
{
    const denoiser what = {"dense_denoiser", build_dense_denoiser, 1e-3, 256, 100};
    return run_denoiser(&what, argc, argv);
}
