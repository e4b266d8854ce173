/* SPDX-License-Identifier: Apache-2.0 */
/* Any model, in segments of blocks and step by step: the same bits. Models, data, losses, optimizers, batch sizes and numbers
 * of threads are drawn; each is trained, evaluated, used and differentiated both ways, and its gradients are compared with
 * central differences where it has no kinks. The budget is the number of models. */
#include "core/cpu.h"
#include "determinism/drawn_model.h"
#include "models/execute.h"
#include "models/update.h"
#include "optimizers/optimizer.h"
#include "support/campaign.h"
#include "support/dice_loss.h"
#include "support/test_kinds.h"
#include "train/session.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 512 };

/* How a model is run. */
typedef struct way {
    bool is_plain, watches;
    int32_t threads;
    int64_t room; /* rows more than a batch that the plan is made for */
} way;

/* What is drawn beside the model. */
typedef struct trial {
    uint64_t number;
    int64_t rows, batch;
    bool ignores_nonfinite, has_class_weight;
    int64_t spoilt; /* 1: an input's number, 2: a weight's, 3: a target's; 0: none */
    float spoiler;
    double validation;
} trial;

typedef struct outcome {
    drawn_model m;
    denoise_trainer *trainer;
    denoise_status status;
    char error[TEXT];
} outcome;

static bool is_same(const float *a, const float *b, int64_t count, char *text)
{
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(&a[i], &b[i], sizeof *a) == 0 || (isnan(a[i]) && isnan(b[i]))) continue;
        (void)snprintf(text, TEXT, "element %ld of %ld is %.9g, expected %.9g", (long)i, (long)count, (double)a[i],
                       (double)b[i]);
        return false;
    }
    return true;
}

/* Some element of tensor `which` becomes the spoiler. */
static void spoil(const trial *t, denoise_tensor *tensor)
{
    uint64_t state = t->number;
    if (tensor == NULL || tensor->dtype != DENOISE_FLOAT32 || tensor->size == 0) return;
    ((float *)denoise_tensor_data(tensor))[drawn_below(&state, tensor->size)] = t->spoiler;
}

static void spoil_weight(const trial *t, denoise_model *model)
{
    uint64_t state = t->number;
    int64_t count = denoise_model_weight_count(model), which = count == 0 ? 0 : drawn_below(&state, count);
    denoise_tensor *value;
    if (t->spoilt != 2 || count == 0) return;
    ASSERT_OK(denoise_model_get_weight(&value, model, which));
    spoil(t, value);
    ASSERT_OK(denoise_model_set_weight(model, which, value));
    denoise_tensor_free(value);
}

static void train(outcome *out, const trial *t, const drawn_data *data, const way *by)
{
    static const double class_weight[] = {0.5, 2, 1};
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    *out = (outcome){0};
    ASSERT_OK(drawn_model_make(&out->m, t->number));
    spoil_weight(t, out->m.model);
    out->trainer = drawn_trainer(&out->m, data, t->number, by->watches);
    out->trainer->is_plain = by->is_plain;
    fit.epochs = 2, fit.batch_size = t->batch, fit.verbose = 0, fit.seed = t->number, fit.validation_split = t->validation;
    if (data->is_weighted) fit.sample_weight = (const denoise_tensor *const *)data->weight;
    if (t->has_class_weight && out->m.outputs == 1 && !data->is_weighted) fit.class_weight = class_weight, fit.class_count = 3;
    if (t->ignores_nonfinite) fit.nonfinite = DENOISE_NONFINITE_IGNORE;
    ASSERT_OK(denoise_set_num_threads(by->threads));
    if (by->room > 0) ASSERT_OK(denoise__session_prepare(out->trainer, &out->trainer->train, NULL, t->batch + by->room));
    out->status = denoise_trainer_fit_many(out->trainer, (const denoise_tensor *const *)data->x, out->m.inputs,
                                           (const denoise_tensor *const *)data->y, out->m.outputs, &fit);
    (void)snprintf(out->error, TEXT, "%s", out->status == DENOISE_OK ? "" : denoise_trainer_error(out->trainer));
}

static void outcome_free(outcome *out)
{
    denoise_trainer_free(out->trainer);
    denoise_model_free(out->m.model);
}

/* ---- Training */

