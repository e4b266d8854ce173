/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled once per instruction set, with DENOISE__RUNS_TABLE (the table's name) and DENOISE__RUNS_NAME (its text) defined.
 *
 * A tile of C, `rows` x `panels` x 16, stays in registers while all runs go by. For each k it takes one load per vector of B
 * and one broadcast per row of A. With four panels six rows fill 24 of 32 registers and read few lines per multiplication,
 * which matters where B comes from the second-level cache. */
#include "kernels/runs.h"
#include "kernels/simd.h"
#include "kernels/simd_lanes.h"
#include "kernels/tile.h"

enum { PANEL = DENOISE__PANEL, VECTORS = PANEL / VF_LANES };

/* B in panels; B in rows, and rows of A that follow each other, or each at a place of its own. */
typedef enum form { PANELS, ROWS, PLACES, FORMS } form;

/* clang-format off */
/* Every height up to the tallest, of tiles of one panel and of several. Places take a pointer per row of A: eight stay in
 * registers. */
#define UP_TO_2(f, w) f(1, w) f(2, w)
#define UP_TO_4(f, w) UP_TO_2(f, w) f(3, w) f(4, w)
#define UP_TO_6(f, w) UP_TO_4(f, w) f(5, w) f(6, w)
#define UP_TO_8(f, w) UP_TO_6(f, w) f(7, w) f(8, w)
#define UP_TO_14(f, w) UP_TO_8(f, w) f(9, w) f(10, w) f(11, w) f(12, w) f(13, w) f(14, w)
#if VF_LANES == 16 && defined(DENOISE__LOW_TILES) /* all of them take an instrumenting compiler minutes */
#define WIDEST 4
#define PANEL_SHAPES(f) UP_TO_4(f, 1) UP_TO_4(f, 2) UP_TO_2(f, 4)
#define ROW_SHAPES(f)   UP_TO_4(f, 1) UP_TO_4(f, 2)
#define PLACE_SHAPES(f) UP_TO_4(f, 1) UP_TO_4(f, 2)
#define TALLEST         {[PANELS] = {0, 4, 4, 0, 2}, [ROWS] = {0, 4, 4}, [PLACES] = {0, 4, 4}}
#elif VF_LANES == 16
#define WIDEST 4
#define PANEL_SHAPES(f) UP_TO_14(f, 1) UP_TO_14(f, 2) UP_TO_6(f, 4)
#define ROW_SHAPES(f)   UP_TO_8(f, 1) UP_TO_14(f, 2)
#define PLACE_SHAPES(f) UP_TO_8(f, 1) UP_TO_8(f, 2)
#define TALLEST         {[PANELS] = {0, 14, 14, 0, 6}, [ROWS] = {0, 8, 14}, [PLACES] = {0, 8, 8}}
#elif VF_LANES == 8 || VF_LANES == 4
#define WIDEST 2
#define PANEL_SHAPES(f) UP_TO_6(f, 1) UP_TO_2(f, 2)
#define ROW_SHAPES(f)   UP_TO_6(f, 1) UP_TO_2(f, 2)
#define PLACE_SHAPES(f) UP_TO_6(f, 1)
#define TALLEST         {[PANELS] = {0, 6, 2}, [ROWS] = {0, 6, 2}, [PLACES] = {0, 6}}
#else
#define WIDEST 1
#define PANEL_SHAPES(f) UP_TO_2(f, 1)
#define ROW_SHAPES(f)   UP_TO_2(f, 1)
#define PLACE_SHAPES(f) UP_TO_2(f, 1)
#define TALLEST         {[PANELS] = {0, 2}, [ROWS] = {0, 2}, [PLACES] = {0, 2}}
#endif
/* clang-format on */

enum { MOST = 2 * PANEL, HIGHEST = 14 }; /* vectors and rows of a tile at most */
enum { FETCHED = 32 };                   /* bytes that are fetched while one k goes by */

static const float zeros[PANEL]; /* where no chain goes on */

/* What is the same for all tiles of a stripe of panels. */
typedef struct common {
    const denoise__runs_product *product;
    int64_t c_row;
    int64_t columns;   /* of the stripe */
    bool ends;         /* there are a bias and a limit: */
    const float *bias; /* of the columns at hand */
    float limit;       /* 0 of a rectifier, -infinity of none */
    const float *mask; /* of the tile at hand; NULL: none */
    const char *line;  /* at which the tile at hand begins to fetch, and how far it goes for each k */
    int64_t line_step;
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

static common common_of(const denoise__runs_product *p)
{
    return (common){.product = p,
                    .c_row = p->c_row,
                    .columns = PANEL,
                    .ends = p->bias != NULL || p->rectifies,
                    .limit = p->rectifies ? 0.0f : -INFINITY,
                    .line_step = p->fetch != NULL ? FETCHED : 0};
}

/* Added to a bias: -0 changes no number, and is what stands for one that is not there. A rectifier gives +0 for both zeros:
 * beside +0 no sum is -0. */
static float no_bias(const denoise__runs_product *p)
{
    return p->rectifies ? 0.0f : -0.0f;
}

DENOISE__INLINE int64_t lanes_of(int64_t count)
{
    return count < 0 ? 0 : count < VF_LANES ? count : VF_LANES;
}

/* Of `count` columns from j on, as far as they are there, where something is added. */
static void take_bias(common *o, int64_t j, int64_t count, float *bias)
{
    const denoise__runs_product *p = o->product;
    const vf none = vf_set1(no_bias(p));
    o->bias = bias;
    for (int64_t i = 0; i < count && o->ends; i += VF_LANES) {
        vf given = p->bias != NULL ? load_lanes(p->bias + j + i, lanes_of(p->columns - j - i)) : none;
        vf_store(bias + i, vf_add(given, none));
    }
}

DENOISE__INLINE vf end_of(vf c, vf bias, vf limit)
{
    return vf_above(limit, vf_add(c, bias));
}

/* Vector v of a row of B. Panels are filled up with zeros; of rows only `columns` numbers may be read. */
DENOISE__INLINE vf load_b(const int panels, const form how, const float *b, int v, int64_t b_panel, int64_t columns)
{
    if (how == PANELS) return vf_load(b + v / VECTORS * b_panel + v % VECTORS * VF_LANES);
    if (v < (panels - 1) * VECTORS) return vf_load(b + v * VF_LANES);
#if VF_LANES == 16 /* a mask costs nothing there */
    return vf_load_part(b + v * VF_LANES, columns - v * VF_LANES);
#else
    return load_lanes(b + v * VF_LANES, columns - v * VF_LANES);
#endif
}

/* Pointers to every third row of A: x86 adds once and twice a_row to each by itself, and registers are few. */
enum { THIRDS = (HIGHEST + 2) / 3 };

DENOISE__INLINE void begin_rows(const int rows, const float **thirds, const float *first, int64_t a_row)
{
    DENOISE__UNROLL
    for (int i = 0; i < (rows + 2) / 3; i++) {
        thirds[i] = first + i * 3 * a_row;
        DENOISE__KEEP(thirds[i]);
    }
}

DENOISE__INLINE void next_k(const int rows, const float **thirds, int64_t step)
{
    DENOISE__UNROLL
    for (int i = 0; i < (rows + 2) / 3; i++)
        thirds[i] += step;
}

/* One k: c += a b. Row i of A: of panels, see above; of rows, one number further; else it begins at a place of its own. */
DENOISE__INLINE void step(const int rows, const int panels, const form how, vf *c, const float *const *a, int64_t at,
                          int64_t a_row, const float *b, int64_t b_panel, int64_t columns)
{
    vf bb[WIDEST * VECTORS];
    DENOISE__UNROLL
    for (int v = 0; v < panels * VECTORS; v++)
        bb[v] = load_b(panels, how, b, v, b_panel, columns);
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++) {
        vf x = vf_set1(how == PANELS ? a[i / 3][at + i % 3 * a_row] : how == ROWS ? a[0][at + i] : a[i][at]);
        DENOISE__UNROLL
        for (int v = 0; v < panels * VECTORS; v++)
            c[i * panels * VECTORS + v] = vf_fma(x, bb[v], c[i * panels * VECTORS + v]);
    }
}

/* One run over a tile with B in panels. Small tiles have more than one k in flight. */
DENOISE__INLINE const char *panel_run(const int rows, const int panels, vf *c, const common *o, const float *a, const float *b,
                                      int64_t left, const char *line)
{
    const int deep = rows * panels * VECTORS <= 4 ? 4 : 1;
    const int64_t a_row = o->product->a_row, b_panel = o->product->b_panel, line_step = o->line_step;
    const float *thirds[THIRDS];
    begin_rows(rows, thirds, a, a_row);
    if (deep > 1)
        for (; left >= deep; left -= deep, b += deep * PANEL) {
            DENOISE__UNROLL
            for (int u = 0; u < deep; u++)
                step(rows, panels, PANELS, c, thirds, u, a_row, b + u * PANEL, b_panel, PANEL);
            next_k(rows, thirds, deep);
        }
    DENOISE__NO_UNROLL
    for (; left > 0; left--, b += PANEL, line += line_step) {
        fetch_line(line);
        step(rows, panels, PANELS, c, thirds, 0, a_row, b, b_panel, PANEL);
        next_k(rows, thirds, 1);
    }
    return line;
}

/* All runs over a tile. */
DENOISE__INLINE void all_runs(const int rows, const int panels, const form how, vf *c, const common *o, const float *const *a,
                              const float *b)
{
    const denoise__runs_product *p = o->product;
    const char *line = o->line;
    const int64_t columns = o->columns, a_next = p->a_next, b_row = p->b_row;
    for (const denoise__run *run = p->runs, *end = run + p->run_count; run < end; run++) {
        const float *bb = b + run->b;
        if (how == PANELS) {
            line = panel_run(rows, panels, c, o, a[0] + run->a, bb, run->count, line);
            continue;
        }
        DENOISE__NO_UNROLL
        for (int64_t at = run->a, left = run->count; left > 0; left--, at += a_next, bb += b_row)
            step(rows, panels, how, c, a, at, 0, bb, 0, columns);
    }
}

DENOISE__INLINE void end_tile(const int rows, const int panels, vf *c, const common *o)
{
    const vf limit = vf_set1(o->limit);
    DENOISE__UNROLL
    for (int v = 0; v < panels * VECTORS; v++) {
        vf bias = vf_load(o->bias + v * VF_LANES);
        DENOISE__UNROLL
        for (int i = 0; i < rows; i++)
            c[i * panels * VECTORS + v] = end_of(c[i * panels * VECTORS + v], bias, limit);
    }
}

/* Lanes of the last panel that are there; where masks cost something, whole panels are. */
DENOISE__INLINE vm last_lanes(const int panels, const common *o)
{
    return vm_first(VF_LANES == 16 ? o->columns - (panels - 1) * PANEL : VF_LANES);
}

/* Vector v of a row of C. */
DENOISE__INLINE vf load_c(const int panels, const float *c, int v, vm last)
{
#if VF_LANES == 16
    if (v == panels - 1) return vf_load_where(last, c + v * VF_LANES);
#endif
    (void)panels, (void)last;
    return vf_load(c + v * VF_LANES);
}

DENOISE__INLINE void store_c(const int panels, float *c, int v, vf x, vm last)
{
#if VF_LANES == 16
    if (v == panels - 1) {
        vf_store_where(last, c + v * VF_LANES, x);
        return;
    }
#endif
    (void)panels, (void)last;
    vf_store(c + v * VF_LANES, x);
}

/* 0 where the mask is not above 0. */
DENOISE__INLINE void mask_tile(const int rows, const int panels, vf *c, const common *o, vm last)
{
    const float *mask = o->mask;
    const int64_t c_row = o->c_row;
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++, mask += c_row) {
        DENOISE__UNROLL
        for (int v = 0; v < panels * VECTORS; v++) {
            vf at = load_c(panels, mask, v, last);
            c[i * panels * VECTORS + v] = vf_zero_where(vf_le(at, vf_set1(0.0f)), c[i * panels * VECTORS + v]);
        }
    }
}

