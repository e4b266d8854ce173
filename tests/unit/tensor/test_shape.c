/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "tensor/shape.h"
#include <string.h>

static denoise__shape make(const int64_t *dims, int32_t rank)
{
    denoise__shape shape;
    assert_int_equal(denoise__shape_make(&shape, dims, rank, NULL), DENOISE_OK);
    return shape;
}

#define SHAPE(...) make((const int64_t[]){__VA_ARGS__}, (int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

static void test_make_gives_the_product(void **state)
{
    (void)state;
    denoise__shape shape;
    int64_t size = 0;
    assert_int_equal(denoise__shape_make(&shape, (const int64_t[]){2, 3, 4}, 3, &size), DENOISE_OK);
    assert_int_equal(size, 24);
    assert_int_equal(denoise__shape_size(&shape), 24);
    assert_int_equal(denoise__shape_make(&shape, NULL, 0, &size), DENOISE_OK);
    assert_int_equal(size, 1);
    assert_int_equal(denoise__shape_make(&shape, (const int64_t[]){5, 0, INT64_MAX / 5}, 3, &size), DENOISE_OK);
    assert_int_equal(size, 0);
    assert_int_equal(denoise__shape_make(&shape, (const int64_t[]){INT64_MAX}, 1, &size), DENOISE_OK);
    assert_true(size == INT64_MAX);
}

