/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of third parties that fail or lie: in one hook, at one of its calls, each answers a failure (with words or without, or
 * a code of nobody's), writes NaN or nothing, says sizes, counts and shapes that cannot be, or calls back into the library. A
 * model is built with it, trained, evaluated and freed, and the kind tested by denoise_ext_test(). Nothing may crash or leak; a
 * status that was answered comes out, with a message that names layer and kind and is not an older one's; what a failed step
 * leaves are the weights before it; and afterwards the kind can be taken out. */
#include "support/campaign.h"
#include "support/nets.h"
#include <denoise/ext.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 9, COLUMNS = 4, OWN_CODE = 12345 };

typedef enum fault {
    NONE,
    FAIL,
    FAIL_MUTE,
    FAIL_OWN_CODE,
    WRITE_NAN,
    WRITE_NOTHING,
    SAY_LESS,
    SAY_MORE,
    CALL_BACK,
    FAULTS
} fault;
static const char *const fault_names[FAULTS] = {"no fault",          "a failure", "a failure without a word",
                                                "a code of its own", "NaN",       "nothing",
                                                "too little",        "too much",  "calls back"};

/* What goes wrong, in the call that is counted down to 0. */
static struct plan {
    const char *hook;
    fault fault;
    atomic_int left;
    atomic_int happened;
    const char *noun, *name;
    denoise_trainer *trainer;
    int optimizer; /* SGD, Adam, Adam that clips by norms */
    bool watches;  /* weights are read after every batch, which also brings them home */
} plan;

/* The fault of this call of a hook. */
static fault now(const char *hook)
{
    if (strcmp(hook, plan.hook) != 0 || atomic_fetch_sub(&plan.left, 1) > 0) return NONE;
    atomic_fetch_add(&plan.happened, 1);
    return plan.fault;
}

/* Everything that a hook might ask of the library; none of it may hang or break what runs. */
static void call_back(void)
{
    denoise_layer *layer;
    double value;
    (void)denoise_kind_name(plan.noun, 0);
    (void)denoise_ext_unregister(plan.noun, plan.name);
    (void)denoise_layer_create(&layer, "dense", NULL);
    layer = denoise_layer_dense(3, "relu", NULL);
    denoise_layer_free(layer);
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_tensor *x = random_rows(3, 2, 1);
    (void)denoise_loss_compute(&value, NULL, loss, x, x, NULL);
    denoise_tensor_free(x);
    denoise_loss_free(loss);
    if (plan.trainer != NULL) {
        (void)denoise_trainer_fit(plan.trainer, NULL, NULL, NULL);
        denoise_trainer_stop(plan.trainer);
    }
}

static denoise_status answer(fault f)
{
    if (f == CALL_BACK) call_back();
    if (f == FAIL) return denoise_ext_fail(DENOISE_ERR_USER, "the hook was told to fail");
    if (f == FAIL_MUTE) return DENOISE_ERR_USER;
    return f == FAIL_OWN_CODE ? OWN_CODE : DENOISE_OK;
}

static int64_t say(fault f, int64_t truth)
{
    if (f == CALL_BACK) call_back();
    return f == SAY_LESS ? -3 : f == SAY_MORE ? INT64_MAX / 4 : truth;
}

/* Numbers that a hook writes: scaled from elsewhere, NaN, or not at all. */
static void write(fault f, float *to, const float *from, double scale, int64_t count)
{
    if (f == CALL_BACK) call_back();
    for (int64_t i = 0; to != NULL && f != WRITE_NOTHING && i < count; i++)
        to[i] = f == WRITE_NAN ? NAN : (float)scale * from[i];
}

static denoise_status check(const void *config, void *user_data)
{
    (void)config, (void)user_data;
    return answer(now("check"));
}

/* ---- a layer: y = w x, w of one number */

typedef struct layer_config {
    denoise_ext_kind_ref initializer;
} layer_config;
static const denoise_ext_param layer_params[] = {
    {"first", "of w", "ones", NULL, "initializer", NAN, NAN, offsetof(layer_config, initializer), DENOISE_PARAM_KIND, 0}};

static int32_t output_count(const void *config, void *user_data)
{
    (void)config, (void)user_data;
    return (int32_t)say(now("output_count"), 1);
}

static denoise_status infer(const void *config, const denoise_ext_shape *inputs, int32_t count, denoise_ext_shape *outputs,
                            void *user_data)
{
    (void)config, (void)count, (void)user_data;
    fault f = now("infer");
    outputs[0] = inputs[0];
    if (f == SAY_LESS) outputs[0].dim[0] = -1;
    if (f == SAY_MORE) outputs[0].rank = 99;
    return answer(f);
}

static int64_t weight_count(const void *config, const denoise_ext_shape *inputs, int32_t count, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)user_data;
    return say(now("weight_count"), 1);
}

