/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction: values, batches, element types, workspaces without allocations, and the lock of the weights. */
#include "models/lock.h"
#include "models/model.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <pthread.h>
#include <string.h>

/* relu(x K + b) by hand */
static void test_values_of_dense(void **state)
{
    (void)state;
    const float kernel[] = {1, -2, 3, 4, 5, -6}, bias[] = {0.5f, 0, -1}, x[] = {1, 1, -1, 2},
                expected[] = {5.5f, 3, 0, 7.5f, 12, 0};
    denoise_sequential *s;
    denoise_model *model;
    denoise_tensor *input, *output, *weights[2];
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(3, "relu", NULL));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    ASSERT_OK(denoise_tensor_from_data(&weights[0], DENOISE_FLOAT32, (const int64_t[]){2, 3}, 2, kernel));
    ASSERT_OK(denoise_tensor_from_data(&weights[1], DENOISE_FLOAT32, (const int64_t[]){3}, 1, bias));
    ASSERT_OK(denoise_model_set_weights(model, (const denoise_tensor *const *)weights, 2));
    ASSERT_OK(denoise_tensor_from_data(&input, DENOISE_FLOAT32, (const int64_t[]){2, 2}, 2, x));
    ASSERT_OK(denoise_model_predict(&output, model, input, NULL));
    assert_memory_equal(denoise_tensor_const_data(output), expected, sizeof expected);
    denoise_tensor_free(input), denoise_tensor_free(output), denoise_tensor_free(weights[0]), denoise_tensor_free(weights[1]);
    denoise_model_free(model), denoise_sequential_free(s);
}

static void test_batches_give_all_rows(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 5, "tanh", 4, "softmax");
    denoise_tensor *x = random_rows(70, 6, 1), *whole, *parts;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.batch_size = 100;
    ASSERT_OK(denoise_model_predict(&whole, model, x, &options));
    options.batch_size = 9; /* the last batch is short */
    ASSERT_OK(denoise_model_predict(&parts, model, x, &options));
    assert_int_equal(denoise_tensor_dim(parts, 0), 70);
    const float *a = denoise_tensor_const_data(whole), *b = denoise_tensor_const_data(parts);
    for (int64_t i = 0; i < 70 * 4; i++)
        assert_true(fabsf(a[i] - b[i]) < 1e-6f);
    for (int64_t i = 0; i < 70; i++)
        assert_true(fabsf(a[4 * i] + a[4 * i + 1] + a[4 * i + 2] + a[4 * i + 3] - 1.0f) < 1e-6f);
    denoise_tensor_free(whole), denoise_tensor_free(parts), denoise_tensor_free(x);
    denoise_model_free(model);
}

static void test_element_types(void **state)
{
    (void)state;
    const int32_t types[] = {DENOISE_UINT8, DENOISE_INT32, DENOISE_INT64, DENOISE_FLOAT64};
    const float values[] = {0, 1, 255, 7};
    denoise_model *model = two_layers(2, 3, "relu", 2, NULL);
    denoise_tensor *x, *expected;
    ASSERT_OK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, (const int64_t[]){2, 2}, 2, values));
    ASSERT_OK(denoise_model_predict(&expected, model, x, NULL));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        denoise_tensor *other, *y;
        ASSERT_OK(denoise_tensor_astype(&other, x, types[i]));
        ASSERT_OK(denoise_model_predict(&y, model, other, NULL));
        assert_true(denoise_tensor_equal(y, expected));
        denoise_tensor_free(other), denoise_tensor_free(y);
    }
    denoise_tensor_free(x), denoise_tensor_free(expected);
    denoise_model_free(model);
}

static void test_no_rows(void **state)
{
    (void)state;
    denoise_model *model = two_layers(2, 3, "relu", 2, NULL);
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_tensor_new(&x, DENOISE_FLOAT32, (const int64_t[]){0, 2}, 2));
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    assert_int_equal(denoise_tensor_dim(y, 0), 0);
    assert_int_equal(denoise_tensor_dim(y, 1), 2);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_model_free(model);
}

