/* SPDX-License-Identifier: Apache-2.0 */
#include "files/system_error.h"
#include <errno.h>
#include <locale.h>
#include <string.h>

enum { PATH_SHOWN = 240 };

const char *denoise__path_tail(const char *path)
{
    size_t length = strlen(path);
    return length > PATH_SHOWN ? path + length - PATH_SHOWN : path;
}

denoise_status denoise__fail_errno(const char *action, const char *path, int error)
{
    if (error == ENOMEM) return denoise__fail_nomem();
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* messages are the same in every locale */
    const char *text = plain == (locale_t)0 ? "" : strerror_l(error, plain);
    denoise_status status = error == ENOENT || error == ENOTDIR ? DENOISE_ERR_NOT_FOUND : DENOISE_ERR_IO;
    (void)denoise__fail(status, "cannot %s %s: %s (errno %d)", action, denoise__path_tail(path), text, error);
    if (plain != (locale_t)0) freelocale(plain);
    return status;
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
