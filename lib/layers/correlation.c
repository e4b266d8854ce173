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

/* One part of one group of some samples. */
typedef struct lattice {
    const axis *axes;
    const denoise__spatial *source, *target;
    denoise__runs_product product; /* its bias goes with the last runs */
    product_function multiply;
    int64_t samples;
    int64_t read;     /* values of k for one tap */
    int64_t tap_size; /* floats of B from tap to tap */
    bool merges;      /* taps of a row follow each other in memory as the values of k of one tap do: one run */
} lattice;

/* The runs of one region as they gather. */
typedef struct run_list {
    denoise__run runs[MOST_RUNS];
    int64_t count;
    denoise__runs_product product;
} run_list;

static int64_t axis_floats(const denoise__spatial *s, int32_t i) /* from a position to the next along the axis */
{
    return (i == 2 ? 1 : i == 1 ? s->length[2] : s->length[1] * s->length[2]) * s->channels;
}

static int64_t sample_floats(const denoise__spatial *s)
{
    return denoise__spatial_positions(s) * s->channels;
}

static void multiply_runs(product_function multiply, run_list *list, bool is_last)
{
    denoise__runs_product product = list->product;
    product.runs = list->runs;
    product.run_count = list->count;
    if (!is_last) {
        product.bias = product.mask = NULL;
        product.rectifies = false;
    }
    multiply(&product);
    list->product.continues = true;
    list->count = 0;
}

static void add_run(product_function multiply, run_list *list, denoise__run run)
{
    if (list->count == MOST_RUNS) multiply_runs(multiply, list, false);
    list->runs[list->count++] = run;
}

/* Taps jx of one row of taps. */
static void add_row_of_taps(const lattice *l, run_list *list, int64_t from, int64_t tap, int64_t first, int64_t end)
{
    const axis *x = &l->axes[2];
    int64_t next = x->offset_step * l->source->channels;
    if (first == end) return;
    if (l->merges)
        add_run(l->multiply, list, (denoise__run){from + first * next, (tap + first) * l->tap_size, (end - first) * l->read});
    else
        for (int64_t j = first; j < end; j++)
            add_run(l->multiply, list, (denoise__run){from + j * next, (tap + j) * l->tap_size, l->read});
}

/* Rows of the product are the longest of columns, lines and samples of the region: a tile wants many. */
static void shape_product(const lattice *l, run_list *list, int64_t lines, int64_t columns)
{
    const axis *y = &l->axes[1], *x = &l->axes[2];
    int64_t a_x = x->reads * axis_floats(l->source, 2), c_x = x->step * axis_floats(l->target, 2);
    int64_t a_y = y->reads * axis_floats(l->source, 1), c_y = y->step * axis_floats(l->target, 1);
    int64_t a_n = sample_floats(l->source), c_n = sample_floats(l->target);
    denoise__runs_product *p = &list->product;
    p->planes = p->lines = 1;
    if (columns > 1) {
        p->rows = columns, p->a_row = a_x, p->c_row = c_x;
        p->lines = lines, p->a_line = a_y, p->c_line = c_y;
        p->planes = l->samples, p->a_plane = a_n, p->c_plane = c_n;
    } else if (lines > 1) {
        p->rows = lines, p->a_row = a_y, p->c_row = c_y;
        p->lines = l->samples, p->a_line = a_n, p->c_line = c_n;
    } else {
        p->rows = l->samples, p->a_row = a_n, p->c_row = c_n;
    }
}

