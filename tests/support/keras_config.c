/* SPDX-License-Identifier: Apache-2.0 */
#include "support/keras_config.h"
#include <stdio.h>
#include <string.h>

/* Keys that say how Keras keeps an object, not what it computes. */
static const char *const book_keeping[] = {"dtype", "name", "module", "registered_name", "build_config"};

/* Options that count only where another one is on. */
static const struct {
    const char *option, *only_with;
} switched[] = {{"ema_momentum", "use_ema"}, {"ema_overwrite_frequency", "use_ema"}, {"renorm_momentum", "renorm"}};

/* tf.image.ssim's window and constants, which are fixed here. */
static const struct {
    const char *option;
    double value;
} fixed[] = {{"filter_size", 11}, {"filter_sigma", 1.5}, {"k1", 0.01}, {"k2", 0.03}};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_off(json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_false(value);
}

/* The option with which alone this one counts; NULL: it counts by itself. */
static const char *switch_of(const char *key)
{
    for (size_t i = 0; i < COUNT(switched); i++) {
        if (strcmp(key, switched[i].option) == 0) return switched[i].only_with;
    }
    return NULL;
}

static bool is_neutral(json_t *config, const char *key, json_t *value)
{
    if (is_off(value)) return true;
    for (size_t i = 0; i < COUNT(book_keeping); i++) {
        if (strcmp(key, book_keeping[i]) == 0) return true;
    }
    for (size_t i = 0; i < COUNT(fixed); i++) {
        if (strcmp(key, fixed[i].option) == 0) return json_is_number(value) && json_number_value(value) == fixed[i].value;
    }
    return switch_of(key) != NULL && is_off(json_object_get(config, switch_of(key)));
}

/* The parameter table's row for a key. */
static bool find_param(fixture *f, denoise_param_info *out, const char *noun, const char *kind, const char *key)
{
    *out = (denoise_param_info){.struct_size = (int64_t)sizeof(*out)};
    for (int64_t i = 0;; i++) {
        denoise_status status = denoise_kind_param(out, noun, kind, i);
        if (status == DENOISE_ERR_RANGE) return false;
        fixture_ok(f, status);
        if (strcmp(out->name, key) == 0) return true;
    }
}

static void check_kind(fixture *f, const char *noun, const char *kind)
{
    denoise_param_info info = {.struct_size = (int64_t)sizeof(info)};
    if (denoise_kind_param(&info, noun, kind, 0) == DENOISE_ERR_NAME) fixture_skip(f, "%s %s", noun, kind);
}

static void set_doubles(fixture *f, denoise_params *params, const char *key, json_t *list)
{
    double values[64];
    size_t count = json_array_size(list);
    if (count > 64) fixture_fail(f, "%s has %zu numbers", key, count);
    for (size_t i = 0; i < count; i++)
        values[i] = json_number_value(json_array_get(list, i));
    fixture_ok(f, denoise_params_set_doubles(params, key, values, (int64_t)count));
}

/* A shape; null, a length that is not fixed, is -1. Pairs, as of padding, come one behind the other. Answers the new count. */
static int64_t add_ints(fixture *f, const char *key, json_t *list, int64_t *values, int64_t count)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *value = json_array_get(list, i);
        if (json_is_array(value)) {
            count = add_ints(f, key, value, values, count);
            continue;
        }
        if (!json_is_integer(value) && !json_is_null(value)) fixture_fail(f, "%s is no list of whole numbers", key);
        if (count == DENOISE_MAX_RANK) fixture_fail(f, "%s has more than %d lengths", key, DENOISE_MAX_RANK);
        values[count++] = json_is_null(value) ? -1 : json_integer_value(value);
    }
    return count;
}

static void set_ints(fixture *f, denoise_params *params, const char *key, json_t *list)
{
    int64_t values[DENOISE_MAX_RANK], count = add_ints(f, key, list, values, 0);
    fixture_ok(f, denoise_params_set_ints(params, key, values, count));
}

