/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of right answers (keras/src/metrics/accuracy_metrics.py). Keras has two things of one name: compile's text "accuracy",
 * which becomes one of them by shape (keras/src/trainers/compile_utils.py), and the class Accuracy, the share of equal values.
 */
#include "metrics/mean_of_rows.h"
#include "metrics/metric_shapes.h"

typedef struct accuracy_config {
    denoise__metric_config metric;
} accuracy_config;

typedef struct binary_config {
    denoise__metric_config metric;
    double threshold;
} binary_config;

static const char *resolve(const denoise__shape *target, const denoise__shape *prediction)
{
    int64_t target_last = denoise__shape_last(target);
    int64_t prediction_last = denoise__shape_last(prediction);
    if (prediction_last == 1) return "binary_accuracy";
    if (target->rank < prediction->rank || target_last == 1) return "sparse_categorical_accuracy";
    return "categorical_accuracy";
}

/* keras.ops.argmax on TensorFlow: the first of the greatest, where 0 is greater than -0; a NaN is passed over, and 0 stands for
 * a row of nothing else. */
static int64_t argmax(const float *values, int64_t count)
{
    int64_t best = 0;
    float greatest = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        bool is_greater = values[i] > greatest || (values[i] == greatest && signbit(greatest) && !signbit(values[i]));
        if (!is_greater) continue;
        greatest = values[i];
        best = i;
    }
    return best;
}

static void equal_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    for (int64_t row = first; row < first + count; row++) {
        const float *p = args->prediction + row * args->columns, *t = args->target + row * args->columns;
        int64_t right = 0;
        for (int64_t i = 0; i < args->columns; i++)
            right += t[i] == p[i];
        values[row] = (float)((double)right / (double)args->columns);
    }
}

static void binary_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    const binary_config *c = args->config;
    float threshold = c == NULL ? 0.5F : (float)c->threshold; /* Keras' default where "accuracy" became binary */
    for (int64_t row = first; row < first + count; row++) {
        const float *p = args->prediction + row * args->columns, *t = args->target + row * args->columns;
        int64_t right = 0;
        for (int64_t i = 0; i < args->columns; i++)
            right += t[i] == (p[i] > threshold ? 1.0F : 0.0F);
        values[row] = (float)((double)right / (double)args->columns);
    }
}

static void categorical_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        values[row] = argmax(args->prediction + at, args->columns) == argmax(args->target + at, args->columns);
    }
}

static void sparse_rows(const denoise__metric_args *args, int64_t first, int64_t count, float *values)
{
    for (int64_t row = first; row < first + count; row++) {
        values[row] = argmax(args->prediction + row * args->columns, args->columns) == args->labels[row];
    }
}

static denoise_status update_equal(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, equal_rows);
}

static denoise_status update_binary(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, binary_rows);
}

static denoise_status update_categorical(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, categorical_rows);
}

static denoise_status update_sparse(const denoise__metric_args *args)
{
    return denoise__mean_of_rows(args, sparse_rows);
}

static denoise_status check_categorical(const void *config, const denoise__shape *target, const denoise__shape *prediction)
{
    if (denoise__shape_equal(target, prediction)) return DENOISE_OK;
    (void)config;
    char given[192], other[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "target has shape %s, prediction has %s; expected equal shapes",
                         denoise__shape_text(target, false, given, sizeof given),
                         denoise__shape_text(prediction, false, other, sizeof other));
}

static const denoise__param params[] = {DENOISE__METRIC_PARAMS(accuracy_config)};
static const denoise__param binary_params[] = {
    DENOISE__METRIC_PARAMS(binary_config),
    DENOISE__PARAM_DOUBLE(binary_config, threshold, "0.5", 0, NAN, NAN, "predictions above it count as 1"),
};

extern const denoise__metric_kind denoise__metric_accuracy;
const denoise__metric_kind denoise__metric_accuracy = {
    .base = {.name = "accuracy",
             .class_name = "accuracy", /* a text of compile, no class */
             .aliases = "acc",
             .doc = "binary, sparse or categorical accuracy, by the shapes",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .is_maximized = true,
    .resolve = resolve,
    DENOISE__MEAN_OF_ROWS,
};

extern const denoise__metric_kind denoise__metric_elementwise_accuracy;
const denoise__metric_kind denoise__metric_elementwise_accuracy = {
    .base = {.name = "elementwise_accuracy", /* Keras' "accuracy" is taken by the text of compile */
             .class_name = "Accuracy",
             .doc = "share of elements that equal the target",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .log_name = "accuracy",
    .is_maximized = true,
    .check = denoise__metric_check_same,
    .update = update_equal,
    DENOISE__MEAN_OF_ROWS,
};

extern const denoise__metric_kind denoise__metric_binary_accuracy;
const denoise__metric_kind denoise__metric_binary_accuracy = {
    .base = {.name = "binary_accuracy",
             .class_name = "BinaryAccuracy",
             .doc = "share of elements on the right side of a threshold",
             .config_size = sizeof(binary_config),
             .params = binary_params,
             .param_count = 2},
    .is_maximized = true,
    .check = denoise__metric_check_same,
    .update = update_binary,
    DENOISE__MEAN_OF_ROWS,
};

extern const denoise__metric_kind denoise__metric_categorical_accuracy;
const denoise__metric_kind denoise__metric_categorical_accuracy = {
    .base = {.name = "categorical_accuracy",
             .class_name = "CategoricalAccuracy",
             .doc = "share of rows whose greatest prediction is the greatest target",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .is_maximized = true,
    .check = check_categorical,
    .update = update_categorical,
    DENOISE__MEAN_OF_ROWS,
};

extern const denoise__metric_kind denoise__metric_sparse_categorical_accuracy;
const denoise__metric_kind denoise__metric_sparse_categorical_accuracy = {
    .base = {.name = "sparse_categorical_accuracy",
             .class_name = "SparseCategoricalAccuracy",
             .doc = "share of rows whose greatest prediction is the label",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .is_sparse = true,
    .is_maximized = true,
    .check = denoise__metric_check_labels,
    .update = update_sparse,
    DENOISE__MEAN_OF_ROWS,
};
