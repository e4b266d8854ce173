/* SPDX-License-Identifier: Apache-2.0 */
/* LeNet-5 (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document Recognition, 1998), as it is
 * built today, with ReLU and the greatest of windows: 0.99 of MNIST in five epochs. Introduces: a convolutional classifier. */
#include "models.h"
#include "training.h"

static denoise_status build_lenet5(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    denoise_conv_options same = DENOISE_CONV_OPTIONS_INIT;
    build.seed = options->seed;
    same.padding = "same"; /* the paper's pictures have a margin: 32 x 32 */
    denoise_sequential *s;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "lenet5");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){28, 28, 1}, 3, NULL));
    denoise_sequential_add(s, denoise_layer_conv2d(6, 5, "relu", &same));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, NULL));
    denoise_sequential_add(s, denoise_layer_conv2d(16, 5, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_max_pooling2d(2, NULL));
    denoise_sequential_add(s, denoise_layer_flatten(NULL));
    denoise_sequential_add(s, denoise_layer_dense(120, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(84, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(10, "softmax", NULL));
    status = denoise_sequential_build(out, s, &build); /* the first error of the lines above comes out here */
    denoise_sequential_free(s);
    return status;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *lenet5 = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x_train = NULL, *x_test = NULL;
    double accuracy;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));
    CHECK(build_lenet5(&lenet5, &options));
    CHECK(denoise_model_print_summary(lenet5, NULL));
    CHECK(as_input(&x_train, d.x_train, lenet5)); /* (60000, 28, 28, 1) */
    CHECK(as_input(&x_test, d.x_test, lenet5));

    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = options.epochs > 0 ? options.epochs : 5;
    fit.batch_size = 64;
    fit.seed = options.seed;
    fit.verbose = 2;
    denoise_metric *metric = denoise_metric_accuracy();
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &metric;
    compile.metric_count = 1;
    denoise_optimizer *adam = adam_with_cosine(2e-3, count_steps(denoise_tensor_dim(x_train, 0), fit.batch_size, fit.epochs));
    CHECK(denoise_model_compile(&trainer, lenet5, adam, denoise_loss_sparse_categorical_crossentropy(NULL), &compile));
    CHECK(denoise_trainer_fit(trainer, x_train, d.train_labels, &fit));

    CHECK(evaluate_accuracy(&accuracy, trainer, x_test, d.test_labels));
    printf("%.4f on clean digits\n", accuracy);
    CHECK(denoise_model_save_weights(lenet5, example_path(&options, "lenet5.safetensors")));
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(lenet5);
    denoise_tensor_free(x_train), denoise_tensor_free(x_test), digits_free(&d);
    return result;
}
