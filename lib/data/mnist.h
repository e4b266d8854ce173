/* SPDX-License-Identifier: Apache-2.0 */
/* Where MNIST is; see denoise_mnist_load(). */
#ifndef DENOISE_DATA_MNIST_H
#define DENOISE_DATA_MNIST_H

#include "core/error.h"
#include <stdbool.h>

/* Whether there is any MNIST to load: true when the caller or DENOISE_DATA_DIR names a folder (then it must load) or the
 * cache folder holds one of the files. */
denoise_status denoise__mnist_present(bool *present, const char *folder);

#endif
