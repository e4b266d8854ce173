/* SPDX-License-Identifier: Apache-2.0 */
/* Making losses: by name, by constructor, with bad parameters, and when memory runs out. */
#include "support/cmocka_test.h"

#include "losses/loss.h"
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include <denoise/denoise.h>
#include <string.h>

static const struct {
    const char *name, *kind;
} names[] = {
    {"binary_crossentropy", "binary_crossentropy"},
    {"BinaryCrossentropy", "binary_crossentropy"},
    {"bce", "binary_crossentropy"},
    {"BCE", "binary_crossentropy"},
    {"categorical_crossentropy", "categorical_crossentropy"},
    {"CategoricalCrossentropy", "categorical_crossentropy"},
    {"sparse_categorical_crossentropy", "sparse_categorical_crossentropy"},
    {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"},
    {"mean_squared_error", "mean_squared_error"},
    {"MeanSquaredError", "mean_squared_error"},
    {"mse", "mean_squared_error"},
    {"MSE", "mean_squared_error"},
    {"mean_absolute_error", "mean_absolute_error"},
    {"MeanAbsoluteError", "mean_absolute_error"},
    {"mae", "mean_absolute_error"},
    {"MAE", "mean_absolute_error"},
};

static void losses_are_found_under_all_their_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        denoise_loss *loss;
        assert_int_equal(denoise_loss_create(&loss, names[i].name, NULL), DENOISE_OK);
        assert_string_equal(denoise_loss_name(loss), names[i].kind);
        assert_int_equal(denoise_loss_status(loss), DENOISE_OK);
        assert_string_equal(denoise_loss_error(loss), "");
        denoise_loss_free(loss);
    }
}

/* Keras on TensorFlow keeps the logits of sigmoid and softmax alike, for any cross-entropy. */
static void crossentropies_take_the_logits_of_sigmoid_and_softmax(void **state)
{
    (void)state;
    denoise_loss *losses[] = {denoise_loss_binary_crossentropy(NULL), denoise_loss_categorical_crossentropy(NULL),
                              denoise_loss_sparse_categorical_crossentropy(NULL), denoise_loss_mean_squared_error()};
    for (int i = 0; i < 4; i++) {
        const denoise__loss_kind *kind = denoise__loss_kind_of(losses[i]);
        bool is_crossentropy = i < 3;
        assert_int_equal(kind->takes_logits, is_crossentropy);
        assert_int_equal(denoise__loss_takes_logits_of(kind, "sigmoid"), is_crossentropy);
        assert_int_equal(denoise__loss_takes_logits_of(kind, "softmax"), is_crossentropy);
        assert_false(denoise__loss_takes_logits_of(kind, "tanh"));
        assert_false(denoise__loss_takes_logits_of(kind, NULL));
        assert_int_equal(kind->is_categorical, i == 1 || i == 2);
        assert_int_equal(kind->is_sparse, i == 2);
        assert_int_equal(kind->from_logits != NULL, is_crossentropy);
        denoise_loss_free(losses[i]);
    }
}

static void expect_log(const char *text)
{
    if (strcmp(log_capture_text(), text) != 0) fail_msg("\"%s\", expected \"%s\"", log_capture_text(), text);
    log_capture_clear();
}

static void doubtful_losses_are_warned_of(void **state)
{
    (void)state;
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    denoise_loss *plain = denoise_loss_binary_crossentropy(&options), *squared = denoise_loss_mean_squared_error();
    options.from_logits = 1;
    denoise_loss *logits = denoise_loss_binary_crossentropy(&options);
    denoise_loss *hot = denoise_loss_categorical_crossentropy(NULL),
                 *sparse = denoise_loss_sparse_categorical_crossentropy(NULL);
    log_capture_start(false, 80);
    denoise__loss_warn_logits(plain, "sigmoid", "clean");
    denoise__loss_warn_logits(squared, "sigmoid", "clean");
    denoise__loss_warn_logits(logits, NULL, "clean");
    denoise__loss_warn_logits(logits, "tanh", "clean");
    denoise__loss_warn_columns(plain, 1, "clean");
    denoise__loss_warn_columns(squared, 1, "clean");
    denoise__loss_warn_columns(sparse, 1, "clean");
    denoise__loss_warn_columns(hot, 2, "clean");
    expect_log("");
    denoise__loss_warn_logits(logits, "softmax", "clean");
    assert_int_equal(log_capture_last_level(), DENOISE_LOG_WARNING);
    expect_log(
        "binary_crossentropy received from_logits=True, but output \"clean\" was produced by a softmax activation and thus "
        "does not represent logits; the values before the activation are taken\n");
    denoise__loss_warn_columns(hot, 1, "digit");
    expect_log(
        "In loss categorical_crossentropy, expected output \"digit\" to have num_classes > 1 columns, it has 1. Consider "
        "using 'binary_crossentropy' if you only have 2 classes.\n");
    log_capture_stop();
    denoise_loss *losses[] = {plain, squared, logits, hot, sparse};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        denoise_loss_free(losses[i]);
}

