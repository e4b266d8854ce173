/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/font.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include "unit/plot/picture.h"
#include <denoise/denoise.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLUE = 0x0072B2, VERMILLION = 0xD55E00, GREEN = 0x009E73 };

static temp_dir dir;

static int make_dir(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    assert_int_equal(denoise_memory_blocks(), 0);
    return 0;
}

static void draw(picture *out, const denoise_plot_curve *curves, int64_t count, const denoise_plot_curves_options *options)
{
    const char *path = temp_dir_file(&dir, "curves.png");
    assert_int_equal(denoise_plot_curves(path, curves, count, options), DENOISE_OK);
    picture_read(out, path);
}

static char *draw_svg(const denoise_plot_curve *curves, int64_t count, const denoise_plot_curves_options *options)
{
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "curves.SVG"), curves, count, options), DENOISE_OK);
    return temp_dir_read(&dir, "curves.SVG", NULL);
}

static int64_t occurrences(const char *text, const char *piece)
{
    int64_t count = 0;
    while ((text = strstr(text, piece)) != NULL) {
        count++;
        text += strlen(piece);
    }
    return count;
}

static const double falling[] = {1, 0.5, 0.25, 0.125, 0.0625}, rising[] = {0, 0.25, 0.5, 0.75, 1};

static void a_png_has_its_size_and_curves(void **state)
{
    (void)state;
    denoise_plot_curve curves[] = {{"loss", falling, NULL, 5}, {"val_loss", rising, NULL, 5}};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    picture made;
    draw(&made, curves, 2, NULL);
    assert_int_equal(made.width, 800);
    assert_int_equal(made.height, 500);
    assert_true(picture_count_all(&made, BLUE) > 500);
    assert_true(picture_count_all(&made, VERMILLION) > 500);
    assert_int_equal(picture_count_all(&made, GREEN), 0);
    picture_free(&made);
    options.width = 300;
    options.height = 200;
    options.scale = 2;
    draw(&made, curves, 1, &options);
    assert_int_equal(made.width, 600);
    assert_int_equal(made.height, 400);
    assert_true(picture_count_all(&made, BLUE) > 500);
    assert_int_equal(picture_count_all(&made, VERMILLION), 0);
    picture_free(&made);
}

/* With y from 0 to 1 and x from 0 to 4 a level line has a known place. */
static void a_level_line_lies_in_the_middle(void **state)
{
    (void)state;
    const double level[] = {0.5, 0.5};
    denoise_plot_curve curve = {"level", level, NULL, 2};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    picture made;
    options.y_min = 0;
    options.y_max = 1;
    options.x_label = NULL;
    options.legend = 0;
    options.grid = 0;
    draw(&made, &curve, 1, &options);
    /* the plot goes from 12 to 500 - 12 - 4 - 3 - 12 = 469: its middle is 240.5 */
    for (int64_t y = 0; y < 500; y++)
        assert_int_equal(picture_count(&made, 100, y, 700, y + 1, 0xFFFFFF) == 600, y != 469 && (y < 239 || y > 241));
    assert_int_equal(picture_count(&made, 100, 240, 700, 241, BLUE), 600);
    picture_free(&made);
}

static void gaps_break_the_line(void **state)
{
    (void)state;
    const double values[] = {1, 2, NAN, 3, INFINITY, 4, 5, -INFINITY};
    denoise_plot_curve curve = {"gaps", values, NULL, 8};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.legend = 0;
    char *svg = draw_svg(&curve, 1, &options);
    assert_int_equal(occurrences(svg, "<polyline"), 3);
    assert_int_equal(occurrences(svg, "stroke-width=\"6.00\""), 1); /* the lone 3 is a dot */
    assert_null(strstr(svg, "nan"));
    assert_null(strstr(svg, "inf"));
    free(svg);
}

static void a_legend_among_the_curves_has_a_frame(void **state)
{
    (void)state;
    denoise_plot_curve curve = {"loss", falling, NULL, 5};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    char *with = draw_svg(&curve, 1, &options);
    options.legend = 0;
    char *without = draw_svg(&curve, 1, &options);
    assert_int_equal(occurrences(with, "fill=\"#cccccc\""), occurrences(without, "fill=\"#cccccc\"") + 1);
    free(with);
    free(without);
}

