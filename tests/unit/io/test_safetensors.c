/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of a model, saved and loaded. */
#include "io/file_format.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/temp_dir.h"
#include <denoise/graph.h>
#include <denoise/layer.h>
#include <denoise/runtime.h>
#include <denoise/sequential.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static temp_dir dir;

/* input (3) -> dense "a" (4) -> dense "b" (2) */
static denoise_model *make_model(uint64_t seed)
{
    denoise_sequential *sequential = NULL;
    denoise_model *model = NULL;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    options.seed = seed;
    assert_int_equal(denoise_sequential_new(&sequential, NULL), DENOISE_OK);
    assert_int_equal(denoise_sequential_add(sequential, denoise_layer_input((const int64_t[]){3}, 1, NULL)), DENOISE_OK);
    dense.name = "a";
    assert_int_equal(denoise_sequential_add(sequential, denoise_layer_dense(4, "relu", &dense)), DENOISE_OK);
    dense.name = "b";
    assert_int_equal(denoise_sequential_add(sequential, denoise_layer_dense(2, NULL, &dense)), DENOISE_OK);
    assert_int_equal(denoise_sequential_build(&model, sequential, &options), DENOISE_OK);
    denoise_sequential_free(sequential);
    return model;
}

static bool same_weights(const denoise_model *a, const denoise_model *b)
{
    bool same = true;
    for (int64_t i = 0; i < denoise_model_weight_count(a); i++) {
        denoise_tensor *left = NULL, *right = NULL;
        assert_int_equal(denoise_model_get_weight(&left, a, i), DENOISE_OK);
        assert_int_equal(denoise_model_get_weight(&right, b, i), DENOISE_OK);
        same = same && denoise_tensor_equal(left, right);
        denoise_tensor_free(right);
        denoise_tensor_free(left);
    }
    return same;
}

static void round_trip(void **state)
{
    (void)state;
    denoise_model *saved = make_model(1);
    denoise_model *loaded = make_model(2);
    const char *path = temp_dir_file(&dir, "w.safetensors");
    assert_false(same_weights(saved, loaded));
    assert_int_equal(denoise_model_save_weights(saved, path), DENOISE_OK);
    assert_int_equal(denoise_model_load_weights(loaded, path, NULL), DENOISE_OK);
    assert_true(same_weights(saved, loaded));
    denoise_safetensors *reader = NULL;
    assert_int_equal(denoise_safetensors_open(&reader, path, NULL), DENOISE_OK);
    assert_int_equal(denoise_safetensors_count(reader), 4);
    assert_string_equal(denoise_safetensors_name(reader, 0), "a/kernel");
    assert_string_equal(denoise_safetensors_name(reader, 3), "b/bias");
    assert_string_equal(denoise_safetensors_metadata(reader, "format"), "denoise");
    denoise_safetensors_free(reader);
    denoise_model_free(loaded);
    denoise_model_free(saved);
}

/* Files with the weights of make_model(), of which some are wrong. */
typedef struct given {
    const char *names[5];
    int32_t dtypes[5];
    int64_t shapes[5][2];
    int32_t ranks[5];
    int64_t count;
    const char *text;
} given;

#define F DENOISE_FLOAT32

static void write_given(const char *path, const given *it)
{
    denoise_tensor *tensors[5] = {NULL};
    for (int64_t i = 0; i < it->count; i++) {
        assert_int_equal(denoise_tensor_new(&tensors[i], it->dtypes[i], it->shapes[i], it->ranks[i]), DENOISE_OK);
    }
    assert_int_equal(
        denoise_safetensors_save(path, it->names, (const denoise_tensor *const *)tensors, it->count, NULL, NULL, 0),
        DENOISE_OK);
    for (int64_t i = 0; i < it->count; i++) {
        denoise_tensor_free(tensors[i]);
    }
}

