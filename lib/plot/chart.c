/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/chart.h"
#include "core/format.h"
#include "plot/font.h"
#include <math.h>

enum { PAD = 12, TICK = 4, LINE = 12, CAPS = 9 };
/* of the legend */
enum { ROW = 17, EDGE = 7, SAMPLE = 24, SPACE = 8, NAME_SIZE = 128 };

static const denoise__color ink = {38, 38, 38}, axis_color = {90, 90, 90}, grid_color = {226, 226, 226};

/* Okabe and Ito's colours without their yellow, which white paper swallows. */
static const denoise__color palette[] = {{0, 114, 178}, {213, 94, 0},   {0, 158, 115}, {204, 121, 167},
                                         {230, 159, 0}, {86, 180, 233}, {0, 0, 0}};
enum { COLORS = sizeof palette / sizeof *palette };

static void stroke_of(int64_t curve, denoise__stroke *out)
{
    static const double dashes[][2] = {{0, 0}, {8, 6}, {1, 5}};
    *out = (denoise__stroke){palette[curve % COLORS], 2, dashes[curve / COLORS % 3][0], dashes[curve / COLORS % 3][1]};
}

bool denoise__chart_point(const denoise__chart *chart, const denoise_plot_curve *curve, int64_t i, double *x, double *y)
{
    *x = curve->x != NULL ? curve->x[i] : (double)i;
    *y = curve->values[i];
    return isfinite(*x) && isfinite(*y) && !(chart->options->log_y && *y <= 0);
}

/* Point i in the painter's units; false at a gap. */
static bool place_of(const denoise__chart *chart, const denoise_plot_curve *curve, int64_t i, double *point)
{
    double x, y;
    if (!denoise__chart_point(chart, curve, i, &x, &y)) return false;
    point[0] = chart->plot.x + denoise__axis_place(&chart->x, x) * chart->plot.width;
    point[1] = chart->plot.y + (1 - denoise__axis_place(&chart->y, y)) * chart->plot.height;
    return true;
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
            bool has_now = place_of(chart, &chart->curves[c], i, now);
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
    denoise__text_place place = {x + SAMPLE + 7, y + 4, DENOISE__ANCHOR_START, ink, false, false};
    stroke_of(index, &stroke);
    curve_name(chart, index, name);
    DENOISE__TRY(chart->painter->kind->polyline(chart->painter, sample, 2, &stroke));
    return chart->painter->kind->text(chart->painter, name, &place);
}

static double legend_width(const denoise__chart *chart)
{
    char name[NAME_SIZE];
    double width = 0;
    for (int64_t i = 0; i < chart->count; i++) {
        curve_name(chart, i, name);
        width = fmax(width, chart->painter->kind->text_width(name, false));
    }
    return ceil(width) + SAMPLE + 7 + 2 * EDGE;
}

static denoise_status draw_legend(const denoise__chart *chart)
{
    const denoise__painter_kind *kind = chart->painter->kind;
    const denoise__area *plot = &chart->plot;
    double width = legend_width(chart);
    /* a low chart names the first curves only */
    int64_t rows = (int64_t)((plot->height - 2 * SPACE - 2 * EDGE) / ROW);
    if (rows > chart->count) rows = chart->count;
    if (rows < 1) return DENOISE_OK;
    denoise__area area = {floor(plot->x + plot->width + SPACE), plot->y, width, (double)rows * ROW + 2 * EDGE - 3};
    if (!chart->is_aside) area = choose_corner(chart, area.width, area.height);
    denoise__area frame = {area.x - 1, area.y - 1, area.width + 2, area.height + 2};
    if (!chart->is_aside) DENOISE__TRY(kind->rectangle(chart->painter, &frame, (denoise__color){204, 204, 204}));
    if (!chart->is_aside) DENOISE__TRY(kind->rectangle(chart->painter, &area, (denoise__color){255, 255, 255}));
    for (int64_t i = 0; i < rows; i++)
        DENOISE__TRY(draw_entry(chart, i, area.x + EDGE, area.y + EDGE + 7 + (double)i * ROW));
    return DENOISE_OK;
}

static double widest_label(const denoise__chart *chart, const denoise__axis *axis)
{
    double width = 0;
    for (int32_t i = 0; i < axis->tick_count; i++)
        width = fmax(width, chart->painter->kind->text_width(axis->labels[i], false));
    return width;
}

/* As many ticks on the x axis as leave room between their labels. */
static void space_x_ticks(denoise__chart *chart)
{
    for (int32_t wanted = 12; wanted >= 2; wanted--) {
        denoise__axis_ticks(&chart->x, wanted, chart->is_whole_x);
        if (chart->x.tick_count < 2 || wanted == 2) return;
        double step = denoise__axis_place(&chart->x, chart->x.ticks[1]) - denoise__axis_place(&chart->x, chart->x.ticks[0]);
        if (step * chart->plot.width >= widest_label(chart, &chart->x) + 18) return;
    }
}

static void lay_out(denoise__chart *chart)
{
    const denoise_plot_curves_options *options = chart->options;
    double top = PAD + (options->title != NULL ? LINE + 8 : 0);
    double bottom = PAD + TICK + 3 + LINE + (options->x_label != NULL ? LINE + 4 : 0);
    chart->plot.y = top;
    chart->plot.height = (double)options->height - top - bottom;
    denoise__axis_ticks(&chart->y, (int32_t)fmin(chart->plot.height / 42, 10), false);
    chart->plot.x = ceil(PAD + (options->y_label != NULL ? LINE + 6 : 0) + widest_label(chart, &chart->y) + 4 + TICK);
    chart->plot.width = (double)options->width - chart->plot.x - PAD - 4;
    chart->is_aside = options->legend && chart->count > 6;
    if (chart->is_aside) chart->plot.width -= legend_width(chart) + PAD;
    space_x_ticks(chart);
}