DENOISE__INLINE void tile(const int rows, const int panels, const form how, const float *const *a, const float *b,
                          const float *from, float *to, const common *o)
{
    vf c[MOST];
    const int64_t c_row = o->c_row;
    const vm last = last_lanes(panels, o);
    DENOISE__UNROLL
    for (int v = 0; v < rows * panels * VECTORS; v++)
        c[v] = vf_set1(0.0f);
    if (from != NULL) {
        DENOISE__UNROLL
        for (int i = 0; i < rows; i++, from += c_row) {
            DENOISE__UNROLL
            for (int v = 0; v < panels * VECTORS; v++)
                c[i * panels * VECTORS + v] = load_c(panels, from, v, last);
        }
    }
    all_runs(rows, panels, how, c, o, a, b);
    if (how == PANELS && o->ends) end_tile(rows, panels, c, o);
    if (how == PANELS && o->mask != NULL) mask_tile(rows, panels, c, o, last);
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++, to += c_row) {
        DENOISE__UNROLL
        for (int v = 0; v < panels * VECTORS; v++)
            store_c(panels, to, v, c[i * panels * VECTORS + v], last);
    }
}

/* C begins as what is at `from`: itself where chains go on, else NULL: zeros. */
#define PARAMETERS const float *const *a, const float *b, const float *from, float *c, const common *o
typedef void (*tile_function)(PARAMETERS);

