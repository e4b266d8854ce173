/* SPDX-License-Identifier: Apache-2.0 */
/* Losses against their formulas in double, gradients against central differences of those formulas. */
#include "support/cmocka_test.h"

#include <denoise/denoise.h>
#include <math.h>
#include <string.h>

enum { ROWS = 3, COLUMNS = 4 };

static double clip(double p)
{
    return p < 1e-7 ? 1e-7 : p > 1 - 1e-7 ? 1 - 1e-7 : p;
}

/* One row; s is label smoothing. */
typedef double (*formula)(const double *p, const double *t, double s);

static double bce_probability(const double *p, const double *t, double s)
{
    double sum = 0;
    for (int i = 0; i < COLUMNS; i++) {
        double y = t[i] * (1 - s) + s / 2;
        sum -= y * log(clip(p[i])) + (1 - y) * log(1 - clip(p[i]));
    }
    return sum / COLUMNS;
}

static double bce_logits(const double *p, const double *t, double s)
{
    double sum = 0;
    for (int i = 0; i < COLUMNS; i++) {
        double y = t[i] * (1 - s) + s / 2;
        sum += fmax(p[i], 0) - p[i] * y + log1p(exp(-fabs(p[i])));
    }
    return sum / COLUMNS;
}

static double cce_probability(const double *p, const double *t, double s)
{
    double all = 0, sum = 0;
    for (int i = 0; i < COLUMNS; i++)
        all += p[i];
    for (int i = 0; i < COLUMNS; i++)
        sum -= (t[i] * (1 - s) + s / COLUMNS) * log(clip(p[i] / all));
    return sum;
}

static double cce_logits(const double *p, const double *t, double s)
{
    double all = 0, sum = 0;
    for (int i = 0; i < COLUMNS; i++)
        all += exp(p[i]);
    for (int i = 0; i < COLUMNS; i++)
        sum += (t[i] * (1 - s) + s / COLUMNS) * (log(all) - p[i]);
    return sum;
}

/* Normalised after the clip; t is one-hot. */
static double scce_probability(const double *p, const double *t, double s)
{
    (void)s;
    double all = 0, chosen = 0;
    for (int i = 0; i < COLUMNS; i++) {
        all += clip(p[i]);
        chosen += t[i] * clip(p[i]);
    }
    return log(all) - log(chosen);
}

static double squared(const double *p, const double *t, double s)
{
    (void)s;
    double sum = 0;
    for (int i = 0; i < COLUMNS; i++)
        sum += (p[i] - t[i]) * (p[i] - t[i]);
    return sum / COLUMNS;
}

static double absolute(const double *p, const double *t, double s)
{
    (void)s;
    double sum = 0;
    for (int i = 0; i < COLUMNS; i++)
        sum += fabs(p[i] - t[i]);
    return sum / COLUMNS;
}

static const float probabilities[ROWS * COLUMNS] = {0.1f, 0.2f, 0.3f, 0.4f, 0.9f, 0.8f, 0.05f, 0.5f, 0.3f, 0.6f, 0.7f, 0.01f};
static const float logits[ROWS * COLUMNS] = {-3, 2, 0.5f, 8, 20, -15, 1, 4, 0.25f, -0.5f, 6, -7};
static const float shares[ROWS * COLUMNS] = {0.1f, 0.4f, 0.2f, 0.3f, 0.5f, 0.5f, 0, 0, 0, 0, 0.9f, 0.1f};
static const float one_hot[ROWS * COLUMNS] = {0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0};
static const int32_t labels[ROWS] = {1, 3, 0};

