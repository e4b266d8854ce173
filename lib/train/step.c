/* SPDX-License-Identifier: Apache-2.0 */
#include "train/step.h"
#include "models/run.h"
#include "regularizers/regularizer.h"
#include "train/batches.h"
#include <math.h>

static denoise__loss_args loss_args(const denoise__session *session, int32_t index, int64_t rows)
{
    const denoise__plan_output *output = &session->plan->outputs[index];
    const denoise__target *target = &session->targets[index];
    return (denoise__loss_args){.rows = rows * target->rows_per_sample,
                                .columns = target->columns,
                                .prediction = denoise__plan_data(session->plan, output->loss_value),
                                .from_logits = output->absorbed,
                                .target = target->values,
                                .labels = target->labels,
                                .row_weight = target->has_weight ? target->row_weight : NULL,
                                .row_loss = session->row_values};
}

/* Losses of all outputs into the trackers; with gradients, into the plan's buffers too. Returns the weighted sum. */
static double run_losses(denoise_trainer *trainer, denoise__session *session, int64_t rows, bool gradients)
{
    double total = 0.0;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        const denoise_loss *loss = trainer->losses[i];
        if (loss == NULL) continue;
        denoise__loss_args args = loss_args(session, i, rows);
        if (gradients) args.gradient = denoise__plan_buffer(session->plan, session->plan->outputs[i].gradient);
        double value = denoise__loss_run(loss, &args, trainer->loss_weights[i]);
        trainer->output_losses[i].total += value;
        trainer->output_losses[i].rows += 1.0;
        total += trainer->loss_weights[i] * value;
    }
    return total;
}

/* Penalties of the weights that train, as they were when compiled (keras/src/layers/layer.py, _get_regularization_losses);
 * shared layers count once. */
static double run_penalties(const denoise_trainer *trainer)
{
    double total = 0.0;
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const denoise__weight *weight = &trainer->weights[i].layer->weights[trainer->weights[i].index];
        if (weight->spec.regularizer == NULL || weight->spec.regularizer->kind == NULL) continue;
        total += denoise__regularizer_penalty(weight->spec.regularizer, weight->values, weight->count);
    }
    return total;
}

static void track_loss(denoise_trainer *trainer, double loss, int64_t rows)
{
    trainer->loss.total += loss * (double)rows;
    trainer->loss.rows += (double)rows;
}

static void update_metrics(denoise_trainer *trainer, denoise__session *session, int64_t rows)
{
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        const denoise__tracked_metric *tracked = &trainer->metrics[i];
        const denoise__target *target = &session->targets[tracked->output];
        const denoise__metric_kind *kind = denoise__metric_kind_of(tracked->metric);
        int64_t per_sample = target->rows_per_sample;
        denoise__metric_args args = {.config = tracked->metric->part.config,
                                     .rows = kind->per_sample ? rows : rows * per_sample,
                                     .columns = kind->per_sample ? per_sample * target->columns : target->columns,
                                     .prediction =
                                         denoise__plan_data(session->plan, session->plan->outputs[tracked->output].value),
                                     .target = target->values,
                                     .labels = target->labels,
                                     .row_value = session->row_values};
        const float *weight = kind->per_sample ? target->sample_weight : target->row_weight;
        denoise__metric_update(tracked->metric, &args, tracked->weighted && target->has_weight ? weight : NULL);
    }
}

/* Forward and losses of a session with a chain: the same as the plan's forward and run_losses, and backward in one with it. */
static double run_chain(denoise_trainer *trainer, denoise__session *session, int64_t rows, bool gradients, uint32_t *input_top)
{
    const denoise__plan_output *output = &session->plan->outputs[0];
    const denoise__target *target = &session->targets[0];
    const denoise_loss *loss = trainer->losses[0];
    denoise__chain_pass pass = {.rows = rows,
                                .input = session->chain_input,
                                .output = trainer->metric_count > 0 ? denoise__plan_data(session->plan, output->value) : NULL,
                                .loss = denoise__loss_kind_of(loss),
                                .absorbed = output->absorbed,
                                .target = session->chain_target,
                                .gradients = gradients};
    pass.args = (denoise__loss_args){.rows = rows * target->rows_per_sample,
                                     .columns = target->columns,
                                     .from_logits = output->absorbed,
                                     .target = target->values,
                                     .labels = target->labels,
                                     .row_weight = target->has_weight ? target->row_weight : NULL,
                                     .row_loss = session->row_values};
    double divisor = denoise__loss_begin(loss, &pass.args, trainer->loss_weights[0]);
    pass.sigmoid = session->fuses_sigmoid && !target->has_weight;
    denoise__chain_run(session->chain, &pass);
    *input_top = pass.input_top;
    double value = pass.sigmoid ? (divisor == 0 ? 0.0 : pass.loss_sum / (double)target->columns / divisor)
                                : denoise__loss_reduce(&pass.args, divisor);
    trainer->output_losses[0].total += value;
    trainer->output_losses[0].rows += 1.0;
    return trainer->loss_weights[0] * value;
}

