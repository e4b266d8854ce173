/* SPDX-License-Identifier: Apache-2.0 */
/* Losses: value and gradient, by themselves and through a trainer. Those from logits are there taken from probabilities, of a
 * model that ends in the activation, with which the trainer fuses them. */
#include "support/cmocka_test.h"
#include "support/keras_config.h"
#include <string.h>

/* A step of SGD moves a weight w by exactly this times its gradient, whose bits so survive the rounding of w - rate g. */
static const double STEP = 1048576.0;

static const denoise_tensor *sample_weight(fixture *f)
{
    return fixture_has(f, "sample_weight") ? fixture_tensor(f, "sample_weight") : NULL;
}

static void compare_value(fixture *f, const char *what, double got)
{
    double expected;
    fixture_ok(f, denoise_tensor_item(fixture_tensor(f, "loss"), 0, &expected));
    fixture_compare_numbers(f, what, &got, &expected, 1, FIXTURE_ONE_OPERATION);
}

static denoise_params *loss_params(fixture *f)
{
    return keras_params(f, "loss", fixture_member_text(f, "loss"), fixture_member(f, "config"));
}

static denoise_loss *make_loss(fixture *f, const denoise_params *params)
{
    denoise_loss *loss;
    fixture_ok(f, denoise_loss_create(&loss, fixture_member_text(f, "loss"), params));
    return fixture_keep_loss(f, loss);
}

static void run(fixture *f)
{
    denoise_loss *loss = make_loss(f, loss_params(f));
    double value;
    denoise_tensor *gradient;
    fixture_ok(f, denoise_loss_compute(&value, &gradient, loss, fixture_tensor(f, "y_true"), fixture_tensor(f, "y_pred"),
                                       sample_weight(f)));
    fixture_keep_tensor(f, gradient);
    compare_value(f, "loss", value);
    fixture_compare(f, "dy_pred", gradient, fixture_tensor(f, "dy_pred"), FIXTURE_ONE_OPERATION);
}

/* activation(x . identity + 0); activation NULL = linear. */
static denoise_model *identity_model(fixture *f, const denoise_tensor *x, const char *activation)
{
    int64_t columns = denoise_tensor_dim(x, -1);
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, NULL));
    fixture_keep_sequential(f, sequential);
    denoise_layer *input = denoise_layer_input(denoise_tensor_shape(x) + 1, denoise_tensor_rank(x) - 1, NULL);
    fixture_ok(f, denoise_sequential_add(sequential, input));
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_dense(columns, activation, NULL)));
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    fixture_keep_model(f, model);
    float *values = fixture_alloc(f, (size_t)(columns * columns) * sizeof(*values));
    for (int64_t i = 0; i < columns; i++)
        values[i * columns + i] = 1.0F;
    denoise_tensor *identity;
    fixture_ok(f, denoise_tensor_from_data(&identity, DENOISE_FLOAT32, (int64_t[]){columns, columns}, 2, values));
    fixture_keep_tensor(f, identity);
    fixture_ok(f, denoise_model_set_weight(model, 0, identity));
    return model;
}

static denoise_trainer *compile(fixture *f, denoise_model *model, denoise_loss *loss)
{
    denoise_sgd_options options = DENOISE_SGD_OPTIONS_INIT;
    options.learning_rate = STEP;
    denoise_trainer *trainer;
    fixture_release(f, loss);
    fixture_ok(f, denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&options), loss, NULL));
    return fixture_keep_trainer(f, trainer);
}

/* The bias' gradient is the sum of the rows of the prediction's, or logits', gradient. */
static void compare_bias_gradient(fixture *f, const denoise_model *model)
{
    const denoise_tensor *gradient = fixture_tensor(f, "dy_pred");
    int64_t columns = denoise_tensor_dim(gradient, -1), size = denoise_tensor_size(gradient);
    double *expected = fixture_alloc(f, (size_t)columns * sizeof(*expected));
    double *got = fixture_alloc(f, (size_t)columns * sizeof(*got));
    for (int64_t i = 0; i < size; i++) {
        double element;
        fixture_ok(f, denoise_tensor_item(gradient, i, &element));
        expected[i % columns] += element;
    }
    denoise_tensor *bias;
    fixture_ok(f, denoise_model_get_weight(&bias, model, 1));
    fixture_keep_tensor(f, bias);
    for (int64_t i = 0; i < columns; i++) {
        fixture_ok(f, denoise_tensor_item(bias, i, &got[i]));
        got[i] /= -STEP;
    }
    fixture_compare_numbers(f, "gradient in a trainer", got, expected, columns, FIXTURE_ONE_OPERATION);
}

/* The activation that belongs to a loss from logits; NULL for one from probabilities. Switches the loss to probabilities. */
static const char *take_activation(fixture *f, denoise_params *params)
{
    int32_t from_logits = 0;
    if (denoise_params_type(params, "from_logits") >= 0) {
        fixture_ok(f, denoise_params_get_bool(params, "from_logits", &from_logits));
        fixture_ok(f, denoise_params_set_bool(params, "from_logits", 0));
    }
    if (!from_logits) return NULL;
    return strncmp(fixture_member_text(f, "loss"), "Binary", strlen("Binary")) == 0 ? "sigmoid" : "softmax";
}

static void run_in_trainer(fixture *f)
{
    denoise_params *params = loss_params(f);
    const denoise_tensor *x = fixture_tensor(f, "y_pred"), *y = fixture_tensor(f, "y_true"), *weight = sample_weight(f);
    denoise_model *model = identity_model(f, x, take_activation(f, params));
    denoise_trainer *trainer = compile(f, model, make_loss(f, params));
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.sample_weight = &weight;
    options.verbose = 0;
    denoise_logs *logs;
    fixture_ok(f, denoise_trainer_evaluate(&logs, trainer, x, y, &options));
    fixture_keep_logs(f, logs);
    double value;
    fixture_ok(f, denoise_logs_get(logs, "loss", &value));
    compare_value(f, "loss in a trainer", value);
    fixture_ok(f, denoise_trainer_train_on_batch(NULL, trainer, x, y, weight));
    compare_bias_gradient(f, model);
}

static void run_group(void (*run_one)(fixture *f))
{
    fixtures *set = fixtures_open("losses");
    fixtures_run(set, &(const fixture_kind){"loss", run_one}, 1);
    fixtures_end(set);
}

static void test_losses_are_those_of_keras(void **state)
{
    (void)state;
    run_group(run);
}

static void test_losses_in_a_trainer_are_those_of_keras(void **state)
{
    (void)state;
    run_group(run_in_trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_losses_are_those_of_keras),
                                       cmocka_unit_test(test_losses_in_a_trainer_are_those_of_keras)};
    return cmocka_run_group_tests_name("golden_losses", tests, NULL, NULL);
}
