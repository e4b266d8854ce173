/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, and requests to end one.
 *
 * What a thread has for itself is C11's _Thread_local, on every system; nothing of it is destroyed at a thread's end. */
#ifndef DENOISE_CORE_PLATFORM_THREAD_H
#define DENOISE_CORE_PLATFORM_THREAD_H

#include "core/platform/posix/types.h" /* denoise__thread_handle */

typedef struct denoise__thread {
    denoise__thread_handle handle;
    void (*body)(void *argument);
    void *argument;
} denoise__thread;

/* Runs body(argument) on a new thread, which gets no signals: they are the host's. *thread must stay where it is until the
 * thread is joined. 0, or the system's error (core/platform/failure.h): then there is no thread. errno and the caller's own
 * signals stay as they are. The new thread may have inherited its maker's floating-point environment, or not. */
int denoise__thread_start(denoise__thread *thread, void (*body)(void *argument), void *argument);
/* Waits for the end of body. Once for each thread that was started. */
void denoise__thread_join(denoise__thread *thread);

/* pthread_cancel() in a call: a thread that holds a lock, the pool or an open file is not ended before it has let go of it.
 * Where a system cannot end a thread from outside in this way, these do nothing. */

/* From here on the calling thread is not cancelled; answers what release needs. May be nested. */
int denoise__cancel_hold(void);
/* A request that came meanwhile takes effect at the thread's next cancellation point. */
void denoise__cancel_release(int before);

#endif
