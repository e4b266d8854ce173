/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/layer.h"
#include "layers/weight_lock.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <pthread.h>

static const denoise__shape row = {1, {3}};

static denoise_layer *built(void)
{
    denoise__shape output;
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = "head";
    denoise_layer *layer = denoise_layer_dense(2, NULL, &options);
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
    denoise__layer_initialize(layer, 1, 0);
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
    assert_int_equal(denoise__layer_apply_shapes(layer, &row, 1, &output), DENOISE_OK);
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

static void every_allocation_may_fail(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_go_in_and_out),
        cmocka_unit_test(wrong_weights_are_refused),
        cmocka_unit_test(weights_have_no_values_before_a_model_is_built),
        cmocka_unit_test(weights_in_use_are_busy),
        cmocka_unit_test(the_writers_own_thread_may_go_on),
        cmocka_unit_test(params_tell_the_present_state),
        cmocka_unit_test(params_of_no_layer),
        cmocka_unit_test(getters_of_null_and_inert_layers),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
