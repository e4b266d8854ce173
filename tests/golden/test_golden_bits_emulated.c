/* SPDX-License-Identifier: Apache-2.0 */
/* The golden bits with the kernels of AVX-512, emulated: these functions stand for those of lib/kernels/tile.c, vector.c and
 * few_rows.c, which the linker then leaves in the archive. The tests are those of test_golden_bits.c. */
#include "kernels/few_rows.h"
#include "kernels/tile.h"
#include "kernels/vector.h"

extern const denoise__tile denoise__tile_avx512_emulated;
extern const denoise__vector denoise__vector_avx512_emulated;
void denoise__few_rows_avx512_emulated(const denoise__product *product);

const denoise__tile *denoise__tile_table(void)
{
    return &denoise__tile_avx512_emulated;
}

const denoise__tile *denoise__tile_of(int32_t isa)
{
    (void)isa;
    return &denoise__tile_avx512_emulated;
}

const denoise__vector *denoise__vector_table(void)
{
    return &denoise__vector_avx512_emulated;
}

const denoise__vector *denoise__vector_of(int32_t isa)
{
    (void)isa;
    return &denoise__vector_avx512_emulated;
}

denoise__few_rows denoise__few_rows_of(int32_t isa)
{
    (void)isa;
    return denoise__few_rows_avx512_emulated;
}
