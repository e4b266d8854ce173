/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef DENOISE_BENCH_OPTIONS_H
#define DENOISE_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PART_W1 = 1,
    PART_W2 = 2,
    PART_W3 = 4,
    PART_W4 = 8,
    PART_GEMM = 16,
    PART_KERNELS = 32,
    PART_OVERHEAD = 64,
    PART_SUBNORMALS = 128,
    PART_W1_DROPOUT = 256,
    PART_W1_L2 = 512,
    PART_W1_ACTIVATION = 1024,
    PART_TWO_OUTPUTS = 2048,
    PART_W1_NOISE = 4096,
    PART_CONV_AUTOENCODER = 8192,
    PART_DNCNN_PREDICT = 16384,
    PART_DNCNN_TRAIN = 32768,
    PART_UNET_TRAIN = 65536,
    PART_LENET_TRAIN = 131072,
    PART_CONV_ONE_IMAGE = 262144,
    PART_CONV_SHAPES = 524288,
    PART_DNCNN_MEMORY = 1048576,
    PART_VARIANTS = PART_W1_DROPOUT | PART_W1_L2 | PART_W1_ACTIVATION | PART_TWO_OUTPUTS | PART_W1_NOISE,
    PART_CONV = PART_CONV_AUTOENCODER | PART_DNCNN_PREDICT | PART_DNCNN_TRAIN | PART_UNET_TRAIN | PART_LENET_TRAIN |
                PART_CONV_ONE_IMAGE | PART_CONV_SHAPES | PART_DNCNN_MEMORY,
    PART_ALL = 2097151
};

typedef struct options {
    unsigned parts;
    int samples, tries;  /* kept samples of each figure; tries to get them */
    double peak_seconds; /* on each side of a sample */
    bool quick, pin, uint8;
    int64_t predict_batch;
    const char *data, *json, *compare, *library;
} options;

/* Ends the program after --help or a mistake. */
void options_read(options *o, int argc, char **argv);

#endif
