/* SPDX-License-Identifier: Apache-2.0 */
#include "support/made_rows.h"
#include "support/nets.h"

enum { ROWS = 37 };

static denoise_model *model;
static denoise_tensor *x, *wanted;

static int make(void **state)
{
    (void)state;
    model = two_layers(4, 5, "relu", 3, "sigmoid");
    x = random_rows(ROWS, 4, 1);
    return denoise_model_predict(&wanted, model, x, NULL);
}

static int end(void **state)
{
    (void)state;
    denoise_model_free(model), denoise_tensor_free(x), denoise_tensor_free(wanted);
    return 0;
}

static void assert_predicts(denoise_dataset *dataset)
{
    denoise_tensor *out;
    ASSERT_OK(denoise_model_predict_dataset(&out, model, dataset, NULL));
    assert_true(denoise_tensor_equal(out, wanted));
    denoise_tensor_free(out);
}

static void rows_are_predicted_as_arrays_are(void **state)
{
    (void)state;
    denoise_dataset *tensors;
    ASSERT_OK(denoise_dataset_from_tensors(&tensors, x, NULL));
    assert_predicts(tensors);
    ASSERT_OK(denoise_dataset_batch(tensors, 3, 0));
    assert_predicts(tensors);
    denoise_dataset_free(tensors);
    for (int64_t ahead = 0; ahead < 3; ahead++) {
        made_rows made = {.x = x, .total = ROWS, .most = 5};
        denoise_dataset *unknown = made_rows_dataset(&made, -1, true), *known = made_rows_dataset(&made, ROWS, true);
        ASSERT_OK(denoise_dataset_batch(unknown, 2, 0)); /* the result grows five times */
        ASSERT_OK(denoise_dataset_prefetch(unknown, ahead));
        ASSERT_OK(denoise_dataset_prefetch(known, ahead));
        assert_predicts(unknown);
        assert_predicts(known);
        denoise_dataset_free(unknown), denoise_dataset_free(known);
    }
}

static void no_rows_give_no_predictions(void **state)
{
    (void)state;
    made_rows made = {.x = x, .total = 0};
    denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
    denoise_tensor *out;
    ASSERT_OK(denoise_model_predict_dataset(&out, model, dataset, NULL));
    assert_int_equal(denoise_tensor_dim(out, 0), 0);
    assert_int_equal(denoise_tensor_dim(out, 1), 3);
    denoise_tensor_free(out);
    denoise_dataset_free(dataset);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    denoise_tensor *wide = random_rows(5, 6, 1), *out = x;
    denoise_dataset *dataset, *endless;
    denoise_model *two = branches();
    made_rows made = {.x = x, .total = -1, .fails_at = 2, .failure = 77};
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, wide, NULL));
    ASSERT_OK(denoise_dataset_from_tensors(&endless, x, NULL));
    ASSERT_OK(denoise_dataset_repeat(endless, -1));
    ASSERT_FAILS(denoise_model_predict_dataset(&out, model, dataset, NULL), DENOISE_ERR_SHAPE, "input 0");
    assert_null(out);
    ASSERT_FAILS(denoise_model_predict_dataset(&out, model, endless, NULL), DENOISE_ERR_INVALID, "has no end");
    ASSERT_FAILS(denoise_model_predict_dataset(&out, two, dataset, NULL), DENOISE_ERR_SHAPE, "2 outputs");
    ASSERT_FAILS(denoise_model_predict_dataset(&out, model, NULL, NULL), DENOISE_ERR_NULL, "dataset");
    ASSERT_FAILS(denoise_model_predict_dataset(&out, NULL, dataset, NULL), DENOISE_ERR_NULL, "model");
    ASSERT_FAILS(denoise_model_predict_dataset(NULL, model, dataset, NULL), DENOISE_ERR_NULL, "out");
    denoise_dataset_free(dataset);
    dataset = made_rows_dataset(&made, -1, true);
    ASSERT_FAILS(denoise_model_predict_dataset(&out, model, dataset, NULL), 77, "at row 32 returned 77");
    denoise_dataset_free(dataset), denoise_dataset_free(endless), denoise_tensor_free(wide), denoise_model_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_predicted_as_arrays_are),
        cmocka_unit_test(no_rows_give_no_predictions),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, make, end);
}
