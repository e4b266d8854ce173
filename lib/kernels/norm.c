/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of kernels this CPU uses, and rows that are too narrow for its vectors. */
#include "kernels/norm.h"
#include "core/cpu.h"
#include <stddef.h>
#include <string.h>

extern const denoise__norm denoise__norm_portable;
#if defined(DENOISE__NORM_X86)
extern const denoise__norm denoise__norm_avx2, denoise__norm_avx512;
#elif defined(DENOISE__NORM_NEON)
extern const denoise__norm denoise__norm_neon;
#endif

static const denoise__norm *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__NORM_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__norm_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__norm_avx2;
#elif defined(DENOISE__NORM_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__norm_neon;
#endif
    default:
        return &denoise__norm_portable;
    }
}

const denoise__norm *denoise__norm_table(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__norm *denoise__norm_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__norm *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__norm_portable ? NULL : table;
}

/* Vectors of 16 columns, and the widest row that is made of several narrow ones. */
enum { VECTOR = 16, WIDEST = 256 };

/* How many rows are taken as one: a power of two, so that together they fill whole vectors. */
static int64_t copies_of(int64_t width)
{
    int64_t copies = 1;
    while (copies * width % VECTOR != 0)
        copies *= 2;
    return copies * width <= WIDEST ? copies : 1;
}

/* `copies` times the same columns, one behind the other; where there is one, those that are there. */
static const float *repeat(const float *columns, int64_t width, int64_t copies, float *room)
{
    if (copies == 1) return columns;
    memcpy(room, columns, (size_t)width * sizeof *room);
    for (int64_t filled = width; filled < copies * width; filled *= 2)
        memcpy(room + filled, room, (size_t)filled * sizeof *room);
    return room;
}

/* The upper half to the lower one, down to one copy. */
static void fold(double *sums, int64_t width, int64_t copies, double *to)
{
    for (copies /= 2; copies > 0; copies /= 2) {
        for (int64_t i = 0; i < copies * width; i++)
            sums[i] += sums[copies * width + i];
    }
    memcpy(to, sums, (size_t)width * sizeof *to);
}

void denoise__norm_moments(const float *x, int64_t count, int64_t width, const float *shift, double *sums, double *squares)
{
    const denoise__norm *table = denoise__norm_table();
    float room[WIDEST];
    double parts[2][WIDEST];
    if (width == 1) {
        table->run_moments(x, count, *shift, sums, squares);
        return;
    }
    int64_t copies = copies_of(width), wide = copies * width, whole = count / wide * wide;
    double *a = copies == 1 ? sums : parts[0], *b = copies == 1 ? squares : parts[1];
    shift = repeat(shift, width, copies, room);
    memset(a, 0, (size_t)wide * sizeof *a);
    memset(b, 0, (size_t)wide * sizeof *b);
    table->moments(x, count / wide, wide, shift, a, b);
    if (whole < count) table->moments(x + whole, 1, count - whole, shift, a, b);
    if (copies == 1) return;
    fold(a, width, copies, sums);
    fold(b, width, copies, squares);
}

void denoise__norm_products(const float *dy, const float *x, int64_t count, int64_t width, const float *shift, double *sums,
                            double *products)
{
    const denoise__norm *table = denoise__norm_table();
    float room[WIDEST];
    double parts[2][WIDEST];
    if (width == 1) {
        table->run_products(dy, x, count, *shift, sums, products);
        return;
    }
    int64_t copies = copies_of(width), wide = copies * width, whole = count / wide * wide;
    double *a = copies == 1 ? sums : parts[0], *b = copies == 1 ? products : parts[1];
    shift = repeat(shift, width, copies, room);
    memset(a, 0, (size_t)wide * sizeof *a);
    memset(b, 0, (size_t)wide * sizeof *b);
    table->products(dy, x, count / wide, wide, shift, a, b);
    if (whole < count) table->products(dy + whole, x + whole, 1, count - whole, shift, a, b);
    if (copies == 1) return;
    fold(a, width, copies, sums);
    fold(b, width, copies, products);
}

void denoise__norm_apply(const float *x, float *y, int64_t count, int64_t width, const float *shift, const float *scale,
                         const float *offset)
{
    float room[3][WIDEST];
    int64_t copies = copies_of(width), wide = copies * width, whole = count / wide * wide;
    shift = repeat(shift, width, copies, room[0]);
    scale = repeat(scale, width, copies, room[1]);
    offset = repeat(offset, width, copies, room[2]);
    denoise__norm_table()->apply(x, y, count / wide, wide, shift, scale, offset);
    if (whole < count) denoise__norm_table()->apply(x + whole, y + whole, 1, count - whole, shift, scale, offset);
}

void denoise__norm_gradient(const float *dy, const float *x, float *dx, int64_t count, int64_t width,
                            const denoise__norm_slopes *slopes)
{
    float room[5][WIDEST];
    int64_t copies = copies_of(width), wide = copies * width, whole = count / wide * wide;
    const denoise__norm_slopes repeated = {.gamma = repeat(slopes->gamma, width, copies, room[0]),
                                           .mean = repeat(slopes->mean, width, copies, room[1]),
                                           .shift = repeat(slopes->shift, width, copies, room[2]),
                                           .slope = repeat(slopes->slope, width, copies, room[3]),
                                           .scale = repeat(slopes->scale, width, copies, room[4])};
    denoise__norm_table()->gradient(dy, x, dx, count / wide, wide, &repeated);
    if (whole < count) denoise__norm_table()->gradient(dy + whole, x + whole, dx + whole, 1, count - whole, &repeated);
}
