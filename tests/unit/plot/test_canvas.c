/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "plot/canvas.h"
#include "plot/font.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <math.h>
#include <stdlib.h>

static const denoise__color black = {0, 0, 0}, red = {255, 0, 0};

static int32_t red_at(const denoise__canvas *canvas, int64_t x, int64_t y)
{
    return canvas->pixels[(y * canvas->width + x) * 3];
}

static int32_t green_at(const denoise__canvas *canvas, int64_t x, int64_t y)
{
    return canvas->pixels[(y * canvas->width + x) * 3 + 1];
}

static void a_new_canvas_is_white(void **state)
{
    (void)state;
    denoise__canvas canvas;
    assert_int_equal(denoise__canvas_init(&canvas, 3, 2), DENOISE_OK);
    for (int32_t i = 0; i < 18; i++)
        assert_int_equal(canvas.pixels[i], 255);
    denoise__canvas_clear(&canvas);
    denoise__canvas_clear(&canvas);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    denoise__canvas canvas;
    assert_int_equal(denoise__canvas_init(&canvas, 16385, 2), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "the picture would have 16385 x 2 pixels, 1 x 1 to 16384 x 16384 are possible");
    assert_int_equal(denoise__canvas_init(&canvas, 2, INT64_MAX), DENOISE_ERR_RANGE);
    assert_int_equal(denoise__canvas_init(&canvas, 0, 2), DENOISE_ERR_RANGE);
    assert_int_equal(denoise__canvas_init(&canvas, 2, -1), DENOISE_ERR_RANGE);
    assert_null(canvas.pixels);
}

static void fill_is_clipped(void **state)
{
    (void)state;
    denoise__canvas canvas;
    assert_int_equal(denoise__canvas_init(&canvas, 4, 4), DENOISE_OK);
    denoise__canvas_fill(&canvas, (denoise__box){2, -5, 100, 1}, red);
    denoise__canvas_fill(&canvas, (denoise__box){3, 3, 1, 1}, red); /* empty */
    for (int64_t y = 0; y < 4; y++)
        for (int64_t x = 0; x < 4; x++)
            assert_int_equal(green_at(&canvas, x, y), y == 0 && x >= 2 ? 0 : 255);
    denoise__canvas_clear(&canvas);
}

static void frame_leaves_the_inside(void **state)
{
    (void)state;
    denoise__canvas canvas;
    assert_int_equal(denoise__canvas_init(&canvas, 6, 6), DENOISE_OK);
    denoise__canvas_frame(&canvas, (denoise__box){1, 1, 5, 6}, 1, black);
    for (int64_t y = 0; y < 6; y++)
        for (int64_t x = 0; x < 6; x++) {
            bool outside = x < 1 || x > 4 || y<1, inside = x> 1 && x < 4 && y > 1 && y < 5;
            assert_int_equal(red_at(&canvas, x, y), outside || inside ? 255 : 0);
        }
    denoise__canvas_clear(&canvas);
}

static void blend_mixes_and_is_clipped(void **state)
{
    (void)state;
    denoise__canvas canvas;
    assert_int_equal(denoise__canvas_init(&canvas, 2, 1), DENOISE_OK);
    denoise__canvas_blend(&canvas, 0, 0, black, 127);
    denoise__canvas_blend(&canvas, 2, 0, black, 255);
    denoise__canvas_blend(&canvas, 0, -1, black, 255);
    assert_int_equal(red_at(&canvas, 0, 0), 128);
    assert_int_equal(red_at(&canvas, 1, 0), 255);
    denoise__canvas_clear(&canvas);
}

/* Ink on the canvas in pixels: the sum of all coverages. */
static double ink_of(const denoise__canvas *canvas)
{
    double sum = 0;
    for (int64_t i = 0; i < canvas->width * canvas->height; i++)
        sum += (255 - canvas->pixels[i * 3]) / 255.0;
    return sum;
}

static const denoise__box everywhere = {-100, -100, 1000, 1000};

