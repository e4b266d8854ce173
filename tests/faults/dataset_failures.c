/* SPDX-License-Identifier: Apache-2.0 */
/* Generators that fail, stop early, lie about their rows, give numbers that are not finite, call back into the library, are
 * slow or are left in the middle of a pass, behind stages of any kind. Each case fits twice: batches made when they are wanted,
 * and made ahead on a thread with another number of threads in the pool. Both must end in the same way (status, message,
 * weights, history), that way must be what the trouble calls for, nothing may be left behind, and dataset and trainer must work
 * again. */
#include "support/campaign.h"
#include "support/failing_alloc.h"
#include "support/made_rows.h"
#include "support/nets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROWS = 19, INPUTS = 3, OUTPUTS = 2 };
enum { SOUND, FAILS, LIES, SHORT, EMPTY, NOT_FINITE, CALLS_BACK, SLOW, HOOK_FAILS, STOPS, FREES, SHUTS_DOWN, TROUBLES };
static const char *const names[] = {"sound",      "fails", "lies",         "ends early", "is empty",     "not finite",
                                    "calls back", "slow",  "a hook fails", "stops",      "frees itself", "shuts the pool down"};

/* A case, drawn from the seed. */
typedef struct plan {
    int trouble;
    bool restarts, announces, maps, validates, repeats;
    int64_t most, shuffle, take, skip, batch, ahead, threads, at, steps, epochs;
    int64_t code, lie, bad_row;
} plan;

/* How a fit ended. */
typedef struct outcome {
    denoise_status status;
    char message[256];
    uint64_t hash;
    int64_t epochs;
    denoise_status again; /* of another fit on the same objects */
    bool is_destroyed_once;
} outcome;

typedef struct scene {
    const plan *p;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_dataset *dataset;
    denoise_tensor *x, *y;
    bool answers_right; /* of the calls back */
} scene;

static plan draw(campaign *c)
{
    static const int64_t lies[] = {-1, INT64_MIN, INT64_MAX, 1000};
    plan p = {.trouble = (int)campaign_below(c, TROUBLES), .most = campaign_below(c, 8), .batch = 1 + campaign_below(c, 8)};
    p.restarts = campaign_below(c, 4) > 0;
    p.announces = campaign_below(c, 2) > 0;
    p.maps = campaign_below(c, 2) > 0;
    p.validates = campaign_below(c, 3) == 0;
    p.repeats = p.restarts && campaign_below(c, 4) == 0;
    p.shuffle = campaign_below(c, 3) == 0 ? 0 : 1 + campaign_below(c, 2 * ROWS);
    p.skip = campaign_below(c, 3) == 0 ? campaign_below(c, 5) : 0;
    p.take = campaign_below(c, 3) == 0 ? 8 + campaign_below(c, 8) : 0;
    p.ahead = 1 + campaign_below(c, 4);
    p.threads = 1 + campaign_below(c, 3);
    p.at = 1 + campaign_below(c, 12);
    p.epochs = p.restarts ? 1 + campaign_below(c, 3) : 1;
    p.steps = p.repeats || campaign_below(c, 4) == 0 ? 1 + campaign_below(c, 6) : -1;
    p.code = 1 + campaign_below(c, 200);
    p.lie = lies[campaign_below(c, 4)];
    p.bad_row = campaign_below(c, ROWS);
    return p;
}

static denoise_status keep_values(denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *weight,
                                  const denoise_dataset_place *place, void *user_data)
{
    (void)y, (void)weight, (void)place, (void)user_data;
    denoise_tensor_free(x[0]); /* does nothing */
    return DENOISE_OK;
}

static void call_back(scene *s)
{
    denoise_tensor *out = NULL;
    s->answers_right = denoise_trainer_fit(s->trainer, s->x, s->y, NULL) == DENOISE_ERR_BUSY &&
                       denoise_trainer_fit_dataset(s->trainer, s->dataset, NULL, NULL) == DENOISE_ERR_BUSY &&
                       denoise_trainer_train_on_batch(NULL, s->trainer, s->x, s->y, NULL) == DENOISE_ERR_BUSY &&
                       denoise_dataset_repeat(s->dataset, 2) == DENOISE_ERR_BUSY &&
                       (s->p->repeats || denoise_model_predict_dataset(&out, s->model, s->dataset, NULL) == DENOISE_ERR_BUSY) &&
                       out == NULL;
    denoise_dataset *other;
    denoise_status status = denoise_dataset_from_tensors(&other, s->x, NULL);
    if (status == DENOISE_OK) status = denoise_model_predict_dataset(&out, s->model, other, NULL);
    /* Another thread meets the weights of a fit; on fit's own thread they may be read. */
    s->answers_right = s->answers_right && (status == DENOISE_OK || status == DENOISE_ERR_BUSY);
    denoise_tensor_free(out);
    denoise_dataset_free(other);
}

