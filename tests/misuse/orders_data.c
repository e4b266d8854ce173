/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/orders.h"
#include "support/nets.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void view_beyond_its_base(void)
{
    denoise_tensor *base = random_rows(4, 6, 1), *rows, *flat;
    OK(denoise_tensor_rows(&rows, base, 1, 2));
    OK(denoise_tensor_reshape(&flat, base, (const int64_t[]){24}, 1));
    float *data = denoise_tensor_data(rows);
    denoise_tensor_free(base);
    data[0] = 77.0F;
    double value;
    OK(denoise_tensor_item(flat, 6, &value)); /* one memory */
    TRUE(value == 77.0 && denoise_tensor_data(rows) == data);
    denoise_tensor_free(flat);
    OK(denoise_tensor_item(rows, 0, &value));
    TRUE(value == 77.0);
    denoise_tensor_free(rows);
}

static void count_destroy(void *user_data)
{
    ++*(int *)user_data;
}

static void borrowed_memory(void)
{
    float numbers[6] = {1, 2, 3, 4, 5, 6};
    int destroyed = 0;
    denoise_tensor *tensor, *view, *copy, *wrong;
    FAILS(denoise_tensor_borrow(&wrong, 99, (const int64_t[]){6}, 1, numbers, &destroyed, count_destroy), DTYPE, "");
    TRUE(destroyed == 0); /* not called when the call fails */
    OK(denoise_tensor_borrow(&tensor, DENOISE_FLOAT32, (const int64_t[]){6}, 1, numbers, &destroyed, count_destroy));
    OK(denoise_tensor_rows(&view, tensor, 2, 4));
    OK(denoise_tensor_copy(&copy, view));
    denoise_tensor_free(tensor);
    TRUE(destroyed == 0);
    denoise_tensor_free(view);
    TRUE(destroyed == 1);
    numbers[2] = 0;
    double value;
    OK(denoise_tensor_item(copy, 0, &value));
    TRUE(value == 3.0);
    denoise_tensor_free(copy);
    TRUE(destroyed == 1);
}

static void out_that_is_an_operand(void)
{
    denoise_tensor *tensor = random_rows(3, 4, 1), *rows, *other;
    OK(denoise_tensor_rows(&rows, tensor, 0, 1));
    OK(denoise_tensor_copy(&other, tensor));
    OK(denoise_tensor_add_into(tensor, tensor, rows)); /* as if the operands had been copied first */
    double a, b, sum;
    OK(denoise_tensor_item(other, 4, &a));
    OK(denoise_tensor_item(other, 0, &b));
    OK(denoise_tensor_item(tensor, 4, &sum));
    TRUE(sum == (double)((float)a + (float)b));
    FAILS(denoise_tensor_add_into(rows, tensor, tensor), SHAPE, "");
    denoise_tensor_free(rows);
    denoise_tensor_free(other);
    denoise_tensor_free(tensor);
}

static void params_after_their_use(void)
{
    denoise_params *params, *of_layer;
    denoise_layer *layer;
    int64_t units = 0;
    const char *text, *key;
    OK(denoise_params_new(&params));
    OK(denoise_params_set_int(params, "units", 3));
    OK(denoise_layer_create(&layer, "dense", params));
    OK(denoise_params_set_int(params, "units", 4)); /* the layer has a copy */
    OK(denoise_layer_params(&of_layer, layer));
    denoise_layer_free(layer);
    OK(denoise_params_get_int(of_layer, "units", &units));
    TRUE(units == 3);
    FAILS(denoise_params_get_text(params, "units", &text), DTYPE, "units");
    FAILS(denoise_params_get_int(params, "planet", &units), NOT_FOUND, "planet");
    TRUE(units == 3);
    OK(denoise_params_set_text(params, "units", "three")); /* another type replaces it */
    FAILS(denoise_layer_create(&layer, "dense", params), DTYPE, "units");
    TRUE(layer == NULL);
    key = denoise_params_key(params, 0);
    TRUE(strcmp(key, "units") == 0 && denoise_params_count(params) == 1);
    denoise_params_free(params);
    denoise_params_free(of_layer);
}

static void params_in_themselves(void)
{
    denoise_params *params;
    OK(denoise_params_new(&params));
    denoise_status status = DENOISE_OK;
    int depth = 0;
    for (; depth < 40 && status == DENOISE_OK; depth++)
        status = denoise_params_set_kind(params, "self", "kind", params);
    FAILS(status, LIMIT, "16");
    TRUE(depth <= 17 && denoise_params_count(params) == 1);
    denoise_params_free(params);
}