static void a_level_line_has_sharp_edges(void **state)
{
    (void)state;
    denoise__canvas canvas;
    double points[] = {4, 5, 16, 5};
    assert_int_equal(denoise__canvas_init(&canvas, 20, 10), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 2, 2, black, everywhere), DENOISE_OK);
    for (int64_t x = 5; x < 15; x++) {
        assert_int_equal(red_at(&canvas, x, 3), 255);
        assert_int_equal(red_at(&canvas, x, 4), 0);
        assert_int_equal(red_at(&canvas, x, 5), 0);
        assert_int_equal(red_at(&canvas, x, 6), 255);
    }
    denoise__canvas_clear(&canvas);
}

static void ink_is_length_times_width(void **state)
{
    (void)state;
    denoise__canvas canvas;
    const double ends[][2] = {{180, 90}, {180, 20}, {60, 95}, {20, 95}, {190, 12}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        double points[] = {20, 10, ends[i][0], ends[i][1]}, dx = ends[i][0] - 20, dy = ends[i][1] - 10;
        double area = sqrt(dx * dx + dy * dy) * 3 + 3.14159265 * 1.5 * 1.5;
        assert_int_equal(denoise__canvas_init(&canvas, 200, 100), DENOISE_OK);
        assert_int_equal(denoise__canvas_polyline(&canvas, points, 2, 3, black, everywhere), DENOISE_OK);
        assert_true(fabs(ink_of(&canvas) - area) < 0.02 * area);
        denoise__canvas_clear(&canvas);
    }
}

static void a_dot_is_round(void **state)
{
    (void)state;
    denoise__canvas canvas;
    double point[] = {10, 10};
    assert_int_equal(denoise__canvas_init(&canvas, 20, 20), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&canvas, point, 1, 8, black, everywhere), DENOISE_OK);
    assert_true(fabs(ink_of(&canvas) - 3.14159265 * 16) < 1);
    assert_int_equal(red_at(&canvas, 10, 10), 0);
    assert_int_equal(red_at(&canvas, 6, 6), 255);
    assert_int_equal(red_at(&canvas, 6, 10), red_at(&canvas, 13, 9));
    denoise__canvas_clear(&canvas);
}

/* A line cut into many pieces looks like the whole one: joints are not drawn twice. */
static void joints_are_no_darker(void **state)
{
    (void)state;
    denoise__canvas whole, cut;
    double ends[] = {3.3, 4.1, 90.2, 33.7}, points[200];
    for (int32_t i = 0; i < 100; i++) {
        points[2 * i] = ends[0] + (ends[2] - ends[0]) * i / 99;
        points[2 * i + 1] = ends[1] + (ends[3] - ends[1]) * i / 99;
    }
    assert_int_equal(denoise__canvas_init(&whole, 100, 40), DENOISE_OK);
    assert_int_equal(denoise__canvas_init(&cut, 100, 40), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&whole, ends, 2, 1.5, black, everywhere), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&cut, points, 100, 1.5, black, everywhere), DENOISE_OK);
    for (int64_t i = 0; i < 100 * 40 * 3; i++)
        assert_true(abs(whole.pixels[i] - cut.pixels[i]) <= 1);
    denoise__canvas_clear(&whole);
    denoise__canvas_clear(&cut);
}

static void lines_are_clipped(void **state)
{
    (void)state;
    denoise__canvas canvas;
    double points[] = {-1e6, -1e6, 1e6, 1e6, 1e6, 20, -1e6, 20};
    assert_int_equal(denoise__canvas_init(&canvas, 40, 40), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 4, 2, black, (denoise__box){10, 10, 30, 30}), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 4, 2, red, (denoise__box){30, 10, 10, 30}), DENOISE_OK);
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 0, 2, red, everywhere), DENOISE_OK);
    for (int64_t y = 0; y < 40; y++)
        for (int64_t x = 0; x < 40; x++)
            if (x < 10 || y < 10 || x >= 30 || y >= 30) assert_int_equal(green_at(&canvas, x, y), 255);
    for (int64_t i = 10; i < 30; i++) {
        assert_true(red_at(&canvas, i, i) < 40);
        assert_int_equal(red_at(&canvas, i, 20), 0);
    }
    denoise__canvas_clear(&canvas);
}

