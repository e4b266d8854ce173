/* SPDX-License-Identifier: Apache-2.0 */
/* Shares of right answers (keras/src/metrics/accuracy_metrics.py), and "accuracy", which becomes one of them by shape
 * (keras/src/trainers/compile_utils.py). Of several greatest values the first counts. */
#include "metrics/metric.h"
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
    int64_t target_last = target->rank == 0 ? 1 : target->dim[target->rank - 1];
    int64_t prediction_last = prediction->rank == 0 ? 1 : prediction->dim[prediction->rank - 1];
    if (prediction_last == 1) return "binary_accuracy";
    if (target->rank < prediction->rank || target_last == 1) return "sparse_categorical_accuracy";
    return "categorical_accuracy";
}

static int64_t argmax(const float *values, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++) {
        if (values[i] > values[best]) best = i;
    }
    return best;
}

static void binary_rows(const denoise__metric_args *args, int64_t first, int64_t count)
{
    const binary_config *c = args->config;
    float threshold = c == NULL ? 0.5F : (float)c->threshold; /* Keras' default where "accuracy" became binary */
    for (int64_t row = first; row < first + count; row++) {
        const float *p = args->prediction + row * args->columns, *t = args->target + row * args->columns;
        int64_t right = 0;
        for (int64_t i = 0; i < args->columns; i++)
            right += t[i] == (p[i] > threshold ? 1.0F : 0.0F);
        args->row_value[row] = (float)((double)right / (double)args->columns);
    }
}

static void categorical_rows(const denoise__metric_args *args, int64_t first, int64_t count)
{
    for (int64_t row = first; row < first + count; row++) {
        int64_t at = row * args->columns;
        args->row_value[row] = argmax(args->prediction + at, args->columns) == argmax(args->target + at, args->columns);
    }
}

static void sparse_rows(const denoise__metric_args *args, int64_t first, int64_t count)
{
    for (int64_t row = first; row < first + count; row++) {
        args->row_value[row] = argmax(args->prediction + row * args->columns, args->columns) == args->labels[row];
    }
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
             .class_name = "Accuracy",
             .aliases = "acc",
             .doc = "binary, sparse or categorical accuracy, by the shapes",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .maximize = true,
    .resolve = resolve,
};

extern const denoise__metric_kind denoise__metric_binary_accuracy;
const denoise__metric_kind denoise__metric_binary_accuracy = {
    .base = {.name = "binary_accuracy",
             .class_name = "BinaryAccuracy",
             .doc = "share of elements on the right side of a threshold",
             .config_size = sizeof(binary_config),
             .params = binary_params,
             .param_count = 2},
    .maximize = true,
    .check = denoise__metric_check_same,
    .rows = binary_rows,
};

extern const denoise__metric_kind denoise__metric_categorical_accuracy;
const denoise__metric_kind denoise__metric_categorical_accuracy = {
    .base = {.name = "categorical_accuracy",
             .class_name = "CategoricalAccuracy",
             .doc = "share of rows whose greatest prediction is the greatest target",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .maximize = true,
    .check = check_categorical,
    .rows = categorical_rows,
};

extern const denoise__metric_kind denoise__metric_sparse_categorical_accuracy;
const denoise__metric_kind denoise__metric_sparse_categorical_accuracy = {
    .base = {.name = "sparse_categorical_accuracy",
             .class_name = "SparseCategoricalAccuracy",
             .doc = "share of rows whose greatest prediction is the label",
             .config_size = sizeof(accuracy_config),
             .params = params,
             .param_count = 1},
    .sparse = true,
    .maximize = true,
    .check = denoise__metric_check_labels,
    .rows = sparse_rows,
};
