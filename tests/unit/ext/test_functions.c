/* SPDX-License-Identifier: Apache-2.0 */
/* Activations, initializers, regularizers, constraints and schedules of third parties that fail, each of their functions at
 * each of its calls: what failed is told with its names, and leaves no trace. */
#include "kernels/engine.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <denoise/ext.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 70, INPUTS = 20, HIDDEN = 40, OUTPUTS = 3, BATCHES = 6, BEFORE = 3 };

static struct {
    const char *hook;
    atomic_int left; /* calls until it fails */
    denoise_status status;
    const char *words; /* NULL: none */
} fault;

static void arm(const char *hook, int calls)
{
    fault.hook = hook;
    fault.status = DENOISE_ERR_USER;
    fault.words = "told to fail";
    atomic_store(&fault.left, calls);
}

static denoise_status answer(const char *hook)
{
    if (strcmp(hook, fault.hook) != 0 || atomic_fetch_sub(&fault.left, 1) != 0) return DENOISE_OK;
    return fault.words == NULL ? fault.status : denoise_ext_fail(fault.status, fault.words);
}

static int64_t size_of(const denoise_ext_shape *shape)
{
    int64_t size = 1;
    for (int32_t i = 0; i < shape->rank; i++)
        size *= shape->dim[i];
    return size;
}

/* ---- an activation: y = x, 0.1 x below 0 */

static denoise_status forward(const void *config, const float *x, float *y, int64_t rows, int64_t columns, void *user_data)
{
    (void)config, (void)user_data;
    denoise_status status = answer("forward");
    for (int64_t i = 0; i < rows * columns; i++)
        y[i] = x[i] < 0 ? 0.1f * x[i] : x[i];
    return status;
}

static denoise_status backward(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns, void *user_data)
{
    (void)config, (void)x, (void)user_data;
    for (int64_t i = 0; i < rows * columns; i++)
        dx[i] = y[i] < 0 ? 0.1f * dy[i] : dy[i];
    return answer("backward");
}

/* ---- what weights have */

static denoise_status fill(const void *config, const denoise_ext_shape *shape, uint64_t seed, uint64_t stream, float *values,
                           void *user_data)
{
    (void)config, (void)user_data;
    denoise_status status = denoise_ext_uniform(values, size_of(shape), seed, stream, 0, -0.2, 0.2);
    return status == DENOISE_OK ? answer("fill") : status;
}

static denoise_status penalty(const void *config, const float *w, int64_t count, double *value, void *user_data)
{
    (void)config, (void)user_data;
    *value = 0;
    for (int64_t i = 0; i < count; i++)
        *value += 0.01 * (double)w[i] * (double)w[i];
    return answer("penalty");
}

static denoise_status add_gradient(const void *config, const float *w, float *gradient, int64_t count, void *user_data)
{
    (void)config, (void)user_data;
    for (int64_t i = 0; i < count; i++)
        gradient[i] += 0.02f * w[i];
    return answer("add_gradient");
}

static denoise_status reach(const void *config, double greatest, double *value, void *user_data)
{
    (void)config, (void)user_data;
    *value = 0.02 * greatest;
    return answer("reach");
}

/* What it has done when it fails must not stay. */
static denoise_status apply(const void *config, float *w, const denoise_ext_shape *shape, void *user_data)
{
    (void)config, (void)user_data;
    for (int64_t i = 0; i < size_of(shape); i++)
        w[i] = w[i] > 0.15f ? 0.15f : w[i];
    denoise_status status = answer("apply");
    if (status != DENOISE_OK) w[0] = NAN;
    return status;
}

static double claimed_rate;
static denoise_status rate(const void *config, int64_t iterations, double *value, void *user_data)
{
    (void)config, (void)user_data;
    *value = claimed_rate / (double)(iterations + 10);
    return answer("rate");
}

/* ---- a layer whose weight has them: y = gain x */

