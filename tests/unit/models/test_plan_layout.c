/* SPDX-License-Identifier: Apache-2.0 */
/* Which values lie in panels, where steps that convert stand, and where segments end. */
#include "support/dice_loss.h"
#include "support/fused_nets.h"
#include "support/plans.h"
#include "support/test_kinds.h"

enum { COLUMNS = 20, BATCH = 100 };

static const char *const mse[] = {"mean_squared_error", "mean_squared_error"};
static const char *const bce[] = {"binary_crossentropy"};

static void expect_panels(const denoise__plan_value *root, int64_t columns)
{
    assert_int_equal(root->layout, DENOISE__LAYOUT_PANELS);
    assert_int_equal(root->columns, columns);
}

static void expect_rows(const denoise__plan_value *root)
{
    assert_int_equal(root->layout, DENOISE__LAYOUT_ROWS);
}

static denoise_model *dense_dropout_dense(const char *last)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 33, "relu", "first", s.x);
    denoise_node *y = sketch_dense(&s, 7, last, "last", sketch_put(&s, denoise_layer_dropout(0.2, "dropout"), h));
    return sketch_end(&s, &y, 1);
}

/* Rows of the caller become panels when they come in, and the loss that has a kernel on panels reads them: nothing converts. */
static void panels_from_end_to_end(void **state)
{
    (void)state;
    made_plan p;
    plan_to_train(&p, dense_dropout_dense("sigmoid"), bce, BATCH, false, false);
    expect_panels(plan_input_of(&p, "first"), COLUMNS);
    expect_panels(plan_output_of(&p, "first"), 33);
    expect_panels(plan_output_of(&p, "dropout"), 33);
    expect_panels(plan_output_of(&p, "last"), 7);
    assert_true(plan_step(&p, "dropout")->by_panels);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 0);
    assert_int_equal(plan_count(&p, DENOISE__STEP_ACTIVATION), 0); /* they end the products, or the loss has taken them */
    assert_int_equal(p.plan->order_count, 5);                      /* load, three layers, the loss */
    assert_int_equal(p.plan->segment_count, 1);
    plan_clear(&p);
}

/* A loss that wants rows takes them from panels itself, so that all losses on one value add their gradients in their own order;
 * one across the batch reads rows that a step has made. */
static void a_loss_takes_panels_unless_it_looks_across_the_batch(void **state)
{
    (void)state;
    static const char *const dice[] = {"test_dice"};
    made_plan p;
    plan_to_train(&p, dense_dropout_dense(NULL), mse, BATCH, false, false);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 0);
    const denoise__step *loss = &p.plan->steps[p.plan->losses[0]];
    assert_ptr_equal(denoise__plan_root(p.plan, loss->inputs[0]), plan_output_of(&p, "last"));
    plan_clear(&p);
    dice_loss_register();
    plan_to_train(&p, dense_dropout_dense("sigmoid"), dice, BATCH, false, false);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 1);
    loss = &p.plan->steps[p.plan->losses[0]];
    const denoise__plan_value *read = denoise__plan_root(p.plan, loss->inputs[0]);
    const denoise__step *convert = &p.plan->steps[read->producer];
    expect_rows(read);
    assert_int_equal(convert->sort, DENOISE__STEP_CONVERT);
    assert_int_equal(loss->place, convert->place + 1);
    plan_clear(&p);
}

/* Softmax works on rows: two of them behind one product share one conversion, but in training each has its own, so that
 * gradients are added in the order of the readers. */
static void a_conversion_is_shared_unless_gradients_go_back(void **state)
{
    (void)state;
    for (int trains = 0; trains < 2; trains++) {
        made_plan p;
        sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
        denoise_node *h = sketch_dense(&s, 18, NULL, "first", s.x);
        denoise_node *both[] = {sketch_put(&s, denoise_layer_activation("softmax", "a"), h),
                                sketch_put(&s, denoise_layer_activation("softmax", "b"), h)};
        denoise_model *model = sketch_end(&s, both, 2);
        if (trains)
            plan_to_train(&p, model, mse, BATCH, false, false);
        else
            plan_to_predict(&p, model, BATCH);
        expect_panels(plan_output_of(&p, "first"), 18);
        assert_int_equal(plan_count(&p, DENOISE__STEP_ACTIVATION), 2);
        assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), trains ? 2 : 1);
        plan_clear(&p);
    }
}

