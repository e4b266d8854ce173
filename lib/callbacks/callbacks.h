/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of callbacks share. */
#ifndef DENOISE_CALLBACKS_CALLBACKS_H
#define DENOISE_CALLBACKS_CALLBACKS_H

#include "train/callback.h"
#include "train/logs.h"

/* A callback of a kind in a registry; inert when it cannot be made, or when collecting its parameters failed before. */
denoise_callback *denoise__callback_new(const denoise__registry *registry, const char *name, const denoise_params *params,
                                        denoise_status before);
bool denoise__callback_is(const denoise_callback *callback, const denoise__callback_kind *kind);

/* What callbacks that watch a number have in common (keras/src/callbacks/monitor_callback.py). */
typedef struct denoise__monitor_config {
    char monitor[DENOISE__TEXT_SIZE];
    char mode[DENOISE__TEXT_SIZE];
    double min_delta; /* its magnitude counts */
} denoise__monitor_config;

typedef struct denoise__monitor {
    int32_t direction; /* 1: more is better, -1: less is better, 0: not known yet */
    bool has_best;
    double best;
} denoise__monitor;

/* Rows of a parameter table for `denoise__monitor_config monitor`. */
#define DENOISE__MONITOR_PARAMS(config, delta)                                                                                 \
    {"monitor", DENOISE_PARAM_TEXT,        0, offsetof(config, monitor.monitor), "val_loss", NAN, NAN, NULL,                   \
     NULL,      "key of the logs to watch"},                                                                                   \
        {"mode", DENOISE_PARAM_TEXT, 0,    offsetof(config, monitor.mode),  "auto", NAN,                                       \
         NAN,    "auto|min|max",     NULL, "whether less or more is better"},                                                  \
    {                                                                                                                          \
        "min_delta", DENOISE_PARAM_DOUBLE, 0, offsetof(config, monitor.min_delta), delta, NAN, NAN, NULL, NULL,                \
            "a smaller change is no improvement"                                                                               \
    }

/* Finds the direction when it is not known; an error says that "auto" cannot tell. */
denoise_status denoise__monitor_prepare(denoise__monitor *monitor, const denoise__monitor_config *config, const char *callback,
                                        const denoise_trainer *trainer);
/* current - min_delta against reference, strictly, with the sign of the direction, in float32 as Keras' ops compare. */
bool denoise__monitor_is_better(const denoise__monitor *monitor, const denoise__monitor_config *config, double current,
                                double reference);
/* The number in the logs; false, with a warning to the log sink, when there is none. */
bool denoise__monitor_read(const denoise__monitor_config *config, const char *callback, const denoise_logs *logs,
                           double *value);

#endif
