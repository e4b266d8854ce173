/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of numbers, piece by piece through the kernels of this CPU. */
#include "kernels/random.h"
#include "core/cpu.h"
#include "core/random.h"
#include <float.h>
#include <stdbool.h>
#include <string.h>

/* A piece is at most so many blocks of Philox: its words stay in the first-level cache. */
enum { WORDS = 4, BLOCKS = 64, LANES = DENOISE__RANDOM_LANES, GROUP = 4, FEW = 2 };
#define LAST_BLOCK (UINT64_MAX / WORDS)

extern const denoise__random_table denoise__random_portable;
#if defined(DENOISE__RANDOM_X86)
extern const denoise__random_table denoise__random_avx2, denoise__random_avx512;
#elif defined(DENOISE__RANDOM_NEON)
extern const denoise__random_table denoise__random_neon;
#endif

static const denoise__random_table *table_of(int32_t isa)
{
    switch (isa) {
#if defined(DENOISE__RANDOM_X86)
    case DENOISE__ISA_AVX512:
        return &denoise__random_avx512;
    case DENOISE__ISA_AVX2:
        return &denoise__random_avx2;
#elif defined(DENOISE__RANDOM_NEON)
    case DENOISE__ISA_NEON:
        return &denoise__random_neon;
#endif
    default:
        return &denoise__random_portable;
    }
}

const denoise__random_table *denoise__random_kernels(void)
{
    return table_of(denoise__cpu_isa());
}

const denoise__random_table *denoise__random_kernels_of(int32_t isa)
{
    if (isa != DENOISE__ISA_PORTABLE && isa > denoise__cpu_isa()) return NULL;
    const denoise__random_table *table = table_of(isa);
    return isa != DENOISE__ISA_PORTABLE && table == &denoise__random_portable ? NULL : table;
}

/* What is still to be made. */
typedef struct source {
    const denoise__random_table *kernels;
    uint64_t seed, stream;
    uint64_t first; /* number of the next row's column 0 */
    uint64_t step;
    int64_t rows, columns;
    int64_t column; /* the next of that row */
    bool aligned;   /* every row begins and ends with a block */
} source;

static source source_of(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns)
{
    source it = {denoise__random_kernels(), seed, stream, first, step, rows, columns, 0, false};
    if (columns <= 0) it.rows = 0;
    if (it.rows > 0 && step == (uint64_t)columns) { /* one row after the other: as one */
        it.columns *= it.rows;
        it.rows = 1;
    }
    it.aligned = ((first | it.step | (uint64_t)it.columns) % WORDS) == 0;
    return it;
}

/* Rows and columns that are made at once. */
typedef struct piece {
    uint64_t first;
    int64_t rows, width;
} piece;

static piece next_piece(source *it)
{
    piece p = {it->first + (uint64_t)it->column, 1, it->columns - it->column};
    int64_t room = BLOCKS * WORDS - (int64_t)(p.first % WORDS);
    if (p.width > room) { /* up to the end of a block, so that the next piece begins with one */
        p.width = room;
        it->column += room;
        return p;
    }
    int64_t blocks = p.width / WORDS + (it->aligned ? 0 : 2); /* that a row takes, at most */
    if (it->column == 0 && blocks <= BLOCKS) p.rows = it->rows < BLOCKS / blocks ? it->rows : BLOCKS / blocks;
    it->rows -= p.rows;
    it->first += (uint64_t)p.rows * it->step;
    it->column = 0;
    return p;
}

/* The indexes of the blocks that hold count numbers from `position`; returns how many. They are written in groups, a vector
 * each, so that up to GROUP - 1 more are written. */
static int64_t list_blocks(uint64_t *indexes, uint64_t position, int64_t count)
{
    uint64_t start = position / WORDS;
    int64_t blocks = ((int64_t)(position % WORDS) + count + WORDS - 1) / WORDS;
    for (int64_t b = 0; b < blocks; b += GROUP) {
        for (int64_t i = 0; i < GROUP; i++)
            indexes[b + i] = (start + (uint64_t)(b + i)) & LAST_BLOCK; /* behind a stream's end is its beginning */
    }
    return blocks;
}

