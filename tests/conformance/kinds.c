/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/kinds.h"
#include "core/kind.h"
#include "train/callback.h"
#include <math.h>
#include <string.h>

/* A layer that holds a kind of another noun as one of its parameters. */
static denoise_status make_host(void **out, const char *layer, const char *key, const char *name, const denoise_params *nested)
{
    denoise_params *params;
    denoise_status status = denoise_params_new(&params);
    if (status != DENOISE_OK) return status;
    if (strcmp(layer, "dense") == 0) status = denoise_params_set_int(params, "units", 3);
    if (status == DENOISE_OK) status = denoise_params_set_kind(params, key, name, nested);
    if (status == DENOISE_OK) status = denoise_layer_create((denoise_layer **)out, layer, params);
    denoise_params_free(params);
    return status;
}

#define MAKER(noun)                                                                                                            \
    static denoise_status make_##noun(void **out, const char *name, const denoise_params *params)                              \
    {                                                                                                                          \
        denoise_##noun *made;                                                                                                  \
        denoise_status status = denoise_##noun##_create(&made, name, params);                                                  \
        *out = made;                                                                                                           \
        return status;                                                                                                         \
    }                                                                                                                          \
    static void free_##noun(void *made)                                                                                        \
    {                                                                                                                          \
        denoise_##noun##_free(made);                                                                                           \
    }
MAKER(layer)
MAKER(loss)
MAKER(metric)
MAKER(schedule)
MAKER(optimizer)

static denoise_status same_rate(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch, (void)user_data;
    *result = rate;
    return DENOISE_OK;
}

/* Kinds that need a function are refused by name, with a word about it, and made by their constructors. */
static denoise_status make_callback(void **out, const char *name, const denoise_params *params)
{
    denoise_callback *made;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_status status = denoise_callback_create(&made, name, params);
    const denoise__kind *kind = denoise__registry_find(&denoise__callback_registry, name);
    if (kind != NULL && ((const denoise__callback_kind *)(const void *)kind)->missing_by_name != NULL) {
        assert_true(status != DENOISE_OK && made == NULL);
        if (status != DENOISE_ERR_INVALID) return status;
        assert_non_null(strstr(denoise_last_error(), "denoise_callback_"));
        if (strcmp(kind->name, "lambda") == 0) made = denoise_callback_lambda(&hooks, NULL, NULL);
        if (strcmp(kind->name, "learning_rate_scheduler") == 0)
            made = denoise_callback_learning_rate_scheduler(same_rate, NULL, NULL);
        status = made == NULL ? status : denoise_callback_status(made);
        if (made != NULL && status != DENOISE_OK) {
            denoise_callback_free(made);
            made = NULL;
        }
    }
    *out = made;
    return status;
}

static void free_callback(void *made)
{
    denoise_callback_free(made);
}

#define HELD(noun, layer, key)                                                                                                 \
    static denoise_status make_##noun(void **out, const char *name, const denoise_params *params)                              \
    {                                                                                                                          \
        return make_host(out, layer, key, name, params);                                                                       \
    }
HELD(activation, "activation", "activation")
HELD(initializer, "dense", "kernel_initializer")
HELD(regularizer, "dense", "kernel_regularizer")
HELD(constraint, "dense", "kernel_constraint")

/* How an object of each noun is made and freed. A noun of the library that has no row here fails test_kinds. */
static const struct maker {
    const char *noun;
    denoise_status (*make)(void **out, const char *name, const denoise_params *params);
    void (*free)(void *made);
} makers[] = {
    {"layer", make_layer, free_layer},
    {"activation", make_activation, free_layer},
    {"initializer", make_initializer, free_layer},
    {"regularizer", make_regularizer, free_layer},
    {"constraint", make_constraint, free_layer},
    {"loss", make_loss, free_loss},
    {"metric", make_metric, free_metric},
    {"schedule", make_schedule, free_schedule},
    {"optimizer", make_optimizer, free_optimizer},
    {"callback", make_callback, free_callback},
};

const char *noun_at(int64_t index)
{
    return denoise__registries[index] == NULL ? NULL : denoise__registries[index]->noun;
}

