/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/spatial.h"
#include "support/cmocka_test.h"
#include <denoise/status.h>
#include <string.h>

static void expect_failure(denoise_status status, denoise_status wanted, const char *text)
{
    assert_int_equal(status, wanted);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("%s", denoise_last_error());
}

/* Lengths and padding that TensorFlow gives (SAME: out = ceil(in / stride), the odd one behind). */
static void windows_have_tensorflows_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *padding;
        int64_t input, size, stride, dilation, output, before;
    } rows[] = {
        {"valid", 9, 3, 1, 1, 7, 0},  {"valid", 9, 3, 2, 1, 4, 0},  {"valid", 8, 3, 2, 1, 3, 0},  {"valid", 9, 3, 1, 2, 5, 0},
        {"same", 9, 3, 1, 1, 9, 1},   {"same", 9, 3, 2, 1, 5, 1},   {"same", 8, 3, 2, 1, 4, 0},   {"same", 8, 4, 1, 1, 8, 1},
        {"same", 5, 2, 2, 1, 3, 0},   {"same", 3, 1, 2, 1, 2, 0},   {"same", 9, 3, 1, 2, 9, 2},   {"same", 1, 5, 3, 1, 1, 2},
        {"causal", 9, 3, 1, 1, 9, 2}, {"causal", 9, 3, 1, 2, 9, 4}, {"causal", 9, 3, 2, 1, 5, 2}, {"valid", 3, 3, 7, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        denoise__window w = {
            .input = rows[i].input, .size = rows[i].size, .stride = rows[i].stride, .dilation = rows[i].dilation};
        assert_int_equal(denoise__window_make(&w, rows[i].padding), DENOISE_OK);
        if (w.output != rows[i].output || w.before != rows[i].before) fail_msg("row %d", (int)i);
    }
}

static void a_window_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    denoise__window w = {.input = 4, .size = 3, .stride = 1, .dilation = 2};
    expect_failure(denoise__window_make(&w, "valid"), DENOISE_ERR_SHAPE, "a window of 5 does not fit into a length of 4");
}

static void ranges_leave_the_padding_out(void **state)
{
    (void)state;
    for (int64_t stride = 1; stride <= 3; stride++)
        for (int64_t dilation = 1; dilation <= 3; dilation++)
            for (int64_t size = 1; size <= 5; size++) {
                denoise__window w = {.input = 7, .size = size, .stride = stride, .dilation = dilation};
                assert_int_equal(denoise__window_make(&w, "same"), DENOISE_OK);
                for (int64_t i = 0; i < w.output; i++) {
                    int64_t first, end;
                    denoise__window_range(&w, i, &first, &end);
                    for (int64_t j = 0; j < size; j++) {
                        int64_t at = i * stride - w.before + j * dilation;
                        assert_int_equal(j >= first && j < end, at >= 0 && at < w.input);
                    }
                }
            }
}

static void outputs_over_an_input_are_those_that_read_it(void **state)
{
    (void)state;
    static const char *const paddings[] = {"valid", "same"};
    for (int64_t stride = 1; stride <= 4; stride++)
        for (int64_t size = 1; size <= 5; size++)
            for (int p = 0; p < 2; p++) {
                denoise__window w = {.input = 7, .size = size, .stride = stride, .dilation = 1};
                assert_int_equal(denoise__window_make(&w, paddings[p]), DENOISE_OK);
                for (int64_t i = 0; i < w.input; i++) {
                    int64_t first, end;
                    denoise__window_outputs(&w, i, &first, &end);
                    for (int64_t o = 0; o < w.output; o++) {
                        int64_t at = o * stride - w.before;
                        assert_int_equal(o >= first && o < end, i >= at && i < at + size);
                    }
                }
            }
}

static void a_batch_of_planes(void **state)
{
    (void)state;
    denoise__spatial s = denoise__spatial_of(&(denoise__shape){3, {4, 5, 6}}, "channels_last");
    assert_int_equal(denoise__spatial_outer(&s, 7), 7);
    assert_int_equal(denoise__spatial_inner(&s), 6);
    s = denoise__spatial_of(&(denoise__shape){3, {4, 5, 6}}, "channels_first");
    assert_int_equal(denoise__spatial_outer(&s, 7), 28);
    assert_int_equal(denoise__spatial_inner(&s), 1);
}

static void missing_axes_have_length_one(void **state)
{
    (void)state;
    const denoise__shape last = {3, {4, 5, 6}}, first = {3, {6, 4, 5}};
    denoise__shape back;
    denoise__spatial a = denoise__spatial_of(&last, "channels_last"), b = denoise__spatial_of(&first, "channels_first");
    const int64_t lengths[] = {1, 4, 5};
    assert_memory_equal(a.length, lengths, sizeof lengths);
    assert_memory_equal(b.length, lengths, sizeof lengths);
    assert_int_equal(a.channels, 6);
    assert_int_equal(b.channels, 6);
    assert_int_equal(denoise__spatial_positions(&a), 20);
    assert_int_equal(denoise__spatial_shape(&back, &a), DENOISE_OK);
    assert_true(denoise__shape_equal(&back, &last));
    assert_int_equal(denoise__spatial_shape(&back, &b), DENOISE_OK);
    assert_true(denoise__shape_equal(&back, &first));
}

static void lists_have_one_number_or_one_for_each_axis(void **state)
{
    (void)state;
    const denoise__ints one = {1, {7}}, two = {2, {3, 4}}, none = {-1, {0}};
    assert_int_equal(denoise__check_axes(&one, 2, "strides"), DENOISE_OK);
    assert_int_equal(denoise__check_axes(&two, 2, "strides"), DENOISE_OK);
    expect_failure(denoise__check_axes(&two, 3, "strides"), DENOISE_ERR_INVALID, "strides has 2 numbers, expected 1 or 3");
    expect_failure(denoise__check_axes(&two, 1, "strides"), DENOISE_ERR_INVALID, "strides has 2 numbers, expected 1");
    assert_int_equal(denoise__axis_value(&one, 2, 0, 9), 9);
    assert_int_equal(denoise__axis_value(&one, 2, 2, 9), 7);
    assert_int_equal(denoise__axis_value(&two, 2, 1, 9), 3);
    assert_int_equal(denoise__axis_value(&two, 2, 2, 9), 4);
    assert_int_equal(denoise__axis_value(&none, 2, 2, 9), 9);
}

static void transposition_goes_there_and_back(void **state)
{
    (void)state;
    float x[2 * 3 * 4], y[24], z[24];
    for (int i = 0; i < 24; i++)
        x[i] = (float)i;
    denoise__to_channels_last(x, y, 2, 4, 3);
    assert_true(y[0] == 0 && y[1] == 4 && y[2] == 8 && y[3] == 1 && y[12] == 12);
    denoise__to_channels_first(y, z, 2, 4, 3);
    assert_memory_equal(x, z, sizeof x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_have_tensorflows_lengths),
        cmocka_unit_test(a_window_that_does_not_fit_is_refused),
        cmocka_unit_test(ranges_leave_the_padding_out),
        cmocka_unit_test(outputs_over_an_input_are_those_that_read_it),
        cmocka_unit_test(a_batch_of_planes),
        cmocka_unit_test(missing_axes_have_length_one),
        cmocka_unit_test(lists_have_one_number_or_one_for_each_axis),
        cmocka_unit_test(transposition_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