static void text_is_the_glyph(void **state)
{
    (void)state;
    denoise__canvas canvas;
    denoise__glyph glyph;
    denoise__text_style style = {black, 1, false, false};
    denoise__font_glyph(&glyph, 'R');
    assert_int_equal(denoise__canvas_init(&canvas, 20, 20), DENOISE_OK);
    denoise__canvas_text(&canvas, 3, 12, "R", &style);
    for (int64_t y = 0; y < DENOISE__FONT_ROWS; y++)
        for (int64_t x = 0; x < glyph.width; x++)
            assert_int_equal(red_at(&canvas, 3 + x, 12 - DENOISE__FONT_ASCENT + y), glyph.rows[y][x] == '#' ? 0 : 255);
    denoise__canvas_clear(&canvas);
}

static void upward_text_is_turned(void **state)
{
    (void)state;
    denoise__canvas level, turned;
    denoise__text_style style = {black, 1, true, false};
    assert_int_equal(denoise__canvas_init(&level, 40, 40), DENOISE_OK);
    assert_int_equal(denoise__canvas_init(&turned, 40, 40), DENOISE_OK);
    denoise__canvas_text(&level, 0, 20, "kg", &style);
    style.is_upward = true;
    denoise__canvas_text(&turned, 20, 40, "kg", &style);
    for (int64_t y = 0; y < 40; y++)
        for (int64_t x = 0; x < 40; x++)
            assert_int_equal(red_at(&level, x, y), red_at(&turned, y, 39 - x));
    assert_true(ink_of(&level) > 30);
    denoise__canvas_clear(&level);
    denoise__canvas_clear(&turned);
}

/* Larger text: full pixels stay, and steps are filled by at most a triangle. */
static void scaled_text_keeps_its_stems(void **state)
{
    (void)state;
    for (int64_t scale = 2; scale <= 5; scale++) {
        denoise__canvas canvas;
        denoise__glyph glyph;
        denoise__text_style style = {black, scale, false, false};
        denoise__font_glyph(&glyph, 'E');
        assert_int_equal(denoise__canvas_init(&canvas, 80, 80), DENOISE_OK);
        denoise__canvas_text(&canvas, 0, 9 * scale, "E", &style);
        for (int64_t y = 0; y < 9; y++) /* the stem, except its ends */
            if (y > 0 && y < 8)
                for (int64_t v = 0; v < scale; v++)
                    assert_int_equal(red_at(&canvas, 0, y * scale + v), 0);
        assert_int_equal(red_at(&canvas, scale * 3, scale * 2), 255);
        denoise__canvas_clear(&canvas);
    }
}

static void text_beyond_the_edge_is_clipped(void **state)
{
    (void)state;
    denoise__canvas canvas;
    denoise__text_style style = {black, 3, true, false};
    assert_int_equal(denoise__canvas_init(&canvas, 10, 10), DENOISE_OK);
    denoise__canvas_text(&canvas, -20, 15, "clipped", &style);
    style.is_upward = true;
    denoise__canvas_text(&canvas, 5, 25, "clipped", &style);
    denoise__canvas_clear(&canvas);
}

static void allocations_may_fail(void **state)
{
    (void)state;
    denoise__canvas canvas;
    double points[] = {1, 1, 5, 5};
    failing_alloc_install();
    failing_alloc_arm(1, false);
    assert_int_equal(denoise__canvas_init(&canvas, 8, 8), DENOISE_ERR_NOMEM);
    assert_true(failing_alloc_disarm());
    assert_int_equal(denoise__canvas_init(&canvas, 8, 8), DENOISE_OK);
    failing_alloc_arm(1, false);
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 2, 2, black, everywhere), DENOISE_ERR_NOMEM);
    assert_true(failing_alloc_disarm());
    assert_int_equal(denoise__canvas_polyline(&canvas, points, 2, 2, black, everywhere), DENOISE_OK);
    denoise__canvas_clear(&canvas);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_canvas_is_white),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(fill_is_clipped),
        cmocka_unit_test(frame_leaves_the_inside),
        cmocka_unit_test(blend_mixes_and_is_clipped),
        cmocka_unit_test(a_level_line_has_sharp_edges),
        cmocka_unit_test(ink_is_length_times_width),
        cmocka_unit_test(a_dot_is_round),
        cmocka_unit_test(joints_are_no_darker),
        cmocka_unit_test(lines_are_clipped),
        cmocka_unit_test(text_is_the_glyph),
        cmocka_unit_test(upward_text_is_turned),
        cmocka_unit_test(scaled_text_keeps_its_stems),
        cmocka_unit_test(text_beyond_the_edge_is_clipped),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
