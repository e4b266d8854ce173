/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction in batches; the trainer uses it with its callbacks. */
#ifndef DENOISE_MODELS_PREDICT_H
#define DENOISE_MODELS_PREDICT_H

#include "models/plan.h"

/* *convolution: DENOISE__CONVOLUTION_* (kernels/engine.h). */
denoise_status denoise__predict_options_check(const denoise_predict_options *options, denoise_predict_options *known,
                                              int32_t *convolution);

/* denoise_workspace_new() with a wish for the form of convolutions; `out` and `model` are there, rows >= 1. */
denoise_status denoise__workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows, int32_t convolution);

/* Inputs of a model: number, shapes of one sample, equal numbers of rows (written to *rows). */
denoise_status denoise__check_inputs(const denoise_model *model, const denoise_tensor *const *x, int64_t count, int64_t *rows);

/* Takes and frees the shared lock of the weights. On failure out[] is all NULL. */
denoise_status denoise__predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *const *x,
                                int64_t batch_size, int32_t convolution);

/* Lays a workspace out for rows like these, which denoise__check_inputs() has let pass; allocates nothing where it is. On
 * failure it is laid out for none. */
denoise_status denoise__workspace_fit(denoise_workspace *workspace, const denoise_tensor *const *x);
/* The model for the sizes that it is laid out for; NULL: none. */
const denoise_model *denoise__workspace_model(const denoise_workspace *workspace);

/* Rows 0..rows-1 of the tensors x, which the workspace is laid out for, into out, which fit too and lie elsewhere. Under the
 * lock of the weights. Allocates nothing. */
denoise_status denoise__workspace_run(denoise_workspace *workspace, denoise_tensor *const *out, const denoise_tensor *const *x,
                                      int64_t rows);

#endif
