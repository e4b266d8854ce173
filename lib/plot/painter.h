/* SPDX-License-Identifier: Apache-2.0 */
/* What a chart is drawn with: the same calls make pixels or SVG. Coordinates are in the chart's units, y downwards. */
#ifndef DENOISE_PLOT_PAINTER_H
#define DENOISE_PLOT_PAINTER_H

#include "core/text.h"
#include "plot/canvas.h"

enum { DENOISE__ANCHOR_START = 0, DENOISE__ANCHOR_MIDDLE = 1, DENOISE__ANCHOR_END = 2 };

typedef struct denoise__area {
    double x, y, width, height;
} denoise__area;

typedef struct denoise__stroke {
    denoise__color color;
    double width;
    double dash, gap; /* 0 = one line */
} denoise__stroke;

typedef struct denoise__text_place {
    double x, y; /* of the baseline */
    int32_t anchor;
    denoise__color color;
    bool is_bold;
    bool is_upward; /* turned by 90 degrees, to be read from below */
} denoise__text_place;

typedef struct denoise__painter denoise__painter;

typedef struct denoise__painter_kind {
    denoise_status (*rectangle)(denoise__painter *painter, const denoise__area *area, denoise__color fill);
    denoise_status (*polyline)(denoise__painter *painter, const double *points, int64_t count, const denoise__stroke *stroke);
    denoise_status (*text)(denoise__painter *painter, const char *text, const denoise__text_place *place);
    double (*text_width)(const char *text, bool is_bold);
    /* Lines from here on are drawn inside the area only, until NULL ends it; not nested. */
    denoise_status (*clip)(denoise__painter *painter, const denoise__area *area);
} denoise__painter_kind;

struct denoise__painter {
    const denoise__painter_kind *kind;
    denoise__canvas canvas; /* of the raster painter, with the next two */
    int64_t scale;          /* pixels for a unit */
    denoise__box lines;     /* where lines may be drawn, in pixels */
    denoise__text svg;      /* of the SVG painter */
};

/* A painter is finished by saving it or not, and cleared in any case. */
denoise_status denoise__painter_raster(denoise__painter *painter, int64_t width, int64_t height, int64_t scale);
denoise_status denoise__painter_svg(denoise__painter *painter, int64_t width, int64_t height, const char *title);
denoise_status denoise__painter_save(denoise__painter *painter, const char *path);
void denoise__painter_clear(denoise__painter *painter);

#endif
