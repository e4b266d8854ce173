/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of each noun by its name, each constructor, and the parameters. */
#include "conformance/kinds.h"
#include "faults/alloc_run.h"
#include <stdio.h>
#include <string.h>

/* A kind and the parameters to make it with. */
typedef struct by_name {
    const char *noun, *name;
    const denoise_params *params;
} by_name;

static void *same(const void *data)
{
    return (void *)(uintptr_t)data;
}

static denoise_status create(void *objects, uint64_t *bits)
{
    const by_name *kind = objects;
    object made;
    *bits = 0;
    denoise_status status = alloc_checked(object_make(&made, kind->noun, kind->name, kind->params), &made.pointer);
    object_free(&made);
    return status;
}

static void try_kinds(alloc_run *run, const char *noun)
{
    for (int64_t i = 0; denoise_kind_name(noun, i) != NULL; i++) {
        const char *name = denoise_kind_name(noun, i);
        denoise_params *params = fitting_params(noun, name);
        by_name kind = {noun, name, params};
        alloc_try(run, &(alloc_case){.name = noun, .variant = name, .data = &kind, .make = same, .call = create});
        denoise_params_free(params);
    }
}

/* A constructor answers a part that tells why it is inert; the part is freed all the same. */
#define PART(noun, function, expression)                                                                                       \
    static denoise_status function(void *objects, uint64_t *bits)                                                              \
    {                                                                                                                          \
        (void)objects;                                                                                                         \
        *bits = 0;                                                                                                             \
        denoise_##noun *part = (expression);                                                                                   \
        denoise_status status = denoise_##noun##_status(part);                                                                 \
        bool told = (status == DENOISE_OK) == (denoise_##noun##_error(part)[0] == '\0');                                       \
        denoise_##noun##_free(part);                                                                                           \
        return told ? status : DENOISE_ERR_INTERNAL;                                                                           \
    }

static denoise_layer *regularized_dense(void)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = "d";
    options.kernel_regularizer = "l1l2(l1=0.1, l2=0.2)";
    return denoise_layer_dense(3, "leaky_relu(negative_slope=0.1)", &options);
}

static denoise_status half(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch, (void)user_data;
    *result = rate / 2.0;
    return DENOISE_OK;
}

PART(layer, layer_input, denoise_layer_input((const int64_t[]){2, 3}, 2, "in"))
PART(layer, layer_dense, regularized_dense())
PART(layer, layer_activation, denoise_layer_activation("softmax", NULL))
PART(layer, layer_flatten, denoise_layer_flatten("f"))
PART(layer, layer_reshape, denoise_layer_reshape((const int64_t[]){2, -1}, 2, NULL))
PART(layer, layer_dropout, denoise_layer_dropout(0.5, NULL))
PART(layer, layer_spatial_dropout1d, denoise_layer_spatial_dropout1d(0.5, NULL))
PART(layer, layer_spatial_dropout2d, denoise_layer_spatial_dropout2d(0.5, "channels_first", NULL))
PART(layer, layer_spatial_dropout3d, denoise_layer_spatial_dropout3d(0.5, NULL, "s"))
PART(layer, layer_batch_normalization,
     denoise_layer_batch_normalization(&(denoise_batch_normalization_options)DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT))
PART(layer, layer_layer_normalization,
     denoise_layer_layer_normalization(&(denoise_layer_normalization_options)DENOISE_LAYER_NORMALIZATION_OPTIONS_INIT))
