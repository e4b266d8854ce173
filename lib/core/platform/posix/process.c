/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/process.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

bool denoise__at_fork(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void))
{
    return pthread_atfork(before, after_in_parent, after_in_child) == 0;
}

int64_t denoise__process_number(void)
{
    return (int64_t)getpid();
}

void denoise__host_name(char *name, size_t size)
{
    int kept = errno;
    memset(name, 0, size);
    (void)gethostname(name, size - 1); /* one that is cut may have no end */
    errno = kept;
}