typedef struct gain_config {
    denoise_ext_kind_ref initializer, regularizer, constraint;
} gain_config;
#define KIND(key)                                                                                                              \
    {                                                                                                                          \
#key, NULL, "hooked", NULL, #key, NAN, NAN, offsetof(gain_config, key), DENOISE_PARAM_KIND, DENOISE_EXT_NULLABLE       \
    }
static const denoise_ext_param gain_params[] = {KIND(initializer), KIND(regularizer), KIND(constraint)};

static int64_t one_weight(const void *config, const denoise_ext_shape *inputs, int32_t count, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)user_data;
    return 1;
}

static denoise_status say_weight(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t index,
                                 denoise_ext_weight *weight, void *user_data)
{
    (void)config, (void)count, (void)index, (void)user_data;
    weight->name = "gain";
    *weight->shape = inputs[0];
    weight->initializer = "initializer", weight->regularizer = "regularizer", weight->constraint = "constraint";
    return DENOISE_OK;
}

static denoise_status gain_forward(const denoise_ext_layer_args *args, void *user_data)
{
    int64_t columns = size_of(args->input_shapes);
    (void)user_data;
    for (int64_t i = 0; i < args->batch * columns; i++)
        args->outputs[0][i] = args->weights[0][i % columns] * args->inputs[0][i];
    return DENOISE_OK;
}

static denoise_status gain_backward(const denoise_ext_layer_args *args, void *user_data)
{
    int64_t columns = size_of(args->input_shapes);
    const float *dy = args->output_gradients[0];
    (void)user_data;
    for (int64_t j = 0; j < columns && args->weight_gradients[0] != NULL; j++) {
        float sum = 0;
        for (int64_t i = j; i < args->batch * columns; i += columns)
            sum += dy[i] * args->inputs[0][i];
        args->weight_gradients[0][j] = sum;
    }
    for (int64_t i = 0; i < args->batch * columns && args->input_gradients[0] != NULL; i++)
        args->input_gradients[0][i] = args->weights[0][i % columns] * dy[i];
    return DENOISE_OK;
}

/* ---- all of them */

static void add_kinds(void)
{
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    denoise_ext_activation activation = DENOISE_EXT_ACTIVATION_INIT;
    denoise_ext_layer layer = DENOISE_EXT_LAYER_INIT;
    kind.name = "hooked";
    fault.hook = "";
    claimed_rate = 1;
    activation.needs_input = 0, activation.forward = forward, activation.backward = backward;
    ASSERT_OK(denoise_ext_register("activation", &kind, &activation, NULL));
    ASSERT_OK(
        denoise_ext_register("initializer", &kind, &(denoise_ext_initializer){sizeof(denoise_ext_initializer), fill}, NULL));
    ASSERT_OK(denoise_ext_register(
        "regularizer", &kind, &(denoise_ext_regularizer){sizeof(denoise_ext_regularizer), penalty, add_gradient, reach}, NULL));
    ASSERT_OK(denoise_ext_register("constraint", &kind, &(denoise_ext_constraint){sizeof(denoise_ext_constraint), NULL, apply},
                                   NULL));
    ASSERT_OK(denoise_ext_register("schedule", &kind, &(denoise_ext_schedule){sizeof(denoise_ext_schedule), rate}, NULL));
    kind.params = gain_params, kind.param_count = 3, kind.config_size = sizeof(gain_config);
    layer.is_row_local = layer.backward_needs_input = 1, layer.weight_count = one_weight, layer.weight = say_weight;
    layer.forward = gain_forward, layer.backward = gain_backward;
    ASSERT_OK(denoise_ext_register("layer", &kind, &layer, NULL));
}

