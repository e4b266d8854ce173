/* SPDX-License-Identifier: Apache-2.0 */
/* Computing a loss: which targets fit, rows on the pool and their reduction, and a loss by itself on tensors of any type. */
#include "core/cpu.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/threads.h"
#include "losses/loss.h"
#include "tensor/tensor.h"
#include <math.h>
#include <string.h>

/* Shapes: keras/src/losses/loss.py, squeeze_or_expand_to_same_rank. */

static denoise_status fail_shapes(const denoise_loss *loss, const denoise__shape *target, const denoise__shape *prediction,
                                  const char *advice)
{
    char target_text[192], prediction_text[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s: target has shape %s, prediction has shape %s; %s", denoise_loss_name(loss),
                         denoise__shape_text(target, false, target_text, sizeof target_text),
                         denoise__shape_text(prediction, false, prediction_text, sizeof prediction_text), advice);
}

static denoise_status check_labels(const denoise_loss *loss, const denoise__shape *target, const denoise__shape *prediction)
{
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    if (denoise__shape_equal(target, &rows) || denoise__shape_is_column_of(target, &rows)) return DENOISE_OK;
    bool is_one_hot = prediction->dim[rows.rank] > 1 && denoise__shape_equal(target, prediction);
    return fail_shapes(loss, target, prediction,
                       is_one_hot ? "one-hot targets need categorical_crossentropy"
                                  : "the target must be one whole number per row of the prediction");
}

/* A prediction (n, m, 1) of a target (n, m): the mean over all is the same, so only those that take it are let through. */
static bool is_flat_mean(const denoise_loss *loss)
{
    const denoise__loss_config *config = loss->part.config;
    return strcmp(config->reduction, "sum") != 0 && !denoise__loss_kind_of(loss)->is_categorical;
}

denoise_status denoise__loss_check_shapes(const denoise_loss *loss, const denoise__shape *target,
                                          const denoise__shape *prediction)
{
    if (prediction->rank < 2) return fail_shapes(loss, target, prediction, "the prediction needs a batch axis and columns");
    if (denoise__shape_last(prediction) == 0) return fail_shapes(loss, target, prediction, "the prediction has no columns");
    if (denoise__loss_kind_of(loss)->is_sparse) return check_labels(loss, target, prediction);
    if (denoise__shape_equal(target, prediction) || denoise__shape_is_column_of(target, prediction)) return DENOISE_OK;
    if (denoise__shape_is_column_of(prediction, target) && (target->rank == 1 || is_flat_mean(loss))) return DENOISE_OK;
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    bool is_labels = denoise__loss_kind_of(loss)->is_categorical &&
                     (denoise__shape_equal(target, &rows) || denoise__shape_is_column_of(target, &rows));
    return fail_shapes(loss, target, prediction,
                       is_labels ? "whole-number labels need sparse_categorical_crossentropy" : "they must be the same");
}

/* Rows and their reduction: keras/src/losses/loss.py, reduce_weighted_values. */

void denoise__loss_fault_init(denoise__loss_fault *fault)
{
    *fault = (denoise__loss_fault){.lock = ATOMIC_FLAG_INIT};
}

void denoise__loss_fault_note(denoise__loss_fault *fault, int64_t row, denoise_status status)
{
    if (status == DENOISE_OK) return;
    while (atomic_flag_test_and_set_explicit(&fault->lock, memory_order_acquire))
        continue;
    if (fault->status == DENOISE_OK || row < fault->row) {
        fault->status = status;
        fault->row = row;
        denoise__format(fault->message, sizeof fault->message, "%s", denoise_last_error());
    }
    atomic_flag_clear_explicit(&fault->lock, memory_order_release);
}

denoise_status denoise__loss_fault_status(const denoise__loss_fault *fault, const denoise_loss *loss)
{
    if (fault->status == DENOISE_OK) return DENOISE_OK;
    (void)denoise__fail_text(fault->status, fault->message);
    return denoise__context(fault->status, "%s: ", denoise_loss_name(loss));
}

/* Rows in ascending order, in double. */
static double weighted_sum(const float *values, const float *weights, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += weights == NULL ? (double)values[i] : (double)values[i] * (double)weights[i];
    return sum;
}

/* What the sum of the rows is divided by. */
static double divisor_of(const char *reduction, const denoise__loss_args *args)
{
    if (strcmp(reduction, "sum") == 0) return 1;
    if (strcmp(reduction, "mean_with_sample_weight") != 0 || args->row_weight == NULL) return (double)args->rows;
    double sum = 0;
    for (int64_t r = 0; r < args->rows; r++)
        sum += (double)args->row_weight[r];
    return sum;
}

