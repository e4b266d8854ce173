/* SPDX-License-Identifier: Apache-2.0 */
/* Smooth gates x g(x), and tanh_shrink, whose slopes follow from x. The kernels are in kernels/simd_gate.h. */
#include "activations/activation.h"
#include "kernels/vector.h"

/* y = x Phi(x), Phi the distribution function of the normal distribution; approximate: x (1 + tanh(sqrt(2 / pi) (x + 0.044715
 * x^3))) / 2 */

typedef struct gelu_config {
    int32_t approximate;
} gelu_config;

static void gelu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    const gelu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    (c->approximate != 0 ? v->gelu_tanh : v->gelu)(x, y, rows * columns);
}

static void gelu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)y;
    const gelu_config *c = config;
    const denoise__vector *v = denoise__vector_table();
    (c->approximate != 0 ? v->gelu_tanh_backward : v->gelu_backward)(x, dy, dx, rows * columns);
}

static const denoise__param gelu_params[] = {
    DENOISE__PARAM_BOOL(gelu_config, approximate, "false", "whether tanh takes the place of the error function"),
};

extern const denoise__activation_kind denoise__activation_gelu;
const denoise__activation_kind denoise__activation_gelu = {
    .base = {.name = "gelu",
             .class_name = "gelu",
             .doc = "x times the normal distribution function of x",
             .config_size = sizeof(gelu_config),
             .params = gelu_params,
             .param_count = (int32_t)(sizeof gelu_params / sizeof *gelu_params)},
    .needs_input = true,
    .forward = gelu_forward,
    .backward = gelu_backward,
};

/* y = x min(max(x + 3, 0), 6) / 6 */

static void hard_silu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->hard_silu(x, y, rows * columns);
}

static void hard_silu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns)
{
    (void)config, (void)y;
    denoise__vector_table()->hard_silu_backward(x, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_hard_silu;
const denoise__activation_kind denoise__activation_hard_silu = {
    .base = {.name = "hard_silu", .class_name = "hard_silu", .aliases = "hard_swish", .doc = "x times hard_sigmoid(x)"},
    .needs_input = true,
    .forward = hard_silu_forward,
    .backward = hard_silu_backward,
};

/* y = x tanh(log(1 + e^x)) */

static void mish_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->mish(x, y, rows * columns);
}

static void mish_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)config, (void)y;
    denoise__vector_table()->mish_backward(x, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_mish;
const denoise__activation_kind denoise__activation_mish = {
    .base = {.name = "mish", .class_name = "mish", .doc = "x tanh(softplus(x))"},
    .needs_input = true,
    .forward = mish_forward,
    .backward = mish_backward,
};

/* y = x / (1 + e^-x) */

static void silu_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->silu(x, y, rows * columns);
}

static void silu_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                          int64_t columns)
{
    (void)config, (void)y;
    denoise__vector_table()->silu_backward(x, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_silu;
const denoise__activation_kind denoise__activation_silu = {
    .base = {.name = "silu", .class_name = "silu", .aliases = "swish", .doc = "x sigmoid(x)"},
    .needs_input = true,
    .forward = silu_forward,
    .backward = silu_backward,
};

/* y = x - tanh(x), dx = dy tanh(x)^2 */

static void tanh_shrink_forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns)
{
    (void)config;
    denoise__vector_table()->tanh_shrink(x, y, rows * columns);
}

static void tanh_shrink_backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                 int64_t columns)
{
    (void)config, (void)y;
    denoise__vector_table()->tanh_shrink_backward(x, dy, dx, rows * columns);
}

extern const denoise__activation_kind denoise__activation_tanh_shrink;
const denoise__activation_kind denoise__activation_tanh_shrink = {
    .base = {.name = "tanh_shrink", .class_name = "tanh_shrink", .doc = "x - tanh(x)"},
    .needs_input = true,
    .forward = tanh_shrink_forward,
    .backward = tanh_shrink_backward,
};
