/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/metric_shapes.h"

static denoise_status fail_shapes(const denoise__shape *target, const denoise__shape *prediction, const char *expected)
{
    char given[192], other[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "target has shape %s, prediction has %s; %s",
                         denoise__shape_text(target, false, given, sizeof given),
                         denoise__shape_text(prediction, false, other, sizeof other), expected);
}

denoise_status denoise__metric_check_same(const void *config, const denoise__shape *target, const denoise__shape *prediction)
{
    (void)config;
    if (denoise__shape_equal(target, prediction) || denoise__shape_is_column_of(target, prediction) ||
        denoise__shape_is_column_of(prediction, target)) {
        return DENOISE_OK;
    }
    return fail_shapes(target, prediction, "expected equal shapes");
}

denoise_status denoise__metric_check_labels(const void *config, const denoise__shape *target, const denoise__shape *prediction)
{
    (void)config;
    if (prediction->rank >= 2) { /* a batch axis and columns */
        denoise__shape labels = *prediction, column = *prediction;
        labels.rank--;
        column.dim[column.rank - 1] = 1;
        if (denoise__shape_equal(target, &labels) || denoise__shape_equal(target, &column)) return DENOISE_OK;
    }
    return fail_shapes(target, prediction, "expected one label for each row of the prediction");
}

static denoise_status check_image(const denoise__shape *shape, const char *what, int64_t height, int64_t width)
{
    int64_t values = 1;
    for (int32_t i = 1; i < shape->rank; i++)
        values *= shape->dim[i];
    if (shape->rank >= 2 && values == height * width) return DENOISE_OK;
    char given[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, images of %lld x %lld need %lld values per sample", what,
                         denoise__shape_text(shape, false, given, sizeof given), (long long)height, (long long)width,
                         (long long)(height * width));
}

denoise_status denoise__metric_check_images(int64_t height, int64_t width, const denoise__shape *target,
                                            const denoise__shape *prediction)
{
    DENOISE__TRY(check_image(prediction, "prediction", height, width));
    DENOISE__TRY(check_image(target, "target", height, width));
    if (target->dim[0] == prediction->dim[0]) return DENOISE_OK;
    return fail_shapes(target, prediction, "expected equal numbers of samples");
}
