/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"
#include <denoise/runtime.h>
#include <string.h>

/* Larger than a block and a thread's piece, and a multiple of neither. */
enum { ROWS = 301, COLUMNS = 517 };

static denoise_tensor *counting(int32_t dtype, const int64_t *shape, int32_t rank)
{
    denoise_tensor *row = NULL, *tensor = NULL;
    int64_t size = 1;
    for (int32_t i = 0; i < rank; i++)
        size *= shape[i];
    assert_int_equal(denoise_tensor_arange(&row, dtype, 0, (double)size, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_reshape(&tensor, row, shape, rank), DENOISE_OK);
    denoise_tensor_free(row);
    return tensor;
}

static double item(const denoise_tensor *tensor, int64_t index)
{
    double value = 0;
    assert_int_equal(denoise_tensor_item(tensor, index, &value), DENOISE_OK);
    return value;
}

static void test_large_broadcasts(void **state)
{
    (void)state;
    denoise_tensor *matrix = counting(DENOISE_INT32, (const int64_t[]){ROWS, COLUMNS}, 2);
    denoise_tensor *row = counting(DENOISE_INT64, (const int64_t[]){COLUMNS}, 1);
    denoise_tensor *column = counting(DENOISE_INT32, (const int64_t[]){ROWS, 1}, 2), *out = NULL;
    assert_int_equal(denoise_tensor_add(&out, matrix, row), DENOISE_OK);
    for (int64_t i = 0; i < ROWS * COLUMNS; i++)
        assert_true(((const int64_t *)denoise_tensor_const_data(out))[i] == i + i % COLUMNS);
    denoise_tensor_free(out);
    assert_int_equal(denoise_tensor_add(&out, matrix, column), DENOISE_OK);
    for (int64_t i = 0; i < ROWS * COLUMNS; i++)
        assert_true(((const int32_t *)denoise_tensor_const_data(out))[i] == i + i / COLUMNS);
    denoise_tensor_free(out);
    assert_int_equal(denoise_tensor_add(&out, row, column), DENOISE_OK);
    for (int64_t i = 0; i < ROWS * COLUMNS; i++)
        assert_true(((const int64_t *)denoise_tensor_const_data(out))[i] == i % COLUMNS + i / COLUMNS);
    denoise_tensor_free(out);
    denoise_tensor_free(matrix);
    denoise_tensor_free(row);
    denoise_tensor_free(column);
}

static void test_inner_and_outer_axes_repeat(void **state)
{
    (void)state;
    denoise_tensor *a = counting(DENOISE_FLOAT32, (const int64_t[]){3, 1, 5, 1}, 4);
    denoise_tensor *b = counting(DENOISE_FLOAT32, (const int64_t[]){4, 1, 6}, 3), *out = NULL;
    assert_int_equal(denoise_tensor_add(&out, a, b), DENOISE_OK);
    const array wanted = {DENOISE_FLOAT32, 4, {3, 4, 5, 6}, {0}};
    assert_memory_equal(denoise_tensor_shape(out), wanted.shape, 4 * sizeof(int64_t));
    for (int64_t i = 0; i < 360; i++) {
        const int64_t last = i % 6, third = i / 6 % 5, second = i / 30 % 4, first = i / 120;
        assert_true(item(out, i) == (double)(first * 5 + third + second * 6 + last));
    }
    denoise_tensor_free(out);
    denoise_tensor_free(a);
    denoise_tensor_free(b);
}

static void test_out_of_another_type(void **state)
{
    (void)state;
    const array real = {DENOISE_FLOAT64, 1, {3}, {0.1, 1e300, -2}}, whole = {DENOISE_INT64, 1, {3}, {4294967296.0 + 5, -1, 7}};
    const array narrow = {DENOISE_FLOAT32, 1, {3}, {0.20000000298023224, INFINITY, -4}};
    const array ints = {DENOISE_INT32, 1, {3}, {10, -2, 14}}, wide = {DENOISE_FLOAT64, 1, {3}, {8589934602.0, -2, 14}};
    denoise_tensor *a = array_tensor(&real), *b = array_tensor(&whole);
    denoise_tensor *float32 = array_tensor(&narrow), *int32 = array_tensor(&ints), *float64 = array_tensor(&wide);
    assert_int_equal(denoise_tensor_add_into(float32, a, a), DENOISE_OK);
    array_check(float32, &narrow, "float64 into float32", 0);
    assert_int_equal(denoise_tensor_add_into(int32, b, b), DENOISE_OK);
    array_check(int32, &ints, "int64 into int32", 0);
    assert_int_equal(denoise_tensor_add_into(float64, b, b), DENOISE_OK);
    array_check(float64, &wide, "int64 into float64", 0);
    /* a sum of float32 is rounded to float32 even where out is wider */
    assert_int_equal(denoise_tensor_scale_into(float64, float32, 1.0 / 3), DENOISE_OK);
    assert_true(item(float64, 2) == (double)(-4 * (float)(1.0 / 3)));
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(float32);
    denoise_tensor_free(int32);
    denoise_tensor_free(float64);
}

static void test_out_of_another_kind_is_refused(void **state)
{
    (void)state;
    /* numpy.can_cast(result, out, "same_kind") */
    static const int32_t refused[][2] = {
        {DENOISE_FLOAT32, DENOISE_INT32}, {DENOISE_FLOAT64, DENOISE_INT64}, {DENOISE_FLOAT32, DENOISE_UINT8},
        {DENOISE_INT32, DENOISE_UINT8},   {DENOISE_INT64, DENOISE_UINT8},
    };
    for (int i = 0; i < LENGTH(refused); i++) {
        const array from = {refused[i][0], 1, {2}, {1, 2}}, to = {refused[i][1], 1, {2}, {3, 4}};
        denoise_tensor *a = array_tensor(&from), *out = array_tensor(&to);
        expect_failure(denoise_tensor_add_into(out, a, a), DENOISE_ERR_DTYPE, "cannot be written into out of type");
        array_check(out, &to, "unchanged", i);
        denoise_tensor_free(a);
        denoise_tensor_free(out);
    }
}

static void test_out_must_have_the_broadcast_shape(void **state)
{
    (void)state;
    static const struct {
        int32_t rank;
        int64_t shape[3];
        const char *text;
    } rows[] = {
        {2, {1, 3}, "out has shape (1, 3), the result has (2, 3)"},
        {3, {1, 2, 3}, "(1, 2, 3)"},
        {1, {6}, "(6,)"},
        {0, {0}, "()"},
    };
    denoise_tensor *a = counting(DENOISE_FLOAT32, (const int64_t[]){2, 1}, 2);
    denoise_tensor *b = counting(DENOISE_FLOAT32, (const int64_t[]){3}, 1), *out = NULL;
    for (int i = 0; i < LENGTH(rows); i++) {
        assert_int_equal(denoise_tensor_new(&out, DENOISE_FLOAT32, rows[i].shape, rows[i].rank), DENOISE_OK);
        expect_failure(denoise_tensor_add_into(out, a, b), DENOISE_ERR_SHAPE, rows[i].text);
        denoise_tensor_free(out);
    }
    denoise_tensor_free(a);
    denoise_tensor_free(b);
}

/* out and operands are parts of one row of numbers; the sum must be as of copies. */
static void check_overlap(int64_t size, int64_t a_first, int64_t b_first, int64_t out_first)
{
    denoise_tensor *all = counting(DENOISE_INT32, (const int64_t[]){size + 40}, 1), *a = NULL, *b = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_rows(&a, all, a_first, a_first + size), DENOISE_OK);
    assert_int_equal(denoise_tensor_rows(&b, all, b_first, b_first + size), DENOISE_OK);
    assert_int_equal(denoise_tensor_rows(&out, all, out_first, out_first + size), DENOISE_OK);
    assert_int_equal(denoise_tensor_add_into(out, a, b), DENOISE_OK);
    const int32_t *sums = denoise_tensor_const_data(out);
    for (int64_t i = 0; i < size; i++)
        if (sums[i] != 2 * i + a_first + b_first) fail_msg("offsets %d %d %d", (int)a_first, (int)b_first, (int)out_first);
    denoise_tensor_free(all);
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(out);
}

