/* SPDX-License-Identifier: Apache-2.0 */
/* NaN and infinity wherever a host can put them: data, targets, weights of rows and classes, weights of layers, gradients and
 * losses through great numbers, learning rates; in nets with every kind of layer, activation, loss and optimizer, fused
 * and step by step. A fit that meets one ends before the optimizer's step: weights and state are, bit for bit,
 * those of a twin that trained as many steps and was stopped there, and the message names epoch, batch, place and element.
 * The budget is the number of rounds over all nets; each round draws other places. */
#include "faults/nonfinite_nets.h"
#include "support/campaign.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float bad_values[] = {NAN, INFINITY, -INFINITY};

static struct {
    int64_t data, rows, layers, rates, great, caught, ignored, figures, steps;
} counts;

/* A run: how it is spoiled, and after how many good steps it has to end. */
typedef struct run {
    const net *net;
    const denoise_tensor *x, *y;
    denoise_fit_options fit;
    double rate;
    int64_t weight, element; /* of the weight that becomes `value`; -1: none */
    float value;
    int64_t spoil_at, stop_after; /* steps; -1: never */
    double later_rate;            /* set at spoil_at; 0: none */
    int64_t step;
    denoise_callback *extra; /* added to the trainer; NULL: none */
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_status status;
} run;

static void run_init(run *r, const net *n, const denoise_tensor *x, const denoise_tensor *y)
{
    *r = (run){.net = n, .x = x, .y = y, .rate = 0.01, .weight = -1, .spoil_at = -1, .stop_after = -1};
    r->fit = (denoise_fit_options)DENOISE_FIT_OPTIONS_INIT;
    r->fit.batch_size = NET_BATCH;
    r->fit.epochs = NET_EPOCHS;
    r->fit.verbose = 0;
    r->fit.shuffle = 0;
    r->fit.seed = 5;
}

static void spoil_weight(const run *r)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_model_get_weight(&weight, r->model, r->weight));
    ((float *)denoise_tensor_data(weight))[r->element] = r->value;
    ASSERT_OK(denoise_model_set_weight(r->model, r->weight, weight));
    denoise_tensor_free(weight);
}

static denoise_status begin_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    run *r = user_data;
    (void)batch, (void)logs;
    if (r->step != r->spoil_at) return DENOISE_OK;
    if (r->weight >= 0) spoil_weight(r);
    if (r->later_rate == 0) return DENOISE_OK;
    return denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(trainer), r->later_rate);
}

static denoise_status end_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    run *r = user_data;
    (void)batch, (void)logs;
    if (++r->step == r->stop_after) denoise_trainer_stop(trainer);
    return DENOISE_OK;
}

static void run_fit(run *r)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = begin_batch;
    hooks.on_train_batch_end = end_batch;
    r->model = net_model(r->net);
    r->status = net_compile(&r->trainer, r->model, r->net, r->rate);
    if (r->status != DENOISE_OK) return;
    ASSERT_OK(denoise_trainer_add_callback(r->trainer, denoise_callback_lambda(&hooks, r, NULL)));
    if (r->extra != NULL) ASSERT_OK(denoise_trainer_add_callback(r->trainer, r->extra));
    if (r->stop_after != 0) r->status = denoise_trainer_fit(r->trainer, r->x, r->y, &r->fit);
}

static void run_free(run *r)
{
    denoise_trainer_free(r->trainer);
    denoise_model_free(r->model);
}

/* Whether weights and state are those after `steps` steps of the same run. */
static bool is_as_after(campaign *c, const run *r, int64_t steps, const char *what)
{
    run twin = *r;
    twin.stop_after = steps;
    twin.step = 0;
    twin.extra = NULL;
    run_fit(&twin);
    bool same;
    if (steps == 0) {
        if (twin.weight >= 0 && twin.spoil_at == 0) spoil_weight(&twin);
        same = hash_of_weights(twin.model) == hash_of_weights(r->model) &&
               denoise_optimizer_iterations(denoise_trainer_optimizer(r->trainer)) == 0;
    } else {
        if (twin.weight >= 0 && twin.spoil_at == steps) spoil_weight(&twin);
        same = twin.status == DENOISE_OK && state_hash(twin.trainer) == state_hash(r->trainer);
    }
    run_free(&twin);
    counts.steps += steps;
    return campaign_check(c, same, "%s: weights and state are not those after %d good steps", what, (int)steps);
}

