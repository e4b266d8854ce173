/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness belongs to the trainer, which goes on: many calls are one call. */
#include "optimizers/optimizer.h"
#include "support/nets.h"
#include "train/trainer.h"
#include <string.h>

enum { ROWS = 37, BATCH = 8, EPOCHS = 5 };

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *y;
    denoise_fit_options options;
} bench;

static bench start(void)
{
    bench b = {.x = random_rows(ROWS, 6, 1), .y = random_rows(ROWS, 2, 2)};
    denoise_sequential *s;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){6}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_gaussian_noise(0.2, NULL));
    denoise_sequential_add(s, denoise_layer_dense(8, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dropout(0.4, NULL));
    denoise_sequential_add(s, denoise_layer_dense(2, NULL, NULL));
    ASSERT_OK(denoise_sequential_build(&b.model, s, NULL));
    denoise_sequential_free(s);
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.batch_size = BATCH;
    return b;
}

static void end(bench *b)
{
    denoise_trainer_free(b->trainer), denoise_model_free(b->model), denoise_tensor_free(b->x), denoise_tensor_free(b->y);
}

static denoise_status add_to_hash(void *context, const char *path, denoise__variable *variable)
{
    uint64_t *hash = context;
    const unsigned char *bytes = variable->values;
    int64_t size = variable->count * (variable->dtype == DENOISE_FLOAT32 ? 4 : 8);
    (void)path;
    for (int64_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * 1099511628211u;
    return DENOISE_OK;
}

/* Weights, slots and iterations. */
static uint64_t hash_of_bench(const bench *b)
{
    uint64_t hash = hash_of_weights(b->model);
    denoise__visitor visitor = {.variable = add_to_hash, .context = &hash};
    ASSERT_OK(denoise__optimizer_visit(denoise_trainer_optimizer(b->trainer), NULL, &visitor));
    return hash;
}

/* `shares` adds up to EPOCHS; losses are those of all epochs. */
static uint64_t fit_in_shares(const int64_t *shares, double *losses, double *validation)
{
    bench b = start();
    b.options.seed = 11;
    b.options.validation_split = 0.2;
    int64_t done = 0;
    for (int i = 0; done < EPOCHS; i++) {
        b.options.epochs = shares[i];
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        const denoise_history *history = denoise_trainer_history(b.trainer);
        size_t bytes = (size_t)shares[i] * sizeof *losses;
        memcpy(losses + done, denoise_history_values(history, "loss"), bytes);
        memcpy(validation + done, denoise_history_values(history, "val_loss"), bytes);
        done += shares[i];
    }
    uint64_t hash = hash_of_bench(&b);
    end(&b);
    return hash;
}

static void a_loop_of_fits_is_one_fit(void **state)
{
    (void)state;
    static const int64_t shares[][EPOCHS] = {{5}, {1, 1, 1, 1, 1}, {2, 3}, {1, 4}};
    double losses[EPOCHS], validation[EPOCHS], wanted[EPOCHS], wanted_validation[EPOCHS];
    uint64_t whole = fit_in_shares(shares[0], wanted, wanted_validation);
    for (int i = 1; i < 4; i++) {
        assert_true(fit_in_shares(shares[i], losses, validation) == whole);
        assert_memory_equal(losses, wanted, sizeof wanted);
        assert_memory_equal(validation, wanted_validation, sizeof wanted);
    }
    for (int i = 1; i < EPOCHS; i++)
        assert_true(wanted[i] != wanted[i - 1]);
}

/* initial_epoch numbers epochs, nothing else. */
static void the_first_epoch_number_enters_nothing(void **state)
{
    (void)state;
    uint64_t hashes[2];
    for (int i = 0; i < 2; i++) {
        bench b = start();
        b.options.initial_epoch = 7 * i;
        b.options.epochs = 7 * i + 2;
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        hashes[i] = hash_of_bench(&b);
        end(&b);
    }
    assert_true(hashes[0] == hashes[1]);
}

/* Batch `index` of the data in order, as fit without shuffling takes it. */
static void train_on(const bench *b, int64_t index)
{
    denoise_tensor *x, *y;
    int64_t first = index * BATCH, count = ROWS - first < BATCH ? ROWS - first : BATCH;
    ASSERT_OK(denoise_tensor_rows(&x, b->x, first, first + count));
    ASSERT_OK(denoise_tensor_rows(&y, b->y, first, first + count));
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, b->trainer, x, y, NULL));
    denoise_tensor_free(x), denoise_tensor_free(y);
}

