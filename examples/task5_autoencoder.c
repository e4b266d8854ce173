/* SPDX-License-Identifier: Apache-2.0 */
/* Task 5: an autoencoder before it has learned. Introduces: functional graphs, parts of a model, a drawing of the graph. */
#include "digits.h"
#include "models.h"

static int write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    int good = file != NULL && fputs(text, file) >= 0;
    if (file != NULL) good = fclose(file) == 0 && good;
    if (!good) fprintf(stderr, "cannot write \"%s\"\n", path);
    return good;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *autoencoder = NULL, *encoder = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x = NULL, *codes = NULL, *decoded = NULL;
    char *dot = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));
    CHECK(build_autoencoder(&autoencoder, &options));
    CHECK(denoise_model_print_summary(autoencoder, NULL));

    /* autoencoder.compile(optimizer='adam', loss='binary_crossentropy') */
    CHECK(denoise_model_compile(&trainer, autoencoder, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL),
                                NULL));

    /* the half that compresses: 784 numbers become 64 */
    CHECK(denoise_model_submodel(&encoder, autoencoder, NULL, "dense"));
    CHECK(denoise_tensor_rows(&x, d.x_test, 0, 10));
    CHECK(denoise_model_predict(&codes, encoder, x, NULL));
    CHECK(denoise_model_predict(&decoded, autoencoder, x, NULL));
    printf("%lld pixels -> %lld numbers -> %lld pixels; untrained, it answers with fog.\n", (long long)denoise_tensor_dim(x, 1),
           (long long)denoise_tensor_dim(codes, 1), (long long)denoise_tensor_dim(decoded, 1));
    CHECK(denoise_model_dot(&dot, autoencoder));
    if (!write_text(example_path(&options, "task5_autoencoder.dot"), dot)) goto done;

    const denoise_tensor *rows[] = {x, codes, decoded};
    const char *captions[] = {"in", "code", "out"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 3;
    CHECK(denoise_plot_image_rows(example_path(&options, "task5_autoencoder.png"), rows, NULL, 3, &plot));
    result = 0;
done:
    denoise_free(dot), denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_model_free(encoder);
    denoise_tensor_free(x), denoise_tensor_free(codes), denoise_tensor_free(decoded), digits_free(&d);
    return result;
}
