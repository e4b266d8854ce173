/* SPDX-License-Identifier: Apache-2.0 */
/* NaN, infinity and overflow in blocks and panels: the same errors, weights and state as step by step on the whole batch. */
#include "support/fused_nets.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 96, INPUTS = 18, HIDDEN = 20, OUTPUTS = 5, WEIGHTS = 4 };

static denoise_callback *stops(void)
{
    return denoise_callback_terminate_on_nan(0);
}

static denoise_callback *raises(void)
{
    return denoise_callback_terminate_on_nan(1);
}

static denoise_callback *(*const callbacks[])(void) = {NULL, stops, raises};

static const char *const losses[] = {"binary_crossentropy", "mean_squared_error"};

static void start(dense_training *t)
{
    dense_training_init(t);
    t->net = (dense_net){.inputs = INPUTS, .count = 2, .units = {HIDDEN, OUTPUTS}, .activations = {"relu", "sigmoid"}};
    t->fit.batch_size = 40; /* 40, 40, 16 rows */
    t->fit.epochs = 2;
    t->loss = "binary_crossentropy";
}

static denoise_tensor *inputs(void)
{
    return random_rows(ROWS, INPUTS, 1);
}

static denoise_tensor *targets(void)
{
    denoise_tensor *numbers = random_rows(ROWS, OUTPUTS, 2), *between;
    ASSERT_OK(denoise_tensor_clip(&between, numbers, 0.0, 1.0));
    denoise_tensor_free(numbers);
    return between;
}

static void put(denoise_tensor *tensor, int64_t index, float value)
{
    ((float *)denoise_tensor_data(tensor))[index] = value;
}

/* With errors and without, with the callbacks that see to it. */
static void check_ways(dense_training *t, const char *what, denoise_status expected, const char *piece)
{
    for (size_t c = 0; c < sizeof callbacks / sizeof *callbacks; c++) {
        for (int32_t nonfinite = 0; nonfinite < 2; nonfinite++) {
            char whole[200];
            t->callback = callbacks[c];
            t->fit.nonfinite = nonfinite;
            snprintf(whole, sizeof whole, "%s, callback %d, nonfinite %d", what, (int)c, (int)nonfinite);
            assert_true(fused_equals_plain(t, whole));
        }
    }
    dense_outcome outcome;
    t->callback = NULL;
    t->fit.nonfinite = DENOISE_NONFINITE_ERROR;
    dense_fit(&outcome, t, false);
    if (outcome.status != expected || strstr(denoise_trainer_error(outcome.trainer), piece) == NULL)
        fail_msg("%s: %d \"%s\", expected %d \"%s\"", what, (int)outcome.status, denoise_trainer_error(outcome.trainer),
                 (int)expected, piece);
    dense_outcome_free(&outcome);
}

static void inputs_that_are_not_finite(void **state)
{
    (void)state;
    static const float values[] = {NAN, INFINITY, -INFINITY};
    for (size_t v = 0; v < 3; v++) {
        for (int variant = 0; variant < 8; variant++) {
            dense_training t;
            denoise_tensor *x = inputs(), *y = targets(), *wide;
            char what[100];
            start(&t);
            put(x, 45 * INPUTS + 17, values[v]);
            put(x, 90 * INPUTS, NAN);
            ASSERT_OK(denoise_tensor_astype(&wide, x, DENOISE_FLOAT64));
            t.x = (variant & 1) != 0 ? wide : x, t.y = y;
            t.loss = losses[variant >> 1 & 1];
            if ((variant & 4) != 0) t.net.scale = 0.5;
            snprintf(what, sizeof what, "input %g, variant %d", (double)values[v], variant);
            check_ways(&t, what, DENOISE_ERR_NONFINITE, "epoch 0, batch 1: input 0: row 45, element 17");
            denoise_tensor_free(x);
            denoise_tensor_free(y);
            denoise_tensor_free(wide);
        }
    }
}

static void targets_that_are_not_finite(void **state)
{
    (void)state;
    static const float values[] = {NAN, INFINITY, -INFINITY};
    denoise_tensor *weight, *column = random_rows(ROWS, 1, 3);
    const int64_t rows = ROWS;
    ASSERT_OK(denoise_tensor_reshape(&weight, column, &rows, 1));
    const denoise_tensor *weights = weight;
    for (size_t v = 0; v < 3; v++) {
        for (int variant = 0; variant < 8; variant++) {
            dense_training t;
            denoise_tensor *x = inputs(), *y = targets();
            char what[100];
            start(&t);
            put(y, 45 * OUTPUTS + 3, values[v]);
            t.x = x, t.y = y;
            t.loss = losses[variant & 1];
            t.metric = (variant & 2) != 0 ? "mean_absolute_error" : NULL;
            t.fit.sample_weight = (variant & 4) != 0 ? &weights : NULL;
            snprintf(what, sizeof what, "target %g, variant %d", (double)values[v], variant);
            check_ways(&t, what, DENOISE_ERR_NONFINITE, "epoch 0, batch 1: target 0: row 45, element 3");
            put(x, 50 * INPUTS, NAN); /* inputs are told of first */
            check_ways(&t, what, DENOISE_ERR_NONFINITE, "epoch 0, batch 1: input 0: row 50, element 0");
            denoise_tensor_free(x);
            denoise_tensor_free(y);
        }
    }
    denoise_tensor_free(weight);
    denoise_tensor_free(column);
}

