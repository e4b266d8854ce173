/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that are wrong, kinds that come and go, and what a registered kind is then: made by name, listed, checked, saved.
 */
#include "core/kind.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <denoise/ext.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

typedef struct scale_config {
    double factor;
    int64_t count;
    int32_t flag;
    char mode[DENOISE_EXT_TEXT_SIZE];
    denoise_ext_ints list;
    denoise_ext_doubles steps;
    denoise_ext_kind_ref initializer, activation;
} scale_config;

#define FIELD(key, kind, fallback, noun_of, least, most, options)                                                              \
    {                                                                                                                          \
#key, "doc of " #key, fallback, options, noun_of, least, most, offsetof(scale_config, key), kind, DENOISE_EXT_NULLABLE \
    }
static const denoise_ext_param params[] = {
    FIELD(factor, DENOISE_PARAM_DOUBLE, "2.0", NULL, 0, 10, NULL),
    FIELD(count, DENOISE_PARAM_INT, "3", NULL, 1, NAN, NULL),
    FIELD(mode, DENOISE_PARAM_TEXT, "fast", NULL, NAN, NAN, "fast|slow"),
    FIELD(list, DENOISE_PARAM_INTS, "[1, 2]", NULL, NAN, NAN, NULL),
    FIELD(steps, DENOISE_PARAM_DOUBLES, "[1, 0.5]", NULL, 0, 1, NULL),
    FIELD(initializer, DENOISE_PARAM_KIND, "ones", "initializer", NAN, NAN, NULL),
    FIELD(activation, DENOISE_PARAM_KIND, "None", "activation", NAN, NAN, NULL),
    {"flag", NULL, "true", NULL, NULL, 0, 0, offsetof(scale_config, flag), DENOISE_PARAM_BOOL, 0},
};
enum { PARAMS = (int)(sizeof params / sizeof *params) };

static int64_t elements(const denoise_ext_layer_args *args)
{
    int64_t size = args->batch;
    for (int32_t i = 0; i < args->input_shapes[0].rank; i++)
        size *= args->input_shapes[0].dim[i];
    return size;
}

static int64_t one_weight(const void *config, const denoise_ext_shape *inputs, int32_t count, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)user_data;
    return 1;
}

static denoise_status say_weight(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t index,
                                 denoise_ext_weight *weight, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)index, (void)user_data;
    weight->name = "gain", weight->initializer = "initializer";
    weight->shape->rank = 1, weight->shape->dim[0] = 1;
    return DENOISE_OK;
}

static double factor_of(const scale_config *c)
{
    double factor = c->factor;
    for (int64_t i = 0; i < c->steps.count; i++)
        factor *= c->steps.values[i];
    return factor;
}

/* y = factor gain x times all steps */
static denoise_status forward(const denoise_ext_layer_args *args, void *user_data)
{
    double factor = factor_of(args->config);
    (void)user_data;
    for (int64_t i = 0; i < elements(args); i++)
        args->outputs[0][i] = (float)factor * args->weights[0][0] * args->inputs[0][i];
    return DENOISE_OK;
}

static denoise_status backward(const denoise_ext_layer_args *args, void *user_data)
{
    double factor = factor_of(args->config), sum = 0;
    (void)user_data;
    for (int64_t i = 0; i < elements(args); i++) {
        sum += factor * (double)args->inputs[0][i] * (double)args->output_gradients[0][i];
        if (args->input_gradients[0] != NULL)
            args->input_gradients[0][i] = (float)factor * args->weights[0][0] * args->output_gradients[0][i];
    }
    if (args->weight_gradients[0] != NULL) args->weight_gradients[0][0] = (float)sum;
    return DENOISE_OK;
}

static int destroyed;
static void count_destroy(void *user_data)
{
    (void)user_data;
    destroyed++;
}

static denoise_ext_kind scale_kind(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    kind.name = "ext_scale", kind.class_name = "ExtScale", kind.aliases = "scale_it|SI", kind.doc = "scales";
    kind.params = params, kind.param_count = PARAMS, kind.config_size = sizeof(scale_config);
    return kind;
}