static const struct {
    const char *kind;
    formula formula;
    const float *prediction, *target; /* target NULL: labels */
    int from_logits;
    double smoothing;
} cases[] = {
    {"bce", bce_probability, probabilities, shares, 0, 0},
    {"bce", bce_probability, probabilities, one_hot, 0, 0.3},
    {"bce", bce_logits, logits, shares, 1, 0},
    {"bce", bce_logits, logits, one_hot, 1, 0.3},
    {"categorical_crossentropy", cce_probability, probabilities, one_hot, 0, 0},
    {"categorical_crossentropy", cce_probability, probabilities, shares, 0, 0.2},
    {"categorical_crossentropy", cce_logits, logits, one_hot, 1, 0},
    {"categorical_crossentropy", cce_logits, logits, shares, 1, 0.2},
    {"sparse_categorical_crossentropy", scce_probability, probabilities, NULL, 0, 0},
    {"sparse_categorical_crossentropy", cce_logits, logits, NULL, 1, 0},
    {"mse", squared, logits, shares, 0, 0},
    {"mae", absolute, logits, shares, 0, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

static const float weights[ROWS] = {0.5f, 2, 1.5f};
static const struct {
    const char *name;
    int weighted;
    double divisor;
} reductions[] = {
    {"sum_over_batch_size", 0, ROWS},     {"sum_over_batch_size", 1, ROWS},  {"mean", 1, ROWS}, {"sum", 0, 1}, {"sum", 1, 1},
    {"mean_with_sample_weight", 0, ROWS}, {"mean_with_sample_weight", 1, 4},
};
enum { REDUCTIONS = sizeof reductions / sizeof *reductions };

static denoise_loss *make(int c, const char *reduction)
{
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_text(params, "reduction", reduction);
    if (cases[c].from_logits) denoise_params_set_bool(params, "from_logits", 1);
    if (cases[c].smoothing > 0) denoise_params_set_double(params, "label_smoothing", cases[c].smoothing);
    denoise_loss *loss;
    if (denoise_loss_create(&loss, cases[c].kind, params) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    denoise_params_free(params);
    return loss;
}

static denoise_tensor *tensor(int32_t dtype, int64_t rows, int64_t columns, const void *data)
{
    denoise_tensor *out;
    int64_t shape[2] = {rows, columns};
    assert_int_equal(denoise_tensor_from_data(&out, dtype, shape, columns == 0 ? 1 : 2, data), DENOISE_OK);
    return out;
}

static double expected(int c, int r, const double *p)
{
    double total = 0, t[COLUMNS];
    for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < COLUMNS; i++)
            t[i] = (double)(cases[c].target != NULL ? cases[c].target : one_hot)[row * COLUMNS + i];
        double weight = reductions[r].weighted ? (double)weights[row] : 1;
        total += weight * cases[c].formula(p + row * COLUMNS, t, cases[c].smoothing);
    }
    return total / reductions[r].divisor;
}

static void check(int c, int r)
{
    denoise_loss *loss = make(c, reductions[r].name);
    denoise_tensor *prediction = tensor(DENOISE_FLOAT32, ROWS, COLUMNS, cases[c].prediction), *gradient;
    denoise_tensor *target = cases[c].target != NULL ? tensor(DENOISE_FLOAT32, ROWS, COLUMNS, cases[c].target)
                                                     : tensor(DENOISE_INT32, ROWS, 0, labels);
    denoise_tensor *weight = reductions[r].weighted ? tensor(DENOISE_FLOAT32, ROWS, 0, weights) : NULL;
    double value, alone, p[ROWS * COLUMNS];
    assert_int_equal(denoise_loss_compute(&value, &gradient, loss, target, prediction, weight), DENOISE_OK);
    assert_int_equal(denoise_loss_compute(&alone, NULL, loss, target, prediction, weight), DENOISE_OK);
    assert_true(value == alone);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        p[i] = (double)cases[c].prediction[i];
    double want = expected(c, r, p);
    if (!(fabs(value - want) <= 3e-7 * fmax(1, fabs(want))))
        fail_msg("case %d, %s: %.9g, expected %.9g", c, reductions[r].name, value, want);
    const float *g = denoise_tensor_const_data(gradient);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        double keep = p[i], h = 1e-5;
        p[i] = keep + h;
        double up = expected(c, r, p);
        p[i] = keep - h;
        double slope = (up - expected(c, r, p)) / (2 * h);
        p[i] = keep;
        if (!(fabs((double)g[i] - slope) <= 1e-6 * fmax(1, fabs(slope))))
            fail_msg("case %d, %s, gradient %d: %.9g, expected %.9g", c, reductions[r].name, i, (double)g[i], slope);
    }
    denoise_tensor_free(prediction);
    denoise_tensor_free(gradient);
    denoise_tensor_free(target);
    denoise_tensor_free(weight);
    denoise_loss_free(loss);
}

