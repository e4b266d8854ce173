/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/text.h"
#include "models/model.h"
#include <string.h>

/* The value that the first call of a named operation gives. */
static denoise_status find_output(const denoise_model *model, const char *name, denoise__output_ref *value)
{
    const denoise__topology *topology = &model->topology;
    for (int32_t i = 0; i < topology->call_count; i++) {
        const denoise__operation *operation = &topology->operations[topology->calls[i].operation];
        if (strcmp(denoise__operation_name(operation), name) != 0) continue;
        *value = (denoise__output_ref){.call = i};
        return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_NAME, "model \"%s\" has no layer \"%s\"", model->name, name);
}

/* The values at one end: those of the named layer, or all of the model's own. */
static denoise_status choose(denoise__output_ref **out, int32_t *count, const denoise_model *model, const char *name,
                             const denoise__output_ref *own, int32_t own_count)
{
    *count = name == NULL ? own_count : 1;
    *out = denoise__allocate_zeroed((size_t)*count, sizeof **out);
    if (*out == NULL) return denoise__fail_nomem();
    if (name != NULL) return find_output(model, name, *out);
    memcpy(*out, own, (size_t)own_count * sizeof *own);
    return DENOISE_OK;
}

/* "autoencoder_encoded": parts of one model may stand side by side in another. */
static void name_part(char *name, const denoise_model *model, const denoise__topology *topology, denoise__output_ref output)
{
    const denoise__operation *last = &topology->operations[topology->calls[output.call].operation];
    denoise__format(name, DENOISE__TEXT_SIZE, "%.31s_%.31s", model->name, denoise__operation_name(last));
}

denoise_status denoise_model_submodel(denoise_model **out, const denoise_model *model, const char *from_layer,
                                      const char *to_layer)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    denoise__output_ref *inputs = NULL, *outputs = NULL;
    int32_t input_count, output_count;
    denoise__topology topology;
    denoise_status status = choose(&inputs, &input_count, model, from_layer, model->inputs, model->input_count);
    if (status == DENOISE_OK) status = choose(&outputs, &output_count, model, to_layer, model->outputs, model->output_count);
    if (status == DENOISE_OK) {
        status = denoise__topology_extract(&topology, &model->topology, inputs, input_count, outputs, output_count);
    }
    if (status == DENOISE_OK) {
        char name[DENOISE__TEXT_SIZE];
        name_part(name, model, &topology, outputs[0]);
        status = denoise__model_make(out, name, model->is_sequential, &topology, inputs, input_count, outputs, output_count);
    }
    denoise__release(inputs);
    denoise__release(outputs);
    if (status == DENOISE_OK) return DENOISE_OK;
    return denoise__context(status, "submodel of \"%s\" from \"%s\" to \"%s\": ", model->name,
                            from_layer != NULL ? from_layer : "", to_layer != NULL ? to_layer : "");
}
