/* SPDX-License-Identifier: Apache-2.0 */
/* The core of the products, compiled once per instruction set with DENOISE__TILE_TABLE (the table's name) and
 * DENOISE__TILE_NAME (its text) defined.
 *
 * A tile of C stays in registers while k runs: `rows` x `panels` x 16 floats. For each k it takes one vector load per
 * vector of B and one broadcast per row of A. Its size is bounded by the registers and by the two units that multiply:
 * at least 8 to 10 independent chains hide the latency of a fused multiply-add. */
#include "kernels/simd.h"
#include "kernels/tile.h"
#include "kernels/tile_panel.inc.h"

/* clang-format off */
/* Shapes of tiles, SHAPE(rows, panels): for few rows more panels. Rows that fill no tile are cut into the next lower ones. */
#if VF_LANES == 16
#define TALL 16
#define SHAPES                                                                                                                 \
    SHAPE(1, 1) SHAPE(1, 8) SHAPE(2, 1) SHAPE(2, 4) SHAPE(4, 1) SHAPE(4, 4) SHAPE(8, 1) SHAPE(8, 2) SHAPE(16, 1)
#elif VF_LANES == 8 || VF_LANES == 4
#define TALL 6
#define SHAPES                                                                                                                 \
    SHAPE(1, 1) SHAPE(1, 4) SHAPE(1, 6) SHAPE(2, 1) SHAPE(2, 3) SHAPE(3, 1) SHAPE(3, 2) SHAPE(4, 1) SHAPE(5, 1) SHAPE(6, 1)
#else
#define TALL 2
#define SHAPES SHAPE(1, 1) SHAPE(2, 1)
#endif
/* clang-format on */

enum {
    MOST = 2 * PANEL, /* vectors of a tile; the registers of the portable set are the compiler's affair */
    LINE = 64,
    FETCHED = 2, /* lines that are fetched while 16 values of k go by */
    WIDEST = 8,  /* panels of a tile */
    PANELS_AT_ONCE = VF_LANES == 16 ? 2 : 1,
    CHUNK = 1024 /* k of one pass, so that a panel of B (64 KiB) stays in the second-level cache for all rows */
};

typedef enum form { PANELS, ROW_MAJOR, TRANSPOSED, FORMS } form;

/* A tile's arguments travel in registers; what is the same for all tiles of a product does not. */
typedef struct strides {
    int64_t a_row, a_panel, b_panel, c_row, c_panel;
} strides;

/* One k: c += a b. */
DENOISE__INLINE void step(const int rows, const int panels, vf *c, const float *a, int64_t a_row, const float *b,
                          int64_t b_panel)
{
    vf bb[WIDEST * VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < panels * VECTORS; v++)
        bb[v] = vf_load(b + v / VECTORS * b_panel + v % VECTORS * VF_LANES);
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++) {
        vf x = vf_set1(a[i * a_row]);
        DENOISE__UNROLL
        for (int v = 0; v < panels * VECTORS; v++)
            c[i * panels * VECTORS + v] = vf_fma(x, bb[v], c[i * panels * VECTORS + v]);
    }
}

DENOISE__INLINE void fetch_lines(const char *line)
{
    DENOISE__UNROLL
    for (int i = 0; i < FETCHED; i++)
        fetch_line(line + i * LINE);
}

/* A tile for `count` values of k. For A in rows these begin at a multiple of 16. */
DENOISE__INLINE void tile(const int rows, const int panels, const form how, const float *a, const float *b, float *to,
                          int64_t count_and_start, const strides *o, const char *line)
{
    vf c[MOST];
    const bool transposed = how == TRANSPOSED;
    const int64_t a_row = how == PANELS ? PANEL : o->a_row;
    const int64_t to_row = transposed ? 1 : a_row, to_next = transposed ? a_row : 1;
    const int64_t a_skip = transposed ? 0 : o->a_panel - PANEL, b_panel = o->b_panel, c_row = o->c_row, c_panel = o->c_panel;
    const int64_t count = count_and_start >> 1;
    const bool continues = (count_and_start & 1) != 0;
    DENOISE__UNROLL
    for (int v = 0; v < rows * panels * VECTORS; v++) {
        const int i = v / (panels * VECTORS), w = v % (panels * VECTORS);
        c[v] = continues ? vf_load(to + w / VECTORS * c_panel + i * c_row + w % VECTORS * VF_LANES) : vf_set1(0.0f);
    }
    for (int64_t left = count / PANEL; left > 0; left--, line += FETCHED * LINE) {
        fetch_lines(line);
        /* unrolled it would only be longer */
        DENOISE__NO_UNROLL
        for (int u = 0; u < PANEL; u += 2) {
            DENOISE__UNROLL
            for (int w = 0; w < 2; w++)
                step(rows, panels, c, a + w * to_next, to_row, b + w * PANEL, b_panel);
            a += 2 * to_next;
            b += 2 * PANEL;
        }
        a += a_skip;
    }
    for (int64_t left = count % PANEL; left > 0; left--, a += to_next, b += PANEL)
        step(rows, panels, c, a, to_row, b, b_panel);
    DENOISE__UNROLL
    for (int v = 0; v < rows * panels * VECTORS; v++) {
        const int i = v / (panels * VECTORS), w = v % (panels * VECTORS);
        vf_store(to + w / VECTORS * c_panel + i * c_row + w % VECTORS * VF_LANES, c[v]);
    }
}

