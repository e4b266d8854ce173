/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a step: sums of blocks' parts, products' gradients in tiles, penalties, weights that several steps use, and what
 * is done where a number is not finite. */
#include "kernels/fmaf.h"
#include "models/product.h"
#include "models/update.h"
#include "support/fused_nets.h"
#include "support/plans.h"
#include "support/test_kinds.h"
#include <math.h>
#include <string.h>

enum { COLUMNS = 20, ROWS = 150, BLOCKS = 3, MOST = 2048 };

static const char *const mse[] = {"mean_squared_error"};

/* Gradient of wanted weight `index` after a pass. */
static void gradient_of(made_plan *p, int64_t index, float *out)
{
    denoise__plan_sum_gradients(p->plan, ROWS);
    denoise__plan_read_gradient(p->plan, index, out);
}

static denoise__variable *variable_of(const made_plan *p, int64_t index)
{
    return &p->weights[index].layer->weights[p->weights[index].index].variable;
}

/* A layer of rows, used `uses` times, between two fixed ends. */
static denoise_model *rows_model(int uses)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_layer *rows = test_kind_layer("plain_rows", "rows", NULL);
    denoise_node *h = s.x;
    for (int i = 0; i < uses; i++)
        h = sketch_put(&s, rows, h);
    return sketch_end(&s, &h, 1);
}

static void pass_once(made_plan *p, uint64_t stream)
{
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, COLUMNS, stream), *targets[] = {y};
    plan_pass(p, x, targets, NULL);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Sum of a step's parts in ascending order, in double, rounded once. */
static void sum_parts(const made_plan *p, const denoise__step *step, float *sum)
{
    const denoise__buffer *buffer = plan_buffer(p, step->weights[0].gradient);
    assert_int_equal(buffer->parts, BLOCKS);
    for (int64_t i = 0; i < COLUMNS; i++) {
        double all = 0;
        for (int64_t part = 0; part < BLOCKS; part++)
            all += (double)((const float *)(const void *)(p->plan->arena + buffer->offset + part * buffer->bytes))[i];
        sum[i] = (float)all;
    }
}

/* In the other order 1 would be left. */
static void check_order(made_plan *p)
{
    static const float parts[BLOCKS] = {1, 1e30f, -1e30f};
    const denoise__buffer *buffer = plan_buffer(p, plan_step(p, "rows")->weights[0].gradient);
    float got[COLUMNS];
    for (int64_t part = 0; part < BLOCKS; part++)
        for (int64_t i = 0; i < COLUMNS; i++)
            ((float *)(void *)(p->plan->arena + buffer->offset + part * buffer->bytes))[i] = parts[part];
    gradient_of(p, 0, got);
    for (int64_t i = 0; i < COLUMNS; i++)
        assert_true(got[i] == 0);
}

static void parts_of_blocks_are_added_in_ascending_order(void **state)
{
    (void)state;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        static made_plan p;
        float expected[COLUMNS], got[COLUMNS];
        plan_to_train(&p, rows_model(1), mse, ROWS, is_plain, false);
        assert_int_equal(p.plan->blocks, BLOCKS);
        pass_once(&p, 2);
        sum_parts(&p, plan_step(&p, "rows"), expected);
        gradient_of(&p, 0, got);
        assert_memory_equal(got, expected, sizeof got);
        check_order(&p);
        plan_clear(&p);
    }
}

/* Each use has its own sums; they are added in the order in which the uses went back. */
static void uses_of_a_shared_layer_are_added(void **state)
{
    (void)state;
    static made_plan p;
    float first[COLUMNS], second[COLUMNS], got[COLUMNS];
    const denoise__step *uses[2];
    int count = 0;
    plan_to_train(&p, rows_model(2), mse, ROWS, false, false);
    for (int32_t i = 0; i < p.plan->order_count; i++) {
        const denoise__step *step = &p.plan->steps[p.plan->order[i]];
        if (step->sort == DENOISE__STEP_LAYER) uses[count++] = step;
    }
    assert_int_equal(count, 2);
    pass_once(&p, 2);
    sum_parts(&p, uses[1], second);
    sum_parts(&p, uses[0], first);
    gradient_of(&p, 0, got);
    for (int i = 0; i < COLUMNS; i++)
        assert_true(got[i] == second[i] + first[i]);
    plan_clear(&p);
}

