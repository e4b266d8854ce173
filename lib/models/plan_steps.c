/* SPDX-License-Identifier: Apache-2.0 */
/* From a model to a flat list of steps: models inside are expanded, absorbed activations become steps of their own. */
#include "core/memory.h"
#include "models/plan.h"
#include <string.h>

enum { MAX_STEPS = 1 << 16 }; /* models that hold models twice grow exponentially */

static denoise_status grow(void **array, int32_t count, int32_t *capacity, size_t element)
{
    int64_t wide = *capacity;
    if (count >= INT32_MAX / 4) return denoise__fail(DENOISE_ERR_OVERFLOW, "the model has too many layers");
    DENOISE__TRY(denoise__grow(array, count, &wide, element));
    *capacity = (int32_t)wide;
    return DENOISE_OK;
}

static denoise_status add_value(denoise__plan *plan, const denoise__shape *shape, int32_t input, int32_t producer,
                                int32_t *index)
{
    void *values = plan->values;
    denoise_status status = grow(&values, plan->value_count, &plan->value_capacity, sizeof *plan->values);
    plan->values = values;
    DENOISE__TRY(status);
    *index = plan->value_count++;
    plan->values[*index] = (denoise__plan_value){.shape = *shape,
                                                 .size = denoise__shape_size(shape),
                                                 .root = *index,
                                                 .input = input,
                                                 .producer = producer,
                                                 .buffer = -1,
                                                 .gradient = -1};
    return DENOISE_OK;
}

/* A step with room for its inputs; fields of buffers are -1. */
static denoise_status add_step(denoise__plan *plan, int32_t input_count, denoise__step **out)
{
    *out = NULL;
    if (plan->step_count >= MAX_STEPS) {
        return denoise__fail(DENOISE_ERR_LIMIT, "the model has more than %d layers once the models in it are expanded",
                             MAX_STEPS);
    }
    void *steps = plan->steps;
    denoise_status status = grow(&steps, plan->step_count, &plan->step_capacity, sizeof *plan->steps);
    plan->steps = steps;
    DENOISE__TRY(status);
    denoise__step *step = &plan->steps[plan->step_count++];
    memset(step, 0, sizeof *step);
    step->input_count = input_count;
    step->pre_activation = step->state = step->forward_scratch = step->backward_scratch = -1;
    for (int32_t i = 0; i < DENOISE__MAX_WEIGHTS; i++)
        step->weight_gradients[i] = step->weight_targets[i] = -1;
    size_t room = (size_t)input_count + 1;
    step->inputs = denoise__allocate_zeroed(room, sizeof *step->inputs);
    step->input_shapes = denoise__allocate_zeroed(room, sizeof *step->input_shapes);
    step->input_gradients = denoise__allocate_zeroed(room, sizeof *step->input_gradients);
    step->adds_input = denoise__allocate_zeroed(room, sizeof *step->adds_input);
    step->input_pointers = denoise__allocate_zeroed(room, sizeof *step->input_pointers);
    step->gradient_pointers = denoise__allocate_zeroed(room, sizeof *step->gradient_pointers);
    if (step->inputs == NULL || step->input_shapes == NULL || step->input_gradients == NULL || step->adds_input == NULL ||
        step->input_pointers == NULL || step->gradient_pointers == NULL) {
        return denoise__fail_nomem();
    }
    for (int32_t i = 0; i < input_count; i++)
        step->input_gradients[i] = -1;
    *out = step;
    return DENOISE_OK;
}

static bool is_alias(const denoise__plan *plan, const denoise__layer_kind *kind)
{
    return kind->is_alias || (kind->is_training_only && !plan->training);
}

static denoise_status add_layer_step(denoise__plan *plan, denoise_layer *layer, const int32_t *inputs, int32_t input_count,
                                     const denoise__shape *shape, int32_t *output)
{
    denoise__step *step = NULL;
    DENOISE__TRY(add_step(plan, input_count, &step));
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    DENOISE__TRY(add_value(plan, shape, -1, plan->step_count - 1, output));
    step->layer = layer;
    step->kind = kind;
    step->activation = kind->activation == NULL ? NULL : kind->activation(layer->part.config);
    step->output = *output;
    step->is_alias = is_alias(plan, kind);
    for (int32_t i = 0; i < input_count; i++) {
        step->inputs[i] = inputs[i];
        step->input_shapes[i] = plan->values[inputs[i]].shape;
    }
    if (step->is_alias) plan->values[*output].root = plan->values[inputs[0]].root;
    return DENOISE_OK;
}

/* The values of one expanded model: first[c] + o is the value of output o of call c. */
typedef struct expansion {
    int32_t *first;
    int32_t *values;
    int32_t *inputs; /* of the call at hand */
} expansion;

static denoise_status expand(denoise__plan *plan, const denoise_model *model, const int32_t *inputs, int32_t *outputs);

static int32_t value_of(const expansion *map, denoise__value value)
{
    return map->values[map->first[value.call] + value.output];
}

