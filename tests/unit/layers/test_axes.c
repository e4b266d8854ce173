/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/axes.h"
#include "support/cmocka_test.h"
#include <denoise/status.h>
#include <string.h>

static const denoise__shape image = {3, {4, 5, 6}};

static void an_axis_of_a_sample(void **state)
{
    (void)state;
    static const int32_t expected[] = {-1, -1, 0, 1, 2, -1, 0, 1, 2, -1}; /* of -5 .. 4 */
    for (int64_t axis = -5; axis < 5; axis++)
        assert_int_equal(denoise__sample_axis(axis, &image), expected[axis + 5]);
    assert_int_equal(denoise__sample_axis(-1, &(denoise__shape){0}), -1);
    assert_int_equal(denoise__sample_axis(INT64_MAX, &image), -1);
    assert_int_equal(denoise__sample_axis(INT64_MIN, &image), -1);
}

static void why_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(denoise__fail_axis(0, &image, "joined"), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "axis 0 of input shape (None, 4, 5, 6) is the batch axis, which cannot be joined");
    assert_int_equal(denoise__fail_axis(-4, &image, "normalized"), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(),
                        "axis -4 of input shape (None, 4, 5, 6) is the batch axis, which cannot be normalized");
    assert_int_equal(denoise__fail_axis(4, &image, "joined"), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "input has shape (None, 4, 5, 6), it has no axis 4");
}

static void lists(void **state)
{
    (void)state;
    bool is_marked[DENOISE_MAX_RANK];
    assert_int_equal(denoise__mark_axes(&(denoise__ints){2, {3, -3}}, &image, "normalized", is_marked), DENOISE_OK);
    assert_true(is_marked[0] && !is_marked[1] && is_marked[2] && !is_marked[3]);
    assert_int_equal(denoise__mark_axes(&(denoise__ints){2, {1, -3}}, &image, "normalized", is_marked), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "axis -3 of input shape (None, 4, 5, 6) is named twice");
    assert_int_equal(denoise__mark_axes(&(denoise__ints){2, {1, 0}}, &image, "normalized", is_marked), DENOISE_ERR_SHAPE);
}

static void the_first_input_is_kept_to(void **state)
{
    (void)state;
    denoise__input_spec spec = {.max_rank = DENOISE_MAX_RANK - 1};
    denoise__keep_axis(-2, &image, &spec);
    assert_int_equal(spec.min_rank, 3);
    assert_int_equal(spec.max_rank, 3);
    assert_true(spec.from_end[0] == 0 && spec.from_end[1] == 5 && spec.from_end[2] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_axis_of_a_sample), cmocka_unit_test(why_there_is_none),
                                       cmocka_unit_test(lists), cmocka_unit_test(the_first_input_is_kept_to)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