static void trouble(made_rows *made, denoise_tensor *const *rows)
{
    scene *s = made->data;
    denoise_tensor_free(rows[0]); /* does nothing */
    if (s->p->trouble == SLOW) nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    if (made->calls != s->p->at) return;
    if (s->p->trouble == CALLS_BACK) call_back(s);
    if (s->p->trouble == FREES) denoise_dataset_free(s->dataset);
    if (s->p->trouble == SHUTS_DOWN) denoise_shutdown();
}

static denoise_status on_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    const scene *s = user_data;
    (void)logs;
    if (batch != s->p->at % 4) return DENOISE_OK;
    if (s->p->trouble == STOPS) denoise_trainer_stop(trainer);
    return s->p->trouble == HOOK_FAILS ? (denoise_status)s->p->code : DENOISE_OK;
}

static denoise_dataset *make_dataset(const plan *p, made_rows *made, int64_t ahead)
{
    denoise_dataset *dataset = made_rows_dataset(made, p->trouble == SHORT ? ROWS + 3 : p->announces ? ROWS : -1, p->restarts);
    if (p->trouble == EMPTY) ASSERT_OK(denoise_dataset_take(dataset, 0));
    if (p->skip > 0) ASSERT_OK(denoise_dataset_skip(dataset, p->skip));
    if (p->maps) ASSERT_OK(denoise_dataset_map(dataset, keep_values, NULL, NULL));
    if (p->shuffle > 0) ASSERT_OK(denoise_dataset_shuffle(dataset, p->shuffle, 3));
    if (p->repeats) ASSERT_OK(denoise_dataset_repeat(dataset, -1));
    if (p->take > 0) ASSERT_OK(denoise_dataset_take(dataset, p->take));
    ASSERT_OK(denoise_dataset_batch(dataset, p->batch, 0));
    ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
    return dataset;
}

static void make_trainer(scene *s)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = on_batch;
    s->model = two_layers(INPUTS, 4, "tanh", OUTPUTS, NULL);
    ASSERT_OK(
        denoise_model_compile(&s->trainer, s->model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_add_callback(s->trainer, denoise_callback_lambda(&hooks, s, NULL)));
}

/* The same objects without the trouble. */
static denoise_status fit_again(scene *s, made_rows *made, const denoise_fit_options *options)
{
    static const plan sound = {.trouble = SOUND, .at = -1};
    s->p = &sound;
    made->fails_at = made->lies_at = 0;
    made->x = s->x;
    made->total = options->steps_per_epoch < 0 ? ROWS + 3 : -1;
    made->at = 0;
    return denoise_trainer_fit_dataset(s->trainer, s->dataset, NULL, options);
}

static outcome run(const plan *p, int64_t ahead, bool *answers_right)
{
    scene s = {.p = p, .x = random_rows(ROWS, INPUTS, 1), .y = random_rows(ROWS, OUTPUTS, 2), .answers_right = true};
    denoise_tensor *bad;
    ASSERT_OK(denoise_tensor_copy(&bad, s.x));
    ((float *)denoise_tensor_data(bad))[p->bad_row * INPUTS] = NAN;
    made_rows made = {.x = p->trouble == NOT_FINITE ? bad : s.x, .y = s.y, .total = ROWS, .most = p->most, .data = &s};
    made_rows validating = {.x = s.x, .y = s.y, .total = 7};
    made.also = trouble;
    if (p->trouble == FAILS) made.fails_at = p->at, made.failure = (denoise_status)p->code;
    if (p->trouble == LIES) made.lies_at = p->at, made.lie = p->lie;
    outcome o = {.status = DENOISE_OK};
    s.dataset = make_dataset(p, &made, ahead);
    denoise_dataset *validation = p->validates ? made_rows_dataset(&validating, -1, true) : NULL;
    if (validation != NULL) ASSERT_OK(denoise_dataset_prefetch(validation, ahead));
    make_trainer(&s);
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = p->epochs;
    options.steps_per_epoch = p->steps;
    options.validation_steps = p->validates && p->at % 2 == 0 ? 1 : -1;
    options.validation_batch_size = 3;
    o.status = denoise_trainer_fit_dataset(s.trainer, s.dataset, validation, &options);
    snprintf(o.message, sizeof o.message, "%s", o.status == DENOISE_OK ? "" : denoise_trainer_error(s.trainer));
    o.hash = hash_of_weights(s.model);
    o.epochs = denoise_history_epochs(denoise_trainer_history(s.trainer));
    bool is_gone = p->trouble == FREES && made.destroyed > 0, can_again = p->restarts && p->trouble != EMPTY;
    o.again = is_gone || !can_again ? DENOISE_OK : fit_again(&s, &made, &options);
    if (!is_gone) denoise_dataset_free(s.dataset);
    denoise_dataset_free(validation);
    o.is_destroyed_once = made.destroyed == 1 && (validation == NULL || validating.destroyed == 1);
    *answers_right = s.answers_right;
    denoise_trainer_free(s.trainer), denoise_model_free(s.model);
    denoise_tensor_free(s.x), denoise_tensor_free(s.y), denoise_tensor_free(bad);
    return o;
}

