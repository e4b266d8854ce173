/* SPDX-License-Identifier: Apache-2.0 */
/* Training with stages: fused and plain, on any number of threads, by hand and in a fit; what is kept at the end of a fit; what
 * happens where numbers are not finite. */
#include "support/failing_alloc.h"
#include "support/fused_nets.h"
#include "support/stage_sets.h"
#include "support/state_memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 150, INPUTS = 37, HIDDEN = 21, OUTPUTS = 5 };

static dense_training training_of(const denoise_tensor *x, const denoise_tensor *y)
{
    dense_training t;
    dense_training_init(&t);
    t.net = (dense_net){.inputs = INPUTS, .count = 2, .units = {HIDDEN, OUTPUTS}, .activations = {"tanh", NULL}};
    t.net.kernel_constraint = "max_norm(1.5)";
    t.net.bias_constraint = "non_neg";
    t.net.kernel_regularizer = "l2(0.01)";
    t.loss = "mean_squared_error";
    t.x = x, t.y = y;
    t.fit.epochs = 3;
    return t;
}

static denoise_params *params_of(const stage_set *set)
{
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_double(params, "learning_rate", 0.02));
    ASSERT_OK(denoise_params_set_double(params, "weight_decay", 0.01));
    ASSERT_OK(denoise_params_set_text(params, "exclude_from_weight_decay", "bias"));
    stage_set_params(set, params);
    return params;
}

/* Each set of stages under each kind of optimizer: blocks and panels make the bits that layers make one after the other. */
static void fused_and_plain_are_the_same(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, INPUTS, 1), *y = random_rows(ROWS, OUTPUTS, 2);
    for (const stage_set *set = stage_sets; set->name != NULL; set++) {
        denoise_params *params = params_of(set);
        for (int64_t k = 0; denoise_kind_name("optimizer", k) != NULL; k++) {
            dense_training t = training_of(x, y);
            t.optimizer = denoise_kind_name("optimizer", k);
            t.optimizer_params = params;
            t.metric = "mean_absolute_error";
            assert_true(fused_equals_plain(&t, set->name));
        }
        denoise_params_free(params);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
}

static uint64_t hash_after_fit(const stage_set *set, int32_t threads)
{
    dense_outcome outcome;
    denoise_tensor *x = random_rows(ROWS, INPUTS, 1), *y = random_rows(ROWS, OUTPUTS, 2);
    denoise_params *params = params_of(set);
    dense_training t = training_of(x, y);
    t.net.units[0] = 700; /* gradients of several pieces */
    t.optimizer = "adam";
    t.optimizer_params = params;
    ASSERT_OK(denoise_set_num_threads(threads));
    dense_fit(&outcome, &t, false);
    ASSERT_OK(outcome.status);
    uint64_t hash = hash_of_weights(outcome.model);
    dense_outcome_free(&outcome);
    denoise_params_free(params);
    denoise_tensor_free(x), denoise_tensor_free(y);
    return hash;
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    uint64_t none = hash_after_fit(&(stage_set){.name = "none"}, 1);
    for (const stage_set *set = stage_sets; set->name != NULL; set++) {
        uint64_t first = hash_after_fit(set, 1);
        for (int32_t threads = 2; threads <= 4; threads++)
            if (hash_after_fit(set, threads) != first) fail_msg("%s: %d threads", set->name, (int)threads);
        if (first == none) fail_msg("%s: changes nothing", set->name);
    }
    ASSERT_OK(denoise_set_num_threads(0));
}

/* A model with a trainer that makes its steps by hand. */
typedef struct bench {
    denoise_tensor *x, *y;
    denoise_params *params;
    denoise_model *model;
    denoise_trainer *trainer;
} bench;

static bench start(const char *optimizer, const stage_set *set, const dense_net *net)
{
    bench b = {.x = random_rows(ROWS, INPUTS, 1), .y = random_rows(ROWS, OUTPUTS, 2), .params = params_of(set)};
    dense_training t = training_of(b.x, b.y);
    if (net != NULL) t.net = *net;
    t.optimizer = optimizer;
    t.optimizer_params = b.params;
    b.model = dense_net_model(&t.net);
    b.trainer = dense_compile(b.model, &t);
    return b;
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model), denoise_params_free(b->params);
    denoise_tensor_free(b->x), denoise_tensor_free(b->y);
}

