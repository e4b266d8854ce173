/* SPDX-License-Identifier: Apache-2.0 */
/* Denoising with fresh noise in every epoch. Introduces: datasets, shuffling by a buffer, map, batches made ahead. */
#include "digits.h"
#include "models.h"

/* What add_noise needs to know. */
typedef struct noise {
    double factor;
    uint64_t seed;
} noise;

/* Clean rows become noisy ones, in place. The seed is a function of the place, so that each epoch has noise of its own, and a
 * run with the same seed has the same. */
static denoise_status add_noise(denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *sample_weight,
                                const denoise_dataset_place *place, void *user_data)
{
    const noise *n = user_data;
    denoise_tensor *noisy;
    uint64_t seed = n->seed + 1000003 * (uint64_t)place->pass + (uint64_t)place->row;
    (void)y, (void)sample_weight;
    denoise_status status = denoise_noise_gaussian(&noisy, x[0], n->factor, seed);
    if (status != DENOISE_OK) return status;
    memcpy(denoise_tensor_data(x[0]), denoise_tensor_const_data(noisy), (size_t)denoise_tensor_bytes(noisy));
    denoise_tensor_free(noisy);
    return DENOISE_OK;
}

/* Clean images as inputs, which become noisy, and as targets. */
static denoise_status make_dataset(denoise_dataset **out, const denoise_tensor *clean, noise *n)
{
    denoise_status status = denoise_dataset_from_tensors(out, clean, clean);
    if (status == DENOISE_OK) status = denoise_dataset_shuffle(*out, denoise_tensor_dim(clean, 0), n->seed);
    if (status == DENOISE_OK) status = denoise_dataset_map(*out, add_noise, n, NULL);
    if (status == DENOISE_OK) status = denoise_dataset_batch(*out, 512, 0);
    if (status == DENOISE_OK) status = denoise_dataset_prefetch(*out, 2);
    return status;
}

int main(int argc, char **argv)
{
    example_options options;
    digits d = {0};
    denoise_model *autoencoder = NULL;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x_noisy = NULL, *denoised = NULL;
    denoise_dataset *dataset = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;
    noise n = {.factor = 0.9, .seed = options.seed};

    CHECK(digits_load(&d, &options));
    CHECK(make_dataset(&dataset, d.x_train, &n));
    CHECK(denoise_noise_gaussian(&x_noisy, d.x_test, n.factor, options.seed + 1));
    CHECK(build_autoencoder(&autoencoder, &options));
    CHECK(denoise_model_compile(&trainer, autoencoder, denoise_optimizer_adam(NULL), denoise_loss_binary_crossentropy(NULL),
                                NULL));

    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = options.epochs > 0 ? options.epochs : 20;
    fit.validation_x = (const denoise_tensor *const *)&x_noisy;
    fit.validation_y = (const denoise_tensor *const *)&d.x_test;
    fit.validation_batch_size = 512;
    fit.verbose = 2;
    CHECK(denoise_trainer_fit_dataset(trainer, dataset, NULL, &fit));

    double before, after;
    CHECK(denoise_model_predict(&denoised, autoencoder, x_noisy, NULL));
    CHECK(measure(&before, denoise_metric_psnr(28, 28, 1.0), d.x_test, x_noisy));
    CHECK(measure(&after, denoise_metric_psnr(28, 28, 1.0), d.x_test, denoised));
    printf("PSNR %.2f dB noisy, %.2f dB denoised\n", before, after);
    result = 0;
done:
    denoise_trainer_free(trainer), denoise_model_free(autoencoder), denoise_dataset_free(dataset);
    denoise_tensor_free(x_noisy), denoise_tensor_free(denoised), digits_free(&d);
    return result;
}
