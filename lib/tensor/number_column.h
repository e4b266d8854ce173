/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of numbers as NumPy prints them by default: the shortest digits that read back as the same number, at most 8
 * after the point, or all of them with an exponent where sizes differ much. */
#ifndef DENOISE_TENSOR_NUMBER_COLUMN_H
#define DENOISE_TENSOR_NUMBER_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DENOISE__NUMBER_SIZE 64

/* What the numbers of a column have in common. Zero except for dtype, then every number goes through _range, then every
 * number through _widen; after that _text writes them. */
typedef struct denoise__column {
    int32_t dtype;
    bool is_scientific;
    double least, greatest; /* of the finite numbers' magnitudes, 0 left out */
    int32_t left, right;    /* characters before and after the point */
    int32_t exponent;       /* digits of the exponent */
    int32_t other;          /* width of the widest nan or inf */
} denoise__column;

/* `element` points to a number of the column's type. */
void denoise__column_range(denoise__column *column, const void *element);
void denoise__column_widen(denoise__column *column, const void *element);
void denoise__column_text(const denoise__column *column, const void *element, char text[DENOISE__NUMBER_SIZE]);

/* A number alone, as NumPy writes an array of rank 0: "0.1", "3.0", "7", "2.4672187e+09". */
void denoise__number_text(int32_t dtype, const void *element, char text[DENOISE__NUMBER_SIZE]);

#endif
