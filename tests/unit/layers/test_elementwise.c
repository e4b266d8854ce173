/* SPDX-License-Identifier: Apache-2.0 */
/* Of lib/layers/elementwise.c; tensor has a file of that name too. */
#include "layers/elementwise.h"
#include "support/cmocka_test.h"

/* The number of each element of `rows` samples of `size` numbers, run by run. */
/* The numbers of all elements, as a layer asks for them: in pieces of its grain. */
static void list_numbers(const denoise__layer_random *random, int64_t size, int64_t first, int64_t count, uint64_t *out)
{
    denoise__number_block n = denoise__layer_numbers(random, size, first, count);
    assert_int_equal(n.rows * n.columns, count);
    for (int64_t r = 0; r < n.rows; r++)
        for (int64_t c = 0; c < n.columns; c++)
            *out++ = n.first + (uint64_t)r * n.step + (uint64_t)c;
}

static void numbers_follow_first_and_step(void **state)
{
    (void)state;
    uint64_t numbers[12];
    list_numbers(&(denoise__layer_random){.first = 100, .step = 4}, 4, 0, 12, numbers); /* whole samples */
    for (uint64_t i = 0; i < 12; i++)
        assert_int_equal(numbers[i], 100 + i);
    list_numbers(&(denoise__layer_random){.first = 100, .step = 50}, 4, 0, 12, numbers); /* four columns of fifty */
    for (uint64_t i = 0; i < 12; i++)
        assert_int_equal(numbers[i], 100 + i / 4 * 50 + i % 4);
}

static void pieces_go_on_where_the_last_ended(void **state)
{
    (void)state;
    uint64_t numbers[8];
    list_numbers(&(denoise__layer_random){.first = 7, .step = 4}, 4, 6, 3, numbers);
    assert_int_equal(numbers[0], 13);
    assert_int_equal(numbers[2], 15);
    list_numbers(&(denoise__layer_random){.first = 7, .step = 50}, 4, 8, 8, numbers);
    assert_int_equal(numbers[0], 7 + 2 * 50);
    assert_int_equal(numbers[7], 7 + 3 * 50 + 3);
}

/* Where samples' numbers do not follow one another a piece is whole samples. */
static void grains(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 3, 16, 784, 40000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(denoise__layer_grain(&(denoise__layer_random){.step = sizes[i]}, sizes[i]) >= 1);
        int64_t grain = denoise__layer_grain(&(denoise__layer_random){.step = sizes[i] + 5}, sizes[i]);
        assert_true(grain >= sizes[i]);
        assert_int_equal(grain % sizes[i], 0);
    }
}

static void a_seed_of_its_own_replaces_the_runs(void **state)
{
    (void)state;
    denoise__layer_args args = {.random = {.seed = 5}};
    assert_int_equal(denoise__layer_seed(-1, &args), 5);
    assert_int_equal(denoise__layer_seed(0, &args), 0);
    assert_int_equal(denoise__layer_seed(9, &args), 9);
}

static void copies_are_whole(void **state)
{
    (void)state;
    static float from[40000], to[40000];
    for (int i = 0; i < 40000; i++)
        from[i] = (float)i;
    denoise__copy_values(to, from, 39999);
    assert_memory_equal(to, from, 39999 * sizeof *to);
    assert_true(to[39999] == 0);
    denoise__copy_values(to, to, 40000);
    assert_int_equal(denoise__batch_size(&(denoise__shape){2, {3, 4}}, 5), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_first_and_step),
        cmocka_unit_test(pieces_go_on_where_the_last_ended),
        cmocka_unit_test(grains),
        cmocka_unit_test(a_seed_of_its_own_replaces_the_runs),
        cmocka_unit_test(copies_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
