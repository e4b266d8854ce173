/* SPDX-License-Identifier: Apache-2.0 */
#include "files/system_error.h"
#include "core/platform/failure.h"
#include <stdbool.h>
#include <string.h>

enum { PATH_SHOWN = 240, TEXT_SHOWN = 160 };

const char *denoise__path_tail(const char *path)
{
    size_t length = strlen(path);
    return length > PATH_SHOWN ? path + length - PATH_SHOWN : path;
}

denoise_status denoise__fail_errno(const char *action, const char *path, int error)
{
    int32_t kind = denoise__error_kind(error);
    if (kind == DENOISE__ERROR_NO_MEMORY) return denoise__fail_nomem();
    bool is_missing = kind == DENOISE__ERROR_MISSING || kind == DENOISE__ERROR_NO_FOLDER;
    char text[TEXT_SHOWN];
    denoise__error_text(text, sizeof text, error);
    return denoise__fail(is_missing ? DENOISE_ERR_NOT_FOUND : DENOISE_ERR_IO, "cannot %s %s: %s (errno %d)", action,
                         denoise__path_tail(path), text, error);
}

denoise_status denoise__context_path(denoise_status status, const char *path)
{
    return denoise__context(status, "%s: ", denoise__path_tail(path));
}

const char *denoise__printable(char *buffer, size_t size, const char *text, size_t length)
{
    size_t shown = length < size ? length : size - 1;
    for (size_t i = 0; i < shown; i++) {
        buffer[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    buffer[shown] = '\0';
    if (shown < length) memcpy(buffer + shown - 3, "...", 3);
    return buffer;
}
