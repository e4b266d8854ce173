/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__RUNS_TABLE (the table's name) and DENOISE__RUNS_NAME (its text) defined.
 *
 * A tile of C, `rows` x `panels` x 16, stays in registers while all runs go by. For each k it takes one load per vector of B
 * and one broadcast per row of A. With four panels six rows fill 24 of 32 registers and read few lines per multiplication,
 * which matters where B comes from the second-level cache. */
#include "kernels/runs.h"
#include "kernels/simd.h"
#include "kernels/tile.h"

enum { PANEL = DENOISE__PANEL, VECTORS = PANEL / VF_LANES };

typedef enum form { PANELS, ROWS } form;

/* clang-format off */
/* Shapes of tiles: SHAPE(rows, panels), for B in panels and for B in rows. */
#if VF_LANES == 16
#define WIDEST 4
#define PANEL_SHAPES                                                                                                           \
    SHAPE(1, 1) SHAPE(2, 1) SHAPE(4, 1) SHAPE(8, 1) SHAPE(16, 1)                                                               \
    SHAPE(1, 2) SHAPE(2, 2) SHAPE(3, 2) SHAPE(4, 2) SHAPE(5, 2) SHAPE(6, 2) SHAPE(7, 2) SHAPE(8, 2) SHAPE(10, 2) SHAPE(12, 2)  \
    SHAPE(14, 2)                                                                                                               \
    SHAPE(1, 4) SHAPE(2, 4) SHAPE(3, 4) SHAPE(4, 4) SHAPE(5, 4) SHAPE(6, 4)
#define ROW_SHAPES                                                                                                             \
    SHAPE(1, 1) SHAPE(2, 1) SHAPE(4, 1) SHAPE(8, 1) SHAPE(16, 1) SHAPE(1, 2) SHAPE(2, 2) SHAPE(4, 2) SHAPE(8, 2) SHAPE(12, 2)  \
    SHAPE(1, 4) SHAPE(2, 4) SHAPE(4, 4)
#define TALLEST 16
#elif VF_LANES == 8 || VF_LANES == 4
#define WIDEST 2
#define PANEL_SHAPES                                                                                                           \
    SHAPE(1, 1) SHAPE(2, 1) SHAPE(3, 1) SHAPE(4, 1) SHAPE(5, 1) SHAPE(6, 1) SHAPE(1, 2) SHAPE(2, 2)
#define ROW_SHAPES SHAPE(1, 1) SHAPE(2, 1) SHAPE(4, 1) SHAPE(6, 1) SHAPE(1, 2) SHAPE(2, 2)
#define TALLEST 6
#else
#define WIDEST 1
#define PANEL_SHAPES SHAPE(1, 1) SHAPE(2, 1)
#define ROW_SHAPES SHAPE(1, 1) SHAPE(2, 1)
#define TALLEST 2
#endif
/* clang-format on */

enum { MOST = 2 * PANEL }; /* vectors of a tile at most */
enum { LINE = 64, FETCHED = 2 /* lines that are fetched while 4 values of k go by */ };

/* What is the same for all tiles of a product. */
typedef struct common {
    const denoise__run *runs, *end;
    int64_t a_row, a_next, b_row, b_panel, c_row;
    int64_t columns; /* of the last panel */
    bool continues;
    int64_t fetch_step; /* bytes from line to line; 0: the same one again and again */
} common;

/* Never a fault. */
DENOISE__INLINE void fetch_line(const char *line)
{
#if defined(__GNUC__) && VF_LANES > 1
    __builtin_prefetch(line, 0, 2);
#else
    (void)line;
#endif
}

DENOISE__INLINE vf load_lanes(const float *p, int64_t count)
{
    return count >= VF_LANES ? vf_load(p) : count > 0 ? vf_load_part(p, count) : vf_set1(0.0f);
}

DENOISE__INLINE void store_lanes(float *p, vf x, int64_t count)
{
    if (count >= VF_LANES)
        vf_store(p, x);
    else if (count > 0)
        vf_store_part(p, x, count);
}

/* One k: c += a b. `part`: of the one panel only the first columns are there, in C and in rows of B. */
DENOISE__INLINE void step(const int rows, const int panels, const form how, const bool part, vf *c, const float *a,
                          int64_t a_row, const float *b, int64_t b_panel, int64_t columns)
{
    vf bb[WIDEST * VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < panels * VECTORS; v++) {
        if (how == PANELS)
            bb[v] = vf_load(b + v / VECTORS * b_panel + v % VECTORS * VF_LANES);
        else
            bb[v] = part ? load_lanes(b + v * VF_LANES, columns - v * VF_LANES) : vf_load(b + v * VF_LANES);
    }
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++) {
        vf x = vf_set1(a[how == PANELS ? i * a_row : i]);
        DENOISE__UNROLL
        for (int v = 0; v < panels * VECTORS; v++)
            c[i * panels * VECTORS + v] = vf_fma(x, bb[v], c[i * panels * VECTORS + v]);
    }
}

