/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses. */
#include "kernels/winograd.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__winograd denoise__winograd_portable;
#if defined(DENOISE__WINOGRAD_X86)
extern const denoise__winograd denoise__winograd_avx2, denoise__winograd_avx512;
#elif defined(DENOISE__WINOGRAD_NEON)
extern const denoise__winograd denoise__winograd_neon;
#endif

static const denoise__winograd *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__WINOGRAD_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__winograd_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__winograd_avx2;
#elif defined(DENOISE__WINOGRAD_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__winograd_neon;
#endif
    default:
        return &denoise__winograd_portable;
    }
}

const denoise__winograd *denoise__winograd_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__winograd *denoise__winograd_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__winograd *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__winograd_portable ? NULL : table;
}
