/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds: descriptors, registries, and the typed configuration that parameters are resolved into.
 *
 * A kind (the dense layer, the Adam optimizer) is one static const descriptor that begins with a denoise__kind. Its
 * parameter table says where in the kind's configuration struct each value goes, so that checking, defaults, reading by
 * name, get_config and documentation need no code per kind. */
#ifndef DENOISE_CORE_KIND_H
#define DENOISE_CORE_KIND_H

#include "core/error.h"
#include <denoise/params.h>
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>

typedef struct denoise__kind denoise__kind;
typedef struct denoise__registry denoise__registry;

/* Field types of a configuration struct, by parameter type. */
#define DENOISE__TEXT_SIZE 64
typedef struct denoise__ints {
    int64_t count; /* -1 = None */
    int64_t values[8];
} denoise__ints;
typedef struct denoise__kind_ref {
    const denoise__kind *kind; /* NULL = None */
    void *config;              /* owned by the configuration that holds the reference */
} denoise__kind_ref;
typedef struct denoise__doubles {
    int64_t count;  /* -1 = None */
    double *values; /* owned by the configuration */
} denoise__doubles;
/* BOOL int32_t; INT int64_t (None = -1); DOUBLE double (None = NAN); TEXT char[DENOISE__TEXT_SIZE] (None = "");
 * INTS denoise__ints; DOUBLES denoise__doubles; KIND denoise__kind_ref. */

enum {
    DENOISE__NULLABLE = 1,      /* None is allowed */
    DENOISE__ABOVE_MINIMUM = 2, /* value > minimum instead of >= */
    DENOISE__BELOW_MAXIMUM = 4, /* value < maximum instead of <= */
    DENOISE__LONG_TEXT = 8,     /* TEXT: the field is a char * that the configuration owns (None = NULL), of any length */
    DENOISE__OR_KIND = 16,      /* DOUBLE: or a kind of `registry`, to which the reference at `kind_offset` then refers */
    DENOISE__OR_INT = 32        /* INTS: an INT is a list of one */
};

typedef struct denoise__param {
    const char *name;
    int32_t type; /* DENOISE_PARAM_* */
    int32_t flags;
    size_t offset;
    const char *default_text;          /* as in "0.01", "true", "glorot_uniform", "None", "[1, 2]"; NULL = must be given */
    double minimum, maximum;           /* NAN = none; BOOL, INT, DOUBLE and each of INTS */
    const char *choices;               /* TEXT: "sum|mean"; NULL = any */
    const denoise__registry *registry; /* KIND, OR_KIND: where its name is looked up */
    size_t kind_offset;                /* OR_KIND: a denoise__kind_ref, None where the parameter is a number */
    const char *doc;
} denoise__param;

/* A row of a parameter table; what else it needs follows as designated initialisers. */
#define DENOISE__PARAM(key, param_type, place, fallback, text, ...)                                                            \
    {                                                                                                                          \
        .name = (key), .type = (param_type), .offset = (place), .default_text = (fallback), .doc = (text), __VA_ARGS__         \
    }
/* The rows of each type, for a field that has the parameter's name:
 * DENOISE__PARAM_DOUBLE(struct, field, "default", flags, minimum, maximum, "doc"). */
