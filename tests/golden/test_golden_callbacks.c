/* SPDX-License-Identifier: Apache-2.0 */
/* EarlyStopping and ReduceLROnPlateau on given sequences of a monitored number: fits of a model of one weight, in which a
 * callback before the tested one writes the number into the logs and the epoch into the weight. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"

enum { MAX_EPOCHS = 64 };

typedef struct script {
    fixture *f;
    denoise_trainer *trainer;
    denoise_callback *tested; /* adopted by the trainer, readable as long as it */
    denoise_tensor *x;
    double values[MAX_EPOCHS], rates[MAX_EPOCHS];
    int64_t epochs, rate_count;
} script;

static denoise_status set_epoch(denoise_trainer *trainer, int64_t epoch)
{
    float value = (float)epoch;
    denoise_tensor *weight;
    denoise_status status = denoise_tensor_from_data(&weight, DENOISE_FLOAT32, (int64_t[]){1, 1}, 2, &value);
    if (status == DENOISE_OK) status = denoise_model_set_weight(denoise_trainer_model(trainer), 0, weight);
    denoise_tensor_free(weight);
    return status;
}

static denoise_status play(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    const script *s = user_data;
    denoise_status status = set_epoch(trainer, epoch);
    return status != DENOISE_OK ? status : denoise_logs_set(logs, "val_loss", s->values[epoch]);
}

static denoise_status record(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    script *s = user_data;
    (void)logs;
    s->rates[epoch] = denoise_optimizer_learning_rate(denoise_trainer_optimizer(trainer));
    s->rate_count = epoch + 1;
    return DENOISE_OK;
}

static void compile(script *s)
{
    fixture *f = s->f;
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, NULL));
    fixture_keep_sequential(f, sequential);
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    dense.use_bias = 0;
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_input((int64_t[]){1}, 1, NULL)));
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_dense(1, NULL, &dense)));
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    fixture_keep_model(f, model);
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = 0.1;
    fixture_ok(f,
               denoise_model_compile(&s->trainer, model, denoise_optimizer_sgd(&sgd), denoise_loss_mean_squared_error(), NULL));
    fixture_keep_trainer(f, s->trainer);
    fixture_ok(f, denoise_tensor_new(&s->x, DENOISE_FLOAT32, (int64_t[]){1, 1}, 2));
    fixture_keep_tensor(f, s->x);
}

static void add_callbacks(script *s)
{
    fixture *f = s->f;
    const char *kind = fixture_member_text(f, "kind");
    denoise_params *params = keras_params(f, "callback", kind, fixture_member(f, "config"));
    denoise_callback_hooks before = DENOISE_CALLBACK_HOOKS_INIT, after = DENOISE_CALLBACK_HOOKS_INIT;
    before.on_epoch_end = play;
    after.on_epoch_end = record;
    fixture_ok(f, denoise_trainer_add_callback(s->trainer, denoise_callback_lambda(&before, s, NULL)));
    fixture_ok(f, denoise_callback_create(&s->tested, kind, params));
    fixture_ok(f, denoise_trainer_add_callback(s->trainer, s->tested));
    fixture_ok(f, denoise_trainer_add_callback(s->trainer, denoise_callback_lambda(&after, s, NULL)));
}

static script *run_script(fixture *f)
{
    script *s = fixture_alloc(f, sizeof(*s));
    s->f = f;
    const denoise_tensor *values = fixture_tensor(f, "values");
    s->epochs = denoise_tensor_size(values);
    if (s->epochs > MAX_EPOCHS) fixture_fail(f, "more than %d values", (int)MAX_EPOCHS);
    for (int64_t i = 0; i < s->epochs; i++)
        fixture_ok(f, denoise_tensor_item(values, i, &s->values[i]));
    compile(s);
    add_callbacks(s);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = s->epochs;
    fit.verbose = 0;
    fixture_ok(f, denoise_trainer_fit(s->trainer, s->x, s->x, &fit));
    return s;
}

static void compare(fixture *f, const char *name, double got)
{
    double expected;
    fixture_ok(f, denoise_tensor_item(fixture_tensor(f, name), 0, &expected));
    fixture_compare_numbers(f, name, &got, &expected, 1, FIXTURE_ONE_OPERATION);
}

static void run_early_stopping(fixture *f)
{
    script *s = run_script(f);
    denoise_tensor *weight;
    double final;
    fixture_ok(f, denoise_model_get_weight(&weight, denoise_trainer_model(s->trainer), 0));
    fixture_keep_tensor(f, weight);
    fixture_ok(f, denoise_tensor_item(weight, 0, &final));
    compare(f, "epochs_run", (double)denoise_history_epochs(denoise_trainer_history(s->trainer)));
    compare(f, "stopped_epoch", (double)denoise_early_stopping_stopped_epoch(s->tested));
    compare(f, "best_epoch", (double)denoise_early_stopping_best_epoch(s->tested));
    compare(f, "best", denoise_early_stopping_best(s->tested));
    compare(f, "final_weight", final);
}

static void run_reduce_lr(fixture *f)
{
    script *s = run_script(f);
    const denoise_tensor *rates = fixture_tensor(f, "lr");
    double expected[MAX_EPOCHS];
    if (denoise_tensor_size(rates) != s->rate_count) {
        fixture_fail(f, "%lld epochs, expected %lld", (long long)s->rate_count, (long long)denoise_tensor_size(rates));
    }
    for (int64_t i = 0; i < s->rate_count; i++)
        fixture_ok(f, denoise_tensor_item(rates, i, &expected[i]));
    fixture_compare_numbers(f, "lr", s->rates, expected, s->rate_count, FIXTURE_ONE_OPERATION);
}

static void test_callbacks_are_those_of_keras(void **state)
{
    (void)state;
    fixtures *set = fixtures_open("callbacks");
    fixtures_run(set, (const fixture_kind[]){{"early_stopping", run_early_stopping}, {"reduce_lr_on_plateau", run_reduce_lr}},
                 2);
    fixtures_end(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_callbacks_are_those_of_keras)};
    return cmocka_run_group_tests_name("golden_callbacks", tests, NULL, NULL);
}
