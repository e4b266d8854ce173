/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters gathered by a typed constructor from its arguments. The first failure stays and what follows it is left out, so
 * that its message is still the thread's last one when the part is made:
 *
 *     denoise__gather given = denoise__gather_begin();
 *     denoise__gather_text(&given, "filename", path);
 *     denoise__gather_bool(&given, "append", append);
 *     return denoise__callback_make("csv_logger", &given); */
#ifndef DENOISE_CORE_GATHER_H
#define DENOISE_CORE_GATHER_H

#include "core/options.h"
#include <denoise/params.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct denoise__gather {
    denoise_params *params; /* NULL when there was no memory for it */
    denoise_status status;
} denoise__gather;

denoise__gather denoise__gather_begin(void);
void denoise__gather_end(denoise__gather *given); /* frees the parameters; whoever makes a part of them calls it */

/* Takes over a failure of the caller's own; DENOISE_OK changes nothing. Check `given->status` before a call that may fail: its
 * message would take the place of the first. */
void denoise__gather_fail(denoise__gather *given, denoise_status status);

/* Reads an options struct of the caller's into *known, today's. false for NULL, and, with a failure, for one that
 * denoise__options_read() refuses: its fields are not to be gathered then. */
bool denoise__gather_options(denoise__gather *given, const denoise__options *type, void *known, const void *options);

void denoise__gather_none(denoise__gather *given, const char *key);
void denoise__gather_bool(denoise__gather *given, const char *key, int32_t value);
void denoise__gather_int(denoise__gather *given, const char *key, int64_t value);
void denoise__gather_double(denoise__gather *given, const char *key, double value);
void denoise__gather_double_or_none(denoise__gather *given, const char *key, double value);    /* NAN = None */
void denoise__gather_text(denoise__gather *given, const char *key, const char *value);         /* NULL = DENOISE_ERR_NULL */
void denoise__gather_text_or_none(denoise__gather *given, const char *key, const char *value); /* NULL = None */
void denoise__gather_ints(denoise__gather *given, const char *key, const int64_t *values, int64_t count);
void denoise__gather_doubles(denoise__gather *given, const char *key, const double *values, int64_t count);
void denoise__gather_kind(denoise__gather *given, const char *key, const char *name, const denoise_params *nested);

#endif
