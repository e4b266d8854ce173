/* SPDX-License-Identifier: Apache-2.0 */
/* Products by the engine in use against a double-precision reference, bits against the number of threads, limits of the BLAS.
 * What the native engine promises beyond that is in test_gemm_native.c, the choice of an engine in test_engine.c. */
#include "kernels/gemm.h"
#include "kernels/gemm_cblas.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct problem {
    bool ta, tb;
    int64_t m, n, k;
    float *a, *b, *c;
} problem;

static float next_value(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(*state >> 8) * 0x1p-23F - 1.0F;
}

static float *random_matrix(int64_t count, uint32_t seed)
{
    float *values = malloc((size_t)(count > 0 ? count : 1) * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = next_value(&seed);
    return values;
}

static problem make_problem(bool ta, bool tb, int64_t m, int64_t n, int64_t k)
{
    problem p = {ta, tb, m, n, k, random_matrix(m * k, 1), random_matrix(k * n, 2), random_matrix(m * n, 3)};
    for (int64_t i = 0; i < m * n; i++)
        p.c[i] = NAN; /* must not be read */
    return p;
}

static void free_problem(problem *p)
{
    free(p->a);
    free(p->b);
    free(p->c);
}

static void run(const problem *p)
{
    denoise__gemm(p->ta, p->tb, p->m, p->n, p->k, p->a, p->b, p->c, NULL, NULL);
}

static void check_values(const problem *p)
{
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t j = 0; j < p->n; j++) {
            double sum = 0, scale = 0;
            for (int64_t q = 0; q < p->k; q++) {
                double term =
                    (double)p->a[p->ta ? q * p->m + i : i * p->k + q] * (double)p->b[p->tb ? j * p->k + q : q * p->n + j];
                sum += term;
                scale += fabs(term);
            }
            assert_true(fabs((double)p->c[i * p->n + j] - sum) <= 1e-6 * scale);
        }
    }
}

static const int64_t shapes[][3] = {
    {1, 1, 1},    {2, 3, 5},      {17, 31, 13},   {64, 10, 100},  {100, 1, 300}, {1, 257, 129},   {129, 65, 257},
    {33, 784, 9}, {200, 130, 90}, {512, 10, 256}, {96, 256, 784}, {300, 300, 1}, {255, 511, 127}, {31, 2000, 70},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void values_of_all_transposes(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        for (int t = 0; t < 4; t++) {
            problem p = make_problem(t & 1, t & 2, shapes[s][0], shapes[s][1], shapes[s][2]);
            run(&p);
            check_values(&p);
            free_problem(&p);
        }
    }
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const int32_t threads[] = {1, 2, 3, 4, 8};
    for (int s = 0; s < SHAPES; s++) {
        for (int t = 0; t < 4; t++) {
            problem p = make_problem(t & 1, t & 2, shapes[s][0], shapes[s][1], shapes[s][2]);
            size_t bytes = (size_t)(p.m * p.n) * sizeof(float);
            float *first = malloc(bytes);
            assert_non_null(first);
            for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
                assert_int_equal(denoise_set_num_threads(threads[i]), DENOISE_OK);
                run(&p);
                if (i == 0) memcpy(first, p.c, bytes);
                assert_memory_equal(first, p.c, bytes);
            }
            free(first);
            free_problem(&p);
        }
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

static void nothing_to_sum_gives_zeros(void **state)
{
    (void)state;
    problem p = make_problem(false, false, 5, 7, 0);
    run(&p);
    for (int64_t i = 0; i < 35; i++)
        assert_true(p.c[i] == 0);
    free_problem(&p);
}

static void empty_products_touch_nothing(void **state)
{
    (void)state;
    float c = 42;
    denoise__gemm(false, false, 0, 7, 3, NULL, NULL, &c, NULL, NULL);
    denoise__gemm(false, false, 7, 0, 3, NULL, NULL, &c, NULL, NULL);
    assert_true(c == 42);
}

/* Counts how often each row is reported, and that all its columns are there by then. */
typedef struct watch {
    const problem *p;
    atomic_int seen[1024];
    atomic_int early;
} watch;

static void epilogue(void *context, int64_t first, int64_t count)
{
    watch *w = context;
    for (int64_t i = first; i < first + count; i++) {
        atomic_fetch_add(&w->seen[i], 1);
        for (int64_t j = 0; j < w->p->n; j++) {
            if (isnan(w->p->c[i * w->p->n + j])) atomic_fetch_add(&w->early, 1);
        }
    }
}

static void check_epilogue(int64_t m, int64_t n, int64_t k)
{
    static watch w;
    problem p = make_problem(false, false, m, n, k);
    memset(&w, 0, sizeof w);
    w.p = &p;
    denoise__gemm(p.ta, p.tb, m, n, k, p.a, p.b, p.c, epilogue, &w);
    for (int64_t i = 0; i < m; i++)
        assert_int_equal(w.seen[i], 1);
    assert_int_equal(w.early, 0);
    free_problem(&p);
}

static void epilogue_gets_each_finished_row_once(void **state)
{
    (void)state;
    assert_int_equal(denoise_set_num_threads(3), DENOISE_OK);
    for (int s = 0; s < SHAPES; s++)
        check_epilogue(shapes[s][0], shapes[s][1], shapes[s][2]);
    check_epilogue(6, 4, 0);
    check_epilogue(1000, 700, 200);
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

/* A product behind which every dimension and every row of storage lies above the limit of the BLAS. */
static void sizes_above_the_limit_go_in_pieces(void **state)
{
    (void)state;
    static const int64_t limits[] = {1, 2, 5, 7, 12, 1000};
    if (!denoise__cblas_works()) skip();
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        for (int t = 0; t < 4; t++) {
            problem p = make_problem(t & 1, t & 2, 13, 8, 11);
            denoise__product product = {p.ta, p.tb, p.m, p.n, p.k, p.a, p.b, p.c, p.ta ? p.m : p.k, p.tb ? p.k : p.n, p.n};
            denoise__cblas_product(&product, limits[l]);
            check_values(&p);
            free_problem(&p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_all_transposes),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(nothing_to_sum_gives_zeros),
        cmocka_unit_test(empty_products_touch_nothing),
        cmocka_unit_test(epilogue_gets_each_finished_row_once),
        cmocka_unit_test(sizes_above_the_limit_go_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