static denoise_status weight(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t index,
                             denoise_ext_weight *w, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)index, (void)user_data;
    fault f = now("weight");
    w->name = f == SAY_LESS ? NULL : "w";
    w->shape->rank = f == WRITE_NOTHING ? w->shape->rank : 1;
    w->shape->dim[0] = f == SAY_MORE ? INT64_MAX : 1;
    w->initializer = f == WRITE_NAN ? "there is none" : "first";
    return answer(f);
}

static int64_t state_size(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t batch, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)batch, (void)user_data;
    return say(now("state_size"), 16);
}

static int64_t scratch_size(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t batch,
                            int32_t is_backward, void *user_data)
{
    (void)config, (void)inputs, (void)count, (void)batch, (void)is_backward, (void)user_data;
    return say(now("scratch_size"), 16);
}

static int64_t elements(const denoise_ext_layer_args *args)
{
    int64_t size = args->batch;
    for (int32_t i = 0; i < args->input_shapes[0].rank; i++)
        size *= args->input_shapes[0].dim[i];
    return size;
}

static denoise_status forward(const denoise_ext_layer_args *args, void *user_data)
{
    fault f = now("forward");
    (void)user_data;
    write(f, args->outputs[0], args->inputs[0], (double)args->weights[0][0], elements(args));
    return answer(f == CALL_BACK ? NONE : f);
}

static denoise_status backward(const denoise_ext_layer_args *args, void *user_data)
{
    fault f = now("backward");
    double sum = 0;
    (void)user_data;
    for (int64_t i = 0; i < elements(args); i++)
        sum += (double)args->output_gradients[0][i] * (double)args->inputs[0][i];
    const float whole = (float)sum;
    write(f, args->weight_gradients[0], &whole, 1, 1);
    write(f == CALL_BACK ? NONE : f, args->input_gradients[0], args->output_gradients[0], (double)args->weights[0][0],
          elements(args));
    return answer(f == CALL_BACK ? NONE : f);
}

/* ---- a loss of rows, a metric, an optimizer */

static denoise_status rows(const denoise_ext_loss_args *args, int64_t first, int64_t count, void *user_data)
{
    fault f = now("rows");
    (void)user_data;
    for (int64_t i = first; i < first + count && f != WRITE_NOTHING; i++) {
        float sum = 0;
        for (int64_t j = i * args->columns; j < (i + 1) * args->columns; j++) {
            float error = args->prediction[j] - args->target[j];
            sum += error * error;
            if (args->gradient != NULL) args->gradient[j] = 2 * error * (float)args->gradient_scale;
        }
        args->row_loss[i] = f == WRITE_NAN ? NAN : sum;
    }
    return answer(f);
}

static int64_t numbers(const void *config, int32_t state, void *user_data)
{
    (void)config, (void)state, (void)user_data;
    return say(now("metric state_size"), 1);
}

static denoise_status update_metric(const denoise_ext_metric_args *args, void *user_data)
{
    fault f = now("update");
    const float one = args->state[0][0] + 1;
    (void)user_data;
    denoise_status status = answer(f);
    if (status == DENOISE_OK) write(f == CALL_BACK ? NONE : f, args->state[0], &one, 1, 1);
    return status;
}

