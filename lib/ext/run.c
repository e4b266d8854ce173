/* SPDX-License-Identifier: Apache-2.0 */
#include "ext/run.h"
#include "core/memory.h"
#include "kernels/random.h"
#include <string.h>

enum { GUARD = 64, GUARD_BYTE = 0x5A, SEED = 7 };

int64_t denoise__run_input_size(const denoise__run *run, int32_t input)
{
    return run->batch * denoise__shape_size(&run->shapes[input]);
}

int64_t denoise__run_output_size(const denoise__run *run, int32_t output)
{
    return run->batch * denoise__shape_size(&run->output_shapes[output]);
}

static denoise_status bytes_for(denoise__run *run, size_t size, void **out)
{
    if (run->array_count == DENOISE__RUN_ARRAYS)
        return denoise__fail(DENOISE_ERR_LIMIT, "the layer has too many arrays to be tried");
    unsigned char *memory = denoise__allocate_aligned(size + GUARD);
    if (memory == NULL) return denoise__fail_nomem();
    memset(memory, 0, size);
    memset(memory + size, GUARD_BYTE, GUARD);
    run->arrays[run->array_count].memory = memory;
    run->arrays[run->array_count++].size = size;
    *out = memory;
    return DENOISE_OK;
}

static denoise_status array(denoise__run *run, int64_t count, float **out)
{
    void *memory;
    DENOISE__TRY(bytes_for(run, (size_t)count * sizeof(float), &memory));
    *out = memory;
    return DENOISE_OK;
}

static denoise_status make_inputs(denoise__run *run)
{
    for (int32_t i = 0; i < run->count; i++) {
        int64_t size = denoise__run_input_size(run, i);
        DENOISE__TRY(array(run, size, &run->inputs[i]));
        DENOISE__TRY(array(run, size, &run->input_gradients[i]));
        denoise__random_uniform(SEED, (uint64_t)i, 0, run->inputs[i], size, -1, 1);
    }
    return DENOISE_OK;
}

static denoise_status make_outputs(denoise__run *run)
{
    for (int32_t i = 0; i < run->output_count; i++) {
        int64_t size = denoise__run_output_size(run, i);
        DENOISE__TRY(array(run, size, &run->outputs[i]));
        DENOISE__TRY(array(run, size, &run->output_gradients[i]));
        DENOISE__TRY(array(run, size, &run->end_gradients[i]));
        denoise__random_uniform(SEED, 100 + (uint64_t)i, 0, run->output_gradients[i], size, -1, 1);
    }
    return array(run, denoise__run_output_size(run, 0), &run->pre_activation);
}

static denoise_status make_weights(denoise__run *run)
{
    void *memory;
    size_t count = (size_t)run->layer->weight_count;
    DENOISE__TRY(bytes_for(run, (count + 1) * sizeof(float *), &memory));
    run->weights = memory;
    DENOISE__TRY(bytes_for(run, (count + 1) * sizeof(float *), &memory));
    run->weight_gradients = memory;
    for (size_t i = 0; i < count; i++) {
        denoise__weight *weight = &run->layer->weights[i];
        run->weights[i] = denoise__weight_values(weight);
        if (weight->spec.trainable) DENOISE__TRY(array(run, weight->variable.count, &run->weight_gradients[i]));
    }
    return DENOISE_OK;
}

static denoise_status make_memory(denoise__run *run)
{
    const void *config = run->layer->part.config;
    size_t size = run->kind->state_size == NULL ? 0 : run->kind->state_size(config, run->shapes, run->count, run->batch);
    DENOISE__TRY(bytes_for(run, size, &run->state));
    for (int i = 0; i < 2; i++) {
        size =
            run->kind->scratch_size == NULL ? 0 : run->kind->scratch_size(config, run->shapes, run->count, run->batch, i == 1);
        DENOISE__TRY(bytes_for(run, size, &run->scratch[i]));
    }
    return DENOISE_OK;
}

static void make_args(denoise__run *run)
{
    const void *config = run->layer->part.config;
    bool is_ended = run->kind->activation != NULL;
    run->activation = is_ended ? run->kind->activation(config) : NULL;
    bool ends_apart = is_ended && denoise__activation_can_fail(run->activation);
    run->args = (denoise__layer_args){.config = config,
                                      .batch = run->batch,
                                      .input_count = run->count,
                                      .output_count = run->output_count,
                                      .input_shapes = run->shapes,
                                      .output_shapes = run->output_shapes,
                                      .inputs = (const float *const *)run->inputs,
                                      .outputs = run->outputs,
                                      .weights = (const float *const *)run->weights,
                                      .activation = ends_apart ? NULL : run->activation,
                                      .pre_activation = is_ended ? run->pre_activation : NULL,
                                      .output_gradients = (const float *const *)run->end_gradients,
                                      .input_gradients = run->input_gradients,
                                      .weight_gradients = run->weight_gradients,
                                      .state = run->state,
                                      .training = true,
                                      .random = {.seed = SEED, .stream = 5, .step = denoise__shape_size(&run->shapes[0])}};
}

