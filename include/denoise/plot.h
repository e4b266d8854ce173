/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENOISE_PLOT_H
#define DENOISE_PLOT_H
#include <denoise/tensor.h>
#endif
