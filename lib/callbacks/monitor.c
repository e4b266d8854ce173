/* SPDX-License-Identifier: Apache-2.0 */
#include "callbacks/monitor.h"
#include "core/format.h"
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

static void warn(const char *name, const char *callback, const denoise_logs *logs)
{
    char keys[512] = "";
    size_t length = 0;
    for (int64_t i = 0; i < logs->count && length < sizeof keys; i++) {
        length +=
            (size_t)denoise__format(keys + length, sizeof keys - length, "%s\"%s\"", i == 0 ? "" : ", ", logs->entries[i].key);
    }
    denoise__log(DENOISE_LOG_WARNING, "%s: the logs have no \"%s\", which it watches; they have %s", callback, name,
                 length == 0 ? "nothing" : keys);
}

bool denoise__monitor_read(denoise__monitor *monitor, const denoise__monitor_config *config, const char *callback,
                           const denoise_logs *logs, double *value)
{
    for (int64_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->entries[i].key, config->monitor) != 0) continue;
        *value = logs->entries[i].value;
        return true;
    }
    if (!monitor->has_warned) warn(config->monitor, callback, logs);
    monitor->has_warned = true;
    return false;
}

denoise_status denoise__monitor_visit(denoise__monitor *monitor, const char *path, const denoise__visitor *visitor)
{
    int64_t direction = monitor->direction;
    DENOISE__TRY(denoise__visit_within(visitor, path, "direction", -1, 1, &direction));
    monitor->direction = (int32_t)direction;
    DENOISE__TRY(denoise__visit_flag(visitor, path, "has_best", &monitor->has_best));
    return denoise__visit_doubles(visitor, path, "best", DENOISE__VARIABLE_COUNTER, &monitor->best, 1);
}
