/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/alloc_run.h"
#include "support/failing_alloc.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t alloc_hash(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    hash ^= 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

uint64_t alloc_hash_text(uint64_t hash, const char *text)
{
    return alloc_hash(hash, text, strlen(text));
}

uint64_t alloc_hash_tensor(uint64_t hash, const denoise_tensor *tensor)
{
    int32_t rank = denoise_tensor_rank(tensor), dtype = denoise_tensor_dtype(tensor);
    hash = alloc_hash(hash, &dtype, sizeof dtype);
    hash = alloc_hash(hash, denoise_tensor_shape(tensor), (size_t)rank * sizeof(int64_t));
    return alloc_hash(hash, denoise_tensor_const_data(tensor), (size_t)denoise_tensor_bytes(tensor));
}

denoise_status alloc_checked(denoise_status status, const void *out)
{
    const void *left;
    memcpy(&left, out, sizeof left); /* its address was given, so that it is read after the call */
    return status != DENOISE_OK && left != NULL ? DENOISE_ERR_INTERNAL : status;
}

void alloc_keep_files_in_memory(void)
{
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK | X_OK) == 0) (void)setenv("TMPDIR", "/dev/shm", 0);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

void alloc_sink_set(void)
{
    const denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink, .write = swallow, .is_terminal = 1, .columns = 80};
    if (denoise_set_log_sink(&sink) != DENOISE_OK) abort();
}

void alloc_sink_remove(void)
{
    if (denoise_set_log_sink(NULL) != DENOISE_OK) abort();
}

/* What a call without failures does. */
typedef struct outcome {
    int64_t allocations;
    uint64_t bits, state;
} outcome;

static void *make(const alloc_case *what)
{
    return what->make == NULL ? NULL : what->make(what->data);
}

static void drop(const alloc_case *what, void *objects)
{
    if (what->drop != NULL) what->drop(objects);
    denoise_shutdown(); /* what is made on first use is made anew for the next point */
}

static uint64_t state_of(const alloc_case *what, void *objects)
{
    return what->state == NULL ? 0 : what->state(objects);
}

static void tell(const alloc_run *run, const alloc_case *what, char *text, size_t size)
{
    (void)snprintf(text, size, "%s: %s%s%s", run->area, what->name, what->variant == NULL ? "" : ", ",
                   what->variant == NULL ? "" : what->variant);
}

static outcome call_undisturbed(alloc_run *run, const alloc_case *what)
{
    char name[160];
    outcome result = {0};
    void *objects = make(what);
    int64_t before = failing_alloc_calls();
    denoise_status status = what->call(objects, &result.bits);
    result.allocations = failing_alloc_calls() - before;
    result.state = state_of(what, objects);
    tell(run, what, name, sizeof name);
    campaign_check(run->c, status == DENOISE_OK, "%s: without a failure: %s: %s", name, denoise_status_name(status),
                   denoise_last_error());
    drop(what, objects);
    return result;
}

/* The lowest number that the next file would get: greater once one was left open. */
static int next_file(void)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)close(file);
    return file;
}

static void check_failed(alloc_run *run, const alloc_case *what, void *objects, uint64_t before, const outcome *usual,
                         const char *where)
{
    campaign *c = run->c;
    alloc_left left = {.state = before, .bits = usual->bits, .after = usual->state};
    uint64_t bits = 0;
    if (what->left != NULL) what->left(objects, &left);
    campaign_check(c, state_of(what, objects) == left.state, "%s: the call failed and left something changed", where);
    denoise_status status = what->call(objects, &bits);
    campaign_check(c, status == DENOISE_OK, "%s: the same call then fails: %s: %s", where, denoise_status_name(status),
                   denoise_last_error());
    if (status != DENOISE_OK) return;
    campaign_check(c, bits == left.bits, "%s: the same call then gives other bits", where);
    campaign_check(c, state_of(what, objects) == left.after, "%s: the same call then leaves another state", where);
}

static void try_point(alloc_run *run, const alloc_case *what, const outcome *usual, int64_t nth, bool for_ever)
{
    char name[160], where[240];
    campaign *c = run->c;
    uint64_t bits = 0;
    int64_t blocks = failing_alloc_live();
    int file = next_file();
    tell(run, what, name, sizeof name);
    (void)snprintf(where, sizeof where, "%s: allocation %lld of %lld fails%s", name, (long long)nth,
                   (long long)usual->allocations, for_ever ? ", and all after it" : "");
    void *objects = make(what);
    uint64_t before = state_of(what, objects);
    failing_alloc_arm(nth, for_ever);
    denoise_status status = what->call(objects, &bits);
    bool failed = failing_alloc_disarm();
    campaign_check(c, failed, "%s: it was not reached: the call does not always do the same", where);
    if (failed && campaign_check(c, status == DENOISE_ERR_NOMEM, "%s: the call answers %s: %s", where,
                                 denoise_status_name(status), denoise_last_error())) {
        campaign_check(c, denoise_last_status() == DENOISE_ERR_NOMEM && denoise_last_error()[0] != '\0',
                       "%s: the thread's message is \"%s\"", where, denoise_last_error());
        check_failed(run, what, objects, before, usual, where);
    }
    drop(what, objects);
    int64_t lost = failing_alloc_live() - blocks;
    campaign_check(c, lost == 0, "%s: %lld blocks leak", where, (long long)lost);
    campaign_check(c, next_file() == file, "%s: a file is left open", where);
}

static bool is_chosen(const alloc_run *run, int64_t number)
{
    return number % run->stride == (int64_t)(run->c->seed % (uint64_t)run->stride);
}

static bool any_chosen(const alloc_run *run, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (is_chosen(run, run->next + i) && (run->c->only < 0 || run->c->only == run->next + i)) return true;
    return false;
}

static void measure(alloc_run *run, const alloc_case *what)
{
    if (run->case_count == run->size_count) {
        int64_t count = run->size_count > 0 ? 2 * run->size_count : 64;
        int64_t *sizes = realloc(run->sizes, (size_t)count * sizeof *sizes);
        if (sizes == NULL) abort();
        run->sizes = sizes;
        run->size_count = count;
    }
    run->sizes[run->case_count++] = call_undisturbed(run, what).allocations;
    run->total += 2 * run->sizes[run->case_count - 1];
}

void alloc_try(alloc_run *run, const alloc_case *what)
{
    if (run->measures) {
        measure(run, what);
        return;
    }
    int64_t count = run->sizes[run->case_count++];
    if (any_chosen(run, 2 * count)) {
        outcome usual = call_undisturbed(run, what);
        for (int64_t i = 0; i < 2 * count; i++) {
            if (!is_chosen(run, run->next + i) || !campaign_case(run->c, run->next + i)) continue;
            try_point(run, what, &usual, i / 2 + 1, i % 2 != 0);
            run->points++;
        }
    }
    run->next += 2 * count;
}
