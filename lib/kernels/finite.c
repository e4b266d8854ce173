/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/finite.h"
#include "core/threads.h"
#include "kernels/loops.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

uint32_t denoise__top_bits(const float *values, int64_t count)
{
    return denoise__loops_table()->top(values, count);
}

float denoise__top_magnitude(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

typedef struct magnitude_scan {
    const float *values;
    _Atomic(uint32_t) greatest;
} magnitude_scan;

static void scan_range(void *context, int64_t first, int64_t count)
{
    magnitude_scan *scan = context;
    uint32_t greatest = denoise__top_bits(scan->values + first, count), known = atomic_load(&scan->greatest);
    while (greatest > known && !atomic_compare_exchange_weak(&scan->greatest, &known, greatest))
        continue;
}

float denoise__greatest(const float *values, int64_t count)
{
    magnitude_scan scan = {.values = values};
    denoise__parallel_ranges(count, 1 << 16, scan_range, &scan);
    return denoise__top_magnitude(atomic_load(&scan.greatest));
}

bool denoise__all_finite(const float *values, int64_t count)
{
    return isfinite(denoise__greatest(values, count));
}

int64_t denoise__first_nonfinite(const float *values, int64_t count)
{
    int64_t i = 0;
    if (denoise__all_finite(values, count)) return -1;
    while (isfinite(values[i]))
        i++;
    return i;
}
