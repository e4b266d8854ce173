/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/console.h"
#include "core/platform/file.h"
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

_Static_assert(DENOISE__STANDARD_OUTPUT == STDOUT_FILENO && DENOISE__STANDARD_ERROR == STDERR_FILENO,
               "streams are descriptors");

bool denoise__console_is_terminal(int32_t stream)
{
    int kept = errno;
    bool is_there = isatty(stream) == 1;
    errno = kept;
    return is_there;
}

int32_t denoise__console_columns(int32_t stream)
{
    int32_t columns = 0;
#if defined(TIOCGWINSZ)
    int kept = errno;
    struct winsize size;
    if (ioctl(stream, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
    errno = kept;
#else
    (void)stream;
#endif
    return columns;
}

int denoise__console_write(int32_t stream, const char *text, int64_t length)
{
    return denoise__file_write(stream, text, length);
}
