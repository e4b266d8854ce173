/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <string.h>

static const denoise__shape row = {1, {5}};

static void weights_are_made_once_and_aligned(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    assert_true(layer->built);
    const float *kernel = layer->weights[0].values;
    assert_int_equal((uintptr_t)kernel % 64, 0);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    assert_ptr_equal(layer->weights[0].values, kernel);
    assert_int_equal(denoise__layer_param_count(layer), 18);
    denoise_layer_free(layer);
}

static void initial_values_follow_seed_and_position(void **state)
{
    (void)state;
    denoise__shape output;
    float expected[15];
    for (int64_t position = 0; position < 3; position++) {
        denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
        assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
        denoise__layer_initialize(layer, 9, position);
        denoise__initialize(layer->weights[0].spec.initializer, &layer->weights[0].spec.shape, 9,
                            denoise__stream(DENOISE__STREAM_WEIGHTS, (uint64_t)position, 0, 0), expected);
        assert_memory_equal(layer->weights[0].values, expected, sizeof expected);
        for (int i = 0; i < 3; i++)
            assert_true(layer->weights[1].values[i] == 0);
        layer->weights[0].values[0] = 42;
        denoise__layer_initialize(layer, 10, position); /* has values: nothing happens */
        assert_true(layer->weights[0].values[0] == 42);
        denoise_layer_free(layer);
    }
}

static void finish_keeps_and_applies(void **state)
{
    (void)state;
    denoise__kind_ref relu;
    denoise__shape shape = {1, {2}}, number = {0, {0}};
    assert_int_equal(denoise__kind_ref_make(&relu, &denoise__activation_registry, "relu", NULL), DENOISE_OK);
    float values[] = {-1, 2, -3, 4}, kept[4] = {0};
    denoise__layer_args args = {.output_shape = &shape, .output = values, .pre_activation = kept, .activation = &relu};
    denoise__layer_finish(&args, 1, 1);
    assert_true(values[0] == -1 && values[2] == 0 && values[3] == 4);
    assert_true(kept[0] == 0 && kept[2] == -3 && kept[3] == 4);
    args.output_shape = &number;
    denoise__layer_finish(&args, 0, 1);
    assert_true(values[0] == 0 && kept[0] == -1);
    args.activation = NULL;
    values[0] = -7;
    denoise__layer_finish(&args, 0, 1);
    assert_true(values[0] == -7 && kept[0] == -7);
    args.pre_activation = NULL;
    denoise__layer_finish(&args, 0, 4);
    denoise__kind_ref_clear(&relu);
}

static void an_inert_layer_tells_its_failure(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = denoise_layer_dense(0, NULL, NULL);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "dense: units is 0, expected units >= 1");
    denoise_layer_free(layer);
}

static void a_failed_first_application_leaves_no_trace(void **state)
{
    (void)state;
    static const denoise__shape bad = {0, {0}};
    denoise__shape output;
    denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
    assert_int_equal(denoise__layer_apply_shapes(layer, &bad, 1, &output), DENOISE_ERR_SHAPE);
    assert_false(layer->built);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    denoise_layer_free(layer);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
    for (int64_t n = 1;; n++) {
        denoise__shape output;
        int64_t before = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise__layer_apply_shapes(layer, &row, 1, &output);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (!failed) break;
        assert_int_equal(failing_alloc_live(), before);
        assert_false(layer->built);
    }
    denoise_layer_free(layer);
    failing_alloc_remove();
}

static void kinds_keep_the_rules_of_the_runner(void **state)
{
    (void)state;
    for (int32_t i = 0; i < denoise__layer_registry.count; i++) {
        const denoise__layer_kind *kind = (const denoise__layer_kind *)(const void *)denoise__layer_registry.kinds[i];
        assert_non_null(kind->infer);
        assert_true(kind->min_inputs <= kind->max_inputs);
        assert_true(kind->is_alias == (kind->forward == NULL));
        assert_true(kind->is_alias == (kind->backward == NULL));
        assert_string_equal(kind->base.params[0].name, "name");
        assert_string_equal(kind->base.params[1].name, "trainable");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_made_once_and_aligned),
        cmocka_unit_test(initial_values_follow_seed_and_position),
        cmocka_unit_test(finish_keeps_and_applies),
        cmocka_unit_test(an_inert_layer_tells_its_failure),
        cmocka_unit_test(a_failed_first_application_leaves_no_trace),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(kinds_keep_the_rules_of_the_runner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