/* 33 columns of a sample are three rows of 11 to the next product: panels become other panels. Its narrow rows come out of them
 * for the loss. */
static void panels_are_cut_anew_where_rows_change(void **state)
{
    (void)state;
    made_plan p;
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 33, "relu", "first", s.x);
    h = sketch_put(&s, denoise_layer_reshape((int64_t[]){3, 11}, 2, NULL), h);
    h = sketch_dense(&s, 5, "sigmoid", "last", h);
    plan_to_train(&p, sketch_end(&s, &h, 1), bce, BATCH, false, false);
    expect_panels(plan_output_of(&p, "first"), 33);
    expect_panels(plan_input_of(&p, "last"), 11);
    expect_panels(plan_output_of(&p, "last"), 5);
    expect_rows(denoise__plan_root(p.plan, p.plan->steps[p.plan->losses[0]].inputs[0]));
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 2);
    plan_clear(&p);
}

/* A kind that knows only rows, among products: it gets rows, and what follows gets panels again. */
static void rows_for_kinds_that_want_them(void **state)
{
    (void)state;
    made_plan p;
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 17, "relu", "first", s.x);
    h = sketch_dense(&s, 7, "sigmoid", "last", sketch_put(&s, test_kind_layer("plain_rows", "rows", NULL), h));
    plan_to_train(&p, sketch_end(&s, &h, 1), bce, BATCH, false, false);
    expect_panels(plan_output_of(&p, "first"), 17);
    expect_rows(plan_input_of(&p, "rows"));
    expect_rows(plan_output_of(&p, "rows"));
    expect_panels(plan_input_of(&p, "last"), 17);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 2);
    assert_int_equal(p.plan->segment_count, 1);
    plan_clear(&p);
}

/* The derivative of a rectifier goes with what alone reads its results, unless a second reader adds to the gradient. */
static void rectifiers_go_with_their_reader(void **state)
{
    (void)state;
    for (int readers = 1; readers <= 2; readers++) {
        made_plan p;
        denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT;
        same.padding = "same";
        sketch s = sketch_begin((int64_t[]){6, 6, 2}, 3);
        same.name = "first";
        denoise_node *h = sketch_put(&s, denoise_layer_conv2d(3, 3, "relu", &same), s.x);
        denoise_node *pooled = sketch_put(&s, denoise_layer_max_pooling2d(2, NULL), h);
        same.name = "second";
        denoise_node *ends[] = {sketch_put(&s, denoise_layer_conv2d(4, 3, "relu", &same), pooled), NULL};
        same.name = "third";
        if (readers == 2) ends[1] = sketch_put(&s, denoise_layer_conv2d(4, 3, "tanh", &same), h);
        plan_to_train(&p, sketch_end(&s, ends, readers), mse, BATCH, false, false);
        assert_int_equal(plan_step(&p, "first")->gradient_is_rectified, readers == 1);
        assert_int_equal(plan_step(&p, "max_pooling2d")->rectified_input, readers == 1);
        assert_false(plan_step(&p, "second")->rectified_input); /* a pooling is no rectifier */
        assert_false(plan_step(&p, "second")->gradient_is_rectified);
        plan_clear(&p);
    }
}

/* A step across the batch is a segment by itself; each step knows its own. */
static void segments_end_at_steps_across_the_batch(void **state)
{
    (void)state;
    made_plan p;
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 17, "relu", "first", s.x);
    h = sketch_dense(&s, 7, "sigmoid", "last", sketch_put(&s, test_kind_layer("batch_wide", "wide", NULL), h));
    plan_to_train(&p, sketch_end(&s, &h, 1), bce, BATCH, false, false);
    static const bool by_blocks[] = {true, false, true};
    assert_int_equal(p.plan->segment_count, 3);
    int32_t next = 0;
    for (int32_t i = 0; i < 3; i++) {
        const denoise__segment *segment = &p.plan->segments[i];
        assert_int_equal(segment->by_blocks, by_blocks[i]);
        assert_int_equal(segment->first, next);
        next += segment->count;
        for (int32_t k = segment->first; k < next; k++) {
            assert_int_equal(p.plan->steps[p.plan->order[k]].segment, i);
            assert_int_equal(p.plan->steps[p.plan->order[k]].place, k);
        }
    }
    assert_int_equal(next, p.plan->order_count);
    assert_int_equal(plan_step(&p, "first")->segment, 0);
    assert_int_equal(plan_step(&p, "wide")->segment, 1);
    assert_int_equal(p.plan->segments[1].count, 1);
    assert_int_equal(plan_step(&p, "last")->segment, 2);
    plan_clear(&p);
}