static denoise_model *dense_model(const char *penalty, int uses)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = "square";
    options.kernel_regularizer = penalty;
    options.bias_initializer = "random_normal(stddev=0.1)";
    denoise_layer *square = denoise_layer_dense(COLUMNS, "tanh", &options);
    denoise_node *h = s.x;
    for (int i = 0; i < uses; i++)
        h = sketch_put(&s, square, h);
    return sketch_end(&s, &h, 1);
}

/* The gradient of a kernel in tiles is x^T dz over all rows; that of the bias the columns' sums of dz. */
static void products_gradients_are_sums_over_all_rows(void **state)
{
    (void)state;
    static made_plan p;
    static float dz[ROWS * COLUMNS], kernel[MOST], bias[COLUMNS];
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1);
    const float *values = denoise_tensor_const_data(x);
    plan_to_train(&p, dense_model(NULL, 1), mse, ROWS, false, false);
    pass_once(&p, 2);
    const denoise__plan_value *z = plan_output_of(&p, "square");
    denoise__panels_to_rows(&(denoise__block){.plan = p.plan, .samples = ROWS}, z, z->gradient, dz);
    gradient_of(&p, 0, kernel);
    gradient_of(&p, 1, bias);
    for (int k = 0; k < COLUMNS; k++) {
        double column = 0;
        for (int c = 0; c < COLUMNS; c++) {
            float chain = 0;
            for (int r = 0; r < ROWS; r++)
                chain = denoise__fmaf(values[r * COLUMNS + k], dz[r * COLUMNS + c], chain);
            assert_memory_equal(&kernel[k * COLUMNS + c], &chain, sizeof chain);
        }
        for (int r = 0; r < ROWS; r++)
            column += (double)dz[r * COLUMNS + k];
        assert_true(fabs((double)bias[k] - column) < 1e-6);
    }
    denoise_tensor_free(x);
    plan_clear(&p);
}

/* 0.01 sum w^2, of a shared kernel once; panels and rows alike. Its gradient 0.02 w is added to the sum over the uses. */
static void penalties_of_shared_weights_count_once(void **state)
{
    (void)state;
    static made_plan fused, plain, free_of;
    static float with[MOST], without[MOST], by_rows[MOST];
    plan_to_train(&fused, dense_model("l2(0.01)", 2), mse, ROWS, false, false);
    plan_to_train(&plain, dense_model("l2(0.01)", 2), mse, ROWS, true, false);
    plan_to_train(&free_of, dense_model(NULL, 2), mse, ROWS, false, false);
    assert_int_equal(fused.plan->product_count, 1);
    assert_int_equal(fused.plan->products[0].use_count, 2);
    made_plan *all[] = {&fused, &plain, &free_of};
    for (int i = 0; i < 3; i++)
        pass_once(all[i], 2);
    const float *w = variable_of(&fused, 0)->values;
    double expected = 0;
    for (int i = 0; i < COLUMNS * COLUMNS; i++)
        expected += 0.01 * (double)w[i] * (double)w[i];
    double penalties[3], kernel, bias;
    for (int i = 0; i < 3; i++)
        ASSERT_OK(denoise__plan_penalty(all[i]->plan, &penalties[i]));
    assert_true(fabs(penalties[0] - expected) < 1e-6 * expected);
    assert_true(penalties[1] == penalties[0] && penalties[2] == 0);
    ASSERT_OK(denoise__plan_weight_penalty(fused.plan, 0, &kernel));
    ASSERT_OK(denoise__plan_weight_penalty(fused.plan, 1, &bias));
    assert_true(kernel == penalties[0] && bias == 0);
    gradient_of(&fused, 0, with);
    gradient_of(&plain, 0, by_rows);
    gradient_of(&free_of, 0, without);
    assert_memory_equal(with, by_rows, (size_t)(COLUMNS * COLUMNS) * sizeof *with);
    for (int i = 0; i < COLUMNS * COLUMNS; i++)
        assert_true(fabsf(with[i] - without[i] - 0.02f * w[i]) < 1e-6f);
    for (int i = 0; i < 3; i++)
        plan_clear(all[i]);
}

static void copy_weights(const made_plan *p, float weights[][MOST])
{
    denoise__plan_settle(p->plan);
    for (int64_t i = 0; i < p->weight_count; i++)
        memcpy(weights[i], variable_of(p, i)->values, (size_t)variable_of(p, i)->count * sizeof(float));
}

