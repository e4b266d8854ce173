/* SPDX-License-Identifier: Apache-2.0 */
/* A model as a graph in Graphviz' DOT language: one box per layer, one edge per value that goes into a call. */
#include "core/text.h"
#include "models/model.h"

static void write_escaped(denoise__text *text, const char *name)
{
    size_t start = text->length;
    for (; *name != '\0'; name++) {
        if (*name == '"' || *name == '\\') denoise__text_append(text, "\\", 1);
        denoise__text_append(text, name, 1);
    }
    if (!text->failed && text->data != NULL) denoise__clean_utf8(text->data + start);
}

static void write_box(denoise__text *text, const denoise_model *model, int32_t index)
{
    const denoise__operation *operation = &model->topology.operations[index];
    const denoise__call *call = NULL;
    char shape[192];
    for (int32_t i = 0; i < model->topology.call_count; i++) {
        if (model->topology.calls[i].operation == index) call = &model->topology.calls[i];
    }
    denoise__text_printf(text, "  n%d [label=\"", (int)index);
    write_escaped(text, denoise__operation_name(operation));
    denoise__text_printf(text, "\\n%s", denoise__operation_class(operation));
    for (int32_t i = 0; call != NULL && i < call->output_count; i++) {
        denoise__text_printf(text, "\\n%s", denoise__shape_text(&call->shapes[i], true, shape, sizeof shape));
    }
    denoise__text_printf(text, "\"];\n");
}

denoise_status denoise_model_dot(char **out, const denoise_model *model)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    denoise__text text = {0};
    const denoise__topology *topology = &model->topology;
    denoise__text_printf(&text, "digraph \"");
    write_escaped(&text, model->name);
    denoise__text_printf(&text, "\" {\n  rankdir=TB;\n  node [shape=box, fontname=\"Helvetica\"];\n");
    for (int32_t i = 0; i < topology->operation_count; i++)
        write_box(&text, model, i);
    for (int32_t i = 0; i < topology->call_count; i++) {
        const denoise__call *call = &topology->calls[i];
        for (int32_t j = 0; j < call->input_count; j++) {
            denoise__text_printf(&text, "  n%d -> n%d;\n", (int)topology->calls[call->inputs[j].call].operation,
                                 (int)call->operation);
        }
    }
    denoise__text_printf(&text, "}\n");
    denoise_status status = denoise__text_take(&text, out);
    denoise__text_free(&text);
    return status;
}
