/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors: options turned into parameters. */
#include "losses/loss.h"
#include <stddef.h>

void denoise_crossentropy_options_init(denoise_crossentropy_options *options)
{
    if (options != NULL) *options = (denoise_crossentropy_options)DENOISE_CROSSENTROPY_OPTIONS_INIT;
}

static denoise_status set(denoise_params *params, const denoise_crossentropy_options *options, bool sparse)
{
    DENOISE__TRY(denoise__check_struct_size("crossentropy options", options->struct_size, sizeof *options));
    DENOISE__TRY(denoise_params_set_text(params, "reduction", options->reduction));
    DENOISE__TRY(denoise_params_set_bool(params, "from_logits", options->from_logits));
    if (!sparse) return denoise_params_set_double(params, "label_smoothing", options->label_smoothing);
    if (options->label_smoothing == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID,
                         "sparse_categorical_crossentropy: label_smoothing is %g, whole-number labels cannot be smoothed; "
                         "use categorical_crossentropy",
                         options->label_smoothing);
}

static denoise_loss *crossentropy(const char *name, const denoise_crossentropy_options *options, bool sparse)
{
    if (options == NULL) return denoise__loss_make(name, NULL, DENOISE_OK);
    denoise_params *params;
    denoise_status status = denoise_params_new(&params);
    if (status == DENOISE_OK) status = set(params, options, sparse);
    denoise_loss *loss = denoise__loss_make(name, params, status);
    denoise_params_free(params);
    return loss;
}

denoise_loss *denoise_loss_binary_crossentropy(const denoise_crossentropy_options *options)
{
    return crossentropy("binary_crossentropy", options, false);
}

denoise_loss *denoise_loss_categorical_crossentropy(const denoise_crossentropy_options *options)
{
    return crossentropy("categorical_crossentropy", options, false);
}

denoise_loss *denoise_loss_sparse_categorical_crossentropy(const denoise_crossentropy_options *options)
{
    return crossentropy("sparse_categorical_crossentropy", options, true);
}

denoise_loss *denoise_loss_mean_squared_error(void)
{
    return denoise__loss_make("mean_squared_error", NULL, DENOISE_OK);
}

denoise_loss *denoise_loss_mean_absolute_error(void)
{
    return denoise__loss_make("mean_absolute_error", NULL, DENOISE_OK);
}
