/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions as networks have them: ResNet-18 (He et al. 2015), ResNeXt-50 32x4d for groups (Xie et al. 2016), MobileNetV2
 * (Sandler et al. 2018), both on pictures of 224 x 224, the U-Net of conv_networks.h. Padding is same, there is no bias. */
#ifndef DENOISE_BENCH_CONV_SHAPE_LIST_H
#define DENOISE_BENCH_CONV_SHAPE_LIST_H

#include <denoise/denoise.h>
#include <stdbool.h>

typedef enum conv_kind { CONV_PLAIN, CONV_DEPTHWISE, CONV_TRANSPOSE } conv_kind;

typedef struct conv_shape {
    const char *name;
    conv_kind kind;
    int64_t images, side, channels, filters, kernel;
    int64_t stride, dilation, groups;
    bool trains; /* measured with its gradients too */
} conv_shape;

extern const conv_shape conv_shape_list[];
extern const int conv_shape_count;

/* A model of this layer alone. */
denoise_model *conv_shape_build(const conv_shape *s);
int64_t conv_shape_output_side(const conv_shape *s);
/* Operations and numbers of one call: its input, output and kernel. */
double conv_shape_flops(const conv_shape *s);
int64_t conv_shape_inputs(const conv_shape *s);
int64_t conv_shape_outputs(const conv_shape *s);
int64_t conv_shape_weights(const conv_shape *s);

#endif
