/* SPDX-License-Identifier: Apache-2.0 */
/* A metric: R^2 = 1 - sum w (t - p)^2 / sum w (t - mean t)^2 over all that was seen. The state is four sums, of which the
 * figure is made at the end: what a mean over batches could not be. */
#include "common.h"

enum { ERRORS, TARGETS, SQUARES, WEIGHTS, STATES };
static const char *const state_names[STATES] = {"squared_errors", "targets", "squared_targets", "weights"};

static denoise_status update(const denoise_ext_metric_args *args, void *user_data)
{
    double sums[STATES] = {0};
    (void)user_data;
    for (int64_t i = 0; i < args->rows * args->columns; i++) {
        double weight = args->row_weight == NULL ? 1 : args->row_weight[i / args->columns];
        double t = args->target[i], error = t - args->prediction[i];
        sums[ERRORS] += weight * error * error;
        sums[TARGETS] += weight * t;
        sums[SQUARES] += weight * t * t;
        sums[WEIGHTS] += weight;
    }
    for (int s = 0; s < STATES; s++)
        args->state[s][0] += (float)sums[s];
    return DENOISE_OK;
}

static double result(const void *config, const float *const *state, void *user_data)
{
    double weights = state[WEIGHTS][0], targets = state[TARGETS][0];
    double spread = weights > 0 ? state[SQUARES][0] - targets * targets / weights : 0;
    (void)config, (void)user_data;
    return spread > 0 ? 1 - state[ERRORS][0] / spread : 0;
}

int main(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_metric hooks = DENOISE_EXT_METRIC_INIT;
    kind.name = "r2_score", kind.class_name = "R2", kind.doc = "share of the variance that predictions explain";
    hooks.is_maximized = 1;
    hooks.state_count = STATES, hooks.state_names = state_names;
    hooks.update = update, hooks.result = result;
    CHECK(denoise_ext_register("metric", &kind, &hooks, NULL));
    CHECK(denoise_ext_test("metric", "r2_score", NULL, NULL, 0));
    denoise_metric *metric;
    CHECK(denoise_metric_create(&metric, "R2", NULL));
    if (fit_sine(NULL, NULL, NULL, metric, NULL) != 0) return 1;
    CHECK(denoise_ext_unregister("metric", "r2_score"));
    return 0;
}
