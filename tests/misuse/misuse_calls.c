/* SPDX-License-Identifier: Apache-2.0 */
/* Calls every public function with every argument spoilt in every way, one at a time, then two at a time, and holds the answer
 * against the function's comment: the status is one that it lists, NULL where it is not allowed is DENOISE_ERR_NULL with
 * function and parameter named, what goes out is NULL after a failure, what goes in is as before, nothing leaks. */
#include "misuse/spoil.h"
#include "support/campaign.h"
#include "support/nets.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FUNCTIONS = 1000 };

typedef struct tally {
    campaign c;
    int64_t calls[SPOIL_CLASSES], failed, number;
    int ways[MOST_FUNCTIONS][MOST_ARGUMENTS]; /* to spoil an argument */
    int64_t pairs[MOST_FUNCTIONS + 1];        /* of the functions before */
} tally;

/* ---- a crash says which call it was */

static const trial *running;
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
static struct sigaction before_crash[4];

static void write_text(const char *text)
{
    ssize_t written = write(STDOUT_FILENO, text, strlen(text));
    (void)written;
}

/* Then the handler from before has its turn: that of a sanitizer shows the place. */
static void name_crash(int number)
{
    for (int i = 0; i < 4; i++)
        (void)sigaction(crashes[i], &before_crash[i], NULL);
    write_text("misuse_calls: FAILED: crash in ");
    write_text(running->row->name);
    write_text("(");
    write_text(running->label);
    write_text(")\n");
    if (number == SIGABRT) abort();
}

static void catch_crashes(void)
{
    struct sigaction action = {.sa_handler = name_crash};
    for (int i = 0; i < 4; i++)
        (void)sigaction(crashes[i], &action, &before_crash[i]);
}

/* ---- what is expected */

static bool is_listed(const trial *t, denoise_status status)
{
    if (status == DENOISE_OK) return true;
    for (const int32_t *code = t->row->codes; *code >= 0; code++) {
        if (*code == status) return true;
    }
    return status == t->more_codes[0] || status == t->more_codes[1];
}

/* The answer is the one that the comment gives for NULL, or for an index out of range. */
static bool is_neutral(const trial *t, const answer *r, const char *neutral)
{
    switch (t->row->answers) {
    case ANSWERS_REAL:
        return strcmp(neutral, "NAN") == 0 && isnan(r->real);
    case ANSWERS_TEXT:
        if (strcmp(neutral, "a text") == 0) return r->text != NULL && r->text[0] != '\0';
        if (strcmp(neutral, "\"\"") == 0) return r->text != NULL && r->text[0] == '\0';
        return strcmp(neutral, "NULL") == 0 && r->text == NULL;
    case ANSWERS_POINTER:
        return strcmp(neutral, "NULL") == 0 && r->pointer == NULL;
    default:
        if (strcmp(neutral, "DENOISE_ERR_NULL") == 0) return r->whole == DENOISE_ERR_NULL;
        return r->whole == (strcmp(neutral, "-1") == 0 ? -1 : strcmp(neutral, "1") == 0 ? 1 : 0);
    }
}

static void check_outs(tally *y, const trial *t, bool has_failed)
{
    for (int i = 0; i < t->row->count; i++) {
        const slot *s = &t->row->slots[i];
        void **outs = t->a[i].pointer;
        if (s->kind < SLOT_OUT || s->kind > SLOT_BORROWED || outs == NULL) continue;
        for (int k = 0; k < (s->kind == SLOT_OUTS ? 16 : 1); k++) {
            bool is_untouched = outs[k] == world_nowhere(), is_several = s->kind == SLOT_OUTS;
            if (has_failed && s->free != NULL) {
                campaign_check(&y->c, outs[k] == NULL || (is_several && is_untouched),
                               "%s(%s): %s is not NULL after the failure", t->row->name, t->label, s->name);
            } else if (has_failed && !is_several) {
                campaign_check(&y->c, outs[k] == NULL, "%s(%s): %s is not NULL after the failure", t->row->name, t->label,
                               s->name);
            } else if (!is_several) {
                campaign_check(&y->c, !is_untouched, "%s(%s): %s was not set", t->row->name, t->label, s->name);
            }
            if (outs[k] == NULL || is_untouched) continue;
            if (s->free != NULL) s->free(outs[k]);
            if (s->kind == SLOT_OUT_TEXT) denoise_free(outs[k]);
        }
    }
}

