/* SPDX-License-Identifier: Apache-2.0 */
/* Every activation against its formula in double, its derivative against central differences of that formula. */
#include "support/cmocka_test.h"

#include "activations/activation.h"
#include "support/failing_alloc.h"
#include <denoise/memory.h>
#include <denoise/runtime.h>
#include <math.h>
#include <string.h>

static double linear(double x)
{
    return x;
}
static double relu(double x)
{
    return x > 0 ? x : 0;
}
static double relu6(double x)
{
    return x > 6 ? 6 : relu(x);
}
static double relu_all(double x) /* negative_slope 0.25, max_value 3, threshold 1 */
{
    if (x > 1) return x > 3 ? 3 : x;
    return 0.25 * (x - 1);
}
static double leaky_relu(double x)
{
    return x > 0 ? x : 0.2 * x;
}
static double leaky_relu_half(double x)
{
    return x > 0 ? x : 0.5 * x;
}
static double elu(double x)
{
    return x > 0 ? x : expm1(x);
}
static double elu_two(double x)
{
    return x > 0 ? x : 2 * expm1(x);
}
static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}
static double softplus(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static const struct {
    const char *text;
    double (*formula)(double);
} cases[] = {
    {"linear", linear},
    {"relu", relu},
    {"relu(max_value=6)", relu6},
    {"relu(negative_slope=0.25, max_value=3, threshold=1)", relu_all},
    {"leaky_relu", leaky_relu},
    {"leaky_relu(negative_slope=0.5)", leaky_relu_half},
    {"elu", elu},
    {"elu(alpha=2)", elu_two},
    {"sigmoid", sigmoid},
    {"tanh", tanh},
    {"softplus", softplus},
};
enum { CASES = sizeof cases / sizeof *cases };

static denoise__kind_ref make(const char *text)
{
    denoise__kind_ref ref;
    if (denoise__kind_ref_make(&ref, &denoise__activation_registry, text, NULL) != DENOISE_OK)
        fail_msg("%s: %s", text, denoise_last_error());
    assert_non_null(ref.kind);
    return ref;
}

/* Points away from the corners of the formulas above. */
static const float points[] = {-100, -30,  -5.5f, -2,   -1.25f, -0.5f, -0.01f, -1e-6f, 1e-6f, 0.01f,
                               0.5f, 0.9f, 1.1f,  2.5f, 3.5f,   5.5f,  7,      30,     100};
enum { POINTS = sizeof points / sizeof *points };

static void assert_near(const char *text, float x, float given, double expected)
{
    if (!(fabs((double)given - expected) <= 3e-7 * fmax(1, fabs(expected))))
        fail_msg("%s at %g: %.9g, expected %.9g", text, (double)x, (double)given, expected);
}

static void values_follow_the_formula(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++) {
        denoise__kind_ref ref = make(cases[c].text);
        float y[POINTS];
        denoise__activation_forward(&ref, points, y, POINTS, 1);
        for (int i = 0; i < POINTS; i++)
            assert_near(cases[c].text, points[i], y[i], cases[c].formula((double)points[i]));
        denoise__kind_ref_clear(&ref);
    }
}

static void derivatives_follow_central_differences(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++) {
        denoise__kind_ref ref = make(cases[c].text);
        assert_false(denoise__activation_kind_of(&ref)->needs_input);
        float y[POINTS], d[POINTS];
        for (int i = 0; i < POINTS; i++)
            d[i] = i % 2 ? 1.0f : -0.5f;
        denoise__activation_forward(&ref, points, y, 1, POINTS);
        denoise__activation_backward(&ref, NULL, y, d, d, 1, POINTS); /* in place */
        for (int i = 0; i < POINTS; i++) {
            double x = (double)points[i], h = fabs(x) < 1e-3 ? 1e-7 : 1e-5;
            double slope = (cases[c].formula(x + h) - cases[c].formula(x - h)) / (2 * h);
            if (!(fabs((double)d[i] - (i % 2 ? 1 : -0.5) * slope) <= 1e-6))
                fail_msg("%s at %g: %.9g, expected %.9g", cases[c].text, x, (double)d[i], slope);
        }
        denoise__kind_ref_clear(&ref);
    }
}

