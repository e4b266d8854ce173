/* SPDX-License-Identifier: Apache-2.0 */
/* Adam: a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2);
 * w -= m a / (sqrt(v) + epsilon), the "epsilon hat" of the paper (D. Kingma, J. Ba, arXiv:1412.6980, end of section 2). AMSGrad
 * (S. Reddi, S. Kale, S. Kumar, ICLR 2018) divides by the greatest v so far.
 * AdamW is Adam whose weight decay is 0.004 unless told otherwise (keras/src/optimizers/adam.py, adamw.py). */
#include "kernels/vector.h"
#include "optimizers/optimizer.h"

typedef struct adam_config {
    denoise__optimizer_config optimizer;
    double beta_1, beta_2, epsilon;
    int32_t amsgrad;
} adam_config;

enum { ALPHA, REST_1, REST_2, EPSILON, AMSGRAD };

static int32_t slot_count(const void *config)
{
    return ((const adam_config *)config)->amsgrad != 0 ? 3 : 2;
}

static const char *slot_name(const void *config, int32_t slot)
{
    static const char *const names[] = {"momentum", "velocity", "velocity_hat"};
    (void)config;
    return names[slot];
}

/* beta^step without libm, rounded to float32 as Keras' is. */
static float power(double beta, int64_t step)
{
    double result = 1, square = (double)(float)beta;
    for (int64_t rest = step; rest > 0; rest /= 2) {
        if (rest % 2 != 0) result *= square;
        square *= square;
    }
    return (float)result;
}

static void coefficients(const void *config, double learning_rate, int64_t step, float *out)
{
    const adam_config *c = config;
    float root = sqrtf(1.0f - power(c->beta_2, step));
    out[ALPHA] = (float)learning_rate * root / (1.0f - power(c->beta_1, step));
    out[REST_1] = (float)(1 - c->beta_1);
    out[REST_2] = (float)(1 - c->beta_2);
    out[EPSILON] = (float)c->epsilon;
    out[AMSGRAD] = (float)(c->amsgrad != 0);
}

static void update(const float *c, float *w, const float *gradient, float *const *slots, int64_t count)
{
    const denoise__vector *v = denoise__vector_table();
    if (c[AMSGRAD] == 0)
        v->adam(w, gradient, slots[0], slots[1], count, c[ALPHA], c[REST_1], c[REST_2], c[EPSILON]);
    else
        v->adam_amsgrad(w, gradient, slots[0], slots[1], slots[2], count, c[ALPHA], c[REST_1], c[REST_2], c[EPSILON]);
}

/* No mean is greater than all gradients were, and the root may be nothing beside epsilon. */
static double reach(const float *c, double gradient)
{
    return (double)c[ALPHA] * gradient / (double)c[EPSILON] + gradient;
}

static denoise_status adamw_check(const void *config)
{
    const adam_config *c = config;
    if (!isnan(c->optimizer.weight_decay)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "weight_decay is None, expected a number; adam is the one without decay");
}

/* Nearest to 1 a beta can be is just below: at 1 nothing would ever be learnt and the correction divides by zero. */
#define ADAM_PARAMS(decay)                                                                                                     \
    DENOISE__OPTIMIZER_PARAMS(adam_config, "0.001", decay),                                                                    \
        DENOISE__PARAM_DOUBLE(adam_config, beta_1, "0.9", DENOISE__BELOW_MAXIMUM, 0, 1, "decay of the mean of gradients"),     \
        DENOISE__PARAM_DOUBLE(adam_config, beta_2, "0.999", DENOISE__BELOW_MAXIMUM, 0, 1,                                      \
                              "decay of the mean of squared gradients"),                                                       \
        DENOISE__PARAM_DOUBLE(adam_config, epsilon, "1e-07", 0, 0, FLT_MAX, "added outside the root"),                         \
        DENOISE__PARAM_BOOL(adam_config, amsgrad, "false", "divide by the greatest mean of squared gradients so far")

static const denoise__param adam_params[] = {ADAM_PARAMS("None")};
static const denoise__param adamw_params[] = {ADAM_PARAMS("0.004")};

extern const denoise__optimizer_kind denoise__optimizer_adam, denoise__optimizer_adamw;
const denoise__optimizer_kind denoise__optimizer_adam = {
    .base = {.name = "adam",
             .class_name = "Adam",
             .doc = "steps by running means of gradients and of their squares",
             .config_size = sizeof(adam_config),
             .params = adam_params,
             .param_count = (int32_t)(sizeof adam_params / sizeof *adam_params)},
    .slot_count = slot_count,
    .slot_name = slot_name,
    .interleaved_slots = 2,
    .coefficients = coefficients,
    .update = update,
    .reach = reach,
};
const denoise__optimizer_kind denoise__optimizer_adamw = {
    .base = {.name = "adamw",
             .class_name = "AdamW",
             .aliases = "adam_w",
             .doc = "Adam with decoupled weight decay",
             .config_size = sizeof(adam_config),
             .params = adamw_params,
             .param_count = (int32_t)(sizeof adamw_params / sizeof *adamw_params),
             .check = adamw_check},
    .slot_count = slot_count,
    .slot_name = slot_name,
    .interleaved_slots = 2,
    .coefficients = coefficients,
    .update = update,
    .reach = reach,
};