static denoise_status train(bench *b, int64_t first, int64_t last)
{
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_tensor_rows(&x, b->x, first, last));
    ASSERT_OK(denoise_tensor_rows(&y, b->y, first, last));
    denoise_status status = denoise_trainer_train_on_batch(NULL, b->trainer, x, y, NULL);
    denoise_tensor_free(x), denoise_tensor_free(y);
    return status;
}

static double item(const denoise_model *model, int64_t weight, int64_t index)
{
    denoise_tensor *values;
    double value;
    ASSERT_OK(denoise_model_get_weight(&values, model, weight));
    ASSERT_OK(denoise_tensor_item(values, index, &value));
    denoise_tensor_free(values);
    return value;
}

static void assert_near(const denoise_model *a, const denoise_model *b, double tolerance)
{
    for (int64_t w = 0; w < denoise_model_weight_count(a); w++) {
        denoise_tensor *values;
        ASSERT_OK(denoise_model_get_weight(&values, a, w));
        int64_t count = denoise_tensor_size(values);
        denoise_tensor_free(values);
        for (int64_t i = 0; i < count; i++)
            if (fabs(item(a, w, i) - item(b, w, i)) > tolerance)
                fail_msg("weight %lld, element %lld", (long long)w, (long long)i);
    }
}

static const dense_net bare = {.inputs = INPUTS, .count = 2, .units = {HIDDEN, OUTPUTS}, .activations = {"tanh", NULL}};

/* Two halves of a batch make the step of the whole. */
static void accumulated_halves_are_a_whole(void **state)
{
    (void)state;
    bench halves = start("sgd", &(stage_set){.accumulation = 2}, &bare), whole = start("sgd", &(stage_set){.name = ""}, &bare);
    for (int step = 0; step < 4; step++) {
        ASSERT_OK(train(&halves, 0, ROWS / 2));
        assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(halves.trainer)), step);
        ASSERT_OK(train(&halves, ROWS / 2, ROWS));
        ASSERT_OK(train(&whole, 0, ROWS));
    }
    assert_near(halves.model, whole.model, 2e-7);
    end(&halves), end(&whole);
}

/* A power of two goes in and out without a trace, beside penalties, which it does not meet. */
static void a_scaled_loss_gives_the_same_bits(void **state)
{
    (void)state;
    const stage_set scaled = {.loss_scale = 1024}, none = {.name = ""};
    dense_net net = bare;
    net.kernel_regularizer = "l2(0.01)";
    bench a = start("adam", &scaled, &net), b = start("adam", &none, &net);
    for (int step = 0; step < 5; step++) {
        denoise_logs *of_a, *of_b;
        double loss_a, loss_b;
        ASSERT_OK(denoise_trainer_train_on_batch(&of_a, a.trainer, a.x, a.y, NULL));
        ASSERT_OK(denoise_trainer_train_on_batch(&of_b, b.trainer, b.x, b.y, NULL));
        ASSERT_OK(denoise_logs_get(of_a, "loss", &loss_a));
        ASSERT_OK(denoise_logs_get(of_b, "loss", &loss_b));
        assert_true(loss_a == loss_b);
        denoise_logs_free(of_a), denoise_logs_free(of_b);
    }
    assert_true(hash_of_weights(a.model) == hash_of_weights(b.model));
    end(&a), end(&b);
}

/* With a rate of 1 and nothing else, a step is as long as the norm allows. */
static void steps_are_as_long_as_norms_allow(void **state)
{
    (void)state;
    for (int global = 0; global < 2; global++) {
        const stage_set set = {.clip = global == 0 ? "clipnorm" : "global_clipnorm", .limit = 0.01};
        bench b = start("sgd", &set, &bare);
        denoise_tensor *before[4], *after[4];
        double all = 0;
        ASSERT_OK(denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(b.trainer), 1));
        ASSERT_OK(denoise_model_get_weights(before, b.model, 4));
        ASSERT_OK(train(&b, 0, ROWS));
        ASSERT_OK(denoise_model_get_weights(after, b.model, 4));
        for (int w = 0; w < 4; w++) {
            double sum = 0, decay = w % 2 == 0 ? 0.01 : 0;
            const float *old = denoise_tensor_const_data(before[w]), *now = denoise_tensor_const_data(after[w]);
            for (int64_t i = 0; i < denoise_tensor_size(before[w]); i++) {
                double step = (double)now[i] - (double)old[i] * (1 - decay);
                sum += step * step;
            }
            if (global == 0 && fabs(sqrt(sum) - 0.01) > 1e-6) fail_msg("weight %d: %g", w, sqrt(sum));
            all += sum;
            denoise_tensor_free(before[w]), denoise_tensor_free(after[w]);
        }
        assert_true(global == 0 || fabs(sqrt(all) - 0.01) < 1e-6);
        end(&b);
    }
}

