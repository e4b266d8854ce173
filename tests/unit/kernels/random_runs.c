/* SPDX-License-Identifier: Apache-2.0 */
#include "random_runs.h"
#include "core/random.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST = 1100, OFFSETS = 4 };

static uint64_t trial;

void restart_trial(uint64_t seed)
{
    trial = seed;
}

uint64_t trial_number(void)
{
    uint64_t x = trial += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

uint32_t defined_word(uint64_t seed, uint64_t stream, uint64_t position)
{
    uint32_t block[4];
    denoise__philox(seed, stream, position / 4, block);
    return block[position % 4];
}

float defined_uniform(uint32_t word, double low, double high)
{
    float value = (float)(low + (high - low) * ((word >> 8) * 0x1p-24));
    if (low < high && value >= high) return nextafterf((float)high, -INFINITY);
    return value;
}

float defined_normal(uint32_t word, double mean, double stddev)
{
    return (float)(mean + stddev * denoise__normal_quantile((word + 0.5) * 0x1p-32));
}

/* The known answers of Random123 for philox4x32 with 10 rounds, and any others. */
static void check_some_blocks(const denoise__random_table *table, uint64_t seed, uint64_t stream, int count)
{
    enum { MOST = 80 };
    uint64_t indexes[MOST] = {0};
    uint32_t words[4 * MOST + 1], expected[4];
    for (int i = 0; i < count; i++)
        indexes[i] = i % 3 == 0 ? trial_number() : i % 3 == 1 ? (uint64_t)i : UINT64_MAX - (uint64_t)i;
    words[4 * count] = 77;
    table->blocks(seed, stream, indexes, count, words);
    for (int i = 0; i < count; i++) {
        denoise__philox(seed, stream, indexes[i], expected);
        assert_memory_equal(words + 4 * i, expected, sizeof expected);
    }
    assert_true(words[4 * count] == 77);
}

static void check_known_blocks(const denoise__random_table *table)
{
    static const struct {
        uint64_t seed, stream, index;
        uint32_t words[4];
    } known[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        uint64_t indexes[DENOISE__RANDOM_LANES];
        uint32_t words[4 * DENOISE__RANDOM_LANES];
        for (int i = 0; i < DENOISE__RANDOM_LANES; i++)
            indexes[i] = known[k].index;
        table->blocks(known[k].seed, known[k].stream, indexes, DENOISE__RANDOM_LANES, words);
        for (int i = 0; i < DENOISE__RANDOM_LANES; i++)
            assert_memory_equal(words + 4 * i, known[k].words, sizeof known[k].words);
    }
}

void check_blocks(const denoise__random_table *table)
{
    restart_trial(1);
    check_known_blocks(table);
    for (int count = 0; count <= 80; count += DENOISE__RANDOM_LANES)
        for (int i = 0; i < 20; i++) {
            uint64_t seed = trial_number(), stream = trial_number();
            check_some_blocks(table, i == 0 ? UINT64_MAX : seed, i == 1 ? UINT64_MAX : stream, count);
        }
}

/* Words at the ends, on both sides of where the tails begin (p = 0.075 and 0.925), and of every kind between: kind 0 is any,
 * 1 the middle alone, 2 the tails alone. */
static void fill_words(uint32_t *words, int count, int kind)
{
    static const uint32_t special[] = {0,          1,          2,          322122546,  322122547,  322122548,
                                       2147483647, 2147483648, 3972844747, 3972844748, 3972844749, UINT32_MAX};
    for (int i = 0; i < count; i++) {
        uint64_t number = trial_number();
        words[i] = number % 16 == 0 ? special[(number >> 8) % 12] : (uint32_t)(number >> 32);
        if (kind == 1) words[i] = 322122547 + (uint32_t)(number >> 33);
        if (kind == 2) words[i] = (number & 1 ? UINT32_MAX - 322122546 : 0) + (uint32_t)((number >> 32) % 322122547);
    }
}

static int next_count(int count)
{
    return count + (count < 70 ? 1 : 37);
}

void check_masks(const denoise__random_table *table)
{
    static uint32_t words[LONGEST + OFFSETS];
    static uint8_t mask[LONGEST + OFFSETS + 1];
    restart_trial(2);
    for (int count = 0, offset = 0; count <= LONGEST; count = next_count(count), offset = (offset + 1) % OFFSETS) {
        fill_words(words, LONGEST + OFFSETS, 0);
        uint32_t threshold = count % 5 == 0 ? words[offset] : (uint32_t)trial_number();
        mask[offset + count] = 77;
        table->mask(words + offset, mask + offset, count, threshold);
        for (int i = offset; i < offset + count; i++)
            assert_int_equal(mask[i], words[i] >= threshold);
        assert_int_equal(mask[offset + count], 77);
    }
}

void check_uniform_numbers(const denoise__random_table *table)
{
    static const double ranges[][2] = {{0, 1}, {-1, 1}, {1, 1 + 0x1p-23}, {-0.3, 1e9}, {5, 5}, {-0x1p-149, 0}};
    static uint32_t words[LONGEST + OFFSETS];
    static float values[LONGEST + OFFSETS + 1];
    restart_trial(3);
    for (int count = 0, offset = 0; count <= LONGEST; count = next_count(count), offset = (offset + 1) % OFFSETS) {
        double low = ranges[count % 6][0], high = ranges[count % 6][1];
        float last = low < high ? nextafterf((float)high, -INFINITY) : (float)low;
        fill_words(words, LONGEST + OFFSETS, 0);
        values[offset + count] = 77;
        table->uniform(words + offset, values + offset, count, low, high - low, last);
        for (int i = offset; i < offset + count; i++) {
            float expected = defined_uniform(words[i], low, high);
            assert_memory_equal(&values[i], &expected, sizeof expected);
        }
        assert_true(values[offset + count] == 77);
    }
}

void check_normal_numbers(const denoise__random_table *table)
{
    static uint32_t words[LONGEST + OFFSETS];
    static float values[LONGEST + OFFSETS + 1];
    restart_trial(4);
    for (int count = 0, offset = 0; count <= LONGEST; count = next_count(count), offset = (offset + 1) % OFFSETS)
        for (int kind = 0; kind < 3; kind++) {
            double mean = kind == 0 ? 0 : -3.7, stddev = count % 3 == 0 ? 1 : 0.9;
            fill_words(words, LONGEST + OFFSETS, kind);
            values[offset + count] = 77;
            table->normal(words + offset, values + offset, count, mean, stddev);
            for (int i = offset; i < offset + count; i++) {
                float expected = defined_normal(words[i], mean, stddev);
                if (memcmp(&values[i], &expected, sizeof expected) != 0)
                    fail_msg("%s, word %u: %a, should be %a", table->name, (unsigned)words[i], (double)values[i],
                             (double)expected);
            }
            assert_true(values[offset + count] == 77);
        }
}

/* Both ends, down to the least double, and everything between on a logarithmic scale. */
static double trial_probability(void)
{
    static const double special[] = {5e-324, 1e-308, 0x1p-1022, 1e-100,      1.388e-11, 1.389e-11, 1e-10,         0x1p-33,
                                     0.075,  0.425,  0.5,       1 - 0x1p-33, 0.925,     1 - 1e-10, 1 - 1.388e-11, 1 - 0x1p-53};
    uint64_t number = trial_number();
    double u = ((double)(number >> 16) + 0.5) * 0x1p-48;
    if (number % 8 == 0) return special[(number >> 4) % 16];
    if (number % 8 == 1) return exp2(-50 * u);
    return number % 8 == 2 ? 1 - exp2(-1 - 50 * u) : u;
}

void check_quantiles(const denoise__random_table *table)
{
    static double p[LONGEST], z[LONGEST + 1];
    restart_trial(5);
    for (int count = 0; count <= LONGEST; count = next_count(count)) {
        for (int i = 0; i < count; i++)
            z[i] = p[i] = trial_probability();
        z[count] = 77;
        table->quantile(count % 2 ? p : z, z, count);
        for (int i = 0; i < count; i++) {
            double expected = denoise__normal_quantile(p[i]);
            if (memcmp(&z[i], &expected, sizeof expected) != 0)
                fail_msg("%s, quantile of %a: %a, should be %a", table->name, p[i], z[i], expected);
        }
        assert_true(z[count] == 77);
    }
}