static denoise_ext_layer scale_hooks(void)
{
    denoise_ext_layer hooks = DENOISE_EXT_LAYER_INIT;
    hooks.is_row_local = 1, hooks.activation = "activation";
    hooks.weight_count = one_weight, hooks.weight = say_weight, hooks.forward = forward, hooks.backward = backward;
    return hooks;
}

static denoise_status add_scale(void)
{
    denoise_ext_kind kind = scale_kind();
    denoise_ext_layer hooks = scale_hooks();
    return denoise_ext_register("layer", &kind, &hooks, count_destroy);
}

static denoise_params *some_params(double factor)
{
    denoise_params *given;
    ASSERT_OK(denoise_params_new(&given));
    ASSERT_OK(denoise_params_set_double(given, "factor", factor));
    ASSERT_OK(denoise_params_set_text(given, "activation", "tanh"));
    return given;
}

static void a_registered_kind_is_like_the_others(void **state)
{
    (void)state;
    denoise_layer *layer;
    denoise_params *all;
    denoise_param_info info = {.struct_size = sizeof info};
    double factor;
    destroyed = 0;
    ASSERT_OK(add_scale());
    ASSERT_OK(denoise_ext_test("layer", "ext_scale", NULL, NULL, 0));
    denoise_params *given = some_params(0.5);
    ASSERT_OK(denoise_ext_test("layer", "SI", given, NULL, 0));
    ASSERT_OK(denoise_layer_create(&layer, "ExtScale", given));
    ASSERT_OK(denoise_layer_params(&all, layer));
    assert_int_equal(denoise_params_count(all), PARAMS + 2);
    ASSERT_OK(denoise_params_get_double(all, "factor", &factor));
    assert_true(factor == 0.5);
    denoise_params_free(all);
    ASSERT_FAILS(denoise_ext_unregister("layer", "ext_scale"), DENOISE_ERR_BUSY, "layer \"ext_scale\" is in use by 1 objects");
    denoise_layer_free(layer);
    ASSERT_OK(denoise_params_set_double(given, "factor", 11));
    ASSERT_FAILS(denoise_layer_create(&layer, "ext_scale", given), DENOISE_ERR_RANGE, "ext_scale: factor is 11");
    ASSERT_OK(denoise_kind_param(&info, "layer", "ext_scale", 2));
    assert_string_equal(info.name, "factor");
    assert_string_equal(info.doc, "doc of factor");
    assert_true(info.minimum == 0 && info.maximum == 10 && info.nullable == 1);
    denoise_params_free(given);
    assert_int_equal(destroyed, 0);
    ASSERT_OK(denoise_ext_unregister("layer", "scale_it"));
    assert_int_equal(destroyed, 1);
    ASSERT_FAILS(denoise_layer_create(&layer, "ext_scale", NULL), DENOISE_ERR_NAME, "unknown layer");
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* What a layer of one gain makes of 1. */
static float output_of(const denoise_params *given)
{
    const int64_t shape[] = {1, 1};
    const float one = 1;
    denoise_sequential *layers;
    denoise_model *model;
    denoise_layer *layer;
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL)));
    ASSERT_OK(denoise_layer_create(&layer, "ext_scale", given));
    ASSERT_OK(denoise_sequential_add(layers, layer));
    ASSERT_OK(denoise_sequential_build(&model, layers, NULL));
    ASSERT_OK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, shape, 2, &one));
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    float result = *(const float *)denoise_tensor_const_data(y);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_model_free(model), denoise_sequential_free(layers);
    return result;
}

