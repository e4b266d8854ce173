/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fused_nets.h"
#include "core/cpu.h"
#include "kernels/engine.h"
#include "models/execute.h"
#include "train/session.h"
#include <math.h>
#include <string.h>

static denoise_layer *dense_at(const dense_net *net, int32_t i)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.bias_initializer = "random_normal(stddev=0.1)";
    options.trainable = (net->frozen >> i & 1) == 0;
    options.use_bias = (net->unbiased >> i & 1) == 0;
    options.kernel_constraint = net->kernel_constraint;
    options.bias_constraint = net->bias_constraint;
    options.kernel_regularizer = net->kernel_regularizer;
    return denoise_layer_dense(net->units[i], net->activations[i], &options);
}

denoise_model *dense_net_model(const dense_net *net)
{
    const int64_t shape[] = {net->height, net->inputs};
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "dense_net"));
    bool flat = net->height == 0;
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(flat ? shape + 1 : shape, flat ? 1 : 2, NULL)));
    if (net->scale != 0) ASSERT_OK(denoise_sequential_add(s, denoise_layer_rescaling(net->scale, net->offset, NULL)));
    if (!flat) ASSERT_OK(denoise_sequential_add(s, denoise_layer_flatten(NULL)));
    for (int32_t i = 0; i < net->count; i++)
        ASSERT_OK(denoise_sequential_add(s, dense_at(net, i)));
    const int64_t last[] = {net->last_rows, -1};
    if (net->last_rows != 0) ASSERT_OK(denoise_sequential_add(s, denoise_layer_reshape(last, 2, NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

void dense_training_init(dense_training *what)
{
    *what = (dense_training){.optimizer = "adam", .loss = "mean_squared_error"};
    what->fit = (denoise_fit_options)DENOISE_FIT_OPTIONS_INIT;
    what->fit.shuffle = 0;
    what->fit.verbose = 0;
}

int use_native_engine(void **state)
{
    (void)state;
    return denoise_set_engine("native") == DENOISE_OK ? 0 : -1;
}

bool runs_fused(const denoise__session *session)
{
    const denoise__plan *plan = session->plan;
    return plan != NULL && plan->product_count > 0 && plan->segment_count == 1 && plan->segments[0].by_blocks;
}

bool trains_fused(denoise_trainer *trainer, int64_t batch)
{
    ASSERT_OK(denoise__session_prepare(trainer, &trainer->train, NULL, batch));
    ASSERT_OK(denoise__session_prepare(trainer, &trainer->test, NULL, batch));
    return runs_fused(&trainer->train);
}

void train_plainly(denoise_trainer *trainer, int64_t batch)
{
    denoise__session_clear(trainer, &trainer->train);
    denoise__session_clear(trainer, &trainer->test);
    trainer->is_plain = true;
    assert_false(trains_fused(trainer, batch));
}

denoise_trainer *dense_compile(denoise_model *model, const dense_training *what)
{
    denoise_optimizer *optimizer;
    denoise_loss *loss;
    denoise_metric *metric = NULL;
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    ASSERT_OK(denoise_optimizer_create(&optimizer, what->optimizer, what->optimizer_params));
    ASSERT_OK(denoise_loss_create(&loss, what->loss, what->loss_params));
    if (what->metric != NULL) ASSERT_OK(denoise_metric_create(&metric, what->metric, NULL));
    if (what->weighted_metric) {
        options.weighted_metrics = &metric;
        options.weighted_metric_count = metric != NULL;
    } else {
        options.metrics = &metric;
        options.metric_count = metric != NULL;
    }
    options.unfused = what->unfused;
    ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, loss, &options));
    return trainer;
}

static int64_t largest_batch(const dense_training *what)
{
    const int64_t sizes[] = {what->fit.batch_size, what->fit.validation_batch_size};
    return sizes[0] > sizes[1] ? sizes[0] : sizes[1];
}

void dense_fit(dense_outcome *out, const dense_training *what, bool is_plain)
{
    out->model = dense_net_model(&what->net);
    out->trainer = dense_compile(out->model, what);
    out->is_fused = trains_fused(out->trainer, largest_batch(what));
    if (is_plain) train_plainly(out->trainer, largest_batch(what));
    if (what->weights != NULL)
        ASSERT_OK(denoise_model_set_weights(out->model, what->weights, denoise_model_weight_count(out->model)));
    if (what->callback != NULL) ASSERT_OK(denoise_trainer_add_callback(out->trainer, what->callback()));
    out->status = denoise_trainer_fit(out->trainer, what->x, what->y, &what->fit);
}

void dense_outcome_free(dense_outcome *outcome)
{
    denoise_trainer_free(outcome->trainer);
    denoise_model_free(outcome->model);
}

bool close_to(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= 2e-6 * (fabs(a) + fabs(b));
}

static void assert_same_bytes(const float *a, const float *b, int64_t count, const char *what, const char *name)
{
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(&a[i], &b[i], sizeof *a) == 0 || (isnan(a[i]) && isnan(b[i]))) continue;
        fail_msg("%s: %s differs at %ld of %ld: %.9g, expected %.9g", what, name, (long)i, (long)count, (double)a[i],
                 (double)b[i]);
    }
}