static void test_make_refuses(void **state)
{
    (void)state;
    const int64_t dims[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    denoise__shape shape;
    expect_failure(denoise__shape_make(&shape, dims, 9, NULL), DENOISE_ERR_RANGE, "rank must be 0..8, got 9");
    expect_failure(denoise__shape_make(&shape, dims, -1, NULL), DENOISE_ERR_RANGE, "rank must be 0..8, got -1");
    expect_failure(denoise__shape_make(&shape, NULL, 2, NULL), DENOISE_ERR_NULL, "shape is NULL, expected 2 lengths");
    expect_failure(denoise__shape_make(&shape, (const int64_t[]){3, -2}, 2, NULL), DENOISE_ERR_RANGE,
                   "lengths must be >= 0, got shape (3, -2)");
    const int64_t half = INT64_C(1) << 32;
    expect_failure(denoise__shape_make(&shape, (const int64_t[]){half, half}, 2, NULL), DENOISE_ERR_OVERFLOW,
                   "(4294967296, 4294967296) has more elements");
    expect_failure(denoise__shape_make(&shape, (const int64_t[]){half, 0, half}, 3, NULL), DENOISE_ERR_OVERFLOW,
                   "(4294967296, 0, 4294967296)");
}

static void test_equal_compares_rank_and_lengths(void **state)
{
    (void)state;
    const denoise__shape a = SHAPE(2, 3), b = SHAPE(2, 3), c = SHAPE(2, 3, 1), d = SHAPE(2, 4);
    assert_true(denoise__shape_equal(&a, &b));
    assert_false(denoise__shape_equal(&a, &c));
    assert_false(denoise__shape_equal(&a, &d));
}

static void test_broadcast_follows_numpy(void **state)
{
    (void)state;
    static const struct {
        int32_t a_rank;
        int64_t a[4];
        int32_t b_rank;
        int64_t b[4];
        int32_t rank;
        int64_t wanted[4];
    } rows[] = {
        {0, {0}, 0, {0}, 0, {0}},
        {0, {0}, 2, {2, 3}, 2, {2, 3}},
        {1, {3}, 2, {2, 3}, 2, {2, 3}},
        {2, {2, 1}, 2, {1, 3}, 2, {2, 3}},
        {3, {5, 1, 3}, 2, {2, 1}, 3, {5, 2, 3}},
        {2, {0, 3}, 1, {3}, 2, {0, 3}},
        {2, {0, 1}, 2, {1, 3}, 2, {0, 3}},
        {1, {1}, 1, {0}, 1, {0}},
        {4, {2, 1, 4, 1}, 3, {3, 1, 5}, 4, {2, 3, 4, 5}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        const denoise__shape a = make(rows[i].a, rows[i].a_rank), b = make(rows[i].b, rows[i].b_rank);
        const denoise__shape wanted = make(rows[i].wanted, rows[i].rank);
        denoise__shape got;
        assert_int_equal(denoise__shape_broadcast(&got, &a, &b), DENOISE_OK);
        if (!denoise__shape_equal(&got, &wanted)) fail_msg("row %d", i);
        assert_int_equal(denoise__shape_broadcast(&got, &b, &a), DENOISE_OK);
        if (!denoise__shape_equal(&got, &wanted)) fail_msg("row %d, other way round", i);
    }
}

static void test_broadcast_refuses(void **state)
{
    (void)state;
    const denoise__shape a = SHAPE(2, 3), b = SHAPE(4), c = SHAPE(0), d = SHAPE(2);
    const denoise__shape long_column = SHAPE(INT64_C(1) << 40, 1), long_row = SHAPE(INT64_C(1) << 40);
    denoise__shape got;
    expect_failure(denoise__shape_broadcast(&got, &a, &b), DENOISE_ERR_SHAPE,
                   "shapes (2, 3) and (4,) cannot be broadcast together");
    expect_failure(denoise__shape_broadcast(&got, &c, &d), DENOISE_ERR_SHAPE, "(0,) and (2,)");
    expect_failure(denoise__shape_broadcast(&got, &long_column, &long_row), DENOISE_ERR_OVERFLOW, "more elements");
}

static void test_reshape_finds_the_open_length(void **state)
{
    (void)state;
    static const struct {
        int64_t size;
        int32_t rank;
        int64_t dims[3], wanted[3];
    } rows[] = {
        {7840000, 2, {10000, -1}, {10000, 784}},
        {7840000, 2, {-1, 784}, {10000, 784}},
        {6, 1, {-1}, {6}},
        {6, 3, {1, -1, 3}, {1, 2, 3}},
        {0, 2, {-1, 3}, {0, 3}},
        {0, 2, {5, 0}, {5, 0}},
        {1, 0, {0}, {0}},
        {1, 2, {-1, 1}, {1, 1}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        const denoise__shape wanted = make(rows[i].wanted, rows[i].rank);
        const denoise__shape from = SHAPE(rows[i].size);
        denoise__shape got;
        assert_int_equal(denoise__shape_reshape(&got, rows[i].dims, rows[i].rank, &from), DENOISE_OK);
        if (!denoise__shape_equal(&got, &wanted)) fail_msg("row %d", i);
    }
}

static void test_reshape_says_both_sizes(void **state)
{
    (void)state;
    denoise__shape got;
    const denoise__shape from = SHAPE(10000, 784), six = SHAPE(6), none = SHAPE(0);
    expect_failure(denoise__shape_reshape(&got, (const int64_t[]){10000, 74}, 2, &from), DENOISE_ERR_SHAPE,
                   "cannot reshape (10000, 784) of 7840000 elements into (10000, 74), which has 740000");
    expect_failure(denoise__shape_reshape(&got, (const int64_t[]){-1, 4}, 2, &six), DENOISE_ERR_SHAPE,
                   "into (-1, 4): 6 is no multiple of 4");
    expect_failure(denoise__shape_reshape(&got, (const int64_t[]){0, -1}, 2, &none), DENOISE_ERR_SHAPE,
                   "into (0, -1): any length would fit");
    expect_failure(denoise__shape_reshape(&got, (const int64_t[]){-1, -1}, 2, &six), DENOISE_ERR_SHAPE,
                   "only one length may be -1, got shape (-1, -1)");
    expect_failure(denoise__shape_reshape(&got, (const int64_t[]){-2, 3}, 2, &six), DENOISE_ERR_RANGE, "lengths must be >= 0");
    expect_failure(denoise__shape_reshape(&got, NULL, 0, &six), DENOISE_ERR_SHAPE, "into (), which has 1");
    expect_failure(denoise__shape_reshape(&got, NULL, 9, &six), DENOISE_ERR_RANGE, "rank");
    expect_failure(denoise__shape_reshape(&got, NULL, 1, &six), DENOISE_ERR_NULL, "shape is NULL");
}

static void test_text_is_a_tuple(void **state)
{
    (void)state;
    char text[192];
    const denoise__shape none = make(NULL, 0), one = SHAPE(3), two = SHAPE(32, 784);
    assert_string_equal(denoise__shape_text(&none, false, text, sizeof text), "()");
    assert_string_equal(denoise__shape_text(&one, false, text, sizeof text), "(3,)");
    assert_string_equal(denoise__shape_text(&two, false, text, sizeof text), "(32, 784)");
    assert_string_equal(denoise__shape_text(&none, true, text, sizeof text), "(None,)");
    assert_string_equal(denoise__shape_text(&one, true, text, sizeof text), "(None, 3)");
    assert_string_equal(denoise__shape_text(&two, true, text, sizeof text), "(None, 32, 784)");
    assert_string_equal(denoise__shape_text(&two, false, text, 6), "(32, "); /* cut, but terminated */
    denoise__shape longest = {.rank = 8};
    for (int i = 0; i < 8; i++)
        longest.dim[i] = INT64_MAX;
    denoise__shape_text(&longest, true, text, sizeof text);
    assert_int_equal(text[strlen(text) - 1], ')');
}

static void the_last_axis(void **state)
{
    (void)state;
    const denoise__shape scalar = {0}, matrix = {.rank = 2, .dim = {3, 5}}, empty = {.rank = 1, .dim = {0}};
    assert_int_equal(denoise__shape_last(&scalar), 1);
    assert_int_equal(denoise__shape_last(&matrix), 5);
    assert_int_equal(denoise__shape_last(&empty), 0);
}

static void a_column_has_one_more_axis(void **state)
{
    (void)state;
    const denoise__shape scalar = {0}, row = {.rank = 1, .dim = {3}}, column = {.rank = 2, .dim = {3, 1}};
    const denoise__shape wide = {.rank = 2, .dim = {3, 2}}, other = {.rank = 2, .dim = {4, 1}}, one = {.rank = 1, .dim = {1}};
    assert_true(denoise__shape_is_column_of(&column, &row));
    assert_true(denoise__shape_is_column_of(&one, &scalar));
    assert_false(denoise__shape_is_column_of(&row, &column));
    assert_false(denoise__shape_is_column_of(&column, &column));
    assert_false(denoise__shape_is_column_of(&wide, &row));
    assert_false(denoise__shape_is_column_of(&other, &row));
    assert_false(denoise__shape_is_column_of(&column, &scalar));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_axis),
        cmocka_unit_test(a_column_has_one_more_axis),
        cmocka_unit_test(test_make_gives_the_product),
        cmocka_unit_test(test_make_refuses),
        cmocka_unit_test(test_equal_compares_rank_and_lengths),
        cmocka_unit_test(test_broadcast_follows_numpy),
        cmocka_unit_test(test_broadcast_refuses),
        cmocka_unit_test(test_reshape_finds_the_open_length),
        cmocka_unit_test(test_reshape_says_both_sizes),
        cmocka_unit_test(test_text_is_a_tuple),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
