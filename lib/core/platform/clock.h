/* SPDX-License-Identifier: Apache-2.0 */
/* Time that only goes forward, whatever is done to the date. */
#ifndef DENOISE_CORE_PLATFORM_CLOCK_H
#define DENOISE_CORE_PLATFORM_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment before the process began, the same for all its threads; at best some tens of nanoseconds apart,
 * and cheap enough to be asked at every batch: no call into the system's kernel where that can be had. 0 when there is no such
 * clock. */
int64_t denoise__clock(void);

/* Waits about so long; a signal may end it earlier. */
void denoise__sleep(int64_t nanoseconds);

#endif