/* TensorFlow's choices where the formula has a corner. */
static void derivatives_at_corners(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        float x, slope;
    } corners[] = {
        {"relu", 0, 0}, {"relu(max_value=6)", 6, 0}, {"leaky_relu", 0, 0.2f},
        {"elu", 0, 1},  {"elu(alpha=2)", 0, 2},      {"relu", -0.0f, 0},
    };
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        denoise__kind_ref ref = make(corners[i].text);
        float y, dx, dy = 1;
        denoise__activation_forward(&ref, &corners[i].x, &y, 1, 1);
        denoise__activation_backward(&ref, NULL, &y, &dy, &dx, 1, 1);
        if (dx != corners[i].slope) fail_msg("%s at %g: %g", corners[i].text, (double)corners[i].x, (double)dx);
        denoise__kind_ref_clear(&ref);
    }
}

static void softmax_follows_the_formula(void **state)
{
    (void)state;
    static const float x[2][5] = {{1, 2, 3, -100, 100}, {0.5f, -1.5f, 0, 2, 1}};
    static const float dy[2][5] = {{1, -2, 3, 0.5f, -1}, {0.25f, 1, -1, 2, 0.5f}};
    denoise__kind_ref ref = make("softmax");
    float y[2][5], dx[2][5];
    denoise__activation_forward(&ref, x[0], y[0], 2, 5);
    memcpy(dx, dy, sizeof dx);
    denoise__activation_backward(&ref, NULL, y[0], dx[0], dx[0], 2, 5);
    for (int r = 0; r < 2; r++) {
        double p[5], sum = 0, mean = 0;
        for (int i = 0; i < 5; i++)
            sum += p[i] = exp((double)x[r][i]);
        for (int i = 0; i < 5; i++)
            mean += (double)dy[r][i] * (p[i] /= sum);
        for (int i = 0; i < 5; i++) {
            assert_near("softmax", x[r][i], y[r][i], p[i]);
            assert_near("softmax'", x[r][i], dx[r][i], p[i] * ((double)dy[r][i] - mean));
        }
    }
    denoise__kind_ref_clear(&ref);
}

/* Unlike the other kinds, softmax looks at a row as a whole; long rows are summed in pieces. */
static void softmax_of_long_rows_sums_to_one(void **state)
{
    (void)state;
    enum { COLUMNS = 3001 };
    static float y[2 * COLUMNS];
    denoise__kind_ref ref = make("softmax");
    for (int i = 0; i < 2 * COLUMNS; i++)
        y[i] = (float)(i % 17) / 4;
    denoise__activation_forward(&ref, y, y, 2, COLUMNS);
    for (int r = 0; r < 2; r++) {
        double sum = 0;
        for (int i = 0; i < COLUMNS; i++)
            sum += (double)y[r * COLUMNS + i];
        assert_true(fabs(sum - 1) < 1e-6);
    }
    denoise__kind_ref_clear(&ref);
}

static void nan_and_infinity_go_through(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++) {
        denoise__kind_ref ref = make(cases[c].text);
        float x[3] = {NAN, INFINITY, -INFINITY}, y[3], dx[3], dy[3] = {1, 1, 1};
        denoise__activation_forward(&ref, x, y, 3, 1);
        assert_true(isnan(y[0]));
        for (int i = 1; i < 3; i++) {
            double expected = cases[c].formula((double)x[i]);
            if (!((double)y[i] == expected)) fail_msg("%s(%g) = %g", cases[c].text, (double)x[i], (double)y[i]);
        }
        dy[0] = NAN; /* a gradient that is NaN stays so where the slope is not zero */
        float at[3] = {0.5f, 0.5f, 0.5f};
        denoise__activation_backward(&ref, NULL, at, dy, dx, 3, 1);
        assert_true(isnan(dx[0]) && !isnan(dx[1]));
        denoise__kind_ref_clear(&ref);
    }
    denoise__kind_ref ref = make("softmax");
    float x[6] = {1, NAN, 2, 1, -INFINITY, 1}, y[6];
    denoise__activation_forward(&ref, x, y, 2, 3);
    assert_true(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
    assert_true(y[3] == 0.5f && y[4] == 0 && y[5] == 0.5f);
    denoise__kind_ref_clear(&ref);
}

