/* SPDX-License-Identifier: Apache-2.0 */
#include "models/model.h"
#include "support/nets.h"
#include <string.h>

/* A model of one input and one output of 8 numbers, around a model or two. */
static denoise_model *around(const char *name, denoise_model *first, denoise_model *second)
{
    const int64_t eight = 8;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, name));
    denoise_node *x = denoise_graph_input(g, &eight, 1), *y = denoise_graph_apply_model(g, first, x);
    if (second != NULL) y = denoise_graph_apply_model(g, second, y);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    return model;
}

/* "outer" of "left" and "right", in each of which is a "two_layers", its own or the same one. */
static denoise_model *nested(bool is_shared)
{
    denoise_model *inner[2] = {two_layers(8, 3, "relu", 8, "sigmoid"), two_layers(8, 3, "relu", 8, "sigmoid")};
    denoise_model *left = around("left", inner[0], NULL), *right = around("right", inner[is_shared ? 0 : 1], NULL);
    denoise_model *outer = around("outer", left, right);
    denoise_model_free(inner[0]), denoise_model_free(inner[1]);
    denoise_model_free(left), denoise_model_free(right);
    return outer;
}

static void check_names(const denoise_model *model, const char *const *names, int64_t count)
{
    assert_int_equal(denoise_model_weight_count(model), count);
    for (int64_t i = 0; i < count; i++) {
        char name[96], cut[6];
        assert_int_equal(denoise_model_weight_name(model, i, name, sizeof name), strlen(names[i]));
        assert_string_equal(name, names[i]);
        assert_int_equal(denoise_model_weight_name(model, i, cut, sizeof cut), strlen(names[i]));
        assert_memory_equal(cut, names[i], 5);
        assert_int_equal(cut[5], '\0');
    }
}

static const char *const own[] = {"left/two_layers/dense/kernel",    "left/two_layers/dense/bias",
                                  "left/two_layers/dense_1/kernel",  "left/two_layers/dense_1/bias",
                                  "right/two_layers/dense/kernel",   "right/two_layers/dense/bias",
                                  "right/two_layers/dense_1/kernel", "right/two_layers/dense_1/bias"};

static void names_are_whole_paths(void **state)
{
    (void)state;
    denoise_model *model = nested(false);
    check_names(model, own, 8);
    denoise_model_free(model);
}

static void a_shared_layer_has_its_first_place(void **state)
{
    (void)state;
    denoise_model *model = nested(true);
    check_names(model, own, 4);
    denoise_model_free(model);
}

static void old_names_tell_the_innermost_model_only(void **state)
{
    (void)state;
    char name[96];
    denoise_model *model = nested(false), *flat = two_layers(8, 3, "relu", 8, NULL);
    assert_int_equal(denoise__model_old_weight_name(model, 6, name, sizeof name), strlen("two_layers/dense_1/kernel"));
    assert_string_equal(name, "two_layers/dense_1/kernel");
    denoise__model_old_weight_name(flat, 0, name, sizeof name);
    assert_string_equal(name, "dense/kernel");
    denoise_model_free(model), denoise_model_free(flat);
}

typedef struct visits {
    char paths[16][64];
    int count, fail_at;
    float value; /* written when reading */
    bool is_reading;
} visits;

static denoise_status note(void *context, const char *path, denoise__variable *variable)
{
    visits *v = context;
    assert_in_range(v->count, 0, 15);
    assert_true(strlen(path) < sizeof v->paths[0]);
    memcpy(v->paths[v->count++], path, strlen(path) + 1);
    assert_int_equal(variable->dtype, DENOISE_FLOAT32);
    assert_int_equal(variable->role, DENOISE__VARIABLE_WEIGHT);
    if (v->is_reading) ((float *)variable->values)[0] = v->value;
    return v->count == v->fail_at ? denoise__fail(DENOISE_ERR_IO, "enough") : DENOISE_OK;
}

static void each_weight_is_visited_once(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        denoise_model *model = nested(shared != 0);
        visits v = {.count = 0};
        denoise__visitor visitor = {.variable = note, .context = &v};
        assert_int_equal(denoise__model_visit(model, &visitor), DENOISE_OK);
        assert_int_equal(v.count, shared ? 4 : 8);
        for (int i = 0; i < v.count; i++)
            assert_string_equal(v.paths[i], own[i]);
        denoise_model_free(model);
    }
}

static void a_reading_visit_changes_versions(void **state)
{
    (void)state;
    denoise_model *model = nested(false);
    denoise_tensor *value;
    uint64_t before = model->layers[model->layer_count - 1]->weights[0].variable.version;
    visits v = {.is_reading = true, .value = 7};
    denoise__visitor visitor = {.variable = note, .context = &v, .is_reading = true};
    assert_int_equal(denoise__model_visit(model, &visitor), DENOISE_OK);
    assert_true(model->layers[model->layer_count - 1]->weights[0].variable.version > before);
    ASSERT_OK(denoise_model_get_weight(&value, model, 7));
    assert_true(((const float *)denoise_tensor_const_data(value))[0] == 7);
    denoise_tensor_free(value);
    denoise_model_free(model);
}

static void a_failure_ends_the_walk(void **state)
{
    (void)state;
    denoise_model *model = nested(false);
    visits v = {.fail_at = 3};
    denoise__visitor visitor = {.variable = note, .context = &v};
    assert_int_equal(denoise__model_visit(model, &visitor), DENOISE_ERR_IO);
    assert_int_equal(v.count, 3);
    denoise_model_free(model);
}

/* As deep as models may be, with the longest names. */
static void the_deepest_path_has_room(void **state)
{
    (void)state;
    char name[DENOISE__TEXT_SIZE], path[DENOISE__PATH_SIZE];
    memset(name, 'm', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    denoise_model *model = two_layers(8, 3, "relu", 8, NULL);
    for (int depth = 1; depth < DENOISE__MAX_MODEL_DEPTH; depth++) {
        denoise_model *outer = around(name, model, NULL);
        denoise_model_free(model);
        model = outer;
    }
    int64_t length = denoise_model_weight_name(model, 0, path, (int64_t)sizeof path);
    assert_int_equal(length, (DENOISE__MAX_MODEL_DEPTH - 2) * 64 + strlen("two_layers/dense/kernel"));
    assert_int_equal(strlen(path), length);
    denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_whole_paths),
        cmocka_unit_test(a_shared_layer_has_its_first_place),
        cmocka_unit_test(old_names_tell_the_innermost_model_only),
        cmocka_unit_test(each_weight_is_visited_once),
        cmocka_unit_test(a_reading_visit_changes_versions),
        cmocka_unit_test(a_failure_ends_the_walk),
        cmocka_unit_test(the_deepest_path_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
