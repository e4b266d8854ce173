/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset at work: a node per stage, each of which pulls rows from the one before it into memory of who asks. A flow is
 * made with all the memory that it needs; pulling allocates nothing.
 *
 * As long as rows are those of tensors, they travel as origins alone; a node that gathers their values is put in before the
 * first stage that looks at them, or not at all. */
#ifndef DENOISE_DATA_FLOW_H
#define DENOISE_DATA_FLOW_H

#include "data/dataset.h"

/* Around calls of the caller's functions: what the host has to be put back into, and out of. NULL functions do nothing. */
typedef struct denoise__host {
    void (*step_out)(void *context);
    void (*step_in)(void *context);
    void *context;
} denoise__host;

typedef struct denoise__flow denoise__flow;

/* The dataset, which must be claimed, and the host must outlive the flow. */
denoise_status denoise__flow_new(denoise__flow **out, const denoise_dataset *dataset, const denoise__host *host,
                                 bool wants_values);
void denoise__flow_free(denoise__flow *flow); /* accepts NULL */
/* Whether rows have values; if not, their origins are rows of the dataset's tensors. */
bool denoise__flow_has_values(const denoise__flow *flow);

denoise_status denoise__flow_begin(denoise__flow *flow, int64_t pass);
/* Writes rows at, at + 1, ... of `to`, at least 1 and at most `room` >= 1; 0 = the pass has ended. */
denoise_status denoise__flow_pull(denoise__flow *flow, denoise__rows *to, int64_t at, int64_t room, int64_t *count);
/* Passes over rows; `spare` is written over. Ends early where the rows do. */
denoise_status denoise__flow_skip(denoise__flow *flow, int64_t rows, denoise__rows *spare);

#endif
