/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes of 0.1's structs: this file alone is compiled against the headers of that version. */
#include "misuse/options_first.h"
#include <denoise/denoise.h>

#if defined(denoise_fit_options_init)
#error "these are not the headers of 0.1"
#endif

const first_size first_sizes[] = {
    {"dense options", sizeof(denoise_dense_options)},
    {"crossentropy options", sizeof(denoise_crossentropy_options)},
    {"sgd options", sizeof(denoise_sgd_options)},
    {"rmsprop options", sizeof(denoise_rmsprop_options)},
    {"adam options", sizeof(denoise_adam_options)},
    {"adamw options", sizeof(denoise_adam_options)},
    {"callback hooks", sizeof(denoise_callback_hooks)},
    {"early_stopping options", sizeof(denoise_early_stopping_options)},
    {"reduce_lr options", sizeof(denoise_reduce_lr_options)},
    {"denoise_csv_options", sizeof(denoise_csv_options)},
    {"denoise_limits", sizeof(denoise_limits)},
    {"build options", sizeof(denoise_build_options)},
    {"predict options", sizeof(denoise_predict_options)},
    {"summary options", sizeof(denoise_summary_options)},
    {"compile options", sizeof(denoise_compile_options)},
    {"fit options", sizeof(denoise_fit_options)},
    {"evaluate options", sizeof(denoise_evaluate_options)},
    {"denoise_plot_images_options", sizeof(denoise_plot_images_options)},
    {"denoise_plot_terminal_options", sizeof(denoise_plot_terminal_options)},
    {"denoise_plot_curves_options", sizeof(denoise_plot_curves_options)},
    {"denoise_kind_param", sizeof(denoise_param_info)},
    {"denoise_set_log_sink", sizeof(denoise_log_sink)},
    {"denoise_set_allocator", sizeof(denoise_allocator)},
    {NULL, 0},
};
