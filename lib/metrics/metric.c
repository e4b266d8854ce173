/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: making, asking and freeing one; its state; batches into it and the figure out of it; the typed constructors. */
#include "metrics/metric.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/text.h"
#include "tensor/tensor.h"
#include <string.h>

static denoise_metric exhausted = {.part = DENOISE__PART_NOMEM};

static const denoise__metric_kind *own_kind(const denoise_metric *metric)
{
    return (const denoise__metric_kind *)(const void *)metric->part.kind;
}

const denoise__metric_kind *denoise__metric_kind_of(const denoise_metric *metric)
{
    return metric->resolved != NULL ? metric->resolved : own_kind(metric);
}

const void *denoise__metric_config_of(const denoise_metric *metric)
{
    return metric->resolved == NULL || metric->resolved == own_kind(metric) ? metric->part.config : NULL;
}

static bool is_alias(const denoise__kind *kind, const char *name)
{
    size_t length = strlen(name);
    for (const char *list = kind->aliases; list != NULL && *list != '\0';) {
        size_t item = strcspn(list, "|");
        if (item == length && memcmp(list, name, length) == 0) return true;
        list += item + (list[item] == '|');
    }
    return false;
}

/* The name in the logs: the one that was asked for; else, as in Keras, a text of compile ("acc", "ACC") or a short name ("mse")
 * that the metric was made by; else the kind's. */
static void name_metric(denoise_metric *metric, const char *given)
{
    const denoise__metric_kind *kind = own_kind(metric);
    const char *name = ((const denoise__metric_config *)metric->part.config)->name;
    if (name[0] == '\0' && (kind->resolve != NULL || is_alias(&kind->base, given))) name = given;
    if (name[0] == '\0') name = kind->log_name != NULL ? kind->log_name : kind->base.name;
    denoise__format(metric->name, sizeof metric->name, "%s", name);
}

/* Where the numbers of the state are. */
static void list_state(const denoise_metric *metric, float **state)
{
    for (int32_t i = 0; i < metric->state_count; i++) {
        denoise__variable_bring_home(&metric->state[i]);
        state[i] = metric->state[i].values;
    }
}

void denoise__metric_reset(denoise_metric *metric)
{
    float *state[DENOISE__METRIC_STATES] = {0};
    list_state(metric, state);
    const denoise__metric_kind *kind = own_kind(metric);
    for (int32_t i = 0; i < metric->state_count; i++) {
        memset(state[i], 0, (size_t)metric->state[i].count * sizeof *state[i]);
        denoise__variable_touch(&metric->state[i]);
    }
    if (kind->reset != NULL) kind->reset(metric->part.config, state);
}

/* false: it does not fit into memory. */
static bool count_state(denoise_metric *metric, int64_t *bytes)
{
    const denoise__metric_kind *kind = own_kind(metric);
    int64_t numbers = 0;
    while (metric->state_count < DENOISE__METRIC_STATES && kind->state_names[metric->state_count] != NULL) {
        int64_t size = kind->state_size == NULL ? 1 : kind->state_size(metric->part.config, metric->state_count);
        if (!denoise__add(numbers, size, &numbers)) return false;
        metric->state_count++;
    }
    return denoise__multiply(numbers, (int64_t)sizeof(float), bytes) &&
           denoise__add(*bytes, metric->state_count * (int64_t)sizeof *metric->state, bytes);
}

static denoise_status make_state(denoise_metric *metric)
{
    const denoise__metric_kind *kind = own_kind(metric);
    int64_t bytes;
    if (count_state(metric, &bytes)) metric->state = denoise__allocate_zeroed(1, (size_t)bytes);
    if (metric->state == NULL) return denoise__fail_nomem();
    float *values = (float *)(void *)(metric->state + metric->state_count);
    for (int32_t i = 0; i < metric->state_count; i++) {
        int64_t size = kind->state_size == NULL ? 1 : kind->state_size(metric->part.config, i);
        metric->state[i] = (denoise__variable){.name = kind->state_names[i],
                                               .role = DENOISE__VARIABLE_METRIC,
                                               .dtype = DENOISE_FLOAT32,
                                               .rank = kind->state_size == NULL ? 0 : 1,
                                               .dim = {size},
                                               .count = size,
                                               .values = values};
        values += size;
    }
    denoise__metric_reset(metric);
    return DENOISE_OK;
}

static denoise_metric *metric_of(denoise__part *part)
{
    return (denoise_metric *)(void *)part;
}

static denoise_status create(denoise__part *part, const char *name)
{
    name_metric(metric_of(part), name);
    return make_state(metric_of(part));
}

