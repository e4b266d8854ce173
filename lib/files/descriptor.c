/* SPDX-License-Identifier: Apache-2.0 */
#include "files/descriptor.h"
#include <fcntl.h>
#include <unistd.h>

int denoise__open(const char *path, int flags, mode_t mode)
{
    int fd;
    DENOISE__AGAIN(fd, open(path, flags | O_CLOEXEC, mode));
    return fd;
}

bool denoise__write_all(int fd, const void *data, int64_t size)
{
    for (const uint8_t *rest = data; size > 0;) {
        size_t piece = size < (1 << 30) ? (size_t)size : (size_t)1 << 30; /* Linux writes less than 2 GiB at once */
        ssize_t written;
        DENOISE__AGAIN(written, write(fd, rest, piece));
        if (written == 0) errno = ENOSPC;
        if (written <= 0) return false;
        rest += written;
        size -= written;
    }
    return true;
}

bool denoise__close(int fd)
{
    return close(fd) == 0 || errno == EINTR; /* interrupted, it is closed too: a second try could hit another's descriptor */
}
