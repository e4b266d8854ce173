/* SPDX-License-Identifier: Apache-2.0 */
#include "norm_reference.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <math.h>
#include <string.h>

/* ---- The kind by itself */

static denoise_layer *made(const char *const *keys, const double *values, int64_t count)
{
    denoise_params *params;
    denoise_layer *layer;
    ASSERT_OK(denoise_params_new(&params));
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(keys[i], "axis") == 0)
            ASSERT_OK(denoise_params_set_int(params, keys[i], (int64_t)values[i]));
        else if (strcmp(keys[i], "center") == 0 || strcmp(keys[i], "scale") == 0)
            ASSERT_OK(denoise_params_set_bool(params, keys[i], values[i] != 0));
        else
            ASSERT_OK(denoise_params_set_double(params, keys[i], values[i]));
    }
    ASSERT_OK(denoise_layer_create(&layer, "BatchNormalization", params));
    denoise_params_free(params);
    return layer;
}

static denoise_layer *plain(void)
{
    return denoise_layer_batch_normalization(NULL);
}

static denoise_layer *on_axis(int32_t axis)
{
    return made((const char *const[]){"axis"}, (const double[]){axis}, 1);
}

static void shapes(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {6}}, image = {3, {4, 5, 6}}, number = {0};
    layer_run_expect_failure(plain(), &number, 1, DENOISE_ERR_SHAPE,
                             "axis -1 of input shape (None,) is the batch axis, which cannot be normalized");
    layer_run_expect_failure(on_axis(0), &row, 1, DENOISE_ERR_SHAPE,
                             "axis 0 of input shape (None, 6) is the batch axis, which cannot be normalized");
    layer_run_expect_failure(on_axis(4), &image, 1, DENOISE_ERR_SHAPE, "input has shape (None, 4, 5, 6), it has no axis 4");
    denoise_layer *layer = on_axis(2);
    denoise__shape out;
    ASSERT_OK(denoise__layer_apply_shapes(layer, &image, 1, &out));
    assert_true(denoise__shape_equal(&out, &image));
    static const char *const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    assert_int_equal(denoise_layer_weight_count(layer), 4);
    for (int32_t i = 0; i < 4; i++) {
        assert_string_equal(denoise_layer_weight_name(layer, i), names[i]);
        assert_int_equal(layer->weights[i].variable.count, 5);
        assert_true(layer->weights[i].spec.trainable == (i < 2));
    }
    static const denoise__shape other = {3, {4, 7, 6}}, flat = {2, {5, 6}}, taller = {3, {9, 5, 2}};
    assert_int_equal(denoise__layer_apply_shapes(layer, &other, 1, &out), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "input has shape (None, 4, 7, 6), expected (*, *, 5, *)");
    assert_int_equal(denoise__layer_apply_shapes(layer, &flat, 1, &out), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "input has shape (None, 5, 6), expected 4 axes");
    ASSERT_OK(denoise__layer_apply_shapes(layer, &taller, 1, &out));
    denoise_layer_free(layer);
}

static void parameters_out_of_bounds(void **state)
{
    (void)state;
    denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    static const double momenta[] = {NAN, -0.1, 1.1};
    denoise_layer *layer;
    for (int i = 0; i < 3; i++) {
        options.momentum = momenta[i];
        layer = denoise_layer_batch_normalization(&options);
        assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_RANGE);
        denoise_layer_free(layer);
    }
    options.momentum = 0.9;
    options.gamma_initializer = "one_hundred";
    layer = denoise_layer_batch_normalization(&options);
    assert_int_equal(denoise_layer_status(layer), DENOISE_ERR_NAME);
    denoise_layer_free(layer);
}

