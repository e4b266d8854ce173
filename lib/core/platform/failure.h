/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of the system. Functions of this folder answer 0 or the system's own number of what went wrong (errno's on POSIX),
 * which only these here understand, and leave errno as the caller had it. */
#ifndef DENOISE_CORE_PLATFORM_FAILURE_H
#define DENOISE_CORE_PLATFORM_FAILURE_H

#include <stddef.h>
#include <stdint.h>

/* What the library tells apart. */
enum {
    DENOISE__ERROR_OTHER = 0,
    DENOISE__ERROR_MISSING,     /* there is no file or folder of that name */
    DENOISE__ERROR_NO_FOLDER,   /* a part of the path that should be a folder is something else */
    DENOISE__ERROR_EXISTS,      /* there is one already */
    DENOISE__ERROR_DENIED,      /* this user may not */
    DENOISE__ERROR_BUSY,        /* another has the lock */
    DENOISE__ERROR_UNSUPPORTED, /* this file system, or this kind of file, cannot */
    DENOISE__ERROR_NO_MEMORY
};
int32_t denoise__error_kind(int error);

/* The system's text, in English whatever the locale: "No such file or directory"; "" when there is none. */
void denoise__error_text(char *text, size_t size, int error);

#endif
