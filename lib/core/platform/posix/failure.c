/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/failure.h"
#include <errno.h>
#include <locale.h>
#include <string.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

int32_t denoise__error_kind(int error)
{
    if (error == EWOULDBLOCK) return DENOISE__ERROR_BUSY; /* on most systems another name of EAGAIN */
    switch (error) {
    case ENOENT:
        return DENOISE__ERROR_MISSING;
    case ENOTDIR:
        return DENOISE__ERROR_NO_FOLDER;
    case EEXIST:
        return DENOISE__ERROR_EXISTS;
    case EACCES:
        return DENOISE__ERROR_DENIED;
    case EINVAL:
        return DENOISE__ERROR_UNSUPPORTED;
    case ENOMEM:
        return DENOISE__ERROR_NO_MEMORY;
    default:
        return DENOISE__ERROR_OTHER;
    }
}

static void copy(char *text, size_t size, const char *from)
{
    size_t i = 0;
    for (; i + 1 < size && from[i] != '\0'; i++)
        text[i] = from[i];
    text[i] = '\0';
}

void denoise__error_text(char *text, size_t size, int error)
{
    int kept = errno;
#if defined(__APPLE__)
    /* Has no strerror_l() in all of its headers; its texts come from a catalogue that programs rarely open. */
    text[0] = '\0';
    char system[256] = "";
    if (strerror_r(error, system, sizeof system) == 0) copy(text, size, system);
#else
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* messages are the same in every locale */
    copy(text, size, plain == (locale_t)0 ? "" : strerror_l(error, plain));
    if (plain != (locale_t)0) freelocale(plain);
#endif
    errno = kept;
}
