/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "kernels/random.h"
#include "support/cmocka_test.h"
#include "support/hash.h"
#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 100000 };

/* The known answers that Random123 gives for philox4x32 with 10 rounds. */
static void philox_gives_the_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed, stream, index;
        uint32_t words[4];
    } cases[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t words[4];
        denoise__philox(cases[i].seed, cases[i].stream, cases[i].index, words);
        assert_memory_equal(words, cases[i].words, sizeof(words));
    }
}

/* The sums come from the same definitions written down in Python. */
static void the_bits_never_change(void **state)
{
    (void)state;
    float *values = malloc(MANY * sizeof(*values));
    uint32_t *words = malloc(MANY * sizeof(*words));
    int64_t order[1000];
    denoise__random_words(42, 7, 0, words, MANY);
    denoise__random_uniform(42, 7, 0, values, MANY, -1, 1);
    denoise__random_permutation(42, 7, order, 1000);
    assert_true(hash_numbers(words, MANY, sizeof(*words)) == 0x3fb3d3eb3a71ec22U);
    assert_true(hash_numbers(values, MANY, sizeof(*values)) == 0x795ac2d005da6bb2U);
    assert_true(hash_numbers(order, 1000, sizeof(*order)) == 0x76c48f4ffc8eab1dU);
    free(values);
    free(words);
}

/* Any range starts where it should and ends where it should, however it lies to blocks of four and to chunks. */
static void any_split_gives_the_same_numbers(void **state)
{
    (void)state;
    enum { ALL = 1500 };
    static uint32_t words[ALL], some_words[ALL + 1];
    static float uniform[ALL], some_uniform[ALL + 1];
    denoise__random_words(3, 4, 0, words, ALL);
    denoise__random_uniform(3, 4, 0, uniform, ALL, 0, 1);
    for (int64_t first = 0; first < 12; first++) {
        for (int64_t count = 0; first + count <= ALL; count += count < 20 ? 1 : 177) {
            some_words[count] = 77;
            some_uniform[count] = 77;
            denoise__random_words(3, 4, (uint64_t)first, some_words, count);
            denoise__random_uniform(3, 4, (uint64_t)first, some_uniform, count, 0, 1);
            assert_memory_equal(some_words, words + first, (size_t)count * sizeof(*words));
            assert_memory_equal(some_uniform, uniform + first, (size_t)count * sizeof(*uniform));
            assert_true(some_words[count] == 77 && some_uniform[count] == 77);
        }
    }
}

static void seeds_and_streams_differ(void **state)
{
    (void)state;
    uint32_t a[4], b[4];
    denoise__random_words(1, 2, 0, a, 4);
    denoise__random_words(2, 1, 0, b, 4);
    assert_memory_not_equal(a, b, sizeof(a));
    denoise__random_words(1, 3, 0, b, 4);
    assert_memory_not_equal(a, b, sizeof(a));
    denoise__random_words(1, (uint64_t)2 << 32, 0, b, 4);
    assert_memory_not_equal(a, b, sizeof(a));
    denoise__random_words(1, 2, (uint64_t)1 << 34, b, 4);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void uniform_numbers_stay_in_their_range(void **state)
{
    (void)state;
    static float values[MANY];
    static const double ranges[][2] = {{0, 1},           {-1, 1},
                                       {0.1, 0.1000001}, {-0.1000001, -0.1},
                                       {1e-45, 3e-45},   {-FLT_MAX, FLT_MAX},
                                       {1, 1 + 0x1p-23}, {-0x1p-149, 0},
                                       {1, 1.00000001},  {5, 5}};
    for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
        denoise__random_uniform(1, r, 0, values, MANY, ranges[r][0], ranges[r][1]);
        for (size_t i = 0; i < MANY; i++) {
            bool fine = values[i] >= (float)ranges[r][0] && (ranges[r][0] == ranges[r][1] || (double)values[i] < ranges[r][1]);
            if (!fine) fail_msg("range %zu: %.9g", r, (double)values[i]);
        }
    }
}

static void uniform_numbers_have_the_right_moments(void **state)
{
    (void)state;
    static float values[MANY];
    denoise__random_uniform(9, 9, 0, values, MANY, 0, 1);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < MANY; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
    }
    /* five standard errors */
    assert_true(sum / MANY > 0.5 - 0.0046 && sum / MANY < 0.5 + 0.0046);
    assert_true(squares / MANY > 1.0 / 3 - 0.0048 && squares / MANY < 1.0 / 3 + 0.0048);
}

static void a_permutation_has_every_index_once(void **state)
{
    (void)state;
    static int64_t order[5000];
    static bool seen[5000];
    for (int64_t count = 0; count <= 5000; count = count < 20 ? count + 1 : count * 5) {
        memset(seen, 0, sizeof(seen));
        denoise__random_permutation(5, 6, order, count);
        for (int64_t i = 0; i < count; i++) {
            assert_in_range(order[i], 0, count - 1);
            assert_false(seen[order[i]]);
            seen[order[i]] = true;
        }
    }
}

/* 24,000 permutations of 4: each of the 24 about 1,000 times (standard deviation 31). */
static void all_orders_are_as_likely(void **state)
{
    (void)state;
    int times[256] = {0};
    for (uint64_t stream = 0; stream < 24000; stream++) {
        int64_t order[4];
        denoise__random_permutation(11, stream, order, 4);
        times[order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3]]++;
    }
    int kinds = 0;
    for (int i = 0; i < 256; i++) {
        if (times[i] == 0) continue;
        kinds++;
        assert_in_range(times[i], 850, 1150);
    }
    assert_int_equal(kinds, 24);
}

static void a_permutation_goes_on_where_the_last_one_ended(void **state)
{
    (void)state;
    int64_t first[10], second[10], again[10];
    uint64_t position = 0;
    denoise__random_permute(1, 1, &position, first, 10);
    assert_true(position >= 9);
    denoise__random_permute(1, 1, &position, second, 10);
    denoise__random_permutation(1, 1, again, 10);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, second, sizeof(first));
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void streams_of_a_net_are_all_different(void **state)
{
    (void)state;
    enum { SIDE = 12, COUNT = 5 * SIDE * SIDE * SIDE };
    static uint64_t streams[COUNT];
    size_t n = 0;
    for (uint32_t purpose = 1; purpose <= 5; purpose++) {
        for (uint64_t a = 0; a < SIDE; a++) {
            for (uint64_t b = 0; b < SIDE; b++) {
                for (uint64_t c = 0; c < SIDE; c++) {
                    streams[n++] = denoise__stream(purpose, a, b, c);
                }
            }
        }
    }
    qsort(streams, COUNT, sizeof(streams[0]), compare);
    for (size_t i = 1; i < COUNT; i++) {
        assert_true(streams[i] != streams[i - 1]);
    }
    assert_true(denoise__stream(1, 0, 0, 0) == 0xe28195ddd9ee4956U);
    assert_true(denoise__stream(1, 2, 3, 4) == 0xd55ccd4aeb3ccafbU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers),
        cmocka_unit_test(the_bits_never_change),
        cmocka_unit_test(any_split_gives_the_same_numbers),
        cmocka_unit_test(seeds_and_streams_differ),
        cmocka_unit_test(uniform_numbers_stay_in_their_range),
        cmocka_unit_test(uniform_numbers_have_the_right_moments),
        cmocka_unit_test(a_permutation_has_every_index_once),
        cmocka_unit_test(all_orders_are_as_likely),
        cmocka_unit_test(a_permutation_goes_on_where_the_last_one_ended),
        cmocka_unit_test(streams_of_a_net_are_all_different),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
