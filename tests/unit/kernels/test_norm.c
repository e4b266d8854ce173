/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of normalization, on every instruction set that the CPU has, against their definitions written out: the same bits, at
 * every width. How close a variance comes. */
#include "core/cpu.h"
#include "kernels/norm.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 70, MOST_ROWS = 9, NUMBERS = WIDEST * MOST_ROWS, TABLES = 4, VECTOR = 16, WIDE = 256 };

static const float special[] = {0.0f, -0.0f, 1e-42f, -3e38f, 0.3f, -7.25f};

static void fill(float *values, int count, uint32_t seed)
{
    for (int i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)seed * 0x1p-28f;
        if (seed >> 27 == 3) values[i] = special[(seed >> 12) % 6];
    }
}

typedef struct numbers {
    float x[NUMBERS], dy[NUMBERS], shift[NUMBERS], scale[NUMBERS], slope[NUMBERS], offset[NUMBERS], gamma[NUMBERS];
} numbers;

static void numbers_fill(numbers *n, uint32_t seed)
{
    fill(n->x, NUMBERS, seed);
    fill(n->dy, NUMBERS, seed + 1);
    fill(n->shift, NUMBERS, seed + 2);
    fill(n->scale, NUMBERS, seed + 3);
    fill(n->slope, NUMBERS, seed + 4);
    fill(n->offset, NUMBERS, seed + 5);
    fill(n->gamma, NUMBERS, seed + 6);
}

static denoise__norm_slopes slopes_of(const numbers *n)
{
    return (denoise__norm_slopes){n->gamma, n->offset, n->shift, n->slope, n->scale};
}

/* The gradient of element i. */
static float gradient_at(const numbers *n, int64_t i, int64_t width)
{
    int64_t j = i % width;
    float own = n->dy[i] * n->gamma[j] - n->offset[j], rest = (n->x[i] - n->shift[j]) * n->slope[j];
    return (own + rest) * n->scale[j];
}

static void same_floats(const float *got, const float *expected, int64_t count, const char *table, const char *what)
{
    if (memcmp(got, expected, (size_t)count * sizeof *got) != 0) fail_msg("%s, %s: other bits", table, what);
}

static void same_doubles(const double *got, const double *expected, int64_t count, const char *table, const char *what)
{
    if (memcmp(got, expected, (size_t)count * sizeof *got) != 0) fail_msg("%s, %s: other bits", table, what);
}

/* A sum of a column: by four rows, then by single ones. */
static double column_sum(const double *terms, int64_t rows, double sum)
{
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4)
        sum += (terms[row] + terms[row + 1]) + (terms[row + 2] + terms[row + 3]);
    for (; row < rows; row++)
        sum += terms[row];
    return sum;
}

static void check_sums(const denoise__norm *table, const numbers *n, int64_t rows, int64_t width)
{
    double sums[WIDEST], seconds[WIDEST], dy_sums[WIDEST], products[WIDEST], rows_sums[WIDEST], rows_products[WIDEST];
    double expected[6][WIDEST];
    for (int64_t j = 0; j < width; j++) {
        double terms[6][MOST_ROWS];
        sums[j] = seconds[j] = dy_sums[j] = products[j] = rows_sums[j] = rows_products[j] = (double)j;
        for (int64_t row = 0; row < rows; row++) {
            int64_t i = row * width + j;
            double x = (double)n->x[i] - (double)n->shift[j], dy = (double)n->dy[i];
            float own = (n->x[i] - n->shift[row]) * n->scale[row] + n->offset[row];
            terms[0][row] = x, terms[1][row] = x * x;
            terms[2][row] = dy, terms[3][row] = dy * x;
            terms[4][row] = dy, terms[5][row] = dy * (double)own;
        }
        for (int k = 0; k < 6; k++)
            expected[k][j] = column_sum(terms[k], rows, (double)j);
    }
    table->moments(n->x, rows, width, n->shift, sums, seconds);
    table->products(n->dy, n->x, rows, width, n->shift, dy_sums, products);
    table->row_sums(n->dy, n->x, rows, width, width, n->shift, n->scale, n->offset, rows_sums, rows_products);
    same_doubles(sums, expected[0], width, table->name, "moments");
    same_doubles(seconds, expected[1], width, table->name, "moments' squares");
    same_doubles(dy_sums, expected[2], width, table->name, "sums");
    same_doubles(products, expected[3], width, table->name, "products");
    same_doubles(rows_sums, expected[4], width, table->name, "row_sums");
    same_doubles(rows_products, expected[5], width, table->name, "row_sums' products");
}

