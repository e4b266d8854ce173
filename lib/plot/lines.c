/* SPDX-License-Identifier: Apache-2.0 */
/* Anti-aliased lines: the coverage of a pixel is taken from its distance to the nearest piece of the line. The pieces are
 * gathered in a mask by their maximum and mixed into the picture once, so that joints are no darker than the rest. */
#include "core/memory.h"
#include "plot/canvas.h"
#include <math.h>
#include <string.h>

typedef struct piece {
    double x0, y0, x1, y1;
    double dx, dy, length2;
} piece;

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static denoise__box box_inside(denoise__box a, denoise__box b)
{
    return (denoise__box){a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0, a.x1 < b.x1 ? a.x1 : b.x1,
                          a.y1 < b.y1 ? a.y1 : b.y1};
}

static double distance_to(const piece *line, double x, double y)
{
    double along = 0;
    if (line->length2 > 0) along = clamp(((x - line->x0) * line->dx + (y - line->y0) * line->dy) / line->length2, 0, 1);
    double ex = x - (line->x0 + along * line->dx), ey = y - (line->y0 + along * line->dy);
    return sqrt(ex * ex + ey * ey);
}

/* The columns of row y that a line can touch with a half-width of `reach`. */
static void row_span(const piece *line, double y, double reach, double *from, double *to)
{
    double low = fmin(line->x0, line->x1) - reach, high = fmax(line->x0, line->x1) + reach;
    if (fabs(line->dy) > 1e-6) {
        double middle = line->x0 + (y - line->y0) * (line->dx / line->dy);
        double half = reach * sqrt(line->length2) / fabs(line->dy) + fabs(line->dx / line->dy);
        low = fmax(low, middle - half);
        high = fmin(high, middle + half);
    }
    *from = low;
    *to = high;
}

static void mark_piece(denoise__canvas *canvas, const piece *line, double half, denoise__box clip)
{
    double reach = half + 1;
    int64_t y0 = (int64_t)clamp(floor(fmin(line->y0, line->y1) - reach), (double)clip.y0, (double)clip.y1);
    int64_t y1 = (int64_t)clamp(ceil(fmax(line->y0, line->y1) + reach), (double)clip.y0, (double)clip.y1);
    for (int64_t y = y0; y < y1; y++) {
        double from, to, centre = (double)y + 0.5;
        row_span(line, centre, reach, &from, &to);
        int64_t x0 = (int64_t)clamp(floor(from), (double)clip.x0, (double)clip.x1);
        int64_t x1 = (int64_t)clamp(ceil(to) + 1, (double)clip.x0, (double)clip.x1);
        uint8_t *mask = canvas->mask + y * canvas->width;
        for (int64_t x = x0; x < x1; x++) {
            double cover = clamp(half + 0.5 - distance_to(line, (double)x + 0.5, centre), 0, 1);
            uint8_t value = (uint8_t)(cover * 255 + 0.5);
            if (value > mask[x]) mask[x] = value;
        }
    }
}

static piece piece_between(const double *a, const double *b)
{
    piece line = {a[0], a[1], b[0], b[1], b[0] - a[0], b[1] - a[1], 0};
    line.length2 = line.dx * line.dx + line.dy * line.dy;
    return line;
}

/* What a line can touch. Coordinates may lie far outside of the picture. */
static denoise__box bounds(const double *points, int64_t count, double reach, denoise__box clip)
{
    double x0 = points[0], x1 = points[0], y0 = points[1], y1 = points[1];
    for (int64_t i = 1; i < count; i++) {
        x0 = fmin(x0, points[2 * i]);
        x1 = fmax(x1, points[2 * i]);
        y0 = fmin(y0, points[2 * i + 1]);
        y1 = fmax(y1, points[2 * i + 1]);
    }
    double left = (double)clip.x0, right = (double)clip.x1, top = (double)clip.y0, bottom = (double)clip.y1;
    return (denoise__box){(int64_t)clamp(floor(x0 - reach), left, right), (int64_t)clamp(floor(y0 - reach), top, bottom),
                          (int64_t)clamp(ceil(x1 + reach), left, right), (int64_t)clamp(ceil(y1 + reach), top, bottom)};
}

static void mix_mask(denoise__canvas *canvas, denoise__color color, denoise__box area)
{
    for (int64_t y = area.y0; y < area.y1; y++)
        for (int64_t x = area.x0; x < area.x1; x++) {
            uint8_t *mask = canvas->mask + y * canvas->width + x;
            denoise__canvas_blend(canvas, x, y, color, *mask);
            *mask = 0;
        }
}

denoise_status denoise__canvas_polyline(denoise__canvas *canvas, const double *points, int64_t count, double width,
                                        denoise__color color, denoise__box clip)
{
    if (canvas->mask == NULL) {
        canvas->mask = denoise__allocate_zeroed((size_t)canvas->width, (size_t)canvas->height);
        if (canvas->mask == NULL) return denoise__fail_nomem();
    }
    if (count < 1) return DENOISE_OK;
    denoise__box area = box_inside(clip, (denoise__box){0, 0, canvas->width, canvas->height});
    if (area.x0 >= area.x1 || area.y0 >= area.y1) return DENOISE_OK;
    area = bounds(points, count, width / 2 + 2, area);
    if (count == 1) {
        piece dot = piece_between(points, points);
        mark_piece(canvas, &dot, width / 2, area);
    }
    for (int64_t i = 0; i + 1 < count; i++) {
        piece line = piece_between(points + 2 * i, points + 2 * i + 2);
        mark_piece(canvas, &line, width / 2, area);
    }
    mix_mask(canvas, color, area);
    return DENOISE_OK;
}
