/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: the figure after each batch; PSNR and SSIM of each image. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"
#include <stdio.h>

enum { MAX_BATCHES = 16 };

static void run_metric(fixture *f)
{
    denoise_metric *metric = keras_metric(f, fixture_member_text(f, "metric"), fixture_member(f, "config"));
    int64_t batches = json_integer_value(fixture_member(f, "batches"));
    const denoise_tensor *results = fixture_tensor(f, "results");
    if (batches < 1 || batches > MAX_BATCHES || denoise_tensor_size(results) != batches) {
        fixture_fail(f, "%lld batches with %lld results", (long long)batches, (long long)denoise_tensor_size(results));
    }
    double got[MAX_BATCHES], expected[MAX_BATCHES];
    for (int64_t i = 0; i < batches; i++) {
        fixture_ok(f, denoise_metric_update_state(metric, fixture_numbered(f, "y_true", i), fixture_numbered(f, "y_pred", i),
                                                  fixture_numbered(f, "sample_weight", i)));
        fixture_ok(f, denoise_metric_result(&got[i], metric));
        fixture_ok(f, denoise_tensor_item(results, i, &expected[i]));
    }
    fixture_compare_numbers(f, "results", got, expected, batches, FIXTURE_ONE_OPERATION);
}

/* The file's config and the images' size. */
static denoise_metric *image_metric(fixture *f, const denoise_tensor *images)
{
    const char *kind = fixture_member_text(f, "metric");
    denoise_params *params = keras_params(f, "metric", kind, fixture_member(f, "config"));
    fixture_ok(f, denoise_params_set_int(params, "height", denoise_tensor_dim(images, 1)));
    fixture_ok(f, denoise_params_set_int(params, "width", denoise_tensor_dim(images, 2)));
    denoise_metric *metric;
    fixture_ok(f, denoise_metric_create(&metric, kind, params));
    return fixture_keep_metric(f, metric);
}

static void run_image_metric(fixture *f)
{
    denoise_tensor *a = fixture_tensor(f, "a"), *b = fixture_tensor(f, "b"), *values = fixture_tensor(f, "value");
    denoise_metric *metric = image_metric(f, a);
    int64_t count = denoise_tensor_dim(a, 0);
    if (count < 1 || count > MAX_BATCHES || denoise_tensor_size(values) != count) fixture_fail(f, "not one value per image");
    double got[MAX_BATCHES], expected[MAX_BATCHES], mean = 0, mean_of_all;
    for (int64_t i = 0; i < count; i++) {
        denoise_tensor *of_a, *of_b;
        fixture_ok(f, denoise_tensor_rows(&of_a, a, i, i + 1));
        fixture_keep_tensor(f, of_a);
        fixture_ok(f, denoise_tensor_rows(&of_b, b, i, i + 1));
        fixture_keep_tensor(f, of_b);
        fixture_ok(f, denoise_metric_reset_state(metric));
        fixture_ok(f, denoise_metric_update_state(metric, of_a, of_b, NULL));
        fixture_ok(f, denoise_metric_result(&got[i], metric));
        fixture_ok(f, denoise_tensor_item(values, i, &expected[i]));
        mean += expected[i] / (double)count;
    }
    fixture_compare_numbers(f, "value", got, expected, count, FIXTURE_ONE_OPERATION);
    fixture_ok(f, denoise_metric_reset_state(metric));
    fixture_ok(f, denoise_metric_update_state(metric, a, b, NULL));
    fixture_ok(f, denoise_metric_result(&mean_of_all, metric));
    fixture_compare_numbers(f, "mean of all images", &mean_of_all, &mean, 1, FIXTURE_ONE_OPERATION);
}

static void test_metrics_are_those_of_keras(void **state)
{
    (void)state;
    fixtures *set = fixtures_open("metrics");
    fixtures_run(set, (const fixture_kind[]){{"metric", run_metric}, {"image_metric", run_image_metric}}, 2);
    fixtures_end(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_metrics_are_those_of_keras)};
    return cmocka_run_group_tests_name("golden_metrics", tests, NULL, NULL);
}