/* clang-format off */
#define PANEL_TILE(rows, panels)                                                                                               \
    static void panels_##rows##_##panels(PARAMETERS) { tile(rows, panels, PANELS, a, b, from, c, o); }
#define ROW_TILE(rows, panels)                                                                                                 \
    static void rows_##rows##_##panels(PARAMETERS) { tile(rows, panels, ROWS, a, b, from, c, o); }
#define PLACE_TILE(rows, panels)                                                                                               \
    static void places_##rows##_##panels(PARAMETERS) { tile(rows, panels, PLACES, a, b, from, c, o); }
PANEL_SHAPES(PANEL_TILE)
ROW_SHAPES(ROW_TILE)
PLACE_SHAPES(PLACE_TILE)
/* clang-format on */

static const tile_function tiles[FORMS][WIDEST + 1][HIGHEST + 1] = {
#define PANEL_ENTRY(rows, panels) [PANELS][panels][rows] = panels_##rows##_##panels,
#define ROW_ENTRY(rows, panels)   [ROWS][panels][rows] = rows_##rows##_##panels,
#define PLACE_ENTRY(rows, panels) [PLACES][panels][rows] = places_##rows##_##panels,
    PANEL_SHAPES(PANEL_ENTRY) ROW_SHAPES(ROW_ENTRY) PLACE_SHAPES(PLACE_ENTRY)};
