/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/pixels.h"
#include "tensor/tensor.h"
#include <denoise/plot.h>
#include <math.h>

static int64_t square_side(int64_t size)
{
    int64_t side = (int64_t)sqrt((double)size);
    while (side * side > size)
        side--;
    while ((side + 1) * (side + 1) <= size)
        side++;
    return side;
}

static denoise_status read_shape(denoise__images *out, const denoise_tensor *tensor)
{
    char text[192];
    const denoise__shape *shape = &tensor->shape;
    denoise__shape_text(shape, false, text, sizeof text);
    if (shape->rank < 2 || shape->rank > 4 || (shape->rank == 4 && shape->dim[3] != 1))
        return denoise__fail(DENOISE_ERR_SHAPE, "images have shape %s, expected (n, h * w), (n, h, w) or (n, h, w, 1)", text);
    if (tensor->size == 0) return denoise__fail(DENOISE_ERR_SHAPE, "images have shape %s: there is nothing to draw", text);
    out->count = shape->dim[0];
    out->height = shape->dim[1];
    out->width = shape->rank == 2 ? 0 : shape->dim[2];
    if (shape->rank > 2) return DENOISE_OK;
    out->width = out->height = square_side(shape->dim[1]);
    if (out->width * out->height != shape->dim[1])
        return denoise__fail(DENOISE_ERR_SHAPE,
                             "images have shape %s: rows of %lld pixels are no squares, reshape to (n, h, w)", text,
                             (long long)shape->dim[1]);
    return DENOISE_OK;
}

denoise_status denoise__images_init(denoise__images *out, const denoise_tensor *tensor, double vmin, double vmax,
                                    int32_t colormap)
{
    DENOISE__TRY(read_shape(out, tensor));
    out->tensor = tensor;
    out->low = isnan(vmin) ? 0 : vmin;
    out->high = !isnan(vmax) ? vmax : tensor->dtype == DENOISE_UINT8 ? 255 : 1;
    out->colormap = colormap;
    if (colormap != DENOISE_COLORMAP_BINARY && colormap != DENOISE_COLORMAP_GRAY)
        return denoise__fail(DENOISE_ERR_INVALID, "colormap is %d, expected DENOISE_COLORMAP_BINARY or DENOISE_COLORMAP_GRAY",
                             (int)colormap);
    if (!(out->low < out->high) || !isfinite(out->high - out->low))
        return denoise__fail(DENOISE_ERR_INVALID, "vmin is %g and vmax is %g, expected finite numbers with vmin < vmax",
                             out->low, out->high);
    return DENOISE_OK;
}

void denoise__images_read(const denoise__images *images, int64_t index, float *values)
{
    int64_t size = images->height * images->width;
    denoise__tensor_read_floats(images->tensor, index * size, size, values);
    for (int64_t i = 0; i < size; i++) {
        double value = (values[i] - images->low) / (images->high - images->low);
        if (!isnan(value)) values[i] = (float)(value < 0 ? 0 : value > 1 ? 1 : value);
    }
}

denoise__color denoise__images_color(const denoise__images *images, float value)
{
    if (isnan(value)) return (denoise__color){255, 150, 150};
    uint8_t level = (uint8_t)(value * 255.0 + 0.5);
    if (images->colormap == DENOISE_COLORMAP_BINARY) level = (uint8_t)(255 - level);
    return (denoise__color){level, level, level};
}
