/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "core/memory.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"
#include <inttypes.h>
#include <math.h>

/* ceil((stop - start) / step), 0 when negative. */
static denoise_status count_steps(int64_t *count, double start, double stop, double step)
{
    double length = step == 0 ? NAN : (stop - start) / step;
    if (isnan(length) || isinf(start))
        return denoise__fail(DENOISE_ERR_INVALID, "arange needs numbers and a step other than 0, got %g, %g, %g", start, stop,
                             step);
    if (length == 0 && stop != start && !signbit(length)) length = 1; /* the quotient was too small for a double */
    length = ceil(length);
    if (length >= 9223372036854775808.0)
        return denoise__fail(DENOISE_ERR_OVERFLOW, "arange from %g to %g by %g has more elements than 64 bits can count", start,
                             stop, step);
    *count = length > 0 ? (int64_t)length : 0;
    return DENOISE_OK;
}

/* NumPy's fill: the first two numbers as they are, all others first + i * difference in the element type. */
static void fill_float32(float *values, int64_t count, double start, double step)
{
    const float first = (float)start, delta = (float)(start + step) - first;
    for (int64_t i = 2; i < count; i++)
        values[i] = first + (float)i * delta;
    if (count > 0) values[0] = first;
    if (count > 1) values[1] = (float)(start + step);
}

static void fill_float64(double *values, int64_t count, double start, double step)
{
    const double delta = start + step - start;
    for (int64_t i = 2; i < count; i++)
        values[i] = start + (double)i * delta;
    if (count > 0) values[0] = start;
    if (count > 1) values[1] = start + step;
}

static bool to_whole(double number, int64_t *whole)
{
    if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0)) return false;
    *whole = (int64_t)number;
    return true;
}

static bool fits(int64_t value, int32_t dtype)
{
    if (dtype == DENOISE_INT32) return value >= INT32_MIN && value <= INT32_MAX;
    if (dtype == DENOISE_UINT8) return value >= 0 && value <= UINT8_MAX;
    return true;
}

/* Whole types cut start and start + step towards 0; the last number is the farthest one. */
static denoise_status whole_steps(int64_t *first, int64_t *delta, int32_t dtype, int64_t count, double start, double step)
{
    int64_t second = 0, way = 0, last = 0;
    bool good = to_whole(start, first) && fits(*first, dtype);
    *delta = 0;
    if (good && count > 1)
        good = to_whole(start + step, &second) && fits(second, dtype) && *first != INT64_MIN &&
               denoise__add(second, -*first, delta) && denoise__multiply(*delta, count - 1, &way) &&
               denoise__add(*first, way, &last) && fits(last, dtype);
    if (good) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "%" PRId64 " numbers from %.17g by %.17g do not fit %s", count, start, step,
                         denoise__dtype_name(dtype));
}

static void fill_whole(denoise_tensor *tensor, int64_t first, int64_t delta)
{
    const int64_t item = denoise__dtype_size(tensor->dtype);
    for (int64_t i = 0; i < tensor->size; i++) {
        const int64_t value = first + i * delta;
        denoise__convert(tensor->dtype, (char *)tensor->data + i * item, DENOISE_INT64, &value, 1);
    }
}

static denoise_status arange(denoise_tensor **out, int32_t dtype, double start, double stop, double step)
{
    denoise__shape shape = {.rank = 1};
    int64_t first = 0, delta = 0;
    DENOISE__TRY(count_steps(&shape.dim[0], start, stop, step));
    const bool whole = !denoise__dtype_is_float(dtype);
    if (whole && shape.dim[0] > 0) DENOISE__TRY(whole_steps(&first, &delta, dtype, shape.dim[0], start, step));
    DENOISE__TRY(denoise__tensor_make_unset(out, dtype, &shape));
    if (whole) fill_whole(*out, first, delta);
    if (dtype == DENOISE_FLOAT32) fill_float32((*out)->data, (*out)->size, start, step);
    if (dtype == DENOISE_FLOAT64) fill_float64((*out)->data, (*out)->size, start, step);
    return DENOISE_OK;
}

denoise_status denoise_tensor_arange(denoise_tensor **out, int32_t dtype, double start, double stop, double step)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__TRY(denoise__dtype_check(dtype));
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise_status status = arange(out, dtype, start, stop, step);
    denoise__fp_leave(&state);
    return status;
}
