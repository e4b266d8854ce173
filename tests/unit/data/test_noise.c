/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "kernels/random.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/dataset.h>
#include <denoise/runtime.h>
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef denoise_status (*noise_function)(denoise_tensor **, const denoise_tensor *, double, uint64_t);
static const noise_function functions[] = {denoise_noise_gaussian, denoise_noise_uniform, denoise_noise_salt_and_pepper,
                                           denoise_noise_masking};
enum { GAUSSIAN, UNIFORM, SALT_AND_PEPPER, MASKING, KINDS };

/* Longer than two pieces of work, and no multiple of one. */
enum { ROWS = 3, COLUMNS = 4001, SIZE = ROWS * COLUMNS };
static const int64_t shape[] = {ROWS, COLUMNS};

static denoise_tensor *constant(float value)
{
    denoise_tensor *x = NULL;
    assert_int_equal(denoise_tensor_new(&x, DENOISE_FLOAT32, shape, 2), DENOISE_OK);
    float *values = denoise_tensor_data(x);
    for (int i = 0; i < SIZE; i++) {
        values[i] = value;
    }
    return x;
}

static denoise_tensor *ramp(void)
{
    denoise_tensor *x = constant(0);
    float *values = denoise_tensor_data(x);
    for (int i = 0; i < SIZE; i++) {
        values[i] = (float)(i % 256) / 255;
    }
    return x;
}

static denoise_tensor *apply(int kind, const denoise_tensor *x, double level, uint64_t seed)
{
    denoise_tensor *out = NULL;
    assert_int_equal(functions[kind](&out, x, level, seed), DENOISE_OK);
    assert_int_equal(denoise_tensor_dtype(out), DENOISE_FLOAT32);
    assert_int_equal(denoise_tensor_rank(out), denoise_tensor_rank(x));
    assert_int_equal(denoise_tensor_size(out), denoise_tensor_size(x));
    return out;
}

static uint64_t stream(void)
{
    return denoise__stream(DENOISE__STREAM_NOISE, 0, 0, 0);
}

static void element_i_uses_number_i_of_the_stream(void **state)
{
    (void)state;
    static float normal[SIZE], uniform[SIZE];
    denoise_tensor *x = ramp();
    const float *from = denoise_tensor_const_data(x);
    denoise__random_normal(42, stream(), 0, normal, SIZE, 0, 1);
    denoise__random_uniform(42, stream(), 0, uniform, SIZE, 0, 1);
    for (int kind = 0; kind < KINDS; kind++) {
        float level = kind == GAUSSIAN || kind == UNIFORM ? 0.9F : 0.25F;
        denoise_tensor *out = apply(kind, x, level, 42);
        const float *values = denoise_tensor_const_data(out);
        for (int i = 0; i < SIZE; i++) {
            float expected = from[i];
            float u = uniform[i];
            if (kind == GAUSSIAN) expected = fminf(fmaxf(from[i] + level * normal[i], 0), 1);
            if (kind == UNIFORM) expected = fminf(fmaxf(from[i] + level * u, 0), 1);
            if (kind == SALT_AND_PEPPER && u < 0.25F) expected = u < 0.125F ? 0 : 1;
            if (kind == MASKING && u < 0.25F) expected = 0;
            assert_true(values[i] == expected);
        }
        denoise_tensor_free(out);
    }
    denoise_tensor_free(x);
}