static void files_that_do_not_fit(void **state)
{
    (void)state;
    static const given cases[] = {
        {{"a/kernel", "a/bias", "b/kernel"},
         {F, F, F},
         {{3, 4}, {4}, {4, 2}},
         {2, 1, 2},
         3,
         "tensor \"b/bias\": the model needs it, the file has none of this name"},
        {{"a/kernel", "a/bias", "b/kernel", "b/bias", "c/bias"},
         {F, F, F, F, F},
         {{3, 4}, {4}, {4, 2}, {2}, {2}},
         {2, 1, 2, 1, 1},
         5,
         "tensor \"c/bias\": the model has no weight of this name"},
        {{"a/kernel", "a/bias", "b/kernel", "b/bias"},
         {F, F, F, F},
         {{4, 3}, {4}, {4, 2}, {2}},
         {2, 1, 2, 1},
         4,
         "tensor \"a/kernel\": the model needs float32 (3, 4), the file has float32 (4, 3)"},
        {{"a/kernel", "a/bias", "b/kernel", "b/bias"},
         {F, F, F, DENOISE_INT32},
         {{3, 4}, {4}, {4, 2}, {2}},
         {2, 1, 2, 1},
         4,
         "tensor \"b/bias\": the model needs float32 (2,), the file has int32 (2,)"},
        {{"a/kernel", "a/bias", "b/kernel", "b/bias"},
         {F, F, F, DENOISE_FLOAT64},
         {{3, 4}, {4}, {4, 2}, {2}},
         {2, 1, 2, 1},
         4,
         "the file has float64 (2,)"},
        {{"a/kernel", "a/bias", "b/kernel", "b/bias"},
         {F, F, F, F},
         {{3, 4}, {4}, {4, 2}, {2, 1}},
         {2, 1, 2, 2},
         4,
         "the file has float32 (2, 1)"},
        {{NULL}, {0}, {{0}}, {0}, 0, "tensor \"a/kernel\": the model needs it"},
    };
    denoise_model *model = make_model(1);
    denoise_model *untouched = make_model(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_given(temp_dir_file(&dir, "wrong"), &cases[i]);
        assert_int_equal(denoise_model_load_weights(model, temp_dir_file(&dir, "wrong"), NULL), DENOISE_ERR_SCHEMA);
        if (strstr(denoise_last_error(), cases[i].text) == NULL) fail_msg("%s", denoise_last_error());
        assert_non_null(strstr(denoise_last_error(), "/wrong: "));
        assert_true(same_weights(model, untouched));
    }
    denoise_model_free(untouched);
    denoise_model_free(model);
}

static void a_type_that_the_library_lacks(void **state)
{
    (void)state;
    static const char file[] = "\076\0\0\0\0\0\0\0{\"a/kernel\":{\"dtype\":\"BF16\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    denoise_model *model = make_model(1);
    temp_dir_write(&dir, "bf16", file, sizeof file - 1);
    assert_int_equal(denoise_model_load_weights(model, temp_dir_file(&dir, "bf16"), NULL), DENOISE_ERR_SCHEMA);
    assert_non_null(strstr(denoise_last_error(), "tensor \"a/kernel\": the model needs F32"));
    denoise_model_free(model);
}

static void any_numbers_are_loaded(void **state)
{
    (void)state;
    denoise_model *model = make_model(1);
    denoise_model *loaded = make_model(2);
    denoise_tensor *bias = NULL;
    const float numbers[] = {-0.0F, INFINITY};
    assert_int_equal(denoise_tensor_from_data(&bias, F, (const int64_t[]){2}, 1, numbers), DENOISE_OK);
    assert_int_equal(denoise_model_set_weight(model, 3, bias), DENOISE_OK);
    assert_int_equal(denoise_model_save_weights(model, temp_dir_file(&dir, "odd")), DENOISE_OK);
    assert_int_equal(denoise_model_load_weights(loaded, temp_dir_file(&dir, "odd"), NULL), DENOISE_OK);
    denoise_tensor *back = NULL;
    assert_int_equal(denoise_model_get_weight(&back, loaded, 3), DENOISE_OK);
    assert_memory_equal(denoise_tensor_const_data(back), numbers, sizeof numbers);
    denoise_tensor_free(back);
    denoise_tensor_free(bias);
    denoise_model_free(loaded);
    denoise_model_free(model);
}

