/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const isa_names[] = {"portable", "avx2", "avx512", "neon"};

/* DENOISE_ISA can only take away. */
static int32_t lowered(int32_t isa)
{
    const char *wish = getenv("DENOISE_ISA");
    if (wish == NULL) return isa;
    if (strcmp(wish, "portable") == 0) return DENOISE__ISA_PORTABLE;
    if (strcmp(wish, "avx2") == 0 && isa == DENOISE__ISA_AVX512) return DENOISE__ISA_AVX2;
    return isa;
}

int32_t denoise__cpu_isa(void)
{
    static atomic_int known; /* isa + 1 */
    int isa = atomic_load_explicit(&known, memory_order_relaxed) - 1;
    if (isa < 0) {
        isa = lowered(denoise__cpu_best_isa());
        atomic_store_explicit(&known, isa + 1, memory_order_relaxed);
    }
    return isa;
}

const char *denoise__cpu_isa_name(void)
{
    return isa_names[denoise__cpu_isa()];
}
