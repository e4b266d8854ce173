/* SPDX-License-Identifier: Apache-2.0 */
/* The native engine's promise, bit for bit: acc = +0; for k ascending acc = fmaf(a, b, acc), whatever the shape, the
 * instruction set and the number of threads. */
#include "core/cpu.h"
#include "kernels/engine.h"
#include "kernels/fmaf.h"
#include "kernels/gemm_native.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 16 }; /* floats around a matrix that must stay as they are */
static const float guard = 12345.5f;

/* The kernels of one instruction set. */
typedef struct kernel_set {
    const denoise__tile *tile;
    denoise__few_rows few_rows;
} kernel_set;

enum { MOST_SETS = 5 };

#if defined(DENOISE_TEST_AVX512_EMULATED)
extern const denoise__tile denoise__tile_avx512_emulated;
void denoise__few_rows_avx512_emulated(const denoise__product *product);
#endif

/* All that this CPU can run; returns how many. */
static int list_sets(kernel_set *sets)
{
    static const int32_t known[] = {DENOISE__ISA_PORTABLE, DENOISE__ISA_AVX2, DENOISE__ISA_AVX512, DENOISE__ISA_NEON};
    int count = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const denoise__tile *tile = denoise__tile_of(known[i]);
        if (tile != NULL) sets[count++] = (kernel_set){tile, denoise__few_rows_of(known[i])};
    }
#if defined(DENOISE_TEST_AVX512_EMULATED)
    if (denoise__cpu_best_isa() != DENOISE__ISA_PORTABLE)
        sets[count++] = (kernel_set){&denoise__tile_avx512_emulated, denoise__few_rows_avx512_emulated};
#endif
    return count;
}

typedef struct problem {
    denoise__product product;
    float *memory[3], *expected;
} problem;

static uint32_t seed;

static float next_value(void)
{
    seed = seed * 1664525U + 1013904223U;
    float value = (float)(seed >> 8) * 0x1p-23F - 1.0F;
    return seed >> 28 == 3 ? -0.0f : seed >> 28 == 5 ? value * 0x1p-70f : value; /* zeros, subnormal products */
}

static float *matrix(int64_t rows, int64_t stride)
{
    int64_t count = rows * stride + 2 * GUARD;
    float *values = malloc((size_t)count * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = i < GUARD || i >= count - GUARD ? guard : next_value();
    return values;
}

/* Rows are `gap` longer than need be. */
static problem make_problem(bool ta, bool tb, int64_t m, int64_t n, int64_t k, int64_t gap)
{
    int64_t lda = (ta ? m : k) + gap, ldb = (tb ? k : n) + gap, ldc = n + gap;
    problem p = {.memory = {matrix(ta ? k : m, lda), matrix(tb ? n : k, ldb), matrix(m, ldc)}};
    const float *a = p.memory[0] + GUARD, *b = p.memory[1] + GUARD;
    p.product = (denoise__product){ta, tb, m, n, k, a, b, p.memory[2] + GUARD, lda, ldb, ldc};
    p.expected = malloc((size_t)(m * n + 1) * sizeof *p.expected);
    assert_non_null(p.expected);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            float sum = 0.0f;
            for (int64_t q = 0; q < k; q++)
                sum = denoise__fmaf(a[ta ? q * lda + i : i * lda + q], b[tb ? j * ldb + q : q * ldb + j], sum);
            p.expected[i * n + j] = sum;
        }
    }
    return p;
}

static void free_problem(problem *p)
{
    for (int i = 0; i < 3; i++)
        free(p->memory[i]);
    free(p->expected);
}

/* Spoils C, so that a number left from before is seen. */
static void spoil(problem *p)
{
    for (int64_t i = 0; i < p->product.m * p->product.ldc; i++)
        p->product.c[i] = NAN;
}

static void check_bits(const problem *p, const char *what)
{
    const denoise__product *t = &p->product;
    for (int64_t i = 0; i < t->m; i++) {
        if (memcmp(t->c + i * t->ldc, p->expected + i * t->n, (size_t)t->n * sizeof(float)) != 0) {
            fail_msg("%s: row %lld of %lld x %lld x %lld (%d, %d) differs", what, (long long)i, (long long)t->m,
                     (long long)t->n, (long long)t->k, (int)t->transpose_a, (int)t->transpose_b);
        }
        for (int64_t j = t->n; j < t->ldc; j++)
            assert_true(isnan(t->c[i * t->ldc + j])); /* the gap between rows */
    }
    for (int64_t i = 0; i < GUARD; i++) {
        assert_true(p->memory[2][i] == guard);
        assert_true(t->c[t->m * t->ldc + i] == guard);
    }
}

static void check_all_sets(problem *p)
{
    kernel_set sets[MOST_SETS];
    int count = list_sets(sets);
    assert_true(count >= 1);
    for (int i = 0; i < count; i++) {
        spoil(p);
        denoise__native_product(&p->product, sets[i].tile, sets[i].few_rows);
        check_bits(p, sets[i].tile->name);
    }
}

static const int64_t shapes[][3] = {
    {1, 1, 1},   {1, 10, 256},  {1, 16, 64},   {1, 257, 129}, {2, 3, 5},       {3, 100, 40},  {4, 784, 9},    {5, 17, 300},
    {6, 64, 33}, {7, 130, 513}, {8, 31, 16},   {9, 48, 47},   {13, 1, 300},    {16, 16, 16},  {17, 31, 13},   {47, 15, 255},
    {48, 16, 2}, {49, 33, 256}, {64, 10, 100}, {95, 65, 257}, {97, 20, 784},   {129, 63, 65}, {128, 256, 32}, {200, 130, 90},
    {5, 2, 0},   {512, 10, 31}, {300, 300, 1}, {100, 1, 64},  {255, 111, 127}, {32, 64, 513}, {96, 129, 3},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void one_chain_for_each_element(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        for (int t = 0; t < 8; t++) {
            seed = (uint32_t)(s * 8 + t);
            problem p = make_problem(t & 1, t & 2, shapes[s][0], shapes[s][1], shapes[s][2], t & 4 ? 3 : 0);
            if (p.product.k > 0) check_all_sets(&p);
            free_problem(&p);
        }
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_engine("native"), DENOISE_OK);
    for (int s = 0; s < SHAPES; s++) {
        for (int t = 0; t < 4; t++) {
            seed = (uint32_t)(s * 4 + t);
            problem p = make_problem(t & 1, t & 2, shapes[s][0], shapes[s][1], shapes[s][2], 0);
            const denoise__product *x = &p.product;
            for (int32_t threads = 1; threads <= 8; threads++) {
                assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
                spoil(&p);
                denoise__gemm(x->transpose_a, x->transpose_b, x->m, x->n, x->k, x->a, x->b, x->c, NULL, NULL);
                check_bits(&p, "threads");
            }
            free_problem(&p);
        }
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
    assert_int_equal(denoise_set_engine(NULL), DENOISE_OK);
}

/* Every m and n around the sizes of tiles and panels. */
static void all_small_shapes(void **state)
{
    (void)state;
    for (int64_t m = 1; m <= 18; m++) {
        for (int64_t n = 1; n <= 35; n++) {
            int t = (int)((m + n) % 4);
            seed = (uint32_t)(m * 64 + n);
            problem p = make_problem(t & 1, t & 2, m, n, 1 + (m * 7 + n * 3) % 20, 1);
            check_all_sets(&p);
            free_problem(&p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_chain_for_each_element),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(all_small_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