static void drop_kinds(void)
{
    static const char *const nouns[] = {"layer", "activation", "initializer", "regularizer", "constraint", "schedule"};
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        ASSERT_OK(denoise_ext_unregister(nouns[i], "hooked"));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static denoise_sequential *sketch(bool has_gain)
{
    const int64_t shape[] = {INPUTS};
    denoise_sequential *layers;
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    dense.name = "wide", dense.kernel_initializer = "hooked";
    if (!has_gain) {
        dense.kernel_regularizer = dense.bias_regularizer = "hooked";
        dense.kernel_constraint = dense.bias_constraint = "hooked";
    }
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(HIDDEN, "hooked", &dense)));
    if (has_gain) {
        denoise_layer *gain;
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        ASSERT_OK(denoise_params_set_text(params, "name", "gain"));
        ASSERT_OK(denoise_layer_create(&gain, "hooked", params));
        denoise_params_free(params);
        ASSERT_OK(denoise_sequential_add(layers, gain));
    }
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dropout(0.2, NULL)));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(OUTPUTS, NULL, NULL)));
    return layers;
}

static denoise_model *build(bool has_gain, uint64_t seed)
{
    denoise_model *model;
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.seed = seed;
    denoise_sequential *layers = sketch(has_gain);
    ASSERT_OK(denoise_sequential_build(&model, layers, &options));
    denoise_sequential_free(layers);
    return model;
}

/* ---- training */

typedef enum optimizer_sort { SGD, ADAM, ALL_STAGES, OPTIMIZERS } optimizer_sort;

static denoise_optimizer *optimizer_of(optimizer_sort sort)
{
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    ASSERT_OK(denoise_schedule_create(sort == SGD ? &sgd.schedule : &adam.schedule, "hooked", NULL));
    sgd.momentum = 0.9;
    if (sort == ALL_STAGES) {
        adam.global_clipnorm = 0.1, adam.weight_decay = 0.01, adam.gradient_accumulation_steps = 2;
        adam.use_ema = 1, adam.ema_overwrite_frequency = 2; /* the averages are seen in the weights */
    }
    return sort == SGD ? denoise_optimizer_sgd(&sgd) : denoise_optimizer_adam(&adam);
}

typedef struct training {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x[BATCHES], *y[BATCHES];
} training;

static training begin(bool has_gain, optimizer_sort sort)
{
    training t = {.model = build(has_gain, 3)};
    ASSERT_OK(denoise_model_compile(&t.trainer, t.model, optimizer_of(sort), denoise_loss_mean_squared_error(), NULL));
    for (int i = 0; i < BATCHES; i++) {
        t.x[i] = random_rows(ROWS, INPUTS, (uint64_t)i);
        t.y[i] = random_rows(ROWS, OUTPUTS, 100 + (uint64_t)i);
    }
    return t;
}

static denoise_status step(const training *t, int batch)
{
    return denoise_trainer_train_on_batch(NULL, t->trainer, t->x[batch], t->y[batch], NULL);
}

static uint64_t end(training *t)
{
    uint64_t hash = hash_of_weights(t->model);
    for (int i = 0; i < BATCHES; i++)
        denoise_tensor_free(t->x[i]), denoise_tensor_free(t->y[i]);
    denoise_trainer_free(t->trainer), denoise_model_free(t->model);
    return hash;
}

static uint64_t undisturbed(bool has_gain, optimizer_sort sort)
{
    training t = begin(has_gain, sort);
    for (int i = 0; i < BATCHES; i++)
        ASSERT_OK(step(&t, i));
    return end(&t);
}

/* Whether the hook was called so often in one step. */
static bool disturb(bool has_gain, optimizer_sort sort, const char *hook, int calls, const char *told, uint64_t expected)
{
    training t = begin(has_gain, sort);
    bool reads = calls % 2 == 0; /* brings weights home, where they need not be */
    for (int i = 0; i < BEFORE; i++)
        ASSERT_OK(step(&t, i));
    const denoise_optimizer *optimizer = denoise_trainer_optimizer(t.trainer);
    int64_t iterations = denoise_optimizer_iterations(optimizer);
    uint64_t before = reads ? hash_of_weights(t.model) : 0;
    arm(hook, calls);
    denoise_status status = step(&t, BEFORE);
    bool happened = atomic_load(&fault.left) < 0;
    fault.hook = "";
    if (happened) {
        assert_fails(status, DENOISE_ERR_USER, told, hook, __FILE__, __LINE__);
        assert_non_null(strstr(denoise_last_error(), "\"hooked\": told to fail"));
        if (reads) assert_true(hash_of_weights(t.model) == before);
        assert_int_equal(denoise_optimizer_iterations(optimizer), iterations);
        ASSERT_OK(step(&t, BEFORE));
    } else {
        ASSERT_OK(status);
    }
    for (int i = BEFORE + 1; i < BATCHES; i++)
        ASSERT_OK(step(&t, i));
    assert_true(end(&t) == expected);
    return happened;
}

