/* SPDX-License-Identifier: Apache-2.0 */
#include "support/nets.h"
#include "support/hash.h"
#include <stdio.h>
#include <string.h>

void assert_ok(denoise_status status, const char *call, const char *file, int line)
{
    if (status != DENOISE_OK) print_error("%s: %s\n", call, denoise_last_error());
    _assert_int_equal((unsigned long)status, DENOISE_OK, file, line);
}

void assert_fails(denoise_status status, denoise_status code, const char *piece, const char *call, const char *file, int line)
{
    if (status != code || strstr(denoise_last_error(), piece) == NULL) {
        print_error("%s: %s, \"%s\"\n  expected %s with \"%s\"\n", call, denoise_status_name(status), denoise_last_error(),
                    denoise_status_name(code), piece);
        _fail(file, line);
    }
}

denoise_tensor *random_rows(int64_t rows, int64_t columns, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_rng_new(&rng, 7, stream));
    ASSERT_OK(denoise_tensor_random_normal(&tensor, (const int64_t[]){rows, columns}, 2, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return tensor;
}

denoise_tensor *random_labels(int64_t rows, int32_t classes, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_rng_new(&rng, 8, stream));
    ASSERT_OK(denoise_tensor_new(&tensor, DENOISE_INT32, &rows, 1));
    for (int64_t i = 0; i < rows; i++) {
        uint32_t word;
        ASSERT_OK(denoise_rng_words(rng, &word, 1));
        ((int32_t *)denoise_tensor_data(tensor))[i] = (int32_t)(word % (uint32_t)classes);
    }
    denoise_rng_free(rng);
    return tensor;
}

denoise_model *two_layers(int64_t inputs, int64_t hidden, const char *activation, int64_t outputs, const char *last)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "two_layers"));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&inputs, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_dense(hidden, activation, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_dense(outputs, last, NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static denoise_layer *named_dense(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_dense(units, activation, &options);
}

denoise_model *branches(void)
{
    const int64_t six = 6;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "branches"));
    denoise_node *a = denoise_graph_input_layer(g, denoise_layer_input(&six, 1, "a"));
    denoise_node *b = denoise_graph_input_layer(g, denoise_layer_input(&six, 1, "b"));
    denoise_layer *shared = named_dense(4, "tanh", "shared");
    denoise_node *sides[] = {denoise_graph_apply(g, shared, a), denoise_graph_apply(g, shared, b)};
    denoise_node *joined = denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), sides, 2);
    denoise_node *around[] = {joined, denoise_graph_apply(g, named_dense(8, "elu", "around"), joined), joined};
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), around, 3);
    denoise_node *outputs[] = {denoise_graph_apply(g, named_dense(3, "softmax", "digit"), sum),
                               denoise_graph_apply(g, named_dense(6, "softplus", "clean"), sum)};
    ASSERT_OK(denoise_graph_build_many(&model, g, (denoise_node *[]){a, b}, 2, outputs, 2, NULL));
    denoise_graph_free(g);
    return model;
}

uint64_t hash_of(const denoise_tensor *tensor)
{
    size_t count = (size_t)denoise_tensor_size(tensor), bytes = (size_t)denoise_tensor_bytes(tensor);
    return hash_numbers(denoise_tensor_const_data(tensor), count, count == 0 ? 1 : bytes / count);
}

uint64_t hash_of_weights(const denoise_model *model)
{
    uint64_t hash = 0;
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        denoise_tensor *weight;
        ASSERT_OK(denoise_model_get_weight(&weight, model, i));
        hash = hash * 31 + hash_of(weight);
        denoise_tensor_free(weight);
    }
    return hash;
}

const char *activation_text(int64_t index)
{
    static char buffers[8][200];
    static int next;
    const char *name = denoise_kind_name("activation", index);
    if (name == NULL) return NULL;
    char *text = buffers[next++ % 8];
    int used = snprintf(text, sizeof buffers[0], "%s", name), given = 0;
    for (int64_t i = 0;; i++) {
        denoise_param_info info = {.struct_size = (int64_t)sizeof info};
        if (denoise_kind_param(&info, "activation", name, i) != DENOISE_OK) break;
        if (info.default_text != NULL) continue;
        used += snprintf(text + used, sizeof buffers[0] - (size_t)used, "%s%s=1", given++ == 0 ? "(" : ", ", info.name);
    }
    if (given > 0) used += snprintf(text + used, sizeof buffers[0] - (size_t)used, ")");
    assert_true((size_t)used < sizeof buffers[0]);
    return text;
}
