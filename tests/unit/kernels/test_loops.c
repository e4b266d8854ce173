/* SPDX-License-Identifier: Apache-2.0 */
/* Plain loops, on every instruction set that the CPU has, against their definitions written out: the same bits, at every length
 * and from every place in memory. */
#include "core/cpu.h"
#include "kernels/loops.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <string.h>

enum { MOST = 70, OFFSETS = 5, ROOM = MOST + OFFSETS, TABLES = 4, LANES = DENOISE__SUM_LANES };

static const float special[] = {0.0f, -0.0f, 1e-42f, -3e38f, 0.3f, -7.25f, INFINITY, -INFINITY};

static void fill(float *values, uint32_t seed)
{
    for (int i = 0; i < ROOM; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)seed * 0x1p-28f;
        if (seed >> 28 == 3) values[i] = special[seed >> 12 & 7u];
    }
}

static void same(const float *got, const float *expected, const char *table, const char *what)
{
    for (int i = 0; i < ROOM; i++) {
        if (memcmp(&got[i], &expected[i], sizeof *got) == 0 || (isnan(got[i]) && isnan(expected[i]))) continue;
        fail_msg("%s, %s: number %d is %.9g, expected %.9g", table, what, i, (double)got[i], (double)expected[i]);
    }
}

static void check_arrays(const denoise__loops *loops, const float *x, const float *y, int offset, int64_t count)
{
    float got[ROOM], expected[ROOM];
    uint8_t mask[ROOM];
    for (int i = 0; i < ROOM; i++)
        mask[i] = (uint8_t)(i % 3 == 0 ? 0 : i);
    for (int way = 0; way < 4; way++) {
        static const char *const names[] = {"scale_kept", "add", "add_sign", "add_scaled"};
        memcpy(got, y, sizeof got);
        memcpy(expected, y, sizeof expected);
        for (int64_t i = offset; i < offset + count; i++) {
            float kept = mask[i] != 0 ? x[i] * 1.25f : 0, sign = x[i] > 0 ? 0.3f : x[i] < 0 ? -0.3f : 0, scaled = 0.3f * x[i];
            expected[i] = way == 0 ? kept : y[i] + (way == 1 ? x[i] : way == 2 ? sign : scaled);
        }
        if (way == 0) loops->scale_kept(x + offset, mask + offset, got + offset, count, 1.25f);
        if (way == 1) loops->add(x + offset, got + offset, count);
        if (way == 2) loops->add_sign(x + offset, got + offset, count, 0.3f);
        if (way == 3) loops->add_scaled(x + offset, got + offset, count, 0.3f);
        same(got, expected, loops->name, names[way]);
    }
}

/* Interleaved sums, added in order. */
static double sum_of(const float *x, int64_t count, int squares)
{
    double lanes[LANES] = {0}, sum = 0;
    for (int64_t i = 0; i < count; i++)
        lanes[i % LANES] += squares ? (double)x[i] * (double)x[i] : (double)fabsf(x[i]);
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

static void check_sums(const denoise__loops *loops, const float *x, int64_t count)
{
    uint32_t top = 0;
    double absolute = sum_of(x, count, 0), squares = sum_of(x, count, 1);
    for (int64_t i = 0; i < count; i++) {
        float magnitude = fabsf(x[i]);
        uint32_t bits;
        memcpy(&bits, &magnitude, sizeof bits);
        top = bits > top ? bits : top;
    }
    assert_int_equal(loops->top(x, count), top);
    assert_true(loops->sum_absolute(x, count) == absolute);
    assert_true(loops->sum_squares(x, count) == squares);
}

/* Rows of `columns` numbers; what stays behind them is not touched. */
static void check_prelu(const denoise__loops *loops, const float *x, const float *y, int64_t columns)
{
    float got[ROOM], expected[ROOM], alpha[ROOM];
    double sums[ROOM], expected_sums[ROOM];
    int64_t rows = columns == 0 ? 3 : MOST / columns;
    fill(alpha, (uint32_t)columns + 99);
    for (int way = 0; way < 2; way++) {
        memcpy(got, y, sizeof got);
        memcpy(expected, y, sizeof expected);
        for (int64_t i = 0; i < rows * columns; i++) {
            float low = alpha[i % columns] * (way == 0 ? x[i] : y[i]), slope = x[i] > 0 ? y[i] : x[i] < 0 ? low : 0;
            expected[i] = way == 1 ? slope : x[i] > 0 ? x[i] : low;
        }
        if (way == 0) loops->prelu(x, alpha, got, rows, columns);
        if (way == 1) loops->prelu_backward(x, alpha, y, got, rows, columns);
        same(got, expected, loops->name, way == 0 ? "prelu" : "prelu_backward");
    }
    for (int i = 0; i < ROOM; i++)
        sums[i] = expected_sums[i] = i;
    for (int64_t i = 0; i < rows * columns; i++)
        expected_sums[i % columns] += x[i] > 0 ? 0 : (double)x[i] * (double)y[i];
    loops->prelu_sum(x, y, sums, rows, columns);
    for (int i = 0; i < ROOM; i++)
        assert_true(sums[i] == expected_sums[i] || (isnan(sums[i]) && isnan(expected_sums[i])));
}

static void every_table_at_every_length(void **state)
{
    (void)state;
    float x[ROOM], y[ROOM];
    int tables = 0;
    for (int32_t isa = 0; isa < TABLES; isa++) {
        const denoise__loops *loops = denoise__loops_of(isa);
        if (loops == NULL) continue;
        tables++;
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int64_t count = 0; count <= MOST; count++) {
                fill(x, (uint32_t)count * 7 + (uint32_t)offset);
                fill(y, (uint32_t)count * 11 + 5);
                check_arrays(loops, x, y, offset, count);
                check_sums(loops, x + offset, count);
                if (offset == 0) check_prelu(loops, x, y, count);
            }
        }
    }
    assert_true(tables >= 1);
    assert_ptr_equal(denoise__loops_table(), denoise__loops_of(denoise__cpu_isa()));
}

/* NaN counts as greater than infinity. */
static void top_of_numbers_that_are_not_finite(void **state)
{
    (void)state;
    for (int32_t isa = 0; isa < TABLES; isa++) {
        const denoise__loops *loops = denoise__loops_of(isa);
        for (int at = 0; loops != NULL && at < MOST; at++) {
            float x[MOST] = {0};
            x[at] = -INFINITY;
            assert_int_equal(loops->top(x, MOST), 0x7f800000);
            x[at] = NAN;
            assert_true(loops->top(x, MOST) > 0x7f800000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table_at_every_length),
                                       cmocka_unit_test(top_of_numbers_that_are_not_finite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
