/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/folder.h"
#include <stdlib.h>
#include <string.h>

size_t denoise__path_folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

bool denoise__path_is_absolute(const char *path)
{
    return path[0] == '/';
}

/* The XDG rule: a relative XDG_CACHE_HOME is ignored. */
bool denoise__cache_folder(const char **folder, const char **below)
{
    *folder = getenv("XDG_CACHE_HOME");
    *below = "";
    if (*folder != NULL && denoise__path_is_absolute(*folder)) return true;
    *folder = getenv("HOME");
    *below = "/.cache";
    return *folder != NULL && (*folder)[0] != '\0';
}

const char *denoise__cache_settings(void)
{
    return "XDG_CACHE_HOME and HOME";
}
