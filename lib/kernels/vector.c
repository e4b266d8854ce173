/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses. */
#include "kernels/vector.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__vector denoise__vector_portable;
#if defined(DENOISE__VECTOR_X86)
extern const denoise__vector denoise__vector_avx2, denoise__vector_avx512;
#elif defined(DENOISE__VECTOR_NEON)
extern const denoise__vector denoise__vector_neon;
#endif

static const denoise__vector *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__VECTOR_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__vector_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__vector_avx2;
#elif defined(DENOISE__VECTOR_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__vector_neon;
#endif
    default:
        return &denoise__vector_portable;
    }
}

const denoise__vector *denoise__vector_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__vector *denoise__vector_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__vector *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__vector_portable ? NULL : table;
}
