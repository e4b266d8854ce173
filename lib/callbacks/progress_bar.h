/* SPDX-License-Identifier: Apache-2.0 */
/* Keras' progress bar (keras/src/utils/progbar.py): what it writes for given steps, numbers and times. */
#ifndef DENOISE_CALLBACKS_PROGRESS_BAR_H
#define DENOISE_CALLBACKS_PROGRESS_BAR_H

#include "core/text.h"
#include "train/logs.h"
#include <stdbool.h>

typedef struct denoise__progress_bar {
    int64_t target;  /* -1 = unknown */
    int32_t verbose; /* 1 or 2 */
    bool is_dynamic; /* the output understands carriage return and colours; else one plain line at the end */
    int32_t
        columns; /* of the terminal, which a line that is drawn again must fit into; 0 = unknown. Stays when it begins anew */
    double start, last_update, after_first_step;
    bool has_first_step;
    int64_t previous_width;
    denoise_logs *values; /* in the order in which they first came */
} denoise__progress_bar;

/* Begins anew at a time. values is emptied. */
void denoise__progress_bar_start(denoise__progress_bar *bar, int64_t target, int32_t verbose, bool is_dynamic, double now);
/* Appends to text what the bar writes at this moment, often nothing. logs may be NULL. */
denoise_status denoise__progress_bar_update(denoise__progress_bar *bar, int64_t current, const denoise_logs *logs,
                                            bool finalize, double now, denoise__text *text);

#endif
