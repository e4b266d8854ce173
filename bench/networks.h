/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of the notebook: classifier (W1), autoencoder (W2), and both as one model (W3). */
#ifndef DENOISE_BENCH_NETWORKS_H
#define DENOISE_BENCH_NETWORKS_H

#include <denoise/denoise.h>
#include <stdbool.h>

enum { NETWORK_BATCH = 512 };

typedef struct network {
    const char *key, *name;
    int64_t widths[4]; /* of the input and each layer */
    int32_t layers;
    const char *last_activation;
    double validation_split;
} network;

extern const network network_classifier, network_autoencoder;

/* Layers of width after width; `divides` puts x / 255 in front. */
denoise_model *network_build(const network *n, bool divides);
/* classifier(autoencoder(x)), the weights as they begin. */
denoise_model *network_build_composite(bool divides);
/* Compiled as the notebook does: Adam; sparse cross-entropy and accuracy, or binary cross-entropy. */
denoise_trainer *network_compile(const network *n, bool divides);
denoise_trainer *network_compile_with(const network *n, bool divides, bool accuracy);

/* Floating-point operations of the matrix products alone: 2 m n k forward, the same for the gradient of the weights, and for
 * that of a layer's input but the first one's; validation goes forward only. */
double network_epoch_flops(const network *n, double rows, double validation_rows);
double network_composite_flops(void); /* of one image */

#endif
