/* SPDX-License-Identifier: Apache-2.0 */
/* Task 7: denoised digits are classified again. Introduces: loading weights, predict as input of another model, PSNR. */
#include "digits.h"
#include "models.h"

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *classifier = NULL, *autoencoder = NULL;
    denoise_trainer *judge = NULL;
    denoise_tensor *x_noisy = NULL, *denoised = NULL, *predictions = NULL;
    double accuracy, before, after;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(build_classifier(&classifier, &options));
    CHECK(build_autoencoder(&autoencoder, &options));
    CHECK(load_trained(classifier, &options, "classifier.safetensors", "task4_classifier"));
    CHECK(load_trained(autoencoder, &options, "autoencoder.safetensors", "task6_training"));
    CHECK(digits_load(&d, &options));
    CHECK(digits_add_noise(&x_noisy, d.x_test, options.noise, options.seed + 1));

    /* predictions = autoencoder.predict(x_test_noisy); classifier.evaluate(predictions, y_test) */
    CHECK(denoise_model_predict(&denoised, autoencoder, x_noisy, NULL));
    CHECK(compile_classifier(&judge, classifier));
    CHECK(evaluate_accuracy(&accuracy, judge, denoised, d.test_labels));
    CHECK(measure(&before, denoise_metric_psnr(28, 28, 1.0), d.x_test, x_noisy));
    CHECK(measure(&after, denoise_metric_psnr(28, 28, 1.0), d.x_test, denoised));
    printf("%.4f on denoised digits; PSNR %.2f dB -> %.2f dB\n", accuracy, before, after);

    CHECK(denoise_model_predict(&predictions, classifier, denoised, NULL));
    const denoise_tensor *rows[] = {x_noisy, denoised, d.x_test}, *classes[] = {NULL, predictions, NULL};
    const char *captions[] = {"noisy", "denoised", "clean"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 3;
    plot.expected = d.test_labels;
    plot.count = 10;
    CHECK(denoise_plot_image_rows(example_path(&options, "task7_denoise.png"), rows, classes, 3, &plot));
    result = 0;
done:
    denoise_trainer_free(judge), denoise_model_free(classifier), denoise_model_free(autoencoder);
    denoise_tensor_free(x_noisy), denoise_tensor_free(denoised), denoise_tensor_free(predictions), digits_free(&d);
    return result;
}
