/* SPDX-License-Identifier: Apache-2.0 */
/* System calls on descriptors that go on after a signal. */
#ifndef DENOISE_FILES_DESCRIPTOR_H
#define DENOISE_FILES_DESCRIPTOR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* result = call, again while it is -1 because a signal came; so often that no real storm of signals ends it, yet not for ever.
 */
#define DENOISE__AGAIN(result, call)                                                                                           \
    do {                                                                                                                       \
        int denoise__left = 100000;                                                                                            \
        do {                                                                                                                   \
            (result) = (call);                                                                                                 \
        } while ((result) < 0 && errno == EINTR && --denoise__left > 0);                                                       \
    } while (0)

/* open, with O_CLOEXEC. */
int denoise__open(const char *path, int flags, mode_t mode);

/* All of the data, in as many pieces as the system wants; false: errno says why, ENOSPC when nothing more is taken. */
bool denoise__write_all(int fd, const void *data, int64_t size);

/* Closes; false: errno says what was lost. The descriptor is gone in any case. */
bool denoise__close(int fd);

#endif
