/* SPDX-License-Identifier: Apache-2.0 */
/* Layout, widths and texts follow keras/src/utils/summary_utils.py. */
#include "models/summary.h"
#include "core/cpu.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/options.h"
#include "models/table.h"
#include <string.h>

typedef struct writer {
    const denoise_model *model;
    denoise__text *text;
    denoise__table table;
    bool connected; /* the column "Connected to" */
    bool trainable; /* the column "Trainable" */
    bool expand;
    bool is_first;
    denoise__text name, shape, connections; /* of the present row */
} writer;

DENOISE__OPTIONS(summary_options, SUMMARY_OPTIONS, "summary options", denoise_summary_options, sizeof(denoise_summary_options))

/* One call after the other, none with two inputs, no layer applied twice. */
static bool is_chain(const denoise_model *model)
{
    const denoise__topology *topology = &model->topology;
    for (int32_t i = 0; i < topology->call_count && !model->is_sequential; i++) {
        const denoise__call *call = &topology->calls[i];
        if (call->input_count > 1) return false;
        for (int32_t j = 0; j < i; j++) {
            if (topology->calls[j].depth == call->depth || topology->calls[j].operation == call->operation) return false;
        }
    }
    return true;
}

static const denoise__call *last_call(const denoise_model *model, int32_t operation)
{
    const denoise__call *found = NULL;
    for (int32_t i = 0; i < model->topology.call_count; i++) {
        if (model->topology.calls[i].operation == operation) found = &model->topology.calls[i];
    }
    return found;
}

static void write_shapes(denoise__text *text, const denoise__call *call)
{
    char one[192];
    denoise__text_clear(text);
    for (int32_t i = 0; i < call->output_count; i++) {
        const char *before = call->output_count == 1 ? "" : i == 0 ? "[" : ", ";
        denoise__text_printf(text, "%s%s", before, denoise__shape_text(&call->shapes[i], true, one, sizeof one));
    }
    if (call->output_count > 1) denoise__text_append(text, "]", 1);
}

/* Of a row inside a nested model nothing is told, as in Keras, which looks for calls of the outer model. */
enum { NO_OPERATION = -1 };

/* The call of an operation that was made next after the one numbered `after`; NULL: there is none. Calls lie in the order in
 * which they run, which may be another. */
static const denoise__call *next_call(const denoise__topology *topology, int32_t operation, int32_t after)
{
    const denoise__call *found = NULL;
    for (int32_t i = 0; i < topology->call_count; i++) {
        const denoise__call *call = &topology->calls[i];
        if (call->operation != operation || call->node_index <= after) continue;
        if (found == NULL || call->node_index < found->node_index) found = call;
    }
    return found;
}

static void write_connections(denoise__text *text, const denoise_model *model, int32_t operation)
{
    const denoise__topology *topology = &model->topology;
    denoise__text_clear(text);
    for (const denoise__call *call = NULL;;) {
        call = next_call(topology, operation, call == NULL ? -1 : call->node_index);
        if (call == NULL) break;
        for (int32_t j = 0; j < call->input_count; j++) {
            const denoise__call *from = &topology->calls[call->inputs[j].call];
            denoise__text_printf(text, "%s", text->length > 0 ? ", " : "");
            denoise__text_append_clean(text, denoise__operation_name(&topology->operations[from->operation]));
            denoise__text_printf(text, "[%d][%d]", (int)from->node_index, (int)call->inputs[j].output);
        }
    }
    if (text->length == 0) denoise__text_append(text, "-", 1);
}

static int64_t operation_params(const denoise__operation *operation)
{
    return operation->layer != NULL ? denoise__layer_param_count(operation->layer)
                                    : denoise_model_count_params(operation->model);
}

static const char *trainable_mark(const denoise__operation *operation)
{
    if (operation_params(operation) == 0) return "-";
    bool trainable = operation->layer != NULL ? operation->layer->trainable : operation->model->trainable;
    return trainable ? "Y" : "N";
}

static void write_row(writer *w, const denoise_model *model, int32_t index, int32_t level)
{
    const denoise__operation *operation = &model->topology.operations[index];
    char params[32];
    denoise__text_clear(&w->name);
    for (int32_t i = 0; i < level; i++)
        denoise__text_printf(&w->name, "   ");
    denoise__text_printf(&w->name, "%s", level > 0 ? "└ " : "");
    denoise__text_append_clean(&w->name, denoise__operation_name(operation));
    denoise__text_printf(&w->name, " (%s)", denoise__operation_class(operation));
    write_shapes(&w->shape, last_call(model, index));
    denoise__format_thousands(params, sizeof params, operation_params(operation));
    const char *cells[DENOISE__TABLE_COLUMNS] = {w->name.data, w->shape.data, params};
    int32_t column = 3;
    if (w->connected) {
        write_connections(&w->connections, model, level == 0 ? index : NO_OPERATION);
        cells[column++] = w->connections.data;
    }
    if (w->trainable) cells[column++] = trainable_mark(operation);
    if (w->name.failed || w->shape.failed || w->connections.failed) {
        w->text->failed = true;
        return;
    }
    denoise__table_row(&w->table, w->text, cells, w->is_first);
    w->is_first = false;
}

static void write_rows(writer *w, const denoise_model *model, int32_t level)
{
    for (int64_t i = 0;; i++) {
        int32_t operation = denoise__model_listed_operation(model, i);
        if (operation < 0) return;
        write_row(w, model, operation, level);
        const denoise_model *inside = model->topology.operations[operation].model;
        if (w->expand && inside != NULL) write_rows(w, inside, level + 1);
    }
}

