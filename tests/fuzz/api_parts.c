/* SPDX-License-Identifier: Apache-2.0 */
/* Parts and their parameters: layers, optimizers, losses, metrics, callbacks. */
#include "fuzz/api.h"
#include <math.h>

static void set_params(api *a)
{
    unsigned slot = api_pick(a, 2);
    denoise_params *params = API_ANYWHERE;
    if (a->params[slot] == NULL) {
        if (!api_made(denoise_params_new(&params), &params)) return;
        a->params[slot] = params;
    }
    params = a->params[slot];
    const char *key = api_name(a);
    int64_t shape[9] = {0};
    switch (api_pick(a, 7)) {
    case 0:
        (void)api_done(denoise_params_set_int(params, key, api_size(a)));
        break;
    case 1:
        (void)api_done(denoise_params_set_double(params, key, api_number(a)));
        break;
    case 2:
        (void)api_done(denoise_params_set_text(params, key, api_name(a)));
        break;
    case 3:
        (void)api_done(denoise_params_set_ints(params, key, shape, api_shape(a, shape)));
        break;
    case 4:
        (void)api_done(denoise_params_set_kind(params, key, api_name(a), a->params[api_pick(a, 2)]));
        break;
    case 5:
        (void)api_done(denoise_params_set_none(params, key));
        break;
    default:
        (void)api_done(denoise_params_set_bool(params, key, (int32_t)api_byte(a)));
        break;
    }
}

static void keep_part(api_part *slot, void *part)
{
    *slot = (api_part){part, 0};
}

static denoise_layer *some_layer(api *a)
{
    int64_t shape[9] = {0};
    switch (api_pick(a, 14)) {
    case 12:
        return api_pick(a, 2) ? denoise_layer_batch_normalization(NULL) : denoise_layer_group_normalization(api_size(a), NULL);
    case 13:
        return api_pick(a, 2) ? denoise_layer_layer_normalization(NULL)
                              : denoise_layer_unit_normalization(shape, api_shape(a, shape), api_name(a));
    case 0:
    case 1:
        return denoise_layer_input((const int64_t[]){3}, 1, api_name(a));
    case 2:
        return denoise_layer_input(shape, api_shape(a, shape), NULL);
    case 3:
    case 4:
        return denoise_layer_dense(1 + api_pick(a, 3), api_name(a), NULL);
    case 5:
        return denoise_layer_dense(api_size(a), NULL, NULL);
    case 6:
        return denoise_layer_activation(api_name(a), NULL);
    case 7:
        return api_pick(a, 2) ? denoise_layer_flatten(api_name(a)) : denoise_layer_reshape(shape, api_shape(a, shape), NULL);
    case 8:
        return api_pick(a, 2) ? denoise_layer_dropout(api_number(a), NULL) : denoise_layer_gaussian_noise(api_number(a), NULL);
    case 9:
        return denoise_layer_rescaling(api_number(a), api_number(a), NULL);
    case 10:
        return denoise_layer_add(NULL);
    default:
        return denoise_layer_concatenate((int32_t)api_size(a), NULL);
    }
}

static void make_layer(api *a)
{
    api_part *slot = api_empty_part(a->layers, API_LAYERS);
    if (slot == NULL) return;
    denoise_layer *layer = API_ANYWHERE;
    if (api_pick(a, 4) == 0) {
        if (api_made(denoise_layer_create(&layer, api_name(a), a->params[api_pick(a, 2)]), &layer)) keep_part(slot, layer);
        return;
    }
    layer = some_layer(a);
    if (FUZZ_CHECK(layer != NULL)) keep_part(slot, layer);
}

static void use_layer(api *a)
{
    denoise_layer *layer = a->layers[api_pick(a, API_LAYERS)].part;
    denoise_params *params = API_ANYWHERE;
    denoise_tensor *tensor = API_ANYWHERE;
    (void)denoise_layer_status(layer);
    (void)denoise_layer_name(layer);
    (void)denoise_layer_class_name(layer);
    (void)denoise_layer_count_params(layer);
    (void)denoise_layer_weight_name(layer, (int32_t)api_size(a));
    (void)api_done(denoise_layer_set_trainable(layer, (int32_t)api_pick(a, 3) - 1));
    if (api_made(denoise_layer_params(&params, layer), &params)) denoise_params_free(params);
    if (api_made(denoise_layer_get_weight(&tensor, layer, (int32_t)api_pick(a, 4) - 1), &tensor)) api_keep_tensor(a, tensor);
    (void)api_done(denoise_layer_set_weight(layer, (int32_t)api_pick(a, 3), api_tensor(a)));
    a->weights_set = true;
}

