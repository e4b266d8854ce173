/* SPDX-License-Identifier: Apache-2.0 */
/* BatchNormalization folded into the layer before it: the bits are those of the same layer given the folded weights, which lie
 * near what the two layers give one after the other; and where something else reads in between, nothing is folded. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kind with parameters as text, "filters=6 kernel_size=3"; whether its kernel's last axis but one is that of the channels. */
typedef struct fold_case {
    const char *kind, *params;
    int64_t shape[4];
    int32_t rank;
    int64_t axis; /* of the normalization */
    bool is_transposed;
    int32_t scaled; /* weight */
} fold_case;

static const fold_case cases[] = {
    {"dense", "units=21", {10}, 1, -1, false, 0},
    {"dense", "units=5", {3, 7}, 2, -1, false, 0},
    {"conv1d", "filters=6 kernel_size=3 padding=causal", {9, 4}, 2, -1, false, 0},
    {"conv2d", "filters=20 kernel_size=3 padding=same", {8, 7, 5}, 3, -1, false, 0},
    {"conv2d", "filters=6 kernel_size=3 groups=2", {6, 7, 4}, 3, -1, false, 0},
    {"conv2d", "filters=6 kernel_size=3 strides=2 data_format=channels_first", {4, 8, 7}, 3, 1, false, 0},
    {"conv2d", "filters=1 kernel_size=3 padding=same", {8, 7, 5}, 3, -1, false, 0},
    {"conv3d", "filters=4 kernel_size=2", {3, 4, 5, 3}, 4, -1, false, 0},
    {"conv1d_transpose", "filters=5 kernel_size=3 strides=2", {6, 4}, 2, 2, true, 0},
    {"conv2d_transpose", "filters=5 kernel_size=3 padding=same", {5, 6, 4}, 3, -1, true, 0},
    {"conv3d_transpose", "filters=3 kernel_size=2", {3, 4, 3, 2}, 4, -1, true, 0},
    {"depthwise_conv1d", "kernel_size=3 depth_multiplier=2", {9, 3}, 2, -1, false, 0},
    {"depthwise_conv2d", "kernel_size=3 depth_multiplier=2", {6, 7, 3}, 3, -1, false, 0},
    {"separable_conv1d", "filters=5 kernel_size=3", {9, 3}, 2, -1, false, 1},
    {"separable_conv2d", "filters=5 kernel_size=3 depth_multiplier=2", {6, 7, 3}, 3, -1, false, 1},
};

static denoise_layer *layer_of(const fold_case *c, bool use_bias, const char *activation)
{
    denoise_params *params;
    denoise_layer *layer;
    char text[128];
    ASSERT_OK(denoise_params_new(&params));
    (void)snprintf(text, sizeof text, "%s", c->params);
    for (char *pair = text, *next; *pair != '\0'; pair = next) {
        next = pair + strcspn(pair, " ");
        if (*next != '\0') *next++ = '\0';
        char *value = strchr(pair, '=');
        *value++ = '\0';
        if (*value >= '0' && *value <= '9')
            ASSERT_OK(denoise_params_set_int(params, pair, strtol(value, NULL, 10)));
        else
            ASSERT_OK(denoise_params_set_text(params, pair, value));
    }
    ASSERT_OK(denoise_params_set_bool(params, "use_bias", use_bias));
    ASSERT_OK(denoise_params_set_text(params, "name", "linear"));
    if (use_bias) ASSERT_OK(denoise_params_set_text(params, "bias_initializer", "random_normal(stddev=0.3)"));
    if (activation != NULL) ASSERT_OK(denoise_params_set_text(params, "activation", activation));
    ASSERT_OK(denoise_layer_create(&layer, c->kind, params));
    denoise_params_free(params);
    return layer;
}

static denoise_layer *norm_of(int64_t axis, bool is_plain)
{
    denoise_batch_normalization_options options = DENOISE_BATCH_NORMALIZATION_OPTIONS_INIT;
    options.name = "norm";
    options.axis = (int32_t)axis;
    options.center = options.scale = !is_plain;
    options.epsilon = 0.01;
    options.beta_initializer = options.moving_mean_initializer = "random_normal(stddev=0.5)";
    options.gamma_initializer = options.moving_variance_initializer = "random_uniform(minval=0.5, maxval=2)";
    return denoise_layer_batch_normalization(&options);
}