static void values_and_gradients_follow_the_formulas(void **state)
{
    (void)state;
    for (int c = 0; c < CASES; c++)
        for (int r = 0; r < REDUCTIONS; r++)
            check(c, r);
}

static void compute(const char *kind, const float *p, const float *t, int n, double *value, float *gradient)
{
    denoise_loss *loss;
    assert_int_equal(denoise_loss_create(&loss, kind, NULL), DENOISE_OK);
    denoise_tensor *prediction = tensor(DENOISE_FLOAT32, 1, n, p), *target = tensor(DENOISE_FLOAT32, 1, n, t), *slope;
    assert_int_equal(denoise_loss_compute(value, &slope, loss, target, prediction, NULL), DENOISE_OK);
    memcpy(gradient, denoise_tensor_const_data(slope), (size_t)n * sizeof(float));
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
    denoise_tensor_free(slope);
    denoise_loss_free(loss);
}

/* Beyond the clip the gradient is zero; on its bounds it is not (TensorFlow's minimum and maximum). Values from Keras. */
static void saturated_probabilities_have_no_gradient(void **state)
{
    (void)state;
    const float p[4] = {0, 1, 1e-7f, 0.9999999f}, t[4] = {1, 0, 1, 0};
    double value;
    float g[4];
    compute("bce", p, t, 4, &value, g);
    assert_true(fabs(value - (16.118095 + 15.942385) / 2) < 1e-4);
    assert_true(g[0] == 0 && g[1] == 0);
    assert_true(fabs((double)g[2] / -2.5e6 - 1) < 1e-6);
    assert_true(fabs((double)g[3] / 2097152 - 1) < 1e-6);
}

/* Logits far out give finite losses and exact gradients. */
static void large_logits_stay_finite(void **state)
{
    (void)state;
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    options.from_logits = 1;
    const float z[4] = {1000, -1000, 1000, -1000}, t[4] = {1, 0, 0, 1};
    denoise_tensor *prediction = tensor(DENOISE_FLOAT32, 1, 4, z), *target = tensor(DENOISE_FLOAT32, 1, 4, t), *slope;
    denoise_loss *loss = denoise_loss_binary_crossentropy(&options);
    double value;
    assert_int_equal(denoise_loss_compute(&value, &slope, loss, target, prediction, NULL), DENOISE_OK);
    assert_true(value == 500);
    const float *g = denoise_tensor_const_data(slope);
    assert_true(g[0] == 0 && g[1] == 0 && g[2] == 0.25f && g[3] == -0.25f);
    denoise_tensor_free(slope);
    denoise_loss_free(loss);
    loss = denoise_loss_categorical_crossentropy(&options);
    assert_int_equal(denoise_loss_compute(&value, &slope, loss, target, prediction, NULL), DENOISE_OK);
    assert_true(fabs(value - (2000 + 2 * log(2))) < 1e-3);
    denoise_tensor_free(slope);
    denoise_loss_free(loss);
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
}

static void nan_shows_in_loss_and_gradient(void **state)
{
    (void)state;
    static const char *const kinds[] = {"bce", "categorical_crossentropy", "mse", "mae"};
    for (size_t i = 0; i < 4; i++) {
        const float p[3] = {0.25f, NAN, 0.5f}, t[3] = {0, 1, 0};
        double value;
        float g[3];
        compute(kinds[i], p, t, 3, &value, g);
        assert_true(isnan(value));
        assert_true(isnan(g[1]));
    }
}

static void absolute_error_has_no_slope_at_zero(void **state)
{
    (void)state;
    const float p[3] = {1, 2, 0}, t[3] = {1, 1, 1};
    double value;
    float g[3];
    compute("mae", p, t, 3, &value, g);
    assert_true(g[0] == 0 && g[1] == 1.0f / 3 && g[2] == -1.0f / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_gradients_follow_the_formulas),
        cmocka_unit_test(saturated_probabilities_have_no_gradient),
        cmocka_unit_test(large_logits_stay_finite),
        cmocka_unit_test(nan_shows_in_loss_and_gradient),
        cmocka_unit_test(absolute_error_has_no_slope_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