static denoise_status begin_table(writer *w, int64_t line_length)
{
    static const double chain[] = {0.45, 0.80, 1.0}, branched[] = {0.3, 0.56, 0.74, 1.0};
    static const char *const titles[] = {"Layer (type)", "Output Shape", "Param #", "Connected to"};
    const double *positions = w->connected ? branched : chain;
    int32_t columns = w->connected ? 4 : 3;
    int64_t widths[DENOISE__TABLE_COLUMNS], used = 0;
    int32_t align[DENOISE__TABLE_COLUMNS] = {DENOISE__ALIGN_LEFT, DENOISE__ALIGN_LEFT, DENOISE__ALIGN_RIGHT,
                                             DENOISE__ALIGN_LEFT};
    const char *cells[DENOISE__TABLE_COLUMNS] = {titles[0], titles[1], titles[2], titles[3]};
    int32_t total = columns + w->trainable;
    for (int32_t i = 0; i < total; i++) {
        double position = i == columns ? 1.0 : w->trainable ? positions[i] * 0.90 : positions[i];
        widths[i] = (int64_t)(position * (double)line_length) - used;
        used += widths[i];
        if (widths[i] < 4) {
            return denoise__fail(DENOISE_ERR_RANGE, "summary: line_length %lld is too small for %d columns",
                                 (long long)line_length, (int)total);
        }
    }
    if (w->trainable) {
        align[columns] = DENOISE__ALIGN_CENTER;
        cells[columns] = "Trainable";
    }
    denoise__table_init(&w->table, widths, align, total, line_length);
    denoise__table_header(&w->table, w->text, cells);
    return DENOISE_OK;
}

/* "1.03 MB": all numbers are float32 except Keras' iteration counter, an int64 on TensorFlow. */
static void write_total(denoise__text *text, const char *what, int64_t count, bool has_counter)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    char number[32];
    double size = (double)count * 4.0 + (has_counter ? 4.0 : 0.0);
    size_t unit = 0;
    while (size >= 1024.0 && unit + 1 < sizeof units / sizeof *units) {
        size /= 1024.0;
        unit++;
    }
    denoise__format_thousands(number, sizeof number, count);
    denoise__text_printf(text, " %s params: %s (%.2f %s)\n", what, number, size, units[unit]);
}

static void write_totals(denoise__text *text, const denoise_model *model, int64_t optimizer_variables)
{
    int64_t trainable = 0, fixed = 0;
    for (int64_t i = 0; i < model->weight_count; i++) {
        const denoise__weight_ref *ref = &model->weights[i];
        *(denoise__model_trains(model, ref) ? &trainable : &fixed) += ref->layer->weights[ref->index].variable.count;
    }
    bool has_optimizer = optimizer_variables >= 0;
    write_total(text, "Total", trainable + fixed + (has_optimizer ? optimizer_variables : 0), has_optimizer);
    write_total(text, "Trainable", trainable, false);
    write_total(text, "Non-trainable", fixed, false);
    if (has_optimizer) write_total(text, "Optimizer", optimizer_variables, true);
    denoise__text_append(text, "\n", 1);
}

static denoise_status check_options(const denoise_summary_options *options, denoise_summary_options *known)
{
    DENOISE__TRY(denoise__options_read(&summary_options_known, known, options));
    if (known->line_length != -1 && (known->line_length < 1 || known->line_length > 10000)) {
        return denoise__fail(DENOISE_ERR_RANGE, "summary options: line_length is %lld, expected -1 or 1 to 10000",
                             (long long)known->line_length);
    }
    return DENOISE_OK;
}

static int64_t choose_length(const denoise_summary_options *options, bool connected)
{
    if (options->line_length != -1) return options->line_length;
    int64_t length = (connected ? 108 : 88) + (options->show_trainable ? 12 : 0);
    int64_t most = denoise__log_columns() - 4;
    return length < most ? length : most;
}

denoise_status denoise__summary(char **out, const denoise_model *model, const denoise_summary_options *options,
                                int64_t optimizer_variables)
{
    denoise_summary_options known;
    DENOISE__TRY(check_options(options, &known));
    denoise__text text = {0};
    writer w = {.model = model,
                .text = &text,
                .connected = !is_chain(model),
                .trainable = known.show_trainable != 0,
                .expand = known.expand_nested != 0,
                .is_first = true};
    denoise__fp_state caller;
    denoise__fp_enter(&caller); /* columns are rounded */
    denoise__text_printf(&text, "Model: \"");
    denoise__text_append_clean(&text, model->name);
    denoise__text_printf(&text, "\"\n");
    denoise_status status = begin_table(&w, choose_length(&known, w.connected));
    if (status == DENOISE_OK) {
        write_rows(&w, model, 0);
        denoise__table_end(&w.table, &text);
        write_totals(&text, model, optimizer_variables);
        status = denoise__text_take(&text, out);
    }
    denoise__text_free(&text);
    denoise__text_free(&w.name);
    denoise__text_free(&w.shape);
    denoise__text_free(&w.connections);
    denoise__fp_leave(&caller);
    return status;
}

denoise_status denoise_model_summary(char **out, const denoise_model *model, const denoise_summary_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    return denoise__summary(out, model, options, -1);
}

denoise_status denoise_model_print_summary(const denoise_model *model, const denoise_summary_options *options)
{
    char *text;
    DENOISE__CHECK_NULL(model);
    DENOISE__TRY(denoise_model_summary(&text, model, options));
    denoise__log_write(DENOISE_LOG_OUTPUT, text, (int64_t)strlen(text));
    denoise_free(text);
    return DENOISE_OK;
}
