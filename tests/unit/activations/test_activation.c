/* SPDX-License-Identifier: Apache-2.0 */
/* Every activation against its formula in double, its derivative against central differences of that formula. */
#include "support/cmocka_test.h"

#include "activations/activation.h"
#include "support/failing_alloc.h"
#include <denoise/memory.h>
#include <denoise/runtime.h>
#include <math.h>
#include <stdbool.h>
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

static double selu(double x)
{
    return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x));
}
static double celu_two(double x) /* alpha 2 */
{
    return x > 0 ? x : 2 * expm1(x / 2);
}
static double gelu(double x)
{
    return x * 0.5 * erfc(-x * 0.70710678118654752);
}
static double gelu_by_tanh(double x)
{
    return 0.5 * x * (1 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x)));
}
static double silu(double x)
{
    return x * sigmoid(x);
}
static double mish(double x)
{
    return x * tanh(softplus(x));
}
static double log_sigmoid(double x)
{
    return -softplus(-x);
}
static double softsign(double x)
{
    return x / (1 + fabs(x));
}
static double squareplus(double x) /* b 4 */
{
    return x < 0 ? (2 + (x - x)) / (sqrt(x * x + 4) - x) : (x + sqrt(x * x + 4)) / 2;
}
static double squareplus_zero(double x) /* b 0 */
{
    return x < 0 ? x - x : x;
}
static double hard_sigmoid(double x)
{
    return fmin(fmax(x + 3, 0), 6) / 6;
}
static double hard_silu(double x)
{
    return x * hard_sigmoid(x);
}
static double hard_tanh(double x)
{
    return fmin(fmax(x, -1), 1);
}
static double hard_shrink(double x) /* threshold 0.5 */
{
    return fabs(x) > 0.5 ? x : 0;
}
static double soft_shrink_two(double x) /* threshold 2 */
{
    return fabs(x) > 2 ? copysign(fabs(x) - 2, x) : 0;
}
static double tanh_shrink(double x)
{
    return x - tanh(x);
}
static double threshold(double x) /* threshold 0.6, default_value 2 */
{
    return x > 0.6 ? x : 2;
}
static double sparse_plus(double x)
{
    return x < 1 ? 0.25 * fmax(x + 1, 0) * fmax(x + 1, 0) : x;
}
static double sparse_sigmoid(double x)
{
    return fmin(fmax(x + 1, 0), 2) / 2;
}

