/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"

static void test_equal(void **state)
{
    (void)state;
    static const struct {
        array a, b;
        int32_t equal;
    } rows[] = {
        {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {DENOISE_FLOAT32, 1, {2}, {1, 2}}, 1},
        {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {DENOISE_FLOAT32, 1, {2}, {1, 3}}, 0},
        {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {DENOISE_FLOAT64, 1, {2}, {1, 2}}, 0},
        {{DENOISE_FLOAT32, 1, {2}, {1, 2}}, {DENOISE_FLOAT32, 2, {1, 2}, {1, 2}}, 0},
        {{DENOISE_FLOAT32, 1, {2}, {-0.0, 2}}, {DENOISE_FLOAT32, 1, {2}, {0, 2}}, 1},
        {{DENOISE_FLOAT64, 1, {2}, {-0.0, 2}}, {DENOISE_FLOAT64, 1, {2}, {0, 2}}, 1},
        {{DENOISE_FLOAT64, 1, {1}, {NAN}}, {DENOISE_FLOAT64, 1, {1}, {NAN}}, 0},
        {{DENOISE_FLOAT32, 1, {1}, {NAN}}, {DENOISE_FLOAT32, 1, {1}, {NAN}}, 0},
        {{DENOISE_FLOAT32, 1, {1}, {1e-45}}, {DENOISE_FLOAT32, 1, {1}, {0}}, 0},
        {{DENOISE_INT32, 1, {2}, {1, 2}}, {DENOISE_INT32, 1, {2}, {1, 2}}, 1},
        {{DENOISE_INT64, 1, {2}, {1, 2}}, {DENOISE_INT64, 1, {2}, {1, 4}}, 0},
        {{DENOISE_UINT8, 0, {0}, {7}}, {DENOISE_UINT8, 0, {0}, {7}}, 1},
        {{DENOISE_UINT8, 2, {0, 3}, {0}}, {DENOISE_UINT8, 2, {0, 3}, {0}}, 1},
        {{DENOISE_UINT8, 2, {0, 3}, {0}}, {DENOISE_UINT8, 2, {0, 4}, {0}}, 0},
        {{0}, {DENOISE_UINT8, 2, {0, 4}, {0}}, 0},
        {{0}, {0}, 0},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *a = array_tensor(&rows[i].a), *b = array_tensor(&rows[i].b);
        if (denoise_tensor_equal(a, b) != rows[i].equal || denoise_tensor_equal(b, a) != rows[i].equal) fail_msg("row %d", i);
        denoise_tensor_free(a);
        denoise_tensor_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