typedef struct job {
    const denoise__loss_kind *kind;
    const denoise__loss_args *args;
    denoise__loss_fault fault;
} job;

static void some_rows(void *context, int64_t first, int64_t count)
{
    job *work = context;
    denoise__loss_fault_note(&work->fault, first, work->kind->rows(work->args, first, count));
}

static void begin(const denoise_loss *loss, denoise__loss_args *args)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    args->config = loss->part.config;
    if (kind->from_logits != NULL && kind->from_logits(args->config)) args->from_logits = true;
}

double denoise__loss_begin(const denoise_loss *loss, denoise__loss_args *args, double loss_weight)
{
    const denoise__loss_config *config = loss->part.config;
    begin(loss, args);
    double divisor = divisor_of(config->reduction, args);
    args->gradient_scale = divisor == 0 ? 0.0f : (float)(loss_weight / divisor);
    return divisor;
}

double denoise__loss_reduce(const denoise__loss_args *args, double divisor)
{
    return divisor == 0 ? 0.0 : weighted_sum(args->row_loss, args->row_weight, args->rows) / divisor;
}

denoise_status denoise__loss_rows(const denoise_loss *loss, const denoise__loss_args *args)
{
    job work = {.kind = denoise__loss_kind_of(loss), .args = args};
    denoise__loss_fault_init(&work.fault);
    denoise__parallel_ranges(args->rows, denoise__grain(2 * args->columns), some_rows, &work);
    return denoise__loss_fault_status(&work.fault, loss);
}

static denoise_status run_rows(const denoise_loss *loss, denoise__loss_args *args, double loss_weight, double *value)
{
    double divisor = denoise__loss_begin(loss, args, loss_weight);
    DENOISE__TRY(denoise__loss_rows(loss, args));
    *value = denoise__loss_reduce(args, divisor);
    return DENOISE_OK;
}

static denoise_status run_batch(const denoise_loss *loss, denoise__loss_args *args, double loss_weight, double *value)
{
    begin(loss, args);
    args->gradient_scale = (float)loss_weight;
    double result = 0.0;
    if (args->rows > 0) {
        denoise_status status = denoise__loss_kind_of(loss)->batch(args, &result);
        if (status != DENOISE_OK) return denoise__context(status, "%s: ", denoise_loss_name(loss));
    }
    *value = result;
    return DENOISE_OK;
}

denoise_status denoise__loss_run(const denoise_loss *loss, denoise__loss_args *args, double loss_weight, double *value)
{
    *value = (double)NAN;
    return denoise__loss_kind_of(loss)->batch != NULL ? run_batch(loss, args, loss_weight, value)
                                                      : run_rows(loss, args, loss_weight, value);
}

size_t denoise__loss_scratch_size(const denoise_loss *loss, int64_t rows, int64_t columns)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    return kind->scratch_size == NULL ? 0 : kind->scratch_size(loss->part.config, rows, columns);
}

/* A loss by itself.
 *
 * Memory of one computation: copies where a tensor is not float32, and what the kind asks for. */
typedef struct copies {
    float *prediction, *target, *sample_weight, *row_loss;
    int32_t *labels;
    void *scratch;
} copies;

