/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "layers/weight_lock.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

static const denoise__shape row = {1, {5}};

static void weights_are_made_once_and_aligned(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = denoise_layer_dense(3, NULL, NULL);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    assert_true(layer->is_built);
    const float *kernel = denoise__weight_values(&layer->weights[0]);
    assert_int_equal((uintptr_t)kernel % 64, 0);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    assert_ptr_equal(denoise__weight_values(&layer->weights[0]), kernel);
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
        assert_int_equal(denoise__layers_initialize(&layer, 1, 9, position), DENOISE_OK);
        assert_int_equal(denoise__initialize(layer->weights[0].spec.initializer, &layer->weights[0].spec.shape, 9,
                                             denoise__stream(DENOISE__STREAM_WEIGHTS, (uint64_t)position, 0, 0), expected),
                         DENOISE_OK);
        assert_memory_equal(denoise__weight_values(&layer->weights[0]), expected, sizeof expected);
        for (int i = 0; i < 3; i++)
            assert_true(denoise__weight_values(&layer->weights[1])[i] == 0);
        denoise__weight_values(&layer->weights[0])[0] = 42;
        assert_int_equal(denoise__layers_initialize(&layer, 1, 10, position), DENOISE_OK); /* has values: nothing happens */
        assert_true(denoise__weight_values(&layer->weights[0])[0] == 42);
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
    float *outputs[] = {values};
    denoise__layer_args args = {.output_shapes = &shape, .outputs = outputs, .pre_activation = kept, .activation = &relu};
    denoise__layer_finish(&args, 1, 1);
    assert_true(values[0] == -1 && values[2] == 0 && values[3] == 4);
    assert_true(kept[0] == 0 && kept[2] == -3 && kept[3] == 4);
    args.output_shapes = &number;
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
    assert_false(layer->is_built);
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
        assert_false(layer->is_built);
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

static const denoise__shape three = {1, {3}};

static denoise_layer *built(void)
{
    denoise__shape output;
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = "head";
    denoise_layer *layer = denoise_layer_dense(2, NULL, &options);
    assert_int_equal(denoise__layer_apply_shapes(layer, &three, 1, &output), DENOISE_OK);
    assert_int_equal(denoise__layers_initialize(&layer, 1, 1, 0), DENOISE_OK);
    return layer;
}

static denoise_tensor *tensor(int32_t dtype, int64_t rows, int64_t columns, const void *data)
{
    denoise_tensor *value;
    assert_int_equal(denoise_tensor_from_data(&value, dtype, (int64_t[]){rows, columns}, 2, data), DENOISE_OK);
    return value;
}

static void weights_go_in_and_out(void **state)
{
    (void)state;
    static const double numbers[] = {1, 2, 3, 4, 5, 6};
    denoise_layer *layer = built();
    denoise_tensor *value = tensor(DENOISE_FLOAT64, 3, 2, numbers), *back;
    assert_int_equal(denoise_layer_set_weight(layer, 0, value), DENOISE_OK);
    assert_int_equal(denoise_layer_get_weight(&back, layer, 0), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(back), DENOISE_FLOAT32);
    for (int64_t i = 0; i < 6; i++)
        assert_true(((const float *)denoise_tensor_const_data(back))[i] == (float)numbers[i]);
    denoise_tensor_free(value);
    denoise_tensor_free(back);
    denoise_layer_free(layer);
}

static void wrong_weights_are_refused(void **state)
{
    (void)state;
    static const float numbers[6] = {0};
    denoise_layer *layer = built();
    denoise_tensor *wrong = tensor(DENOISE_FLOAT32, 2, 3, numbers), *out = wrong;
    assert_int_equal(denoise_layer_set_weight(layer, 0, wrong), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "value has shape (2, 3), weight \"kernel\" of layer \"head\" has (3, 2)");
    assert_int_equal(denoise_layer_set_weight(layer, 2, wrong), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "layer \"head\" has no weight 2, it has 2");
    assert_int_equal(denoise_layer_get_weight(&out, layer, -1), DENOISE_ERR_RANGE);
    assert_null(out);
    assert_int_equal(denoise_layer_set_weight(NULL, 0, wrong), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_set_weight(layer, 0, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_get_weight(NULL, layer, 0), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_get_weight(&out, NULL, 0), DENOISE_ERR_NULL);
    denoise_tensor_free(wrong);
    denoise_layer_free(layer);
}

static void weights_have_no_values_before_a_model_is_built(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_tensor *out;
    denoise_layer *layer = denoise_layer_dense(2, NULL, NULL);
    assert_int_equal(denoise_layer_weight_count(layer), 0);
    assert_int_equal(denoise_layer_count_params(layer), 0);
    assert_int_equal(denoise__layer_apply_shapes(layer, &three, 1, &output), DENOISE_OK);
    assert_int_equal(denoise_layer_get_weight(&out, layer, 0), DENOISE_ERR_STATE);
    assert_string_equal(denoise_last_error(), "the weights of layer \"\" have no values before a model is built");
    denoise_layer_free(layer);
}

static void *claim(void *context)
{
    denoise_layer *layer = context;
    assert_true(denoise__weight_lock_claim(&layer->lock));
    return NULL;
}

static void weights_in_use_are_busy(void **state)
{
    (void)state;
    static const float numbers[6] = {0};
    denoise_layer *layer = built();
    denoise_tensor *value = tensor(DENOISE_FLOAT32, 3, 2, numbers), *out;
    assert_true(denoise__weight_lock_share(&layer->lock));
    assert_int_equal(denoise_layer_set_weight(layer, 0, value), DENOISE_ERR_BUSY);
    assert_string_equal(denoise_last_error(), "the weights of layer \"head\" are in use by another call");
    assert_int_equal(denoise_layer_get_weight(&out, layer, 0), DENOISE_OK);
    denoise_tensor_free(out);
    denoise__weight_lock_unshare(&layer->lock);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, claim, layer), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(denoise_layer_get_weight(&out, layer, 0), DENOISE_ERR_BUSY);
    assert_int_equal(denoise_layer_set_weight(layer, 0, value), DENOISE_ERR_BUSY);
    denoise__weight_lock_unclaim(&layer->lock);
    denoise_tensor_free(value);
    denoise_layer_free(layer);
}

static void the_writers_own_thread_may_go_on(void **state)
{
    (void)state;
    static const float numbers[6] = {0};
    denoise_layer *layer = built();
    denoise_tensor *value = tensor(DENOISE_FLOAT32, 3, 2, numbers), *out;
    assert_true(denoise__weight_lock_claim(&layer->lock));
    assert_int_equal(denoise_layer_set_weight(layer, 0, value), DENOISE_OK);
    assert_int_equal(denoise_layer_get_weight(&out, layer, 0), DENOISE_OK);
    assert_true(denoise__weight_lock_is_mine(&layer->lock));
    denoise__weight_lock_unclaim(&layer->lock);
    denoise_tensor_free(value);
    denoise_tensor_free(out);
    denoise_layer_free(layer);
}

static void params_tell_the_present_state(void **state)
{
    (void)state;
    denoise_params *params;
    const char *text;
    int32_t flag;
    int64_t units;
    denoise_layer *layer = built();
    assert_int_equal(denoise_layer_set_trainable(layer, 0), DENOISE_OK);
    assert_int_equal(denoise_layer_trainable(layer), 0);
    assert_int_equal(denoise_layer_params(&params, layer), DENOISE_OK);
    assert_int_equal(denoise_params_get_text(params, "name", &text), DENOISE_OK);
    assert_string_equal(text, "head");
    assert_int_equal(denoise_params_get_bool(params, "trainable", &flag), DENOISE_OK);
    assert_int_equal(flag, 0);
    assert_int_equal(denoise_params_get_int(params, "units", &units), DENOISE_OK);
    assert_int_equal(units, 2);
    denoise_layer *twin;
    assert_int_equal(denoise_layer_create(&twin, "Dense", params), DENOISE_OK);
    assert_string_equal(denoise_layer_name(twin), "head");
    assert_int_equal(denoise_layer_trainable(twin), 0);
    denoise_layer_free(twin);
    denoise_params_free(params);
    denoise_layer_free(layer);
}

static void params_of_no_layer(void **state)
{
    (void)state;
    denoise_params *params;
    denoise_layer *inert = denoise_layer_dense(0, NULL, NULL), *layer = denoise_layer_flatten(NULL);
    assert_int_equal(denoise_layer_params(NULL, layer), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_params(&params, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_params(&params, inert), DENOISE_ERR_RANGE);
    assert_null(params);
    assert_int_equal(denoise_layer_set_trainable(NULL, 1), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_set_trainable(inert, 1), DENOISE_ERR_RANGE);
    denoise_layer_free(inert);
    denoise_layer_free(layer);
}

static void getters_of_null_and_inert_layers(void **state)
{
    (void)state;
    denoise_layer *inert = denoise_layer_dense(0, NULL, NULL);
    assert_int_equal(denoise_layer_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_layer_error(NULL), denoise_status_text(DENOISE_ERR_NULL));
    assert_string_equal(denoise_layer_name(NULL), "");
    assert_string_equal(denoise_layer_class_name(NULL), "");
    assert_int_equal(denoise_layer_trainable(NULL), 0);
    assert_int_equal(denoise_layer_weight_count(NULL), 0);
    assert_null(denoise_layer_weight_name(NULL, 0));
    assert_null(denoise_layer_weight_name(inert, 0));
    assert_int_equal(denoise_layer_count_params(NULL), 0);
    assert_string_equal(denoise_layer_name(inert), "");
    assert_string_equal(denoise_layer_class_name(inert), "Dense");
    assert_int_equal(denoise_layer_trainable(inert), 0);
    denoise_layer_free(inert);
}

static void every_allocation_of_a_getter_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_layer *layer = built();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = NULL;
        failing_alloc_arm(n, false);
        denoise_status status = denoise_layer_get_weight(&out, layer, 0);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise_tensor_free(out);
        if (!failed) break;
    }
    for (int64_t n = 1;; n++) {
        denoise_params *params = NULL;
        failing_alloc_arm(n, false);
        denoise_status status = denoise_layer_params(&params, layer);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise_params_free(params);
        if (!failed) break;
    }
    denoise_layer_free(layer);
    failing_alloc_remove();
}

