/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include "unit/plot/arrays.h"
#include "unit/plot/picture.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME = 0x5A5A5A, WRONG = 0xC8102E, INK = 0x202020, NAN_COLOR = 0xFF9696 };

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

static void draw(picture *out, const denoise_tensor *images, const denoise_plot_images_options *options)
{
    const char *path = temp_dir_file(&dir, "images.png");
    assert_int_equal(denoise_plot_images(path, images, options), DENOISE_OK);
    picture_read(out, path);
}

/* 2 x 2 pixels at scale 10: tiles of 22 with their frame, gaps of 4, margins of 8. */
static void pixels_lie_where_they_should(void **state)
{
    (void)state;
    const float values[] = {0, 1, 0.5f, NAN, 1, 1, 1, 1, 0, 0, 0, 0};
    denoise_tensor *images = array_floats(values, 3, 2, 2, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture made;
    options.scale = 10;
    options.columns = 2;
    draw(&made, images, &options);
    assert_int_equal(made.width, 8 + 22 + 4 + 22 + 8);
    assert_int_equal(made.height, 8 + 22 + 4 + 22 + 8);
    assert_int_equal(picture_count(&made, 9, 9, 19, 19, 0xFFFFFF), 100);
    assert_int_equal(picture_count(&made, 19, 9, 29, 19, 0x000000), 100);
    assert_int_equal(picture_count(&made, 9, 19, 19, 29, 0x7F7F7F), 100);
    assert_int_equal(picture_count(&made, 19, 19, 29, 29, NAN_COLOR), 100);
    assert_int_equal(picture_count(&made, 35, 9, 55, 29, 0x000000), 400);
    assert_int_equal(picture_count(&made, 9, 35, 29, 55, 0xFFFFFF), 400);
    assert_int_equal(picture_count_all(&made, FRAME), 3 * (4 * 22 - 4));
    picture_free(&made);
    denoise_tensor_free(images);
}

static void every_rank_gives_the_same_picture(void **state)
{
    (void)state;
    denoise_tensor *images[] = {array_zeros(4, 9, -1, -1), array_zeros(4, 3, 3, -1), array_zeros(4, 3, 3, 1)};
    size_t sizes[3];
    char *bytes[3];
    for (int32_t i = 0; i < 3; i++) {
        float *values = denoise_tensor_data(images[i]);
        for (int32_t k = 0; k < 36; k++)
            values[k] = (float)k / 36;
        assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "rank.png"), images[i], NULL), DENOISE_OK);
        bytes[i] = temp_dir_read(&dir, "rank.png", &sizes[i]);
        assert_int_equal(sizes[i], sizes[0]);
        assert_memory_equal(bytes[i], bytes[0], sizes[0]);
    }
    for (int32_t i = 0; i < 3; i++) {
        denoise_tensor_free(images[i]);
        free(bytes[i]);
    }
}

