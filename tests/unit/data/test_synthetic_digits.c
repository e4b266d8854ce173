/* SPDX-License-Identifier: Apache-2.0 */
#include "data/synthetic_digits.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/hash.h"
#include <denoise/dataset.h>
#include <denoise/runtime.h>
#include <fenv.h>
#include <string.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, MANY = 20000 };

typedef struct digits {
    denoise_tensor *images, *labels;
} digits;

static digits draw(int64_t count, uint64_t seed, int32_t split)
{
    digits d;
    memset(&d, 0x55, sizeof d);
    assert_int_equal(denoise_synthetic_digits(&d.images, &d.labels, count, seed, split), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(d.images), DENOISE_UINT8);
    assert_int_equal(denoise_tensor_rank(d.images), 3);
    assert_memory_equal(denoise_tensor_shape(d.images), ((const int64_t[]){count, SIDE, SIDE}), 3 * sizeof(int64_t));
    assert_int_equal(denoise_tensor_dtype(d.labels), DENOISE_INT32);
    assert_int_equal(denoise_tensor_rank(d.labels), 1);
    assert_int_equal(denoise_tensor_dim(d.labels, 0), count);
    return d;
}

static const uint8_t *image(const digits *d, int64_t i)
{
    return (const uint8_t *)denoise_tensor_const_data(d->images) + i * PIXELS;
}

static const int32_t *labels(const digits *d)
{
    return denoise_tensor_const_data(d->labels);
}

static void drop(digits *d)
{
    denoise_tensor_free(d->images);
    denoise_tensor_free(d->labels);
}

/* The golden values: any compiler, any level of optimization, any machine. */
static void the_first_1000_never_change(void **state)
{
    (void)state;
    static const uint64_t expected[2] = {0x5de1f80bd6fa832cU, 0xa45b333cc2b4e798U};
    for (int32_t split = 0; split < 2; split++) {
        digits d = draw(1000, 0, split);
        uint64_t hash = hash_bytes(image(&d, 0), 1000 * PIXELS) ^ hash_numbers(labels(&d), 1000, sizeof(int32_t));
        drop(&d);
        if (hash != expected[split]) fail_msg("split %d: 0x%016llx", (int)split, (unsigned long long)hash);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    digits one = {0};
    for (int32_t threads = 1; threads <= 4; threads++) {
        assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
        digits d = draw(1000, 7, 0);
        if (threads == 1) {
            one = d;
            continue;
        }
        assert_true(denoise_tensor_equal(one.images, d.images));
        assert_true(denoise_tensor_equal(one.labels, d.labels));
        drop(&d);
    }
    drop(&one);
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

static void more_digits_begin_with_the_same_ones(void **state)
{
    (void)state;
    digits all = draw(200, 3, 1);
    for (int64_t count = 0; count < 200; count += count < 3 ? 1 : 61) {
        digits some = draw(count, 3, 1);
        assert_memory_equal(image(&some, 0), image(&all, 0), (size_t)(count * PIXELS));
        assert_memory_equal(labels(&some), labels(&all), (size_t)count * sizeof(int32_t));
        drop(&some);
    }
    drop(&all);
}

static void seeds_and_splits_draw_other_digits(void **state)
{
    (void)state;
    digits d[4] = {draw(300, 0, 0), draw(300, 0, 1), draw(300, 1, 0), draw(300, UINT64_MAX, 0)};
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < a; b++) {
            for (int64_t i = 0; i < 300; i++) {
                assert_memory_not_equal(image(&d[a], i), image(&d[b], i), PIXELS);
            }
            assert_false(denoise_tensor_equal(d[a].labels, d[b].labels));
        }
    }
    for (int a = 0; a < 4; a++) {
        drop(&d[a]);
    }
}

static void no_two_images_are_equal(void **state)
{
    (void)state;
    static uint64_t hashes[2000];
    digits d = draw(2000, 0, 0);
    for (int64_t i = 0; i < 2000; i++) {
        hashes[i] = hash_bytes(image(&d, i), PIXELS);
        for (int64_t k = 0; k < i; k++) {
            assert_true(hashes[i] != hashes[k]);
        }
    }
    drop(&d);
}