static bool names(const run *r, const char *piece)
{
    return strstr(denoise_trainer_error(r->trainer), piece) != NULL;
}

/* The run failed at this step, the message has the pieces. */
static void check_caught(campaign *c, const run *r, int64_t step, const char *place, const char *element, const char *what)
{
    char when[64];
    (void)snprintf(when, sizeof when, "epoch %d, batch %d: ", (int)(step / NET_BATCHES), (int)(step % NET_BATCHES));
    const char *message = denoise_trainer_error(r->trainer);
    counts.caught++;
    if (!campaign_check(c, r->status == DENOISE_ERR_NONFINITE, "%s: %s \"%s\"", what, denoise_status_name(r->status), message))
        return;
    campaign_check(c, names(r, when) && names(r, place) && names(r, element), "%s: \"%s\" lacks \"%s\", \"%s\" or \"%s\"", what,
                   message, when, place, element);
    (void)is_as_after(c, r, step, what);
}

static denoise_tensor *spoilt(const denoise_tensor *tensor, int64_t element, float value, int32_t dtype)
{
    denoise_tensor *copy, *out;
    ASSERT_OK(denoise_tensor_copy(&copy, tensor));
    ((float *)denoise_tensor_data(copy))[element] = value;
    ASSERT_OK(denoise_tensor_astype(&out, copy, dtype));
    denoise_tensor_free(copy);
    return out;
}

/* One element of inputs or targets. */
static void data_case(campaign *c, const net *n, bool target, float value, const char *what)
{
    denoise_tensor *x = net_inputs(), *y = net_targets(n);
    int64_t columns = !target ? NET_INPUTS : net_is_sparse(n) ? 1 : NET_OUTPUTS;
    int64_t row = campaign_below(c, NET_ROWS), element = campaign_below(c, columns);
    int32_t dtype = campaign_below(c, 2) == 0 ? DENOISE_FLOAT32 : DENOISE_FLOAT64;
    denoise_tensor *bad = spoilt(target ? y : x, row * columns + element, value, dtype);
    char place[64], at[64];
    run r;
    run_init(&r, n, target ? x : bad, target ? bad : y);
    r.fit.shuffle = (int32_t)campaign_below(c, 2);
    (void)snprintf(place, sizeof place, "%s 0: row %d", target ? "target" : "input", (int)row);
    (void)snprintf(at, sizeof at, "element %d is", (int)element);
    run_fit(&r);
    int batch = -1;
    const char *known = strstr(denoise_trainer_error(r.trainer), "batch ");
    if (r.fit.shuffle == 0) {
        batch = (int)(row / NET_BATCH);
    } else if (known == NULL || sscanf(known, "batch %d", &batch) != 1) {
        batch = 0;
    }
    check_caught(c, &r, batch, place, at, what);
    counts.data++;
    run_free(&r);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(bad);
}

static void row_weight_case(campaign *c, const net *n, float value, const char *what)
{
    const int64_t rows = NET_ROWS;
    denoise_tensor *x = net_inputs(), *y = net_targets(n), *column = random_rows(NET_ROWS, 1, 3), *flat;
    int64_t row = campaign_below(c, NET_ROWS);
    ASSERT_OK(denoise_tensor_reshape(&flat, column, &rows, 1));
    denoise_tensor *bad = spoilt(flat, row, value, DENOISE_FLOAT32);
    const denoise_tensor *weights = bad;
    char place[64];
    run r;
    run_init(&r, n, x, y);
    r.fit.sample_weight = &weights;
    (void)snprintf(place, sizeof place, "sample weight 0: row %d", (int)row);
    run_fit(&r);
    check_caught(c, &r, row / NET_BATCH, place, "is", what);
    run_free(&r);

    double classes[NET_OUTPUTS] = {1, 1, 1, 1};
    int64_t bad_class = campaign_below(c, NET_OUTPUTS);
    classes[bad_class] = campaign_below(c, 2) == 0 ? (double)value : isnan(value) ? 1e300 : copysign(1e300, (double)value);
    run_init(&r, n, x, y);
    r.fit.class_weight = classes;
    r.fit.class_count = NET_OUTPUTS;
    (void)snprintf(place, sizeof place, "class %d", (int)bad_class);
    run_fit(&r);
    campaign_check(c, r.status == DENOISE_ERR_NONFINITE && names(&r, place), "%s: class weight: %s \"%s\"", what,
                   denoise_status_name(r.status), denoise_trainer_error(r.trainer));
    (void)is_as_after(c, &r, 0, what);
    run_free(&r);
    counts.rows += 2;
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(column);
    denoise_tensor_free(flat);
    denoise_tensor_free(bad);
}