/* {"class_name", "config"}: what follows the last "_" of the key is the noun, as in "kernel_initializer". */
static void set_kind(fixture *f, denoise_params *params, const char *key, json_t *value, int32_t type)
{
    const char *kind = json_string_value(json_object_get(value, "class_name"));
    if (kind == NULL) fixture_fail(f, "%s has no class name", key);
    bool is_rate = strcmp(key, "learning_rate") == 0;
    if (type != DENOISE_PARAM_KIND && !is_rate) fixture_skip(f, "option %s = %s", key, kind);
    const char *noun = strrchr(key, '_');
    noun = is_rate ? "schedule" : noun == NULL ? key : noun + 1;
    denoise_params *nested = keras_params(f, noun, kind, json_object_get(value, "config"));
    fixture_ok(f, denoise_params_set_kind(params, key, kind, nested));
}

static void set_value(fixture *f, denoise_params *params, const char *key, json_t *value, int32_t type)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        fixture_ok(f, denoise_params_set_none(params, key));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        fixture_ok(f, denoise_params_set_bool(params, key, json_is_true(value)));
        break;
    case JSON_INTEGER:
        fixture_ok(f, denoise_params_set_int(params, key, json_integer_value(value)));
        break;
    case JSON_REAL:
        fixture_ok(f, denoise_params_set_double(params, key, json_real_value(value)));
        break;
    case JSON_STRING:
        fixture_ok(f, denoise_params_set_text(params, key, json_string_value(value)));
        break;
    case JSON_ARRAY:
        if (type == DENOISE_PARAM_DOUBLES)
            set_doubles(f, params, key, value);
        else
            set_ints(f, params, key, value);
        break;
    case JSON_OBJECT:
        set_kind(f, params, key, value, type);
        break;
    }
}

denoise_params *keras_params(fixture *f, const char *noun, const char *kind, json_t *config)
{
    check_kind(f, noun, kind);
    denoise_params *params;
    fixture_ok(f, denoise_params_new(&params));
    fixture_keep_params(f, params);
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value)
    {
        denoise_param_info info;
        if (strcmp(key, "dtype") == 0) continue;
        if (find_param(f, &info, noun, kind, key)) {
            set_value(f, params, key, value, info.type);
        } else if (!is_neutral(config, key, value)) {
            fixture_skip(f, "option %s of %s %s", switch_of(key) != NULL ? switch_of(key) : key, noun, kind);
        }
    }
    return params;
}

denoise_layer *keras_layer(fixture *f, const char *kind, json_t *config)
{
    denoise_layer *layer;
    denoise_params *params = keras_params(f, "layer", kind, config);
    fixture_ok(f, denoise_layer_create(&layer, kind, params));
    return fixture_keep_layer(f, layer);
}

denoise_optimizer *keras_optimizer(fixture *f, const char *kind, json_t *config)
{
    denoise_optimizer *optimizer;
    denoise_params *params = keras_params(f, "optimizer", kind, config);
    fixture_ok(f, denoise_optimizer_create(&optimizer, kind, params));
    return fixture_keep_optimizer(f, optimizer);
}

denoise_loss *keras_loss(fixture *f, json_t *loss)
{
    const char *kind = json_string_value(json_is_object(loss) ? json_object_get(loss, "class_name") : loss);
    if (kind == NULL) fixture_fail(f, "a loss is neither a text nor an object with a class name");
    denoise_loss *out;
    denoise_params *params = keras_params(f, "loss", kind, json_object_get(loss, "config"));
    fixture_ok(f, denoise_loss_create(&out, kind, params));
    return fixture_keep_loss(f, out);
}

denoise_metric *keras_metric(fixture *f, const char *kind, json_t *config)
{
    denoise_metric *metric;
    denoise_params *params = keras_params(f, "metric", kind, config);
    fixture_ok(f, denoise_metric_create(&metric, kind, params));
    return fixture_keep_metric(f, metric);
}