/* 1, 2, 3, 6: mean 3, squares of differences 4 + 1 + 0 + 9 = 14, variance 3.5. */
static void values_by_hand(void **state)
{
    (void)state;
    static const denoise__shape two = {1, {2}};
    static const float x[] = {1, -1, 2, -1, 3, 1, 6, 1};
    layer_run run;
    layer_run_make(&run, plain(), &two, 1, 4);
    memcpy(run.inputs[0], x, sizeof x);
    float *weights[4], moving[2][2] = {{0.5f, 1}, {2, 1}};
    for (int32_t i = 0; i < 4; i++)
        weights[i] = denoise__weight_values(&run.layer->weights[i]);
    weights[0][0] = 2, weights[1][0] = 10;
    layer_run_forward(&run);
    double root = sqrt(3.5 + 1e-3), other = sqrt(1 + 1e-3);
    for (int i = 0; i < 4; i++) {
        assert_true(fabs((double)run.output[2 * i] - (2 * ((double)x[2 * i] - 3) / root + 10)) < 1e-6);
        assert_true(fabs((double)run.output[2 * i + 1] - (double)x[2 * i + 1] / other) < 1e-6);
    }
    float *statistics[4] = {NULL, NULL, moving[0], moving[1]};
    run.args.statistics = statistics;
    denoise__layer_kind_of(run.layer)->commit(&run.args);
    assert_true(moving[0][0] == 0.5f * 0.99f + 3.0f * (float)(1 - 0.99) && moving[0][1] == 0.99f);
    assert_true(moving[1][0] == 2.0f * 0.99f + 3.5f * (float)(1 - 0.99) &&
                moving[1][1] == 1.0f * 0.99f + 1.0f * (float)(1 - 0.99));
    /* outside training, and frozen: the moving ones */
    weights[2][0] = 1, weights[3][0] = 4;
    for (int way = 0; way < 2; way++) {
        run.args.training = way == 1;
        run.args.is_frozen = way == 1;
        layer_run_forward(&run);
        for (int i = 0; i < 4; i++)
            assert_true(fabs((double)run.output[2 * i] - (2 * ((double)x[2 * i] - 1) / sqrt(4 + 1e-3) + 10)) < 1e-6);
        layer_run_backward(&run);
        for (int i = 0; i < 4; i++)
            assert_true(fabs((double)run.input_gradients[0][2 * i] - (double)run.output_gradient[2 * i] * 2 / sqrt(4 + 1e-3)) <
                        1e-6);
    }
    layer_run_free(&run);
}

static void fill_weights(layer_run *run)
{
    for (int32_t i = 0; i < run->layer->weight_count; i++) {
        float *values = denoise__weight_values(&run->layer->weights[i]);
        for (int64_t j = 0; j < run->layer->weights[i].variable.count; j++)
            values[j] = 0.6f + 0.3f * (float)((j + i) % 4);
    }
}

/* A batch of `batch` samples, whose axis `axis` is that of the channels, counted with the batch axis. */
static void check_reference(denoise_layer *layer, const denoise__shape *shape, int64_t batch, int32_t axis, double epsilon,
                            int32_t gamma, int32_t beta)
{
    layer_run run;
    layer_run_make(&run, layer, shape, 1, batch);
    fill_weights(&run);
    norm_rule rule = {.sort = NORM_MOMENTS, .epsilon = epsilon, .gamma = gamma, .beta = beta};
    rule.divide[axis] = 1;
    rule.has_weight[axis] = true;
    norm_reference_check(&run, &rule);
    layer_run_check_threads(&run);
    int32_t statistics = run.layer->weight_count - 2;
    rule.sort = NORM_FIXED;
    rule.mean = run.weights[statistics];
    rule.variance = run.weights[statistics + 1];
    run.args.is_frozen = true;
    norm_reference_check(&run, &rule);
    run.args.is_frozen = run.args.training = false;
    norm_reference_check(&run, &rule);
    layer_run_free(&run);
}

static void gradients(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {5}}, image = {3, {3, 2, 4}}, wide = {1, {70}};
    check_reference(plain(), &row, 7, 1, 1e-3, 0, 1);
    check_reference(plain(), &image, 4, 3, 1e-3, 0, 1);
    check_reference(plain(), &wide, 3, 1, 1e-3, 0, 1);
    check_reference(on_axis(1), &image, 4, 1, 1e-3, 0, 1);
    check_reference(on_axis(-2), &image, 4, 2, 1e-3, 0, 1);
    check_reference(made((const char *const[]){"center"}, (const double[]){0}, 1), &row, 7, 1, 1e-3, 0, -1);
    check_reference(made((const char *const[]){"scale", "epsilon"}, (const double[]){0, 0.25}, 2), &row, 7, 1, 0.25, -1, 0);
}

/* More rows than one part of the sums has. */
static void many_rows(void **state)
{
    (void)state;
    static const denoise__shape shapes_[] = {{2, {300, 24}}, {2, {30, 1}}, {3, {24, 20, 9}}};
    for (int i = 0; i < 3; i++) {
        layer_run run;
        layer_run_make(&run, i == 2 ? on_axis(1) : plain(), &shapes_[i], 1, 40);
        layer_run_check_threads(&run);
        layer_run_forward(&run);
        for (int64_t c = 0, channels = i == 1 ? 1 : 24, inner = i == 2 ? 180 : 1; c < channels; c++) {
            double sum = 0, square = 0, count = 0;
            for (int64_t k = 0; k < run.output_size; k++) {
                if (k / inner % channels != c) continue;
                sum += (double)run.output[k];
                square += (double)run.output[k] * (double)run.output[k];
                count++;
            }
            assert_true(fabs(sum / count) < 1e-6);
            assert_true(fabs(square / count - 1) < 5e-3 && square < count); /* epsilon takes its share of a third */
        }
        layer_run_free(&run);
    }
}