/* One element of a weight, at the begin of a step. */
static void weight_case(campaign *c, const net *n, int64_t weight, float value, const char *what)
{
    denoise_tensor *x = net_inputs(), *y = net_targets(n), *before;
    run r;
    run_init(&r, n, x, y);
    denoise_model *model = net_model(n);
    char name[DENOISE__KEY_SIZE], place[2 * DENOISE__KEY_SIZE], at[64], text[700];
    (void)denoise_model_weight_name(model, weight, name, sizeof name);
    ASSERT_OK(denoise_model_get_weight(&before, model, weight));
    r.weight = weight;
    r.element = campaign_below(c, denoise_tensor_size(before));
    denoise_tensor_free(before);
    denoise_model_free(model);
    r.value = value;
    r.spoil_at = campaign_below(c, NET_EPOCHS * NET_BATCHES);
    char *slash = strrchr(name, '/');
    *slash = '\0';
    (void)snprintf(place, sizeof place, "weight \"%s\" of layer \"%s\"", slash + 1, name);
    (void)snprintf(at, sizeof at, "at element %d", (int)r.element);
    (void)snprintf(text, sizeof text, "%s: %s %g at step %d", what, place, (double)value, (int)r.spoil_at);
    run_fit(&r);
    check_caught(c, &r, r.spoil_at, place, at, text);
    counts.layers++;
    run_free(&r);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Rates that are no numbers of float32 are refused when the optimizer is made and when the rate is set. */
static void rate_case(campaign *c, const net *n, const char *what)
{
    static const double rates[] = {NAN, INFINITY, -INFINITY, 1e300, 3.5e38};
    denoise_tensor *x = net_inputs(), *y = net_targets(n);
    double rate = rates[campaign_below(c, (int64_t)(sizeof rates / sizeof *rates))];
    run r;
    run_init(&r, n, x, y);
    r.rate = rate;
    denoise_model *model = net_model(n);
    denoise_status status = net_compile(&r.trainer, model, n, rate);
    campaign_check(c, status == DENOISE_ERR_RANGE && strstr(denoise_last_error(), "learning_rate") != NULL, "%s: rate %g: %s",
                   what, rate, denoise_status_name(status));
    denoise_trainer_free(r.trainer);
    denoise_model_free(model);
    r.rate = 0.01;
    r.later_rate = rate;
    r.spoil_at = campaign_below(c, NET_EPOCHS * NET_BATCHES);
    run_fit(&r);
    campaign_check(c, r.status == DENOISE_ERR_RANGE && names(&r, "learning_rate"), "%s: rate %g later: %s \"%s\"", what, rate,
                   denoise_status_name(r.status), denoise_trainer_error(r.trainer));
    (void)is_as_after(c, &r, r.spoil_at, what);
    run_free(&r);
    counts.rates += 2;
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

static denoise_tensor *scaled(denoise_tensor *tensor, double factor)
{
    denoise_tensor *out;
    ASSERT_OK(denoise_tensor_scale(&out, tensor, factor));
    denoise_tensor_free(tensor);
    return out;
}

/* Numbers so great that loss, gradient, weights or state overflow, or do not: nothing but a good step may change anything. */
static void great_case(campaign *c, const net *n, const char *what)
{
    bool scales_targets = strncmp(n->loss, "mean", 4) == 0;
    double in = (double)campaign_below(c, 39), out = scales_targets ? (double)campaign_below(c, 39) : 0,
           rate = (double)campaign_below(c, 39);
    denoise_tensor *x = scaled(net_inputs(), pow(10, in)), *y = scaled(net_targets(n), pow(10, out));
    for (int64_t i = 0; i < denoise_tensor_size(x); i++) {
        float *value = (float *)denoise_tensor_data(x) + i;
        if (isinf(*value)) *value = copysignf(3e38f, *value);
    }
    char text[400];
    run r;
    run_init(&r, n, x, y);
    r.rate = campaign_below(c, 2) == 0 ? 0.01 : 0.9 * pow(10, rate);
    (void)snprintf(text, sizeof text, "%s: inputs 1e%d, targets 1e%d, rate %g", what, (int)in, (int)out, r.rate);
    run_fit(&r);
    counts.great++;
    campaign_check(c, r.status == DENOISE_OK || r.status == DENOISE_ERR_NONFINITE, "%s: %s \"%s\"", text,
                   denoise_status_name(r.status), denoise_trainer_error(r.trainer));
    campaign_check(c, state_is_finite(r.trainer), "%s: training wrote what is not finite (%s \"%s\")", text,
                   denoise_status_name(r.status), denoise_trainer_error(r.trainer));
    int epoch = 0, batch = 0;
    if (r.status == DENOISE_ERR_NONFINITE) {
        counts.caught++;
        bool named = sscanf(denoise_trainer_error(r.trainer), "epoch %d, batch %d: ", &epoch, &batch) == 2 && names(&r, "\"") &&
                     (names(&r, "element ") || names(&r, "row "));
        campaign_check(c, named, "%s: \"%s\" does not name epoch, batch, layer and element", text,
                       denoise_trainer_error(r.trainer));
        (void)is_as_after(c, &r, epoch * NET_BATCHES + batch, text);
    }
    run_free(&r);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* `ignore` goes on as Keras does, TerminateOnNaN ends at the batch, and the loss tells. */
static void ignored_case(campaign *c, const net *n, const char *what)
{
    denoise_tensor *x = net_inputs(), *y = net_targets(n);
    int64_t row = campaign_below(c, NET_ROWS);
    denoise_tensor *bad = spoilt(x, row * NET_INPUTS + campaign_below(c, NET_INPUTS), NAN, DENOISE_FLOAT32);
    run r;
    run_init(&r, n, bad, y);
    r.fit.nonfinite = DENOISE_NONFINITE_IGNORE;
    run_fit(&r);
    const double *losses = denoise_history_values(denoise_trainer_history(r.trainer), "loss");
    bool is_told = losses != NULL && isnan(losses[0]) && isnan(losses[1]);
    campaign_check(c, r.status == DENOISE_OK && (is_told || !net_keeps_nan(n)), "%s: ignored: %s, loss %g", what,
                   denoise_status_name(r.status), losses == NULL ? 0.0 : losses[0]);
    campaign_check(c, r.step == NET_EPOCHS * NET_BATCHES && !state_is_finite(r.trainer), "%s: ignored: %d steps", what,
                   (int)r.step);
    run_free(&r);

    for (int raises = 0; raises < 2; raises++) {
        run_init(&r, n, x, y);
        r.extra = denoise_callback_terminate_on_nan(raises);
        r.weight = denoise_model_weight_count((r.model = net_model(n))) - 1;
        denoise_model_free(r.model);
        r.element = campaign_below(c, NET_OUTPUTS);
        r.value = NAN;
        r.spoil_at = campaign_below(c, NET_EPOCHS * NET_BATCHES);
        run_fit(&r);
        campaign_check(c, r.status == (raises ? DENOISE_ERR_NONFINITE : DENOISE_OK) && r.step == r.spoil_at + 1,
                       "%s: TerminateOnNaN(%d): %s after %d steps, spoilt at %d", what, raises, denoise_status_name(r.status),
                       (int)r.step, (int)r.spoil_at);
        (void)is_as_after(c, &r, r.spoil_at, what);
        run_free(&r);
    }
    counts.ignored += 3;
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(bad);
}

/* train_on_batch, evaluate, test_on_batch and predict. */
static void figures_case(campaign *c, const net *n, const char *what)
{
    denoise_tensor *x = net_inputs(), *y = net_targets(n), *clean, *dirty;
    int64_t row = campaign_below(c, NET_ROWS), element = campaign_below(c, NET_INPUTS);
    denoise_tensor *bad = spoilt(x, row * NET_INPUTS + element, NAN, DENOISE_FLOAT32);
    denoise_model *model = net_model(n);
    denoise_trainer *trainer;
    denoise_logs *logs;
    double loss = 0;
    char at[64];
    bool keeps_nan = net_keeps_nan(n);
    ASSERT_OK(net_compile(&trainer, model, n, 0.01));
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, bad, y, &options));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    campaign_check(c, isnan(loss) || !keeps_nan, "%s: evaluate says %g of NaN", what, loss);
    denoise_logs_free(logs);
    ASSERT_OK(denoise_trainer_test_on_batch(&logs, trainer, bad, y, NULL));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    campaign_check(c, isnan(loss) || !keeps_nan, "%s: test_on_batch says %g of NaN", what, loss);
    denoise_logs_free(logs);
    ASSERT_OK(denoise_model_predict(&clean, model, x, NULL));
    ASSERT_OK(denoise_model_predict(&dirty, model, bad, NULL));
    const float *a = denoise_tensor_const_data(clean), *b = denoise_tensor_const_data(dirty);
    bool others = true, own = true;
    for (int64_t i = 0; i < NET_ROWS * NET_OUTPUTS; i++) {
        if (i / NET_OUTPUTS == row)
            own = own && isnan(b[i]);
        else
            others = others && memcmp(&a[i], &b[i], sizeof *a) == 0;
    }
    campaign_check(c, others && (own || !keeps_nan), "%s: predict of NaN in row %d: own row NaN %d, others the same %d", what,
                   (int)row, own, others);
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    uint64_t before = state_hash(trainer);
    denoise_status status = denoise_trainer_train_on_batch(&logs, trainer, bad, y, NULL);
    (void)snprintf(at, sizeof at, "input 0: row %d, element %d is NaN", (int)row, (int)element);
    campaign_check(c, status == DENOISE_ERR_NONFINITE && strstr(denoise_trainer_error(trainer), at) != NULL && logs == NULL,
                   "%s: train_on_batch: %s \"%s\"", what, denoise_status_name(status), denoise_trainer_error(trainer));
    campaign_check(c, state_hash(trainer) == before, "%s: train_on_batch changed something", what);
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    counts.figures += 5;
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor *all[] = {x, y, bad, clean, dirty};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static int64_t weights_of(const net *n)
{
    denoise_model *model = net_model(n);
    int64_t count = denoise_model_weight_count(model);
    denoise_model_free(model);
    return count;
}

static void try_net(campaign *c, const net *n)
{
    char what[200];
    (void)net_text(n, what, sizeof what);
    for (size_t v = 0; v < 3; v++) {
        data_case(c, n, false, bad_values[v], what);
        data_case(c, n, true, bad_values[v], what);
        row_weight_case(c, n, bad_values[v], what);
        for (int64_t w = 0; w < weights_of(n); w++)
            weight_case(c, n, w, bad_values[v], what);
    }
    rate_case(c, n, what);
    for (int i = 0; i < 4; i++)
        great_case(c, n, what);
    ignored_case(c, n, what);
    figures_case(c, n, what);
}

int main(int argc, char **argv)
{
    campaign c;
    int64_t nets = 0;
    net n;
    if (!campaign_begin(&c, "nonfinite", argc, argv, 1, 40)) return campaign_end(&c);
    ASSERT_OK(denoise_set_engine("native"));
    while (net_at(&n, nets))
        nets++;
    for (int64_t i = 0; i < c.budget * nets; i++) {
        (void)net_at(&n, i % nets);
        c.random = c.seed * 0x9E3779B97F4A7C15U + (uint64_t)i; /* a case draws the same numbers alone */
        if (campaign_case(&c, i)) try_net(&c, &n);
    }
    campaign_count(&c, "nets", nets);
    campaign_count(&c, "NaN and infinities in data", counts.data);
    campaign_count(&c, "in weights of rows and classes", counts.rows);
    campaign_count(&c, "in weights of layers", counts.layers);
    campaign_count(&c, "in learning rates", counts.rates);
    campaign_count(&c, "fits on numbers that may overflow", counts.great);
    campaign_count(&c, "fits ended by what is not finite", counts.caught);
    campaign_count(&c, "fits that ignore it or leave it to TerminateOnNaN", counts.ignored);
    campaign_count(&c, "calls of evaluate, predict and the batch calls", counts.figures);
    campaign_count(&c, "steps of twins", counts.steps);
    return campaign_end(&c);
}