/* Statistics of a layer that no loss looks at move where a metric does, which has it run. */
static bool same_weights(const denoise_model *a, const denoise_model *b, bool has_statistics, char *text)
{
    bool same = true;
    for (int64_t i = 0; i < denoise_model_weight_count(a) && same; i++) {
        denoise_tensor *x, *y;
        const denoise__weight_ref *ref = &a->weights[i];
        if (!has_statistics && !ref->layer->weights[ref->index].spec.trainable) continue;
        char name[128] = "", difference[TEXT] = "";
        ASSERT_OK(denoise_model_get_weight(&x, a, i));
        ASSERT_OK(denoise_model_get_weight(&y, b, i));
        denoise_model_weight_name(a, i, name, (int64_t)sizeof name);
        same = is_same(denoise_tensor_const_data(x), denoise_tensor_const_data(y), denoise_tensor_size(x), difference);
        (void)snprintf(text, TEXT, "weight %s: %.300s", name, difference);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
    return same;
}

static bool same_slots(denoise_optimizer *a, denoise_optimizer *b, char *text)
{
    denoise__optimizer_bring_home(a);
    denoise__optimizer_bring_home(b);
    if (a->iterations != b->iterations || a->weight_count != b->weight_count) return false;
    for (int64_t i = 0; i < a->weight_count * a->slot_count; i++)
        if (!is_same(a->slots[i].values, b->slots[i].values, a->slots[i].count, text)) return false;
    return true;
}

static bool same_history(const denoise_trainer *a, const denoise_trainer *b, char *text)
{
    const denoise_history *x = denoise_trainer_history(a), *y = denoise_trainer_history(b);
    if (denoise_history_epochs(x) != denoise_history_epochs(y)) return false;
    for (int64_t k = 0; k < denoise_history_key_count(y); k++) {
        const char *key = denoise_history_key(y, k);
        const double *p = denoise_history_values(x, key), *q = denoise_history_values(y, key);
        for (int64_t e = 0; p != NULL && e < denoise_history_epochs(x); e++) {
            if (memcmp(&p[e], &q[e], sizeof *p) == 0 || (isnan(p[e]) && isnan(q[e]))) continue;
            (void)snprintf(text, TEXT, "%s of epoch %ld is %.17g, expected %.17g", key, (long)e, p[e], q[e]);
            return false;
        }
    }
    return true;
}

static bool compare(campaign *c, const outcome *a, const outcome *b, bool is_alike, const char *what)
{
    char text[TEXT] = "";
    bool same = campaign_check(c, a->status == b->status && (!is_alike || strcmp(a->error, b->error) == 0),
                               "%s: \"%s\", expected \"%s\"", what, a->error, b->error);
    same = campaign_check(c, same_weights(a->m.model, b->m.model, is_alike, text), "%s: %s", what, text) && same;
    same =
        campaign_check(c, same_slots(a->trainer->optimizer, b->trainer->optimizer, text), "%s: slots: %s", what, text) && same;
    if (!is_alike) return same;
    return campaign_check(c, same_history(a->trainer, b->trainer, text), "%s: history: %s", what, text) && same;
}

/* ---- Prediction */

typedef struct results {
    denoise_tensor *of[DRAWN_ENDS];
} results;

static void results_free(results *r)
{
    for (int32_t i = 0; i < DRAWN_ENDS; i++)
        denoise_tensor_free(r->of[i]);
}

static void same_results(campaign *c, const results *a, const results *b, int32_t count, const char *what)
{
    for (int32_t i = 0; i < count; i++) {
        char text[TEXT] = "";
        bool same = denoise_tensor_size(a->of[i]) == denoise_tensor_size(b->of[i]) &&
                    is_same(denoise_tensor_const_data(a->of[i]), denoise_tensor_const_data(b->of[i]),
                            denoise_tensor_size(a->of[i]), text);
        campaign_check(c, same, "%s: %d: %s", what, (int)i, text);
    }
}

static denoise_tensor *output_tensor(const denoise_model *model, int64_t index, int64_t rows)
{
    int64_t shape[DENOISE_MAX_RANK + 1] = {rows};
    int32_t rank;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_model_output_shape(model, index, shape + 1, &rank));
    ASSERT_OK(denoise_tensor_new(&tensor, DENOISE_FLOAT32, shape, rank + 1));
    return tensor;
}

