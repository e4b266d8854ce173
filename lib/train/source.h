/* SPDX-License-Identifier: Apache-2.0 */
/* Where fit and evaluate have their batches from: arrays of the caller's, or a dataset.
 *
 * A source is read in passes. A batch is a view: rows start..start+count-1 of `arrays`, which for arrays are the caller's own,
 * read where they lie, and for a dataset the tensors of its rows, or a block that they were brought into. Passes, and batches
 * in them, have numbers, so that a fit can go on in the middle: which pass, which batch, is all the state that a source has. */
#ifndef DENOISE_TRAIN_SOURCE_H
#define DENOISE_TRAIN_SOURCE_H

#include "data/reader.h"
#include "train/batches.h"

typedef struct denoise__source denoise__source;

typedef struct denoise__source_ops {
    /* The next batch is number `batch` of pass `pass`: in fit the trainer's steps as it began, else 0. */
    denoise_status (*begin)(denoise__source *source, int64_t pass, int64_t batch);
    /* *count rows of source->arrays from *start on; 0: the pass has ended. */
    denoise_status (*next)(denoise__source *source, int64_t *start, int64_t *count);
} denoise__source_ops;

struct denoise__source {
    const denoise__source_ops *ops; /* NULL: there is none */
    denoise__arrays arrays;         /* of the batch that came last */
    int64_t batch_size;             /* at most */
    int64_t rows, batches;          /* of a pass; DENOISE__ROWS_UNKNOWN, DENOISE__ROWS_ENDLESS */
    /* Of arrays. */
    int64_t at;          /* the next row */
    bool shuffles;       /* anew in each pass, into `order` */
    uint64_t seed;       /* of shuffling */
    int64_t *order;      /* held by the trainer */
    const int64_t *kept; /* the rows of the arrays that this source has, where it has not all; held by the trainer */
    /* Of a dataset. */
    denoise__reader *reader; /* held by the trainer */
    denoise_trainer *trainer;
    int32_t use; /* of the trainer, while a function of the caller's runs */
};

/* Rows of arrays, which were checked. `kept`, where not all rows are meant: arrays->rows row numbers. */
void denoise__source_of_arrays(denoise__source *source, const denoise__arrays *arrays, int64_t batch_size, const int64_t *kept);
/* Makes room for shuffling. */
denoise_status denoise__source_shuffle(denoise__source *source, denoise_trainer *trainer, uint64_t seed);
/* Opens a dataset and checks that its rows are what the trainer takes. `arrays` says how they are used; the rest of it is
 * written. The source must stay where it is. Within a call that uses the trainer. */
denoise_status denoise__source_of_dataset(denoise__source *source, denoise_trainer *trainer, denoise_dataset *dataset,
                                          const denoise__arrays *arrays, int64_t batch_size);

#endif
