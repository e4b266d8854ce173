/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a small model and predicts; the probabilities of each row must sum to 1. Valid C11 and C++11. */
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>

static int check(denoise_status status, const char *what)
{
    if (status != DENOISE_OK) fprintf(stderr, "%s: %s\n", what, denoise_last_error());
    return status == DENOISE_OK;
}

static int sums_to_one(const denoise_tensor *rows)
{
    const float *value = (const float *)denoise_tensor_const_data(rows);
    int64_t row, column;
    for (row = 0; row < denoise_tensor_dim(rows, 0); row++) {
        double sum = 0;
        for (column = 0; column < denoise_tensor_dim(rows, 1); column++)
            sum += (double)*value++;
        if (!(fabs(sum - 1) < 1e-5)) return 0;
    }
    return denoise_tensor_size(rows) == 6;
}

int main(void)
{
    const int64_t input_shape[1] = {3}, data_shape[2] = {2, 3};
    const float data[6] = {0, 1, 2, 3, 4, 5};
    denoise_sequential *layers = NULL;
    denoise_model *model = NULL;
    denoise_tensor *x = NULL, *y = NULL;
    int good = check(denoise_sequential_new(&layers, NULL), "new") &&
               check(denoise_sequential_add(layers, denoise_layer_input(input_shape, 1, NULL)), "input") &&
               check(denoise_sequential_add(layers, denoise_layer_dense(4, "relu", NULL)), "dense") &&
               check(denoise_sequential_add(layers, denoise_layer_dense(3, "softmax", NULL)), "dense") &&
               check(denoise_sequential_build(&model, layers, NULL), "build") &&
               check(denoise_tensor_from_data(&x, DENOISE_FLOAT32, data_shape, 2, data), "data") &&
               check(denoise_model_predict(&y, model, x, NULL), "predict") && sums_to_one(y);
    denoise_tensor_free(y);
    denoise_tensor_free(x);
    denoise_model_free(model);
    denoise_sequential_free(layers);
    printf("libdenoise %s: %s\n", denoise_version(), good ? "ok" : "failed");
    return !good;
}
