/* SPDX-License-Identifier: Apache-2.0 */
/* Task 3: noise. Introduces: seeded random numbers, adding, clipping, and the same by one call. */
#include "digits.h"

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_rng *rng = NULL;
    denoise_tensor *noise = NULL, *by_hand = NULL, *x_noisy = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;

    CHECK(digits_load(&d, &options));

    /* x_test + 0.9 * np.random.randn(10000, 784), then np.clip(..., 0., 1.) */
    CHECK(denoise_rng_new(&rng, options.seed, 0));
    CHECK(denoise_tensor_random_normal(&noise, denoise_tensor_shape(d.x_test), 2, rng, 0.0, 0.9));
    CHECK(denoise_tensor_add(&by_hand, d.x_test, noise));
    CHECK(denoise_tensor_clip_into(by_hand, by_hand, 0.0, 1.0));

    /* the same in one call; --noise uniform draws the noise that the notes' text describes */
    CHECK(digits_add_noise(&x_noisy, d.x_test, options.noise, options.seed));

    const denoise_tensor *rows[] = {d.x_test, by_hand, x_noisy};
    const char *captions[] = {"clean", "by hand", options.noise != NULL ? options.noise : "gaussian"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 3;
    plot.count = 10;
    CHECK(denoise_plot_image_rows(example_path(&options, "task3_noise.png"), rows, NULL, 3, &plot));
    printf("Ten digits, clean and noisy, are in \"%s\".\n", example_path(&options, "task3_noise.png"));
    result = 0;
done:
    denoise_rng_free(rng), denoise_tensor_free(noise), denoise_tensor_free(by_hand), denoise_tensor_free(x_noisy),
        digits_free(&d);
    return result;
}
