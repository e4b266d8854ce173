/* SPDX-License-Identifier: Apache-2.0 */
#include "support/dice_loss.h"
#include "core/threads.h"
#include "losses/loss.h"
#include "support/nets.h"

typedef struct dice_config {
    denoise__loss_config loss;
    int64_t fail;
} dice_config;

static denoise_status check_rows(const denoise__loss_args *args)
{
    const dice_config *config = args->config;
    if (args->rows != config->fail) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "the batch has %lld rows", (long long)args->rows);
}

/* The two sums of one row, in the scratch. */
static void sum_row(void *context, int64_t row)
{
    const denoise__loss_args *args = context;
    double *sums = (double *)args->scratch + 2 * row;
    sums[0] = sums[1] = 0;
    for (int64_t i = row * args->columns; i < (row + 1) * args->columns; i++) {
        sums[0] += (double)args->prediction[i] * (double)args->target[i];
        sums[1] += (double)args->prediction[i] + (double)args->target[i];
    }
}

static denoise_status dice_batch(const denoise__loss_args *args, double *value)
{
    denoise__loss_args copy = *args; /* the body's context is not const */
    const double *sums = args->scratch;
    double both = 0, all = 0;
    DENOISE__TRY(check_rows(args));
    denoise__parallel_for(args->rows, sum_row, &copy);
    for (int64_t r = 0; r < args->rows; r++) {
        both += sums[2 * r];
        all += sums[2 * r + 1];
    }
    for (int64_t i = 0; args->gradient != NULL && i < args->rows * args->columns; i++) {
        double slope = 2 * both / (all * all) - 2 * (double)args->target[i] / all;
        args->gradient[i] = args->gradient_scale * (float)slope;
    }
    *value = 1 - 2 * both / all;
    return DENOISE_OK;
}

static size_t dice_scratch(const void *config, int64_t rows, int64_t columns)
{
    (void)config, (void)columns;
    return (size_t)rows * 2 * sizeof(double);
}

static denoise_status mean_rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    DENOISE__TRY(check_rows(args));
    for (int64_t r = first; r < first + count; r++) {
        float *gradient = denoise__loss_row_gradient(args, r), sum = 0;
        for (int64_t i = 0; i < args->columns; i++) {
            sum += args->prediction[r * args->columns + i] - args->target[r * args->columns + i];
            if (gradient != NULL) gradient[i] = denoise__loss_row_scale(args, r, args->columns);
        }
        args->row_loss[r] = sum / (float)args->columns;
    }
    return DENOISE_OK;
}

static const denoise__param params[] = {
    DENOISE__LOSS_PARAMS(dice_config),
    DENOISE__PARAM_INT(dice_config, fail, "0", 0, 0, NAN, "rows of a batch that fails"),
};

static const denoise__loss_kind dice = {
    .base = {.name = "test_dice",
             .class_name = "TestDice",
             .doc = "1 - 2 sum p t / (sum p + sum t) over the batch",
             .config_size = sizeof(dice_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .batch = dice_batch,
    .scratch_size = dice_scratch,
};
static const denoise__loss_kind difference = {
    .base = {.name = "test_rows",
             .class_name = "TestRows",
             .doc = "p - t, mean over the last axis",
             .config_size = sizeof(dice_config),
             .params = params,
             .param_count = (int32_t)(sizeof params / sizeof *params)},
    .rows = mean_rows,
};

void dice_loss_register(void)
{
    static bool added;
    if (added) return;
    added = true;
    ASSERT_OK(denoise__registry_add(&denoise__loss_registry, &dice.base));
    ASSERT_OK(denoise__registry_add(&denoise__loss_registry, &difference.base));
}

denoise_loss *dice_loss_make(const char *kind, int64_t fail)
{
    denoise_loss *loss;
    denoise_params *params_of_it;
    ASSERT_OK(denoise_params_new(&params_of_it));
    ASSERT_OK(denoise_params_set_int(params_of_it, "fail", fail));
    ASSERT_OK(denoise_loss_create(&loss, kind, params_of_it));
    denoise_params_free(params_of_it);
    return loss;
}