denoise_status denoise__run_make(denoise__run *run, const char *name, const denoise_params *params, const denoise__shape *shape,
                                 int64_t batch)
{
    DENOISE__TRY(denoise_layer_create(&run->layer, name, params));
    run->kind = denoise__layer_kind_of(run->layer);
    run->batch = batch;
    run->count = run->kind->min_inputs < 1 ? 1 : run->kind->min_inputs;
    run->output_count = denoise__layer_output_count(run->layer);
    if (run->kind->is_alias || run->kind->max_inputs < 1 || run->count > DENOISE__RUN_INPUTS ||
        run->output_count > DENOISE__EXT_OUTPUTS)
        return denoise__fail(DENOISE_ERR_UNSUPPORTED, "layer \"%s\" computes nothing, or has too many inputs or outputs", name);
    for (int32_t i = 0; i < run->count; i++)
        run->shapes[i] = *shape;
    DENOISE__TRY(denoise__layer_apply_shapes(run->layer, run->shapes, run->count, run->output_shapes));
    DENOISE__TRY(denoise__layers_initialize(&run->layer, 1, 3, 0));
    DENOISE__TRY(make_inputs(run));
    DENOISE__TRY(make_outputs(run));
    DENOISE__TRY(make_weights(run));
    DENOISE__TRY(make_memory(run));
    make_args(run);
    return DENOISE_OK;
}

void denoise__run_free(denoise__run *run)
{
    for (int32_t i = 0; i < run->array_count; i++)
        denoise__release_aligned(run->arrays[i].memory);
    denoise_layer_free(run->layer);
}

static void poison_bytes(void *memory, int64_t count, int byte)
{
    if (memory != NULL) memset(memory, byte, (size_t)count * sizeof(float));
}

/* The arrays of state and scratch are the last three. */
static void poison_scratch(denoise__run *run, int32_t arrays, int byte)
{
    for (int32_t i = run->array_count - arrays; i < run->array_count; i++)
        memset(run->arrays[i].memory, byte, run->arrays[i].size);
}

void denoise__run_poison_outputs(denoise__run *run, int byte)
{
    for (int32_t i = 0; i < run->output_count; i++)
        poison_bytes(run->outputs[i], denoise__run_output_size(run, i), byte);
    poison_bytes(run->pre_activation, denoise__run_output_size(run, 0), byte);
    poison_scratch(run, 3, byte);
}

void denoise__run_poison_gradients(denoise__run *run, int byte)
{
    for (int32_t i = 0; i < run->count; i++)
        poison_bytes(run->input_gradients[i], denoise__run_input_size(run, i), byte);
    for (int32_t i = 0; i < run->layer->weight_count; i++)
        poison_bytes(run->weight_gradients[i], run->layer->weights[i].variable.count, byte);
    poison_scratch(run, 1, byte);
}

denoise_status denoise__run_forward(denoise__run *run)
{
    run->args.scratch = run->scratch[0];
    DENOISE__TRY(run->kind->forward(&run->args));
    if (run->activation == NULL || !denoise__activation_can_fail(run->activation)) return DENOISE_OK;
    int64_t columns = denoise__shape_last(&run->output_shapes[0]), size = denoise__run_output_size(run, 0);
    return denoise__activation_forward(run->activation, run->outputs[0], run->outputs[0], size / columns, columns);
}

denoise_status denoise__run_backward(denoise__run *run)
{
    const denoise__kind_ref *activation = run->activation;
    for (int32_t i = 0; i < run->output_count; i++) {
        int64_t size = denoise__run_output_size(run, i), columns = denoise__shape_last(&run->output_shapes[i]);
        memcpy(run->end_gradients[i], run->output_gradients[i], (size_t)size * sizeof(float));
        if (i > 0 || activation == NULL || denoise__activation_is_identity(activation)) continue;
        DENOISE__TRY(denoise__activation_backward(activation, run->pre_activation, run->outputs[i], run->output_gradients[i],
                                                  run->end_gradients[i], size / columns, columns));
    }
    run->args.scratch = run->scratch[1];
    return run->kind->backward(&run->args);
}

denoise_status denoise__run_objective(denoise__run *run, double *value, double *magnitude)
{
    *value = *magnitude = 0;
    DENOISE__TRY(denoise__run_forward(run));
    for (int32_t i = 0; i < run->output_count; i++) {
        for (int64_t j = 0; j < denoise__run_output_size(run, i); j++) {
            double term = (double)run->outputs[i][j] * (double)run->output_gradients[i][j];
            *value += term;
            *magnitude += fabs(term);
        }
    }
    return DENOISE_OK;
}

denoise_status denoise__run_guards(const denoise__run *run)
{
    for (int32_t i = 0; i < run->array_count; i++) {
        for (int j = 0; j < GUARD; j++) {
            if (run->arrays[i].memory[run->arrays[i].size + (size_t)j] == GUARD_BYTE) continue;
            return denoise__fail(DENOISE_ERR_INVALID, "layer \"%s\" writes behind an array of %zu bytes", run->kind->base.name,
                                 run->arrays[i].size);
        }
    }
    return DENOISE_OK;
}