/* 20,000 digits: 2,000 of each, with a standard deviation of 42. */
static void every_class_is_as_frequent(void **state)
{
    (void)state;
    for (int32_t split = 0; split < 2; split++) {
        digits d = draw(MANY, 11, split);
        int counts[10] = {0};
        for (int64_t i = 0; i < MANY; i++) {
            assert_in_range(labels(&d)[i], 0, 9);
            counts[labels(&d)[i]]++;
        }
        for (int k = 0; k < 10; k++) {
            assert_in_range(counts[k], 2000 - 5 * 42, 2000 + 5 * 42);
        }
        drop(&d);
    }
}

/* MNIST's training images: mean 0.1307, standard deviation 0.3081; 0.076 for 1 and 0.173 for 0. */
static void the_ink_is_like_that_of_mnist(void **state)
{
    (void)state;
    digits d = draw(MANY, 1, 0);
    double sum = 0, squares = 0, of_class[10] = {0}, count[10] = {0};
    for (int64_t i = 0; i < MANY; i++) {
        double ink = 0;
        for (int k = 0; k < PIXELS; k++) {
            double value = image(&d, i)[k] / 255.0;
            ink += value;
            squares += value * value;
        }
        sum += ink;
        of_class[labels(&d)[i]] += ink;
        count[labels(&d)[i]]++;
    }
    double mean = sum / ((double)MANY * PIXELS), variance = squares / ((double)MANY * PIXELS) - mean * mean;
    assert_true(mean > 0.125 && mean < 0.137);
    assert_true(variance > 0.30 * 0.30 && variance < 0.32 * 0.32);
    static const double mnist[10] = {0.173, 0.076, 0.149, 0.142, 0.121, 0.129, 0.137, 0.115, 0.150, 0.123};
    for (int k = 0; k < 10; k++) {
        double ratio = of_class[k] / (count[k] * PIXELS) / mnist[k];
        assert_true(ratio > 0.9 && ratio < 1.1);
    }
    drop(&d);
}

/* Columns and rows of the ink, and its centre in pixels. */
typedef struct extent {
    int left, right, top, bottom, brightest;
    double x, y;
} extent;

static extent measure(const uint8_t *pixels)
{
    extent e = {SIDE, -1, SIDE, -1, 0, 0, 0};
    double mass = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            int value = pixels[y * SIDE + x];
            mass += value;
            e.x += value * x;
            e.y += value * y;
            if (value == 0) continue;
            e.left = x < e.left ? x : e.left;
            e.right = x > e.right ? x : e.right;
            e.top = y < e.top ? y : e.top;
            e.bottom = y > e.bottom ? y : e.bottom;
            e.brightest = value > e.brightest ? value : e.brightest;
        }
    }
    e.x /= mass;
    e.y /= mass;
    return e;
}

static void digits_lie_in_their_box(void **state)
{
    (void)state;
    digits d = draw(MANY, 2, 0);
    double x = 0, y = 0;
    for (int64_t i = 0; i < MANY; i++) {
        extent e = measure(image(&d, i));
        assert_true(e.left >= 1 && e.top >= 1 && e.right <= SIDE - 2 && e.bottom <= SIDE - 2);
        int width = e.right - e.left + 1, height = e.bottom - e.top + 1;
        assert_true(width <= 20 && height <= 20);
        assert_true(width >= 18 || height >= 18);
        assert_true(e.brightest > 190);
        assert_true(e.x > 10.5 && e.x < 17.5 && e.y > 10.5 && e.y < 17.5);
        x += e.x;
        y += e.y;
    }
    assert_true(x / MANY > 13.9 && x / MANY < 14.1 && y / MANY > 13.9 && y / MANY < 14.1);
    drop(&d);
}

static void edges_are_grey(void **state)
{
    (void)state;
    digits d = draw(1000, 5, 0);
    int64_t ink = 0, grey = 0;
    for (int64_t k = 0; k < 1000 * PIXELS; k++) {
        uint8_t value = image(&d, 0)[k];
        ink += value > 0;
        grey += value > 0 && value < 224;
    }
    double share = (double)grey / (double)ink; /* MNIST: 0.52 */
    assert_true(share > 0.40 && share < 0.60);
    drop(&d);
}

