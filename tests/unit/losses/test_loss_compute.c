/* SPDX-License-Identifier: Apache-2.0 */
/* denoise_loss_compute: element types, shapes, sample weights, errors, threads. */
#include "support/cmocka_test.h"

#include "losses/loss.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <math.h>
#include <string.h>

static denoise_tensor *tensor(int32_t dtype, const int64_t *shape, int32_t rank, const void *data)
{
    denoise_tensor *out;
    denoise_status status =
        data == NULL ? denoise_tensor_new(&out, dtype, shape, rank) : denoise_tensor_from_data(&out, dtype, shape, rank, data);
    assert_int_equal(status, DENOISE_OK);
    return out;
}
#define SHAPE(...) (const int64_t[]){__VA_ARGS__}, (int32_t)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static denoise_loss *make(const char *name)
{
    denoise_loss *loss;
    assert_int_equal(denoise_loss_create(&loss, name, NULL), DENOISE_OK);
    return loss;
}

static double value_of(const char *name, denoise_tensor *target, denoise_tensor *prediction, denoise_tensor *weight)
{
    denoise_loss *loss = make(name);
    double value;
    if (denoise_loss_compute(&value, NULL, loss, target, prediction, weight) != DENOISE_OK)
        fail_msg("%s", denoise_last_error());
    denoise_loss_free(loss);
    denoise_tensor_free(target);
    denoise_tensor_free(prediction);
    denoise_tensor_free(weight);
    return value;
}

static const float p32[6] = {0.1f, 0.2f, 0.7f, 0.5f, 0.25f, 0.25f};

static denoise_tensor *prediction_of(int64_t rows)
{
    return tensor(DENOISE_FLOAT32, SHAPE(rows, 6 / rows), p32);
}

static void targets_of_every_type_agree(void **state)
{
    (void)state;
    const float f32[2] = {2, 0};
    const double f64[2] = {2, 0};
    const int32_t i32[2] = {2, 0};
    const int64_t i64[2] = {2, 0};
    const uint8_t u8[2] = {2, 0};
    const void *data[] = {f32, f64, i32, i64, u8};
    const int32_t dtypes[] = {DENOISE_FLOAT32, DENOISE_FLOAT64, DENOISE_INT32, DENOISE_INT64, DENOISE_UINT8};
    double expected = -(log(0.7) + log(0.5)) / 2;
    for (int i = 0; i < 5; i++) {
        double flat = value_of("sparse_categorical_crossentropy", tensor(dtypes[i], SHAPE(2), data[i]), prediction_of(2), NULL);
        double column =
            value_of("sparse_categorical_crossentropy", tensor(dtypes[i], SHAPE(2, 1), data[i]), prediction_of(2), NULL);
        assert_true(fabs(flat - expected) < 1e-6);
        assert_true(flat == column);
    }
    const uint8_t hot[6] = {0, 0, 1, 1, 0, 0};
    double dense = value_of("categorical_crossentropy", tensor(DENOISE_UINT8, SHAPE(2, 3), hot), prediction_of(2), NULL);
    assert_true(fabs(dense - expected) < 1e-6);
}

static void predictions_of_another_type_are_read(void **state)
{
    (void)state;
    const double p[4] = {0.5, 1, 2, 4};
    const int64_t t[4] = {0, 1, 2, 3};
    denoise_loss *loss = make("mse");
    denoise_tensor *prediction = tensor(DENOISE_FLOAT64, SHAPE(2, 2), p), *target = tensor(DENOISE_INT64, SHAPE(2, 2), t);
    denoise_tensor *gradient;
    double value;
    assert_int_equal(denoise_loss_compute(&value, &gradient, loss, target, prediction, NULL), DENOISE_OK);
    assert_true(value == (0.25 + 1) / 4);
    assert_int_equal(denoise_tensor_dtype(gradient), DENOISE_FLOAT32);
    assert_int_equal(denoise_tensor_rank(gradient), 2);
    assert_true(((const float *)denoise_tensor_const_data(gradient))[3] == 0.5f);
    denoise_tensor_free(gradient);
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
    denoise_loss_free(loss);
}

static void shapes_that_keras_squeezes_agree(void **state)
{
    (void)state;
    const float t[6] = {0, 1, 0, 1, 0, 1};
    double plain = value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(6, 1), t), prediction_of(6), NULL);
    assert_true(plain == value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(6), t), prediction_of(6), NULL));
    plain = value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(2, 3), t), prediction_of(2), NULL);
    assert_true(plain == value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), t), prediction_of(2), NULL));
    double deep = value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(2, 3), t), tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), p32), NULL);
    assert_true(fabs(plain - deep) < 1e-7);
}

