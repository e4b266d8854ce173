/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: names and numbers in order, as callbacks see them. Capacity is fixed when made, so that a step allocates nothing. */
#ifndef DENOISE_TRAIN_LOGS_H
#define DENOISE_TRAIN_LOGS_H

#include "core/error.h"
#include <denoise/callback.h>

typedef struct denoise__log_entry {
    char *key;
    double value;
} denoise__log_entry;

struct denoise_logs {
    int64_t count, capacity;
    int32_t lent; /* > 0: hooks see them, and cannot free them */
    denoise__log_entry *entries;
};

denoise_status denoise__logs_new(denoise_logs **out);
void denoise__logs_clear(denoise_logs *logs);                                  /* keeps keys' memory for reuse where it can */
denoise_status denoise__logs_copy(denoise_logs *to, const denoise_logs *from); /* adds or replaces all entries */
void denoise__logs_sort(denoise_logs *logs);                                   /* by key, as Keras' pythonify_logs */

#endif
