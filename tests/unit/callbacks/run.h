/* SPDX-License-Identifier: Apache-2.0 */
/* A small net and its trainer, to fit with a callback. */
#ifndef DENOISE_TESTS_CALLBACKS_RUN_H
#define DENOISE_TESTS_CALLBACKS_RUN_H

#include "support/nets.h"

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;    /* Adam, mean squared error, metric psnr */
    denoise_tensor *x, *y;       /* 10 rows */
    denoise_fit_options options; /* 3 epochs, silent */
} bench;

bench start(void);
void end(bench *b);
/* Fits with this callback alone. */
denoise_status fit_with(bench *b, denoise_callback *callback);

/* Early stopping that watches but does not stop. */
denoise_callback *stopping_on(const char *monitor, const char *mode);

/* An inert callback with that status, whose message has the text in it; frees it. */
void expect_inert(denoise_callback *callback, denoise_status status, const char *message);

#endif
