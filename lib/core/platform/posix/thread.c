/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/thread.h"
#include <errno.h>
#include <signal.h>
#include <stddef.h>

static void *run(void *argument)
{
    const denoise__thread *thread = argument;
    thread->body(thread->argument);
    return NULL;
}

int denoise__thread_start(denoise__thread *thread, void (*body)(void *argument), void *argument)
{
    sigset_t all, before;
    int kept = errno;
    thread->body = body;
    thread->argument = argument;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* a new thread inherits its maker's mask */
    int error = pthread_create(&thread->handle, NULL, run, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = kept;
    return error;
}

void denoise__thread_join(denoise__thread *thread)
{
    (void)pthread_join(thread->handle, NULL);
}

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