/* count_and_start: the number of k values, times two, plus one when the chains go on from C. */
#define TILE_PARAMETERS const float *a, const float *b, float *c, int64_t count_and_start, const strides *o, const char *fetch
typedef void (*tile_function)(TILE_PARAMETERS);

/* clang-format off */
#define SHAPE(rows, panels)                                                                                                    \
    static void panels_##rows##_##panels(TILE_PARAMETERS)                                                                      \
    {                                                                                                                          \
        tile(rows, panels, PANELS, a, b, c, count_and_start, o, fetch);                                                        \
    }                                                                                                                          \
    static void row_major_##rows##_##panels(TILE_PARAMETERS)                                                                   \
    {                                                                                                                          \
        tile(rows, panels, ROW_MAJOR, a, b, c, count_and_start, o, fetch);                                                     \
    }                                                                                                                          \
    static void transposed_##rows##_##panels(TILE_PARAMETERS)                                                                  \
    {                                                                                                                          \
        tile(rows, panels, TRANSPOSED, a, b, c, count_and_start, o, fetch);                                                    \
    }
/* clang-format on */
SHAPES
#undef SHAPE

#define SHAPE(rows, panels)                                                                                                    \
    [rows][panels] = {panels_##rows##_##panels, row_major_##rows##_##panels, transposed_##rows##_##panels},
static const tile_function tiles[TALL + 1][WIDEST + 1][FORMS] = {SHAPES};
#undef SHAPE

/* The widest tile of `rows` rows that fits. */
static int64_t width_for(int64_t rows, int64_t panels)
{
    int64_t width = panels < WIDEST ? panels : WIDEST;
    while (tiles[rows][width][0] == NULL)
        width--;
    return width;
}

/* Rows of the tile at hand: full ones, and at the end two of nearly equal height rather than a low one. */
static int64_t height_for(int64_t left, int64_t tallest)
{
    int64_t height = left <= tallest ? left : left < 2 * tallest ? (left + 1) / 2 : tallest;
    while (tiles[height][1][0] == NULL)
        height--;
    return height;
}

static int64_t tallest_for(int64_t panels)
{
    return panels >= 2 && PANELS_AT_ONCE >= 2 ? TALL / 2 : TALL;
}

/* Where a tile of `lines` times 16 values of k fetches from; without a wish it is the tile's own operand, which is there. */
static const char *next_lines(denoise__tile_fetch *fetch, int64_t lines, const float *own)
{
    if (fetch == NULL || fetch->piece >= fetch->count) return (const char *)own;
    const char *line = (const char *)fetch->pieces[fetch->piece].data + fetch->offset;
    fetch->offset += lines * FETCHED * LINE;
    if (fetch->offset < fetch->pieces[fetch->piece].bytes) return line;
    fetch->offset = 0;
    fetch->piece++;
    return line;
}

/* All rows against `panels` panels, from b and c on, for `count` values of k from a on. */
static void sweep_rows(const denoise__tile_product *p, form how, const strides *o, const float *a, const float *b, float *c,
                       int64_t panels, int64_t count, bool continues)
{
    int64_t tallest = tallest_for(panels), count_and_start = 2 * count + (continues ? 1 : 0);
    for (int64_t row = 0; row < p->rows;) {
        int64_t rows = height_for(p->rows - row, tallest);
        for (int64_t done = 0; done < panels;) {
            int64_t width = width_for(rows, panels - done);
            const char *fetch = next_lines(p->fetch, count / PANEL, b);
            tiles[rows][width][how](a, b + done * o->b_panel, c + done * o->c_panel, count_and_start, o, fetch);
            done += width;
        }
        a += p->a_is_transposed ? rows : rows * o->a_row;
        c += rows * o->c_row;
        row += rows;
    }
}

static void multiply(const denoise__tile_product *p)
{
    form how = p->a_is_transposed ? TRANSPOSED : p->a_row == PANEL ? PANELS : ROW_MAJOR;
    const strides o = {p->a_row, p->a_panel, p->b_panel, p->c_row, p->c_panel};
    int64_t group = p->rows <= TALL / 2 ? p->panels : PANELS_AT_ONCE;
    for (int64_t k = 0; k < p->k || k == 0; k += CHUNK) {
        int64_t count = p->k - k < CHUNK ? p->k - k : CHUNK;
        const float *a = p->a + (p->a_is_transposed ? k * p->a_row : k / PANEL * p->a_panel);
        for (int64_t j = 0; j < p->panels; j += group) {
            sweep_rows(p, how, &o, a, p->b + j * p->b_panel + k * PANEL, p->c + j * p->c_panel,
                       p->panels - j < group ? p->panels - j : group, count, p->continues || k > 0);
        }
    }
}

extern const denoise__tile DENOISE__TILE_TABLE;
const denoise__tile DENOISE__TILE_TABLE = {
    .name = DENOISE__TILE_NAME,
    .panels_at_once = PANELS_AT_ONCE,
    .multiply = multiply,
    .finish = finish,
    .backward = backward,
    .bce = bce,
    .gather = gather,
    .gather_bytes = gather_bytes,
    .transpose = transpose,
    .rescale = rescale,
};
