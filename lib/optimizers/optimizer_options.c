/* SPDX-License-Identifier: Apache-2.0 */
/* The typed constructors: options turned into parameters. */
#include "optimizers/optimizer.h"

void denoise_sgd_options_init(denoise_sgd_options *options)
{
    if (options != NULL) *options = (denoise_sgd_options)DENOISE_SGD_OPTIONS_INIT;
}

void denoise_rmsprop_options_init(denoise_rmsprop_options *options)
{
    if (options != NULL) *options = (denoise_rmsprop_options)DENOISE_RMSPROP_OPTIONS_INIT;
}

void denoise_adam_options_init(denoise_adam_options *options)
{
    if (options != NULL) *options = (denoise_adam_options)DENOISE_ADAM_OPTIONS_INIT;
}

void denoise_adamw_options_init(denoise_adam_options *options)
{
    if (options != NULL) *options = (denoise_adam_options)DENOISE_ADAMW_OPTIONS_INIT;
}

/* One field of an options struct. */
typedef struct setting {
    const char *name;
    double value;
    enum { NUMBER, NUMBER_OR_NONE, TRUTH } type;
} setting;

static denoise_status set(denoise_params *params, const setting *one)
{
    if (one->type == TRUTH) return denoise_params_set_bool(params, one->name, one->value != 0);
    if (one->type == NUMBER_OR_NONE && isnan(one->value)) return denoise_params_set_none(params, one->name);
    return denoise_params_set_double(params, one->name, one->value);
}

static denoise_optimizer *make(const char *kind, const setting *settings, size_t count)
{
    denoise_params *params;
    denoise_status status = denoise_params_new(&params);
    for (size_t i = 0; i < count && status == DENOISE_OK; i++)
        status = set(params, &settings[i]);
    denoise_optimizer *optimizer = denoise__optimizer_make(kind, params, status);
    denoise_params_free(params);
    return optimizer;
}

/* Fields must not be read from a struct that is too small for them. */
static denoise_optimizer *too_small(const char *kind, int64_t given, size_t needed)
{
    denoise_status status =
        denoise__fail(DENOISE_ERR_INVALID, "%s options: struct_size is %lld, expected %zu", kind, (long long)given, needed);
    return denoise__optimizer_make(kind, NULL, status);
}

denoise_optimizer *denoise_optimizer_sgd(const denoise_sgd_options *options)
{
    if (options == NULL) return denoise__optimizer_make("sgd", NULL, DENOISE_OK);
    if (options->struct_size < (int64_t)sizeof *options) return too_small("sgd", options->struct_size, sizeof *options);
    const setting settings[] = {
        {"learning_rate", options->learning_rate, NUMBER},
        {"momentum", options->momentum, NUMBER},
        {"weight_decay", options->weight_decay, NUMBER_OR_NONE},
        {"nesterov", options->nesterov, TRUTH},
    };
    return make("sgd", settings, sizeof settings / sizeof *settings);
}

denoise_optimizer *denoise_optimizer_rmsprop(const denoise_rmsprop_options *options)
{
    if (options == NULL) return denoise__optimizer_make("rmsprop", NULL, DENOISE_OK);
    if (options->struct_size < (int64_t)sizeof *options) return too_small("rmsprop", options->struct_size, sizeof *options);
    const setting settings[] = {
        {"learning_rate", options->learning_rate, NUMBER},
        {"rho", options->rho, NUMBER},
        {"momentum", options->momentum, NUMBER},
        {"epsilon", options->epsilon, NUMBER},
        {"weight_decay", options->weight_decay, NUMBER_OR_NONE},
        {"centered", options->centered, TRUTH},
    };
    return make("rmsprop", settings, sizeof settings / sizeof *settings);
}

static denoise_optimizer *adam(const char *kind, const denoise_adam_options *options)
{
    if (options == NULL) return denoise__optimizer_make(kind, NULL, DENOISE_OK);
    if (options->struct_size < (int64_t)sizeof *options) return too_small(kind, options->struct_size, sizeof *options);
    const setting settings[] = {
        {"learning_rate", options->learning_rate, NUMBER},
        {"beta_1", options->beta_1, NUMBER},
        {"beta_2", options->beta_2, NUMBER},
        {"epsilon", options->epsilon, NUMBER},
        {"weight_decay", options->weight_decay, NUMBER_OR_NONE},
    };
    return make(kind, settings, sizeof settings / sizeof *settings);
}

denoise_optimizer *denoise_optimizer_adam(const denoise_adam_options *options)
{
    return adam("adam", options);
}

denoise_optimizer *denoise_optimizer_adamw(const denoise_adam_options *options)
{
    return adam("adamw", options);
}