static const char *what_is(double value)
{
    return isnan(value) ? "NaN" : "infinite";
}

/* The row of the caller's arrays. */
static int64_t given_row(const denoise__session *session, int64_t row)
{
    return denoise__arrays_row(session->arrays, session->start + row);
}

/* Outputs are finite: which row's loss is not, or whose penalty. */
static denoise_status fail_row(denoise_trainer *trainer, int64_t rows, double loss)
{
    const denoise__session *session = &trainer->train;
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const denoise__weight_ref *ref = &trainer->weights[i];
        const denoise__weight *weight = &ref->layer->weights[ref->index];
        if (weight->spec.regularizer == NULL || weight->spec.regularizer->kind == NULL) continue;
        if (isfinite(denoise__regularizer_penalty(weight->spec.regularizer, weight->values, weight->count))) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE,
                             "the loss is %s: the penalty of weight \"%s\" of layer \"%s\" is not finite", what_is(loss),
                             weight->spec.name, ref->layer->name);
    }
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (trainer->losses[i] == NULL) continue;
        denoise__loss_args args = loss_args(session, i, rows);
        (void)denoise__loss_run(trainer->losses[i], &args, trainer->loss_weights[i]);
        int64_t bad = denoise__first_nonfinite(args.row_loss, args.rows);
        if (bad < 0) continue;
        return denoise__fail(
            DENOISE_ERR_NONFINITE, "the loss is %s: all outputs are finite, that of output %d \"%s\" is %s in row %lld",
            what_is(loss), (int)i, denoise_model_output_name(trainer->model, i), what_is((double)args.row_loss[bad]),
            (long long)given_row(session, bad / session->targets[i].rows_per_sample));
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s, though all outputs are finite", what_is(loss));
}

static denoise_status fail_loss(denoise_trainer *trainer, int64_t rows, double loss, const denoise__step_options *options)
{
    denoise__plan_fault fault;
    denoise__chain_settle(trainer->train.chain);
    if (!denoise__plan_find_nonfinite(trainer->train.plan, rows, options->seed, options->number, &fault))
        return fail_row(trainer, rows, loss);
    if (fault.row < 0) {
        return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s: %s is %s at element %lld", what_is(loss), fault.where,
                             what_is((double)fault.value), (long long)fault.element);
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s: %s is %s in row %lld, element %lld", what_is(loss),
                         fault.where, what_is((double)fault.value), (long long)given_row(&trainer->train, fault.row),
                         (long long)fault.element);
}

/* Weights that the caller wrote, which the loss need not show: a rectifier hides -Inf. */
static denoise_status check_weights(const denoise_trainer *trainer)
{
    const denoise_model *model = trainer->model;
    for (int64_t i = 0; i < model->layer_count; i++) {
        int32_t weight;
        int64_t element;
        denoise_layer *layer = model->layers[i];
        if (denoise__layer_is_finite(layer, &weight, &element)) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE, "weight \"%s\" of layer \"%s\" is %s at element %lld",
                             layer->weights[weight].spec.name, layer->name,
                             what_is((double)layer->weights[weight].values[element]), (long long)element);
    }
    return DENOISE_OK;
}

static denoise_status check_gradient(const denoise_trainer *trainer, int64_t index)
{
    const denoise__weight_ref *ref = &trainer->weights[index];
    const denoise__weight *weight = &ref->layer->weights[ref->index];
    const float *gradient = trainer->train.gradients[index];
    int64_t bad = denoise__first_nonfinite(gradient, weight->count);
    if (bad < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the gradient of \"%s\" is %s at element %lld", ref->layer->name,
                         weight->spec.name, what_is((double)gradient[bad]), (long long)bad);
}

/* Backwards through the layers, as a gradient spoils those before it. */
static denoise_status fail_gradients(const denoise_trainer *trainer)
{
    for (int64_t end = trainer->weight_count, first; end > 0; end = first) {
        first = end - 1;
        while (first > 0 && trainer->weights[first - 1].layer == trainer->weights[end - 1].layer)
            first--;
        for (int64_t i = first; i < end; i++)
            DENOISE__TRY(check_gradient(trainer, i));
    }
    return DENOISE_OK;
}

/* Infinite or NaN where any element is. */
static float greatest_gradient(const denoise_trainer *trainer)
{
    float greatest = 0;
    for (int64_t i = 0; i < trainer->weight_count && isfinite(greatest); i++) {
        float one =
            denoise__greatest(trainer->train.gradients[i], trainer->weights[i].layer->weights[trainer->weights[i].index].count);
        if (!(one <= greatest)) greatest = one;
    }
    return greatest;
}