static void other_failures(void **state)
{
    (void)state;
    denoise_model *model = make_model(1);
    denoise_model *untouched = make_model(1);
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.bytes = 10;
    const char *path = temp_dir_file(&dir, "w");
    assert_int_equal(denoise_model_save_weights(NULL, path), DENOISE_ERR_NULL);
    assert_int_equal(denoise_model_save_weights(model, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_model_load_weights(NULL, path, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_model_load_weights(model, NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_model_load_weights(model, temp_dir_file(&dir, "no such file"), NULL), DENOISE_ERR_NOT_FOUND);
    assert_int_equal(denoise_model_save_weights(model, temp_dir_file(&dir, "missing/w")), DENOISE_ERR_NOT_FOUND);
    assert_int_equal(denoise_model_save_weights(model, path), DENOISE_OK);
    assert_int_equal(denoise_model_load_weights(model, path, &limits), DENOISE_ERR_LIMIT);
    size_t size;
    char *file = temp_dir_read(&dir, "w", &size);
    for (size_t cut = 0; cut < size; cut += 7) {
        temp_dir_write(&dir, "cut", file, cut);
        assert_int_equal(denoise_model_load_weights(model, temp_dir_file(&dir, "cut"), NULL), DENOISE_ERR_TRUNCATED);
    }
    free(file);
    assert_true(same_weights(model, untouched));
    denoise_model_free(untouched);
    denoise_model_free(model);
}

/* A model of one input and one output of 3 numbers, around other models. */
static denoise_model *around(const char *name, denoise_model *const *inside, int64_t count)
{
    denoise_graph *graph = NULL;
    denoise_model *model = NULL;
    assert_int_equal(denoise_graph_new(&graph, name), DENOISE_OK);
    denoise_node *x = denoise_graph_input(graph, (const int64_t[]){3}, 1), *y = x;
    for (int64_t i = 0; i < count; i++)
        y = denoise_graph_apply_model(graph, inside[i], y);
    assert_int_equal(denoise_graph_build(&model, graph, x, y, NULL), DENOISE_OK);
    denoise_graph_free(graph);
    return model;
}

/* A model "same" with one layer "a" of 3 numbers. */
static denoise_model *make_same(uint64_t seed)
{
    denoise_sequential *sequential = NULL;
    denoise_model *model = NULL;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    options.seed = seed;
    dense.name = "a";
    assert_int_equal(denoise_sequential_new(&sequential, "same"), DENOISE_OK);
    assert_int_equal(denoise_sequential_add(sequential, denoise_layer_input((const int64_t[]){3}, 1, NULL)), DENOISE_OK);
    assert_int_equal(denoise_sequential_add(sequential, denoise_layer_dense(3, NULL, &dense)), DENOISE_OK);
    assert_int_equal(denoise_sequential_build(&model, sequential, &options), DENOISE_OK);
    denoise_sequential_free(sequential);
    return model;
}

/* "whole" of `count` models "in0", "in1", each around a model "same" of its own. */
static denoise_model *make_nested(uint64_t seed, int64_t count)
{
    static const char *const names[] = {"in0", "in1"};
    denoise_model *inside[2] = {NULL};
    for (int64_t i = 0; i < count; i++) {
        denoise_model *same = make_same(seed + (uint64_t)i);
        inside[i] = around(names[i], &same, 1);
        denoise_model_free(same);
    }
    denoise_model *model = around("whole", inside, count);
    for (int64_t i = 0; i < count; i++)
        denoise_model_free(inside[i]);
    return model;
}

static void models_of_one_name_at_different_places(void **state)
{
    (void)state;
    denoise_model *saved = make_nested(1, 2), *loaded = make_nested(5, 2);
    const char *path = temp_dir_file(&dir, "nested");
    assert_false(same_weights(saved, loaded));
    assert_int_equal(denoise_model_save_weights(saved, path), DENOISE_OK);
    assert_int_equal(denoise_model_load_weights(loaded, path, NULL), DENOISE_OK);
    assert_true(same_weights(saved, loaded));
    denoise_safetensors *reader = NULL;
    assert_int_equal(denoise_safetensors_open(&reader, path, NULL), DENOISE_OK);
    assert_int_equal(denoise_safetensors_count(reader), 4);
    assert_string_equal(denoise_safetensors_name(reader, 0), "in0/same/a/kernel");
    assert_string_equal(denoise_safetensors_name(reader, 3), "in1/same/a/bias");
    denoise_safetensors_free(reader);
    denoise_model_free(saved);
    denoise_model_free(loaded);
}

static const given old_form = {{"same/a/kernel", "same/a/bias"}, {F, F}, {{3, 3}, {3}}, {2, 1}, 2, NULL};

/* Files of version 0.1 told the innermost model only. */
static void a_file_with_old_names_is_loaded(void **state)
{
    (void)state;
    denoise_model *model = make_nested(1, 1);
    denoise_tensor *kernel = NULL;
    const char *path = temp_dir_file(&dir, "old");
    write_given(path, &old_form);
    assert_int_equal(denoise_model_load_weights(model, path, NULL), DENOISE_OK);
    assert_int_equal(denoise_model_get_weight(&kernel, model, 0), DENOISE_OK);
    for (int64_t i = 0; i < 9; i++)
        assert_true(((const float *)denoise_tensor_const_data(kernel))[i] == 0);
    denoise_tensor_free(kernel);
    denoise_model_free(model);
}

/* An old name that two weights had, or that is the whole name of another, is not taken for either. */
static void old_names_are_not_guessed(void **state)
{
    (void)state;
    const char *path = temp_dir_file(&dir, "old");
    write_given(path, &old_form);
    denoise_model *model = make_nested(1, 2);
    assert_int_equal(denoise_model_load_weights(model, path, NULL), DENOISE_ERR_SCHEMA);
    assert_non_null(
        strstr(denoise_last_error(), "tensor \"in0/same/a/kernel\": the model needs it, the file has none of this name"));
    denoise_model_free(model);
    denoise_model *same[2] = {make_same(1), make_same(2)}, *in0 = around("in0", &same[0], 1);
    model = around("whole", (denoise_model *[]){in0, same[1]}, 2);
    assert_int_equal(denoise_model_load_weights(model, path, NULL), DENOISE_ERR_SCHEMA);
    assert_non_null(strstr(denoise_last_error(), "tensor \"in0/same/a/kernel\": the model needs it"));
    denoise_model_free(model);
    denoise_model_free(in0);
    denoise_model_free(same[0]);
    denoise_model_free(same[1]);
}

static void out_of_memory_with_old_names(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    denoise_model *model = make_nested(1, 1);
    const char *path = temp_dir_file(&dir, "old");
    write_given(path, &old_form);
    int64_t live = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = denoise_model_load_weights(model, path, NULL);
        bool failed = failing_alloc_disarm();
        assert_int_equal(failing_alloc_live(), live);
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (!failed) break;
    }
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

static void out_of_memory(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    denoise_model *model = make_model(1);
    denoise_model *other = make_model(2);
    denoise_model *untouched = make_model(2);
    int64_t live = failing_alloc_live();
    for (int load = 0; load < 2; load++) {
        for (int64_t n = 1;; n++) {
            failing_alloc_arm(n, false);
            denoise_status status = load ? denoise_model_load_weights(other, temp_dir_file(&dir, "memory"), NULL)
                                         : denoise_model_save_weights(model, temp_dir_file(&dir, "memory"));
            bool failed = failing_alloc_disarm();
            assert_int_equal(failing_alloc_live(), live);
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            if (!failed) break;
            assert_true(same_weights(other, untouched));
        }
    }
    assert_true(same_weights(model, other));
    denoise_model_free(untouched);
    denoise_model_free(other);
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(files_that_do_not_fit),
        cmocka_unit_test(a_type_that_the_library_lacks),
        cmocka_unit_test(any_numbers_are_loaded),
        cmocka_unit_test(other_failures),
        cmocka_unit_test(models_of_one_name_at_different_places),
        cmocka_unit_test(a_file_with_old_names_is_loaded),
        cmocka_unit_test(old_names_are_not_guessed),
        cmocka_unit_test(out_of_memory_with_old_names),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
