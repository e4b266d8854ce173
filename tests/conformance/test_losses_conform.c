/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of loss: gradients, weights, reductions, mistakes, threads, and the same training fused and unfused. */
#include "conformance/batches.h"
#include "losses/loss.h"
#include "support/dice_loss.h"
#include "support/failing_alloc.h"
#include <math.h>
#include <string.h>

/* A loss and what it takes; kinds that were added at run time are among them. */
typedef struct loss_case {
    const char *kind;
    denoise_loss *loss;
    bool logits;
    bool labels; /* the target is one whole number per row */
} loss_case;

static denoise_loss *make(const char *kind, const char *reduction, bool logits)
{
    denoise_loss *loss;
    denoise_params *params = fitting_params("loss", kind);
    if (reduction != NULL) ASSERT_OK(denoise_params_set_text(params, "reduction", reduction));
    if (logits) ASSERT_OK(denoise_params_set_bool(params, "from_logits", 1));
    ASSERT_OK(denoise_loss_create(&loss, kind, params));
    denoise_params_free(params);
    return loss;
}

/* Targets like the predictions, if the loss takes them, else labels. */
static denoise_tensor *target_for(const denoise_loss *loss, int64_t rows, int64_t columns, bool *labels)
{
    double value;
    denoise_tensor *numbers = random_labels(rows, (int32_t)columns, 3), *hot = one_hot_rows(numbers, columns);
    denoise_status status = denoise_loss_compute(&value, NULL, loss, hot, hot, NULL);
    *labels = status != DENOISE_OK;
    if (*labels) assert_int_equal(status, DENOISE_ERR_SHAPE);
    denoise_tensor_free(*labels ? hot : numbers);
    return *labels ? numbers : hot;
}

static denoise_tensor *prediction_for(const loss_case *c, int64_t rows, int64_t columns)
{
    return c->logits ? random_rows(rows, columns, 5) : uniform_rows(rows, columns, 0.05, 0.95, 5);
}

static void for_every_loss(void (*check)(const loss_case *c))
{
    denoise_param_info info;
    for (int64_t k = 0; denoise_kind_name("loss", k) != NULL; k++) {
        loss_case c = {.kind = denoise_kind_name("loss", k)};
        for (int logits = 0; logits < 2; logits++) {
            if (logits != 0 && !param_named(&info, "loss", c.kind, "from_logits")) continue;
            c.logits = logits != 0;
            c.loss = make(c.kind, NULL, c.logits);
            denoise_tensor *target = target_for(c.loss, 4, 3, &c.labels);
            check(&c);
            denoise_tensor_free(target);
            denoise_loss_free(c.loss);
        }
    }
}

static double value_of(const denoise_loss *loss, const denoise_tensor *target, const denoise_tensor *prediction,
                       const denoise_tensor *weight)
{
    double value = NAN;
    ASSERT_OK(denoise_loss_compute(&value, NULL, loss, target, prediction, weight));
    assert_true(isfinite(value));
    return value;
}

static void check_directions(const loss_case *c, const denoise_tensor *target, const denoise_tensor *prediction,
                             const denoise_tensor *weight)
{
    denoise_tensor *gradient;
    double value, step = 1e-3;
    ASSERT_OK(denoise_loss_compute(&value, &gradient, c->loss, target, prediction, weight));
    ASSERT_NEAR(value, value_of(c->loss, target, prediction, weight), 0.0);
    double length = sqrt(dot_of(gradient, gradient));
    for (uint64_t d = 0; d < 3; d++) {
        denoise_tensor *direction = random_rows(5, 4, 20 + d);
        denoise_tensor *ahead = stepped(prediction, direction, step), *behind = stepped(prediction, direction, -step);
        double slope = value_of(c->loss, target, ahead, weight) - value_of(c->loss, target, behind, weight);
        double expected = dot_of(gradient, direction);
        if (!(fabs(slope / (2.0 * step) - expected) <= 1e-3 * length + 2e-4)) {
            fail_msg("%s%s: slope %.9g, gradient %.9g", c->kind, c->logits ? " of logits" : "", slope / (2.0 * step), expected);
        }
        denoise_tensor_free(direction);
        denoise_tensor_free(ahead);
        denoise_tensor_free(behind);
    }
    denoise_tensor_free(gradient);
}

static void check_gradient(const loss_case *c)
{
    bool labels;
    denoise_tensor *target = target_for(c->loss, 5, 4, &labels), *prediction = prediction_for(c, 5, 4);
    denoise_tensor *rows = uniform_rows(5, 1, 0.5, 2.0, 8), *weight;
    ASSERT_OK(denoise_tensor_reshape(&weight, rows, (const int64_t[]){5}, 1));
    check_directions(c, target, prediction, NULL);
    check_directions(c, target, prediction, weight);
    denoise_tensor_free(target);
    denoise_tensor_free(prediction);
    denoise_tensor_free(rows);
    denoise_tensor_free(weight);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for_every_loss(check_gradient);
}