static void check_arrays(const denoise__norm *table, const numbers *n, int64_t rows, int64_t width)
{
    float got[NUMBERS], expected[NUMBERS];
    int64_t count = rows * width;
    for (int64_t i = 0; i < count; i++)
        expected[i] = (n->x[i] - n->shift[i % width]) * n->scale[i % width] + n->offset[i % width];
    table->apply(n->x, got, rows, width, n->shift, n->scale, n->offset);
    same_floats(got, expected, count, table->name, "apply");
    memcpy(got, n->x, sizeof got);
    table->apply(got, got, rows, width, n->shift, n->scale, n->offset);
    same_floats(got, expected, count, table->name, "apply in place");
    const denoise__norm_slopes slopes = slopes_of(n);
    for (int64_t i = 0; i < count; i++)
        expected[i] = gradient_at(n, i, width);
    table->gradient(n->dy, n->x, got, rows, width, &slopes);
    same_floats(got, expected, count, table->name, "gradient");
    memcpy(got, n->dy, sizeof got);
    table->gradient(got, n->x, got, rows, width, &slopes);
    same_floats(got, expected, count, table->name, "gradient in place");
}

/* One column: lanes of 16, folded. */
static void check_run(const denoise__norm *table, const numbers *n, int64_t count)
{
    double sums[4][VECTOR] = {{0}}, got[4];
    float shift[VECTOR];
    int64_t rows = count / VECTOR, whole = rows * VECTOR;
    for (int i = 0; i < VECTOR; i++)
        shift[i] = n->shift[0];
    table->moments(n->x, rows, VECTOR, shift, sums[0], sums[1]);
    table->moments(n->x + whole, 1, count - whole, shift, sums[0], sums[1]);
    table->products(n->dy, n->x, rows, VECTOR, shift, sums[2], sums[3]);
    table->products(n->dy + whole, n->x + whole, 1, count - whole, shift, sums[2], sums[3]);
    for (int k = 0; k < 4; k++)
        for (int half = VECTOR / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++)
                sums[k][i] += sums[k][half + i];
    table->run_moments(n->x, count, n->shift[0], &got[0], &got[1]);
    table->run_products(n->dy, n->x, count, n->shift[0], &got[2], &got[3]);
    for (int k = 0; k < 4; k++)
        same_doubles(&got[k], &sums[k][0], 1, table->name, "runs");
}

