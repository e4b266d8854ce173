/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs of the pictures. */
#ifndef DENOISE_PLOT_OPTIONS_H
#define DENOISE_PLOT_OPTIONS_H

#include "core/error.h"
#include <stddef.h>

/* Copies the known part of the caller's struct over defaults, which stay for NULL. DENOISE_ERR_INVALID for a struct_size that
 * is too small. */
denoise_status denoise__plot_options_read(void *defaults, size_t size, const void *given, const char *name);

/* DENOISE_ERR_RANGE unless low <= value <= high. */
denoise_status denoise__plot_check_range(const char *name, int64_t value, int64_t low, int64_t high);

#endif
