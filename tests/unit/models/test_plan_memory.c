/* SPDX-License-Identifier: Apache-2.0 */
/* Where values lie: in a thread's frame or in the batch's memory, and that no two that live at once share a byte. */
#include "support/fused_nets.h"
#include "support/plans.h"
#include "support/test_kinds.h"
#include <string.h>

enum { COLUMNS = 20, BATCH = 200, LINE = 64 };

static const char *const losses[] = {"mean_squared_error", "binary_crossentropy"};

static denoise_model *dense_dropout_dense(void)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 33, "relu", "first", s.x);
    denoise_node *y = sketch_dense(&s, 7, NULL, "last", sketch_put(&s, denoise_layer_dropout(0.2, "dropout"), h));
    return sketch_end(&s, &y, 1);
}

static void expect_place(const made_plan *p, int32_t buffer, int32_t place, const char *what)
{
    if (plan_buffer(p, buffer)->place != place)
        fail_msg("%s lies at place %d, expected %d", what, (int)plan_buffer(p, buffer)->place, (int)place);
}

/* What the update reads of all rows, x and dz of each trained kernel, outlives the blocks; the rest does not. */
static void what_the_update_reads_outlives_the_block(void **state)
{
    (void)state;
    made_plan p;
    plan_to_train(&p, dense_dropout_dense(), losses, BATCH, false, false);
    expect_place(&p, plan_input_of(&p, "first")->buffer, DENOISE__PLACE_BATCH, "x of the first product");
    expect_place(&p, plan_output_of(&p, "first")->buffer, DENOISE__PLACE_FRAME, "y of the first product");
    expect_place(&p, plan_output_of(&p, "first")->gradient, DENOISE__PLACE_BATCH, "dz of the first product");
    expect_place(&p, plan_input_of(&p, "last")->buffer, DENOISE__PLACE_BATCH, "x of the last product");
    expect_place(&p, plan_output_of(&p, "dropout")->gradient, DENOISE__PLACE_FRAME, "dx of the last product");
    expect_place(&p, plan_step(&p, "dropout")->state, DENOISE__PLACE_FRAME, "the mask");
    expect_place(&p, plan_output_of(&p, "last")->gradient, DENOISE__PLACE_BATCH, "dz of the last product");
    assert_int_equal(plan_output_of(&p, "last")->gradient, plan_output_of(&p, "last")->buffer); /* the loss writes it there */
    assert_int_equal(plan_input_of(&p, "first")->gradient, -1);                                 /* nobody wants it */
    plan_clear(&p);
}

/* Without trained kernels nothing is read after the block. */
static void frozen_layers_need_no_memory_of_the_batch(void **state)
{
    (void)state;
    made_plan p;
    denoise_model *model = dense_dropout_dense();
    ASSERT_OK(denoise_layer_set_trainable(denoise_model_layer(model, "first"), 0));
    plan_to_train(&p, model, losses, BATCH, false, false);
    expect_place(&p, plan_input_of(&p, "first")->buffer, DENOISE__PLACE_FRAME, "x of a frozen product");
    assert_int_equal(plan_output_of(&p, "first")->gradient, -1); /* it is not needed either */
    expect_place(&p, plan_input_of(&p, "last")->buffer, DENOISE__PLACE_BATCH, "x of the last product");
    plan_clear(&p);
}

/* What another segment reads. */
static void values_between_segments_outlive_the_block(void **state)
{
    (void)state;
    made_plan p;
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *h = sketch_dense(&s, 17, "relu", "first", s.x);
    h = sketch_dense(&s, 7, NULL, "last", sketch_put(&s, test_kind_layer("batch_wide", "wide", NULL), h));
    plan_to_predict(&p, sketch_end(&s, &h, 1), BATCH);
    expect_place(&p, plan_input_of(&p, "wide")->buffer, DENOISE__PLACE_BATCH, "what comes into the step across the batch");
    expect_place(&p, plan_output_of(&p, "wide")->buffer, DENOISE__PLACE_BATCH, "what goes out of it");
    expect_place(&p, plan_input_of(&p, "first")->buffer, DENOISE__PLACE_FRAME, "x of the first product");
    expect_place(&p, plan_output_of(&p, "last")->buffer, DENOISE__PLACE_FRAME, "y of the last product");
    plan_clear(&p);
}

