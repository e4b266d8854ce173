/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/correlation.h"
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/runs.h"
#include "kernels/tile.h"
#include <string.h>

enum { PANEL = DENOISE__PANEL, AXES = DENOISE__MAX_SPATIAL, FEW_CHANNELS = 4, MOST_RUNS = 256 };

/* What is written along one axis: position t of `count` lies at first + t * step, and reads position t * reads + offset + j *
 * offset_step for the taps j = 0 .. taps - 1, which are tap + j * tap_step of the kernel, where that exists. */
typedef struct axis {
    int64_t count, first, step;
    int64_t reads, offset, offset_step, length;
    int64_t taps, tap, tap_step;
} axis;

static int64_t greatest_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The least j >= 0 with at + j * step >= bound. */
static int64_t first_at_least(int64_t at, int64_t step, int64_t bound)
{
    return at >= bound ? 0 : (bound - at + step - 1) / step;
}

static axis forward_axis(const denoise__window *w)
{
    return (axis){.count = w->output,
                  .step = 1,
                  .reads = w->stride,
                  .offset = -w->before,
                  .offset_step = w->dilation,
                  .length = w->input,
                  .taps = w->size,
                  .tap_step = 1};
}

/* Of dx, the inputs i = phase, phase + stride, ...: taps from the last to the first read outputs in ascending order. */
static axis adjoint_axis(const denoise__window *w, int64_t phase)
{
    int64_t skip = w->stride / greatest_divisor(w->stride, w->dilation), last = w->size - 1;
    axis a = {.count = phase < w->input ? (w->input - phase - 1) / w->stride + 1 : 0,
              .first = phase,
              .step = w->stride,
              .reads = 1,
              .offset_step = skip * w->dilation / w->stride,
              .length = w->output,
              .tap_step = -skip};
    int64_t tries = skip < w->size ? skip : w->size;
    for (int64_t n = 0; n < tries; n++, last--) {
        int64_t distance = phase + w->before - last * w->dilation;
        if (distance % w->stride != 0) continue;
        a.tap = last;
        a.offset = distance / w->stride;
        a.taps = last / skip + 1;
        break;
    }
    return a;
}

/* Taps of position t that exist. */
static void tap_range(const axis *a, int64_t t, int64_t *first, int64_t *end)
{
    int64_t at = t * a->reads + a->offset;
    *first = first_at_least(at, a->offset_step, 0);
    *end = first_at_least(at, a->offset_step, a->length);
    if (*end > a->taps) *end = a->taps;
    if (*first > *end) *first = *end;
}

/* Positions all of whose taps exist: [*first, *end). */
static void inner_range(const axis *a, int64_t *first, int64_t *end)
{
    int64_t highest = a->offset + (a->taps - 1) * a->offset_step;
    *first = first_at_least(a->offset, a->reads, 0);
    *end = first_at_least(highest, a->reads, a->length);
    if (*end > a->count) *end = a->count;
    if (*first > *end) *first = *end;
}

/* ---- Packed kernels */

/* One part of what is written, all phases alike: a lattice of positions. */
typedef struct part {
    axis axes[AXES];
    const float *packed;
    int64_t panel; /* floats from panel to panel; with dots, from channel to channel */
} part;

typedef struct sides {
    int64_t read, written; /* channels of one group */
} sides;

static sides sides_of(const denoise__correlation *c, bool adjoint)
{
    if (c->is_depthwise) return (sides){1, c->output.channels};
    int64_t input = c->input.channels / c->groups, output = c->output.channels / c->groups;
    return adjoint ? (sides){output, input} : (sides){input, output};
}

/* All runs go in one call there. */
static bool uses_dots(const denoise__correlation *c, bool adjoint)
{
    sides s = sides_of(c, adjoint);
    int64_t taps = 1;
    for (int32_t i = 0; i < AXES && taps <= MOST_RUNS; i++)
        taps *= c->window[i].size < MOST_RUNS ? c->window[i].size : MOST_RUNS + 1;
    return s.written <= FEW_CHANNELS && s.read >= PANEL && taps <= MOST_RUNS;
}