DENOISE__INLINE void tile(const int rows, const int panels, const form how, const bool part, const float *a, const float *b,
                          float *to, const common *o, const char *line)
{
    vf c[MOST];
    const int64_t a_row = o->a_row, b_panel = o->b_panel, columns = o->columns, c_row = o->c_row;
    const int64_t a_next = how == PANELS ? 1 : o->a_next, b_row = how == PANELS ? PANEL : o->b_row;
    DENOISE__UNROLL
    for (int v = 0; v < rows * panels * VECTORS; v++) {
        const int i = v / (panels * VECTORS), w = v % (panels * VECTORS) * VF_LANES;
        const float *from = to + i * c_row + w;
        c[v] = !o->continues ? vf_set1(0.0f) : part ? load_lanes(from, columns - w) : vf_load(from);
    }
    for (const denoise__run *run = o->runs; run < o->end; run++) {
        const float *aa = a + run->a, *bb = b + run->b;
        int64_t left = run->count;
        for (; left >= 4; left -= 4) {
            for (int i = 0; i < FETCHED && how == PANELS; i++, line += o->fetch_step)
                fetch_line(line);
            DENOISE__UNROLL
            for (int u = 0; u < 4; u++)
                step(rows, panels, how, part, c, aa + u * a_next, a_row, bb + u * b_row, b_panel, columns);
            aa += 4 * a_next;
            bb += 4 * b_row;
        }
        DENOISE__NO_UNROLL
        for (; left > 0; left--, aa += a_next, bb += b_row)
            step(rows, panels, how, part, c, aa, a_row, bb, b_panel, columns);
    }
    DENOISE__UNROLL
    for (int v = 0; v < rows * panels * VECTORS; v++) {
        const int i = v / (panels * VECTORS), w = v % (panels * VECTORS) * VF_LANES;
        if (part)
            store_lanes(to + i * c_row + w, c[v], columns - w);
        else
            vf_store(to + i * c_row + w, c[v]);
    }
}

#define PARAMETERS const float *a, const float *b, float *c, const common *o, const char *line
typedef void (*tile_function)(PARAMETERS);

/* clang-format off */
#define SHAPE(rows, panels)                                                                                                    \
    static void panels_##rows##_##panels(PARAMETERS) { tile(rows, panels, PANELS, false, a, b, c, o, line); }
PANEL_SHAPES
#undef SHAPE
#define SHAPE(rows, panels)                                                                                                    \
    static void rows_##rows##_##panels(PARAMETERS) { tile(rows, panels, ROWS, false, a, b, c, o, line); }
ROW_SHAPES
#undef SHAPE
#define PART(rows)                                                                                                             \
    static void panels_part_##rows(PARAMETERS) { tile(rows, 1, PANELS, true, a, b, c, o, line); }                                    \
    static void rows_part_##rows(PARAMETERS) { tile(rows, 1, ROWS, true, a, b, c, o, line); }
#if VF_LANES == 16
#define PARTS PART(1) PART(2) PART(4) PART(8)
#elif VF_LANES == 8 || VF_LANES == 4
#define PARTS PART(1) PART(2) PART(4)
#else
#define PARTS PART(1) PART(2)
#endif
PARTS
#undef PART
/* clang-format on */

static const tile_function tiles[2][TALLEST + 1][WIDEST + 1] = {
#define SHAPE(rows, panels) [PANELS][rows][panels] = panels_##rows##_##panels,
    PANEL_SHAPES
#undef SHAPE
#define SHAPE(rows, panels) [ROWS][rows][panels] = rows_##rows##_##panels,
        ROW_SHAPES
#undef SHAPE
};
static const tile_function part_tiles[2][TALLEST + 1] = {
#define PART(rows) [PANELS][rows] = panels_part_##rows, [ROWS][rows] = rows_part_##rows,
    PARTS
#undef PART
};

