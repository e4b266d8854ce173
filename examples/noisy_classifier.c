/* SPDX-License-Identifier: Apache-2.0 */
/* A classifier that learns on the noisy digits themselves, with noise that is new in every epoch: how well any denoiser and the
 * classifier behind it can do together. Introduces: a dataset of changed inputs with labels; dropout between convolutions. */
#include "models.h"
#include "training.h"

static denoise_status build_noisy_classifier(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT;
    build.seed = options->seed;
    same.padding = "same";
    denoise_sequential *s;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "noisy_classifier");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){28, 28, 1}, 3, NULL));
    denoise_sequential_add(s, denoise_layer_conv2d(32, 5, "relu", &same));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, NULL));
    denoise_sequential_add(s, denoise_layer_conv2d(64, 3, "relu", &same));
    denoise_sequential_add(s, denoise_layer_conv2d(64, 3, "relu", &same));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, NULL));
    denoise_sequential_add(s, denoise_layer_flatten(NULL));
    denoise_sequential_add(s, denoise_layer_dropout(0.25, NULL));
    denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dropout(0.5, NULL));
    denoise_sequential_add(s, denoise_layer_dense(10, "softmax", NULL));
    status = denoise_sequential_build(out, s, &build); /* the first error of the lines above comes out here */
    denoise_sequential_free(s);
    return status;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *classifier = NULL;
    denoise_trainer *trainer = NULL;
    denoise_dataset *dataset = NULL;
    denoise_tensor *x_train = NULL, *x_test = NULL, *noisy_rows = NULL, *x_noisy = NULL;
    double on_noisy, on_clean;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;
    fresh_noise noise = {options.noise != NULL ? options.noise : "gaussian", options.seed, 0};

    CHECK(digits_load(&d, &options));
    CHECK(build_noisy_classifier(&classifier, &options));
    CHECK(denoise_model_print_summary(classifier, NULL));
    CHECK(as_input(&x_train, d.x_train, classifier));
    CHECK(as_input(&x_test, d.x_test, classifier));
    CHECK(digits_add_noise(&noisy_rows, d.x_test, noise.kind, options.seed + 1));
    CHECK(as_input(&x_noisy, noisy_rows, classifier));

    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = options.epochs > 0 ? options.epochs : 12;
    fit.seed = options.seed;
    fit.verbose = 2;
    denoise_metric *metric = denoise_metric_accuracy();
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &metric;
    compile.metric_count = 1;
    denoise_optimizer *adam = adam_with_cosine(1e-3, count_steps(denoise_tensor_dim(x_train, 0), 128, fit.epochs));
    CHECK(denoise_model_compile(&trainer, classifier, adam, denoise_loss_sparse_categorical_crossentropy(NULL), &compile));
    CHECK(noisy_dataset(&dataset, x_train, d.train_labels, 128, &noise));
    CHECK(denoise_trainer_fit_dataset(trainer, dataset, NULL, &fit));

    CHECK(evaluate_accuracy(&on_noisy, trainer, x_noisy, d.test_labels));
    CHECK(evaluate_accuracy(&on_clean, trainer, x_test, d.test_labels));
    printf("%s noise: %.4f on noisy digits, %.4f on clean ones\n", noise.kind, on_noisy, on_clean);
    CHECK(denoise_model_save_weights(classifier, example_path(&options, "noisy_classifier.safetensors")));
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(classifier), denoise_dataset_free(dataset);
    denoise_tensor_free(x_train), denoise_tensor_free(x_test), denoise_tensor_free(noisy_rows), denoise_tensor_free(x_noisy);
    digits_free(&d);
    return result;
}
