/* SPDX-License-Identifier: Apache-2.0 */
/* A loss by itself, on tensors of any type. */
#include "core/cpu.h"
#include "core/memory.h"
#include "losses/loss.h"
#include "tensor/tensor.h"

/* Memory of one computation: copies where a tensor is not float32. */
typedef struct scratch {
    float *prediction, *target, *sample_weight, *row_loss;
    int32_t *labels;
} scratch;

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
static denoise_status weights_of(denoise__loss_args *args, scratch *s, const denoise_loss *loss, const denoise_tensor *weight,
                                 const denoise__shape *prediction)
{
    int64_t samples = prediction->dim[0];
    denoise__shape rows = *prediction;
    rows.rank -= 1;
    bool per_sample = weight->size == samples && weight->shape.rank >= 1 && weight->shape.dim[0] == samples;
    if (!per_sample && !denoise__shape_equal(&weight->shape, &rows)) {
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

static denoise_status prepare(denoise__loss_args *args, scratch *s, const denoise_loss *loss, const denoise_tensor *target,
                              const denoise_tensor *prediction, const denoise_tensor *weight)
{
    args->columns = prediction->shape.dim[prediction->shape.rank - 1];
    args->rows = prediction->size / args->columns;
    DENOISE__TRY(floats_of(&args->prediction, &s->prediction, prediction));
    if (denoise__loss_kind_of(loss)->sparse) {
        DENOISE__TRY(labels_of(&s->labels, loss, target, args->columns));
        args->labels = s->labels;
    } else {
        DENOISE__TRY(floats_of(&args->target, &s->target, target));
    }
    if (weight != NULL) DENOISE__TRY(weights_of(args, s, loss, weight, &prediction->shape));
    void *memory;
    DENOISE__TRY(room(&memory, args->rows, sizeof(float)));
    args->row_loss = s->row_loss = memory;
    return DENOISE_OK;
}

static void release(scratch *s)
{
    denoise__release(s->prediction);
    denoise__release(s->target);
    denoise__release(s->sample_weight);
    denoise__release(s->row_loss);
    denoise__release(s->labels);
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
    scratch memory = {0};
    denoise_tensor *slope = NULL;
    denoise_status status;
    DENOISE__TRY_OR_FAIL(prepare(&args, &memory, loss, target, prediction, sample_weight));
    if (gradient != NULL) {
        DENOISE__TRY_OR_FAIL(denoise__tensor_make(&slope, DENOISE_FLOAT32, &prediction->shape));
        args.gradient = slope->data;
    }
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    double result = denoise__loss_run(loss, &args, 1);
    denoise__fp_leave(&caller);
    if (value != NULL) *value = result;
    if (gradient != NULL) *gradient = slope;
    release(&memory);
    return DENOISE_OK;
fail:
    denoise_tensor_free(slope);
    release(&memory);
    return status;
}
