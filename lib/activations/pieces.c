/* SPDX-License-Identifier: Apache-2.0 */
/* Activations in pieces. Slopes at corners are TensorFlow's, and so is what becomes of NaN in shrinks and in threshold: it
 * fails their comparisons, as what is below does. */
#include "activations/activation.h"
#include "kernels/vector.h"

typedef struct shrink_config {
    double threshold;
} shrink_config;

/* y = x where |x| > threshold, else 0 */

static void hard_shrink_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const shrink_config *c = config;
    denoise__vector_table()->hard_shrink(x, y, rows * columns, (float)c->threshold);
}

static void hard_shrink_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->shrink_backward(y, dy, dx, rows * columns);
}

static const denoise__param shrink_params[] = {
    DENOISE__PARAM_DOUBLE(shrink_config, threshold, "0.5", 0, 0, NAN, "up to this magnitude the result is 0"),
};

extern const denoise__activation_kind denoise__activation_hard_shrink;
const denoise__activation_kind denoise__activation_hard_shrink = {
    .base = {.name = "hard_shrink",
             .class_name = "hard_shrink",
             .doc = "x where its magnitude is above the threshold, else 0",
             .config_size = sizeof(shrink_config),
             .params = shrink_params,
             .param_count = (int32_t)(sizeof shrink_params / sizeof *shrink_params)},
    .forward = hard_shrink_forward,
    .backward = hard_shrink_backward,
};

/* y = min(max(x + 3, 0), 6) / 6; the slope is 1/6 where 0 < y < 1 */

static void hard_sigmoid_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->clamp(x, y, rows * columns, 3, 0, 6, 1.0f / 6);
}

static void hard_sigmoid_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                  int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->between_backward(y, dy, dx, rows * columns, 0, 0x1.fffffep-1f, 1.0f / 6);
}

extern const denoise__activation_kind denoise__activation_hard_sigmoid;
const denoise__activation_kind denoise__activation_hard_sigmoid = {
    .base = {.name = "hard_sigmoid", .class_name = "hard_sigmoid", .doc = "x / 6 + 1/2 from 0 to 1"},
    .forward = hard_sigmoid_forward,
    .backward = hard_sigmoid_backward,
};

/* y = min(max(x, -1), 1); the slope is 1 where -1 <= x <= 1 */

static void hard_tanh_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->clamp(x, y, rows * columns, 0, -1, 1, 1);
}

static void hard_tanh_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns)
{
    (void)config, (void)y;
    denoise__vector_table()->between_backward(x, dy, dx, rows * columns, -0x1.000002p+0f, 1, 1);
}

extern const denoise__activation_kind denoise__activation_hard_tanh;
const denoise__activation_kind denoise__activation_hard_tanh = {
    .base = {.name = "hard_tanh", .class_name = "hard_tanh", .doc = "x from -1 to 1"},
    .needs_input = true,
    .forward = hard_tanh_forward,
    .backward = hard_tanh_backward,
};

/* y = x less the threshold in magnitude, 0 up to it */

static void soft_shrink_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const shrink_config *c = config;
    denoise__vector_table()->soft_shrink(x, y, rows * columns, (float)c->threshold);
}

static void soft_shrink_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->shrink_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_soft_shrink;
const denoise__activation_kind denoise__activation_soft_shrink = {
    .base = {.name = "soft_shrink",
             .class_name = "soft_shrink",
             .doc = "x less the threshold in magnitude, 0 up to it",
             .config_size = sizeof(shrink_config),
             .params = shrink_params,
             .param_count = (int32_t)(sizeof shrink_params / sizeof *shrink_params)},
    .forward = soft_shrink_forward,
    .backward = soft_shrink_backward,
};

/* y = 0 up to -1, ((x + 1) / 2)^2 up to 1, then x */

static void sparse_plus_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->sparse_plus(x, y, rows * columns);
}

static void sparse_plus_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->sparse_plus_backward(y, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_sparse_plus;
const denoise__activation_kind denoise__activation_sparse_plus = {
    .base = {.name = "sparse_plus", .class_name = "sparse_plus", .doc = "0 up to -1, (x + 1)^2 / 4 up to 1, then x"},
    .forward = sparse_plus_forward,
    .backward = sparse_plus_backward,
};

/* y = min(max(x + 1, 0), 2) / 2; the slope is 1/2 where 0 < y < 1 */

static void sparse_sigmoid_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->clamp(x, y, rows * columns, 1, 0, 2, 0.5f);
}

static void sparse_sigmoid_backward(const void *config, const float *x, const float *y, const float *dy, float *dx,
                                    int64_t rows, int64_t columns)
{
    (void)config, (void)x;
    denoise__vector_table()->between_backward(y, dy, dx, rows * columns, 0, 0x1.fffffep-1f, 0.5f);
}

extern const denoise__activation_kind denoise__activation_sparse_sigmoid;
const denoise__activation_kind denoise__activation_sparse_sigmoid = {
    .base = {.name = "sparse_sigmoid", .class_name = "sparse_sigmoid", .doc = "(x + 1) / 2 from 0 to 1"},
    .forward = sparse_sigmoid_forward,
    .backward = sparse_sigmoid_backward,
};

/* y = x where x > threshold, else default_value */

typedef struct threshold_config {
    double threshold, default_value;
} threshold_config;

static void threshold_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const threshold_config *c = config;
    denoise__vector_table()->threshold(x, y, rows * columns, (float)c->threshold, (float)c->default_value);
}

static void threshold_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns)
{
    (void)y;
    const threshold_config *c = config;
    denoise__vector_table()->between_backward(x, dy, dx, rows * columns, (float)c->threshold, INFINITY, 1);
}

static const denoise__param threshold_params[] = {
    DENOISE__PARAM_DOUBLE(threshold_config, threshold, NULL, 0, NAN, NAN, "above it x passes unchanged"),
    DENOISE__PARAM_DOUBLE(threshold_config, default_value, NULL, 0, NAN, NAN, "result up to the threshold"),
};

extern const denoise__activation_kind denoise__activation_threshold;
const denoise__activation_kind denoise__activation_threshold = {
    .base = {.name = "threshold",
             .class_name = "threshold",
             .doc = "x above the threshold, else another value",
             .config_size = sizeof(threshold_config),
             .params = threshold_params,
             .param_count = (int32_t)(sizeof threshold_params / sizeof *threshold_params)},
    .needs_input = true,
    .forward = threshold_forward,
    .backward = threshold_backward,
};