static const struct maker *maker_of(const char *noun)
{
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (strcmp(makers[i].noun, noun) == 0) return &makers[i];
    fail_msg("no row of `makers` says how a %s is made", noun);
    return NULL;
}

denoise_status object_make(object *out, const char *noun, const char *name, const denoise_params *params)
{
    *out = (object){noun, NULL};
    return maker_of(noun)->make(&out->pointer, name, params);
}

void object_free(object *made)
{
    maker_of(made->noun)->free(made->pointer);
    made->pointer = NULL;
}

bool param_at(denoise_param_info *out, const char *noun, const char *name, int64_t index)
{
    *out = (denoise_param_info){.struct_size = (int64_t)sizeof *out};
    denoise_status status = denoise_kind_param(out, noun, name, index);
    if (status == DENOISE_ERR_RANGE) return false;
    ASSERT_OK(status);
    return true;
}

bool param_named(denoise_param_info *out, const char *noun, const char *name, const char *param)
{
    for (int64_t i = 0; param_at(out, noun, name, i); i++)
        if (strcmp(out->name, param) == 0) return true;
    return false;
}

static double fitting_number(const denoise_param_info *info)
{
    if (!isnan(info->minimum) && !isnan(info->maximum) && info->type == DENOISE_PARAM_DOUBLE) {
        return (info->minimum + info->maximum) / 2.0;
    }
    if (!isnan(info->minimum)) return info->minimum + 1.0;
    return isnan(info->maximum) ? 1.0 : info->maximum - 1.0;
}

/* The first kind of the noun that the parameter's name ends with, as in "kernel_initializer". */
static const char *fitting_kind(const char *param)
{
    for (int64_t i = 0; noun_at(i) != NULL; i++) {
        const char *noun = noun_at(i);
        size_t length = strlen(param), end = strlen(noun);
        if (length >= end && strcmp(param + length - end, noun) == 0) return denoise_kind_name(noun, 0);
    }
    fail_msg("parameter %s is a kind of no known noun", param);
    return NULL;
}

void set_fitting(denoise_params *params, const denoise_param_info *info)
{
    static const int64_t shape[] = {2, 3};
    static const double numbers[] = {2.5, 3.5};
    switch (info->type) {
    case DENOISE_PARAM_BOOL:
        ASSERT_OK(denoise_params_set_bool(params, info->name, 1));
        break;
    case DENOISE_PARAM_INT:
        ASSERT_OK(denoise_params_set_int(params, info->name, (int64_t)fitting_number(info)));
        break;
    case DENOISE_PARAM_DOUBLE:
        ASSERT_OK(denoise_params_set_double(params, info->name, fitting_number(info)));
        break;
    case DENOISE_PARAM_TEXT: /* a file, which is not opened before it is needed */
        ASSERT_OK(denoise_params_set_text(params, info->name, "never_written.csv"));
        break;
    case DENOISE_PARAM_INTS:
        ASSERT_OK(denoise_params_set_ints(params, info->name, shape, 2));
        break;
    case DENOISE_PARAM_DOUBLES: /* values are one more than boundaries */
        ASSERT_OK(denoise_params_set_doubles(params, info->name, numbers, strcmp(info->name, "boundaries") == 0 ? 1 : 2));
        break;
    default:
        ASSERT_OK(denoise_params_set_kind(params, info->name, fitting_kind(info->name), NULL));
    }
}

