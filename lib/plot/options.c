/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/options.h"
#include "core/options.h"
#include <denoise/plot.h>

denoise_status denoise__plot_check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    if (value >= low && value <= high) return DENOISE_OK;
    if (high == INT64_MAX)
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %lld, expected at least %lld", name, (long long)value, (long long)low);
    return denoise__fail(DENOISE_ERR_RANGE, "%s is %lld, expected %lld to %lld", name, (long long)value, (long long)low,
                         (long long)high);
}

DENOISE__OPTIONS(plot_images_options, PLOT_IMAGES_OPTIONS, "denoise_plot_images_options", denoise_plot_images_options,
                 sizeof(denoise_plot_images_options))

DENOISE__OPTIONS(plot_terminal_options, PLOT_TERMINAL_OPTIONS, "denoise_plot_terminal_options", denoise_plot_terminal_options,
                 sizeof(denoise_plot_terminal_options))

DENOISE__OPTIONS(plot_curves_options, PLOT_CURVES_OPTIONS, "denoise_plot_curves_options", denoise_plot_curves_options,
                 sizeof(denoise_plot_curves_options))

denoise_status denoise__plot_images_read(denoise_plot_images_options *known, const denoise_plot_images_options *given)
{
    return denoise__options_read(&plot_images_options_known, known, given);
}

denoise_status denoise__plot_terminal_read(denoise_plot_terminal_options *known, const denoise_plot_terminal_options *given)
{
    return denoise__options_read(&plot_terminal_options_known, known, given);
}

denoise_status denoise__plot_curves_read(denoise_plot_curves_options *known, const denoise_plot_curves_options *given)
{
    return denoise__options_read(&plot_curves_options_known, known, given);
}
