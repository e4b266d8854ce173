/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "plot/png_encoder.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/plot/picture.h"
#include <string.h>

static void make_canvas(denoise__canvas *canvas, int64_t width, int64_t height, bool colored)
{
    assert_int_equal(denoise__canvas_init(canvas, width, height), DENOISE_OK);
    uint32_t noise = 1;
    for (int64_t i = 0; i < width * height; i++) {
        noise = noise * 1664525u + 1013904223u;
        for (int32_t k = 0; k < 3; k++)
            canvas->pixels[i * 3 + k] = (uint8_t)(noise >> (colored ? 8 * k : 24));
    }
}

static void expect_round_trip(int64_t width, int64_t height, bool colored)
{
    denoise__canvas canvas;
    uint8_t *data;
    size_t size;
    picture back;
    make_canvas(&canvas, width, height, colored);
    assert_int_equal(denoise__png_encode(&data, &size, &canvas), DENOISE_OK);
    picture_decode(&back, data, size);
    assert_int_equal(back.width, width);
    assert_int_equal(back.height, height);
    assert_int_equal(back.is_grey, !colored);
    assert_memory_equal(back.pixels, canvas.pixels, (size_t)(width * height * 3));
    picture_free(&back);
    denoise__release(data);
    denoise__canvas_clear(&canvas);
}

static void pixels_come_back(void **state)
{
    (void)state;
    expect_round_trip(17, 9, true);
    expect_round_trip(17, 9, false);
    expect_round_trip(1, 1, false);
    expect_round_trip(300, 200, true); /* more than one block of output */
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void one_coloured_pixel_makes_it_rgb(void **state)
{
    (void)state;
    denoise__canvas canvas;
    uint8_t *data;
    size_t size;
    picture back;
    assert_int_equal(denoise__canvas_init(&canvas, 5, 5), DENOISE_OK);
    canvas.pixels[74] = 0; /* blue of the last pixel */
    assert_int_equal(denoise__png_encode(&data, &size, &canvas), DENOISE_OK);
    picture_decode(&back, data, size);
    assert_false(back.is_grey);
    assert_int_equal(picture_at(&back, 4, 4), 0xFFFF00);
    picture_free(&back);
    denoise__release(data);
    denoise__canvas_clear(&canvas);
}

static void bytes_are_the_same_each_time(void **state)
{
    (void)state;
    denoise__canvas canvas;
    uint8_t *first, *second;
    size_t first_size, second_size;
    make_canvas(&canvas, 64, 48, true);
    assert_int_equal(denoise__png_encode(&first, &first_size, &canvas), DENOISE_OK);
    assert_int_equal(denoise__png_encode(&second, &second_size, &canvas), DENOISE_OK);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    denoise__release(first);
    denoise__release(second);
    denoise__canvas_clear(&canvas);
}

static void every_allocation_may_fail(bool colored)
{
    denoise__canvas canvas;
    uint8_t *data;
    size_t size;
    int64_t n = 1;
    failing_alloc_install();
    make_canvas(&canvas, 200, 150, colored);
    for (;; n++) {
        int64_t live = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise__png_encode(&data, &size, &canvas);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            break;
        }
        /* libpng lives without some of them; it never gives half a picture */
        if (status == DENOISE_OK)
            denoise__release(data);
        else
            assert_int_equal(status, DENOISE_ERR_NOMEM);
        if (status != DENOISE_OK) assert_null(data);
        assert_int_equal(failing_alloc_live(), live);
    }
    assert_true(n > 5);
    denoise__release(data);
    denoise__canvas_clear(&canvas);
    failing_alloc_remove();
}

static void allocations_may_fail(void **state)
{
    (void)state;
    every_allocation_may_fail(true);
    every_allocation_may_fail(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_come_back),
        cmocka_unit_test(one_coloured_pixel_makes_it_rgb),
        cmocka_unit_test(bytes_are_the_same_each_time),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