static void make_optimizer(api *a)
{
    static const double rates[] = {0.01, 0.1, 1.0, 0.0, -1.0, NAN, INFINITY};
    api_part *slot = api_empty_part(a->optimizers, API_PARTS);
    if (slot == NULL) return;
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    denoise_optimizer *optimizer = API_ANYWHERE;
    sgd.learning_rate = adam.learning_rate = rates[api_pick(a, 7)];
    switch (api_pick(a, 5)) {
    case 0:
        sgd.momentum = api_pick(a, 2) ? 0.5 : api_number(a);
        optimizer = denoise_optimizer_sgd(&sgd);
        break;
    case 1:
        optimizer = denoise_optimizer_adam(&adam);
        break;
    case 2:
        adam.struct_size = api_size(a);
        optimizer = denoise_optimizer_adamw(api_pick(a, 2) ? &adam : NULL);
        break;
    case 3:
        optimizer = denoise_optimizer_rmsprop(NULL);
        break;
    default:
        if (!api_made(denoise_optimizer_create(&optimizer, api_name(a), a->params[api_pick(a, 2)]), &optimizer)) return;
        break;
    }
    if (FUZZ_CHECK(optimizer != NULL)) keep_part(slot, optimizer);
}

static void use_optimizer(api *a)
{
    api_part *slot = &a->optimizers[api_pick(a, API_PARTS)];
    denoise_optimizer *optimizer = slot->part;
    denoise_tensor *weights[2] = {api_tensor(a), api_tensor(a)};
    const denoise_tensor *gradients[2] = {api_tensor(a), api_tensor(a)};
    (void)denoise_optimizer_status(optimizer);
    (void)denoise_optimizer_iterations(optimizer);
    (void)api_done(denoise_optimizer_set_learning_rate(optimizer, api_pick(a, 2) ? 0.5 : -api_number(a)));
    if (weights[0] == weights[1]) return; /* one tensor twice is not what the call is for */
    static const int64_t counts[] = {1, 2, 1, 0, -1};
    (void)api_done(denoise_optimizer_apply(optimizer, weights, gradients, counts[api_pick(a, 5)]));
}

static void make_loss(api *a)
{
    api_part *slot = api_empty_part(a->losses, API_PARTS);
    if (slot == NULL) return;
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    denoise_loss *loss = API_ANYWHERE;
    options.label_smoothing = api_pick(a, 3) == 0 ? api_number(a) : 0;
    options.from_logits = api_pick(a, 4) == 0;
    switch (api_pick(a, 6)) {
    case 0:
        loss = denoise_loss_binary_crossentropy(&options);
        break;
    case 1:
        loss = denoise_loss_categorical_crossentropy(&options);
        break;
    case 2:
        loss = denoise_loss_sparse_categorical_crossentropy(NULL);
        break;
    case 3:
        loss = denoise_loss_mean_squared_error();
        break;
    case 4:
        loss = denoise_loss_mean_absolute_error();
        break;
    default:
        if (!api_made(denoise_loss_create(&loss, api_name(a), a->params[api_pick(a, 2)]), &loss)) return;
        break;
    }
    if (FUZZ_CHECK(loss != NULL)) keep_part(slot, loss);
}

static void use_loss(api *a)
{
    denoise_loss *loss = a->losses[api_pick(a, API_PARTS)].part;
    denoise_tensor *gradient = NULL;
    double value = 0;
    (void)denoise_loss_name(loss);
    denoise_status status =
        denoise_loss_compute(&value, api_pick(a, 2) ? &gradient : NULL, loss, api_tensor(a), api_tensor(a), api_tensor(a));
    FUZZ_CHECK(status == DENOISE_OK || gradient == NULL);
    if (api_done(status)) api_keep_tensor(a, gradient);
}

static void make_metric(api *a)
{
    api_part *slot = api_empty_part(a->metrics, API_PARTS);
    if (slot == NULL) return;
    denoise_metric *metric = API_ANYWHERE;
    switch (api_pick(a, 6)) {
    case 0:
        metric = denoise_metric_accuracy();
        break;
    case 1:
        metric = denoise_metric_binary_accuracy(api_number(a));
        break;
    case 2:
        metric = denoise_metric_mean_squared_error();
        break;
    case 3:
        metric = denoise_metric_sparse_categorical_accuracy();
        break;
    case 4:
        metric = denoise_metric_psnr(1, api_size(a), 1.0);
        break;
    default:
        if (!api_made(denoise_metric_create(&metric, api_name(a), a->params[api_pick(a, 2)]), &metric)) return;
        break;
    }
    if (FUZZ_CHECK(metric != NULL)) keep_part(slot, metric);
}

static void use_metric(api *a)
{
    denoise_metric *metric = a->metrics[api_pick(a, API_PARTS)].part;
    double value = 0;
    (void)denoise_metric_name(metric);
    (void)api_done(denoise_metric_update_state(metric, api_tensor(a), api_tensor(a), api_tensor(a)));
    (void)api_done(denoise_metric_result(&value, metric));
    (void)api_done(denoise_metric_reset_state(metric));
}

const api_call api_part_calls[] = {set_params, make_layer,  make_layer, use_layer, make_optimizer, use_optimizer, make_loss,
                                   use_loss,   make_metric, use_metric, NULL};
