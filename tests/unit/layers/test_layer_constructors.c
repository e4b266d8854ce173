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

static denoise_conv_options conv_named(const char *name)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.name = name;
    return options;
}

#define MAKE_CONV(kind, ...)                                                                                                   \
    static denoise_layer *make_##kind(const char *name)                                                                        \
    {                                                                                                                          \
        const denoise_conv_options options = conv_named(name);                                                                 \
        return denoise_layer_##kind(__VA_ARGS__, 2, "relu", &options);                                                         \
    }
#define MAKE_DEPTHWISE(kind)                                                                                                   \
    static denoise_layer *make_##kind(const char *name)                                                                        \
    {                                                                                                                          \
        const denoise_conv_options options = conv_named(name);                                                                 \
        return denoise_layer_##kind(2, "relu", &options);                                                                      \
    }
MAKE_CONV(conv1d, 3)
MAKE_CONV(conv2d, 3)
MAKE_CONV(conv3d, 3)
MAKE_CONV(conv1d_transpose, 3)
MAKE_CONV(conv2d_transpose, 3)
MAKE_CONV(conv3d_transpose, 3)
MAKE_CONV(separable_conv1d, 3)
MAKE_CONV(separable_conv2d, 3)
MAKE_DEPTHWISE(depthwise_conv1d)
MAKE_DEPTHWISE(depthwise_conv2d)

static denoise_layer *make_relu(const char *name)
{
    denoise_relu_options options = DENOISE_RELU_OPTIONS_INIT;
    options.name = name;
    options.max_value = 6;
    return denoise_layer_relu(&options);
}

static denoise_layer *make_leaky_relu(const char *name)
{
    return denoise_layer_leaky_relu(0.1, name);
}

static denoise_layer *make_elu(const char *name)
{
    return denoise_layer_elu(0.5, name);
}

static denoise_layer *make_prelu(const char *name)
{
    denoise_prelu_options options = DENOISE_PRELU_OPTIONS_INIT;
    options.name = name;
    options.alpha_initializer = "ones";
    options.shared_axes = shape;
    options.shared_axis_count = 2;
    return denoise_layer_prelu(&options);
}

static denoise_layer *make_softmax(const char *name)
{
    return denoise_layer_softmax(-1, name);
}

#define MAKE(kind, ...)                                                                                                        \
    static denoise_layer *make_##kind(const char *name)                                                                        \
    {                                                                                                                          \
        return denoise_layer_##kind(__VA_ARGS__, name);                                                                        \
    }
#define MAKE_POOLING(kind)                                                                                                     \
    static denoise_layer *make_##kind(const char *name)                                                                        \
    {                                                                                                                          \
        denoise_pooling_options options = DENOISE_POOLING_OPTIONS_INIT;                                                        \
        options.name = name;                                                                                                   \
        options.strides = 3;                                                                                                   \
        return denoise_layer_##kind(2, &options);                                                                              \
    }
MAKE_POOLING(max_pooling1d)
MAKE_POOLING(max_pooling2d)
MAKE_POOLING(max_pooling3d)
MAKE_POOLING(average_pooling1d)
MAKE_POOLING(average_pooling2d)
MAKE_POOLING(average_pooling3d)
MAKE(global_max_pooling1d, 1, "channels_first")
MAKE(global_max_pooling2d, 0, NULL)
MAKE(global_max_pooling3d, 0, "channels_last")
MAKE(global_average_pooling1d, 1, "channels_first")
MAKE(global_average_pooling2d, 0, NULL)
MAKE(global_average_pooling3d, 0, "channels_last")
MAKE(up_sampling1d, 3)
MAKE(up_sampling2d, 2, "bilinear", NULL)
MAKE(up_sampling3d, 2, "channels_first")
MAKE(repeat_vector, 3)
MAKE(zero_padding1d, 1, 2, NULL)
MAKE(zero_padding2d, 1, 2, 3, 4, "channels_first")
MAKE(zero_padding3d, 1, 2, 3, 4, 5, 6, NULL)
MAKE(cropping1d, 1, 2)
MAKE(cropping2d, 1, 2, 3, 4, "channels_first")
MAKE(cropping3d, 1, 2, 3, 4, 5, 6, NULL)
MAKE(depth_to_space, 2, NULL)
MAKE(space_to_depth, 2, "channels_first")

static denoise_layer *make_resizing(const char *name)
{
    denoise_resizing_options options = DENOISE_RESIZING_OPTIONS_INIT;
    options.name = name;
    options.antialias = 1;
    return denoise_layer_resizing(5, 6, &options);
}

