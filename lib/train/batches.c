/* SPDX-License-Identifier: Apache-2.0 */
#include "train/batches.h"
#include "core/number.h"
#include "core/threads.h"
#include "models/predict.h"
#include "tensor/tensor.h"
#include "train/session.h"
#include <math.h>
#include <string.h>

static denoise__shape batch_shape(const denoise__shape *sample, int64_t rows)
{
    denoise__shape shape = {.rank = sample->rank + 1};
    shape.dim[0] = rows;
    memcpy(shape.dim + 1, sample->dim, (size_t)sample->rank * sizeof *shape.dim);
    return shape;
}

static denoise_status check_rows(const denoise_tensor *tensor, const char *what, int32_t index, int64_t rows)
{
    if (tensor == NULL) return denoise__fail(DENOISE_ERR_NULL, "%s %d is NULL", what, (int)index);
    if (tensor->shape.rank > 0 && tensor->shape.dim[0] == rows) return DENOISE_OK;
    char given[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s %d has shape %s, input 0 has %lld rows", what, (int)index,
                         denoise__shape_text(&tensor->shape, false, given, sizeof given), (long long)rows);
}

static denoise_status check_weight(const denoise_tensor *weight, int32_t index, int64_t rows)
{
    if (weight == NULL) return DENOISE_OK;
    DENOISE__TRY(check_rows(weight, "sample weight", index, rows));
    if (weight->size == rows) return DENOISE_OK;
    char given[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "sample weight %d has shape %s, expected (%lld)", (int)index,
                         denoise__shape_text(&weight->shape, false, given, sizeof given), (long long)rows);
}

/* "accuracy" takes its form from the targets, and keeps it while a run uses it. */
static denoise_status check_metric(denoise_metric *metric, const denoise__shape *target, const denoise__shape *prediction,
                                   bool keep)
{
    const denoise__metric_kind *before = metric->resolved;
    DENOISE__TRY(denoise__metric_resolve(metric, target, prediction));
    const denoise__metric_kind *now = metric->resolved;
    if (!keep || before == NULL || now == before) return DENOISE_OK;
    metric->resolved = before;
    return denoise__fail(DENOISE_ERR_SHAPE, "metric \"%s\": these targets make it %s, the run uses it as %s", metric->name,
                         now->base.name, before->base.name);
}

/* A target without loss and metric may be anything. */
static denoise_status check_target(denoise_trainer *trainer, const denoise_model *sized, const denoise_tensor *y, int32_t index,
                                   int64_t rows, bool keep)
{
    bool is_used = trainer->losses[index] != NULL;
    for (int64_t i = 0; i < trainer->metric_count; i++)
        is_used = is_used || trainer->metrics[i].output == index;
    if (!is_used) return DENOISE_OK;
    DENOISE__TRY(check_rows(y, "target", index, rows));
    denoise__shape prediction = batch_shape(denoise__model_output_shape(sized, index), rows);
    denoise_status status = DENOISE_OK;
    if (trainer->losses[index] != NULL) status = denoise__loss_check_shapes(trainer->losses[index], &y->shape, &prediction);
    for (int64_t i = 0; i < trainer->metric_count && status == DENOISE_OK; i++) {
        if (trainer->metrics[i].output != index) continue;
        status = check_metric(trainer->metrics[i].metric, &y->shape, &prediction, keep);
    }
    if (status == DENOISE_OK) return DENOISE_OK;
    return denoise__context(status, "output %d \"%s\": ", (int)index, denoise_model_output_name(trainer->model, index));
}