static const int8_t tallest_tile[FORMS][WIDEST + 1] = TALLEST;

/* As few tiles as will do, of nearly equal height: `taller` of height + 1 and then the others. */
typedef struct cut {
    int64_t count, taller, height;
} cut;

static cut cut_rows(int64_t rows, int64_t tallest)
{
    int64_t count = (rows + tallest - 1) / tallest;
    return count == 0 ? (cut){0, 0, 0} : (cut){count, rows % count, rows / count};
}

#if VF_LANES < 16
/* A tile whose last panel is there in part: C goes through memory of whole panels. */
static void tile_apart(tile_function whole, int64_t rows, const float *const *a, const float *b, float *c, const common *o)
{
    float room[HIGHEST * WIDEST * PANEL], mask[HIGHEST * WIDEST * PANEL];
    common apart = *o;
    size_t bytes = (size_t)o->columns * sizeof *c;
    apart.c_row = (o->columns + PANEL - 1) / PANEL * PANEL;
    if (o->product->continues) {
        memset(room, 0, sizeof room);
        for (int64_t i = 0; i < rows; i++)
            memcpy(room + i * apart.c_row, c + i * o->c_row, bytes);
    }
    if (o->mask != NULL) {
        memset(mask, 0, sizeof mask);
        for (int64_t i = 0; i < rows; i++)
            memcpy(mask + i * apart.c_row, o->mask + i * o->c_row, bytes);
        apart.mask = mask;
    }
    whole(a, b, o->product->continues ? room : NULL, room, &apart);
    for (int64_t i = 0; i < rows; i++)
        memcpy(c + i * o->c_row, room + i * apart.c_row, bytes);
}
#endif

/* Where a tile of so many bytes fetches from; without a wish it is the tile's own operand, which is there. */
static const char *next_lines(denoise__tile_fetch *fetch, int64_t bytes, const float *own)
{
    if (fetch == NULL || fetch->piece >= fetch->count) return (const char *)own;
    const char *line = (const char *)fetch->pieces[fetch->piece].data + fetch->offset;
    fetch->offset += bytes;
    if (fetch->offset < fetch->pieces[fetch->piece].bytes) return line;
    fetch->offset = 0;
    fetch->piece++;
    return line;
}

/* Bytes that a tile fetches. */
static int64_t fetched_bytes(const denoise__runs_product *p)
{
    int64_t values = 0;
    for (int64_t i = 0; i < p->run_count && p->fetch != NULL; i++)
        values += p->runs[i].count;
    return values * FETCHED;
}

static const float *mask_at(const denoise__runs_product *p, const float *c)
{
    return p->mask == NULL ? NULL : p->mask + (c - p->c);
}