/* A kind that is particular about its two inputs, and one whose weights follow from all of the input's shape. */
typedef struct plain_config {
    denoise__layer_config layer;
    denoise__kind_ref initializer;
} plain_config;

static const denoise__param plain_params[] = {
    DENOISE__LAYER_PARAMS(plain_config),
    DENOISE__PARAM_KIND(plain_config, initializer, "ones", 0, &denoise__initializer_registry, "first values"),
};

static denoise_status infer_first(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)config, (void)count;
    outputs[0] = inputs[0];
    return DENOISE_OK;
}

static denoise_status do_nothing(const denoise__layer_args *args)
{
    (void)args;
    return DENOISE_OK;
}

static void picky_spec(const void *config, const denoise__shape *shapes, int32_t index, denoise__input_spec *spec)
{
    (void)config;
    spec->min_rank = index == 0 ? 2 : 1;
    spec->max_rank = index == 0 ? 3 : 1;
    if (index == 0) spec->from_end[1] = 4;
    if (index == 0 && shapes != NULL) spec->from_end[0] = shapes[0].dim[shapes[0].rank - 1];
}

static int32_t one_per_axis(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    static const char *const names[] = {"a", "b", "c"};
    (void)count;
    for (int32_t i = 0; specs != NULL && i < inputs->rank; i++) {
        specs[i] = (denoise__weight_spec){.name = names[i],
                                          .shape = {1, {inputs->dim[i]}},
                                          .initializer = &((const plain_config *)config)->initializer,
                                          .trainable = i != 1};
    }
    return inputs->rank;
}