/* Small numbers, or nothing but zeros. */
static void weights_make(denoise_tensor **weights, bool zero)
{
    static const int64_t shapes[WEIGHTS][2] = {{INPUTS, HIDDEN}, {HIDDEN, 0}, {HIDDEN, OUTPUTS}, {OUTPUTS, 0}};
    for (int i = 0; i < WEIGHTS; i++) {
        denoise_tensor *numbers = random_rows(shapes[i][0], i % 2 == 0 ? shapes[i][1] : 1, 20 + (uint64_t)i), *scaled;
        ASSERT_OK(denoise_tensor_scale(&scaled, numbers, zero ? 0.0 : 0.1));
        ASSERT_OK(denoise_tensor_reshape(&weights[i], scaled, shapes[i], i % 2 == 0 ? 2 : 1));
        denoise_tensor_free(numbers);
        denoise_tensor_free(scaled);
    }
}

static void weights_free(denoise_tensor **weights)
{
    for (int i = 0; i < WEIGHTS; i++)
        denoise_tensor_free(weights[i]);
}

static void weights_that_are_not_finite(void **state)
{
    (void)state;
    static const char *const layers[] = {"layer \"dense\"", "layer \"dense\"", "dense_1", "dense_1"};
    denoise_tensor *x = inputs(), *y = targets();
    for (int w = 0; w < WEIGHTS; w++) {
        for (int v = 0; v < 2; v++) {
            dense_training t;
            denoise_tensor *weights[WEIGHTS];
            char what[100];
            weights_make(weights, false);
            put(weights[w], 1, v == 0 ? NAN : INFINITY);
            start(&t);
            t.x = x, t.y = y;
            t.weights = (const denoise_tensor *const *)weights;
            snprintf(what, sizeof what, "weight %d, %s", w, v == 0 ? "NaN" : "infinite");
            check_ways(&t, what, DENOISE_ERR_NONFINITE, v == 0 ? layers[w] : "");
            weights_free(weights);
        }
    }
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* Weights of zero make the loss finite whatever the inputs are; the gradient of the first kernel is a sum of them. */
static void start_overflow(dense_training *t, denoise_tensor **weights, denoise_tensor *x, float value, bool with_sum,
                           denoise_params **params)
{
    start(t);
    t->net.activations[0] = "tanh";
    weights_make(weights, false);
    memset(denoise_tensor_data(weights[0]), 0, (size_t)denoise_tensor_bytes(weights[0]));
    for (int64_t i = 0; i < denoise_tensor_size(x); i++)
        put(x, i, i % INPUTS == 7 ? value : 1.0f);
    t->weights = (const denoise_tensor *const *)weights;
    ASSERT_OK(denoise_params_new(params));
    ASSERT_OK(denoise_params_set_text(*params, "reduction", with_sum ? "sum" : "sum_over_batch_size"));
    t->loss_params = *params;
}

/* Products too great for the bound under which nothing is looked at, and still finite; their squares may not be, which the
 * optimizers that keep them must not take over. */
static void great_gradients_that_are_finite(void **state)
{
    (void)state;
    static const float values[] = {1e15f, 1e17f, 1e19f, 1e25f, 1e32f};
    static const char *const optimizers[] = {"sgd", "adam", "rmsprop"};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        for (size_t o = 0; o < sizeof optimizers / sizeof *optimizers; o++) {
            dense_training t;
            denoise_tensor *x = inputs(), *y = targets(), *weights[WEIGHTS];
            denoise_params *params;
            char what[100];
            start_overflow(&t, weights, x, values[v], false, &params);
            t.x = x, t.y = y;
            t.optimizer = optimizers[o];
            snprintf(what, sizeof what, "%g, %s", (double)values[v], optimizers[o]);
            assert_true(fused_equals_plain(&t, what));
            t.fit.nonfinite = DENOISE_NONFINITE_IGNORE;
            assert_true(fused_equals_plain(&t, what));
            t.fit.nonfinite = DENOISE_NONFINITE_ERROR;
            t.fit.epochs = 1;
            t.fit.batch_size = ROWS; /* one step */
            dense_outcome outcome;
            dense_fit(&outcome, &t, false);
            bool overflows = o > 0 && values[v] > 1e24f;
            assert_int_equal(outcome.status, overflows ? DENOISE_ERR_NONFINITE : DENOISE_OK);
            assert_true(!overflows ||
                        strstr(denoise_trainer_error(outcome.trainer),
                               "layer \"dense\": the step would make the velocity of \"kernel\" infinite") != NULL);
            dense_outcome_free(&outcome);
            denoise_params_free(params);
            weights_free(weights);
            denoise_tensor_free(x);
            denoise_tensor_free(y);
        }
    }
}

