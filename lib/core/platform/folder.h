/* SPDX-License-Identifier: Apache-2.0 */
/* Folders and paths. Errors as in core/platform/file.h. */
#ifndef DENOISE_CORE_PLATFORM_FOLDER_H
#define DENOISE_CORE_PLATFORM_FOLDER_H

#include "core/platform/file.h"
#include <stddef.h>

/* Opens a folder so that it can be synced; closed by denoise__file_close(). DENOISE__ERROR_DENIED for one that may be written
 * but not read. A system that needs no folder to be synced answers 0 and DENOISE__NO_FILE for every folder that there is. */
int denoise__folder_open(denoise__file *out, const char *path);
/* Returns when the names in the folder are where a power cut does not reach them; 0 also where the file system cannot say. */
int denoise__folder_sync(denoise__file folder);

/* How much of the path names the folder, its last separator included: 2 of "a/b", 1 of "/b", 0 of "b". Every separator that the
 * system takes counts ('\\' and "c:" on Windows). '/' is one everywhere, and what the library itself puts into paths. */
size_t denoise__path_folder_length(const char *path);
bool denoise__path_is_absolute(const char *path);

/* Where programs keep what they can get again, for this user: *folder is the system's or the user's setting, and *below what
 * comes behind it, "" or "/...". false: the settings that say so (of which cache_settings() gives the names, for messages) are
 * missing. The text stays until the environment is changed. */
bool denoise__cache_folder(const char **folder, const char **below);
const char *denoise__cache_settings(void);

#endif