static const denoise__layer_kind picky = {
    .base = {.name = "picky",
             .class_name = "Picky",
             .doc = "two inputs",
             .config_size = sizeof(plain_config),
             .params = plain_params,
             .param_count = 3},
    .min_inputs = 2,
    .max_inputs = 2,
    .input_spec = picky_spec,
    .infer = infer_first,
    .forward = do_nothing,
    .backward = do_nothing,
};
static const denoise__layer_kind axes = {
    .base = {.name = "axes",
             .class_name = "Axes",
             .doc = "a weight per axis",
             .config_size = sizeof(plain_config),
             .params = plain_params,
             .param_count = 3},
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer_first,
    .weights = one_per_axis,
    .forward = do_nothing,
    .backward = do_nothing,
};

static denoise_layer *layer_of(const denoise__layer_kind *kind)
{
    denoise_layer *layer;
    if (denoise__registry_find(&denoise__layer_registry, kind->base.name) == NULL)
        assert_int_equal(denoise__registry_add(&denoise__layer_registry, &kind->base), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, kind->base.name, NULL), DENOISE_OK);
    return layer;
}

static void expect_refused(denoise_layer *layer, const denoise__shape *shapes, int32_t count, const char *message)
{
    denoise__shape output;
    assert_int_equal(denoise__layer_apply_shapes(layer, shapes, count, &output), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), message);
}

static void inputs_are_checked_with_one_text(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = layer_of(&picky);
    expect_refused(layer, (denoise__shape[]){{1, {3}}, {1, {3}}}, 2, "input 0 has shape (None, 3), expected at least 3 axes");
    expect_refused(layer, (denoise__shape[]){{4, {1, 2, 4, 3}}, {1, {3}}}, 2,
                   "input 0 has shape (None, 1, 2, 4, 3), expected at most 4 axes");
    expect_refused(layer, (denoise__shape[]){{2, {4, 3}}, {2, {3, 3}}}, 2, "input 1 has shape (None, 3, 3), expected 2 axes");
    expect_refused(layer, (denoise__shape[]){{3, {2, 5, 3}}, {1, {3}}}, 2,
                   "input 0 has shape (None, 2, 5, 3), expected (*, *, 4, *)");
    assert_false(layer->is_built);
    assert_int_equal(denoise__layer_apply_shapes(layer, (denoise__shape[]){{2, {4, 3}}, {1, {9}}}, 2, &output), DENOISE_OK);
    expect_refused(layer, (denoise__shape[]){{2, {4, 5}}, {1, {9}}}, 2, "input 0 has shape (None, 4, 5), expected (*, 4, 3)");
    assert_int_equal(denoise__layer_apply_shapes(layer, (denoise__shape[]){{3, {7, 4, 3}}, {1, {2}}}, 2, &output), DENOISE_OK);
    denoise_layer_free(layer);
}

