/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: rows of the caller's arrays brought into a session, in float32 and whole-number labels. */
#ifndef DENOISE_TRAIN_BATCHES_H
#define DENOISE_TRAIN_BATCHES_H

#include "train/trainer.h"

/* Arrays of a run, or a range of their rows. */
typedef struct denoise__arrays {
    const denoise_tensor *const *x;
    const denoise_tensor *const *y;
    const denoise_tensor *const *sample_weight; /* per output; NULL = none, also entries */
    int64_t first, rows;
    const int64_t *order;       /* row i of a run is row first + order[i]; NULL = in order */
    const int64_t *names;       /* what row i of a run is called in messages; NULL = as the row of the arrays that it is */
    const double *class_weight; /* NULL = none */
    int64_t class_count;
    bool check_finite; /* NaN and Inf in inputs, targets and weights are errors */
    bool keep_metrics; /* metrics must not change their form for these targets: another array of the run has set it */
} denoise__arrays;

/* Shapes, numbers of rows, and what metrics become for these targets. */
denoise_status denoise__arrays_check(denoise_trainer *trainer, denoise__arrays *arrays, int64_t input_count,
                                     int64_t output_count);

/* The row of the arrays that is row `row` of the run. */
int64_t denoise__arrays_row(const denoise__arrays *arrays, int64_t row);
/* Its number for the caller: of the row of his arrays, or of a dataset's pass. */
int64_t denoise__arrays_name(const denoise__arrays *arrays, int64_t row);
/* Brings in rows start..start+count-1 of the run. Labels out of range, and NaN where they are checked, name the row. */
denoise_status denoise__batch_load(denoise_trainer *trainer, denoise__session *session, const denoise__arrays *arrays,
                                   int64_t start, int64_t count);
/* Inputs, and targets that were not copied, are read where they are, unchecked: these find the first number that is not finite.
 */
denoise_status denoise__batch_check_inputs(const denoise_trainer *trainer, const denoise__session *session, int64_t count);
denoise_status denoise__batch_check_targets(const denoise_trainer *trainer, const denoise__session *session, int64_t count);

/* x and y of a public function are not NULL; is_one: nor are the single tensors that they point to. */
denoise_status denoise__check_data(const char *function, const denoise_tensor *const *x, const denoise_tensor *const *y,
                                   bool is_one);

#endif