static denoise_status room(void **out, int64_t count, size_t size)
{
    *out = denoise__allocate_zeroed((size_t)count, size);
    return *out == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

/* The elements as float32; *copy is what has to be freed. */
static denoise_status floats_of(const float **out, float **copy, const denoise_tensor *tensor)
{
    *out = tensor->data;
    if (tensor->dtype == DENOISE_FLOAT32) return DENOISE_OK;
    void *memory;
    DENOISE__TRY(room(&memory, tensor->size, sizeof(float)));
    *copy = memory;
    denoise__tensor_read_floats(tensor, 0, tensor->size, *copy);
    *out = *copy;
    return DENOISE_OK;
}

static denoise_status labels_of(int32_t **out, const denoise_loss *loss, const denoise_tensor *target, int64_t classes)
{
    void *memory;
    DENOISE__TRY(room(&memory, target->size, sizeof(int32_t)));
    int32_t *labels = *out = memory;
    denoise_status status = denoise__tensor_read_ints(target, 0, target->size, labels);
    if (status != DENOISE_OK) return denoise__context(status, "%s: target: ", denoise_loss_name(loss));
    for (int64_t i = 0; i < target->size; i++)
        if (labels[i] < 0 || labels[i] >= classes) {
            return denoise__fail(DENOISE_ERR_RANGE, "%s: label %d of row %lld is no class, the prediction has %lld columns",
                                 denoise_loss_name(loss), (int)labels[i], (long long)i, (long long)classes);
        }
    return DENOISE_OK;
}

/* Weights of the rows: given one per row, or one per sample that all of its rows share. */
static denoise_status weights_of(denoise__loss_args *args, copies *s, const denoise_loss *loss, const denoise_tensor *weight,
                                 const denoise__shape *prediction)
{
    int64_t samples = prediction->dim[0];
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    bool is_per_sample = weight->size == samples && weight->shape.rank >= 1 && weight->shape.dim[0] == samples;
    if (!is_per_sample && !denoise__shape_equal(&weight->shape, &rows)) {
        char given[192];
        return denoise__fail(DENOISE_ERR_SHAPE, "%s: sample_weight has shape %s, expected (%lld,)", denoise_loss_name(loss),
                             denoise__shape_text(&weight->shape, false, given, sizeof given), (long long)samples);
    }
    const float *values;
    DENOISE__TRY(floats_of(&values, &s->sample_weight, weight));
    args->row_weight = values;
    if (weight->size == args->rows) return DENOISE_OK;
    void *memory;
    DENOISE__TRY(room(&memory, args->rows, sizeof(float)));
    float *spread = memory;
    int64_t each = args->rows / samples;
    for (int64_t r = 0; r < args->rows; r++)
        spread[r] = values[r / each];
    denoise__release(s->sample_weight);
    args->row_weight = s->sample_weight = spread;
    return DENOISE_OK;
}

static denoise_status prepare(denoise__loss_args *args, copies *s, const denoise_loss *loss, const denoise_tensor *target,
                              const denoise_tensor *prediction, const denoise_tensor *weight)
{
    args->columns = denoise__shape_last(&prediction->shape);
    args->rows = prediction->size / args->columns;
    DENOISE__TRY(floats_of(&args->prediction, &s->prediction, prediction));
    if (denoise__loss_kind_of(loss)->is_sparse) {
        DENOISE__TRY(labels_of(&s->labels, loss, target, args->columns));
        args->labels = s->labels;
    } else {
        DENOISE__TRY(floats_of(&args->target, &s->target, target));
    }
    if (weight != NULL) DENOISE__TRY(weights_of(args, s, loss, weight, &prediction->shape));
    void *memory;
    DENOISE__TRY(room(&memory, args->rows, sizeof(float)));
    args->row_loss = s->row_loss = memory;
    size_t bytes = denoise__loss_scratch_size(loss, args->rows, args->columns);
    if (bytes == 0) return DENOISE_OK;
    args->scratch = s->scratch = denoise__allocate_aligned(bytes);
    return s->scratch == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static void release(copies *s)
{
    denoise__release(s->prediction);
    denoise__release(s->target);
    denoise__release(s->sample_weight);
    denoise__release(s->row_loss);
    denoise__release(s->labels);
    denoise__release_aligned(s->scratch);
}

denoise_status denoise_loss_compute(double *value, denoise_tensor **gradient, const denoise_loss *loss,
                                    const denoise_tensor *target, const denoise_tensor *prediction,
                                    const denoise_tensor *sample_weight)
{
    if (gradient != NULL) *gradient = NULL;
    DENOISE__CHECK_NULL(loss);
    DENOISE__CHECK_NULL(target);
    DENOISE__CHECK_NULL(prediction);
    if (loss->part.status != DENOISE_OK) return denoise__fail_text(loss->part.status, loss->part.message);
    DENOISE__TRY(denoise__loss_check_shapes(loss, &target->shape, &prediction->shape));

    denoise__loss_args args = {0};
    copies memory = {0};
    denoise_tensor *slope = NULL;
    denoise_status status;
    DENOISE__TRY_OR_FAIL(prepare(&args, &memory, loss, target, prediction, sample_weight));
    if (gradient != NULL) {
        DENOISE__TRY_OR_FAIL(denoise__tensor_make(&slope, DENOISE_FLOAT32, &prediction->shape));
        args.gradient = slope->data;
    }
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    double result;
    status = denoise__loss_run(loss, &args, 1, &result);
    denoise__fp_leave(&caller);
    if (status != DENOISE_OK) goto fail;
    if (value != NULL) *value = result;
    if (gradient != NULL) *gradient = slope;
    release(&memory);
    return DENOISE_OK;
fail:
    denoise_tensor_free(slope);
    release(&memory);
    return status;
}
