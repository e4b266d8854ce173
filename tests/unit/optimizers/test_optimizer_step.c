/* SPDX-License-Identifier: Apache-2.0 */
/* A step: what denoise_optimizer_apply() refuses, memory, threads. */
#include "support/cmocka_test.h"

#include "optimizers/optimizer.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <math.h>
#include <string.h>

static denoise_tensor *tensor(int32_t dtype, int64_t rows, int64_t columns)
{
    denoise_tensor *out;
    const int64_t shape[2] = {rows, columns};
    assert_int_equal(denoise_tensor_new(&out, dtype, shape, 2), DENOISE_OK);
    return out;
}

static void expect(denoise_status given, denoise_status status, const char *message)
{
    if (given != status || strstr(denoise_last_error(), message) == NULL)
        fail_msg("%d \"%s\", expected %d \"%s\"", (int)given, denoise_last_error(), (int)status, message);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
    denoise_tensor *a = tensor(DENOISE_FLOAT32, 2, 3), *b = tensor(DENOISE_FLOAT32, 3, 2), *d = tensor(DENOISE_FLOAT64, 2, 3);
    denoise_tensor *weights[2] = {a, b};
    const denoise_tensor *good[2] = {a, b}, *swapped[2] = {a, a}, *wide[2] = {a, d}, *holes[2] = {a, NULL};
    expect(denoise_optimizer_apply(NULL, weights, good, 2), DENOISE_ERR_NULL, "optimizer");
    expect(denoise_optimizer_apply(optimizer, NULL, good, 2), DENOISE_ERR_NULL, "weights");
    expect(denoise_optimizer_apply(optimizer, weights, NULL, 2), DENOISE_ERR_NULL, "gradients");
    expect(denoise_optimizer_apply(optimizer, weights, good, 0), DENOISE_ERR_RANGE, "adam: count is 0");
    expect(denoise_optimizer_apply(optimizer, weights, holes, 2), DENOISE_ERR_NULL, "adam: gradient 1 is NULL");
    expect(denoise_optimizer_apply(optimizer, weights, wide, 2), DENOISE_ERR_DTYPE, "gradient 1 is float64, expected float32");
    expect(denoise_optimizer_apply(optimizer, weights, swapped, 2), DENOISE_ERR_SHAPE,
           "adam: gradient 1 has shape (2, 3), its weight has shape (3, 2)");
    weights[0] = NULL;
    expect(denoise_optimizer_apply(optimizer, weights, good, 2), DENOISE_ERR_NULL, "adam: weight 0 is NULL");
    weights[0] = d;
    expect(denoise_optimizer_apply(optimizer, weights, wide, 2), DENOISE_ERR_DTYPE, "weight 0 is float64");
    assert_int_equal(denoise_optimizer_iterations(optimizer), 0);

    weights[0] = a;
    assert_int_equal(denoise_optimizer_apply(optimizer, weights, good, 2), DENOISE_OK);
    expect(denoise_optimizer_apply(optimizer, weights, good, 1), DENOISE_ERR_SHAPE, "1 weights given, expected the 2");
    denoise_tensor *large[2] = {a, tensor(DENOISE_FLOAT32, 9, 9)};
    const denoise_tensor *large_gradients[2] = {a, large[1]};
    expect(denoise_optimizer_apply(optimizer, large, large_gradients, 2), DENOISE_ERR_SHAPE, "weight 1 has 81 elements");
    assert_int_equal(denoise_optimizer_iterations(optimizer), 1);
    denoise_tensor_free(large[1]);

    int owner;
    assert_int_equal(denoise__part_adopt(&optimizer->part, &owner), DENOISE_OK);
    expect(denoise_optimizer_apply(optimizer, weights, good, 2), DENOISE_ERR_OWNED, "adam: ");
    denoise__optimizer_release(optimizer);

    denoise_adam_options options = {0};
    optimizer = denoise_optimizer_adam(&options);
    expect(denoise_optimizer_apply(optimizer, weights, good, 2), DENOISE_ERR_INVALID, "struct_size");
    denoise_optimizer_free(optimizer);
    denoise_tensor_free(a);
    denoise_tensor_free(b);
    denoise_tensor_free(d);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    denoise_tensor *a = tensor(DENOISE_FLOAT32, 2, 3), *b = tensor(DENOISE_FLOAT32, 1, 4);
    denoise_tensor *weights[2] = {a, b};
    const denoise_tensor *gradients[2] = {a, b};
    for (int64_t n = 1;; n++) {
        denoise_optimizer *optimizer = denoise_optimizer_adam(NULL);
        int64_t before = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise_optimizer_apply(optimizer, weights, gradients, 2);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(denoise_optimizer_iterations(optimizer), failed ? 0 : 1);
        if (failed) assert_int_equal(failing_alloc_live(), before);
        denoise_optimizer_free(optimizer);
        if (!failed) break;
        assert_true(n < 50);
    }
    denoise_tensor_free(a);
    denoise_tensor_free(b);
}

