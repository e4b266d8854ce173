/* SPDX-License-Identifier: Apache-2.0 */
/* What core/platform/mutex.h and thread.h need to know of the system: the types that are kept by value, and their first values.
 */
#ifndef DENOISE_CORE_PLATFORM_POSIX_TYPES_H
#define DENOISE_CORE_PLATFORM_POSIX_TYPES_H

#include <pthread.h>

typedef pthread_mutex_t denoise__mutex;
typedef pthread_cond_t denoise__condition;
typedef pthread_once_t denoise__once;
typedef pthread_t denoise__thread_handle;

#define DENOISE__MUTEX_INIT     PTHREAD_MUTEX_INITIALIZER
#define DENOISE__CONDITION_INIT PTHREAD_COND_INITIALIZER
#define DENOISE__ONCE_INIT      PTHREAD_ONCE_INIT

#endif
