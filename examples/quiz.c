/* SPDX-License-Identifier: Apache-2.0 */
/* The quiz. Introduces: reshape in both forms and its error, argmax, sparse against one-hot labels, an autoencoder as
 * compression. */
#include "digits.h"
#include "models.h"

/* np.arange(6).reshape(2, 3), reshape(-1, 2); (10000, 784) cannot become the notes' (10000, 74) */
static int quiz_reshape(denoise_tensor *x)
{
    denoise_tensor *six = NULL, *two = NULL, *pairs = NULL, *wrong = NULL;
    char text[1024];
    int result = 1;
    CHECK(denoise_tensor_arange(&six, DENOISE_INT64, 0, 6, 1));
    CHECK(denoise_tensor_reshape(&two, six, (const int64_t[]){2, 3}, 2));
    CHECK(denoise_tensor_reshape(&pairs, six, (const int64_t[]){-1, 2}, 2));
    denoise_tensor_format(pairs, text, (int64_t)sizeof text);
    printf("arange(6).reshape(-1, 2): %s\n", text);
    if (denoise_tensor_reshape(&wrong, x, (const int64_t[]){denoise_tensor_dim(x, 0), 74}, 2) == DENOISE_OK) goto done;
    printf("and the notes' misprint: %s\n", denoise_last_error());
    result = 0;
done:
    denoise_tensor_free(six), denoise_tensor_free(two), denoise_tensor_free(pairs), denoise_tensor_free(wrong);
    return result;
}

/* Both losses are the same number with the same gradient; argmax of a one-hot row is the label. */
static int quiz_losses(const denoise_tensor *labels, const denoise_tensor *predictions)
{
    denoise_loss *sparse = denoise_loss_sparse_categorical_crossentropy(NULL),
                 *dense = denoise_loss_categorical_crossentropy(NULL);
    denoise_tensor *one_hot = NULL, *back = NULL, *wide = NULL, *gradients[2] = {NULL, NULL};
    double values[2];
    int result = 1;
    CHECK(denoise_tensor_one_hot(&one_hot, labels, 10));
    CHECK(denoise_tensor_argmax(&back, one_hot, 1));
    CHECK(denoise_tensor_astype(&wide, labels, DENOISE_INT64));
    CHECK(denoise_loss_compute(&values[0], &gradients[0], sparse, labels, predictions, NULL));
    CHECK(denoise_loss_compute(&values[1], &gradients[1], dense, one_hot, predictions, NULL));
    double difference = 0.0;
    const float *a = denoise_tensor_const_data(gradients[0]), *b = denoise_tensor_const_data(gradients[1]);
    for (int64_t i = 0; i < denoise_tensor_size(gradients[0]); i++)
        difference = a[i] - b[i] > difference ? a[i] - b[i] : difference;
    printf("argmax(one_hot(labels)) is %s labels\n", denoise_tensor_equal(back, wide) ? "the" : "NOT the");
    printf("sparse %.7f, one-hot %.7f; gradients differ by at most %.1e\n", values[0], values[1], difference);
    result = 0;
done:
    denoise_loss_free(sparse), denoise_loss_free(dense), denoise_tensor_free(one_hot), denoise_tensor_free(back);
    denoise_tensor_free(wide), denoise_tensor_free(gradients[0]), denoise_tensor_free(gradients[1]);
    return result;
}

/* Trained on clean digits, the encoder compresses and the decoder reconstructs. */
static int quiz_compression(const digits *d, const example_options *options)
{
    denoise_model *autoencoder = NULL, *encoder = NULL, *decoder = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *codes = NULL, *decoded = NULL;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    double psnr;
    int result = 1;
    CHECK(build_autoencoder(&autoencoder, options));
    CHECK(denoise_model_compile(&trainer, autoencoder, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL),
                                NULL));
    fit.epochs = options->epochs > 0 ? options->epochs : 10;
    fit.batch_size = 512;
    CHECK(denoise_trainer_fit(trainer, d->x_train, d->x_train, &fit));
    CHECK(denoise_model_submodel(&encoder, autoencoder, NULL, "dense"));
    CHECK(denoise_model_submodel(&decoder, autoencoder, "dense", NULL));
    CHECK(denoise_model_predict(&codes, encoder, d->x_test, NULL));
    CHECK(denoise_model_predict(&decoded, decoder, codes, NULL));
    CHECK(measure(&psnr, denoise_metric_psnr(28, 28, 1.0), d->x_test, decoded));
    printf("%lld numbers for %lld: %.2f to 1, PSNR %.2f dB\n", (long long)denoise_tensor_dim(codes, 1),
           (long long)denoise_tensor_dim(decoded, 1),
           (double)denoise_tensor_dim(decoded, 1) / (double)denoise_tensor_dim(codes, 1), psnr);
    const denoise_tensor *rows[] = {d->x_test, decoded};
    const char *captions[] = {"original", "from 64 numbers"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 2;
    plot.count = 10;
    CHECK(denoise_plot_image_rows(example_path(options, "quiz.png"), rows, NULL, 2, &plot));
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_model_free(encoder), denoise_model_free(decoder);
    denoise_tensor_free(codes), denoise_tensor_free(decoded);
    return result;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *classifier = NULL;
    denoise_tensor *predictions = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;
    CHECK(digits_load(&d, &options));
    CHECK(build_classifier(&classifier, &options));
    CHECK(denoise_model_predict(&predictions, classifier, d.x_test, NULL));
    result = quiz_reshape(d.x_test) | quiz_losses(d.test_labels, predictions) | quiz_compression(&d, &options);
done:
    denoise_model_free(classifier), denoise_tensor_free(predictions), digits_free(&d);
    return result;
}
