/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of random numbers against the definitions of core/random.h, bit for bit. */
#include "core/cpu.h"
#include "core/random.h"
#include "random_runs.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <string.h>

static void run_each(void (*check)(const denoise__random_table *table))
{
    int tables = 0;
    for (int32_t isa = DENOISE__ISA_PORTABLE; isa <= DENOISE__ISA_NEON; isa++) {
        const denoise__random_table *table = denoise__random_kernels_of(isa);
        if (table == NULL) continue;
        check(table);
        tables++;
    }
    assert_true(tables >= 1);
    assert_string_equal(denoise__random_kernels()->name, denoise__cpu_isa_name());
}

static void every_table_makes_the_defined_blocks(void **state)
{
    (void)state;
    run_each(check_blocks);
}

static void every_table_compares_with_the_threshold(void **state)
{
    (void)state;
    run_each(check_masks);
}

static void every_table_makes_the_defined_uniform_numbers(void **state)
{
    (void)state;
    run_each(check_uniform_numbers);
}

static void every_table_makes_the_defined_normal_numbers(void **state)
{
    (void)state;
    run_each(check_normal_numbers);
}

static void every_table_gives_the_defined_quantiles(void **state)
{
    (void)state;
    run_each(check_quantiles);
}

static void the_ends_of_the_normal_numbers(void **state)
{
    (void)state;
    static const uint32_t words[] = {0, UINT32_MAX};
    float values[2];
    denoise__random_kernels()->normal(words, values, 2, 0, 1);
    /* statistics.NormalDist().inv_cdf(2 ** -33) of Python 3.11 */
    assert_true(values[0] == -6.337957754553789F && values[1] == 6.337957754553789F);
}

enum { MOST = 4000 };

typedef struct grid {
    uint64_t seed, stream, first, step;
    int64_t rows, columns;
} grid;

static uint32_t word_at(const grid *g, int64_t i)
{
    return defined_word(g->seed, g->stream, g->first + (uint64_t)(i / g->columns) * g->step + (uint64_t)(i % g->columns));
}

static void check_words(const grid *g)
{
    static uint32_t words[MOST + 1];
    int64_t count = g->rows * g->columns;
    words[count] = 77;
    denoise__random_words_2d(g->seed, g->stream, g->first, g->step, g->rows, g->columns, words);
    for (int64_t i = 0; i < count; i++)
        if (words[i] != word_at(g, i))
            fail_msg("word %d of first %llu step %llu rows %d columns %d", (int)i, (unsigned long long)g->first,
                     (unsigned long long)g->step, (int)g->rows, (int)g->columns);
    assert_true(words[count] == 77);
}

static void check_mask(const grid *g, uint64_t threshold)
{
    static uint8_t mask[MOST + 1];
    int64_t count = g->rows * g->columns;
    mask[count] = 77;
    denoise__random_mask_2d(g->seed, g->stream, g->first, g->step, g->rows, g->columns, mask, threshold);
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(mask[i], word_at(g, i) >= threshold);
    assert_int_equal(mask[count], 77);
}

static void check_numbers(const grid *g)
{
    static float uniform[MOST + 1], normal[MOST + 1];
    int64_t count = g->rows * g->columns;
    uniform[count] = normal[count] = 77;
    denoise__random_uniform_2d(g->seed, g->stream, g->first, g->step, g->rows, g->columns, uniform, -1, 3);
    denoise__random_normal_2d(g->seed, g->stream, g->first, g->step, g->rows, g->columns, normal, 0.5, 2);
    for (int64_t i = 0; i < count; i++) {
        assert_true(uniform[i] == defined_uniform(word_at(g, i), -1, 3));
        assert_true(normal[i] == defined_normal(word_at(g, i), 0.5, 2));
    }
    assert_true(uniform[count] == 77 && normal[count] == 77);
}

static void check_grid(const grid *g)
{
    static const uint64_t thresholds[] = {0, 1, (uint64_t)1 << 31, UINT32_MAX, (uint64_t)UINT32_MAX + 1};
    check_words(g);
    check_numbers(g);
    for (int i = 0; i < 5; i++)
        check_mask(g, thresholds[i]);
}

/* Whole panels, rows of whole blocks, and everything that is not. */
static void blocks_of_any_shape(void **state)
{
    (void)state;
    static const int64_t widths[] = {0,  1,  2,  3,   4,   5,   7,   8,   10,  15,  16,  17,
                                     32, 63, 64, 248, 249, 252, 253, 255, 256, 257, 784, 1000};
    restart_trial(6);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (uint64_t odd = 0; odd < 4; odd++)
            for (int trial = 0; trial < 3; trial++) {
                uint64_t number = trial_number();
                grid g = {trial_number(), trial_number(), number % 100000 * 4 + odd, number % 97, 0, widths[w]};
                g.step = trial == 0 ? (g.step + (uint64_t)g.columns) * 4 : trial == 1 ? (uint64_t)g.columns : g.step;
                int64_t fitting = g.columns == 0 ? 9 : MOST / g.columns;
                g.rows = (int64_t)(number >> 32) % (fitting < 70 ? fitting + 1 : 70);
                check_grid(&g);
            }
}

static void no_rows(void **state)
{
    (void)state;
    check_grid(&(grid){1, 2, 3, 16, 0, 16});
    check_grid(&(grid){1, 2, 3, 16, 16, 0});
}

/* Behind number 2^64 - 1 comes number 0. */
static void the_end_of_a_stream(void **state)
{
    (void)state;
    for (uint64_t before = 0; before < 12; before++) {
        check_grid(&(grid){1, 2, 0 - before, 0, 1, 300});
        check_grid(&(grid){1, 2, 0 - before, 8, 5, 8});
        check_grid(&(grid){1, 2, before, UINT64_MAX - 3, 5, 16});
    }
}

static void one_row_is_a_row(void **state)
{
    (void)state;
    uint32_t words[50], row_words[50];
    float values[50], row_values[50];
    denoise__random_words_2d(3, 4, 5, 0, 1, 50, words);
    denoise__random_words(3, 4, 5, row_words, 50);
    assert_memory_equal(words, row_words, sizeof words);
    denoise__random_uniform_2d(3, 4, 5, 0, 1, 50, values, 1, 2);
    denoise__random_uniform(3, 4, 5, row_values, 50, 1, 2);
    assert_memory_equal(values, row_values, sizeof values);
    denoise__random_normal_2d(3, 4, 5, 0, 1, 50, values, 1, 2);
    denoise__random_normal(3, 4, 5, row_values, 50, 1, 2);
    assert_memory_equal(values, row_values, sizeof values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_makes_the_defined_blocks),
        cmocka_unit_test(every_table_compares_with_the_threshold),
        cmocka_unit_test(every_table_makes_the_defined_uniform_numbers),
        cmocka_unit_test(every_table_makes_the_defined_normal_numbers),
        cmocka_unit_test(every_table_gives_the_defined_quantiles),
        cmocka_unit_test(the_ends_of_the_normal_numbers),
        cmocka_unit_test(blocks_of_any_shape),
        cmocka_unit_test(no_rows),
        cmocka_unit_test(the_end_of_a_stream),
        cmocka_unit_test(one_row_is_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
