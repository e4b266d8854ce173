/* SPDX-License-Identifier: Apache-2.0 */
/* From a model to a flat list of steps: rows that come in, layers, the activations that end them, losses, rows that go out.
 * Models inside are expanded. */
#include "core/memory.h"
#include "core/random.h"
#include "models/fast_kinds.h"
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

denoise_status denoise__plan_add_value(denoise__plan *plan, const denoise__shape *shape, int32_t producer, int32_t *index)
{
    void *values = plan->values;
    denoise_status status = grow(&values, plan->value_count, &plan->value_capacity, sizeof *plan->values);
    plan->values = values;
    DENOISE__TRY(status);
    *index = plan->value_count++;
    plan->values[*index] = (denoise__plan_value){.shape = *shape,
                                                 .size = denoise__shape_size(shape),
                                                 .dtype = DENOISE_FLOAT32,
                                                 .root = *index,
                                                 .producer = producer,
                                                 .columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1],
                                                 .caller_output = -1,
                                                 .buffer = -1,
                                                 .gradient = -1,
                                                 .tops = -1,
                                                 .gradient_tops = -1};
    return DENOISE_OK;
}

static denoise_status allocate_arrays(denoise__step *step)
{
    size_t inputs = (size_t)step->input_count + 1, outputs = (size_t)step->output_count + 1;
    step->inputs = denoise__allocate_zeroed(inputs, sizeof *step->inputs);
    step->outputs = denoise__allocate_zeroed(outputs, sizeof *step->outputs);
    step->input_shapes = denoise__allocate_zeroed(inputs, sizeof *step->input_shapes);
    step->output_shapes = denoise__allocate_zeroed(outputs, sizeof *step->output_shapes);
    step->input_gradients = denoise__allocate_zeroed(inputs, sizeof *step->input_gradients);
    step->adds_input = denoise__allocate_zeroed(inputs, sizeof *step->adds_input);
    step->weights = denoise__allocate_zeroed((size_t)step->weight_count + 1, sizeof *step->weights);
    if (step->inputs == NULL || step->outputs == NULL || step->input_shapes == NULL || step->output_shapes == NULL ||
        step->input_gradients == NULL || step->adds_input == NULL || step->weights == NULL) {
        return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

denoise_status denoise__plan_add_step(denoise__plan *plan, int32_t sort, int32_t inputs, int32_t outputs, int32_t weights,
                                      denoise__step **out)
{
    *out = NULL;
    if (plan->step_count >= MAX_STEPS) {
        return denoise__fail(DENOISE_ERR_LIMIT, "the model has more than %d steps once the models in it are expanded",
                             MAX_STEPS);
    }
    void *steps = plan->steps;
    denoise_status status = grow(&steps, plan->step_count, &plan->step_capacity, sizeof *plan->steps);
    plan->steps = steps;
    DENOISE__TRY(status);
    denoise__step *step = &plan->steps[plan->step_count++];
    *step = (denoise__step){.sort = sort,
                            .input_count = inputs,
                            .output_count = outputs,
                            .weight_count = weights,
                            .place = -1,
                            .segment = -1,
                            .pre_activation = -1,
                            .state = -1,
                            .forward_scratch = -1,
                            .prepared = -1,
                            .prepared_version = UINT64_MAX,
                            .backward_scratch = -1,
                            .sums = -1};
    DENOISE__TRY(allocate_arrays(step));
    for (int32_t i = 0; i < inputs; i++)
        step->input_gradients[i] = -1;
    for (int32_t i = 0; i < weights; i++)
        step->weights[i] = (denoise__step_weight){.wanted = -1, .gradient = -1};
    *out = step;
    return DENOISE_OK;
}

static void connect(denoise__plan *plan, denoise__step *step, int32_t index, int32_t value)
{
    step->inputs[index] = value;
    step->input_shapes[index] = plan->values[value].shape;
}

static denoise_status add_output(denoise__plan *plan, int32_t step_index, int32_t index, const denoise__shape *shape)
{
    const denoise__shape copy = *shape; /* the array of values may move */
    int32_t value;
    DENOISE__TRY(denoise__plan_add_value(plan, &copy, step_index, &value));
    plan->steps[step_index].outputs[index] = value;
    plan->steps[step_index].output_shapes[index] = copy;
    return DENOISE_OK;
}

/* y = f(x) of one value. */
static denoise_status add_activation(denoise__plan *plan, denoise_layer *layer, const denoise__kind_ref *activation,
                                     int32_t *value)
{
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, DENOISE__STEP_ACTIVATION, 1, 1, 0, &step));
    step->layer = layer;
    step->activation = activation;
    step->activation_layer = layer;
    step->is_row_local = true;
    connect(plan, step, 0, *value);
    int32_t index = plan->step_count - 1;
    DENOISE__TRY(add_output(plan, index, 0, &step->input_shapes[0]));
    *value = plan->steps[index].outputs[0];
    return DENOISE_OK;
}

