/* SPDX-License-Identifier: Apache-2.0 */
#include "callbacks/callbacks.h"
#include "core/log.h"
#include <math.h>
#include <string.h>

denoise_status denoise__monitor_prepare(denoise__monitor *monitor, const denoise__monitor_config *config, const char *callback,
                                        const denoise_trainer *trainer)
{
    if (monitor->direction != 0) return DENOISE_OK;
    if (strcmp(config->mode, "min") == 0) monitor->direction = -1;
    if (strcmp(config->mode, "max") == 0) monitor->direction = 1;
    if (monitor->direction == 0) monitor->direction = denoise__trainer_direction(trainer, config->monitor);
    if (monitor->direction != 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID,
                         "%s: mode \"auto\" cannot tell whether less or more of \"%s\" is better; give min or max", callback,
                         config->monitor);
}

bool denoise__monitor_is_better(const denoise__monitor *monitor, const denoise__monitor_config *config, double current,
                                double reference)
{
    double delta = fabs(config->min_delta);
    return monitor->direction < 0 ? (float)(current + delta) < (float)reference : (float)(current - delta) > (float)reference;
}

bool denoise__monitor_read(const denoise__monitor_config *config, const char *callback, const denoise_logs *logs, double *value)
{
    for (int64_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->entries[i].key, config->monitor) != 0) continue;
        *value = logs->entries[i].value;
        return true;
    }
    denoise__log(DENOISE_LOG_WARNING, "%s: the logs have no \"%s\", which it watches", callback, config->monitor);
    return false;
}
