/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/winograd_correlation.h"
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/runs.h"
#include "kernels/tile.h"
#include "kernels/winograd.h"
#include <string.h>

enum {
    PANEL = DENOISE__PANEL,
    POINTS = DENOISE__WINOGRAD_POINTS,
    TAPS = DENOISE__WINOGRAD_TAPS,
    SIDE = 3,
    TILE = DENOISE__WINOGRAD_TILE,
    TILES = 16,          /* of an item of work: their 36 products and the kernels of a point stay in the second cache */
    ITEMS = 8,           /* for one slot of scratch at least */
    LEAST_CHANNELS = 24, /* read or written: with fewer the direct form is about as fast */
    HOT = 1 << 13,       /* numbers that are finished while they are in the first cache */
    LINE = 64 / (int)sizeof(float)
};

/* ---- Which */

static bool is_plain(const denoise__window *w)
{
    return w->size == SIDE && w->stride == 1 && w->dilation == 1;
}

bool denoise__winograd_fits(const denoise__correlation *c)
{
    return c->input.axes == 2 && c->groups == 1 && !c->is_depthwise && is_plain(&c->window[1]) && is_plain(&c->window[2]);
}

bool denoise__winograd_pays(const denoise__correlation *c)
{
    return denoise__winograd_fits(c) && c->input.channels >= LEAST_CHANNELS && c->output.channels >= LEAST_CHANNELS;
}

/* ---- Kernels */

static int64_t padded(int64_t channels)
{
    return (channels + PANEL - 1) / PANEL * PANEL;
}

int64_t denoise__winograd_packed(const denoise__correlation *c, bool adjoint)
{
    int64_t read = adjoint ? c->output.channels : c->input.channels, written = adjoint ? c->input.channels : c->output.channels;
    int64_t floats;
    if (!denoise__add(written, PANEL - 1, &written) || !denoise__multiply(written / PANEL * PANEL, POINTS, &floats) ||
        !denoise__multiply(floats, read, &floats))
        return -1;
    return floats;
}

typedef struct packing {
    const denoise__correlation *correlation;
    const float *kernel;
    float *packed; /* (points, panels, read, 16) */
    bool adjoint;
} packing;

/* The kernels from channel `read` to the panel of channels from `written` on; zeros where there are none. */
static void gather(const packing *job, int64_t read, int64_t written, float *g)
{
    int64_t inputs = job->correlation->input.channels, outputs = job->correlation->output.channels;
    int64_t count = (job->adjoint ? inputs : outputs) - written, tap_size = inputs * outputs;
    if (count > PANEL) count = PANEL;
    if (count < PANEL) memset(g, 0, (size_t)TAPS * PANEL * sizeof *g);
    for (int64_t tap = 0; tap < TAPS; tap++, g += PANEL) {
        const float *from = job->kernel + (job->adjoint ? (TAPS - 1 - tap) * tap_size + written * outputs + read
                                                        : tap * tap_size + read * outputs + written);
        if (!job->adjoint)
            memcpy(g, from, (size_t)count * sizeof *g);
        else
            for (int64_t i = 0; i < count; i++)
                g[i] = from[i * outputs];
    }
}

static void pack_channels(void *context, int64_t first, int64_t count)
{
    const packing *job = context;
    const denoise__correlation *c = job->correlation;
    const denoise__winograd *kernels = denoise__winograd_table();
    int64_t reads = job->adjoint ? c->output.channels : c->input.channels;
    int64_t writes = padded(job->adjoint ? c->input.channels : c->output.channels);
    float g[TAPS * PANEL];
    for (int64_t written = 0; written < writes; written += PANEL)
        for (int64_t read = first; read < first + count; read++) {
            gather(job, read, written, g);
            kernels->kernels(g, job->packed + written * reads + read * PANEL, writes * reads);
        }
}

void denoise__winograd_pack(const denoise__correlation *c, const float *kernel, float *packed, bool adjoint)
{
    packing job = {c, kernel, packed, adjoint};
    int64_t reads = adjoint ? c->output.channels : c->input.channels, writes = adjoint ? c->input.channels : c->output.channels;
    denoise__parallel_ranges(reads, denoise__grain(padded(writes) * POINTS), pack_channels, &job);
}

/* ---- Running */