/* One line of a stripe. */
static void sweep_line(form how, const cut *k, const tile_function *all, const float *line, const float *b, float *to,
                       common *o)
{
    const denoise__runs_product *p = o->product;
    const int64_t bytes = fetched_bytes(p);
    int64_t row = 0;
    for (int64_t t = 0, rows; t < k->count; t++, row += rows, to += rows * o->c_row) {
        const float *a[HIGHEST];
        rows = k->height + (t < k->taller);
        a[0] = line + row * p->a_row;
        o->line = next_lines(p->fetch, bytes, a[0]);
        o->mask = mask_at(p, to);
        if (how == PLACES)
            for (int64_t i = 0; i < rows; i++)
                a[i] = line + (p->a_at != NULL ? p->a_at[row + i] : (row + i) * p->a_row);
#if VF_LANES < 16
        if (o->columns % PANEL != 0) {
            tile_apart(all[rows], rows, a, b, to, o);
            continue;
        }
#endif
        all[rows](a, b, p->continues ? to : NULL, to, o);
    }
}

/* A stripe of `panels` panels, all planes and lines. */
static void sweep(form how, int64_t panels, const float *b, float *c, common *o)
{
    const denoise__runs_product *p = o->product;
    const cut k = cut_rows(p->rows, tallest_tile[how][panels]);
    const float *plane = p->a;
    for (int64_t n = 0; n < p->planes; n++, plane += p->a_plane, c += p->c_plane) {
        const float *line = plane;
        float *to = c;
        for (int64_t l = 0; l < p->lines; l++, line += p->a_line, to += p->c_line)
            sweep_line(how, &k, tiles[how][panels], line, b, to, o);
    }
}

static int64_t width_for(form how, int64_t rows, int64_t panels)
{
    int64_t width = panels < WIDEST ? panels : WIDEST;
    while (width > 1 && tallest_tile[how][width] == 0)
        width--;
    if (VF_LANES < 16 && rows > 2) width = 1; /* there two panels are for a row or two alone */
    return width;
}

static void run(form how, const denoise__runs_product *p)
{
    common o = common_of(p);
    float bias[WIDEST * PANEL];
    const int64_t panel = how == PANELS ? p->b_panel : PANEL, panels = (p->columns + PANEL - 1) / PANEL;
    for (int64_t j = 0, width; j < panels; j += width) {
        width = width_for(how, p->rows, panels - j);
        o.columns = p->columns - j * PANEL < width * PANEL ? p->columns - j * PANEL : width * PANEL;
        take_bias(&o, j * PANEL, width * PANEL, bias);
        sweep(how, width, p->b + j * panel, p->c + j * PANEL, &o);
    }
}

static void multiply(const denoise__runs_product *p)
{
    run(PANELS, p);
}

static void multiply_rows(const denoise__runs_product *p)
{
    run(p->a_at == NULL && p->a_row == 1 ? ROWS : PLACES, p);
}

/* ---- Few columns */

/* Rows whose sums are under way together: as many as registers hold. */
#if VF_LANES == 16 && !defined(DENOISE__LOW_TILES)
enum { DOT_ROWS = 16 };
#elif VF_LANES >= 4
enum { DOT_ROWS = 4 };
#else
enum { DOT_ROWS = 1 };
#endif

/* Sixteen chains of each of `rows` rows with one column, the later half added to the earlier until a vector is left. */
DENOISE__INLINE void dot_rows(const int rows, const denoise__runs_product *p, const float *a, const float *b, vf *sums)
{
    vf c[DOT_ROWS * VECTORS];
    const int64_t a_row = p->a_row;
    DENOISE__UNROLL
    for (int v = 0; v < rows * VECTORS; v++)
        c[v] = vf_set1(0.0f);
    for (const denoise__run *run = p->runs; run < p->runs + p->run_count; run++) {
        const float *bb = b + run->b, *thirds[(DOT_ROWS + 2) / 3];
        int64_t left = run->count;
        begin_rows(rows, thirds, a + run->a, a_row);
        DENOISE__NO_UNROLL
        for (; left >= PANEL; left -= PANEL, bb += PANEL) {
            DENOISE__UNROLL
            for (int v = 0; v < VECTORS; v++) {
                vf w = vf_load(bb + v * VF_LANES);
                DENOISE__UNROLL
                for (int i = 0; i < rows; i++)
                    c[i * VECTORS + v] = vf_fma(vf_load(thirds[i / 3] + i % 3 * a_row + v * VF_LANES), w, c[i * VECTORS + v]);
            }
            next_k(rows, thirds, PANEL);
        }
        if (left == 0) continue;
        DENOISE__UNROLL
        for (int v = 0; v < VECTORS; v++) {
            const int64_t lanes = lanes_of(left - v * VF_LANES);
            vf w = vf_load_part(bb + v * VF_LANES, lanes);
            DENOISE__UNROLL
            for (int i = 0; i < rows; i++)
                c[i * VECTORS + v] =
                    vf_fma(vf_load_part(thirds[i / 3] + i % 3 * a_row + v * VF_LANES, lanes), w, c[i * VECTORS + v]);
        }
    }
    DENOISE__UNROLL
    for (int i = 0; i < rows; i++) {
        for (int width = VECTORS / 2; width > 0; width /= 2)
            for (int v = 0; v < width; v++)
                c[i * VECTORS + v] = vf_add(c[i * VECTORS + v], c[i * VECTORS + v + width]);
        sums[i] = c[i * VECTORS];
    }
}

