/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"
#include <inttypes.h>
#include <math.h>

/* One label as int64, cut towards 0; NaN is no label. */
static denoise_status read_label(int64_t *label, const denoise_tensor *labels, int64_t position)
{
    const char *data = (const char *)labels->data + position * denoise__dtype_size(labels->dtype);
    if (denoise__dtype_is_float(labels->dtype)) {
        double number = 0;
        denoise__convert(DENOISE_FLOAT64, &number, labels->dtype, data, 1);
        if (isnan(number)) return denoise__fail(DENOISE_ERR_RANGE, "label at position %" PRId64 " is nan", position);
    }
    denoise__convert(DENOISE_INT64, label, labels->dtype, data, 1);
    return DENOISE_OK;
}

/* max(labels) + 1 */
static denoise_status count_classes(int64_t *classes, const denoise_tensor *labels)
{
    if (labels->size == 0) return denoise__fail(DENOISE_ERR_SHAPE, "there are no labels, classes must be given");
    int64_t greatest = INT64_MIN;
    for (int64_t i = 0; i < labels->size; i++) {
        int64_t label = 0;
        DENOISE__TRY(read_label(&label, labels, i));
        if (label > greatest) greatest = label;
    }
    if (greatest == INT64_MAX) return denoise__fail(DENOISE_ERR_OVERFLOW, "label %" PRId64 " is too large", greatest);
    *classes = greatest >= 0 ? greatest + 1 : 0;
    return DENOISE_OK;
}

static denoise_status one_hot_shape(denoise__shape *out, const denoise_tensor *labels, int64_t classes)
{
    denoise__shape shape = labels->shape;
    if (shape.rank > 1 && shape.dim[shape.rank - 1] == 1) shape.rank--;
    if (shape.rank == DENOISE_MAX_RANK)
        return denoise__fail(DENOISE_ERR_SHAPE, "labels have rank %d, no axis can be added", shape.rank);
    shape.dim[shape.rank++] = classes;
    return denoise__shape_make(out, shape.dim, shape.rank, NULL);
}

static denoise_status set_ones(denoise_tensor *out, const denoise_tensor *labels, int64_t classes)
{
    float *values = out->data;
    for (int64_t i = 0; i < labels->size; i++) {
        int64_t label = 0;
        DENOISE__TRY(read_label(&label, labels, i));
        if (label >= classes || label < -classes)
            return denoise__fail(DENOISE_ERR_RANGE, "label at position %" PRId64 " is %" PRId64 ", expected less than %" PRId64,
                                 i, label, classes);
        values[i * classes + (label < 0 ? label + classes : label)] = 1;
    }
    return DENOISE_OK;
}

static denoise_status one_hot(denoise_tensor **out, const denoise_tensor *labels, int64_t classes)
{
    if (classes < 1 && classes != -1)
        return denoise__fail(DENOISE_ERR_RANGE, "classes must be >= 1, or -1 for the greatest label + 1, got %" PRId64,
                             classes);
    if (classes == -1) DENOISE__TRY(count_classes(&classes, labels));
    denoise__shape shape;
    denoise_tensor *result = NULL;
    DENOISE__TRY(one_hot_shape(&shape, labels, classes));
    DENOISE__TRY(denoise__tensor_make(&result, DENOISE_FLOAT32, &shape));
    const denoise_status status = set_ones(result, labels, classes);
    if (status != DENOISE_OK) {
        denoise_tensor_free(result);
        return status;
    }
    *out = result;
    return DENOISE_OK;
}

denoise_status denoise_tensor_one_hot(denoise_tensor **out, const denoise_tensor *labels, int64_t classes)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(labels);
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise_status status = one_hot(out, labels, classes);
    denoise__fp_leave(&state);
    return status;
}