/* `lines` x `columns` positions from t on, whose taps are the same. */
static void run_region(const lattice *l, run_list *list, const int64_t *t, int64_t lines, int64_t columns)
{
    const axis *a = l->axes;
    int64_t first[AXES], end[AXES], from = 0, to = 0;
    list->product = l->product;
    list->count = 0;
    for (int32_t i = 0; i < AXES; i++) {
        tap_range(&a[i], t[i], &first[i], &end[i]);
        from += (t[i] * a[i].reads + a[i].offset) * axis_floats(l->source, i);
        to += (a[i].first + t[i] * a[i].step) * axis_floats(l->target, i);
    }
    shape_product(l, list, lines, columns);
    list->product.c += to;
    if (l->product.mask != NULL) list->product.mask += to;
    for (int64_t z = first[0]; z < end[0]; z++)
        for (int64_t y = first[1]; y < end[1]; y++)
            add_row_of_taps(l, list,
                            from + z * a[0].offset_step * axis_floats(l->source, 0) +
                                y * a[1].offset_step * axis_floats(l->source, 1),
                            (z * a[1].taps + y) * a[2].taps, first[2], end[2]);
    multiply_runs(l->multiply, list, true);
}

/* How many positions from t on, before `end`, read through the same taps: all where every tap exists, else one. */
static int64_t alike(const axis *a, int64_t t, int64_t end)
{
    int64_t first, last;
    inner_range(a, &first, &last);
    if (t < first || t >= last) return 1;
    return (last < end ? last : end) - t;
}

/* Lines y0 .. y1-1 of the plane z: what has all taps together, the borders for themselves. */
static void run_lines(const lattice *l, run_list *list, int64_t z, int64_t y0, int64_t y1)
{
    const axis *a = l->axes;
    for (int64_t y = y0, lines; y < y1; y += lines) {
        lines = alike(&a[1], y, y1);
        for (int64_t x = 0, columns; x < a[2].count; x += columns) {
            columns = alike(&a[2], x, a[2].count);
            run_region(l, list, (const int64_t[]){z, y, x}, lines, columns);
        }
    }
}

/* ---- y and dx */

