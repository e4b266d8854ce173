/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a save replaces: where its path leads through symbolic links, which stay.
 *
 * Links are followed by their text, so that the temporary file lies beside the file itself and takes its place by its own name.
 * What the text names must be what the system finds behind the path: behind a link like /proc/self/fd/1 there may be a pipe or
 * a file without a name, which nothing can replace. See docs/decisions/0014-what-a-save-replaces.md. */
#ifndef DENOISE_FILES_SAVE_TARGET_H
#define DENOISE_FILES_SAVE_TARGET_H

#include "core/error.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct denoise__save_target {
    char *path; /* of the file itself, no link */
    bool is_there;
    uint32_t access; /* of what is there (denoise__file_facts) */
} denoise__save_target;

/* DENOISE_ERR_IO: what is there is no regular file, or may not be written: by this process, or (its mode has no w) by anybody.
 * Nothing is to be freed after a failure. */
denoise_status denoise__save_target_find(denoise__save_target *out, const char *path);
/* Asked right before the replacing: it is still a regular file, or not there. Messages name path, which find was given. */
denoise_status denoise__save_target_check(const denoise__save_target *target, const char *path);
/* "a/b" -> "a/", "/b" -> "/", "b" -> "./"; NULL: out of memory. To be released. */
char *denoise__copy_folder(const char *path);
void denoise__save_target_free(denoise__save_target *target);

#endif
