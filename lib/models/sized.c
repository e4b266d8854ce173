/* SPDX-License-Identifier: Apache-2.0 */
#include "models/sized.h"
#include "core/memory.h"
#include "core/text.h"
#include "tensor/tensor.h"
#include <string.h>

bool denoise__model_is_open(const denoise_model *model)
{
    for (int32_t i = 0; i < model->input_count; i++)
        if (!denoise__shape_is_known(denoise__model_input_shape(model, i))) return true;
    return false;
}

denoise_status denoise__topology_add_model_call(denoise__topology *topology, int32_t operation,
                                                const denoise__output_ref *values, int32_t count, const denoise__shape *inputs)
{
    const denoise_model *model = topology->operations[operation].model;
    denoise_model *sized;
    DENOISE__TRY(denoise__model_size(&sized, model, inputs));
    denoise__shape *shapes = denoise__allocate_zeroed((size_t)sized->output_count, sizeof *shapes);
    denoise_status status = shapes == NULL ? denoise__fail_nomem() : DENOISE_OK;
    for (int32_t i = 0; i < sized->output_count && status == DENOISE_OK; i++)
        shapes[i] = *denoise__model_output_shape(sized, i);
    if (status == DENOISE_OK)
        status = denoise__topology_add_call(topology, operation, values, count, shapes, sized->output_count);
    denoise__release(shapes);
    if (status == DENOISE_OK && sized != model)
        topology->calls[topology->call_count - 1].sized = sized;
    else
        denoise_model_free(sized);
    return status;
}

/* Shapes of one call's inputs, and room for those of its outputs. */
typedef struct call_shapes {
    denoise__shape *inputs, *outputs;
} call_shapes;

