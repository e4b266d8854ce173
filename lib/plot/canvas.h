/* SPDX-License-Identifier: Apache-2.0 */
/* A picture in memory: RGB, 8 bits, rows from the top. All drawing is clipped to it. */
#ifndef DENOISE_PLOT_CANVAS_H
#define DENOISE_PLOT_CANVAS_H

#include "core/error.h"
#include <stdbool.h>

#define DENOISE__CANVAS_SIDE 16384

typedef struct denoise__color {
    uint8_t red, green, blue;
} denoise__color;

typedef struct denoise__canvas {
    int64_t width;
    int64_t height;
    uint8_t *pixels; /* width * height * 3 */
    uint8_t *mask;   /* width * height: coverage of the line that is being drawn; made by the first line */
} denoise__canvas;

/* Pixels x0 .. x1-1 and y0 .. y1-1. */
typedef struct denoise__box {
    int64_t x0, y0, x1, y1;
} denoise__box;

typedef struct denoise__text_style {
    denoise__color color;
    int64_t scale;
    bool is_bold;
    bool is_upward; /* turned by 90 degrees, to be read from below */
} denoise__text_style;

/* White; DENOISE_ERR_RANGE beyond DENOISE__CANVAS_SIDE. */
denoise_status denoise__canvas_init(denoise__canvas *canvas, int64_t width, int64_t height);
void denoise__canvas_clear(denoise__canvas *canvas);

void denoise__canvas_fill(denoise__canvas *canvas, denoise__box box, denoise__color color);
/* A frame of `thickness` pixels inside the box. */
void denoise__canvas_frame(denoise__canvas *canvas, denoise__box box, int64_t thickness, denoise__color color);
/* Mixes a colour into a pixel; coverage 0 .. 255. */
void denoise__canvas_blend(denoise__canvas *canvas, int64_t x, int64_t y, denoise__color color, uint32_t coverage);

/* An anti-aliased line with round ends and joints through count points (x, y); pixel (0, 0) has its centre at (0.5, 0.5).
 * One point gives a dot. */
denoise_status denoise__canvas_polyline(denoise__canvas *canvas, const double *points, int64_t count, double width,
                                        denoise__color color, denoise__box clip);

/* Text whose baseline starts at (x, y). */
void denoise__canvas_text(denoise__canvas *canvas, int64_t x, int64_t y, const char *text, const denoise__text_style *style);

#endif
