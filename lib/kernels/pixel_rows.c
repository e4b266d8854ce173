/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses. */
#include "kernels/pixel_rows.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__pixel_rows denoise__pixel_rows_portable;
#if defined(DENOISE__PIXEL_ROWS_X86)
extern const denoise__pixel_rows denoise__pixel_rows_avx2, denoise__pixel_rows_avx512;
#elif defined(DENOISE__PIXEL_ROWS_NEON)
extern const denoise__pixel_rows denoise__pixel_rows_neon;
#endif

static const denoise__pixel_rows *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__PIXEL_ROWS_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__pixel_rows_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__pixel_rows_avx2;
#elif defined(DENOISE__PIXEL_ROWS_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__pixel_rows_neon;
#endif
    default:
        return &denoise__pixel_rows_portable;
    }
}

const denoise__pixel_rows *denoise__pixel_rows_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__pixel_rows *denoise__pixel_rows_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__pixel_rows *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__pixel_rows_portable ? NULL : table;
}
