/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/mutex.h"
#include <stddef.h>

/* Locking a valid mutex that this thread does not hold does not fail, nor does what is done with a valid condition. */

bool denoise__mutex_init(denoise__mutex *mutex)
{
    return pthread_mutex_init(mutex, NULL) == 0;
}

void denoise__mutex_free(denoise__mutex *mutex)
{
    (void)pthread_mutex_destroy(mutex);
}

void denoise__mutex_lock(denoise__mutex *mutex)
{
    (void)pthread_mutex_lock(mutex);
}

void denoise__mutex_unlock(denoise__mutex *mutex)
{
    (void)pthread_mutex_unlock(mutex);
}

bool denoise__condition_init(denoise__condition *condition)
{
    return pthread_cond_init(condition, NULL) == 0;
}

void denoise__condition_free(denoise__condition *condition)
{
    (void)pthread_cond_destroy(condition);
}

void denoise__condition_wait(denoise__condition *condition, denoise__mutex *mutex)
{
    (void)pthread_cond_wait(condition, mutex);
}

void denoise__condition_signal(denoise__condition *condition)
{
    (void)pthread_cond_signal(condition);
}

void denoise__condition_broadcast(denoise__condition *condition)
{
    (void)pthread_cond_broadcast(condition);
}

void denoise__once_run(denoise__once *once, void (*body)(void))
{
    (void)pthread_once(once, body);
}
