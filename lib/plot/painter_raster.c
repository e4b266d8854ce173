/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "plot/font.h"
#include "plot/painter.h"
#include <math.h>
#include <string.h>

static denoise__box to_box(const denoise__painter *painter, const denoise__area *area)
{
    double scale = (double)painter->scale;
    return (denoise__box){(int64_t)floor(area->x * scale + 0.5), (int64_t)floor(area->y * scale + 0.5),
                          (int64_t)floor((area->x + area->width) * scale + 0.5),
                          (int64_t)floor((area->y + area->height) * scale + 0.5)};
}

static denoise_status rectangle(denoise__painter *painter, const denoise__area *area, denoise__color fill)
{
    denoise__canvas_fill(&painter->canvas, to_box(painter, area), fill);
    return DENOISE_OK;
}

/* The dashes of a line, one after the other, in pixels. */
typedef struct dasher {
    denoise__painter *painter;
    const denoise__stroke *stroke;
    double *points; /* of the present dash; as many as the line has and two */
    int64_t count;
    double left; /* length left of the present dash or gap */
    bool is_on;
} dasher;

static denoise_status end_dash(dasher *self)
{
    denoise_status status = DENOISE_OK;
    if (self->is_on && self->count > 0)
        status = denoise__canvas_polyline(&self->painter->canvas, self->points, self->count,
                                          self->stroke->width * (double)self->painter->scale, self->stroke->color,
                                          self->painter->lines);
    self->count = 0;
    return status;
}

static void add_point(dasher *self, double x, double y)
{
    self->points[2 * self->count] = x;
    self->points[2 * self->count + 1] = y;
    self->count++;
}

static denoise_status dash_piece(dasher *self, const double *from, const double *to)
{
    double dx = to[0] - from[0], dy = to[1] - from[1], length = sqrt(dx * dx + dy * dy), done = 0;
    while (length - done > self->left) {
        done += self->left;
        double x = from[0] + dx * done / length, y = from[1] + dy * done / length;
        add_point(self, x, y);
        DENOISE__TRY(end_dash(self));
        self->is_on = !self->is_on;
        self->left = (self->is_on ? self->stroke->dash : self->stroke->gap) * (double)self->painter->scale;
        add_point(self, x, y);
    }
    self->left -= length - done;
    add_point(self, to[0], to[1]);
    return DENOISE_OK;
}

static denoise_status dash_line(dasher *self, const double *points, int64_t count)
{
    self->is_on = true;
    self->left = self->stroke->dash * (double)self->painter->scale;
    add_point(self, points[0], points[1]);
    for (int64_t i = 0; i + 1 < count; i++)
        DENOISE__TRY(dash_piece(self, points + 2 * i, points + 2 * i + 2));
    return end_dash(self);
}

static denoise_status polyline(denoise__painter *painter, const double *points, int64_t count, const denoise__stroke *stroke)
{
    denoise_status status;
    size_t size = (size_t)count * 2 * sizeof(double);
    double *pixels = denoise__allocate(size), *dash = denoise__allocate(size + 4 * sizeof(double));
    if (pixels == NULL || dash == NULL) DENOISE__TRY_OR_FAIL(denoise__fail_nomem());
    for (int64_t i = 0; i < 2 * count; i++)
        pixels[i] = points[i] * (double)painter->scale;
    if (stroke->dash > 0 && count > 1) {
        dasher self = {.painter = painter, .stroke = stroke, .points = dash};
        status = dash_line(&self, pixels, count);
    } else {
        status = denoise__canvas_polyline(&painter->canvas, pixels, count, stroke->width * (double)painter->scale,
                                          stroke->color, painter->lines);
    }
fail:
    denoise__release(pixels);
    denoise__release(dash);
    return status;
}

static denoise_status text(denoise__painter *painter, const char *words, const denoise__text_place *place)
{
    denoise__text_style style = {place->color, painter->scale, place->is_bold, place->is_upward};
    double width = (double)denoise__font_width(words, place->is_bold);
    double shift = place->anchor == DENOISE__ANCHOR_START ? 0 : place->anchor == DENOISE__ANCHOR_MIDDLE ? width / 2 : width;
    double x = place->is_upward ? place->x : place->x - shift, y = place->is_upward ? place->y + shift : place->y;
    double scale = (double)painter->scale;
    denoise__canvas_text(&painter->canvas, (int64_t)floor(x * scale + 0.5), (int64_t)floor(y * scale + 0.5), words, &style);
    return DENOISE_OK;
}

static double text_width(const char *words, bool is_bold)
{
    return (double)denoise__font_width(words, is_bold);
}

static denoise_status clip(denoise__painter *painter, const denoise__area *area)
{
    painter->lines = (denoise__box){0, 0, painter->canvas.width, painter->canvas.height};
    if (area != NULL) painter->lines = to_box(painter, area);
    return DENOISE_OK;
}

static const denoise__painter_kind raster = {rectangle, polyline, text, text_width, clip};

denoise_status denoise__painter_raster(denoise__painter *painter, int64_t width, int64_t height, int64_t scale)
{
    memset(painter, 0, sizeof *painter);
    painter->kind = &raster;
    painter->scale = scale;
    DENOISE__TRY(denoise__canvas_init(&painter->canvas, width * scale, height * scale));
    return clip(painter, NULL);
}
