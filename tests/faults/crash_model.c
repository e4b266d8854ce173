/* SPDX-License-Identifier: Apache-2.0 */
#include "crash_model.h"
#include <string.h>

enum { PAGE = 4096, SECTOR = 512 };

typedef struct piece {
    size_t offset, size;
} piece;

/* What is known of the disk after some operations. */
typedef struct disk {
    const crash_log *log;
    int done;
    piece pieces[CRASH_PIECES]; /* not synced */
    int piece_count;
    size_t synced_size, size;
    unsigned synced_mode, mode;
    bool created, renamed, created_synced, renamed_synced;
    bool overflows;
} disk;

void crash_log_add(crash_log *log, const crash_op *op, const void *data)
{
    log->overflows = log->overflows || log->count == CRASH_OPS || log->size + op->size > CRASH_BYTES;
    if (log->overflows) return;
    log->ops[log->count] = *op;
    log->ops[log->count].offset = log->size;
    if (op->size > 0) memcpy(log->data + log->size, data, op->size);
    log->size += op->size;
    log->count++;
}

static void add_pieces(disk *d, const crash_op *op)
{
    for (size_t at = op->offset, end = op->offset + op->size; at < end;) {
        size_t next = (at / PAGE + 1) * PAGE < end ? (at / PAGE + 1) * PAGE : end;
        if (d->piece_count == CRASH_PIECES) {
            d->overflows = true;
            return;
        }
        d->pieces[d->piece_count++] = (piece){at, next - at};
        at = next;
    }
    d->size = op->offset + op->size;
}

static void apply(disk *d, const crash_op *op)
{
    switch (op->kind) {
    case CRASH_CREATE:
        d->created = true;
        d->mode = d->synced_mode = op->mode;
        break;
    case CRASH_MODE:
        d->mode = op->mode;
        break;
    case CRASH_WRITE:
        add_pieces(d, op);
        break;
    case CRASH_SYNC_FILE:
        d->piece_count = 0;
        d->synced_size = d->size;
        d->synced_mode = d->mode;
        break;
    case CRASH_RENAME:
        d->renamed = true;
        break;
    case CRASH_SYNC_FOLDER:
        d->created_synced = d->created;
        d->renamed_synced = d->renamed;
        break;
    }
}

typedef struct visitor {
    void (*visit)(const crash_state *state, void *user_data);
    void *user_data;
    int64_t count;
} visitor;

static void tell(visitor *v, crash_state *state)
{
    v->count++;
    v->visit(state, v->user_data);
}

/* Names that the folder may have: neither, the first, the target's, both. */
static void each_naming(visitor *v, const disk *d, crash_state *state)
{
    bool may_be_renamed = d->renamed, must_be_renamed = d->renamed_synced;
    if (!must_be_renamed) {
        state->target_is_new = false;
        state->temporary_is_there = d->created;
        tell(v, state);
        if (d->created && !d->created_synced) {
            state->temporary_is_there = false;
            tell(v, state);
        }
    }
    if (may_be_renamed) {
        state->target_is_new = true;
        state->temporary_is_there = false;
        tell(v, state);
        if (!must_be_renamed) {
            state->temporary_is_there = true;
            tell(v, state);
        }
    }
}

static void each_mode(visitor *v, const disk *d, crash_state *state)
{
    state->mode = d->synced_mode;
    each_naming(v, d, state);
    if (d->mode == d->synced_mode) return;
    state->mode = d->mode;
    each_naming(v, d, state);
}

/* The file as long as its last piece, or as long as all that was written. */
static void each_size(visitor *v, const disk *d, crash_state *state, size_t end)
{
    state->size = end > d->synced_size ? end : d->synced_size;
    each_mode(v, d, state);
    if (state->size == d->size) return;
    state->size = d->size;
    each_mode(v, d, state);
}

/* The pieces of `kept`, the last of them cut at a multiple of `unit`. */
static void try_pieces(visitor *v, const disk *d, uint32_t kept, size_t unit)
{
    static unsigned char content[CRASH_BYTES];
    crash_state state = {.done = d->done, .finished = d->done == d->log->count, .content = content};
    size_t end = 0;
    memset(content, 0, d->size);
    memcpy(content, d->log->data, d->synced_size);
    for (int i = 0; i < d->piece_count; i++) {
        if ((kept >> i & 1) == 0) continue;
        const piece *p = &d->pieces[i];
        end = p->offset + p->size;
        bool is_last = kept >> i == 1;
        if (is_last && unit > 1) {
            if (end % unit == 0 || end / unit * unit <= p->offset) return; /* as whole, or as not there */
            end = end / unit * unit;
        }
        memcpy(content + p->offset, d->log->data + p->offset, end - p->offset);
    }
    if (unit > 1 && kept == 0) return;
    each_size(v, d, &state, end);
}

int64_t crash_each(const crash_log *log, void (*visit)(const crash_state *state, void *user_data), void *user_data)
{
    visitor v = {visit, user_data, 0};
    disk d = {.log = log};
    if (log->overflows) return -1;
    for (d.done = 0;; d.done++) {
        for (uint32_t kept = 0; kept < (uint32_t)1 << d.piece_count; kept++) {
            try_pieces(&v, &d, kept, 1);
            try_pieces(&v, &d, kept, SECTOR);
            try_pieces(&v, &d, kept, PAGE);
        }
        if (d.done == log->count) return v.count;
        apply(&d, &log->ops[d.done]);
        if (d.overflows) return -1;
    }
}
