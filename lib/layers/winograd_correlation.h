/* SPDX-License-Identifier: Apache-2.0 */
/* y of x and dx of dy (layers/correlation.h) in another form, for kernels of 3 x 3 with strides and dilation of 1 and no
 * groups: Winograd's (kernels/winograd.h), with a quarter of the multiplications and bits of its own.
 *
 * The grid of tiles of 4 x 4 begins at row 0 and column 0 of what is written. What is read outside of the picture is zero. At
 * each of 36 points a number is one chain of fused multiply-adds over the channels that are read, ascending, from +0. dx is y
 * of dy with the kernel turned half around and its channels exchanged. */
#ifndef DENOISE_LAYERS_WINOGRAD_CORRELATION_H
#define DENOISE_LAYERS_WINOGRAD_CORRELATION_H

#include "layers/correlation.h"

/* Whether the correlation has this form. */
bool denoise__winograd_fits(const denoise__correlation *correlation);
/* Whether it is also faster: by the channels alone, so that a layer has one form whatever its pictures' size. */
bool denoise__winograd_pays(const denoise__correlation *correlation);

/* As in layers/correlation.h, of one that fits. */
int64_t denoise__winograd_packed(const denoise__correlation *correlation, bool adjoint);
void denoise__winograd_pack(const denoise__correlation *correlation, const float *kernel, float *packed, bool adjoint);

/* Floats of scratch for `batch` samples or fewer. */
int64_t denoise__winograd_scratch(const denoise__correlation *correlation, bool adjoint, int64_t batch);

/* end may be NULL; scratch is 64-byte aligned. */
void denoise__winograd_run(const denoise__correlation *correlation, bool adjoint, const float *from, const float *packed,
                           float *to, int64_t batch, float *scratch, const denoise__correlation_end *end);

#endif