typedef struct work {
    const denoise__spatial *source, *target;
    int64_t before[2];            /* padding in front of rows and columns */
    int64_t rows, columns, tiles; /* of tiles: of a picture, and all */
    const float *from, *packed;
    float *to, *scratch;
    int64_t point; /* floats of the scratch for one point of an item */
    denoise__correlation_end end;
    const denoise__winograd *kernels;
    const denoise__runs *products;
} work;

static work work_of(const denoise__correlation *c, bool adjoint, int64_t batch)
{
    work w = {.source = adjoint ? &c->output : &c->input, .target = adjoint ? &c->input : &c->output};
    for (int32_t i = 0; i < 2; i++)
        w.before[i] = adjoint ? SIDE - 1 - c->window[1 + i].before : c->window[1 + i].before;
    w.rows = (w.target->length[1] + TILE - 1) / TILE;
    w.columns = (w.target->length[2] + TILE - 1) / TILE;
    w.tiles = batch * w.rows * w.columns;
    int64_t read = padded(w.source->channels), written = padded(w.target->channels);
    w.point = TILES * (read > written ? read : written) + LINE; /* points do not meet in a set of the first cache */
    return w;
}

static int64_t item_size(const work *w)
{
    return w->point * (POINTS + 1);
}

/* By the shape alone; more threads than that find no work. */
static int64_t slots_of(const work *w)
{
    int64_t slots = w->tiles / ((int64_t)TILES * ITEMS);
    return slots < 1 ? 1 : slots > INT32_MAX ? INT32_MAX : slots;
}

int64_t denoise__winograd_scratch(const denoise__correlation *c, bool adjoint, int64_t batch)
{
    work w = work_of(c, adjoint, batch);
    return item_size(&w) * slots_of(&w);
}

/* Neighbouring tiles of one row of tiles. */
typedef struct stretch {
    int64_t sample, row, column, count;
} stretch;

static stretch stretch_at(const work *w, int64_t tile, int64_t end)
{
    stretch s = {tile / (w->rows * w->columns), tile / w->columns % w->rows, tile % w->columns, end - tile};
    if (s.count > w->columns - s.column) s.count = w->columns - s.column;
    return s;
}

static denoise__winograd_tiles tiles_of(const work *w, const stretch *s, const denoise__spatial *picture)
{
    return (denoise__winograd_tiles){.height = picture->length[1],
                                     .width = picture->length[2],
                                     .channels = picture->channels,
                                     .y = s->row * TILE,
                                     .x = s->column * TILE,
                                     .count = s->count,
                                     .point_step = w->point,
                                     .tile_step = padded(picture->channels)};
}

static int64_t picture_size(const denoise__spatial *s)
{
    return s->length[1] * s->length[2] * s->channels;
}

static void read_tiles(const work *w, int64_t first, int64_t end, float *points)
{
    stretch s;
    for (int64_t tile = first; tile < end; tile += s.count) {
        s = stretch_at(w, tile, end);
        denoise__winograd_tiles t = tiles_of(w, &s, w->source);
        t.y -= w->before[0];
        t.x -= w->before[1];
        w->kernels->input(&t, w->from + s.sample * picture_size(w->source), points + (tile - first) * t.tile_step);
    }
}

enum { MOST_PIECES = 4 * TILES * (2 * TILE + 2) };

/* Rows of pixels of a picture from (y, x) on. */
static int64_t add_pieces(const denoise__spatial *picture, const float *data, int64_t y, int64_t x, int64_t height,
                          int64_t width, denoise__tile_piece *pieces)
{
    int64_t count = 0, right = x + width < picture->length[2] ? x + width : picture->length[2];
    if (x < 0) x = 0;
    for (int64_t row = y < 0 ? 0 : y; row < y + height && row < picture->length[1] && x < right; row++)
        pieces[count++] = (denoise__tile_piece){data + (row * picture->length[2] + x) * picture->channels,
                                                (right - x) * picture->channels * (int64_t)sizeof(float)};
    return count;
}

