/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance run on the library's own kinds, and on kinds that break a promise each. */
#include "core/kind.h"
#include "support/nets.h"
#include "support/test_kinds.h"
#include <denoise/ext.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Kinds that compute nothing, or that a small model of rows does not suit. */
static bool is_left_out(const char *noun, const char *name)
{
    static const char *const left_out[] = {"layer input_layer",
                                           "layer flatten",
                                           "layer reshape",
                                           "layer group_normalization", /* 32 groups */
                                           "metric psnr",
                                           "metric ssim",
                                           "callback lambda",
                                           "callback csv_logger",
                                           "callback learning_rate_scheduler",
                                           "constraint radial_constraint"};
    char whole[128];
    (void)snprintf(whole, sizeof whole, "%s %s", noun, name);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcmp(whole, left_out[i]) == 0) return true;
    return false;
}

static bool needs_params(const denoise__kind *kind)
{
    for (int32_t i = 0; i < kind->param_count; i++)
        if (kind->params[i].default_text == NULL) return true;
    return false;
}

static void the_librarys_own_kinds_pass(void **state)
{
    (void)state;
    const denoise__kind *kind;
    int failed = 0, tried = 0;
    test_kinds_add();
    for (const denoise__registry *const *r = denoise__registries; *r != NULL; r++) {
        for (int64_t i = 0; (kind = denoise__registry_at(*r, i)) != NULL; i++) {
            if (needs_params(kind) || is_left_out((*r)->noun, kind->name)) continue;
            tried++;
            denoise_status status = denoise_ext_test((*r)->noun, kind->name, NULL, NULL, 0);
            if (status == DENOISE_OK) continue;
            print_error("%s %s: %s\n", (*r)->noun, kind->name, denoise_last_error());
            failed++;
        }
    }
    print_message("%d kinds\n", tried);
    assert_true(tried > 45);
    assert_int_equal(failed, 0);
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* ---- kinds that break one promise each: user_data says which */

typedef enum breach {
    SOUND,
    WRONG_GRADIENT,
    LEAVES_ONE_OUT,
    LEAVES_A_GRADIENT_OUT,
    WRITES_BEHIND,
    LOOKS_ACROSS,
    LOOKS_ACROSS_IN_TRAINING, /* and says so */
    LOOKS_ACROSS_FROZEN,
    HIDES_INPUT,
    REMEMBERS,
    NOT_IN_PLACE,
    IS_NAN,
    BREACHES
} breach;
static const char *const told[BREACHES] = {
    [WRONG_GRADIENT] = "the gradient of \"breaching\" for input 0 is",
    [LEAVES_ONE_OUT] = "leaves outputs unwritten",
    [LEAVES_A_GRADIENT_OUT] = "leaves gradients of inputs unwritten",
    [WRITES_BEHIND] = "writes behind an array",
    [LOOKS_ACROSS] = "says is_row_local",
    [LOOKS_ACROSS_FROZEN] = "says is_row_local",
    [HIDES_INPUT] = "backward_needs_",
    [REMEMBERS] = "has other bits the second time",
    [NOT_IN_PLACE] = "may_overwrite_input",
    [IS_NAN] = "not finite",
};
static float kept;

static int64_t elements(const denoise_ext_layer_args *args)
{
    int64_t size = args->batch;
    for (int32_t i = 0; i < args->input_shapes[0].rank; i++)
        size *= args->input_shapes[0].dim[i];
    return size;
}

static bool is_wide(breach b)
{
    return b == LOOKS_ACROSS_IN_TRAINING || b == LOOKS_ACROSS_FROZEN;
}

/* What a kind that looks across the batch adds to each element: a tenth of the mean. */
static float from_the_batch(const denoise_ext_layer_args *args, const float *values, breach b)
{
    bool counts = b == LOOKS_ACROSS_FROZEN || (args->training != 0 && args->is_frozen == 0);
    double sum = 0;
    for (int64_t i = 0; i < elements(args); i++)
        sum += (double)values[i];
    return is_wide(b) && counts ? (float)(0.1 * sum / (double)elements(args)) : 0;
}

/* y = x^2 / 2 */
static denoise_status forward(const denoise_ext_layer_args *args, void *user_data)
{
    breach b = *(const breach *)user_data;
    const float *x = args->inputs[0];
    float *y = args->outputs[0];
    int64_t count = elements(args);
    float mean = from_the_batch(args, x, b);
    for (int64_t i = 0; b != NOT_IN_PLACE && i < count - (b == LEAVES_ONE_OUT); i++)
        y[i] = 0.5f * x[i] * x[i] + (b == REMEMBERS ? kept : 0) + (b == LOOKS_ACROSS ? 1e-3f * x[0] : 0) + mean;
    if (b == WRITES_BEHIND) y[count] = 0;
    if (b == IS_NAN) y[0] = NAN;
    for (int64_t i = 0; b == NOT_IN_PLACE && i < count; i++)
        y[i] = x[(i + 1) % count];
    kept += 1;
    return DENOISE_OK;
}

static denoise_status backward(const denoise_ext_layer_args *args, void *user_data)
{
    breach b = *(const breach *)user_data;
    float *dx = args->input_gradients[0], mean = from_the_batch(args, args->output_gradients[0], b);
    for (int64_t i = 0; b == NOT_IN_PLACE && dx != NULL && i < elements(args); i++)
        dx[(i + 1) % elements(args)] = args->output_gradients[0][i];
    for (int64_t i = b == LEAVES_A_GRADIENT_OUT; b != NOT_IN_PLACE && dx != NULL && i < elements(args); i++)
        dx[i] = args->output_gradients[0][i] * (b == WRONG_GRADIENT ? 1.1f : 1.0f) * args->inputs[0][i] + mean;
    return DENOISE_OK;
}

static void each_breach_is_told(void **state)
{
    (void)state;
    for (breach b = SOUND; b < BREACHES; b++) {
        denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
        denoise_ext_layer hooks = DENOISE_EXT_LAYER_INIT;
        kind.name = "breaching", kind.user_data = &b;
        hooks.is_row_local = b != WRITES_BEHIND && b != REMEMBERS && b != NOT_IN_PLACE;
        hooks.is_batch_wide_in_training = is_wide(b);
        hooks.backward_needs_input = b != HIDES_INPUT && b != NOT_IN_PLACE;
        hooks.may_overwrite_input = b == NOT_IN_PLACE;
        hooks.forward = forward, hooks.backward = backward;
        ASSERT_OK(denoise_ext_register("layer", &kind, &hooks, NULL));
        denoise_status status = denoise_ext_test("layer", "breaching", NULL, NULL, 0);
        if (told[b] == NULL) ASSERT_OK(status);
        if (told[b] != NULL) {
            assert_int_equal(status, DENOISE_ERR_INVALID);
            if (strstr(denoise_last_error(), told[b]) == NULL) fail_msg("%d: %s", (int)b, denoise_last_error());
        }
        ASSERT_OK(denoise_ext_unregister("layer", "breaching"));
    }
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void rows(const float *p, float *gradient, float *loss, double scale, int64_t columns, breach b)
{
    *loss = 0;
    for (int64_t i = 0; i < columns; i++) {
        *loss += p[i] * p[i];
        if (gradient != NULL) gradient[i] = 2 * p[i] * (float)scale * (b == WRONG_GRADIENT ? 0.9f : 1);
    }
    if (b == IS_NAN) *loss = NAN;
}

static denoise_status loss_rows(const denoise_ext_loss_args *args, int64_t first, int64_t count, void *user_data)
{
    breach b = *(const breach *)user_data;
    for (int64_t i = first; i < first + count; i++) {
        double weight = args->row_weight == NULL || b == HIDES_INPUT ? 1 : (double)args->row_weight[i];
        rows(args->prediction + i * args->columns, args->gradient == NULL ? NULL : args->gradient + i * args->columns,
             args->row_loss + i, weight * args->gradient_scale, args->columns, b);
        if (b == LOOKS_ACROSS) args->row_loss[i] += (float)first;
    }
    return DENOISE_OK;
}

static void breaches_of_a_loss_are_told(void **state)
{
    (void)state;
    static const struct {
        breach breach;
        const char *text;
    } cases[] = {{SOUND, NULL},
                 {WRONG_GRADIENT, "the gradient of"},
                 {IS_NAN, "not finite"},
                 {LOOKS_ACROSS, "in pieces"},
                 {HIDES_INPUT, "weights of rows"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        breach b = cases[i].breach;
        denoise_ext_kind kind = DENOISE_EXT_KIND_INIT;
        denoise_ext_loss hooks = DENOISE_EXT_LOSS_INIT;
        kind.name = "breaching", kind.user_data = &b, hooks.rows = loss_rows;
        ASSERT_OK(denoise_ext_register("loss", &kind, &hooks, NULL));
        denoise_status status = denoise_ext_test("loss", "breaching", NULL, NULL, 0);
        assert_int_equal(status, b == SOUND ? DENOISE_OK : DENOISE_ERR_INVALID);
        if (b != SOUND && strstr(denoise_last_error(), cases[i].text) == NULL) fail_msg("%s", denoise_last_error());
        ASSERT_OK(denoise_ext_unregister("loss", "breaching"));
    }
    denoise_shutdown();
}

static void wrong_questions_are_errors(void **state)
{
    (void)state;
    const int64_t shape[] = {3, 0};
    ASSERT_FAILS(denoise_ext_test(NULL, "dense", NULL, NULL, 0), DENOISE_ERR_NULL, "noun");
    ASSERT_FAILS(denoise_ext_test("layer", NULL, NULL, NULL, 0), DENOISE_ERR_NULL, "name");
    ASSERT_FAILS(denoise_ext_test("lawyer", "dense", NULL, NULL, 0), DENOISE_ERR_NAME, "lawyer");
    ASSERT_FAILS(denoise_ext_test("layer", "danse", NULL, NULL, 0), DENOISE_ERR_NAME, "danse");
    ASSERT_FAILS(denoise_ext_test("layer", "dense", NULL, NULL, 0), DENOISE_ERR_INVALID, "units must be given");
    ASSERT_FAILS(denoise_ext_test("layer", "dropout", NULL, shape, 9), DENOISE_ERR_RANGE, "rank is 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_librarys_own_kinds_pass),
        cmocka_unit_test(each_breach_is_told),
        cmocka_unit_test(breaches_of_a_loss_are_told),
        cmocka_unit_test(wrong_questions_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
