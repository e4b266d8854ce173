/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses. */
#include "kernels/runs.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__runs denoise__runs_portable;
#if defined(DENOISE__RUNS_X86)
extern const denoise__runs denoise__runs_avx2, denoise__runs_avx512;
#elif defined(DENOISE__RUNS_NEON)
extern const denoise__runs denoise__runs_neon;
#endif

static const denoise__runs *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__RUNS_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__runs_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__runs_avx2;
#elif defined(DENOISE__RUNS_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__runs_neon;
#endif
    default:
        return &denoise__runs_portable;
    }
}

const denoise__runs *denoise__runs_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__runs *denoise__runs_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__runs *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__runs_portable ? NULL : table;
}
