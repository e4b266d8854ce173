/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a dataset: what its rows are and the stages that they go through. Nothing here runs; data/flow.h does. */
#ifndef DENOISE_DATA_DATASET_H
#define DENOISE_DATA_DATASET_H

#include "data/rows.h"
#include <denoise/dataset.h>
#include <stdatomic.h>

enum { DENOISE__ROWS_UNKNOWN = -1, DENOISE__ROWS_ENDLESS = -2 };

typedef enum denoise__stage_kind {
    DENOISE__STAGE_TENSORS, /* the first stage is one of these two */
    DENOISE__STAGE_GENERATOR,
    DENOISE__STAGE_SHUFFLE,
    DENOISE__STAGE_TAKE,
    DENOISE__STAGE_SKIP,
    DENOISE__STAGE_REPEAT,
    DENOISE__STAGE_MAP
} denoise__stage_kind;

typedef denoise_status (*denoise__map_function)(denoise_tensor *const *x, denoise_tensor *const *y,
                                                denoise_tensor *const *sample_weight, const denoise_dataset_place *place,
                                                void *user_data);

typedef struct denoise__stage {
    denoise__stage_kind kind;
    int64_t rows;                        /* of a pass up to here; DENOISE__ROWS_* */
    int64_t count;                       /* of take, skip, repeat; the buffer of shuffle */
    uint64_t seed;                       /* of shuffle */
    denoise_dataset_generator generator; /* its x and y are not looked at any more */
    denoise__map_function map;
    void *user_data;
    void (*destroy)(void *user_data);
} denoise__stage;

struct denoise_dataset {
    atomic_int references;
    atomic_int readers; /* calls that read it; -1: one that has it alone, or a stage is being added */
    denoise__row_form form;
    int64_t stage_count, stage_capacity;
    denoise__stage *stages;
    int64_t batch_size; /* 0: the reader's */
    bool drops_remainder;
    bool calls_functions; /* of the caller's */
    int64_t prefetch;
};

void denoise__dataset_retain(denoise_dataset *dataset);
/* DENOISE_ERR_BUSY, or the dataset may be read until it is given back. */
denoise_status denoise__dataset_claim(denoise_dataset *dataset);
void denoise__dataset_give_back(denoise_dataset *dataset);

#endif
