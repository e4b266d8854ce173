/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: names and numbers in order, as callbacks see them. Capacity is fixed when made, so that a step allocates nothing. */
#ifndef DENOISE_TRAIN_LOGS_H
#define DENOISE_TRAIN_LOGS_H

#include "core/variable.h"
#include <denoise/callback.h>

enum { DENOISE__MOST_LOG_KEY = 1 << 16 }; /* bytes of a key that is read */

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
void denoise__logs_discard(void *logs); /* frees them, lent or not: those who have them are gone. For denoise__use_hold() */
void denoise__logs_clear(denoise_logs *logs);                                  /* keeps keys' memory for reuse where it can */
denoise_status denoise__logs_copy(denoise_logs *to, const denoise_logs *from); /* adds or replaces all entries */
bool denoise__logs_find(const denoise_logs *logs, const char *key, double *value); /* without a failure where there is none */
void denoise__logs_sort(denoise_logs *logs);                                       /* by key, as Keras' pythonify_logs */
/* "path/count", then "path/0/key", "path/0/value", ... Reading empties them first. */
denoise_status denoise__logs_visit(denoise_logs *logs, const char *path, const denoise__visitor *visitor);

#endif