enum { SIZES = 4 };
static const int64_t sizes[SIZES] = {40000, 3, 0, 8192};
static float weights[2][SIZES][40000], gradients[SIZES][40000];

static void run(const char *kind, int32_t threads, float (*w)[40000])
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_double(params, "weight_decay", 0.1);
    denoise_optimizer *optimizer;
    assert_int_equal(denoise_optimizer_create(&optimizer, kind, params), DENOISE_OK);
    denoise_params_free(params);
    assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
    float *rows[SIZES];
    const float *slopes[SIZES];
    for (int k = 0; k < SIZES; k++) {
        for (int i = 0; i < 40000; i++) {
            w[k][i] = (float)((i + k) % 101) / 101;
            gradients[k][i] = (float)((i * 31 + k) % 97) / 97 - 0.5f;
        }
        rows[k] = w[k];
        slopes[k] = gradients[k];
    }
    denoise__variable shapes[SIZES];
    const denoise__variable *variables[SIZES];
    for (int k = 0; k < SIZES; k++) {
        shapes[k] = (denoise__variable){.rank = 1, .dim = {sizes[k]}, .count = sizes[k]};
        variables[k] = &shapes[k];
    }
    assert_int_equal(denoise__optimizer_build(optimizer, variables, SIZES), DENOISE_OK);
    denoise__optimizer_step(optimizer, rows, slopes); /* the pool may be made here */
    int64_t calls = failing_alloc_calls();
    for (int step = 0; step < 3; step++)
        denoise__optimizer_step(optimizer, rows, slopes);
    assert_int_equal(failing_alloc_calls(), calls);
    denoise_optimizer_free(optimizer);
}

static void threads_do_not_change_a_bit_and_steps_allocate_nothing(void **state)
{
    (void)state;
    static const char *const kinds[] = {"sgd", "rmsprop", "adam", "adamw"};
    static const int32_t counts[] = {2, 3, 4, 8};
    for (int k = 0; k < 4; k++) {
        run(kinds[k], 1, weights[0]);
        assert_true(weights[0][1][3] == (float)(4 % 101) / 101); /* beyond the size: untouched */
        for (int c = 0; c < 4; c++) {
            run(kinds[k], counts[c], weights[1]);
            assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
        }
    }
    denoise_set_num_threads(0);
    denoise_shutdown();
}

static void nan_gradients_show(void **state)
{
    (void)state;
    static const char *const kinds[] = {"sgd", "rmsprop", "adam", "adamw"};
    for (int k = 0; k < 4; k++) {
        denoise_optimizer *optimizer;
        assert_int_equal(denoise_optimizer_create(&optimizer, kinds[k], NULL), DENOISE_OK);
        denoise_tensor *w = tensor(DENOISE_FLOAT32, 1, 2), *g = tensor(DENOISE_FLOAT32, 1, 2);
        ((float *)denoise_tensor_data(g))[1] = NAN;
        const denoise_tensor *list[1] = {g};
        assert_int_equal(denoise_optimizer_apply(optimizer, &w, list, 1), DENOISE_OK);
        const float *values = denoise_tensor_const_data(w);
        assert_true(values[0] == 0 && isnan(values[1]));
        denoise_tensor_free(w);
        denoise_tensor_free(g);
        denoise_optimizer_free(optimizer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(threads_do_not_change_a_bit_and_steps_allocate_nothing),
        cmocka_unit_test(nan_gradients_show),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
