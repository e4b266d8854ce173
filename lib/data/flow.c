/* SPDX-License-Identifier: Apache-2.0 */
#include "data/flow.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/random.h"

enum { CHUNK = 64 }; /* rows that shuffling takes from the node before it at once */

typedef struct node node;

/* Rows that may be written over. */
typedef struct spare_rows {
    denoise__rows *rows;
    int64_t at, room;
} spare_rows;

typedef struct node_ops {
    /* A pass, or a repetition in it, begins. */
    denoise_status (*begin)(denoise__flow *flow, node *it);
    denoise_status (*pull)(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count);
    /* NULL: rows are pulled and dropped. *count: rows that were passed over; fewer only at the end. */
    denoise_status (*skip)(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count);
} node_ops;

struct node {
    const node_ops *ops;
    const denoise__stage *stage; /* NULL: gathers */
    node *input;
    bool has_values;
    int64_t repetition;
    int64_t row;      /* rows given in this repetition */
    int64_t given;    /* by repeat: since its input began anew */
    int64_t finished; /* by repeat: times that its input has ended */
    int64_t restarts; /* by repeat: of its input, in this pass */
    bool has_skipped;
    bool has_ended; /* a generator, or what comes before a shuffle */
    uint64_t key, drawn;
    denoise__rows *buffer, *chunk; /* of shuffle */
    int64_t filled, next_of_chunk;
};

