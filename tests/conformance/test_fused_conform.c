/* SPDX-License-Identifier: Apache-2.0 */
/* Dense layers in blocks and panels give the bits of their own forward and backward on the whole batch: with every activation,
 * loss and optimizer. */
#include "conformance/batches.h"
#include "support/fused_nets.h"
#include <stdio.h>
#include <string.h>

enum { ROWS = 97, COLUMNS = 17 };

/* Targets that any loss takes: probabilities of rows, or labels. */
typedef struct data {
    denoise_tensor *x, *hot, *soft, *labels, *weight;
} data;

static void data_make(data *d, int64_t columns)
{
    denoise_tensor *column = uniform_rows(ROWS, 1, 0.25, 2.0, 4);
    const int64_t rows = ROWS;
    d->x = random_rows(ROWS, COLUMNS, 1);
    d->labels = random_labels(ROWS, (int32_t)columns, 2);
    d->hot = one_hot_rows(d->labels, columns);
    d->soft = uniform_rows(ROWS, columns, 0.0, 1.0, 3);
    ASSERT_OK(denoise_tensor_reshape(&d->weight, column, &rows, 1));
    denoise_tensor_free(column);
}

static void data_free(data *d)
{
    denoise_tensor *all[] = {d->x, d->hot, d->soft, d->labels, d->weight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        denoise_tensor_free(all[i]);
}

static void start(dense_training *t, const data *d, const char *hidden, const char *last, int64_t columns)
{
    dense_training_init(t);
    t->net = (dense_net){.inputs = COLUMNS, .count = 3, .units = {33, 10, columns}, .activations = {hidden, hidden, last}};
    t->x = d->x;
    t->y = d->soft;
    t->fit.epochs = 3;
    t->fit.batch_size = 70;
}

/* Parameters of activations beside the defaults. */
static const char *const special[] = {"relu(max_value=0.5)",
                                      "relu(negative_slope=0.25)",
                                      "relu(negative_slope=0.5, threshold=0.3)",
                                      "relu(threshold=0.1)",
                                      "elu(alpha=0.5)",
                                      "leaky_relu(negative_slope=0.05)",
                                      "gelu(approximate=true)",
                                      "celu(alpha=0.3)",
                                      "squareplus(b=0.5)",
                                      "hard_shrink(threshold=0.1)",
                                      "soft_shrink(threshold=0.1)",
                                      "threshold(threshold=-0.1, default_value=0.2)"};

static const char *activation_at(size_t index)
{
    const char *name = activation_text((int64_t)index);
    int64_t kinds = 0;
    while (denoise_kind_name("activation", kinds) != NULL)
        kinds++;
    if (name != NULL) return name;
    index -= (size_t)kinds;
    return index < sizeof special / sizeof *special ? special[index] : NULL;
}

static void every_activation_in_the_middle(void **state)
{
    (void)state;
    data d;
    data_make(&d, 5);
    int fused = 0;
    for (size_t i = 0; activation_at(i) != NULL; i++) {
        dense_training t;
        start(&t, &d, activation_at(i), NULL, 5);
        fused += fused_equals_plain(&t, activation_at(i));
    }
    assert_true(fused >= 12); /* all but those that work on rows */
    data_free(&d);
}

static void check_last(const data *d, const char *activation, const char *loss, int *fused)
{
    dense_training t;
    denoise_loss *made;
    double value;
    char what[200];
    start(&t, d, "relu", activation, 5);
    ASSERT_OK(denoise_loss_create(&made, loss, NULL));
    if (denoise_loss_compute(&value, NULL, made, d->soft, d->soft, NULL) != DENOISE_OK) t.y = d->labels;
    denoise_loss_free(made);
    t.loss = loss;
    for (int round = 0; round < 2; round++) {
        snprintf(what, sizeof what, "%s, %s, unfused %d", activation, loss, round);
        t.unfused = round;
        *fused += fused_equals_plain(&t, what);
    }
}

static void every_activation_at_the_end_with_every_loss(void **state)
{
    (void)state;
    data d;
    data_make(&d, 5);
    int fused = 0, all = 0;
    for (size_t i = 0; activation_at(i) != NULL; i++)
        for (int64_t k = 0; denoise_kind_name("loss", k) != NULL; k++, all += 2)
            check_last(&d, activation_at(i), denoise_kind_name("loss", k), &fused);
    assert_int_equal(fused, all);
    data_free(&d);
}

/* A loss with parameters, trained with and without weights and metrics. */
static void check_loss(const data *d, const char *loss, const denoise_params *params, const char *last, const char *what)
{
    static const double class_weight[] = {0.5, 2.0, 1.5};
    const char *metric = "mean_squared_error";
    dense_training t;
    denoise_loss *made;
    double value;
    start(&t, d, "relu", last, 5);
    ASSERT_OK(denoise_loss_create(&made, loss, NULL));
    t.y = d->hot;
    if (denoise_loss_compute(&value, NULL, made, d->hot, d->hot, NULL) != DENOISE_OK) {
        t.y = d->labels;
        metric = "sparse_categorical_accuracy";
    }
    denoise_loss_free(made);
    t.loss = loss;
    t.loss_params = params;
    for (int weights = 0; weights < 3; weights++) {
        const denoise_tensor *weight = d->weight;
        char whole[300];
        t.fit.sample_weight = weights == 1 ? &weight : NULL;
        t.fit.class_weight = weights == 2 ? class_weight : NULL;
        t.fit.class_count = weights == 2 ? 3 : 0;
        for (int metrics = 0; metrics < 3; metrics++) {
            t.metric = metrics == 0 ? NULL : metric;
            t.weighted_metric = metrics == 2;
            t.fit.validation_split = metrics == 1 ? 0.2 : 0.0;
            snprintf(whole, sizeof whole, "%s at %s, weights %d, metrics %d", what, last, weights, metrics);
            assert_true(fused_equals_plain(&t, whole));
        }
    }
}

static void every_loss_with_its_parameters(void **state)
{
    (void)state;
    static const char *const lasts[] = {"linear", "sigmoid", "softmax"}, *reductions[] = {"sum_over_batch_size", "sum"};
    denoise_param_info info;
    data d;
    data_make(&d, 5);
    for (int64_t k = 0; denoise_kind_name("loss", k) != NULL; k++) {
        const char *loss = denoise_kind_name("loss", k);
        bool logits = param_named(&info, "loss", loss, "from_logits");
        bool smooths = param_named(&info, "loss", loss, "label_smoothing");
        for (int variant = 0; variant < 8; variant++) {
            if (((variant & 1) != 0 && !logits) || ((variant & 2) != 0 && !smooths)) continue;
            denoise_params *params;
            char what[200];
            ASSERT_OK(denoise_params_new(&params));
            if (logits) ASSERT_OK(denoise_params_set_bool(params, "from_logits", variant & 1));
            if ((variant & 2) != 0) ASSERT_OK(denoise_params_set_double(params, "label_smoothing", 0.2));
            ASSERT_OK(denoise_params_set_text(params, "reduction", reductions[variant >> 2]));
            for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
                snprintf(what, sizeof what, "%s, variant %d", loss, variant);
                check_loss(&d, loss, params, lasts[i], what);
            }
            denoise_params_free(params);
        }
    }
    data_free(&d);
}