static void sample_weights_reach_their_rows(void **state)
{
    (void)state;
    const float t[6] = {0, 0, 0, 0, 0, 0}, w[2] = {2, 0.5f}, every[6] = {2, 2, 2, 0.5f, 0.5f, 0.5f};
    denoise_tensor *deep = tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), p32);
    double per_sample = value_of("mae", tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), t), deep, tensor(DENOISE_FLOAT32, SHAPE(2), w));
    assert_true(fabs(per_sample - (2 * 1.0 + 0.5 * 1.0) / 6) < 1e-7);
    deep = tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), p32);
    assert_true(per_sample ==
                value_of("mae", tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), t), deep, tensor(DENOISE_FLOAT32, SHAPE(2, 3), every)));
    const double column[2] = {2, 0.5};
    double wide = value_of("mae", tensor(DENOISE_FLOAT32, SHAPE(2, 3), t), prediction_of(2),
                           tensor(DENOISE_FLOAT64, SHAPE(2, 1), column));
    assert_true(fabs(wide - per_sample) < 1e-7);
}

/* Keras' divide_no_nan: nothing to average gives zero. */
static void empty_batches_and_zero_weights_give_zero(void **state)
{
    (void)state;
    assert_true(value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(0, 3), NULL), tensor(DENOISE_FLOAT32, SHAPE(0, 3), NULL), NULL) ==
                0);
    assert_true(value_of("mse", tensor(DENOISE_FLOAT32, SHAPE(0, 3), NULL), tensor(DENOISE_FLOAT32, SHAPE(0, 3), NULL),
                         tensor(DENOISE_FLOAT32, SHAPE(0), NULL)) == 0);
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_text(params, "reduction", "mean_with_sample_weight");
    denoise_loss *loss;
    assert_int_equal(denoise_loss_create(&loss, "mse", params), DENOISE_OK);
    denoise_params_free(params);
    denoise_tensor *t = tensor(DENOISE_FLOAT32, SHAPE(2, 3), NULL), *p = prediction_of(2), *gradient;
    denoise_tensor *w = tensor(DENOISE_FLOAT32, SHAPE(2), NULL);
    double value;
    assert_int_equal(denoise_loss_compute(&value, &gradient, loss, t, p, w), DENOISE_OK);
    assert_true(value == 0 && ((const float *)denoise_tensor_const_data(gradient))[1] == 0);
    denoise_tensor_free(gradient);
    denoise_tensor_free(t);
    denoise_tensor_free(p);
    denoise_tensor_free(w);
    denoise_loss_free(loss);
}

static void expect_failure(const char *name, denoise_tensor *target, denoise_tensor *prediction, denoise_tensor *weight,
                           denoise_status status, const char *message)
{
    denoise_loss *loss = make(name);
    denoise_tensor *gradient = prediction;
    double value = -7;
    denoise_status given = denoise_loss_compute(&value, &gradient, loss, target, prediction, weight);
    if (given != status || strstr(denoise_last_error(), message) == NULL)
        fail_msg("%d \"%s\", expected %d \"%s\"", (int)given, denoise_last_error(), (int)status, message);
    assert_null(gradient);
    assert_true(value == -7);
    denoise_loss_free(loss);
    denoise_tensor_free(target);
    denoise_tensor_free(prediction);
    denoise_tensor_free(weight);
}

static void shapes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const int32_t f = DENOISE_FLOAT32;
    expect_failure("mse", tensor(f, SHAPE(2, 4), NULL), tensor(f, SHAPE(2, 3), NULL), NULL, DENOISE_ERR_SHAPE,
                   "mean_squared_error: target has shape (2, 4), prediction has shape (2, 3)");
    expect_failure("mse", tensor(f, SHAPE(2, 1), NULL), tensor(f, SHAPE(2, 3), NULL), NULL, DENOISE_ERR_SHAPE, "(2, 1)");
    expect_failure("mse", tensor(f, SHAPE(3), NULL), tensor(f, SHAPE(3), NULL), NULL, DENOISE_ERR_SHAPE, "batch axis");
    expect_failure("mse", tensor(f, SHAPE(3, 0), NULL), tensor(f, SHAPE(3, 0), NULL), NULL, DENOISE_ERR_SHAPE, "no columns");
    expect_failure("categorical_crossentropy", tensor(f, SHAPE(2), NULL), tensor(f, SHAPE(2, 3), NULL), NULL, DENOISE_ERR_SHAPE,
                   "whole-number labels need sparse_categorical_crossentropy");
    expect_failure("categorical_crossentropy", tensor(f, SHAPE(2, 3), NULL), tensor(f, SHAPE(2, 3, 1), NULL), NULL,
                   DENOISE_ERR_SHAPE, "(2, 3, 1)");
    expect_failure("sparse_categorical_crossentropy", tensor(f, SHAPE(2, 3), NULL), tensor(f, SHAPE(2, 3), NULL), NULL,
                   DENOISE_ERR_SHAPE, "one-hot targets need categorical_crossentropy");
    expect_failure("sparse_categorical_crossentropy", tensor(f, SHAPE(3), NULL), tensor(f, SHAPE(2, 3), NULL), NULL,
                   DENOISE_ERR_SHAPE, "one whole number per row");
    expect_failure("mse", tensor(f, SHAPE(2, 3), NULL), tensor(f, SHAPE(2, 3), NULL), tensor(f, SHAPE(3), NULL),
                   DENOISE_ERR_SHAPE, "sample_weight has shape (3,), expected (2,)");
}

