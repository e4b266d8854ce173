/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs of the pictures. */
#ifndef DENOISE_PLOT_OPTIONS_H
#define DENOISE_PLOT_OPTIONS_H

#include "core/error.h"
#include <denoise/plot.h>
#include <stddef.h>

/* denoise__options_read() for each of them. */
denoise_status denoise__plot_images_read(denoise_plot_images_options *known, const denoise_plot_images_options *given);
denoise_status denoise__plot_terminal_read(denoise_plot_terminal_options *known, const denoise_plot_terminal_options *given);
denoise_status denoise__plot_curves_read(denoise_plot_curves_options *known, const denoise_plot_curves_options *given);

/* DENOISE_ERR_RANGE unless low <= value <= high. */
denoise_status denoise__plot_check_range(const char *name, int64_t value, int64_t low, int64_t high);

#endif
