/* SPDX-License-Identifier: Apache-2.0 */
#include "digits.h"
#include "check.h"

enum { QUICK_ROWS = 1300, QUICK_TEST_ROWS = 700, PIXELS = 784 };

static void take_rows(denoise_tensor **bytes, denoise_tensor **clean, denoise_tensor *images)
{
    int64_t shape[] = {denoise_tensor_dim(images, 0), PIXELS};
    check(denoise_tensor_reshape(bytes, images, shape, 2));
    check(denoise_images_to_rows(clean, images, 1.0 / 255));
    denoise_tensor_free(images);
}

void digits_make(digits *d, const options *o)
{
    denoise_tensor *train, *test, *test_labels;
    if (o->quick && o->data == NULL) {
        d->is_synthetic = 1;
        check(denoise_synthetic_digits(&train, &d->labels, QUICK_ROWS, 0, 0));
        check(denoise_synthetic_digits(&test, &test_labels, QUICK_TEST_ROWS, 0, 1));
    } else {
        check(denoise_digits_load(&train, &d->labels, &test, &test_labels, o->data, 0, &d->is_synthetic));
    }
    denoise_tensor_free(test_labels);
    take_rows(&d->bytes, &d->clean, train);
    take_rows(&d->test_bytes, &d->test_clean, test);
    check(denoise_noise_gaussian(&d->noisy, d->clean, 0.9, 42));
}

void digits_free(digits *d)
{
    denoise_tensor_free(d->bytes), denoise_tensor_free(d->clean), denoise_tensor_free(d->noisy);
    denoise_tensor_free(d->labels), denoise_tensor_free(d->test_bytes), denoise_tensor_free(d->test_clean);
}
