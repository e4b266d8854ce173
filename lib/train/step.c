/* SPDX-License-Identifier: Apache-2.0 */
/* Train: forward, losses and back in one pass; is the loss finite?; metrics; update; statistics. */
#include "train/step.h"
#include "core/number.h"
#include "core/text.h"
#include "kernels/finite.h"
#include "models/update.h"
#include "train/batches.h"
#include <math.h>

static denoise__loss_args loss_args(const denoise__target *target, int64_t rows)
{
    return (denoise__loss_args){.rows = rows * target->rows_per_sample,
                                .columns = target->columns,
                                .target = target->is_borrowed ? NULL : target->values,
                                .labels = target->labels,
                                .row_weight = target->has_weight ? target->row_weight : NULL,
                                .row_loss = target->row_loss};
}

/* What a pass over the session's batch is told. */
static denoise__pass pass_of(const denoise_trainer *trainer, denoise__session *session, int64_t rows)
{
    double scale = session->training ? denoise__optimizer_loss_scale(trainer->optimizer) : 1.0; /* of gradients alone */
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        denoise__pass_loss *loss = &session->losses[i];
        loss->loss = trainer->losses[i];
        loss->weight = trainer->loss_weights[i] * scale;
        loss->args = loss_args(&session->targets[i], rows);
    }
    return (denoise__pass){.rows = rows, .inputs = session->inputs, .losses = session->losses, .outputs = session->outputs};
}

static double total_loss(const denoise_trainer *trainer, const denoise__session *session)
{
    double total = 0.0;
    for (int32_t i = 0; i < trainer->model->output_count; i++)
        if (trainer->losses[i] != NULL) total += trainer->loss_weights[i] * session->losses[i].value;
    return total;
}

static void track_losses(denoise_trainer *trainer, const denoise__session *session, double total, int64_t rows)
{
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (trainer->losses[i] == NULL) continue;
        trainer->output_losses[i].total += session->losses[i].value;
        trainer->output_losses[i].rows += 1.0;
    }
    trainer->loss.total += total * (double)rows;
    trainer->loss.rows += (double)rows;
}

static denoise_status update_metrics(denoise_trainer *trainer, denoise__session *session, int64_t rows)
{
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        const denoise__tracked_metric *tracked = &trainer->metrics[i];
        const denoise__target *target = &session->targets[tracked->output];
        const denoise__metric_kind *kind = denoise__metric_kind_of(tracked->metric);
        int64_t per_sample = target->rows_per_sample;
        denoise__metric_args args = {.rows = kind->is_per_sample ? rows : rows * per_sample,
                                     .columns = kind->is_per_sample ? per_sample * target->columns : target->columns,
                                     .prediction = session->outputs[tracked->output],
                                     .target = target->values,
                                     .labels = target->labels};
        const float *weight = kind->is_per_sample ? target->sample_weight : target->row_weight;
        DENOISE__TRY(
            denoise__metric_update(tracked->metric, &args, tracked->is_weighted && target->has_weight ? weight : NULL));
    }
    return DENOISE_OK;
}

/* What the caller calls it. */
static int64_t given_row(const denoise__session *session, int64_t row)
{
    return denoise__arrays_name(session->arrays, session->start + row);
}