static void a_failed_step_leaves_no_trace(void **state)
{
    (void)state;
    static const struct {
        const char *hook, *told[2]; /* without and with the layer of one weight */
    } cases[] = {{"forward", {"layer \"wide\": activation ", "layer \"wide\": activation "}},
                 {"backward", {"layer \"wide\": activation ", "layer \"wide\": activation "}},
                 {"penalty", {"layer \"wide\": weight \"", "layer \"gain\": weight \"gain\": regularizer "}},
                 {"add_gradient", {"layer \"wide\": weight \"", "layer \"gain\": weight \"gain\": regularizer "}},
                 {"reach", {"layer \"wide\": weight \"", NULL}},
                 {"apply", {"layer \"wide\": weight \"", "layer \"gain\": weight \"gain\": constraint "}},
                 {"rate", {"schedule ", "schedule "}}};
    add_kinds();
    int failures = 0;
    for (int threads = 1; threads <= 3; threads += 2) {
        ASSERT_OK(denoise_set_num_threads(threads));
        for (int with = 0; with < 2; with++)
            for (optimizer_sort sort = SGD; sort < OPTIMIZERS; sort++) {
                uint64_t expected = undisturbed(with != 0, sort);
                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                    int calls = 0;
                    while (cases[i].told[with] != NULL &&
                           disturb(with != 0, sort, cases[i].hook, calls, cases[i].told[with], expected))
                        calls++;
                    bool is_products = strcmp(cases[i].hook, "reach") == 0; /* who alone ask for it, on the native engine */
                    assert_true(calls > 0 || cases[i].told[with] == NULL || (is_products && !denoise__engine_is_native()));
                    failures += calls;
                }
            }
    }
    print_message("%d failures\n", failures);
    ASSERT_OK(denoise_set_num_threads(0));
    drop_kinds();
}

/* ---- what does not train */

static void evaluating_and_predicting_tell_it(void **state)
{
    (void)state;
    add_kinds();
    training t = begin(false, ADAM);
    denoise_tensor *out, *inputs[1], *dy = random_rows(ROWS, OUTPUTS, 5);
    denoise_tensor *gradients[4] = {NULL};
    arm("forward", 0);
    ASSERT_FAILS(denoise_model_predict(&out, t.model, t.x[0], NULL), DENOISE_ERR_USER,
                 "layer \"wide\": activation \"hooked\": ");
    assert_null(out);
    arm("penalty", 0);
    ASSERT_FAILS(denoise_trainer_evaluate(NULL, t.trainer, t.x[0], t.y[0], NULL), DENOISE_ERR_USER,
                 "layer \"wide\": weight \"kernel\": regularizer \"hooked\": told");
    static const char *const hooks[] = {"forward", "backward", "add_gradient"};
    for (int i = 0; i < 3; i++) {
        arm(hooks[i], 0);
        ASSERT_FAILS(denoise_model_gradients(inputs, gradients, NULL, t.model, (const denoise_tensor *const *)t.x,
                                             (const denoise_tensor *const *)&dy, 0, 0),
                     DENOISE_ERR_USER, "\"hooked\": told to fail");
        assert_true(inputs[0] == NULL && gradients[0] == NULL && gradients[3] == NULL);
    }
    denoise_tensor_free(dy);
    (void)end(&t);
    drop_kinds();
}

