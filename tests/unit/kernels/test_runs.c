/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "kernels/runs.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every table that this CPU runs gives the chains of the header, bit for bit. */

enum { A_SIZE = 4000, B_SIZE = 9000, C_SIZE = 3000, MOST_RUNS = 5 };

static float numbers_a[A_SIZE], numbers_b[B_SIZE], before[C_SIZE], wanted[C_SIZE], got[C_SIZE];

static float draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(int32_t)(*state >> 8) / 8388608.0f - 1.0f;
}

static int fill(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int i = 0; i < A_SIZE; i++)
        numbers_a[i] = draw(&seed);
    for (int i = 0; i < B_SIZE; i++)
        numbers_b[i] = draw(&seed);
    for (int i = 0; i < C_SIZE; i++)
        before[i] = draw(&seed);
    return 0;
}

typedef enum way { MULTIPLY, MULTIPLY_ROWS, DOTS, BY_COLUMNS } way;

static float b_at(const denoise__runs_product *p, way how, int64_t run_b, int64_t k, int64_t j)
{
    const float *b = p->b + run_b;
    if (how == MULTIPLY) return b[j / 16 * p->b_panel + k * 16 + j % 16];
    return how == DOTS ? b[j * p->b_panel + k] : b[k * p->b_row + j];
}

/* Where element (n, l, i) of A's rows, and of C's, begins. */
static int64_t a_of(const denoise__runs_product *p, way how, const int64_t *at)
{
    int64_t row = how == MULTIPLY_ROWS && p->a_at != NULL ? p->a_at[at[2]] : at[2] * p->a_row;
    return at[0] * p->a_plane + at[1] * p->a_line + row;
}

static int64_t c_of(const denoise__runs_product *p, const int64_t *at)
{
    return at[0] * p->c_plane + at[1] * p->c_line + at[2] * p->c_row;
}

static float chain(const denoise__runs_product *p, way how, const int64_t *at, int64_t j)
{
    float sum = p->continues ? before[c_of(p, at) + j] : 0.0f;
    for (int64_t r = 0; r < p->run_count; r++)
        for (int64_t k = 0; k < p->runs[r].count; k++) {
            int64_t a = p->runs[r].a + a_of(p, how, at) + k * p->a_next + (how == BY_COLUMNS ? j : 0);
            sum = fmaf(p->a[a], b_at(p, how, p->runs[r].b, k, j), sum);
        }
    return sum;
}

static float tree(const denoise__runs_product *p, const int64_t *at, int64_t j)
{
    float c[16] = {0};
    for (int64_t r = 0; r < p->run_count; r++)
        for (int64_t k = 0; k < p->runs[r].count; k++)
            c[k % 16] = fmaf(p->a[p->runs[r].a + a_of(p, DOTS, at) + k], b_at(p, DOTS, p->runs[r].b, k, j), c[k % 16]);
    return (((c[0] + c[8]) + (c[4] + c[12])) + ((c[2] + c[10]) + (c[6] + c[14]))) +
           (((c[1] + c[9]) + (c[5] + c[13])) + ((c[3] + c[11]) + (c[7] + c[15])));
}

static float ended(const denoise__runs_product *p, float sum, int64_t j)
{
    if (p->bias != NULL) sum += p->bias[j];
    return p->rectifies && sum <= 0 ? 0.0f : sum;
}

static float masked(const denoise__runs_product *p, way how, float value, int64_t at)
{
    return how != BY_COLUMNS && p->mask != NULL && p->mask[at] <= 0 ? 0.0f : value;
}

static void compare(const denoise__runs *table, const denoise__runs_product *product, way how)
{
    denoise__runs_product p = *product;
    memcpy(wanted, before, sizeof wanted);
    memcpy(got, before, sizeof got);
    for (int64_t i = 0; i < p.planes * p.lines * p.rows; i++)
        for (int64_t j = 0; j < p.columns; j++) {
            const int64_t at[] = {i / p.rows / p.lines, i / p.rows % p.lines, i % p.rows};
            float sum = how == DOTS ? tree(&p, at, j) : chain(&p, how, at, j);
            if (how != MULTIPLY_ROWS) sum = masked(&p, how, ended(&p, sum, j), c_of(&p, at) + j);
            wanted[c_of(&p, at) + j] = sum;
        }
    p.c = got;
    switch (how) {
    case MULTIPLY:
        table->multiply(&p);
        break;
    case MULTIPLY_ROWS:
        table->multiply_rows(&p);
        break;
    case DOTS:
        table->dots(&p);
        break;
    case BY_COLUMNS:
        table->by_columns(&p);
        break;
    }
    for (int i = 0; i < C_SIZE; i++)
        if (memcmp(&wanted[i], &got[i], sizeof *got) != 0)
            fail_msg("%s, way %d, %d x %d, %d runs, element %d: %a, expected %a", table->name, (int)how, (int)p.rows,
                     (int)p.columns, (int)p.run_count, i, (double)got[i], (double)wanted[i]);
}

