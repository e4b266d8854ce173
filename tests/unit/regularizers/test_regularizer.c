/* SPDX-License-Identifier: Apache-2.0 */
#include "regularizers/regularizer.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <string.h>

enum { COUNT = 1500003 };
static float w[COUNT], gradient[COUNT], again[COUNT];

static denoise__kind_ref make(const char *text)
{
    denoise__kind_ref ref;
    assert_int_equal(denoise__kind_ref_make(&ref, &denoise__regularizer_registry, text, NULL), DENOISE_OK);
    return ref;
}

static double penalty_of(const denoise__kind_ref *ref, int64_t count)
{
    double penalty = -1;
    assert_int_equal(denoise__regularizer_penalty(ref, w, count, &penalty), DENOISE_OK);
    return penalty;
}

static void add(const denoise__kind_ref *ref, float *to, int64_t count)
{
    assert_int_equal(denoise__regularizer_add_gradient(ref, w, to, count), DENOISE_OK);
}

static void fill(void)
{
    for (int64_t i = 0; i < COUNT; i++)
        w[i] = (float)(i % 101 - 50) / 64;
}

static void none_is_nothing(void **state)
{
    (void)state;
    denoise__kind_ref none = {NULL, NULL};
    float kept[] = {3, 4};
    fill();
    assert_true(penalty_of(&none, 2) == 0);
    assert_true(penalty_of(NULL, 2) == 0);
    add(&none, kept, 2);
    add(NULL, kept, 2);
    assert_false(denoise__regularizer_can_fail(&none) || denoise__regularizer_can_fail(NULL));
    assert_true(kept[0] == 3 && kept[1] == 4);
}

static void nothing_to_sum(void **state)
{
    (void)state;
    denoise__kind_ref ref = make("l2");
    assert_true(penalty_of(&ref, 0) == 0);
    add(&ref, gradient, 0);
    denoise__kind_ref_clear(&ref);
}

static void sums_of_every_length(void **state)
{
    (void)state;
    static const int64_t counts[] = {1, 7, 8, 9, 16383, 16384, 16385, 100000, 64 * 16384, 64 * 16384 + 1, COUNT};
    fill();
    denoise__kind_ref ref = make("l1l2(1, 2)");
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        double expected = 0;
        for (int64_t i = 0; i < counts[c]; i++)
            expected += fabs((double)w[i]) + 2 * (double)w[i] * (double)w[i];
        assert_true(fabs(penalty_of(&ref, counts[c]) - expected) <= 1e-12 * expected);
    }
    denoise__kind_ref_clear(&ref);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const int32_t threads[] = {2, 3, 4, 8};
    fill();
    denoise__kind_ref ref = make("l1l2(0.013, 0.029)");
    assert_int_equal(denoise_set_num_threads(1), DENOISE_OK);
    double penalty = penalty_of(&ref, COUNT);
    memset(gradient, 0, sizeof gradient);
    add(&ref, gradient, COUNT);
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        assert_int_equal(denoise_set_num_threads(threads[t]), DENOISE_OK);
        assert_true(penalty_of(&ref, COUNT) == penalty);
        memset(again, 0, sizeof again);
        add(&ref, again, COUNT);
        assert_memory_equal(gradient, again, sizeof again);
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
    denoise__kind_ref_clear(&ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_nothing),
        cmocka_unit_test(nothing_to_sum),
        cmocka_unit_test(sums_of_every_length),
        cmocka_unit_test(bits_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