/* The configurations of Keras resolve; a name given is the loss's name. */
static void keras_configurations_resolve(void **state)
{
    (void)state;
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    denoise_params_set_text(params, "name", "denoised");
    denoise_params_set_text(params, "reduction", "mean");
    denoise_params_set_bool(params, "from_logits", 1);
    denoise_params_set_int(params, "axis", -1);
    denoise_loss *loss;
    denoise_params_set_none(params, "ignore_class");
    assert_int_equal(denoise_loss_create(&loss, "SparseCategoricalCrossentropy", params), DENOISE_OK);
    assert_string_equal(denoise_loss_name(loss), "denoised");
    denoise_loss_free(loss);
    denoise_params_set_int(params, "ignore_class", 255);
    assert_int_equal(denoise_loss_create(&loss, "SparseCategoricalCrossentropy", params), DENOISE_ERR_UNSUPPORTED);
    assert_null(loss);
    assert_non_null(strstr(denoise_last_error(), "sparse_categorical_crossentropy: ignore_class is 255"));
    denoise_params_free(params);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    denoise_loss *loss = (denoise_loss *)(void *)&loss;
    assert_int_equal(denoise_loss_create(NULL, "mse", NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise_loss_create(&loss, NULL, NULL), DENOISE_ERR_NULL);
    assert_null(loss);
    assert_int_equal(denoise_loss_create(&loss, "hinge_of_doom", NULL), DENOISE_ERR_NAME);
    assert_non_null(strstr(denoise_last_error(), "hinge_of_doom"));
    assert_non_null(strstr(denoise_last_error(), "mean_squared_error"));

    static const struct {
        const char *kind, *key, *text;
        double number;
        denoise_status status;
    } bad[] = {
        {"mse", "reduction", "none", 0, DENOISE_ERR_INVALID},
        {"mse", "delta", NULL, 1, DENOISE_ERR_NAME},
        {"bce", "label_smoothing", NULL, 1.5, DENOISE_ERR_RANGE},
        {"bce", "label_smoothing", NULL, -0.1, DENOISE_ERR_RANGE},
        {"bce", "axis", NULL, 1, DENOISE_ERR_UNSUPPORTED},
        {"categorical_crossentropy", "axis", NULL, 0, DENOISE_ERR_UNSUPPORTED},
        {"sparse_categorical_crossentropy", "axis", NULL, 2, DENOISE_ERR_UNSUPPORTED},
        {"sparse_categorical_crossentropy", "label_smoothing", NULL, 0.1, DENOISE_ERR_NAME},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        denoise_params *params;
        assert_int_equal(denoise_params_new(&params), DENOISE_OK);
        if (bad[i].text != NULL)
            denoise_params_set_text(params, bad[i].key, bad[i].text);
        else
            denoise_params_set_double(params, bad[i].key, bad[i].number);
        denoise_status status = denoise_loss_create(&loss, bad[i].kind, params);
        if (status != bad[i].status || strstr(denoise_last_error(), bad[i].key) == NULL)
            fail_msg("%s %s: %d %s", bad[i].kind, bad[i].key, (int)status, denoise_last_error());
        assert_null(loss);
        denoise_params_free(params);
    }
}

static void expect_inert(denoise_loss *loss, denoise_status status, const char *message)
{
    assert_non_null(loss);
    assert_int_equal(denoise_loss_status(loss), status);
    if (strstr(denoise_loss_error(loss), message) == NULL) fail_msg("%s", denoise_loss_error(loss));
    denoise_loss_free(loss);
}

static void constructors_take_options(void **state)
{
    (void)state;
    struct {
        denoise_crossentropy_options options;
        int64_t more[8];
    } newer = {{0}, {0}};
    denoise_crossentropy_options options = {0};
    denoise_crossentropy_options_init(&options);
    denoise_crossentropy_options_init(NULL);
    denoise_crossentropy_options macro = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    assert_int_equal(options.struct_size, macro.struct_size);
    assert_string_equal(options.reduction, macro.reduction);
    options.from_logits = 1;
    newer.options = options;
    newer.options.struct_size = sizeof newer;
    denoise_loss *loss = denoise_loss_categorical_crossentropy(&newer.options);
    assert_int_equal(denoise_loss_status(loss), DENOISE_OK);
    assert_true(denoise__loss_kind_of(loss)->from_logits(loss->part.config));
    denoise_loss_free(loss);

    options.struct_size = 0;
    expect_inert(denoise_loss_binary_crossentropy(&options), DENOISE_ERR_INVALID, "struct_size is 0");
    options = macro;
    options.reduction = NULL;
    expect_inert(denoise_loss_binary_crossentropy(&options), DENOISE_ERR_NULL, "");
    options.reduction = "median";
    expect_inert(denoise_loss_binary_crossentropy(&options), DENOISE_ERR_INVALID, "median");
    options = macro;
    options.from_logits = 1;
    options.label_smoothing = 0.1;
    expect_inert(denoise_loss_sparse_categorical_crossentropy(&options), DENOISE_ERR_INVALID, "label_smoothing is 0.1");
    options.label_smoothing = 2;
    expect_inert(denoise_loss_categorical_crossentropy(&options), DENOISE_ERR_RANGE, "label_smoothing is 2");
}

static void null_is_answered(void **state)
{
    (void)state;
    denoise_loss_free(NULL);
    assert_int_equal(denoise_loss_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_loss_error(NULL), denoise_status_text(DENOISE_ERR_NULL));
    assert_string_equal(denoise_loss_name(NULL), "");
}

/* Freeing is the owner's business once a loss is adopted. */
static void an_adopted_loss_belongs_to_its_owner(void **state)
{
    (void)state;
    int owner;
    denoise_loss *loss = denoise_loss_mean_absolute_error();
    assert_int_equal(denoise__part_adopt(&loss->part, &owner), DENOISE_OK);
    denoise_loss_free(loss);
    assert_string_equal(denoise_loss_name(loss), "mean_absolute_error");
    denoise__loss_release(loss);
}

static denoise_loss *make_plain(void)
{
    return denoise_loss_mean_squared_error();
}

static denoise_loss *make_with_options(void)
{
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    options.label_smoothing = 0.1;
    return denoise_loss_binary_crossentropy(&options);
}

static denoise_loss *make_by_name(void)
{
    denoise_loss *loss;
    denoise_status status = denoise_loss_create(&loss, "bce", NULL);
    if (status == DENOISE_ERR_NOMEM) assert_null(loss);
    return loss;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    denoise_loss *(*const makers[])(void) = {make_plain, make_with_options, make_by_name};
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++)
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            int64_t before = failing_alloc_live();
            for (int64_t n = 1;; n++) {
                failing_alloc_arm(n, for_ever);
                denoise_loss *loss = makers[m]();
                bool failed = failing_alloc_disarm();
                if (loss != NULL) {
                    assert_int_equal(denoise_loss_status(loss), failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
                    if (failed) assert_string_not_equal(denoise_loss_error(loss), "");
                    denoise_loss_free(loss);
                }
                assert_int_equal(failing_alloc_live(), before);
                if (!failed) break;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_found_under_all_their_names),
        cmocka_unit_test(crossentropies_take_the_logits_of_sigmoid_and_softmax),
        cmocka_unit_test(doubtful_losses_are_warned_of),
        cmocka_unit_test(keras_configurations_resolve),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(constructors_take_options),
        cmocka_unit_test(null_is_answered),
        cmocka_unit_test(an_adopted_loss_belongs_to_its_owner),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, failing_alloc_set_up, failing_alloc_tear_down);
}
