/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/plot/picture.h"
#include "support/cmocka_test.h"
#include <png.h>
#include <stdlib.h>
#include <string.h>

static void finish(picture *out, png_image *image)
{
    out->width = image->width;
    out->height = image->height;
    out->is_grey = (image->format & PNG_FORMAT_FLAG_COLOR) == 0;
    image->format = PNG_FORMAT_RGB;
    out->pixels = malloc(PNG_IMAGE_SIZE(*image));
    assert_non_null(out->pixels);
    assert_true(png_image_finish_read(image, NULL, out->pixels, 0, NULL));
}

void picture_decode(picture *out, const void *data, size_t size)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_memory(&image, data, size));
    finish(out, &image);
}

void picture_read(picture *out, const char *path)
{
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    assert_true(png_image_begin_read_from_file(&image, path));
    finish(out, &image);
}

void picture_free(picture *self)
{
    free(self->pixels);
    self->pixels = NULL;
}

uint32_t picture_at(const picture *self, int64_t x, int64_t y)
{
    assert_true(x >= 0 && y >= 0 && x < self->width && y < self->height);
    const uint8_t *pixel = self->pixels + (y * self->width + x) * 3;
    return (uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
}

int64_t picture_count(const picture *self, int64_t x0, int64_t y0, int64_t x1, int64_t y1, uint32_t color)
{
    int64_t count = 0;
    for (int64_t y = y0; y < y1; y++)
        for (int64_t x = x0; x < x1; x++)
            count += picture_at(self, x, y) == color;
    return count;
}

int64_t picture_count_all(const picture *self, uint32_t color)
{
    return picture_count(self, 0, 0, self->width, self->height, color);
}