/* Epochs of fit and of train_on_batch in turn: they draw from the same numbers. */
static void batches_by_hand_go_on_too(void **state)
{
    (void)state;
    bench whole = start(), mixed = start();
    whole.options.shuffle = mixed.options.shuffle = 0;
    whole.options.epochs = 4;
    ASSERT_OK(denoise_trainer_fit(whole.trainer, whole.x, whole.y, &whole.options));
    for (int epoch = 0; epoch < 4; epoch++) {
        if (epoch % 2 == 1) {
            ASSERT_OK(denoise_trainer_fit(mixed.trainer, mixed.x, mixed.y, &mixed.options));
            continue;
        }
        for (int64_t i = 0; i * BATCH < ROWS; i++)
            train_on(&mixed, i);
    }
    assert_true(hash_of_bench(&whole) == hash_of_bench(&mixed));
    end(&whole), end(&mixed);
}

static void looking_on_draws_nothing(void **state)
{
    (void)state;
    uint64_t hashes[2];
    for (int i = 0; i < 2; i++) {
        bench b = start();
        denoise_logs *logs;
        denoise_tensor *predicted;
        denoise_evaluate_options quiet = DENOISE_EVALUATE_OPTIONS_INIT;
        denoise_predict_options silent = DENOISE_PREDICT_OPTIONS_INIT;
        quiet.verbose = silent.verbose = 0;
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        if (i == 1) {
            ASSERT_OK(denoise_trainer_evaluate(&logs, b.trainer, b.x, b.y, &quiet));
            ASSERT_OK(denoise_trainer_predict(&predicted, b.trainer, b.x, &silent));
            ASSERT_OK(denoise_trainer_test_on_batch(NULL, b.trainer, b.x, b.y, NULL));
            denoise_logs_free(logs), denoise_tensor_free(predicted);
        }
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        hashes[i] = hash_of_bench(&b);
        end(&b);
    }
    assert_true(hashes[0] == hashes[1]);
}

/* A step that fails is not counted: it leaves the trainer as it was. */
static void a_failed_step_draws_nothing(void **state)
{
    (void)state;
    bench good = start(), bad = start();
    denoise_tensor *broken = random_rows(BATCH, 6, 1);
    ((float *)denoise_tensor_data(broken))[0] = NAN;
    denoise_tensor *y;
    ASSERT_OK(denoise_tensor_rows(&y, bad.y, 0, BATCH));
    train_on(&good, 0), train_on(&bad, 0);
    ASSERT_FAILS(denoise_trainer_train_on_batch(NULL, bad.trainer, broken, y, NULL), DENOISE_ERR_NONFINITE, "NaN");
    train_on(&good, 1), train_on(&bad, 1);
    assert_true(hash_of_bench(&good) == hash_of_bench(&bad));
    assert_int_equal(bad.trainer->step, 2);
    denoise_tensor_free(broken), denoise_tensor_free(y);
    end(&good), end(&bad);
}

/* One whose loss terminate_on_nan looks after is: fit went past the batch. */
static void a_step_whose_loss_is_handled_counts(void **state)
{
    (void)state;
    bench b = start();
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_terminate_on_nan(0)));
    for (int64_t i = 0; i < denoise_tensor_size(b.y); i++)
        ((float *)denoise_tensor_data(b.y))[i] = 3e38f; /* its square is infinite */
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_int_equal(b.trainer->step, 1);
    assert_int_equal(denoise_optimizer_iterations(denoise_trainer_optimizer(b.trainer)), 0);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_of_fits_is_one_fit),   cmocka_unit_test(the_first_epoch_number_enters_nothing),
        cmocka_unit_test(batches_by_hand_go_on_too),   cmocka_unit_test(looking_on_draws_nothing),
        cmocka_unit_test(a_failed_step_draws_nothing), cmocka_unit_test(a_step_whose_loss_is_handled_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
