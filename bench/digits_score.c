/* SPDX-License-Identifier: Apache-2.0 */
/* How well the synthetic digits stand in for real ones: the notebook's classifier learns 60,000 of them (3 epochs, batch 512)
 * and is judged on MNIST's test set, for several seeds. Draws 100 of them as a picture.
 *
 *     digits_score [seeds] [picture.png]     (3 seeds when not given; MNIST from DENOISE_DATA_DIR or the cache)
 */
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                                                                                            \
    do {                                                                                                                       \
        if ((call) != DENOISE_OK) {                                                                                            \
            fprintf(stderr, "%s\n", denoise_last_error());                                                                     \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

static denoise_trainer *make_classifier(uint64_t seed)
{
    denoise_sequential *s;
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    denoise_metric *metrics[] = {denoise_metric_accuracy()};
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    build.seed = seed;
    compile.metrics = metrics;
    compile.metric_count = 1;
    CHECK(denoise_sequential_new(&s, "classifier"));
    CHECK(denoise_sequential_add(s, denoise_layer_input((const int64_t[]){784}, 1, NULL)));
    CHECK(denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL)));
    CHECK(denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL)));
    CHECK(denoise_sequential_add(s, denoise_layer_dense(10, "softmax", NULL)));
    CHECK(denoise_sequential_build(&model, s, &build));
    CHECK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                denoise_loss_sparse_categorical_crossentropy(NULL), &compile));
    denoise_sequential_free(s);
    denoise_model_free(model);
    return trainer;
}

static double score(uint64_t seed, const denoise_tensor *x_test, const denoise_tensor *y_test)
{
    denoise_tensor *images, *labels, *x;
    denoise_trainer *trainer = make_classifier(seed);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_logs *logs;
    double accuracy;
    CHECK(denoise_synthetic_digits(&images, &labels, 60000, seed, 0));
    CHECK(denoise_images_to_rows(&x, images, 1.0 / 255));
    fit.batch_size = 512;
    fit.epochs = 3;
    fit.verbose = 0;
    fit.seed = seed;
    CHECK(denoise_trainer_fit(trainer, x, labels, &fit));
    CHECK(denoise_trainer_evaluate(&logs, trainer, x_test, y_test, NULL));
    CHECK(denoise_logs_get(logs, "accuracy", &accuracy));
    denoise_logs_free(logs), denoise_trainer_free(trainer);
    denoise_tensor_free(images), denoise_tensor_free(labels), denoise_tensor_free(x);
    return accuracy;
}

static void draw(const char *path)
{
    denoise_tensor *images, *labels;
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    CHECK(denoise_synthetic_digits(&images, &labels, 100, 1, 0));
    options.predictions = labels;
    options.scale = 2;
    CHECK(denoise_plot_images(path, images, &options));
    denoise_tensor_free(images), denoise_tensor_free(labels);
}

int main(int argc, char **argv)
{
    int seeds = argc > 1 ? atoi(argv[1]) : 3;
    denoise_tensor *train, *train_labels, *test, *y_test, *x_test;
    double sum = 0.0;
    CHECK(denoise_mnist_load(&train, &train_labels, &test, &y_test, NULL));
    CHECK(denoise_images_to_rows(&x_test, test, 1.0 / 255));
    for (int seed = 1; seed <= seeds; seed++) {
        double accuracy = score((uint64_t)seed, x_test, y_test);
        printf("seed %d: %.4f on MNIST's test set\n", seed, accuracy);
        sum += accuracy;
    }
    if (seeds > 0) printf("mean: %.4f\n", sum / seeds);
    if (argc > 2) draw(argv[2]);
    denoise_tensor_free(train), denoise_tensor_free(train_labels), denoise_tensor_free(test), denoise_tensor_free(y_test);
    denoise_tensor_free(x_test);
    denoise_shutdown();
    return fflush(stdout) != 0 || ferror(stdout);
}