/* Rows of the caller's tensors, or of the outputs of a plan. */
typedef struct ends {
    denoise__batch_rows x[DRAWN_ENDS], dy[DRAWN_ENDS];
    float *outputs[DRAWN_ENDS];
} ends;

static void ends_make(ends *e, const drawn_model *m, const drawn_data *data, const results *dy, const results *out)
{
    *e = (ends){0};
    for (int32_t i = 0; i < m->inputs; i++) {
        const denoise_tensor *x = data->x[i];
        e->x[i] = (denoise__batch_rows){.tensor = x, .size = x->size / (data->rows > 0 ? data->rows : 1)};
    }
    for (int32_t i = 0; i < m->outputs; i++) {
        const denoise_tensor *y = out->of[i];
        e->outputs[i] = denoise_tensor_data(out->of[i]);
        if (dy != NULL) e->dy[i] = (denoise__batch_rows){.tensor = dy->of[i], .size = y->size / data->rows};
    }
}

static void predict_plainly(results *out, const drawn_model *m, const drawn_data *data)
{
    ends e;
    denoise__plan *plan;
    denoise__fp_state state;
    for (int32_t i = 0; i < m->outputs; i++)
        out->of[i] = output_tensor(m->model, i, data->rows);
    ends_make(&e, m, data, NULL, out);
    ASSERT_OK(
        denoise__plan_new(&plan, m->model, &(denoise__plan_options){.batch = data->rows, .folds = true, .is_plain = true}));
    denoise__fp_enter_flushing(&state);
    ASSERT_OK(denoise__plan_run(plan, &(denoise__pass){.rows = data->rows, .inputs = e.x, .outputs = e.outputs}));
    denoise__fp_leave(&state);
    denoise__plan_free(plan);
}

static void check_workspaces(campaign *c, const drawn_model *m, const drawn_data *data, const results *expected)
{
    if (m->inputs != 1 || m->outputs != 1) return;
    for (int32_t i = 0; i < 4; i++) {
        denoise_workspace *workspace;
        char text[TEXT] = "";
        int64_t room = i == 0 ? 1 : 1 + campaign_below(c, data->rows), size = expected->of[0]->size / data->rows;
        ASSERT_OK(denoise_workspace_new(&workspace, m->model, room));
        bool same = true;
        for (int64_t first = 0, count; first < data->rows && same && first < 6 * room; first += count) {
            denoise_tensor *x, *y;
            count = 1 + campaign_below(c, room);
            if (count > data->rows - first) count = data->rows - first;
            ASSERT_OK(denoise_tensor_rows(&x, data->x[0], first, first + count));
            y = output_tensor(m->model, 0, count);
            ASSERT_OK(denoise_model_predict_into(y, m->model, x, workspace));
            same = is_same(denoise_tensor_const_data(y),
                           (const float *)denoise_tensor_const_data(expected->of[0]) + first * size, count * size, text);
            denoise_tensor_free(x);
            denoise_tensor_free(y);
        }
        campaign_check(c, same, "predict_into, room for %ld: %s", (long)room, text);
        denoise_workspace_free(workspace);
    }
}

static void check_predictions(campaign *c, const drawn_model *m, const drawn_data *data)
{
    static const int64_t sizes[] = {1000, 1, 7, 48, 50, 65};
    results plain = {{NULL}};
    predict_plainly(&plain, m, data);
    for (int32_t i = 0; i < 6; i++) {
        results r = {{NULL}};
        char text[64];
        denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
        options.batch_size = sizes[i];
        ASSERT_OK(denoise_set_num_threads(1 + (int32_t)campaign_below(c, 5)));
        ASSERT_OK(denoise_model_predict_many(r.of, m->outputs, m->model, (const denoise_tensor *const *)data->x, m->inputs,
                                             &options));
        (void)snprintf(text, sizeof text, "predict in batches of %ld", (long)sizes[i]);
        same_results(c, &r, &plain, m->outputs, text);
        results_free(&r);
    }
    check_workspaces(c, m, data, &plain);
    results_free(&plain);
}

/* ---- Gradients */

enum { MOST_WEIGHTS = 512 };

typedef struct gradients {
    denoise_tensor *inputs[DRAWN_ENDS], *weights[MOST_WEIGHTS];
    results outputs;
} gradients;