static void test_overlap_is_as_if_copied(void **state)
{
    (void)state;
    static const int64_t offsets[][3] = {{0, 0, 0},  {0, 1, 0},   {1, 0, 0}, {0, 0, 1},
                                         {0, 40, 7}, {40, 0, 20}, {3, 3, 4}, {4, 4, 3}};
    for (int i = 0; i < LENGTH(offsets); i++) {
        check_overlap(50, offsets[i][0], offsets[i][1], offsets[i][2]);
        check_overlap(150000, offsets[i][0], offsets[i][1], offsets[i][2]);
    }
}

static void test_operand_inside_out(void **state)
{
    (void)state;
    /* the first row of a matrix is added to all of it, in place */
    denoise_tensor *matrix = counting(DENOISE_FLOAT32, (const int64_t[]){ROWS, COLUMNS}, 2), *row = NULL;
    assert_int_equal(denoise_tensor_rows(&row, matrix, 0, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_add_into(matrix, matrix, row), DENOISE_OK);
    for (int64_t i = 0; i < ROWS * COLUMNS; i++)
        assert_true(((const float *)denoise_tensor_const_data(matrix))[i] == (float)(i + i % COLUMNS));
    denoise_tensor_free(row);
    /* and the same memory with another shape */
    denoise_tensor *square = counting(DENOISE_FLOAT32, (const int64_t[]){3, 1}, 2), *flat = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_reshape(&flat, square, (const int64_t[]){3}, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_add(&out, square, flat), DENOISE_OK);
    const array wanted = {DENOISE_FLOAT32, 2, {3, 3}, {0, 1, 2, 1, 2, 3, 2, 3, 4}};
    array_check(out, &wanted, "outer", 0);
    denoise_tensor_free(matrix);
    denoise_tensor_free(square);
    denoise_tensor_free(flat);
    denoise_tensor_free(out);
}

static void test_memory_under_two_types(void **state)
{
    (void)state;
    /* int32 and float32 over the same bytes: the numbers are read before they are written over */
    int32_t numbers[3000];
    denoise_tensor *ints = NULL, *floats = NULL;
    const int64_t shape[] = {3000};
    for (int32_t i = 0; i < 3000; i++)
        numbers[i] = i;
    assert_int_equal(denoise_tensor_borrow(&ints, DENOISE_INT32, shape, 1, numbers, NULL, NULL), DENOISE_OK);
    assert_int_equal(denoise_tensor_borrow(&floats, DENOISE_FLOAT32, shape, 1, numbers, NULL, NULL), DENOISE_OK);
    assert_int_equal(denoise_tensor_add_into(floats, ints, ints), DENOISE_OK);
    for (int32_t i = 0; i < 3000; i++) {
        float value = 0;
        memcpy(&value, &numbers[i], sizeof value);
        assert_true(value == (float)(2 * i));
    }
    denoise_tensor_free(ints);
    denoise_tensor_free(floats);
}

static void test_threads_do_not_change_bits(void **state)
{
    (void)state;
    denoise_tensor *matrix = NULL, *row = NULL, *first = NULL;
    denoise_rng *rng = NULL;
    assert_int_equal(denoise_rng_new(&rng, 1, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_random_normal(&matrix, (const int64_t[]){ROWS, COLUMNS}, 2, rng, 0, 1), DENOISE_OK);
    assert_int_equal(denoise_tensor_random_normal(&row, (const int64_t[]){COLUMNS}, 1, rng, 0, 1), DENOISE_OK);
    denoise_rng_free(rng);
    for (int32_t threads = 1; threads <= 4; threads++) {
        denoise_tensor *out = NULL;
        assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
        assert_int_equal(denoise_tensor_add(&out, matrix, row), DENOISE_OK);
        assert_int_equal(denoise_tensor_scale_into(out, out, 0.9), DENOISE_OK);
        assert_int_equal(denoise_tensor_clip_into(out, out, 0, 1), DENOISE_OK);
        if (threads == 1) {
            first = out;
            continue;
        }
        assert_memory_equal(denoise_tensor_const_data(out), denoise_tensor_const_data(first),
                            (size_t)denoise_tensor_bytes(out));
        denoise_tensor_free(out);
    }
    denoise_tensor_free(first);
    denoise_tensor_free(matrix);
    denoise_tensor_free(row);
    denoise_shutdown();
}

static void test_failed_copies_of_operands(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    denoise_tensor *all = counting(DENOISE_INT32, (const int64_t[]){10}, 1), *a = NULL, *b = NULL, *out = NULL;
    assert_int_equal(denoise_tensor_rows(&a, all, 0, 8), DENOISE_OK);
    assert_int_equal(denoise_tensor_rows(&b, all, 1, 9), DENOISE_OK);
    assert_int_equal(denoise_tensor_rows(&out, all, 2, 10), DENOISE_OK);
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_add_into(out, a, b);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            assert_int_equal(n, 7); /* two copies of three blocks each */
            break;
        }
        expect_failure(status, DENOISE_ERR_NOMEM, "memory");
        assert_true(item(all, 9) == 9);
        assert_int_equal(failing_alloc_live(), before);
    }
    assert_int_equal(failing_alloc_live(), before);
    denoise_tensor_free(all);
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(out);
    failing_alloc_remove();
}