/* Under "sum" a squeezed axis would change the loss, so it is not done in silence. */
static void summed_losses_need_equal_shapes(void **state)
{
    (void)state;
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_text(params, "reduction", "sum");
    denoise_loss *loss;
    assert_int_equal(denoise_loss_create(&loss, "mse", params), DENOISE_OK);
    denoise_params_free(params);
    denoise_tensor *t = tensor(DENOISE_FLOAT32, SHAPE(2, 3), NULL), *p = tensor(DENOISE_FLOAT32, SHAPE(2, 3, 1), NULL);
    assert_int_equal(denoise_loss_compute(NULL, NULL, loss, t, p, NULL), DENOISE_ERR_SHAPE);
    denoise_tensor_free(t);
    denoise_tensor_free(p);
    denoise_loss_free(loss);
}

static void labels_that_are_no_class_are_refused(void **state)
{
    (void)state;
    const int64_t high[2] = {1, 3}, low[2] = {-1, 0};
    const float half[2] = {0.5f, 1}, nan[2] = {1, NAN};
    const char *kind = "sparse_categorical_crossentropy";
    expect_failure(kind, tensor(DENOISE_INT64, SHAPE(2), high), prediction_of(2), NULL, DENOISE_ERR_RANGE,
                   "sparse_categorical_crossentropy: label 3 of row 1 is no class, the prediction has 3 columns");
    expect_failure(kind, tensor(DENOISE_INT64, SHAPE(2), low), prediction_of(2), NULL, DENOISE_ERR_RANGE, "label -1 of row 0");
    expect_failure(kind, tensor(DENOISE_FLOAT32, SHAPE(2), half), prediction_of(2), NULL, DENOISE_ERR_RANGE,
                   "sparse_categorical_crossentropy: target: ");
    expect_failure(kind, tensor(DENOISE_FLOAT32, SHAPE(2), nan), prediction_of(2), NULL, DENOISE_ERR_RANGE, "");
}

static void null_and_inert_losses_are_refused(void **state)
{
    (void)state;
    denoise_loss *loss = make("mse");
    denoise_tensor *t = prediction_of(2), *gradient = t;
    assert_int_equal(denoise_loss_compute(NULL, &gradient, NULL, t, t, NULL), DENOISE_ERR_NULL);
    assert_null(gradient);
    assert_int_equal(denoise_loss_compute(NULL, NULL, loss, NULL, t, NULL), DENOISE_ERR_NULL);
    assert_non_null(strstr(denoise_last_error(), "target"));
    assert_int_equal(denoise_loss_compute(NULL, NULL, loss, t, NULL, NULL), DENOISE_ERR_NULL);
    assert_non_null(strstr(denoise_last_error(), "prediction"));
    denoise_loss_free(loss);
    denoise_crossentropy_options options = {0};
    loss = denoise_loss_binary_crossentropy(&options);
    assert_int_equal(denoise_loss_compute(NULL, NULL, loss, t, t, NULL), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_last_error(), "struct_size"));
    denoise_loss_free(loss);
    denoise_tensor_free(t);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    denoise_loss *loss = make("sparse_categorical_crossentropy");
    const double p[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, w[2] = {1, 2};
    denoise_tensor *t = tensor(DENOISE_UINT8, SHAPE(2, 2), NULL), *prediction = tensor(DENOISE_FLOAT64, SHAPE(2, 2, 3), p);
    denoise_tensor *weight = tensor(DENOISE_FLOAT64, SHAPE(2), w);
    for (int64_t n = 1;; n++) {
        int64_t before = failing_alloc_live();
        denoise_tensor *gradient;
        failing_alloc_arm(n, false);
        denoise_status status = denoise_loss_compute(NULL, &gradient, loss, t, prediction, weight);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (failed) assert_null(gradient);
        denoise_tensor_free(gradient);
        if (!failed) break;
        assert_int_equal(failing_alloc_live(), before);
        assert_true(n < 50);
    }
    denoise_tensor_free(t);
    denoise_tensor_free(prediction);
    denoise_tensor_free(weight);
    denoise_loss_free(loss);
}

