/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a file so that there is the old or the whole new one, whatever happens.
 *
 * open makes a temporary file in the same folder, for the owner's eyes only; write appends; commit brings it to the disk
 * (fsync), gives it its mode, renames it over the old file and syncs the folder. abandon, or a failure of any of these,
 * removes the temporary file and leaves the old one as it was. */
#ifndef DENOISE_FILES_ATOMIC_WRITER_H
#define DENOISE_FILES_ATOMIC_WRITER_H

#include "core/error.h"
#include <stdint.h>
#include <sys/types.h>

typedef struct denoise__atomic_writer {
    int fd; /* -1 = closed */
    mode_t mode;
    char *path;
    char *temporary;
    char *folder;
} denoise__atomic_writer;

/* The target must be missing or a regular file, whose mode is kept; a new file's mode follows the umask. */
denoise_status denoise__atomic_open(denoise__atomic_writer *out, const char *path);
/* On failure the writer is abandoned. */
denoise_status denoise__atomic_write(denoise__atomic_writer *writer, const void *data, int64_t size);
/* The writer is closed afterwards in any case. When only the last step fails, to sync the folder, the new file is in place. */
denoise_status denoise__atomic_commit(denoise__atomic_writer *writer);
/* Accepts a closed writer. */
void denoise__atomic_abandon(denoise__atomic_writer *writer);

#endif