static denoise_tensor *weights_of(int64_t rows, uint64_t stream)
{
    denoise_tensor *column = uniform_rows(rows, 1, 0.25, 2.0, stream), *weight;
    ASSERT_OK(denoise_tensor_reshape(&weight, column, &rows, 1));
    denoise_tensor_free(column);
    return weight;
}

static double total(const denoise_tensor *tensor)
{
    double sum = 0.0, value;
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++) {
        ASSERT_OK(denoise_tensor_item(tensor, i, &value));
        sum += value;
    }
    return sum;
}

/* sum, the sum over the rows, the same by its other name, and the sum over the weights: one and the same sum. */
static void check_reductions(const loss_case *c)
{
    enum { ROWS = 9 };
    bool labels;
    if (denoise__loss_kind_of(c->loss)->batch != NULL) return; /* there are no rows to be summed */
    denoise_tensor *target = target_for(c->loss, ROWS, 4, &labels), *prediction = prediction_for(c, ROWS, 4);
    denoise_tensor *a = weights_of(ROWS, 30), *b = weights_of(ROWS, 31), *both, *twice;
    denoise_loss *sum = make(c->kind, "sum", c->logits), *mean = make(c->kind, "sum_over_batch_size", c->logits);
    denoise_loss *other = make(c->kind, "mean", c->logits), *weighted = make(c->kind, "mean_with_sample_weight", c->logits);
    ASSERT_OK(denoise_tensor_add(&both, a, b));
    ASSERT_OK(denoise_tensor_scale(&twice, a, 2.0));
    double of_a = value_of(sum, target, prediction, a);
    ASSERT_NEAR(value_of(sum, target, prediction, both), of_a + value_of(sum, target, prediction, b), 1e-6);
    ASSERT_NEAR(value_of(sum, target, prediction, twice), 2.0 * of_a, 1e-6);
    ASSERT_NEAR(value_of(mean, target, prediction, a), of_a / ROWS, 1e-6);
    ASSERT_NEAR(value_of(other, target, prediction, a), value_of(mean, target, prediction, a), 0.0);
    ASSERT_NEAR(value_of(weighted, target, prediction, a), of_a / total(a), 1e-6);
    ASSERT_NEAR(value_of(weighted, target, prediction, twice), value_of(weighted, target, prediction, a), 1e-6);
    ASSERT_NEAR(value_of(sum, target, prediction, NULL), ROWS * value_of(mean, target, prediction, NULL), 1e-6);
    ASSERT_NEAR(value_of(c->loss, target, prediction, a), value_of(mean, target, prediction, a), 0.0);
    denoise_tensor *tensors[] = {target, prediction, a, b, both, twice};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
    denoise_loss *losses[] = {sum, mean, other, weighted};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        denoise_loss_free(losses[i]);
}

static void reductions_and_weights_agree(void **state)
{
    (void)state;
    for_every_loss(check_reductions);
}

static void expect_shape(const loss_case *c, const denoise_tensor *target, const denoise_tensor *prediction,
                         const denoise_tensor *weight, const char *piece)
{
    double value = 4.0;
    int64_t anywhere = 0;
    denoise_tensor *gradient = (void *)&anywhere; /* has to become NULL */
    ASSERT_FAILS(denoise_loss_compute(&value, &gradient, c->loss, target, prediction, weight), DENOISE_ERR_SHAPE, piece);
    assert_null(gradient);
    assert_true(value == 4.0);
}