static void gradients_that_overflow(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        dense_training t;
        denoise_tensor *x = inputs(), *y = targets(), *weights[WEIGHTS];
        denoise_params *params;
        dense_outcome outcome;
        start_overflow(&t, weights, x, 3e38f, true, &params);
        for (int64_t i = 0; i < denoise_tensor_size(y); i++)
            put(y, i, 0.0f); /* so that all rows pull the same way */
        for (int64_t i = 0; i < denoise_tensor_size(weights[2]); i++)
            put(weights[2], i, 1.0f);
        t.x = x, t.y = y;
        t.net.frozen = frozen == 1 ? 2 : 0;
        t.optimizer = "adam";
        check_ways(&t, "overflow", DENOISE_ERR_NONFINITE,
                   "epoch 0, batch 0: layer \"dense\": the gradient of \"kernel\" is infinite at element 140");
        dense_fit(&outcome, &t, false);
        for (int64_t i = 0; i < WEIGHTS; i++) {
            denoise_tensor *weight;
            ASSERT_OK(denoise_model_get_weight(&weight, outcome.model, i));
            assert_same_tensor(weight, weights[i], "before the step");
            denoise_tensor_free(weight);
        }
        denoise_optimizer *optimizer = outcome.trainer->optimizer;
        assert_int_equal(denoise_optimizer_iterations(optimizer), 0);
        denoise__optimizer_bring_home(optimizer);
        for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
            for (int64_t k = 0; k < optimizer->slots[i].count; k++)
                assert_true(((const float *)optimizer->slots[i].values)[k] == 0.0f);
        dense_outcome_free(&outcome);
        denoise_params_free(params);
        weights_free(weights);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
}

/* Settings with which ordinary gradients make weights or state overflow, or could. */
static void steps_that_overflow(void **state)
{
    (void)state;
    static const struct {
        const char *optimizer, *key;
        double value;
        const char *piece; /* of the message; NULL: nothing overflows */
    } cases[] = {
        {"adam", "beta_1", 0.99999999999, "the step would make \"kernel\" infinite"},
        {"adam", "epsilon", 0.0, NULL},
        {"adam", "learning_rate", 3e38, "the loss is"},
        {"rmsprop", "epsilon", 0.0, NULL},
        {"rmsprop", "centered", 1.0, NULL},
        {"rmsprop", "momentum", 1.0, NULL},
        {"sgd", "learning_rate", 3e38, "the step would make \"kernel\" infinite"},
        {"sgd", "momentum", 1.0, NULL},
        {"sgd", "weight_decay", 1e38, "the step would make \"kernel\" infinite"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dense_training t;
        dense_outcome outcome;
        denoise_tensor *x = inputs(), *y = targets(), *scaled;
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        if (strcmp(cases[i].key, "centered") == 0) {
            ASSERT_OK(denoise_params_set_bool(params, cases[i].key, 1));
        } else {
            ASSERT_OK(denoise_params_set_double(params, cases[i].key, cases[i].value));
        }
        start(&t);
        t.net.activations[0] = "tanh"; /* no gradient is zero */
        if (strcmp(cases[i].key, "weight_decay") == 0) ASSERT_OK(denoise_params_set_double(params, "learning_rate", 100.0));
        t.optimizer = cases[i].optimizer;
        t.optimizer_params = params;
        t.loss = "mean_squared_error";
        t.net.activations[1] = NULL;
        ASSERT_OK(denoise_tensor_scale(&scaled, y, 100.0));
        t.x = x, t.y = scaled;
        assert_true(fused_equals_plain(&t, cases[i].key));
        dense_fit(&outcome, &t, false);
        bool fails = outcome.status == DENOISE_ERR_NONFINITE;
        const char *message = denoise_trainer_error(outcome.trainer);
        if (fails != (cases[i].piece != NULL) || (fails && strstr(message, cases[i].piece) == NULL))
            fail_msg("%s %s: %s \"%s\"", cases[i].optimizer, cases[i].key, denoise_status_name(outcome.status), message);
        dense_outcome_free(&outcome);
        denoise_params_free(params);
        denoise_tensor_free(scaled);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
}

/* Rescaling may overflow, or make NaN, where the numbers given are finite. */
static void rescaling_that_overflows(void **state)
{
    (void)state;
    dense_training t;
    denoise_tensor *x = inputs(), *y = targets();
    start(&t);
    put(x, 50 * INPUTS + 2, 3e38f);
    t.net.scale = 10.0;
    t.x = x, t.y = y;
    check_ways(&t, "rescaling", DENOISE_ERR_NONFINITE, "epoch 0, batch 1: the loss is");
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_that_are_not_finite),  cmocka_unit_test(targets_that_are_not_finite),
        cmocka_unit_test(weights_that_are_not_finite), cmocka_unit_test(great_gradients_that_are_finite),
        cmocka_unit_test(gradients_that_overflow),     cmocka_unit_test(rescaling_that_overflows),
        cmocka_unit_test(steps_that_overflow),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
