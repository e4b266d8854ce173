/* SPDX-License-Identifier: Apache-2.0 */
/* Variables: every number that must survive, as {path, shape, element type, role, values, version, home}.
 *
 * A weight, a statistic, a slot of an optimizer, the sum of a metric and a counter are the same thing to whoever saves,
 * resumes, averages or copies. A noun that has state offers one function `denoise__<noun>_visit(object, path, visitor)`, which
 * hands over its variables one after the other, in a fixed order, for writing and for reading alike. */
#ifndef DENOISE_CORE_VARIABLE_H
#define DENOISE_CORE_VARIABLE_H

#include "core/error.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    DENOISE__VARIABLE_WEIGHT = 1,    /* trained */
    DENOISE__VARIABLE_STATISTIC = 2, /* of a layer, written by commit */
    DENOISE__VARIABLE_SLOT = 3,      /* of an optimizer, one per weight and name */
    DENOISE__VARIABLE_METRIC = 4,
    DENOISE__VARIABLE_LOSS = 5,    /* running means of losses */
    DENOISE__VARIABLE_COUNTER = 6, /* iterations, steps, the place inside an epoch, what callbacks count */
    DENOISE__VARIABLE_RANK = 8
};

/* Element types by the numbers of denoise/tensor.h, which core must not see (tensor/dtype.c compares them). Bytes are text. */
enum { DENOISE__VARIABLE_FLOAT32 = 1, DENOISE__VARIABLE_FLOAT64 = 2, DENOISE__VARIABLE_INT64 = 4, DENOISE__VARIABLE_UINT8 = 5 };

/* Bytes of a path and its end: 64 models inside each other, a layer and a weight. */
#define DENOISE__PATH_SIZE ((size_t)4352)

/* Where newer values are while something keeps them elsewhere (in panels, on a device). bring NULL: they are here; else it
 * writes them here, and its caller clears `home` first. */
typedef struct denoise__home {
    void (*bring)(void *context);
    void *context;
} denoise__home;

typedef struct denoise__variable {
    const char *name; /* within its owner: "kernel" */
    int32_t role;     /* DENOISE__VARIABLE_* */
    int32_t dtype;    /* DENOISE_FLOAT32, ... */
    int32_t rank;
    int64_t dim[DENOISE__VARIABLE_RANK];
    int64_t count;           /* of elements */
    void *values;            /* owned by the noun that has the variable; 64-byte aligned where it is large */
    uint64_t version;        /* counts the writes */
    uint64_t finite_version; /* the version after the one that is known to be finite; 0: none */
    denoise__home home;
} denoise__variable;

/* Brings the values up to date: whoever reads or writes them calls it first. */
void denoise__variable_bring_home(denoise__variable *variable);
/* The values were written. */
void denoise__variable_touch(denoise__variable *variable);
/* The same after a write that leaves finite values finite. */
void denoise__variable_touch_finite(denoise__variable *variable);
/* Size of the values in bytes. */
size_t denoise__variable_bytes(const denoise__variable *variable);
/* Whether float32 values written since the last such question are finite; if not, *element is the first that is not. Other
 * element types count as finite. */
bool denoise__variable_is_finite(denoise__variable *variable, int64_t *element);

typedef struct denoise__visitor {
    /* path: "classifier/dense/kernel", valid during the call. A reading visitor (is_reading) may write the values; the noun's
     * visit touches the variable afterwards. A failure ends the walk. */
    denoise_status (*variable)(void *context, const char *path, denoise__variable *variable);
    void *context;
    bool is_reading; /* values are read from elsewhere into the variables */
} denoise__visitor;

/* Visits one variable under "path/name" (path "" or NULL: "name"): brings it home, hands it over, touches it after reading,
 * also where the visitor failed. DENOISE_ERR_LIMIT: the path is too long. */
denoise_status denoise__visit(const denoise__visitor *visitor, const char *path, denoise__variable *variable);
/* A small number that lives in a struct of its own: a counter, a flag, a sum. */
denoise_status denoise__visit_int64(const denoise__visitor *visitor, const char *path, const char *name, int64_t *value);
denoise_status denoise__visit_doubles(const denoise__visitor *visitor, const char *path, const char *name, int32_t role,
                                      double *values, int64_t count);

denoise_status denoise__visit_int64s(const denoise__visitor *visitor, const char *path, const char *name, int64_t *values,
                                     int64_t count);

/* State whose size is itself state: the noun visits its count first, makes room where it reads, and then visits what it counts.
 * A count, flag or position that was read and is not least .. most is DENOISE_ERR_RANGE, and *value stays. */
denoise_status denoise__visit_within(const denoise__visitor *visitor, const char *path, const char *name, int64_t least,
                                     int64_t most, int64_t *value);
denoise_status denoise__visit_flag(const denoise__visitor *visitor, const char *path, const char *name, bool *value);
/* A text of up to `most` bytes: "name_size", then its bytes. Reading puts newly allocated memory into *text, whose old text is
 * freed, and leaves it alone on failure. */
denoise_status denoise__visit_text(const denoise__visitor *visitor, const char *path, const char *name, int64_t most,
                                   char **text);

/* Writes "path/name" (path "" or NULL: "name"; path may be out itself); DENOISE_ERR_LIMIT where there is no room. */
denoise_status denoise__path_join(char *out, size_t size, const char *path, const char *name);

#endif
