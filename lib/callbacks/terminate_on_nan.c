/* SPDX-License-Identifier: Apache-2.0 */
/* Ends training at a loss that is not finite (keras/src/callbacks/terminate_on_nan.py). */
#include "core/log.h"
#include "core/number.h"
#include "train/callback.h"
#include "train/logs.h"
#include <math.h>
#include <string.h>

typedef struct config {
    int32_t raise_error;
} config;

static const denoise__param params[] = {
    DENOISE__PARAM_BOOL(config, raise_error, "false", "fit returns DENOISE_ERR_NONFINITE instead of ending quietly"),
};

static denoise_status batch_end(denoise_callback *callback, denoise_trainer *trainer, int64_t batch, denoise_logs *logs)
{
    const config *c = callback->part.config;
    for (int64_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->entries[i].key, "loss") != 0 || isfinite(logs->entries[i].value)) continue;
        if (c->raise_error) {
            return denoise__fail(DENOISE_ERR_NONFINITE, "terminate_on_nan: the loss is %s at batch %lld",
                                 denoise__nonfinite_name(logs->entries[i].value), (long long)batch);
        }
        denoise__log(DENOISE_LOG_OUTPUT, "Batch %lld: Invalid loss, terminating training", (long long)batch);
        denoise_trainer_stop(trainer);
    }
    return DENOISE_OK;
}

extern const denoise__callback_kind denoise__callback_terminate_on_nan;
const denoise__callback_kind denoise__callback_terminate_on_nan = {
    .base = {.name = "terminate_on_nan",
             .class_name = "TerminateOnNaN",
             .doc = "ends training when the loss is NaN or infinite",
             .config_size = sizeof(config),
             .params = params,
             .param_count = sizeof params / sizeof *params},
    .batch_end = batch_end,
    .handles_nonfinite = true,
};

denoise_callback *denoise_callback_terminate_on_nan(int32_t raise_error)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_bool(&given, "raise_error", raise_error);
    return denoise__callback_make("terminate_on_nan", &given);
}
