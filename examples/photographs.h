/* SPDX-License-Identifier: Apache-2.0 */
/* Grey pictures from a folder of PNG files, noise that is not clipped, and patches cut out at random to learn from. */
#ifndef DENOISE_EXAMPLES_PHOTOGRAPHS_H
#define DENOISE_EXAMPLES_PHOTOGRAPHS_H

#include "common.h"
#include <dirent.h>

enum { PHOTOGRAPHS_MAX = 1000, PATCH = 40 };

typedef struct photographs {
    int64_t count;
    char *names[PHOTOGRAPHS_MAX];              /* of the files, without ".png", in order */
    denoise_tensor *pictures[PHOTOGRAPHS_MAX]; /* float32 (1, height, width, 1), 0..1 */
} photographs;

static inline void photographs_free(photographs *p)
{
    for (int64_t i = 0; i < p->count; i++)
        free(p->names[i]), denoise_tensor_free(p->pictures[i]);
    p->count = 0;
}

/* uint8 (height, width, channels) becomes grey: 0.299 R + 0.587 G + 0.114 B (Rec. 601); transparency is passed over. */
static inline denoise_status photograph_load(denoise_tensor **out, const char *path)
{
    denoise_tensor *bytes;
    *out = NULL;
    denoise_status status = denoise_png_load(&bytes, path, NULL);
    if (status != DENOISE_OK) return status;
    const int64_t channels = denoise_tensor_dim(bytes, 2);
    status = denoise_tensor_new(out, DENOISE_FLOAT32,
                                (const int64_t[]){1, denoise_tensor_dim(bytes, 0), denoise_tensor_dim(bytes, 1), 1}, 4);
    if (status == DENOISE_OK) {
        const uint8_t *from = denoise_tensor_const_data(bytes);
        float *to = denoise_tensor_data(*out);
        for (int64_t i = 0; i < denoise_tensor_size(*out); i++, from += channels)
            to[i] = (channels < 3 ? (float)from[0] : 0.299f * from[0] + 0.587f * from[1] + 0.114f * from[2]) / 255;
    }
    denoise_tensor_free(bytes);
    return status;
}

static inline int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folder's PNG files, in order; returns 0, and says why, when there are none. */
static inline int photographs_list(photographs *p, const char *folder, int64_t at_most)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries != NULL && p->count < PHOTOGRAPHS_MAX && (entry = readdir(entries)) != NULL) {
        const size_t length = strlen(entry->d_name);
        if (length <= 4 || entry->d_name[0] == '.' || strcmp(entry->d_name + length - 4, ".png") != 0) continue;
        char *name = calloc(length, 1);
        if (name == NULL) break;
        p->names[p->count++] = memcpy(name, entry->d_name, length - 4);
    }
    if (entries != NULL) closedir(entries);
    qsort(p->names, (size_t)p->count, sizeof *p->names, compare_names);
    while (at_most > 0 && p->count > at_most)
        free(p->names[--p->count]);
    if (p->count == 0) fprintf(stderr, "there are no PNG pictures in the folder \"%s\"\n", folder);
    return p->count > 0;
}

/* Reads the pictures of a folder, at most so many (-1 = all); returns 0, and says why, when it fails. */
static inline int photographs_load(photographs *p, const char *folder, int64_t at_most)
{
    char path[4096];
    if (!photographs_list(p, folder, at_most)) return 0;
    for (int64_t i = 0; i < p->count; i++) {
        snprintf(path, sizeof path, "%s/%s.png", folder, p->names[i]);
        if (photograph_load(&p->pictures[i], path) == DENOISE_OK) continue;
        fprintf(stderr, "%s\n", denoise_last_error());
        return 0;
    }
    return 1;
}

/* x + sigma / 255 N(0, 1), not clipped: a denoiser is measured on noise whose mean is 0 everywhere. */
static inline denoise_status photograph_add_noise(denoise_tensor **out, const denoise_tensor *x, double sigma, uint64_t seed,
                                                  uint64_t stream)
{
    denoise_rng *rng;
    *out = NULL;
    denoise_status status = denoise_rng_new(&rng, seed, stream);
    if (status == DENOISE_OK)
        status = denoise_tensor_random_normal(out, denoise_tensor_shape(x), denoise_tensor_rank(x), rng, 0, sigma / 255);
    denoise_rng_free(rng);
    return status == DENOISE_OK ? denoise_tensor_add_into(*out, *out, x) : status;
}

/* Where patches come from. */
typedef struct patches {
    const photographs *from;
    double sigma;
    uint64_t seed;
} patches;