static void destroy(denoise__part *part)
{
    denoise__release(metric_of(part)->scratch);
    denoise__release(metric_of(part)->state);
}

static const denoise__part_type type = {.registry = &denoise__metric_registry,
                                        .size = sizeof(denoise_metric),
                                        .exhausted = &exhausted.part,
                                        .create = create,
                                        .destroy = destroy};

denoise_status denoise_metric_create(denoise_metric **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    *out = metric_of(part);
    return DENOISE_OK;
}

void denoise__metric_release(denoise_metric *metric)
{
    if (metric != NULL) denoise__part_drop(&type, &metric->part);
}

void denoise_metric_free(denoise_metric *metric)
{
    if (metric != NULL) denoise__part_free(&type, &metric->part);
}

void denoise__metric_refuse(denoise_metric *metric)
{
    if (metric != NULL) denoise__part_refuse(&type, &metric->part);
}

void denoise_metric_keep(denoise_metric *metric)
{
    if (metric != NULL) denoise__part_keep(&metric->part);
}

denoise_status denoise_metric_status(const denoise_metric *metric)
{
    return denoise__part_status(metric == NULL ? NULL : &metric->part);
}

const char *denoise_metric_error(const denoise_metric *metric)
{
    return denoise__part_error(metric == NULL ? NULL : &metric->part);
}

const char *denoise__metric_name(const denoise_metric *metric)
{
    return metric->name;
}

const char *denoise_metric_name(const denoise_metric *metric)
{
    return metric == NULL ? "" : metric->name;
}

/* Batches into the state, and the figure out of it. */

denoise_status denoise__metric_resolve(denoise_metric *metric, const denoise__shape *target, const denoise__shape *prediction)
{
    const denoise__kind *found = metric->part.kind;
    const denoise__metric_kind *kind = (const denoise__metric_kind *)(const void *)found;
    denoise_status status = DENOISE_OK;
    if (kind->resolve != NULL) {
        status = denoise__registry_get(&found, &denoise__metric_registry, kind->resolve(target, prediction));
        if (status != DENOISE_OK) return status;
        kind = (const denoise__metric_kind *)(const void *)found;
    }
    const void *config = found == metric->part.kind ? metric->part.config : NULL;
    if (kind->check != NULL) status = kind->check(config, target, prediction);
    if (status != DENOISE_OK) return denoise__context(status, "metric \"%s\": ", metric->name);
    metric->resolved = kind;
    return DENOISE_OK;
}

denoise_status denoise__metric_prepare(denoise_metric *metric, int64_t rows, int64_t columns)
{
    const denoise__metric_kind *kind = denoise__metric_kind_of(metric);
    int64_t size = kind->scratch_size == NULL ? 0 : kind->scratch_size(denoise__metric_config_of(metric), rows, columns);
    if (size <= metric->scratch_size) return DENOISE_OK;
    float *scratch = denoise__allocate_zeroed((size_t)size, sizeof *scratch);
    if (scratch == NULL) return denoise__fail_nomem();
    denoise__release(metric->scratch);
    metric->scratch = scratch;
    metric->scratch_size = size;
    return DENOISE_OK;
}

denoise_status denoise__metric_update(denoise_metric *metric, denoise__metric_args *args, const float *row_weight)
{
    DENOISE__TRY(denoise__metric_prepare(metric, args->rows, args->columns));
    args->kind = denoise__metric_kind_of(metric);
    args->config = denoise__metric_config_of(metric);
    args->row_weight = row_weight;
    args->scratch = metric->scratch;
    list_state(metric, args->state);
    denoise_status status = args->kind->update(args);
    if (status != DENOISE_OK) return denoise__context(status, "metric \"%s\": ", metric->name);
    for (int32_t i = 0; i < metric->state_count; i++)
        denoise__variable_touch(&metric->state[i]);
    return DENOISE_OK;
}

float denoise__metric_result(const denoise_metric *metric)
{
    float *state[DENOISE__METRIC_STATES] = {0};
    list_state(metric, state);
    const denoise__metric_kind *kind = own_kind(metric);
    return kind->result(metric->part.config, (const float *const *)state);
}

