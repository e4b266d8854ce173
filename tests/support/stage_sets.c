/* SPDX-License-Identifier: Apache-2.0 */
#include "support/stage_sets.h"
#include "support/nets.h"

const stage_set stage_sets[] = {
    {.name = "clipnorm", .clip = "clipnorm", .limit = 0.05},
    {.name = "global_clipnorm", .clip = "global_clipnorm", .limit = 0.05},
    {.name = "clipvalue", .clip = "clipvalue", .limit = 0.003},
    {.name = "accumulation", .accumulation = 3},
    {.name = "average", .ema_momentum = 0.75},
    {.name = "overwriting average", .ema_momentum = 0.75, .overwrite_frequency = 2},
    {.name = "scaled loss", .loss_scale = 48},
    {.name = "schedule", .schedule = "cosine_decay_restarts(0.02, 3)"},
    {.name = "accumulated norm and average", .clip = "clipnorm", .limit = 0.05, .accumulation = 2, .ema_momentum = 0.5},
    {.name = "all",
     .clip = "global_clipnorm",
     .limit = 0.1,
     .accumulation = 2,
     .ema_momentum = 0.5,
     .overwrite_frequency = 3,
     .loss_scale = 1000,
     .schedule = "exponential_decay(0.02, 4, 0.5)"},
    {.name = NULL},
};

void stage_set_params(const stage_set *set, denoise_params *params)
{
    if (set->clip != NULL) ASSERT_OK(denoise_params_set_double(params, set->clip, set->limit));
    if (set->accumulation > 0) ASSERT_OK(denoise_params_set_int(params, "gradient_accumulation_steps", set->accumulation));
    if (set->ema_momentum > 0) {
        ASSERT_OK(denoise_params_set_bool(params, "use_ema", 1));
        ASSERT_OK(denoise_params_set_double(params, "ema_momentum", set->ema_momentum));
    }
    if (set->overwrite_frequency > 0)
        ASSERT_OK(denoise_params_set_int(params, "ema_overwrite_frequency", set->overwrite_frequency));
    if (set->loss_scale > 0) ASSERT_OK(denoise_params_set_double(params, "loss_scale_factor", set->loss_scale));
    if (set->schedule != NULL) ASSERT_OK(denoise_params_set_text(params, "learning_rate", set->schedule));
    if (set->excluded != NULL) ASSERT_OK(denoise_params_set_text(params, "exclude_from_weight_decay", set->excluded));
}
