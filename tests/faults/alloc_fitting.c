/* SPDX-License-Identifier: Apache-2.0 */
/* Two epochs of fit with all callbacks, along every path.
 *
 * Recorders between the callbacks count how far a run came before an allocation failed. A run that a recorder ended at that
 * very place says what state must be left and what the next fit must give; where the failing run had done one thing more
 * (the step, whose log then found no memory), the next place does. */
#include "faults/alloc_run.h"
#include "faults/train_case.h"
#include <stdio.h>
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

/* At one call of the recorder the callback evaluates, predicts, saves and loads: that finds no memory either. */
static denoise_status work(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    train_case *t = user_data;
    const char *path = temp_dir_file(&t->dir, "w.safetensors");
    denoise_tensor *y;
    (void)trainer, (void)logs;
    denoise_status status = train_case_evaluate(t, NULL);
    if (status == DENOISE_OK) status = denoise_trainer_test_on_batch(NULL, t->trainer, t->x[0], t->y[0], NULL);
    if (status == DENOISE_OK) status = train_case_predict(t, &y);
    if (status == DENOISE_OK) denoise_tensor_free(y);
    if (status == DENOISE_OK) status = denoise_model_save_weights(t->model, path);
    if (status == DENOISE_OK) status = denoise_model_load_weights(t->model, path, NULL);
    (void)remove(path);
    return status;
}

/* Keys of the callback's own, more than the progress bar has room for. */
static denoise_status add_keys(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)user_data;
    denoise_status status = DENOISE_OK;
    for (int i = 0; i < 60 && status == DENOISE_OK; i++) {
        char key[64];
        (void)snprintf(key, sizeof key, "%d, \"a long key to fill the line of the bar with\"", i);
        status = denoise_logs_set(logs, key, i);
    }
    return status;
}

static int64_t work_at; /* the call */
static denoise_status (*work_is)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);

static void *make_working(const void *data)
{
    train_case *t = make(data);
    t->recorder.fail_at = work_at;
    t->recorder.act = work_is;
    t->recorder.user_data = t;
    return t;
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
        const train_variant *variant = &train_variants[i];
        alloc_case what = {
            .name = variant->name, .data = variant, .make = make, .call = fit, .state = state, .left = left, .drop = drop};
        for (int64_t j = 0; j < MOST_STOPS; j++)
            stops[j].known = false;
        alloc_try(run, &what);
        what.make = make_working;
        what.variant = "a callback that works";
        work_is = work;
        for (work_at = 0; variant->outputs != 2 && work_at < 30; work_at += variant->plain ? 7 : 29)
            alloc_try(run, &what);
        if (!variant->plain || variant->verbose == 0) continue;
        what.variant = "a callback that adds keys";
        work_is = add_keys;
        work_at = 3; /* on_train_batch_end */
        alloc_try(run, &what);
    }
}