/* Steps by hand leave the weights apart from their averages; a fit ends with the averages as weights. Constraints hold after
 * each step; frozen layers stay. */
static void a_fit_ends_with_averages(void **state)
{
    (void)state;
    const stage_set set = {.ema_momentum = 0.9};
    dense_net net = bare;
    net.frozen = 2; /* the second layer */
    bench b = start("adam", &set, &net);
    denoise_optimizer *optimizer = denoise_trainer_optimizer(b.trainer);
    double frozen = item(b.model, 2, 3);
    for (int step = 0; step < 3; step++)
        ASSERT_OK(train(&b, 0, ROWS));
    assert_true((double)denoise__optimizer_average(optimizer, 0)[7] != item(b.model, 0, 7));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
    for (int64_t i = 0; i < INPUTS * HIDDEN; i++)
        assert_true((double)denoise__optimizer_average(optimizer, 0)[i] == item(b.model, 0, i));
    for (int64_t i = 0; i < HIDDEN; i++)
        assert_true((double)denoise__optimizer_average(optimizer, 1)[i] == item(b.model, 1, i));
    assert_true(item(b.model, 2, 3) == frozen);
    options.epochs = 0; /* nothing is trained: the averages are there already */
    uint64_t hash = hash_of_weights(b.model);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
    assert_true(hash_of_weights(b.model) == hash);
    end(&b);
    b = start("adam", &set, &net); /* before the first step there are none */
    hash = hash_of_weights(b.model);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
    assert_true(hash_of_weights(b.model) == hash);
    end(&b);
}

/* As in Keras: with no epochs a fit leaves the weights alone, with epochs that are all behind it ends as any other. */
static void a_fit_of_no_epochs_keeps_weights_apart_from_averages(void **state)
{
    (void)state;
    bench b = start("adam", &(stage_set){.ema_momentum = 0.9}, &bare);
    for (int step = 0; step < 3; step++)
        ASSERT_OK(train(&b, 0, ROWS));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = 0;
    uint64_t hash = hash_of_weights(b.model);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
    assert_true(hash_of_weights(b.model) == hash);
    options.epochs = options.initial_epoch = 2;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
    assert_true(item(b.model, 0, 7) == (double)denoise__optimizer_average(denoise_trainer_optimizer(b.trainer), 0)[7]);
    end(&b);
}

static void constraints_hold_after_each_step(void **state)
{
    (void)state;
    dense_net net = bare;
    net.kernel_constraint = "unit_norm";
    net.bias_constraint = "non_neg";
    bench b = start("sgd", &(stage_set){.accumulation = 2}, &net); /* also where gradients are only added up */
    for (int step = 0; step < 4; step++) {
        ASSERT_OK(train(&b, 0, ROWS));
        for (int64_t column = 0; column < HIDDEN; column++) {
            double squares = 0;
            for (int64_t row = 0; row < INPUTS; row++)
                squares += pow(item(b.model, 0, row * HIDDEN + column), 2);
            assert_true(fabs(squares - 1) < 1e-6);
            assert_true(item(b.model, 1, column) >= 0);
        }
    }
    end(&b);
}

static uint64_t write_to(state_memory *memory, const bench *b)
{
    denoise__visitor visitor = state_memory_writer(memory);
    ASSERT_OK(denoise__optimizer_visit(denoise_trainer_optimizer(b->trainer), "optimizer", &visitor));
    return hash_of_weights(b->model);
}

/* The rate is beyond all bounds: gradients are fine, what the step makes of them is not. It is not taken, and leaves weights,
 * averages and accumulated gradients alone. */