static void gradients_free(gradients *g)
{
    for (int32_t i = 0; i < DRAWN_ENDS; i++)
        denoise_tensor_free(g->inputs[i]);
    for (int32_t i = 0; i < MOST_WEIGHTS; i++)
        denoise_tensor_free(g->weights[i]);
    results_free(&g->outputs);
}

static denoise_tensor *zeros_like(const denoise_tensor *tensor)
{
    denoise_tensor *out;
    ASSERT_OK(denoise_tensor_new(&out, DENOISE_FLOAT32, denoise_tensor_shape(tensor), denoise_tensor_rank(tensor)));
    return out;
}

/* Into tensors as those of `like`. */
static void differentiate_plainly(gradients *out, const gradients *like, const drawn_model *m, const drawn_data *data,
                                  const results *dy, bool training, uint64_t seed)
{
    denoise__weight_ref wanted[MOST_WEIGHTS];
    int64_t places[MOST_WEIGHTS], count = 0;
    denoise__plan *plan;
    denoise__fp_state state;
    ends e;
    for (int64_t i = 0; i < m->model->weight_count; i++) {
        if (like->weights[i] == NULL) continue;
        places[count] = i;
        wanted[count++] = m->model->weights[i];
        out->weights[i] = zeros_like(like->weights[i]);
    }
    for (int32_t i = 0; i < m->outputs; i++)
        out->outputs.of[i] = zeros_like(like->outputs.of[i]);
    ends_make(&e, m, data, dy, &out->outputs);
    denoise__plan_options options = {.batch = data->rows,
                                     .training = training,
                                     .backward = true,
                                     .input_gradients = true,
                                     .gives_gradients = true,
                                     .is_plain = true,
                                     .weights = wanted,
                                     .weight_count = count};
    ASSERT_OK(denoise__plan_new(&plan, m->model, &options));
    denoise__pass pass = {
        .rows = data->rows, .inputs = e.x, .given = e.dy, .outputs = e.outputs, .seed = seed, .backward = true};
    denoise__fp_enter_flushing(&state);
    ASSERT_OK(denoise__plan_run(plan, &pass));
    denoise__plan_sum_gradients(plan, data->rows);
    denoise__fp_leave(&state);
    for (int64_t i = 0; i < count; i++)
        denoise__plan_read_gradient(plan, i, denoise_tensor_data(out->weights[places[i]]));
    for (int32_t i = 0; i < m->inputs; i++) {
        const float *gradient = denoise__plan_input_gradient(plan, i);
        out->inputs[i] = zeros_like(data->x[i]);
        if (gradient != NULL && out->inputs[i]->size > 0)
            memcpy(denoise_tensor_data(out->inputs[i]), gradient, (size_t)out->inputs[i]->size * sizeof *gradient);
    }
    denoise__plan_free(plan);
}

/* sum dy y of the model as it stands, in double. */
static double product_of_outputs(const drawn_model *m, const drawn_data *data, const results *dy)
{
    results r = {{NULL}};
    double sum = 0;
    ASSERT_OK(denoise_model_predict_many(r.of, m->outputs, m->model, (const denoise_tensor *const *)data->x, m->inputs, NULL));
    for (int32_t i = 0; i < m->outputs; i++) {
        const float *y = denoise_tensor_const_data(r.of[i]), *d = denoise_tensor_const_data(dy->of[i]);
        for (int64_t j = 0; j < r.of[i]->size; j++)
            sum += (double)y[j] * (double)d[j];
    }
    results_free(&r);
    return sum;
}

/* All weights go along one direction; what the gradients say of it. */
typedef struct direction {
    double slope, reach;
} direction;

static direction move_weights(const drawn_model *m, const gradients *g, double distance)
{
    direction d = {0};
    uint64_t state = 99;
    for (int64_t w = 0; w < m->model->weight_count; w++) {
        denoise_tensor *value;
        if (g->weights[w] == NULL) continue;
        ASSERT_OK(denoise_model_get_weight(&value, m->model, w));
        float *v = denoise_tensor_data(value);
        const float *dw = denoise_tensor_const_data(g->weights[w]);
        for (int64_t i = 0; i < value->size; i++) {
            double sign = drawn_below(&state, 2) == 0 ? 1 : -1;
            v[i] += (float)(sign * distance);
            d.slope += (double)dw[i] * sign;
            d.reach += fabs((double)dw[i]);
        }
        ASSERT_OK(denoise_model_set_weight(m->model, w, value));
        denoise_tensor_free(value);
    }
    return d;
}

