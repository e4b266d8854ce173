/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "core/cpu.h"
#include <errno.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

int32_t denoise__cpu_count(void)
{
    long count = 0;
    int before = errno; /* which is the caller's */
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) count = CPU_COUNT(&set);
#endif
#if defined(_SC_NPROCESSORS_ONLN)
    if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    errno = before;
    return count < 1 ? 1 : count > INT32_MAX ? INT32_MAX : (int32_t)count;
}
