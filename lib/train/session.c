/* SPDX-License-Identifier: Apache-2.0 */
#include "train/session.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include "models/sized.h"
#include "train/warn.h"
#include <string.h>

void denoise__session_clear(denoise_trainer *trainer, denoise__session *session)
{
    denoise__plan_free(session->plan);
    for (int32_t i = 0; session->outputs != NULL && i < trainer->model->output_count; i++)
        denoise__release_aligned(session->outputs[i]);
    for (int32_t i = 0; session->targets != NULL && i < trainer->model->output_count; i++) {
        denoise__target *target = &session->targets[i];
        if (target->row_weight != target->sample_weight) denoise__release_aligned(target->row_weight);
        denoise__release_aligned(target->values);
        denoise__release_aligned(target->labels);
        denoise__release_aligned(target->sample_weight);
        denoise__release_aligned(target->row_loss);
    }
    denoise_model_free(session->model);
    denoise__release(session->inputs);
    denoise__release(session->targets);
    denoise__release(session->losses);
    denoise__release(session->outputs);
    *session = (denoise__session){.training = session->training};
}

static denoise_status numbers(void *out, int64_t a, int64_t b, int64_t size)
{
    int64_t count, bytes;
    void **memory = out;
    if (!denoise__multiply(a, b, &count) || !denoise__multiply(count, size, &bytes)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "a batch of %lld rows of %lld numbers is too large", (long long)a,
                             (long long)b);
    }
    *memory = denoise__allocate_aligned((size_t)bytes);
    return *memory == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static denoise_status make_lists(denoise_trainer *trainer, denoise__session *session)
{
    size_t inputs = (size_t)trainer->model->input_count, outputs = (size_t)trainer->model->output_count;
    session->inputs = denoise__allocate_zeroed(inputs, sizeof *session->inputs);
    session->targets = denoise__allocate_zeroed(outputs, sizeof *session->targets);
    session->losses = denoise__allocate_zeroed(outputs, sizeof *session->losses);
    session->outputs = denoise__allocate_zeroed(outputs, sizeof *session->outputs);
    bool is_full = session->inputs != NULL && session->targets != NULL && session->losses != NULL && session->outputs != NULL;
    return is_full ? DENOISE_OK : denoise__fail_nomem();
}

static void find_needs(const denoise_trainer *trainer, const denoise_model *model, int32_t output, denoise__target *target)
{
    const denoise__shape *shape = denoise__model_output_shape(model, output);
    int64_t size = denoise__shape_size(shape);
    target->columns = denoise__shape_last(shape);
    target->rows_per_sample = target->columns == 0 ? 0 : size / target->columns;
    const denoise_loss *loss = trainer->losses[output];
    if (loss != NULL) *(denoise__loss_kind_of(loss)->is_sparse ? &target->needs_labels : &target->needs_values) = true;
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (trainer->metrics[i].output != output) continue;
        bool is_sparse = denoise__metric_kind_of(trainer->metrics[i].metric)->is_sparse;
        *(is_sparse ? &target->needs_labels : &target->needs_values) = true;
    }
}

static denoise_status make_target(denoise__target *target, int64_t batch, bool has_loss)
{
    int64_t per_sample = target->rows_per_sample;
    if (has_loss) DENOISE__TRY(numbers(&target->row_loss, batch, per_sample, (int64_t)sizeof(float)));
    if (target->needs_values) {
        DENOISE__TRY(numbers(&target->values, batch, per_sample * target->columns, (int64_t)sizeof(float)));
    }
    if (target->needs_labels) DENOISE__TRY(numbers(&target->labels, batch, per_sample, (int64_t)sizeof(int32_t)));
    DENOISE__TRY(numbers(&target->sample_weight, batch, 1, (int64_t)sizeof(float)));
    if (per_sample == 1) {
        target->row_weight = target->sample_weight;
        return DENOISE_OK;
    }
    return numbers(&target->row_weight, batch, per_sample, (int64_t)sizeof(float));
}

static denoise_status make_targets(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        find_needs(trainer, session->model, i, &session->targets[i]);
        DENOISE__TRY(make_target(&session->targets[i], batch, trainer->losses[i] != NULL));
    }
    return DENOISE_OK;
}

/* Rows of the outputs that metrics read. */
static denoise_status make_outputs(const denoise_trainer *trainer, denoise__session *session, int64_t batch, bool *needs_output)
{
    for (int64_t i = 0; i < trainer->metric_count; i++)
        needs_output[trainer->metrics[i].output] = true;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        int64_t size = denoise__shape_size(denoise__model_output_shape(session->model, i));
        if (needs_output[i]) DENOISE__TRY(numbers(&session->outputs[i], batch, size, (int64_t)sizeof(float)));
    }
    return DENOISE_OK;
}

