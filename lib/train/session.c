/* SPDX-License-Identifier: Apache-2.0 */
#include "train/session.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include <string.h>

void denoise__session_clear(denoise_trainer *trainer, denoise__session *session)
{
    denoise__chain_free(session->chain);
    denoise__plan_free(session->plan);
    for (int32_t i = 0; session->inputs != NULL && i < trainer->model->input_count; i++) {
        denoise__release_aligned(session->inputs[i]);
    }
    for (int32_t i = 0; session->targets != NULL && i < trainer->model->output_count; i++) {
        denoise__target *target = &session->targets[i];
        if (target->row_weight != target->sample_weight) denoise__release_aligned(target->row_weight);
        denoise__release_aligned(target->values);
        denoise__release_aligned(target->labels);
        denoise__release_aligned(target->sample_weight);
    }
    denoise__release(session->inputs);
    denoise__release(session->targets);
    denoise__release_aligned(session->row_values);
    denoise__release(session->gradients);
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

static denoise_status make_inputs(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    int32_t count = trainer->model->input_count;
    session->inputs = denoise__allocate_zeroed((size_t)count, sizeof *session->inputs);
    if (session->inputs == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < count; i++) {
        int64_t size = denoise__shape_size(denoise__model_input_shape(trainer->model, i));
        DENOISE__TRY(numbers(&session->inputs[i], batch, size, (int64_t)sizeof(float)));
    }
    return DENOISE_OK;
}

static void find_needs(const denoise_trainer *trainer, int32_t output, denoise__target *target)
{
    const denoise__shape *shape = denoise__model_output_shape(trainer->model, output);
    int64_t size = denoise__shape_size(shape);
    target->columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    target->rows_per_sample = target->columns == 0 ? 0 : size / target->columns;
    const denoise_loss *loss = trainer->losses[output];
    if (loss != NULL) *(denoise__loss_kind_of(loss)->sparse ? &target->needs_labels : &target->needs_values) = true;
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (trainer->metrics[i].output != output) continue;
        bool sparse = denoise__metric_kind_of(trainer->metrics[i].metric)->sparse;
        *(sparse ? &target->needs_labels : &target->needs_values) = true;
    }
}

static denoise_status make_target(denoise__target *target, int64_t batch)
{
    int64_t per_sample = target->rows_per_sample;
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
    int32_t count = trainer->model->output_count;
    int64_t most = 1;
    session->targets = denoise__allocate_zeroed((size_t)count, sizeof *session->targets);
    if (session->targets == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < count; i++) {
        find_needs(trainer, i, &session->targets[i]);
        DENOISE__TRY(make_target(&session->targets[i], batch));
        if (session->targets[i].rows_per_sample > most) most = session->targets[i].rows_per_sample;
    }
    return numbers(&session->row_values, batch, most, (int64_t)sizeof(float));
}

/* What the plan must know of each output: which activation its loss absorbs, whether a gradient comes, whether a metric reads
 * it. */
typedef struct output_needs {
    const char **absorb;
    bool *has_loss, *needs_output;
} output_needs;

static denoise_status list_outputs(const denoise_trainer *trainer, output_needs *needs)
{
    size_t count = (size_t)trainer->model->output_count;
    needs->absorb = denoise__allocate_zeroed(count, sizeof *needs->absorb);
    needs->has_loss = denoise__allocate_zeroed(count, sizeof *needs->has_loss);
    needs->needs_output = denoise__allocate_zeroed(count, sizeof *needs->needs_output);
    if (needs->absorb == NULL || needs->has_loss == NULL || needs->needs_output == NULL) return denoise__fail_nomem();
    for (size_t i = 0; i < count; i++) {
        const denoise_loss *loss = trainer->losses[i];
        if (loss == NULL) continue;
        const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
        bool from_logits = kind->from_logits != NULL && kind->from_logits(loss->part.config) != 0;
        needs->has_loss[i] = true;
        if (!trainer->unfused && !from_logits) needs->absorb[i] = kind->absorbs;
    }
    for (int64_t i = 0; i < trainer->metric_count; i++)
        needs->needs_output[trainer->metrics[i].output] = true;
    return DENOISE_OK;
}

static denoise_status make_plan(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    output_needs needs = {0};
    denoise_status status = list_outputs(trainer, &needs);
    if (status == DENOISE_OK) {
        denoise__plan_options options = {.batch = batch,
                                         .training = session->training,
                                         .backward = session->training,
                                         .absorb = needs.absorb,
                                         .has_loss = needs.has_loss,
                                         .needs_output = needs.needs_output,
                                         .weights = trainer->weights,
                                         .weight_count = session->training ? trainer->weight_count : 0};
        status = denoise__plan_new(&session->plan, trainer->model, &options);
    }
    denoise__release(needs.absorb);
    denoise__release(needs.has_loss);
    denoise__release(needs.needs_output);
    return status;
}

/* With logits the model must end in them: "from logits" behind an activation takes the activation's results for logits. */
static bool fuses_sigmoid(const denoise_trainer *trainer, const denoise__session *session)
{
    const denoise_loss *loss = trainer->losses[0];
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    const void *config = loss->part.config;
    if (kind->is_sigmoid_crossentropy == NULL || !kind->is_sigmoid_crossentropy(config)) return false;
    if (session->plan->outputs[0].absorbed) return true;
    return kind->from_logits != NULL && kind->from_logits(config) && session->chain->last_activation == NULL;
}

static denoise_status make(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    DENOISE__TRY(make_inputs(trainer, session, batch));
    DENOISE__TRY(make_targets(trainer, session, batch));
    DENOISE__TRY(make_plan(trainer, session, batch));
    if (trainer->model->output_count == 1 && trainer->losses[0] != NULL) {
        DENOISE__TRY(denoise__chain_new(&session->chain, session->plan, session->training ? trainer->optimizer : NULL, true));
        session->fuses_sigmoid = session->chain != NULL && fuses_sigmoid(trainer, session);
    }
    session->gradients = denoise__allocate_zeroed((size_t)trainer->weight_count + 1, sizeof *session->gradients);
    if (session->gradients == NULL) return denoise__fail_nomem();
    return DENOISE_OK;
}

/* What targets must be brought in may change with the metrics, which are resolved by the targets' shapes. */
static bool fits(const denoise_trainer *trainer, const denoise__session *session, int64_t batch)
{
    if (session->batch < batch || session->engine != denoise__engine()) return false;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        denoise__target needs = {0};
        find_needs(trainer, i, &needs);
        if (needs.needs_values && !session->targets[i].needs_values) return false;
        if (needs.needs_labels && !session->targets[i].needs_labels) return false;
    }
    return true;
}

denoise_status denoise__session_prepare(denoise_trainer *trainer, denoise__session *session, int64_t batch)
{
    if (fits(trainer, session, batch)) return DENOISE_OK;
    denoise__session made = {
        .training = session->training, .batch = batch, .engine = denoise__engine()}; /* aside: a run may be using the session */
    denoise_status status = make(trainer, &made, batch);
    denoise__session_clear(trainer, status == DENOISE_OK ? session : &made);
    if (status != DENOISE_OK) return status;
    *session = made;
    return DENOISE_OK;
}