static double result(const void *config, const float *const *state, void *user_data)
{
    fault f = now("result");
    (void)config, (void)user_data;
    if (f == CALL_BACK) call_back();
    return f == WRITE_NAN ? NAN : (double)state[0][0];
}

static void coefficients(const void *config, double learning_rate, int64_t step, float *c, void *user_data)
{
    const float rate = (float)learning_rate;
    (void)config, (void)step, (void)user_data;
    write(now("coefficients"), c, &rate, 1, 1);
}

static void update(const float *c, float *w, const float *gradient, float *const *slots, int64_t count, void *user_data)
{
    fault f = now("update weights");
    (void)slots, (void)user_data;
    if (f == CALL_BACK) call_back();
    for (int64_t i = 0; i < count && f != WRITE_NOTHING; i++)
        w[i] = f == WRITE_NAN ? NAN : w[i] - c[0] * gradient[i];
}

static double reach(const float *c, double gradient, void *user_data)
{
    fault f = now("reach");
    (void)user_data;
    return f == WRITE_NAN || f == SAY_MORE ? NAN : f == SAY_LESS ? -1 : (double)c[0] * gradient;
}

/* ---- functions */

static denoise_status activate(const void *config, const float *x, float *y, int64_t row_count, int64_t columns,
                               void *user_data)
{
    fault f = now("activation forward");
    (void)config, (void)user_data;
    write(f, y, x, 0.5, row_count * columns);
    return answer(f == CALL_BACK ? NONE : f);
}

static denoise_status activate_back(const void *config, const float *x, const float *y, const float *dy, float *dx,
                                    int64_t row_count, int64_t columns, void *user_data)
{
    fault f = now("activation backward");
    (void)config, (void)x, (void)y, (void)user_data;
    write(f, dx, dy, 0.5, row_count * columns);
    return answer(f == CALL_BACK ? NONE : f);
}