/* Ten layers of one width take the room of two values: prediction forgets what it has used. */
static void a_frame_is_shared_by_lifetimes(void **state)
{
    (void)state;
    made_plan p;
    sketch s = sketch_begin((int64_t[]){160}, 1);
    denoise_node *h = s.x;
    for (int i = 0; i < 10; i++)
        h = sketch_dense(&s, 160, "relu", i == 0 ? "first" : NULL, h);
    plan_to_predict(&p, sketch_end(&s, &h, 1), BATCH);
    int64_t one = plan_buffer(&p, plan_input_of(&p, "first")->buffer)->size;
    assert_true(one >= p.plan->block_samples * 160 * (int64_t)sizeof(float));
    assert_true(p.plan->frame_bytes >= 2 * one && p.plan->frame_bytes < 3 * one);
    assert_int_equal(p.plan->batch_bytes, 0);
    plan_clear(&p);
}

/* A layer that may writes over what nobody reads any more; not over what another layer, or going back, still wants. */
static void outputs_lie_in_the_place_of_inputs(void **state)
{
    (void)state;
    made_plan p;
    for (int round = 0; round < 4; round++) {
        bool trains = round % 2 == 1, is_read_again = round >= 2;
        sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
        denoise_node *h = sketch_dense(&s, 20, "relu", "first", s.x);
        denoise_node *y = sketch_put(&s, denoise_layer_rescaling(0.5, 0.25, "scaled"), h);
        if (is_read_again) y = denoise_graph_apply_many(s.graph, denoise_layer_add(NULL), (denoise_node *[]){y, h}, 2);
        y = sketch_dense(&s, 7, NULL, "last", y);
        denoise_model *model = sketch_end(&s, &y, 1);
        if (trains)
            plan_to_train(&p, model, losses, BATCH, false, false);
        else
            plan_to_predict(&p, model, BATCH);
        const denoise__buffer *in = plan_buffer(&p, plan_input_of(&p, "scaled")->buffer);
        const denoise__buffer *out = plan_buffer(&p, plan_output_of(&p, "scaled")->buffer);
        bool is_in_place = in->place == out->place && in->offset == out->offset;
        assert_int_equal(is_in_place, !trains && !is_read_again); /* going back, relu looks at its output */
        plan_clear(&p);
    }
}

/* A gradient that is gone on with takes the place of the one that came, unless it is added to another. */
static void gradients_of_inputs_lie_in_the_place_of_those_of_outputs(void **state)
{
    (void)state;
    for (int is_read_again = 0; is_read_again < 2; is_read_again++) {
        made_plan p;
        sketch s = sketch_begin((int64_t[]){8, 8, 1}, 3);
        denoise_node *h = sketch_put(&s, denoise_layer_conv2d(2, 3, NULL, NULL), s.x);
        denoise_node *y = sketch_put(&s, denoise_layer_layer_normalization(NULL), h);
        if (is_read_again) y = denoise_graph_apply_many(s.graph, denoise_layer_add(NULL), (denoise_node *[]){y, h}, 2);
        y = sketch_put(&s, denoise_layer_conv2d(3, 3, NULL, NULL), y);
        plan_to_train(&p, sketch_end(&s, &y, 1), losses, BATCH, false, false);
        const denoise__step *step = plan_step(&p, "layer_normalization");
        const denoise__buffer *in = plan_buffer(&p, step->input_gradients[0]);
        const denoise__buffer *out = plan_buffer(&p, plan_output_of(&p, "layer_normalization")->gradient);
        assert_int_equal(in->overwrites >= 0 && &p.plan->buffers[in->overwrites] == out, is_read_again == 0);
        assert_int_equal(in->place == out->place && in->offset == out->offset, is_read_again == 0);
        plan_clear(&p);
    }
}

static bool share_bytes(const denoise__buffer *a, const denoise__buffer *b)
{
    return a->place == b->place && a->size > 0 && b->size > 0 && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

static void check_places(const denoise__plan *plan, const char *what)
{
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        const denoise__buffer *a = &plan->buffers[i];
        if (a->last < 0 || a->place == DENOISE__PLACE_CALLER) continue;
        int64_t room = a->place == DENOISE__PLACE_FRAME ? plan->frame_bytes : plan->batch_bytes;
        assert_true(a->offset >= 0 && a->offset % LINE == 0 && a->offset + a->size <= room);
        if (a->layout == DENOISE__LAYOUT_PANELS) assert_int_equal(a->stride / DENOISE__PANEL % 2, 1);
        for (int32_t k = 0; k < i; k++) {
            const denoise__buffer *b = &plan->buffers[k];
            if (b->last < 0 || b->place == DENOISE__PLACE_CALLER || !share_bytes(a, b)) continue;
            bool overwrites = a->overwrites == k && a->first == b->last;
            overwrites |= b->overwrites == i && b->first == a->last;
            if (a->overwrites >= 0 && b->overwrites == a->overwrites) overwrites |= a->first == b->last || b->first == a->last;
            if (a->first <= b->last && b->first <= a->last && !overwrites)
                fail_msg("%s: buffers %d and %d are both alive from %d on and share bytes", what, (int)k, (int)i,
                         (int)(a->first > b->first ? a->first : b->first));
        }
    }
    assert_true(plan->frames_offset >= plan->batch_bytes);
    assert_int_equal(plan->arena_bytes, plan->frames_offset + plan->slots * plan->frame_bytes);
}