static void steps_that_go_too_far_change_nothing(void **state)
{
    (void)state;
    static const stage_set sets[] = {{.clip = "clipnorm", .limit = 1e30, .ema_momentum = 0.5},
                                     {.ema_momentum = 0.5, .overwrite_frequency = 1},
                                     {.accumulation = 2, .ema_momentum = 0.5},
                                     {.accumulation = 2, .clip = "global_clipnorm", .limit = 1e30},
                                     {.loss_scale = 1e20}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        state_memory before = {0}, after = {0};
        bench b = start("sgd", &sets[i], &bare);
        ASSERT_OK(denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(b.trainer), 1e-20));
        for (int step = 0; step < 3; step++)
            ASSERT_OK(train(&b, 0, ROWS));
        for (int64_t n = 0; n < denoise_tensor_size(b.y); n++)
            ((float *)denoise_tensor_data(b.y))[n] *= 1e12f;
        ASSERT_OK(denoise_optimizer_set_learning_rate(denoise_trainer_optimizer(b.trainer), 3e38));
        uint64_t hash = write_to(&before, &b);
        denoise_status status = train(&b, 0, ROWS);
        if (status != DENOISE_ERR_NONFINITE) fail_msg("set %zu: %s", i, denoise_status_name(status));
        assert_non_null(strstr(denoise_last_error(), "the step would make"));
        assert_true(write_to(&after, &b) == hash);
        const char *path = state_memory_differs(&before, &after);
        if (path != NULL) fail_msg("set %zu: %s differs", i, path);
        state_memory_clear(&before), state_memory_clear(&after);
        end(&b);
    }
}

/* A schedule has the last word: who wants to lower the rate is told so, as Keras tells it. */
static void a_schedule_cannot_be_lowered(void **state)
{
    (void)state;
    bench b = start("sgd", &(stage_set){.schedule = "exponential_decay(1e-30, 10, 0.5)"}, &bare);
    denoise_reduce_lr_options reduce = DENOISE_REDUCE_LR_OPTIONS_INIT;
    reduce.monitor = "loss";
    reduce.patience = 1;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_reduce_lr_on_plateau(&reduce)));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.epochs = 4;
    ASSERT_FAILS(denoise_trainer_fit(b.trainer, b.x, b.y, &options), DENOISE_ERR_STATE,
                 "sgd: learning_rate is the schedule ExponentialDecay, and cannot be set");
    const denoise_history *history = denoise_trainer_history(b.trainer);
    assert_int_equal(denoise_history_epochs(history), 1); /* the first one was still an improvement */
    double rate = denoise_history_values(history, "learning_rate")[0];
    assert_true(fabs(rate - 1e-30 * pow(0.5, 0.5)) < 1e-36); /* of the next batch: 5 were made */
    end(&b);
}

/* As Keras counts them: iteration, learning rate unless there is a schedule, and five arrays. */
static void the_summary_counts_all_variables(void **state)
{
    (void)state;
    const int64_t params = INPUTS * HIDDEN + HIDDEN + HIDDEN * OUTPUTS + OUTPUTS;
    for (int scheduled = 0; scheduled < 2; scheduled++) {
        stage_set set = {.ema_momentum = 0.5, .accumulation = 2};
        if (scheduled == 1) set.schedule = "cosine_decay(0.1, 10)";
        char wanted[64], *text;
        bench b = start("adam", &set, &bare);
        ASSERT_OK(train(&b, 0, ROWS));
        ASSERT_OK(denoise_trainer_summary(&text, b.trainer, NULL));
        (void)snprintf(wanted, sizeof wanted, "Optimizer params: %d,%03d", (int)((4 * params + 2 - scheduled) / 1000),
                       (int)((4 * params + 2 - scheduled) % 1000));
        if (strstr(text, wanted) == NULL) fail_msg("%s in\n%s", wanted, text);
        denoise_free(text);
        end(&b);
    }
}

static int64_t counted;

static denoise_status count_calls(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    if (batch == 1) counted = -failing_alloc_calls();
    if (batch == 4) counted += failing_alloc_calls();
    return DENOISE_OK;
}

static void steps_allocate_nothing(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    for (const stage_set *set = stage_sets; set->name != NULL; set++) {
        dense_net net = bare;
        net.kernel_constraint = "max_norm";
        bench b = start("adam", set, &net);
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        hooks.on_train_batch_end = count_calls;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
        denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
        options.verbose = 0;
        options.batch_size = 20;
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &options));
        if (counted != 0) fail_msg("%s: %d allocations in three steps", set->name, (int)counted);
        end(&b);
    }
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_and_plain_are_the_same),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(accumulated_halves_are_a_whole),
        cmocka_unit_test(a_scaled_loss_gives_the_same_bits),
        cmocka_unit_test(steps_are_as_long_as_norms_allow),
        cmocka_unit_test(a_fit_ends_with_averages),
        cmocka_unit_test(constraints_hold_after_each_step),
        cmocka_unit_test(steps_that_go_too_far_change_nothing),
        cmocka_unit_test(a_schedule_cannot_be_lowered),
        cmocka_unit_test(the_summary_counts_all_variables),
        cmocka_unit_test(steps_allocate_nothing),
        cmocka_unit_test(a_fit_of_no_epochs_keeps_weights_apart_from_averages),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