static denoise_status fill(const void *config, const denoise_ext_shape *shape, uint64_t seed, uint64_t stream, float *values,
                           void *user_data)
{
    int64_t count = 1;
    (void)config, (void)user_data;
    for (int32_t i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    fault f = now("fill");
    if (f != WRITE_NOTHING) (void)denoise_ext_uniform(values, count, seed, stream, 0, -0.5, 0.5);
    if (f == WRITE_NAN) values[0] = NAN;
    return answer(f);
}

static denoise_status penalty(const void *config, const float *w, int64_t count, double *value, void *user_data)
{
    double sum = 0;
    fault f = now("penalty");
    (void)config, (void)user_data;
    for (int64_t i = 0; i < count; i++)
        sum += 0.01 * (double)w[i] * (double)w[i];
    if (f != WRITE_NOTHING) *value = f == WRITE_NAN ? NAN : sum;
    return answer(f);
}

static denoise_status add_gradient(const void *config, const float *w, float *gradient, int64_t count, void *user_data)
{
    fault f = now("add_gradient");
    (void)config, (void)user_data;
    for (int64_t i = 0; i < count && f != WRITE_NOTHING; i++)
        gradient[i] += f == WRITE_NAN ? NAN : 0.02f * w[i];
    return answer(f);
}

static denoise_status reach_of_penalty(const void *config, double greatest, double *value, void *user_data)
{
    fault f = now("penalty reach");
    (void)config, (void)user_data;
    if (f != WRITE_NOTHING) *value = f == WRITE_NAN || f == SAY_MORE ? NAN : f == SAY_LESS ? -1 : 0.02 * greatest;
    return answer(f);
}

static denoise_status check_weight(const void *config, const denoise_ext_shape *shape, void *user_data)
{
    (void)config, (void)shape, (void)user_data;
    return answer(now("constraint check"));
}

/* A failure comes when the weight is half done. */
static denoise_status apply(const void *config, float *w, const denoise_ext_shape *shape, void *user_data)
{
    fault f = now("apply");
    (void)config, (void)shape, (void)user_data;
    w[0] = f == WRITE_NAN ? NAN : w[0] > 0.1f ? 0.1f : w[0];
    return answer(f);
}

static denoise_status rate(const void *config, int64_t iterations, double *value, void *user_data)
{
    fault f = now("rate");
    (void)config, (void)user_data;
    if (f != WRITE_NOTHING)
        *value = f == WRITE_NAN ? NAN : f == SAY_LESS ? -1 : f == SAY_MORE ? INFINITY : 0.1 / (double)(iterations + 1);
    return answer(f);
}

/* ---- a callback */

static denoise_status create(const void *config, void *state, void *user_data)
{
    (void)config, (void)state, (void)user_data;
    return answer(now("create"));
}

#define HOOK(name)                                                                                                             \
    static denoise_status name(const denoise_ext_callback_args *args, void *user_data)                                         \
    {                                                                                                                          \
        fault f = now(#name);                                                                                                  \
        (void)user_data;                                                                                                       \
        if (f == WRITE_NAN) (void)denoise_logs_set(args->logs, "loss", (double)NAN);                                           \
        return answer(f);                                                                                                      \
    }
HOOK(on_train_begin)
HOOK(on_train_end)
HOOK(on_epoch_begin)
HOOK(on_epoch_end)
HOOK(on_train_batch_begin)
HOOK(on_train_batch_end)
HOOK(on_test_begin)
HOOK(on_test_end)
HOOK(on_test_batch_begin)
HOOK(on_test_batch_end)

/* ---- nouns */

typedef struct noun_row {
    const char *noun;
    const char *hooks[16]; /* ends with NULL */
    bool has_status;       /* of each: what it answers comes out */
    const char *told;      /* and this with it; NULL: nothing */
} noun_row;
static const noun_row rows_of_nouns[] = {
    {"layer", {"check", "infer", "weight", "forward", "backward"}, true, NULL},
    {"layer", {"output_count", "weight_count", "state_size", "scratch_size"}, false, NULL},
    {"loss", {"check", "rows"}, true, NULL},
    {"metric", {"check", "update"}, true, NULL},
    {"metric", {"result", "metric state_size"}, false, NULL},
    {"optimizer", {"check"}, true, NULL},
    {"optimizer", {"coefficients", "update weights", "reach"}, false, NULL},
    {"activation", {"check"}, true, NULL},
    {"activation", {"activation forward", "activation backward"}, true, "layer \"first\": activation \"faulty\": "},
    {"initializer", {"check"}, true, NULL},
    {"initializer", {"fill"}, true, "layer \"first\": weight \"kernel\": initializer \"faulty\": "},
    {"regularizer", {"check"}, true, NULL},
    {"regularizer",
     {"penalty", "add_gradient", "penalty reach"},
     true,
     "layer \"first\": weight \"kernel\": regularizer \"faulty\": "},
    {"constraint", {"check", "constraint check"}, true, NULL},
    {"constraint", {"apply"}, true, "layer \"first\": weight \"kernel\": constraint \"faulty\": "},
    {"schedule", {"check"}, true, NULL},
    {"schedule", {"rate"}, true, "schedule \"faulty\": "},
    {"callback",
     {"create", "on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
      "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"},
     true,
     NULL},
};
enum { NOUN_ROWS = (int)(sizeof rows_of_nouns / sizeof *rows_of_nouns) };

static denoise_status register_faulty(const char *noun)
{
    static const char *const names[] = {"seen"};
    denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
    kind.name = "faulty", kind.class_name = "Faulty", kind.check = check;
    if (strcmp(noun, "layer") == 0) {
        denoise_ext_layer hooks = DENOISE_EXT_LAYER_INIT;
        kind.params = layer_params, kind.param_count = 1, kind.config_size = sizeof(layer_config);
        hooks.is_row_local = 1, hooks.output_count = output_count, hooks.infer = infer, hooks.weight_count = weight_count;
        hooks.weight = weight, hooks.state_size = state_size, hooks.scratch_size = scratch_size;
        hooks.forward = forward, hooks.backward = backward;
        return denoise_ext_register(noun, &kind, &hooks, NULL);
    }
    if (strcmp(noun, "loss") == 0) {
        denoise_ext_loss hooks = DENOISE_EXT_LOSS_INIT;
        hooks.rows = rows;
        return denoise_ext_register(noun, &kind, &hooks, NULL);
    }
    if (strcmp(noun, "metric") == 0) {
        denoise_ext_metric hooks = DENOISE_EXT_METRIC_INIT;
        hooks.state_count = 1, hooks.state_names = names, hooks.state_size = numbers;
        hooks.update = update_metric, hooks.result = result;
        return denoise_ext_register(noun, &kind, &hooks, NULL);
    }
    if (strcmp(noun, "optimizer") == 0) {
        denoise_ext_optimizer hooks = DENOISE_EXT_OPTIMIZER_INIT;
        hooks.learning_rate = 0.1, hooks.coefficients = coefficients, hooks.update = update, hooks.reach = reach;
        return denoise_ext_register(noun, &kind, &hooks, NULL);
    }
    if (strcmp(noun, "activation") == 0) {
        denoise_ext_activation hooks = DENOISE_EXT_ACTIVATION_INIT;
        hooks.forward = activate, hooks.backward = activate_back;
        return denoise_ext_register(noun, &kind, &hooks, NULL);
    }
    if (strcmp(noun, "initializer") == 0)
        return denoise_ext_register(noun, &kind, &(denoise_ext_initializer){sizeof(denoise_ext_initializer), fill}, NULL);
    if (strcmp(noun, "regularizer") == 0)
        return denoise_ext_register(
            noun, &kind, &(denoise_ext_regularizer){sizeof(denoise_ext_regularizer), penalty, add_gradient, reach_of_penalty},
            NULL);
    if (strcmp(noun, "constraint") == 0)
        return denoise_ext_register(noun, &kind, &(denoise_ext_constraint){sizeof(denoise_ext_constraint), check_weight, apply},
                                    NULL);
    if (strcmp(noun, "schedule") == 0)
        return denoise_ext_register(noun, &kind, &(denoise_ext_schedule){sizeof(denoise_ext_schedule), rate}, NULL);
    denoise_ext_callback hooks = DENOISE_EXT_CALLBACK_INIT;
    hooks.state_size = 16, hooks.saved_doubles = 1, hooks.create = create;
    hooks.on_train_begin = on_train_begin, hooks.on_train_end = on_train_end;
    hooks.on_epoch_begin = on_epoch_begin, hooks.on_epoch_end = on_epoch_end;
    hooks.on_train_batch_begin = on_train_batch_begin, hooks.on_train_batch_end = on_train_batch_end;
    hooks.on_test_begin = on_test_begin, hooks.on_test_end = on_test_end;
    hooks.on_test_batch_begin = on_test_batch_begin, hooks.on_test_batch_end = on_test_batch_end;
    return denoise_ext_register(noun, &kind, &hooks, NULL);
}

/* ---- a model with it */

static bool is(const char *noun)
{
    return strcmp(plan.noun, noun) == 0;
}

static denoise_status make_model(denoise_model **model)
{
    const int64_t shape[] = {COLUMNS};
    denoise_sequential *layers;
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    dense.name = "first";
    if (is("initializer")) dense.kernel_initializer = "faulty";
    if (is("regularizer")) dense.kernel_regularizer = "faulty";
    if (is("constraint")) dense.kernel_constraint = "faulty";
    *model = NULL;
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    (void)denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL));
    (void)denoise_sequential_add(layers, denoise_layer_dense(3, is("activation") ? "faulty" : "tanh", &dense));
    denoise_layer *layer;
    denoise_status status = DENOISE_OK;
    if (is("layer")) {
        status = denoise_layer_create(&layer, "faulty", NULL);
        if (status == DENOISE_OK) (void)denoise_sequential_add(layers, layer);
    }
    (void)denoise_sequential_add(layers, denoise_layer_dense(2, NULL, NULL));
    if (status == DENOISE_OK) status = denoise_sequential_build(model, layers, NULL);
    denoise_sequential_free(layers);
    return status;
}

