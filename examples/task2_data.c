/* SPDX-License-Identifier: Apache-2.0 */
/* Task 2: the data. Introduces: loading MNIST, shapes and element types, rows of 784 numbers, drawing digits. */
#include "digits.h"

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_tensor *ten = NULL;
    char text[8192];
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));
    CHECK(denoise_tensor_rows(&ten, d.train_labels, 0, 10));
    printf("x_train %lld images of %lld x %lld bytes, x_test %lld\n", (long long)denoise_tensor_dim(d.train_images, 0),
           (long long)denoise_tensor_dim(d.train_images, 1), (long long)denoise_tensor_dim(d.train_images, 2),
           (long long)denoise_tensor_dim(d.test_images, 0));
    denoise_tensor_format(ten, text, (int64_t)sizeof text);
    printf("the first ten labels: %s\n", text);
    denoise_tensor_format(d.x_train, text, (int64_t)sizeof text);
    printf("x_train as rows: %s\n", text);

    /* plot(x_train, y_train) */
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.predictions = d.train_labels;
    plot.count = 10;
    CHECK(denoise_plot_images(example_path(&options, "task2_data.png"), d.x_train, &plot));
    result = 0;
done:
    denoise_tensor_free(ten), digits_free(&d);
    return result;
}
