/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer promises, tried on arrays with guards. */
#include "core/memory.h"
#include "ext/run.h"
#include "ext/trial.h"
#include <string.h>

enum { BATCH = 5, ONE = 0xFF /* NaN */, OTHER = 0x3C };

static denoise_status check_finite(const denoise__trial_kind *t, const float *values, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return denoise__trial_fail(t, what);
    }
    return DENOISE_OK;
}

static denoise_status check_values(const denoise__trial_kind *t, const denoise__run *run)
{
    for (int32_t i = 0; i < run->output_count; i++)
        DENOISE__TRY(check_finite(t, run->outputs[i], denoise__run_output_size(run, i),
                                  "leaves outputs unwritten, or not finite, where inputs are from -1 to 1"));
    for (int32_t i = 0; i < run->count; i++)
        DENOISE__TRY(check_finite(t, run->input_gradients[i], denoise__run_input_size(run, i),
                                  "leaves gradients of inputs unwritten, or not finite"));
    for (int32_t i = 0; i < run->layer->weight_count; i++) {
        if (run->weight_gradients[i] == NULL) continue;
        DENOISE__TRY(check_finite(t, run->weight_gradients[i], run->layer->weights[i].variable.count,
                                  "leaves gradients of weights unwritten, or not finite"));
    }
    return denoise__run_guards(run);
}

/* The same step in two runs, whose memory held other bytes before. */
static denoise_status step(denoise__run *run, int byte)
{
    denoise__run_poison_outputs(run, byte);
    DENOISE__TRY(denoise__run_forward(run));
    denoise__run_poison_gradients(run, byte);
    return denoise__run_backward(run);
}

