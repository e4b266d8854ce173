/* SPDX-License-Identifier: Apache-2.0 */
#include "product.h"
#include "check.h"
#include "core/threads.h"
#include "kernels/gemm.h"
#include "kernels/tile.h"
#include <stdalign.h>

enum { PANEL = DENOISE__PANEL, BLOCK = DENOISE__ROW_BLOCK, ITEM_TILES = 16 };

static float *filled(int64_t count, int period)
{
    float *values = check_floats((size_t)count);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(i % period) / (float)period - 0.5f;
    return values;
}

void product_free(product *p)
{
    free(p->a), free(p->b), free(p->c);
}

static void run_rows(const product *p)
{
    denoise__gemm(p->form == PRODUCT_WEIGHTS, p->form == PRODUCT_INPUT, p->m, p->n, p->k, p->a, p->b, p->c, NULL, NULL);
}

product product_in_rows(product_form form, int64_t m, int64_t n, int64_t k)
{
    return (product){.form = form,
                     .m = m,
                     .n = n,
                     .k = k,
                     .a = filled(m * k, 7),
                     .b = filled(k * n, 5),
                     .c = check_floats((size_t)(m * n)),
                     .run = run_rows};
}

static int64_t panels(int64_t columns)
{
    return (columns + PANEL - 1) / PANEL;
}

/* Floats from panel to panel: an odd number of lines. */
static int64_t stride(int64_t rows)
{
    return (rows | 1) * PANEL;
}

/* A block of rows of y = x W or dx = dy W^T, whose W^T lies there as panels of its own. */
static void run_block(void *context, int64_t index)
{
    const product *p = context;
    int64_t first = index * BLOCK, rows = p->m - first < BLOCK ? p->m - first : BLOCK, count = panels(p->n);
    const denoise__tile *tile = denoise__tile_table();
    for (int64_t j = 0, group; j < count; j += group) {
        group = count - j < tile->panels_at_once ? count - j : tile->panels_at_once;
        tile->multiply(&(denoise__tile_product){.rows = rows,
                                                .panels = group,
                                                .k = p->k,
                                                .a = p->a + first * PANEL,
                                                .a_row = PANEL,
                                                .a_panel = stride(p->m),
                                                .b = p->b + j * stride(p->k),
                                                .b_panel = stride(p->k),
                                                .c = p->c + j * stride(p->m) + first * PANEL,
                                                .c_row = PANEL,
                                                .c_panel = stride(p->m)});
    }
}

/* Tiles of dW: panel i of x with `count` panels of dy from j on. In the step they stay in a buffer like this one until the
 * optimizer has used them. */
static void run_tiles(const product *p, int64_t i, int64_t j, int64_t count)
{
    alignas(64) float tiles[ITEM_TILES * PANEL * PANEL];
    denoise__tile_table()->multiply(&(denoise__tile_product){.rows = PANEL,
                                                             .panels = count,
                                                             .k = p->k,
                                                             .a = p->a + i * stride(p->k),
                                                             .a_row = PANEL,
                                                             .a_is_transposed = true,
                                                             .b = p->b + j * stride(p->k),
                                                             .b_panel = stride(p->k),
                                                             .c = tiles,
                                                             .c_row = PANEL,
                                                             .c_panel = PANEL * PANEL});
}

/* An item is one panel of the longer side with up to ITEM_TILES of the other. */
static void run_item(void *context, int64_t index)
{
    const product *p = context;
    int64_t inputs = panels(p->m), outputs = panels(p->n), across = inputs >= outputs ? outputs : inputs;
    int64_t pieces = (across + ITEM_TILES - 1) / ITEM_TILES, of = index / pieces, from = index % pieces * ITEM_TILES;
    int64_t count = across - from < ITEM_TILES ? across - from : ITEM_TILES;
    if (inputs >= outputs) {
        run_tiles(p, of, from, count);
        return;
    }
    for (int64_t i = from; i < from + count; i++)
        run_tiles(p, i, of, 1);
}

static void run_panels(const product *p)
{
    product copy = *p; /* the pool's context is not const */
    int64_t longer = panels(p->m > p->n ? p->m : p->n), across = panels(p->m > p->n ? p->n : p->m);
    if (p->form == PRODUCT_WEIGHTS) {
        denoise__parallel_for(longer * ((across + ITEM_TILES - 1) / ITEM_TILES), run_item, &copy);
    } else {
        denoise__parallel_for((p->m + BLOCK - 1) / BLOCK, run_block, &copy);
    }
}

product product_in_panels(product_form form, int64_t m, int64_t n, int64_t k)
{
    int64_t a = form == PRODUCT_WEIGHTS ? panels(m) * stride(k) : panels(k) * stride(m);
    return (product){.form = form,
                     .m = m,
                     .n = n,
                     .k = k,
                     .a = filled(a, 7),
                     .b = filled(panels(n) * stride(k), 5),
                     .c = check_floats((size_t)(panels(n) * stride(m))),
                     .run = run_panels};
}
