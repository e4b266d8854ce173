/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/stack.h"

uintptr_t denoise__stack_depth(void)
{
#if defined(__GNUC__)
    return (uintptr_t)__builtin_frame_address(0); /* sanitizers may keep variables elsewhere, but never frames */
#else
    volatile char here = 0;
    return (uintptr_t)&here;
#endif
}
