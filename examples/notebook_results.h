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

/* A callback that times the epochs of one fit and keeps their median. */
enum { MAX_TIMED_EPOCHS = 512 };
typedef struct stopwatch {
    double start, seconds[MAX_TIMED_EPOCHS], *median;
    int count;
} stopwatch;

static double seconds_now(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
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
    (void)trainer, (void)epoch, (void)logs;
    if (watch->count == MAX_TIMED_EPOCHS) return DENOISE_OK;
    watch->seconds[watch->count++] = seconds_now() - watch->start;
    qsort(watch->seconds, (size_t)watch->count, sizeof *watch->seconds, compare_seconds);
    *watch->median = watch->seconds[watch->count / 2];
    return DENOISE_OK;
}

static denoise_callback *notebook_stopwatch(double *median)
{
    stopwatch *watch = calloc(1, sizeof *watch);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    if (watch == NULL) return NULL; /* taking NULL is an error that fit reports */
    watch->median = median;
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

/* On a terminal, the pictures at once: the first digits noisy and denoised, wrong labels in red. */
static denoise_status notebook_show(const denoise_tensor *images, const denoise_tensor *predictions,
                                    const denoise_tensor *labels)
{
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    const char *colours = getenv("COLORTERM");
    char *text;
    if (!isatty(STDOUT_FILENO)) return DENOISE_OK;
    options.predictions = predictions;
    options.expected = labels;
    options.count = options.per_row = 5;
    options.style = colours != NULL && colours[0] != '\0' ? DENOISE_TERMINAL_TRUECOLOR : DENOISE_TERMINAL_256;
    denoise_status status = denoise_plot_images_terminal(&text, images, &options);
    if (status == DENOISE_OK) printf("%s\n", text);
    denoise_free(text);
    return status;
}

/* What the classifier says of ten test digits, clean, noisy and denoised, and the learning curves. */
static denoise_status notebook_draw(const char *kind, noise_results *r, const example_options *options,
                                    const denoise_tensor *const rows[3], const denoise_tensor *const classes[3],
                                    const denoise_tensor *labels, const denoise_history *history)
{
    const char *captions[] = {"clean", "noisy", "denoised"};
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
    images.row_caption_count = 3;
    images.expected = labels;
    images.count = 10;
    denoise_status status = denoise_plot_image_rows(example_path(options, r->picture), rows, classes, 3, &images);
    snprintf(title, sizeof title, "autoencoder, %s noise", kind);
    curves.title = title;
    curves.y_label = "binary cross-entropy";
    if (status == DENOISE_OK) status = denoise_plot_curves(example_path(options, r->curves_png), lines, 2, &curves);
    if (status == DENOISE_OK) status = denoise_plot_curves(example_path(options, r->curves_svg), lines, 2, &curves);
    if (status == DENOISE_OK) status = notebook_show(rows[1], classes[1], labels);
    return status == DENOISE_OK ? notebook_show(rows[2], classes[2], labels) : status;
}

static void print_line(const char *what, double value, const char *keras)
{
    printf("  %-28s %8.4f   %s\n", what, value, keras);
}

/* This run beside real Keras on MNIST (five seeds for Gaussian, three for uniform noise, 100 epochs with patience 5). */
static void notebook_print(const char *kind, const noise_results *r)
{
    int is_uniform = strcmp(kind, "uniform") == 0;
    printf("\n%-30s this run   Keras on MNIST\n", is_uniform ? "uniform noise" : "gaussian noise");
    print_line("accuracy on noisy digits", r->accuracy_noisy, is_uniform ? "0.130 - 0.177" : "0.153 - 0.208");
    print_line("accuracy on denoised digits", r->accuracy_denoised, is_uniform ? "0.945 - 0.948" : "0.755 - 0.791");
    print_line("composite on noisy digits", r->accuracy_composite_noisy, "the same as on denoised digits");
    print_line("composite on clean digits", r->accuracy_composite_clean, is_uniform ? "0.549 - 0.674" : "0.856 - 0.874");
    print_line("PSNR of noisy digits, dB", r->psnr_noisy, is_uniform ? "6.29" : "6.35");
    print_line("PSNR of denoised digits, dB", r->psnr_denoised, is_uniform ? "19.2 - 19.4" : "15.4 - 15.5");
    print_line("best val_loss", r->best_val_loss, is_uniform ? "0.1029 - 0.1048" : "0.1579 - 0.1585");
    printf("  %-28s %8lld   %s\n", "epochs", (long long)r->epochs, is_uniform ? "63 - 76" : "97 - 100");
    printf("  %-28s %8.3f\n", "seconds per epoch, median", r->epoch_seconds);
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
    int is_whole = !ferror(file);
    if (fclose(file) != 0 || !is_whole) {
        fprintf(stderr, "cannot write \"%s\"\n", path);
        return 1;
    }
    printf("\nKeras' ranges are those of a few seeds: a figure of one seed, as here (--seed %llu), may lie outside.\n",
           (unsigned long long)options->seed);
    printf("Clean digits: %.4f (Keras on MNIST 0.965 - 0.970). The notes report about 0.20 on noisy and 0.90 on denoised "
           "digits: their\n"
           "code draws Gaussian noise, their text describes uniform noise; the two figures above are what each of them gives.\n"
           "Pictures, weights and results.json are in \"%s\".\n",
           results->accuracy_clean, options->out);
    return 0;
}

#endif