denoise_params *fitting_params(const char *noun, const char *name)
{
    denoise_params *params;
    denoise_param_info info;
    object made;
    ASSERT_OK(denoise_params_new(&params));
    for (int64_t i = 0; param_at(&info, noun, name, i); i++)
        if (info.default_text == NULL) set_fitting(params, &info);
    denoise_status status = object_make(&made, noun, name, params);
    for (int64_t i = 0; status == DENOISE_ERR_INVALID && param_at(&info, noun, name, i); i++) { /* one number for all axes */
        if (info.type != DENOISE_PARAM_INTS || info.default_text != NULL) continue;
        ASSERT_OK(denoise_params_set_int(params, info.name, 2));
        status = object_make(&made, noun, name, params);
    }
    for (int64_t i = 0; status == DENOISE_ERR_DTYPE && param_at(&info, noun, name, i); i++) { /* a permutation */
        static const int64_t swapped[] = {2, 1};
        if (info.type != DENOISE_PARAM_INTS || info.default_text != NULL) continue;
        ASSERT_OK(denoise_params_set_ints(params, info.name, swapped, 2));
        status = object_make(&made, noun, name, params);
    }
    for (int64_t i = 0; status == DENOISE_ERR_INVALID && param_at(&info, noun, name, i); i++) {
        if (info.type != DENOISE_PARAM_INTS || !info.nullable) continue;
        set_fitting(params, &info);
        status = object_make(&made, noun, name, params);
    }
    if (status != DENOISE_OK) fail_msg("%s %s: %s", noun, name, denoise_last_error());
    object_free(&made);
    return params;
}

static bool nested_equal(const denoise_params *a, const denoise_params *b, const char *key)
{
    const char *name_a, *name_b;
    const denoise_params *nested_a, *nested_b;
    ASSERT_OK(denoise_params_get_kind(a, key, &name_a, &nested_a));
    ASSERT_OK(denoise_params_get_kind(b, key, &name_b, &nested_b));
    return strcmp(name_a, name_b) == 0 && params_equal(nested_a, nested_b);
}

static bool ints_equal(const denoise_params *a, const denoise_params *b, const char *key)
{
    int64_t ints_a[8], ints_b[8], count_a, count_b;
    ASSERT_OK(denoise_params_get_ints(a, key, ints_a, &count_a));
    ASSERT_OK(denoise_params_get_ints(b, key, ints_b, &count_b));
    return count_a == count_b && memcmp(ints_a, ints_b, (size_t)count_a * sizeof(int64_t)) == 0;
}

static bool doubles_equal(const denoise_params *a, const denoise_params *b, const char *key)
{
    double numbers_a[16], numbers_b[16];
    int64_t count_a, count_b;
    ASSERT_OK(denoise_params_get_doubles(a, key, numbers_a, 16, &count_a));
    ASSERT_OK(denoise_params_get_doubles(b, key, numbers_b, 16, &count_b));
    assert_true(count_a <= 16);
    for (int64_t i = 0; i < count_a && i < count_b; i++)
        if (numbers_a[i] != numbers_b[i]) return false;
    return count_a == count_b;
}

static bool value_equal(const denoise_params *a, const denoise_params *b, const char *key)
{
    int32_t truth_a, truth_b;
    double number_a, number_b;
    const char *text_a, *text_b;
    int32_t type = denoise_params_type(a, key);
    if (type != denoise_params_type(b, key)) return false;
    switch (type) {
    case DENOISE_PARAM_NONE:
        return true;
    case DENOISE_PARAM_BOOL:
        ASSERT_OK(denoise_params_get_bool(a, key, &truth_a));
        ASSERT_OK(denoise_params_get_bool(b, key, &truth_b));
        return truth_a == truth_b;
    case DENOISE_PARAM_INT:
    case DENOISE_PARAM_DOUBLE:
        ASSERT_OK(denoise_params_get_double(a, key, &number_a));
        ASSERT_OK(denoise_params_get_double(b, key, &number_b));
        return number_a == number_b;
    case DENOISE_PARAM_TEXT:
        ASSERT_OK(denoise_params_get_text(a, key, &text_a));
        ASSERT_OK(denoise_params_get_text(b, key, &text_b));
        return strcmp(text_a, text_b) == 0;
    case DENOISE_PARAM_INTS:
        return ints_equal(a, b, key);
    case DENOISE_PARAM_DOUBLES:
        return doubles_equal(a, b, key);
    default:
        return nested_equal(a, b, key);
    }
}

bool params_equal(const denoise_params *a, const denoise_params *b)
{
    if (denoise_params_count(a) != denoise_params_count(b)) return false;
    for (int64_t i = 0; i < denoise_params_count(a); i++) {
        const char *key = denoise_params_key(a, i);
        if (strcmp(key, denoise_params_key(b, i)) != 0 || !value_equal(a, b, key)) {
            print_error("parameter %s differs\n", key);
            return false;
        }
    }
    return true;
}
