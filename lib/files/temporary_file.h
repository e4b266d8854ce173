/* SPDX-License-Identifier: Apache-2.0 */
/* A file beside the one that it will replace.
 *
 * Its name is one of a row, ".denoise-<host>-0.tmp", "-1.tmp", ...: a living owner holds a lock on it, so whoever
 * makes the next one in this folder sees which owners have died, and removes what they left. Files of other hosts have other
 * names and are left alone, as their locks may not be seen here; so is everything where the file system has no locks. */
#ifndef DENOISE_FILES_TEMPORARY_FILE_H
#define DENOISE_FILES_TEMPORARY_FILE_H

#include "core/error.h"
#include "core/platform/file.h"
#include <stdbool.h>

typedef struct denoise__temporary_file {
    denoise__file fd;   /* to write; DENOISE__NO_FILE = closed */
    denoise__file lock; /* shares the lock of fd and outlives it; DENOISE__NO_FILE = none */
    char *path;         /* NULL = there is no file */
    uint32_t natural;   /* who may use it, as the system made it (denoise__file_facts) */
} denoise__temporary_file;

/* Makes one in the folder ("a/" or "./") for whom `access` says, less the umask. Messages name target. On failure nothing is
 * left. */
denoise_status denoise__temporary_open(denoise__temporary_file *out, const char *folder, uint32_t access, const char *target);
/* Ends writing; the file stays locked. 0, or the system's error: something may be lost. */
int denoise__temporary_close(denoise__temporary_file *file);
/* It has another name now, which stays. */
void denoise__temporary_release(denoise__temporary_file *file);
/* Removes it. Accepts one that is released. */
void denoise__temporary_remove(denoise__temporary_file *file);

#endif
