/* SPDX-License-Identifier: Apache-2.0 */
/* Task 8: denoiser and classifier as one model. Introduces: a model applied like a layer, with shared weights; one-hot labels.
 */
#include "digits.h"
#include "models.h"

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *classifier = NULL, *autoencoder = NULL, *composite = NULL;
    denoise_tensor *x_noisy = NULL, *denoised = NULL, *in_turn = NULL, *together = NULL, *one_hot = NULL;
    double accuracy;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(build_classifier(&classifier, &options));
    CHECK(build_autoencoder(&autoencoder, &options));
    CHECK(load_trained(classifier, &options, "classifier.safetensors", "task4_classifier"));
    CHECK(load_trained(autoencoder, &options, "autoencoder.safetensors", "task6_training"));
    CHECK(digits_load(&d, &options));
    CHECK(digits_add_noise(&x_noisy, d.x_test, options.noise, options.seed + 1));

    /* x = Input(shape=(784,)); y = classifier(autoencoder(x)); denoise_and_classify = Model(x, y) */
    CHECK(build_composite(&composite, autoencoder, classifier));
    CHECK(denoise_model_print_summary(composite, NULL));
    CHECK(denoise_model_predict(&together, composite, x_noisy, NULL)); /* predicting needs no compile */
    CHECK(measure(&accuracy, denoise_metric_sparse_categorical_accuracy(), d.test_labels, together));
    printf("%.4f on noisy digits, in one model\n", accuracy);

    CHECK(denoise_model_predict(&denoised, autoencoder, x_noisy, NULL));
    CHECK(denoise_model_predict(&in_turn, classifier, denoised, NULL));
    printf("The two models in turn predict %s.\n", denoise_tensor_equal(together, in_turn) ? "the same bits" : "other numbers");

    /* plot(x_test_noisy, predictions); plot(x_test, to_categorical(y_test)) */
    CHECK(denoise_tensor_one_hot(&one_hot, d.test_labels, 10));
    const denoise_tensor *rows[] = {x_noisy, d.x_test}, *classes[] = {together, one_hot};
    const char *captions[] = {"noisy", "clean"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 2;
    plot.expected = d.test_labels;
    plot.count = 10;
    CHECK(denoise_plot_image_rows(example_path(&options, "task8_composite.png"), rows, classes, 2, &plot));
    result = denoise_tensor_equal(together, in_turn) ? 0 : 1;
done:
    denoise_model_free(classifier), denoise_model_free(autoencoder), denoise_model_free(composite);
    denoise_tensor_free(x_noisy), denoise_tensor_free(denoised), denoise_tensor_free(in_turn), denoise_tensor_free(together);
    denoise_tensor_free(one_hot), digits_free(&d);
    return result;
}