PART(layer, layer_group_normalization, denoise_layer_group_normalization(2, NULL))
PART(layer, layer_rms_normalization, denoise_layer_rms_normalization((const int64_t[]){1, 2}, 2, 1e-6, NULL))
PART(layer, layer_unit_normalization, denoise_layer_unit_normalization(NULL, 0, NULL))
PART(layer, layer_gaussian_noise, denoise_layer_gaussian_noise(0.5, NULL))
PART(layer, layer_rescaling, denoise_layer_rescaling(2.0, 1.0, "r"))
PART(layer, layer_add, denoise_layer_add(NULL))
PART(layer, layer_concatenate, denoise_layer_concatenate(-1, NULL))
PART(layer, layer_max_pooling1d, denoise_layer_max_pooling1d(2, NULL))
PART(layer, layer_max_pooling2d, denoise_layer_max_pooling2d(2, NULL))
PART(layer, layer_max_pooling3d, denoise_layer_max_pooling3d(2, NULL))
PART(layer, layer_average_pooling1d, denoise_layer_average_pooling1d(2, NULL))
PART(layer, layer_average_pooling2d, denoise_layer_average_pooling2d(2, NULL))
PART(layer, layer_average_pooling3d, denoise_layer_average_pooling3d(2, NULL))
PART(layer, layer_global_max_pooling1d, denoise_layer_global_max_pooling1d(1, NULL, "g"))
PART(layer, layer_global_max_pooling2d, denoise_layer_global_max_pooling2d(0, NULL, NULL))
PART(layer, layer_global_max_pooling3d, denoise_layer_global_max_pooling3d(0, "channels_first", NULL))
PART(layer, layer_global_average_pooling1d, denoise_layer_global_average_pooling1d(1, NULL, "g"))
PART(layer, layer_global_average_pooling2d, denoise_layer_global_average_pooling2d(0, NULL, NULL))
PART(layer, layer_global_average_pooling3d, denoise_layer_global_average_pooling3d(0, "channels_first", NULL))
PART(layer, layer_up_sampling1d, denoise_layer_up_sampling1d(3, "u"))
PART(layer, layer_up_sampling2d, denoise_layer_up_sampling2d(2, "bicubic", NULL, NULL))
PART(layer, layer_up_sampling3d, denoise_layer_up_sampling3d(2, "channels_last", NULL))
PART(layer, layer_repeat_vector, denoise_layer_repeat_vector(3, "r"))
PART(layer, layer_zero_padding1d, denoise_layer_zero_padding1d(1, 2, NULL, NULL))
PART(layer, layer_zero_padding2d, denoise_layer_zero_padding2d(1, 2, 3, 4, NULL, "z"))
PART(layer, layer_zero_padding3d, denoise_layer_zero_padding3d(1, 2, 3, 4, 5, 6, NULL, NULL))
PART(layer, layer_cropping1d, denoise_layer_cropping1d(1, 2, "c"))
PART(layer, layer_cropping2d, denoise_layer_cropping2d(1, 2, 3, 4, NULL, NULL))
PART(layer, layer_cropping3d, denoise_layer_cropping3d(1, 2, 3, 4, 5, 6, NULL, NULL))
PART(layer, layer_resizing, denoise_layer_resizing(3, 4, NULL))
PART(layer, layer_depth_to_space, denoise_layer_depth_to_space(2, NULL, "d"))
PART(layer, layer_space_to_depth, denoise_layer_space_to_depth(2, "channels_first", NULL))
PART(layer, layer_permute, denoise_layer_permute((const int64_t[]){2, 1}, 2, NULL))
PART(loss, loss_binary, denoise_loss_binary_crossentropy(&(denoise_crossentropy_options)DENOISE_CROSSENTROPY_OPTIONS_INIT))
PART(loss, loss_categorical, denoise_loss_categorical_crossentropy(NULL))
PART(loss, loss_sparse, denoise_loss_sparse_categorical_crossentropy(NULL))
PART(loss, loss_squared, denoise_loss_mean_squared_error())
PART(loss, loss_absolute, denoise_loss_mean_absolute_error())
PART(metric, metric_accuracy, denoise_metric_accuracy())
PART(metric, metric_binary, denoise_metric_binary_accuracy(0.4))
PART(metric, metric_categorical, denoise_metric_categorical_accuracy())
PART(metric, metric_sparse, denoise_metric_sparse_categorical_accuracy())
PART(metric, metric_squared, denoise_metric_mean_squared_error())
PART(metric, metric_absolute, denoise_metric_mean_absolute_error())
PART(metric, metric_psnr, denoise_metric_psnr(11, 11, 1.0))
PART(metric, metric_ssim, denoise_metric_ssim(11, 11, 1.0))
PART(optimizer, optimizer_sgd, denoise_optimizer_sgd(&(denoise_sgd_options)DENOISE_SGD_OPTIONS_INIT))
PART(optimizer, optimizer_rmsprop, denoise_optimizer_rmsprop(&(denoise_rmsprop_options)DENOISE_RMSPROP_OPTIONS_INIT))
PART(optimizer, optimizer_adam, denoise_optimizer_adam(&(denoise_adam_options)DENOISE_ADAM_OPTIONS_INIT))
PART(optimizer, optimizer_adamw, denoise_optimizer_adamw(NULL))
PART(callback, callback_stopping,
     denoise_callback_early_stopping(&(denoise_early_stopping_options)DENOISE_EARLY_STOPPING_OPTIONS_INIT))