static void svg_text_is_escaped(void **state)
{
    (void)state;
    denoise_plot_curve curve = {"<&\">\x01\xFF", falling, NULL, 5};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.title = "a < b && \"c\"";
    options.y_label = "caf\xC3\xA9\n\xEF\xBF\xBF";
    char *svg = draw_svg(&curve, 1, &options);
    assert_non_null(strstr(svg, ">&lt;&amp;&quot;&gt;\xEF\xBF\xBD\xEF\xBF\xBD</text>"));
    assert_non_null(strstr(svg, "<title>a &lt; b &amp;&amp; &quot;c&quot;</title>"));
    assert_non_null(strstr(svg, ">a &lt; b &amp;&amp; &quot;c&quot;</text>"));
    assert_non_null(strstr(svg, ">caf\xC3\xA9 \xEF\xBF\xBD</text>"));
    assert_non_null(strstr(svg, ">epoch</text>"));
    assert_int_equal(strncmp(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg ", 44), 0);
    assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
    assert_int_equal(occurrences(svg, "<svg "), occurrences(svg, "</svg>"));
    free(svg);
}

static void names_are_made_when_missing(void **state)
{
    (void)state;
    denoise_plot_curve curves[] = {{NULL, falling, NULL, 5}, {"second", rising, NULL, 5}, {NULL, rising, NULL, 3}};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    char *svg = draw_svg(curves, 3, NULL);
    assert_non_null(strstr(svg, ">curve 1</text>"));
    assert_non_null(strstr(svg, ">second</text>"));
    assert_non_null(strstr(svg, ">curve 3</text>"));
    free(svg);
    options.legend = 0;
    svg = draw_svg(curves, 3, &options);
    assert_null(strstr(svg, "second"));
    free(svg);
}

static void many_curves_are_told_apart(void **state)
{
    (void)state;
    denoise_plot_curve curves[21];
    picture made;
    for (int32_t i = 0; i < 21; i++)
        curves[i] = (denoise_plot_curve){NULL, i % 2 ? rising : falling, NULL, 5};
    char *svg = draw_svg(curves, 21, NULL);
    assert_int_equal(occurrences(svg, "<polyline"), 42); /* with the legend's samples */
    assert_int_equal(occurrences(svg, "stroke-dasharray=\"8.00 6.00\""), 14);
    assert_int_equal(occurrences(svg, "stroke-dasharray=\"1.00 5.00\""), 14);
    assert_int_equal(occurrences(svg, "stroke=\"#0072b2\""), 6);
    free(svg);
    draw(&made, curves, 21, NULL);
    picture_free(&made);
}

/* Dashes leave part of the line out. */
static void dashes_have_gaps(void **state)
{
    (void)state;
    denoise_plot_curve curves[8];
    const double level[] = {0.5, 0.5}, none[] = {9, NAN};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    picture made;
    for (int32_t i = 0; i < 8; i++)
        curves[i] = (denoise_plot_curve){NULL, none, NULL, 2};
    curves[7].values = level;
    options.y_min = 0;
    options.y_max = 1;
    options.legend = options.grid = 0;
    options.x_label = NULL;
    draw(&made, curves, 8, &options);
    int64_t ink = picture_count(&made, 100, 240, 700, 241, BLUE);
    assert_in_range(ink, 300, 480);
    picture_free(&made);
}

static void own_places_on_the_x_axis(void **state)
{
    (void)state;
    const double x[] = {10, 20, 30, 40, NAN};
    denoise_plot_curve curve = {"at", falling, x, 5};
    char *svg = draw_svg(&curve, 1, NULL);
    assert_non_null(strstr(svg, ">10</text>"));
    assert_non_null(strstr(svg, ">40</text>"));
    assert_null(strstr(svg, ">0</text>"));
    free(svg);
}

static void epochs_are_whole_numbers(void **state)
{
    (void)state;
    denoise_plot_curve curve = {"few", rising, NULL, 3};
    char *svg = draw_svg(&curve, 1, NULL);
    assert_int_equal(occurrences(svg, "text-anchor=\"middle\""), 3 + 1); /* 0 1 2 and "epoch" */
    free(svg);
}

static void a_logarithmic_axis(void **state)
{
    (void)state;
    const double values[] = {1000, 10, 0, -5, 0.1, 0.001};
    denoise_plot_curve curve = {"log", values, NULL, 6};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.log_y = 1;
    options.legend = 0;
    char *svg = draw_svg(&curve, 1, &options);
    assert_int_equal(occurrences(svg, "<polyline"), 2);
    assert_non_null(strstr(svg, ">0.001</text>"));
    assert_non_null(strstr(svg, ">1000</text>"));
    free(svg);
}

static void the_axis_at_extremes(void **state)
{
    (void)state;
    const double extremes[] = {1e-300, 1e300}, low[] = {1, 2};
    denoise_plot_curve curve = {"y", extremes, NULL, 2};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.log_y = 1;
    options.x_label = NULL;
    char *svg = draw_svg(&curve, 1, &options);
    assert_int_equal(occurrences(svg, ">0</text>"), 1); /* on the x axis */
    free(svg);
    curve.values = low;
    options.log_y = 0;
    options.y_min = 5; /* all values are below: the axis begins there all the same */
    svg = draw_svg(&curve, 1, &options);
    assert_non_null(strstr(svg, ">5.00</text>"));
    assert_null(strstr(svg, ">4."));
    free(svg);
}

static void values_beyond_the_axis_are_clipped(void **state)
{
    (void)state;
    const double values[] = {0, 1e300, -1e300, 0.5, 1};
    denoise_plot_curve curve = {"far", values, NULL, 5};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    picture made;
    options.y_min = 0;
    options.y_max = 1;
    options.legend = 0;
    draw(&made, &curve, 1, &options);
    assert_int_equal(picture_count(&made, 0, 0, 800, 8, 0xFFFFFF), 800 * 8);
    picture_free(&made);
    options.y_max = NAN;
    options.y_min = 2; /* above nearly all values */
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "x.svg"), &curve, 1, &options), DENOISE_OK);
    curve.values = rising;
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "x.svg"), &curve, 1, &options), DENOISE_OK);
    options.y_min = NAN;
    options.y_max = -2;
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "x.svg"), &curve, 1, &options), DENOISE_OK);
}