static void check_status(tally *y, const trial *t, denoise_status status, const char *error, uint64_t hash)
{
    campaign *c = &y->c;
    const char *name = t->row->name, *code = denoise_status_name(status);
    campaign_check(c, is_listed(t, status), "%s(%s): %s, which the comment does not list: \"%s\"", name, t->label, code, error);
    campaign_check(c, t->spoilt > 0 || status == DENOISE_OK, "%s() fails: %s, \"%s\"", name, code, error);
    bool must_fail = t->must_fail || (t->must_fail_alone && t->spoilt == 1);
    campaign_check(c, !must_fail || status != DENOISE_OK, "%s(%s) is taken", name, t->label);
    if (status == DENOISE_OK) return;
    y->failed++;
    campaign_check(c, error[0] != '\0' && strstr(error, "-77") == NULL, "%s(%s): %s without a message", name, t->label, code);
    if (t->row->answers == ANSWERS_STATUS) {
        campaign_check(c, denoise_last_status() == status, "%s(%s): %s, but the last status is %s", name, t->label, code,
                       denoise_status_name(denoise_last_status()));
    }
    campaign_check(c, status == DENOISE_ERR_NONFINITE || world_hash(t->w) == hash, "%s(%s): %s has changed what it was given",
                   name, t->label, code);
    if (t->refused_null == NULL || t->spoilt > 1) return;
    campaign_check(c,
                   status == DENOISE_ERR_NULL && (t->refused_null->null == NULL_DEPENDS || strstr(error, name) != NULL) &&
                       strstr(error, t->refused_null->name) != NULL,
                   "%s(%s): %s, \"%s\" does not name function and parameter", name, t->label, code, error);
}

static void check_getter(tally *y, const trial *t, const answer *r)
{
    const call_row *row = t->row;
    if (row->answers == ANSWERS_NOTHING || t->spoilt != 1) return;
    bool is_object_null = t->has_null && t->refused_null != NULL;
    if (is_object_null && row->for_null[0] != '\0') {
        campaign_check(&y->c, is_neutral(t, r, row->for_null), "%s(%s) does not answer %s", row->name, t->label, row->for_null);
    }
    if (t->is_out_of_range && row->out_of_range[0] != '\0') {
        campaign_check(&y->c, is_neutral(t, r, row->out_of_range), "%s(%s) does not answer %s", row->name, t->label,
                       row->out_of_range);
    }
}

/* ---- one call */

static uint64_t hash_bytes(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    return hash;
}

/* Of the memory to write to that a failure must leave as it was. */
static uint64_t hash_rooms(const trial *t)
{
    uint64_t hash = 0;
    for (int i = 0; i < t->row->count; i++) {
        if (t->row->slots[i].kind == SLOT_ROOM && t->row->slots[i].stays_on_failure && t->a[i].pointer != NULL) {
            hash = hash * 31 + hash_bytes(t->a[i].pointer, WORLD_ROOM);
        }
    }
    return hash;
}

/* Of the objects that the call may only read. */
static uint64_t hash_const(const trial *t)
{
    uint64_t hash = 0;
    for (int i = 0; i < t->row->count; i++) {
        const slot *s = &t->row->slots[i];
        const maker *m = s->kind == SLOT_OBJECT && s->is_const ? world_maker_of(t->w, t->a[i].pointer) : NULL;
        bool is_also_written = false;
        for (int k = 0; k < t->row->count; k++) {
            const slot *other = &t->row->slots[k];
            is_also_written = is_also_written || (k != i && !other->is_const && t->a[k].pointer == t->a[i].pointer);
        }
        if (m != NULL && m->hash != NULL && !is_also_written) hash = hash * 31 + m->hash(t->a[i].pointer);
    }
    return hash;
}

static denoise_status status_of_part(const trial *t, const answer *r)
{
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    if (r->pointer == NULL) return DENOISE_ERR_INTERNAL;
    if (t->row->status_of != NULL) return t->row->status_of(r->pointer);
    denoise_status last = denoise_last_status();
    return denoise_node_shape(r->pointer, shape, &rank) == DENOISE_OK ? DENOISE_OK : last;
}

