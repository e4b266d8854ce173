/* SPDX-License-Identifier: Apache-2.0 */
/* Task 1: what is running. Introduces: version, build information, threads, a tensor, a picture. */
#include "common.h"

int main(int argc, char **argv)
{
    example_options options;
    denoise_tensor *row = NULL, *image = NULL;
    char info[1024];
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    printf("libdenoise %s\n", denoise_version());
    denoise_build_info(info, (int64_t)sizeof info);
    printf("%s\n", info);
    printf("%d threads compute; the results do not depend on their number.\n", (int)denoise_num_threads());

    /* np.arange(784, dtype=np.float32).reshape(1, 28, 28) */
    CHECK(denoise_tensor_arange(&row, DENOISE_FLOAT32, 0, 784, 1));
    CHECK(denoise_tensor_reshape(&image, row, (const int64_t[]){1, 28, 28}, 3));
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.title = "0 white, 783 black";
    plot.vmax = 783;
    CHECK(denoise_plot_images(example_path(&options, "task1_setup.png"), image, &plot));
    result = 0;
done:
    denoise_tensor_free(row), denoise_tensor_free(image);
    return result;
}
