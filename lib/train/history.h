/* SPDX-License-Identifier: Apache-2.0 */
/* History: numbers by key and epoch. */
#ifndef DENOISE_TRAIN_HISTORY_H
#define DENOISE_TRAIN_HISTORY_H

#include "core/variable.h"
#include <denoise/callback.h>

denoise_status denoise__history_new(denoise_history **out);
void denoise__history_free(denoise_history *history);
void denoise__history_clear(denoise_history *history);
/* On failure the history is as before. */
denoise_status denoise__history_add(denoise_history *history, int64_t epoch, const denoise_logs *logs);
/* "path/epoch_count", "path/key_count", "path/epochs", then "path/0/key", "path/0/values", ... On failure a history that was to
 * be read into is as before. */
denoise_status denoise__history_visit(denoise_history *history, const char *path, const denoise__visitor *visitor);

#endif
