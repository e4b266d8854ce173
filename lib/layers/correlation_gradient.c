/* SPDX-License-Identifier: Apache-2.0 */
/* dkernel of layers/correlation.h. C of a tap is (input channels, output channels), a product over outputs whose runs are
 * stretches of lines: x by columns, dy by rows. Lines go in chunks that stay in a cache while all taps read them.
 *
 * Where one side has few channels, a tap would be a product of few rows. There all taps together are the rows, on a copy of
 * that side with the padding around it, whose zeros leave the chains as they are. */
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/runs.h"
#include "layers/correlation.h"
#include <string.h>

enum {
    AXES = DENOISE__MAX_SPATIAL,
    MOST_RUNS = 256,
    FEW = 8,
    MOST_ROWS = 256,
    CHUNK = 1 << 14,
    GROUP = 1 << 17 /* numbers of x and dy */
};

typedef void (*product_function)(const denoise__runs_product *product);

/* The runs of one product as they gather. */
typedef struct run_list {
    denoise__run runs[MOST_RUNS];
    int64_t count;
    denoise__runs_product product;
    product_function multiply;
} run_list;

static void multiply_runs(run_list *list)
{
    list->product.runs = list->runs;
    list->product.run_count = list->count;
    list->multiply(&list->product);
    list->product.continues = true;
    list->count = 0;
}

static void add_run(run_list *list, denoise__run run)
{
    if (list->count == MOST_RUNS) multiply_runs(list);
    list->runs[list->count++] = run;
}

typedef struct gradient {
    const denoise__correlation *correlation;
    const float *x, *dy;
    float *dkernel;
    int64_t batch;
    int64_t inputs, outputs; /* channels of one group */
    int64_t chunk;           /* lines of outputs that one tap after the other reads */
    int64_t first, end;      /* lines at hand, of all samples' */
} gradient;

static int64_t taps_of(const denoise__correlation *c)
{
    return c->window[0].size * c->window[1].size * c->window[2].size;
}

/* ---- Tap by tap */

/* The least i >= 0 with at + i * step >= bound. */
static int64_t first_at_least(int64_t at, int64_t step, int64_t bound)
{
    return at >= bound ? 0 : (bound - at + step - 1) / step;
}

/* A tap's place along each axis, and the outputs that read through it: [first, end). */
typedef struct tap_reach {
    int64_t j[AXES], first[AXES], end[AXES];
} tap_reach;

static tap_reach reach_of(const denoise__correlation *c, int64_t tap)
{
    tap_reach r;
    for (int32_t i = AXES - 1; i >= 0; i--) {
        const denoise__window *w = &c->window[i];
        r.j[i] = tap % w->size;
        tap /= w->size;
        int64_t at = r.j[i] * w->dilation - w->before;
        r.first[i] = first_at_least(at, w->stride, 0);
        r.end[i] = first_at_least(at, w->stride, w->input);
        if (r.end[i] > w->output) r.end[i] = w->output;
        if (r.first[i] > r.end[i]) r.first[i] = r.end[i];
    }
    return r;
}

static int64_t input_at(const denoise__window *w, int64_t output, int64_t j)
{
    return output * w->stride - w->before + j * w->dilation;
}

/* Lines y0 .. y1-1 of outputs of a plane, which is one of those of all samples. */
static void add_plane(const gradient *g, const tap_reach *r, run_list *list, int64_t plane, int64_t y0, int64_t y1)
{
    const denoise__correlation *c = g->correlation;
    const denoise__spatial *in = &c->input, *out = &c->output;
    const denoise__window *w = c->window;
    int64_t z = plane % out->length[0], count = r->end[2] - r->first[2];
    int64_t x_step = w[1].stride * in->length[2] * in->channels, dy_step = out->length[2] * out->channels;
    if (z < r->first[0] || z >= r->end[0]) return;
    if (y0 < r->first[1]) y0 = r->first[1];
    if (y1 > r->end[1]) y1 = r->end[1];
    int64_t x_line =
        (plane / out->length[0] * in->length[0] + input_at(&w[0], z, r->j[0])) * in->length[1] + input_at(&w[1], y0, r->j[1]);
    int64_t x = (x_line * in->length[2] + input_at(&w[2], r->first[2], r->j[2])) * in->channels;
    int64_t dy = ((plane * out->length[1] + y0) * out->length[2] + r->first[2]) * out->channels;
    for (int64_t y = y0; y < y1; y++, x += x_step, dy += dy_step)
        add_run(list, (denoise__run){x, dy, count});
}

/* Output lines first .. end-1, counted through all samples. */
static void add_lines(const gradient *g, const tap_reach *r, run_list *list, int64_t first, int64_t end)
{
    int64_t height = g->correlation->output.length[1];
    if (r->first[2] == r->end[2] || first == end) return;
    int64_t plane = first / height, y = first % height;
    for (int64_t left = end - first, count; left > 0; left -= count, plane++, y = 0) {
        count = left < height - y ? left : height - y;
        add_plane(g, r, list, plane, y, y + count);
    }
}

