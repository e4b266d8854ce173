/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: size, name, checks, promotion, conversion. */
#ifndef DENOISE_TENSOR_DTYPE_H
#define DENOISE_TENSOR_DTYPE_H

#include "core/error.h"
#include <denoise/tensor.h>
#include <stdbool.h>

int64_t denoise__dtype_size(int32_t dtype);         /* bytes; 0 for no dtype */
const char *denoise__dtype_name(int32_t dtype);     /* "float32"; "unknown" for no dtype */
denoise_status denoise__dtype_check(int32_t dtype); /* DENOISE_ERR_DTYPE for no dtype */
bool denoise__dtype_is_float(int32_t dtype);
int32_t denoise__dtype_promote(int32_t a, int32_t b);    /* numpy.promote_types */
bool denoise__dtype_same_kind(int32_t from, int32_t to); /* numpy.can_cast(from, to, "same_kind") */

/* Converts count elements; from and to must not overlap. Whole numbers into narrower ones wrap; real numbers into whole ones
 * are cut towards 0, too large ones become the nearest limit, NaN becomes 0 (C leaves both undefined). */
void denoise__convert(int32_t to_type, void *to, int32_t from_type, const void *from, int64_t count);

#endif
