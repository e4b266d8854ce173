/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements are a group, in every way in which groups can lie; norms of them; the same bits on any number of threads. */
#include "constraints/groups.h"
#include "support/nets.h"
#include <denoise/denoise.h>
#include <string.h>

enum { MOST = 3 * 4 * 5 * 6 };

static double norm_itself(const void *config, double norm)
{
    (void)config;
    return norm;
}

static bool is_inside(const denoise__ints *axes, int32_t axis, int32_t rank)
{
    bool inside = false;
    for (int64_t i = 0; i < axes->count; i++)
        inside = inside || axes->values[i] == axis || axes->values[i] == axis - rank;
    return inside;
}

/* Whether two elements lie in one group: they differ along the axes alone. */
static bool are_together(const denoise__shape *shape, const denoise__ints *axes, int64_t a, int64_t b)
{
    for (int32_t axis = shape->rank - 1; axis >= 0; axis--) {
        if (!is_inside(axes, axis, shape->rank) && a % shape->dim[axis] != b % shape->dim[axis]) return false;
        a /= shape->dim[axis];
        b /= shape->dim[axis];
    }
    return true;
}

static void check(const denoise__shape *shape, const denoise__ints *axes)
{
    float w[MOST], scaled[MOST];
    int64_t count = denoise__shape_size(shape);
    for (int64_t i = 0; i < count; i++)
        scaled[i] = w[i] = (float)((i * 37 + 11) % 29 - 14) / 4;
    denoise__groups_scale(scaled, shape, axes, norm_itself, NULL);
    for (int64_t i = 0; i < count; i++) {
        double squares = 0;
        for (int64_t j = 0; j < count; j++)
            if (are_together(shape, axes, i, j)) squares += (double)w[j] * (double)w[j];
        double expected = (double)w[i] * sqrt(squares);
        if (!(fabs((double)scaled[i] - expected) <= 1e-7 * fabs(expected))) fail_msg("element %lld", (long long)i);
    }
}

/* All axes of all shapes of up to four, each inside or outside, named from either end. */
static void every_choice_of_axes(void **state)
{
    (void)state;
    static const int64_t dims[4] = {3, 4, 5, 6};
    for (int32_t rank = 0; rank <= 4; rank++) {
        for (int32_t chosen = 0; chosen < 1 << rank; chosen++) {
            denoise__shape shape = {.rank = rank};
            denoise__ints forwards = {.count = 0}, backwards = {.count = 0};
            memcpy(shape.dim, dims, sizeof dims);
            for (int32_t axis = 0; axis < rank; axis++) {
                if ((chosen >> axis & 1) == 0) continue;
                forwards.values[forwards.count++] = axis;
                backwards.values[backwards.count++] = axis - rank;
            }
            assert_int_equal(denoise__groups_check(&forwards, &shape), DENOISE_OK);
            assert_int_equal(denoise__groups_check(&backwards, &shape), DENOISE_OK);
            check(&shape, &forwards);
            check(&shape, &backwards);
        }
    }
}

static void axes_must_exist(void **state)
{
    (void)state;
    const denoise__shape shape = {.rank = 2, .dim = {3, 4}};
    ASSERT_FAILS(denoise__groups_check(&(denoise__ints){.count = 2, .values = {0, 2}}, &shape), DENOISE_ERR_SHAPE,
                 "axis 2 does not exist in a weight of shape (3, 4)");
    ASSERT_FAILS(denoise__groups_check(&(denoise__ints){.count = 1, .values = {-3}}, &shape), DENOISE_ERR_SHAPE, "axis -3");
    float nothing = 1;
    denoise__groups_scale(&nothing, &(denoise__shape){.rank = 2, .dim = {0, 4}}, &(denoise__ints){.count = 1}, norm_itself,
                          NULL);
    assert_true(nothing == 1);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    enum { ROWS = 700, COLUMNS = 333 };
    static float first[ROWS * COLUMNS], w[ROWS * COLUMNS];
    for (int64_t axis = 0; axis < 3; axis++) { /* 2: both */
        denoise__ints axes = {.count = axis == 2 ? 2 : 1, .values = {axis == 2 ? 0 : axis, 1}};
        for (int32_t threads = 1; threads <= 5; threads++) {
            assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
            for (int64_t i = 0; i < (int64_t)ROWS * COLUMNS; i++)
                w[i] = (float)((i * 7919) % 10007) * 0x1p-13f;
            denoise__groups_scale(w, &(denoise__shape){.rank = 2, .dim = {ROWS, COLUMNS}}, &axes, norm_itself, NULL);
            if (threads == 1) memcpy(first, w, sizeof w);
            assert_memory_equal(first, w, sizeof w);
        }
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_choice_of_axes), cmocka_unit_test(axes_must_exist),
                                       cmocka_unit_test(threads_do_not_change_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