/* A great mean costs no digits. */
static void a_great_mean(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {3}};
    layer_run run;
    layer_run_make(&run, made((const char *const[]){"epsilon"}, (const double[]){0}, 1), &row, 1, 64);
    for (int64_t i = 0; i < run.sizes[0]; i++)
        run.inputs[0][i] = 4096 + 0x1p-8f * (float)(i * 37 % 64);
    norm_rule rule = {.sort = NORM_MOMENTS, .gamma = 0, .beta = 1, .divide = {0, 1}, .has_weight = {false, true}};
    norm_reference_check(&run, &rule);
    layer_run_free(&run);
}

/* A channel that has a number which is not finite, and no other. */
static void nan_and_infinity(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {4}};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++) {
        layer_run run;
        layer_run_make(&run, plain(), &row, 1, 6);
        run.inputs[0][4 * 2 + 1] = bad[k];
        layer_run_forward(&run);
        layer_run_backward(&run);
        for (int64_t i = 0; i < run.output_size; i++) {
            assert_true(isnan(run.output[i]) == (i % 4 == 1));
            assert_true(isnan(run.input_gradients[0][i]) == (i % 4 == 1));
        }
        run.args.training = false; /* each number by itself */
        layer_run_forward(&run);
        for (int64_t i = 0; i < run.output_size; i++)
            assert_true(isfinite(run.output[i]) == (i != 4 * 2 + 1));
        assert_true(k == 0 ? isnan(run.output[9]) : run.output[9] == bad[k]);
        layer_run_backward(&run);
        for (int64_t i = 0; i < run.output_size; i++)
            assert_true(isfinite(run.input_gradients[0][i]));
        layer_run_free(&run);
    }
}

/* A variance that single precision does not hold would make the moving one infinite. */
static void a_variance_that_is_too_great(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {2}};
    layer_run run;
    layer_run_make(&run, plain(), &row, 1, 4);
    for (int i = 0; i < 4; i++)
        run.inputs[0][2 * i] = i % 2 == 0 ? 1e25f : -1e25f;
    layer_run_forward(&run);
    for (int i = 0; i < 4; i++)
        assert_true(isnan(run.output[2 * i]) && isfinite(run.output[2 * i + 1]));
    layer_run_free(&run);
}

/* Constant channels: 0 / sqrt(epsilon). */
static void a_batch_of_one(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {3}};
    layer_run run;
    layer_run_make(&run, plain(), &row, 1, 1);
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < 3; i++)
        assert_true(run.output[i] == 0 && run.input_gradients[0][i] == 0 && run.weight_gradients[0][i] == 0 &&
                    run.weight_gradients[1][i] == run.output_gradient[i]);
    layer_run_free(&run);
}

static void nobody_wants_a_gradient(void **state)
{
    (void)state;
    static const denoise__shape row = {1, {3}};
    layer_run run;
    layer_run_make(&run, plain(), &row, 1, 5);
    float *dx = run.input_gradients[0], *dgamma = run.weight_gradients[0];
    layer_run_forward(&run);
    layer_run_backward(&run);
    float kept[2] = {dx[0], dgamma[0]};
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    assert_true(dgamma[0] == kept[1]);
    run.input_gradients[0] = dx;
    run.weight_gradients[0] = NULL;
    dx[0] = NAN;
    layer_run_backward(&run);
    assert_true(dx[0] == kept[0]);
    run.weight_gradients[0] = dgamma;
    layer_run_free(&run);
}

/* ---- In models */

enum { ROWS = 20, COLUMNS = 6 };

typedef enum where { PLAIN, TWICE, NESTED } where;

