/* SPDX-License-Identifier: Apache-2.0 */
/* Models, data and ways of training that are drawn from a number: the same number gives the same. */
#ifndef DENOISE_TESTS_DRAWN_MODEL_H
#define DENOISE_TESTS_DRAWN_MODEL_H

#include "support/nets.h"
#include <stdbool.h>
#include <stdint.h>

enum { DRAWN_ENDS = 3 };

typedef struct drawn_model {
    denoise_model *model;
    int32_t inputs, outputs;
    bool is_smooth;  /* no kink that a central difference could meet */
    bool is_batched; /* a layer looks across the batch in training */
    bool has_test_kinds;
    int32_t layers;
} drawn_model;

/* DENOISE_OK, or why these layers give no model. */
denoise_status drawn_model_make(drawn_model *out, uint64_t number);

/* Rows for its inputs and targets that suit its losses. */
typedef struct drawn_data {
    int64_t rows;
    denoise_tensor *x[DRAWN_ENDS], *y[DRAWN_ENDS], *weight[DRAWN_ENDS];
    denoise_tensor *whole[DRAWN_ENDS]; /* what x is a view of; NULL: of nothing */
    bool is_weighted;
    const char *losses[DRAWN_ENDS]; /* kinds; NULL: none */
} drawn_data;
void drawn_data_make(drawn_data *out, const drawn_model *model, uint64_t number, int64_t rows);
void drawn_data_free(drawn_data *data);

/* A trainer for them. watches: a metric on every output, whatever the number says. */
denoise_trainer *drawn_trainer(const drawn_model *model, const drawn_data *data, uint64_t number, bool watches);

/* What follows `state` (SplitMix64), below `bound`. */
int64_t drawn_below(uint64_t *state, int64_t bound);

#endif
