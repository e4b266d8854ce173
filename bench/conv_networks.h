/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutional networks that are measured: two denoisers, a U-Net, a classifier. */
#ifndef DENOISE_BENCH_CONV_NETWORKS_H
#define DENOISE_BENCH_CONV_NETWORKS_H

#include <denoise/denoise.h>
#include <stdbool.h>

typedef struct conv_chain conv_chain;

typedef struct conv_network {
    const char *key, *name;
    int64_t input[3]; /* rows, columns, channels */
    const char *loss;
    int64_t batch;
    void (*body)(conv_chain *chain);
} conv_network;

/* The autoencoder of https://keras.io/examples/vision/autoencoder/. */
extern const conv_network conv_autoencoder;
/* DnCNN-S: 17 convolutions of 64 channels (Zhang et al. 2017), to train with batch normalisation on patches, and as it
 * predicts a picture, with the normalisation folded into kernels and biases. */
extern const conv_network dncnn_train, dncnn_predict;
extern const conv_network unet_train;  /* 24-48-96 channels, two levels */
extern const conv_network lenet_train; /* LeNet-5 as it is built today: ReLU, the greatest of windows, softmax */

/* `*flops` becomes the operations of one sample that goes forward: 2 for each multiplication of the direct form, those with
 * the zeros of a margin too; convolutions and dense layers only. Training takes three times as many: forward, the gradients
 * of weights and of inputs, the first layer's too. */
denoise_model *conv_network_build(const conv_network *n, double *flops);
/* The same compiled with Adam and the network's loss. */
denoise_trainer *conv_network_compile(const conv_network *n, double *flops);
/* Models that are built from now on convolve by the direct form, or by what the library chooses. */
void conv_networks_use_direct(bool direct);
/* Random pictures of 0..1 with targets of the kind that the loss wants. */
void conv_network_data(const conv_network *n, int64_t rows, denoise_tensor **x, denoise_tensor **y);

#endif
