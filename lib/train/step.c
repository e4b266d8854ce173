/* SPDX-License-Identifier: Apache-2.0 */
#include "train/step.h"
#include "models/run.h"
#include "regularizers/regularizer.h"
#include "train/batches.h"
#include <math.h>

/* Losses of all outputs into the trackers; with gradients, into the plan's buffers too. Returns the weighted sum. */
static double run_losses(denoise_trainer *trainer, denoise__session *session, int64_t rows, bool gradients)
{
    double total = 0.0;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        const denoise__plan_output *output = &session->plan->outputs[i];
        const denoise__target *target = &session->targets[i];
        const denoise_loss *loss = trainer->losses[i];
        if (loss == NULL) continue;
        denoise__loss_args args = {.rows = rows * target->rows_per_sample,
                                   .columns = target->columns,
                                   .prediction = denoise__plan_data(session->plan, output->loss_value),
                                   .from_logits = output->absorbed,
                                   .target = target->values,
                                   .labels = target->labels,
                                   .row_weight = target->has_weight ? target->row_weight : NULL,
                                   .row_loss = session->row_values,
                                   .gradient = gradients ? denoise__plan_buffer(session->plan, output->gradient) : NULL};
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

static denoise_status fail_loss(denoise_trainer *trainer, int64_t rows, double loss, const denoise__step_options *options)
{
    char where[DENOISE__MESSAGE_SIZE / 2];
    const char *what = isnan(loss) ? "NaN" : "infinite";
    denoise__chain_settle(trainer->train.chain);
    if (denoise__plan_find_nonfinite(trainer->train.plan, rows, options->seed, options->number, where, sizeof where)) {
        return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s: %s is not finite", what, where);
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s, though all outputs are finite", what);
}

static denoise_status check_gradients(const denoise_trainer *trainer, const denoise__session *session)
{
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const denoise__weight_ref *ref = &trainer->weights[i];
        const denoise__weight *weight = &ref->layer->weights[ref->index];
        if (denoise__all_finite(session->gradients[i], weight->count)) continue;
        int64_t bad = 0;
        while (isfinite(session->gradients[i][bad]))
            bad++;
        return denoise__fail(DENOISE_ERR_NONFINITE, "layer \"%s\": the gradient of \"%s\" is %s at element %lld",
                             ref->layer->name, weight->spec.name, isnan(session->gradients[i][bad]) ? "NaN" : "infinite",
                             (long long)bad);
    }
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
    if (options->check_finite) DENOISE__TRY(check_gradients(trainer, session));
    denoise__optimizer_step(trainer->optimizer, trainer->weight_values, session->gradients);
    for (int64_t i = 0; i < trainer->weight_count; i++)
        denoise__layer_touch(trainer->weights[i].layer);
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