static void words_and_codes_are_those_of_the_hook(void **state)
{
    (void)state;
    add_kinds();
    training t = begin(true, SGD);
    denoise_tensor *out;
    (void)denoise_ext_fail(DENOISE_ERR_USER, "an older failure");
    arm("forward", 0);
    fault.words = NULL;
    ASSERT_FAILS(denoise_model_predict(&out, t.model, t.x[0], NULL), DENOISE_ERR_USER,
                 "layer \"wide\": activation \"hooked\": forward answered ");
    arm("apply", 0);
    fault.status = 4711;
    ASSERT_FAILS(step(&t, 0), 4711, "layer \"gain\": weight \"gain\": constraint \"hooked\": told to fail");
    claimed_rate = -1;
    ASSERT_FAILS(step(&t, 0), DENOISE_ERR_RANGE, "schedule \"hooked\": the rate after 0 steps is -0.1, expected 0 or more");
    claimed_rate = NAN;
    ASSERT_FAILS(step(&t, 0), DENOISE_ERR_RANGE, "the rate after 0 steps is nan");
    claimed_rate = 1;
    ASSERT_OK(step(&t, 0));
    (void)end(&t);
    drop_kinds();
}

/* ---- building */

static void a_failed_build_leaves_weights_without_values(void **state)
{
    (void)state;
    add_kinds();
    denoise_model *model, *fresh = build(true, 8);
    uint64_t expected = hash_of_weights(fresh);
    denoise_model_free(fresh);
    for (int calls = 0; calls < 2; calls++) {
        denoise_sequential *layers = sketch(true);
        denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
        arm("fill", calls);
        ASSERT_FAILS(denoise_sequential_build(&model, layers, &options), DENOISE_ERR_USER,
                     calls == 0 ? "layer \"wide\": weight \"kernel\": initializer \"hooked\": told to fail"
                                : "layer \"gain\": weight \"gain\": initializer \"hooked\": told to fail");
        assert_null(model);
        options.seed = 8; /* nothing is left of the first seed */
        ASSERT_OK(denoise_sequential_build(&model, layers, &options));
        assert_true(hash_of_weights(model) == expected);
        denoise_model_free(model), denoise_sequential_free(layers);
    }
    drop_kinds();
}

/* ---- on tensors of the caller's */

static void tensors_of_the_caller_stay(void **state)
{
    (void)state;
    add_kinds();
    denoise_tensor *w = random_rows(4, 5, 1), *gradient = random_rows(4, 5, 2);
    uint64_t before = hash_of(w);
    arm("apply", 0);
    ASSERT_FAILS(denoise_constraint_apply(w, "hooked", NULL), DENOISE_ERR_USER, "constraint \"hooked\": told to fail");
    assert_true(hash_of(w) == before);
    ASSERT_OK(denoise_constraint_apply(w, "hooked", NULL));
    assert_true(hash_of(w) != before);
    before = hash_of(w);
    denoise_optimizer *optimizer = optimizer_of(ADAM);
    arm("rate", 0);
    ASSERT_FAILS(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&gradient, 1), DENOISE_ERR_USER,
                 "schedule \"hooked\": told to fail");
    assert_true(hash_of(w) == before && denoise_optimizer_iterations(optimizer) == 0);
    arm("rate", 0);
    assert_true(isnan(denoise_optimizer_learning_rate(optimizer)));
    assert_string_equal(denoise_last_error(), "schedule \"hooked\": told to fail");
    assert_true(fabs(denoise_optimizer_learning_rate(optimizer) - 0.1) < 1e-6);
    ASSERT_OK(denoise_optimizer_apply(optimizer, &w, (const denoise_tensor *const *)&gradient, 1));
    assert_true(hash_of(w) != before);
    denoise_optimizer_free(optimizer);
    denoise_tensor_free(w), denoise_tensor_free(gradient);
    drop_kinds();
}

/* ---- on threads */

