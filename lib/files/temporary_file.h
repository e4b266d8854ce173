/* SPDX-License-Identifier: Apache-2.0 */
/* A file beside the one that it will replace.
 *
 * Its name is one of a row, ".denoise-<host>-0.tmp", "-1.tmp", ...: a living owner holds a lock (flock) on it, so whoever
 * makes the next one in this folder sees which owners have died, and removes what they left. Files of other hosts have other
 * names and are left alone, as their locks may not be seen here; so is everything where the file system has no locks. */
#ifndef DENOISE_FILES_TEMPORARY_FILE_H
#define DENOISE_FILES_TEMPORARY_FILE_H

#include "core/error.h"
#include <stdbool.h>
#include <sys/types.h>

typedef struct denoise__temporary_file {
    int fd;         /* to write; -1 = closed */
    int lock;       /* shares the lock of fd and outlives it; -1 = none */
    char *path;     /* NULL = there is no file */
    mode_t natural; /* the mode that the system gave it */
} denoise__temporary_file;

/* Makes one in the folder ("a/" or "./") with `mode`, less the umask. Messages name target. On failure nothing is left. */
denoise_status denoise__temporary_open(denoise__temporary_file *out, const char *folder, mode_t mode, const char *target);
/* Ends writing; the file stays locked. false: errno says what was lost. */
bool denoise__temporary_close(denoise__temporary_file *file);
/* It has another name now, which stays. */
void denoise__temporary_release(denoise__temporary_file *file);
/* Removes it. Accepts one that is released. */
void denoise__temporary_remove(denoise__temporary_file *file);

#endif