static void reader_without_its_file(void)
{
    denoise_tensor *tensor = random_rows(3, 4, 1), *out;
    const denoise_tensor *tensors[] = {tensor};
    const char *names[] = {"t"};
    denoise_safetensors *reader;
    FAILS(denoise_safetensors_open(&reader, "none.safetensors", NULL), NOT_FOUND, "none.safetensors");
    OK(denoise_safetensors_save("t.safetensors", names, tensors, 1, NULL, NULL, 0));
    OK(denoise_safetensors_open(&reader, "t.safetensors", NULL));
    OK(denoise_safetensors_save("t.safetensors", names, tensors, 0, NULL, NULL, 0)); /* replaced while it is open */
    TRUE(unlink("t.safetensors") == 0);
    OK(denoise_safetensors_get(&out, reader, "t"));
    TRUE(denoise_tensor_equal(out, tensor) == 1);
    denoise_safetensors_free(reader);
    TRUE(denoise_tensor_equal(out, tensor) == 1);
    denoise_tensor_free(out);
    denoise_tensor_free(tensor);
}

static void weights_of_another_model(void)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL), *other = two_layers(6, 4, "relu", 2, NULL);
    OK(denoise_model_save_weights(other, "other.safetensors"));
    OK(denoise_model_save_weights(model, "model.safetensors"));
    uint64_t before = hash_of_weights(model);
    FAILS(denoise_model_load_weights(model, "other.safetensors", NULL), SCHEMA, "dense");
    FAILS(denoise_model_load_weights(model, "none.safetensors", NULL), NOT_FOUND, "none.safetensors");
    TRUE(hash_of_weights(model) == before);
    OK(denoise_model_load_weights(model, "model.safetensors", NULL));
    TRUE(hash_of_weights(model) == before);
    denoise_model_free(model);
    denoise_model_free(other);
}

static void workspace_of_another_model(void)
{
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL), *same = two_layers(6, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(4, 6, 1), *more = random_rows(5, 6, 1), *out = random_rows(4, 2, 1);
    denoise_tensor *large = random_rows(5, 2, 1);
    denoise_workspace *workspace;
    OK(denoise_workspace_new(&workspace, model, 4));
    FAILS(denoise_model_predict_into(out, same, x, workspace), INVALID, "workspace");
    FAILS(denoise_model_predict_into(large, model, more, workspace), SHAPE, "rows");
    OK(denoise_model_predict_into(out, model, x, workspace));
    denoise_workspace_free(workspace);
    denoise_tensor_free(x);
    denoise_tensor_free(more);
    denoise_tensor_free(out);
    denoise_tensor_free(large);
    denoise_model_free(model);
    denoise_model_free(same);
}

static void settings_inside_the_sink(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level;
    (void)text;
    (void)length;
    FAILS(denoise_set_log_sink(NULL), STATE, "sink");
    ++*(int *)user_data;
}

static void sink_in_itself(void)
{
    int writes = 0;
    denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = settings_inside_the_sink, .user_data = &writes};
    denoise_model *model = two_layers(6, 3, "relu", 2, NULL);
    OK(denoise_set_log_sink(&sink));
    OK(denoise_model_print_summary(model, NULL));
    TRUE(writes > 0);
    OK(denoise_set_log_sink(NULL));
    int before = writes;
    OK(denoise_model_print_summary(model, NULL));
    TRUE(writes == before);
    denoise_model_free(model);
}

static void error_of_an_older_failure(void)
{
    denoise_tensor *out;
    char text[512];
    FAILS(denoise_tensor_new(&out, 99, NULL, 0), DTYPE, "");
    (void)snprintf(text, sizeof text, "%s", denoise_last_error());
    OK(denoise_tensor_new(&out, DENOISE_FLOAT32, NULL, 0)); /* a success does not clear it */
    TRUE(strcmp(text, denoise_last_error()) == 0 && denoise_last_status() == DENOISE_ERR_DTYPE);
    TRUE(denoise_layer_name(NULL)[0] == '\0' && denoise_last_status() == DENOISE_ERR_DTYPE); /* nor does a getter */
    denoise_tensor_free(out);
}

const story stories_of_data[] = {
    {"a view beyond its base", view_beyond_its_base},
    {"borrowed memory", borrowed_memory},
    {"out that is an operand", out_that_is_an_operand},
    {"parameters after their use", params_after_their_use},
    {"parameters in themselves", params_in_themselves},
    {"a reader without its file", reader_without_its_file},
    {"weights of another model", weights_of_another_model},
    {"a workspace of another model", workspace_of_another_model},
    {"a sink in itself", sink_in_itself},
    {"the error of an older failure", error_of_an_older_failure},
    {NULL, NULL},
};
