/* SPDX-License-Identifier: Apache-2.0 */
/* Nets take subnormal numbers for zero on every path and thread; functions of tensors keep them; a callback runs in its
 * host's environment, not in that of the nets. */
#include "core/cpu.h"
#include "support/fused_nets.h"
#include <fenv.h>
#include <stdio.h>

enum { ROWS = 300, WIDTH = 20 };

static bool cpu_flushes(void)
{
    denoise__fp_state saved;
    denoise__fp_enter_flushing(&saved);
    volatile float tiny = 1e-38f, product = tiny * 0.01f; /* volatile: not to be computed elsewhere */
    denoise__fp_leave(&saved);
    return product == 0;
}

static denoise_tensor *constant(int64_t rows, int64_t columns, float value)
{
    denoise_tensor *tensor;
    ASSERT_OK(denoise_tensor_new(&tensor, DENOISE_FLOAT32, (const int64_t[]){rows, columns}, columns == 0 ? 1 : 2));
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++)
        ((float *)denoise_tensor_data(tensor))[i] = value;
    return tensor;
}

/* Dense without activation, its kernel full of one value; with dropout before it or not. */
static denoise_model *net(bool drops, float value)
{
    const int64_t width = WIDTH;
    denoise_sequential *s;
    denoise_model *model;
    denoise_tensor *kernel = constant(WIDTH, WIDTH, value);
    ASSERT_OK(denoise_sequential_new(&s, "net"));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&width, 1, NULL)));
    if (drops) ASSERT_OK(denoise_sequential_add(s, denoise_layer_dropout(0.5, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_dense(WIDTH, NULL, NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    ASSERT_OK(denoise_model_set_weight(model, 0, kernel));
    denoise_sequential_free(s);
    denoise_tensor_free(kernel);
    return model;
}

static void check_zero(const denoise_model *model, float value)
{
    denoise_tensor *x = constant(ROWS, WIDTH, value), *out;
    ASSERT_OK(denoise_model_predict(&out, model, x, NULL));
    for (int64_t i = 0; i < denoise_tensor_size(out); i++)
        assert_true(((const float *)denoise_tensor_const_data(out))[i] == 0);
    denoise_tensor_free(x);
    denoise_tensor_free(out);
}

static void products_are_zero(void **state)
{
    (void)state;
    if (!cpu_flushes()) skip();
    for (int32_t threads = 1; threads <= 4; threads++) {
        ASSERT_OK(denoise_set_num_threads(threads));
        for (int drops = 0; drops < 2; drops++) {
            denoise_model *results = net(drops, 1e-20f), *operands = net(drops, 1e20f), *weights = net(drops, 1e-40f);
            check_zero(results, 1e-20f);  /* the products are subnormal */
            check_zero(operands, 1e-40f); /* the data is */
            check_zero(weights, 1e20f);
            denoise_model_free(results);
            denoise_model_free(operands);
            denoise_model_free(weights);
        }
    }
    ASSERT_OK(denoise_set_num_threads(0));
}

static void both_paths_train_alike(void **state)
{
    (void)state;
    static const char *const optimizers[] = {"sgd", "rmsprop", "adam", "adamw"};
    static const char *const losses[] = {"mean_squared_error", "binary_crossentropy", "mean_absolute_error"};
    static const double scales[] = {1e-20, 1e-37, 1e-39, 1e-43};
    for (size_t i = 0; i < 4 * 3 * 4; i++) {
        dense_training t;
        denoise_tensor *numbers = random_rows(96, WIDTH, 1), *x, *y;
        char what[100];
        dense_training_init(&t);
        t.optimizer = optimizers[i % 4];
        t.loss = losses[i / 4 % 3];
        ASSERT_OK(denoise_tensor_scale(&x, numbers, scales[i / 12]));
        ASSERT_OK(denoise_tensor_clip(&y, x, 0.0, 1.0));
        t.x = x, t.y = y;
        t.net = (dense_net){.inputs = WIDTH, .count = 3, .units = {18, 7, WIDTH}, .activations = {"relu", "tanh", "sigmoid"}};
        t.fit.epochs = 3;
        (void)snprintf(what, sizeof what, "%s, %s, %g", t.optimizer, t.loss, scales[i / 12]);
        assert_true(fused_equals_plain(&t, what));
        denoise_tensor_free(numbers);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
    }
}

static void tensors_keep_them(void **state)
{
    (void)state;
    denoise_tensor *a = constant(ROWS, WIDTH, 1e-40f), *out;
    ASSERT_OK(denoise_tensor_add(&out, a, a));
    assert_true(((const float *)denoise_tensor_const_data(out))[7] == (float)(2 * (double)1e-40f));
    denoise_tensor_free(out);
    ASSERT_OK(denoise_tensor_scale(&out, a, 0.5));
    assert_true(((const float *)denoise_tensor_const_data(out))[7] == (float)(0.5 * (double)1e-40f));
    denoise_tensor_free(out);
    ASSERT_OK(denoise_tensor_astype(&out, a, DENOISE_FLOAT64));
    assert_true(((const double *)denoise_tensor_const_data(out))[7] == (double)1e-40f);
    denoise_tensor_free(out);
    denoise_tensor_free(a);
}

typedef struct seen {
    int calls, rounding;
    bool subnormal;
} seen;

static denoise_status look(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    seen *s = user_data;
    volatile float tiny = 1e-40f;
    (void)trainer, (void)number, (void)logs;
    s->calls++;
    s->rounding = fegetround();
    s->subnormal = tiny * 3.0f > 0;
    return DENOISE_OK;
}

static denoise_status turn(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return fesetround(FE_DOWNWARD) == 0 ? DENOISE_OK : DENOISE_ERR_USER;
}

static denoise_status schedule(int64_t epoch, double rate, double *result, void *user_data)
{
    seen *s = user_data;
    (void)epoch;
    s->rounding = fegetround();
    *result = rate;
    return DENOISE_OK;
}

static void callbacks_run_in_their_hosts_environment(void **state)
{
    (void)state;
    denoise_model *model = two_layers(4, 3, "relu", 2, NULL);
    denoise_trainer *trainer;
    denoise_tensor *x = random_rows(24, 4, 0), *y = random_rows(24, 2, 1);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    seen s = {0}, scheduled = {0};
    hooks.on_train_batch_end = look;
    hooks.on_train_end = turn;
    fit.verbose = 0;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &s, NULL)));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_learning_rate_scheduler(schedule, &scheduled, NULL)));
    fesetround(FE_UPWARD);
    denoise_status status = denoise_trainer_fit(trainer, x, y, &fit);
    int after = fegetround();
    fesetround(FE_TONEAREST);
    ASSERT_OK(status);
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.rounding, FE_UPWARD);
    assert_int_equal(scheduled.rounding, FE_UPWARD);
    assert_true(s.subnormal);
    assert_int_equal(after, FE_DOWNWARD); /* as the callback left it */
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_trainer_free(trainer), denoise_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_zero),
        cmocka_unit_test(both_paths_train_alike),
        cmocka_unit_test(tensors_keep_them),
        cmocka_unit_test(callbacks_run_in_their_hosts_environment),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
