/* SPDX-License-Identifier: Apache-2.0 */
/* Losses: making, asking and freeing one; what a loss says to the activation before it. */
#include "losses/loss.h"
#include "core/log.h"
#include "core/options.h"
#include <string.h>

static denoise_loss exhausted = {DENOISE__PART_NOMEM};

static const denoise__part_type type = {
    .registry = &denoise__loss_registry, .size = sizeof(denoise_loss), .exhausted = &exhausted.part};

static denoise_loss *loss_of(denoise__part *part)
{
    return (denoise_loss *)(void *)part;
}

denoise_status denoise_loss_create(denoise_loss **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    *out = loss_of(part);
    return DENOISE_OK;
}

void denoise__loss_release(denoise_loss *loss)
{
    if (loss != NULL) denoise__part_drop(&type, &loss->part);
}

void denoise_loss_free(denoise_loss *loss)
{
    if (loss != NULL) denoise__part_free(&type, &loss->part);
}

void denoise__loss_refuse(denoise_loss *loss)
{
    if (loss != NULL) denoise__part_refuse(&type, &loss->part);
}

void denoise_loss_keep(denoise_loss *loss)
{
    if (loss != NULL) denoise__part_keep(&loss->part);
}

denoise_status denoise_loss_status(const denoise_loss *loss)
{
    return denoise__part_status(loss == NULL ? NULL : &loss->part);
}

const char *denoise_loss_error(const denoise_loss *loss)
{
    return denoise__part_error(loss == NULL ? NULL : &loss->part);
}

const char *denoise_loss_name(const denoise_loss *loss)
{
    if (loss == NULL) return "";
    const denoise__loss_config *config = loss->part.config;
    if (config != NULL && config->name[0] != '\0') return config->name;
    return loss->part.kind == NULL ? "" : loss->part.kind->name;
}

bool denoise__loss_takes_logits_of(const denoise__loss_kind *kind, const char *activation_name)
{
    if (!kind->takes_logits || activation_name == NULL) return false;
    return strcmp(activation_name, "sigmoid") == 0 || strcmp(activation_name, "softmax") == 0;
}

void denoise__loss_warn_logits(const denoise_loss *loss, const char *activation_name, const char *output_name)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    if (kind->from_logits == NULL || !kind->from_logits(loss->part.config)) return;
    if (!denoise__loss_takes_logits_of(kind, activation_name)) return;
    denoise__log(
        DENOISE_LOG_WARNING,
        "%s received from_logits=True, but output \"%s\" was produced by a %s activation and thus does not represent logits; "
        "the values before the activation are taken",
        denoise_loss_name(loss), output_name, activation_name);
}

void denoise__loss_warn_columns(const denoise_loss *loss, int64_t columns, const char *output_name)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    if (!kind->is_categorical || kind->is_sparse || columns != 1) return;
    denoise__log(DENOISE_LOG_WARNING,
                 "In loss %s, expected output \"%s\" to have num_classes > 1 columns, it has 1. Consider using "
                 "'binary_crossentropy' if you only have 2 classes.",
                 denoise_loss_name(loss), output_name);
}

/* The typed constructors: options turned into parameters. */

DENOISE__OPTIONS(crossentropy_options, CROSSENTROPY_OPTIONS, "crossentropy options", denoise_crossentropy_options,
                 sizeof(denoise_crossentropy_options))

static denoise_status fail_smoothing(double smoothing)
{
    return denoise__fail(DENOISE_ERR_INVALID,
                         "sparse_categorical_crossentropy: label_smoothing is %g, whole-number labels cannot be smoothed; "
                         "use categorical_crossentropy",
                         smoothing);
}

static denoise_loss *crossentropy(const char *name, const denoise_crossentropy_options *options, bool is_sparse)
{
    if (options == NULL) return loss_of(denoise__part_new(&type, name, NULL));
    denoise__gather given = denoise__gather_begin();
    denoise_crossentropy_options known;
    if (denoise__gather_options(&given, &crossentropy_options_known, &known, options)) {
        denoise__gather_text(&given, "reduction", known.reduction);
        denoise__gather_bool(&given, "from_logits", known.from_logits);
        if (!is_sparse) denoise__gather_double(&given, "label_smoothing", known.label_smoothing);
        if (is_sparse && known.label_smoothing != 0 && given.status == DENOISE_OK)
            denoise__gather_fail(&given, fail_smoothing(known.label_smoothing));
    }
    return loss_of(denoise__part_gathered(&type, name, &given));
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
    return loss_of(denoise__part_new(&type, "mean_squared_error", NULL));
}

denoise_loss *denoise_loss_mean_absolute_error(void)
{
    return loss_of(denoise__part_new(&type, "mean_absolute_error", NULL));
}