/* Input(6) -> BatchNormalization "norm", once, twice or inside another model -> Dense(1). */
static denoise_model *model_of(where w, const denoise_batch_normalization_options *options)
{
    const int64_t six = COLUMNS;
    denoise_graph *g, *inner;
    denoise_model *model, *inside = NULL;
    denoise_batch_normalization_options own = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    if (options != NULL) own = *options;
    own.name = "norm";
    denoise_layer *norm = denoise_layer_batch_normalization(&own);
    ASSERT_OK(denoise_graph_new(&g, "model"));
    denoise_node *x = denoise_graph_input(g, &six, 1), *y;
    if (w == NESTED) {
        ASSERT_OK(denoise_graph_new(&inner, "inside"));
        denoise_node *from = denoise_graph_input(inner, &six, 1);
        ASSERT_OK(denoise_graph_build(&inside, inner, from, denoise_graph_apply(inner, norm, from), NULL));
        denoise_graph_free(inner);
        y = denoise_graph_apply_model(g, inside, x);
    } else {
        y = denoise_graph_apply(g, norm, x);
        if (w == TWICE) y = denoise_graph_apply(g, norm, denoise_graph_apply(g, denoise_layer_rescaling(3, 1, NULL), y));
    }
    y = denoise_graph_apply(g, denoise_layer_dense(1, NULL, NULL), y);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    denoise_model_free(inside);
    return model;
}

static denoise_layer *norm_of(const denoise_model *model)
{
    denoise_layer *layer = denoise_model_layer(model, "norm");
    return layer != NULL ? layer : denoise_model_layer(denoise_model_nested(model, "inside"), "norm");
}

static float weight_at(const denoise_model *model, int32_t weight, int64_t element)
{
    denoise_tensor *tensor;
    ASSERT_OK(denoise_layer_get_weight(&tensor, norm_of(model), weight));
    float value = ((const float *)denoise_tensor_const_data(tensor))[element];
    denoise_tensor_free(tensor);
    return value;
}

static denoise_trainer *compiled(denoise_model *model, double rate)
{
    denoise_trainer *trainer;
    denoise_sgd_options options = DENOISE_SGD_OPTIONS_INIT;
    options.learning_rate = rate;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&options), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

/* Mean and biased variance of a column. */
static void moments_of(const denoise_tensor *x, int64_t column, double *mean, double *variance)
{
    const float *values = denoise_tensor_const_data(x);
    *mean = *variance = 0;
    for (int64_t i = 0; i < ROWS; i++)
        *mean += (double)values[i * COLUMNS + column] / ROWS;
    for (int64_t i = 0; i < ROWS; i++)
        *variance += ((double)values[i * COLUMNS + column] - *mean) * ((double)values[i * COLUMNS + column] - *mean) / ROWS;
}

/* A step moves them once, or once for each application, in the order of the applications. */
static void moving_statistics(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2);
    for (where w = PLAIN; w <= NESTED; w++) {
        denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
        options.momentum = 0.75;
        denoise_model *model = model_of(w, &options);
        denoise_trainer *trainer = compiled(model, 0);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        for (int64_t j = 0; j < COLUMNS; j++) {
            double mean, variance;
            moments_of(x, j, &mean, &variance);
            double moving_mean = 0.25 * mean, moving_variance = 0.75 + 0.25 * variance;
            if (w == TWICE) { /* three times what has been normalized, and 1 */
                moving_mean = 0.75 * moving_mean + 0.25;
                moving_variance = 0.75 * moving_variance + 0.25 * 9 * variance / (variance + 1e-3);
            }
            assert_true(fabs((double)weight_at(model, 2, j) - moving_mean) < 1e-6);
            assert_true(fabs((double)weight_at(model, 3, j) - moving_variance) < 2e-6);
        }
        uint64_t hash = hash_of_weights(model);
        denoise_tensor *predicted;
        ASSERT_OK(denoise_model_predict(&predicted, model, x, NULL));
        denoise_tensor_free(predicted);
        assert_true(hash_of_weights(model) == hash);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* Keras' rule: a frozen layer is as outside training, wherever the flag was set; it counts from compile on. */
static void frozen_is_inference(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2), *dy = random_rows(ROWS, 1, 3);
    for (where w = PLAIN; w <= NESTED; w++) {
        denoise_model *model = model_of(w, NULL);
        denoise_tensor *trained, *outside, *plain_outside;
        if (w == NESTED)
            ASSERT_OK(denoise_model_set_trainable(denoise_model_nested(model, "inside"), 0));
        else
            ASSERT_OK(denoise_layer_set_trainable(norm_of(model), 0));
        ASSERT_OK(denoise_model_predict(&plain_outside, model, x, NULL));
        for (int32_t training = 0; training < 2; training++) {
            ASSERT_OK(denoise_model_gradients(NULL, NULL, training == 0 ? &outside : &trained, model,
                                              (const denoise_tensor *const *)&x, (const denoise_tensor *const *)&dy, training,
                                              0));
        }
        assert_true(hash_of(trained) == hash_of(outside) && hash_of(trained) == hash_of(plain_outside));
        denoise_tensor_free(trained), denoise_tensor_free(outside), denoise_tensor_free(plain_outside);
        denoise_trainer *trainer = compiled(model, 0.1);
        float before[4];
        for (int32_t i = 0; i < 4; i++)
            before[i] = weight_at(model, i, 3);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        for (int32_t i = 0; i < 4; i++)
            assert_true(weight_at(model, i, 3) == before[i]);
        ASSERT_OK(denoise_layer_set_trainable(norm_of(model), 1)); /* too late for this trainer */
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        assert_true(weight_at(model, 2, 3) == before[2]);
        denoise_trainer_free(trainer);
        if (w == NESTED) ASSERT_OK(denoise_model_set_trainable(denoise_model_nested(model, "inside"), 1));
        trainer = compiled(model, 0.1);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        assert_true(weight_at(model, 2, 3) != before[2]);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(dy);
}

/* A step that is refused leaves the statistics. */
static void a_refused_step(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2);
    denoise_model *model = model_of(PLAIN, NULL);
    denoise_trainer *trainer = compiled(model, 0.1);
    uint64_t hash = hash_of_weights(model);
    ((float *)denoise_tensor_data(y))[3] = INFINITY;
    assert_int_equal(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL), DENOISE_ERR_NONFINITE);
    assert_true(hash_of_weights(model) == hash);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

