/* SPDX-License-Identifier: Apache-2.0 */
/* DnCNN (K. Zhang et al., Beyond a Gaussian Denoiser, 2017), a network that predicts the noise of photographs: with --train a
 * small one learns from the pictures of a folder, else --weights names one; with --pictures it denoises those of a folder.
 * Introduces: residual learning, batch normalisation, rows from a generator, one file of weights for pictures of all sizes. */
#include "dncnn.h"
#include "models.h"
#include "photographs.h"
#include "training.h"

/* Seven layers of 32 channels learn from patches of the pictures. */
static int train(const char *path, const photographs *p, double sigma, int64_t rows, const example_options *options)
{
    patches from = {p, sigma, options->seed};
    denoise_model *model = NULL;
    denoise_trainer *trainer = NULL;
    denoise_dataset *dataset = NULL;
    denoise_metric *psnr = denoise_metric_psnr(PATCH, PATCH, 1.0);
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    int result = 1;
    compile.metrics = &psnr, compile.metric_count = 1;
    fit.epochs = options->epochs > 0 ? options->epochs : 20, fit.verbose = 2, fit.seed = options->seed;
    CHECK(build_dncnn(&model, &(const dncnn){7, 32, 1}, PATCH, PATCH, options->seed));
    CHECK(denoise_model_print_summary(model, NULL));
    CHECK(patches_dataset(&dataset, &from, rows, 32));
    denoise_optimizer *adam = adam_with_cosine(1e-3, count_steps(rows, 32, fit.epochs));
    CHECK(denoise_model_compile(&trainer, model, adam, denoise_loss_mean_squared_error(), &compile));
    CHECK(denoise_trainer_fit_dataset(trainer, dataset, NULL, &fit));
    CHECK(denoise_model_save_weights(model, path));
    CHECK(draw_curves(example_path(options, "dncnn_training.png"), trainer, "psnr", "PSNR of the patches, dB"));
    result = 0;
done:
    denoise_dataset_free(dataset), denoise_trainer_free(trainer), denoise_model_free(model);
    return result;
}

/* Denoises pictures that get noise, and measures: PSNR on values clipped to 0..1, each picture's and the mean. */
static int denoise_all(const photographs *p, const char *weights, double sigma, const example_options *options)
{
    denoise_model *model = NULL;
    denoise_tensor *noisy = NULL, *denoised = NULL;
    double before, after, sum = 0;
    int result = 1;
    for (int64_t i = 0, height = 0, width = 0; i < p->count; i++) {
        denoise_tensor *clean = p->pictures[i];
        if (denoise_tensor_dim(clean, 1) != height || denoise_tensor_dim(clean, 2) != width) {
            height = denoise_tensor_dim(clean, 1), width = denoise_tensor_dim(clean, 2);
            denoise_model_free(model);
            CHECK(load_dncnn(&model, weights, height, width));
        }
        CHECK(photograph_add_noise(&noisy, clean, sigma, options->seed, (uint64_t)i));
        CHECK(denoise_model_predict(&denoised, model, noisy, NULL));
        CHECK(denoise_tensor_clip_into(denoised, denoised, 0, 1));
        CHECK(measure(&before, denoise_metric_psnr(height, width, 1.0), clean, noisy));
        CHECK(measure(&after, denoise_metric_psnr(height, width, 1.0), clean, denoised));
        const denoise_tensor *const pictures[] = {clean, noisy, denoised};
        printf("%-12s %4lld x %-4lld PSNR %.2f dB noisy, %.2f dB denoised\n", p->names[i], (long long)width, (long long)height,
               before, after);
        CHECK(draw_denoised(options->out, p->names[i], pictures, before, after));
        denoise_tensor_free(noisy), denoise_tensor_free(denoised);
        noisy = denoised = NULL;
        sum += after;
    }
    printf("mean of %lld: %.3f dB\n", (long long)p->count, sum / (double)p->count);
    result = 0;
done:
    denoise_model_free(model), denoise_tensor_free(noisy), denoise_tensor_free(denoised);
    return result;
}

int main(int argc, char **argv)
{
    const char *weights = NULL, *folder = NULL, *train_folder = NULL;
    int64_t sigma = 25, count = -1, rows = 6400;
    const example_extra extra[] = {
        {"weights", "  --weights FILE     of a DnCNN, safetensors", &weights, NULL},
        {"pictures", "  --pictures FOLDER  of PNG files that get noise and are denoised", &folder, NULL},
        {"train", "  --train FOLDER     of PNG files from which a small network learns first", &train_folder, NULL},
        {"sigma", "  --sigma N          of the noise, of 255 (25)", NULL, &sigma},
        {"count", "  --count N          pictures of a folder, the first ones (all)", NULL, &count},
        {"patches", "  --patches N        to learn from in an epoch (6400)", NULL, &rows}};
    example_options options;
    photographs p = {0};
    int result = 1;
    if (!example_start_with(&options, argc, argv, extra, (int)(sizeof extra / sizeof *extra))) return 1;
    if (train_folder != NULL) {
        weights = example_path(&options, "dncnn.safetensors");
        result = !photographs_load(&p, train_folder, count) || train(weights, &p, (double)sigma, rows, &options);
        photographs_free(&p);
    }
    if (folder != NULL && weights != NULL && (train_folder == NULL || result == 0)) {
        result = !photographs_load(&p, folder, count) || denoise_all(&p, weights, (double)sigma, &options);
        photographs_free(&p);
    }
    if (train_folder == NULL && (folder == NULL || weights == NULL))
        fprintf(stderr, "%s --help lists what it needs\n", argv[0]);
    return result;
}