static void identity_is_told(void **state)
{
    (void)state;
    denoise__kind_ref none = {NULL, NULL}, linear_ref = make("linear"), relu_ref = make("relu");
    assert_true(denoise__activation_is_identity(&none));
    assert_true(denoise__activation_is_identity(&linear_ref));
    assert_false(denoise__activation_is_identity(&relu_ref));
    denoise__kind_ref_clear(&linear_ref);
    denoise__kind_ref_clear(&relu_ref);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        denoise_status status;
        const char *message;
    } bad[] = {
        {"relu(max_value=-1)", DENOISE_ERR_RANGE, "relu: max_value"},
        {"relu(threshold=-1)", DENOISE_ERR_RANGE, "relu: threshold"},
        {"relu(negative_slope=-0.1)", DENOISE_ERR_RANGE, "relu: negative_slope"},
        {"relu(slope=1)", DENOISE_ERR_NAME, "slope"},
        {"leaky_relu(negative_slope=-1)", DENOISE_ERR_RANGE, "leaky_relu: negative_slope"},
        {"elu(alpha=-1)", DENOISE_ERR_RANGE, "elu: alpha"},
        {"softmax(axis=1)", DENOISE_ERR_UNSUPPORTED, "softmax: axis is 1, expected -1, the last axis"},
        {"rulu", DENOISE_ERR_NAME, "rulu"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        denoise__kind_ref ref;
        denoise_status status = denoise__kind_ref_make(&ref, &denoise__activation_registry, bad[i].text, NULL);
        if (status != bad[i].status || strstr(denoise_last_error(), bad[i].message) == NULL)
            fail_msg("%s: %d %s", bad[i].text, (int)status, denoise_last_error());
        assert_null(ref.kind);
    }
}

enum { ROWS = 700, COLUMNS = 123 };
static float big_x[ROWS * COLUMNS], big_dy[ROWS * COLUMNS];

static void run_big(const denoise__kind_ref *ref, float *y, float *dx)
{
    denoise__activation_forward(ref, big_x, y, ROWS, COLUMNS);
    denoise__activation_backward(ref, big_x, y, big_dy, dx, ROWS, COLUMNS);
}

static void threads_do_not_change_a_bit_and_nothing_is_allocated(void **state)
{
    (void)state;
    static float y[2][ROWS * COLUMNS], dx[2][ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        big_x[i] = (float)((i * 7919) % 2003) / 100 - 10;
        big_dy[i] = (float)(((i % 1009) * 613) % 1009) / 500 - 1;
    }
    for (int c = 0; c <= CASES; c++) {
        denoise__kind_ref ref = make(c < CASES ? cases[c].text : "softmax");
        assert_int_equal(denoise_set_num_threads(1), DENOISE_OK);
        run_big(&ref, y[0], dx[0]);
        static const int32_t counts[] = {2, 3, 4, 8};
        for (int t = 0; t < 4; t++) {
            assert_int_equal(denoise_set_num_threads(counts[t]), DENOISE_OK);
            memset(y[1], 255, sizeof y[1]);
            run_big(&ref, y[1], dx[1]);
            assert_memory_equal(y[0], y[1], sizeof y[0]);
            assert_memory_equal(dx[0], dx[1], sizeof dx[0]);
            int64_t blocks = denoise_memory_blocks(), calls = failing_alloc_calls();
            run_big(&ref, y[1], dx[1]);
            assert_int_equal(denoise_memory_blocks(), blocks);
            assert_int_equal(failing_alloc_calls(), calls);
        }
        denoise__kind_ref_clear(&ref);
    }
    denoise_set_num_threads(0);
    denoise_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_the_formula),
        cmocka_unit_test(derivatives_follow_central_differences),
        cmocka_unit_test(derivatives_at_corners),
        cmocka_unit_test(softmax_follows_the_formula),
        cmocka_unit_test(softmax_of_long_rows_sums_to_one),
        cmocka_unit_test(nan_and_infinity_go_through),
        cmocka_unit_test(identity_is_told),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(threads_do_not_change_a_bit_and_nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
