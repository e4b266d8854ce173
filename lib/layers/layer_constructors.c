/* SPDX-License-Identifier: Apache-2.0 */
/* Making layers: by name, and by the typed constructors, which fill a bag of parameters and go the same way. */
#include "core/memory.h"
#include "layers/layer.h"
#include <string.h>

static denoise_layer exhausted = {.part = DENOISE__PART_NOMEM};

static denoise_status check_name(const char *name)
{
    if (strchr(name, '/') == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "name is \"%s\", expected one without \"/\"", name);
}

/* An inert layer when it fails; NULL when there is no memory even for that. */
static denoise_layer *make(const char *kind, const denoise_params *params, denoise_status status)
{
    denoise_layer *layer = denoise__allocate_zeroed(1, sizeof *layer);
    if (layer == NULL) return NULL;
    if (status != DENOISE_OK) {
        atomic_init(&layer->part.references, 1);
        denoise__part_poison(&layer->part, status);
        return layer;
    }
    if (denoise__part_init(&layer->part, &denoise__layer_registry, kind, params) != DENOISE_OK) return layer;
    const denoise__layer_config *config = layer->part.config;
    memcpy(layer->name, config->name, sizeof layer->name);
    status = check_name(layer->name);
    if (status == DENOISE_OK)
        layer->trainable = config->trainable != 0;
    else
        denoise__part_poison(&layer->part, denoise__context(status, "%s: ", layer->part.kind->name));
    return layer;
}

denoise_status denoise_layer_create(denoise_layer **out, const char *name, const denoise_params *params)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(name);
    denoise_layer *layer = make(name, params, DENOISE_OK);
    if (layer == NULL) return denoise__fail_nomem();
    denoise_status status = layer->part.status;
    if (status == DENOISE_OK)
        *out = layer;
    else
        denoise__layer_release(layer);
    return status;
}

void denoise_layer_free(denoise_layer *layer)
{
    if (layer != NULL && layer->part.owner == NULL) denoise__layer_release(layer);
}

/* Parameters being gathered; the first failure stays. */
typedef struct gather {
    denoise_params *params;
    denoise_status status;
} gather;

static gather begin(const char *name)
{
    gather g = {NULL, DENOISE_OK};
    g.status = denoise_params_new(&g.params);
    if (g.status == DENOISE_OK && name != NULL) g.status = denoise_params_set_text(g.params, "name", name);
    return g;
}

static void put_text(gather *g, const char *key, const char *value)
{
    if (g->status != DENOISE_OK) return;
    g->status = value == NULL ? denoise_params_set_none(g->params, key) : denoise_params_set_text(g->params, key, value);
}

static void put_int(gather *g, const char *key, int64_t value)
{
    if (g->status == DENOISE_OK) g->status = denoise_params_set_int(g->params, key, value);
}

static void put_bool(gather *g, const char *key, int32_t value)
{
    if (g->status == DENOISE_OK) g->status = denoise_params_set_bool(g->params, key, value != 0);
}

static void put_double(gather *g, const char *key, double value)
{
    if (g->status == DENOISE_OK) g->status = denoise_params_set_double(g->params, key, value);
}

static void put_shape(gather *g, const char *key, const int64_t *shape, int32_t rank)
{
    static const int64_t none[1];
    if (g->status != DENOISE_OK) return;
    if (rank < 0 || rank >= DENOISE_MAX_RANK) {
        g->status = denoise__fail(DENOISE_ERR_RANGE, "rank is %d, expected 0 .. %d", (int)rank, DENOISE_MAX_RANK - 1);
    } else if (shape == NULL && rank > 0) {
        g->status = denoise__fail(DENOISE_ERR_NULL, "shape is NULL, expected %d lengths", (int)rank);
    } else {
        g->status = denoise_params_set_ints(g->params, key, shape == NULL ? none : shape, rank);
    }
}

static denoise_layer *end(gather *g, const char *kind)
{
    denoise_layer *layer = make(kind, g->params, g->status);
    denoise_params_free(g->params);
    if (layer != NULL) return layer;
    (void)denoise__fail_nomem();
    return &exhausted;
}

denoise_layer *denoise_layer_input(const int64_t *shape, int32_t rank, const char *name)
{
    gather g = begin(name);
    put_shape(&g, "shape", shape, rank);
    return end(&g, "input_layer");
}

void denoise_dense_options_init(denoise_dense_options *options)
{
    static const denoise_dense_options defaults = DENOISE_DENSE_OPTIONS_INIT;
    if (options != NULL) *options = defaults;
}

static void put_dense_options(gather *g, const denoise_dense_options *options)
{
    put_text(g, "kernel_initializer", options->kernel_initializer);
    put_text(g, "bias_initializer", options->bias_initializer);
    put_text(g, "kernel_regularizer", options->kernel_regularizer);
    put_text(g, "bias_regularizer", options->bias_regularizer);
    put_bool(g, "use_bias", options->use_bias);
    put_bool(g, "trainable", options->trainable);
}

denoise_layer *denoise_layer_dense(int64_t units, const char *activation, const denoise_dense_options *options)
{
    bool known = options == NULL || options->struct_size >= (int64_t)sizeof *options;
    gather g = begin(options != NULL && known ? options->name : NULL);
    if (!known && g.status == DENOISE_OK) {
        g.status = denoise__fail(DENOISE_ERR_INVALID, "denoise_dense_options has struct_size %lld, expected at least %lld",
                                 (long long)options->struct_size, (long long)sizeof *options);
    }
    put_int(&g, "units", units);
    if (activation != NULL) put_text(&g, "activation", activation);
    if (options != NULL && known) put_dense_options(&g, options);
    return end(&g, "dense");
}

denoise_layer *denoise_layer_activation(const char *activation, const char *name)
{
    gather g = begin(name);
    put_text(&g, "activation", activation);
    return end(&g, "activation");
}

denoise_layer *denoise_layer_flatten(const char *name)
{
    gather g = begin(name);
    return end(&g, "flatten");
}

denoise_layer *denoise_layer_reshape(const int64_t *shape, int32_t rank, const char *name)
{
    gather g = begin(name);
    put_shape(&g, "target_shape", shape, rank);
    return end(&g, "reshape");
}

denoise_layer *denoise_layer_dropout(double rate, const char *name)
{
    gather g = begin(name);
    put_double(&g, "rate", rate);
    return end(&g, "dropout");
}

denoise_layer *denoise_layer_gaussian_noise(double stddev, const char *name)
{
    gather g = begin(name);
    put_double(&g, "stddev", stddev);
    return end(&g, "gaussian_noise");
}

denoise_layer *denoise_layer_rescaling(double scale, double offset, const char *name)
{
    gather g = begin(name);
    put_double(&g, "scale", scale);
    put_double(&g, "offset", offset);
    return end(&g, "rescaling");
}

denoise_layer *denoise_layer_add(const char *name)
{
    gather g = begin(name);
    return end(&g, "add");
}

denoise_layer *denoise_layer_concatenate(int32_t axis, const char *name)
{
    gather g = begin(name);
    put_int(&g, "axis", axis);
    return end(&g, "concatenate");
}
