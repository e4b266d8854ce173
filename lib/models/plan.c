/* SPDX-License-Identifier: Apache-2.0 */
#include "models/plan.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include <string.h>

static void free_step(denoise__step *step)
{
    denoise__release(step->inputs);
    denoise__release(step->input_shapes);
    denoise__release(step->input_gradients);
    denoise__release(step->adds_input);
    denoise__release(step->input_pointers);
    denoise__release(step->gradient_pointers);
}

void denoise__plan_free(denoise__plan *plan)
{
    if (plan == NULL) return;
    for (int32_t i = 0; i < plan->step_count; i++)
        free_step(&plan->steps[i]);
    denoise__release(plan->steps);
    denoise__release(plan->values);
    denoise__release(plan->buffers);
    denoise__release(plan->outputs);
    denoise__release(plan->weight_buffers);
    denoise__release(plan->inputs);
    denoise__release_aligned(plan->arena);
    denoise__release(plan);
}

static denoise_status make(denoise__plan *plan, const denoise_model *model, const denoise__plan_options *options)
{
    plan->batch = options->batch;
    plan->training = options->training;
    plan->backward = options->backward;
    plan->input_count = model->input_count;
    plan->output_count = model->output_count;
    plan->weight_count = options->weight_count;
    plan->weights = options->weights;
    plan->outputs = denoise__allocate_zeroed((size_t)model->output_count, sizeof *plan->outputs);
    plan->inputs = denoise__allocate_zeroed((size_t)model->input_count, sizeof *plan->inputs);
    plan->weight_buffers = denoise__allocate_zeroed((size_t)options->weight_count + 1, sizeof *plan->weight_buffers);
    if (plan->outputs == NULL || plan->inputs == NULL || plan->weight_buffers == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < options->weight_count; i++)
        plan->weight_buffers[i] = -1;
    DENOISE__TRY(denoise__plan_expand(plan, model));
    DENOISE__TRY(denoise__plan_absorb(plan, options));
    DENOISE__TRY(denoise__plan_layout(plan, options));
    plan->arena = denoise__allocate_aligned((size_t)plan->arena_bytes);
    return plan->arena == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

denoise_status denoise__plan_new(denoise__plan **out, const denoise_model *model, const denoise__plan_options *options)
{
    *out = NULL;
    DENOISE__TRY(denoise__engine_check());
    denoise__plan *plan = denoise__allocate_zeroed(1, sizeof *plan);
    if (plan == NULL) return denoise__fail_nomem();
    denoise_status status = make(plan, model, options);
    if (status != DENOISE_OK) {
        denoise__plan_free(plan);
        return denoise__context(status, "model \"%s\": ", model->name);
    }
    *out = plan;
    return DENOISE_OK;
}
