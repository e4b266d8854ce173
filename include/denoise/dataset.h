/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENOISE_DATASET_H
#define DENOISE_DATASET_H
#include <denoise/tensor.h>
#endif
