/* SPDX-License-Identifier: Apache-2.0 */
/* Products in blocks.
 *
 * C is cut into a grid of row blocks and column blocks that depends on m, n, k and the engine alone. Each block is one
 * single-threaded product over the whole of k, so that which thread computes it cannot change a bit. A BLAS packs
 * (rows + columns) k numbers per block, so blocks should be few and nearly square: the longer side is halved until the blocks
 * are enough for the threads that a machine may have, or small. The native engine packs columns only and wants a block of A
 * that stays in the second-level cache. */
#include "kernels/gemm.h"
#include "core/cpu.h"
#include "core/threads.h"
#include "kernels/engine.h"
#include "kernels/gemm_cblas.h"
#include "kernels/gemm_native.h"
#include <stdatomic.h>
#include <string.h>

enum {
    NATIVE_ROWS = 192, /* of a block at most, unless there are too many; packing then costs some 2 % */
    ROW_UNIT = 24,     /* a multiple of the height of tiles */
    COLUMN_UNIT = 32,  /* two panels */
    LONG_UNIT = 128,
    FEW_BLOCKS = 8,                /* enough for 8 threads; packing then costs some 5 % (MNIST's products, OpenBLAS) */
    NATIVE_WORK = 64 * 1024,       /* multiplications that a block should have (some microseconds) */
    SMALL_WORK = 1024 * 1024,      /* multiplications below which a block is never cut */
    MAX_BLOCKS = 32,               /* of a great product, whose blocks are worth more than GREAT_WORK each */
    GREAT_WORK = 64 * 1024 * 1024, /* there packing costs next to nothing */
    BLOCK_UNIT = 16                /* block lengths are multiples of it, as are the tiles of the BLAS's kernels */
};

typedef struct grid {
    denoise__product product;
    int64_t rows, columns; /* of one block */
    int64_t row_blocks, column_blocks;
    denoise__gemm_epilogue epilogue;
    void *context;
    int32_t engine;
    atomic_int missing[MAX_BLOCKS]; /* column blocks that a row block still waits for */
} grid;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

static int64_t block_length(int64_t length, int64_t parts)
{
    return ceil_div(ceil_div(length, parts), BLOCK_UNIT) * BLOCK_UNIT;
}

/* Halves the longer side. */
static void cut_for_cblas(grid *g)
{
    const denoise__product *product = &g->product;
    int64_t row_parts = 1, column_parts = 1;
    while (row_parts * column_parts < MAX_BLOCKS) {
        int64_t rows = ceil_div(product->m, row_parts), columns = ceil_div(product->n, column_parts);
        double least = row_parts * column_parts < FEW_BLOCKS ? SMALL_WORK : GREAT_WORK;
        if ((double)rows * (double)columns * (double)product->k < 2 * least) break;
        if (rows <= 2 * BLOCK_UNIT && columns <= 2 * BLOCK_UNIT) break;
        if (rows >= columns)
            row_parts *= 2;
        else
            column_parts *= 2;
    }
    g->rows = block_length(product->m, row_parts);
    g->columns = block_length(product->n, column_parts);
}

/* Rows first; columns where the rows make too few blocks for the work. Rows that are few read B as it lies, in long pieces. */
static void cut_for_native(grid *g)
{
    const denoise__product *product = &g->product;
    double parts = (double)product->m * (double)product->n * (double)product->k / NATIVE_WORK;
    int64_t most = parts < 1 ? 1 : parts < FEW_BLOCKS ? (int64_t)parts : FEW_BLOCKS;
    int64_t row_parts = ceil_div(product->m, NATIVE_ROWS);
    if (row_parts > most) row_parts = parts < MAX_BLOCKS ? most : least(row_parts, MAX_BLOCKS);
    int64_t column_parts = ceil_div(most, row_parts), unit = product->m < ROW_UNIT ? LONG_UNIT : COLUMN_UNIT;
    g->rows = ceil_div(ceil_div(product->m, row_parts), ROW_UNIT) * ROW_UNIT;
    g->columns = ceil_div(ceil_div(product->n, column_parts), unit) * unit;
}

static void cut(grid *g)
{
    const denoise__product *product = &g->product;
    if (g->engine == DENOISE__ENGINE_CBLAS)
        cut_for_cblas(g);
    else
        cut_for_native(g);
    g->row_blocks = ceil_div(product->m, g->rows);
    g->column_blocks = ceil_div(product->n, g->columns);
    for (int64_t i = 0; i < g->row_blocks; i++)
        atomic_init(&g->missing[i], (int)g->column_blocks);
}

static int64_t length_at(int64_t length, int64_t first, int64_t block)
{
    return length - first < block ? length - first : block;
}

static void compute_block(void *context, int64_t index)
{
    grid *g = context;
    int64_t row_block = index / g->column_blocks, column_block = index % g->column_blocks;
    int64_t i = row_block * g->rows, j = column_block * g->columns;
    denoise__product part = g->product;
    part.m = length_at(part.m, i, g->rows);
    part.n = length_at(part.n, j, g->columns);
    part.a += part.transpose_a ? i : i * part.lda;
    part.b += part.transpose_b ? j * part.ldb : j;
    part.c += i * part.ldc + j;
    if (g->engine == DENOISE__ENGINE_CBLAS)
        denoise__cblas_product(&part, DENOISE__CBLAS_LIMIT);
    else
        denoise__native_product(&part, denoise__tile_table(), denoise__few_rows_of(denoise__cpu_isa()));
    if (g->epilogue != NULL && atomic_fetch_sub(&g->missing[row_block], 1) == 1) g->epilogue(g->context, i, part.m);
}

static void clear(float *c, int64_t m, int64_t n, denoise__gemm_epilogue epilogue, void *context)
{
    memset(c, 0, (size_t)(m * n) * sizeof *c);
    if (epilogue != NULL) epilogue(context, 0, m);
}

void denoise__gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                   float *c, denoise__gemm_epilogue epilogue, void *context)
{
    if (m <= 0 || n <= 0) return;
    if (k <= 0) {
        clear(c, m, n, epilogue, context);
        return;
    }
    grid g = {.product = {transpose_a, transpose_b, m, n, k, a, b, c, transpose_a ? m : k, transpose_b ? k : n, n},
              .epilogue = epilogue,
              .context = context};
    g.engine = denoise__engine_enter();
    cut(&g);
    if (g.engine == DENOISE__ENGINE_CBLAS) denoise__cblas_enter();
    denoise__parallel_for(g.row_blocks * g.column_blocks, compute_block, &g);
    if (g.engine == DENOISE__ENGINE_CBLAS) denoise__cblas_leave();
    denoise__engine_leave();
}
