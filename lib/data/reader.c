/* SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/worker.h"

/* A batch, or what came instead. */
typedef struct slot {
    denoise__rows *rows;
    denoise_status status;
    char message[DENOISE__MESSAGE_SIZE];
} slot;

struct denoise__reader {
    denoise_dataset *dataset;
    denoise__flow *flow;
    denoise__host host, given_host; /* none while a thread makes the batches, which has nothing to step out of */
    denoise__fp_state environment;
    bool has_environment;
    int64_t batch_size;
    int64_t slot_count; /* 1 without a thread */
    slot *slots;

    denoise__worker *worker; /* NULL: no thread was asked for, or there is none to be had */
    /* Guarded by the worker's lock once the thread runs. */
    bool is_stopping;
    bool is_making;  /* the thread is at work outside the lock */
    bool is_over;    /* the pass has ended or failed: nothing is made until the next begins */
    bool must_begin; /* a pass is to be begun */
    int64_t pass, batch;
    int64_t taken; /* slot that is to be taken next */
    int64_t ready; /* slots that are full */
    bool has_lent; /* the slot before `taken` is in the caller's hands */
};

/* ---- making a batch */

static denoise_status begin_pass(denoise__reader *reader, denoise__rows *spare)
{
    int64_t rows = 0;
    if (!reader->must_begin) return DENOISE_OK;
    reader->must_begin = false;
    DENOISE__TRY(denoise__flow_begin(reader->flow, reader->pass));
    if (!denoise__multiply(reader->batch, reader->batch_size, &rows))
        return denoise__fail(DENOISE_ERR_OVERFLOW, "batch %lld of the dataset is out of reach", (long long)reader->batch);
    return rows == 0 ? DENOISE_OK : denoise__flow_skip(reader->flow, rows, spare);
}

static denoise_status fill(denoise__reader *reader, denoise__rows *rows)
{
    rows->count = 0;
    DENOISE__TRY(begin_pass(reader, rows));
    for (int64_t got = 1; rows->count < rows->room && got > 0; rows->count += got)
        DENOISE__TRY(denoise__flow_pull(reader->flow, rows, rows->count, rows->room - rows->count, &got));
    if (reader->dataset->drops_remainder && rows->count < rows->room) rows->count = 0;
    return DENOISE_OK;
}

static void make(denoise__reader *reader, slot *to)
{
    to->status = fill(reader, to->rows);
    if (to->status != DENOISE_OK) denoise__format(to->message, sizeof to->message, "%s", denoise_last_error());
}

static bool ends_pass(const slot *made)
{
    return made->status != DENOISE_OK || made->rows->count == 0;
}

/* ---- the thread */

static bool has_room(const denoise__reader *reader)
{
    return reader->ready + reader->has_lent < reader->slot_count;
}

static void read_ahead(void *context)
{
    denoise__reader *reader = context;
    if (reader->has_environment) denoise__fp_leave(&reader->environment);
    denoise__worker_lock(reader->worker);
    for (;;) {
        while (!reader->is_stopping && (reader->is_over || !has_room(reader)))
            denoise__worker_wait(reader->worker);
        if (reader->is_stopping) break;
        slot *to = &reader->slots[(reader->taken + reader->ready) % reader->slot_count];
        reader->is_making = true;
        denoise__worker_unlock(reader->worker);
        make(reader, to);
        denoise__worker_lock(reader->worker);
        reader->is_making = false;
        reader->is_over = ends_pass(to);
        reader->ready++;
        denoise__worker_wake(reader->worker);
    }
    denoise__worker_unlock(reader->worker);
}

static bool has_thread(const denoise__reader *reader)
{
    return reader->worker != NULL && denoise__worker_is_running(reader->worker);
}

/* ---- the caller's side */

static void ask_for_pass(denoise__reader *reader, int64_t pass, int64_t batch)
{
    reader->must_begin = true;
    reader->is_over = false;
    reader->pass = pass;
    reader->batch = batch;
}

void denoise__reader_begin(denoise__reader *reader, int64_t pass, int64_t batch)
{
    if (!has_thread(reader)) {
        ask_for_pass(reader, pass, batch);
        /* Where no thread is to be had, it goes without. One that fork() has lost is not replaced. */
        bool is_ahead = reader->worker != NULL && denoise__worker_start(reader->worker, read_ahead, reader);
        if (!is_ahead) reader->host = reader->given_host;
        return;
    }
    denoise__worker_lock(reader->worker);
    reader->is_over = true;
    while (reader->is_making)
        denoise__worker_wait(reader->worker);
    reader->ready = 0;
    ask_for_pass(reader, pass, batch);
    denoise__worker_wake(reader->worker);
    denoise__worker_unlock(reader->worker);
}

/* The slot of the next batch, or one that says why there is none. */
static const slot *take(denoise__reader *reader)
{
    denoise__worker_lock(reader->worker);
    reader->has_lent = false;
    denoise__worker_wake(reader->worker);
    while (reader->ready == 0 && (reader->is_making || !reader->is_over))
        denoise__worker_wait(reader->worker);
    /* Over, and the last slot has been taken: it is given again. */
    int64_t at = reader->ready > 0 ? reader->taken : (reader->taken + reader->slot_count - 1) % reader->slot_count;
    if (reader->ready > 0) {
        reader->taken = (reader->taken + 1) % reader->slot_count;
        reader->ready--;
    }
    reader->has_lent = true;
    denoise__worker_unlock(reader->worker);
    return &reader->slots[at];
}

