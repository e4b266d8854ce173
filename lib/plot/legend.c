/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text.h"
#include "plot/chart.h"
#include "plot/font.h"
#include <math.h>

enum { ROW = 17, EDGE = 7, SAMPLE = 24, SPACE = 8, NAME_SIZE = 128 };

/* Okabe and Ito's colours without their yellow, which white paper swallows. */
static const denoise__color palette[] = {{0, 114, 178}, {213, 94, 0},   {0, 158, 115}, {204, 121, 167},
                                         {230, 159, 0}, {86, 180, 233}, {0, 0, 0}};
enum { COLORS = sizeof palette / sizeof *palette };

void denoise__chart_stroke(int64_t curve, denoise__stroke *out)
{
    static const double dashes[][2] = {{0, 0}, {8, 6}, {1, 5}};
    *out = (denoise__stroke){palette[curve % COLORS], 2, dashes[curve / COLORS % 3][0], dashes[curve / COLORS % 3][1]};
}

static void curve_name(const denoise__chart *chart, int64_t index, char *buffer)
{
    char number[NAME_SIZE];
    const char *name = chart->curves[index].name;
    denoise__format(number, sizeof number, "curve %lld", (long long)index + 1);
    denoise__font_fit(buffer, NAME_SIZE, name != NULL ? name : number, chart->options->width / 4, false);
}

/* Points of the curves in an area; pieces between points count by eight places on them. */
static int64_t crowd(const denoise__chart *chart, const denoise__area *area)
{
    int64_t hits = 0;
    for (int64_t c = 0; c < chart->count; c++) {
        double last[2] = {0, 0}, now[2];
        bool has_last = false;
        for (int64_t i = 0; i < chart->curves[c].length; i++) {
            bool has_now = denoise__chart_place(chart, &chart->curves[c], i, now);
            for (int32_t k = has_last ? 1 : 8; has_now && k <= 8; k++) {
                double x = last[0] + (now[0] - last[0]) * k / 8, y = last[1] + (now[1] - last[1]) * k / 8;
                if (x > area->x && x < area->x + area->width && y > area->y && y < area->y + area->height) hits++;
            }
            has_last = has_now;
            last[0] = now[0];
            last[1] = now[1];
        }
    }
    return hits;
}

/* The corner with the fewest points; the first of equals, upper right before upper left, lower right, lower left. */
static denoise__area choose_corner(const denoise__chart *chart, double width, double height)
{
    const denoise__area *plot = &chart->plot;
    double left = floor(plot->x + SPACE), right = floor(plot->x + plot->width - SPACE - width);
    double top = floor(plot->y + SPACE), bottom = floor(plot->y + plot->height - SPACE - height);
    denoise__area corners[] = {
        {right, top, width, height}, {left, top, width, height}, {right, bottom, width, height}, {left, bottom, width, height}};
    int32_t best = 0;
    int64_t fewest = INT64_MAX;
    for (int32_t i = 0; i < 4; i++) {
        int64_t hits = crowd(chart, &corners[i]);
        if (hits >= fewest) continue;
        fewest = hits;
        best = i;
    }
    return corners[best];
}

static denoise_status draw_entry(const denoise__chart *chart, int64_t index, double x, double y)
{
    char name[NAME_SIZE];
    denoise__stroke stroke;
    double sample[] = {x, y, x + SAMPLE, y};
    denoise__text_place place = {x + SAMPLE + 7, y + 4, DENOISE__ANCHOR_START, {38, 38, 38}, false, false};
    denoise__chart_stroke(index, &stroke);
    curve_name(chart, index, name);
    DENOISE__TRY(chart->painter->kind->polyline(chart->painter, sample, 2, &stroke));
    return chart->painter->kind->text(chart->painter, name, &place);
}

double denoise__chart_legend_width(const denoise__chart *chart)
{
    char name[NAME_SIZE];
    double width = 0;
    for (int64_t i = 0; i < chart->count; i++) {
        curve_name(chart, i, name);
        width = fmax(width, chart->painter->kind->text_width(name, false));
    }
    return ceil(width) + SAMPLE + 7 + 2 * EDGE;
}

denoise_status denoise__chart_legend(const denoise__chart *chart)
{
    const denoise__painter_kind *kind = chart->painter->kind;
    const denoise__area *plot = &chart->plot;
    double width = denoise__chart_legend_width(chart);
    /* a low chart names the first curves only */
    int64_t rows = (int64_t)((plot->height - 2 * SPACE - 2 * EDGE) / ROW);
    if (rows > chart->count) rows = chart->count;
    if (rows < 1) return DENOISE_OK;
    denoise__area area = {floor(plot->x + plot->width + SPACE), plot->y, width, (double)rows * ROW + 2 * EDGE - 3};
    if (!chart->aside) area = choose_corner(chart, area.width, area.height);
    denoise__area frame = {area.x - 1, area.y - 1, area.width + 2, area.height + 2};
    if (!chart->aside) DENOISE__TRY(kind->rectangle(chart->painter, &frame, (denoise__color){204, 204, 204}));
    if (!chart->aside) DENOISE__TRY(kind->rectangle(chart->painter, &area, (denoise__color){255, 255, 255}));
    for (int64_t i = 0; i < rows; i++)
        DENOISE__TRY(draw_entry(chart, i, area.x + EDGE, area.y + EDGE + 7 + (double)i * ROW));
    return DENOISE_OK;
}
