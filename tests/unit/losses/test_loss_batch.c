/* SPDX-License-Identifier: Apache-2.0 */
/* Losses that look across the batch, and losses that fail: by themselves, in fit and in evaluate. */
#include "core/threads.h"
#include "losses/loss.h"
#include "support/dice_loss.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <stdio.h>

enum { ROWS = 5, COLUMNS = 3, SIZE = ROWS * COLUMNS };

static void fill(float *p, float *t)
{
    for (int i = 0; i < SIZE; i++) {
        p[i] = (float)(i * 7 % 11 + 1) / 12;
        t[i] = (float)(i * 5 % 3 == 0);
    }
}

static double formula(const double *p, const float *t)
{
    double both = 0, all = 0;
    for (int i = 0; i < SIZE; i++) {
        both += p[i] * (double)t[i];
        all += p[i] + (double)t[i];
    }
    return 1 - 2 * both / all;
}

static denoise_tensor *tensor(const float *values, int64_t rows)
{
    denoise_tensor *out;
    ASSERT_OK(denoise_tensor_from_data(&out, DENOISE_FLOAT32, (const int64_t[]){rows, COLUMNS}, 2, values));
    return out;
}

static void value_and_gradient_are_those_of_the_whole_batch(void **state)
{
    (void)state;
    float p[SIZE], t[SIZE];
    double wide[SIZE], value, h = 1e-6;
    fill(p, t);
    for (int i = 0; i < SIZE; i++)
        wide[i] = (double)p[i];
    denoise_loss *loss = dice_loss_make("TestDice", 0);
    denoise_tensor *prediction = tensor(p, ROWS), *target = tensor(t, ROWS), *gradient;
    ASSERT_OK(denoise_loss_compute(&value, &gradient, loss, target, prediction, NULL));
    assert_true(fabs(value - formula(wide, t)) < 1e-12);
    const float *g = denoise_tensor_const_data(gradient);
    for (int i = 0; i < SIZE; i++) {
        double keep = wide[i];
        wide[i] = keep + h;
        double up = formula(wide, t);
        wide[i] = keep - h;
        double slope = (up - formula(wide, t)) / (2 * h);
        wide[i] = keep;
        if (!(fabs((double)g[i] - slope) < 1e-7)) fail_msg("gradient %d: %.9g, expected %.9g", i, (double)g[i], slope);
    }
    denoise_tensor_free(gradient);
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
    denoise_loss_free(loss);
}

static void an_empty_batch_is_zero(void **state)
{
    (void)state;
    double value = 7;
    denoise_loss *loss = dice_loss_make("test_dice", 0);
    denoise_tensor *none = tensor((const float[1]){0}, 0), *gradient;
    ASSERT_OK(denoise_loss_compute(&value, &gradient, loss, none, none, NULL));
    assert_true(value == 0);
    denoise_tensor_free(gradient);
    denoise_tensor_free(none);
    denoise_loss_free(loss);
}

static void the_weight_of_a_loss_scales_its_gradient(void **state)
{
    (void)state;
    float p[SIZE], t[SIZE], once[SIZE], half[SIZE];
    double scratch[2 * ROWS], value;
    fill(p, t);
    denoise_loss *loss = dice_loss_make("test_dice", 0);
    assert_int_equal(denoise__loss_scratch_size(loss, ROWS, COLUMNS), sizeof scratch);
    denoise__loss_args args = {
        .rows = ROWS, .columns = COLUMNS, .prediction = p, .target = t, .gradient = once, .scratch = scratch};
    ASSERT_OK(denoise__loss_run(loss, &args, 1, &value));
    args.gradient = half;
    ASSERT_OK(denoise__loss_run(loss, &args, 0.5, &value));
    for (int i = 0; i < SIZE; i++)
        assert_true(half[i] == once[i] / 2);
    denoise_loss_free(loss);
}

static void a_failure_has_the_name_of_its_loss(void **state)
{
    (void)state;
    static const char *const kinds[] = {"test_dice", "test_rows"};
    float p[SIZE], t[SIZE];
    fill(p, t);
    denoise_tensor *prediction = tensor(p, ROWS), *target = tensor(t, ROWS);
    for (int k = 0; k < 2; k++) {
        char text[64];
        double value = 7;
        denoise_loss *loss = dice_loss_make(kinds[k], ROWS);
        denoise_tensor *gradient = prediction;
        (void)snprintf(text, sizeof text, "%s: the batch has 5 rows", kinds[k]);
        ASSERT_FAILS(denoise_loss_compute(&value, &gradient, loss, target, prediction, NULL), DENOISE_ERR_INVALID, text);
        assert_true(value == 7);
        assert_null(gradient);
        denoise_loss_free(loss);
    }
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
}