struct denoise__flow {
    const denoise_dataset *dataset;
    const denoise__host *host;
    int64_t pass;
    int64_t node_count;
    node *nodes;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static denoise_status begin(denoise__flow *flow, node *it, int64_t repetition)
{
    it->repetition = repetition;
    it->row = it->given = it->finished = 0;
    it->has_skipped = false;
    if (it->ops->begin != NULL) return it->ops->begin(flow, it);
    return it->input == NULL ? DENOISE_OK : begin(flow, it->input, repetition);
}

static denoise_status pull(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    *count = 0;
    DENOISE__TRY(it->ops->pull(flow, it, to, at, room, count));
    it->row += *count;
    return DENOISE_OK;
}

/* Rows are pulled into the spare ones and dropped. */
static denoise_status drop(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    for (int64_t got = 1; *count < rows && got > 0; *count += got)
        DENOISE__TRY(pull(flow, it, spare->rows, spare->at, smaller(rows - *count, spare->room), &got));
    return DENOISE_OK;
}

/* *count: how many there were. */
static denoise_status skip(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    int64_t before = it->row;
    *count = 0;
    DENOISE__TRY((it->ops->skip != NULL ? it->ops->skip : drop)(flow, it, rows, spare, count));
    it->row = before + *count;
    return DENOISE_OK;
}

/* ---- functions of the caller's */

static void step_out(const denoise__flow *flow)
{
    if (flow->host->step_out != NULL) flow->host->step_out(flow->host->context);
}

static void step_in(const denoise__flow *flow)
{
    if (flow->host->step_in != NULL) flow->host->step_in(flow->host->context);
}

static denoise_dataset_place place_of(const denoise__flow *flow, const node *it, int64_t row)
{
    return (denoise_dataset_place){
        .struct_size = (int64_t)sizeof(denoise_dataset_place), .pass = flow->pass, .repetition = it->repetition, .row = row};
}

/* A function may return any code, with or without a message of the library's: no older text may stand for it. */
static denoise_status explain(denoise_status status, uint64_t failures, const char *function, int64_t row)
{
    if (status == DENOISE_OK) return status;
    if (denoise__failures() != failures && denoise_last_status() == status)
        return denoise__context(status, "%s at row %lld: ", function, (long long)row);
    return denoise__fail(status, "%s at row %lld returned %d", function, (long long)row, (int)status);
}

typedef denoise_status (*place_function)(const denoise_dataset_place *place, void *user_data);

static denoise_status call_with_place(denoise__flow *flow, const node *it, place_function function, const char *name,
                                      int64_t row)
{
    denoise_dataset_place place = place_of(flow, it, row);
    uint64_t failures = denoise__failures();
    step_out(flow);
    denoise_status status = function(&place, it->stage->user_data);
    step_in(flow);
    return explain(status, failures, name, row);
}

static denoise_tensor *const *weights_of(const denoise__flow *flow, const denoise__rows *rows)
{
    const denoise__row_form *form = &flow->dataset->form;
    int64_t first = form->input_count + form->target_count;
    for (int64_t i = first; i < form->part_count; i++)
        if (rows->lent[i] != NULL) return rows->lent + first;
    return NULL;
}

/* ---- rows of tensors */

static denoise_status pull_tensors(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    (void)flow;
    *count = smaller(room, it->stage->rows - it->row);
    for (int64_t i = 0; i < *count; i++)
        to->origin[at + i] = it->row + i;
    return DENOISE_OK;
}

static denoise_status skip_tensors(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    (void)flow;
    (void)spare;
    *count = smaller(rows, it->stage->rows - it->row);
    return DENOISE_OK;
}

static denoise_status pull_gather(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    DENOISE__TRY(pull(flow, it->input, to, at, room, count));
    denoise__rows_gather(to, at, *count, flow->dataset->form.like);
    return DENOISE_OK;
}

static denoise_status skip_input(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    return skip(flow, it->input, rows, spare, count);
}

/* ---- rows of a generator */

static denoise_status begin_generator(denoise__flow *flow, node *it)
{
    if (it->stage->generator.restart == NULL) return DENOISE_OK; /* its rows go on, if they have not ended */
    it->has_ended = false;
    return call_with_place(flow, it, it->stage->generator.restart, "the generator's restart", 0);
}

static denoise_status check_given(const node *it, int64_t given, int64_t room)
{
    int64_t rows = it->stage->rows;
    if (given < 0 || given > room) {
        return denoise__fail(DENOISE_ERR_RANGE, "the generator gave %lld rows at row %lld, there was room for %lld",
                             (long long)given, (long long)it->row, (long long)room);
    }
    if (given > 0 || rows < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "the generator ended at row %lld, it has announced %lld rows", (long long)it->row,
                         (long long)rows);
}

static denoise_status call_next(denoise__flow *flow, const node *it, denoise__rows *to, int64_t *given)
{
    const denoise__row_form *form = &flow->dataset->form;
    denoise_dataset_place place = place_of(flow, it, it->row);
    denoise_tensor *const *y = form->target_count == 0 ? NULL : to->lent + form->input_count;
    uint64_t failures = denoise__failures();
    step_out(flow);
    denoise_status status = it->stage->generator.next(given, to->lent, y, weights_of(flow, to), &place, it->stage->user_data);
    step_in(flow);
    denoise__rows_take_back(to);
    return explain(status, failures, "the generator's next", it->row);
}

static denoise_status pull_generator(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    int64_t given = 0;
    if (it->stage->rows >= 0) room = smaller(room, it->stage->rows - it->row);
    if (it->has_ended || room == 0) return DENOISE_OK;
    denoise__rows_lend(to, at, room);
    DENOISE__TRY(call_next(flow, it, to, &given));
    DENOISE__TRY(check_given(it, given, room));
    it->has_ended = given == 0;
    for (int64_t i = 0; i < given; i++)
        to->origin[at + i] = it->row + i;
    *count = given;
    return DENOISE_OK;
}

static denoise_status skip_generator(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    if (it->stage->rows >= 0) rows = smaller(rows, it->stage->rows - it->row);
    if (it->stage->generator.seek != NULL) {
        if (rows == 0) return DENOISE_OK;
        *count = rows;
        return call_with_place(flow, it, it->stage->generator.seek, "the generator's seek", it->row + rows);
    }
    return drop(flow, it, rows, spare, count);
}

/* ---- stages */

static denoise_status pull_map(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    const denoise__row_form *form = &flow->dataset->form;
    DENOISE__TRY(pull(flow, it->input, to, at, room, count));
    if (*count == 0) return DENOISE_OK;
    denoise_dataset_place place = place_of(flow, it, it->row);
    denoise_tensor *const *y = form->target_count == 0 ? NULL : to->lent + form->input_count;
    uint64_t failures = denoise__failures();
    denoise__rows_lend(to, at, *count);
    step_out(flow);
    denoise_status status = it->stage->map(to->lent, y, weights_of(flow, to), &place, it->stage->user_data);
    step_in(flow);
    denoise__rows_take_back(to);
    return explain(status, failures, "map", it->row);
}

static denoise_status pull_take(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    room = smaller(room, it->stage->count - it->row);
    return room == 0 ? DENOISE_OK : pull(flow, it->input, to, at, room, count);
}

static denoise_status skip_take(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    return skip(flow, it->input, smaller(rows, it->stage->count - it->row), spare, count);
}

static denoise_status pull_skip(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    int64_t skipped = 0;
    const spare_rows spare = {.rows = to, .at = at, .room = room};
    if (!it->has_skipped) DENOISE__TRY(skip(flow, it->input, it->stage->count, &spare, &skipped));
    it->has_skipped = true;
    return pull(flow, it->input, to, at, room, count);
}

static denoise_status skip_skip(denoise__flow *flow, node *it, int64_t rows, const spare_rows *spare, int64_t *count)
{
    int64_t skipped = 0;
    if (!it->has_skipped) DENOISE__TRY(skip(flow, it->input, it->stage->count, spare, &skipped));
    it->has_skipped = true;
    return skip(flow, it->input, rows, spare, count);
}

static denoise_status begin_repeat(denoise__flow *flow, node *it)
{
    it->restarts = it->repetition == 0 ? 0 : it->restarts + 1;
    return begin(flow, it->input, it->restarts);
}

/* An input that gives nothing, again and again, has ended. */
static denoise_status pull_repeat(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    int64_t times = it->stage->count;
    while (times < 0 || it->finished < times) {
        DENOISE__TRY(pull(flow, it->input, to, at, room, count));
        if (*count > 0) {
            it->given += *count;
            return DENOISE_OK;
        }
        if (it->given == 0) return DENOISE_OK;
        it->given = 0;
        if (++it->finished != times) DENOISE__TRY(begin(flow, it->input, ++it->restarts));
    }
    return DENOISE_OK;
}

/* ---- shuffling */

static denoise_status begin_shuffle(denoise__flow *flow, node *it)
{
    it->filled = it->next_of_chunk = it->chunk->count = 0;
    it->has_ended = false;
    it->drawn = 0;
    it->key = denoise__stream(DENOISE__STREAM_DATASET, (uint64_t)flow->pass, (uint64_t)it->repetition,
                              (uint64_t)(it->stage - flow->dataset->stages));
    return begin(flow, it->input, it->repetition);
}

static denoise_status fill_buffer(denoise__flow *flow, node *it)
{
    while (!it->has_ended && it->filled < it->buffer->room) {
        int64_t got = 0;
        DENOISE__TRY(pull(flow, it->input, it->buffer, it->filled, it->buffer->room - it->filled, &got));
        it->filled += got;
        it->has_ended = got == 0;
    }
    return DENOISE_OK;
}

/* Puts the next row, or the last one of the buffer, in the place of one that was given. */
static denoise_status replace(denoise__flow *flow, node *it, int64_t place)
{
    if (!it->has_ended && it->next_of_chunk == it->chunk->count) {
        it->next_of_chunk = 0;
        DENOISE__TRY(pull(flow, it->input, it->chunk, 0, it->chunk->room, &it->chunk->count));
        it->has_ended = it->chunk->count == 0;
    }
    if (it->next_of_chunk < it->chunk->count) {
        denoise__rows_copy(it->buffer, place, it->chunk, it->next_of_chunk++, 1);
        return DENOISE_OK;
    }
    it->filled--;
    if (place != it->filled) denoise__rows_copy(it->buffer, place, it->buffer, it->filled, 1);
    return DENOISE_OK;
}

static denoise_status pull_shuffle(denoise__flow *flow, node *it, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    DENOISE__TRY(fill_buffer(flow, it));
    for (; *count < room && it->filled > 0; ++*count) {
        int64_t place = denoise__random_below(it->stage->seed, it->key, &it->drawn, it->filled);
        denoise__rows_copy(to, at + *count, it->buffer, place, 1);
        DENOISE__TRY(replace(flow, it, place));
    }
    return DENOISE_OK;
}

/* ---- the flow */

static const node_ops gather_ops = {.pull = pull_gather, .skip = skip_input};
static const node_ops ops_of[] = {
    [DENOISE__STAGE_TENSORS] = {.pull = pull_tensors, .skip = skip_tensors},
    [DENOISE__STAGE_GENERATOR] = {.begin = begin_generator, .pull = pull_generator, .skip = skip_generator},
    [DENOISE__STAGE_SHUFFLE] = {.begin = begin_shuffle, .pull = pull_shuffle},
    [DENOISE__STAGE_TAKE] = {.pull = pull_take, .skip = skip_take},
    [DENOISE__STAGE_SKIP] = {.pull = pull_skip, .skip = skip_skip},
    [DENOISE__STAGE_REPEAT] = {.begin = begin_repeat, .pull = pull_repeat},
    [DENOISE__STAGE_MAP] = {.pull = pull_map, .skip = skip_input},
};

static denoise_status make_buffers(denoise__flow *flow, node *it)
{
    int64_t room = it->stage->count, rows = it->stage->rows;
    if (rows >= 0) room = smaller(room, rows > 0 ? rows : 1);
    DENOISE__TRY(denoise__rows_new(&it->buffer, &flow->dataset->form, room, it->has_values));
    return denoise__rows_new(&it->chunk, &flow->dataset->form, smaller(room, CHUNK), it->has_values);
}

static denoise_status add_node(denoise__flow *flow, const denoise__stage *stage)
{
    node *before = flow->node_count == 0 ? NULL : &flow->nodes[flow->node_count - 1];
    node *it = &flow->nodes[flow->node_count++];
    *it = (node){.ops = stage == NULL ? &gather_ops : &ops_of[stage->kind], .stage = stage, .input = before};
    it->has_values = before == NULL ? stage->kind == DENOISE__STAGE_GENERATOR : stage == NULL || before->has_values;
    return stage != NULL && stage->kind == DENOISE__STAGE_SHUFFLE ? make_buffers(flow, it) : DENOISE_OK;
}

static denoise_status add_nodes(denoise__flow *flow, bool wants_values)
{
    const denoise_dataset *dataset = flow->dataset;
    for (int64_t i = 0; i < dataset->stage_count; i++) {
        const denoise__stage *stage = &dataset->stages[i];
        bool gathers = stage->kind == DENOISE__STAGE_MAP && !denoise__flow_has_values(flow);
        if (gathers) DENOISE__TRY(add_node(flow, NULL));
        DENOISE__TRY(add_node(flow, stage));
    }
    return wants_values && !denoise__flow_has_values(flow) ? add_node(flow, NULL) : DENOISE_OK;
}

denoise_status denoise__flow_new(denoise__flow **out, const denoise_dataset *dataset, const denoise__host *host,
                                 bool wants_values)
{
    *out = NULL;
    denoise__flow *flow = denoise__allocate_zeroed(1, sizeof *flow);
    if (flow == NULL) return denoise__fail_nomem();
    flow->dataset = dataset;
    flow->host = host;
    flow->nodes = denoise__allocate_zeroed((size_t)dataset->stage_count + 1, sizeof *flow->nodes);
    denoise_status status = flow->nodes == NULL ? denoise__fail_nomem() : add_nodes(flow, wants_values);
    if (status != DENOISE_OK) {
        denoise__flow_free(flow);
        return status;
    }
    *out = flow;
    return DENOISE_OK;
}

void denoise__flow_free(denoise__flow *flow)
{
    if (flow == NULL) return;
    for (int64_t i = 0; i < flow->node_count; i++) {
        denoise__rows_free(flow->nodes[i].buffer);
        denoise__rows_free(flow->nodes[i].chunk);
    }
    denoise__release(flow->nodes);
    denoise__release(flow);
}

bool denoise__flow_has_values(const denoise__flow *flow)
{
    return flow->nodes[flow->node_count - 1].has_values;
}

denoise_status denoise__flow_begin(denoise__flow *flow, int64_t pass)
{
    flow->pass = pass;
    return begin(flow, &flow->nodes[flow->node_count - 1], 0);
}

denoise_status denoise__flow_pull(denoise__flow *flow, denoise__rows *to, int64_t at, int64_t room, int64_t *count)
{
    return pull(flow, &flow->nodes[flow->node_count - 1], to, at, room, count);
}

denoise_status denoise__flow_skip(denoise__flow *flow, int64_t rows, denoise__rows *spare)
{
    int64_t skipped = 0;
    const spare_rows over = {.rows = spare, .room = spare->room};
    return skip(flow, &flow->nodes[flow->node_count - 1], rows, &over, &skipped);
}