static void odd_ranges_are_drawn(void **state)
{
    (void)state;
    const double sets[][2] = {{0, 0}, {7, 7}, {1e-310, 2e-310}, {1e300, 2e300}, {-3, NAN}, {1, 1 + 1e-15}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        denoise_plot_curve curve = {"odd", sets[i], NULL, 2};
        assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "odd.png"), &curve, 1, NULL), DENOISE_OK);
        assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "odd.svg"), &curve, 1, NULL), DENOISE_OK);
    }
}

static void the_smallest_picture(void **state)
{
    (void)state;
    denoise_plot_curve curves[9];
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    picture made;
    for (int32_t i = 0; i < 9; i++)
        curves[i] = (denoise_plot_curve){"a name that is much longer than a small picture is wide", falling, NULL, 5};
    options.width = 200;
    options.height = 150;
    options.title = options.y_label = "a title that is much longer than a small picture is wide";
    draw(&made, curves, 9, &options);
    picture_free(&made);
    draw(&made, curves, 2, &options);
    picture_free(&made);
}

static void a_long_name_takes_a_quarter_of_the_width(void **state)
{
    (void)state;
    static const char name[] = "a name that is much longer than a small picture is wide";
    denoise_plot_curve curve = {name, falling, NULL, 5};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    char expected[sizeof name + 2] = ">";
    options.width = 400;
    denoise__font_fit(expected + 1, sizeof name, name, 100, false);
    assert_in_range(strlen(expected), 8, 30);
    char *svg = draw_svg(&curve, 1, &options);
    (void)strcat(expected, "<");
    assert_non_null(strstr(svg, expected));
    free(svg);
}

static void bytes_are_the_same_each_time(void **state)
{
    (void)state;
    denoise_plot_curve curve = {"same", falling, NULL, 5};
    size_t first_size, second_size;
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "a.png"), &curve, 1, NULL), DENOISE_OK);
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "b.png"), &curve, 1, NULL), DENOISE_OK);
    char *first = temp_dir_read(&dir, "a.png", &first_size), *second = temp_dir_read(&dir, "b.png", &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
}