/* The layer, its normalization, and an activation. */
static denoise_model *folded(const fold_case *c, bool use_bias, bool is_plain)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(c->shape, c->rank, NULL)));
    ASSERT_OK(denoise_sequential_add(s, layer_of(c, use_bias, NULL)));
    ASSERT_OK(denoise_sequential_add(s, norm_of(c->axis, is_plain)));
    if (!is_plain) ASSERT_OK(denoise_sequential_add(s, denoise_layer_activation("tanh", "end")));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static denoise_tensor *input_of(const fold_case *c, int64_t rows)
{
    int64_t size = rows, shape[5] = {rows};
    for (int32_t i = 0; i < c->rank; i++) {
        size *= c->shape[i];
        shape[i + 1] = c->shape[i];
    }
    denoise_tensor *flat = random_rows(size, 1, 3), *x;
    ASSERT_OK(denoise_tensor_reshape(&x, flat, shape, c->rank + 1));
    denoise_tensor_free(flat);
    return x;
}

static denoise_tensor *predicted(const denoise_model *model, const denoise_tensor *x)
{
    denoise_tensor *y;
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    return y;
}

/* What the parts of a cut model give one after the other. */
static denoise_tensor *in_parts(const denoise_model *model, const denoise_tensor *x)
{
    denoise_model *first, *second;
    ASSERT_OK(denoise_model_submodel(&first, model, NULL, "linear"));
    ASSERT_OK(denoise_model_submodel(&second, model, "linear", NULL));
    denoise_tensor *middle = predicted(first, x), *y = predicted(second, middle);
    denoise_tensor_free(middle), denoise_model_free(first), denoise_model_free(second);
    return y;
}

static double weight_at(const denoise_layer *layer, const char *name, int64_t index, double none)
{
    for (int32_t i = 0; layer != NULL && i < denoise_layer_weight_count(layer); i++) {
        denoise_tensor *value;
        double number;
        if (strcmp(denoise_layer_weight_name(layer, i), name) != 0) continue;
        ASSERT_OK(denoise_layer_get_weight(&value, layer, i));
        number = (double)((const float *)denoise_tensor_const_data(value))[index];
        denoise_tensor_free(value);
        return number;
    }
    return none;
}

/* docs/numerics.md, by hand. */
static void set_folded(denoise_layer *to, const denoise_model *model, const fold_case *c)
{
    const denoise_layer *linear = denoise_model_layer(model, "linear"), *norm = denoise_model_layer(model, "norm");
    denoise_tensor *kernel, *bias, *other;
    ASSERT_OK(denoise_layer_get_weight(&kernel, linear, c->scaled));
    ASSERT_OK(denoise_layer_get_weight(&bias, to, denoise_layer_weight_count(to) - 1));
    float *k = denoise_tensor_data(kernel), *b = denoise_tensor_data(bias);
    int64_t channels = denoise_tensor_size(bias), rank = denoise_tensor_rank(kernel);
    int64_t inner = c->is_transposed ? denoise_tensor_dim(kernel, (int32_t)rank - 1) : 1;
    double scale[32];
    assert_true(channels <= 32);
    for (int64_t i = 0; i < channels; i++) {
        double mean = weight_at(norm, "moving_mean", i, 0), variance = weight_at(norm, "moving_variance", i, 1);
        scale[i] = weight_at(norm, "gamma", i, 1) * (1 / sqrt(variance + 0.01));
        double shift = (weight_at(linear, "bias", i, 0) - mean) * scale[i];
        b[i] = (float)(shift + weight_at(norm, "beta", i, 0));
    }
    for (int64_t i = 0; i < denoise_tensor_size(kernel); i++)
        k[i] = (float)((double)k[i] * scale[i / inner % channels]);
    ASSERT_OK(denoise_layer_set_weight(to, c->scaled, kernel));
    ASSERT_OK(denoise_layer_set_weight(to, denoise_layer_weight_count(to) - 1, bias));
    for (int32_t i = 0; i < c->scaled; i++) {
        ASSERT_OK(denoise_layer_get_weight(&other, linear, i));
        ASSERT_OK(denoise_layer_set_weight(to, i, other));
        denoise_tensor_free(other);
    }
    denoise_tensor_free(kernel), denoise_tensor_free(bias);
}

static denoise_model *by_hand(const denoise_model *model, const fold_case *c, bool is_plain)
{
    denoise_sequential *s;
    denoise_model *other;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(c->shape, c->rank, NULL)));
    ASSERT_OK(denoise_sequential_add(s, layer_of(c, true, is_plain ? NULL : "tanh")));
    ASSERT_OK(denoise_sequential_build(&other, s, NULL));
    set_folded(denoise_model_layer(other, "linear"), model, c);
    denoise_sequential_free(s);
    return other;
}

