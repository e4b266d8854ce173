/* SPDX-License-Identifier: Apache-2.0 */
/* The rings of kernels of every size up to 6, as Keras 2 fills them: built up from the centre, a ring padded on after the
 * other. */
#include "support/nets.h"
#include <stdbool.h>
#include <string.h>

enum { MOST = 6, CHANNELS = 6 };

/* A square that grows: its elements, `size` by `size`. */
static void pad(float *square, int64_t size, float value)
{
    float old[MOST * MOST];
    memcpy(old, square, sizeof old);
    for (int64_t i = 0; i < (size + 2) * (size + 2); i++) {
        int64_t row = i / (size + 2) - 1, column = i % (size + 2) - 1;
        bool is_old = row >= 0 && row < size && column >= 0 && column < size;
        square[i] = is_old ? old[row * size + column] : value;
    }
}

static void build_up(const float *kernel, int64_t n, float *square)
{
    int64_t start = n / 2, size = n % 2 == 0 ? 2 : 1;
    for (int64_t i = 0; i < size * size; i++)
        square[i] = kernel[(start - 1) * n + start - 1];
    for (int64_t i = n % 2 == 0 ? 1 : 0; i < start; i++, size += 2)
        pad(square, size, kernel[(start + i) * n + start + i]);
    assert_int_equal(size, n);
}

static void rings_are_those_of_keras_2(void **state)
{
    (void)state;
    for (int64_t n = 2; n <= MOST; n++) {
        const int64_t shape[] = {n, n, 2, 3};
        denoise_tensor *w;
        ASSERT_OK(denoise_tensor_new(&w, DENOISE_FLOAT32, shape, 4));
        float *values = denoise_tensor_data(w), before[MOST * MOST * CHANNELS];
        for (int64_t i = 0; i < n * n * CHANNELS; i++)
            before[i] = values[i] = (float)(i * 13 % 101);
        ASSERT_OK(denoise_constraint_apply(w, "RadialConstraint", NULL));
        for (int64_t c = 0; c < CHANNELS; c++) {
            float kernel[MOST * MOST], square[MOST * MOST];
            for (int64_t i = 0; i < n * n; i++)
                kernel[i] = before[i * CHANNELS + c];
            build_up(kernel, n, square);
            for (int64_t i = 0; i < n * n; i++)
                if (values[i * CHANNELS + c] != square[i]) fail_msg("size %lld, element %lld", (long long)n, (long long)i);
        }
        denoise_tensor_free(w);
    }
}

static denoise_tensor *filled(const int64_t *shape)
{
    denoise_tensor *w;
    ASSERT_OK(denoise_tensor_new(&w, DENOISE_FLOAT32, shape, 4));
    for (int64_t i = 0; i < denoise_tensor_size(w); i++)
        ((float *)denoise_tensor_data(w))[i] = 5;
    return w;
}

static void other_shapes(void **state)
{
    (void)state;
    denoise_tensor *w = filled((const int64_t[]){1, 1, 2, 3});
    ASSERT_OK(denoise_constraint_apply(w, "radial_constraint", NULL)); /* one element is its own ring */
    assert_true(((const float *)denoise_tensor_const_data(w))[4] == 5);
    denoise_tensor_free(w);
    w = filled((const int64_t[]){2, 3, 1, 1});
    ASSERT_FAILS(denoise_constraint_apply(w, "radial_constraint", NULL), DENOISE_ERR_SHAPE,
                 "radial_constraint: a weight has shape (2, 3, 1, 1), expected (n, n, inputs, outputs)");
    denoise_tensor_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rings_are_those_of_keras_2), cmocka_unit_test(other_shapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