static denoise_status make_plan(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    bool *needs_output = denoise__allocate_zeroed((size_t)trainer->model->output_count, sizeof *needs_output);
    denoise_status status = needs_output == NULL ? denoise__fail_nomem() : make_outputs(trainer, session, batch, needs_output);
    if (status == DENOISE_OK) {
        denoise__plan_options options = {.batch = batch,
                                         .training = session->training,
                                         .backward = session->training,
                                         .keeps_activations = trainer->keeps_activations,
                                         .convolution = session->convolution,
                                         .is_plain = trainer->is_plain,
                                         .is_frozen = trainer->is_frozen,
                                         .losses = (const denoise_loss *const *)trainer->losses,
                                         .needs_output = needs_output,
                                         .weights = trainer->weights,
                                         .weight_count = trainer->weight_count,
                                         .optimizer = session->training ? trainer->optimizer : NULL};
        status = denoise__plan_new(&session->plan, session->model, &options);
    }
    denoise__release(needs_output);
    return status;
}

/* What metrics need, so that a step allocates nothing. */
static denoise_status prepare_metrics(const denoise_trainer *trainer, const denoise__session *session)
{
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        denoise_metric *metric = trainer->metrics[i].metric;
        const denoise__target *target = &session->targets[trainer->metrics[i].output];
        bool is_per_sample = denoise__metric_kind_of(metric)->is_per_sample;
        int64_t per_row = is_per_sample ? 1 : target->rows_per_sample, size = target->rows_per_sample * target->columns;
        DENOISE__TRY(denoise__metric_prepare(metric, session->batch * per_row, is_per_sample ? size : target->columns));
    }
    return DENOISE_OK;
}

static denoise_status make(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    DENOISE__TRY(make_lists(trainer, session));
    DENOISE__TRY(make_targets(trainer, session, batch));
    DENOISE__TRY(make_plan(trainer, session, batch));
    if (session->training) denoise__warn_of_unreached(trainer, session->plan);
    return prepare_metrics(trainer, session);
}

static int32_t convolution_of(const denoise_trainer *trainer)
{
    return trainer->convolution == DENOISE__CONVOLUTION_DEFAULT ? denoise__convolution() : trainer->convolution;
}

/* What targets must be brought in may change with the metrics, which are resolved by the targets' shapes. */
static bool fits(const denoise_trainer *trainer, const denoise__session *session, int64_t batch)
{
    if (session->batch < batch || session->engine != denoise__engine()) return false;
    if (session->convolution != convolution_of(trainer)) return false;
    if (!denoise__plan_suits_threads(session->plan)) return false;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        denoise__target needs = {0};
        find_needs(trainer, session->model, i, &needs);
        if (needs.needs_values && !session->targets[i].needs_values) return false;
        if (needs.needs_labels && !session->targets[i].needs_labels) return false;
    }
    return true;
}

/* Whether `sized`, made of the trainer's model, is for such rows; they are not looked at where the model has one size. */
static bool suits(const denoise_trainer *trainer, const denoise_model *sized, const denoise_tensor *const *x)
{
    return !denoise__model_is_open(trainer->model) || denoise__model_has_sizes(sized, x);
}

denoise_status denoise__trainer_size(denoise_trainer *trainer, const denoise_tensor *const *x, const denoise_model **sized)
{
    denoise_model *made;
    *sized = trainer->sized;
    if (*sized != NULL && suits(trainer, *sized, x)) return DENOISE_OK;
    DENOISE__TRY(denoise__model_size_for(&made, trainer->model, x));
    denoise_model_free(trainer->sized);
    *sized = trainer->sized = made;
    return DENOISE_OK;
}

static denoise_status replace(denoise_trainer *trainer, denoise__session *session, const denoise_tensor *const *x,
                              int64_t batch)
{
    const denoise_model *sized;
    DENOISE__TRY(denoise__trainer_size(trainer, x, &sized));
    denoise__session made = {.training = session->training, /* aside: a run may be using the session */
                             .batch = batch,
                             .engine = denoise__engine(),
                             .convolution = convolution_of(trainer)};
    made.model = trainer->sized;
    denoise__model_retain(made.model);
    denoise_status status = make(trainer, &made, batch);
    denoise__session_clear(trainer, status == DENOISE_OK ? session : &made);
    if (status != DENOISE_OK) return status;
    *session = made;
    return DENOISE_OK;
}

denoise_status denoise__session_prepare(denoise_trainer *trainer, denoise__session *session, const denoise_tensor *const *x,
                                        int64_t batch)
{
    bool is_made = session->batch > 0 && suits(trainer, session->model, x) && fits(trainer, session, batch);
    return is_made ? prepare_metrics(trainer, session) : replace(trainer, session, x, batch);
}
