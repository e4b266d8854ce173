/* SPDX-License-Identifier: Apache-2.0 */
/* Locks, waiting, and things that are done once. None of these allocates, and errno stays as it is.
 *
 * A lock belongs to the thread that took it, is not taken twice by one thread, and is not fair. It makes what was written
 * before an unlock visible after the next lock. Where code forks (core/platform/process.h), the library takes its locks before
 * and lets go after, in the same thread; in a child it may also make one anew with init. */
#ifndef DENOISE_CORE_PLATFORM_MUTEX_H
#define DENOISE_CORE_PLATFORM_MUTEX_H

#include "core/platform/posix/types.h" /* denoise__mutex, denoise__condition, denoise__once and their ..._INIT for static ones */
#include <stdbool.h>

/* For a lock that is a member of an object: false when the system has no room for one. Free it when nobody has it. */
bool denoise__mutex_init(denoise__mutex *mutex);
void denoise__mutex_free(denoise__mutex *mutex);
void denoise__mutex_lock(denoise__mutex *mutex);
void denoise__mutex_unlock(denoise__mutex *mutex);

/* Waiting for something that a lock guards. The caller of wait holds the lock, which is free while it waits and its own again
 * when wait returns; that may be for no reason, so it asks again in a loop. signal wakes one that waits, broadcast all of them.
 */
bool denoise__condition_init(denoise__condition *condition);
void denoise__condition_free(denoise__condition *condition);
void denoise__condition_wait(denoise__condition *condition, denoise__mutex *mutex);
void denoise__condition_signal(denoise__condition *condition);
void denoise__condition_broadcast(denoise__condition *condition);

/* Calls body if nobody has with this `once`, which begins as DENOISE__ONCE_INIT; others who come meanwhile wait for its end. */
void denoise__once_run(denoise__once *once, void (*body)(void));

#endif