static void statistics_in_a_file(void **state)
{
    (void)state;
    temp_dir dir;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2), *predicted[2];
    temp_dir_make(&dir);
    denoise_model *model = model_of(NESTED, NULL), *other = model_of(NESTED, NULL);
    denoise_trainer *trainer = compiled(model, 0.1);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = 3, fit.batch_size = 7, fit.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    ASSERT_OK(denoise_model_save_weights(model, temp_dir_file(&dir, "w.safetensors")));
    assert_true(hash_of_weights(model) != hash_of_weights(other));
    ASSERT_OK(denoise_model_load_weights(other, temp_dir_file(&dir, "w.safetensors"), NULL));
    assert_true(hash_of_weights(model) == hash_of_weights(other));
    ASSERT_OK(denoise_model_predict(&predicted[0], model, x, NULL));
    ASSERT_OK(denoise_model_predict(&predicted[1], other, x, NULL));
    assert_true(hash_of(predicted[0]) == hash_of(predicted[1]));
    denoise_tensor_free(predicted[0]), denoise_tensor_free(predicted[1]);
    denoise_trainer_free(trainer);
    denoise_model_free(model), denoise_model_free(other);
    denoise_tensor_free(x), denoise_tensor_free(y);
    temp_dir_remove(&dir);
}

/* The penalty on gamma is in its gradient; beta is brought back to what is not negative; initializers fill all four. */
static void initializers_penalties_constraints(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y = random_rows(ROWS, 1, 2);
    denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    options.gamma_initializer = "constant(3)";
    options.beta_initializer = "constant(-2)";
    options.moving_mean_initializer = "constant(5)";
    options.moving_variance_initializer = "constant(7)";
    options.gamma_regularizer = "l2(0.5)";
    options.beta_constraint = "non_neg";
    denoise_model *model = model_of(PLAIN, &options);
    static const float first[] = {3, -2, 5, 7};
    for (int32_t i = 0; i < 4; i++)
        assert_true(weight_at(model, i, 4) == first[i]);
    denoise_tensor *kernel;
    const int64_t shape[] = {COLUMNS, 1};
    ASSERT_OK(denoise_tensor_new(&kernel, DENOISE_FLOAT32, shape, 2));
    ASSERT_OK(denoise_layer_set_weight(denoise_model_layer(model, "dense"), 0, kernel)); /* nothing but the penalty is left */
    denoise_tensor_free(kernel);
    denoise_trainer *trainer = compiled(model, 0.1);
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    assert_true(fabs((double)weight_at(model, 0, 4) - (3 - 0.1 * 2 * 0.5 * 3)) < 1e-6);
    assert_true(weight_at(model, 1, 4) == 0);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x), denoise_tensor_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(parameters_out_of_bounds),
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(gradients),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(a_great_mean),
        cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(a_variance_that_is_too_great),
        cmocka_unit_test(a_batch_of_one),
        cmocka_unit_test(nobody_wants_a_gradient),
        cmocka_unit_test(moving_statistics),
        cmocka_unit_test(frozen_is_inference),
        cmocka_unit_test(a_refused_step),
        cmocka_unit_test(statistics_in_a_file),
        cmocka_unit_test(initializers_penalties_constraints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