/* Of many threads that fail, the first row's message reaches the caller. */
static void the_first_failure_is_kept(void **state)
{
    (void)state;
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise__loss_fault fault;
    denoise__loss_fault_init(&fault);
    ASSERT_OK(denoise__loss_fault_status(&fault, loss));
    denoise__loss_fault_note(&fault, 0, DENOISE_OK);
    ASSERT_OK(denoise__loss_fault_status(&fault, loss));
    denoise__loss_fault_note(&fault, 64, denoise__fail(DENOISE_ERR_RANGE, "row 64"));
    denoise__loss_fault_note(&fault, 32, denoise__fail(DENOISE_ERR_INVALID, "row 32"));
    denoise__loss_fault_note(&fault, 96, denoise__fail(DENOISE_ERR_SHAPE, "row 96"));
    ASSERT_FAILS(denoise__loss_fault_status(&fault, loss), DENOISE_ERR_INVALID, "mean_squared_error: row 32");
    denoise_loss_free(loss);
}

static void fail_at(void *context, int64_t index)
{
    denoise__loss_fault_note(context, 1000 - index, denoise__fail(DENOISE_ERR_INVALID, "row %lld", (long long)(1000 - index)));
}

static void threads_may_fail_at_once(void **state)
{
    (void)state;
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise__loss_fault fault;
    denoise__loss_fault_init(&fault);
    ASSERT_OK(denoise_set_num_threads(4));
    denoise__parallel_for(1000, fail_at, &fault);
    ASSERT_OK(denoise_set_num_threads(0));
    assert_int_equal(fault.row, 1);
    ASSERT_FAILS(denoise__loss_fault_status(&fault, loss), DENOISE_ERR_INVALID, "mean_squared_error: row 1");
    assert_string_equal(denoise_last_error(), "mean_squared_error: row 1");
    denoise_loss_free(loss);
}

static void scratch_may_be_refused(void **state)
{
    (void)state;
    float p[SIZE], t[SIZE];
    fill(p, t);
    denoise_tensor *prediction = tensor(p, ROWS), *target = tensor(t, ROWS);
    denoise_loss *loss = dice_loss_make("test_dice", 0);
    bool failed = true;
    for (int64_t n = 1; failed; n++) {
        double value;
        int64_t before = failing_alloc_live();
        failing_alloc_arm(n, false);
        denoise_status status = denoise_loss_compute(&value, NULL, loss, target, prediction, NULL);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), before);
    }
    denoise_loss_free(loss);
    denoise_tensor_free(prediction);
    denoise_tensor_free(target);
}

/* A net that ends in a sigmoid, 10 rows in batches of 4, 4 and 2. */
typedef struct scene {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_fit_options fit;
} scene;

static scene begin(denoise_loss *loss)
{
    scene s = {.fit = DENOISE_FIT_OPTIONS_INIT};
    denoise_tensor *labels = random_labels(10, 3, 4);
    s.model = two_layers(6, 5, "tanh", 3, "sigmoid");
    s.x = random_rows(10, 6, 2);
    ASSERT_OK(denoise_tensor_one_hot(&s.y, labels, 3));
    denoise_tensor_free(labels);
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = 1;
    ASSERT_OK(denoise_model_compile(&s.trainer, s.model, denoise_optimizer_sgd(&sgd), loss, NULL));
    s.fit.batch_size = 4;
    s.fit.shuffle = 0;
    s.fit.verbose = 0;
    return s;
}

static void end(scene *s)
{
    denoise_trainer_free(s->trainer);
    denoise_model_free(s->model);
    denoise_tensor_free(s->x);
    denoise_tensor_free(s->y);
}

static double evaluated(scene *s, int64_t batch)
{
    double value;
    denoise_logs *logs;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    options.batch_size = batch;
    ASSERT_OK(denoise_trainer_evaluate(&logs, s->trainer, s->x, s->y, &options));
    ASSERT_OK(denoise_logs_get(logs, "loss", &value));
    denoise_logs_free(logs);
    return value;
}

