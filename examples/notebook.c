/* SPDX-License-Identifier: Apache-2.0 */
/* The whole notebook: a classifier learns MNIST, fails on noisy digits, an autoencoder learns to denoise them, accuracy comes
 * back, and both become one model. Once with the notes' Gaussian noise, once with the uniform noise that their text describes.
 * Introduces: everything that the tasks introduce one by one; timing epochs with a callback; results as JSON. */
#include "digits.h"
#include "models.h"
#include "notebook_results.h"
#include <math.h>

static denoise_status train_classifier(denoise_trainer **out, denoise_model *model, const digits *d,
                                       const example_options *options, notebook_results *results)
{
    denoise_status status = compile_classifier(out, model);
    if (status == DENOISE_OK)
        status = denoise_trainer_add_callback(*out, notebook_stopwatch(&results->classifier_epoch_seconds));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 512;
    fit.epochs = options->epochs > 0 && options->epochs < 3 ? options->epochs : 3;
    fit.seed = options->seed;
    return status == DENOISE_OK ? denoise_trainer_fit(*out, d->x_train, d->train_labels, &fit) : status;
}

static denoise_status print_val_loss(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    double val_loss;
    (void)trainer, (void)epoch, (void)user_data;
    denoise_status status = denoise_logs_get(logs, "val_loss", &val_loss);
    if (status == DENOISE_OK) printf("%.3f _ ", val_loss), fflush(stdout);
    return status;
}

static denoise_status train_autoencoder(denoise_trainer **out, denoise_model *model, const denoise_tensor *x_noisy,
                                        const digits *d, const example_options *options, noise_results *results)
{
    denoise_status status =
        denoise_model_compile(out, model, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL), NULL);
    if (status != DENOISE_OK) return status;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    early.patience = 5;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = print_val_loss;
    denoise_trainer_add_callback(*out, denoise_callback_early_stopping(&early));
    denoise_trainer_add_callback(*out, denoise_callback_lambda(&hooks, NULL, NULL));
    denoise_trainer_add_callback(*out,
                                 notebook_stopwatch(&results->epoch_seconds)); /* fit tells when one of the three failed */
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 512;
    fit.epochs = options->epochs > 0 ? options->epochs : 100;
    fit.validation_split = 0.2;
    fit.verbose = 0;
    fit.seed = options->seed;
    status = denoise_trainer_fit(*out, x_noisy, d->x_train, &fit);
    printf("\n");
    notebook_read_history(results, denoise_trainer_history(*out));
    return status;
}

/* Tasks 3, 6, 7 and 8 for one kind of noise. */
static int run_noise(const char *kind, denoise_model *classifier, denoise_trainer *judge, const digits *d,
                     const example_options *options, noise_results *r)
{
    int result = 1;
    denoise_tensor *noisy_train = NULL, *noisy_test = NULL, *clean = NULL, *together = NULL, *on_clean = NULL;
    denoise_tensor *of_clean = NULL, *of_noisy = NULL, *of_denoised = NULL;
    denoise_model *autoencoder = NULL, *composite = NULL;
    denoise_trainer *trainer = NULL;
    printf("\n== %s noise: clip(x + 0.9 * %s, 0, 1) ==\n", kind, strcmp(kind, "uniform") == 0 ? "U(0, 1)" : "N(0, 1)");
    CHECK(digits_add_noise(&noisy_train, d->x_train, kind, options->seed));
    CHECK(digits_add_noise(&noisy_test, d->x_test, kind, options->seed + 1));
    printf("The classifier on noisy digits:\n");
    CHECK(evaluate_accuracy(&r->accuracy_noisy, judge, noisy_test, d->test_labels));
    CHECK(build_autoencoder(&autoencoder, options));
    CHECK(denoise_model_print_summary(autoencoder, NULL));
    printf("Training the autoencoder, val_loss after each epoch:\n");
    CHECK(train_autoencoder(&trainer, autoencoder, noisy_train, d, options, r));
    CHECK(denoise_model_predict(&clean, autoencoder, noisy_test, NULL));
    CHECK(denoise_model_predict(&of_clean, classifier, d->x_test, NULL));
    CHECK(denoise_model_predict(&of_noisy, classifier, noisy_test, NULL));
    CHECK(denoise_model_predict(&of_denoised, classifier, clean, NULL));
    printf("The classifier on denoised digits:\n");
    CHECK(evaluate_accuracy(&r->accuracy_denoised, judge, clean, d->test_labels));
    CHECK(measure(&r->psnr_noisy, denoise_metric_psnr(28, 28, 1.0), d->x_test, noisy_test));
    CHECK(measure(&r->psnr_denoised, denoise_metric_psnr(28, 28, 1.0), d->x_test, clean));
    CHECK(build_composite(&composite, autoencoder, classifier));
    CHECK(denoise_model_print_summary(composite, NULL));
    CHECK(denoise_model_predict(&together, composite, noisy_test, NULL));
    CHECK(denoise_model_predict(&on_clean, composite, d->x_test, NULL));
    CHECK(measure(&r->accuracy_composite_noisy, denoise_metric_sparse_categorical_accuracy(), d->test_labels, together));
    CHECK(measure(&r->accuracy_composite_clean, denoise_metric_sparse_categorical_accuracy(), d->test_labels, on_clean));
    printf("One model and the two models in turn predict %s.\n",
           denoise_tensor_equal(together, of_denoised) ? "the same bits" : "DIFFERENT numbers");
    const denoise_tensor *rows[] = {d->x_test, noisy_test, clean}, *labels[] = {of_clean, of_noisy, together};
    CHECK(notebook_draw(kind, r, options, rows, labels, d->test_labels, denoise_trainer_history(trainer)));
    CHECK(denoise_model_save_weights(autoencoder, example_path(options, r->weights)));
    notebook_print(kind, r);
    result = denoise_tensor_equal(together, of_denoised) ? 0 : 1;
done:
    denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_model_free(composite);
    denoise_tensor_free(noisy_train), denoise_tensor_free(noisy_test), denoise_tensor_free(clean);
    denoise_tensor_free(of_clean), denoise_tensor_free(of_noisy), denoise_tensor_free(of_denoised);
    denoise_tensor_free(together), denoise_tensor_free(on_clean);
    return result;
}

int main(int argc, char **argv)
{
    example_options options;
    notebook_results results = {0};
    digits d = {0};
    denoise_model *classifier = NULL;
    denoise_trainer *judge = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;
    CHECK(digits_load(&d, &options));
    CHECK(build_classifier(&classifier, &options));
    CHECK(denoise_model_print_summary(classifier, NULL));
    CHECK(train_classifier(&judge, classifier, &d, &options, &results));
    printf("The classifier on clean digits:\n");
    CHECK(evaluate_accuracy(&results.accuracy_clean, judge, d.x_test, d.test_labels));
    CHECK(denoise_model_save_weights(classifier, example_path(&options, "classifier.safetensors")));
    result = 0;
    if (options.noise == NULL || strcmp(options.noise, "gaussian") == 0) {
        result |= run_noise("gaussian", classifier, judge, &d, &options, &results.gaussian);
    }
    if (options.noise == NULL || strcmp(options.noise, "uniform") == 0) {
        result |= run_noise("uniform", classifier, judge, &d, &options, &results.uniform);
    }
    result |= notebook_write(&results, &options, d.is_synthetic);
done:
    denoise_trainer_free(judge), denoise_model_free(classifier), digits_free(&d);
    denoise_shutdown();
    return result;
}
