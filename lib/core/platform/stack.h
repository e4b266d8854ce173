/* SPDX-License-Identifier: Apache-2.0 */
/* How deep a call stands in its thread's stack: to find calls whose frames are gone, because longjmp() or an exception passed
 * over them. */
#ifndef DENOISE_CORE_PLATFORM_STACK_H
#define DENOISE_CORE_PLATFORM_STACK_H

#include <stdint.h>

/* Less, the deeper the calling function stands: stacks grow downwards wherever the library runs. Two answers can be compared if
 * they are of one stack. */
uintptr_t denoise__stack_depth(void);

#endif
