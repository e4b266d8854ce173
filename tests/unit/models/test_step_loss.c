/* SPDX-License-Identifier: Apache-2.0 */
/* Losses as steps: sums of blocks and numbers of rows, in panels and in rows, give the same gradients and the same value; where
 * a gradient goes, and what several losses of one value give. */
#include "support/dice_loss.h"
#include "support/fused_nets.h"
#include "support/plans.h"
#include <math.h>
#include <string.h>

enum { COLUMNS = 12, OUTPUTS = 19, ROWS = 150, BLOCK = 64 };

static const char *const bce[] = {"binary_crossentropy", "binary_crossentropy"};
static const char *const mse[] = {"mean_squared_error", "mean_squared_error"};
static const char *const dice[] = {"test_dice"};

static denoise_model *one_dense(const char *activation)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *y = sketch_dense(&s, OUTPUTS, activation, "last", s.x);
    return sketch_end(&s, &y, 1);
}

static denoise_tensor *shares(int64_t rows, int64_t columns, uint64_t stream)
{
    denoise_tensor *numbers = random_rows(rows, columns, stream), *between;
    ASSERT_OK(denoise_tensor_clip(&between, numbers, 0.0, 1.0));
    denoise_tensor_free(numbers);
    return between;
}

/* dz of the last layer, in rows. */
static void read_gradient(const made_plan *p, float *rows)
{
    denoise__block all = {.plan = p->plan, .samples = ROWS};
    const denoise__plan_value *z = plan_output_of(p, "last");
    if (z->layout == DENOISE__LAYOUT_PANELS)
        denoise__panels_to_rows(&all, z, z->gradient, rows);
    else
        memcpy(rows, denoise__at(&all, z->gradient, 0), (size_t)(ROWS * OUTPUTS) * sizeof *rows);
}

typedef struct result {
    double value;
    float gradient[ROWS * OUTPUTS], row_loss[ROWS];
} result;

/* In place of a gradient nobody has written there is NaN. */
static void run(result *out, bool is_plain, const denoise_tensor *x, denoise_tensor *y, const pass_way *way)
{
    static made_plan p;
    plan_to_train(&p, one_dense("sigmoid"), bce, ROWS, is_plain, false);
    denoise_tensor *targets[] = {y};
    plan_pass(&p, x, targets, way);
    out->value = p.values[0];
    memcpy(out->row_loss, p.row_loss[0], sizeof out->row_loss);
    read_gradient(&p, out->gradient);
    plan_clear(&p);
}

static void same_gradients(const result *a, const result *b, const char *what)
{
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        if (memcmp(&a->gradient[i], &b->gradient[i], sizeof(float)) != 0)
            fail_msg("%s: element %d is %.9g, expected %.9g", what, i, (double)a->gradient[i], (double)b->gradient[i]);
}