PART(callback, callback_reduce,
     denoise_callback_reduce_lr_on_plateau(&(denoise_reduce_lr_options)DENOISE_REDUCE_LR_OPTIONS_INIT))
PART(callback, callback_nan, denoise_callback_terminate_on_nan(1))
PART(callback, callback_csv, denoise_callback_csv_logger("never_written.csv", ";", 1))
PART(callback, callback_history, denoise_callback_history())

/* user_data is given back exactly once, whether the callback could be made or not. */
static void give_back(void *user_data)
{
    ++*(int *)user_data;
}

static denoise_status callback_of_caller(bool schedule)
{
    int given_back = 0;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_callback *callback = schedule ? denoise_callback_learning_rate_scheduler(half, &given_back, give_back)
                                          : denoise_callback_lambda(&hooks, &given_back, give_back);
    denoise_status status = denoise_callback_status(callback);
    denoise_callback_free(callback);
    return given_back == 1 ? status : DENOISE_ERR_INTERNAL;
}

static denoise_status callback_lambda(void *objects, uint64_t *bits)
{
    (void)objects;
    *bits = 0;
    return callback_of_caller(false);
}

static denoise_status callback_schedule(void *objects, uint64_t *bits)
{
    (void)objects;
    *bits = 0;
    return callback_of_caller(true);
}

static denoise_status fill_params(denoise_params *outer, denoise_params *inner)
{
    static const int64_t numbers[] = {1, 2, 3};
    denoise_status status = denoise_params_set_double(inner, "negative_slope", 0.25);
    if (status == DENOISE_OK) status = denoise_params_set_none(outer, "none");
    if (status == DENOISE_OK) status = denoise_params_set_bool(outer, "bool", 1);
    if (status == DENOISE_OK) status = denoise_params_set_int(outer, "int", 7);
    if (status == DENOISE_OK) status = denoise_params_set_text(outer, "text", "some words");
    if (status == DENOISE_OK) status = denoise_params_set_text(outer, "text", "other words, and more of them");
    if (status == DENOISE_OK) status = denoise_params_set_ints(outer, "ints", numbers, 3);
    if (status == DENOISE_OK) status = denoise_params_set_kind(outer, "kind", "leaky_relu", inner);
    for (int i = 0; status == DENOISE_OK && i < 20; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "key %d", i);
        status = denoise_params_set_int(outer, key, i);
    }
    return status;
}

static denoise_status params(void *objects, uint64_t *bits)
{
    denoise_params *outer, *inner = NULL;
    (void)objects;
    denoise_status status = alloc_checked(denoise_params_new(&outer), &outer);
    if (status == DENOISE_OK) status = alloc_checked(denoise_params_new(&inner), &inner);
    if (status == DENOISE_OK) status = fill_params(outer, inner);
    for (int64_t i = 0; status == DENOISE_OK && i < denoise_params_count(outer); i++)
        *bits = alloc_hash_text(*bits, denoise_params_key(outer, i));
    denoise_params_free(inner);
    denoise_params_free(outer);
    return status;
}

/* A setting that fails leaves the one before: the bag is the object, its keys and values the state. */
static void *make_params(const void *data)
{
    denoise_params *bag;
    (void)data;
    ASSERT_OK(denoise_params_new(&bag));
    ASSERT_OK(denoise_params_set_text(bag, "activation", "relu"));
    return bag;
}

static uint64_t params_state(void *objects)
{
    uint64_t hash = 0;
    for (int64_t i = 0; i < denoise_params_count(objects); i++) {
        const char *key = denoise_params_key(objects, i), *text = "";
        if (denoise_params_type(objects, key) == DENOISE_PARAM_TEXT) (void)denoise_params_get_text(objects, key, &text);
        hash = alloc_hash_text(alloc_hash_text(hash, key), text);
    }
    return hash;
}

static denoise_status replace_param(void *objects, uint64_t *bits)
{
    *bits = 0;
    return denoise_params_set_kind(objects, "activation", "tanh", NULL);
}

static void drop_params(void *objects)
{
    denoise_params_free(objects);
}

static void *make_layer(const void *data)
{
    (void)data;
    return regularized_dense();
}

static denoise_status layer_params(void *objects, uint64_t *bits)
{
    denoise_params *copy;
    denoise_status status = alloc_checked(denoise_layer_params(&copy, objects), &copy);
    for (int64_t i = 0; status == DENOISE_OK && i < denoise_params_count(copy); i++)
        *bits = alloc_hash_text(*bits, denoise_params_key(copy, i));
    denoise_params_free(copy);
    return status;
}