static tile_function tile_for(form how, bool part, int64_t rows, int64_t panels)
{
    return part ? part_tiles[how][rows] : tiles[how][rows][panels];
}

/* Rows of the tile at hand: full ones, and at the end two of nearly equal height rather than a low one. */
static int64_t height_for(form how, bool part, int64_t left, int64_t panels)
{
    int64_t tallest = TALLEST;
    while (tile_for(how, part, tallest, panels) == NULL)
        tallest--;
    int64_t height = left <= tallest ? left : left < 2 * tallest ? (left + 1) / 2 : tallest;
    while (tile_for(how, part, height, panels) == NULL)
        height--;
    return height;
}

/* Where a tile of `lines` lines fetches from; without a wish it is the tile's own operand, which is there. */
static const char *next_lines(denoise__tile_fetch *fetch, int64_t lines, const float *own)
{
    if (fetch == NULL || fetch->piece >= fetch->count) return (const char *)own;
    const char *line = (const char *)fetch->pieces[fetch->piece].data + fetch->offset;
    fetch->offset += lines * LINE;
    if (fetch->offset < fetch->pieces[fetch->piece].bytes) return line;
    fetch->offset = 0;
    fetch->piece++;
    return line;
}

/* Lines that a tile fetches. */
static int64_t lines_of(const denoise__runs_product *p)
{
    int64_t lines = 0;
    for (int64_t i = 0; i < p->run_count && p->fetch != NULL; i++)
        lines += p->runs[i].count / 4 * FETCHED;
    return lines;
}

static void sweep(form how, bool part, const denoise__runs_product *p, int64_t panels, const float *b, float *c,
                  const common *o)
{
    const float *a = p->a;
    int64_t lines = lines_of(p);
    for (int64_t left = p->rows, rows; left > 0; left -= rows) {
        rows = height_for(how, part, left, panels);
        const char *line = next_lines(p->fetch, lines, a);
        tile_for(how, part, rows, panels)(a, b, c, o, line);
        a += rows * (how == PANELS ? p->a_row : 1);
        c += rows * p->c_row;
    }
}

static int64_t width_for(form how, int64_t panels)
{
    int64_t width = panels < WIDEST ? panels : WIDEST;
    while (tiles[how][1][width] == NULL)
        width--;
    if (width == 2 && VF_LANES < 16) width = 1; /* two panels are for a row or two alone */
    return width;
}

static void run(form how, const denoise__runs_product *p)
{
    common o = {p->runs,      p->runs + p->run_count,     p->a_row, p->a_next, p->b_row, p->b_panel, p->c_row, PANEL,
                p->continues, p->fetch == NULL ? 0 : LINE};
    int64_t whole = p->columns / PANEL;
    const int64_t panel = how == PANELS ? p->b_panel : PANEL;
    for (int64_t j = 0, width; j < whole; j += width) {
        width = VF_LANES < 16 && p->rows <= 2 && whole - j >= 2 && WIDEST >= 2 ? 2 : width_for(how, whole - j);
        sweep(how, false, p, width, p->b + j * panel, p->c + j * PANEL, &o);
    }
    o.columns = p->columns % PANEL;
    if (o.columns > 0) sweep(how, true, p, 1, p->b + whole * panel, p->c + whole * PANEL, &o);
}

static void multiply(const denoise__runs_product *p)
{
    run(PANELS, p);
}

static void multiply_rows(const denoise__runs_product *p)
{
    run(ROWS, p);
}

/* ---- Few columns */