enum { ROWS = 300, COLUMNS = 211 };

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    static float p[ROWS * COLUMNS], t[ROWS * COLUMNS], w[ROWS];
    static int32_t labels[ROWS];
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        p[i] = (float)(i * 37 % 1009) / 1009;
        t[i] = (float)(i * 53 % 997) / 997;
    }
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i % COLUMNS;
        w[i] = (float)(i % 7) / 3;
    }
    denoise_tensor *prediction = tensor(DENOISE_FLOAT32, SHAPE(ROWS, COLUMNS), p),
                   *weight = tensor(DENOISE_FLOAT32, SHAPE(ROWS), w);
    denoise_tensor *dense = tensor(DENOISE_FLOAT32, SHAPE(ROWS, COLUMNS), t),
                   *sparse = tensor(DENOISE_INT32, SHAPE(ROWS), labels);
    static const char *const kinds[] = {"bce", "categorical_crossentropy", "sparse_categorical_crossentropy", "mse", "mae"};
    static const int32_t counts[] = {1, 2, 3, 4, 8};
    for (int k = 0; k < 5; k++) {
        denoise_loss *loss = make(kinds[k]);
        denoise_tensor *first = NULL;
        double first_value = 0;
        for (int c = 0; c < 5; c++) {
            denoise_tensor *gradient;
            double value;
            assert_int_equal(denoise_set_num_threads(counts[c]), DENOISE_OK);
            assert_int_equal(denoise_loss_compute(&value, &gradient, loss, k == 2 ? sparse : dense, prediction, weight),
                             DENOISE_OK);
            if (c == 0) {
                first = gradient;
                first_value = value;
                continue;
            }
            assert_memory_equal(&value, &first_value, sizeof value);
            assert_memory_equal(denoise_tensor_const_data(gradient), denoise_tensor_const_data(first), sizeof p);
            denoise_tensor_free(gradient);
        }
        denoise_tensor_free(first);
        denoise_loss_free(loss);
    }
    denoise_tensor_free(prediction);
    denoise_tensor_free(weight);
    denoise_tensor_free(dense);
    denoise_tensor_free(sparse);
    denoise_set_num_threads(0);
    denoise_shutdown();
}

/* The gradient may be written over the predictions. */
static void runs_in_place_and_from_logits(void **state)
{
    (void)state;
    denoise_loss *loss = make("bce");
    float z[2][3] = {{-1, 2, 0}, {4, -3, 1}}, copy[6], t[6] = {0, 1, 0.5f, 1, 1, 0}, rows[2], gradient[6];
    memcpy(copy, z, sizeof copy);
    denoise__loss_args args = {
        .rows = 2, .columns = 3, .prediction = copy, .from_logits = true, .target = t, .row_loss = rows, .gradient = gradient};
    double apart, within;
    assert_int_equal(denoise__loss_run(loss, &args, 0.5, &apart), DENOISE_OK);
    args.gradient = z[0];
    args.prediction = z[0];
    assert_int_equal(denoise__loss_run(loss, &args, 0.5, &within), DENOISE_OK);
    assert_true(apart == within);
    assert_memory_equal(z, gradient, sizeof gradient);
    double slope = (1 / (1 + exp(1.0)) - 0) / 6 * 0.5;
    assert_true(fabs((double)gradient[0] - slope) < 1e-7);
    denoise_loss_free(loss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_of_every_type_agree),
        cmocka_unit_test(predictions_of_another_type_are_read),
        cmocka_unit_test(shapes_that_keras_squeezes_agree),
        cmocka_unit_test(sample_weights_reach_their_rows),
        cmocka_unit_test(empty_batches_and_zero_weights_give_zero),
        cmocka_unit_test(shapes_that_do_not_fit_are_refused),
        cmocka_unit_test(summed_losses_need_equal_shapes),
        cmocka_unit_test(labels_that_are_no_class_are_refused),
        cmocka_unit_test(null_and_inert_losses_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(runs_in_place_and_from_logits),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
