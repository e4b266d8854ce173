/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that are loaded while the process runs. Where a system, or this build, cannot load any, open always fails and
 * symbol finds nothing. errno stays as it is. */
#ifndef DENOISE_CORE_PLATFORM_LIBRARY_H
#define DENOISE_CORE_PLATFORM_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct denoise__library_failure {
    bool is_missing; /* as far as the system says so: there is no such file */
    char text[300];  /* the system's, without the name in front; "" = it has none */
} denoise__library_failure;

/* Loads a library, a path or a name that the system's loader looks for: all of it at once, its names for nobody else. NULL on
 * failure. What is loaded twice is there once. */
void *denoise__library_open(const char *name, denoise__library_failure *failure);
void denoise__library_close(void *library);
/* The function of that name; library NULL: of the process and of whatever it has loaded for all. NULL when there is none. */
void *denoise__library_symbol(void *library, const char *name);

/* The names under which a BLAS with the C interface may be found on this kind of system, the neutral ones first; NULL ends the
 * list. */
const char *const *denoise__library_names_of_blas(void);

#endif