static void twenty_digits_fill_two_rows(void **state)
{
    (void)state;
    denoise_tensor *images = array_zeros(25, 28, 28, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture made;
    options.count = 20;
    draw(&made, images, &options);
    assert_true(made.is_grey);
    assert_int_equal(made.width, 12 + 10 * (114 + 12) - 12 + 12);
    assert_int_equal(made.height, 12 + 2 * (114 + 12) - 12 + 12);
    picture_free(&made);
    options.count = 3; /* fewer than a row has */
    draw(&made, images, &options);
    assert_int_equal(made.width, 12 + 3 * (114 + 12));
    picture_free(&made);
    denoise_tensor_free(images);
}

static void the_gray_map_and_a_range(void **state)
{
    (void)state;
    const float values[] = {-10, 0, 10, 20};
    denoise_tensor *images = array_floats(values, 1, 2, 2, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture made;
    options.scale = 1;
    options.vmin = 0;
    options.vmax = 20;
    options.colormap = DENOISE_COLORMAP_GRAY;
    draw(&made, images, &options);
    assert_int_equal(picture_at(&made, 9, 9), 0x000000);
    assert_int_equal(picture_at(&made, 10, 9), 0x000000);
    assert_int_equal(picture_at(&made, 9, 10), 0x808080);
    assert_int_equal(picture_at(&made, 10, 10), 0xFFFFFF);
    picture_free(&made);
    denoise_tensor_free(images);
}

static void labels_stand_below(void **state)
{
    (void)state;
    const float rows[] = {0.1f, 0.9f, 0.9f, 0.1f};
    const int32_t truth[] = {1, 1};
    denoise_tensor *images = array_zeros(2, 28, 28, -1), *predictions = array_floats(rows, 2, 2, -1, -1),
                   *expected = array_ints(truth, 2, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture made;
    options.predictions = predictions;
    draw(&made, images, &options);
    assert_int_equal(made.height, 12 + 114 + 32 + 12);
    assert_true(picture_count(&made, 12, 126, 126, made.height, INK) > 20); /* "1" */
    assert_true(picture_count(&made, 138, 126, made.width, made.height, INK) > 20);
    assert_int_equal(picture_count_all(&made, WRONG), 0);
    picture_free(&made);
    options.expected = expected; /* "1", "0 (1)" */
    draw(&made, images, &options);
    assert_int_equal(picture_count(&made, 0, 0, 132, made.height, WRONG), 0);
    assert_true(picture_count(&made, 132, 126, made.width, made.height, WRONG) > 40);
    assert_int_equal(picture_count(&made, 132, 126, made.width, made.height, INK), 0);
    picture_free(&made);
    denoise_tensor_free(images);
    denoise_tensor_free(predictions);
    denoise_tensor_free(expected);
}

static void title_and_captions_make_room(void **state)
{
    (void)state;
    const char *const captions[] = {NULL, "noisy"};
    denoise_tensor *images = array_zeros(2, 28, 28, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture plain, titled, captioned;
    options.columns = 1;
    draw(&plain, images, &options);
    options.title = "A <b> & \"c\" \xC3\xA9, wider than the image below it";
    draw(&titled, images, &options);
    assert_int_equal(titled.height, plain.height + 33);
    assert_true(titled.width > plain.width);
    assert_true(picture_count(&titled, 0, 0, titled.width, 40, INK) > 200);
    options.title = NULL;
    options.row_captions = captions;
    options.row_caption_count = 2;
    draw(&captioned, images, &options);
    assert_true(captioned.width > plain.width + 40);
    assert_int_equal(picture_count(&captioned, 0, 0, 60, 126, INK), 0);
    assert_true(picture_count(&captioned, 0, 126, 80, captioned.height, INK) > 60);
    picture_free(&plain);
    picture_free(&titled);
    picture_free(&captioned);
    denoise_tensor_free(images);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[2000];
    const char *texts[] = {text};
    denoise_tensor *images = array_zeros(1, 28, 28, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    picture made;
    memset(text, 'w', sizeof text - 1);
    text[sizeof text - 1] = 0;
    options.title = text;
    options.labels = options.row_captions = texts;
    options.label_count = options.row_caption_count = 1;
    draw(&made, images, &options);
    assert_true(made.width < 1000);
    /* the label stays clear of the margin */
    assert_int_equal(picture_count(&made, made.width - 6, 0, made.width, made.height, 0xFFFFFF), 6 * made.height);
    picture_free(&made);
    denoise_tensor_free(images);
}

static void rows_of_several_tensors(void **state)
{
    (void)state;
    const float rows[] = {1, 0, 0, 1};
    const int32_t truth[] = {0, 0, 0};
    denoise_tensor *large = array_zeros(5, 20, 20, -1), *small = array_zeros(3, 4, 6, -1),
                   *guesses = array_floats(rows, 2, 2, -1, -1), *expected = array_ints(truth, 3, -1);
    const denoise_tensor *images[] = {large, small}, *predictions[] = {guesses, NULL};
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    const char *path = temp_dir_file(&dir, "rows.png");
    picture made;
    options.columns = 2;
    options.scale = 3;
    options.text_scale = 1;
    options.expected = expected;
    assert_int_equal(denoise_plot_image_rows(path, images, predictions, 2, &options), DENOISE_OK);
    picture_read(&made, path);
    assert_int_equal(made.width, 8 + 2 * (62 + 6) - 6 + 8);
    assert_int_equal(made.height, 8 + (62 + 16 + 6) + (62 + 6) - 6 + 8);
    /* 4 x 6 pixels fit tenfold into a tile of 60: 42 x 62 with the frame, in the middle */
    assert_int_equal(picture_count(&made, 8, 8 + 84 + 10, 70, 8 + 84 + 11, FRAME), 62);
    assert_int_equal(picture_count(&made, 8, 8 + 84 + 9, 70, 8 + 84 + 10, FRAME), 0);
    assert_true(picture_count(&made, 74, 70, made.width, 92, WRONG) > 10);
    picture_free(&made);
    assert_int_equal(denoise_plot_image_rows(path, images, NULL, 2, NULL), DENOISE_OK);
    denoise_tensor_free(large);
    denoise_tensor_free(small);
    denoise_tensor_free(guesses);
    denoise_tensor_free(expected);
}

static void expect_failure(const denoise_tensor *images, const denoise_plot_images_options *options, denoise_status status,
                           const char *message)
{
    assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "never.png"), images, options), status);
    assert_string_equal(denoise_last_error(), message);
    assert_int_not_equal(access(temp_dir_file(&dir, "never.png"), F_OK), 0);
}

static void bad_options_are_told(void **state)
{
    (void)state;
    denoise_tensor *images = array_zeros(2, 3, 3, -1);
    denoise_plot_images_options options;
#define EXPECT(change, status, message)                                                                                        \
    denoise_plot_images_options_init(&options);                                                                                \
    options.change;                                                                                                            \
    expect_failure(images, &options, status, message)
    EXPECT(
        struct_size = 0, DENOISE_ERR_INVALID,
        "denoise_plot_images_options: struct_size is 0, expected at least 136; start from DENOISE_PLOT_IMAGES_OPTIONS_INIT or "
        "denoise_plot_images_options_init()");
    EXPECT(columns = 0, DENOISE_ERR_RANGE, "columns is 0, expected at least 1");
    EXPECT(count = 0, DENOISE_ERR_RANGE, "count is 0, expected at least 1");
    EXPECT(count = -2, DENOISE_ERR_RANGE, "count is -2, expected at least 1");
    EXPECT(scale = 0, DENOISE_ERR_RANGE, "scale is 0, expected 1 to 16384");
    EXPECT(text_scale = 9, DENOISE_ERR_RANGE, "text_scale is 9, expected 1 to 8");
    EXPECT(vmax = -1, DENOISE_ERR_INVALID, "vmin is 0 and vmax is -1, expected finite numbers with vmin < vmax");
    EXPECT(colormap = -1, DENOISE_ERR_INVALID, "colormap is -1, expected DENOISE_COLORMAP_BINARY or DENOISE_COLORMAP_GRAY");
    EXPECT(expected = images, DENOISE_ERR_INVALID, "expected is given without predictions to compare it with");
    EXPECT(scale = 16384, DENOISE_ERR_RANGE,
           "the picture would have 114691 x 60076 pixels, 1 x 1 to 16384 x 16384 are possible");
#undef EXPECT
    /* a newer caller's larger struct is read as far as it is known */
    struct {
        denoise_plot_images_options options;
        int64_t more[8];
    } newer = {DENOISE_PLOT_IMAGES_OPTIONS_INIT, {0}};
    newer.options.struct_size = sizeof newer;
    assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "newer.png"), images, &newer.options), DENOISE_OK);
    denoise_plot_images_options_init(&options);
    denoise_plot_images_options_init(NULL);
    denoise_tensor_free(images);
}