/* Adds some lines to C of one tap and group; the first lines begin it. */
static void add_to_tap(const gradient *g, run_list *list, int64_t group, int64_t tap, int64_t first, int64_t end)
{
    const denoise__correlation *c = g->correlation;
    tap_reach r = reach_of(c, tap);
    list->count = 0;
    list->product = (denoise__runs_product){.planes = 1,
                                            .lines = 1,
                                            .rows = g->inputs,
                                            .columns = g->outputs,
                                            .a = g->x + group * g->inputs,
                                            .a_row = 1,
                                            .a_next = c->window[2].stride * c->input.channels,
                                            .b = g->dy + group * g->outputs,
                                            .b_row = c->output.channels,
                                            .c = g->dkernel + tap * g->inputs * c->output.channels + group * g->outputs,
                                            .c_row = c->output.channels,
                                            .continues = first > 0};
    add_lines(g, &r, list, first, end);
    if (list->count > 0 || first == 0) multiply_runs(list);
}

static void sum_some_taps(void *context, int64_t first, int64_t count)
{
    const gradient *g = context;
    int64_t taps = taps_of(g->correlation), line = g->first;
    const denoise__runs *kernels = denoise__runs_table();
    run_list list = {.multiply = g->correlation->is_depthwise ? kernels->by_columns : kernels->multiply_rows};
    do {
        int64_t end = line + g->chunk < g->end ? line + g->chunk : g->end;
        for (int64_t i = first; i < first + count; i++)
            add_to_tap(g, &list, i / taps, i % taps, line, end);
        line = end;
    } while (line < g->end);
}

/* Some lines after the other, which stay in the second-level cache while each row of taps reads them. */
static void sum_taps(gradient *g, int64_t line_numbers)
{
    const denoise__correlation *c = g->correlation;
    int64_t lines = g->batch * c->output.length[0] * c->output.length[1];
    int64_t group = line_numbers >= GROUP || line_numbers == 0 ? 1 : GROUP / line_numbers;
    if (group < 4 * g->chunk) group = 4 * g->chunk;
    do {
        g->end = g->first + group < lines ? g->first + group : lines;
        denoise__parallel_ranges(taps_of(c) * (c->is_depthwise ? 1 : c->groups), c->window[2].size, sum_some_taps, g);
        g->first = g->end;
    } while (g->first < lines);
}

/* ---- All taps together */

/* The side with few channels, with room around it: along each axis `length` positions, the side's first at `before`. Row
 * (tap, channel) of the product begins at at[tap * channels + channel] of it. */
typedef struct padded {
    bool is_output; /* dy, and the product's columns are input channels */
    int64_t channels, length[AXES], before[AXES];
} padded;

static int64_t padded_floats(const padded *p)
{
    int64_t floats = p->channels;
    for (int32_t i = 0; i < AXES; i++)
        if (!denoise__multiply(floats, p->length[i], &floats)) return -1;
    return floats;
}

static bool has_strides(const denoise__correlation *c)
{
    return c->window[0].stride > 1 || c->window[1].stride > 1 || c->window[2].stride > 1;
}

/* false: no side has few channels, or there are too many taps. */
static bool choose_padded(const denoise__correlation *c, padded *p)
{
    int64_t in = c->input.channels, out = c->output.channels;
    if (c->is_depthwise || c->groups > 1 || (in >= FEW && (out >= FEW || has_strides(c)))) return false;
    p->is_output = in >= FEW || (out < in && !has_strides(c));
    p->channels = p->is_output ? out : in;
    int64_t rows = p->channels;
    for (int32_t i = 0; i < AXES; i++) {
        const denoise__window *w = &c->window[i];
        if (w->size > MOST_ROWS) return false;
        int64_t reach = (w->size - 1) * w->dilation;
        p->before[i] = p->is_output ? reach - w->before : w->before;
        p->length[i] = (p->is_output ? w->input : (w->output - 1) * w->stride + 1) + reach;
        rows *= w->size;
        if (rows > MOST_ROWS) return false;
    }
    return p->before[0] >= 0 && p->before[1] >= 0 && p->before[2] >= 0 && padded_floats(p) >= 0;
}