static void check_row(const denoise__norm *table, const numbers *n, int64_t count)
{
    float got[NUMBERS], expected[NUMBERS], m = n->shift[0], s = n->scale[0], t = n->offset[0], p = n->slope[0];
    double inverse[WIDEST], expected_inverse[WIDEST];
    for (int64_t i = 0; i < count; i++)
        expected[i] = ((n->x[i] - m) * s + t) * n->slope[i] + n->offset[i];
    table->row(n->x, got, count, m, s, t, n->slope, n->offset);
    same_floats(got, expected, count, table->name, "row");
    memcpy(got, n->x, sizeof got);
    table->row(got, got, count, m, s, t, n->slope, n->offset);
    same_floats(got, expected, count, table->name, "row in place");
    for (int64_t i = 0; i < count; i++)
        expected[i] = ((n->dy[i] - t) + (n->x[i] - m) * p) * s;
    memcpy(got, n->dy, sizeof got);
    table->row_gradient(n->x, got, count, t, m, p, s);
    same_floats(got, expected, count, table->name, "row_gradient");
    for (int64_t i = 0; i < count; i++)
        expected[i] = n->x[i] * n->scale[i];
    table->multiply(n->x, n->scale, got, count);
    same_floats(got, expected, count, table->name, "multiply");
    memcpy(got, n->x, sizeof got);
    table->multiply(got, n->scale, got, count);
    same_floats(got, expected, count, table->name, "multiply in place");
    for (int64_t i = 0; i < count; i++) {
        expected[i] = fabsf(n->x[i]);
        expected_inverse[i] = 1 / sqrt((double)expected[i] + 1e-3);
    }
    table->inverse_roots(expected, inverse, count, 1e-3);
    same_doubles(inverse, expected_inverse, count, table->name, "inverse_roots");
    for (int64_t i = 0; i < count; i++)
        expected[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? -1.0f : NAN;
    table->inverse_roots(expected, inverse, count, 0);
    for (int64_t i = 0; i < count; i++)
        assert_true(i % 3 == 0 ? inverse[i] == (double)INFINITY : isnan(inverse[i]));
}

static void every_table_at_every_width(void **state)
{
    (void)state;
    static numbers n;
    int tables = 0;
    for (int32_t isa = 0; isa < TABLES; isa++) {
        const denoise__norm *table = denoise__norm_of(isa);
        if (table == NULL) continue;
        tables++;
        for (int64_t width = 1; width <= WIDEST; width++) {
            numbers_fill(&n, (uint32_t)width);
            for (int64_t rows = 0; rows <= MOST_ROWS; rows++) {
                check_sums(table, &n, rows, width);
                check_arrays(table, &n, rows, width);
            }
            check_row(table, &n, width);
            for (int64_t count = width; count <= NUMBERS; count += WIDEST)
                check_run(table, &n, count);
        }
    }
    assert_true(tables >= 1);
    assert_ptr_equal(denoise__norm_table(), denoise__norm_of(denoise__cpu_isa()));
}

/* ---- Rows that are too narrow */

/* How many of them are one. */
static int64_t copies_of(int64_t width)
{
    int64_t copies = 1;
    while (copies * width % VECTOR != 0)
        copies *= 2;
    return copies * width <= WIDE ? copies : 1;
}

static double folded(double *sums, int64_t width, int64_t copies, int64_t column)
{
    for (copies /= 2; copies > 0; copies /= 2)
        for (int64_t k = 0; k < copies; k++)
            sums[k * width + column] += sums[(k + copies) * width + column];
    return sums[column];
}

static void check_narrow(const numbers *n, int64_t count, int64_t width)
{
    const denoise__norm *table = denoise__norm_of(DENOISE__ISA_PORTABLE);
    int64_t copies = copies_of(width), wide = copies * width, whole = count / wide * wide;
    double sums[4][WIDE] = {{0}}, got[4][WIDEST], expected[4][WIDEST];
    float shift[WIDE], y[NUMBERS], z[NUMBERS], dx[NUMBERS], in_place[NUMBERS];
    for (int64_t i = 0; i < wide; i++)
        shift[i] = n->shift[i % width];
    table->moments(n->x, count / wide, wide, shift, sums[0], sums[1]);
    table->moments(n->x + whole, 1, count - whole, shift, sums[0], sums[1]);
    table->products(n->dy, n->x, count / wide, wide, shift, sums[2], sums[3]);
    table->products(n->dy + whole, n->x + whole, 1, count - whole, shift, sums[2], sums[3]);
    for (int k = 0; k < 4; k++)
        for (int64_t j = 0; j < width; j++)
            expected[k][j] = folded(sums[k], width, copies, j);
    denoise__norm_moments(n->x, count, width, n->shift, got[0], got[1]);
    denoise__norm_products(n->dy, n->x, count, width, n->shift, got[2], got[3]);
    for (int k = 0; k < 4; k++)
        same_doubles(got[k], expected[k], width, "narrow", "sums");
    for (int64_t i = 0; i < count; i++) {
        float from = n->x[i] - n->shift[i % width];
        y[i] = from * n->scale[i % width] + n->offset[i % width];
        dx[i] = gradient_at(n, i, width);
    }
    memcpy(in_place, n->x, sizeof in_place);
    denoise__norm_apply(n->x, z, count, width, n->shift, n->scale, n->offset);
    denoise__norm_apply(in_place, in_place, count, width, n->shift, n->scale, n->offset);
    same_floats(z, y, count, "narrow", "apply");
    same_floats(in_place, y, count, "narrow", "apply in place");
    memcpy(in_place, n->dy, sizeof in_place);
    const denoise__norm_slopes slopes = slopes_of(n);
    denoise__norm_gradient(n->dy, n->x, z, count, width, &slopes);
    denoise__norm_gradient(in_place, n->x, in_place, count, width, &slopes);
    same_floats(z, dx, count, "narrow", "gradient");
    same_floats(in_place, dx, count, "narrow", "gradient in place");
}

static void any_width_and_any_number(void **state)
{
    (void)state;
    static numbers n;
    for (int64_t width = 1; width <= WIDEST; width++) {
        numbers_fill(&n, (uint32_t)width);
        for (int64_t count = 0; count <= NUMBERS; count += width < 8 ? 7 : 1 + width / 3)
            check_narrow(&n, count, width);
    }
}

/* ---- How close */

/* About the mean, in the widest type that there is. */
static double true_variance(const float *x, int64_t count)
{
    long double mean = 0, square = 0;
    for (int64_t i = 0; i < count; i++)
        mean += (long double)x[i] / (long double)count;
    for (int64_t i = 0; i < count; i++)
        square += ((long double)x[i] - mean) * ((long double)x[i] - mean) / (long double)count;
    return (double)square;
}

static void check_variance(const float *x, int64_t count)
{
    double sum, square;
    denoise__norm_moments(x, count, 1, &x[0], &sum, &square);
    double variance = square / (double)count - sum / (double)count * (sum / (double)count), expected = true_variance(x, count);
    if (!(fabs(variance - expected) <= 1e-9 * expected)) fail_msg("variance %.17g, expected %.17g", variance, expected);
}

/* A mean 10^6 times the deviation, and a first number that is alone far away. */
static void variances_are_sound(void **state)
{
    (void)state;
    enum { COUNT = 100003 };
    float *x = malloc(COUNT * sizeof *x);
    assert_non_null(x);
    for (int way = 0; way < 3; way++) {
        uint32_t seed = 5;
        for (int i = 0; i < COUNT; i++) {
            seed = seed * 1664525u + 1013904223u;
            float u = (float)(int32_t)seed * 0x1p-31f;
            x[i] = way == 0 ? u : way == 1 ? 4096 + 0x1p-8f * u : i == 0 ? 1.2345678f : 1e-6f * u;
        }
        check_variance(x, COUNT);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table_at_every_width), cmocka_unit_test(any_width_and_any_number),
                                       cmocka_unit_test(variances_are_sound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