static denoise_status draw_rectangle(denoise__chart *chart, double x, double y, double width, double height,
                                     denoise__color color)
{
    denoise__area area = {x, y, width, height};
    return chart->painter->kind->rectangle(chart->painter, &area, color);
}

static denoise_status draw_x_ticks(denoise__chart *chart)
{
    const denoise__area *plot = &chart->plot;
    for (int32_t i = 0; i < chart->x.tick_count; i++) {
        double x = floor(plot->x + denoise__axis_place(&chart->x, chart->x.ticks[i]) * plot->width);
        double y = plot->y + plot->height;
        denoise__text_place place = {x + 0.5, y + TICK + 4 + CAPS, DENOISE__ANCHOR_MIDDLE, ink, false, false};
        if (chart->options->grid) DENOISE__TRY(draw_rectangle(chart, x, plot->y, 1, plot->height, grid_color));
        DENOISE__TRY(draw_rectangle(chart, x, y, 1, TICK, axis_color));
        DENOISE__TRY(chart->painter->kind->text(chart->painter, chart->x.labels[i], &place));
    }
    return DENOISE_OK;
}

static denoise_status draw_y_ticks(denoise__chart *chart)
{
    const denoise__area *plot = &chart->plot;
    for (int32_t i = 0; i < chart->y.tick_count; i++) {
        double y = floor(plot->y + (1 - denoise__axis_place(&chart->y, chart->y.ticks[i])) * plot->height);
        denoise__text_place place = {plot->x - TICK - 4, y + 5, DENOISE__ANCHOR_END, ink, false, false};
        if (chart->options->grid) DENOISE__TRY(draw_rectangle(chart, plot->x, y, plot->width, 1, grid_color));
        DENOISE__TRY(draw_rectangle(chart, plot->x - TICK, y, TICK, 1, axis_color));
        DENOISE__TRY(chart->painter->kind->text(chart->painter, chart->y.labels[i], &place));
    }
    return DENOISE_OK;
}

static denoise_status draw_axes(denoise__chart *chart)
{
    const denoise__area *plot = &chart->plot;
    DENOISE__TRY(draw_rectangle(chart, plot->x, plot->y, 1, plot->height + 1, axis_color));
    return draw_rectangle(chart, plot->x, plot->y + plot->height, plot->width, 1, axis_color);
}

/* A text of the frame, cut to the room that it has. */
static denoise_status draw_words(denoise__chart *chart, const char *words, double x, double y, bool is_bold, bool is_upward,
                                 double room)
{
    char fitted[256];
    denoise__text_place place = {x, y, DENOISE__ANCHOR_MIDDLE, ink, is_bold, is_upward};
    if (words == NULL) return DENOISE_OK;
    denoise__font_fit(fitted, sizeof fitted, words, (int64_t)room, is_bold);
    return chart->painter->kind->text(chart->painter, fitted, &place);
}

static denoise_status draw_titles(denoise__chart *chart)
{
    const denoise_plot_curves_options *options = chart->options;
    const denoise__area *plot = &chart->plot;
    double middle = floor(plot->x + plot->width / 2);
    DENOISE__TRY(draw_words(chart, options->title, middle, PAD + CAPS, true, false, plot->width));
    DENOISE__TRY(draw_words(chart, options->x_label, middle, (double)options->height - PAD - 3, false, false, plot->width));
    return draw_words(chart, options->y_label, PAD + CAPS, floor(plot->y + plot->height / 2), false, true, plot->height);
}

static denoise_status draw_curve(denoise__chart *chart, int64_t index)
{
    const denoise_plot_curve *curve = &chart->curves[index];
    denoise__stroke stroke;
    stroke_of(index, &stroke);
    for (int64_t i = 0, count = 0; i <= curve->length; i++) {
        if (i < curve->length && place_of(chart, curve, i, chart->points + 2 * count)) {
            count++;
            continue;
        }
        denoise__stroke dot = {stroke.color, 6, 0, 0};
        if (count > 0)
            DENOISE__TRY(chart->painter->kind->polyline(chart->painter, chart->points, count, count == 1 ? &dot : &stroke));
        count = 0;
    }
    return DENOISE_OK;
}

denoise_status denoise__chart_draw(denoise__chart *chart)
{
    const denoise_plot_curves_options *options = chart->options;
    denoise__color white = {255, 255, 255};
    lay_out(chart);
    denoise__area inside = {chart->plot.x - 3, chart->plot.y - 3, chart->plot.width + 6, chart->plot.height + 6};
    DENOISE__TRY(draw_rectangle(chart, 0, 0, (double)options->width, (double)options->height, white));
    DENOISE__TRY(draw_x_ticks(chart));
    DENOISE__TRY(draw_y_ticks(chart));
    DENOISE__TRY(draw_axes(chart));
    DENOISE__TRY(chart->painter->kind->clip(chart->painter, &inside));
    for (int64_t i = 0; i < chart->count; i++)
        DENOISE__TRY(draw_curve(chart, i));
    DENOISE__TRY(chart->painter->kind->clip(chart->painter, NULL));
    if (options->legend) DENOISE__TRY(draw_legend(chart));
    return draw_titles(chart);
}
