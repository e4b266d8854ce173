/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a file so that there is the old or the whole new one, whatever happens.
 *
 * open makes a temporary file in the same folder, for the owner's eyes only; write appends; commit gives it its mode, brings
 * it to the disk, closes it, renames it over the old file and syncs the folder. abandon, or a failure of any of these,
 * removes the temporary file and leaves the old one as it was. What a process that was killed has left, the next writer in the
 * folder removes; see temporary_file.h. */
#ifndef DENOISE_FILES_ATOMIC_WRITER_H
#define DENOISE_FILES_ATOMIC_WRITER_H

#include "files/save_target.h"
#include "files/temporary_file.h"
#include <stdint.h>

typedef struct denoise__atomic_writer {
    denoise__temporary_file temporary;
    denoise__file folder; /* open, to be synced at the end; DENOISE__NO_FILE = it cannot be */
    uint32_t mode;        /* of the file when it is whole (denoise__file_facts) */
    denoise__save_target target;
    char *path;           /* as it was given, for messages; NULL = the writer is closed */
    bool has_held_cancel; /* the thread is not cancelled as long as the writer is open */
    int cancel;
} denoise__atomic_writer;

/* The target must be missing or a regular file that may be written, whose mode is kept; a new file's mode follows the umask.
 * Symbolic links are followed and stay. */
denoise_status denoise__atomic_open(denoise__atomic_writer *out, const char *path);
/* On failure the writer is abandoned. */
denoise_status denoise__atomic_write(denoise__atomic_writer *writer, const void *data, int64_t size);
/* The writer is closed afterwards in any case. When only the last step fails, to sync the folder, the new file is in place. */
denoise_status denoise__atomic_commit(denoise__atomic_writer *writer);
/* Accepts a closed writer. */
void denoise__atomic_abandon(denoise__atomic_writer *writer);

#endif
