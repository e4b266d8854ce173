/* SPDX-License-Identifier: Apache-2.0 */
/* What computes says so when DENOISE_ENGINE asks for an engine that there is not, and keeps the engine while it runs. */
#include "support/nets.h"
#include <stdlib.h>

static const char *const complaint =
    "environment variable DENOISE_ENGINE is \"turbo\", expected \"auto\", \"native\" or \"cblas\"";

#define ENGINE_FAILS(call)                                                                                                     \
    do {                                                                                                                       \
        assert_int_equal(call, DENOISE_ERR_ENGINE);                                                                            \
        assert_string_equal(denoise_last_error(), complaint);                                                                  \
    } while (0)

static denoise_trainer *compiled(denoise_model *model)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                    denoise_loss_sparse_categorical_crossentropy(NULL), NULL));
    return trainer;
}

static void a_missing_engine_is_told_by_every_run(void **state)
{
    (void)state;
    denoise_tensor *y, *x = random_rows(9, 6, 1), *labels = random_labels(9, 3, 2);
    denoise_model *model = two_layers(6, 5, "relu", 3, "softmax");
    denoise_trainer *trainer = compiled(model);
    denoise_workspace *workspace;
    denoise_logs *logs;
    ENGINE_FAILS(denoise_model_predict(&y, model, x, NULL));
    assert_null(y);
    ENGINE_FAILS(denoise_workspace_new(&workspace, model, 9));
    assert_null(workspace);
    ENGINE_FAILS(denoise_trainer_fit(trainer, x, labels, NULL));
    ENGINE_FAILS(denoise_trainer_evaluate(&logs, trainer, x, labels, NULL));
    assert_null(logs);
    ASSERT_OK(denoise_set_engine("native")); /* and the same objects compute */
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    ASSERT_OK(denoise_trainer_fit(trainer, x, labels, NULL));
    assert_int_equal(denoise_set_engine(NULL), DENOISE_ERR_ENGINE);
    assert_string_equal(denoise_engine_name(), "native");
    denoise_tensor_free(y);
    denoise_tensor_free(x);
    denoise_tensor_free(labels);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

static denoise_status choose(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)epoch, (void)logs;
    *(denoise_status *)user_data = denoise_set_engine("native");
    return DENOISE_OK;
}

static void the_engine_stays_during_fit(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(9, 6, 1), *labels = random_labels(9, 3, 2);
    denoise_model *model = two_layers(6, 5, "relu", 3, "softmax");
    denoise_trainer *trainer = compiled(model);
    denoise_status status = DENOISE_ERR_INTERNAL;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = choose;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, &status, NULL)));
    ASSERT_OK(denoise_trainer_fit(trainer, x, labels, NULL));
    assert_int_equal(status, DENOISE_ERR_BUSY);
    ASSERT_OK(denoise_set_engine("native"));
    denoise_tensor_free(x);
    denoise_tensor_free(labels);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
}

int main(void)
{
    setenv("DENOISE_ENGINE", "turbo", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_engine_is_told_by_every_run),
        cmocka_unit_test(the_engine_stays_during_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
