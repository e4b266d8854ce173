/* SPDX-License-Identifier: Apache-2.0 */
/* Failures of the operating system, and text from files, as messages. */
#ifndef DENOISE_FILES_SYSTEM_ERROR_H
#define DENOISE_FILES_SYSTEM_ERROR_H

#include "core/error.h"
#include <stddef.h>

/* The system's `error` (core/platform/failure.h) as "cannot open <path>: No such file or directory (errno 2)":
 * DENOISE_ERR_NOT_FOUND where a file or folder is missing, DENOISE_ERR_NOMEM when memory is, else DENOISE_ERR_IO. action is
 * "open", "write", ... */
denoise_status denoise__fail_errno(const char *action, const char *path, int error);

/* Puts "<path>: " in front of the present message. */
denoise_status denoise__context_path(denoise_status status, const char *path);

/* The end of a path, short enough to leave room in a message. */
const char *denoise__path_tail(const char *path);

/* Text from a file, fit for a message: bytes that are no printable ASCII become '?', what does not fit is cut with "...".
 * Returns buffer; size >= 4. */
const char *denoise__printable(char *buffer, size_t size, const char *text, size_t length);

#endif
