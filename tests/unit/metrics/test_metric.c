/* SPDX-License-Identifier: Apache-2.0 */
#include "metric_feed.h"
#include "support/failing_alloc.h"
#include <string.h>

static denoise_metric *make_binary(void)
{
    return denoise_metric_binary_accuracy(0.25);
}

static denoise_metric *make_psnr(void)
{
    return denoise_metric_psnr(28, 28, 1);
}

static denoise_metric *make_ssim(void)
{
    return denoise_metric_ssim(28, 28, 1);
}

static const struct {
    denoise_metric *(*make)(void);
    const char *name;
} constructors[] = {
    {denoise_metric_accuracy, "accuracy"},
    {make_binary, "binary_accuracy"},
    {denoise_metric_categorical_accuracy, "categorical_accuracy"},
    {denoise_metric_sparse_categorical_accuracy, "sparse_categorical_accuracy"},
    {denoise_metric_mean_squared_error, "mean_squared_error"},
    {denoise_metric_mean_absolute_error, "mean_absolute_error"},
    {make_psnr, "psnr"},
    {make_ssim, "ssim"},
};
enum { CONSTRUCTORS = sizeof constructors / sizeof *constructors };

static void each_makes_a_sound_metric(void **state)
{
    (void)state;
    assert_int_equal(CONSTRUCTORS + 1, denoise__metric_registry.count); /* the class Accuracy goes by its name alone */
    for (int i = 0; i < CONSTRUCTORS; i++) {
        denoise_metric *metric = constructors[i].make();
        assert_int_equal(denoise_metric_status(metric), DENOISE_OK);
        assert_string_equal(denoise_metric_error(metric), "");
        assert_string_equal(denoise_metric_name(metric), constructors[i].name);
        assert_string_equal(denoise__metric_name(metric), constructors[i].name);
        denoise_metric_free(metric);
    }
}

static void check_name(const char *given, const char *wanted, const char *expected)
{
    denoise_metric *metric;
    denoise_params *params = NULL;
    if (wanted != NULL) {
        assert_int_equal(denoise_params_new(&params), DENOISE_OK);
        assert_int_equal(denoise_params_set_text(params, "name", wanted), DENOISE_OK);
    }
    assert_int_equal(denoise_metric_create(&metric, given, params), DENOISE_OK);
    assert_string_equal(denoise_metric_name(metric), expected);
    denoise_metric_free(metric);
    denoise_params_free(params);
}

/* Keras names a metric after the text that it was asked for with. */
static void short_names_stay(void **state)
{
    (void)state;
    check_name("accuracy", NULL, "accuracy");
    check_name("acc", NULL, "acc");
    check_name("ACC", NULL, "ACC"); /* compile takes it in any case, and calls it so */
    check_name("Accuracy", NULL, "accuracy");
    check_name("mse", NULL, "mse");
    check_name("MAE", NULL, "MAE");
    check_name("MeanSquaredError", NULL, "mean_squared_error");
    check_name("BinaryAccuracy", NULL, "binary_accuracy");
    check_name("mse", "error", "error");
}

static void expect_kind(const char *given, const char *class_name)
{
    denoise_metric *metric;
    assert_int_equal(denoise_metric_create(&metric, given, NULL), DENOISE_OK);
    assert_string_equal(metric->part.kind->class_name, class_name);
    denoise_metric_free(metric);
}

/* keras.src.metrics.ALL_OBJECTS_DICT of Keras 3.15.1; but "accuracy" and "acc" are the texts of compile. */
static void names_are_the_classes_of_keras(void **state)
{
    (void)state;
    static const struct {
        const char *given, *class_name;
    } names[] = {
        {"Accuracy", "Accuracy"},
        {"BinaryAccuracy", "BinaryAccuracy"},
        {"binary_accuracy", "BinaryAccuracy"},
        {"CategoricalAccuracy", "CategoricalAccuracy"},
        {"categorical_accuracy", "CategoricalAccuracy"},
        {"SparseCategoricalAccuracy", "SparseCategoricalAccuracy"},
        {"sparse_categorical_accuracy", "SparseCategoricalAccuracy"},
        {"MSE", "MeanSquaredError"},
        {"MeanSquaredError", "MeanSquaredError"},
        {"mean_squared_error", "MeanSquaredError"},
        {"mse", "MeanSquaredError"},
        {"MAE", "MeanAbsoluteError"},
        {"MeanAbsoluteError", "MeanAbsoluteError"},
        {"mae", "MeanAbsoluteError"},
        {"mean_absolute_error", "MeanAbsoluteError"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect_kind(names[i].given, names[i].class_name);
    expect_kind("accuracy", "accuracy");
    expect_kind("acc", "accuracy");
    expect_kind("ACC", "accuracy");
    expect_kind("elementwise_accuracy", "Accuracy");
}

static void create_and_its_errors(void **state)
{
    (void)state;
    denoise_metric *metric = NULL;
    assert_int_equal(denoise_metric_create(NULL, "mse", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_create(&metric, NULL, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_metric_create(&metric, "msee", NULL), DENOISE_ERR_NAME);
    assert_null(metric);
    assert_int_equal(denoise_metric_create(&metric, "ssim", NULL), DENOISE_ERR_INVALID);
    assert_string_equal(denoise_last_error(), "ssim: height must be given");
    assert_null(metric);
}

static void null_and_adopted_metrics(void **state)
{
    (void)state;
    int owner;
    denoise_metric *metric = denoise_metric_accuracy();
    assert_int_equal(denoise__part_adopt(&metric->part, &owner), DENOISE_OK);
    denoise_metric_free(metric);
    assert_string_equal(denoise_metric_name(metric), "accuracy");
    denoise__metric_release(metric);
    denoise__metric_release(NULL);
    denoise_metric_free(NULL);
    assert_int_equal(denoise_metric_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_metric_error(NULL), denoise_status_text(DENOISE_ERR_NULL));
    assert_string_equal(denoise_metric_name(NULL), "");
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int i = 0; i < CONSTRUCTORS; i++) {
        for (int64_t n = 1;; n++) {
            failing_alloc_arm(n, false);
            denoise_metric *metric = constructors[i].make();
            bool failed = failing_alloc_disarm();
            assert_int_equal(denoise_metric_status(metric), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            denoise_metric_free(metric);
            assert_int_equal(failing_alloc_live(), 0);
            if (!failed) break;
        }
    }
    failing_alloc_remove();
}

static void no_memory_at_all(void **state)
{
    (void)state;
    denoise_metric *created;
    failing_alloc_install();
    failing_alloc_arm(1, true);
    denoise_metric *metric = denoise_metric_psnr(28, 28, 1);
    assert_int_equal(denoise_metric_create(&created, "mse", NULL), DENOISE_ERR_NOMEM);
    failing_alloc_disarm();
    assert_null(created);
    assert_int_equal(denoise_metric_status(metric), DENOISE_ERR_NOMEM);
    assert_string_equal(denoise_metric_error(metric), "out of memory");
    denoise_metric_free(metric);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_makes_a_sound_metric),
        cmocka_unit_test(short_names_stay),
        cmocka_unit_test(names_are_the_classes_of_keras),
        cmocka_unit_test(create_and_its_errors),
        cmocka_unit_test(null_and_adopted_metrics),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(no_memory_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