/* Outputs are finite: whose penalty is not, or which row's loss. */
static denoise_status fail_row(denoise_trainer *trainer, denoise__pass *pass, double loss)
{
    const denoise__session *session = &trainer->train;
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const denoise__weight_ref *ref = &trainer->weights[i];
        double penalty;
        DENOISE__TRY(denoise__plan_weight_penalty(session->plan, i, &penalty));
        if (isfinite(penalty)) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE,
                             "the loss is %s: the penalty of weight \"%s\" of layer \"%s\" is not finite",
                             denoise__nonfinite_name(loss), ref->layer->weights[ref->index].spec.name, ref->layer->name);
    }
    pass->backward = false;
    pass->keeps_rows = true;
    DENOISE__TRY(denoise__plan_run(session->plan, pass));
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        const denoise__loss_args *args = &pass->losses[i].args;
        const char *name = denoise_model_output_name(trainer->model, i);
        double value = pass->losses[i].value;
        if (trainer->losses[i] == NULL) continue;
        if (denoise__loss_kind_of(trainer->losses[i])->rows == NULL) {
            if (isfinite(value)) continue;
            return denoise__fail(DENOISE_ERR_NONFINITE,
                                 "the loss is %s: all outputs are finite, that of output %d \"%s\" is %s",
                                 denoise__nonfinite_name(loss), (int)i, name, denoise__nonfinite_name(value));
        }
        int64_t bad = denoise__first_nonfinite(args->row_loss, args->rows);
        if (bad < 0) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE,
                             "the loss is %s: all outputs are finite, that of output %d \"%s\" is %s in row %lld",
                             denoise__nonfinite_name(loss), (int)i, name, denoise__nonfinite_name((double)args->row_loss[bad]),
                             (long long)given_row(session, bad / session->targets[i].rows_per_sample));
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s, though all outputs are finite", denoise__nonfinite_name(loss));
}

static denoise_status fail_loss(denoise_trainer *trainer, denoise__pass *pass, double loss)
{
    denoise__plan_fault fault;
    if (!denoise__plan_find_nonfinite(trainer->train.plan, pass, &fault)) return fail_row(trainer, pass, loss);
    if (fault.row < 0) {
        return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s: %s is %s at element %lld", denoise__nonfinite_name(loss),
                             fault.where, denoise__nonfinite_name((double)fault.value), (long long)fault.element);
    }
    return denoise__fail(DENOISE_ERR_NONFINITE, "the loss is %s: %s is %s in row %lld, element %lld",
                         denoise__nonfinite_name(loss), fault.where, denoise__nonfinite_name((double)fault.value),
                         (long long)given_row(&trainer->train, fault.row), (long long)fault.element);
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
                             denoise__nonfinite_name((double)denoise__weight_values(&layer->weights[weight])[element]),
                             (long long)element);
    }
    return DENOISE_OK;
}

denoise_status denoise__train_step(denoise_trainer *trainer, int64_t rows, const denoise__step_options *options)
{
    denoise__session *session = &trainer->train;
    denoise__pass pass = pass_of(trainer, session, rows);
    pass.seed = options->seed;
    pass.number = (uint64_t)trainer->step;
    pass.backward = true;
    DENOISE__TRY(denoise__plan_run(session->plan, &pass));
    if (options->check_finite && pass.input_top >= DENOISE__NOT_FINITE)
        DENOISE__TRY(denoise__batch_check_inputs(trainer, session, rows));
    double penalty;
    DENOISE__TRY(denoise__plan_penalty(session->plan, &penalty));
    double loss = total_loss(trainer, session) + penalty;
    if (options->check_finite && !isfinite(loss)) {
        DENOISE__TRY(denoise__batch_check_targets(trainer, session, rows));
        if (!options->loss_is_handled) return fail_loss(trainer, &pass, loss);
        track_losses(trainer, session, loss, rows);
        trainer->step++;
        return DENOISE_OK;
    }
    if (options->check_finite) DENOISE__TRY(check_weights(trainer));
    DENOISE__TRY(update_metrics(trainer, session, rows));
    track_losses(trainer, session, loss, rows);
    DENOISE__TRY(denoise__plan_update(session->plan, rows, options->check_finite));
    denoise__plan_commit(session->plan, &pass);
    trainer->step++;
    return DENOISE_OK;
}

denoise_status denoise__test_step(denoise_trainer *trainer, int64_t rows)
{
    denoise__session *session = &trainer->test;
    denoise__pass pass = pass_of(trainer, session, rows);
    DENOISE__TRY(denoise__plan_run(session->plan, &pass));
    double penalty;
    DENOISE__TRY(denoise__plan_penalty(session->plan, &penalty));
    track_losses(trainer, session, total_loss(trainer, session) + penalty, rows);
    return update_metrics(trainer, session, rows);
}
