/* SPDX-License-Identifier: Apache-2.0 */
/* A fit as a case of the group "training" tells it. */
#ifndef DENOISE_TESTS_GOLDEN_TRAINING_H
#define DENOISE_TESTS_GOLDEN_TRAINING_H

#include "support/keras_config.h"

enum { TRAINING_ENDS = 4 }; /* inputs, outputs, models of a composite */

typedef struct training {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x[TRAINING_ENDS], *y[TRAINING_ENDS];
    int64_t input_count, output_count;
} training;

/* Builds the model of a case with its first weights, compiles and fits it. What it gives is kept. */
training *training_run(fixture *f, const char *name);
/* "x" or "noisy" of the data, in the shape of the model's input. */
denoise_tensor *training_source(fixture *f, json_t *text, const denoise_model *model);
/* The first rows of a tensor, kept. */
denoise_tensor *training_rows(fixture *f, denoise_tensor *tensor, int64_t rows);

#endif