/* The kernel on panels, the same kernel on rows, and the kind's own rows. */
static void sums_and_rows_agree(void **state)
{
    (void)state;
    static result fused, rows, plain;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = shares(ROWS, OUTPUTS, 2);
    run(&fused, false, x, y, NULL);
    run(&rows, false, x, y, &(pass_way){.keeps_rows = true});
    run(&plain, true, x, y, NULL);
    same_gradients(&rows, &fused, "by rows");
    same_gradients(&plain, &fused, "step by step");
    assert_true(plain.value == fused.value);
    assert_true(fabs(rows.value - fused.value) < 1e-6 * fused.value);
    double sum = 0;
    for (int i = 0; i < ROWS; i++)
        sum += (double)rows.row_loss[i];
    assert_true(fabs(sum / ROWS - fused.value) < 1e-6 * fused.value);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* The value and gradients that denoise_loss_compute() has of the same predictions. */
static void values_are_those_of_the_whole_loss(void **state)
{
    (void)state;
    static made_plan p;
    static result step;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = shares(ROWS, OUTPUTS, 2), *z, *dz, *weight;
    denoise_params *params;
    denoise_loss *loss;
    double value;
    float weights[ROWS];
    for (int i = 0; i < ROWS; i++)
        weights[i] = (float)(i % 5) * 0.5f; /* another pattern in each block */
    ASSERT_OK(denoise_tensor_from_data(&weight, DENOISE_FLOAT32, (int64_t[]){ROWS}, 1, weights));
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_bool(params, "from_logits", 1));
    ASSERT_OK(denoise_loss_create(&loss, "binary_crossentropy", params));
    for (int weighted = 0; weighted < 2; weighted++) {
        plan_to_predict(&p, one_dense(NULL), ROWS);
        plan_pass(&p, x, NULL, NULL);
        ASSERT_OK(denoise_tensor_from_data(&z, DENOISE_FLOAT32, (int64_t[]){ROWS, OUTPUTS}, 2, p.outputs[0]));
        ASSERT_OK(denoise_loss_compute(&value, &dz, loss, y, z, weighted ? weight : NULL));
        run(&step, false, x, y, &(pass_way){.row_weight = weighted ? weights : NULL});
        assert_true(fabs(step.value - value) < 1e-6 * value);
        for (int i = 0; i < ROWS * OUTPUTS; i++) {
            double got = (double)step.gradient[i], expected = (double)((const float *)denoise_tensor_const_data(dz))[i];
            assert_true(fabs(got - expected) < 1e-9 + 1e-5 * fabs(expected));
        }
        denoise_tensor_free(z);
        denoise_tensor_free(dz);
        plan_clear(&p);
    }
    denoise_loss_free(loss);
    denoise_params_free(params);
    denoise_tensor *all[] = {x, y, weight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

/* A value that two losses read has the sum of their gradients; one that the caller wants too stays what it is. */
static void gradients_of_two_losses_are_added(void **state)
{
    (void)state;
    static made_plan two, one;
    static float both[ROWS * OUTPUTS], single[ROWS * OUTPUTS];
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = shares(ROWS, OUTPUTS, 2), *targets[] = {y, y};
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, OUTPUTS, NULL, "last", s.x), *outputs[] = {h, h};
    plan_to_train(&two, sketch_end(&s, outputs, 2), mse, ROWS, false, true);
    plan_to_train(&one, one_dense(NULL), mse, ROWS, false, true);
    plan_pass(&two, x, targets, NULL);
    plan_pass(&one, x, targets, NULL);
    read_gradient(&two, both);
    read_gradient(&one, single);
    assert_true(two.values[0] == one.values[0] && two.values[1] == one.values[0]);
    for (int i = 0; i < ROWS * OUTPUTS; i++)
        assert_true(both[i] == 2 * single[i]);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(two.outputs[i], one.outputs[0], (size_t)(ROWS * OUTPUTS) * sizeof(float));
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    plan_clear(&two);
    plan_clear(&one);
}

static const denoise__step *loss_step(const made_plan *p)
{
    return &p->plan->steps[p->plan->losses[0]];
}

/* The one output in place that layers have: a loss writes its gradient over what it reads, where nothing reads that later. */
static void gradients_over_predictions(void **state)
{
    (void)state;
    static made_plan p;
    plan_to_train(&p, one_dense("sigmoid"), bce, ROWS, false, false);
    const denoise__plan_value *z = plan_output_of(&p, "last");
    assert_int_equal(z->gradient, z->buffer); /* the logits, which nobody else reads */
    plan_clear(&p);
    plan_to_train(&p, one_dense(NULL), mse, ROWS, false, false);
    z = plan_output_of(&p, "last");
    assert_ptr_equal(denoise__plan_root(p.plan, loss_step(&p)->inputs[0]),
                     z); /* a loss of rows takes them from panels itself */
    assert_int_equal(z->gradient, z->buffer);
    plan_clear(&p);
    plan_to_train(&p, one_dense("tanh"), mse, ROWS, false, false);
    assert_true(plan_output_of(&p, "last")->gradient != plan_output_of(&p, "last")->buffer); /* tanh itself reads it */
    plan_clear(&p);
    plan_to_train(&p, one_dense("tanh"), mse, ROWS, true, false);
    z = denoise__plan_root(p.plan, loss_step(&p)->inputs[0]);
    assert_true(z->gradient >= 0 && z->gradient != z->buffer);
    plan_clear(&p);
}

/* A loss over the whole batch is a segment by itself, behind the others. */
static void a_loss_across_the_batch(void **state)
{
    (void)state;
    static made_plan p;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = shares(ROWS, OUTPUTS, 2), *targets[] = {y}, *prediction;
    double value;
    plan_to_train(&p, one_dense("sigmoid"), dice, ROWS, false, true);
    assert_int_equal(loss_step(&p)->segment, p.plan->segment_count - 1);
    assert_false(p.plan->segments[p.plan->segment_count - 1].by_blocks);
    assert_true(p.plan->segments[0].by_blocks);
    plan_pass(&p, x, targets, NULL);
    ASSERT_OK(denoise_tensor_from_data(&prediction, DENOISE_FLOAT32, (int64_t[]){ROWS, OUTPUTS}, 2, p.outputs[0]));
    ASSERT_OK(denoise_loss_compute(&value, NULL, p.losses[0], y, prediction, NULL));
    assert_true(p.values[0] == value);
    denoise_tensor *all[] = {x, y, prediction};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
    plan_clear(&p);
}

static int setup(void **state)
{
    dice_loss_register();
    return use_native_engine(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_rows_agree),
        cmocka_unit_test(values_are_those_of_the_whole_loss),
        cmocka_unit_test(gradients_of_two_losses_are_added),
        cmocka_unit_test(gradients_over_predictions),
        cmocka_unit_test(a_loss_across_the_batch),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
