/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/options.h"
#include <denoise/plot.h>
#include <string.h>

denoise_status denoise__plot_options_read(void *defaults, size_t size, const void *given, const char *name)
{
    int64_t struct_size;
    if (given == NULL) return DENOISE_OK;
    memcpy(&struct_size, given, sizeof struct_size);
    if (struct_size < (int64_t)size)
        return denoise__fail(DENOISE_ERR_INVALID, "%s: struct_size is %lld, expected at least %lld; start from the defaults",
                             name, (long long)struct_size, (long long)size);
    memcpy(defaults, given, size);
    return DENOISE_OK;
}

denoise_status denoise__plot_check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    if (value >= low && value <= high) return DENOISE_OK;
    if (high == INT64_MAX)
        return denoise__fail(DENOISE_ERR_RANGE, "%s is %lld, expected at least %lld", name, (long long)value, (long long)low);
    return denoise__fail(DENOISE_ERR_RANGE, "%s is %lld, expected %lld to %lld", name, (long long)value, (long long)low,
                         (long long)high);
}

void denoise_plot_images_options_init(denoise_plot_images_options *options)
{
    if (options != NULL) *options = (denoise_plot_images_options)DENOISE_PLOT_IMAGES_OPTIONS_INIT;
}

void denoise_plot_terminal_options_init(denoise_plot_terminal_options *options)
{
    if (options != NULL) *options = (denoise_plot_terminal_options)DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
}

void denoise_plot_curves_options_init(denoise_plot_curves_options *options)
{
    if (options != NULL) *options = (denoise_plot_curves_options)DENOISE_PLOT_CURVES_OPTIONS_INIT;
}