static void later_applications_must_need_the_same_weights(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = layer_of(&axes);
    assert_int_equal(denoise__layer_apply_shapes(layer, &(denoise__shape){2, {4, 3}}, 1, &output), DENOISE_OK);
    assert_int_equal(denoise__layer_apply_shapes(layer, &(denoise__shape){2, {4, 3}}, 1, &output), DENOISE_OK);
    expect_refused(layer, &(denoise__shape){2, {4, 5}}, 1,
                   "these inputs need weight \"b\" of shape (5,), it was made with (3,)");
    expect_refused(layer, &(denoise__shape){1, {4}}, 1, "these inputs need 1 weights, the layer was made with 2");
    denoise_layer_free(layer);
}

static void weights_are_variables(void **state)
{
    (void)state;
    denoise__shape output;
    denoise_layer *layer = layer_of(&axes);
    assert_int_equal(denoise__layer_apply_shapes(layer, &(denoise__shape){2, {4, 3}}, 1, &output), DENOISE_OK);
    const denoise__variable *a = &layer->weights[0].variable, *b = &layer->weights[1].variable;
    assert_string_equal(a->name, "a");
    assert_int_equal(a->role, DENOISE__VARIABLE_WEIGHT);
    assert_int_equal(b->role, DENOISE__VARIABLE_STATISTIC);
    assert_int_equal(a->dtype, DENOISE_FLOAT32);
    assert_int_equal(a->rank, 1);
    assert_int_equal(a->dim[0], 4);
    assert_int_equal(b->count, 3);
    assert_int_equal(layer->output_count, 1);
    assert_true(denoise__shape_equal(&layer->output_shapes[0], &output));
    denoise_layer_free(layer);
}

static void versions_and_finite_numbers(void **state)
{
    (void)state;
    int32_t weight = -1;
    int64_t element = -1;
    denoise_layer *layer = built();
    assert_true(denoise__layer_is_finite(layer, &weight, &element));
    denoise__weight_values(&layer->weights[1])[1] = NAN;
    for (int32_t i = 0; i < layer->weight_count; i++)
        denoise__variable_touch_finite(&layer->weights[i].variable);
    assert_true(denoise__layer_is_finite(layer, &weight, &element)); /* as the writer has said */
    denoise__variable_touch(&layer->weights[1].variable);
    assert_false(denoise__layer_is_finite(layer, &weight, &element));
    assert_int_equal(weight, 1);
    assert_int_equal(element, 1);
    denoise_layer_free(layer);
}

static denoise_status note_path(void *context, const char *path, denoise__variable *variable)
{
    char *all = context;
    (void)variable;
    strcat(strcat(all, path), " ");
    return DENOISE_OK;
}

static void a_visit_names_each_weight(void **state)
{
    (void)state;
    char all[128] = "";
    denoise_layer *layer = built();
    const denoise__visitor visitor = {.variable = note_path, .context = all};
    assert_int_equal(denoise__layer_visit(layer, "in/head", &visitor), DENOISE_OK);
    assert_string_equal(all, "in/head/kernel in/head/bias ");
    denoise_layer_free(layer);
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
        cmocka_unit_test(inputs_are_checked_with_one_text),
        cmocka_unit_test(later_applications_must_need_the_same_weights),
        cmocka_unit_test(weights_are_variables),
        cmocka_unit_test(versions_and_finite_numbers),
        cmocka_unit_test(a_visit_names_each_weight),
        cmocka_unit_test(weights_go_in_and_out),
        cmocka_unit_test(wrong_weights_are_refused),
        cmocka_unit_test(weights_have_no_values_before_a_model_is_built),
        cmocka_unit_test(weights_in_use_are_busy),
        cmocka_unit_test(the_writers_own_thread_may_go_on),
        cmocka_unit_test(params_tell_the_present_state),
        cmocka_unit_test(params_of_no_layer),
        cmocka_unit_test(getters_of_null_and_inert_layers),
        cmocka_unit_test(every_allocation_of_a_getter_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