static int64_t rounded(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

int64_t denoise__correlation_gradient_scratch(const denoise__correlation *c)
{
    padded p;
    if (!choose_padded(c, &p)) return 0;
    return rounded(padded_floats(&p)) + (p.is_output ? taps_of(c) * c->input.channels * c->output.channels : 0);
}

/* Copies what of one sample lies inside; all around is zero already. */
static void fill_padded(const padded *p, const denoise__spatial *side, const float *from, float *to)
{
    int64_t first[AXES], end[AXES];
    for (int32_t i = 0; i < AXES; i++) {
        first[i] = 0;
        end[i] = p->length[i] - p->before[i] < side->length[i] ? p->length[i] - p->before[i] : side->length[i];
        if (end[i] < 0) end[i] = 0;
    }
    for (int64_t z = first[0]; z < end[0]; z++)
        for (int64_t y = first[1]; y < end[1]; y++)
            memcpy(to + (((z + p->before[0]) * p->length[1] + y + p->before[1]) * p->length[2] + p->before[2]) * p->channels,
                   from + (z * side->length[1] + y) * side->length[2] * p->channels,
                   (size_t)(end[2] * p->channels) * sizeof *to);
}

static void find_rows(const denoise__correlation *c, const padded *p, int64_t *at)
{
    const denoise__window *w = c->window;
    for (int64_t z = 0; z < w[0].size; z++)
        for (int64_t y = 0; y < w[1].size; y++)
            for (int64_t x = 0; x < w[2].size; x++) {
                int64_t jz = p->is_output ? w[0].size - 1 - z : z, jy = p->is_output ? w[1].size - 1 - y : y;
                int64_t jx = p->is_output ? w[2].size - 1 - x : x;
                int64_t place = (jz * w[0].dilation * p->length[1] + jy * w[1].dilation) * p->length[2] + jx * w[2].dilation;
                for (int64_t k = 0; k < p->channels; k++)
                    *at++ = place * p->channels + k;
            }
}

/* Adds one sample: its lines are those of the other side. */
static void add_padded_sample(const gradient *g, const padded *p, const denoise__spatial *other, run_list *list)
{
    const denoise__window *w = g->correlation->window;
    int64_t sy = p->is_output ? 1 : w[1].stride, sz = p->is_output ? 1 : w[0].stride,
            lines = other->length[0] * other->length[1];
    for (int64_t line = 0, z = 0, y = 0; line < lines; line++) {
        add_run(list, (denoise__run){(z * sz * p->length[1] + y * sy) * p->length[2] * p->channels,
                                     line * other->length[2] * other->channels, other->length[2]});
        if (list->count >= g->chunk) multiply_runs(list);
        y++;
        if (y == other->length[1]) y = 0, z++;
    }
    if (list->count > 0 || !list->product.continues) multiply_runs(list);
}

/* (taps, few, many) to (taps, many, few). */
static void turn(const float *from, float *to, int64_t taps, int64_t few, int64_t many)
{
    for (int64_t t = 0; t < taps; t++, from += few * many, to += few * many)
        for (int64_t i = 0; i < many; i++)
            for (int64_t k = 0; k < few; k++)
                to[i * few + k] = from[k * many + i];
}

static void sum_padded(const gradient *g, const padded *p, float *scratch)
{
    const denoise__correlation *c = g->correlation;
    const denoise__spatial *side = p->is_output ? &c->output : &c->input, *other = p->is_output ? &c->input : &c->output;
    const float *few = p->is_output ? g->dy : g->x, *many = p->is_output ? g->x : g->dy;
    int64_t at[MOST_ROWS], floats = padded_floats(p);
    float *sums = p->is_output ? scratch + rounded(floats) : g->dkernel;
    run_list list = {.multiply = denoise__runs_table()->multiply_rows};
    find_rows(c, p, at);
    memset(scratch, 0, (size_t)floats * sizeof *scratch);
    list.product = (denoise__runs_product){.planes = 1,
                                           .lines = 1,
                                           .rows = taps_of(c) * p->channels,
                                           .columns = other->channels,
                                           .a = scratch,
                                           .a_at = at,
                                           .a_next = (p->is_output ? 1 : c->window[2].stride) * p->channels,
                                           .b_row = other->channels,
                                           .c = sums,
                                           .c_row = other->channels};
    for (int64_t n = 0; n < g->batch; n++) {
        fill_padded(p, side, few + n * denoise__spatial_positions(side) * side->channels, scratch);
        list.product.b = many + n * denoise__spatial_positions(other) * other->channels;
        add_padded_sample(g, p, other, &list);
    }
    if (g->batch == 0) multiply_runs(&list);
    if (p->is_output) turn(sums, g->dkernel, taps_of(c), p->channels, other->channels);
}

/* ---- */

void denoise__correlation_gradient(const denoise__correlation *c, const float *x, const float *dy, float *dkernel,
                                   int64_t batch, float *scratch)
{
    padded p;
    int64_t line = c->input.length[2] * c->input.channels + c->output.length[2] * c->output.channels;
    gradient g = {.correlation = c, .x = x, .dy = dy, .dkernel = dkernel, .batch = batch};
    g.inputs = c->is_depthwise ? 1 : c->input.channels / c->groups;
    g.outputs = c->is_depthwise ? c->output.channels : c->output.channels / c->groups;
    g.chunk = line >= CHUNK || line == 0 ? 1 : CHUNK / line;
    if (choose_padded(c, &p)) {
        sum_padded(&g, &p, scratch);
        return;
    }
    sum_taps(&g, line);
}
