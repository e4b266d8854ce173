/* SPDX-License-Identifier: Apache-2.0 */
/* What the notebook measures, draws and writes down. */
#ifndef DENOISE_EXAMPLES_NOTEBOOK_RESULTS_H
#define DENOISE_EXAMPLES_NOTEBOOK_RESULTS_H

#include "common.h"
#include <math.h>
#include <time.h>

typedef struct noise_results {
    int was_run;
    double accuracy_noisy, accuracy_denoised, accuracy_composite_noisy, accuracy_composite_clean;
    double psnr_noisy, psnr_denoised, best_val_loss, epoch_seconds;
    int64_t epochs;
    char weights[64], picture[64], curves_png[64], curves_svg[64];
} noise_results;

typedef struct notebook_results {
    double classifier_epoch_seconds, accuracy_clean;
    noise_results gaussian, uniform;
} notebook_results;

/* A callback that keeps the shortest epoch's seconds: the one that the machine disturbed least. */
typedef struct stopwatch {
    double start, *shortest;
} stopwatch;

static double seconds_now(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static denoise_status start_watch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs;
    ((stopwatch *)user_data)->start = seconds_now();
    return DENOISE_OK;
}

static denoise_status stop_watch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    stopwatch *watch = user_data;
    double seconds = seconds_now() - watch->start;
    (void)trainer, (void)logs;
    if (epoch == 0 || seconds < *watch->shortest) *watch->shortest = seconds;
    return DENOISE_OK;
}

static denoise_callback *notebook_stopwatch(double *shortest)
{
    stopwatch *watch = calloc(1, sizeof *watch);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    if (watch == NULL) return NULL; /* taking NULL is an error that fit reports */
    watch->shortest = shortest;
    hooks.on_epoch_begin = start_watch;
    hooks.on_epoch_end = stop_watch;
    return denoise_callback_lambda(&hooks, watch, free);
}

static void notebook_read_history(noise_results *r, const denoise_history *history)
{
    const double *val_loss = denoise_history_values(history, "val_loss");
    r->epochs = denoise_history_epochs(history);
    for (int64_t i = 0; val_loss != NULL && i < r->epochs; i++) {
        if (i == 0 || val_loss[i] < r->best_val_loss) r->best_val_loss = val_loss[i];
    }
}

/* Noisy, denoised and labelled rows of the first ten test digits, and the learning curves. */
static denoise_status notebook_draw(const char *kind, noise_results *r, const example_options *options, denoise_tensor *noisy,
                                    denoise_tensor *clean, const denoise_tensor *predictions, const denoise_tensor *labels,
                                    const denoise_history *history)
{
    const denoise_tensor *rows[] = {noisy, clean}, *classes[] = {NULL, predictions};
    const char *captions[] = {"noisy", "denoised"};
    char title[64];
    denoise_plot_images_options images = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    denoise_plot_curves_options curves = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    denoise_plot_curve lines[] = {{"loss", denoise_history_values(history, "loss"), NULL, r->epochs},
                                  {"val_loss", denoise_history_values(history, "val_loss"), NULL, r->epochs}};
    r->was_run = 1;
    snprintf(r->weights, sizeof r->weights, "autoencoder_%s.safetensors", kind);
    snprintf(r->picture, sizeof r->picture, "%s_digits.png", kind);
    snprintf(r->curves_png, sizeof r->curves_png, "%s_curves.png", kind);
    snprintf(r->curves_svg, sizeof r->curves_svg, "%s_curves.svg", kind);
    snprintf(title, sizeof title, "%s noise: denoised and classified", kind);
    images.title = title;
    images.row_captions = captions;
    images.row_caption_count = 2;
    images.expected = labels;
    images.count = 10;
    denoise_status status = denoise_plot_image_rows(example_path(options, r->picture), rows, classes, 2, &images);
    snprintf(title, sizeof title, "autoencoder, %s noise", kind);
    curves.title = title;
    curves.y_label = "binary cross-entropy";
    if (status == DENOISE_OK) status = denoise_plot_curves(example_path(options, r->curves_png), lines, 2, &curves);
    if (status == DENOISE_OK) status = denoise_plot_curves(example_path(options, r->curves_svg), lines, 2, &curves);
    return status;
}

static void notebook_print(const char *kind, const noise_results *r)
{
    printf("%s noise: accuracy on noisy %.4f, denoised %.4f; composite on noisy %.4f, on clean %.4f\n", kind, r->accuracy_noisy,
           r->accuracy_denoised, r->accuracy_composite_noisy, r->accuracy_composite_clean);
    printf("  PSNR %.2f dB -> %.2f dB; %lld epochs, best val_loss %.4f, %.3f s per epoch\n", r->psnr_noisy, r->psnr_denoised,
           (long long)r->epochs, r->best_val_loss, r->epoch_seconds);
}

static void write_noise(FILE *file, const char *kind, const noise_results *r, int is_last)
{
    fprintf(file, "  \"%s\": {\"accuracy_noisy\": %.6f, \"accuracy_denoised\": %.6f,\n", kind, r->accuracy_noisy,
            r->accuracy_denoised);
    fprintf(file, "    \"accuracy_composite_noisy\": %.6f, \"accuracy_composite_clean\": %.6f,\n", r->accuracy_composite_noisy,
            r->accuracy_composite_clean);
    fprintf(file, "    \"psnr_noisy\": %.6f, \"psnr_denoised\": %.6f, \"epochs\": %lld, \"best_val_loss\": %.6f,\n",
            r->psnr_noisy, r->psnr_denoised, (long long)r->epochs, r->best_val_loss);
    fprintf(file, "    \"autoencoder_epoch_seconds\": %.6f,\n", r->epoch_seconds);
    fprintf(file, "    \"pictures\": [\"%s\", \"%s\", \"%s\"]}%s\n", r->picture, r->curves_png, r->curves_svg,
            is_last ? "" : ",");
}

static int notebook_write(const notebook_results *results, const example_options *options, int32_t is_synthetic)
{
    const char *path = example_path(options, "results.json");
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "cannot write \"%s\"\n", path);
        return 1;
    }
    fprintf(file, "{\n  \"seed\": %llu, \"engine\": \"%s\", \"threads\": %d, \"data\": \"%s\",\n",
            (unsigned long long)options->seed, denoise_engine_name(), (int)denoise_num_threads(),
            is_synthetic ? "synthetic" : "mnist");
    fprintf(file, "  \"classifier_epoch_seconds\": %.6f, \"accuracy_clean\": %.6f%s\n", results->classifier_epoch_seconds,
            results->accuracy_clean, results->gaussian.was_run || results->uniform.was_run ? "," : "");
    if (results->gaussian.was_run) write_noise(file, "gaussian", &results->gaussian, !results->uniform.was_run);
    if (results->uniform.was_run) write_noise(file, "uniform", &results->uniform, 1);
    fprintf(file, "}\n");
    if (fclose(file) != 0) {
        fprintf(stderr, "cannot write \"%s\"\n", path);
        return 1;
    }
    printf("\nClean digits: %.4f. Pictures, weights and results.json are in \"%s\".\n", results->accuracy_clean, options->out);
    return 0;
}

#endif