static denoise_model *tangle(void)
{
    sketch s = sketch_begin((int64_t[]){COLUMNS}, 1);
    denoise_node *a = sketch_dense(&s, 20, "relu", NULL, s.x), *b = sketch_dense(&s, 20, "elu", NULL, a);
    denoise_node *c = sketch_put(&s, test_kind_layer("plain_rows", NULL, NULL), b);
    denoise_node *sum = denoise_graph_apply_many(s.graph, denoise_layer_add(NULL), (denoise_node *[]){a, b, c}, 3);
    denoise_node *wide = sketch_put(&s, test_kind_layer("batch_wide", NULL, NULL), sum);
    denoise_node *outputs[] = {sketch_dense(&s, 7, "softmax", NULL, sketch_put(&s, denoise_layer_dropout(0.1, NULL), wide)),
                               sketch_dense(&s, 5, "sigmoid", NULL, sum)};
    return sketch_end(&s, outputs, 2);
}

static void no_two_that_live_at_once_share_bytes(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        made_plan p;
        denoise_model *model = round % 2 == 0 ? tangle() : dense_dropout_dense();
        if (round < 2)
            plan_to_predict(&p, model, BATCH);
        else
            plan_to_train(&p, model, losses, round < 4 ? 33 : BATCH, round >= 6, round >= 4);
        check_places(p.plan, round < 2 ? "prediction" : "training");
        plan_clear(&p);
    }
}

static denoise_model *one_layer(const int64_t *shape, int32_t rank)
{
    sketch s = sketch_begin(shape, rank);
    denoise_node *y = sketch_dense(&s, 3, NULL, NULL, s.x);
    return sketch_end(&s, &y, 1);
}

static denoise_model *one_convolution(int64_t side, int64_t filters)
{
    sketch s = sketch_begin((int64_t[]){side, side, 1}, 3);
    denoise_node *y = denoise_graph_apply(s.graph, denoise_layer_conv2d(filters, 1, NULL, NULL), s.x);
    return sketch_end(&s, &y, 1);
}

static void expect_block(denoise_model *model, int64_t batch, int64_t predicting, int64_t training)
{
    made_plan p;
    denoise__model_retain(model);
    plan_to_predict(&p, model, batch);
    assert_int_equal(p.plan->block_samples, predicting);
    assert_int_equal(p.plan->blocks, (batch + predicting - 1) / predicting);
    plan_clear(&p);
    plan_to_train(&p, model, losses, batch, false, false);
    assert_int_equal(p.plan->block_samples, training);
    assert_int_equal(p.plan->blocks, (batch + training - 1) / training);
    plan_clear(&p);
}

/* By the shapes of the model alone, never by threads: sums of blocks are part of what the bits are. */
static void blocks_are_chosen_by_shape(void **state)
{
    (void)state;
    for (int32_t threads = 1; threads <= 3; threads++) {
        ASSERT_OK(denoise_set_num_threads(threads));
        expect_block(one_layer((int64_t[]){COLUMNS}, 1), 200, 48, 64);
        expect_block(one_layer((int64_t[]){COLUMNS}, 1), 5, 5, 5);
        /* large samples: fewer of them, but column sums of 64 rows stay within one block */
        expect_block(one_layer((int64_t[]){40000}, 1), 200, 24, 64);
        expect_block(one_layer((int64_t[]){64, 1000}, 2), 200, 12, 16);
        /* pictures: few, unless the blocks' sums of weights would take more memory than values */
        expect_block(one_convolution(32, 32), 200, 3, 4);
        expect_block(one_convolution(256, 32), 200, 3, 1);
        expect_block(one_convolution(2, 40000), 200, 3, 1);
    }
    ASSERT_OK(denoise_set_num_threads(0));
}

static int setup(void **state)
{
    test_kinds_add();
    return use_native_engine(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_update_reads_outlives_the_block),
        cmocka_unit_test(frozen_layers_need_no_memory_of_the_batch),
        cmocka_unit_test(values_between_segments_outlive_the_block),
        cmocka_unit_test(a_frame_is_shared_by_lifetimes),
        cmocka_unit_test(outputs_lie_in_the_place_of_inputs),
        cmocka_unit_test(gradients_of_inputs_lie_in_the_place_of_those_of_outputs),
        cmocka_unit_test(no_two_that_live_at_once_share_bytes),
        cmocka_unit_test(blocks_are_chosen_by_shape),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