/* Runs of these lengths, whose places are where the layout of each way has room. */
static int64_t make_runs(denoise__run *runs, int64_t count, int64_t longest, int64_t b_next)
{
    int64_t all = 0;
    for (int64_t r = 0; r < count; r++) {
        runs[r] = (denoise__run){r * 37, all * b_next, (r * 7 + 3) % (longest + 1)};
        all += runs[r].count;
    }
    return all;
}

/* What is fetched changes no number, and lines are asked for until there are none. */
static void compare_fetching(const denoise__runs *table, const denoise__runs_product *product)
{
    const denoise__tile_piece pieces[] = {{numbers_b, 130}, {numbers_a, 64}};
    denoise__tile_fetch fetch = {.pieces = pieces, .count = 2};
    denoise__runs_product p = *product;
    int64_t values = 0;
    p.fetch = &fetch;
    for (int64_t i = 0; i < p.run_count; i++)
        values += p.runs[i].count;
    compare(table, &p, MULTIPLY);
    if (values >= 5 && p.rows > 0 && p.columns > 0) assert_true(fetch.piece > 0);
}

static void try_shape(const denoise__runs *table, int64_t rows, int64_t columns, int64_t run_count, int64_t longest)
{
    denoise__run runs[MOST_RUNS];
    int64_t at[31];
    for (int64_t i = 0; i < rows; i++)
        at[i] = i * 5 % 23;
    for (int continues = 0; continues < 2; continues++) {
        denoise__runs_product p = {.runs = runs,
                                   .run_count = run_count,
                                   .planes = 1,
                                   .lines = 1,
                                   .rows = rows,
                                   .columns = columns,
                                   .a = numbers_a,
                                   .b = numbers_b,
                                   .c_row = columns + 3,
                                   .continues = continues != 0};
        int64_t all = make_runs(runs, run_count, longest, 16);
        p.a_row = 21, p.a_next = 1, p.b_row = 16, p.b_panel = all * 16;
        compare(table, &p, MULTIPLY);
        compare_fetching(table, &p);
        (void)make_runs(runs, run_count, longest, columns + 1);
        p.a_row = 1, p.a_next = rows + 2, p.b_row = columns + 1;
        compare(table, &p, MULTIPLY_ROWS);
        p.a_at = at;
        compare(table, &p, MULTIPLY_ROWS);
        p.a_at = NULL;
        p.a_row = 19, p.a_next = columns + 2;
        compare(table, &p, BY_COLUMNS);
        if (continues != 0) continue;
        all = make_runs(runs, run_count, longest, 1);
        p.a_row = 23, p.a_next = 1, p.b_row = 1, p.b_panel = all;
        compare(table, &p, DOTS);
    }
}

/* Several lines and planes, with what is done at the end: of so few rows and columns that all find room. */
static void try_ends(const denoise__runs *table, int64_t rows, int64_t columns, bool has_bias, bool rectifies, bool has_mask)
{
    denoise__run runs[MOST_RUNS];
    denoise__runs_product p = {.runs = runs,
                               .run_count = MOST_RUNS,
                               .planes = 2,
                               .lines = 3,
                               .rows = rows,
                               .columns = columns,
                               .a = numbers_a,
                               .a_plane = 601,
                               .a_line = 83,
                               .b = numbers_b,
                               .bias = has_bias ? numbers_b + 5000 : NULL,
                               .rectifies = rectifies,
                               .mask = has_mask ? numbers_b + 2000 : NULL,
                               .c_row = columns + 1,
                               .c_line = rows * (columns + 1) + 2,
                               .c_plane = 3 * rows * (columns + 1) + 9};
    int64_t all = make_runs(runs, MOST_RUNS, 9, 16);
    p.a_row = 21, p.a_next = 1, p.b_row = 16, p.b_panel = all * 16;
    compare(table, &p, MULTIPLY);
    (void)make_runs(runs, MOST_RUNS, 9, columns + 1);
    p.a_row = 1, p.a_next = rows + 2, p.b_row = columns + 1;
    compare(table, &p, MULTIPLY_ROWS);
    p.a_row = 19, p.a_next = columns + 2;
    compare(table, &p, BY_COLUMNS);
    all = make_runs(runs, MOST_RUNS, 9, 1);
    p.a_row = 23, p.a_next = 1, p.b_row = 1, p.b_panel = all;
    compare(table, &p, DOTS);
    p.c_row = 1, p.c_line = rows + 2, p.c_plane = 3 * rows + 9;
    if (columns == 1) compare(table, &p, DOTS);
}

