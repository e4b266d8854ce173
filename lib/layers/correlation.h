/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-correlation over one to three spatial axes, channels last, and its two adjoints: what convolutions are made of.
 *
 *     y[o, co]     = sum over taps j and ci of  x[o stride - before + j dilation, ci] kernel[j, ci, co]
 *     dx[i, ci]    = sum over outputs o and co of  dy[o, co] kernel[j, ci, co]   where o stride - before + j dilation = i
 *     dkernel[j, ci, co] = sum over samples and o of  x[..., ci] dy[o, co]
 *
 * Each is one chain of fused multiply-adds per number: y over taps (depth, rows, columns), then input channels; dx over outputs
 * likewise, then output channels; dkernel over samples, then outputs. All ascending, from +0. Taps in the padding are left out,
 * except that with few channels on one side dkernel's chains read zeros there.
 * With few channels to be written and 16 or more to be read, y and dx are sums of 16 chains (kernels/runs.h, `dots`). A
 * transposed convolution computes y by the formula of dx. Depthwise, channel c of all is for itself: sums go over taps or
 * outputs alone. */
#ifndef DENOISE_LAYERS_CORRELATION_H
#define DENOISE_LAYERS_CORRELATION_H

#include "layers/spatial.h"

typedef struct denoise__correlation {
    denoise__spatial input, output;
    denoise__window window[DENOISE__MAX_SPATIAL];
    int64_t groups;
    bool is_depthwise; /* as many channels go in as come out; the kernel is (taps, channels) */
} denoise__correlation;

/* The kernel in the order in which a product reads it, in floats; -1: too many. `adjoint`: for dx. */
int64_t denoise__correlation_packed(const denoise__correlation *correlation, bool adjoint);
/* kernel: (taps, input channels / groups, output channels), in Keras' order. */
void denoise__correlation_pack(const denoise__correlation *correlation, const float *kernel, float *packed, bool adjoint);

/* Called with positions first..first+count-1 of all samples once they are written, from any thread. */
typedef void (*denoise__correlation_done)(void *context, int64_t first, int64_t count);

/* What is done to what is written. */
typedef struct denoise__correlation_end {
    const float *bias; /* of each channel, added last; NULL: nothing is */
    bool rectifies;    /* then 0 where it is not above zero */
    const float *mask; /* and where this, an array like it and apart from it, is not above zero; NULL: none; not depthwise */
    denoise__correlation_done done;
    void *context;
} denoise__correlation_end;

/* y of x, or with `adjoint` dx of dy, of `batch` samples; end may be NULL. */
void denoise__correlation_run(const denoise__correlation *correlation, bool adjoint, const float *from, const float *packed,
                              float *to, int64_t batch, const denoise__correlation_end *end);

/* dkernel, overwritten, with so many floats of scratch. */
int64_t denoise__correlation_gradient_scratch(const denoise__correlation *correlation);
void denoise__correlation_gradient(const denoise__correlation *correlation, const float *x, const float *dy, float *dkernel,
                                   int64_t batch, float *scratch);

#endif
