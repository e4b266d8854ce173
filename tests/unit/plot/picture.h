/* SPDX-License-Identifier: Apache-2.0 */
/* A PNG read back for the tests, by libpng's simplified reader. */
#ifndef DENOISE_TESTS_PLOT_PICTURE_H
#define DENOISE_TESTS_PLOT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct picture {
    int64_t width, height;
    bool is_grey;    /* as stored in the file */
    uint8_t *pixels; /* RGB */
} picture;

void picture_decode(picture *out, const void *data, size_t size);
void picture_read(picture *out, const char *path);
void picture_free(picture *self);

/* 0xRRGGBB */
uint32_t picture_at(const picture *self, int64_t x, int64_t y);
/* How many pixels of x0 .. x1-1, y0 .. y1-1 have the colour. */
int64_t picture_count(const picture *self, int64_t x0, int64_t y0, int64_t x1, int64_t y1, uint32_t color);
int64_t picture_count_all(const picture *self, uint32_t color);

#endif
