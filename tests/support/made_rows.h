/* SPDX-License-Identifier: Apache-2.0 */
/* A generator for tests of datasets: it gives the rows of two tensors, over and over, and can misbehave. */
#ifndef DENOISE_TESTS_MADE_ROWS_H
#define DENOISE_TESTS_MADE_ROWS_H

#include <denoise/denoise.h>
#include <stdbool.h>

typedef struct made_rows {
    const denoise_tensor *x, *y; /* float32 (n, ...); y NULL: no targets */
    int64_t total;               /* rows of a pass; -1: without end */
    int64_t most;                /* rows of a call at most; 0: as many as there is room for */
    int64_t lies_at, lie;        /* the call, counted from 1, that answers `lie` rows; 0: none */
    int64_t fails_at;            /* the call, counted from 1, that fails; 0: none */
    denoise_status failure;
    void (*also)(struct made_rows *made, denoise_tensor *const *x); /* called in each call of next; may be NULL */
    void *data;                                                     /* for it */
    int64_t at;                                                     /* the row that comes next */
    int64_t calls, restarts, seeks, destroyed, last_pass;
} made_rows;

/* A table of its functions, with restart and seek if they are wanted. like_x and like_y must live until it was used. */
denoise_dataset_generator made_rows_table(made_rows *made, bool restarts, bool seeks);
/* A dataset of it; `rows` is what it announces. */
denoise_dataset *made_rows_dataset(made_rows *made, int64_t rows, bool restarts);
void made_rows_destroy(void *user_data);

#endif