typedef struct work {
    const denoise__correlation *correlation;
    bool adjoint;
    const float *from;
    float *to;
    int64_t batch;
    denoise__correlation_end end;
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

static lattice lattice_of(const work *w, int64_t sample, int64_t samples, int64_t group)
{
    const denoise__correlation *c = w->correlation;
    const denoise__runs *kernels = denoise__runs_table();
    const denoise__spatial *source = source_of(w), *target = target_of(w);
    sides s = sides_of(c, w->adjoint);
    int64_t next = w->part->axes[2].offset_step * source->channels; /* from tap to tap of a row */
    int64_t written = sample * sample_floats(target) + group * s.written;
    bool dots = uses_dots(c, w->adjoint);
    return (lattice){.axes = w->part->axes,
                     .source = source,
                     .target = target,
                     .multiply = c->is_depthwise ? kernels->by_columns
                                 : dots          ? kernels->dots
                                                 : kernels->multiply,
                     .samples = samples,
                     .read = s.read,
                     .tap_size = c->is_depthwise ? s.written : s.read * (dots ? 1 : PANEL),
                     .merges = c->is_depthwise || next == s.read,
                     .product = {.columns = s.written,
                                 .a = w->from + sample * sample_floats(source) + group * s.read,
                                 .a_next = c->is_depthwise ? next : 1,
                                 .b = w->part->packed + group * w->group,
                                 .b_row = c->is_depthwise ? s.written
                                          : dots          ? 1
                                                          : PANEL,
                                 .b_panel = w->part->panel,
                                 .c = w->to + written,
                                 .bias = w->end.bias == NULL ? NULL : w->end.bias + group * s.written,
                                 .rectifies = w->end.rectifies,
                                 .mask = w->end.mask == NULL ? NULL : w->end.mask + written}};
}

/* Lines y0 .. y1-1 of plane z of some samples; of all lines where there are several samples. */
static void run_plane(const work *w, run_list *list, int64_t sample, int64_t samples, int64_t z, int64_t y0, int64_t y1)
{
    int64_t groups = w->correlation->is_depthwise ? 1 : w->correlation->groups;
    for (int64_t g = 0; g < groups; g++) {
        lattice l = lattice_of(w, sample, samples, g);
        run_lines(&l, list, z, y0, y1);
    }
    if (w->end.done == NULL || w->adjoint) return;
    const denoise__spatial *target = target_of(w);
    int64_t line = (sample * target->length[0] + z) * target->length[1] + y0;
    w->end.done(w->end.context, line * target->length[2], (y1 - y0) * samples * target->length[2]);
}

enum {
    CHUNK = 1 << 13, /* numbers that are finished while they are in the first cache */
    TOGETHER = 16    /* samples whose corners make one product */
};

/* Whole samples of one plane go together, else lines of one plane. */
static void run_some_lines(void *context, int64_t first, int64_t count)
{
    const work *w = context;
    const axis *a = w->part->axes;
    run_list list; /* here, for all: it is large */
    int64_t height = a[1].count, line = a[2].count * target_of(w)->channels, most = line >= CHUNK ? 1 : CHUNK / line;
    if (w->end.done == NULL || w->adjoint) most = TOGETHER * height;
    for (int64_t end = first + count; first < end; first += count) {
        int64_t plane = first / height, y = first % height, samples = 1;
        count = end - first < height - y ? end - first : height - y;
        if (count == height && a[0].count == 1 && most >= height) {
            samples = (end - first) / height < most / height ? (end - first) / height : most / height;
            if (samples > TOGETHER) samples = TOGETHER;
        } else if (count > most) {
            count = most;
        }
        run_plane(w, &list, plane / a[0].count, samples, plane % a[0].count, y, y + count);
        count *= samples;
    }
}

enum {
    ITEM = 1 << 20,       /* products that are worth a trip to another thread */
    PLANE_ITEM = 1 << 26, /* up to which a plane is not cut */
    FEW_LINES = 4,        /* at least, so that their borders make a product */
    MANY_PLANES = 8       /* from where on there is something to do for all threads without that */
};

/* Lines that go together, which decides how fast it goes but no bit. */
static int64_t lines_of_item(const work *w, int64_t planes)
{
    const axis *a = w->part->axes;
    sides s = sides_of(w->correlation, w->adjoint);
    int64_t line = a[2].count * target_of(w)->channels * (a[0].taps * a[1].taps * a[2].taps * s.read + 1);
    if (line <= 0 || line > PLANE_ITEM) return FEW_LINES;
    int64_t lines = line >= ITEM / FEW_LINES ? FEW_LINES : ITEM / line, height = a[1].count;
    if (planes < MANY_PLANES || height > PLANE_ITEM / line) return lines;
    return lines < height ? height : lines / height * height;
}

static void run_part(void *context, const denoise__correlation *c, bool adjoint, const part *p, int64_t size)
{
    work *w = context;
    (void)c, (void)adjoint;
    int64_t lines = w->batch * p->axes[0].count * p->axes[1].count;
    if (lines == 0 || p->axes[2].count == 0) return;
    w->part = p;
    w->group = size;
    denoise__parallel_ranges(lines, lines_of_item(w, w->batch * p->axes[0].count), run_some_lines, w);
}

static void finish_positions(void *context, int64_t first, int64_t count)
{
    const work *w = context;
    w->end.done(w->end.context, first, count);
}

void denoise__correlation_run(const denoise__correlation *c, bool adjoint, const float *from, const float *packed, float *to,
                              int64_t batch, const denoise__correlation_end *end)
{
    work w = {.correlation = c, .adjoint = adjoint, .from = from, .to = to, .batch = batch};
    if (end != NULL) w.end = *end;
    const denoise__spatial *target = target_of(&w);
    int64_t positions = denoise__spatial_positions(target);
    if (positions == 0 || target->channels == 0 || batch == 0) return;
    (void)for_each_part(c, adjoint, packed, run_part, &w);
    if (w.end.done != NULL && adjoint)
        denoise__parallel_ranges(batch * positions, denoise__grain(target->channels), finish_positions, &w);
}
