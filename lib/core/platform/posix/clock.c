/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/clock.h"
#include <errno.h>
#include <stddef.h>
#include <time.h>

enum { SECOND = 1000000000 };

int64_t denoise__clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

void denoise__sleep(int64_t nanoseconds)
{
    int kept = errno;
    const struct timespec time = {(time_t)(nanoseconds / SECOND), (long)(nanoseconds % SECOND)};
    (void)nanosleep(&time, NULL);
    errno = kept;
}