static void test_mistakes(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 5, "tanh", 4, "softmax"), *two = branches();
    denoise_tensor *x = random_rows(7, 6, 1), *wrong = random_rows(7, 5, 1), *short_one = random_rows(3, 6, 1), *y, *pair[2];
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT, written;
    denoise_predict_options_init(&written);
    assert_memory_equal(&options, &written, offsetof(denoise_predict_options, verbose) + sizeof(int32_t));
    ASSERT_FAILS(denoise_model_predict(&y, model, wrong, NULL), DENOISE_ERR_SHAPE, "(7, 5), expected (None, 6)");
    assert_null(y);
    ASSERT_FAILS(denoise_model_predict(NULL, model, x, NULL), DENOISE_ERR_NULL, "out");
    ASSERT_FAILS(denoise_model_predict(&y, NULL, x, NULL), DENOISE_ERR_NULL, "model");
    ASSERT_FAILS(denoise_model_predict(&y, model, NULL, NULL), DENOISE_ERR_NULL, "x is NULL");
    ASSERT_FAILS(denoise_model_predict(&y, two, x, NULL), DENOISE_ERR_RANGE, "2 outputs");
    ASSERT_FAILS(denoise_model_predict_many(pair, 2, two, (const denoise_tensor *[]){x, short_one}, 2, NULL), DENOISE_ERR_SHAPE,
                 "3 rows, input 0 has 7");
    ASSERT_FAILS(denoise_model_predict_many(pair, 2, two, (const denoise_tensor *[]){x}, 1, NULL), DENOISE_ERR_SHAPE,
                 "2 inputs");
    options.batch_size = 0;
    ASSERT_FAILS(denoise_model_predict(&y, model, x, &options), DENOISE_ERR_RANGE, "batch_size is 0");
    options.struct_size = 0;
    ASSERT_FAILS(denoise_model_predict(&y, model, x, &options), DENOISE_ERR_INVALID, "struct_size");
    denoise_tensor_free(x), denoise_tensor_free(wrong), denoise_tensor_free(short_one);
    denoise_model_free(model), denoise_model_free(two);
}

static void test_predict_into_allocates_nothing(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = two_layers(6, 5, "elu", 4, "softmax");
    denoise_tensor *x = random_rows(9, 6, 1), *bytes, *expected, *out;
    denoise_workspace *workspace;
    ASSERT_OK(denoise_tensor_astype(&bytes, x, DENOISE_UINT8));
    ASSERT_OK(denoise_model_predict(&expected, model, x, NULL));
    ASSERT_OK(denoise_tensor_new(&out, DENOISE_FLOAT32, (const int64_t[]){9, 4}, 2));
    ASSERT_OK(denoise_workspace_new(&workspace, model, 16));
    assert_true(denoise_workspace_bytes(workspace) >= 16 * (6 + 5 + 4) * 4);
    int64_t calls = failing_alloc_calls();
    for (int i = 0; i < 5; i++) {
        ASSERT_OK(denoise_model_predict_into(out, model, x, workspace));
        ASSERT_OK(denoise_model_predict_into(out, model, bytes, workspace));
    }
    ASSERT_OK(denoise_model_predict_into(out, model, x, workspace));
    assert_int_equal(failing_alloc_calls() - calls, 0);
    assert_true(denoise_tensor_equal(out, expected));
    denoise_tensor_free(x), denoise_tensor_free(bytes), denoise_tensor_free(expected), denoise_tensor_free(out);
    denoise_workspace_free(workspace);
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

static void test_predict_into_mistakes(void **state)
{
    (void)state;
    denoise_model *model = two_layers(6, 5, "elu", 4, "softmax"), *other = two_layers(6, 5, "elu", 4, "softmax");
    denoise_tensor *x = random_rows(9, 6, 1), *out, *narrow, *labels;
    denoise_workspace *workspace;
    ASSERT_OK(denoise_tensor_new(&out, DENOISE_FLOAT32, (const int64_t[]){9, 4}, 2));
    ASSERT_OK(denoise_tensor_new(&narrow, DENOISE_FLOAT32, (const int64_t[]){9, 3}, 2));
    ASSERT_OK(denoise_tensor_new(&labels, DENOISE_FLOAT64, (const int64_t[]){9, 4}, 2));
    ASSERT_FAILS(denoise_workspace_new(&workspace, model, 0), DENOISE_ERR_RANGE, "rows is 0");
    ASSERT_FAILS(denoise_workspace_new(&workspace, model, INT64_MAX / 8), DENOISE_ERR_OVERFLOW, "too large");
    assert_null(workspace);
    ASSERT_OK(denoise_workspace_new(&workspace, model, 8));
    ASSERT_FAILS(denoise_model_predict_into(out, model, x, workspace), DENOISE_ERR_SHAPE, "room for 8");
    denoise_workspace_free(workspace);
    ASSERT_OK(denoise_workspace_new(&workspace, model, 9));
    ASSERT_FAILS(denoise_model_predict_into(out, other, x, workspace), DENOISE_ERR_INVALID, "made for model");
    ASSERT_FAILS(denoise_model_predict_into(narrow, model, x, workspace), DENOISE_ERR_SHAPE, "(9, 3)");
    ASSERT_FAILS(denoise_model_predict_into(labels, model, x, workspace), DENOISE_ERR_DTYPE, "float64");
    ASSERT_FAILS(denoise_model_predict_into(out, model, x, NULL), DENOISE_ERR_NULL, "workspace");
    ASSERT_FAILS(denoise_model_predict_into(NULL, model, x, workspace), DENOISE_ERR_NULL, "out");
    denoise_tensor_free(x), denoise_tensor_free(out), denoise_tensor_free(narrow), denoise_tensor_free(labels);
    denoise_workspace_free(workspace);
    denoise_workspace_free(NULL);
    denoise_model_free(model), denoise_model_free(other);
}

static void test_same_bits_on_any_threads(void **state)
{
    (void)state;
    const int32_t threads[] = {1, 2, 3, 4, 8};
    denoise_model *model = two_layers(300, 129, "sigmoid", 77, "softplus");
    denoise_tensor *x = random_rows(203, 300, 5), *y;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    uint64_t expected = 0;
    options.batch_size = 203;
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        ASSERT_OK(denoise_set_num_threads(threads[i]));
        ASSERT_OK(denoise_model_predict(&y, model, x, &options));
        if (i == 0) expected = hash_of(y);
        assert_true(hash_of(y) == expected);
        denoise_tensor_free(y);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_tensor_free(x);
    denoise_model_free(model);
}

static void test_busy_weights(void **state)
{
    (void)state;
    bool nested;
    denoise_model *model = two_layers(2, 3, "relu", 2, NULL);
    denoise_tensor *x = random_rows(2, 2, 0), *y, *kernel;
    ASSERT_OK(denoise_model_get_weight(&kernel, model, 0));
    ASSERT_OK(denoise__lock_shared(model->layers, model->layer_count, "test"));
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL)); /* readers share */
    denoise_tensor_free(y);
    ASSERT_FAILS(denoise_model_set_weight(model, 0, kernel), DENOISE_ERR_BUSY, "\"dense\"");
    denoise__unlock_shared(model->layers, model->layer_count);
    ASSERT_OK(denoise__lock_exclusive(model->layers, model->layer_count, "test", NULL));
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL)); /* the writer's own thread may read and write */
    denoise_tensor_free(y);
    ASSERT_OK(denoise_model_set_weight(model, 0, kernel));
    assert_int_equal(denoise__lock_exclusive(model->layers, model->layer_count, "test", NULL), DENOISE_ERR_BUSY);
    ASSERT_OK(denoise__lock_exclusive(model->layers, model->layer_count, "test", &nested));
    assert_true(nested);
    denoise__unlock_exclusive(model->layers, model->layer_count, nested);
    denoise__unlock_exclusive(model->layers, model->layer_count, false);
    ASSERT_OK(denoise_model_set_weight(model, 0, kernel));
    denoise_tensor_free(x), denoise_tensor_free(kernel);
    denoise_model_free(model);
}