static denoise_status make_room(call_shapes *room, const denoise__topology *topology)
{
    int32_t inputs = 0, outputs = 0;
    for (int32_t i = 0; i < topology->call_count; i++) {
        if (topology->calls[i].input_count > inputs) inputs = topology->calls[i].input_count;
        if (topology->calls[i].output_count > outputs) outputs = topology->calls[i].output_count;
    }
    room->inputs = denoise__allocate_zeroed((size_t)inputs + 1, sizeof *room->inputs);
    room->outputs = denoise__allocate_zeroed((size_t)outputs + 1, sizeof *room->outputs);
    return room->inputs == NULL || room->outputs == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static denoise_status infer_layer(denoise__topology *to, const denoise__call *call, const call_shapes *room)
{
    denoise_layer *layer = to->operations[call->operation].layer;
    denoise_status status = denoise__layer_apply_shapes(layer, room->inputs, call->input_count, room->outputs);
    if (status != DENOISE_OK) return denoise__context(status, "layer \"%s\": ", layer->name);
    return denoise__topology_add_call(to, call->operation, call->inputs, call->input_count, room->outputs, call->output_count);
}

/* Call `index` of a model, whose inputs have these shapes, comes into a topology that has all calls before it. */
static denoise_status infer_call(denoise__topology *to, const denoise_model *model, int32_t index, const denoise__shape *inputs,
                                 const call_shapes *room)
{
    const denoise__call *call = &model->topology.calls[index];
    for (int32_t i = 0; i < call->input_count; i++)
        room->inputs[i] = to->calls[call->inputs[i].call].shapes[call->inputs[i].output];
    if (denoise__call_is_input(&model->topology, call)) {
        for (int32_t i = 0; i < model->input_count; i++)
            if (model->inputs[i].call == index) room->outputs[0] = inputs[i];
        DENOISE__TRY(denoise__topology_add_call(to, call->operation, NULL, 0, room->outputs, 1));
    } else if (to->operations[call->operation].model != NULL) {
        DENOISE__TRY(denoise__topology_add_model_call(to, call->operation, call->inputs, call->input_count, room->inputs));
    } else {
        DENOISE__TRY(infer_layer(to, call, room));
    }
    to->calls[index].depth = call->depth;
    to->calls[index].node_index = call->node_index;
    return DENOISE_OK;
}

static denoise_status infer_calls(denoise__topology *to, const denoise_model *model, const denoise__shape *inputs)
{
    const denoise__topology *from = &model->topology;
    call_shapes room = {0};
    denoise_status status = make_room(&room, from);
    for (int32_t i = 0; i < from->operation_count && status == DENOISE_OK; i++) {
        int32_t index;
        status = denoise__topology_add_operation(to, from->operations[i].layer, from->operations[i].model, &index);
    }
    for (int32_t i = 0; i < from->call_count && status == DENOISE_OK; i++)
        status = infer_call(to, model, i, inputs, &room);
    denoise__release(room.inputs);
    denoise__release(room.outputs);
    return status;
}

/* "(None, 17, 23, 1)", or of several inputs "(None, 4), (None, 9)". */
static const char *inputs_text(const denoise__shape *inputs, int32_t count, char *buffer, size_t size)
{
    char one[192];
    buffer[0] = '\0';
    for (int32_t i = 0, used = 0; i < count && used >= 0 && (size_t)used < size; i++)
        used += denoise__format(buffer + used, size - (size_t)used, "%s%s", i == 0 ? "" : ", ",
                                denoise__shape_text(&inputs[i], true, one, sizeof one));
    return buffer;
}

static denoise_status share(denoise_model **out, const denoise_model *model)
{
    *out = (denoise_model *)(uintptr_t)model; /* only its reference count changes */
    denoise__model_retain(*out);
    return DENOISE_OK;
}

denoise_status denoise__model_size(denoise_model **out, const denoise_model *model, const denoise__shape *inputs)
{
    bool is_same = true;
    for (int32_t i = 0; i < model->input_count; i++)
        is_same = is_same && denoise__shape_equal(denoise__model_input_shape(model, i), &inputs[i]);
    *out = NULL;
    if (is_same) return share(out, model);
    denoise__topology topology = {0};
    denoise_status status = infer_calls(&topology, model, inputs);
    if (status != DENOISE_OK) {
        char shapes[256];
        denoise__topology_clear(&topology);
        if (status == DENOISE_ERR_NOMEM) return status;
        return denoise__context(status, "model \"%s\" with input %s: ", model->name,
                                inputs_text(inputs, model->input_count, shapes, sizeof shapes));
    }
    DENOISE__TRY(denoise__model_make(out, model->name, model->is_sequential, &topology, model->inputs, model->input_count,
                                     model->outputs, model->output_count));
    (*out)->trainable = model->trainable;
    return DENOISE_OK;
}

denoise__shape denoise__model_sample_of(const denoise_model *model, int32_t index, const denoise_tensor *x)
{
    denoise__shape sample = *denoise__model_input_shape(model, index);
    if (x->shape.rank == sample.rank + 1) memcpy(sample.dim, x->shape.dim + 1, (size_t)sample.rank * sizeof *sample.dim);
    return sample; /* else (n) is taken for (n, 1) */
}

bool denoise__model_has_sizes(const denoise_model *model, const denoise_tensor *const *x)
{
    for (int32_t i = 0; i < model->input_count; i++) {
        denoise__shape sample = denoise__model_sample_of(model, i, x[i]);
        if (!denoise__shape_equal(denoise__model_input_shape(model, i), &sample)) return false;
    }
    return true;
}

denoise_status denoise__model_size_for(denoise_model **out, const denoise_model *model, const denoise_tensor *const *x)
{
    *out = NULL;
    if (!denoise__model_is_open(model)) return share(out, model);
    denoise__shape *shapes = denoise__allocate_zeroed((size_t)model->input_count, sizeof *shapes);
    if (shapes == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < model->input_count; i++)
        shapes[i] = denoise__model_sample_of(model, i, x[i]);
    denoise_status status = denoise__model_size(out, model, shapes);
    denoise__release(shapes);
    return status;
}