static const struct {
    const char *text;
    double (*formula)(double);
    bool takes_nan; /* makes a number of it, as TensorFlow does */
} cases[] = {
    {.text = "linear", .formula = linear},
    {.text = "relu", .formula = relu},
    {.text = "relu(max_value=6)", .formula = relu6},
    {.text = "relu(negative_slope=0.25, max_value=3, threshold=1)", .formula = relu_all},
    {.text = "relu6", .formula = relu6},
    {.text = "leaky_relu", .formula = leaky_relu},
    {.text = "leaky_relu(negative_slope=0.5)", .formula = leaky_relu_half},
    {.text = "elu", .formula = elu},
    {.text = "elu(alpha=2)", .formula = elu_two},
    {.text = "selu", .formula = selu},
    {.text = "celu", .formula = elu},
    {.text = "celu(alpha=2)", .formula = celu_two},
    {.text = "gelu", .formula = gelu},
    {.text = "gelu(approximate=true)", .formula = gelu_by_tanh},
    {.text = "silu", .formula = silu},
    {.text = "swish", .formula = silu},
    {.text = "mish", .formula = mish},
    {.text = "sigmoid", .formula = sigmoid},
    {.text = "log_sigmoid", .formula = log_sigmoid},
    {.text = "tanh", .formula = tanh},
    {.text = "softplus", .formula = softplus},
    {.text = "softsign", .formula = softsign},
    {.text = "squareplus", .formula = squareplus},
    {.text = "squareplus(b=0)", .formula = squareplus_zero},
    {.text = "exponential", .formula = exp},
    {.text = "hard_sigmoid", .formula = hard_sigmoid},
    {.text = "hard_silu", .formula = hard_silu},
    {.text = "hard_swish", .formula = hard_silu},
    {.text = "hard_tanh", .formula = hard_tanh},
    {.text = "hard_shrink", .formula = hard_shrink, .takes_nan = true},
    {.text = "soft_shrink(threshold=2)", .formula = soft_shrink_two, .takes_nan = true},
    {.text = "tanh_shrink", .formula = tanh_shrink},
    {.text = "threshold(threshold=0.6, default_value=2)", .formula = threshold, .takes_nan = true},
    {.text = "sparse_plus", .formula = sparse_plus},
    {.text = "sparse_sigmoid", .formula = sparse_sigmoid},
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
static const float points[] = {-100,  -30,  -5.5f, -2.1f, -1.25f, -0.45f, -0.01f, -1e-6f, 1e-6f, 0.01f,
                               0.45f, 0.9f, 1.1f,  2.5f,  3.5f,   5.5f,   7,      30,     85};
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
        bool needs_input = denoise__activation_kind_of(&ref)->needs_input;
        float y[POINTS], d[POINTS];
        for (int i = 0; i < POINTS; i++)
            d[i] = i % 2 ? 1.0f : -0.5f;
        denoise__activation_forward(&ref, points, y, 1, POINTS);
        denoise__activation_backward(&ref, needs_input ? points : NULL, y, d, d, 1, POINTS); /* in place */
        for (int i = 0; i < POINTS; i++) {
            double x = (double)points[i], h = fabs(x) < 1e-3 ? 1e-7 : 1e-5;
            double slope = (cases[c].formula(x + h) - cases[c].formula(x - h)) / (2 * h);
            if (!(fabs((double)d[i] - (i % 2 ? 1 : -0.5) * slope) <= 1e-6 * fmax(1, fabs(slope))))
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
        {"relu", 0, 0},
        {"relu(max_value=6)", 6, 0},
        {"leaky_relu", 0, 0.2f},
        {"elu", 0, 1},
        {"elu(alpha=2)", 0, 2},
        {"relu", -0.0f, 0},
        {"relu6", 0, 0},
        {"relu6", 6, 0},
        {"selu", 0, 1.05070099f},
        {"celu", 0, 2},
        {"celu(alpha=3)", 0, 2},
        {"hard_sigmoid", -3, 0},
        {"hard_sigmoid", 3, 0},
        {"hard_silu", -3, 0},
        {"hard_silu", 3, 1},
        {"hard_tanh", -1, 1},
        {"hard_tanh", 1, 1},
        {"hard_tanh", 0x1.000002p+0f, 0},
        {"hard_shrink", 0.5f, 0},
        {"hard_shrink", -0.5f, 0},
        {"soft_shrink", 0.5f, 0},
        {"soft_shrink", -0.5f, 0},
        {"threshold(threshold=1, default_value=5)", 1, 0},
        {"threshold(threshold=1, default_value=5)", INFINITY, 1},
        {"sparse_plus", -1, 0},
        {"sparse_plus", 1, 1},
        {"sparse_sigmoid", -1, 0},
        {"sparse_sigmoid", 1, 0},
        {"squareplus(b=0)", 0, 0},
    };
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
        denoise__kind_ref ref = make(corners[i].text);
        float y, dx, dy = 1;
        denoise__activation_forward(&ref, &corners[i].x, &y, 1, 1);
        denoise__activation_backward(&ref, &corners[i].x, &y, &dy, &dx, 1, 1);
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

static void log_softmax_follows_the_formula(void **state)
{
    (void)state;
    static const float x[2][5] = {{1, 2, 3, -100, 100}, {0.5f, -1.5f, 0, 2, 1}};
    static const float dy[2][5] = {{1, -2, 3, 0.5f, -1}, {0.25f, 1, -1, 2, 0.5f}};
    denoise__kind_ref ref = make("log_softmax");
    float y[2][5], dx[2][5];
    memcpy(y, x, sizeof y);
    denoise__activation_forward(&ref, y[0], y[0], 2, 5);
    denoise__activation_backward(&ref, NULL, y[0], dy[0], dx[0], 2, 5);
    for (int r = 0; r < 2; r++) {
        double sum = 0, total = 0;
        for (int i = 0; i < 5; i++)
            sum += exp((double)x[r][i]), total += (double)dy[r][i];
        for (int i = 0; i < 5; i++) {
            assert_near("log_softmax", x[r][i], y[r][i], (double)x[r][i] - log(sum));
            assert_near("log_softmax'", x[r][i], dx[r][i], (double)dy[r][i] - exp((double)x[r][i]) / sum * total);
        }
    }
    denoise__kind_ref_clear(&ref);
}

/* Worked by hand: of {0, 0.5, 1} the threshold is 0.25, of {3, 1, 1.5} only the first is above it. */
static void sparsemax_makes_shares(void **state)
{
    (void)state;
    static const float x[3][3] = {{0, 0.5f, 1}, {3, 1, 1.5f}, {-7, -7, -7}}, dy[3] = {1, -2, 0.5f};
    static const float y[3][3] = {{0, 0.25f, 0.75f}, {1, 0, 0}, {1.0f / 3, 1.0f / 3, 1.0f / 3}};
    static const float dx[3][3] = {{0, -1.25f, 1.25f}, {0, 0, 0}, {7.0f / 6, -11.0f / 6, 2.0f / 3}};
    denoise__kind_ref ref = make("sparsemax");
    for (int r = 0; r < 3; r++) {
        float given[3], slope[3];
        denoise__activation_forward(&ref, x[r], given, 1, 3);
        denoise__activation_backward(&ref, NULL, given, dy, slope, 1, 3);
        for (int i = 0; i < 3; i++) {
            assert_near("sparsemax", x[r][i], given[i], (double)y[r][i]);
            assert_near("sparsemax'", x[r][i], slope[i], (double)dx[r][i]);
        }
    }
    denoise__kind_ref_clear(&ref);
}

/* Of a long row the shares that are not zero differ as the inputs do, and no input that got none is above the threshold. */
static void sparsemax_of_long_rows(void **state)
{
    (void)state;
    enum { COLUMNS = 3001 };
    static float x[COLUMNS], y[COLUMNS];
    denoise__kind_ref ref = make("sparsemax");
    for (int width = 1; width < 4000; width *= 7) {
        double sum = 0, lowest = INFINITY, highest_left = -INFINITY;
        for (int i = 0; i < COLUMNS; i++)
            x[i] = (float)((i * 7919) % 3001) / 3001 * (float)width / 100;
        denoise__activation_forward(&ref, x, y, 1, COLUMNS);
        for (int i = 0; i < COLUMNS; i++) {
            sum += (double)y[i];
            if (y[i] > 0) lowest = fmin(lowest, (double)x[i] - (double)y[i]);
            if (y[i] <= 0) highest_left = fmax(highest_left, (double)x[i]);
        }
        for (int i = 0; i < COLUMNS; i++)
            if (y[i] > 0) assert_true(fabs((double)x[i] - (double)y[i] - lowest) < 1e-5);
        assert_true(fabs(sum - 1) < 2e-4);
        assert_true(highest_left <= lowest + 1e-5);
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

static void expect_same(const char *text, float x, float given, double expected)
{
    if (isnan(expected) ? !isnan(given) : given != (float)expected) fail_msg("%s(%g) = %g", text, (double)x, (double)given);
}

/* As TensorFlow's kernels have them, tried with Keras 3.15. */
static void nan_and_infinity_go_through(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++) {
        denoise__kind_ref ref = make(cases[c].text);
        float x[3] = {NAN, INFINITY, -INFINITY}, y[3], dx[3], dy[3] = {1, 1, 1};
        denoise__activation_forward(&ref, x, y, 3, 1);
        expect_same(cases[c].text, x[0], y[0], cases[c].takes_nan ? cases[c].formula(NAN) : (double)NAN);
        for (int i = 1; i < 3; i++)
            expect_same(cases[c].text, x[i], y[i], cases[c].formula((double)x[i]));
        float at[3] = {0.5f, 0.5f, 0.5f};
        denoise__activation_backward(&ref, at, at, dy, dx, 3, 1);
        dy[0] = NAN; /* a gradient that is NaN stays so where the slope is not zero */
        bool has_slope = dx[0] != 0;
        denoise__activation_backward(&ref, at, at, dy, dx, 3, 1);
        if (isnan(dx[0]) != has_slope || isnan(dx[1])) fail_msg("%s: gradient of NaN is %g", cases[c].text, (double)dx[0]);
        denoise__kind_ref_clear(&ref);
    }
}

static void nan_and_infinity_in_rows(void **state)
{
    (void)state;
    denoise__kind_ref ref = make("softmax");
    float x[6] = {1, NAN, 2, 1, -INFINITY, 1}, y[6];
    denoise__activation_forward(&ref, x, y, 2, 3);
    assert_true(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
    assert_true(y[3] == 0.5f && y[4] == 0 && y[5] == 0.5f);
    denoise__kind_ref_clear(&ref);
    ref = make("log_softmax");
    denoise__activation_forward(&ref, x, y, 2, 3);
    assert_true(isnan(y[0]) && isnan(y[1]) && isnan(y[2]));
    assert_true(y[4] == -INFINITY && y[3] == y[5]);
    assert_near("log_softmax", 1, y[3], -log(2));
    denoise__kind_ref_clear(&ref);
    ref = make("sparsemax");
    denoise__activation_forward(&ref, x, y, 2, 3);
    assert_true(y[0] == 0 && isnan(y[1]) && y[2] == 1);
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
        {"log_softmax(axis=0)", DENOISE_ERR_UNSUPPORTED, "log_softmax: axis is 0, expected -1, the last axis"},
        {"sparsemax(axis=1)", DENOISE_ERR_UNSUPPORTED, "sparsemax: axis is 1, expected -1, the last axis"},
        {"celu(alpha=0)", DENOISE_ERR_RANGE, "celu: alpha"},
        {"squareplus(b=-1)", DENOISE_ERR_RANGE, "squareplus: b"},
        {"hard_shrink(threshold=-1)", DENOISE_ERR_RANGE, "hard_shrink: threshold"},
        {"soft_shrink(threshold=-1)", DENOISE_ERR_RANGE, "soft_shrink: threshold"},
        {"threshold", DENOISE_ERR_INVALID, "threshold"},
        {"threshold(threshold=1)", DENOISE_ERR_INVALID, "default_value"},
        {"gelu(approximate=2)", DENOISE_ERR_DTYPE, "gelu: approximate"},
        {"glu", DENOISE_ERR_NAME, "glu"},
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
    static const char *const of_rows[] = {"softmax", "log_softmax", "sparsemax"};
    for (int c = 0; c < CASES + 3; c++) {
        denoise__kind_ref ref = make(c < CASES ? cases[c].text : of_rows[c - CASES]);
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
        cmocka_unit_test(log_softmax_follows_the_formula),
        cmocka_unit_test(sparsemax_makes_shares),
        cmocka_unit_test(sparsemax_of_long_rows),
        cmocka_unit_test(softmax_of_long_rows_sums_to_one),
        cmocka_unit_test(nan_and_infinity_go_through),
        cmocka_unit_test(nan_and_infinity_in_rows),
        cmocka_unit_test(identity_is_told),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(threads_do_not_change_a_bit_and_nothing_is_allocated),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