static void the_callers_rounding_changes_nothing(void **state)
{
    (void)state;
    denoise_plot_curve curves[] = {{"a", falling, NULL, 5}, {"b", rising, NULL, 5}};
    char *expected = draw_svg(curves, 2, NULL);
    assert_int_equal(fesetround(FE_UPWARD), 0);
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "upward.svg"), curves, 2, NULL), DENOISE_OK);
    int rounding = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(rounding, FE_UPWARD);
    char *text = temp_dir_read(&dir, "upward.svg", NULL);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
}

static void expect_failure(const char *name, const denoise_plot_curve *curves, int64_t count,
                           const denoise_plot_curves_options *options, denoise_status status, const char *message)
{
    assert_int_equal(denoise_plot_curves(name, curves, count, options), status);
    assert_string_equal(denoise_last_error(), message);
    assert_int_not_equal(access(name, F_OK), 0);
}

static void bad_curves_are_told(void **state)
{
    (void)state;
    const double nothing[] = {NAN, INFINITY}, wide[] = {-DBL_MAX, DBL_MAX}, negative[] = {-1, 0};
    denoise_plot_curve good = {"loss", falling, NULL, 5}, curve = good;
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    const char *png = temp_dir_file(&dir, "never.png");
    assert_int_equal(denoise_plot_curves(NULL, &good, 1, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_plot_curves(png, NULL, 1, NULL), DENOISE_ERR_NULL);
    expect_failure(png, &good, 0, NULL, DENOISE_ERR_RANGE, "count is 0, expected 1 to 21");
    expect_failure(png, &good, 22, NULL, DENOISE_ERR_RANGE, "count is 22, expected 1 to 21");
    curve.values = NULL;
    expect_failure(png, &curve, 1, NULL, DENOISE_ERR_NULL, "curve 0 \"loss\": values is NULL");
    curve = good;
    curve.length = 0;
    expect_failure(png, &curve, 1, NULL, DENOISE_ERR_RANGE, "curve 0 \"loss\": length is 0, expected 1 to 1099511627776");
    curve = (denoise_plot_curve){NULL, nothing, NULL, 2};
    expect_failure(png, &curve, 1, NULL, DENOISE_ERR_NONFINITE, "nothing to draw: the 1 curves have no finite value");
    curve.values = negative;
    options.log_y = 1;
    expect_failure(png, &curve, 1, &options, DENOISE_ERR_NONFINITE,
                   "nothing to draw: the 1 curves have no finite value above 0");
    curve.values = wide;
    assert_int_equal(denoise_plot_curves(png, &curve, 1, NULL), DENOISE_ERR_RANGE);
    assert_non_null(strstr(denoise_last_error(), "the y values go from -1.79769e+308 to 1.79769e+308"));
    curve = good;
    curve.x = wide;
    curve.length = 2;
    assert_int_equal(denoise_plot_curves(png, &curve, 1, NULL), DENOISE_ERR_RANGE);
    expect_failure("never.jpg", &good, 1, NULL, DENOISE_ERR_INVALID, "\"never.jpg\" ends with neither .png nor .svg");
    expect_failure("", &good, 1, NULL, DENOISE_ERR_INVALID, "\"\" ends with neither .png nor .svg");
    expect_failure("never_svg", &good, 1, NULL, DENOISE_ERR_INVALID, "\"never_svg\" ends with neither .png nor .svg");
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "no/such/folder.svg"), &good, 1, NULL), DENOISE_ERR_NOT_FOUND);
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "no/such/folder.png"), &good, 1, NULL), DENOISE_ERR_NOT_FOUND);
}