/* A step that is too long meets the curvature, one that is too short the rounding. */
static void check_difference(campaign *c, const drawn_model *m, const drawn_data *data, const results *dy, const gradients *g)
{
    static const double steps[] = {1.0 / 256, 1.0 / 1024, 1.0 / 4096, 1.0 / 32};
    direction d = {0};
    double found = 0;
    bool is_near = false;
    for (int32_t i = 0; i < 4 && !is_near; i++) {
        d = move_weights(m, g, steps[i]);
        double after = product_of_outputs(m, data, dy);
        (void)move_weights(m, g, -2 * steps[i]);
        double before = product_of_outputs(m, data, dy);
        (void)move_weights(m, g, steps[i]);
        /* training has driven it away, and the outputs' rounding is as large as what is looked for */
        if (!isfinite(after) || !isfinite(before) || d.reach > 1e9) return;
        found = (after - before) / (2 * steps[i]);
        is_near = fabs(found - d.slope) <= 1e-2 * d.reach + 2e-2;
    }
    campaign_check(c, is_near, "the slope is %.6g, by differences %.6g (of %.6g)", d.slope, found, d.reach);
}

static void check_gradients(campaign *c, const drawn_model *m, const drawn_data *data, bool training, bool is_small)
{
    gradients fused = {.inputs = {NULL}}, plain = {.inputs = {NULL}};
    results dy = {{NULL}};
    if (m->model->weight_count > MOST_WEIGHTS) return;
    for (int32_t i = 0; i < m->outputs; i++) {
        dy.of[i] = output_tensor(m->model, i, data->rows);
        for (int64_t j = 0; j < dy.of[i]->size; j++)
            ((float *)denoise_tensor_data(dy.of[i]))[j] = (float)(campaign_below(c, 17) - 8) / 8;
    }
    ASSERT_OK(denoise_model_gradients(fused.inputs, fused.weights, fused.outputs.of, m->model,
                                      (const denoise_tensor *const *)data->x, (const denoise_tensor *const *)dy.of, training,
                                      7));
    differentiate_plainly(&plain, &fused, m, data, &dy, training, 7);
    same_results(c, &fused.outputs, &plain.outputs, m->outputs, "outputs beside gradients");
    for (int32_t i = 0; i < m->inputs; i++) {
        char text[TEXT] = "";
        campaign_check(c,
                       is_same(denoise_tensor_const_data(fused.inputs[i]), denoise_tensor_const_data(plain.inputs[i]),
                               fused.inputs[i]->size, text),
                       "gradient of input %d: %s", (int)i, text);
    }
    for (int64_t i = 0; i < m->model->weight_count; i++) {
        char text[TEXT] = "";
        if (fused.weights[i] == NULL) continue;
        campaign_check(c,
                       is_same(denoise_tensor_const_data(fused.weights[i]), denoise_tensor_const_data(plain.weights[i]),
                               fused.weights[i]->size, text),
                       "gradient of weight %d: %s", (int)i, text);
    }
    if (is_small && !training && m->is_smooth) check_difference(c, m, data, &dy, &fused);
    gradients_free(&fused);
    gradients_free(&plain);
    results_free(&dy);
}

/* ---- One model */

static void draw(campaign *c, trial *t)
{
    static const int64_t batches[] = {1, 2, 16, 31, 32, 63, 64, 65, 100, 128, 140, 192, 200};
    *t = (trial){.number = campaign_random(c)};
    t->rows = 1 + campaign_below(c, campaign_below(c, 2) == 0 ? 300 : 70);
    t->batch = campaign_below(c, 2) == 0 ? batches[campaign_below(c, 13)] : 1 + campaign_below(c, 200);
    if (t->batch < 4 && t->rows > 20) t->rows = 20;
    t->ignores_nonfinite = campaign_below(c, 5) == 0;
    t->has_class_weight = campaign_below(c, 8) == 0;
    static const float spoilers[] = {NAN, INFINITY, -INFINITY, 3e38f, -2e38f, 1e30f, 1e19f, -1e12f};
    t->spoilt = campaign_below(c, 4) == 0 ? 1 + campaign_below(c, 3) : 0;
    t->spoiler = spoilers[campaign_below(c, 8)];
    t->validation = campaign_below(c, 3) == 0 && t->rows > 10 ? 0.2 : 0;
}

