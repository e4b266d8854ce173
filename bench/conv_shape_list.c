/* SPDX-License-Identifier: Apache-2.0 */
#include "conv_shape_list.h"
#include "check.h"

/* name, kind, images, side, channels, filters, kernel, stride, dilation, groups, trains */
const conv_shape conv_shape_list[] = {
    {"resnet.conv1", CONV_PLAIN, 4, 224, 3, 64, 7, 2, 1, 1, false},
    {"resnet.layer1", CONV_PLAIN, 4, 56, 64, 64, 3, 1, 1, 1, true},
    {"resnet.layer2.first", CONV_PLAIN, 4, 56, 64, 128, 3, 2, 1, 1, true},
    {"resnet.layer2.shortcut", CONV_PLAIN, 4, 56, 64, 128, 1, 2, 1, 1, true},
    {"resnet.layer2", CONV_PLAIN, 4, 28, 128, 128, 3, 1, 1, 1, false},
    {"resnet.layer3.first", CONV_PLAIN, 4, 28, 128, 256, 3, 2, 1, 1, false},
    {"resnet.layer3.shortcut", CONV_PLAIN, 4, 28, 128, 256, 1, 2, 1, 1, false},
    {"resnet.layer3", CONV_PLAIN, 4, 14, 256, 256, 3, 1, 1, 1, true},
    {"resnet.layer4.first", CONV_PLAIN, 4, 14, 256, 512, 3, 2, 1, 1, false},
    {"resnet.layer4.shortcut", CONV_PLAIN, 4, 14, 256, 512, 1, 2, 1, 1, false},
    {"resnet.layer4", CONV_PLAIN, 4, 7, 512, 512, 3, 1, 1, 1, false},
    {"resnet.layer3.dilated_2", CONV_PLAIN, 2, 28, 256, 256, 3, 1, 2, 1, true},
    {"resnet.layer4.dilated_2", CONV_PLAIN, 4, 14, 512, 512, 3, 1, 2, 1, false},
    {"resnet.layer4.dilated_4", CONV_PLAIN, 1, 28, 512, 512, 3, 1, 4, 1, false},
    {"resnext.layer1.groups_32", CONV_PLAIN, 4, 56, 128, 128, 3, 1, 1, 32, true},
    {"resnext.layer2.first.groups_32", CONV_PLAIN, 4, 56, 256, 256, 3, 2, 1, 32, false},
    {"resnext.layer2.groups_32", CONV_PLAIN, 4, 28, 256, 256, 3, 1, 1, 32, false},
    {"resnext.layer3.groups_32", CONV_PLAIN, 4, 14, 512, 512, 3, 1, 1, 32, false},
    {"mobilenet.conv1", CONV_PLAIN, 4, 224, 3, 32, 3, 2, 1, 1, false},
    {"mobilenet.depthwise1", CONV_DEPTHWISE, 4, 112, 32, 32, 3, 1, 1, 32, false},
    {"mobilenet.project1", CONV_PLAIN, 4, 112, 32, 16, 1, 1, 1, 1, false},
    {"mobilenet.expand2", CONV_PLAIN, 4, 112, 16, 96, 1, 1, 1, 1, false},
    {"mobilenet.depthwise2", CONV_DEPTHWISE, 4, 112, 96, 96, 3, 2, 1, 96, false},
    {"mobilenet.project2", CONV_PLAIN, 4, 56, 96, 24, 1, 1, 1, 1, false},
    {"mobilenet.expand3", CONV_PLAIN, 4, 56, 24, 144, 1, 1, 1, 1, true},
    {"mobilenet.depthwise3", CONV_DEPTHWISE, 4, 56, 144, 144, 3, 1, 1, 144, true},
    {"mobilenet.depthwise4", CONV_DEPTHWISE, 4, 56, 144, 144, 3, 2, 1, 144, true},
    {"mobilenet.project4", CONV_PLAIN, 4, 28, 144, 32, 1, 1, 1, 1, false},
    {"mobilenet.depthwise7", CONV_DEPTHWISE, 4, 28, 192, 192, 3, 2, 1, 192, false},
    {"mobilenet.expand8", CONV_PLAIN, 4, 14, 64, 384, 1, 1, 1, 1, false},
    {"mobilenet.depthwise8", CONV_DEPTHWISE, 4, 14, 384, 384, 3, 1, 1, 384, false},
    {"mobilenet.project11", CONV_PLAIN, 4, 14, 384, 96, 1, 1, 1, 1, false},
    {"mobilenet.depthwise14", CONV_DEPTHWISE, 4, 14, 576, 576, 3, 2, 1, 576, false},
    {"mobilenet.expand15", CONV_PLAIN, 4, 7, 160, 960, 1, 1, 1, 1, false},
    {"mobilenet.depthwise15", CONV_DEPTHWISE, 4, 7, 960, 960, 3, 1, 1, 960, false},
    {"mobilenet.last", CONV_PLAIN, 4, 7, 320, 1280, 1, 1, 1, 1, false},
    {"unet.down1", CONV_PLAIN, 32, 28, 24, 24, 3, 1, 1, 1, false},
    {"unet.down2", CONV_PLAIN, 32, 14, 48, 48, 3, 1, 1, 1, false},
    {"unet.middle", CONV_PLAIN, 32, 7, 96, 96, 3, 1, 1, 1, false},
    {"unet.up2", CONV_PLAIN, 32, 14, 144, 48, 3, 1, 1, 1, true},
    {"unet.up1", CONV_PLAIN, 32, 28, 72, 24, 3, 1, 1, 1, true},
    {"unet.last", CONV_PLAIN, 32, 28, 24, 1, 1, 1, 1, 1, false},
    {"unet.transposed", CONV_TRANSPOSE, 32, 14, 48, 24, 2, 2, 1, 1, true},
};
const int conv_shape_count = sizeof conv_shape_list / sizeof *conv_shape_list;

