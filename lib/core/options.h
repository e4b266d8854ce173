/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs, which grow: a caller's may be older and shorter than ours, or newer and longer. What it has is taken, what
 * it lacks has its default, and what we do not know must be zero.
 *
 *     DENOISE__OPTIONS(fit_options, FIT_OPTIONS, "fit options", denoise_fit_options, sizeof(denoise_fit_options))
 *
 * A field that is appended begins at or behind the end of 0.1's struct, its padding included; from then on the last argument is
 * offsetof(denoise_fit_options, the_new_field), and stays. tests/install/old_layout.sh compares the headers. */
#ifndef DENOISE_CORE_OPTIONS_H
#define DENOISE_CORE_OPTIONS_H

#include "core/error.h"
#include <stdbool.h>

typedef struct denoise__options {
    const char *what; /* "fit options" */
    const char *init; /* "denoise_fit_options_init()"; NULL: there is none */
    size_t size;      /* of today's struct */
    size_t first_size;
    const void *defaults;
} denoise__options;

/* *known, today's struct, becomes the defaults with what the caller gave over them; its struct_size is today's. NULL gives the
 * defaults. DENOISE_ERR_INVALID: a struct_size of no version, or something in a field that this version does not have; *known
 * then holds the defaults. */
denoise_status denoise__options_read(const denoise__options *type, void *known, const void *given);

/* The defaults into a caller's struct of `size` bytes; nothing where that is no size of such a struct. NULL is accepted. */
void denoise__options_init(const denoise__options *type, void *options, int64_t size);

/* A struct that the library fills in for a caller who has set struct_size: copies as much of `known` as fits, except
 * struct_size. `what` and `init` as above. */
denoise_status denoise__options_write(const denoise__options *type, void *out, const void *known);

/* The row <noun>_known of a struct, and its function denoise_<noun>_init_sized(). */
#define DENOISE__OPTIONS_SIZED(noun, NOUN, text, type, first)                                                                  \
    static const type noun##_defaults = DENOISE_##NOUN##_INIT;                                                                 \
    static const denoise__options noun##_known = {text, "DENOISE_" #NOUN "_INIT or denoise_" #noun "_init()", sizeof(type),    \
                                                  (first), &noun##_defaults};                                                  \
    void denoise_##noun##_init_sized(type *options, int64_t size)                                                              \
    {                                                                                                                          \
        denoise__options_init(&noun##_known, options, size);                                                                   \
    }

/* The same for a struct of 0.1, whose programs call denoise_<noun>_init(), which the header has as a macro now. */
#define DENOISE__OPTIONS(noun, NOUN, text, type, first)                                                                        \
    DENOISE__OPTIONS_SIZED(noun, NOUN, text, type, first)                                                                      \
    DENOISE_API void(denoise_##noun##_init)(type * options);                                                                   \
    void(denoise_##noun##_init)(type * options)                                                                                \
    {                                                                                                                          \
        denoise__options_init(&noun##_known, options, (int64_t)(first));                                                       \
    }

#endif