static denoise_status expand_call(denoise__plan *plan, const denoise_model *model, const expansion *map, int32_t index,
                                  const int32_t *model_inputs)
{
    const denoise__call *call = &model->topology.calls[index];
    const denoise__operation *operation = &model->topology.operations[call->operation];
    int32_t *results = &map->values[map->first[index]];
    if (denoise__call_is_input(&model->topology, call)) {
        for (int32_t i = 0; i < model->input_count; i++) {
            if (model->inputs[i].call == index) *results = model_inputs[i];
        }
        return DENOISE_OK;
    }
    for (int32_t i = 0; i < call->input_count; i++)
        map->inputs[i] = value_of(map, call->inputs[i]);
    if (operation->model != NULL) return expand(plan, operation->model, map->inputs, results);
    return add_layer_step(plan, operation->layer, map->inputs, call->input_count, call->shapes, results);
}

static denoise_status expand(denoise__plan *plan, const denoise_model *model, const int32_t *inputs, int32_t *outputs)
{
    const denoise__topology *topology = &model->topology;
    int32_t total = 0, widest = 0;
    for (int32_t i = 0; i < topology->call_count; i++) {
        total += topology->calls[i].output_count;
        if (topology->calls[i].input_count > widest) widest = topology->calls[i].input_count;
    }
    expansion map = {.first = denoise__allocate_zeroed((size_t)topology->call_count + 1, sizeof *map.first),
                     .values = denoise__allocate_zeroed((size_t)total + 1, sizeof *map.values),
                     .inputs = denoise__allocate_zeroed((size_t)widest + 1, sizeof *map.inputs)};
    denoise_status status = DENOISE_OK;
    if (map.first == NULL || map.values == NULL || map.inputs == NULL) status = denoise__fail_nomem();
    for (int32_t i = 0, next = 0; i < topology->call_count && status == DENOISE_OK; i++) {
        map.first[i] = next;
        next += topology->calls[i].output_count;
        status = expand_call(plan, model, &map, i, inputs);
    }
    for (int32_t i = 0; i < model->output_count && status == DENOISE_OK; i++)
        outputs[i] = value_of(&map, model->outputs[i]);
    denoise__release(map.first);
    denoise__release(map.values);
    denoise__release(map.inputs);
    return status;
}

denoise_status denoise__plan_expand(denoise__plan *plan, const denoise_model *model)
{
    int32_t *ends = denoise__allocate_zeroed((size_t)model->input_count + (size_t)model->output_count, sizeof *ends);
    if (ends == NULL) return denoise__fail_nomem();
    denoise_status status = DENOISE_OK;
    for (int32_t i = 0; i < model->input_count && status == DENOISE_OK; i++) {
        status = add_value(plan, denoise__model_input_shape(model, i), i, -1, &ends[i]);
    }
    int32_t *outputs = &ends[model->input_count];
    if (status == DENOISE_OK) status = expand(plan, model, ends, outputs);
    for (int32_t i = 0; i < model->output_count && status == DENOISE_OK; i++) {
        plan->outputs[i] = (denoise__plan_output){.value = outputs[i], .loss_value = outputs[i], .gradient = -1};
    }
    denoise__release(ends);
    return status;
}

/* Splits the step that makes an output into the step without its activation, whose output the loss reads, and the activation.
 */
static denoise_status split(denoise__plan *plan, int32_t output)
{
    int32_t after = plan->outputs[output].value, before;
    int32_t producer = plan->values[after].producer;
    const denoise__shape shape = plan->values[after].shape; /* a copy: the array of values may move */
    DENOISE__TRY(add_value(plan, &shape, -1, producer, &before));
    denoise__step *step = NULL;
    DENOISE__TRY(add_step(plan, 1, &step));
    denoise__step whole = plan->steps[producer], activation = *step;
    activation.activation = whole.activation;
    activation.inputs[0] = before;
    activation.input_shapes[0] = plan->values[before].shape;
    activation.output = after;
    whole.activation = NULL;
    whole.output = before;
    /* the activation comes right behind its step */
    for (int32_t i = plan->step_count - 1; i > producer + 1; i--) {
        plan->steps[i] = plan->steps[i - 1];
        plan->values[plan->steps[i].output].producer = i;
    }
    plan->steps[producer] = whole;
    plan->steps[producer + 1] = activation;
    plan->values[before].producer = producer;
    plan->values[after].producer = producer + 1;
    plan->outputs[output].loss_value = before;
    return DENOISE_OK;
}

denoise_status denoise__plan_absorb(denoise__plan *plan, const denoise__plan_options *options)
{
    for (int32_t i = 0; i < plan->output_count && options->absorb != NULL; i++) {
        denoise__plan_output *output = &plan->outputs[i];
        int32_t producer = plan->values[output->value].producer;
        if (options->absorb[i] == NULL || producer < 0) continue;
        const denoise__step *step = &plan->steps[producer];
        if (step->activation == NULL || step->activation->kind == NULL) continue;
        if (strcmp(step->activation->kind->name, options->absorb[i]) != 0) continue;
        if (step->layer != NULL) {
            DENOISE__TRY(split(plan, i));
        } else {
            output->loss_value = step->inputs[0]; /* split for another output, which is the same value */
        }
        plan->outputs[i].absorbed = true;
    }
    return DENOISE_OK;
}