static void a_parameter_may_be_a_list_of_numbers(void **state)
{
    (void)state;
    enum { MANY = 1024 };
    double numbers[MANY], read[3];
    const int64_t whole[] = {0, 1, 1};
    int64_t count;
    denoise_param_info info = {.struct_size = sizeof info};
    denoise_params *given, *all;
    denoise_layer *layer;
    ASSERT_OK(add_scale());
    assert_true(output_of(NULL) == 1); /* 2 * 1 * 0.5 */
    ASSERT_OK(denoise_kind_param(&info, "layer", "ext_scale", 6));
    assert_string_equal(info.name, "steps");
    assert_string_equal(info.default_text, "[1, 0.5]");
    assert_int_equal(info.type, DENOISE_PARAM_DOUBLES);
    ASSERT_OK(denoise_params_new(&given));
    ASSERT_OK(denoise_params_set_doubles(given, "steps", (const double[]){0.5, 0.25, 0.125}, 3));
    assert_true(output_of(given) == 0.03125f);
    ASSERT_OK(denoise_layer_create(&layer, "ext_scale", given));
    ASSERT_OK(denoise_layer_params(&all, layer));
    ASSERT_OK(denoise_params_get_doubles(all, "steps", read, 3, &count));
    assert_true(count == 3 && read[0] == 0.5 && read[1] == 0.25 && read[2] == 0.125);
    denoise_params_free(all), denoise_layer_free(layer);
    ASSERT_OK(denoise_ext_test("layer", "ext_scale", given, NULL, 0));
    ASSERT_OK(denoise_params_set_ints(given, "steps", whole, 3));
    assert_true(output_of(given) == 0);
    ASSERT_OK(denoise_params_set_none(given, "steps"));
    assert_true(output_of(given) == 2);
    for (int i = 0; i < MANY; i++)
        numbers[i] = 1;
    numbers[MANY - 1] = 0.75;
    ASSERT_OK(denoise_params_set_doubles(given, "steps", numbers, MANY));
    assert_true(output_of(given) == 1.5f);
    numbers[1] = 1.5;
    ASSERT_OK(denoise_params_set_doubles(given, "steps", numbers, 3));
    ASSERT_FAILS(denoise_layer_create(&layer, "ext_scale", given), DENOISE_ERR_RANGE, "ext_scale: steps is 1.5");
    ASSERT_OK(denoise_params_set_double(given, "steps", 1));
    ASSERT_FAILS(denoise_layer_create(&layer, "ext_scale", given), DENOISE_ERR_DTYPE, "ext_scale: steps is");
    denoise_params_free(given);
    ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static denoise_model *scaled_model(denoise_layer **layer)
{
    const int64_t shape[] = {3};
    denoise_sequential *layers;
    denoise_model *model;
    denoise_params *given = some_params(0.5);
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL)));
    ASSERT_OK(denoise_layer_create(layer, "ext_scale", given));
    ASSERT_OK(denoise_sequential_add(layers, *layer));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(2, NULL, NULL)));
    ASSERT_OK(denoise_sequential_build(&model, layers, NULL));
    denoise_params_free(given);
    denoise_sequential_free(layers);
    return model;
}

