/* SPDX-License-Identifier: Apache-2.0 */
/* pthread_cancel() in a call: a thread that holds a lock, the pool or an open file is not ended before it has let go of it. */
#ifndef DENOISE_CORE_CANCEL_H
#define DENOISE_CORE_CANCEL_H

/* From here on the calling thread is not cancelled; answers what release needs. May be nested. */
int denoise__cancel_hold(void);
/* A request that came meanwhile takes effect at the thread's next cancellation point. */
void denoise__cancel_release(int before);

#endif