static void every_table_gives_the_chains(void **state)
{
    (void)state;
    static const int64_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 28, 31};
    static const int64_t columns[] = {1, 3, 8, 15, 16, 17, 31, 32, 33, 48, 64, 70, 80};
    static const int32_t sets[] = {DENOISE__ISA_PORTABLE, DENOISE__ISA_NEON, DENOISE__ISA_AVX2, DENOISE__ISA_AVX512};
    int tried = 0;
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        const denoise__runs *table = denoise__runs_of(sets[s]);
        if (table == NULL) continue;
        tried++;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
                try_shape(table, rows[i], columns[j], 0, 0);
                try_shape(table, rows[i], columns[j], 1, 4);
                try_shape(table, rows[i], columns[j], MOST_RUNS, 19);
                for (int end = 0; end < 8 && rows[i] * columns[j] < 400 && rows[i] > 0; end++)
                    try_ends(table, rows[i], columns[j], (end & 1) != 0, (end & 2) != 0, (end & 4) != 0);
            }
    }
    assert_true(tried >= 1);
}

/* One run whose rows lie behind each other, and one panel of one column. */
static denoise__runs_product one_column(const denoise__run *run, int64_t rows, const float *a, const float *b, float *c)
{
    return (denoise__runs_product){.runs = run,
                                   .run_count = 1,
                                   .planes = 1,
                                   .lines = 1,
                                   .rows = rows,
                                   .columns = 1,
                                   .a = a,
                                   .a_row = run->count,
                                   .a_next = 1,
                                   .b = b,
                                   .b_row = 16,
                                   .b_panel = run->count * 16,
                                   .c = c,
                                   .c_row = 1};
}

/* 0 times infinity is NaN, and a sum that is NaN stays so. */
static void what_is_not_finite_goes_through(void **state)
{
    (void)state;
    const denoise__run run = {0, 0, 3};
    const float minus_nan[] = {copysignf(NAN, -1)};
    const float a[] = {1, INFINITY, 2, 1, 1, 1};
    float b[48] = {0}, c[2];
    b[0] = b[16] = b[32] = 1;
    b[17] = 0;
    denoise__runs_product p = one_column(&run, 2, a, b, c);
    denoise__runs_table()->multiply(&p);
    assert_true(isinf(c[0]) && c[1] == 3);
    b[16] = 0;
    denoise__runs_table()->multiply(&p);
    assert_true(isnan(c[0]) && c[1] == 2);
    p.rectifies = true;
    denoise__runs_table()->multiply(&p);
    assert_true(isnan(c[0]) && c[1] == 2);
    p.bias = minus_nan;
    denoise__runs_table()->multiply(&p);
    assert_true(isnan(c[0]) && isnan(c[1]));
}

/* A sum that is -0, which tiny products come to, becomes +0, also beside a bias of -0. */
static void a_rectifier_gives_no_minus_zero(void **state)
{
    (void)state;
    static const float minus_zero[] = {-0.0f};
    const denoise__run run = {0, 0, 1};
    const float a[] = {1e-30f};
    float b[16] = {-1e-30f}, c[1];
    denoise__runs_product p = one_column(&run, 1, a, b, c);
    const denoise__runs *table = denoise__runs_table();
    table->multiply(&p);
    assert_true(c[0] == 0 && signbit(c[0]));
    for (int i = 0; i < 2; i++) {
        p.rectifies = true;
        p.bias = i == 0 ? NULL : minus_zero;
        table->multiply(&p);
        assert_true(c[0] == 0 && !signbit(c[0]));
        table->by_columns(&p);
        assert_true(c[0] == 0 && !signbit(c[0]));
        table->dots(&p);
        assert_true(c[0] == 0 && !signbit(c[0]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table_gives_the_chains),
                                       cmocka_unit_test(what_is_not_finite_goes_through),
                                       cmocka_unit_test(a_rectifier_gives_no_minus_zero)};
    return cmocka_run_group_tests(tests, fill, NULL);
}