static denoise_status make_optimizer(denoise_optimizer **optimizer)
{
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    if (is("optimizer")) return denoise_optimizer_create(optimizer, "faulty", NULL);
    if (plan.optimizer == 2) adam.global_clipnorm = 0.5;
    if (is("schedule")) {
        denoise_status status = denoise_schedule_create(plan.optimizer == 0 ? &sgd.schedule : &adam.schedule, "faulty", NULL);
        if (status != DENOISE_OK) return status;
    }
    *optimizer = plan.optimizer == 0 ? denoise_optimizer_sgd(&sgd) : denoise_optimizer_adam(&adam);
    return DENOISE_OK;
}

static denoise_status compile(denoise_trainer **trainer, denoise_model *model)
{
    denoise_optimizer *optimizer = NULL;
    denoise_loss *loss = NULL;
    denoise_metric *metric = NULL;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_status status = DENOISE_OK;
    *trainer = NULL;
    status = make_optimizer(&optimizer);
    if (is("loss") && status == DENOISE_OK) status = denoise_loss_create(&loss, "faulty", NULL);
    if (is("metric") && status == DENOISE_OK) status = denoise_metric_create(&metric, "faulty", NULL);
    if (status != DENOISE_OK) {
        denoise_optimizer_free(optimizer);
        return status;
    }
    options.metrics = &metric, options.metric_count = metric != NULL;
    return denoise_model_compile(trainer, model, optimizer, loss != NULL ? loss : denoise_loss_mean_squared_error(), &options);
}