static denoise_status refuse(const void *config, const float *x, float *y, int64_t rows, int64_t columns, void *user_data)
{
    (void)config, (void)user_data;
    for (int64_t i = 0; i < rows; i++) {
        char words[64];
        (void)snprintf(words, sizeof words, "row %d is refused", (int)x[i * columns]);
        if (x[i * columns] >= 100) return denoise_ext_fail(DENOISE_ERR_USER, words);
    }
    memmove(y, x, (size_t)(rows * columns) * sizeof *y);
    return DENOISE_OK;
}

static void the_first_row_is_told_on_any_threads(void **state)
{
    (void)state;
    enum { MANY = 2000, WIDTH = 40 };
    static float numbers[MANY * WIDTH];
    static const int32_t threads[] = {1, 2, 3, 8};
    const int64_t shape[] = {MANY, WIDTH};
    for (int64_t i = 0; i < MANY * WIDTH; i++)
        numbers[i] = (float)(i / WIDTH);
    for (int32_t is_rowwise = 0; is_rowwise < 2; is_rowwise++) {
        denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
        denoise_ext_activation hooks = DENOISE_EXT_ACTIVATION_INIT;
        kind.name = "refusing", hooks.is_rowwise = is_rowwise, hooks.forward = refuse, hooks.backward = backward;
        ASSERT_OK(denoise_ext_register("activation", &kind, &hooks, NULL));
        denoise_sequential *layers;
        denoise_model *model;
        denoise_tensor *x, *out;
        ASSERT_OK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, shape, 2, numbers));
        ASSERT_OK(denoise_sequential_new(&layers, NULL));
        ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input(shape + 1, 1, NULL)));
        ASSERT_OK(denoise_sequential_add(layers, denoise_layer_activation("refusing", "gate")));
        ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(3, NULL, NULL)));
        ASSERT_OK(denoise_sequential_build(&model, layers, NULL));
        denoise_sequential_free(layers);
        for (int i = 0; i < 80; i++) {
            ASSERT_OK(denoise_set_num_threads(threads[i % 4]));
            ASSERT_FAILS(denoise_model_predict(&out, model, x, NULL), DENOISE_ERR_USER,
                         "layer \"gate\": activation \"refusing\": row 100 is refused");
        }
        denoise_model_free(model), denoise_tensor_free(x);
        ASSERT_OK(denoise_ext_unregister("activation", "refusing"));
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void sound_kinds_pass(void **state)
{
    (void)state;
    static const char *const nouns[] = {"activation", "initializer", "regularizer", "constraint", "schedule"};
    add_kinds();
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        ASSERT_OK(denoise_ext_test(nouns[i], "hooked", NULL, NULL, 0));
    arm("backward", 3);
    ASSERT_FAILS(denoise_ext_test("activation", "hooked", NULL, NULL, 0), DENOISE_ERR_USER, "activation \"hooked\": told");
    fault.hook = "";
    drop_kinds();
}

static denoise_status use_constraint(void)
{
    denoise_tensor *w;
    const int64_t shape[] = {2, 3};
    denoise_status status = denoise_ext_test("constraint", "hooked", NULL, NULL, 0);
    if (status == DENOISE_OK) status = denoise_tensor_new(&w, DENOISE_FLOAT32, shape, 2);
    if (status != DENOISE_OK) return status;
    status = denoise_constraint_apply(w, "hooked", NULL);
    denoise_tensor_free(w);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool failed = true;
    failing_alloc_install();
    add_kinds();
    int64_t before = failing_alloc_live();
    for (int64_t n = 1; failed; n++) {
        failing_alloc_arm(n, false);
        denoise_status status = use_constraint();
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_int_equal(failing_alloc_live(), before);
    }
    drop_kinds();
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_step_leaves_no_trace),
        cmocka_unit_test(evaluating_and_predicting_tell_it),
        cmocka_unit_test(words_and_codes_are_those_of_the_hook),
        cmocka_unit_test(a_failed_build_leaves_weights_without_values),
        cmocka_unit_test(tensors_of_the_caller_stay),
        cmocka_unit_test(the_first_row_is_told_on_any_threads),
        cmocka_unit_test(sound_kinds_pass),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