/* A kind that looks across the batch in training alone is among its neighbours elsewhere, and where it is frozen. */
static void segments_of_batch_normalization(void **state)
{
    (void)state;
    enum { TRAINED, FROZEN, PREDICTING, WAYS };
    for (int way = 0; way < WAYS; way++) {
        made_plan p;
        sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
        denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
        options.name = "norm";
        options.trainable = way != FROZEN;
        denoise_node *h = sketch_dense(&s, 17, "relu", "first", s.x);
        h = sketch_dense(&s, 7, "sigmoid", "last", sketch_put(&s, denoise_layer_batch_normalization(&options), h));
        denoise_model *model = sketch_end(&s, &h, 1);
        if (way == PREDICTING)
            plan_to_predict(&p, model, BATCH);
        else
            plan_to_train(&p, model, bce, BATCH, false, false);
        assert_int_equal(p.plan->segment_count, way == TRAINED ? 3 : 1);
        assert_true(p.plan->segments[plan_step(&p, "norm")->segment].by_blocks == (way != TRAINED));
        plan_clear(&p);
    }
}

/* The plan that others are compared with: rows everywhere, each step by itself. */
static void a_plain_plan_has_rows_alone(void **state)
{
    (void)state;
    made_plan p;
    plan_to_train(&p, dense_dropout_dense("sigmoid"), bce, BATCH, true, false);
    assert_int_equal(p.plan->segment_count, p.plan->order_count);
    assert_int_equal(p.plan->product_count, 0);
    for (int32_t i = 0; i < p.plan->order_count; i++) {
        const denoise__step *step = &p.plan->steps[p.plan->order[i]];
        assert_false(p.plan->segments[i].by_blocks);
        assert_int_not_equal(step->sort, DENOISE__STEP_CONVERT);
        for (int32_t j = 0; j < step->output_count; j++)
            expect_rows(denoise__plan_root(p.plan, step->outputs[j]));
    }
    plan_clear(&p);
}

/* Rows that some step makes are made where the caller wants them; panels are copied there. */
static void outputs_are_made_in_place_where_they_are_rows(void **state)
{
    (void)state;
    made_plan p;
    plan_to_predict(&p, dense_dropout_dense("softmax"), BATCH);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 1); /* before the softmax */
    const denoise__step *last = &p.plan->steps[p.plan->order[p.plan->order_count - 1]];
    assert_int_equal(last->sort, DENOISE__STEP_ACTIVATION);
    const denoise__plan_value *made = denoise__plan_root(p.plan, last->outputs[0]);
    assert_int_equal(made->caller_output, 0);
    assert_int_equal(plan_buffer(&p, made->buffer)->place, DENOISE__PLACE_CALLER);
    plan_clear(&p);

    plan_to_predict(&p, dense_dropout_dense("sigmoid"), BATCH);
    assert_int_equal(plan_count(&p, DENOISE__STEP_CONVERT), 1); /* to the caller */
    last = &p.plan->steps[p.plan->order[p.plan->order_count - 1]];
    assert_int_equal(last->sort, DENOISE__STEP_CONVERT);
    made = denoise__plan_root(p.plan, last->outputs[0]);
    expect_rows(made);
    assert_int_equal(plan_buffer(&p, made->buffer)->place, DENOISE__PLACE_CALLER);
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
        cmocka_unit_test(panels_from_end_to_end),
        cmocka_unit_test(a_loss_takes_panels_unless_it_looks_across_the_batch),
        cmocka_unit_test(a_conversion_is_shared_unless_gradients_go_back),
        cmocka_unit_test(panels_are_cut_anew_where_rows_change),
        cmocka_unit_test(rows_for_kinds_that_want_them),
        cmocka_unit_test(rectifiers_go_with_their_reader),
        cmocka_unit_test(segments_end_at_steps_across_the_batch),
        cmocka_unit_test(segments_of_batch_normalization),
        cmocka_unit_test(a_plain_plan_has_rows_alone),
        cmocka_unit_test(outputs_are_made_in_place_where_they_are_rows),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
