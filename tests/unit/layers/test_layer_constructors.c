/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/layer.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <string.h>

static const int64_t shape[] = {4, 2};

static denoise_layer *make_input(const char *name)
{
    return denoise_layer_input(shape, 2, name);
}

static denoise_layer *make_dense(const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    options.kernel_regularizer = "l2(0.5)";
    return denoise_layer_dense(3, "relu", &options);
}

static denoise_layer *make_activation(const char *name)
{
    return denoise_layer_activation("tanh", name);
}

static denoise_layer *make_reshape(const char *name)
{
    return denoise_layer_reshape(shape, 2, name);
}

static denoise_layer *make_dropout(const char *name)
{
    return denoise_layer_dropout(0.5, name);
}

static denoise_layer *make_noise(const char *name)
{
    return denoise_layer_gaussian_noise(0.5, name);
}

static denoise_layer *make_rescaling(const char *name)
{
    return denoise_layer_rescaling(2, 1, name);
}

static denoise_layer *make_concatenate(const char *name)
{
    return denoise_layer_concatenate(1, name);
}

static denoise_layer *make_batch_normalization(const char *name)
{
    denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    options.name = name;
    options.gamma_regularizer = "l2(0.5)";
    return denoise_layer_batch_normalization(&options);
}

static denoise_layer *make_layer_normalization(const char *name)
{
    denoise_layer_normalization_options options = DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT;
    options.name = name;
    options.axes = shape, options.axis_count = 2;
    options.beta_constraint = "max_norm(2)";
    return denoise_layer_layer_normalization(&options);
}

static denoise_layer *make_group_normalization(const char *name)
{
    denoise_group_normalization_options options = DENOISE_GROUP_NORMALIZATION_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_group_normalization(2, &options);
}

static denoise_layer *make_rms_normalization(const char *name)
{
    return denoise_layer_rms_normalization(NULL, 0, 1e-5, name);
}

static denoise_layer *make_unit_normalization(const char *name)
{
    return denoise_layer_unit_normalization(shape, 2, name);
}

static denoise_layer *make_spatial_dropout1d(const char *name)
{
    return denoise_layer_spatial_dropout1d(0.5, name);
}

static denoise_layer *make_spatial_dropout2d(const char *name)
{
    return denoise_layer_spatial_dropout2d(0.5, "channels_first", name);
}

static denoise_layer *make_spatial_dropout3d(const char *name)
{
    return denoise_layer_spatial_dropout3d(0.5, NULL, name);
}

static const struct {
    denoise_layer *(*make)(const char *name);
    const char *class_name;
} constructors[] = {
    {make_input, "InputLayer"},
    {make_dense, "Dense"},
    {make_activation, "Activation"},
    {denoise_layer_flatten, "Flatten"},
    {make_reshape, "Reshape"},
    {make_dropout, "Dropout"},
    {make_noise, "GaussianNoise"},
    {make_rescaling, "Rescaling"},
    {denoise_layer_add, "Add"},
    {make_concatenate, "Concatenate"},
    {make_batch_normalization, "BatchNormalization"},
    {make_layer_normalization, "LayerNormalization"},
    {make_group_normalization, "GroupNormalization"},
    {make_rms_normalization, "RMSNormalization"},
    {make_unit_normalization, "UnitNormalization"},
    {make_spatial_dropout1d, "SpatialDropout1D"},
    {make_spatial_dropout2d, "SpatialDropout2D"},
    {make_spatial_dropout3d, "SpatialDropout3D"},
};
enum { CONSTRUCTORS = sizeof constructors / sizeof *constructors };

static void each_makes_a_sound_layer(void **state)
{
    (void)state;
    assert_int_equal(CONSTRUCTORS, denoise__layer_registry.count);
    for (int i = 0; i < CONSTRUCTORS; i++) {
        denoise_layer *layer = constructors[i].make(NULL), *named = constructors[i].make("my_layer");
        assert_int_equal(denoise_layer_status(layer), DENOISE_OK);
        assert_string_equal(denoise_layer_error(layer), "");
        assert_string_equal(denoise_layer_class_name(layer), constructors[i].class_name);
        assert_string_equal(denoise_layer_name(layer), "");
        assert_string_equal(denoise_layer_name(named), "my_layer");
        assert_int_equal(denoise_layer_trainable(layer), 1);
        denoise_layer_free(layer);
        denoise_layer_free(named);
    }
}

static void each_goes_the_way_of_create(void **state)
{
    (void)state;
    for (int i = 0; i < CONSTRUCTORS; i++) {
        denoise_layer *layer = constructors[i].make("my_layer"), *twin;
        denoise_params *params, *again;
        assert_int_equal(denoise_layer_params(&params, layer), DENOISE_OK);
        assert_int_equal(denoise_layer_create(&twin, constructors[i].class_name, params), DENOISE_OK);
        assert_int_equal(denoise_layer_params(&again, twin), DENOISE_OK);
        assert_int_equal(denoise_params_count(again), denoise_params_count(params));
        for (int64_t k = 0; k < denoise_params_count(params); k++) {
            const char *key = denoise_params_key(params, k);
            assert_int_equal(denoise_params_type(again, key), denoise_params_type(params, key));
        }
        denoise_params_free(params);
        denoise_params_free(again);
        denoise_layer_free(layer);
        denoise_layer_free(twin);
    }
}