denoise_status denoise__arrays_check(denoise_trainer *trainer, denoise__arrays *arrays, int64_t input_count,
                                     int64_t output_count)
{
    const denoise_model *model = trainer->model, *sized;
    DENOISE__TRY(denoise__check_inputs(model, arrays->x, input_count, &arrays->rows));
    DENOISE__TRY(denoise__trainer_size(trainer, arrays->x, &sized));
    if (output_count != model->output_count) {
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\" has %d outputs, %lld targets given", model->name,
                             (int)model->output_count, (long long)output_count);
    }
    if (arrays->y == NULL) return denoise__fail(DENOISE_ERR_NULL, "the array of targets is NULL");
    bool keep = arrays->keep_metrics || trainer->running > 0;
    for (int32_t i = 0; i < model->output_count; i++) {
        DENOISE__TRY(check_target(trainer, sized, arrays->y[i], i, arrays->rows, keep));
        if (arrays->sample_weight != NULL) DENOISE__TRY(check_weight(arrays->sample_weight[i], i, arrays->rows));
    }
    return DENOISE_OK;
}

int64_t denoise__arrays_row(const denoise__arrays *arrays, int64_t row)
{
    return arrays->first + (arrays->order == NULL ? row : arrays->order[row]);
}

int64_t denoise__arrays_name(const denoise__arrays *arrays, int64_t row)
{
    return arrays->names == NULL ? denoise__arrays_row(arrays, row) : arrays->names[row];
}

/* Copies rows as float32; bad is the first element that is not finite, -1 = none (the lowest wins whatever the threads do). */
typedef struct row_copy {
    const denoise__arrays *arrays;
    const denoise_tensor *from;
    float *to;
    int64_t start, size;
    _Atomic(int64_t) bad;
} row_copy;

static void note_bad(row_copy *copy, int64_t element)
{
    int64_t known = atomic_load(&copy->bad);
    while ((known < 0 || element < known) && !atomic_compare_exchange_weak(&copy->bad, &known, element))
        continue;
}

static bool is_finite_row(const float *values, int64_t size)
{
    uint32_t worst = 0;
    for (int64_t i = 0; i < size; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bits &= 0x7fffffffu;
        worst = bits > worst ? bits : worst;
    }
    return worst < 0x7f800000u;
}

static void copy_rows(void *context, int64_t first, int64_t count)
{
    row_copy *copy = context;
    for (int64_t i = first; i < first + count; i++) {
        float *to = copy->to + i * copy->size;
        denoise__tensor_read_floats(copy->from, denoise__arrays_row(copy->arrays, copy->start + i) * copy->size, copy->size,
                                    to);
        if (!copy->arrays->check_finite || is_finite_row(to, copy->size)) continue;
        for (int64_t j = 0; j < copy->size; j++) {
            if (isfinite(to[j])) continue;
            note_bad(copy, i * copy->size + j);
            break;
        }
    }
}

static denoise_status load_floats(const denoise__arrays *arrays, const denoise_tensor *from, float *to, int64_t start,
                                  int64_t count, int64_t size, const char *what, int32_t index)
{
    row_copy copy = {.arrays = arrays, .from = from, .to = to, .start = start, .size = size, .bad = -1};
    denoise__parallel_ranges(count, denoise__grain(4 * size), copy_rows, &copy);
    int64_t bad = atomic_load(&copy.bad);
    if (bad < 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NONFINITE, "%s %d: row %lld, element %lld is %s", what, (int)index,
                         (long long)denoise__arrays_name(arrays, start + bad / size), (long long)(bad % size),
                         denoise__nonfinite_name((double)to[bad]));
}

/* A label that is no number is told as other numbers are. */
static denoise_status fail_label(const denoise_tensor *labels, int32_t index, int64_t row, int64_t size, long long name,
                                 denoise_status status)
{
    for (int64_t j = 0; j < size; j++) {
        double number = 0;
        DENOISE__TRY(denoise_tensor_item(labels, row * size + j, &number));
        if (isfinite(number)) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE, "target %d: row %lld, element %lld is %s", (int)index, name, (long long)j,
                             denoise__nonfinite_name(number));
    }
    return denoise__context(status, "target %d: row %lld: ", (int)index, name);
}