/* Lane l of the result is the sum of the lanes of s[l], the later half added to the earlier, and so on. */
#if VF_LANES > 1
#define FOLD(width)                                                                                                            \
    {                                                                                                                          \
        vm upper = vf_lt(vf_set1(0.0f), vf_load(lane_has_##width));                                                            \
        DENOISE__UNROLL                                                                                                        \
        for (int i = 0; i < (width); i++) {                                                                                    \
            vf kept = vf_select(upper, s[i + (width)], s[i]), moved = vf_select(upper, s[i], s[i + (width)]);                  \
            s[i] = vf_add(kept, vf_swap_##width(moved));                                                                       \
        }                                                                                                                      \
    }
#endif

DENOISE__INLINE vf across(vf *s)
{
#if VF_LANES == 16
    static const float lane_has_8[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    FOLD(8)
#endif
#if VF_LANES >= 8
    static const float lane_has_4[16] = {0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1};
    FOLD(4)
#endif
#if VF_LANES >= 4
    static const float lane_has_2[16] = {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1};
    static const float lane_has_1[16] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    FOLD(2)
    FOLD(1)
#endif
    return s[0];
}

/* Up to VF_LANES rows with one column. */
static void dot_group(const denoise__runs_product *p, const float *a, const float *b, int64_t rows, int64_t column, float *to)
{
    vf s[VF_LANES];
    int64_t i = 0;
    for (; i + DOT_ROWS <= rows; i += DOT_ROWS)
        dot_rows(DOT_ROWS, p, a + i * p->a_row, b, s + i);
    if (DOT_ROWS > 4)
        for (; i + 4 <= rows; i += 4)
            dot_rows(4, p, a + i * p->a_row, b, s + i);
    for (; i < rows; i++)
        dot_rows(1, p, a + i * p->a_row, b, s + i);
    for (; i < VF_LANES; i++)
        s[i] = vf_set1(0.0f);
    vf y = across(s);
    y = end_of(y, vf_set1((p->bias != NULL ? p->bias[column] : no_bias(p)) + no_bias(p)),
               vf_set1(p->rectifies ? 0.0f : -INFINITY));
    const float *mask = mask_at(p, to);
    if (p->c_row == 1) {
        if (mask != NULL) y = vf_zero_where(vf_le(load_lanes(mask, rows), vf_set1(0.0f)), y);
        store_lanes(to, y, rows);
        return;
    }
    float lanes[VF_LANES];
    vf_store(lanes, y);
    for (i = 0; i < rows; i++)
        to[i * p->c_row] = mask != NULL && mask[i * p->c_row] <= 0.0f ? 0.0f : lanes[i];
}

/* The last group goes back over rows that are done, rather than being a small one. */
static void dot_line(const denoise__runs_product *p, const float *a, float *c)
{
    for (int64_t j = 0; j < p->columns; j++)
        for (int64_t i = 0; i < p->rows; i += VF_LANES) {
            int64_t count = p->rows < VF_LANES ? p->rows : VF_LANES, first = i + count <= p->rows ? i : p->rows - count;
            dot_group(p, a + first * p->a_row, p->b + j * p->b_panel, count, j, c + first * p->c_row + j);
        }
}

static void dots(const denoise__runs_product *p)
{
    for (int64_t n = 0; n < p->planes; n++)
        for (int64_t l = 0; l < p->lines; l++)
            dot_line(p, p->a + n * p->a_plane + l * p->a_line, p->c + n * p->c_plane + l * p->c_line);
}

/* ---- By columns */

/* clang-format off */
/* Heights, and how many panels of each keep all multipliers busy: eight chains or more, as far as registers go. */
#if VF_LANES == 16 && !defined(DENOISE__LOW_TILES)
#define COLUMN_SHAPES(f) f(1, 8) f(2, 4) f(3, 4) f(4, 2) f(5, 2) f(6, 2) f(7, 2) f(8, 1)
enum { COLUMN_ROWS = 8, COLUMN_PANELS = 8, MOST_CHAINS = 14 };
#elif VF_LANES >= 4
#define COLUMN_SHAPES(f) f(1, 4) f(2, 2) f(3, 1) f(4, 1)
enum { COLUMN_ROWS = 4, COLUMN_PANELS = 4, MOST_CHAINS = 4 };
#else
#define COLUMN_SHAPES(f) f(1, 1)
enum { COLUMN_ROWS = 1, COLUMN_PANELS = 1, MOST_CHAINS = 1 };
#endif
/* clang-format on */

enum { UNROLLED = 3 }; /* values of k: most kernels are so wide */

/* One k: c += a b, number by number. */
DENOISE__INLINE void column_step(const int rows, const int vectors, const bool part, vf *c, const float *const *thirds,
                                 int64_t a_row, const float *b, int64_t columns)
{
    DENOISE__UNROLL
    for (int v = 0; v < vectors; v++) {
        const int64_t lanes = lanes_of(columns - v * VF_LANES);
        vf w = part ? vf_load_part(b + v * VF_LANES, lanes) : vf_load(b + v * VF_LANES);
        DENOISE__UNROLL
        for (int i = 0; i < rows; i++) {
            const float *x = thirds[i / 3] + i % 3 * a_row + v * VF_LANES;
            c[i * vectors + v] = vf_fma(part ? vf_load_part(x, lanes) : vf_load(x), w, c[i * vectors + v]);
        }
    }
}

DENOISE__INLINE void column_tile(const int rows, const int panels, const bool part, const denoise__runs_product *p,
                                 const float *a, const float *b, float *to, const common *o)
{
    vf c[MOST_CHAINS * VECTORS];
    const int vectors = panels * VECTORS, unrolled = part ? 1 : UNROLLED;
    const int64_t columns = o->columns, a_row = p->a_row, a_next = p->a_next, b_row = p->b_row;
    const int64_t from_row = p->continues ? p->c_row : 0;
    DENOISE__UNROLL
    for (int v = 0; v < rows * vectors; v++) {
        const int i = v / vectors, w = v % vectors * VF_LANES;
        const float *from = p->continues ? to + i * from_row + w : zeros;
        c[v] = part ? vf_load_part(from, lanes_of(columns - w)) : vf_load(from);
    }
    for (const denoise__run *run = p->runs, *end = run + p->run_count; run < end; run++) {
        const float *bb = b + run->b, *thirds[(COLUMN_ROWS + 2) / 3];
        int64_t left = run->count;
        begin_rows(rows, thirds, a + run->a, a_row);
        for (; unrolled > 1 && left >= unrolled; left -= unrolled) {
            DENOISE__UNROLL
            for (int k = 0; k < unrolled; k++, bb += b_row) {
                column_step(rows, vectors, part, c, thirds, a_row, bb, columns);
                next_k(rows, thirds, a_next);
            }
        }
        DENOISE__NO_UNROLL
        for (; left > 0; left--, bb += b_row) {
            column_step(rows, vectors, part, c, thirds, a_row, bb, columns);
            next_k(rows, thirds, a_next);
        }
    }
    const vf limit = vf_set1(o->limit);
    DENOISE__UNROLL
    for (int v = 0; v < rows * vectors; v++) {
        const int i = v / vectors, w = v % vectors * VF_LANES;
        const int64_t lanes = lanes_of(columns - w);
        if (o->ends) c[v] = end_of(c[v], vf_load(o->bias + w), limit);
        if (part)
            vf_store_part(to + i * p->c_row + w, c[v], lanes);
        else
            vf_store(to + i * p->c_row + w, c[v]);
    }
}

typedef void (*column_function)(const denoise__runs_product *p, const float *a, const float *b, float *to, const common *o);

/* Whole panels, and a single one of which a part may be there. */
#define COLUMN_TILE(rows, panels)                                                                                              \
    static void columns_##rows(const denoise__runs_product *p, const float *a, const float *b, float *to, const common *o)     \
    {                                                                                                                          \
        column_tile(rows, panels, false, p, a, b, to, o);                                                                      \
    }                                                                                                                          \
    static void some_columns_##rows(const denoise__runs_product *p, const float *a, const float *b, float *to,                 \
                                    const common *o)                                                                           \
    {                                                                                                                          \
        column_tile(rows, 1, true, p, a, b, to, o);                                                                            \
    }
COLUMN_SHAPES(COLUMN_TILE)

static const struct column_tiles {
    int32_t panels;
    column_function whole, part;
} column_tiles[COLUMN_ROWS + 1] = {
#define COLUMN_ENTRY(rows, panels) [rows] = {panels, columns_##rows, some_columns_##rows},
    COLUMN_SHAPES(COLUMN_ENTRY)};

/* Columns j .. end-1 of `rows` rows of one line. */
static void column_rows(const denoise__runs_product *p, int64_t rows, int64_t j, int64_t end, const float *a, float *c,
                        common *o)
{
    const struct column_tiles *tile = &column_tiles[rows];
    float bias[COLUMN_PANELS * PANEL];
    for (int64_t width; j < end; j += width) {
        bool is_whole = j + tile->panels * PANEL <= end;
        width = is_whole ? tile->panels * PANEL : PANEL;
        o->columns = end - j < width ? end - j : width;
        take_bias(o, j, width, bias);
        (is_whole ? tile->whole : tile->part)(p, a + j, p->b + j, c + j, o);
    }
}

static void column_line(const denoise__runs_product *p, int64_t rows, int64_t j, int64_t end, const float *a, float *c)
{
    const cut k = cut_rows(rows, COLUMN_ROWS);
    common o = common_of(p);
    for (int64_t t = 0, height; t < k.count; t++, a += height * p->a_row, c += height * p->c_row) {
        height = k.height + (t < k.taller);
        column_rows(p, height, j, end, a, c, &o);
    }
}

/* What of a line stays in the first cache until the lines below, which read most of it again, are through. */
enum { STRIP_ROWS = 16, STRIP_COLUMNS = 128 };

static void by_columns(const denoise__runs_product *p)
{
    const int64_t width = p->lines > 1 ? STRIP_COLUMNS : p->columns, height = p->lines > 1 ? STRIP_ROWS : p->rows;
    for (int64_t n = 0; n < p->planes; n++)
        for (int64_t j = 0; j < p->columns; j += width)
            for (int64_t i = 0; i < p->rows; i += height)
                for (int64_t l = 0; l < p->lines; l++)
                    column_line(p, height < p->rows - i ? height : p->rows - i, j,
                                width < p->columns - j ? j + width : p->columns,
                                p->a + n * p->a_plane + l * p->a_line + i * p->a_row,
                                p->c + n * p->c_plane + l * p->c_line + i * p->c_row);
}

/* ---- Sums */

DENOISE__INLINE void add_stripe(const int vectors, const bool part, const float *x, int64_t rows, int64_t columns,
                                int64_t count, float *sums)
{
    vf c[4];
    DENOISE__UNROLL
    for (int v = 0; v < vectors; v++)
        c[v] = part ? load_lanes(x, count) : vf_load(x + v * VF_LANES);
    DENOISE__NO_UNROLL
    for (int64_t i = 1; i < rows; i++) {
        x += columns;
        DENOISE__UNROLL
        for (int v = 0; v < vectors; v++)
            c[v] = vf_add(c[v], part ? load_lanes(x, count) : vf_load(x + v * VF_LANES));
    }
    DENOISE__UNROLL
    for (int v = 0; v < vectors; v++)
        store_lanes(sums + v * VF_LANES, c[v], count - v * VF_LANES);
}

static void add_rows(const float *x, int64_t rows, int64_t columns, float *sums)
{
    int64_t j = 0;
    for (; j + 4 * VF_LANES <= columns; j += 4 * VF_LANES)
        add_stripe(4, false, x + j, rows, columns, 4 * VF_LANES, sums + j);
    for (; j + VF_LANES <= columns; j += VF_LANES)
        add_stripe(1, false, x + j, rows, columns, VF_LANES, sums + j);
    if (j < columns) add_stripe(1, true, x + j, rows, columns, columns - j, sums + j);
}

extern const denoise__runs DENOISE__RUNS_TABLE;
const denoise__runs DENOISE__RUNS_TABLE = {.name = DENOISE__RUNS_NAME,
                                           .multiply = multiply,
                                           .multiply_rows = multiply_rows,
                                           .dots = dots,
                                           .by_columns = by_columns,
                                           .add_rows = add_rows};