static void training_with_it_learns(void **state)
{
    (void)state;
    double value;
    scene s = begin(dice_loss_make("test_dice", 0));
    double before = evaluated(&s, 10);
    denoise_tensor *out;
    denoise_loss *loss = dice_loss_make("test_dice", 0);
    ASSERT_OK(denoise_model_predict(&out, s.model, s.x, NULL));
    ASSERT_OK(denoise_loss_compute(&value, NULL, loss, s.y, out, NULL));
    assert_true(fabs(value - before) < 1e-7); /* logs are float32 */
    s.fit.epochs = 60;
    ASSERT_OK(denoise_trainer_fit(s.trainer, s.x, s.y, &s.fit));
    assert_true(evaluated(&s, 10) < before - 0.1);
    denoise_tensor_free(out);
    denoise_loss_free(loss);
    end(&s);
}

/* Weights after the batches that came before: as a fit of those rows alone leaves them. */
static uint64_t hash_after(const char *kind, int64_t rows)
{
    scene s = begin(dice_loss_make(kind, 0));
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_tensor_rows(&x, s.x, 0, rows));
    ASSERT_OK(denoise_tensor_rows(&y, s.y, 0, rows));
    ASSERT_OK(denoise_trainer_fit(s.trainer, x, y, &s.fit));
    uint64_t hash = hash_of_weights(s.model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    end(&s);
    return hash;
}

static void a_failing_batch_leaves_the_weights(void **state)
{
    (void)state;
    static const char *const kinds[] = {"test_dice", "test_rows"}; /* over the whole batch, and row by row */
    for (int k = 0; k < 2; k++) {
        char text[64];
        scene s = begin(dice_loss_make(kinds[k], 2));
        (void)snprintf(text, sizeof text, "epoch 0, batch 2: %s: the batch has 2 rows", kinds[k]);
        ASSERT_FAILS(denoise_trainer_fit(s.trainer, s.x, s.y, &s.fit), DENOISE_ERR_INVALID, text);
        assert_true(hash_of_weights(s.model) == hash_after(kinds[k], 8));
        denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
        options.verbose = 0;
        options.batch_size = 4;
        (void)snprintf(text, sizeof text, "%s: the batch has 2 rows", kinds[k]);
        ASSERT_FAILS(denoise_trainer_evaluate(NULL, s.trainer, s.x, s.y, &options), DENOISE_ERR_INVALID, text);
        s.fit.batch_size = 5;
        ASSERT_OK(denoise_trainer_fit(s.trainer, s.x, s.y, &s.fit)); /* it goes on */
        end(&s);
    }
}

/* 0 / 0: no rows to be named. */
static void a_value_that_is_not_finite_ends_fit(void **state)
{
    (void)state;
    scene s = begin(dice_loss_make("test_dice", 0));
    denoise_tensor *outputs, *opposite;
    s.fit.batch_size = 10;
    ASSERT_OK(denoise_model_predict(&outputs, s.model, s.x, NULL));
    ASSERT_OK(denoise_tensor_scale(&opposite, outputs, -1.0));
    uint64_t hash = hash_of_weights(s.model);
    ASSERT_FAILS(denoise_trainer_fit(s.trainer, s.x, opposite, &s.fit), DENOISE_ERR_NONFINITE,
                 "all outputs are finite, that of output 0 \"dense_1\" is ");
    assert_true(hash_of_weights(s.model) == hash);
    denoise_tensor_free(outputs);
    denoise_tensor_free(opposite);
    end(&s);
}

static int setup(void **state)
{
    (void)state;
    failing_alloc_install();
    dice_loss_register();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_and_gradient_are_those_of_the_whole_batch),
        cmocka_unit_test(an_empty_batch_is_zero),
        cmocka_unit_test(the_weight_of_a_loss_scales_its_gradient),
        cmocka_unit_test(a_failure_has_the_name_of_its_loss),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(threads_may_fail_at_once),
        cmocka_unit_test(scratch_may_be_refused),
        cmocka_unit_test(training_with_it_learns),
        cmocka_unit_test(a_failing_batch_leaves_the_weights),
        cmocka_unit_test(a_value_that_is_not_finite_ends_fit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
