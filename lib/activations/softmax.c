/* SPDX-License-Identifier: Apache-2.0 */
/* Along the last axis: softmax, its logarithm, and sparsemax. */
#include "activations/activation.h"
#include "kernels/vector.h"

typedef struct softmax_config {
    int64_t axis;
} softmax_config;

static denoise_status check(const void *config)
{
    const softmax_config *c = config;
    if (c->axis == -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "axis is %lld, expected -1, the last axis", (long long)c->axis);
}

static const denoise__param params[] = {
    DENOISE__PARAM_INT(softmax_config, axis, "-1", 0, NAN, NAN, "-1, the last axis"),
};

/* y = e^(x - max x) / sum e^(x - max x); dx = y (dy - sum(dy y)) */

static void softmax_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->softmax(x + r * columns, y + r * columns, columns);
}

static void softmax_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                             int64_t columns)
{
    (void)config, (void)x;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->softmax_backward(y + r * columns, dy + r * columns, dx + r * columns, columns);
}

extern const denoise__activation_kind denoise__activation_softmax;
const denoise__activation_kind denoise__activation_softmax = {
    .base = {.name = "softmax",
             .class_name = "softmax",
             .doc = "exp(x) / sum(exp(x)) along the last axis",
             .config_size = sizeof(softmax_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_rowwise = true,
    .forward = softmax_forward,
    .backward = softmax_backward,
};

/* y = x - max x - log(sum e^(x - max x)); dx = dy - e^y sum(dy) */

static void log_softmax_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->log_softmax(x + r * columns, y + r * columns, columns);
}

static void log_softmax_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)x;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->log_softmax_backward(y + r * columns, dy + r * columns, dx + r * columns, columns);
}

extern const denoise__activation_kind denoise__activation_log_softmax;
const denoise__activation_kind denoise__activation_log_softmax = {
    .base = {.name = "log_softmax",
             .class_name = "log_softmax",
             .doc = "log(softmax(x)) along the last axis",
             .config_size = sizeof(softmax_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_rowwise = true,
    .forward = log_softmax_forward,
    .backward = log_softmax_backward,
};

/* y = max(x - t, 0), where t makes their sum 1; where y > 0, dx = dy less its mean there. Keras has that since issue 23425;
 * what 3.15 and before give does not add up to 1 where several elements are above t. */

static void sparsemax_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->sparsemax(x + r * columns, y + r * columns, columns);
}

static void sparsemax_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns)
{
    (void)config, (void)x;
    const denoise__vector *v = denoise__vector_table();
    for (int64_t r = 0; r < rows; r++)
        v->sparsemax_backward(y + r * columns, dy + r * columns, dx + r * columns, columns);
}

extern const denoise__activation_kind denoise__activation_sparsemax;
const denoise__activation_kind denoise__activation_sparsemax = {
    .base = {.name = "sparsemax",
             .class_name = "sparsemax",
             .doc = "the nearest point to x whose elements are shares of 1, along the last axis",
             .config_size = sizeof(softmax_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params),
             .check = check},
    .is_rowwise = true,
    .forward = sparsemax_forward,
    .backward = sparsemax_backward,
};
