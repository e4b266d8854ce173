/* SPDX-License-Identifier: Apache-2.0 */
/* What denoise_bench starts to learn what a process costs that does one thing with the shared library:
 *
 *     denoise_bench_process predict FILE          weights from FILE, one image through denoiser and classifier
 *     denoise_bench_process train ROWS [FOLDER]   an epoch of the classifier from images as bytes; ROWS synthetic digits, or
 *                                                 with 0 MNIST where there is any
 *     denoise_bench_process dncnn BATCH           two steps of DnCNN-S, see conv_networks.h
 *
 * It writes one line of JSON: the clock when it was done, milliseconds since main began, and memory in MB. */
#include "check.h"
#include "clock.h"
#include "conv_networks.h"
#include "counters.h"
#include "networks.h"
#include <string.h>

static double began;

static void tell(double done)
{
    printf("{\"done\": %.9f, \"in_process_ms\": %.6f, \"peak_rss_mb\": %.3f, \"rss_mb\": %.3f}\n", done, (done - began) * 1e3,
           (double)counters_rss_kb("VmHWM") / 1024.0, (double)counters_rss_kb("VmRSS") / 1024.0);
}

static void predict(const char *path)
{
    denoise_tensor *x, *y;
    denoise_model *model = network_build_composite(false);
    int64_t shape[] = {1, network_autoencoder.widths[0]};
    check(denoise_model_load_weights(model, path, NULL));
    check(denoise_tensor_new(&x, DENOISE_FLOAT32, shape, 2));
    check(denoise_model_predict(&y, model, x, NULL));
    double done = clock_seconds();
    tell(done);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_model_free(model);
}

static denoise_tensor *load(denoise_tensor **labels, int64_t rows, const char *folder)
{
    denoise_tensor *images, *flat, *test, *test_labels;
    int32_t is_synthetic;
    if (rows > 0) {
        check(denoise_synthetic_digits(&images, labels, rows, 0, 0));
    } else {
        check(denoise_digits_load(&images, labels, &test, &test_labels, folder, 0, &is_synthetic));
        denoise_tensor_free(test), denoise_tensor_free(test_labels);
    }
    int64_t shape[] = {denoise_tensor_dim(images, 0), network_classifier.widths[0]};
    check(denoise_tensor_reshape(&flat, images, shape, 2));
    denoise_tensor_free(images);
    return flat;
}

static void train(int64_t rows, const char *folder)
{
    denoise_tensor *labels, *images = load(&labels, rows, folder);
    denoise_trainer *trainer = network_compile(&network_classifier, true);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = NETWORK_BATCH;
    fit.verbose = 0;
    check(denoise_trainer_fit(trainer, images, labels, &fit));
    double done = clock_seconds();
    tell(done);
    denoise_trainer_free(trainer);
    denoise_tensor_free(images), denoise_tensor_free(labels);
}

static void train_dncnn(int64_t batch)
{
    double flops;
    denoise_tensor *x, *y;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_trainer *trainer = conv_network_compile(&dncnn_train, &flops);
    conv_network_data(&dncnn_train, batch, &x, &y);
    fit.batch_size = batch;
    fit.epochs = 2;
    fit.verbose = 0;
    check(denoise_trainer_fit(trainer, x, y, &fit));
    tell(clock_seconds());
    denoise_trainer_free(trainer);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

int main(int argc, char **argv)
{
    began = clock_seconds();
    const char *work = argc >= 3 ? argv[1] : "";
    if (argc == 3 && strcmp(work, "predict") == 0) {
        predict(argv[2]);
    } else if (argc <= 4 && strcmp(work, "train") == 0) {
        train(atoll(argv[2]), argc == 4 ? argv[3] : NULL);
    } else if (argc == 3 && strcmp(work, "dncnn") == 0) {
        train_dncnn(atoll(argv[2]));
    } else {
        check_that(0, "usage: predict FILE | train ROWS [FOLDER] | dncnn BATCH");
    }
    denoise_shutdown();
    return check_output(0);
}
