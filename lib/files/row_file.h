/* SPDX-License-Identifier: Apache-2.0 */
/* A text file that grows row by row and ends with a whole row.
 *
 * A row goes to the system as soon as it is added: it survives the end of the process, not a power cut. One that does not go
 * in as a whole is taken back; only a kill in the middle of a write can leave a part of one (the kernel stops between pages).
 * Writing is at the file's end, also when another program has cut it since. */
#ifndef DENOISE_FILES_ROW_FILE_H
#define DENOISE_FILES_ROW_FILE_H

#include "core/error.h"
#include "core/platform/file.h"
#include <stdbool.h>

typedef struct denoise__row_file {
    denoise__file fd; /* DENOISE__NO_FILE = closed */
    bool is_regular;  /* else a device, which takes nothing back */
    bool lacks_end;   /* of its last line */
    int64_t size;     /* in bytes, as far as is known: as it was opened or after the last rows; -1: a device */
    const char *path; /* the caller's */
} denoise__row_file;

/* Opens or makes a regular file, or opens a character device; anything else is DENOISE_ERR_IO (a pipe is not waited for, and
 * never ends the process). append: what is there stays, and if its last line has no end, it gets one with the first row; else
 * the file is emptied, as the last thing: after a failure it is as it was. *is_empty: there is nothing in it. path is kept. */
denoise_status denoise__row_file_open(denoise__row_file *out, bool *is_empty, const char *path, bool is_appending);
/* Adds rows with their line ends: all of them, or on failure none, and the file is closed. */
denoise_status denoise__row_file_add(denoise__row_file *file, const char *rows, size_t length);
/* Takes back what was added behind so many bytes; nothing where it is no longer, or a device. */
denoise_status denoise__row_file_cut(denoise__row_file *file, int64_t size);
/* Accepts a closed one. */
denoise_status denoise__row_file_close(denoise__row_file *file);

#endif