/* Gradients, weights and state have to be finite after the step. */
static denoise_status check_step(const denoise_trainer *trainer)
{
    denoise_optimizer *optimizer = trainer->optimizer;
    denoise__optimizer_update update;
    double gradient = (double)greatest_gradient(trainer);
    float greatest = 0;
    if (!isfinite(gradient)) return fail_gradients(trainer);
    denoise__optimizer_begin(optimizer, &update);
    bool is_safe = denoise__optimizer_is_safe(&update, gradient);
    if (!is_safe && optimizer->bring_home != NULL) optimizer->bring_home(optimizer->home_context);
    for (int64_t i = 0; i < trainer->weight_count && !is_safe; i++) {
        const denoise__weight_ref *ref = &trainer->weights[i];
        const denoise__weight *weight = &ref->layer->weights[ref->index];
        denoise__trial trial;
        denoise__optimizer_try(&update, weight->values, trainer->train.gradients[i],
                               optimizer->slots + i * optimizer->slot_count, weight->count, &trial);
        if (trial.element >= 0) return denoise__optimizer_fail_trial(optimizer, &trial, ref->layer->name, weight->spec.name);
        greatest = fmaxf(greatest, trial.greatest);
    }
    denoise__optimizer_note(optimizer, gradient, (double)greatest);
    return DENOISE_OK;
}

static void add_penalty_gradients(const denoise_trainer *trainer, const denoise__session *session)
{
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const denoise__weight *weight = &trainer->weights[i].layer->weights[trainer->weights[i].index];
        if (weight->spec.regularizer == NULL || weight->spec.regularizer->kind == NULL) continue;
        denoise__regularizer_add_gradient(weight->spec.regularizer, weight->values,
                                          denoise__plan_weight_gradient(session->plan, i), weight->count);
    }
}

/* The end of a step on the plan: backward, penalties, check, update. */
static denoise_status train_plan(denoise_trainer *trainer, int64_t rows, const denoise__step_options *options)
{
    denoise__session *session = &trainer->train;
    denoise__plan_backward(session->plan, rows, options->seed, options->number);
    for (int64_t i = 0; i < trainer->weight_count; i++)
        session->gradients[i] = denoise__plan_weight_gradient(session->plan, i);
    add_penalty_gradients(trainer, session);
    if (options->check_finite) {
        DENOISE__TRY(check_step(trainer));
    } else {
        denoise__optimizer_note_unchecked(trainer->optimizer);
    }
    denoise__optimizer_step(trainer->optimizer, trainer->weight_values, session->gradients);
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        denoise_layer *layer = trainer->weights[i].layer;
        options->check_finite ? denoise__layer_touch_finite(layer) : denoise__layer_touch(layer);
    }
    return DENOISE_OK;
}

/* A chain reads inputs unchecked. */
static denoise_status check_inputs(denoise_trainer *trainer, int64_t rows, uint32_t top, const denoise__step_options *options)
{
    if (!options->check_finite || top < DENOISE__NOT_FINITE) return DENOISE_OK;
    return denoise__batch_load_borrowed(trainer, &trainer->train, rows);
}

denoise_status denoise__train_step(denoise_trainer *trainer, int64_t rows, const denoise__step_options *options)
{
    denoise__session *session = &trainer->train;
    uint32_t input_top = 0;
    double loss;
    if (session->chain != NULL) {
        loss = run_chain(trainer, session, rows, true, &input_top);
        DENOISE__TRY(check_inputs(trainer, rows, input_top, options));
    } else {
        denoise__plan_forward(session->plan, rows, options->seed, options->number);
        loss = run_losses(trainer, session, rows, true);
    }
    loss += run_penalties(trainer);
    if (options->check_finite && !isfinite(loss)) {
        if (session->chain != NULL) DENOISE__TRY(denoise__batch_load_borrowed(trainer, session, rows)); /* targets, unchecked */
        if (!options->loss_is_handled) return fail_loss(trainer, rows, loss, options);
        track_loss(trainer, loss, rows);
        return DENOISE_OK;
    }
    if (options->check_finite) DENOISE__TRY(check_weights(trainer));
    track_loss(trainer, loss, rows);
    update_metrics(trainer, session, rows);
    if (session->chain == NULL) return train_plan(trainer, rows, options);
    return denoise__chain_update(session->chain, rows, input_top, options->check_finite);
}

denoise_status denoise__test_step(denoise_trainer *trainer, int64_t rows)
{
    denoise__session *session = &trainer->test;
    uint32_t input_top;
    double loss;
    if (session->chain != NULL) {
        loss = run_chain(trainer, session, rows, false, &input_top);
    } else {
        denoise__chain_settle(trainer->train.chain);
        denoise__plan_forward(session->plan, rows, 0, 0);
        loss = run_losses(trainer, session, rows, false);
    }
    track_loss(trainer, loss + run_penalties(trainer), rows);
    update_metrics(trainer, session, rows);
    return DENOISE_OK;
}
