/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/labels.h"
#include "core/text.h"
#include "tensor/tensor.h"

static denoise_status check_rows(const char *name, const denoise_tensor *tensor, int64_t shown, bool classes)
{
    char text[192];
    const denoise__shape *shape = &tensor->shape;
    denoise__shape_text(shape, false, text, sizeof text);
    bool vector = shape->rank == 1 || (shape->rank == 2 && (classes || shape->dim[1] == 1));
    if (!vector || (shape->rank == 2 && shape->dim[1] == 0))
        return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, expected %s", name, text,
                             classes ? "(n, classes) or (n)" : "(n) or (n, 1)");
    if (shape->dim[0] < shown)
        return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, too few for the %lld images shown", name, text,
                             (long long)shown);
    return DENOISE_OK;
}

denoise_status denoise__labels_check(const denoise__labels *labels, int64_t shown)
{
    if (labels->texts != NULL && labels->predictions != NULL)
        return denoise__fail(DENOISE_ERR_INVALID, "labels and predictions are both given, expected one of them");
    if (labels->expected != NULL && labels->predictions == NULL)
        return denoise__fail(DENOISE_ERR_INVALID, "expected is given without predictions to compare it with");
    if (labels->texts != NULL && labels->text_count < shown)
        return denoise__fail(DENOISE_ERR_SHAPE, "label_count is %lld, too few for the %lld images shown",
                             (long long)labels->text_count, (long long)shown);
    if (labels->class_names != NULL && labels->class_count < 0)
        return denoise__fail(DENOISE_ERR_RANGE, "class_count is %lld, expected at least 0", (long long)labels->class_count);
    if (labels->predictions != NULL) DENOISE__TRY(check_rows("predictions", labels->predictions, shown, true));
    if (labels->expected != NULL) DENOISE__TRY(check_rows("expected", labels->expected, shown, false));
    return DENOISE_OK;
}

bool denoise__labels_any(const denoise__labels *labels)
{
    return labels->texts != NULL || labels->predictions != NULL;
}

static denoise_status whole_number(const char *name, const denoise_tensor *tensor, int64_t index, int64_t *out)
{
    double value;
    DENOISE__TRY(denoise_tensor_item(tensor, index, &value));
    if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0) || value != (double)(int64_t)value)
        return denoise__fail(DENOISE_ERR_RANGE, "%s has %g at %lld, expected the number of a class", name, value,
                             (long long)index);
    *out = (int64_t)value;
    return DENOISE_OK;
}

/* numpy.argmax: the first of the greatest, a NaN counts as greatest. */
static denoise_status predicted_class(const denoise_tensor *predictions, int64_t index, int64_t *out)
{
    if (predictions->shape.rank == 1) return whole_number("predictions", predictions, index, out);
    int64_t classes = predictions->shape.dim[1];
    double best = 0;
    for (int64_t i = 0; i < classes; i++) {
        double value;
        DENOISE__TRY(denoise_tensor_item(predictions, index * classes + i, &value));
        if (i == 0 || value > best || (value != value && best == best)) {
            best = value;
            *out = i;
        }
    }
    return DENOISE_OK;
}

static void class_text(const denoise__labels *labels, int64_t number, char *buffer, size_t size)
{
    if (labels->class_names != NULL && number >= 0 && number < labels->class_count && labels->class_names[number] != NULL)
        denoise__format(buffer, size, "%s", labels->class_names[number]);
    else
        denoise__format(buffer, size, "%lld", (long long)number);
}

denoise_status denoise__labels_get(const denoise__labels *labels, int64_t index, char *buffer, size_t size, bool *is_wrong)
{
    int64_t predicted = 0, expected = 0;
    buffer[0] = 0;
    *is_wrong = false;
    if (labels->texts != NULL && labels->texts[index] != NULL) denoise__format(buffer, size, "%s", labels->texts[index]);
    if (labels->predictions == NULL) return DENOISE_OK;
    DENOISE__TRY(predicted_class(labels->predictions, index, &predicted));
    class_text(labels, predicted, buffer, size);
    if (labels->expected == NULL) return DENOISE_OK;
    DENOISE__TRY(whole_number("expected", labels->expected, index, &expected));
    if (predicted == expected) return DENOISE_OK;
    char first[120], second[120];
    class_text(labels, predicted, first, sizeof first);
    class_text(labels, expected, second, sizeof second);
    denoise__format(buffer, size, "%s (%s)", first, second);
    *is_wrong = true;
    return DENOISE_OK;
}
