/* SPDX-License-Identifier: Apache-2.0 */
/* How the convolutional examples train: noise that is new in every epoch, and a learning rate that falls to nothing. */
#ifndef DENOISE_EXAMPLES_TRAINING_H
#define DENOISE_EXAMPLES_TRAINING_H

#include "digits.h"
#include <math.h>

/* Adam whose rate falls from `rate` to 0 in half a wave of the cosine, as the last step is made. */
static inline denoise_optimizer *adam_with_cosine(double rate, double steps)
{
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    adam.schedule = denoise_schedule_cosine_decay(rate, steps, 0, NAN, 0);
    return denoise_optimizer_adam(&adam);
}

/* What add_fresh_noise needs to know. */
typedef struct fresh_noise {
    const char *kind; /* "gaussian" or "uniform" */
    uint64_t seed;
    int64_t clean_every; /* of so many rows one stays clean; 0 = none does */
} fresh_noise;

/* Clean rows become noisy ones, in place; x is float32. The seed is a function of the place: another one in each epoch, the
 * same in each run.
 */
static inline denoise_status add_fresh_noise(denoise_tensor *const *x, denoise_tensor *const *y,
                                             denoise_tensor *const *sample_weight, const denoise_dataset_place *place,
                                             void *user_data)
{
    const fresh_noise *n = user_data;
    denoise_tensor *noisy;
    (void)y, (void)sample_weight;
    denoise_status status =
        digits_add_noise(&noisy, x[0], n->kind, n->seed + 1000003 * (uint64_t)place->pass + (uint64_t)place->row);
    if (status != DENOISE_OK) return status;
    const int64_t rows = denoise_tensor_dim(noisy, 0), length = denoise_tensor_size(noisy) / rows;
    for (int64_t i = 0; i < rows; i++) {
        if (n->clean_every > 0 && (place->row + i) % n->clean_every == 0) continue;
        memcpy((float *)denoise_tensor_data(x[0]) + i * length, (const float *)denoise_tensor_const_data(noisy) + i * length,
               (size_t)length * sizeof(float));
    }
    denoise_tensor_free(noisy);
    return DENOISE_OK;
}

/* Rows of x, shuffled, with fresh noise, and y, which stays clean. `noise` must live as long as the dataset. */
static inline denoise_status noisy_dataset(denoise_dataset **out, const denoise_tensor *x, const denoise_tensor *y,
                                           int64_t batch_size, fresh_noise *noise)
{
    denoise_status status = denoise_dataset_from_tensors(out, x, y);
    if (status == DENOISE_OK) status = denoise_dataset_shuffle(*out, denoise_tensor_dim(x, 0), noise->seed);
    if (status == DENOISE_OK) status = denoise_dataset_map(*out, add_fresh_noise, noise, NULL);
    if (status == DENOISE_OK) status = denoise_dataset_batch(*out, batch_size, 0);
    if (status == DENOISE_OK) status = denoise_dataset_prefetch(*out, 2);
    return status;
}

/* Steps of so many epochs. */
static inline double count_steps(int64_t rows, int64_t batch_size, int64_t epochs)
{
    return (double)((rows + batch_size - 1) / batch_size * epochs);
}

/* The rows as the model takes them, (n, 784) or (n, 28, 28, 1): a view. */
static inline denoise_status as_input(denoise_tensor **out, denoise_tensor *rows, const denoise_model *model)
{
    int64_t shape[DENOISE_MAX_RANK + 1] = {denoise_tensor_dim(rows, 0)};
    int32_t rank = 0;
    denoise_status status = denoise_model_input_shape(model, 0, shape + 1, &rank);
    *out = NULL;
    return status == DENOISE_OK ? denoise_tensor_reshape(out, rows, shape, rank + 1) : status;
}

/* One of the logs over the epochs, of training and, where there is one, of validation. */
static inline denoise_status draw_curves(const char *path, const denoise_trainer *trainer, const char *key, const char *label)
{
    const denoise_history *history = denoise_trainer_history(trainer);
    char val_key[64];
    snprintf(val_key, sizeof val_key, "val_%s", key);
    const denoise_plot_curve curves[] = {
        {key, denoise_history_values(history, key), NULL, denoise_history_epochs(history)},
        {val_key, denoise_history_values(history, val_key), NULL, denoise_history_epochs(history)}};
    denoise_plot_curves_options plot = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    plot.y_label = label;
    return denoise_plot_curves(path, curves, curves[1].values != NULL ? 2 : 1, &plot);
}

#endif
