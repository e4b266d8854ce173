/* SPDX-License-Identifier: Apache-2.0 */
/* Trainings of all sorts, small, with recorders between all callbacks. */
#ifndef DENOISE_TESTS_FAULTS_TRAIN_CASE_H
#define DENOISE_TESTS_FAULTS_TRAIN_CASE_H

#include "faults/recorder.h"
#include "support/temp_dir.h"
#include <stdbool.h>

typedef struct train_variant {
    const char *name;
    denoise_model *(*model)(void);
    const char *optimizer, *loss, *metric;
    int64_t outputs; /* 2: model of two inputs and outputs, losses of its own */
    bool splits;     /* validation data cut off the training data; else given */
    bool weights;    /* sample weights */
    bool classes;    /* labels, with class weights */
    bool plain;      /* no callbacks but one recorder */
    bool warm;       /* the trainer has trained before */
    int64_t epochs;  /* 0: two */
    int32_t verbose, no_shuffle;
} train_variant;

extern const train_variant train_variants[];
extern const int64_t train_variant_count;

enum { TRAIN_ROWS = 20 };

typedef struct train_case {
    const train_variant *variant;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_callback *stopping;
    denoise_tensor *x[2], *y[2], *weight[2];
    recorder recorder;
    temp_dir dir;
} train_case;

void train_case_make(train_case *t, const train_variant *variant);
void train_case_free(train_case *t);
denoise_status train_case_fit(train_case *t);
denoise_status train_case_evaluate(train_case *t, denoise_logs **out);
/* One output only. */
denoise_status train_case_predict(train_case *t, denoise_tensor **out);
/* Weights, the optimizer's state and the number of steps are those of the other from now on. */
void train_case_follow(train_case *t, const train_case *other);
/* Weights, optimizer, history, files. */
uint64_t train_case_state(const train_case *t);

#endif
