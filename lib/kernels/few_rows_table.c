/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__FEW_ROWS (the function's name) defined.
 *
 * Eight rows of B at a time are streams that the CPU fetches ahead; C waits in the first-level cache. The chains of an element
 * go on from what C holds, so the cut of k changes no bit. */
#include "kernels/few_rows.h"
#include "kernels/simd.h"

enum { STREAMS = 8, TALL = 4, WIDE = 4 };

/* Where a piece of `count` <= STREAMS values of k begins. */
typedef struct piece {
    const float *a, *b;
    float *c;
    int64_t a_row, a_next, ldb, ldc, count;
    bool continues;
} piece;

/* `rows` rows, `vectors` vectors from column j on. */
DENOISE__INLINE void columns(const int rows, const int vectors, const piece *p, int64_t count, int64_t j)
{
    vf c[TALL * WIDE];
    DENOISE__UNROLL
    for (int v = 0; v < rows * vectors; v++)
        c[v] = p->continues ? vf_load(p->c + v / vectors * p->ldc + j + v % vectors * VF_LANES) : vf_set1(0.0f);
    for (int64_t q = 0; q < count; q++) {
        const float *b = p->b + q * p->ldb + j, *a = p->a + q * p->a_next;
        vf bb[WIDE];
        DENOISE__UNROLL
        for (int v = 0; v < vectors; v++)
            bb[v] = vf_load(b + v * VF_LANES);
        DENOISE__UNROLL
        for (int v = 0; v < rows * vectors; v++)
            c[v] = vf_fma(vf_set1(a[v / vectors * p->a_row]), bb[v % vectors], c[v]);
    }
    DENOISE__UNROLL
    for (int v = 0; v < rows * vectors; v++)
        vf_store(p->c + v / vectors * p->ldc + j + v % vectors * VF_LANES, c[v]);
}

/* The last columns, fewer than a vector. */
static void last_columns(int rows, const piece *p, int64_t j, int64_t left)
{
    for (int i = 0; i < rows; i++) {
        vf c = p->continues ? vf_load_part(p->c + i * p->ldc + j, left) : vf_set1(0.0f);
        for (int64_t q = 0; q < p->count; q++)
            c = vf_fma(vf_set1(p->a[i * p->a_row + q * p->a_next]), vf_load_part(p->b + q * p->ldb + j, left), c);
        vf_store_part(p->c + i * p->ldc + j, c, left);
    }
}

DENOISE__INLINE void all_columns(const int rows, const int vectors, const piece *p, int64_t n)
{
    int64_t j = 0;
    if (p->count == STREAMS) {
        for (; n - j >= vectors * VF_LANES; j += vectors * VF_LANES)
            columns(rows, vectors, p, STREAMS, j);
    }
    for (; n - j >= vectors * VF_LANES; j += vectors * VF_LANES)
        columns(rows, vectors, p, p->count, j);
    for (; n - j >= VF_LANES; j += VF_LANES)
        columns(rows, 1, p, p->count, j);
    if (n > j) last_columns(rows, p, j, n - j);
}

static void some_rows(int64_t rows, const piece *p, int64_t n)
{
    if (rows >= 4)
        all_columns(4, 2, p, n);
    else if (rows == 3)
        all_columns(3, 2, p, n);
    else if (rows == 2)
        all_columns(2, 4, p, n);
    else
        all_columns(1, 4, p, n);
}

void DENOISE__FEW_ROWS(const denoise__product *product);

void DENOISE__FEW_ROWS(const denoise__product *product)
{
    const bool transposed = product->transpose_a;
    for (int64_t k = 0; k < product->k; k += STREAMS) {
        piece p = {.a = product->a + k * (transposed ? product->lda : 1),
                   .b = product->b + k * product->ldb,
                   .c = product->c,
                   .a_row = transposed ? 1 : product->lda,
                   .a_next = transposed ? product->lda : 1,
                   .ldb = product->ldb,
                   .ldc = product->ldc,
                   .count = product->k - k < STREAMS ? product->k - k : STREAMS,
                   .continues = k > 0};
        for (int64_t i = 0; i < product->m; i += TALL) {
            some_rows(product->m - i, &p, product->n);
            p.a += TALL * p.a_row;
            p.c += TALL * p.ldc;
        }
    }
}
