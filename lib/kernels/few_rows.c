/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the compiled sets. */
#include "kernels/few_rows.h"
#include "core/cpu.h"

void denoise__few_rows_portable(const denoise__product *product);
#if defined(DENOISE__TILE_X86)
void denoise__few_rows_avx2(const denoise__product *product);
void denoise__few_rows_avx512(const denoise__product *product);
#elif defined(DENOISE__TILE_NEON)
void denoise__few_rows_neon(const denoise__product *product);
#endif

denoise__few_rows denoise__few_rows_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__TILE_X86)
    case DENOISE__ISA_AVX512:
        return denoise__few_rows_avx512;
    case DENOISE__ISA_AVX2:
        return denoise__few_rows_avx2;
#elif defined(DENOISE__TILE_NEON)
    case DENOISE__ISA_NEON:
        return denoise__few_rows_neon;
#endif
    default:
        return denoise__few_rows_portable;
    }
}