static void names_with_a_slash_or_too_long_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < CONSTRUCTORS; i++) {
        denoise_layer *layer = constructors[i].make("a/b");
        assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_INVALID);
        assert_non_null(strstr(denoise_layer_error(layer), "name is \"a/b\", expected one without \"/\""));
        denoise_layer_free(layer);
        char name[DENOISE__TEXT_SIZE + 1];
        memset(name, 'n', sizeof name);
        name[DENOISE__TEXT_SIZE] = '\0';
        layer = constructors[i].make(name);
        assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_RANGE);
        denoise_layer_free(layer);
    }
}

static void create_by_name_and_its_errors(void **state)
{
    (void)state;
    denoise_layer *layer = NULL;
    assert_int_equal(denoise_layer_create(&layer, "Flatten", NULL), DENOISE_OK);
    denoise_layer_free(layer);
    assert_int_equal(denoise_layer_create(NULL, "flatten", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_layer_create(&layer, NULL, NULL), DENOISE_ERR_NULL);
    assert_null(layer);
    assert_int_equal(denoise_layer_create(&layer, "flattn", NULL), DENOISE_ERR_NAME);
    assert_null(layer);
    assert_int_equal(denoise_layer_create(&layer, "dense", NULL), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "dense: units must be given");
    assert_null(layer);
}

static void unknown_parameters_are_refused(void **state)
{
    (void)state;
    denoise_layer *layer;
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "unit", 3), DENOISE_OK);
    assert_int_equal(denoise_layer_create(&layer, "dense", params), DENOISE_ERR_NAME);
    assert_non_null(strstr(denoise_last_error(), "dense: unknown parameter \"unit\""));
    denoise_params_free(params);
}

static void an_adopted_layer_is_not_freed_by_the_caller(void **state)
{
    (void)state;
    int owner;
    denoise_layer *layer = denoise_layer_flatten(NULL);
    assert_int_equal(denoise__part_adopt(&layer->part, &owner), DENOISE_OK);
    denoise_layer_free(layer);
    assert_string_equal(denoise_layer_class_name(layer), "Flatten");
    denoise__layer_release(layer);
    denoise_layer_free(NULL);
    denoise__layer_release(NULL);
}

static void options_init_writes_the_defaults(void **state)
{
    (void)state;
    denoise_dense_options options;
    denoise_dense_options_init(&options);
    assert_int_equal(options.struct_size, sizeof options);
    assert_string_equal(options.kernel_initializer, "glorot_uniform");
    assert_string_equal(options.bias_initializer, "zeros");
    assert_null(options.name);
    assert_null(options.kernel_regularizer);
    assert_null(options.bias_regularizer);
    assert_int_equal(options.use_bias, 1);
    assert_int_equal(options.trainable, 1);
    denoise_dense_options_init(NULL);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int i = 0; i < CONSTRUCTORS; i++) {
        for (int64_t n = 1;; n++) {
            failing_alloc_arm(n, false);
            denoise_layer *layer = constructors[i].make("my_layer");
            bool failed = failing_alloc_disarm();
            assert_non_null(layer);
            assert_int_equal(denoise_layer_status(layer), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            assert_true(failed == (strstr(denoise_layer_error(layer), "out of memory") != NULL));
            denoise_layer_free(layer);
            assert_int_equal(failing_alloc_live(), 0);
            if (!failed) break;
        }
    }
    failing_alloc_remove();
}

static void no_memory_at_all(void **state)
{
    (void)state;
    failing_alloc_install();
    failing_alloc_arm(1, true);
    denoise_layer *layer = denoise_layer_add(NULL), *created;
    assert_int_equal(denoise_layer_create(&created, "add", NULL), DENOISE_ERR_NOMEM);
    failing_alloc_disarm();
    assert_null(created);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_NOMEM);
    assert_string_equal(denoise_layer_class_name(layer), "");
    assert_int_equal(denoise_layer_set_trainable(layer, 1), DENOISE_ERR_NOMEM);
    denoise_layer_free(layer);
    denoise_layer_free(layer); /* the static one: nothing happens */
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_makes_a_sound_layer),
        cmocka_unit_test(each_goes_the_way_of_create),
        cmocka_unit_test(names_with_a_slash_or_too_long_are_refused),
        cmocka_unit_test(create_by_name_and_its_errors),
        cmocka_unit_test(unknown_parameters_are_refused),
        cmocka_unit_test(an_adopted_layer_is_not_freed_by_the_caller),
        cmocka_unit_test(options_init_writes_the_defaults),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(no_memory_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