static int64_t panels_of(int64_t channels)
{
    return channels / PANEL + (channels % PANEL != 0);
}

static int64_t phases_of(const denoise__correlation *c, bool adjoint, int32_t i)
{
    int64_t stride = c->window[i].stride;
    if (!adjoint) return 1;
    return stride < c->window[i].input ? stride : c->window[i].input;
}

static axis axis_of(const denoise__correlation *c, bool adjoint, int32_t i, int64_t phase)
{
    return adjoint ? adjoint_axis(&c->window[i], phase) : forward_axis(&c->window[i]);
}

/* Floats of one group of a part. */
static int64_t group_size(const denoise__correlation *c, bool adjoint, const part *p, int64_t *panel)
{
    sides s = sides_of(c, adjoint);
    int64_t taps = p->axes[0].taps * p->axes[1].taps * p->axes[2].taps;
    bool dots = uses_dots(c, adjoint);
    *panel = taps * s.read * (dots ? 1 : PANEL);
    if (c->is_depthwise) return taps * s.written;
    return *panel * (dots ? s.written : panels_of(s.written));
}

typedef void (*part_function)(void *context, const denoise__correlation *c, bool adjoint, const part *p, int64_t size);

/* All parts, with the place of each in the packed kernel. Returns the floats of all. */
static int64_t for_each_part(const denoise__correlation *c, bool adjoint, const float *packed, part_function call,
                             void *context)
{
    part p;
    int64_t done = 0;
    for (int64_t z = 0; z < phases_of(c, adjoint, 0); z++)
        for (int64_t y = 0; y < phases_of(c, adjoint, 1); y++)
            for (int64_t x = 0; x < phases_of(c, adjoint, 2); x++) {
                p.axes[0] = axis_of(c, adjoint, 0, z);
                p.axes[1] = axis_of(c, adjoint, 1, y);
                p.axes[2] = axis_of(c, adjoint, 2, x);
                int64_t size = group_size(c, adjoint, &p, &p.panel);
                p.packed = packed == NULL ? NULL : packed + done;
                done += size * c->groups;
                if (call != NULL) call(context, c, adjoint, &p, size);
            }
    return done;
}

int64_t denoise__correlation_packed(const denoise__correlation *c, bool adjoint)
{
    sides s = sides_of(c, adjoint);
    int64_t floats = uses_dots(c, adjoint) || c->is_depthwise ? s.written : panels_of(s.written) * PANEL;
    for (int32_t i = 0; i < AXES; i++)
        if (!denoise__multiply(floats, c->window[i].size, &floats)) return -1;
    if (!denoise__multiply(floats, s.read, &floats) || !denoise__multiply(floats, c->groups, &floats)) return -1;
    return floats; /* each tap belongs to one phase at most */
}

