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
/* BOOL int32_t; INT int64_t (None = -1); DOUBLE double (None = NAN); TEXT char[DENOISE__TEXT_SIZE] (None = "");
 * INTS denoise__ints; KIND denoise__kind_ref. */

enum {
    DENOISE__NULLABLE = 1,      /* None is allowed */
    DENOISE__ABOVE_MINIMUM = 2, /* value > minimum instead of >= */
    DENOISE__BELOW_MAXIMUM = 4, /* value < maximum instead of <= */
    DENOISE__LONG_TEXT = 8      /* TEXT: the field is a char * that the configuration owns (None = NULL), of any length */
};

typedef struct denoise__param {
    const char *name;
    int32_t type; /* DENOISE_PARAM_* */
    int32_t flags;
    size_t offset;
    const char *default_text;          /* as in "0.01", "true", "glorot_uniform", "None", "[1, 2]"; NULL = must be given */
    double minimum, maximum;           /* NAN = none; BOOL, INT, DOUBLE and each of INTS */
    const char *choices;               /* TEXT: "sum|mean"; NULL = any */
    const denoise__registry *registry; /* KIND: where its name is looked up */
    const char *doc;
} denoise__param;

/* Rows of a parameter table: DENOISE__PARAM_DOUBLE(struct, field, "default", flags, minimum, maximum, "doc"). */
#define DENOISE__PARAM_BOOL(config, field, fallback, text)                                                                     \
    {                                                                                                                          \
#field, DENOISE_PARAM_BOOL, 0, offsetof(config, field), fallback, NAN, NAN, NULL, NULL, text                           \
    }
#define DENOISE__PARAM_INT(config, field, fallback, flag, low, high, text)                                                     \
    {                                                                                                                          \
#field, DENOISE_PARAM_INT, flag, offsetof(config, field), fallback, low, high, NULL, NULL, text                        \
    }
#define DENOISE__PARAM_DOUBLE(config, field, fallback, flag, low, high, text)                                                  \
    {                                                                                                                          \
#field, DENOISE_PARAM_DOUBLE, flag, offsetof(config, field), fallback, low, high, NULL, NULL, text                     \
    }
#define DENOISE__PARAM_TEXT(config, field, fallback, flag, choice, text)                                                       \
    {                                                                                                                          \
#field, DENOISE_PARAM_TEXT, flag, offsetof(config, field), fallback, NAN, NAN, choice, NULL, text                      \
    }
#define DENOISE__PARAM_INTS(config, field, fallback, flag, low, high, text)                                                    \
    {                                                                                                                          \
#field, DENOISE_PARAM_INTS, flag, offsetof(config, field), fallback, low, high, NULL, NULL, text                       \
    }
#define DENOISE__PARAM_KIND(config, field, fallback, flag, where, text)                                                        \
    {                                                                                                                          \
#field, DENOISE_PARAM_KIND, flag, offsetof(config, field), fallback, NAN, NAN, NULL, where, text                       \
    }

struct denoise__kind {
    const char *name;       /* "binary_crossentropy" */
    const char *class_name; /* "BinaryCrossentropy" */
    const char *aliases;    /* "bce|BCE"; NULL = none */
    const char *doc;
    size_t config_size; /* 0 = no parameters */
    const denoise__param *params;
    int32_t param_count;
    denoise_status (*check)(const void *config); /* rules across parameters; may be NULL */
};

struct denoise__registry {
    const char *noun; /* "layer" */
    const denoise__kind *const *kinds;
    int32_t count;
};

/* All registries, in lib/registries.c; ends with NULL. */
extern const denoise__registry *const denoise__registries[];

/* Keras' to_snake_case (keras/src/utils/naming.py): "GaussianNoise" -> "gaussian_noise", "LeakyReLU" -> "leaky_re_lu",
 * "Conv2DTranspose" -> "conv2d_transpose": an underscore goes before each capital letter, but the first character, that has a
 * small letter behind it or before it. Cut to size - 1 bytes; returns buffer. size >= 1. */
const char *denoise__snake_case(char *buffer, size_t size, const char *class_name);

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

/* A reference from text, "relu" or "l2(0.001)" or "elu(alpha=0.5)", or from name and parameters. Text NULL or "None" = None. */
denoise_status denoise__kind_ref_make(denoise__kind_ref *out, const denoise__registry *registry, const char *text,
                                      const denoise_params *nested);
void denoise__kind_ref_clear(denoise__kind_ref *ref);

#endif
