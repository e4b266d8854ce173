/* SPDX-License-Identifier: Apache-2.0 */
/* Which set of tiles this CPU uses. */
#include "kernels/tile.h"
#include "core/cpu.h"
#include <stddef.h>

extern const denoise__tile denoise__tile_portable;
#if defined(DENOISE__TILE_X86)
extern const denoise__tile denoise__tile_avx2, denoise__tile_avx512;
#elif defined(DENOISE__TILE_NEON)
extern const denoise__tile denoise__tile_neon;
#endif

static const denoise__tile *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__TILE_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__tile_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__tile_avx2;
#elif defined(DENOISE__TILE_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__tile_neon;
#endif
    default:
        return &denoise__tile_portable;
    }
}

const denoise__tile *denoise__tile_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__tile *denoise__tile_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__tile *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__tile_portable ? NULL : table;
}