/* What the item writes, and what the next one reads. */
static int64_t list_pieces(const work *w, int64_t first, int64_t end, denoise__tile_piece *pieces)
{
    int64_t count = 0, last = end + TILES < w->tiles ? end + TILES : w->tiles;
    stretch s;
    for (int64_t tile = first; tile < last; tile += s.count) {
        s = stretch_at(w, tile, tile < end ? end : last);
        int64_t y = s.row * TILE, x = s.column * TILE, width = s.count * TILE;
        if (tile < end)
            count += add_pieces(w->target, w->to + s.sample * picture_size(w->target), y, x, TILE, width, pieces + count);
        else
            count += add_pieces(w->source, w->from + s.sample * picture_size(w->source), y - w->before[0], x - w->before[1],
                                TILE + SIDE - 1, width + SIDE - 1, pieces + count);
    }
    return count;
}

/* The products of each point take the place of the point before. */
static void multiply(const work *w, int64_t first, int64_t end, float *scratch)
{
    denoise__tile_piece pieces[MOST_PIECES];
    denoise__tile_fetch fetch = {.pieces = pieces, .count = list_pieces(w, first, end, pieces)};
    int64_t read = w->source->channels, written = padded(w->target->channels);
    const denoise__run run = {.count = read};
    denoise__runs_product product = {.runs = &run,
                                     .run_count = 1,
                                     .planes = 1,
                                     .lines = 1,
                                     .rows = end - first,
                                     .columns = written,
                                     .a_row = padded(read),
                                     .a_next = 1,
                                     .b_row = PANEL,
                                     .b_panel = read * PANEL,
                                     .c_row = written,
                                     .fetch = &fetch};
    for (int64_t p = 0; p < POINTS; p++) {
        product.a = scratch + (p + 1) * w->point;
        product.b = w->packed + p * written * read;
        product.c = scratch + p * w->point;
        w->products->multiply(&product);
    }
}

/* Positions that are written, and not yet finished. */
typedef struct span {
    int64_t first, count;
} span;

static void finish(const work *w, span *waiting, int64_t first, int64_t count)
{
    bool follows = waiting->first + waiting->count == first && (waiting->count + count) * w->target->channels <= HOT;
    if (follows) {
        waiting->count += count;
        return;
    }
    if (waiting->count > 0) w->end.done(w->end.context, waiting->first, waiting->count);
    *waiting = (span){first, count};
}

static void finish_stretch(const work *w, const stretch *s, span *waiting)
{
    int64_t height = w->target->length[1], width = w->target->length[2];
    int64_t x = s->column * TILE, count = s->count * TILE < width - x ? s->count * TILE : width - x;
    for (int64_t y = s->row * TILE; y < (s->row + 1) * TILE && y < height; y++)
        finish(w, waiting, (s->sample * height + y) * width + x, count);
}

static void write_tiles(const work *w, int64_t first, int64_t end, const float *points)
{
    stretch s;
    span waiting = {0, 0};
    for (int64_t tile = first; tile < end; tile += s.count) {
        s = stretch_at(w, tile, end);
        denoise__winograd_tiles t = tiles_of(w, &s, w->target);
        w->kernels->output(&t, points + (tile - first) * t.tile_step, w->end.bias, w->end.rectifies,
                           w->end.mask == NULL ? NULL : w->end.mask + s.sample * picture_size(w->target),
                           w->to + s.sample * picture_size(w->target));
        if (w->end.done != NULL) finish_stretch(w, &s, &waiting);
    }
    if (waiting.count > 0) w->end.done(w->end.context, waiting.first, waiting.count);
}

static void run_item(void *context, int64_t index, int32_t slot)
{
    const work *w = context;
    int64_t first = index * TILES, end = w->tiles - first < TILES ? w->tiles : first + TILES;
    float *scratch = w->scratch + slot * item_size(w);
    read_tiles(w, first, end, scratch + w->point);
    multiply(w, first, end, scratch);
    write_tiles(w, first, end, scratch);
}

void denoise__winograd_run(const denoise__correlation *c, bool adjoint, const float *from, const float *packed, float *to,
                           int64_t batch, float *scratch, const denoise__correlation_end *end)
{
    work w = work_of(c, adjoint, batch);
    if (w.tiles == 0 || w.target->channels == 0) return;
    w.from = from;
    w.packed = packed;
    w.to = to;
    w.scratch = scratch;
    if (end != NULL) w.end = *end;
    w.kernels = denoise__winograd_table();
    w.products = denoise__runs_table();
    denoise__parallel_slots((w.tiles + TILES - 1) / TILES, (int32_t)slots_of(&w), run_item, &w);
}
