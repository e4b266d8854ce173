/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__NORM_TABLE (the table's name) and DENOISE__NORM_NAME (its text) defined. */
#include "kernels/norm.h"
#include <math.h>

/* Before a loop whose output may be one of its inputs, element by element: the compiler need not ask whether they overlap. */
#if defined(__clang__)
#define IN_PLACE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define IN_PLACE _Pragma("GCC ivdep")
#else
#define IN_PLACE
#endif

/* Rows whose loop is written out, and columns that a single one is taken for. */
enum { TOGETHER = 4, LANES = 16 };

static void moments(const float *restrict x, int64_t rows, int64_t width, const float *restrict shift, double *restrict sums,
                    double *restrict squares)
{
    int64_t row = 0;
    for (; row + TOGETHER <= rows; row += TOGETHER, x += TOGETHER * width) {
        const float *x1 = x + width, *x2 = x + 2 * width, *x3 = x + 3 * width;
        for (int64_t j = 0; j < width; j++) {
            double a = (double)x[j] - (double)shift[j], b = (double)x1[j] - (double)shift[j];
            double c = (double)x2[j] - (double)shift[j], d = (double)x3[j] - (double)shift[j];
            sums[j] += (a + b) + (c + d);
            squares[j] += (a * a + b * b) + (c * c + d * d);
        }
    }
    for (; row < rows; row++, x += width) {
        for (int64_t j = 0; j < width; j++) {
            double a = (double)x[j] - (double)shift[j];
            sums[j] += a;
            squares[j] += a * a;
        }
    }
}

static void products(const float *restrict dy, const float *restrict x, int64_t rows, int64_t width,
                     const float *restrict shift, double *restrict sums, double *restrict products)
{
    int64_t row = 0;
    for (; row + TOGETHER <= rows; row += TOGETHER, x += TOGETHER * width, dy += TOGETHER * width) {
        const float *x1 = x + width, *x2 = x + 2 * width, *x3 = x + 3 * width;
        const float *dy1 = dy + width, *dy2 = dy + 2 * width, *dy3 = dy + 3 * width;
        for (int64_t j = 0; j < width; j++) {
            double a = (double)x[j] - (double)shift[j], b = (double)x1[j] - (double)shift[j];
            double c = (double)x2[j] - (double)shift[j], d = (double)x3[j] - (double)shift[j];
            sums[j] += ((double)dy[j] + (double)dy1[j]) + ((double)dy2[j] + (double)dy3[j]);
            products[j] += ((double)dy[j] * a + (double)dy1[j] * b) + ((double)dy2[j] * c + (double)dy3[j] * d);
        }
    }
    for (; row < rows; row++, x += width, dy += width) {
        for (int64_t j = 0; j < width; j++) {
            sums[j] += (double)dy[j];
            products[j] += (double)dy[j] * ((double)x[j] - (double)shift[j]);
        }
    }
}

static double folded(double *sums)
{
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++)
            sums[i] += sums[half + i];
    }
    return sums[0];
}

static void run_moments(const float *restrict x, int64_t count, float shift, double *sum, double *square)
{
    float shifts[LANES];
    double sums[LANES] = {0}, squares[LANES] = {0};
    int64_t rows = count / LANES, whole = rows * LANES;
    for (int i = 0; i < LANES; i++)
        shifts[i] = shift;
    moments(x, rows, LANES, shifts, sums, squares);
    moments(x + whole, 1, count - whole, shifts, sums, squares);
    *sum = folded(sums);
    *square = folded(squares);
}

static void run_products(const float *restrict dy, const float *restrict x, int64_t count, float shift, double *sum,
                         double *product)
{
    float shifts[LANES];
    double sums[LANES] = {0}, both[LANES] = {0};
    int64_t rows = count / LANES, whole = rows * LANES;
    for (int i = 0; i < LANES; i++)
        shifts[i] = shift;
    products(dy, x, rows, LANES, shifts, sums, both);
    products(dy + whole, x + whole, 1, count - whole, shifts, sums, both);
    *sum = folded(sums);
    *product = folded(both);
}

