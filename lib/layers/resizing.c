/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures at a given size; where wanted, only the middle of the input that has the output's proportions, or the input with a
 * margin that gives it these. Source: keras/src/backend/tensorflow/image.py, resize(). */
#include "core/memory.h"
#include "layers/resample.h"
#include "layers/spatial.h"

typedef struct resizing_config {
    denoise__layer_config layer;
    int64_t height, width;
    char interpolation[DENOISE__TEXT_SIZE];
    int32_t crop_to_aspect_ratio, pad_to_aspect_ratio;
    char fill_mode[DENOISE__TEXT_SIZE];
    double fill_value;
    int32_t antialias;
    char data_format[DENOISE__TEXT_SIZE];
} resizing_config;

static denoise_status check(const void *config)
{
    const resizing_config *c = config;
    if (!c->crop_to_aspect_ratio || !c->pad_to_aspect_ratio) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID,
                         "crop_to_aspect_ratio and pad_to_aspect_ratio are both true, expected one of them");
}

/* The length that goes with `other` in the output's proportions, length to other; Keras computes it in singles. */
static int64_t fitting(int64_t other, int64_t output, int64_t other_output)
{
    return (int64_t)((float)(other * output) / (float)other_output);
}

static denoise__resample resample_of(const resizing_config *c, const denoise__shape *input, int64_t batch)
{
    denoise__spatial s = denoise__spatial_of(input, c->data_format);
    denoise__resample r = {.outer = denoise__spatial_outer(&s, batch),
                           .channels = denoise__spatial_inner(&s),
                           .interpolation = c->interpolation,
                           .antialias = c->antialias != 0,
                           .fill = (float)c->fill_value};
    const int64_t output[] = {c->height, c->width};
    for (int i = 0; i < 2; i++) {
        int64_t length = s.length[i + 1], fit = length;
        denoise__resample_axis *axis = &r.axes[i];
        *axis = (denoise__resample_axis){.input = length, .output = output[i], .extent = length};
        if (length < 0 || s.length[2 - i] < 0 || s.length[2 - i] > DENOISE__MOST_PIXELS) continue; /* unknown, or refused */
        if (c->crop_to_aspect_ratio || c->pad_to_aspect_ratio) fit = fitting(s.length[2 - i], output[i], output[1 - i]);
        if (c->crop_to_aspect_ratio && fit < length) {
            axis->extent = fit < 1 ? 1 : fit;
            axis->first = (int64_t)((float)(length - axis->extent) / 2);
        }
        if (c->pad_to_aspect_ratio && fit > length) {
            axis->first = -(int64_t)((float)(fit - length) / 2);
            axis->extent = length - 2 * axis->first;
        }
    }
    return r;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const resizing_config *c = config;
    (void)count;
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    denoise__resample r = resample_of(c, inputs, 1);
    DENOISE__TRY(denoise__resample_check(&r));
    s.length[1] = c->height;
    s.length[2] = c->width;
    return denoise__spatial_shape(outputs, &s);
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    (void)count;
    denoise__resample r = resample_of(config, inputs, batch);
    return denoise__resample_scratch(&r, is_backward);
}

static denoise_status forward(const denoise__layer_args *args)
{
    denoise__resample r = resample_of(args->config, args->input_shapes, args->batch);
    denoise__resample_forward(&r, args->inputs[0], args->outputs[0], args->scratch);
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    denoise__resample r = resample_of(args->config, args->input_shapes, args->batch);
    denoise__resample_backward(&r, args->output_gradients[0], args->input_gradients[0], args->scratch);
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(resizing_config),
    DENOISE__PARAM_INT(resizing_config, height, NULL, 0, 1, DENOISE__MOST_PIXELS, "rows of the output"),
    DENOISE__PARAM_INT(resizing_config, width, NULL, 0, 1, DENOISE__MOST_PIXELS, "columns of the output"),
    DENOISE__PARAM_TEXT(resizing_config, interpolation, "bilinear", 0, DENOISE__INTERPOLATIONS, "as tf.image.resize has them"),
    DENOISE__PARAM_BOOL(resizing_config, crop_to_aspect_ratio, "false", "whether sides are cut off to keep the proportions"),
    DENOISE__PARAM_BOOL(resizing_config, pad_to_aspect_ratio, "false", "whether sides are filled up to keep the proportions"),
    DENOISE__PARAM_TEXT(resizing_config, fill_mode, "constant", 0, "constant", "what they are filled up with: fill_value"),
    DENOISE__PARAM_DOUBLE(resizing_config, fill_value, "0.0", 0, NAN, NAN, "value of pixels that are filled up"),
    DENOISE__PARAM_BOOL(resizing_config, antialias, "false", "whether a smaller output is blurred first"),
    DENOISE__PARAM_DATA_FORMAT(resizing_config),
};

extern const denoise__layer_kind denoise__layer_resizing;
const denoise__layer_kind denoise__layer_resizing = {
    .base = {.name = "resizing",
             .class_name = "Resizing",
             .doc = "pictures at another size",
             .config_size = sizeof(resizing_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .input_spec = denoise__spatial_spec_2d,
    .infer = infer,
    .scratch_size = scratch_size,
    .forward = forward,
    .backward = backward,
};