static void its_weights_are_saved_and_read(void **state)
{
    (void)state;
    temp_dir dir;
    denoise_layer *layer;
    denoise_tensor *gain, *read;
    temp_dir_make(&dir);
    ASSERT_OK(add_scale());
    denoise_model *model = scaled_model(&layer), *other = scaled_model(&layer);
    const float value = 7;
    const int64_t one[] = {1};
    char name[64];
    (void)denoise_model_weight_name(model, 0, name, sizeof name);
    assert_string_equal(name, "ext_scale/gain");
    ASSERT_OK(denoise_tensor_from_data(&gain, DENOISE_FLOAT32, one, 1, &value));
    ASSERT_OK(denoise_model_set_weight(model, 0, gain));
    ASSERT_OK(denoise_model_save_weights(model, temp_dir_file(&dir, "w.safetensors")));
    ASSERT_OK(denoise_model_load_weights(other, temp_dir_file(&dir, "w.safetensors"), NULL));
    ASSERT_OK(denoise_model_get_weight(&read, other, 0));
    assert_true(*(const float *)denoise_tensor_const_data(read) == 7);
    denoise_tensor_free(gain), denoise_tensor_free(read);
    denoise_model_free(model);
    ASSERT_FAILS(denoise_ext_unregister("layer", "ext_scale"), DENOISE_ERR_BUSY, "in use by 1");
    denoise_model_free(other);
    ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    temp_dir_remove(&dir);
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* Refused, unless it says that it can: -1 is no length for a function that does not expect it. */
static void unknown_lengths_must_be_asked_for(void **state)
{
    (void)state;
    for (int32_t takes = 0; takes < 2; takes++) {
        denoise_ext_kind kind = scale_kind();
        denoise_ext_layer hooks = scale_hooks();
        denoise_graph *g;
        denoise_model *model;
        denoise_layer *layer;
        denoise_tensor *x = random_rows(6, 3, 1), *y, *z;
        hooks.takes_unknown_lengths = takes;
        ASSERT_OK(denoise_ext_register("layer", &kind, &hooks, NULL));
        ASSERT_OK(denoise_layer_create(&layer, "ext_scale", NULL));
        ASSERT_OK(denoise_graph_new(&g, NULL));
        denoise_node *in = denoise_graph_input(g, (const int64_t[]){-1}, 1), *out = denoise_graph_apply(g, layer, in);
        denoise_status status = denoise_graph_build(&model, g, in, out, NULL);
        if (takes == 0) {
            ASSERT_FAILS(status, DENOISE_ERR_SHAPE,
                         "input has shape (None, None), layers of kind ext_scale take known lengths");
        } else {
            ASSERT_OK(status);
            ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
            ASSERT_OK(denoise_tensor_reshape(&z, x, (const int64_t[]){9, 2}, 2));
            denoise_tensor_free(x);
            ASSERT_OK(denoise_model_predict(&x, model, z, NULL));
            assert_memory_equal(denoise_tensor_const_data(x), denoise_tensor_const_data(y), 18 * sizeof(float));
            denoise_tensor_free(y), denoise_tensor_free(z);
        }
        denoise_tensor_free(x), denoise_model_free(model), denoise_graph_free(g);
        ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    }
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void names_are_taken_once(void **state)
{
    (void)state;
    denoise_ext_kind kind = scale_kind();
    denoise_ext_layer hooks = scale_hooks();
    destroyed = 0;
    ASSERT_OK(add_scale());
    ASSERT_FAILS(add_scale(), DENOISE_ERR_NAME, "there is a layer \"ext_scale\" already");
    assert_int_equal(destroyed, 1);
    kind.name = "another";
    ASSERT_FAILS(denoise_ext_register("layer", &kind, &hooks, NULL), DENOISE_ERR_NAME, "\"ExtScale\" already");
    kind.class_name = NULL;
    ASSERT_FAILS(denoise_ext_register("layer", &kind, &hooks, NULL), DENOISE_ERR_NAME, "\"scale_it\" already");
    kind.aliases = "Dense";
    ASSERT_FAILS(denoise_ext_register("layer", &kind, &hooks, NULL), DENOISE_ERR_NAME, "\"Dense\" already");
    kind.aliases = NULL, kind.name = "dense";
    ASSERT_FAILS(denoise_ext_register("layer", &kind, &hooks, NULL), DENOISE_ERR_NAME, "\"dense\" already");
    ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    ASSERT_FAILS(denoise_ext_unregister("layer", "ext_scale"), DENOISE_ERR_NAME, "unknown layer");
    ASSERT_FAILS(denoise_ext_unregister("layer", "dense"), DENOISE_ERR_UNSUPPORTED, "a kind of the library");
    ASSERT_FAILS(denoise_ext_unregister("lawyer", "dense"), DENOISE_ERR_NAME, "lawyer");
    ASSERT_FAILS(denoise_ext_unregister(NULL, "dense"), DENOISE_ERR_NULL, "noun");
    ASSERT_FAILS(denoise_ext_unregister("layer", NULL), DENOISE_ERR_NULL, "name");
    for (int i = 0; i < 600; i++) { /* more often than there are places */
        ASSERT_OK(add_scale());
        ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    }
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* One thing wrong with a descriptor that is sound. */
#define EXPECT_KIND(change, code, piece)                                                                                       \
    do {                                                                                                                       \
        denoise_ext_kind kind = scale_kind();                                                                                  \
        denoise_ext_layer hooks = scale_hooks();                                                                               \
        denoise_ext_param table[PARAMS];                                                                                       \
        memcpy(table, params, sizeof params);                                                                                  \
        kind.params = table;                                                                                                   \
        change;                                                                                                                \
        ASSERT_FAILS(denoise_ext_register("layer", &kind, &hooks, NULL), code, piece);                                         \
    } while (0)

static void wrong_descriptors_are_told(void **state)
{
    (void)state;
    static char long_name[] = "a_name_of_more_than_sixty_three_letters_which_is_more_than_there_is_room_for";
    EXPECT_KIND(kind.struct_size = 0, DENOISE_ERR_INVALID, "denoise_ext_kind: struct_size is 0");
    EXPECT_KIND(kind.version = 2, DENOISE_ERR_UNSUPPORTED, "version is 2, this library knows 1");
    EXPECT_KIND(kind.name = NULL, DENOISE_ERR_NULL, "name is NULL");
    EXPECT_KIND(kind.name = "", DENOISE_ERR_NAME, "names have 1 to 63");
    EXPECT_KIND(kind.name = "a(b)", DENOISE_ERR_NAME, "\"a(b)\"");
    EXPECT_KIND(kind.name = long_name, DENOISE_ERR_NAME, "names have 1 to 63");
    EXPECT_KIND(kind.class_name = "A-B", DENOISE_ERR_NAME, "names have 1 to 63");
    EXPECT_KIND(kind.param_count = -1, DENOISE_ERR_RANGE, "-1 parameters");
    EXPECT_KIND(kind.param_count = 65, DENOISE_ERR_RANGE, "65 parameters");
    EXPECT_KIND(kind.params = NULL, DENOISE_ERR_NULL, "params is NULL");
    EXPECT_KIND(kind.param_size = 8, DENOISE_ERR_INVALID, "param_size is 8");
    EXPECT_KIND(kind.config_size = -1, DENOISE_ERR_RANGE, "in -1 bytes");
    EXPECT_KIND(kind.config_size = 12, DENOISE_ERR_INVALID, "do not lie in a struct of 12");
    EXPECT_KIND(table[1].offset = 4, DENOISE_ERR_INVALID, "parameter \"count\": 8 bytes at offset 4");
    EXPECT_KIND(table[1].offset = 0, DENOISE_ERR_INVALID, "parameter \"count\": its field and that of \"factor\" share bytes");
    EXPECT_KIND(table[0].type = 99, DENOISE_ERR_DTYPE, "there is no type 99");
    EXPECT_KIND(table[0].flags = 128, DENOISE_ERR_INVALID, "flags are 128");
    EXPECT_KIND(table[0].minimum = table[0].maximum = 0, DENOISE_ERR_INVALID, "both 0");
    EXPECT_KIND(table[4].minimum = table[4].maximum = 0, DENOISE_ERR_INVALID, "both 0");
    EXPECT_KIND(table[4].offset = table[3].offset + 64, DENOISE_ERR_INVALID, "its field and that of \"list\" share bytes");
    EXPECT_KIND(table[4].default_text = "[0.5, 2]", DENOISE_ERR_RANGE, "steps is 2");
    EXPECT_KIND(table[4].default_text = "0.5", DENOISE_ERR_DTYPE, "steps");
    EXPECT_KIND(table[0].name = "count", DENOISE_ERR_NAME, "two parameters have this name");
    EXPECT_KIND(table[0].name = "trainable", DENOISE_ERR_NAME, "every layer has it already");
    EXPECT_KIND(table[0].name = NULL, DENOISE_ERR_NAME, "parameter 0 has no name");
    EXPECT_KIND(table[5].noun = "initialiser", DENOISE_ERR_NAME, "there are no kinds of \"initialiser\"");
    EXPECT_KIND(table[0].default_text = "11", DENOISE_ERR_RANGE, "the defaults of ext_scale: factor is 11");
    EXPECT_KIND(table[2].default_text = "medium", DENOISE_ERR_INVALID, "expected one of fast, slow");
    EXPECT_KIND(table[5].default_text = "onse", DENOISE_ERR_NAME, "unknown initializer");
    EXPECT_KIND(hooks.struct_size = 3, DENOISE_ERR_INVALID, "denoise_ext_layer: struct_size is 3");
    EXPECT_KIND(hooks.forward = NULL, DENOISE_ERR_INVALID, "forward is NULL");
    EXPECT_KIND(hooks.backward = NULL, DENOISE_ERR_INVALID, "backward is NULL");
    EXPECT_KIND(hooks.weight = NULL, DENOISE_ERR_INVALID, "weight is NULL");
    EXPECT_KIND(hooks.min_inputs = 0, DENOISE_ERR_RANGE, "takes 0 to 1 inputs");
    EXPECT_KIND((hooks.is_row_local = 0, hooks.is_elementwise = 1), DENOISE_ERR_INVALID, "not is_row_local");
    EXPECT_KIND((hooks.is_row_local = 0, hooks.is_batch_wide_in_training = 1), DENOISE_ERR_INVALID,
                "is_batch_wide_in_training, but not is_row_local");
    EXPECT_KIND((hooks.is_elementwise = 1, hooks.is_batch_wide_in_training = 1), DENOISE_ERR_INVALID, "or is_elementwise");
    EXPECT_KIND(hooks.takes_unknown_lengths = 2, DENOISE_ERR_INVALID, "takes_unknown_lengths is 2");
    EXPECT_KIND(hooks.activation = "factor", DENOISE_ERR_NAME, "no parameter for an activation");
    denoise_ext_kind kind = scale_kind();
    denoise_ext_layer hooks = scale_hooks();
    ASSERT_FAILS(denoise_ext_register("lawyer", &kind, &hooks, NULL), DENOISE_ERR_NAME, "no kinds of \"lawyer\"");
    ASSERT_FAILS(denoise_ext_register(NULL, &kind, &hooks, NULL), DENOISE_ERR_NULL, "");
    ASSERT_FAILS(denoise_ext_register("layer", NULL, &hooks, NULL), DENOISE_ERR_NULL, "kind");
    ASSERT_FAILS(denoise_ext_register("layer", &kind, NULL, NULL), DENOISE_ERR_NULL, "hooks");
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* A longer struct of hooks than this library's is taken where the rest is zero. */
static void a_newer_descriptor_is_taken(void **state)
{
    (void)state;
    struct {
        denoise_ext_layer hooks;
        int64_t more[4];
    } newer = {scale_hooks(), {0}};
    denoise_ext_kind kind = scale_kind();
    newer.hooks.struct_size = sizeof newer;
    ASSERT_OK(denoise_ext_register("layer", &kind, &newer, NULL));
    ASSERT_OK(denoise_ext_unregister("layer", "ext_scale"));
    newer.more[2] = 1;
    ASSERT_FAILS(denoise_ext_register("layer", &kind, &newer, NULL), DENOISE_ERR_INVALID, "a field of a newer version");
    denoise_shutdown();
}

/* The first thing that is missing of each noun's hooks. */
static void other_nouns_say_what_is_missing(void **state)
{
    (void)state;
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    kind.name = "empty";
    const denoise_ext_activation activation = DENOISE_EXT_ACTIVATION_INIT;
    const denoise_ext_loss loss = DENOISE_EXT_LOSS_INIT;
    const denoise_ext_metric metric = DENOISE_EXT_METRIC_INIT;
    const denoise_ext_optimizer optimizer = DENOISE_EXT_OPTIMIZER_INIT;
    const denoise_ext_initializer initializer = DENOISE_EXT_INITIALIZER_INIT;
    const denoise_ext_regularizer regularizer = DENOISE_EXT_REGULARIZER_INIT;
    const denoise_ext_constraint constraint = DENOISE_EXT_CONSTRAINT_INIT;
    const denoise_ext_schedule schedule = DENOISE_EXT_SCHEDULE_INIT;
    denoise_ext_callback callback = DENOISE_EXT_CALLBACK_INIT;
    ASSERT_FAILS(denoise_ext_register("activation", &kind, &activation, NULL), DENOISE_ERR_INVALID, "empty: forward is NULL");
    ASSERT_FAILS(denoise_ext_register("loss", &kind, &loss, NULL), DENOISE_ERR_INVALID, "either rows or batch");
    ASSERT_FAILS(denoise_ext_register("metric", &kind, &metric, NULL), DENOISE_ERR_INVALID, "update is NULL");
    ASSERT_FAILS(denoise_ext_register("optimizer", &kind, &optimizer, NULL), DENOISE_ERR_INVALID, "coefficients is NULL");
    ASSERT_FAILS(denoise_ext_register("initializer", &kind, &initializer, NULL), DENOISE_ERR_INVALID, "fill is NULL");
    ASSERT_FAILS(denoise_ext_register("regularizer", &kind, &regularizer, NULL), DENOISE_ERR_INVALID, "penalty is NULL");
    ASSERT_FAILS(denoise_ext_register("constraint", &kind, &constraint, NULL), DENOISE_ERR_INVALID, "apply is NULL");
    ASSERT_FAILS(denoise_ext_register("schedule", &kind, &schedule, NULL), DENOISE_ERR_INVALID, "rate is NULL");
    callback.saved_doubles = 2, callback.state_size = 8;
    ASSERT_FAILS(denoise_ext_register("callback", &kind, &callback, NULL), DENOISE_ERR_RANGE, "2 doubles");
    callback.state_size = 16;
    ASSERT_OK(denoise_ext_register("callback", &kind, &callback, NULL));
    ASSERT_OK(denoise_ext_test("callback", "empty", NULL, NULL, 0));
    ASSERT_OK(denoise_ext_unregister("callback", "empty"));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const int64_t three = 3;
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = add_scale();
        if (status == DENOISE_OK) status = denoise_ext_test("layer", "ext_scale", NULL, &three, 1);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (denoise_ext_unregister("layer", "ext_scale") != DENOISE_OK) assert_true(failed);
        denoise_shutdown();
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

/* ---- threads */

static atomic_bool ends;
static atomic_int made;

static void *look_up(void *unused)
{
    while (!atomic_load(&ends)) {
        denoise_layer *layer;
        denoise_status status = denoise_layer_create(&layer, "ext_scale", NULL);
        if (status == DENOISE_OK) {
            atomic_fetch_add(&made, 1);
            denoise_layer_free(layer);
        } else if (status != DENOISE_ERR_NAME) {
            return &ends;
        }
        for (int64_t i = 0; denoise_kind_name("layer", i) != NULL; i++) {
        }
    }
    return unused;
}

static void others_look_kinds_up_while_one_comes_and_goes(void **state)
{
    (void)state;
    pthread_t threads[3];
    int busy = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, NULL), 0);
    for (int i = 0; i < 100; i++) {
        ASSERT_OK(add_scale());
        for (int yields = 0; atomic_load(&made) <= i && yields < 100000; yields++)
            (void)sched_yield();
        denoise_status status;
        while ((status = denoise_ext_unregister("layer", "ext_scale")) == DENOISE_ERR_BUSY) {
            busy++;
            (void)sched_yield();
        }
        ASSERT_OK(status);
    }
    atomic_store(&ends, true);
    for (int i = 0; i < 3; i++) {
        void *failure;
        assert_int_equal(pthread_join(threads[i], &failure), 0);
        assert_null(failure);
    }
    assert_true(atomic_load(&made) > 0);
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registered_kind_is_like_the_others),
        cmocka_unit_test(a_parameter_may_be_a_list_of_numbers),
        cmocka_unit_test(its_weights_are_saved_and_read),
        cmocka_unit_test(unknown_lengths_must_be_asked_for),
        cmocka_unit_test(names_are_taken_once),
        cmocka_unit_test(wrong_descriptors_are_told),
        cmocka_unit_test(a_newer_descriptor_is_taken),
        cmocka_unit_test(other_nouns_say_what_is_missing),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(others_look_kinds_up_while_one_comes_and_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