static void test_into_without_overlap_allocates_nothing(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    denoise_tensor *a = counting(DENOISE_FLOAT32, (const int64_t[]){5, 7}, 2);
    denoise_tensor *row = counting(DENOISE_FLOAT32, (const int64_t[]){7}, 1);
    const int64_t calls = failing_alloc_calls();
    assert_int_equal(denoise_tensor_add_into(a, a, row), DENOISE_OK);
    assert_int_equal(denoise_tensor_scale_into(a, a, 2), DENOISE_OK);
    assert_int_equal(denoise_tensor_clip_into(a, a, 0, 1), DENOISE_OK);
    assert_int_equal(failing_alloc_calls(), calls);
    denoise_tensor_free(a);
    denoise_tensor_free(row);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_broadcasts),
        cmocka_unit_test(test_inner_and_outer_axes_repeat),
        cmocka_unit_test(test_out_of_another_type),
        cmocka_unit_test(test_out_of_another_kind_is_refused),
        cmocka_unit_test(test_out_must_have_the_broadcast_shape),
        cmocka_unit_test(test_overlap_is_as_if_copied),
        cmocka_unit_test(test_operand_inside_out),
        cmocka_unit_test(test_memory_under_two_types),
        cmocka_unit_test(test_threads_do_not_change_bits),
        cmocka_unit_test(test_failed_copies_of_operands),
        cmocka_unit_test(test_into_without_overlap_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
