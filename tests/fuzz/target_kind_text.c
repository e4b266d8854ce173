/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds in words, "layer:dense(units=3)": what was understood can be told as parameters, which mean the same again. */
#include "core/kind.h"
#include "core/kind_text.h"
#include "core/params.h"
#include "core/text.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <denoise/layer.h>
#include <stdlib.h>
#include <string.h>

static const denoise__registry *find_registry(const char *text, size_t length)
{
    for (size_t i = 0; denoise__registries[i] != NULL; i++) {
        const char *noun = denoise__registries[i]->noun;
        if (strlen(noun) == length && memcmp(noun, text, length) == 0) return denoise__registries[i];
    }
    return NULL;
}

static void tell_value(denoise__text *out, const denoise__param_value *value);

static void tell(denoise__text *out, const denoise_params *params)
{
    for (int64_t i = 0; i < denoise_params_count(params); i++) {
        const char *key = denoise_params_key(params, i);
        denoise__text_printf(out, "%s=", key);
        tell_value(out, denoise__params_find(params, key));
    }
}

static void tell_value(denoise__text *out, const denoise__param_value *value)
{
    char number[32];
    denoise__format_repr(number, sizeof number, value->number);
    denoise__text_printf(out, "%d %d %lld %s \"%s\" [", (int)value->type, (int)value->truth, (long long)value->integer, number,
                         value->text != NULL ? value->text : "");
    for (int64_t i = 0; i < value->count; i++) {
        denoise__text_printf(out, "%lld ", (long long)value->ints[i]);
    }
    denoise__text_printf(out, "](");
    tell(out, value->nested);
    denoise__text_printf(out, ");");
}

static bool same(const denoise_params *a, const denoise_params *b)
{
    denoise__text left = {0}, right = {0};
    tell(&left, a);
    tell(&right, b);
    bool equal = left.failed || right.failed || left.length == 0 || strcmp(left.data, right.data) == 0;
    denoise__text_free(&left);
    denoise__text_free(&right);
    return equal;
}

/* Parameters of what was made, and what is made of them. */
static void check_round(const denoise__registry *registry, const denoise__kind_ref *ref)
{
    denoise_params *params = NULL, *again = NULL;
    denoise__kind_ref copy = {NULL, NULL};
    denoise_status status = denoise__config_params(&params, ref->kind, ref->config);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK);
    if (status == DENOISE_OK) status = denoise__kind_ref_make(&copy, registry, ref->kind->name, params);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK && copy.kind == ref->kind);
    if (status == DENOISE_OK) status = denoise__config_params(&again, copy.kind, copy.config);
    if (status == DENOISE_OK) FUZZ_CHECK(same(params, again));
    if (params != NULL && strcmp(registry->noun, "layer") == 0) {
        denoise_layer *layer = NULL;
        status = denoise_layer_create(&layer, ref->kind->name, params);
        FUZZ_CHECK((layer != NULL) == (status == DENOISE_OK));
        fuzz_check_status(status);
        (void)fuzz_nomem(status);
        denoise_layer_free(layer);
    }
    denoise__kind_ref_clear(&copy);
    denoise_params_free(params);
    denoise_params_free(again);
}

/* A literal on its own; as a text again it is the same literal. */
static void check_literal(const char *text, size_t length)
{
    denoise__param_value value = {0}, again = {0};
    denoise_status status = denoise__param_value_parse(&value, text, length);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK || status == DENOISE_ERR_SYNTAX);
    if (status == DENOISE_OK && value.type == DENOISE_PARAM_DOUBLE) {
        char number[32];
        denoise__format_repr(number, sizeof number, value.number);
        status = denoise__param_value_parse(&again, number, strlen(number));
        bool whole = again.type == DENOISE_PARAM_TEXT; /* "inf" and "nan" are words */
        FUZZ_CHECK(whole || memcmp(&again.number, &value.number, sizeof value.number) == 0 || isnan(value.number));
    }
    FUZZ_CHECK(status != DENOISE_OK || value.type != DENOISE_PARAM_INTS || value.count <= DENOISE__MAX_INTS);
    denoise__param_value_clear(&value);
    denoise__param_value_clear(&again);
}

static void run(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    const char *colon = strchr(text, ':');
    const denoise__registry *registry = colon != NULL ? find_registry(text, (size_t)(colon - text)) : NULL;
    const char *words = registry != NULL ? colon + 1 : text;
    if (registry == NULL) registry = denoise__registries[fuzz_hash(data, size) % 4];
    denoise__kind_ref ref = {NULL, NULL};
    denoise_status status = denoise__kind_ref_make(&ref, registry, words, NULL);
    fuzz_check_status(status);
    FUZZ_CHECK(status == DENOISE_OK || (ref.kind == NULL && ref.config == NULL));
    FUZZ_CHECK(fuzz_memory_peak() <= 100 * (int64_t)size + (1 << 16));
    if (!fuzz_nomem(status) && ref.kind != NULL) check_round(registry, &ref);
    denoise__kind_ref_clear(&ref);
    check_literal(words, strlen(words));
    free(text);
}