static void drop_layer(void *objects)
{
    denoise_layer_free(objects);
}

#define CONSTRUCTOR(function)                                                                                                  \
    {                                                                                                                          \
        .name = #function, .call = function                                                                                    \
    }

void alloc_parts(alloc_run *run)
{
    static const alloc_case cases[] = {
        CONSTRUCTOR(layer_input),
        CONSTRUCTOR(layer_dense),
        CONSTRUCTOR(layer_activation),
        CONSTRUCTOR(layer_flatten),
        CONSTRUCTOR(layer_reshape),
        CONSTRUCTOR(layer_dropout),
        CONSTRUCTOR(layer_spatial_dropout1d),
        CONSTRUCTOR(layer_spatial_dropout2d),
        CONSTRUCTOR(layer_spatial_dropout3d),
        CONSTRUCTOR(layer_batch_normalization),
        CONSTRUCTOR(layer_layer_normalization),
        CONSTRUCTOR(layer_group_normalization),
        CONSTRUCTOR(layer_rms_normalization),
        CONSTRUCTOR(layer_unit_normalization),
        CONSTRUCTOR(layer_gaussian_noise),
        CONSTRUCTOR(layer_rescaling),
        CONSTRUCTOR(layer_add),
        CONSTRUCTOR(layer_concatenate),
        CONSTRUCTOR(layer_max_pooling1d),
        CONSTRUCTOR(layer_max_pooling2d),
        CONSTRUCTOR(layer_max_pooling3d),
        CONSTRUCTOR(layer_average_pooling1d),
        CONSTRUCTOR(layer_average_pooling2d),
        CONSTRUCTOR(layer_average_pooling3d),
        CONSTRUCTOR(layer_global_max_pooling1d),
        CONSTRUCTOR(layer_global_max_pooling2d),
        CONSTRUCTOR(layer_global_max_pooling3d),
        CONSTRUCTOR(layer_global_average_pooling1d),
        CONSTRUCTOR(layer_global_average_pooling2d),
        CONSTRUCTOR(layer_global_average_pooling3d),
        CONSTRUCTOR(layer_up_sampling1d),
        CONSTRUCTOR(layer_up_sampling2d),
        CONSTRUCTOR(layer_up_sampling3d),
        CONSTRUCTOR(layer_repeat_vector),
        CONSTRUCTOR(layer_zero_padding1d),
        CONSTRUCTOR(layer_zero_padding2d),
        CONSTRUCTOR(layer_zero_padding3d),
        CONSTRUCTOR(layer_cropping1d),
        CONSTRUCTOR(layer_cropping2d),
        CONSTRUCTOR(layer_cropping3d),
        CONSTRUCTOR(layer_resizing),
        CONSTRUCTOR(layer_depth_to_space),
        CONSTRUCTOR(layer_space_to_depth),
        CONSTRUCTOR(layer_permute),
        CONSTRUCTOR(loss_binary),
        CONSTRUCTOR(loss_categorical),
        CONSTRUCTOR(loss_sparse),
        CONSTRUCTOR(loss_squared),
        CONSTRUCTOR(loss_absolute),
        CONSTRUCTOR(metric_accuracy),
        CONSTRUCTOR(metric_binary),
        CONSTRUCTOR(metric_categorical),
        CONSTRUCTOR(metric_sparse),
        CONSTRUCTOR(metric_squared),
        CONSTRUCTOR(metric_absolute),
        CONSTRUCTOR(metric_psnr),
        CONSTRUCTOR(metric_ssim),
        CONSTRUCTOR(optimizer_sgd),
        CONSTRUCTOR(optimizer_rmsprop),
        CONSTRUCTOR(optimizer_adam),
        CONSTRUCTOR(optimizer_adamw),
        CONSTRUCTOR(callback_stopping),
        CONSTRUCTOR(callback_reduce),
        CONSTRUCTOR(callback_nan),
        CONSTRUCTOR(callback_csv),
        CONSTRUCTOR(callback_history),
        CONSTRUCTOR(callback_lambda),
        CONSTRUCTOR(callback_schedule),
        CONSTRUCTOR(params),
        {.name = "params, replaced", .make = make_params, .call = replace_param, .state = params_state, .drop = drop_params},
        {.name = "layer_params", .make = make_layer, .call = layer_params, .drop = drop_layer},
    };
    for (int i = 0; noun_at(i) != NULL; i++)
        try_kinds(run, noun_at(i));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        alloc_try(run, &cases[i]);
}