static void seeds_and_float64(void **state)
{
    (void)state;
    denoise_tensor *x = ramp();
    denoise_tensor *wide = NULL;
    assert_int_equal(denoise_tensor_astype(&wide, x, DENOISE_FLOAT64), DENOISE_OK);
    for (int kind = 0; kind < KINDS; kind++) {
        denoise_tensor *first = apply(kind, x, 0.5, 1);
        denoise_tensor *again = apply(kind, x, 0.5, 1);
        denoise_tensor *other = apply(kind, x, 0.5, 2);
        denoise_tensor *from_wide = apply(kind, wide, 0.5, 1);
        assert_true(denoise_tensor_equal(first, again));
        assert_false(denoise_tensor_equal(first, other));
        assert_true(denoise_tensor_equal(first, from_wide));
        denoise_tensor_free(from_wide);
        denoise_tensor_free(other);
        denoise_tensor_free(again);
        denoise_tensor_free(first);
    }
    denoise_tensor_free(wide);
    denoise_tensor_free(x);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    denoise_tensor *x = ramp();
    for (int kind = 0; kind < KINDS; kind++) {
        assert_int_equal(denoise_set_num_threads(1), DENOISE_OK);
        denoise_tensor *expected = apply(kind, x, 0.5, 7);
        for (int32_t threads = 2; threads <= 4; threads++) {
            assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
            denoise_tensor *out = apply(kind, x, 0.5, 7);
            assert_memory_equal(denoise_tensor_const_data(out), denoise_tensor_const_data(expected), SIZE * sizeof(float));
            denoise_tensor_free(out);
        }
        denoise_tensor_free(expected);
    }
    denoise_tensor_free(x);
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

/* A caller's rounding mode neither changes a bit nor is changed. */
static void rounding_modes_change_no_bit(void **state)
{
    (void)state;
    denoise_tensor *x = ramp();
    for (int kind = 0; kind < KINDS; kind++) {
        denoise_tensor *expected = apply(kind, x, 0.3, 7);
        assert_int_equal(fesetround(FE_UPWARD), 0);
        denoise_tensor *out = apply(kind, x, 0.3, 7);
        int mode = fegetround();
        fesetround(FE_TONEAREST);
        assert_int_equal(mode, FE_UPWARD);
        assert_memory_equal(denoise_tensor_const_data(out), denoise_tensor_const_data(expected), SIZE * sizeof(float));
        denoise_tensor_free(out);
        denoise_tensor_free(expected);
    }
    denoise_tensor_free(x);
}

static double share(const denoise_tensor *tensor, float value)
{
    const float *values = denoise_tensor_const_data(tensor);
    int64_t count = 0;
    for (int64_t i = 0; i < SIZE; i++) {
        count += values[i] == value;
    }
    return (double)count / SIZE;
}

/* 12,003 elements: a share has a standard deviation of at most 0.0046. */
static void shares(void **state)
{
    (void)state;
    denoise_tensor *x = constant(0.5F);
    denoise_tensor *out = apply(GAUSSIAN, x, 0.9, 3);
    assert_float_equal(share(out, 0), 0.2892, 0.02); /* P(N < -0.5 / 0.9) */
    assert_float_equal(share(out, 1), 0.2892, 0.02);
    denoise_tensor_free(out);
    out = apply(UNIFORM, x, 0.9, 3);
    assert_float_equal(share(out, 0), 0, 0);
    assert_float_equal(share(out, 1), 1 - 0.5 / 0.9, 0.02);
    denoise_tensor_free(out);
    out = apply(SALT_AND_PEPPER, x, 0.3, 3);
    assert_float_equal(share(out, 0), 0.15, 0.02);
    assert_float_equal(share(out, 1), 0.15, 0.02);
    assert_float_equal(share(out, 0.5F), 0.7, 0.02);
    denoise_tensor_free(out);
    out = apply(MASKING, x, 0.3, 3);
    assert_float_equal(share(out, 0), 0.3, 0.02);
    assert_float_equal(share(out, 0.5F), 0.7, 0.02);
    denoise_tensor_free(out);
    denoise_tensor_free(x);
}

static void extreme_levels(void **state)
{
    (void)state;
    denoise_tensor *x = ramp();
    for (int kind = 0; kind < KINDS; kind++) {
        denoise_tensor *out = apply(kind, x, 0, 3); /* none */
        assert_true(denoise_tensor_equal(out, x));
        denoise_tensor_free(out);
    }
    denoise_tensor *out = apply(SALT_AND_PEPPER, x, 1, 3);
    assert_float_equal(share(out, 0) + share(out, 1), 1, 0);
    denoise_tensor_free(out);
    out = apply(MASKING, x, 1, 3);
    assert_float_equal(share(out, 0), 1, 0);
    denoise_tensor_free(out);
    out = apply(UNIFORM, x, -2, 3); /* a factor may be negative */
    assert_true(share(out, 0) > 0.5);
    denoise_tensor_free(out);
    denoise_tensor_free(x);
}

static void nan_stays(void **state)
{
    (void)state;
    denoise_tensor *x = constant(NAN);
    for (int kind = GAUSSIAN; kind <= UNIFORM; kind++) {
        denoise_tensor *out = apply(kind, x, 0.9, 3);
        for (int i = 0; i < SIZE; i++) {
            assert_true(isnan(((const float *)denoise_tensor_const_data(out))[i]));
        }
        denoise_tensor_free(out);
    }
    denoise_tensor_free(x);
}

static void an_empty_tensor(void **state)
{
    (void)state;
    denoise_tensor *x = NULL;
    assert_int_equal(denoise_tensor_new(&x, DENOISE_FLOAT32, (const int64_t[]){0, 784}, 2), DENOISE_OK);
    for (int kind = 0; kind < KINDS; kind++) {
        denoise_tensor_free(apply(kind, x, 0.5, 1));
    }
    denoise_tensor_free(x);
}

static void errors(void **state)
{
    (void)state;
    denoise_tensor *x = ramp();
    denoise_tensor *bytes = NULL;
    assert_int_equal(denoise_tensor_new(&bytes, DENOISE_UINT8, shape, 2), DENOISE_OK);
    for (int kind = 0; kind < KINDS; kind++) {
        denoise_tensor *out = x;
        assert_int_equal(functions[kind](NULL, x, 0.5, 0), DENOISE_ERR_NULL);
        assert_int_equal(functions[kind](&out, NULL, 0.5, 0), DENOISE_ERR_NULL);
        assert_null(out);
        assert_int_equal(functions[kind](&out, bytes, 0.5, 0), DENOISE_ERR_DTYPE);
        assert_non_null(strstr(denoise_last_error(), "uint8"));
        assert_int_equal(functions[kind](&out, x, NAN, 0), DENOISE_ERR_RANGE);
        assert_int_equal(functions[kind](&out, x, INFINITY, 0), DENOISE_ERR_RANGE);
        if (kind == GAUSSIAN || kind == UNIFORM) {
            assert_int_equal(functions[kind](&out, x, 1e39, 0), DENOISE_ERR_RANGE);
            assert_non_null(strstr(denoise_last_error(), "factor"));
        } else {
            assert_int_equal(functions[kind](&out, x, -0.1, 0), DENOISE_ERR_RANGE);
            assert_int_equal(functions[kind](&out, x, 1.1, 0), DENOISE_ERR_RANGE);
            assert_non_null(strstr(denoise_last_error(), "probability is 1.1"));
        }
        assert_null(out);
    }
    denoise_tensor_free(bytes);
    denoise_tensor_free(x);
}

static void out_of_memory(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    denoise_tensor *x = ramp();
    int64_t before = failing_alloc_live();
    for (int kind = 0; kind < KINDS; kind++) {
        for (int64_t n = 1;; n++) {
            denoise_tensor *out = NULL;
            failing_alloc_arm(n, false);
            denoise_status status = functions[kind](&out, x, 0.5, 1);
            bool failed = failing_alloc_disarm();
            denoise_tensor_free(out);
            assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
            assert_int_equal(failing_alloc_live(), before);
            if (!failed) break;
        }
    }
    denoise_tensor_free(x);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_i_uses_number_i_of_the_stream),
        cmocka_unit_test(seeds_and_float64),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(rounding_modes_change_no_bit),
        cmocka_unit_test(shares),
        cmocka_unit_test(extreme_levels),
        cmocka_unit_test(nan_stays),
        cmocka_unit_test(an_empty_tensor),
        cmocka_unit_test(errors),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
