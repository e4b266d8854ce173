/* SPDX-License-Identifier: Apache-2.0 */
/* Learning curves as PNG or SVG: checks what was given, finds the ranges, lets the chart draw itself. */
#include "core/cpu.h"
#include "core/memory.h"
#include "plot/chart.h"
#include "plot/options.h"
#include <math.h>
#include <string.h>

enum { MOST_CURVES = 21 };

/* Smallest and greatest finite place of all curves. */
typedef struct extent {
    double x_low, x_high, y_low, y_high;
} extent;

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), tail = strlen(ending);
    if (length < tail) return false;
    for (size_t i = 0; i < tail; i++) {
        char letter = path[length - tail + i];
        if (letter >= 'A' && letter <= 'Z') letter = (char)(letter - 'A' + 'a');
        if (letter != ending[i]) return false;
    }
    return true;
}

static denoise_status check_bounds(const denoise_plot_curves_options *options)
{
    /* the sign of a NaN is not told */
    double low = isnan(options->y_min) ? NAN : options->y_min, high = isnan(options->y_max) ? NAN : options->y_max;
    if (isinf(low) || isinf(high) || low >= high)
        return denoise__fail(DENOISE_ERR_INVALID, "y_min is %g and y_max is %g, expected finite numbers with y_min < y_max",
                             low, high);
    if (options->log_y && (low <= 0 || high <= 0))
        return denoise__fail(DENOISE_ERR_INVALID, "y_min is %g and y_max is %g, a logarithmic axis needs numbers above 0", low,
                             high);
    return DENOISE_OK;
}

static denoise_status read_options(denoise_plot_curves_options *options, const denoise_plot_curves_options *given)
{
    DENOISE__TRY(denoise__plot_curves_read(options, given));
    DENOISE__TRY(denoise__plot_check_range("width", options->width, 200, DENOISE__CANVAS_SIDE));
    DENOISE__TRY(denoise__plot_check_range("height", options->height, 150, DENOISE__CANVAS_SIDE));
    DENOISE__TRY(denoise__plot_check_range("scale", options->scale, 1, 8));
    return check_bounds(options);
}

static denoise_status check_curves(const denoise_plot_curve *curves, int64_t count)
{
    DENOISE__TRY(denoise__plot_check_range("count", count, 1, MOST_CURVES));
    for (int64_t i = 0; i < count; i++) {
        const char *name = curves[i].name != NULL ? curves[i].name : "";
        if (curves[i].values == NULL)
            return denoise__fail(DENOISE_ERR_NULL, "curve %lld \"%.80s\": values is NULL", (long long)i, name);
        /* two numbers for a point must fit into memory */
        denoise_status status = denoise__plot_check_range("length", curves[i].length, 1, INT64_C(1) << 40);
        if (status != DENOISE_OK) return denoise__context(status, "curve %lld \"%.80s\": ", (long long)i, name);
    }
    return DENOISE_OK;
}

static bool find_extent(denoise__chart *chart, extent *out)
{
    double x, y;
    *out = (extent){INFINITY, -INFINITY, INFINITY, -INFINITY};
    chart->is_whole_x = true;
    for (int64_t c = 0; c < chart->count; c++)
        for (int64_t i = 0; i < chart->curves[c].length; i++) {
            if (!denoise__chart_point(chart, &chart->curves[c], i, &x, &y)) continue;
            out->x_low = fmin(out->x_low, x);
            out->x_high = fmax(out->x_high, x);
            out->y_low = fmin(out->y_low, y);
            out->y_high = fmax(out->y_high, y);
            if (x != floor(x)) chart->is_whole_x = false;
        }
    return out->x_low <= out->x_high;
}

static denoise_status check_distance(const char *axis, double low, double high)
{
    if (isfinite((high - low) * 2) && isfinite(fmax(fabs(low), fabs(high)) * 2)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "the %s values go from %g to %g, more than an axis can hold", axis, low, high);
}

static denoise_status make_axes(denoise__chart *chart)
{
    const denoise_plot_curves_options *options = chart->options;
    extent found;
    if (!find_extent(chart, &found))
        return denoise__fail(DENOISE_ERR_NONFINITE, "nothing to draw: the %lld curves have no finite value%s",
                             (long long)chart->count, options->log_y ? " above 0" : "");
    bool fixed_low = !isnan(options->y_min), fixed_high = !isnan(options->y_max);
    if (fixed_low) found.y_low = options->y_min;
    if (fixed_high) found.y_high = options->y_max;
    /* all values beyond the one end that is given: an axis of no length, which gets some on the other side */
    if (found.y_low > found.y_high) *(fixed_low ? &found.y_high : &found.y_low) = fixed_low ? found.y_low : found.y_high;
    DENOISE__TRY(check_distance("x", found.x_low, found.x_high));
    DENOISE__TRY(check_distance("y", found.y_low, found.y_high));
    denoise__axis_range(&chart->x, found.x_low, found.x_high, false, 0.02, 0.02);
    denoise__axis_range(&chart->y, found.y_low, found.y_high, options->log_y != 0, fixed_low ? 0 : 0.04, fixed_high ? 0 : 0.04);
    return DENOISE_OK;
}

static denoise_status make_points(denoise__chart *chart)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < chart->count; i++)
        if (chart->curves[i].length > longest) longest = chart->curves[i].length;
    chart->points = denoise__allocate((size_t)longest * 2 * sizeof(double));
    return chart->points != NULL ? DENOISE_OK : denoise__fail_nomem();
}

static denoise_status draw_and_save(denoise__chart *chart, const char *path, bool is_svg)
{
    const denoise_plot_curves_options *options = chart->options;
    denoise__painter painter = {0};
    denoise_status status;
    chart->painter = &painter;
    DENOISE__TRY_OR_FAIL(make_points(chart));
    if (is_svg)
        DENOISE__TRY_OR_FAIL(denoise__painter_svg(&painter, options->width, options->height, options->title));
    else
        DENOISE__TRY_OR_FAIL(denoise__painter_raster(&painter, options->width, options->height, options->scale));
    DENOISE__TRY_OR_FAIL(denoise__chart_draw(chart));
    status = denoise__painter_save(&painter, path);
fail:
    denoise__painter_clear(&painter);
    denoise__release(chart->points);
    chart->painter = NULL;
    chart->points = NULL;
    return status;
}

static denoise_status plot_curves(const char *path, const denoise_plot_curve *curves, int64_t count,
                                  const denoise_plot_curves_options *given)
{
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    bool is_svg = has_ending(path, ".svg");
    DENOISE__TRY(read_options(&options, given));
    DENOISE__TRY(check_curves(curves, count));
    if (!is_svg && !has_ending(path, ".png"))
        return denoise__fail(DENOISE_ERR_INVALID, "\"%.200s\" ends with neither .png nor .svg", path);
    denoise__chart chart = {.options = &options, .curves = curves, .count = count};
    DENOISE__TRY(make_axes(&chart));
    return draw_and_save(&chart, path, is_svg);
}

denoise_status denoise_plot_curves(const char *path, const denoise_plot_curve *curves, int64_t count,
                                   const denoise_plot_curves_options *options)
{
    denoise__fp_state state;
    DENOISE__CHECK_NULL(path);
    DENOISE__CHECK_NULL(curves);
    denoise__fp_enter(&state);
    denoise_status status = plot_curves(path, curves, count, options);
    denoise__fp_leave(&state);
    return status;
}