static bool is_alias(const denoise__plan *plan, const denoise__layer_kind *kind)
{
    return kind->is_alias || (kind->is_training_only && !plan->training);
}

/* Flags that a trainer has kept since it was compiled, or what the layer says. */
static bool is_frozen(const denoise__plan *plan, const denoise_layer *layer)
{
    if (plan->options.is_frozen == NULL) return !layer->trainable;
    int64_t i = 0;
    while (plan->model->layers[i] != layer)
        i++;
    return plan->options.is_frozen[i];
}

static denoise_status add_plain_layer(denoise__plan *plan, denoise_layer *layer, uint64_t key, const int32_t *inputs,
                                      int32_t input_count, const denoise__shape *shapes, int32_t output_count, int32_t *outputs)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, DENOISE__STEP_LAYER, input_count, output_count, layer->weight_count, &step));
    int32_t index = plan->step_count - 1;
    step->layer = layer;
    step->kind = kind;
    step->key = key;
    step->is_alias = is_alias(plan, kind);
    step->is_frozen = is_frozen(plan, layer);
    step->is_row_local = kind->is_row_local && !(kind->is_batch_wide_in_training && plan->training && !step->is_frozen);
    for (int32_t i = 0; i < input_count; i++)
        connect(plan, step, i, inputs[i]);
    for (int32_t i = 0; i < layer->weight_count; i++)
        step->weights[i].wanted = denoise__plan_wanted_weight(plan, layer, i);
    for (int32_t i = 0; i < output_count; i++) {
        DENOISE__TRY(add_output(plan, index, i, &shapes[i]));
        outputs[i] = plan->steps[index].outputs[i];
        if (plan->steps[index].is_alias) plan->values[outputs[i]].root = plan->values[inputs[0]].root;
    }
    return DENOISE_OK;
}

static denoise_status add_layer(denoise__plan *plan, denoise_layer *layer, uint64_t key, const int32_t *inputs,
                                int32_t input_count, const denoise__shape *shapes, int32_t output_count, int32_t *outputs)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    const denoise__kind_ref *activation = kind->activation == NULL ? NULL : kind->activation(layer->part.config);
    bool activates = activation != NULL && !denoise__activation_is_identity(activation);
    outputs[0] = inputs[0];
    if (!activates || !denoise__fast_is_activation(kind))
        DENOISE__TRY(add_plain_layer(plan, layer, key, inputs, input_count, shapes, output_count, outputs));
    return activates ? add_activation(plan, layer, activation, &outputs[0]) : DENOISE_OK;
}

/* The values of one expanded model: first[c] + o is the value of output o of call c. */
typedef struct expansion {
    uint64_t key; /* of the model's place among all operations */
    int32_t *first;
    int32_t *values;
    int32_t *inputs; /* of the call at hand */
} expansion;

static denoise_status expand(denoise__plan *plan, const denoise_model *model, uint64_t key, const int32_t *inputs,
                             int32_t *outputs);

static int32_t value_of(const expansion *map, denoise__output_ref value)
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
    uint64_t key = denoise__stream(DENOISE__STREAM_OPERATION, map->key, (uint64_t)call->operation, (uint64_t)call->node_index);
    const denoise_model *inside = call->sized != NULL ? call->sized : operation->model;
    if (inside != NULL) return expand(plan, inside, key, map->inputs, results);
    return add_layer(plan, operation->layer, key, map->inputs, call->input_count, call->shapes, call->output_count, results);
}