/* Whether a fit may end so: as it should where the trouble was met, or well where it was not. */
static bool is_right(const plan *p, const outcome *o)
{
    char row[64];
    snprintf(row, sizeof row, "input 0: row %lld, element 0 is NaN", (long long)p->bad_row);
    if (o->status == DENOISE_OK) return p->trouble != EMPTY;
    if (o->status == DENOISE_ERR_SHAPE && strstr(o->message, "gave no rows") != NULL)
        return p->trouble == EMPTY || (!p->restarts && p->steps > 0);
    switch (p->trouble) {
    case FAILS:
        return o->status == (denoise_status)p->code && strstr(o->message, "the generator's next at row") != NULL;
    case LIES:
        return o->status == DENOISE_ERR_RANGE && strstr(o->message, "the generator gave") != NULL;
    case SHORT:
        return o->status == DENOISE_ERR_SHAPE && strstr(o->message, "has announced 22 rows") != NULL;
    case NOT_FINITE:
        return o->status == DENOISE_ERR_NONFINITE && strstr(o->message, row) != NULL;
    case HOOK_FAILS:
        return o->status == (denoise_status)p->code;
    default:
        return false;
    }
}

static void try_one(campaign *c, const plan *p, int64_t met[TROUBLES])
{
    bool right[2];
    int64_t before = failing_alloc_live();
    outcome here = run(p, 0, &right[0]);
    denoise_set_num_threads((int32_t)p->threads);
    outcome ahead = run(p, p->ahead, &right[1]);
    denoise_set_num_threads(0);
    campaign_check(c, is_right(p, &here), "%s: status %d, \"%s\"", names[p->trouble], (int)here.status, here.message);
    campaign_check(c, here.status == ahead.status && strcmp(here.message, ahead.message) == 0,
                   "%s: %d \"%s\" when wanted, %d \"%s\" ahead", names[p->trouble], (int)here.status, here.message,
                   (int)ahead.status, ahead.message);
    campaign_check(c, here.hash == ahead.hash && here.epochs == ahead.epochs, "%s: other weights or epochs ahead",
                   names[p->trouble]);
    campaign_check(c, here.again == DENOISE_OK && ahead.again == DENOISE_OK, "%s: the next fit answers %d and %d: %s",
                   names[p->trouble], (int)here.again, (int)ahead.again, denoise_last_error());
    campaign_check(c, here.is_destroyed_once && ahead.is_destroyed_once, "%s: destroy", names[p->trouble]);
    campaign_check(c, right[0] && right[1], "%s: a call back was answered wrongly", names[p->trouble]);
    campaign_check(c, failing_alloc_live() == before, "%s: %lld blocks are left", names[p->trouble],
                   (long long)(failing_alloc_live() - before));
    if (here.status != DENOISE_OK) met[p->trouble]++;
}

int main(int argc, char **argv)
{
    campaign c;
    int64_t tried[TROUBLES] = {0}, met[TROUBLES] = {0};
    if (!campaign_begin(&c, "dataset_failures", argc, argv, 600, 20000)) return campaign_end(&c);
    failing_alloc_install();
    for (int64_t i = 0; i < c.budget; i++) {
        plan p = draw(&c); /* also of a case that is left out: the next ones stay what they are */
        if (!campaign_case(&c, i)) continue;
        tried[p.trouble]++;
        try_one(&c, &p, met);
    }
    for (int i = 0; i < TROUBLES; i++) {
        char what[96];
        snprintf(what, sizeof what, "generators: %s (%lld fits ended by it)", names[i], (long long)met[i]);
        campaign_count(&c, what, tried[i]);
    }
    denoise_shutdown();
    failing_alloc_remove();
    return campaign_end(&c);
}
