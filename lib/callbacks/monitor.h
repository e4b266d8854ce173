/* SPDX-License-Identifier: Apache-2.0 */
/* What callbacks that watch a number have in common (keras/src/callbacks/monitor_callback.py). */
#ifndef DENOISE_CALLBACKS_MONITOR_H
#define DENOISE_CALLBACKS_MONITOR_H

#include "train/callback.h"
#include "train/logs.h"

typedef struct denoise__monitor_config {
    char monitor[DENOISE__TEXT_SIZE];
    char mode[DENOISE__TEXT_SIZE];
    double min_delta; /* its magnitude counts */
} denoise__monitor_config;

typedef struct denoise__monitor {
    int32_t direction; /* 1: more is better, -1: less is better, 0: not known yet */
    bool has_best;
    bool has_warned; /* that there is no such number: once a run */
    double best;
} denoise__monitor;

/* Rows of a parameter table for `denoise__monitor_config monitor`. */
#define DENOISE__MONITOR_PARAMS(config, delta)                                                                                 \
    DENOISE__PARAM("monitor", DENOISE_PARAM_TEXT, offsetof(config, monitor.monitor), "val_loss", "key of the logs to watch",   \
                   .minimum = NAN, .maximum = NAN),                                                                            \
        DENOISE__PARAM("mode", DENOISE_PARAM_TEXT, offsetof(config, monitor.mode), "auto", "whether less or more is better",   \
                       .minimum = NAN, .maximum = NAN, .choices = "auto|min|max"),                                             \
        DENOISE__PARAM("min_delta", DENOISE_PARAM_DOUBLE, offsetof(config, monitor.min_delta), delta,                          \
                       "a smaller change is no improvement", .minimum = NAN, .maximum = NAN)

/* Finds the direction when it is not known; an error says that "auto" cannot tell. */
denoise_status denoise__monitor_prepare(denoise__monitor *monitor, const denoise__monitor_config *config, const char *callback,
                                        const denoise_trainer *trainer);
/* current - min_delta against reference, strictly, with the sign of the direction, in float32 as Keras' ops compare. */
bool denoise__monitor_is_better(const denoise__monitor *monitor, const denoise__monitor_config *config, double current,
                                double reference);
/* The number in the logs; false when there is none. The first time in a run the log sink is told so, and what the logs have. */
bool denoise__monitor_read(denoise__monitor *monitor, const denoise__monitor_config *config, const char *callback,
                           const denoise_logs *logs, double *value);

denoise_status denoise__monitor_visit(denoise__monitor *monitor, const char *path, const denoise__visitor *visitor);

#endif