static void every_kind(const fuzz_sink *sink)
{
    for (size_t i = 0; denoise__registries[i] != NULL; i++) {
        const denoise__registry *registry = denoise__registries[i];
        for (int32_t k = 0; k < registry->count; k++) {
            const denoise__kind *kind = registry->kinds[k];
            builder b = {.size = 0};
            builder_text(&b, registry->noun);
            builder_byte(&b, ':');
            builder_text(&b, kind->name);
            builder_byte(&b, '(');
            for (int32_t p = 0; p < kind->param_count; p++) {
                const char *text = kind->params[p].default_text;
                builder_text(&b, p > 0 ? ", " : "");
                builder_text(&b, kind->params[p].name);
                builder_byte(&b, '=');
                builder_text(&b, text != NULL && text[0] != '\0' ? text : "2");
            }
            builder_byte(&b, ')');
            builder_seed(sink, "kind", &b);
        }
    }
}

static void nested_seed(const fuzz_sink *sink, int depth)
{
    builder b = {.size = 0};
    builder_text(&b, "layer:");
    for (int i = 0; i < depth; i++) {
        builder_text(&b, "dense(2, kernel_regularizer=l2(");
    }
    for (int i = 0; i < 2 * depth; i++) {
        builder_byte(&b, ')');
    }
    builder_seed(sink, "nested", &b);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {
        "",
        "None",
        "activation:relu",
        "activation: relu ( ) ",
        "activation:relu(",
        "activation:relu)",
        "activation:relu(1",
        "activation:nope",
        "activation:elu(alpha=0.5)",
        "activation:elu(0.5)",
        "activation:elu(0.5, alpha=1)",
        "activation:elu(alpha=0.5, 1)",
        "activation:elu(alpha=)",
        "activation:elu(=1)",
        "activation:elu(1,,2)",
        "activation:elu(1, 2, 3, 4)",
        "activation:elu(alpha=inf)",
        "activation:elu(alpha=nan)",
        "activation:elu(alpha=1e999)",
        "activation:elu(alpha=\"x\")",
        "activation:elu(alpha='x)",
        "activation:elu(alpha=[1)",
        "activation:elu(alpha=(1])",
        "activation:elu(alpha=True)",
        "activation:elu(alpha=None)",
        "activation:elu(1alpha=1)",
        "activation:elu(beta=1)",
        "layer:Dense(3, relu, name=a)",
        "layer:dense(units=3.0)",
        "layer:dense(3.5)",
        "layer:dense(9007199254740993.0)",
        "layer:dense(-1)",
        "layer:dense(None)",
        "layer:dense(3, use_bias=2)",
        "layer:dense(3, use_bias=1)",
        "layer:dense(3, activation=elu(alpha=0.3))",
        "layer:dense(3, kernel_regularizer=None)",
        "layer:dense(3, kernel_regularizer=l1(-1))",
        "layer:dense(3, kernel_initializer=None)",
        "layer:dense(3, activation=5)",
        "layer:input_layer(shape=[2, 3])",
        "layer:input_layer(shape=[1,2,3,4,5,6,7,8,9])",
        "layer:input_layer(shape=[x])",
        "layer:input_layer(shape=[])",
        "layer:input_layer(shape=[-5])",
        "layer:input_layer(shape=2)",
        "layer:reshape([2, -1])",
        "layer:dense(3, name=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg)",
        "loss:mse(reduction=sum)",
        "loss:mse(reduction=none_such)",
        "loss:mse(reduction=3)",
        "callback:csv_logger(filename=x)",
        "initializer:random_uniform(-1, 1)",
        "initializer:random_uniform(1, -1)",
        "[1, 2]",
        "\"quoted\"",
        "'",
        "-",
        "1.5",
        "True",
        "layer:((((((((((((((((((",
        "layer:dense((((((((((((((((((1))))))))))))))))))))"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    every_kind(sink);
    nested_seed(sink, 2);
    nested_seed(sink, 9);
    builder b = {.size = 0};
    builder_text(&b, "layer:");
    for (int i = 0; i < 140; i++) {
        builder_byte(&b, 'a');
    }
    builder_seed(sink, "long_name", &b);
    builder_text(&b, "(1");
    b.data[10] = '(';
    builder_seed(sink, "long_key", &b);
}

static const char *const dictionary[] = {"\"activation:\"",
                                         "\"initializer:\"",
                                         "\"regularizer:\"",
                                         "\"layer:\"",
                                         "\"loss:\"",
                                         "\"metric:\"",
                                         "\"optimizer:\"",
                                         "\"callback:\"",
                                         "\"dense(\"",
                                         "\"units=\"",
                                         "\"name=\"",
                                         "\"elu(alpha=\"",
                                         "\"l1_l2(\"",
                                         "\"l2(\"",
                                         "\"None\"",
                                         "\"True\"",
                                         "\"[1, 2]\"",
                                         "\"activation=\"",
                                         "\"kernel_regularizer=\"",
                                         "\"input_layer(shape=[\"",
                                         "\"adam(\"",
                                         "\"learning_rate=\"",
                                         "\"))\"",
                                         "\", \"",
                                         NULL};

const fuzz_target fuzz_target_kind_text = {"kind_text", run, seeds, NULL, dictionary, 1024};
