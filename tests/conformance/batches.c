/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/batches.h"
#include <math.h>

denoise_tensor *uniform_rows(int64_t rows, int64_t columns, double low, double high, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_rng_new(&rng, 13, stream));
    ASSERT_OK(denoise_tensor_random_uniform(&tensor, (const int64_t[]){rows, columns}, 2, rng, low, high));
    denoise_rng_free(rng);
    return tensor;
}

denoise_tensor *one_hot_rows(const denoise_tensor *labels, int64_t columns)
{
    denoise_tensor *tensor;
    ASSERT_OK(denoise_tensor_one_hot(&tensor, labels, columns));
    return tensor;
}

denoise_tensor *stepped(const denoise_tensor *tensor, const denoise_tensor *direction, double step)
{
    denoise_tensor *part, *sum;
    ASSERT_OK(denoise_tensor_scale(&part, direction, step));
    ASSERT_OK(denoise_tensor_add(&sum, tensor, part));
    denoise_tensor_free(part);
    return sum;
}

double dot_of(const denoise_tensor *a, const denoise_tensor *b)
{
    double sum = 0.0, p, q;
    assert_int_equal(denoise_tensor_size(a), denoise_tensor_size(b));
    for (int64_t i = 0; i < denoise_tensor_size(a); i++) {
        ASSERT_OK(denoise_tensor_item(a, i, &p));
        ASSERT_OK(denoise_tensor_item(b, i, &q));
        sum += p * q;
    }
    return sum;
}

void assert_near(double a, double b, double tolerance, const char *what, const char *file, int line)
{
    if (a == b || fabs(a - b) <= tolerance * (1.0 + fabs(b))) return;
    print_error("%s is %.17g, expected %.17g\n", what, a, b);
    _fail(file, line);
}
