/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion between element types: one plain loop per pair. */
#include "tensor/dtype.h"
#include "tensor/tensor.h"
#include <string.h>

/* Limits are powers of two, or small, hence exact in float and double. */
#define CUT_INT32(x)                                                                                                           \
    ((x) >= 2147483648.0f ? INT32_MAX : (x) >= -2147483648.0f ? (int32_t)(x) : (x) < -2147483648.0f ? INT32_MIN : 0)
#define CUT_INT64(x)                                                                                                           \
    ((x) >= 9223372036854775808.0f    ? INT64_MAX                                                                              \
     : (x) >= -9223372036854775808.0f ? (int64_t)(x)                                                                           \
     : (x) < -9223372036854775808.0f  ? INT64_MIN                                                                              \
                                      : 0)
#define CUT_UINT8(x)   ((x) >= 255.0f ? (uint8_t)255 : (x) > 0.0f ? (uint8_t)(x) : (uint8_t)0)
#define CAST_FLOAT(x)  ((float)(x))
#define CAST_DOUBLE(x) ((double)(x))
#define CAST_INT32(x)  ((int32_t)(x))
#define CAST_INT64(x)  ((int64_t)(x))
#define CAST_UINT8(x)  ((uint8_t)(x))

#define CONVERT(name, source, target, rule)                                                                                    \
    static void name(void *restrict to, const void *restrict from, int64_t count)                                              \
    {                                                                                                                          \
        target *restrict result = to;                                                                                          \
        const source *restrict values = from;                                                                                  \
        for (int64_t i = 0; i < count; i++)                                                                                    \
            result[i] = rule(values[i]);                                                                                       \
    }

CONVERT(float_to_double, float, double, CAST_DOUBLE)
CONVERT(float_to_int32, float, int32_t, CUT_INT32)
CONVERT(float_to_int64, float, int64_t, CUT_INT64)
CONVERT(float_to_uint8, float, uint8_t, CUT_UINT8)
CONVERT(double_to_float, double, float, CAST_FLOAT)
CONVERT(double_to_int32, double, int32_t, CUT_INT32)
CONVERT(double_to_int64, double, int64_t, CUT_INT64)
CONVERT(double_to_uint8, double, uint8_t, CUT_UINT8)
CONVERT(int32_to_float, int32_t, float, CAST_FLOAT)
CONVERT(int32_to_double, int32_t, double, CAST_DOUBLE)
CONVERT(int32_to_int64, int32_t, int64_t, CAST_INT64)
CONVERT(int32_to_uint8, int32_t, uint8_t, CAST_UINT8)
CONVERT(int64_to_float, int64_t, float, CAST_FLOAT)
CONVERT(int64_to_double, int64_t, double, CAST_DOUBLE)
CONVERT(int64_to_int32, int64_t, int32_t, CAST_INT32)
CONVERT(int64_to_uint8, int64_t, uint8_t, CAST_UINT8)
CONVERT(uint8_to_float, uint8_t, float, CAST_FLOAT)
CONVERT(uint8_to_double, uint8_t, double, CAST_DOUBLE)
CONVERT(uint8_to_int32, uint8_t, int32_t, CAST_INT32)
CONVERT(uint8_to_int64, uint8_t, int64_t, CAST_INT64)

typedef void (*converter)(void *restrict to, const void *restrict from, int64_t count);

/* [from][to]; NULL where both are the same */
static const converter converters[6][6] = {
    [DENOISE_FLOAT32] = {[DENOISE_FLOAT64] = float_to_double,
                         [DENOISE_INT32] = float_to_int32,
                         [DENOISE_INT64] = float_to_int64,
                         [DENOISE_UINT8] = float_to_uint8},
    [DENOISE_FLOAT64] = {[DENOISE_FLOAT32] = double_to_float,
                         [DENOISE_INT32] = double_to_int32,
                         [DENOISE_INT64] = double_to_int64,
                         [DENOISE_UINT8] = double_to_uint8},
    [DENOISE_INT32] = {[DENOISE_FLOAT32] = int32_to_float,
                       [DENOISE_FLOAT64] = int32_to_double,
                       [DENOISE_INT64] = int32_to_int64,
                       [DENOISE_UINT8] = int32_to_uint8},
    [DENOISE_INT64] = {[DENOISE_FLOAT32] = int64_to_float,
                       [DENOISE_FLOAT64] = int64_to_double,
                       [DENOISE_INT32] = int64_to_int32,
                       [DENOISE_UINT8] = int64_to_uint8},
    [DENOISE_UINT8] = {[DENOISE_FLOAT32] = uint8_to_float,
                       [DENOISE_FLOAT64] = uint8_to_double,
                       [DENOISE_INT32] = uint8_to_int32,
                       [DENOISE_INT64] = uint8_to_int64},
};

void denoise__convert(int32_t to_type, void *to, int32_t from_type, const void *from, int64_t count)
{
    const converter convert = converters[from_type][to_type];
    if (convert != NULL) {
        convert(to, from, count);
    } else if (count > 0) {
        memcpy(to, from, (size_t)(count * denoise__dtype_size(from_type)));
    }
}
