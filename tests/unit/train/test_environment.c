/* SPDX-License-Identifier: Apache-2.0 */
/* A variable of the environment that has no value it may have is told by every call that computes, as DENOISE_ENGINE's is. */
#include "core/cpu.h"
#include "support/nets.h"
#include <stdlib.h>
#include <string.h>

typedef struct wrong {
    const char *name, *value, *message;
} wrong;

#define THREADS(value)                                                                                                         \
    {                                                                                                                          \
        "DENOISE_NUM_THREADS", value,                                                                                          \
            "environment variable DENOISE_NUM_THREADS is \"" value "\", expected a number from 1 to 256"                       \
    }
static const wrong wrongs[] = {
    THREADS("4,2"),
    THREADS("300"),
    THREADS("abc"),
    THREADS("0"),
    THREADS("-3"),
    THREADS("2.5"),
    THREADS(" "),
    {"DENOISE_ISA", "sse",
     "environment variable DENOISE_ISA is \"sse\", expected \"portable\", \"avx2\", \"avx512\" or \"neon\""},
    {"DENOISE_CONVOLUTION", "fast", "environment variable DENOISE_CONVOLUTION is \"fast\", expected \"auto\" or \"direct\""},
    {"DENOISE_BLAS_THREADS", "2", "environment variable DENOISE_BLAS_THREADS is \"2\", expected \"keep\""},
};
enum { WRONGS = (int)(sizeof wrongs / sizeof *wrongs) };

#define IS_TOLD(call, w)                                                                                                       \
    do {                                                                                                                       \
        assert_int_equal(call, DENOISE_ERR_ENGINE);                                                                            \
        assert_string_equal(denoise_last_error(), (w)->message);                                                               \
    } while (0)

static void every_run_tells_it(void **state)
{
    (void)state;
    char info[2048];
    denoise_tensor *y, *x = random_rows(9, 6, 1), *labels = random_labels(9, 3, 2);
    for (int i = 0; i < WRONGS; i++) {
        const wrong *w = &wrongs[i];
        denoise_model *model = two_layers(6, 5, "relu", 3, "softmax");
        denoise_trainer *trainer;
        denoise_workspace *workspace;
        denoise_logs *logs;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
                                        denoise_loss_sparse_categorical_crossentropy(NULL), NULL));
        assert_int_equal(setenv(w->name, w->value, 1), 0);
        IS_TOLD(denoise_model_predict(&y, model, x, NULL), w);
        assert_null(y);
        IS_TOLD(denoise_workspace_new(&workspace, model, 9), w);
        IS_TOLD(denoise_trainer_fit(trainer, x, labels, NULL), w);
        IS_TOLD(denoise_trainer_evaluate(&logs, trainer, x, labels, NULL), w);
        assert_true(denoise_build_info(info, sizeof info) < (int64_t)sizeof info);
        assert_non_null(strstr(info, w->name));
        assert_int_equal(unsetenv(w->name), 0);
        ASSERT_OK(denoise_trainer_fit(trainer, x, labels, NULL)); /* and the same objects compute */
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
    denoise_tensor_free(x);
    denoise_tensor_free(labels);
}

/* Who asks for a number of threads does not need the variable's. */
static void a_number_that_was_asked_for_counts(void **state)
{
    (void)state;
    denoise_tensor *y, *x = random_rows(9, 6, 1);
    denoise_model *model = two_layers(6, 5, "relu", 3, "softmax");
    ASSERT_OK(denoise_set_num_threads(2));
    assert_int_equal(setenv("DENOISE_NUM_THREADS", "many", 1), 0);
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    assert_int_equal(denoise_set_num_threads(0), DENOISE_ERR_ENGINE);
    assert_non_null(strstr(denoise_last_error(), "\"many\""));
    assert_int_equal(denoise_num_threads(), 2); /* as it was */
    assert_int_equal(unsetenv("DENOISE_NUM_THREADS"), 0);
    ASSERT_OK(denoise_set_num_threads(0));
    assert_int_equal(setenv("DENOISE_NUM_THREADS", "many", 1), 0);
    assert_int_equal(denoise_num_threads(), denoise__cpu_count());
    assert_int_equal(setenv("DENOISE_NUM_THREADS", "", 1), 0); /* not set */
    denoise_tensor_free(y);
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    denoise_tensor_free(y);
    denoise_tensor_free(x);
    denoise_model_free(model);
}

int main(void)
{
    for (int i = 0; i < WRONGS; i++)
        (void)unsetenv(wrongs[i].name);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_tells_it),
        cmocka_unit_test(a_number_that_was_asked_for_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
