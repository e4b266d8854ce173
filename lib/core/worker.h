/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that belongs to one object, with the one lock and the one signal that it shares with whoever has the object. The
 * pool of core/threads.h computes; this is for what waits: reading ahead. */
#ifndef DENOISE_CORE_WORKER_H
#define DENOISE_CORE_WORKER_H

#include <denoise/status.h>
#include <stdbool.h>

typedef struct denoise__worker denoise__worker;

/* Lock and signal, without a thread yet; NULL when out of memory. */
denoise__worker *denoise__worker_new(void);
/* Runs body(context) on a new thread that takes no signals of the host's. False where the system gives no thread, or the worker
 * has one. */
bool denoise__worker_start(denoise__worker *worker, void (*body)(void *context), void *context);
/* The thread was started in this process: after fork() it is not there in the child, and the lock must not be touched. */
bool denoise__worker_is_running(const denoise__worker *worker);
bool denoise__worker_is_lost(const denoise__worker *worker); /* started, but not in this process */

void denoise__worker_lock(denoise__worker *worker);
void denoise__worker_unlock(denoise__worker *worker);
/* Locked: waits for a wake, or for nothing at all. */
void denoise__worker_wait(denoise__worker *worker);
/* Locked: wakes the other side. */
void denoise__worker_wake(denoise__worker *worker);

/* Waits for the end of the body, which was told to end, and frees; NULL is accepted. */
void denoise__worker_free(denoise__worker *worker);

#endif