static void bad_options_are_told(void **state)
{
    (void)state;
    denoise_plot_curve curve = {"loss", falling, NULL, 5};
    denoise_plot_curves_options options;
    const char *png = temp_dir_file(&dir, "never.png");
#define EXPECT(change, status, message)                                                                                        \
    denoise_plot_curves_options_init(&options);                                                                                \
    options.change;                                                                                                            \
    expect_failure(png, &curve, 1, &options, status, message)
    EXPECT(
        struct_size = 0, DENOISE_ERR_INVALID,
        "denoise_plot_curves_options: struct_size is 0, expected at least 88; start from DENOISE_PLOT_CURVES_OPTIONS_INIT or "
        "denoise_plot_curves_options_init()");
    EXPECT(width = 199, DENOISE_ERR_RANGE, "width is 199, expected 200 to 16384");
    EXPECT(height = 16385, DENOISE_ERR_RANGE, "height is 16385, expected 150 to 16384");
    EXPECT(scale = 0, DENOISE_ERR_RANGE, "scale is 0, expected 1 to 8");
    EXPECT(y_min = INFINITY, DENOISE_ERR_INVALID, "y_min is inf and y_max is nan, expected finite numbers with y_min < y_max");
    EXPECT(y_max = -INFINITY, DENOISE_ERR_INVALID,
           "y_min is nan and y_max is -inf, expected finite numbers with y_min < y_max");
    EXPECT(y_min = options.y_max = 1, DENOISE_ERR_INVALID,
           "y_min is 1 and y_max is 1, expected finite numbers with y_min < y_max");
    EXPECT(y_min = -(options.log_y = 1), DENOISE_ERR_INVALID,
           "y_min is -1 and y_max is nan, a logarithmic axis needs numbers above 0");
    EXPECT(width = 2049 * (options.scale = 8), DENOISE_ERR_RANGE, "width is 16392, expected 200 to 16384");
    EXPECT(width = 2049 + 0 * (options.scale = 8), DENOISE_ERR_RANGE,
           "the picture would have 16392 x 4000 pixels, 1 x 1 to 16384 x 16384 are possible");
#undef EXPECT
    struct {
        denoise_plot_curves_options options;
        int64_t more;
    } newer = {DENOISE_PLOT_CURVES_OPTIONS_INIT, 0};
    newer.options.struct_size = sizeof newer;
    assert_int_equal(denoise_plot_curves(temp_dir_file(&dir, "newer.png"), &curve, 1, &newer.options), DENOISE_OK);
    denoise_plot_curves_options_init(&options);
    denoise_plot_curves_options_init(NULL);
}

static void every_allocation_may_fail(const char *path)
{
    denoise_plot_curve curves[8];
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    for (int32_t i = 0; i < 8; i++)
        curves[i] = (denoise_plot_curve){NULL, i % 2 ? rising : falling, NULL, 5};
    options.title = "title";
    options.y_label = "y";
    options.width = 240;
    options.height = 180;
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = denoise_plot_curves(path, curves, 8, &options);
        bool failed = failing_alloc_disarm();
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) {
            assert_int_equal(status, DENOISE_OK);
            assert_true(n > 4);
            break;
        }
        if (status != DENOISE_OK) assert_int_equal(status, DENOISE_ERR_NOMEM);
    }
    failing_alloc_remove();
}

static void allocations_may_fail(void **state)
{
    (void)state;
    every_allocation_may_fail(temp_dir_file(&dir, "memory.png"));
    every_allocation_may_fail(temp_dir_file(&dir, "memory.svg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_has_its_size_and_curves),
        cmocka_unit_test(a_level_line_lies_in_the_middle),
        cmocka_unit_test(gaps_break_the_line),
        cmocka_unit_test(a_legend_among_the_curves_has_a_frame),
        cmocka_unit_test(svg_text_is_escaped),
        cmocka_unit_test(names_are_made_when_missing),
        cmocka_unit_test(many_curves_are_told_apart),
        cmocka_unit_test(dashes_have_gaps),
        cmocka_unit_test(own_places_on_the_x_axis),
        cmocka_unit_test(epochs_are_whole_numbers),
        cmocka_unit_test(a_logarithmic_axis),
        cmocka_unit_test(the_axis_at_extremes),
        cmocka_unit_test(values_beyond_the_axis_are_clipped),
        cmocka_unit_test(odd_ranges_are_drawn),
        cmocka_unit_test(the_smallest_picture),
        cmocka_unit_test(a_long_name_takes_a_quarter_of_the_width),
        cmocka_unit_test(bytes_are_the_same_each_time),
        cmocka_unit_test(the_callers_rounding_changes_nothing),
        cmocka_unit_test(bad_curves_are_told),
        cmocka_unit_test(bad_options_are_told),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
