/* SPDX-License-Identifier: Apache-2.0 */
/* What structs of options were in version 0.1; see options_first.c. */
#ifndef DENOISE_TESTS_OPTIONS_FIRST_H
#define DENOISE_TESTS_OPTIONS_FIRST_H

#include <stddef.h>

typedef struct first_size {
    const char *what; /* as messages name it */
    size_t size;
} first_size;

extern const first_size first_sizes[]; /* ends with NULL */

#endif
