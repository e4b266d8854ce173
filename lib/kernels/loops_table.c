/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__LOOPS_TABLE (the table's name) and DENOISE__LOOPS_NAME (its text) defined.
 */
#include "kernels/loops.h"
#include <math.h>
#include <string.h>

enum { LANES = DENOISE__SUM_LANES };

static uint32_t top(const float *restrict values, int64_t count)
{
    uint32_t greatest = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bits &= 0x7fffffffu;
        greatest = bits > greatest ? bits : greatest;
    }
    return greatest;
}

static void scale_kept(const float *restrict x, const uint8_t *restrict mask, float *restrict y, int64_t count, float scale)
{
    for (int64_t i = 0; i < count; i++) {
        float scaled = x[i] * scale;
        y[i] = mask[i] != 0 ? scaled : 0;
    }
}

static void add(const float *restrict x, float *restrict y, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += x[i];
}

static double total(const double *lanes)
{
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

static double sum_absolute(const float *restrict x, int64_t count)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)fabsf(x[i + lane]);
    }
    for (; i < count; i++)
        lanes[i % LANES] += (double)fabsf(x[i]);
    return total(lanes);
}

static double sum_squares(const float *restrict x, int64_t count)
{
    double lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)x[i + lane] * (double)x[i + lane];
    }
    for (; i < count; i++)
        lanes[i % LANES] += (double)x[i] * (double)x[i];
    return total(lanes);
}

static void add_sign(const float *restrict x, float *restrict y, int64_t count, float factor)
{
    for (int64_t i = 0; i < count; i++) {
        float sign = x[i] > 0 ? factor : x[i] < 0 ? -factor : 0;
        y[i] += sign;
    }
}

static void add_scaled(const float *restrict x, float *restrict y, int64_t count, float factor)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

static void prelu(const float *restrict x, const float *restrict alpha, float *restrict y, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
        for (int64_t c = 0; c < columns; c++) {
            float below = alpha[c] * x[c];
            y[c] = x[c] > 0 ? x[c] : below;
        }
    }
}

static void prelu_backward(const float *restrict x, const float *restrict alpha, const float *restrict dy, float *restrict dx,
                           int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++, x += columns, dy += columns, dx += columns) {
        for (int64_t c = 0; c < columns; c++) {
            float below = alpha[c] * dy[c], slope = x[c] < 0 ? below : 0;
            dx[c] = x[c] > 0 ? dy[c] : slope;
        }
    }
}

static void prelu_sum(const float *restrict x, const float *restrict dy, double *restrict sums, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++, x += columns, dy += columns) {
        for (int64_t c = 0; c < columns; c++) {
            double product = (double)x[c] * (double)dy[c];
            sums[c] += x[c] > 0 ? 0 : product;
        }
    }
}

extern const denoise__loops DENOISE__LOOPS_TABLE;
const denoise__loops DENOISE__LOOPS_TABLE = {
    .name = DENOISE__LOOPS_NAME,
    .top = top,
    .scale_kept = scale_kept,
    .add = add,
    .sum_absolute = sum_absolute,
    .sum_squares = sum_squares,
    .add_sign = add_sign,
    .add_scaled = add_scaled,
    .prelu = prelu,
    .prelu_backward = prelu_backward,
    .prelu_sum = prelu_sum,
};