static void large_pictures_are_refused(void **state)
{
    (void)state;
    denoise_tensor *wide = array_zeros(1, 1, 16385, -1), *many = array_zeros(40000, 1, 1, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    expect_failure(wide, NULL, DENOISE_ERR_RANGE, "images have 16385 x 1 pixels, a picture at most 16384 x 16384");
    options.columns = INT64_MAX;
    expect_failure(many, &options, DENOISE_ERR_RANGE, "1 rows of 40000 images do not fit into 16384 x 16384 pixels");
    options.columns = 1;
    expect_failure(many, &options, DENOISE_ERR_RANGE, "40000 rows of 1 images do not fit into 16384 x 16384 pixels");
    denoise_tensor_free(wide);
    denoise_tensor_free(many);
}

static void nulls_and_bad_shapes(void **state)
{
    (void)state;
    denoise_tensor *images = array_zeros(2, 8, -1, -1);
    const denoise_tensor *rows[] = {NULL}, *bad[] = {images};
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    assert_int_equal(denoise_plot_images(NULL, images, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_plot_images("x.png", NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_plot_image_rows(NULL, bad, NULL, 1, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_plot_image_rows("x.png", NULL, NULL, 1, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_plot_image_rows("x.png", rows, NULL, 1, NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_last_error(), "rows[0] is NULL");
    assert_int_equal(denoise_plot_image_rows("x.png", bad, NULL, 0, NULL), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "row_count is 0, expected 1 to 16384");
    assert_int_equal(denoise_plot_image_rows("x.png", bad, NULL, 1, NULL), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "row 0: images have shape (2, 8): rows of 8 pixels are no squares, reshape to (n, h, w)");
    options.predictions = images;
    assert_int_equal(denoise_plot_image_rows("x.png", bad, NULL, 1, &options), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "options have labels or predictions, which belong to one tensor of images; "
                                              "give predictions for each row");
    options.predictions = NULL;
    options.expected = images;
    assert_int_equal(denoise_plot_image_rows("x.png", bad, NULL, 1, &options), DENOISE_ERR_INVALID);
    denoise_tensor_free(images);
}

static void paths_that_cannot_be_written(void **state)
{
    (void)state;
    denoise_tensor *images = array_zeros(2, 9, -1, -1);
    assert_int_equal(denoise_plot_images(temp_dir_file(&dir, "no/such/folder.png"), images, NULL), DENOISE_ERR_NOT_FOUND);
    assert_non_null(strstr(denoise_last_error(), "no/such/folder.png"));
    assert_int_not_equal(denoise_plot_images(dir.path, images, NULL), DENOISE_OK); /* a folder */
    assert_int_not_equal(denoise_plot_images("", images, NULL), DENOISE_OK);
    denoise_tensor_free(images);
}

/* A label that fails in the middle of the drawing leaves nothing behind. */
static void a_bad_class_stops_the_drawing(void **state)
{
    (void)state;
    const float classes[] = {1, 0.5f};
    denoise_tensor *images = array_zeros(2, 9, -1, -1), *predictions = array_floats(classes, 2, -1, -1, -1);
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    options.predictions = predictions;
    expect_failure(images, &options, DENOISE_ERR_RANGE, "predictions has 0.5 at 1, expected the number of a class");
    denoise_tensor_free(images);
    denoise_tensor_free(predictions);
}

static void allocations_may_fail(void **state)
{
    (void)state;
    const char *path = temp_dir_file(&dir, "memory.png");
    failing_alloc_install();
    denoise_tensor *images = array_zeros(2, 9, -1, -1);
    const denoise_tensor *rows[] = {images, images};
    for (int64_t n = 1;; n++) {
        int64_t live = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise_plot_image_rows(path, rows, NULL, 2, NULL);
        bool failed = failing_alloc_disarm();
        assert_int_equal(failing_alloc_live(), live);
        if (!failed) {
            assert_int_equal(status, DENOISE_OK);
            assert_true(n > 5);
            break;
        }
        if (status != DENOISE_OK) assert_int_equal(status, DENOISE_ERR_NOMEM);
    }
    denoise_tensor_free(images);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_lie_where_they_should),
        cmocka_unit_test(every_rank_gives_the_same_picture),
        cmocka_unit_test(twenty_digits_fill_two_rows),
        cmocka_unit_test(the_gray_map_and_a_range),
        cmocka_unit_test(labels_stand_below),
        cmocka_unit_test(title_and_captions_make_room),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(rows_of_several_tensors),
        cmocka_unit_test(bad_options_are_told),
        cmocka_unit_test(large_pictures_are_refused),
        cmocka_unit_test(nulls_and_bad_shapes),
        cmocka_unit_test(paths_that_cannot_be_written),
        cmocka_unit_test(a_bad_class_stops_the_drawing),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