void assert_same_tensor(const denoise_tensor *a, const denoise_tensor *b, const char *what)
{
    assert_int_equal(denoise_tensor_size(a), denoise_tensor_size(b));
    assert_same_bytes(denoise_tensor_const_data(a), denoise_tensor_const_data(b), denoise_tensor_size(a), what, "the tensor");
}

void assert_same_weights(const denoise_model *a, const denoise_model *b, const char *what)
{
    assert_int_equal(denoise_model_weight_count(a), denoise_model_weight_count(b));
    for (int64_t i = 0; i < denoise_model_weight_count(a); i++) {
        char name[256];
        denoise_tensor *got, *expected;
        denoise_model_weight_name(a, i, name, (int64_t)sizeof name);
        ASSERT_OK(denoise_model_get_weight(&got, a, i));
        ASSERT_OK(denoise_model_get_weight(&expected, b, i));
        assert_int_equal(denoise_tensor_size(got), denoise_tensor_size(expected));
        assert_same_bytes(denoise_tensor_const_data(got), denoise_tensor_const_data(expected), denoise_tensor_size(got), what,
                          name);
        denoise_tensor_free(got);
        denoise_tensor_free(expected);
    }
}

void assert_same_slots(denoise_optimizer *a, denoise_optimizer *b, const char *what)
{
    denoise__optimizer_bring_home(a);
    denoise__optimizer_bring_home(b);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->weight_count, b->weight_count);
    for (int64_t i = 0; i < a->weight_count * a->slot_count; i++)
        assert_same_bytes(a->slots[i].values, b->slots[i].values, a->slots[i].count, what, "a slot");
}

static void plain_pass(denoise_tensor **outputs, const denoise_model *model, const denoise_tensor *x)
{
    enum { MOST = 8 };
    int64_t rows = denoise_tensor_dim(x, 0);
    float *to[MOST];
    denoise__plan *plan;
    denoise__batch_rows input = {.tensor = x, .size = denoise_tensor_size(x) / rows};
    denoise__pass pass = {.rows = rows, .inputs = &input, .outputs = to};
    assert_true(model->output_count <= MOST);
    for (int32_t i = 0; i < model->output_count; i++) {
        const denoise__shape *shape = denoise__model_output_shape(model, i);
        ASSERT_OK(denoise_tensor_new(&outputs[i], DENOISE_FLOAT32, (int64_t[]){rows, denoise__shape_size(shape)}, 2));
        to[i] = denoise_tensor_data(outputs[i]);
    }
    ASSERT_OK(denoise__plan_new(&plan, model, &(denoise__plan_options){.batch = rows, .is_plain = true}));
    assert_int_equal(plan->product_count, 0);
    for (int32_t i = 0; i < plan->segment_count; i++)
        assert_false(plan->segments[i].by_blocks);
    ASSERT_OK(denoise__plan_run(plan, &pass));
    denoise__plan_free(plan);
}

void predict_plainly(denoise_tensor **outputs, const denoise_model *model, const denoise_tensor *x)
{
    denoise__fp_state state;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&state);
    plain_pass(outputs, model, x);
    denoise__fp_leave(&state);
    denoise__engine_leave();
}

static void assert_same_history(const denoise_trainer *a, const denoise_trainer *b, const char *what)
{
    const denoise_history *got = denoise_trainer_history(a), *expected = denoise_trainer_history(b);
    assert_int_equal(denoise_history_key_count(got), denoise_history_key_count(expected));
    assert_int_equal(denoise_history_epochs(got), denoise_history_epochs(expected));
    for (int64_t k = 0; k < denoise_history_key_count(got); k++) {
        const char *key = denoise_history_key(got, k);
        const double *x = denoise_history_values(got, key), *y = denoise_history_values(expected, key);
        assert_non_null(y);
        for (int64_t i = 0; i < denoise_history_epochs(got); i++)
            if (!close_to(x[i], y[i])) fail_msg("%s: %s is %.9g, expected %.9g", what, key, x[i], y[i]);
    }
}

bool fused_equals_plain(const dense_training *training, const char *what)
{
    dense_outcome fused, plain;
    dense_fit(&fused, training, false);
    bool is_fused = fused.is_fused;
    if (is_fused) {
        dense_fit(&plain, training, true);
        if (fused.status != plain.status)
            fail_msg("%s: status %d (%s), expected %d (%s)", what, (int)fused.status, denoise_trainer_error(fused.trainer),
                     (int)plain.status, denoise_trainer_error(plain.trainer));
        assert_string_equal(denoise_trainer_error(fused.trainer), denoise_trainer_error(plain.trainer));
        assert_same_weights(fused.model, plain.model, what);
        assert_same_slots(fused.trainer->optimizer, plain.trainer->optimizer, what);
        assert_same_history(fused.trainer, plain.trainer, what);
        dense_outcome_free(&plain);
    }
    dense_outcome_free(&fused);
    return is_fused;
}
