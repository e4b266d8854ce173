/* SPDX-License-Identifier: Apache-2.0 */
/* The whole notebook: a classifier learns MNIST, fails on noisy digits, an autoencoder learns to denoise them, accuracy comes back,
 * and both become one model. Once with the notes' Gaussian noise, once with the uniform noise that their text describes.
 * Introduces: everything that the tasks introduce one by one; timing epochs with a callback; results as JSON. */
#include "common.h"
#include "notebook_results.h"
#include <math.h>

typedef struct digits {
    denoise_tensor *train_images, *train_labels, *test_images, *test_labels;
    denoise_tensor *x_train, *x_test; /* float32 (n, 784), 0..1 */
    int32_t is_synthetic;
} digits;

static void free_digits(digits *d)
{
    denoise_tensor_free(d->train_images), denoise_tensor_free(d->train_labels), denoise_tensor_free(d->test_images);
    denoise_tensor_free(d->test_labels), denoise_tensor_free(d->x_train), denoise_tensor_free(d->x_test);
}

/* (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data(); x = x.reshape(n, 784) / 255 */
static denoise_status load_digits(digits *d, const example_options *options)
{
    denoise_status status = denoise_digits_load(&d->train_images, &d->train_labels, &d->test_images, &d->test_labels, options->data,
                                                options->seed, &d->is_synthetic);
    if (status == DENOISE_OK) status = denoise_images_to_rows(&d->x_train, d->train_images, 1.0 / 255);
    if (status == DENOISE_OK) status = denoise_images_to_rows(&d->x_test, d->test_images, 1.0 / 255);
    return status;
}

/* Sequential([Input(784), Dense(256, relu), Dense(256, relu), Dense(10, softmax)]) */
static denoise_status build_classifier(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = options->seed;
    denoise_sequential *s;
    denoise_status status = denoise_sequential_new(&s, "classifier");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){784}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(options->units, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(10, "softmax", NULL));
    status = denoise_sequential_build(out, s, &build);
    denoise_sequential_free(s);
    return status;
}

/* x = Input(784); Model(x, Dense(784, sigmoid)(Dense(64, relu)(x))) */
static denoise_status build_autoencoder(denoise_model **out, uint64_t seed)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = seed;
    denoise_graph *g;
    denoise_status status = denoise_graph_new(&g, "autoencoder");
    if (status != DENOISE_OK) return status;
    denoise_node *image = denoise_graph_input(g, (const int64_t[]){784}, 1);
    denoise_node *encoded = denoise_graph_apply(g, denoise_layer_dense(64, "relu", NULL), image);
    denoise_node *decoded = denoise_graph_apply(g, denoise_layer_dense(784, "sigmoid", NULL), encoded);
    status = denoise_graph_build(out, g, image, decoded, &build);
    denoise_graph_free(g);
    return status;
}

/* x = Input(784); Model(x, classifier(autoencoder(x))): the weights are shared, not copied */
static denoise_status compose(denoise_model **out, denoise_model *autoencoder, denoise_model *classifier)
{
    denoise_graph *g;
    denoise_status status = denoise_graph_new(&g, "denoise_and_classify");
    if (status != DENOISE_OK) return status;
    denoise_node *image = denoise_graph_input(g, (const int64_t[]){784}, 1);
    denoise_node *clean = denoise_graph_apply_model(g, autoencoder, image);
    status = denoise_graph_build(out, g, image, denoise_graph_apply_model(g, classifier, clean), NULL);
    denoise_graph_free(g);
    return status;
}

/* The share of rows whose greatest prediction is the label. */
static denoise_status accuracy_of(double *value, const denoise_tensor *labels, const denoise_tensor *predictions)
{
    denoise_metric *metric = denoise_metric_sparse_categorical_accuracy();
    denoise_status status = denoise_metric_update(metric, labels, predictions, NULL);
    if (status == DENOISE_OK) status = denoise_metric_compute(value, metric);
    denoise_metric_free(metric);
    return status;
}

static denoise_status psnr_of(double *value, const denoise_tensor *clean, const denoise_tensor *other)
{
    denoise_metric *metric = denoise_metric_psnr(28, 28, 1.0);
    denoise_status status = denoise_metric_update(metric, clean, other, NULL);
    if (status == DENOISE_OK) status = denoise_metric_compute(value, metric);
    denoise_metric_free(metric);
    return status;
}

static denoise_status evaluate(double *accuracy, denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_logs *logs;
    denoise_status status = denoise_trainer_evaluate(&logs, trainer, x, y, NULL);
    if (status == DENOISE_OK) status = denoise_logs_get(logs, "accuracy", accuracy);
    denoise_logs_free(logs);
    return status;
}

