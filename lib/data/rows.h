/* SPDX-License-Identifier: Apache-2.0 */
/* A block of a dataset's rows: where each came from, and its values. */
#ifndef DENOISE_DATA_ROWS_H
#define DENOISE_DATA_ROWS_H

#include "tensor/tensor.h"

/* What rows of a dataset consist of: inputs, targets, and a weight per target. */
typedef struct denoise__row_form {
    int64_t input_count, target_count;
    int64_t part_count;    /* inputs, targets, weights */
    denoise_tensor **like; /* per part, owned: element type and shape (any rows, ...); NULL: no such weight */
} denoise__row_form;

typedef struct denoise__rows {
    int64_t room, count;
    int64_t *origin;        /* (room): the row of the tensors, or of the generator's pass */
    int64_t part_count;     /* 0: there are no values, the origins say all */
    denoise_tensor **parts; /* (room, ...); NULL: no such weight */
    denoise_tensor **lent;  /* views of some of the rows, for functions of the caller's */
} denoise__rows;

/* Values are not set. */
denoise_status denoise__rows_new(denoise__rows **out, const denoise__row_form *form, int64_t room, bool has_values);
void denoise__rows_free(denoise__rows *rows); /* accepts NULL */

void denoise__rows_clear(denoise__rows *rows); /* values become 0 */

/* Copies rows of a block of the same form; origins alone where that has no values. */
void denoise__rows_copy(denoise__rows *to, int64_t at, const denoise__rows *from, int64_t from_at, int64_t count);
/* Copies values that tensors of the same form have in the rows that the origins name. */
void denoise__rows_gather(denoise__rows *to, int64_t at, int64_t count, denoise_tensor *const *tensors);

/* Makes the views show rows at..at+count-1, and lets nobody free them; take back before they are freed or lent again. */
void denoise__rows_lend(denoise__rows *rows, int64_t at, int64_t count);
void denoise__rows_take_back(denoise__rows *rows);

#endif
