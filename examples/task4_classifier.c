/* SPDX-License-Identifier: Apache-2.0 */
/* Task 4: a classifier, and how noise defeats it. Introduces: sequential models, compile, fit, evaluate, predict, saving
 * weights. */
#include "digits.h"
#include "models.h"

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *classifier = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x_noisy = NULL, *predictions = NULL;
    double accuracy;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));
    CHECK(digits_add_noise(&x_noisy, d.x_test, options.noise, options.seed + 1));
    CHECK(build_classifier(&classifier, &options));
    CHECK(denoise_model_print_summary(classifier, NULL));
    CHECK(compile_classifier(&trainer, classifier));

    /* classifier.fit(x_train, y_train, batch_size=512, epochs=3) */
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 512;
    fit.epochs = options.epochs > 0 ? options.epochs : 3;
    fit.seed = options.seed;
    CHECK(denoise_trainer_fit(trainer, d.x_train, d.train_labels, &fit));
    CHECK(evaluate_accuracy(&accuracy, trainer, d.x_test, d.test_labels));
    printf("%.4f on clean digits\n", accuracy);
    CHECK(evaluate_accuracy(&accuracy, trainer, x_noisy, d.test_labels));
    printf("%.4f on noisy digits\n", accuracy);
    CHECK(denoise_model_save_weights(classifier, example_path(&options, "classifier.safetensors")));

    CHECK(denoise_model_predict(&predictions, classifier, x_noisy, NULL));
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.title = "what the classifier sees in noisy digits";
    plot.predictions = predictions;
    plot.expected = d.test_labels;
    plot.count = 10;
    CHECK(denoise_plot_images(example_path(&options, "task4_classifier.png"), x_noisy, &plot));
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(classifier);
    denoise_tensor_free(x_noisy), denoise_tensor_free(predictions), digits_free(&d);
    return result;
}
