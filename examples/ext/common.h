/* SPDX-License-Identifier: Apache-2.0 */
/* What the examples of kinds share: each registers one, has it tested, and trains with it a little. */
#ifndef EXT_COMMON_H
#define EXT_COMMON_H

#include <denoise/denoise.h>
#include <denoise/ext.h>
#include <math.h>
#include <stdio.h>

#define CHECK(call)                                                                                                            \
    do {                                                                                                                       \
        if ((call) != DENOISE_OK) {                                                                                            \
            fprintf(stderr, "%s\n", denoise_last_error());                                                                     \
            return 1;                                                                                                          \
        }                                                                                                                      \
    } while (0)

/* Fits y = sin(3 x) with Dense(8), `middle` and Dense(1), and prints the last loss. What is NULL is the library's own; parts
 * are adopted. */
static inline int fit_sine(denoise_layer *middle, denoise_optimizer *optimizer, denoise_loss *loss, denoise_metric *metric,
                           denoise_callback *callback)
{
    enum { ROWS = 64 };
    float inputs[ROWS], targets[ROWS];
    const int64_t shape[] = {ROWS, 1}, one[] = {1};
    for (int i = 0; i < ROWS; i++) {
        inputs[i] = (float)i / ROWS * 2 - 1;
        targets[i] = sinf(3 * inputs[i]);
    }
    denoise_tensor *x, *y;
    CHECK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, shape, 2, inputs));
    CHECK(denoise_tensor_from_data(&y, DENOISE_FLOAT32, shape, 2, targets));
    denoise_sequential *layers;
    denoise_model *model;
    denoise_trainer *trainer;
    CHECK(denoise_sequential_new(&layers, NULL));
    CHECK(denoise_sequential_add(layers, denoise_layer_input(one, 1, NULL)));
    CHECK(denoise_sequential_add(layers, denoise_layer_dense(8, NULL, NULL)));
    CHECK(denoise_sequential_add(layers, middle != NULL ? middle : denoise_layer_activation("tanh", NULL)));
    CHECK(denoise_sequential_add(layers, denoise_layer_dense(1, NULL, NULL)));
    CHECK(denoise_sequential_build(&model, layers, NULL));
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    adam.learning_rate = 0.02;
    compile.metrics = &metric;
    compile.metric_count = metric != NULL;
    fit.epochs = 60;
    fit.batch_size = 16;
    fit.verbose = 0;
    CHECK(denoise_model_compile(&trainer, model, optimizer != NULL ? optimizer : denoise_optimizer_adam(&adam),
                                loss != NULL ? loss : denoise_loss_mean_squared_error(), &compile));
    if (callback != NULL) CHECK(denoise_trainer_add_callback(trainer, callback));
    CHECK(denoise_trainer_fit(trainer, x, y, &fit));
    const denoise_history *history = denoise_trainer_history(trainer);
    for (int64_t i = 0; i < denoise_history_key_count(history); i++) {
        const char *key = denoise_history_key(history, i);
        const double *values = denoise_history_values(history, key);
        printf("%s: %.4f after the first epoch, %.4f after the last\n", key, values[0],
               values[denoise_history_epochs(history) - 1]);
    }
    const double *losses = denoise_history_values(history, "loss");
    int learned = losses[denoise_history_epochs(history) - 1] < 0.5 * losses[0];
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(layers);
    denoise_tensor_free(x), denoise_tensor_free(y);
    if (fflush(stdout) != 0) {
        perror("standard output");
        return 1;
    }
    return learned ? 0 : 1;
}

#endif