static void check_mistakes(const loss_case *c)
{
    bool labels;
    denoise_tensor *target = target_for(c->loss, 5, 4, &labels), *more = target_for(c->loss, 6, 4, &labels);
    denoise_tensor *prediction = prediction_for(c, 5, 4), *flat, *weight = weights_of(6, 1),
                   *wide = uniform_rows(5, 3, 0, 1, 1);
    ASSERT_OK(denoise_tensor_reshape(&flat, prediction, (const int64_t[]){20}, 1));
    expect_shape(c, more, prediction, NULL, labels ? "(6,)" : "(6, 4)");
    expect_shape(c, more, prediction, NULL, "(5, 4)");
    expect_shape(c, wide, prediction, NULL, "(5, 3)");
    expect_shape(c, target, flat, NULL, "(20,)");
    expect_shape(c, target, prediction, weight, "(6,)");
    expect_shape(c, target, prediction, weight, "(5,)");
    if (labels) {
        double value;
        ASSERT_FAILS(denoise_loss_compute(&value, NULL, c->loss, target, wide, NULL), DENOISE_ERR_RANGE, "label 3");
    }
    denoise_tensor *tensors[] = {target, more, prediction, flat, weight, wide};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void mistakes_in_shapes_are_named(void **state)
{
    (void)state;
    for_every_loss(check_mistakes);
}

static void check_threads(const loss_case *c)
{
    static const int32_t counts[] = {1, 2, 3, 4, 8};
    bool labels;
    denoise_tensor *target = target_for(c->loss, 6007, 10, &labels), *prediction = prediction_for(c, 6007, 10);
    denoise_tensor *weight = weights_of(6007, 3);
    double first = 0.0;
    uint64_t first_hash = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        double value;
        denoise_tensor *gradient;
        ASSERT_OK(denoise_set_num_threads(counts[i]));
        ASSERT_OK(denoise_loss_compute(&value, &gradient, c->loss, target, prediction, weight));
        if (i == 0) {
            first = value;
            first_hash = hash_of(gradient);
        }
        if (memcmp(&value, &first, sizeof value) != 0 || hash_of(gradient) != first_hash) {
            fail_msg("%s: %d threads give other bits", c->kind, (int)counts[i]);
        }
        denoise_tensor_free(gradient);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    denoise_tensor_free(target);
    denoise_tensor_free(prediction);
    denoise_tensor_free(weight);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    for_every_loss(check_threads);
}

static void check_memory(const loss_case *c)
{
    bool labels;
    denoise_tensor *target = target_for(c->loss, 5, 4, &labels), *prediction = prediction_for(c, 5, 4), *wide;
    denoise_tensor *weight = weights_of(5, 3);
    ASSERT_OK(denoise_tensor_astype(&wide, prediction, DENOISE_FLOAT64)); /* has to be converted */
    for (int64_t nth = 1;; nth++) {
        double value;
        denoise_tensor *gradient;
        int64_t before = failing_alloc_live();
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_loss_compute(&value, &gradient, c->loss, target, wide, weight);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_true(failed == (gradient == NULL));
        denoise_tensor_free(gradient);
        assert_int_equal(failing_alloc_live(), before);
        if (!failed) break;
    }
    denoise_tensor *tensors[] = {target, prediction, wide, weight};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        denoise_tensor_free(tensors[i]);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    for_every_loss(check_memory);
    denoise_shutdown();
    failing_alloc_remove();
    ASSERT_OK(denoise_set_num_threads(0));
}

/* The loss of a batch before (losses[0]) and after (losses[1]) one step of training on it. */
static void train_once(double losses[2], const loss_case *c, bool logits, const char *last, int32_t unfused)
{
    bool labels;
    denoise_trainer *trainer;
    denoise_logs *logs;
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.unfused = unfused;
    sgd.learning_rate = 0.1;
    denoise_model *model = two_layers(6, 5, "tanh", 4, last);
    denoise_tensor *x = random_rows(16, 6, 2), *y = target_for(c->loss, 16, 4, &labels);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(&sgd), make(c->kind, NULL, logits), &options));
    ASSERT_OK(denoise_trainer_train_on_batch(&logs, trainer, x, y, NULL));
    ASSERT_OK(denoise_logs_get(logs, "loss", &losses[0]));
    denoise_logs_free(logs);
    ASSERT_OK(denoise_trainer_test_on_batch(&logs, trainer, x, y, NULL));
    ASSERT_OK(denoise_logs_get(logs, "loss", &losses[1]));
    denoise_logs_free(logs);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

/* A row of zeros, as shrinks make, has no shares, and so no cross-entropy of them. */
static bool makes_zero_rows(const char *last)
{
    denoise_model *model = two_layers(6, 5, "tanh", 4, last);
    denoise_tensor *x = random_rows(16, 6, 2), *y;
    bool any = false;
    ASSERT_OK(denoise_model_predict(&y, model, x, NULL));
    const float *values = denoise_tensor_const_data(y);
    for (int r = 0; r < 16; r++)
        any |= values[4 * r] == 0 && values[4 * r + 1] == 0 && values[4 * r + 2] == 0 && values[4 * r + 3] == 0;
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_model_free(model);
    return any;
}

/* Behind an activation whose logits the loss takes, it is the loss of logits. Where the activation is the one that the loss is
 * of, the loss of its clipped outputs agrees; elsewhere there is nothing to fuse. */
static void check_fusion(const loss_case *c)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(c->loss);
    for (int64_t a = 0; denoise_kind_name("activation", a) != NULL; a++) {
        double fused[2], other[2];
        const char *last = activation_text(a);
        bool takes = denoise__loss_takes_logits_of(kind, last);
        if (kind->is_categorical && makes_zero_rows(last)) continue;
        train_once(fused, c, c->logits, last, 0);
        if (takes) {
            train_once(other, c, true, "linear", 0);
            ASSERT_NEAR(fused[0], other[0], 0.0);
            ASSERT_NEAR(fused[1], other[1], 0.0);
            assert_true(fused[1] < fused[0]);
        }
        if (c->logits || (takes && kind->is_categorical != (strcmp(last, "softmax") == 0))) continue;
        train_once(other, c, false, last, 1);
        ASSERT_NEAR(fused[0], other[0], 1e-5);
        ASSERT_NEAR(fused[1], other[1], 1e-5);
    }
}

static void fused_and_unfused_training_agree(void **state)
{
    (void)state;
    for_every_loss(check_fusion);
}

static int add_kinds(void **state)
{
    (void)state;
    dice_loss_register();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(reductions_and_weights_agree),
        cmocka_unit_test(mistakes_in_shapes_are_named),
        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(fused_and_unfused_training_agree),
    };
    return cmocka_run_group_tests(tests, add_kinds, NULL);
}