/* The weights after the last batch. */
static struct seen {
    float values[64];
    int64_t count;
    bool is_finite;
} seen;

static void look(const denoise_model *model, struct seen *out)
{
    *out = (struct seen){.is_finite = true};
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        denoise_tensor *w;
        ASSERT_OK(denoise_model_get_weight(&w, model, i));
        const float *values = denoise_tensor_const_data(w);
        for (int64_t j = 0; j < denoise_tensor_size(w); j++) {
            out->is_finite = out->is_finite && isfinite(values[j]);
            out->values[out->count++] = values[j];
        }
        denoise_tensor_free(w);
    }
}

static denoise_status look_after_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)batch, (void)logs;
    look(user_data, &seen);
    return DENOISE_OK;
}

static denoise_status train(denoise_trainer *trainer, denoise_model *model, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    fit.epochs = 3, fit.batch_size = 4, fit.verbose = evaluate.verbose = 0;
    if (plan.watches) {
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        hooks.on_train_batch_end = look_after_batch;
        ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, model, NULL)));
    }
    if (is("callback")) {
        denoise_callback *callback;
        denoise_status status = denoise_callback_create(&callback, "faulty", NULL);
        if (status == DENOISE_OK) status = denoise_trainer_add_callback(trainer, callback);
        if (status != DENOISE_OK) return status;
    }
    plan.trainer = trainer;
    denoise_status status = denoise_trainer_fit(trainer, x, y, &fit);
    if (status == DENOISE_OK) status = denoise_trainer_evaluate(NULL, trainer, x, y, &evaluate);
    plan.trainer = NULL;
    return status;
}

static int64_t kept;

static denoise_status use(campaign *c)
{
    denoise_model *model;
    denoise_trainer *trainer = NULL;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 2, 2);
    denoise_status status = make_model(&model);
    bool is_built = status == DENOISE_OK;
    if (is_built) look(model, &seen);
    bool began_finite = is_built && seen.is_finite;
    if (status == DENOISE_OK) status = compile(&trainer, model);
    if (status == DENOISE_OK) status = train(trainer, model, x, y);
    char message[512];
    (void)snprintf(message, sizeof message, "%s", denoise_last_error());
    struct seen end;
    if (is_built) look(model, &end);
    /* An optimizer that has said how far it goes is taken at its word: a step that it breaks it in is found out by the next. */
    if (began_finite && !is("optimizer")) campaign_check(c, end.is_finite, "%s: the weights are not finite", plan.hook);
    if (is_built && plan.watches && status != DENOISE_OK && !is("optimizer")) {
        campaign_check(c, memcmp(end.values, seen.values, sizeof end.values) == 0, "%s: the step has changed weights",
                       plan.hook);
        kept++;
    }
    denoise_trainer_free(trainer), denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y);
    return status == DENOISE_OK ? status : denoise_ext_fail(status, message);
}