/* Sixteen chains to one number. */
DENOISE__INLINE float add_up(const vf *c)
{
    float lanes[PANEL];
    DENOISE__UNROLL
    for (int v = 0; v < VECTORS; v++)
        vf_store(lanes + v * VF_LANES, c[v]);
    for (int width = PANEL / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
}

/* Dot products of `rows` rows with one column. */
DENOISE__INLINE void dot_rows(const int rows, const denoise__runs_product *p, const float *a, const float *b, float *to)
{
    vf c[8 * VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < rows * VECTORS; v++)
        c[v] = vf_set1(0.0f);
    for (const denoise__run *run = p->runs; run < p->runs + p->run_count; run++) {
        const float *aa = a + run->a, *bb = b + run->b;
        for (int64_t left = run->count; left > 0; left -= PANEL, aa += PANEL, bb += PANEL) {
            DENOISE__UNROLL
            for (int v = 0; v < VECTORS; v++) {
                const int64_t lanes = left - v * VF_LANES;
                vf w = load_lanes(bb + v * VF_LANES, lanes);
                DENOISE__UNROLL
                for (int i = 0; i < rows; i++)
                    c[i * VECTORS + v] = vf_fma(load_lanes(aa + i * p->a_row + v * VF_LANES, lanes), w, c[i * VECTORS + v]);
            }
        }
    }
    for (int i = 0; i < rows; i++)
        to[i * p->c_row] = add_up(c + i * VECTORS);
}

#if VF_LANES >= 8
enum { DOT_ROWS = 64 / PANEL * VF_LANES / 8 }; /* 8 with 16 lanes, 4 with 8 */
#else
enum { DOT_ROWS = 1 };
#endif

static void dots(const denoise__runs_product *p)
{
    for (int64_t j = 0; j < p->columns; j++) {
        const float *b = p->b + j * p->b_panel;
        int64_t i = 0;
        for (; i + DOT_ROWS <= p->rows; i += DOT_ROWS)
            dot_rows(DOT_ROWS, p, p->a + i * p->a_row, b, p->c + i * p->c_row + j);
        for (; i < p->rows; i++)
            dot_rows(1, p, p->a + i * p->a_row, b, p->c + i * p->c_row + j);
    }
}

/* ---- By columns */

DENOISE__INLINE void column_tile(const int rows, const bool part, const denoise__runs_product *p, const float *a,
                                 const float *b, float *to, int64_t columns)
{
    vf c[4 * VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < rows * VECTORS; v++) {
        const int w = v % VECTORS * VF_LANES;
        const float *from = to + v / VECTORS * p->c_row + w;
        c[v] = !p->continues ? vf_set1(0.0f) : part ? load_lanes(from, columns - w) : vf_load(from);
    }
    for (const denoise__run *run = p->runs; run < p->runs + p->run_count; run++) {
        const float *aa = a + run->a, *bb = b + run->b;
        for (int64_t left = run->count; left > 0; left--, aa += p->a_next, bb += p->b_row) {
            DENOISE__UNROLL
            for (int v = 0; v < VECTORS; v++) {
                const int64_t lanes = columns - v * VF_LANES;
                vf w = part ? load_lanes(bb + v * VF_LANES, lanes) : vf_load(bb + v * VF_LANES);
                DENOISE__UNROLL
                for (int i = 0; i < rows; i++) {
                    const float *x = aa + i * p->a_row + v * VF_LANES;
                    c[i * VECTORS + v] = vf_fma(part ? load_lanes(x, lanes) : vf_load(x), w, c[i * VECTORS + v]);
                }
            }
        }
    }
    DENOISE__UNROLL
    for (int v = 0; v < rows * VECTORS; v++) {
        const int w = v % VECTORS * VF_LANES;
        float *at = to + v / VECTORS * p->c_row + w;
        if (part)
            store_lanes(at, c[v], columns - w);
        else
            vf_store(at, c[v]);
    }
}

#if VF_LANES >= 4
enum { COLUMN_ROWS = 4 };
#else
enum { COLUMN_ROWS = 1 };
#endif

DENOISE__INLINE void column_sweep(const bool part, const denoise__runs_product *p, int64_t j, int64_t columns)
{
    int64_t i = 0;
    for (; i + COLUMN_ROWS <= p->rows; i += COLUMN_ROWS)
        column_tile(COLUMN_ROWS, part, p, p->a + i * p->a_row + j, p->b + j, p->c + i * p->c_row + j, columns);
    for (; i < p->rows; i++)
        column_tile(1, part, p, p->a + i * p->a_row + j, p->b + j, p->c + i * p->c_row + j, columns);
}

static void by_columns(const denoise__runs_product *p)
{
    int64_t whole = p->columns / PANEL * PANEL;
    for (int64_t j = 0; j < whole; j += PANEL)
        column_sweep(false, p, j, PANEL);
    if (whole < p->columns) column_sweep(true, p, whole, p->columns - whole);
}

extern const denoise__runs DENOISE__RUNS_TABLE;
const denoise__runs DENOISE__RUNS_TABLE = {
    .name = DENOISE__RUNS_NAME, .multiply = multiply, .multiply_rows = multiply_rows, .dots = dots, .by_columns = by_columns};
