/* SPDX-License-Identifier: Apache-2.0 */
/* MNIST, or digits of the library's own where there is none. */
#include "data/mnist.h"
#include <denoise/dataset.h>
#include <stddef.h>

enum { TRAIN_COUNT = 60000, TEST_COUNT = 10000 }; /* as MNIST */

static denoise_status draw(denoise_tensor **train_images, denoise_tensor **train_labels, denoise_tensor **test_images,
                           denoise_tensor **test_labels, uint64_t seed)
{
    denoise_tensor *images = NULL, *labels = NULL;
    DENOISE__TRY(denoise_synthetic_digits(&images, &labels, TRAIN_COUNT, seed, 0));
    denoise_status status = denoise_synthetic_digits(test_images, test_labels, TEST_COUNT, seed, 1);
    if (status != DENOISE_OK) {
        denoise_tensor_free(images);
        denoise_tensor_free(labels);
        return status;
    }
    *train_images = images;
    *train_labels = labels;
    return DENOISE_OK;
}

denoise_status denoise_digits_load(denoise_tensor **train_images, denoise_tensor **train_labels, denoise_tensor **test_images,
                                   denoise_tensor **test_labels, const char *folder, uint64_t seed, int32_t *is_synthetic)
{
    denoise_tensor **const results[4] = {train_images, train_labels, test_images, test_labels};
    for (int i = 0; i < 4; i++) {
        if (results[i] != NULL) *results[i] = NULL;
    }
    if (is_synthetic != NULL) *is_synthetic = 0;
    DENOISE__CHECK_NULL(train_images);
    DENOISE__CHECK_NULL(train_labels);
    DENOISE__CHECK_NULL(test_images);
    DENOISE__CHECK_NULL(test_labels);
    DENOISE__CHECK_NULL(is_synthetic);
    bool present = false;
    DENOISE__TRY(denoise__mnist_present(&present, folder));
    if (present) return denoise_mnist_load(train_images, train_labels, test_images, test_labels, folder);
    DENOISE__TRY(draw(train_images, train_labels, test_images, test_labels, seed));
    *is_synthetic = 1;
    return DENOISE_OK;
}