static void expect_near(const fold_case *c, const denoise_tensor *a, const denoise_tensor *b)
{
    const float *x = denoise_tensor_const_data(a), *y = denoise_tensor_const_data(b);
    double most = 1;
    assert_int_equal(denoise_tensor_size(a), denoise_tensor_size(b));
    for (int64_t i = 0; i < denoise_tensor_size(a); i++)
        most = fmax(most, fabs((double)x[i]));
    for (int64_t i = 0; i < denoise_tensor_size(a); i++)
        if (!(fabs((double)x[i] - (double)y[i]) <= 1e-6 * most))
            fail_msg("%s %s: %g is far from %g", c->kind, c->params, (double)x[i], (double)y[i]);
}

static void the_bits_are_those_of_folded_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int variant = 0; variant < 4; variant++) {
            const fold_case *c = &cases[i];
            bool is_plain = variant % 2 == 1;
            denoise_model *model = folded(c, variant < 2, is_plain), *other = by_hand(model, c, is_plain);
            denoise_tensor *x = input_of(c, 5), *y = predicted(model, x), *z = predicted(other, x), *parts = in_parts(model, x);
            if (!denoise_tensor_equal(y, z)) fail_msg("%s %s, variant %d: other bits", c->kind, c->params, variant);
            expect_near(c, y, parts);
            denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(z), denoise_tensor_free(parts);
            denoise_model_free(model), denoise_model_free(other);
        }
    }
}

/* New weights and statistics are seen by a workspace that is there already. */
static void weights_may_change(void **state)
{
    (void)state;
    const fold_case *folds[] = {&cases[0], &cases[3]};
    for (int i = 0; i < 2; i++) {
        const fold_case *c = folds[i];
        denoise_model *model = folded(c, false, false);
        denoise_tensor *x = input_of(c, 5), *out = predicted(model, x), *value, *target = predicted(model, x);
        denoise_workspace *w;
        denoise_trainer *trainer;
        denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
        options.verbose = 0;
        ASSERT_OK(denoise_workspace_new(&w, model, 5));
        ASSERT_OK(
            denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
        for (int change = 0; change < 3; change++) {
            if (change < 2) {
                denoise_layer *layer = denoise_model_layer(model, change == 0 ? "linear" : "norm");
                ASSERT_OK(denoise_layer_get_weight(&value, layer, change == 0 ? 0 : 3));
                *(float *)denoise_tensor_data(value) += 1;
                ASSERT_OK(denoise_layer_set_weight(layer, change == 0 ? 0 : 3, value));
                denoise_tensor_free(value);
            } else {
                ASSERT_OK(denoise_trainer_fit(trainer, x, target, &options));
            }
            denoise_model *other = by_hand(model, c, false);
            denoise_tensor *expected = predicted(other, x);
            ASSERT_OK(denoise_model_predict_into(out, model, x, w));
            assert_true(denoise_tensor_equal(out, expected));
            denoise_tensor_free(expected), denoise_model_free(other);
        }
        denoise_tensor_free(x), denoise_tensor_free(out), denoise_tensor_free(target);
        denoise_workspace_free(w), denoise_trainer_free(trainer), denoise_model_free(model);
    }
}

static denoise_layer *plain_conv(int64_t filters, const char *activation)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.name = "linear";
    options.padding = "same";
    return denoise_layer_conv2d(filters, 3, activation, &options);
}

enum { FETCHED, READ_TWICE, ACTIVATED, OTHER_AXIS, DROPOUT_BETWEEN, UNFOLDED };

/* The first output is that of the normalization. */
static denoise_model *unfolded(int way)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, (int64_t[]){6, 6, 3}, 3), *outputs[2];
    denoise_node *y = denoise_graph_apply(g, plain_conv(6, way == ACTIVATED ? "relu" : NULL), x);
    outputs[1] = y;
    if (way == DROPOUT_BETWEEN) y = denoise_graph_apply(g, denoise_layer_dropout(0.5, NULL), y);
    outputs[0] = denoise_graph_apply(g, norm_of(way == OTHER_AXIS ? 1 : -1, false), y);
    if (way == READ_TWICE) outputs[1] = denoise_graph_apply(g, denoise_layer_max_pooling2d(2, NULL), y);
    ASSERT_OK(denoise_graph_build_many(&model, g, &x, 1, outputs, way == FETCHED || way == READ_TWICE ? 2 : 1, NULL));
    denoise_graph_free(g);
    return model;
}