static denoise_status load_labels(const denoise_trainer *trainer, const denoise__arrays *arrays, const denoise__target *target,
                                  int32_t index, int64_t start, int64_t count)
{
    int64_t size = target->rows_per_sample;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = denoise__arrays_row(arrays, start + i);
        long long name = (long long)denoise__arrays_name(arrays, start + i);
        int32_t *labels = target->labels + i * size;
        denoise_status status = denoise__tensor_read_ints(arrays->y[index], row * size, size, labels);
        if (status != DENOISE_OK) return fail_label(arrays->y[index], index, row, size, name, status);
        for (int64_t j = 0; j < size; j++) {
            if (labels[j] >= 0 && labels[j] < target->columns) continue;
            return denoise__fail(
                DENOISE_ERR_RANGE, "target %d: row %lld has the label %d, output \"%s\" has the classes 0 to %lld", (int)index,
                name, (int)labels[j], denoise_model_output_name(trainer->model, index), (long long)target->columns - 1);
        }
    }
    return DENOISE_OK;
}

/* One number per row is a class to the nearest, halves to even, as Keras rounds it; -1 where it is none. */
static int64_t rounded_class(float value)
{
    return value > -0.5f && value < 1e9f ? (int64_t)nearbyintf(value) : -1;
}

/* numpy.argmax of a row, as in keras/src/trainers/data_adapters/data_adapter_utils.py: the first of the greatest, a NaN counts
 * as greatest. */
static int64_t class_of(const denoise__target *target, int64_t row)
{
    if (target->labels != NULL) return target->labels[row];
    const float *values = target->values + row * target->columns;
    if (target->columns == 1) return rounded_class(values[0]);
    int64_t best = 0;
    for (int64_t i = 1; i < target->columns && !isnan(values[best]); i++)
        best = values[i] > values[best] || isnan(values[i]) ? i : best;
    return best;
}

static void use_class_weights(const denoise__arrays *arrays, denoise__target *target, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t class_index = class_of(target, i);
        bool is_listed = class_index >= 0 && class_index < arrays->class_count;
        target->sample_weight[i] = is_listed ? (float)arrays->class_weight[class_index] : 1.0f;
    }
}

static denoise_status load_weights(const denoise__arrays *arrays, denoise__target *target, int32_t index, int64_t start,
                                   int64_t count)
{
    const denoise_tensor *weight = arrays->sample_weight == NULL ? NULL : arrays->sample_weight[index];
    target->has_weight = weight != NULL || arrays->class_weight != NULL;
    if (weight != NULL) {
        DENOISE__TRY(load_floats(arrays, weight, target->sample_weight, start, count, 1, "sample weight", index));
    } else if (arrays->class_weight != NULL) {
        use_class_weights(arrays, target, count);
    }
    for (int64_t i = 0; target->has_weight && target->row_weight != target->sample_weight && i < count; i++) {
        for (int64_t j = 0; j < target->rows_per_sample; j++) {
            target->row_weight[i * target->rows_per_sample + j] = target->sample_weight[i];
        }
    }
    return DENOISE_OK;
}

/* Rows of the batch where the caller has them. */
static denoise__batch_rows rows_of(const denoise__session *session, const denoise_tensor *from, int64_t size)
{
    const denoise__arrays *arrays = session->arrays;
    return (denoise__batch_rows){
        .tensor = from, .size = size, .order = arrays->order, .first = arrays->first, .start = session->start};
}

static bool metrics_need_values(const denoise_trainer *trainer, int32_t output)
{
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (trainer->metrics[i].output == output && !denoise__metric_kind_of(trainer->metrics[i].metric)->is_sparse)
            return true;
    }
    return false;
}

/* Targets that only a loss reads, which takes them as they are, need not be copied. */
static bool may_borrow(const denoise_trainer *trainer, const denoise__session *session, int32_t index)
{
    const denoise__arrays *arrays = session->arrays;
    return denoise__plan_reads_target_rows(session->plan, index) && arrays->class_weight == NULL &&
           arrays->y[index]->dtype == DENOISE_FLOAT32 && !metrics_need_values(trainer, index);
}

