/* SPDX-License-Identifier: Apache-2.0 */
/* The process-wide pool; see denoise/runtime.h. */
#ifndef DENOISE_CORE_THREADS_H
#define DENOISE_CORE_THREADS_H

#include <denoise/runtime.h>

typedef void (*denoise__body)(void *context, int64_t index);

/* Calls body(context, i) once for each i in 0..count-1, on the pool and the calling thread, and returns when all are done.
 * Work must be cut by shape, never by the number of threads. Inside a body, while the pool serves another caller, after
 * fork() or when no thread can be made, the calls run one after the other on the calling thread. Allocates nothing once
 * the pool exists. */
void denoise__parallel_for(int64_t count, denoise__body body, void *context);

/* The same for bodies that need memory of their own: no two calls run at once with the same slot, 0 <= slot < slots. Threads
 * beyond that number do not take part. */
typedef void (*denoise__slot_body)(void *context, int64_t index, int32_t slot);
void denoise__parallel_slots(int64_t count, int32_t slots, denoise__slot_body body, void *context);

/* Cuts 0..size-1 into pieces of `grain` (the last may be shorter) and calls body for each [first, first + count). */
typedef void (*denoise__range_body)(void *context, int64_t first, int64_t count);
void denoise__parallel_ranges(int64_t size, int64_t grain, denoise__range_body body, void *context);

/* The same for bodies that can fail. Answers what the lowest index that failed has answered, with its message, so that neither
 * depends on threads; indices above one that failed may be left out. */
typedef denoise_status (*denoise__task)(void *context, int64_t index, int32_t slot);
denoise_status denoise__parallel_tasks(int64_t count, int32_t slots, denoise__task body, void *context);
typedef denoise_status (*denoise__range_task)(void *context, int64_t first, int64_t count);
denoise_status denoise__parallel_range_tasks(int64_t size, int64_t grain, denoise__range_task body, void *context);

/* The grain for elements that cost `cost` numbers each, at least 1: a piece of DENOISE__GRAIN numbers that are computed with is
 * worth a trip to another thread. Where numbers are only moved or compared, four times as many are. */
enum { DENOISE__GRAIN = 32768 };
int64_t denoise__grain(int64_t cost);

/* DENOISE_ERR_ENGINE when DENOISE_NUM_THREADS is no such number and nobody has asked for another: a run that computes checks it
 * before it begins. */
denoise_status denoise__threads_check(void);

/* What the shared library runs when it is unloaded (see lib/CMakeLists.txt): no worker may be in its code then. */
void denoise__unload(void);

#endif