/* Shifts the rows of a piece to the front, over what their blocks hold beside them. */
static void close_gaps(const source *it, const piece *p, uint32_t *words)
{
    const uint32_t *from = words;
    uint32_t *to = words;
    for (int64_t r = 0; r < p->rows; r++) {
        uint64_t skip = (p->first + (uint64_t)r * it->step) % WORDS;
        if (to != from + skip) memmove(to, from + skip, (size_t)p->width * sizeof(*to));
        to += p->width;
        from += ((int64_t)skip + p->width + WORDS - 1) / WORDS * WORDS;
    }
}

/* The next words, in the order of memory; returns how many, 0 at the end. */
static int64_t next_words(source *it, uint32_t words[BLOCKS * WORDS])
{
    uint64_t indexes[BLOCKS + LANES];
    if (it->rows <= 0) return 0;
    piece p = next_piece(it);
    int64_t blocks = 0;
    for (int64_t r = 0; r < p.rows; r++)
        blocks += list_blocks(indexes + blocks, p.first + (uint64_t)r * it->step, p.width);
    memset(indexes + blocks, 0, LANES * sizeof(*indexes)); /* fills the last vector */
    if (blocks <= FEW) {
        for (int64_t b = 0; b < blocks; b++)
            denoise__philox(it->seed, it->stream, indexes[b], words + b * WORDS);
    } else {
        it->kernels->blocks(it->seed, it->stream, indexes, (blocks + LANES - 1) / LANES * LANES, words);
    }
    if (!it->aligned) close_gaps(it, &p, words);
    return p.rows * p.width;
}

void denoise__random_words_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                              uint32_t *words)
{
    uint32_t made[BLOCKS * WORDS];
    source it = source_of(seed, stream, first, step, rows, columns);
    for (int64_t count; (count = next_words(&it, made)) > 0; words += count)
        memcpy(words, made, (size_t)count * sizeof(*words));
}

void denoise__random_mask_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                             uint8_t *mask, uint64_t threshold)
{
    uint32_t made[BLOCKS * WORDS];
    if (threshold > UINT32_MAX || threshold == 0) {
        if (rows > 0 && columns > 0) memset(mask, threshold == 0, (size_t)rows * (size_t)columns);
        return;
    }
    source it = source_of(seed, stream, first, step, rows, columns);
    for (int64_t count; (count = next_words(&it, made)) > 0; mask += count)
        it.kernels->mask(made, mask, count, (uint32_t)threshold);
}

/* The greatest float below `high`. */
static float below(double high)
{
    float value = (float)high;
    if ((double)value < high) return value;
    if (value == 0) return -FLT_TRUE_MIN;
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits = value > 0 ? bits - 1 : bits + 1;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

void denoise__random_uniform_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                                float *values, double low, double high)
{
    uint32_t made[BLOCKS * WORDS];
    float last = low < high ? below(high) : (float)low;
    source it = source_of(seed, stream, first, step, rows, columns);
    for (int64_t count; (count = next_words(&it, made)) > 0; values += count)
        it.kernels->uniform(made, values, count, low, high - low, last);
}

void denoise__random_normal_2d(uint64_t seed, uint64_t stream, uint64_t first, uint64_t step, int64_t rows, int64_t columns,
                               float *values, double mean, double stddev)
{
    uint32_t made[BLOCKS * WORDS];
    source it = source_of(seed, stream, first, step, rows, columns);
    for (int64_t count; (count = next_words(&it, made)) > 0; values += count)
        it.kernels->normal(made, values, count, mean, stddev);
}

void denoise__random_words(uint64_t seed, uint64_t stream, uint64_t position, uint32_t *words, int64_t count)
{
    denoise__random_words_2d(seed, stream, position, 0, 1, count, words);
}

void denoise__random_uniform(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double low,
                             double high)
{
    denoise__random_uniform_2d(seed, stream, position, 0, 1, count, values, low, high);
}

void denoise__random_normal(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double mean,
                            double stddev)
{
    denoise__random_normal_2d(seed, stream, position, 0, 1, count, values, mean, stddev);
}
