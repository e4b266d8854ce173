/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cancel.h"
#include <pthread.h>

int denoise__cancel_hold(void)
{
    int before = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

void denoise__cancel_release(int before)
{
    int unused;
    (void)pthread_setcancelstate(before, &unused);
}