/* A patch of one of the pictures, perhaps mirrored, into clean, and with noise into noisy: chosen by the generator alone. */
static inline denoise_status draw_patch(float *noisy, float *clean, const patches *p, denoise_rng *rng)
{
    uint32_t words[4] = {0};
    denoise_status status = denoise_rng_words(rng, words, 4);
    if (status == DENOISE_OK) status = denoise_rng_normal(rng, noisy, PATCH * PATCH, 0, p->sigma / 255);
    const denoise_tensor *picture = p->from->pictures[words[0] % (uint64_t)p->from->count];
    const int64_t height = denoise_tensor_dim(picture, 1), width = denoise_tensor_dim(picture, 2);
    const int64_t top = words[1] % (height - PATCH + 1), left = words[2] % (width - PATCH + 1);
    const float *pixels = denoise_tensor_const_data(picture);
    for (int i = 0; i < PATCH * PATCH; i++) {
        const int row = i / PATCH, column = words[3] >> 31 ? PATCH - 1 - i % PATCH : i % PATCH;
        clean[i] = pixels[(top + row) * width + left + column];
        noisy[i] += clean[i];
    }
    return status;
}

/* The generator's `next`. What a row holds is a function of seed, pass and row, so nothing has to be kept between calls. */
static inline denoise_status next_patches(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                                          denoise_tensor *const *sample_weight, const denoise_dataset_place *place,
                                          void *user_data)
{
    const patches *p = user_data;
    denoise_status status = DENOISE_OK;
    (void)sample_weight;
    for (*count = 0; *count < denoise_tensor_dim(x[0], 0) && status == DENOISE_OK; ++*count) {
        denoise_rng *rng;
        status = denoise_rng_new(&rng, p->seed + (uint64_t)place->pass, (uint64_t)(place->row + *count));
        if (status != DENOISE_OK) return status;
        const int64_t at = *count * PATCH * PATCH;
        status = draw_patch((float *)denoise_tensor_data(x[0]) + at, (float *)denoise_tensor_data(y[0]) + at, p, rng);
        denoise_rng_free(rng);
    }
    return status;
}

/* A pass begins, or goes on at another row: nothing to do. */
static inline denoise_status any_place(const denoise_dataset_place *place, void *user_data)
{
    (void)place, (void)user_data;
    return DENOISE_OK;
}

/* Noisy patches and clean ones, so many in an epoch, other ones in each. `p` must live as long as the dataset. */
static inline denoise_status patches_dataset(denoise_dataset **out, patches *p, int64_t rows, int64_t batch_size)
{
    denoise_dataset_generator generator = DENOISE_DATASET_GENERATOR_INIT;
    denoise_tensor *like;
    *out = NULL;
    for (int64_t i = 0; i < p->from->count; i++) {
        const denoise_tensor *picture = p->from->pictures[i];
        if (denoise_tensor_dim(picture, 1) >= PATCH && denoise_tensor_dim(picture, 2) >= PATCH) continue;
        fprintf(stderr, "\"%s\" has fewer than %d rows or columns\n", p->from->names[i], PATCH);
        return DENOISE_ERR_SHAPE;
    }
    denoise_status status = denoise_tensor_new(&like, DENOISE_FLOAT32, (const int64_t[]){1, PATCH, PATCH, 1}, 4);
    if (status != DENOISE_OK) return status;
    generator.x = generator.y = (const denoise_tensor *const *)&like;
    generator.input_count = generator.target_count = 1;
    generator.rows = rows;
    generator.next = next_patches;
    generator.restart = generator.seek = any_place;
    status = denoise_dataset_from_generator(out, &generator, p, NULL);
    if (status == DENOISE_OK) status = denoise_dataset_batch(*out, batch_size, 0);
    if (status == DENOISE_OK) status = denoise_dataset_prefetch(*out, 2);
    denoise_tensor_free(like);
    return status;
}

/* FOLDER/dncnn_NAME.png: a picture clean, noisy and denoised, side by side, pixel for pixel. */
static inline denoise_status draw_denoised(const char *folder, const char *name, const denoise_tensor *const *pictures,
                                           double noisy_psnr, double denoised_psnr)
{
    denoise_tensor *all;
    char path[4096], noisy[32], denoised[32];
    const char *const labels[] = {"clean", noisy, denoised};
    const int64_t shape[] = {3, denoise_tensor_dim(pictures[0], 1), denoise_tensor_dim(pictures[0], 2), 1};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    denoise_status status = denoise_tensor_new(&all, DENOISE_FLOAT32, shape, 4);
    if (status != DENOISE_OK) return status;
    const int64_t bytes = denoise_tensor_bytes(pictures[0]);
    for (int64_t i = 0; i < 3; i++)
        memcpy((char *)denoise_tensor_data(all) + i * bytes, denoise_tensor_const_data(pictures[i]), (size_t)bytes);
    snprintf(path, sizeof path, "%s/dncnn_%s.png", folder, name);
    snprintf(noisy, sizeof noisy, "noisy, %.2f dB", noisy_psnr);
    snprintf(denoised, sizeof denoised, "denoised, %.2f dB", denoised_psnr);
    plot.labels = labels;
    plot.label_count = plot.columns = 3;
    plot.scale = 1;
    plot.colormap = DENOISE_COLORMAP_GRAY;
    status = denoise_plot_images(path, all, &plot);
    denoise_tensor_free(all);
    return status;
}

#endif