denoise_status denoise__metric_visit(denoise_metric *metric, const char *path, const denoise__visitor *visitor)
{
    for (int32_t i = 0; i < metric->state_count; i++)
        DENOISE__TRY(denoise__visit(visitor, path, &metric->state[i]));
    return DENOISE_OK;
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

static denoise_status read_batch(batch *b, bool is_sparse, int64_t rows, const denoise_tensor *target,
                                 const denoise_tensor *prediction, const denoise_tensor *weight)
{
    b->prediction = read_floats(prediction);
    if (is_sparse)
        b->labels = denoise__allocate_zeroed((size_t)target->size, sizeof *b->labels);
    else
        b->target = read_floats(target);
    if (weight != NULL) b->weight = read_weights(weight, rows);
    if (b->prediction == NULL || (is_sparse ? (void *)b->labels : (void *)b->target) == NULL ||
        (weight != NULL && b->weight == NULL)) {
        return denoise__fail_nomem();
    }
    return is_sparse ? denoise__tensor_read_ints(target, 0, target->size, b->labels) : DENOISE_OK;
}

denoise_status denoise_metric_update_state(denoise_metric *metric, const denoise_tensor *target,
                                           const denoise_tensor *prediction, const denoise_tensor *sample_weight)
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
    if (kind->is_per_sample) columns = prediction->size / samples;
    int64_t rows = prediction->size / columns;
    batch b = {0};
    denoise_status status = denoise__metric_prepare(metric, rows, columns);
    if (status == DENOISE_OK) status = read_batch(&b, kind->is_sparse, rows, target, prediction, sample_weight);
    if (status == DENOISE_OK) {
        denoise__metric_args args = {
            .rows = rows, .columns = columns, .prediction = b.prediction, .target = b.target, .labels = b.labels};
        denoise__fp_state fp;
        denoise__fp_enter_flushing(&fp);
        status = denoise__metric_update(metric, &args, b.weight);
        denoise__fp_leave(&fp);
    }
    free_batch(&b);
    return status;
}

denoise_status denoise_metric_result(double *value, const denoise_metric *metric)
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

denoise_status denoise_metric_reset_state(denoise_metric *metric)
{
    DENOISE__CHECK_NULL(metric);
    DENOISE__TRY(check_usable(metric));
    denoise__metric_reset(metric);
    return DENOISE_OK;
}

/* The typed constructors. */

denoise_metric *denoise_metric_accuracy(void)
{
    return metric_of(denoise__part_new(&type, "accuracy", NULL));
}

denoise_metric *denoise_metric_binary_accuracy(double threshold)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_double(&given, "threshold", threshold);
    return metric_of(denoise__part_gathered(&type, "binary_accuracy", &given));
}

denoise_metric *denoise_metric_categorical_accuracy(void)
{
    return metric_of(denoise__part_new(&type, "categorical_accuracy", NULL));
}

denoise_metric *denoise_metric_sparse_categorical_accuracy(void)
{
    return metric_of(denoise__part_new(&type, "sparse_categorical_accuracy", NULL));
}

denoise_metric *denoise_metric_mean_squared_error(void)
{
    return metric_of(denoise__part_new(&type, "mean_squared_error", NULL));
}

denoise_metric *denoise_metric_mean_absolute_error(void)
{
    return metric_of(denoise__part_new(&type, "mean_absolute_error", NULL));
}

static denoise_metric *image_metric(const char *kind, int64_t height, int64_t width, double max_value)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_int(&given, "height", height);
    denoise__gather_int(&given, "width", width);
    denoise__gather_double(&given, "max_val", max_value);
    return metric_of(denoise__part_gathered(&type, kind, &given));
}

denoise_metric *denoise_metric_psnr(int64_t height, int64_t width, double max_value)
{
    return image_metric("psnr", height, width, max_value);
}

denoise_metric *denoise_metric_ssim(int64_t height, int64_t width, double max_value)
{
    return image_metric("ssim", height, width, max_value);
}

/* The names of 0.1, which its programs call. */

DENOISE_API denoise_status denoise_metric_update(denoise_metric *metric, const denoise_tensor *target,
                                                 const denoise_tensor *prediction, const denoise_tensor *sample_weight);
denoise_status denoise_metric_update(denoise_metric *metric, const denoise_tensor *target, const denoise_tensor *prediction,
                                     const denoise_tensor *sample_weight)
{
    return denoise_metric_update_state(metric, target, prediction, sample_weight);
}

DENOISE_API denoise_status denoise_metric_compute(double *value, const denoise_metric *metric);
denoise_status denoise_metric_compute(double *value, const denoise_metric *metric)
{
    return denoise_metric_result(value, metric);
}

DENOISE_API denoise_status denoise_metric_clear(denoise_metric *metric);
denoise_status denoise_metric_clear(denoise_metric *metric)
{
    return denoise_metric_reset_state(metric);
}