static const slot *make_here(denoise__reader *reader)
{
    if (!reader->is_over || reader->must_begin) {
        make(reader, &reader->slots[0]);
        reader->is_over = ends_pass(&reader->slots[0]);
    }
    return &reader->slots[0];
}

denoise_status denoise__reader_next(denoise__reader *reader, const denoise__rows **rows)
{
    *rows = NULL;
    if (reader->worker != NULL && denoise__worker_is_lost(reader->worker)) {
        return denoise__fail(DENOISE_ERR_STATE,
                             "the thread that makes the dataset's batches ahead did not come along through fork()");
    }
    bool is_here = !has_thread(reader);
    const slot *next = is_here ? make_here(reader) : take(reader);
    if (next->status == DENOISE_OK)
        *rows = next->rows;
    else if (!is_here)
        return denoise__fail_text(next->status, next->message);
    return next->status;
}

/* ---- open and close */

static denoise_status make_slots(denoise__reader *reader)
{
    bool has_values = denoise__flow_has_values(reader->flow);
    reader->slots = denoise__allocate_zeroed((size_t)reader->slot_count, sizeof *reader->slots);
    if (reader->slots == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < reader->slot_count; i++) {
        DENOISE__TRY(denoise__rows_new(&reader->slots[i].rows, &reader->dataset->form, reader->batch_size, has_values));
        denoise__rows_clear(reader->slots[i].rows);
    }
    return DENOISE_OK;
}

/* A dataset without functions has nothing to wait for. */
static denoise_status make_reader(denoise__reader *reader, const denoise__reader_options *options)
{
    const denoise_dataset *dataset = reader->dataset;
    int64_t rows = denoise_dataset_rows(dataset);
    reader->batch_size = dataset->batch_size > 0 ? dataset->batch_size : options->batch_size;
    if (rows >= 0 && rows < reader->batch_size && !dataset->drops_remainder) reader->batch_size = rows > 0 ? rows : 1;
    bool is_ahead = dataset->prefetch > 0 && dataset->calls_functions;
    reader->slot_count = is_ahead ? dataset->prefetch + 1 : 1;
    DENOISE__TRY(denoise__flow_new(&reader->flow, dataset, &reader->host, options->wants_values));
    DENOISE__TRY(make_slots(reader));
    if (!is_ahead) return DENOISE_OK;
    reader->worker = denoise__worker_new();
    return reader->worker == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

denoise_status denoise__reader_open(denoise__reader **out, denoise_dataset *dataset, const denoise__reader_options *options)
{
    *out = NULL;
    denoise__reader *reader = denoise__allocate_zeroed(1, sizeof *reader);
    if (reader == NULL) return denoise__fail_nomem();
    denoise_status status = denoise__dataset_claim(dataset);
    if (status != DENOISE_OK) {
        denoise__release(reader);
        return status;
    }
    denoise__dataset_retain(dataset);
    reader->dataset = dataset;
    reader->is_over = true;
    status = make_reader(reader, options);
    if (status != DENOISE_OK) {
        denoise__reader_close(reader);
        return status;
    }
    reader->given_host = options->host;
    reader->has_environment = options->environment != NULL;
    if (reader->has_environment) reader->environment = *options->environment;
    *out = reader;
    return DENOISE_OK;
}

static void stop_thread(denoise__reader *reader)
{
    if (!has_thread(reader)) return;
    denoise__worker_lock(reader->worker);
    reader->is_stopping = true;
    denoise__worker_wake(reader->worker);
    denoise__worker_unlock(reader->worker);
}

void denoise__reader_close(void *object)
{
    denoise__reader *reader = object;
    if (reader == NULL) return;
    stop_thread(reader);
    denoise__worker_free(reader->worker);
    denoise__flow_free(reader->flow);
    for (int64_t i = 0; reader->slots != NULL && i < reader->slot_count; i++)
        denoise__rows_free(reader->slots[i].rows);
    denoise__release(reader->slots);
    denoise__dataset_give_back(reader->dataset);
    denoise_dataset_free(reader->dataset);
    denoise__release(reader);
}

/* ---- what it is */

int64_t denoise__reader_batch_size(const denoise__reader *reader)
{
    return reader->batch_size;
}

int64_t denoise__reader_batches(const denoise__reader *reader)
{
    int64_t rows = denoise_dataset_rows(reader->dataset);
    if (rows < 0) return rows;
    bool has_more = rows % reader->batch_size != 0 && !reader->dataset->drops_remainder;
    return rows / reader->batch_size + has_more;
}

const denoise__rows *denoise__reader_sample(const denoise__reader *reader)
{
    return reader->slots[0].rows;
}

const denoise_dataset *denoise__reader_dataset(const denoise__reader *reader)
{
    return reader->dataset;
}