/* What blending, tracing and sampling rely on. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (int digit = 0; digit < DENOISE__DIGIT_KINDS; digit++) {
        const denoise__digit_styles *styles = &denoise__digit_table[digit];
        assert_true(styles->count >= 2);
        for (int32_t s = 0; s < styles->count; s++) {
            const denoise__digit_style *style = &styles->style[s];
            assert_true(style->weight > 0 && style->skeletons >= 2);
            assert_in_range(style->points, 4, DENOISE__DIGIT_MAX_POINTS);
            assert_int_equal(style->point[0].pen, DENOISE__PEN_DOWN);
            assert_int_not_equal(style->point[style->points - 1].pen, DENOISE__PEN_DOWN);
            for (int32_t i = 0; i < style->points * style->skeletons; i++) {
                const denoise__digit_point *point = &style->point[i];
                assert_true(point->x >= -10 && point->x <= 110 && point->y >= -10 && point->y <= 110);
                assert_int_equal(point->pen == DENOISE__PEN_DOWN, style->point[i % style->points].pen == DENOISE__PEN_DOWN);
                bool alone = point->pen == DENOISE__PEN_DOWN && point[1].pen == DENOISE__PEN_DOWN;
                assert_false(alone); /* a stroke has two points */
            }
        }
    }
}

static void the_rounding_mode_does_not_matter(void **state)
{
    (void)state;
    digits nearest = draw(100, 0, 0);
    assert_int_equal(fesetround(FE_UPWARD), 0);
    digits upward = draw(100, 0, 0);
    assert_int_equal(fegetround(), FE_UPWARD);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    assert_true(denoise_tensor_equal(nearest.images, upward.images));
    drop(&nearest);
    drop(&upward);
}

static void expect_failure(int64_t count, int32_t split, denoise_status expected, const char *message)
{
    digits d;
    memset(&d, 0x55, sizeof d);
    assert_int_equal(denoise_synthetic_digits(&d.images, &d.labels, count, 0, split), expected);
    assert_null(d.images);
    assert_null(d.labels);
    if (strstr(denoise_last_error(), message) == NULL) fail_msg("\"%s\" lacks \"%s\"", denoise_last_error(), message);
}

static void mistakes(void **state)
{
    (void)state;
    expect_failure(-1, 0, DENOISE_ERR_RANGE, "count is -1, expected 0 or more");
    expect_failure(1, 2, DENOISE_ERR_RANGE, "split is 2, expected 0 (training) or 1 (test)");
    expect_failure(1, -1, DENOISE_ERR_RANGE, "split is -1");
    expect_failure(INT64_MAX, 0, DENOISE_ERR_OVERFLOW, "");
    digits d;
    memset(&d, 0x55, sizeof d);
    assert_int_equal(denoise_synthetic_digits(NULL, &d.labels, 1, 0, 0), DENOISE_ERR_NULL);
    assert_non_null(strstr(denoise_last_error(), "images"));
    assert_null(d.labels);
    assert_int_equal(denoise_synthetic_digits(&d.images, NULL, 1, 0, 0), DENOISE_ERR_NULL);
    assert_non_null(strstr(denoise_last_error(), "labels"));
    assert_null(d.images);
}

static void out_of_memory(void **state)
{
    (void)state;
    denoise_shutdown(); /* no block may be alive */
    failing_alloc_install();
    digits d = draw(1000, 0, 0); /* makes the threads */
    drop(&d);
    int64_t live = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        memset(&d, 0x55, sizeof d);
        failing_alloc_arm(n, false);
        denoise_status status = denoise_synthetic_digits(&d.images, &d.labels, 1000, 0, 0);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(d.images == NULL, failed);
        assert_int_equal(d.labels == NULL, failed);
        drop(&d);
        assert_int_equal(failing_alloc_live(), live);
        if (!failed) break;
    }
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_1000_never_change),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(more_digits_begin_with_the_same_ones),
        cmocka_unit_test(seeds_and_splits_draw_other_digits),
        cmocka_unit_test(no_two_images_are_equal),
        cmocka_unit_test(every_class_is_as_frequent),
        cmocka_unit_test(the_ink_is_like_that_of_mnist),
        cmocka_unit_test(digits_lie_in_their_box),
        cmocka_unit_test(edges_are_grey),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(the_rounding_mode_does_not_matter),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
