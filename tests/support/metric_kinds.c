/* SPDX-License-Identifier: Apache-2.0 */
#include "support/metric_kinds.h"
#include "support/nets.h"
#include <string.h>

#define FIRST_COUNT 0.0009765625f

typedef struct histogram_config {
    denoise__metric_config metric;
    int64_t fails_at;
} histogram_config;

static int64_t state_size(const void *config, int32_t state)
{
    (void)config;
    return state == 0 ? HISTOGRAM_BINS : 1;
}

/* The new counts, before they take the place of the old ones. */
static int64_t scratch_size(const void *config, int64_t rows, int64_t columns)
{
    (void)config, (void)rows, (void)columns;
    return HISTOGRAM_BINS;
}

static void reset(const void *config, float *const *state)
{
    (void)config;
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        state[0][i] = FIRST_COUNT;
}

static denoise_status update(const denoise__metric_args *args)
{
    const histogram_config *c = args->config;
    memcpy(args->scratch, args->state[0], HISTOGRAM_BINS * sizeof *args->scratch);
    for (int64_t i = 0; i < args->rows * args->columns; i++) {
        float scaled = args->prediction[i] * HISTOGRAM_BINS;
        if (!(scaled >= 0 && scaled < HISTOGRAM_BINS)) {
            return denoise__fail(DENOISE_ERR_RANGE, "prediction %lld is outside of 0 .. 1", (long long)i);
        }
        args->scratch[(int)scaled] += args->row_weight == NULL ? 1 : args->row_weight[i / args->columns];
    }
    if ((int64_t)args->state[1][0] + 1 == c->fails_at) return denoise__fail(DENOISE_ERR_INVALID, "told to fail");
    args->state[1][0] += 1;
    memcpy(args->state[0], args->scratch, HISTOGRAM_BINS * sizeof *args->scratch);
    return DENOISE_OK;
}

static float result(const void *config, const float *const *state)
{
    (void)config;
    int fullest = 0;
    for (int i = 1; i < HISTOGRAM_BINS; i++)
        fullest = state[0][i] > state[0][fullest] ? i : fullest;
    return (float)fullest / HISTOGRAM_BINS;
}

static const denoise__param params[] = {
    DENOISE__METRIC_PARAMS(histogram_config),
    DENOISE__PARAM_INT(histogram_config, fails_at, "0", 0, 0, NAN, "number of the update that fails"),
};

static const denoise__metric_kind histogram = {
    .base = {.name = "histogram",
             .class_name = "Histogram",
             .doc = "the fullest of 32 bins",
             .config_size = sizeof(histogram_config),
             .params = params,
             .param_count = 2},
    .state_names = {"counts", "updates"},
    .state_size = state_size,
    .scratch_size = scratch_size,
    .reset = reset,
    .update = update,
    .result = result,
};

denoise_metric *histogram_metric(int64_t fails_at)
{
    denoise_params *given;
    denoise_metric *metric;
    if (denoise__registry_find(&denoise__metric_registry, "histogram") == NULL)
        ASSERT_OK(denoise__registry_add(&denoise__metric_registry, &histogram.base));
    ASSERT_OK(denoise_params_new(&given));
    ASSERT_OK(denoise_params_set_int(given, "fails_at", fails_at));
    ASSERT_OK(denoise_metric_create(&metric, "histogram", given));
    denoise_params_free(given);
    return metric;
}