static int64_t outcomes[4], by_fault[FAULTS];

static void judge(campaign *c, const noun_row *row, denoise_status status)
{
    bool happened = atomic_load(&plan.happened) > 0, must_fail = plan.fault == FAIL || plan.fault == FAIL_MUTE;
    const char *text = denoise_last_error();
    if (happened && row->has_status && (must_fail || plan.fault == FAIL_OWN_CODE)) {
        campaign_check(c, status == (must_fail ? DENOISE_ERR_USER : OWN_CODE), "it answered %d: %s", (int)status, text);
        campaign_check(c, strstr(text, plan.fault == FAIL ? "told to fail" : "faulty") != NULL, "the message is \"%s\"", text);
        if (row->told != NULL) campaign_check(c, strstr(text, row->told) != NULL, "the message is \"%s\"", text);
    }
    if (!happened || plan.fault == NONE) campaign_check(c, status == DENOISE_OK, "nothing went wrong: %s", text);
    if (status != DENOISE_OK) campaign_check(c, text[0] != '\0', "a failure without a message");
    outcomes[!happened ? 0 : status == DENOISE_OK ? 1 : status == DENOISE_ERR_NONFINITE ? 2 : 3]++;
    by_fault[plan.fault] += happened;
}

static void try_one(campaign *c)
{
    const noun_row *row = &rows_of_nouns[campaign_below(c, NOUN_ROWS)];
    int count = 0;
    while (row->hooks[count] != NULL)
        count++;
    int64_t before = denoise_memory_blocks();
    plan.noun = row->noun, plan.name = "faulty", plan.fault = NONE, plan.hook = "";
    campaign_check(c, register_faulty(row->noun) == DENOISE_OK, "registering: %s", denoise_last_error());
    plan.hook = row->hooks[campaign_below(c, count)];
    plan.fault = (fault)campaign_below(c, FAULTS);
    bool is_tested = campaign_below(c, 4) == 0;
    plan.optimizer = (int)campaign_below(c, 3);
    plan.watches = campaign_below(c, 2) == 0;
    atomic_store(&plan.left, (int)(campaign_below(c, 2) == 0 ? 0 : campaign_below(c, 40)));
    atomic_store(&plan.happened, 0);
    (void)denoise_ext_fail(DENOISE_ERR_IO, "an older failure");
    if (is_tested)
        (void)denoise_ext_test(row->noun, "faulty", NULL, NULL, 0);
    else
        judge(c, row, use(c));
    plan.hook = "";
    campaign_check(c, denoise_ext_unregister(row->noun, "faulty") == DENOISE_OK, "unregistering: %s", denoise_last_error());
    denoise_shutdown();
    campaign_check(c, denoise_memory_blocks() == before, "%s of %s, %s: %lld blocks are left", plan.hook, row->noun,
                   fault_names[plan.fault], (long long)(denoise_memory_blocks() - before));
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "ext_kinds", argc, argv, 1500, 40000)) return campaign_end(&c);
    for (int64_t i = 0; i < c.budget; i++) {
        if (!campaign_case(&c, i)) continue;
        try_one(&c);
    }
    campaign_count(&c, "runs in which the fault's turn did not come", outcomes[0]);
    campaign_count(&c, "runs that went on", outcomes[1]);
    campaign_count(&c, "runs ended by a number that is not finite", outcomes[2]);
    campaign_count(&c, "runs ended by another status", outcomes[3]);
    campaign_count(&c, "failed runs whose weights were those of the batch before", kept);
    for (int f = 1; f < FAULTS; f++)
        campaign_count(&c, fault_names[f], by_fault[f]);
    return campaign_end(&c);
}
