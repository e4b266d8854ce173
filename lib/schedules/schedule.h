/* SPDX-License-Identifier: Apache-2.0 */
/* Learning-rate schedules: a rate for each step. They have no state: a step is all that they know. */
#ifndef DENOISE_SCHEDULES_SCHEDULE_H
#define DENOISE_SCHEDULES_SCHEDULE_H

#include "core/part.h"
#include <denoise/schedule.h>

/* First field of every schedule's configuration, and the row for it. */
typedef struct denoise__schedule_config {
    char name[DENOISE__TEXT_SIZE];
} denoise__schedule_config;
#define DENOISE__SCHEDULE_PARAMS(config)                                                                                       \
    DENOISE__PARAM("name", DENOISE_PARAM_TEXT, offsetof(config, schedule.name), "None", "name; None = the kind's",             \
                   .flags = DENOISE__NULLABLE, .minimum = NAN, .maximum = NAN)

typedef struct denoise__schedule_kind {
    denoise__kind base;
    /* The rate of the step after `iterations` >= 0 ones; not negative. It is rounded to float32 afterwards, and computed
     * without libm (schedules/power.h), so that it has the same bits everywhere. */
    double (*rate)(const void *config, int64_t iterations);
    /* The same of a kind that can fail, which has this alone. */
    denoise_status (*try_rate)(const void *config, int64_t iterations, double *rate);
} denoise__schedule_kind;

extern const denoise__registry denoise__schedule_registry;

struct denoise_schedule {
    denoise__part part;
};

void denoise__schedule_release(denoise_schedule *schedule); /* drops one reference */
/* The rate of a configured kind, rounded to float32; NAN on failure. */
denoise_status denoise__schedule_rate(const denoise__kind *kind, const void *config, int64_t iterations, double *rate);

#endif