static denoise_status expand(denoise__plan *plan, const denoise_model *model, uint64_t key, const int32_t *inputs,
                             int32_t *outputs)
{
    const denoise__topology *topology = &model->topology;
    int32_t total = 0, widest = 0;
    for (int32_t i = 0; i < topology->call_count; i++) {
        total += topology->calls[i].output_count;
        if (topology->calls[i].input_count > widest) widest = topology->calls[i].input_count;
    }
    expansion map = {.key = key,
                     .first = denoise__allocate_zeroed((size_t)topology->call_count + 1, sizeof *map.first),
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

static denoise_status add_load(denoise__plan *plan, const denoise_model *model, int32_t input)
{
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, DENOISE__STEP_LOAD, 0, 1, 0, &step));
    step->index = input;
    step->is_row_local = true;
    DENOISE__TRY(add_output(plan, plan->step_count - 1, 0, denoise__model_input_shape(model, input)));
    plan->inputs[input] = plan->steps[plan->step_count - 1].outputs[0];
    return DENOISE_OK;
}

/* What a loss reads: the output, or what lies before the sigmoid or softmax that made it. */
static int32_t loss_value(const denoise__plan *plan, const denoise_loss *loss, int32_t value, bool *from_logits)
{
    const denoise__step *producer = &plan->steps[plan->values[value].producer];
    *from_logits = !plan->options.keeps_activations && producer->sort == DENOISE__STEP_ACTIVATION &&
                   denoise__loss_takes_logits_of(denoise__loss_kind_of(loss), producer->activation->kind->name);
    return *from_logits ? producer->inputs[0] : value;
}

static denoise_status add_loss(denoise__plan *plan, int32_t output, int32_t value)
{
    const denoise_loss *loss = plan->options.losses == NULL ? NULL : plan->options.losses[output];
    bool is_given = plan->options.gives_gradients, from_logits = false;
    if (loss == NULL && !is_given) return DENOISE_OK;
    if (!is_given) value = loss_value(plan, loss, value, &from_logits);
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, is_given ? DENOISE__STEP_GIVEN : DENOISE__STEP_LOSS, 1, 0, 0, &step));
    step->index = output;
    step->from_logits = from_logits;
    step->is_row_local = is_given || denoise__loss_kind_of(loss)->rows != NULL;
    const denoise__plan_value *root = denoise__plan_root(plan, value);
    step->columns = root->columns;
    step->is_narrow = root->shape.rank >= 2 && root->columns < DENOISE__PANEL;
    connect(plan, step, 0, value);
    plan->losses[output] = plan->step_count - 1;
    return DENOISE_OK;
}

static denoise_status add_way_out(denoise__plan *plan, int32_t output, int32_t value)
{
    if (plan->options.needs_output != NULL && !plan->options.needs_output[output]) return DENOISE_OK;
    denoise__step *step;
    DENOISE__TRY(denoise__plan_add_step(plan, DENOISE__STEP_CONVERT, 1, 1, 0, &step));
    step->is_row_local = true;
    connect(plan, step, 0, value);
    int32_t index = plan->step_count - 1;
    DENOISE__TRY(add_output(plan, index, 0, &step->input_shapes[0]));
    plan->outputs[output] = plan->steps[index].outputs[0];
    return DENOISE_OK;
}

static denoise_status expand_all(denoise__plan *plan, const denoise_model *model, int32_t *outputs)
{
    for (int32_t i = 0; i < model->input_count; i++)
        DENOISE__TRY(add_load(plan, model, i));
    DENOISE__TRY(expand(plan, model, 0, plan->inputs, outputs));
    for (int32_t i = 0; i < model->output_count; i++)
        DENOISE__TRY(add_way_out(plan, i, outputs[i]));
    /* Losses that look across the batch come last: they must not cut the others off from what they read. */
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < model->output_count; i++) {
            const denoise_loss *loss = plan->options.losses == NULL ? NULL : plan->options.losses[i];
            bool is_late = loss != NULL && !plan->options.gives_gradients && denoise__loss_kind_of(loss)->rows == NULL;
            if (is_late == (pass == 1)) DENOISE__TRY(add_loss(plan, i, outputs[i]));
        }
    }
    return DENOISE_OK;
}

denoise_status denoise__plan_expand(denoise__plan *plan, const denoise_model *model)
{
    int32_t *outputs = denoise__allocate_zeroed((size_t)model->output_count, sizeof *outputs);
    if (outputs == NULL) return denoise__fail_nomem();
    denoise_status status = expand_all(plan, model, outputs);
    denoise__release(outputs);
    return status;
}

int64_t denoise__plan_wanted_weight(const denoise__plan *plan, const denoise_layer *layer, int32_t index)
{
    for (int64_t i = 0; i < plan->weight_count; i++) {
        if (plan->weights[i].layer == layer && plan->weights[i].index == index) return i;
    }
    return -1;
}
