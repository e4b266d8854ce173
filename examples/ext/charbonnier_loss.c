/* SPDX-License-Identifier: Apache-2.0 */
/* A loss: the mean over the last axis of sqrt((p - t)^2 + epsilon^2) - epsilon, a smooth absolute error (Charbonnier et al.
 * 1994, "Two deterministic half-quadratic regularization algorithms for computed imaging"). */
#include "common.h"

typedef struct charbonnier_config {
    double epsilon;
} charbonnier_config;

static const denoise_ext_param params[] = {
    {"epsilon", "errors smaller than this count quadratically", "0.001", NULL, NULL, 0, NAN,
     offsetof(charbonnier_config, epsilon), DENOISE_PARAM_DOUBLE, DENOISE_EXT_ABOVE_MINIMUM},
};

static denoise_status rows(const denoise_ext_loss_args *args, int64_t first, int64_t count, void *user_data)
{
    float epsilon = (float)((const charbonnier_config *)args->config)->epsilon;
    int64_t columns = args->columns;
    (void)user_data;
    for (int64_t row = first; row < first + count; row++) {
        const float *p = args->prediction + row * columns, *t = args->target + row * columns;
        float sum = 0, weight = args->row_weight == NULL ? 1 : args->row_weight[row];
        float scale = weight * (float)args->gradient_scale / (float)columns;
        for (int64_t i = 0; i < columns; i++) {
            float error = p[i] - t[i], length = sqrtf(error * error + epsilon * epsilon);
            sum += length - epsilon;
            if (args->gradient != NULL) args->gradient[row * columns + i] = scale * error / length;
        }
        args->row_loss[row] = sum / (float)columns;
    }
    return DENOISE_OK;
}

int main(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_loss hooks = DENOISE_EXT_LOSS_INIT;
    kind.name = "charbonnier", kind.class_name = "Charbonnier", kind.doc = "a smooth absolute error";
    kind.params = params, kind.param_count = 1, kind.config_size = sizeof(charbonnier_config);
    hooks.rows = rows;
    CHECK(denoise_ext_register("loss", &kind, &hooks, NULL));
    denoise_params *given;
    CHECK(denoise_params_new(&given));
    CHECK(denoise_params_set_double(given, "epsilon", 0.1));
    CHECK(denoise_ext_test("loss", "charbonnier", given, NULL, 0));
    denoise_loss *loss;
    CHECK(denoise_loss_create(&loss, "charbonnier", given));
    denoise_params_free(given);
    if (fit_sine(NULL, NULL, loss, NULL, NULL) != 0) return 1;
    CHECK(denoise_ext_unregister("loss", "charbonnier"));
    return 0;
}