typedef struct counts {
    int64_t models, refused, failed, differences;
} counts;

/* What a failing case is about, where it alone runs. */
static void describe(const campaign *c, const trial *t, const drawn_model *m, const drawn_data *data)
{
    char *summary;
    if (c->only < 0) return;
    ASSERT_OK(denoise_model_summary(&summary, m->model, NULL));
    (void)printf("%s\n%ld rows in batches of %ld%s%s, %ld layers, spoilt %ld by %g\n", summary, (long)t->rows, (long)t->batch,
                 data->is_weighted ? ", weighted" : "", t->ignores_nonfinite ? ", unchecked" : "", (long)m->layers,
                 (long)t->spoilt, (double)t->spoiler);
    denoise_free(summary);
    for (int32_t i = 0; i < m->outputs; i++)
        (void)printf("output %d \"%s\": %s\n", (int)i, denoise_model_output_name(m->model, i),
                     data->losses[i] == NULL ? "no loss" : data->losses[i]);
}

/* Otherwise a metric may meet a bad number that no loss does. */
static bool every_output_has_loss(const drawn_model *m, const drawn_data *data)
{
    bool all = true;
    for (int32_t i = 0; i < m->outputs; i++)
        all = all && data->losses[i] != NULL;
    return all;
}

static void try_one(campaign *c, counts *n)
{
    trial t;
    outcome fused, plain;
    drawn_model m;
    drawn_data data;
    draw(c, &t);
    if (drawn_model_make(&m, t.number) != DENOISE_OK) {
        n->refused++;
        denoise_model_free(m.model);
        return;
    }
    n->models++;
    drawn_data_make(&data, &m, t.number, t.rows);
    if (t.spoilt == 1) spoil(&t, data.x[0]);
    if (t.spoilt == 3) spoil(&t, data.y[0]);
    describe(c, &t, &m, &data);
    train(&plain, &t, &data, &(way){.is_plain = true, .threads = 1 + (int32_t)campaign_below(c, 5)});
    train(&fused, &t, &data,
          &(way){.threads = 1 + (int32_t)campaign_below(c, 5), .room = campaign_below(c, 2) * campaign_below(c, 100)});
    n->failed += plain.status != DENOISE_OK;
    if (compare(c, &fused, &plain, true, "fused")) {
        outcome_free(&fused);
        train(&fused, &t, &data, &(way){.threads = 1 + (int32_t)campaign_below(c, 5), .watches = true});
        if (t.spoilt == 0 || every_output_has_loss(&m, &data)) compare(c, &fused, &plain, false, "with more metrics");
        check_predictions(c, &plain.m, &data);
        check_gradients(c, &plain.m, &data, true, false);
        bool is_small = t.rows <= 40 && t.spoilt == 0 && plain.status == DENOISE_OK;
        n->differences += is_small && plain.m.is_smooth;
        check_gradients(c, &plain.m, &data, false, is_small);
    }
    outcome_free(&fused);
    outcome_free(&plain);
    drawn_data_free(&data);
    denoise_model_free(m.model);
}

int main(int argc, char **argv)
{
    campaign c;
    counts n = {0};
    if (!campaign_begin(&c, "fused_bits", argc, argv, 150, 20000)) return campaign_end(&c);
    if (denoise_set_engine("native") != DENOISE_OK) {
        campaign_check(&c, true, "%s", "");
        campaign_note(&c, "left out: the native engine is not there");
        return campaign_end(&c);
    }
    test_kinds_add();
    dice_loss_register();
    for (int64_t i = 0; i < c.budget; i++) {
        c.random = c.seed * 0x9E3779B97F4A7C15U + (uint64_t)i * 0x632BE59BD9B4E019U;
        if (campaign_case(&c, i)) try_one(&c, &n);
    }
    campaign_count(&c, "models", n.models);
    campaign_count(&c, "drawings that give none", n.refused);
    campaign_count(&c, "of the models whose training fails", n.failed);
    campaign_count(&c, "central differences", n.differences);
    denoise_shutdown();
    return campaign_end(&c);
}
