/* SPDX-License-Identifier: Apache-2.0 */
/* Sums and maxima of a row. Lane i % 16 takes element i, then the lanes are folded, 8 onto 8, 4 onto 4 and so on; sixteen
 * lanes are as many vectors as they need, so the order never depends on the vector width. Long rows are cut into pieces of
 * ROW_PIECE elements, whose sums are added in double. */
#ifndef DENOISE_KERNELS_SIMD_ROW_H
#define DENOISE_KERNELS_SIMD_ROW_H

#include "kernels/simd_loop.h"

enum { ROW_LANES = 16, ROW_VECTORS = ROW_LANES / VF_LANES, ROW_PIECE = 256 };

/* One vector for one lane gains nothing from unrolled code. */
#if VF_LANES == 1
#define ROW_UNROLL
#else
#define ROW_UNROLL DENOISE__UNROLL
#endif

DENOISE__INLINE vf vf_greater(vf a, vf b)
{
    return vf_select(vf_lt(a, b), b, a);
}

#if VF_LANES >= 16
#define ROW_FOLD_8(op, a) op(a, vf_swap_8(a))
#else
#define ROW_FOLD_8(op, a) (a)
#endif
#if VF_LANES >= 8
#define ROW_FOLD_4(op, a) op(a, vf_swap_4(a))
#else
#define ROW_FOLD_4(op, a) (a)
#endif
#if VF_LANES >= 4
#define ROW_FOLD_2(op, a) op(a, vf_swap_2(a))
#define ROW_FOLD_1(op, a) op(a, vf_swap_1(a))
#else
#define ROW_FOLD_2(op, a) (a)
#define ROW_FOLD_1(op, a) (a)
#endif

#define ROW_FOLD(name, op)                                                                                                     \
    DENOISE__INLINE float name(vf *lanes)                                                                                      \
    {                                                                                                                          \
        ROW_UNROLL                                                                                                             \
        for (int width = ROW_VECTORS / 2; width > 0; width /= 2)                                                               \
            for (int k = 0; k < width; k++)                                                                                    \
                lanes[k] = op(lanes[k], lanes[k + width]);                                                                     \
        vf a = lanes[0];                                                                                                       \
        a = ROW_FOLD_8(op, a);                                                                                                 \
        a = ROW_FOLD_4(op, a);                                                                                                 \
        a = ROW_FOLD_2(op, a);                                                                                                 \
        a = ROW_FOLD_1(op, a);                                                                                                 \
        return vf_lane_0(a);                                                                                                   \
    }
ROW_FOLD(row_fold_sum, vf_add)
ROW_FOLD(row_fold_max, vf_greater)
#undef ROW_FOLD

/* For the elements from `first` to `end`: lanes[k] = op(lanes[k], term), where the expression `term` makes a vector of the n
 * elements from i. Lanes beyond the row become `neutral`. */
#define ROW_EACH(first, end, lanes, op, neutral, term)                                                                         \
    {                                                                                                                          \
        int64_t block = first;                                                                                                 \
        for (; block + ROW_LANES <= (end); block += ROW_LANES)                                                                 \
            ROW_UNROLL                                                                                                         \
        for (int k = 0; k < ROW_VECTORS; k++) {                                                                                \
            const int64_t i = block + k * VF_LANES, n = VF_LANES;                                                              \
            (lanes)[k] = op((lanes)[k], term);                                                                                 \
        }                                                                                                                      \
        ROW_UNROLL                                                                                                             \
        for (int k = 0; k < ROW_VECTORS; k++) {                                                                                \
            const int64_t i = block + k * VF_LANES, left = (end)-i, n = left < VF_LANES ? left : VF_LANES;                     \
            if (n > 0) (lanes)[k] = op((lanes)[k], vf_select(vm_first(n), term, neutral));                                     \
        }                                                                                                                      \
    }

/* Declares `total`, the sum of `term` over the columns in double. */
#define ROW_SUM(total, columns, term)                                                                                          \
    double total = 0;                                                                                                          \
    for (int64_t piece = 0; piece < (columns); piece += ROW_PIECE) {                                                           \
        const int64_t piece_end = (columns)-piece < ROW_PIECE ? (columns) : piece + ROW_PIECE;                                 \
        vf lanes[ROW_VECTORS];                                                                                                 \
        ROW_UNROLL                                                                                                             \
        for (int k = 0; k < ROW_VECTORS; k++)                                                                                  \
            lanes[k] = vf_set1(0.0f);                                                                                          \
        ROW_EACH(piece, piece_end, lanes, vf_add, vf_set1(0.0f), term)                                                         \
        total += (double)row_fold_sum(lanes);                                                                                  \
    }

DENOISE__INLINE float row_max(const float *x, int64_t columns)
{
    vf lanes[ROW_VECTORS];
    ROW_UNROLL
    for (int k = 0; k < ROW_VECTORS; k++)
        lanes[k] = vf_set1(-INFINITY);
    ROW_EACH(0, columns, lanes, vf_greater, vf_set1(-INFINITY), vf_load_some(x + i, n))
    return row_fold_max(lanes);
}

#endif