typedef struct reader {
    const denoise_model *model;
    const denoise_tensor *x;
    uint64_t expected;
    int failures;
} reader;

static void *read_often(void *context)
{
    reader *r = context;
    for (int i = 0; i < 50; i++) {
        denoise_tensor *y = NULL;
        if (denoise_model_predict(&y, r->model, r->x, NULL) != DENOISE_OK || hash_of(y) != r->expected) r->failures++;
        denoise_tensor_free(y);
    }
    return NULL;
}

static void test_many_threads_predict(void **state)
{
    (void)state;
    denoise_model *model = two_layers(20, 30, "tanh", 4, "softmax");
    denoise_tensor *x = random_rows(40, 20, 3), *y;
    pthread_t threads[8];
    reader readers[8];
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    for (int i = 0; i < 8; i++) {
        readers[i] = (reader){.model = model, .x = x, .expected = hash_of(y)};
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &readers[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].failures, 0);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_model_free(model);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = branches();
    denoise_tensor *x = random_rows(5, 6, 1), *y[2];
    for (int64_t nth = 1;; nth++) {
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_model_predict_many(y, 2, model, (const denoise_tensor *[]){x, x}, 2, NULL);
        if (!failing_alloc_disarm()) {
            ASSERT_OK(status);
            break;
        }
        assert_int_equal(status, DENOISE_ERR_NOMEM);
        assert_null(y[0]);
        assert_null(y[1]);
    }
    denoise_tensor_free(y[0]), denoise_tensor_free(y[1]), denoise_tensor_free(x);
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_dense),
        cmocka_unit_test(test_batches_give_all_rows),
        cmocka_unit_test(test_element_types),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_predict_into_allocates_nothing),
        cmocka_unit_test(test_predict_into_mistakes),
        cmocka_unit_test(test_same_bits_on_any_threads),
        cmocka_unit_test(test_busy_weights),
        cmocka_unit_test(test_many_threads_predict),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