static void run(tally *y, trial *t)
{
    const call_row *row = t->row;
    answer r = {0};
    int64_t blocks = t->blocks;
    trial_forget_adopted(t);
    uint64_t hash = world_hash(t->w), rooms = hash_rooms(t), constants = hash_const(t);
    (void)denoise_set_num_threads(-77);
    running = t;
    row->call(t->a, &r);
    char error[512];
    (void)snprintf(error, sizeof error, "%s", denoise_last_error());
    y->calls[t->class]++;
    denoise_status status = DENOISE_OK;
    if (row->answers == ANSWERS_STATUS) status = (denoise_status)r.whole;
    if (row->answers == ANSWERS_PART) {
        campaign_check(&y->c, r.pointer != NULL, "%s(%s) gives NULL", row->name, t->label);
        status = status_of_part(t, &r);
    }
    if (row->answers == ANSWERS_STATUS || row->answers == ANSWERS_PART) {
        check_status(y, t, status, error, hash);
        check_outs(y, t, status != DENOISE_OK);
        if (status != DENOISE_OK) campaign_check(&y->c, hash_rooms(t) == rooms, "%s(%s) has written", row->name, t->label);
    } else {
        check_getter(y, t, &r);
    }
    if (!row->frees) {
        campaign_check(&y->c, hash_const(t) == constants, "%s(%s) has changed a const object", row->name, t->label);
    }
    if (row->free != NULL && r.pointer != NULL) row->free(r.pointer);
    trial_free_kept(t);
    world_free(t->w);
    bool is_process_wide =
        strcmp(row->header, "memory.h") == 0 || strcmp(row->header, "log.h") == 0 || strcmp(row->header, "runtime.h") == 0;
    if (is_process_wide) world_settle();
    campaign_check(&y->c, denoise_memory_blocks() == blocks, "%s(%s) leaks %lld blocks", row->name, t->label,
                   (long long)(denoise_memory_blocks() - blocks));
}

/* Whether the next trial is to be run. */
static bool is_next(tally *y)
{
    return campaign_case(&y->c, y->number++);
}

static void run_alone(tally *y, int index)
{
    const call_row *row = &call_rows[index];
    trial t;
    if (is_next(y)) {
        trial_begin(&t, row);
        run(y, &t);
    }
    for (int i = 0; i < row->count; i++) {
        int n = 0;
        for (;; n++) {
            trial_begin(&t, row);
            if (!trial_spoil(&t, i, n)) break;
            if (is_next(y)) {
                run(y, &t);
            } else {
                world_free(t.w);
            }
        }
        world_free(t.w);
        y->ways[index][i] = n;
    }
}

static void count_pairs(tally *y)
{
    for (int f = 0; f < call_row_count; f++) {
        y->pairs[f + 1] = y->pairs[f];
        for (int i = 0; i < call_rows[f].count; i++) {
            for (int k = i; k < call_rows[f].count; k++)
                y->pairs[f + 1] += (int64_t)y->ways[f][i] * y->ways[f][k];
        }
    }
}

/* The two arguments (or the one, for two fields of a struct) and their ways, of the number of a pair. Of the pairs on one
 * argument only those of two different fields are calls. */
static void run_pair(tally *y, int64_t number)
{
    int f = 0, i = 0, k = 0;
    while (y->pairs[f + 1] <= number)
        f++;
    number -= y->pairs[f];
    while (number >= (int64_t)y->ways[f][i] * y->ways[f][k]) {
        number -= (int64_t)y->ways[f][i] * y->ways[f][k];
        if (++k == call_rows[f].count) k = ++i;
    }
    trial t;
    trial_begin(&t, &call_rows[f]);
    bool is_spoilt = trial_spoil(&t, i, (int)(number / y->ways[f][k])) && trial_spoil(&t, k, (int)(number % y->ways[f][k]));
    bool are_fields = t.places[0] != NULL && t.places[1] != NULL && t.places[0] != t.places[1];
    if (is_spoilt && (i < k || are_fields)) {
        run(y, &t);
    } else {
        world_free(t.w);
    }
}

int main(int argc, char **argv)
{
    static tally y;
    if (!campaign_begin(&y.c, "misuse_calls", argc, argv, 6000, 10000000)) return campaign_end(&y.c);
    world_begin();
    catch_crashes();
    for (int i = 0; i < call_row_count; i++)
        run_alone(&y, i);
    count_pairs(&y);
    for (int64_t i = 0; i < y.c.budget; i++) {
        bool is_all = y.c.budget >= y.pairs[call_row_count];
        int64_t pair = is_all ? i : campaign_below(&y.c, y.pairs[call_row_count]);
        if (pair < y.pairs[call_row_count] && is_next(&y)) run_pair(&y, pair);
    }
    campaign_count(&y.c, "public functions", call_row_count);
    for (int i = 0; i < SPOIL_CLASSES; i++)
        campaign_count(&y.c, spoil_class_names[i], y.calls[i]);
    campaign_count(&y.c, "pairs that there are", y.pairs[call_row_count]);
    campaign_count(&y.c, "calls that failed as documented", y.failed);
    world_end();
    return campaign_end(&y.c);
}
