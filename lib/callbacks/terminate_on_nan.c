/* SPDX-License-Identifier: Apache-2.0 */
/* Ends training at a loss that is not finite (keras/src/callbacks/terminate_on_nan.py). */
#include "callbacks/callbacks.h"
#include "core/log.h"
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
                                 isnan(logs->entries[i].value) ? "NaN" : "infinite", (long long)batch);
        }
        denoise__log(DENOISE_LOG_OUTPUT, "Batch %lld: Invalid loss, terminating training", (long long)batch);
        denoise_trainer_stop(trainer);
    }
    return DENOISE_OK;
}

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
    denoise_params *p;
    denoise_status status = denoise_params_new(&p);
    if (status == DENOISE_OK) status = denoise_params_set_bool(p, "raise_error", raise_error);
    denoise_callback *callback = denoise__callback_new(&denoise__callback_registry, "terminate_on_nan", p, status);
    denoise_params_free(p);
    return callback;
}
