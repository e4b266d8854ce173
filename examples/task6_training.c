/* SPDX-License-Identifier: Apache-2.0 */
/* Task 6: learning to denoise. Introduces: early stopping, callbacks of one's own, validation split, history, learning curves.
 */
#include "digits.h"
#include "models.h"
#include <math.h>

/* LambdaCallback(on_epoch_end=lambda e, l: print('{:.3f}'.format(l['val_loss']), end=' _ ')) */
static denoise_status print_val_loss(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    double val_loss;
    (void)trainer, (void)epoch, (void)user_data;
    denoise_status status = denoise_logs_get(logs, "val_loss", &val_loss);
    if (status == DENOISE_OK) printf("%.3f _ ", val_loss), fflush(stdout);
    return status;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *autoencoder = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x_noisy = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));
    CHECK(digits_add_noise(&x_noisy, d.x_train, options.noise, options.seed));
    CHECK(build_autoencoder(&autoencoder, &options));
    CHECK(denoise_model_compile(&trainer, autoencoder, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL),
                                NULL));

    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    early.patience = 5;
    CHECK(denoise_trainer_add_callback(trainer, denoise_callback_early_stopping(&early)));
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = print_val_loss;
    CHECK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)));

    /* autoencoder.fit(x_train_noisy, x_train, epochs=100, batch_size=512, validation_split=0.2, verbose=False) */
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = options.epochs > 0 ? options.epochs : 100;
    fit.batch_size = 512;
    fit.validation_split = 0.2;
    fit.verbose = 0;
    fit.seed = options.seed;
    CHECK(denoise_trainer_fit(trainer, x_noisy, d.x_train, &fit));

    const denoise_history *history = denoise_trainer_history(trainer);
    printf("\nTraining complete after %lld epochs.\n", (long long)denoise_history_epochs(history));
    CHECK(denoise_model_save_weights(autoencoder, example_path(&options, "autoencoder.safetensors")));

    denoise_plot_curve curves[] = {
        {"loss", denoise_history_values(history, "loss"), NULL, denoise_history_epochs(history)},
        {"val_loss", denoise_history_values(history, "val_loss"), NULL, denoise_history_epochs(history)}};
    denoise_plot_curves_options plot = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    plot.y_label = "binary cross-entropy";
    CHECK(denoise_plot_curves(example_path(&options, "task6_training.png"), curves, 2, &plot));
    CHECK(denoise_plot_curves(example_path(&options, "task6_training.svg"), curves, 2, &plot));
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_tensor_free(x_noisy), digits_free(&d);
    return result;
}
