/* SPDX-License-Identifier: Apache-2.0 */
#include "arrays.h"
#include "support/failing_alloc.h"

/* values of keras.utils.to_categorical */
static void test_values_are_keras(void **state)
{
    (void)state;
    static const struct {
        array labels;
        int64_t classes;
        array wanted;
    } rows[] = {
        {{DENOISE_INT32, 1, {3}, {2, 0, 1}}, 3, {DENOISE_FLOAT32, 2, {3, 3}, {0, 0, 1, 1, 0, 0, 0, 1, 0}}},
        {{DENOISE_UINT8, 1, {3}, {2, 0, 1}}, -1, {DENOISE_FLOAT32, 2, {3, 3}, {0, 0, 1, 1, 0, 0, 0, 1, 0}}},
        {{DENOISE_INT64, 2, {2, 1}, {1, 0}}, 4, {DENOISE_FLOAT32, 2, {2, 4}, {0, 1, 0, 0, 1, 0, 0, 0}}},
        {{DENOISE_FLOAT32, 1, {2}, {1.899999976158142, 0}}, 2, {DENOISE_FLOAT32, 2, {2, 2}, {0, 1, 1, 0}}},
        {{DENOISE_INT32, 1, {2}, {-1, -3}}, 3, {DENOISE_FLOAT32, 2, {2, 3}, {0, 0, 1, 1, 0, 0}}},
        {{DENOISE_INT32, 0, {0}, {1}}, 3, {DENOISE_FLOAT32, 1, {3}, {0, 1, 0}}},
        {{DENOISE_INT32, 2, {2, 2}, {0, 1, 2, 0}}, -1, {DENOISE_FLOAT32, 3, {2, 2, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0}}},
        {{DENOISE_INT32, 3, {2, 1, 1}, {1, 0}}, 2, {DENOISE_FLOAT32, 3, {2, 1, 2}, {0, 1, 1, 0}}},
        {{DENOISE_INT32, 1, {0}, {0}}, 3, {DENOISE_FLOAT32, 2, {0, 3}, {0}}},
        {{DENOISE_FLOAT64, 1, {2}, {0, 1}}, -1, {DENOISE_FLOAT32, 2, {2, 2}, {1, 0, 0, 1}}},
        {{DENOISE_INT32, 1, {1}, {1}}, 2, {DENOISE_FLOAT32, 2, {1, 2}, {0, 1}}},
        {{DENOISE_INT32, 2, {1, 1}, {1}}, 2, {DENOISE_FLOAT32, 2, {1, 2}, {0, 1}}},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *labels = array_tensor(&rows[i].labels), *out = NULL;
        assert_int_equal(denoise_tensor_one_hot(&out, labels, rows[i].classes), DENOISE_OK);
        array_check(out, &rows[i].wanted, "one_hot", i);
        denoise_tensor_free(labels);
        denoise_tensor_free(out);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        array labels;
        int64_t classes;
        denoise_status status;
        const char *text;
    } rows[] = {
        {{DENOISE_INT32, 1, {4}, {1, 2, 3, 12}}, 10, DENOISE_ERR_RANGE, "label at position 3 is 12, expected less than 10"},
        {{DENOISE_INT32, 1, {2}, {0, -4}}, 3, DENOISE_ERR_RANGE, "label at position 1 is -4"},
        {{DENOISE_FLOAT32, 1, {2}, {0, NAN}}, 3, DENOISE_ERR_RANGE, "label at position 1 is nan"},
        {{DENOISE_FLOAT32, 1, {2}, {0, NAN}}, -1, DENOISE_ERR_RANGE, "label at position 1 is nan"},
        {{DENOISE_FLOAT64, 1, {1}, {1e300}}, 3, DENOISE_ERR_RANGE, "label at position 0 is 9223372036854775807"},
        {{DENOISE_FLOAT64, 1, {1}, {1e300}}, -1, DENOISE_ERR_OVERFLOW, "label 9223372036854775807 is too large"},
        {{DENOISE_INT64, 1, {2}, {0, 4611686018427387904.0}}, -1, DENOISE_ERR_OVERFLOW, "elements"},
        {{DENOISE_INT32, 1, {1}, {-1}}, -1, DENOISE_ERR_RANGE, "label at position 0 is -1"},
        {{DENOISE_INT32, 1, {0}, {0}}, -1, DENOISE_ERR_SHAPE, "there are no labels, classes must be given"},
        {{DENOISE_INT32, 1, {1}, {0}}, 0, DENOISE_ERR_RANGE, "classes must be >= 1"},
        {{DENOISE_INT32, 1, {1}, {0}}, -2, DENOISE_ERR_RANGE, "got -2"},
        {{DENOISE_INT32, 8, {1, 1, 1, 1, 1, 1, 1, 2}, {0}}, 3, DENOISE_ERR_SHAPE, "rank 8"},
    };
    for (int i = 0; i < LENGTH(rows); i++) {
        denoise_tensor *labels = array_tensor(&rows[i].labels), *out = labels;
        expect_failure(denoise_tensor_one_hot(&out, labels, rows[i].classes), rows[i].status, rows[i].text);
        assert_null(out);
        denoise_tensor_free(labels);
    }
}

static void test_refuse_null(void **state)
{
    (void)state;
    const array source = {DENOISE_INT32, 1, {1}, {0}};
    denoise_tensor *labels = array_tensor(&source), *out = labels;
    expect_failure(denoise_tensor_one_hot(NULL, labels, 3), DENOISE_ERR_NULL, "out");
    expect_failure(denoise_tensor_one_hot(&out, NULL, 3), DENOISE_ERR_NULL, "labels");
    assert_null(out);
    denoise_tensor_free(labels);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    const array labels_array = {DENOISE_INT32, 1, {3}, {0, 2, 1}};
    denoise_tensor *labels = array_tensor(&labels_array);
    const int64_t before = failing_alloc_live();
    for (int64_t n = 1;; n++) {
        denoise_tensor *out = (denoise_tensor *)&n;
        failing_alloc_arm(n, false);
        const denoise_status status = denoise_tensor_one_hot(&out, labels, -1);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            assert_true(n > 1);
            denoise_tensor_free(out);
            break;
        }
        expect_failure(status, DENOISE_ERR_NOMEM, "memory");
        assert_null(out);
        assert_int_equal(failing_alloc_live(), before);
    }
    denoise_tensor_free(labels);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_keras),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_refuse_null),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