static void what_is_read_in_between_is_not_folded(void **state)
{
    (void)state;
    const fold_case c = {"conv2d", "", {6, 6, 3}, 3, -1, false, 0};
    for (int way = 0; way < UNFOLDED; way++) {
        denoise_model *model = unfolded(way), *first, *second;
        denoise_tensor *x = input_of(&c, 4), *y[2] = {NULL, NULL};
        ASSERT_OK(
            denoise_model_predict_many(y, denoise_model_output_count(model), model, (const denoise_tensor *[]){x}, 1, NULL));
        ASSERT_OK(denoise_model_submodel(&first, model, NULL, "linear"));
        ASSERT_OK(denoise_model_submodel(&second, model, "linear", "norm"));
        denoise_tensor *middle = predicted(first, x), *parts = predicted(second, middle);
        if (!denoise_tensor_equal(y[0], parts)) fail_msg("way %d: other bits than one after the other", way);
        if (way == FETCHED) assert_true(denoise_tensor_equal(y[1], middle));
        denoise_tensor_free(x), denoise_tensor_free(y[0]), denoise_tensor_free(y[1]);
        denoise_tensor_free(middle), denoise_tensor_free(parts);
        denoise_model_free(model), denoise_model_free(first), denoise_model_free(second);
    }
}

/* One layer twice: folded where a normalization follows, as it is elsewhere; evaluate computes both one after the other. */
static void a_shared_layer_is_folded_once(void **state)
{
    (void)state;
    const fold_case *c = &cases[0], *kinds[] = {&cases[0], &cases[3]};
    for (int i = 0; i < 2; i++) {
        denoise_graph *g;
        denoise_model *both, *one, *raw;
        denoise_tensor *y[2];
        c = kinds[i];
        ASSERT_OK(denoise_graph_new(&g, NULL));
        denoise_node *x[2] = {denoise_graph_input(g, c->shape, c->rank), denoise_graph_input(g, c->shape, c->rank)}, *out[2];
        denoise_layer *layer = layer_of(c, false, NULL);
        out[0] = denoise_graph_apply(g, norm_of(c->axis, false), denoise_graph_apply(g, layer, x[0]));
        out[1] = denoise_graph_apply(g, layer, x[1]);
        ASSERT_OK(denoise_graph_build_many(&both, g, x, 2, out, 2, NULL));
        ASSERT_OK(denoise_graph_build(&one, g, x[0], out[0], NULL));
        ASSERT_OK(denoise_graph_build(&raw, g, x[1], out[1], NULL));
        denoise_tensor *given = input_of(c, 5);
        ASSERT_OK(denoise_model_predict_many(y, 2, both, (const denoise_tensor *[]){given, given}, 2, NULL));
        denoise_model *other = by_hand(one, c, true);
        denoise_tensor *a = predicted(one, given), *b = predicted(raw, given), *hand = predicted(other, given);
        assert_true(denoise_tensor_equal(y[0], a) && denoise_tensor_equal(y[1], b) && denoise_tensor_equal(a, hand));
        denoise_tensor_free(y[0]), denoise_tensor_free(y[1]), denoise_tensor_free(a), denoise_tensor_free(b);
        denoise_tensor_free(given), denoise_tensor_free(hand);
        denoise_model_free(both), denoise_model_free(one), denoise_model_free(raw), denoise_model_free(other);
        denoise_graph_free(g);
    }
}

static void evaluate_does_not_fold(void **state)
{
    (void)state;
    const fold_case *c = &cases[3];
    denoise_model *model = folded(c, true, true);
    denoise_trainer *trainer;
    denoise_tensor *x = input_of(c, 5), *parts = in_parts(model, x);
    denoise_logs *logs;
    double loss = -1;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, x, parts, &options));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    assert_true(loss == 0);
    denoise_logs_free(logs), denoise_tensor_free(x), denoise_tensor_free(parts);
    denoise_trainer_free(trainer), denoise_model_free(model);
}

static void memory_runs_out(void **state)
{
    (void)state;
    failing_alloc_install();
    const fold_case *folds[] = {&cases[0], &cases[3]};
    for (int i = 0; i < 2; i++) {
        denoise_model *model = folded(folds[i], false, false);
        denoise_tensor *x = input_of(folds[i], 5), *expected = predicted(model, x), *y;
        int64_t live = failing_alloc_live(), failed = 0;
        for (int64_t n = 1;; n++, failed++) {
            failing_alloc_arm(n, n % 2 == 0);
            denoise_status status = denoise_model_predict(&y, model, x, NULL);
            if (!failing_alloc_disarm()) {
                assert_int_equal(status, DENOISE_OK);
                break;
            }
            assert_int_equal(status, DENOISE_ERR_NOMEM);
            assert_null(y);
            assert_int_equal(failing_alloc_live(), live);
        }
        assert_true(failed > 20 && denoise_tensor_equal(y, expected));
        denoise_tensor_free(x), denoise_tensor_free(y), denoise_tensor_free(expected), denoise_model_free(model);
    }
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_are_those_of_folded_weights),
        cmocka_unit_test(weights_may_change),
        cmocka_unit_test(what_is_read_in_between_is_not_folded),
        cmocka_unit_test(a_shared_layer_is_folded_once),
        cmocka_unit_test(evaluate_does_not_fold),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
