/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/callbacks/run.h"
#include <string.h>

bench start(void)
{
    bench b = {.model = two_layers(4, 3, "relu", 2, NULL), .x = random_rows(10, 4, 0), .y = random_rows(10, 2, 1)};
    denoise_metric *metrics[] = {denoise_metric_psnr(1, 2, 1.0)};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = metrics;
    compile.metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &compile));
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.epochs = 3;
    return b;
}

void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model), denoise_tensor_free(b->x), denoise_tensor_free(b->y);
}

denoise_status fit_with(bench *b, denoise_callback *callback)
{
    ASSERT_OK(denoise_trainer_clear_callbacks(b->trainer));
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, callback));
    return denoise_trainer_fit(b->trainer, b->x, b->y, &b->options);
}

denoise_callback *stopping_on(const char *monitor, const char *mode)
{
    denoise_early_stopping_options options = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    options.monitor = monitor;
    options.mode = mode;
    options.patience = 100;
    return denoise_callback_early_stopping(&options);
}

void expect_inert(denoise_callback *callback, denoise_status status, const char *message)
{
    assert_int_equal(denoise_callback_status(callback), status);
    if (strstr(denoise_callback_error(callback), message) == NULL) {
        fail_msg("\"%s\" has no \"%s\"", denoise_callback_error(callback), message);
    }
    denoise_callback_free(callback);
}
