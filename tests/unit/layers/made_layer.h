/* SPDX-License-Identifier: Apache-2.0 */
/* Layers made from a line of settings, and what they make of given numbers. */
#ifndef DENOISE_TESTS_MADE_LAYER_H
#define DENOISE_TESTS_MADE_LAYER_H

#include "layer_run.h"

/* settings: "pool_size=2,3 padding=same antialias=true fill_value=0.5"; numbers with a comma are a list. */
denoise_layer *made_layer(const char *kind, const char *settings);
denoise__shape shape_of(int32_t rank, const int64_t *lengths);
#define SHAPE(...) shape_of((int32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

/* One sample x of this shape becomes y, and dy becomes dx: exactly, or by `tolerance`; NaN is NaN. dy, dx NULL: only y. */
void expect_values(const char *kind, const char *settings, denoise__shape shape, const float *x, const float *y,
                   const float *dy, const float *dx, double tolerance);
/* The layer makes this shape of that one, or fails with DENOISE_ERR_SHAPE and this text, or is inert with `status`. */
void expect_shape(const char *kind, const char *settings, denoise__shape shape, denoise__shape expected);
void expect_no_shape(const char *kind, const char *settings, denoise__shape shape, const char *text);
void expect_inert(const char *kind, const char *settings, denoise_status status, const char *text);
/* Gradients against differences in double, on random numbers; and the same bits on any number of threads. */
void expect_gradients(const char *kind, const char *settings, denoise__shape shape, double step);
void expect_threads(const char *kind, const char *settings, denoise__shape shape, int64_t batch);
/* With channels first, the numbers are those with channels last: of `settings` with data_format=channels_first. */
void expect_channels_first(const char *kind, const char *settings, denoise__shape last);

#endif
