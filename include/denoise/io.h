/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENOISE_IO_H
#define DENOISE_IO_H
#include <denoise/tensor.h>
#endif
