/* SPDX-License-Identifier: Apache-2.0 */
/* Two epochs of fit with all callbacks, along every path.
 *
 * Recorders between the callbacks count how far a run came before an allocation failed. A run that a recorder ended at that
 * very place says what state must be left and what the next fit must give; where the failing run had done one thing more
 * (the step, whose log then found no memory), the next place does. */
#include "faults/alloc_run.h"
#include "faults/train_case.h"
#include <stdlib.h>

/* What a run leaves that ended at a call of the recorder. */
typedef struct stop {
    bool known;
    alloc_left left;
} stop;

enum { MOST_STOPS = 1024 };
static stop stops[MOST_STOPS]; /* of the present variant */

static void *make(const void *data)
{
    static train_case t;
    train_case_make(&t, data);
    return &t;
}

static void drop(void *objects)
{
    train_case_free(objects);
}

static uint64_t state(void *objects)
{
    return train_case_state(objects);
}

static denoise_status fit(void *objects, uint64_t *bits)
{
    train_case *t = objects;
    t->recorder.calls = 0;
    denoise_status status = train_case_fit(t);
    if (status == DENOISE_OK) *bits = train_case_state(t);
    return status;
}

/* A run that ends after `calls` calls of the recorder, and the fit after it. */
static const alloc_left *stop_after(const train_variant *variant, int64_t calls)
{
    if (calls < 1 || calls > MOST_STOPS) abort();
    stop *s = &stops[calls - 1];
    if (s->known) return &s->left;
    train_case t;
    train_case_make(&t, variant);
    t.recorder.fail_at = calls - 1;
    denoise_status status = train_case_fit(&t);
    if (status != DENOISE_ERR_USER && status != DENOISE_OK) abort();
    s->left.state = train_case_state(&t);
    t.recorder.fail_at = -1;
    if (train_case_fit(&t) != DENOISE_OK) abort();
    s->left.bits = s->left.after = train_case_state(&t);
    s->known = true;
    train_case_free(&t);
    return &s->left;
}

static void left(const void *objects, alloc_left *out)
{
    const train_case *t = objects;
    int64_t calls = t->recorder.calls;
    uint64_t now = train_case_state(t);
    if (calls > 0) *out = *stop_after(t->variant, calls);
    if (now == out->state) return;
    const alloc_left *next = stop_after(t->variant, calls + 1);
    if (now == next->state) *out = *next;
}

void alloc_fitting(alloc_run *run)
{
    for (int64_t i = 0; i < train_variant_count; i++) {
        for (int64_t j = 0; j < MOST_STOPS; j++)
            stops[j].known = false;
        alloc_try(run, &(alloc_case){.name = train_variants[i].name,
                                     .data = &train_variants[i],
                                     .make = make,
                                     .call = fit,
                                     .state = state,
                                     .left = left,
                                     .drop = drop});
    }
}