/* Everything on, or everything but one option. */
static denoise_params *optimizer_variant(const char *kind, unsigned variant)
{
    denoise_params *params = fitting_params("optimizer", kind);
    denoise_param_info info;
    for (int64_t i = 0; param_at(&info, "optimizer", kind, i); i++) {
        if ((variant & 1) != 0 && info.type == DENOISE_PARAM_BOOL) ASSERT_OK(denoise_params_set_bool(params, info.name, 1));
        bool share = info.type == DENOISE_PARAM_DOUBLE && info.minimum == 0.0 && info.maximum == 1.0;
        if ((variant & 2) != 0 && share && strcmp(info.default_text, "0.0") == 0) {
            ASSERT_OK(denoise_params_set_double(params, info.name, 0.5));
        }
    }
    if ((variant & 4) != 0) ASSERT_OK(denoise_params_set_double(params, "weight_decay", 0.01));
    return params;
}

static void every_optimizer_with_its_options(void **state)
{
    (void)state;
    data d;
    data_make(&d, 5);
    for (int64_t k = 0; denoise_kind_name("optimizer", k) != NULL; k++) {
        for (unsigned variant = 0; variant < 8; variant++) {
            dense_training t;
            char what[100];
            denoise_params *params = optimizer_variant(denoise_kind_name("optimizer", k), variant);
            start(&t, &d, "tanh", "sigmoid", 5);
            t.optimizer = denoise_kind_name("optimizer", k);
            t.optimizer_params = params;
            t.loss = "binary_crossentropy";
            snprintf(what, sizeof what, "%s, variant %u", t.optimizer, variant);
            assert_true(fused_equals_plain(&t, what));
            denoise_params_free(params);
        }
    }
    data_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_activation_in_the_middle),
        cmocka_unit_test(every_activation_at_the_end_with_every_loss),
        cmocka_unit_test(every_loss_with_its_parameters),
        cmocka_unit_test(every_optimizer_with_its_options),
    };
    return cmocka_run_group_tests(tests, use_native_engine, NULL);
}
