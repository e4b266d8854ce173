/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: sizes, names, promotion. */
#include "tensor/dtype.h"
#include "core/variable.h"

enum { F32 = DENOISE_FLOAT32, F64 = DENOISE_FLOAT64, I32 = DENOISE_INT32, I64 = DENOISE_INT64, U8 = DENOISE_UINT8 };

_Static_assert((int)DENOISE__VARIABLE_FLOAT32 == (int)F32 && (int)DENOISE__VARIABLE_FLOAT64 == (int)F64 &&
                   (int)DENOISE__VARIABLE_INT64 == (int)I64 && (int)DENOISE__VARIABLE_UINT8 == (int)U8,
               "core/variable.h must have the numbers of denoise/tensor.h");

int64_t denoise__dtype_size(int32_t dtype)
{
    switch (dtype) {
    case F32:
    case I32:
        return 4;
    case F64:
    case I64:
        return 8;
    case U8:
        return 1;
    default:
        return 0;
    }
}

const char *denoise__dtype_name(int32_t dtype)
{
    static const char *const names[] = {"unknown", "float32", "float64", "int32", "int64", "uint8"};
    return dtype >= F32 && dtype <= U8 ? names[dtype] : names[0];
}

denoise_status denoise__dtype_check(int32_t dtype)
{
    if (denoise__dtype_size(dtype) > 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_DTYPE, "dtype must be DENOISE_FLOAT32 .. DENOISE_UINT8 (1..5), got %d", (int)dtype);
}

bool denoise__dtype_is_float(int32_t dtype)
{
    return dtype == F32 || dtype == F64;
}

int32_t denoise__dtype_promote(int32_t a, int32_t b)
{
    /* numpy.promote_types: the smallest type that holds all values of both, up to float64 */
    static const int32_t table[6][6] = {
        {0, 0, 0, 0, 0, 0},           {0, F32, F64, F64, F64, F32}, {0, F64, F64, F64, F64, F64},
        {0, F64, F64, I32, I64, I32}, {0, F64, F64, I64, I64, I64}, {0, F32, F64, I32, I64, U8},
    };
    return table[a][b];
}

bool denoise__dtype_same_kind(int32_t from, int32_t to)
{
    if (denoise__dtype_is_float(from)) return denoise__dtype_is_float(to);
    return from == U8 || to != U8; /* signed into unsigned changes the kind */
}
