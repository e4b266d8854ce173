/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that go on after a signal. */
#ifndef DENOISE_CORE_PLATFORM_POSIX_AGAIN_H
#define DENOISE_CORE_PLATFORM_POSIX_AGAIN_H

#include <errno.h>

/* result = call, again while it is -1 because a signal came; so often that no real storm of signals ends it, yet not for ever.
 */
#define AGAIN(result, call)                                                                                                    \
    do {                                                                                                                       \
        int denoise__left = 100000;                                                                                            \
        do {                                                                                                                   \
            (result) = (call);                                                                                                 \
        } while ((result) < 0 && errno == EINTR && --denoise__left > 0);                                                       \
    } while (0)

#endif
