/* SPDX-License-Identifier: Apache-2.0 */
/* A callback: adds "smoothed_loss" to the logs, a mean of the losses so far in which older ones count less and less. It keeps
 * it in its state, which is saved with the trainer's and read back where a fit is resumed. */
#include "common.h"

typedef struct smooth_config {
    double momentum;
} smooth_config;

typedef struct smooth_state {
    double sum, weight; /* saved */
} smooth_state;

static const denoise_ext_param params[] = {
    {"momentum", "share of what was there", "0.8", NULL, NULL, 0, 1, offsetof(smooth_config, momentum), DENOISE_PARAM_DOUBLE,
     DENOISE_EXT_BELOW_MAXIMUM},
};

static denoise_status on_train_begin(const denoise_ext_callback_args *args, void *user_data)
{
    smooth_state *state = args->state;
    (void)user_data;
    if (!args->is_resumed) state->sum = state->weight = 0;
    return DENOISE_OK;
}

static denoise_status on_epoch_end(const denoise_ext_callback_args *args, void *user_data)
{
    smooth_state *state = args->state;
    double momentum = ((const smooth_config *)args->config)->momentum, loss;
    (void)user_data;
    if (denoise_logs_get(args->logs, "loss", &loss) != DENOISE_OK) return DENOISE_OK; /* a run without a loss */
    state->sum = momentum * state->sum + loss;
    state->weight = momentum * state->weight + 1;
    return denoise_logs_set(args->logs, "smoothed_loss", state->sum / state->weight);
}

int main(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_callback hooks = DENOISE_EXT_CALLBACK_INIT;
    kind.name = "smoothed_loss", kind.class_name = "SmoothedLoss", kind.doc = "a smoothed loss in the logs";
    kind.params = params, kind.param_count = 1, kind.config_size = sizeof(smooth_config);
    hooks.state_size = sizeof(smooth_state), hooks.saved_doubles = 2;
    hooks.on_train_begin = on_train_begin, hooks.on_epoch_end = on_epoch_end;
    CHECK(denoise_ext_register("callback", &kind, &hooks, NULL));
    CHECK(denoise_ext_test("callback", "smoothed_loss", NULL, NULL, 0));
    denoise_callback *callback;
    CHECK(denoise_callback_create(&callback, "smoothed_loss", NULL));
    if (fit_sine(NULL, NULL, NULL, NULL, callback) != 0) return 1;
    CHECK(denoise_ext_unregister("callback", "smoothed_loss"));
    return 0;
}
