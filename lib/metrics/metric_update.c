/* SPDX-License-Identifier: Apache-2.0 */
/* Adding batches to a metric, and its figure. */
#include "core/cpu.h"
#include "core/memory.h"
#include "core/threads.h"
#include "metrics/metric.h"
#include "tensor/tensor.h"

/* Numbers that are worth a trip to another thread. */
enum { PIECE = 16384 };

typedef struct rows_job {
    const denoise__metric_kind *kind;
    const denoise__metric_args *args;
} rows_job;

static void run_rows(void *context, int64_t first, int64_t count)
{
    const rows_job *job = context;
    job->kind->rows(job->args, first, count);
}

void denoise__metric_update(denoise_metric *metric, denoise__metric_args *args, const float *row_weight)
{
    rows_job job = {denoise__metric_kind_of(metric), args};
    args->config = denoise__metric_config_of(metric);
    int64_t grain = job.kind->per_sample || args->columns >= PIECE ? 1 : PIECE / (args->columns + 1) + 1;
    denoise__parallel_ranges(args->rows, grain, run_rows, &job);
    double total = 0, count = row_weight == NULL ? (double)args->rows : 0;
    for (int64_t i = 0; i < args->rows; i++) {
        double weight = row_weight == NULL ? 1 : (double)row_weight[i];
        total += (double)args->row_value[i] * weight;
        if (row_weight != NULL) count += weight;
    }
    metric->total += (float)total;
    metric->count += (float)count;
}

float denoise__metric_result(const denoise_metric *metric)
{
    return metric->count == 0 ? 0 : metric->total / metric->count;
}

static denoise_status check_usable(const denoise_metric *metric)
{
    if (metric->part.status != DENOISE_OK) return denoise__fail_text(metric->part.status, metric->part.message);
    if (metric->part.owner == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_OWNED, "metric \"%s\" belongs to a trainer, which updates it", metric->name);
}

static denoise_status check_weight(const denoise_metric *metric, const denoise_tensor *weight, int64_t samples)
{
    const denoise__shape wanted = {1, {samples}};
    if (weight == NULL || denoise__shape_equal(&weight->shape, &wanted)) return DENOISE_OK;
    char given[192], expected[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "metric \"%s\": sample_weight has shape %s, expected %s", metric->name,
                         denoise__shape_text(&weight->shape, false, given, sizeof given),
                         denoise__shape_text(&wanted, false, expected, sizeof expected));
}

static denoise_status reserve_rows(denoise_metric *metric, int64_t rows)
{
    if (rows <= metric->row_capacity) return DENOISE_OK;
    float *values = denoise__allocate_zeroed((size_t)rows, sizeof *values);
    if (values == NULL) return denoise__fail_nomem();
    denoise__release(metric->row_value);
    metric->row_value = values;
    metric->row_capacity = rows;
    return DENOISE_OK;
}

static float *read_floats(const denoise_tensor *tensor)
{
    float *values = denoise__allocate_zeroed((size_t)tensor->size, sizeof *values);
    if (values != NULL) denoise__tensor_read_floats(tensor, 0, tensor->size, values);
    return values;
}

/* The batch as plain arrays; all are freed by free_batch. */
typedef struct batch {
    float *prediction, *target, *weight;
    int32_t *labels;
} batch;

static void free_batch(batch *b)
{
    denoise__release(b->prediction);
    denoise__release(b->target);
    denoise__release(b->weight);
    denoise__release(b->labels);
}

/* A weight per sample becomes one per row. */
static float *read_weights(const denoise_tensor *weight, int64_t rows)
{
    float *values = denoise__allocate_zeroed((size_t)rows, sizeof *values);
    if (values == NULL || weight->size == 0) return values;
    int64_t per_sample = rows / weight->size;
    for (int64_t i = 0; i < rows; i++)
        denoise__tensor_read_floats(weight, i / per_sample, 1, &values[i]);
    return values;
}

static denoise_status read_batch(batch *b, bool sparse, int64_t rows, const denoise_tensor *target,
                                 const denoise_tensor *prediction, const denoise_tensor *weight)
{
    b->prediction = read_floats(prediction);
    if (sparse)
        b->labels = denoise__allocate_zeroed((size_t)target->size, sizeof *b->labels);
    else
        b->target = read_floats(target);
    if (weight != NULL) b->weight = read_weights(weight, rows);
    if (b->prediction == NULL || (sparse ? (void *)b->labels : (void *)b->target) == NULL ||
        (weight != NULL && b->weight == NULL)) {
        return denoise__fail_nomem();
    }
    return sparse ? denoise__tensor_read_ints(target, 0, target->size, b->labels) : DENOISE_OK;
}

denoise_status denoise_metric_update(denoise_metric *metric, const denoise_tensor *target, const denoise_tensor *prediction,
                                     const denoise_tensor *sample_weight)
{
    DENOISE__CHECK_NULL(metric);
    DENOISE__CHECK_NULL(target);
    DENOISE__CHECK_NULL(prediction);
    DENOISE__TRY(check_usable(metric));
    DENOISE__TRY(denoise__metric_resolve(metric, &target->shape, &prediction->shape));
    const denoise__metric_kind *kind = denoise__metric_kind_of(metric);
    const denoise__shape *shape = &prediction->shape;
    int64_t samples = shape->rank == 0 ? 1 : shape->dim[0];
    DENOISE__TRY(check_weight(metric, sample_weight, samples));
    if (prediction->size == 0) return DENOISE_OK;
    int64_t columns = shape->rank < 2 ? 1 : shape->dim[shape->rank - 1];
    if (kind->per_sample) columns = prediction->size / samples;
    int64_t rows = prediction->size / columns;
    batch b = {0};
    denoise_status status = reserve_rows(metric, rows);
    if (status == DENOISE_OK) status = read_batch(&b, kind->sparse, rows, target, prediction, sample_weight);
    if (status == DENOISE_OK) {
        denoise__metric_args args = {.rows = rows,
                                     .columns = columns,
                                     .prediction = b.prediction,
                                     .target = b.target,
                                     .labels = b.labels,
                                     .row_value = metric->row_value};
        denoise__fp_state fp;
        denoise__fp_enter_flushing(&fp);
        denoise__metric_update(metric, &args, b.weight);
        denoise__fp_leave(&fp);
    }
    free_batch(&b);
    return status;
}

denoise_status denoise_metric_compute(double *value, const denoise_metric *metric)
{
    DENOISE__CHECK_NULL(value);
    *value = 0;
    DENOISE__CHECK_NULL(metric);
    if (metric->part.status != DENOISE_OK) return denoise__fail_text(metric->part.status, metric->part.message);
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    *value = (double)denoise__metric_result(metric);
    denoise__fp_leave(&caller);
    return DENOISE_OK;
}

denoise_status denoise_metric_clear(denoise_metric *metric)
{
    DENOISE__CHECK_NULL(metric);
    DENOISE__TRY(check_usable(metric));
    denoise__metric_reset(metric);
    return DENOISE_OK;
}
