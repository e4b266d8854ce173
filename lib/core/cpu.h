/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction set that the library uses; what the CPU can do, and the floating-point environment, in
 * core/platform/processor.h.
 */
#ifndef DENOISE_CORE_CPU_H
#define DENOISE_CORE_CPU_H

#include "core/platform/processor.h"

int32_t denoise__cpu_isa(void); /* the best, DENOISE__ISA_...; DENOISE_ISA=portable|avx2|avx512 lowers it (tests) */
const char *denoise__cpu_isa_name(void);

#endif
