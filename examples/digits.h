/* SPDX-License-Identifier: Apache-2.0 */
/* The data of the tasks: MNIST where there is any, else synthetic digits. */
#ifndef DENOISE_EXAMPLES_DIGITS_H
#define DENOISE_EXAMPLES_DIGITS_H

#include "common.h"

typedef struct digits {
    denoise_tensor *train_images, *train_labels, *test_images, *test_labels; /* uint8 (n, 28, 28), int32 (n) */
    denoise_tensor *x_train, *x_test;                                        /* float32 (n, 784), 0..1 */
    int32_t is_synthetic;
} digits;

/* *tensor = (*tensor)[:rows]; -1 = all of it */
static inline denoise_status digits_first(denoise_tensor **tensor, int64_t rows)
{
    denoise_tensor *all = *tensor;
    if (rows < 0) return DENOISE_OK;
    denoise_status status = denoise_tensor_rows(tensor, all, 0, rows);
    denoise_tensor_free(all);
    return status;
}

/* (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data(); x = x.reshape(n, 784) / 255 */
static inline denoise_status digits_load(digits *d, const example_options *options)
{
    denoise_status status = denoise_digits_load(&d->train_images, &d->train_labels, &d->test_images, &d->test_labels,
                                                options->data, options->seed, &d->is_synthetic);
    if (status == DENOISE_OK) status = digits_first(&d->train_images, options->rows);
    if (status == DENOISE_OK) status = digits_first(&d->train_labels, options->rows);
    if (status == DENOISE_OK) status = digits_first(&d->test_images, options->rows);
    if (status == DENOISE_OK) status = digits_first(&d->test_labels, options->rows);
    if (status == DENOISE_OK) status = denoise_images_to_rows(&d->x_train, d->train_images, 1.0 / 255);
    if (status == DENOISE_OK) status = denoise_images_to_rows(&d->x_test, d->test_images, 1.0 / 255);
    if (status == DENOISE_OK) {
        printf("Data: %s.\n", d->is_synthetic
                                  ? "no MNIST was found, so these are synthetic digits (tools/fetch-mnist brings the real ones)"
                                  : "MNIST, 60,000 digits to learn from and 10,000 to test");
        if (options->rows > 0) printf("Of each the first %lld.\n", (long long)options->rows);
    }
    return status;
}

static inline void digits_free(digits *d)
{
    denoise_tensor_free(d->train_images), denoise_tensor_free(d->train_labels), denoise_tensor_free(d->test_images);
    denoise_tensor_free(d->test_labels), denoise_tensor_free(d->x_train), denoise_tensor_free(d->x_test);
}

/* x + 0.9 noise, clipped to 0..1, of the kind that --noise says (the notes' code draws Gaussian noise). */
static inline denoise_status digits_add_noise(denoise_tensor **out, const denoise_tensor *x, const char *kind, uint64_t seed)
{
    if (kind != NULL && strcmp(kind, "uniform") == 0) return denoise_noise_uniform(out, x, 0.9, seed);
    return denoise_noise_gaussian(out, x, 0.9, seed);
}

#endif
