/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of a dataset, for one call that reads it: made when they are wanted, or ahead on a thread.
 *
 * A reader has all the memory it needs from the begin on. It has the dataset claimed, and a reference of it. Batches made ahead
 * lie in a ring of blocks, of which the one that was handed out last is not touched. The thread alone calls the caller's
 * functions then, one after the other in the order in which they would be called otherwise, so that the rows cannot differ. */
#ifndef DENOISE_DATA_READER_H
#define DENOISE_DATA_READER_H

#include "core/cpu.h"
#include "data/flow.h"

typedef struct denoise__reader denoise__reader;

typedef struct denoise__reader_options {
    int64_t batch_size; /* where the dataset has none */
    bool wants_values;  /* also where rows are those of tensors */
    denoise__host host;
    const denoise__fp_state *environment; /* of the host, for the thread's calls; NULL: as it is */
} denoise__reader_options;

denoise_status denoise__reader_open(denoise__reader **out, denoise_dataset *dataset, const denoise__reader_options *options);
/* Takes a denoise__reader; NULL is accepted. Waits for the thread, which ends behind the function that it is in. */
void denoise__reader_close(void *reader);

int64_t denoise__reader_batch_size(const denoise__reader *reader);
/* Batches of a pass; DENOISE__ROWS_* where rows are. */
int64_t denoise__reader_batches(const denoise__reader *reader);
/* A block of batch_size rows, for looking at its shapes. */
const denoise__rows *denoise__reader_sample(const denoise__reader *reader);
const denoise_dataset *denoise__reader_dataset(const denoise__reader *reader);

/* The next batch is number `batch` of the pass; what of another pass was not read is dropped. Fails later, in next. */
void denoise__reader_begin(denoise__reader *reader, int64_t pass, int64_t batch);
/* *rows: valid until the next call; count 0: the pass has ended. */
denoise_status denoise__reader_next(denoise__reader *reader, const denoise__rows **rows);

#endif
