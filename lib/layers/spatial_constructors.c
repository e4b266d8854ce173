/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors of layers for sequences, pictures and volumes; see layer_constructors.c. */
#include "core/options.h"
#include "layers/layer.h"
#include <denoise/spatial.h>

static denoise__gather begin(const char *name, const char *data_format)
{
    denoise__gather given = denoise__gather_begin();
    if (name != NULL) denoise__gather_text(&given, "name", name);
    if (data_format != NULL) denoise__gather_text(&given, "data_format", data_format);
    return given;
}

/* ---- Pooling */

DENOISE__OPTIONS_SIZED(pooling_options, POOLING_OPTIONS, "pooling options", denoise_pooling_options,
                       sizeof(denoise_pooling_options))

#define POOLING(kind)                                                                                                          \
    denoise_layer *denoise_layer_##kind(int64_t pool_size, const denoise_pooling_options *options)                             \
    {                                                                                                                          \
        return pooling(#kind, pool_size, options);                                                                             \
    }

static denoise_layer *pooling(const char *kind, int64_t pool_size, const denoise_pooling_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_pooling_options known;
    denoise__gather_int(&given, "pool_size", pool_size);
    if (denoise__gather_options(&given, &pooling_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        if (known.strides != -1) denoise__gather_int(&given, "strides", known.strides);
        denoise__gather_text_or_none(&given, "padding", known.padding);
        denoise__gather_text_or_none(&given, "data_format", known.data_format);
    }
    return denoise__layer_make(kind, &given);
}

POOLING(max_pooling1d)
POOLING(max_pooling2d)
POOLING(max_pooling3d)
POOLING(average_pooling1d)
POOLING(average_pooling2d)
POOLING(average_pooling3d)

#define GLOBAL_POOLING(kind)                                                                                                   \
    denoise_layer *denoise_layer_##kind(int32_t keepdims, const char *data_format, const char *name)                           \
    {                                                                                                                          \
        denoise__gather given = begin(name, data_format);                                                                      \
        denoise__gather_bool(&given, "keepdims", keepdims);                                                                    \
        return denoise__layer_make(#kind, &given);                                                                             \
    }
GLOBAL_POOLING(global_max_pooling1d)
GLOBAL_POOLING(global_max_pooling2d)
GLOBAL_POOLING(global_max_pooling3d)
GLOBAL_POOLING(global_average_pooling1d)
GLOBAL_POOLING(global_average_pooling2d)
GLOBAL_POOLING(global_average_pooling3d)

/* ---- More of it */

denoise_layer *denoise_layer_up_sampling1d(int64_t size, const char *name)
{
    denoise__gather given = begin(name, NULL);
    denoise__gather_int(&given, "size", size);
    return denoise__layer_make("up_sampling1d", &given);
}

denoise_layer *denoise_layer_up_sampling2d(int64_t size, const char *interpolation, const char *data_format, const char *name)
{
    denoise__gather given = begin(name, data_format);
    denoise__gather_int(&given, "size", size);
    denoise__gather_text_or_none(&given, "interpolation", interpolation);
    return denoise__layer_make("up_sampling2d", &given);
}

denoise_layer *denoise_layer_up_sampling3d(int64_t size, const char *data_format, const char *name)
{
    denoise__gather given = begin(name, data_format);
    denoise__gather_int(&given, "size", size);
    return denoise__layer_make("up_sampling3d", &given);
}

denoise_layer *denoise_layer_repeat_vector(int64_t n, const char *name)
{
    denoise__gather given = begin(name, NULL);
    denoise__gather_int(&given, "n", n);
    return denoise__layer_make("repeat_vector", &given);
}

/* ---- Margins: two for each axis */

static denoise_layer *margins(const char *kind, const char *key, const int64_t *values, int32_t axes, const char *data_format,
                              const char *name)
{
    denoise__gather given = begin(name, data_format);
    denoise__gather_ints(&given, key, values, (int64_t)2 * axes);
    return denoise__layer_make(kind, &given);
}

denoise_layer *denoise_layer_zero_padding1d(int64_t before, int64_t behind, const char *data_format, const char *name)
{
    return margins("zero_padding1d", "padding", (const int64_t[]){before, behind}, 1, data_format, name);
}

denoise_layer *denoise_layer_zero_padding2d(int64_t top, int64_t bottom, int64_t left, int64_t right, const char *data_format,
                                            const char *name)
{
    return margins("zero_padding2d", "padding", (const int64_t[]){top, bottom, left, right}, 2, data_format, name);
}

denoise_layer *denoise_layer_zero_padding3d(int64_t front, int64_t back, int64_t top, int64_t bottom, int64_t left,
                                            int64_t right, const char *data_format, const char *name)
{
    const int64_t values[] = {front, back, top, bottom, left, right};
    return margins("zero_padding3d", "padding", values, 3, data_format, name);
}

denoise_layer *denoise_layer_cropping1d(int64_t before, int64_t behind, const char *name)
{
    return margins("cropping1d", "cropping", (const int64_t[]){before, behind}, 1, NULL, name);
}

denoise_layer *denoise_layer_cropping2d(int64_t top, int64_t bottom, int64_t left, int64_t right, const char *data_format,
                                        const char *name)
{
    return margins("cropping2d", "cropping", (const int64_t[]){top, bottom, left, right}, 2, data_format, name);
}

denoise_layer *denoise_layer_cropping3d(int64_t front, int64_t back, int64_t top, int64_t bottom, int64_t left, int64_t right,
                                        const char *data_format, const char *name)
{
    const int64_t values[] = {front, back, top, bottom, left, right};
    return margins("cropping3d", "cropping", values, 3, data_format, name);
}

/* ---- Pictures */

DENOISE__OPTIONS_SIZED(resizing_options, RESIZING_OPTIONS, "resizing options", denoise_resizing_options,
                       sizeof(denoise_resizing_options))

denoise_layer *denoise_layer_resizing(int64_t height, int64_t width, const denoise_resizing_options *options)
{
    denoise__gather given = denoise__gather_begin();
    denoise_resizing_options known;
    denoise__gather_int(&given, "height", height);
    denoise__gather_int(&given, "width", width);
    if (denoise__gather_options(&given, &resizing_options_known, &known, options)) {
        denoise__gather_text_or_none(&given, "name", known.name);
        denoise__gather_text_or_none(&given, "interpolation", known.interpolation);
        denoise__gather_text_or_none(&given, "data_format", known.data_format);
        denoise__gather_double(&given, "fill_value", known.fill_value);
        denoise__gather_bool(&given, "crop_to_aspect_ratio", known.crop_to_aspect_ratio);
        denoise__gather_bool(&given, "pad_to_aspect_ratio", known.pad_to_aspect_ratio);
        denoise__gather_bool(&given, "antialias", known.antialias);
    }
    return denoise__layer_make("resizing", &given);
}

denoise_layer *denoise_layer_depth_to_space(int64_t block_size, const char *data_format, const char *name)
{
    denoise__gather given = begin(name, data_format);
    denoise__gather_int(&given, "block_size", block_size);
    return denoise__layer_make("depth_to_space", &given);
}

denoise_layer *denoise_layer_space_to_depth(int64_t block_size, const char *data_format, const char *name)
{
    denoise__gather given = begin(name, data_format);
    denoise__gather_int(&given, "block_size", block_size);
    return denoise__layer_make("space_to_depth", &given);
}

denoise_layer *denoise_layer_permute(const int64_t *dims, int32_t rank, const char *name)
{
    denoise__gather given = begin(name, NULL);
    if (given.status == DENOISE_OK && (rank < 1 || rank >= DENOISE_MAX_RANK)) {
        denoise__gather_fail(&given,
                             denoise__fail(DENOISE_ERR_RANGE, "rank is %d, expected 1 .. %d", (int)rank, DENOISE_MAX_RANK - 1));
    } else if (given.status == DENOISE_OK && dims == NULL) {
        denoise__gather_fail(
            &given, denoise__fail(DENOISE_ERR_NULL, "denoise_layer_permute: dims is NULL, expected %d numbers", (int)rank));
    } else {
        denoise__gather_ints(&given, "dims", dims, rank);
    }
    return denoise__layer_make("permute", &given);
}