static bool is_same(const float *a, const float *b, int64_t count)
{
    return a == NULL || memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static denoise_status compare(const denoise__trial_kind *t, const denoise__run *a, const denoise__run *b, const char *what)
{
    bool same = true;
    for (int32_t i = 0; i < a->output_count; i++)
        same = same && is_same(a->outputs[i], b->outputs[i], denoise__run_output_size(a, i));
    for (int32_t i = 0; i < a->count; i++)
        same = same && is_same(a->input_gradients[i], b->input_gradients[i], denoise__run_input_size(a, i));
    for (int32_t i = 0; i < a->layer->weight_count; i++)
        same = same && is_same(a->weight_gradients[i], b->weight_gradients[i], a->layer->weights[i].variable.count);
    return same ? DENOISE_OK : denoise__trial_fail(t, what);
}

/* Sample r of a run of one sample at a time. */
static denoise_status try_sample(const denoise__trial_kind *t, const denoise__run *all, denoise__run *one, int64_t r)
{
    for (int32_t i = 0; i < one->count; i++) {
        int64_t size = denoise__run_input_size(one, i);
        memcpy(one->inputs[i], all->inputs[i] + r * size, (size_t)size * sizeof(float));
    }
    for (int32_t i = 0; i < one->output_count; i++) {
        int64_t size = denoise__run_output_size(one, i);
        memcpy(one->output_gradients[i], all->output_gradients[i] + r * size, (size_t)size * sizeof(float));
    }
    one->args.random.first = (uint64_t)(r * one->args.random.step);
    DENOISE__TRY(step(one, OTHER));
    bool same = true;
    for (int32_t i = 0; i < one->output_count; i++) {
        int64_t size = denoise__run_output_size(one, i);
        same = same && is_same(one->outputs[i], all->outputs[i] + r * size, size);
    }
    for (int32_t i = 0; i < one->count; i++) {
        int64_t size = denoise__run_input_size(one, i);
        same = same && is_same(one->input_gradients[i], all->input_gradients[i] + r * size, size);
    }
    return same ? DENOISE_OK : denoise__trial_fail(t, "says is_row_local, but a sample alone has other bits than in its batch");
}

/* A kind that looks across the batch in training is tried as a frozen one. */
static denoise_status try_rows(const denoise__trial_kind *t, denoise__run *all, denoise__run *one)
{
    bool is_wide = all->kind->is_batch_wide_in_training;
    DENOISE__TRY(denoise__run_make(one, t->name, t->params, &t->shape, 1));
    all->args.is_frozen = one->args.is_frozen = is_wide;
    if (is_wide) DENOISE__TRY(step(all, ONE));
    for (int64_t r = 0; r < BATCH; r++)
        DENOISE__TRY(try_sample(t, all, one, r));
    all->args.is_frozen = false;
    if (is_wide) DENOISE__TRY(step(all, ONE)); /* for those who compare with it later */
    return denoise__run_guards(one);
}

/* Outputs and gradients in the inputs' place. */
static denoise_status try_in_place(const denoise__trial_kind *t, const denoise__run *all, denoise__run *other)
{
    int64_t size = denoise__run_input_size(other, 0);
    if (size != denoise__run_output_size(other, 0) || other->kind->backward_needs_input) return DENOISE_OK;
    float *output = other->outputs[0], *gradient = other->input_gradients[0];
    other->outputs[0] = other->inputs[0];
    other->input_gradients[0] = other->end_gradients[0];
    denoise_status status = denoise__run_forward(other);
    bool same = status == DENOISE_OK && is_same(all->outputs[0], other->inputs[0], size);
    if (status == DENOISE_OK) status = denoise__run_backward(other);
    same = same && status == DENOISE_OK && is_same(all->input_gradients[0], other->end_gradients[0], size);
    other->outputs[0] = output;
    other->input_gradients[0] = gradient;
    if (status != DENOISE_OK || same) return status;
    return denoise__trial_fail(t, "says may_overwrite_input, but has other bits there");
}

/* What backward does not say that it reads is not there. */
static denoise_status try_needs(const denoise__trial_kind *t, const denoise__run *all, denoise__run *other)
{
    DENOISE__TRY(denoise__run_forward(other));
    for (int32_t i = 0; i < other->count && !other->kind->backward_needs_input; i++)
        memset(other->inputs[i], ONE, (size_t)denoise__run_input_size(other, i) * sizeof(float));
    bool ends = other->kind->activation != NULL;
    for (int32_t i = 0; i < other->output_count && !other->kind->backward_needs_output && !ends; i++)
        memset(other->outputs[i], ONE, (size_t)denoise__run_output_size(other, i) * sizeof(float));
    DENOISE__TRY(denoise__run_backward(other));
    bool same = true;
    for (int32_t i = 0; i < other->count; i++)
        same = same && is_same(all->input_gradients[i], other->input_gradients[i], denoise__run_input_size(other, i));
    return same ? DENOISE_OK
                : denoise__trial_fail(t, "reads inputs or outputs in backward, and does not say so in backward_needs_...");
}

/* Nobody wants a gradient, or there is none, and outside training there is no state. */
static denoise_status try_absent(denoise__run *run)
{
    float *no_gradients[DENOISE__RUN_INPUTS] = {NULL};
    const float *no_losses[DENOISE__EXT_OUTPUTS] = {NULL};
    run->args.input_gradients = no_gradients;
    DENOISE__TRY(denoise__run_forward(run));
    DENOISE__TRY(denoise__run_backward(run));
    run->args.input_gradients = run->input_gradients;
    for (int32_t i = 1; i < run->output_count; i++)
        no_losses[i - 1] = run->end_gradients[i - 1];
    if (run->output_count > 1) {
        run->args.output_gradients = no_losses;
        DENOISE__TRY(denoise__run_backward(run));
        run->args.output_gradients = (const float *const *)run->end_gradients;
    }
    run->args.training = false;
    run->args.state = NULL;
    DENOISE__TRY(denoise__run_forward(run));
    return denoise__run_guards(run);
}

static denoise_status try_all(const denoise__trial_kind *t, denoise__run *run, denoise__run *other, denoise__run *one)
{
    DENOISE__TRY(denoise__run_make(run, t->name, t->params, &t->shape, BATCH));
    DENOISE__TRY(denoise__run_make(other, t->name, t->params, &t->shape, BATCH));
    DENOISE__TRY(step(run, ONE));
    DENOISE__TRY(check_values(t, run));
    DENOISE__TRY(step(other, OTHER));
    DENOISE__TRY(compare(t, run, other, "has other bits the second time: it leaves something unwritten, or keeps something"));
    if (run->kind->is_row_local) DENOISE__TRY(try_rows(t, run, one));
    DENOISE__TRY(try_needs(t, run, other));
    denoise__run_free(other);
    memset(other, 0, sizeof *other);
    DENOISE__TRY(denoise__run_make(other, t->name, t->params, &t->shape, BATCH));
    if (run->kind->may_overwrite_input) DENOISE__TRY(try_in_place(t, run, other));
    return try_absent(run);
}

denoise_status denoise__trial_layer(const denoise__trial_kind *t)
{
    denoise__run *runs = denoise__allocate_zeroed(3, sizeof *runs);
    if (runs == NULL) return denoise__fail_nomem();
    denoise_status status = try_all(t, &runs[0], &runs[1], &runs[2]);
    for (int i = 0; i < 3; i++)
        denoise__run_free(&runs[i]);
    denoise__release(runs);
    if (status != DENOISE_OK) return status;
    return denoise_check_gradient(NULL, t->noun, t->name, t->params, t->shape.dim, t->shape.rank, 0.002);
}