static denoise_layer *make_permute(const char *name)
{
    return denoise_layer_permute((const int64_t[]){2, 1}, 2, name);
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
    {make_conv1d, "Conv1D"},
    {make_conv2d, "Conv2D"},
    {make_conv3d, "Conv3D"},
    {make_conv1d_transpose, "Conv1DTranspose"},
    {make_conv2d_transpose, "Conv2DTranspose"},
    {make_conv3d_transpose, "Conv3DTranspose"},
    {make_separable_conv1d, "SeparableConv1D"},
    {make_separable_conv2d, "SeparableConv2D"},
    {make_depthwise_conv1d, "DepthwiseConv1D"},
    {make_depthwise_conv2d, "DepthwiseConv2D"},
    {make_relu, "ReLU"},
    {make_leaky_relu, "LeakyReLU"},
    {make_elu, "ELU"},
    {make_prelu, "PReLU"},
    {make_softmax, "Softmax"},
    {make_max_pooling1d, "MaxPooling1D"},
    {make_max_pooling2d, "MaxPooling2D"},
    {make_max_pooling3d, "MaxPooling3D"},
    {make_average_pooling1d, "AveragePooling1D"},
    {make_average_pooling2d, "AveragePooling2D"},
    {make_average_pooling3d, "AveragePooling3D"},
    {make_global_max_pooling1d, "GlobalMaxPooling1D"},
    {make_global_max_pooling2d, "GlobalMaxPooling2D"},
    {make_global_max_pooling3d, "GlobalMaxPooling3D"},
    {make_global_average_pooling1d, "GlobalAveragePooling1D"},
    {make_global_average_pooling2d, "GlobalAveragePooling2D"},
    {make_global_average_pooling3d, "GlobalAveragePooling3D"},
    {make_up_sampling1d, "UpSampling1D"},
    {make_up_sampling2d, "UpSampling2D"},
    {make_up_sampling3d, "UpSampling3D"},
    {make_repeat_vector, "RepeatVector"},
    {make_zero_padding1d, "ZeroPadding1D"},
    {make_zero_padding2d, "ZeroPadding2D"},
    {make_zero_padding3d, "ZeroPadding3D"},
    {make_cropping1d, "Cropping1D"},
    {make_cropping2d, "Cropping2D"},
    {make_cropping3d, "Cropping3D"},
    {make_resizing, "Resizing"},
    {make_permute, "Permute"},
    {make_depth_to_space, "DepthToSpace"},
    {make_space_to_depth, "SpaceToDepth"},
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

/* Texts that are none of the presets. */
static void what_is_given_is_kept(void **state)
{
    static const struct {
        denoise_layer *(*make)(const char *name);
        const char *key, *text;
    } given[] = {
        {make_up_sampling2d, "interpolation", "bilinear"},
        {make_up_sampling3d, "data_format", "channels_first"},
        {make_global_max_pooling1d, "data_format", "channels_first"},
        {make_global_average_pooling1d, "data_format", "channels_first"},
        {make_zero_padding2d, "data_format", "channels_first"},
        {make_cropping2d, "data_format", "channels_first"},
        {make_space_to_depth, "data_format", "channels_first"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        denoise_layer *layer = given[i].make(NULL);
        denoise_params *params;
        const char *text;
        assert_int_equal(denoise_layer_params(&params, layer), DENOISE_OK);
        assert_int_equal(denoise_params_get_text(params, given[i].key, &text), DENOISE_OK);
        assert_string_equal(text, given[i].text);
        denoise_params_free(params);
        denoise_layer_free(layer);
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

static void strides_are_the_pools_where_none_is_given(void **state)
{
    (void)state;
    denoise_pooling_options options = DENOISE_POOLING_OPTIONS_INIT;
    denoise_params *params;
    int64_t strides[8], count;
    for (options.strides = -1; options.strides <= 1; options.strides++) {
        denoise_layer *layer = denoise_layer_max_pooling2d(2, &options);
        denoise_status status = denoise_layer_params(&params, layer);
        if (options.strides == 0) assert_int_equal(status, DENOISE_ERR_RANGE);
        if (options.strides == -1) assert_int_equal(denoise_params_type(params, "strides"), DENOISE_PARAM_NONE);
        if (options.strides == 1) {
            assert_int_equal(denoise_params_get_ints(params, "strides", strides, &count), DENOISE_OK);
            assert_true(count == 1 && strides[0] == 1);
        }
        denoise_params_free(params);
        denoise_layer_free(layer);
    }
}

static void a_permutation_needs_its_numbers(void **state)
{
    (void)state;
    denoise_layer *layer = denoise_layer_permute(NULL, 2, NULL);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_NULL);
    denoise_layer_free(layer);
    for (int32_t rank = 0; rank <= 8; rank += 8) {
        layer = denoise_layer_permute(shape, rank, NULL);
        assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_RANGE);
        assert_non_null(strstr(denoise_layer_error(layer), "expected 1 .. 7"));
        denoise_layer_free(layer);
    }
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
        cmocka_unit_test(what_is_given_is_kept),
        cmocka_unit_test(names_with_a_slash_or_too_long_are_refused),
        cmocka_unit_test(create_by_name_and_its_errors),
        cmocka_unit_test(unknown_parameters_are_refused),
        cmocka_unit_test(an_adopted_layer_is_not_freed_by_the_caller),
        cmocka_unit_test(options_init_writes_the_defaults),
        cmocka_unit_test(strides_are_the_pools_where_none_is_given),
        cmocka_unit_test(a_permutation_needs_its_numbers),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(no_memory_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