static denoise_status train_classifier(denoise_trainer **out, denoise_model *model, const digits *d, const example_options *options,
                                       notebook_results *results)
{
    denoise_metric *accuracy = denoise_metric_accuracy();
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &accuracy;
    compile.metric_count = 1;
    denoise_status status = denoise_model_compile(out, model, denoise_optimizer_adam(NULL),
                                                  denoise_loss_sparse_categorical_crossentropy(NULL), &compile);
    if (status == DENOISE_OK) status = denoise_trainer_add_callback(*out, notebook_stopwatch(&results->classifier_epoch_seconds));
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

static denoise_status train_autoencoder(denoise_trainer **out, denoise_model *model, const denoise_tensor *x_noisy, const digits *d,
                                        const example_options *options, noise_results *results)
{
    denoise_status status = denoise_model_compile(out, model, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL), NULL);
    if (status != DENOISE_OK) return status;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    early.patience = 5;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = print_val_loss;
    denoise_trainer_add_callback(*out, denoise_callback_early_stopping(&early));
    denoise_trainer_add_callback(*out, denoise_callback_lambda(&hooks, NULL, NULL));
    denoise_trainer_add_callback(*out, notebook_stopwatch(&results->epoch_seconds)); /* fit tells when one of the three failed */
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
    denoise_tensor *noisy_train = NULL, *noisy_test = NULL, *clean = NULL, *classes = NULL, *together = NULL, *on_clean = NULL;
    denoise_model *autoencoder = NULL, *composite = NULL;
    denoise_trainer *trainer = NULL;
    printf("\n== %s noise: clip(x + 0.9 * %s, 0, 1) ==\n", kind, strcmp(kind, "uniform") == 0 ? "U(0, 1)" : "N(0, 1)");
    CHECK(example_add_noise(&noisy_train, d->x_train, kind, options->seed));
    CHECK(example_add_noise(&noisy_test, d->x_test, kind, options->seed + 1));
    printf("The classifier on noisy digits:\n");
    CHECK(evaluate(&r->accuracy_noisy, judge, noisy_test, d->test_labels));
    CHECK(build_autoencoder(&autoencoder, options->seed));
    CHECK(denoise_model_print_summary(autoencoder, NULL));
    printf("Training the autoencoder, val_loss after each epoch:\n");
    CHECK(train_autoencoder(&trainer, autoencoder, noisy_train, d, options, r));
    CHECK(denoise_model_predict(&clean, autoencoder, noisy_test, NULL));
    CHECK(denoise_model_predict(&classes, classifier, clean, NULL));
    printf("The classifier on denoised digits:\n");
    CHECK(evaluate(&r->accuracy_denoised, judge, clean, d->test_labels));
    CHECK(psnr_of(&r->psnr_noisy, d->x_test, noisy_test));
    CHECK(psnr_of(&r->psnr_denoised, d->x_test, clean));
    CHECK(compose(&composite, autoencoder, classifier));
    CHECK(denoise_model_print_summary(composite, NULL));
    CHECK(denoise_model_predict(&together, composite, noisy_test, NULL));
    CHECK(denoise_model_predict(&on_clean, composite, d->x_test, NULL));
    CHECK(accuracy_of(&r->accuracy_composite_noisy, d->test_labels, together));
    CHECK(accuracy_of(&r->accuracy_composite_clean, d->test_labels, on_clean));
    printf("One model and the two models in turn predict %s.\n",
           denoise_tensor_equal(together, classes) ? "the same bits" : "DIFFERENT numbers");
    CHECK(notebook_draw(kind, r, options, noisy_test, clean, together, d->test_labels, denoise_trainer_history(trainer)));
    CHECK(denoise_model_save_weights(autoencoder, example_path(options, r->weights)));
    notebook_print(kind, r);
    result = denoise_tensor_equal(together, classes) ? 0 : 1;
done:
    denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_model_free(composite);
    denoise_tensor_free(noisy_train), denoise_tensor_free(noisy_test), denoise_tensor_free(clean);
    denoise_tensor_free(classes), denoise_tensor_free(together), denoise_tensor_free(on_clean);
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
    CHECK(load_digits(&d, &options));
    printf("Data: %s.\n", d.is_synthetic ? "no MNIST was found, so these are synthetic digits (tools/fetch-mnist brings the real ones)"
                                         : "MNIST, 60,000 digits to learn from and 10,000 to test");
    CHECK(build_classifier(&classifier, &options));
    CHECK(denoise_model_print_summary(classifier, NULL));
    CHECK(train_classifier(&judge, classifier, &d, &options, &results));
    printf("The classifier on clean digits:\n");
    CHECK(evaluate(&results.accuracy_clean, judge, d.x_test, d.test_labels));
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
    denoise_trainer_free(judge), denoise_model_free(classifier), free_digits(&d);
    denoise_shutdown();
    return result;
}