static denoise_status load_target(const denoise_trainer *trainer, denoise__session *session, int32_t index, int64_t count)
{
    const denoise__arrays *arrays = session->arrays;
    denoise__target *target = &session->targets[index];
    int64_t size = target->rows_per_sample * target->columns;
    if (target->needs_labels) DENOISE__TRY(load_labels(trainer, arrays, target, index, session->start, count));
    target->is_borrowed = target->needs_values && may_borrow(trainer, session, index);
    session->losses[index].target = (denoise__batch_rows){0};
    if (target->is_borrowed) session->losses[index].target = rows_of(session, arrays->y[index], size);
    if (!target->needs_values || target->is_borrowed) return DENOISE_OK;
    return load_floats(arrays, arrays->y[index], target->values, session->start, count, size, "target", index);
}

/* The first row that is not finite. */
static denoise_status check_rows_finite(const denoise__session *session, const denoise__batch_rows *rows, int64_t count,
                                        const char *what, int32_t index)
{
    float values[256];
    for (int64_t i = 0; i < count; i++) {
        int64_t row = denoise__batch_rows_index(rows, i);
        for (int64_t first = 0; first < rows->size; first += 256) {
            int64_t part = rows->size - first < 256 ? rows->size - first : 256;
            denoise__tensor_read_floats(rows->tensor, row * rows->size + first, part, values);
            for (int64_t j = 0; j < part; j++) {
                if (isfinite(values[j])) continue;
                return denoise__fail(DENOISE_ERR_NONFINITE, "%s %d: row %lld, element %lld is %s", what, (int)index,
                                     (long long)denoise__arrays_name(session->arrays, session->start + i),
                                     (long long)(first + j), denoise__nonfinite_name((double)values[j]));
            }
        }
    }
    return DENOISE_OK;
}

denoise_status denoise__batch_check_inputs(const denoise_trainer *trainer, const denoise__session *session, int64_t count)
{
    for (int32_t i = 0; i < trainer->model->input_count; i++)
        DENOISE__TRY(check_rows_finite(session, &session->inputs[i], count, "input", i));
    return DENOISE_OK;
}

denoise_status denoise__batch_check_targets(const denoise_trainer *trainer, const denoise__session *session, int64_t count)
{
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (session->targets[i].is_borrowed)
            DENOISE__TRY(check_rows_finite(session, &session->losses[i].target, count, "target", i));
    }
    return DENOISE_OK;
}

denoise_status denoise__batch_load(denoise_trainer *trainer, denoise__session *session, const denoise__arrays *arrays,
                                   int64_t start, int64_t count)
{
    session->arrays = arrays;
    session->start = start;
    for (int32_t i = 0; i < trainer->model->input_count; i++) {
        int64_t size = denoise__shape_size(denoise__model_input_shape(session->model, i));
        session->inputs[i] = rows_of(session, arrays->x[i], size);
    }
    denoise_status status = DENOISE_OK;
    for (int32_t i = 0; i < trainer->model->output_count && status == DENOISE_OK; i++) {
        status = load_target(trainer, session, i, count);
        if (status == DENOISE_OK) status = load_weights(arrays, &session->targets[i], i, start, count);
    }
    /* Inputs are read later, but what is wrong with them is told first. */
    if (status != DENOISE_OK && arrays->check_finite) DENOISE__TRY(denoise__batch_check_inputs(trainer, session, count));
    return status;
}

denoise_status denoise__check_data(const char *function, const denoise_tensor *const *x, const denoise_tensor *const *y,
                                   bool is_one)
{
    if (x == NULL || (is_one && *x == NULL)) return denoise__fail_null(function, "x");
    if (y == NULL || (is_one && *y == NULL)) return denoise__fail_null(function, "y");
    return DENOISE_OK;
}
