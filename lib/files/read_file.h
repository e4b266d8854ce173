/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file in memory. */
#ifndef DENOISE_FILES_READ_FILE_H
#define DENOISE_FILES_READ_FILE_H

#include "files/bytes.h"
#include <denoise/limits.h>

/* Reads a regular file of at most limits->bytes; a folder, pipe or device is DENOISE_ERR_IO and is not waited for. Messages
 * name the path. *out must be empty; it is empty again on failure. */
denoise_status denoise__read_file(denoise__bytes *out, const char *path, const denoise_limits *limits);

#endif