static void apply(const float *x, float *y, int64_t rows, int64_t width, const float *restrict shift,
                  const float *restrict scale, const float *restrict offset)
{
    for (int64_t row = 0; row < rows; row++, x += width, y += width) {
        IN_PLACE
        for (int64_t j = 0; j < width; j++)
            y[j] = (x[j] - shift[j]) * scale[j] + offset[j];
    }
}

static void gradient(const float *dy, const float *restrict x, float *dx, int64_t rows, int64_t width,
                     const denoise__norm_slopes *slopes)
{
    const float *restrict gamma = slopes->gamma, *restrict mean = slopes->mean, *restrict shift = slopes->shift;
    const float *restrict slope = slopes->slope, *restrict scale = slopes->scale;
    for (int64_t row = 0; row < rows; row++, x += width, dy += width, dx += width) {
        IN_PLACE
        for (int64_t j = 0; j < width; j++)
            dx[j] = ((dy[j] * gamma[j] - mean[j]) + (x[j] - shift[j]) * slope[j]) * scale[j];
    }
}

static void inverse_roots(const float *restrict variance, double *restrict inverse, int64_t count, double epsilon)
{
    for (int64_t i = 0; i < count; i++) {
        double root = sqrt((double)variance[i] + epsilon);
        inverse[i] = root > 0 ? 1 / root : root == 0 ? INFINITY : root;
    }
}

static void row(const float *x, float *y, int64_t count, float shift, float scale, float offset, const float *restrict gamma,
                const float *restrict beta)
{
    IN_PLACE
    for (int64_t i = 0; i < count; i++)
        y[i] = ((x[i] - shift) * scale + offset) * gamma[i] + beta[i];
}

static void row_gradient(const float *restrict x, float *restrict dx, int64_t count, float mean, float shift, float slope,
                         float scale)
{
    for (int64_t i = 0; i < count; i++)
        dx[i] = ((dx[i] - mean) + (x[i] - shift) * slope) * scale;
}

static void multiply(const float *x, const float *restrict factor, float *y, int64_t count)
{
    IN_PLACE
    for (int64_t i = 0; i < count; i++)
        y[i] = x[i] * factor[i];
}

static void row_sums(const float *restrict dy, const float *restrict x, int64_t rows, int64_t stride, int64_t count,
                     const float *restrict shift, const float *restrict scale, const float *restrict offset,
                     double *restrict sums, double *restrict products)
{
    int64_t r = 0;
    for (; r + TOGETHER <= rows; r += TOGETHER, x += TOGETHER * stride, dy += TOGETHER * stride) {
        const float *x1 = x + stride, *x2 = x + 2 * stride, *x3 = x + 3 * stride;
        const float *dy1 = dy + stride, *dy2 = dy + 2 * stride, *dy3 = dy + 3 * stride;
        const float *m = shift + r, *s = scale + r, *t = offset + r;
        for (int64_t j = 0; j < count; j++) {
            float a = (x[j] - m[0]) * s[0] + t[0], b = (x1[j] - m[1]) * s[1] + t[1];
            float c = (x2[j] - m[2]) * s[2] + t[2], d = (x3[j] - m[3]) * s[3] + t[3];
            sums[j] += ((double)dy[j] + (double)dy1[j]) + ((double)dy2[j] + (double)dy3[j]);
            products[j] += ((double)dy[j] * (double)a + (double)dy1[j] * (double)b) +
                           ((double)dy2[j] * (double)c + (double)dy3[j] * (double)d);
        }
    }
    for (; r < rows; r++, x += stride, dy += stride) {
        for (int64_t j = 0; j < count; j++) {
            float a = (x[j] - shift[r]) * scale[r] + offset[r];
            sums[j] += (double)dy[j];
            products[j] += (double)dy[j] * (double)a;
        }
    }
}

extern const denoise__norm DENOISE__NORM_TABLE;
const denoise__norm DENOISE__NORM_TABLE = {
    .name = DENOISE__NORM_NAME,
    .moments = moments,
    .products = products,
    .run_moments = run_moments,
    .run_products = run_products,
    .apply = apply,
    .gradient = gradient,
    .inverse_roots = inverse_roots,
    .row = row,
    .row_gradient = row_gradient,
    .multiply = multiply,
    .row_sums = row_sums,
};
