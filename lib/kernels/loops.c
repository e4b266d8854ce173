/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses. */
#include "kernels/loops.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__loops denoise__loops_portable;
#if defined(DENOISE__LOOPS_X86)
extern const denoise__loops denoise__loops_avx2, denoise__loops_avx512;
#elif defined(DENOISE__LOOPS_NEON)
extern const denoise__loops denoise__loops_neon;
#endif

static const denoise__loops *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__LOOPS_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__loops_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__loops_avx2;
#elif defined(DENOISE__LOOPS_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__loops_neon;
#endif
    default:
        return &denoise__loops_portable;
    }
}

const denoise__loops *denoise__loops_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__loops *denoise__loops_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__loops *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__loops_portable ? NULL : table;
}