/* w - 0.5 g for all, in panels and as arrays; and the panels are at home after settling. */
static void a_step_is_taken_on_every_weight(void **state)
{
    (void)state;
    static made_plan p;
    static float before[4][MOST], after[4][MOST], gradient[4][MOST];
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_put(&s, test_kind_layer("plain_rows", "rows", NULL), sketch_dense(&s, 33, "relu", NULL, s.x));
    h = sketch_dense(&s, COLUMNS, NULL, "last", h);
    plan_to_train(&p, sketch_end(&s, &h, 1), mse, ROWS, false, false);
    p.weight_count = p.weight_count < 4 ? p.weight_count : 4;
    assert_int_equal(p.weight_count, 4); /* of five: kernel, bias, scale, kernel */
    copy_weights(&p, before);
    pass_once(&p, 2);
    for (int64_t i = 0; i < p.weight_count; i++)
        gradient_of(&p, i, gradient[i]);
    ASSERT_OK(denoise__plan_update(p.plan, ROWS, true));
    copy_weights(&p, after);
    for (int64_t i = 0; i < p.weight_count; i++)
        for (int64_t k = 0; k < variable_of(&p, i)->count; k++) {
            double expected = (double)before[i][k] - 0.5 * (double)gradient[i][k];
            assert_true(fabs((double)after[i][k] - expected) <= 1e-7 * (1 + fabs(expected)));
        }
    assert_true(memcmp(before, after, sizeof before) != 0);
    assert_int_equal(p.optimizer->iterations, 1);
    plan_clear(&p);
}

/* A pass whose inputs and targets are as great as `scale`. */
static void great_pass(made_plan *p, double scale)
{
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, COLUMNS, 2), *great_x, *great_y;
    ASSERT_OK(denoise_tensor_scale(&great_x, x, scale));
    ASSERT_OK(denoise_tensor_scale(&great_y, y, scale));
    denoise_tensor *targets[] = {great_y}, *all[] = {x, y, great_x, great_y};
    plan_pass(p, great_x, targets, NULL);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static denoise_model *line(void)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *y = sketch_dense(&s, COLUMNS, NULL, "line", s.x);
    return sketch_end(&s, &y, 1);
}

/* Great gradients are stored, looked at and then applied: the bits of the step that nobody looks at. */
static void careful_and_unchecked_steps_agree(void **state)
{
    (void)state;
    static made_plan careful, unchecked;
    static float a[2][MOST], b[2][MOST];
    plan_to_train(&careful, line(), mse, ROWS, false, false);
    plan_to_train(&unchecked, line(), mse, ROWS, false, false);
    great_pass(&careful, 1e13);
    great_pass(&unchecked, 1e13);
    ASSERT_OK(denoise__plan_update(careful.plan, ROWS, true));
    ASSERT_OK(denoise__plan_update(unchecked.plan, ROWS, false));
    copy_weights(&careful, a);
    copy_weights(&unchecked, b);
    assert_true(fabsf(a[0][0]) > 1e18f); /* it was far */
    assert_memory_equal(a, b, sizeof a);
    plan_clear(&careful);
    plan_clear(&unchecked);
}

/* The first element that is not finite is named, and nothing has changed; who does not check gets what comes. */
static void gradients_that_overflow_change_nothing(void **state)
{
    (void)state;
    static made_plan p;
    static float before[2][MOST], after[2][MOST];
    plan_to_train(&p, line(), mse, ROWS, false, false);
    copy_weights(&p, before);
    great_pass(&p, 1e25);
    ASSERT_FAILS(denoise__plan_update(p.plan, ROWS, true), DENOISE_ERR_NONFINITE,
                 "layer \"line\": the gradient of \"kernel\" is ");
    copy_weights(&p, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(p.optimizer->iterations, 0);
    great_pass(&p, 1e25);
    ASSERT_OK(denoise__plan_update(p.plan, ROWS, false));
    copy_weights(&p, after);
    assert_false(isfinite(after[0][0]));
    plan_clear(&p);
}

static int setup(void **state)
{
    test_kinds_add();
    return use_native_engine(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_blocks_are_added_in_ascending_order),
        cmocka_unit_test(uses_of_a_shared_layer_are_added),
        cmocka_unit_test(products_gradients_are_sums_over_all_rows),
        cmocka_unit_test(penalties_of_shared_weights_count_once),
        cmocka_unit_test(a_step_is_taken_on_every_weight),
        cmocka_unit_test(careful_and_unchecked_steps_agree),
        cmocka_unit_test(gradients_that_overflow_change_nothing),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
