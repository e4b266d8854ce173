/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/column_sums.h"
#include "core/threads.h"
#include "kernels/runs.h"
#include "kernels/tile.h"

enum { SUM_ROWS = DENOISE__ROW_BLOCK };

typedef struct column_sums {
    const float *values; /* (rows, columns) */
    int64_t rows, columns;
    float *partial; /* (blocks, columns) */
    float *sums;
} column_sums;

static int64_t sum_blocks(int64_t rows)
{
    return rows / SUM_ROWS + (rows % SUM_ROWS != 0);
}

static void sum_block_rows(void *context, int64_t first, int64_t count)
{
    const column_sums *job = context;
    const denoise__runs *kernels = denoise__runs_table();
    for (int64_t block = first; block < first + count; block++) {
        float *sums = job->partial + block * job->columns;
        int64_t row = block * SUM_ROWS, stop = row + SUM_ROWS < job->rows ? row + SUM_ROWS : job->rows;
        kernels->add_rows(job->values + row * job->columns, stop - row, job->columns, sums);
    }
}

static void add_blocks(void *context, int64_t first, int64_t count)
{
    const column_sums *job = context;
    int64_t blocks = sum_blocks(job->rows);
    for (int64_t j = first; j < first + count; j++) {
        double sum = 0;
        for (int64_t block = 0; block < blocks; block++)
            sum += (double)job->partial[block * job->columns + j];
        job->sums[j] = (float)sum;
    }
}

/* One row of sums a block. */
size_t denoise__column_sums_scratch(int64_t rows, int64_t columns)
{
    return (size_t)(sum_blocks(rows) * columns) * sizeof(float);
}

void denoise__column_sums(const float *values, int64_t rows, int64_t columns, float *scratch, float *sums)
{
    column_sums job = {values, rows, columns, scratch, sums};
    int64_t blocks = sum_blocks(rows);
    denoise__parallel_ranges(blocks, denoise__grain(SUM_ROWS * columns), sum_block_rows, &job);
    denoise__parallel_ranges(columns, denoise__grain(blocks), add_blocks, &job);
}
