/* SPDX-License-Identifier: Apache-2.0 */
/* Small arrays written down in tables, as tensors. */
#ifndef DENOISE_TESTS_ARRAYS_H
#define DENOISE_TESTS_ARRAYS_H

#include "support/cmocka_test.h"
#include <denoise/tensor.h>
#include <math.h>

/* Type, rank, shape and elements; dtype 0 stands for no tensor. */
typedef struct array {
    int32_t dtype, rank;
    int64_t shape[DENOISE_MAX_RANK];
    double values[16];
} array;

#define LENGTH(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* A tensor with these elements; NULL for dtype 0. */
denoise_tensor *array_tensor(const array *wanted);
/* Fails the test unless type, shape and elements are the same (NaN equals NaN, -0 differs from 0). */
void array_check(const denoise_tensor *tensor, const array *wanted, const char *table, int row);
/* Fails the test unless the last failure had this status and this text in its message. */
void expect_failure(denoise_status status, denoise_status wanted, const char *text);

#endif
