/* SPDX-License-Identifier: Apache-2.0 */
/* Names from outside on layers and models, one per line: what a model tells of itself can be shown, and finds them again. */
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <denoise/denoise.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES = 4 };

/* A quote in a text of DOT is escaped, and all are closed. */
static bool quotes_match(const char *text)
{
    bool open = false;
    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0') {
            text++;
        } else if (*text == '"') {
            open = !open;
        } else if (*text == '\n' && open) {
            return false;
        }
    }
    return !open;
}

static void check_texts(const denoise_model *model)
{
    char *text = NULL;
    denoise_status status = denoise_model_summary(&text, model, NULL);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK && fuzz_is_clean(text, "\n"));
    denoise_free(text);
    text = NULL;
    status = denoise_model_dot(&text, model);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK && fuzz_is_clean(text, "\n\t") && quotes_match(text));
    denoise_free(text);
}

static void check_weights(const denoise_model *model)
{
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        char name[16], whole[2048];
        int64_t length = denoise_model_weight_name(model, i, whole, (int64_t)sizeof whole);
        FUZZ_CHECK(length >= 0 && (length >= (int64_t)sizeof whole || (int64_t)strlen(whole) == length));
        FUZZ_CHECK(denoise_model_weight_name(model, i, name, (int64_t)sizeof name) == length);
        FUZZ_CHECK(strncmp(name, whole, sizeof name - 1) == 0 && strlen(name) < sizeof name);
    }
    for (int64_t i = 0; i < denoise_model_layer_count(model); i++) {
        const char *name = denoise_model_layer_name(model, i);
        FUZZ_CHECK(name != NULL && denoise_model_layer(model, name) == denoise_model_layer_at(model, i));
    }
}

static void check_submodel(const denoise_model *model, const char *from)
{
    denoise_model *part = NULL;
    denoise_status status = denoise_model_submodel(&part, model, from, NULL);
    fuzz_check_status(status);
    FUZZ_CHECK((part != NULL) == (status == DENOISE_OK));
    denoise_model_free(part);
}

static void check_file(denoise_model *model)
{
    char path[300];
    (void)strcpy(path, fuzz_folder());
    (void)strcat(path, "/names.safetensors");
    denoise_status status = denoise_model_save_weights(model, path);
    fuzz_check_status(status);
    if (status != DENOISE_OK) {
        FUZZ_CHECK(fuzz_nomem(status) || status == DENOISE_ERR_NAME || status == DENOISE_ERR_DUPLICATE);
        return;
    }
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.name_length = 4096;
    status = denoise_model_load_weights(model, path, &limits);
    if (!fuzz_nomem(status)) FUZZ_CHECK(status == DENOISE_OK);
}

static void try_names(char *const *names)
{
    denoise_sequential *sequential = NULL;
    denoise_model *model = NULL;
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    denoise_status status = denoise_sequential_new(&sequential, names[0]);
    fuzz_check_status(status);
    if (fuzz_nomem(status) || sequential == NULL) return;
    (void)denoise_sequential_add(sequential, denoise_layer_input((const int64_t[]){2}, 1, names[1]));
    options.name = names[2];
    (void)denoise_sequential_add(sequential, denoise_layer_dense(2, "relu", &options));
    options.name = names[3];
    (void)denoise_sequential_add(sequential, denoise_layer_dense(1, names[0], &options));
    FUZZ_CHECK(fuzz_is_clean(denoise_sequential_error(sequential), ""));
    status = denoise_sequential_build(&model, sequential, NULL);
    fuzz_check_status(status);
    FUZZ_CHECK((model != NULL) == (status == DENOISE_OK));
    denoise_sequential_free(sequential);
    if (fuzz_nomem(status) || model == NULL) return;
    check_texts(model);
    check_weights(model);
    check_submodel(model, names[2]);
    check_file(model);
    denoise_model_free(model);
}

static void run(const uint8_t *data, size_t size)
{
    char *names[NAMES] = {NULL};
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    char *at = text;
    for (int i = 0; i < NAMES && at != NULL; i++) {
        char *end = strchr(at, '\n');
        if (end != NULL) *end = '\0';
        names[i] = *at != '\0' ? at : NULL;
        at = end != NULL ? end + 1 : NULL;
    }
    try_names(names);
    /* The last layer's activation is the model's name, which is seldom one; so try without as well. */
    char *model_name = names[0];
    names[0] = NULL;
    if (model_name != NULL) try_names(names);
    free(text);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {"",
                                        "relu",
                                        "model\nin\nhidden\nout",
                                        "tanh\na\nb\nc",
                                        "\na\na\na",
                                        "\n\nb\nb",
                                        "\n\"quoted\"\n\\back\nsl/ash",
                                        "\n\xc3\xa9t\xc3\xa9\n\xe6\xbc\xa2\n\xf0\x9f\x98\x80",
                                        "\n\xff\n\x01\n\xc2\x80",
                                        "\n{a|b}\n<c>\n%s%n",
                                        "\nin/kernel\nout/bias\ndense/kernel",
                                        "linear\n__metadata__\n \n\t",
                                        "elu(alpha=0.5)\n\n\n",
                                        "softmax\ninput_layer\ndense\ndense_1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    builder b = {.size = 0};
    for (int i = 0; i < 130; i++) {
        builder_byte(&b, i % 65 == 0 ? '\n' : 'x');
    }
    builder_seed(sink, "longest", &b);
}

static const char *const dictionary[] = {"\"\\x0a\"",   "\"\\\"\"", "\"\\\\\"", "\"\\xe6\\xbc\\xa2\"", "\"dense\"", "\"relu\"",
                                         "\"softmax\"", "\"/\"",    NULL};

const fuzz_target fuzz_target_names = {"names", run, seeds, NULL, dictionary, 512};