/* The numbers of the kernel for one tap: those of the channel `read`, for all that are written. */
static void pack_numbers(const denoise__correlation *c, bool adjoint, const float *kernel, int64_t tap, int64_t group,
                         int64_t read, float *to, int64_t panel)
{
    sides s = sides_of(c, adjoint);
    int64_t inputs = c->input.channels / c->groups, outputs = c->output.channels;
    bool dots = uses_dots(c, adjoint);
    int64_t room = dots ? s.written : panels_of(s.written) * PANEL;
    if (c->is_depthwise) {
        memcpy(to, kernel + tap * outputs, (size_t)outputs * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < room; i++) {
        int64_t in = adjoint ? i : read, out = group * (outputs / c->groups) + (adjoint ? read : i);
        float value = i < s.written ? kernel[(tap * inputs + in) * outputs + out] : 0.0f;
        to[dots ? i * panel : i / PANEL * panel + i % PANEL] = value;
    }
}

typedef struct packing {
    const float *kernel;
    float *packed;
    const float *base;
} packing;

static void pack_part(void *context, const denoise__correlation *c, bool adjoint, const part *p, int64_t size)
{
    const packing *job = context;
    const axis *z = &p->axes[0], *y = &p->axes[1], *x = &p->axes[2];
    sides s = sides_of(c, adjoint);
    int64_t stride = c->is_depthwise ? s.written : uses_dots(c, adjoint) ? 1 : PANEL;
    for (int64_t g = 0; g < c->groups; g++) {
        float *to = job->packed + (p->packed - job->base) + g * size;
        for (int64_t jz = 0; jz < z->taps; jz++)
            for (int64_t jy = 0; jy < y->taps; jy++)
                for (int64_t jx = 0; jx < x->taps; jx++)
                    for (int64_t read = 0; read < s.read; read++, to += stride) {
                        int64_t tap =
                            ((z->tap + jz * z->tap_step) * c->window[1].size + y->tap + jy * y->tap_step) * c->window[2].size +
                            x->tap + jx * x->tap_step;
                        pack_numbers(c, adjoint, job->kernel, tap, g, read, to, p->panel);
                    }
    }
}

void denoise__correlation_pack(const denoise__correlation *c, const float *kernel, float *packed, bool adjoint)
{
    packing job = {kernel, packed, packed};
    (void)for_each_part(c, adjoint, packed, pack_part, &job);
}

/* ---- Products */

typedef void (*product_function)(const denoise__runs_product *product);

/* One part of one group of one sample. */
typedef struct lattice {
    const axis *axes;
    const denoise__spatial *source, *target;
    denoise__runs_product product;
    product_function multiply;
    int64_t read;     /* values of k for one tap */
    int64_t tap_size; /* floats of B from tap to tap */
    bool merges;      /* taps of a row follow each other in memory as the values of k of one tap do: one run */
} lattice;

/* The runs of one stretch as they gather. */
typedef struct run_list {
    denoise__run runs[MOST_RUNS];
    int64_t count;
    denoise__runs_product product;
} run_list;

static int64_t axis_floats(const denoise__spatial *s, int32_t i) /* from a position to the next along the axis */
{
    return (i == 2 ? 1 : i == 1 ? s->length[2] : s->length[1] * s->length[2]) * s->channels;
}

static void multiply_runs(const lattice *l, run_list *list)
{
    list->product.runs = list->runs;
    list->product.run_count = list->count;
    l->multiply(&list->product);
    list->product.continues = true;
    list->count = 0;
}

static void add_run(const lattice *l, run_list *list, denoise__run run)
{
    if (list->count == MOST_RUNS) multiply_runs(l, list);
    list->runs[list->count++] = run;
}

/* Taps jx of one row of taps. */
static void add_row_of_taps(const lattice *l, run_list *list, int64_t from, int64_t tap, int64_t first, int64_t end)
{
    const axis *x = &l->axes[2];
    int64_t next = x->offset_step * l->source->channels;
    if (first == end) return;
    if (l->merges)
        add_run(l, list, (denoise__run){from + first * next, (tap + first) * l->tap_size, (end - first) * l->read});
    else
        for (int64_t j = first; j < end; j++)
            add_run(l, list, (denoise__run){from + j * next, (tap + j) * l->tap_size, l->read});
}

/* `count` positions from t on along one axis, whose taps are the same. */
static void run_stretch(const lattice *l, run_list *list, const int64_t *t, int32_t along, int64_t count)
{
    const axis *a = l->axes;
    int64_t first[AXES], end[AXES], from = 0, to = 0;
    if (count <= 0) return;
    list->product = l->product;
    list->count = 0;
    for (int32_t i = 0; i < AXES; i++) {
        tap_range(&a[i], t[i], &first[i], &end[i]);
        from += (t[i] * a[i].reads + a[i].offset) * axis_floats(l->source, i);
        to += (a[i].first + t[i] * a[i].step) * axis_floats(l->target, i);
    }
    list->product.rows = count;
    list->product.a_row = a[along].reads * axis_floats(l->source, along);
    list->product.c += to;
    list->product.c_row = a[along].step * axis_floats(l->target, along);
    for (int64_t z = first[0]; z < end[0]; z++)
        for (int64_t y = first[1]; y < end[1]; y++)
            add_row_of_taps(l, list,
                            from + z * a[0].offset_step * axis_floats(l->source, 0) +
                                y * a[1].offset_step * axis_floats(l->source, 1),
                            (z * a[1].taps + y) * a[2].taps, first[2], end[2]);
    multiply_runs(l, list);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Rows y0 .. y1-1 of the plane z: within a row where all taps of the row exist, and column by column at the borders. */
static void run_lines(const lattice *l, run_list *list, int64_t z, int64_t y0, int64_t y1)
{
    const axis *y = &l->axes[1], *x = &l->axes[2];
    int64_t left, right, top, bottom;
    inner_range(x, &left, &right);
    inner_range(y, &top, &bottom);
    top = clamp(top, y0, y1);
    bottom = clamp(bottom, top, y1);
    for (int64_t t = y0; t < y1; t++)
        run_stretch(l, list, (const int64_t[]){z, t, left}, 2, right - left);
    for (int64_t t = 0; t < x->count; t++) {
        if (t == left) t = right;
        if (t >= x->count) break;
        for (int64_t i = y0; i < top; i++)
            run_stretch(l, list, (const int64_t[]){z, i, t}, 1, 1);
        run_stretch(l, list, (const int64_t[]){z, top, t}, 1, bottom - top);
        for (int64_t i = bottom; i < y1; i++)
            run_stretch(l, list, (const int64_t[]){z, i, t}, 1, 1);
    }
}

/* ---- y and dx */

typedef struct work {
    const denoise__correlation *correlation;
    bool adjoint;
    const float *from;
    float *to;
    int64_t batch;
    denoise__correlation_done done;
    void *context;
    const part *part; /* at hand */
    int64_t group;    /* floats of one group of its packed kernel */
} work;

static const denoise__spatial *source_of(const work *w)
{
    return w->adjoint ? &w->correlation->output : &w->correlation->input;
}

static const denoise__spatial *target_of(const work *w)
{
    return w->adjoint ? &w->correlation->input : &w->correlation->output;
}

static lattice lattice_of(const work *w, int64_t sample, int64_t group)
{
    const denoise__correlation *c = w->correlation;
    const denoise__runs *kernels = denoise__runs_table();
    const denoise__spatial *source = source_of(w), *target = target_of(w);
    sides s = sides_of(c, w->adjoint);
    int64_t next = w->part->axes[2].offset_step * source->channels; /* from tap to tap of a row */
    bool dots = uses_dots(c, w->adjoint);
    return (lattice){
        .axes = w->part->axes,
        .source = source,
        .target = target,
        .multiply = c->is_depthwise ? kernels->by_columns
                    : dots          ? kernels->dots
                                    : kernels->multiply,
        .read = s.read,
        .tap_size = c->is_depthwise ? s.written : s.read * (dots ? 1 : PANEL),
        .merges = c->is_depthwise || next == s.read,
        .product = {.columns = s.written,
                    .a = w->from + sample * denoise__spatial_positions(source) * source->channels + group * s.read,
                    .a_next = c->is_depthwise ? next : 1,
                    .b = w->part->packed + group * w->group,
                    .b_row = c->is_depthwise ? s.written
                             : dots          ? 1
                                             : PANEL,
                    .b_panel = w->part->panel,
                    .c = w->to + sample * denoise__spatial_positions(target) * target->channels + group * s.written}};
}

/* Lines are rows of positions of all samples; some of one plane. */
static void run_plane(const work *w, run_list *list, int64_t sample, int64_t z, int64_t y0, int64_t y1)
{
    int64_t groups = w->correlation->is_depthwise ? 1 : w->correlation->groups;
    for (int64_t g = 0; g < groups; g++) {
        lattice l = lattice_of(w, sample, g);
        run_lines(&l, list, z, y0, y1);
    }
    if (w->done == NULL || w->adjoint) return;
    const denoise__spatial *target = target_of(w);
    int64_t line = (sample * target->length[0] + z) * target->length[1] + y0;
    w->done(w->context, line * target->length[2], (y1 - y0) * target->length[2]);
}

enum { CHUNK = 1 << 13 /* numbers that are finished while they are in the first cache */ };

static void run_some_lines(void *context, int64_t first, int64_t count)
{
    const work *w = context;
    const axis *a = w->part->axes;
    run_list list; /* here, for all: it is large */
    int64_t line = a[2].count * target_of(w)->channels, most = line >= CHUNK ? 1 : CHUNK / line;
    for (int64_t end = first + count; first < end; first += count) {
        int64_t plane = first / a[1].count, y = first % a[1].count;
        count = end - first < a[1].count - y ? end - first : a[1].count - y;
        if (count > most) count = most;
        run_plane(w, &list, plane / a[0].count, plane % a[0].count, y, y + count);
    }
}

static int64_t operations_of(const work *w) /* of a line */
{
    const axis *a = w->part->axes;
    sides s = sides_of(w->correlation, w->adjoint);
    return a[2].count * target_of(w)->channels * (a[0].taps * a[1].taps * a[2].taps * s.read + 1);
}

static void run_part(void *context, const denoise__correlation *c, bool adjoint, const part *p, int64_t size)
{
    work *w = context;
    (void)c, (void)adjoint;
    int64_t lines = w->batch * p->axes[0].count * p->axes[1].count;
    if (lines == 0 || p->axes[2].count == 0) return;
    w->part = p;
    w->group = size;
    denoise__parallel_ranges(lines, denoise__grain(operations_of(w)), run_some_lines, w);
}

static void finish_positions(void *context, int64_t first, int64_t count)
{
    const work *w = context;
    w->done(w->context, first, count);
}

void denoise__correlation_run(const denoise__correlation *c, bool adjoint, const float *from, const float *packed, float *to,
                              int64_t batch, denoise__correlation_done done, void *context)
{
    work w = {.correlation = c, .adjoint = adjoint, .from = from, .to = to, .batch = batch, .done = done, .context = context};
    const denoise__spatial *target = target_of(&w);
    int64_t positions = denoise__spatial_positions(target);
    if (positions == 0 || target->channels == 0 || batch == 0) return;
    (void)for_each_part(c, adjoint, packed, run_part, &w);
    if (done != NULL && adjoint)
        denoise__parallel_ranges(batch * positions, denoise__grain(target->channels), finish_positions, &w);
}

/* ---- dkernel */

typedef struct gradient_work {
    const denoise__correlation *correlation;
    const float *x, *dy;
    float *dkernel;
    int64_t batch;
} gradient_work;

/* Outputs that read an input through tap j: [first, end). */
static void output_range(const denoise__window *w, int64_t j, int64_t *first, int64_t *end)
{
    int64_t at = j * w->dilation - w->before;
    *first = first_at_least(at, w->stride, 0);
    *end = first_at_least(at, w->stride, w->input);
    if (*end > w->output) *end = w->output;
    if (*first > *end) *first = *end;
}

/* A tap's place along each axis, and the outputs that it reads for. */
typedef struct tap_reach {
    int64_t j[AXES], first[AXES], end[AXES];
} tap_reach;

static tap_reach reach_of(const denoise__correlation *c, int64_t tap)
{
    tap_reach r;
    for (int32_t i = AXES - 1; i >= 0; i--) {
        r.j[i] = tap % c->window[i].size;
        tap /= c->window[i].size;
        output_range(&c->window[i], r.j[i], &r.first[i], &r.end[i]);
    }
    return r;
}

static int64_t input_at(const denoise__window *w, int64_t output, int64_t j)
{
    return output * w->stride - w->before + j * w->dilation;
}

/* Adds the products of one sample to C, outputs in ascending order. */
static void add_sample(const gradient_work *g, const tap_reach *r, int64_t sample, lattice *l, run_list *list, bool swapped)
{
    const denoise__correlation *c = g->correlation;
    const denoise__spatial *in = &c->input, *out = &c->output;
    const denoise__window *w = c->window;
    int64_t count = r->end[2] - r->first[2];
    for (int64_t z = r->first[0]; z < r->end[0]; z++)
        for (int64_t y = r->first[1]; y < r->end[1] && count > 0; y++) {
            int64_t x_line =
                (sample * in->length[0] + input_at(&w[0], z, r->j[0])) * in->length[1] + input_at(&w[1], y, r->j[1]);
            int64_t y_line = (sample * out->length[0] + z) * out->length[1] + y;
            int64_t x = (x_line * in->length[2] + input_at(&w[2], r->first[2], r->j[2])) * in->channels;
            int64_t dy = (y_line * out->length[2] + r->first[2]) * out->channels;
            add_run(l, list, swapped ? (denoise__run){dy, x, count} : (denoise__run){x, dy, count});
        }
}

/* C of one tap and one group: the chains of all samples. */
static void sum_samples(const gradient_work *g, const tap_reach *r, const denoise__runs_product *product,
                        product_function multiply, bool swapped)
{
    lattice l = {.multiply = multiply};
    run_list list = {.product = *product};
    for (int64_t n = 0; n < g->batch; n++)
        add_sample(g, r, n, &l, &list, swapped);
    if (list.count > 0 || !list.product.continues) multiply_runs(&l, &list);
}

enum { FEW_OUTPUTS = 8, SWAPPED_INPUTS = 256 };

/* With few output channels the inputs' are the columns. The chains are the same. */
static void sum_swapped(const gradient_work *g, const tap_reach *r, int64_t group, int64_t tap)
{
    const denoise__correlation *c = g->correlation;
    sides s = sides_of(c, false);
    float turned[FEW_OUTPUTS * SWAPPED_INPUTS];
    for (int64_t first = 0; first < s.read; first += SWAPPED_INPUTS) {
        int64_t count = s.read - first < SWAPPED_INPUTS ? s.read - first : SWAPPED_INPUTS;
        const denoise__runs_product product = {.rows = s.written,
                                               .columns = count,
                                               .a = g->dy + group * s.written,
                                               .a_row = 1,
                                               .a_next = c->output.channels,
                                               .b = g->x + group * s.read + first,
                                               .b_row = c->window[2].stride * c->input.channels,
                                               .c = turned,
                                               .c_row = count};
        sum_samples(g, r, &product, denoise__runs_table()->multiply_rows, true);
        float *to = g->dkernel + (tap * s.read + first) * c->output.channels + group * s.written;
        for (int64_t i = 0; i < count; i++)
            for (int64_t o = 0; o < s.written; o++)
                to[i * c->output.channels + o] = turned[o * count + i];
    }
}

static void sum_tap(const gradient_work *g, int64_t group, int64_t tap)
{
    const denoise__correlation *c = g->correlation;
    const denoise__runs *kernels = denoise__runs_table();
    sides s = sides_of(c, false);
    tap_reach r = reach_of(c, tap);
    if (!c->is_depthwise && s.written < FEW_OUTPUTS && s.read >= PANEL) {
        sum_swapped(g, &r, group, tap);
        return;
    }
    const denoise__runs_product product = {.rows = s.read,
                                           .columns = s.written,
                                           .a = g->x + group * s.read,
                                           .a_row = 1,
                                           .a_next = c->window[2].stride * c->input.channels,
                                           .b = g->dy + group * s.written,
                                           .b_row = c->output.channels,
                                           .c = g->dkernel + tap * s.read * c->output.channels + group * s.written,
                                           .c_row = c->output.channels};
    sum_samples(g, &r, &product, c->is_depthwise ? kernels->by_columns : kernels->multiply_rows, false);
}

static void sum_some_taps(void *context, int64_t first, int64_t count)
{
    const gradient_work *g = context;
    int64_t taps = g->correlation->window[0].size * g->correlation->window[1].size * g->correlation->window[2].size;
    for (int64_t i = first; i < first + count; i++)
        sum_tap(g, i / taps, i % taps);
}

void denoise__correlation_gradient(const denoise__correlation *c, const float *x, const float *dy, float *dkernel,
                                   int64_t batch)
{
    gradient_work g = {c, x, dy, dkernel, batch};
    int64_t taps = c->window[0].size * c->window[1].size * c->window[2].size;
    sides s = sides_of(c, false);
    int64_t products = batch * denoise__spatial_positions(&c->output) * s.read * s.written;
    denoise__parallel_ranges(taps * (c->is_depthwise ? 1 : c->groups), denoise__grain(products), sum_some_taps, &g);
}