#define DENOISE__PARAM_BOOL(config, field, fallback, text)                                                                     \
    DENOISE__PARAM(#field, DENOISE_PARAM_BOOL, offsetof(config, field), fallback, text, .minimum = NAN, .maximum = NAN)
#define DENOISE__PARAM_INT(config, field, fallback, flag, low, high, text)                                                     \
    DENOISE__PARAM(#field, DENOISE_PARAM_INT, offsetof(config, field), fallback, text, .flags = (flag), .minimum = (low),      \
                   .maximum = (high))
#define DENOISE__PARAM_DOUBLE(config, field, fallback, flag, low, high, text)                                                  \
    DENOISE__PARAM(#field, DENOISE_PARAM_DOUBLE, offsetof(config, field), fallback, text, .flags = (flag), .minimum = (low),   \
                   .maximum = (high))
#define DENOISE__PARAM_TEXT(config, field, fallback, flag, choice, text)                                                       \
    DENOISE__PARAM(#field, DENOISE_PARAM_TEXT, offsetof(config, field), fallback, text, .flags = (flag), .minimum = NAN,       \
                   .maximum = NAN, .choices = (choice))
#define DENOISE__PARAM_INTS(config, field, fallback, flag, low, high, text)                                                    \
    DENOISE__PARAM(#field, DENOISE_PARAM_INTS, offsetof(config, field), fallback, text, .flags = (flag), .minimum = (low),     \
                   .maximum = (high))
#define DENOISE__PARAM_DOUBLES(config, field, fallback, flag, low, high, text)                                                 \
    DENOISE__PARAM(#field, DENOISE_PARAM_DOUBLES, offsetof(config, field), fallback, text, .flags = (flag), .minimum = (low),  \
                   .maximum = (high))
#define DENOISE__PARAM_KIND(config, field, fallback, flag, where, text)                                                        \
    DENOISE__PARAM(#field, DENOISE_PARAM_KIND, offsetof(config, field), fallback, text, .flags = (flag), .minimum = NAN,       \
                   .maximum = NAN, .registry = (where))

/* A kind that can be taken out again, which is refused while configurations of it live. */
enum { DENOISE__KIND_THERE = 0, DENOISE__KIND_LEAVING = 1 };
typedef struct denoise__kind_life {
    _Atomic(int64_t) configurations;
    atomic_int place;                 /* DENOISE__KIND_* */
    const denoise__kind *gone_before; /* in the list of those that are gone, which denoise_shutdown() frees */
    void (*free)(const denoise__kind *kind);
} denoise__kind_life;

struct denoise__kind {
    const char *name;       /* "binary_crossentropy" */
    const char *class_name; /* "BinaryCrossentropy" */
    const char *aliases;    /* "bce|BCE"; NULL = none */
    const char *doc;
    size_t config_size; /* 0 = no parameters */
    const denoise__param *params;
    int32_t param_count;
    denoise_status (*check)(const void *config); /* rules across parameters; may be NULL */
    denoise__kind_life *life;                    /* NULL: the kind stays for the process */
    size_t self_offset; /* with a life: where a configuration has its kind, for functions that see the former alone */
};

/* The growing part of a registry: kinds that were added at run time, NULL behind the last. The place of one that is
 * gone is taken again. */
enum { DENOISE__REGISTRY_ROOM = 256 };
typedef struct denoise__registry_tail {
    _Atomic(const denoise__kind *) kinds[DENOISE__REGISTRY_ROOM];
} denoise__registry_tail;

struct denoise__registry {
    const char *noun; /* "layer" */
    const denoise__kind *const *kinds;
    int32_t count;                /* of `kinds` */
    denoise__registry_tail *tail; /* NULL: nothing can be added */
};

/* All registries, in lib/registries.c; ends with NULL. */
extern const denoise__registry *const denoise__registries[];

/* Keras' to_snake_case (keras/src/utils/naming.py): "GaussianNoise" -> "gaussian_noise", "LeakyReLU" -> "leaky_re_lu",
 * "Conv2DTranspose" -> "conv2d_transpose": an underscore goes before each capital letter, but the first character, that has a
 * small letter behind it or before it. Cut to size - 1 bytes; returns buffer. size >= 1. */
const char *denoise__snake_case(char *buffer, size_t size, const char *class_name);

/* Kind `index` of both parts, those that were added last; NULL past the end. */
const denoise__kind *denoise__registry_at(const denoise__registry *registry, int64_t index);

/* Adds a kind, for the rest of the process unless it has a life. Any thread may add and look up at any time. DENOISE_ERR_NAME:
 * its name, class name or an alias is taken; DENOISE_ERR_LIMIT: there is no room; DENOISE_ERR_UNSUPPORTED: the registry cannot
 * grow. */
denoise_status denoise__registry_add(const denoise__registry *registry, const denoise__kind *kind);

/* Takes a kind with a life out: DENOISE_ERR_BUSY while configurations of it live. What others may still read of it, its names
 * among them, stays until denoise_shutdown(). */
denoise_status denoise__registry_remove(const denoise__registry *registry, const denoise__kind *kind);
/* Frees the kinds that are gone. */
void denoise__registry_sweep(void);

/* By name, class name or alias; NULL when there is none. Exact, or Keras' snake case of what was given. */
const denoise__kind *denoise__registry_find(const denoise__registry *registry, const char *name);

/* DENOISE_ERR_NAME with the names that exist. */
denoise_status denoise__registry_get(const denoise__kind **out, const denoise__registry *registry, const char *name);

/* A configuration from parameters (NULL = all defaults): unknown keys, wrong types, values out of bounds and missing ones
 * are errors that name kind and parameter. */
denoise_status denoise__config_new(void **out, const denoise__kind *kind, const denoise_params *params);
void denoise__config_free(const denoise__kind *kind, void *config);

/* The reverse: every parameter of a configuration (Keras' get_config). */
denoise_status denoise__config_params(denoise_params **out, const denoise__kind *kind, const void *config);

/* One parameter by its name, for those who know a kind by its table alone. A number of any of the types BOOL, INT and DOUBLE
 * (None as the field has it: -1 or NAN), NAN where the kind has no such parameter. */
double denoise__config_double(const denoise__kind *kind, const void *config, const char *name);

/* A reference from text, "relu" or "l2(0.001)" or "elu(alpha=0.5)", or from name and parameters. Text NULL or "None" = None. */
denoise_status denoise__kind_ref_make(denoise__kind_ref *out, const denoise__registry *registry, const char *text,
                                      const denoise_params *nested);
void denoise__kind_ref_clear(denoise__kind_ref *ref);

#endif