static denoise_layer *layer_of(const conv_shape *s)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = "same";
    options.use_bias = 0;
    options.strides = s->stride;
    options.dilation_rate = s->dilation;
    if (s->kind == CONV_DEPTHWISE) return denoise_layer_depthwise_conv2d(s->kernel, NULL, &options);
    if (s->kind == CONV_TRANSPOSE) return denoise_layer_conv2d_transpose(s->filters, s->kernel, NULL, &options);
    options.groups = s->groups;
    return denoise_layer_conv2d(s->filters, s->kernel, NULL, &options);
}

denoise_model *conv_shape_build(const conv_shape *s)
{
    denoise_sequential *sequential;
    denoise_model *model;
    int64_t input[] = {s->side, s->side, s->channels};
    check(denoise_sequential_new(&sequential, NULL));
    check(denoise_sequential_add(sequential, denoise_layer_input(input, 3, NULL)));
    check(denoise_sequential_add(sequential, layer_of(s)));
    check(denoise_sequential_build(&model, sequential, NULL));
    denoise_sequential_free(sequential);
    return model;
}

int64_t conv_shape_output_side(const conv_shape *s)
{
    return s->kind == CONV_TRANSPOSE ? s->side * s->stride : (s->side + s->stride - 1) / s->stride;
}

double conv_shape_flops(const conv_shape *s)
{
    int64_t side = s->kind == CONV_TRANSPOSE ? s->side : conv_shape_output_side(s);
    return 2.0 * (double)(s->images * side * side) * (double)conv_shape_weights(s);
}

int64_t conv_shape_inputs(const conv_shape *s)
{
    return s->images * s->side * s->side * s->channels;
}

int64_t conv_shape_outputs(const conv_shape *s)
{
    int64_t side = conv_shape_output_side(s);
    return s->images * side * side * s->filters;
}

int64_t conv_shape_weights(const conv_shape *s)
{
    return s->kernel * s->kernel * s->channels / s->groups * s->filters;
}
