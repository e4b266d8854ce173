/* SPDX-License-Identifier: Apache-2.0 */
/* fit and evaluate on datasets: the same bits as on arrays, epochs of a number of steps, passes that run out, what is refused.
 */
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "support/made_rows.h"
#include "support/nets.h"
#include "support/sanitizer.h"
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 23, INPUTS = 4, OUTPUTS = 2 };

static denoise_tensor *x, *y;

static int make_data(void **state)
{
    (void)state;
    x = random_rows(ROWS, INPUTS, 1);
    y = random_rows(ROWS, OUTPUTS, 2);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    denoise_tensor_free(x), denoise_tensor_free(y);
    return 0;
}

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_fit_options options;
} bench;

static bench start(void)
{
    bench b = {.model = two_layers(INPUTS, 6, "relu", OUTPUTS, NULL)};
    ASSERT_OK(
        denoise_model_compile(&b.trainer, b.model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_fit_options_init(&b.options);
    b.options.verbose = 0;
    b.options.batch_size = 5;
    b.options.epochs = 3;
    return b;
}

static uint64_t end(bench *b)
{
    uint64_t hash = hash_of_weights(b->model);
    denoise_trainer_free(b->trainer), denoise_model_free(b->model);
    return hash;
}

static uint64_t on_arrays(const denoise_fit_options *options)
{
    bench b = start();
    ASSERT_OK(denoise_trainer_fit(b.trainer, x, y, options));
    return end(&b);
}

static uint64_t on_dataset(denoise_dataset *dataset, denoise_dataset *validation, const denoise_fit_options *options)
{
    bench b = start();
    ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, validation, options));
    return end(&b);
}

static denoise_dataset *of_tensors(void)
{
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, y));
    return dataset;
}

static denoise_fit_options plain_options(int64_t epochs)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    options.batch_size = 5;
    options.epochs = epochs;
    options.shuffle = 0;
    return options;
}

static denoise_status keep_values(denoise_tensor *const *rows, denoise_tensor *const *target, denoise_tensor *const *weight,
                                  const denoise_dataset_place *place, void *user_data)
{
    (void)rows, (void)target, (void)weight, (void)place, (void)user_data;
    return DENOISE_OK;
}

static void rows_in_order_train_as_arrays_do(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(3);
    uint64_t wanted = on_arrays(&options);
    denoise_dataset *tensors = of_tensors(), *mapped = of_tensors();
    assert_int_equal(on_dataset(tensors, NULL, &options), wanted);
    ASSERT_OK(denoise_dataset_map(mapped, keep_values, NULL, NULL));
    assert_int_equal(on_dataset(mapped, NULL, &options), wanted);
    ASSERT_OK(denoise_dataset_batch(tensors, 5, 0));
    options.batch_size = 32; /* the dataset's counts */
    assert_int_equal(on_dataset(tensors, NULL, &options), wanted);
    for (int64_t ahead = 0; ahead < 4; ahead++) {
        made_rows made = {.x = x, .y = y, .total = ROWS, .most = 2 * ahead};
        denoise_dataset *dataset = made_rows_dataset(&made, ahead % 2 == 0 ? -1 : ROWS, true);
        ASSERT_OK(denoise_dataset_batch(dataset, 5, 0));
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        assert_int_equal(on_dataset(dataset, NULL, &options), wanted);
        denoise_dataset_free(dataset);
    }
    denoise_dataset_free(tensors), denoise_dataset_free(mapped);
}

/* The order is the dataset's alone: not the fit's seed, threads, batches made ahead or the kind of source. */
static void shuffled_rows_give_the_same_bits_everywhere(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(3);
    uint64_t wanted = 0;
    for (int32_t i = 0; i < 6; i++) {
        made_rows made = {.x = x, .y = y, .total = ROWS, .most = i};
        denoise_dataset *dataset = i == 0 ? of_tensors() : made_rows_dataset(&made, -1, true);
        ASSERT_OK(denoise_set_num_threads(i % 3 + 1));
        ASSERT_OK(denoise_dataset_shuffle(dataset, 9, 5));
        ASSERT_OK(denoise_dataset_prefetch(dataset, i / 2));
        options.shuffle = i % 2; /* of arrays */
        uint64_t hash = on_dataset(dataset, NULL, &options);
        if (i == 0) wanted = hash;
        assert_int_equal(hash, wanted);
        denoise_dataset_free(dataset);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    options.shuffle = 0;
    assert_int_not_equal(on_arrays(&options), wanted);
}

static void three_fits_are_one_of_three_epochs(void **state)
{
    (void)state;
    denoise_dataset *dataset = of_tensors();
    ASSERT_OK(denoise_dataset_shuffle(dataset, ROWS, 5));
    denoise_fit_options options = plain_options(3);
    uint64_t wanted = on_dataset(dataset, NULL, &options);
    bench b = start();
    options.epochs = 1;
    for (int32_t i = 0; i < 3; i++)
        ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &options));
    assert_int_equal(end(&b), wanted);
    denoise_dataset_free(dataset);
}

static void several_inputs_and_weights_go_along(void **state)
{
    (void)state;
    denoise_tensor *a = random_rows(12, 6, 1), *b = random_rows(12, 6, 2), *digit = random_rows(12, 3, 3),
                   *clean = random_rows(12, 6, 4);
    denoise_tensor *weight = random_rows(12, 1, 5), *flat;
    ASSERT_OK(denoise_tensor_reshape(&flat, weight, (const int64_t[]){12}, 1));
    const denoise_tensor *in[] = {a, b}, *out[] = {digit, clean}, *weights[] = {NULL, flat};
    uint64_t hash[3];
    for (int32_t i = 0; i < 3; i++) {
        denoise_model *model = branches();
        denoise_trainer *trainer;
        denoise_dataset *dataset;
        denoise_fit_options options = plain_options(2);
        options.sample_weight = i == 0 ? weights : NULL;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
        ASSERT_OK(denoise_dataset_from_tensors_many(&dataset, in, 2, out, 2, weights));
        if (i == 2) ASSERT_OK(denoise_dataset_map(dataset, keep_values, NULL, NULL));
        ASSERT_OK(i == 0 ? denoise_trainer_fit_many(trainer, in, 2, out, 2, &options)
                         : denoise_trainer_fit_dataset(trainer, dataset, NULL, &options));
        hash[i] = hash_of_weights(model);
        denoise_trainer_free(trainer), denoise_model_free(model), denoise_dataset_free(dataset);
    }
    assert_int_equal(hash[1], hash[0]);
    assert_int_equal(hash[2], hash[0]);
    denoise_tensor_free(a), denoise_tensor_free(b), denoise_tensor_free(digit), denoise_tensor_free(clean);
    denoise_tensor_free(weight), denoise_tensor_free(flat);
}

/* The same tensors through a generator's hands. */
static denoise_status hand_over(int64_t *count, denoise_tensor *const *in, denoise_tensor *const *out,
                                denoise_tensor *const *weight, const denoise_dataset_place *here, void *user_data)
{
    denoise_tensor *const *from = user_data;
    denoise_tensor *const to[] = {in[0], in[1], out[0], out[1], weight[0], weight[1]};
    int64_t room = denoise_tensor_dim(in[0], 0), left = 12 - here->row;
    *count = room < left ? room : left;
    for (int32_t i = 0; i < 6; i++) {
        size_t row = (size_t)denoise_tensor_bytes(from[i]) / 12;
        memcpy(denoise_tensor_data(to[i]), (const char *)denoise_tensor_const_data(from[i]) + row * (size_t)here->row,
               row * (size_t)*count);
    }
    return DENOISE_OK;
}

static denoise_status begin_anew(const denoise_dataset_place *here, void *user_data)
{
    (void)user_data;
    return here->row == 0 ? DENOISE_OK : DENOISE_ERR_USER;
}

static void a_generator_gives_weights_too(void **state)
{
    (void)state;
    denoise_tensor *all[6];
    for (int32_t i = 0; i < 4; i++)
        all[i] = random_rows(12, i == 2 ? 3 : 6, (uint64_t)i);
    for (int32_t i = 4; i < 6; i++) {
        denoise_tensor *column = random_rows(12, 1, (uint64_t)i);
        ASSERT_OK(denoise_tensor_reshape(&all[i], column, (const int64_t[]){12}, 1));
        denoise_tensor_free(column);
    }
    uint64_t hash[2];
    for (int32_t i = 0; i < 2; i++) {
        const denoise_tensor *const *given = (const denoise_tensor *const *)all;
        denoise_dataset_generator table = {.struct_size = (int64_t)sizeof table,
                                           .x = given,
                                           .input_count = 2,
                                           .y = given + 2,
                                           .target_count = 2,
                                           .has_sample_weight = 1,
                                           .rows = 12};
        table.next = hand_over;
        table.restart = begin_anew;
        denoise_fit_options options = plain_options(2);
        denoise_model *model = branches();
        denoise_dataset *dataset;
        denoise_trainer *trainer;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
        ASSERT_OK(i == 0 ? denoise_dataset_from_tensors_many(&dataset, given, 2, given + 2, 2, given + 4)
                         : denoise_dataset_from_generator(&dataset, &table, all, NULL));
        ASSERT_OK(denoise_trainer_fit_dataset(trainer, dataset, NULL, &options));
        hash[i] = hash_of_weights(model);
        denoise_trainer_free(trainer), denoise_model_free(model), denoise_dataset_free(dataset);
    }
    assert_int_equal(hash[0], hash[1]);
    for (int32_t i = 0; i < 6; i++)
        denoise_tensor_free(all[i]);
}

static void validation_and_evaluate_read_datasets(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(2);
    denoise_tensor *vx = random_rows(7, INPUTS, 8), *vy = random_rows(7, OUTPUTS, 9);
    made_rows made = {.x = vx, .y = vy, .total = 7};
    denoise_dataset *dataset = of_tensors(), *validation = made_rows_dataset(&made, -1, true);
    ASSERT_OK(denoise_dataset_prefetch(validation, 1));
    bench a = start(), b = start();
    options.validation_x = (const denoise_tensor *const *)&vx;
    options.validation_y = (const denoise_tensor *const *)&vy;
    ASSERT_OK(denoise_trainer_fit(a.trainer, x, y, &options));
    options.validation_x = options.validation_y = NULL;
    ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, validation, &options));
    const double *wanted = denoise_history_values(denoise_trainer_history(a.trainer), "val_loss");
    const double *got = denoise_history_values(denoise_trainer_history(b.trainer), "val_loss");
    assert_non_null(wanted);
    assert_non_null(got);
    assert_memory_equal(got, wanted, 2 * sizeof *got);
    denoise_logs *on_arrays_logs, *logs;
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    evaluate.batch_size = 3;
    double first, second, part;
    ASSERT_OK(denoise_trainer_evaluate(&on_arrays_logs, a.trainer, vx, vy, &evaluate));
    ASSERT_OK(denoise_trainer_evaluate_dataset(&logs, b.trainer, validation, &evaluate));
    ASSERT_OK(denoise_logs_get(on_arrays_logs, "loss", &first));
    ASSERT_OK(denoise_logs_get(logs, "loss", &second));
    assert_memory_equal(&first, &second, sizeof first);
    denoise_logs_free(logs);
    evaluate.steps = 1; /* the first rows only, without end or with one */
    ASSERT_OK(denoise_dataset_repeat(validation, -1));
    ASSERT_OK(denoise_trainer_evaluate_dataset(&logs, b.trainer, validation, &evaluate));
    ASSERT_OK(denoise_logs_get(logs, "loss", &part));
    denoise_logs_free(logs), denoise_logs_free(on_arrays_logs);
    ASSERT_OK(denoise_trainer_evaluate(&logs, a.trainer, vx, vy, &evaluate));
    ASSERT_OK(denoise_logs_get(logs, "loss", &first));
    assert_memory_equal(&first, &part, sizeof first);
    assert_memory_not_equal(&second, &part, sizeof part);
    denoise_logs_free(logs);
    assert_int_equal(end(&a), end(&b));
    denoise_dataset_free(dataset), denoise_dataset_free(validation), denoise_tensor_free(vx), denoise_tensor_free(vy);
}

/* 5 batches make a pass, through which the epochs go on. */
static void steps_per_epoch_cut_passes(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(3), whole = plain_options(1);
    denoise_tensor *parts[2];
    options.steps_per_epoch = 2;
    uint64_t arrays = on_arrays(&options); /* 6 batches: a pass of 5, and the first of the next */
    ASSERT_OK(denoise_tensor_rows(&parts[0], x, 0, 5));
    ASSERT_OK(denoise_tensor_rows(&parts[1], y, 0, 5));
    bench b = start();
    ASSERT_OK(denoise_trainer_fit(b.trainer, x, y, &whole));
    ASSERT_OK(denoise_trainer_fit(b.trainer, parts[0], parts[1], &whole));
    /* In the middle of the third epoch the pass runs out: the epoch ends there, and the last step is not made. */
    bench c = start();
    ASSERT_OK(denoise_trainer_fit(c.trainer, x, y, &whole));
    uint64_t five = end(&c), six = end(&b);
    assert_int_equal(arrays, five);
    denoise_dataset *dataset = of_tensors();
    assert_int_equal(on_dataset(dataset, NULL, &options), five);
    made_rows endless = {.x = x, .y = y, .total = -1};
    for (int64_t ahead = 0; ahead < 3; ahead++) {
        endless.at = 0;
        denoise_dataset *stream = made_rows_dataset(&endless, -1, false); /* epochs go on in one stream */
        ASSERT_OK(denoise_dataset_prefetch(stream, ahead));
        (void)on_dataset(stream, NULL, &options);
        assert_true(endless.at >= 30 && endless.at <= 30 + 5 * (ahead + 1));
        denoise_dataset_free(stream);
    }
    options.epochs = 6;
    options.steps_per_epoch = 1;
    assert_int_equal(on_arrays(&options), six);
    assert_int_equal(on_dataset(dataset, NULL, &options), six);
    denoise_dataset_free(dataset);
    denoise_tensor_free(parts[0]), denoise_tensor_free(parts[1]);
}

/* The first batch of a pass may have one row. */
static void passes_of_one_row_go_on(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(3);
    denoise_tensor *parts[2];
    ASSERT_OK(denoise_tensor_rows(&parts[0], x, 0, 1));
    ASSERT_OK(denoise_tensor_rows(&parts[1], y, 0, 1));
    bench b = start();
    ASSERT_OK(denoise_trainer_fit(b.trainer, parts[0], parts[1], &options));
    uint64_t three = end(&b);
    options.steps_per_epoch = 1;
    bench c = start();
    ASSERT_OK(denoise_trainer_fit(c.trainer, parts[0], parts[1], &options));
    assert_int_equal(end(&c), three);
    denoise_tensor_free(parts[0]), denoise_tensor_free(parts[1]);
}

static void an_epoch_that_runs_out_warns_and_the_next_begins_anew(void **state)
{
    (void)state;
    denoise_fit_options options = plain_options(3);
    options.steps_per_epoch = 7;
    options.verbose = 2;
    denoise_dataset *dataset = of_tensors();
    log_capture_start(false, 80);
    uint64_t hash = on_dataset(dataset, NULL, &options);
    assert_non_null(strstr(log_capture_text(), "Epoch 1 ended after 5 of 7 steps: the input ran out of data."));
    assert_non_null(strstr(log_capture_text(), "Epoch 3 ended after 5 of 7 steps"));
    log_capture_stop();
    denoise_fit_options whole = plain_options(3);
    assert_int_equal(hash, on_arrays(&whole));
    denoise_dataset_free(dataset);
}

static void the_bar_learns_the_length_in_the_first_epoch(void **state)
{
    (void)state;
    made_rows made = {.x = x, .y = y, .total = ROWS};
    denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
    denoise_fit_options options = plain_options(2);
    options.verbose = 1;
    log_capture_start(true, 80);
    (void)on_dataset(dataset, NULL, &options);
    const char *text = log_capture_text(), *second = strstr(text, "Epoch 2/2");
    assert_non_null(second);
    const char *unknown = strstr(text, "1/Unknown");
    assert_true(unknown != NULL && unknown < second);
    assert_null(strstr(second, "Unknown"));
    assert_non_null(strstr(second, "5/5"));
    log_capture_stop();
    denoise_dataset_free(dataset);
}

static void what_is_empty_or_read_once_is_told(void **state)
{
    (void)state;
    bench b = start();
    denoise_dataset *empty = of_tensors();
    ASSERT_OK(denoise_dataset_take(empty, 0));
    ASSERT_FAILS(denoise_trainer_fit_dataset(b.trainer, empty, NULL, &b.options), DENOISE_ERR_SHAPE,
                 "epoch 0, batch 0: the dataset gave no rows");
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, b.trainer, empty, NULL), DENOISE_ERR_SHAPE, "gave no rows");
    made_rows made = {.x = x, .y = y, .total = ROWS};
    denoise_dataset *once = made_rows_dataset(&made, -1, false);
    ASSERT_FAILS(denoise_trainer_fit_dataset(b.trainer, once, NULL, &b.options), DENOISE_ERR_SHAPE,
                 "epoch 1, batch 0: the dataset gave no rows");
    assert_int_equal(denoise_history_epochs(denoise_trainer_history(b.trainer)), 1);
    (void)end(&b);
    denoise_dataset_free(empty), denoise_dataset_free(once);
}

static void what_does_not_belong_together_is_refused(void **state)
{
    (void)state;
    bench b = start();
    denoise_dataset *dataset = of_tensors(), *endless = of_tensors(), *blind, *other, *weighted;
    denoise_tensor *weights = random_rows(ROWS, 1, 3), *wide = random_rows(ROWS, 9, 3);
    const denoise_tensor *tensors[] = {weights};
    const double class_weight[] = {1, 2};
    made_rows made = {.x = x, .y = y, .total = ROWS};
    denoise_dataset *generated = made_rows_dataset(&made, -1, true);
    denoise_fit_options options = b.options;
    ASSERT_OK(denoise_dataset_repeat(endless, -1));
    ASSERT_OK(denoise_dataset_from_tensors(&blind, x, NULL));
    ASSERT_OK(denoise_dataset_from_tensors(&other, wide, y));
    ASSERT_OK(denoise_dataset_from_tensors_many(&weighted, (const denoise_tensor *[]){x}, 1, (const denoise_tensor *[]){y}, 1,
                                                tensors));
#define REFUSED(dataset, validation, code, piece)                                                                              \
    ASSERT_FAILS(denoise_trainer_fit_dataset(b.trainer, dataset, validation, &options), code, piece)
    REFUSED(endless, NULL, DENOISE_ERR_INVALID, "has no end: steps_per_epoch");
    REFUSED(dataset, endless, DENOISE_ERR_INVALID, "has no end: validation_steps");
    REFUSED(blind, NULL, DENOISE_ERR_SHAPE, "no targets");
    REFUSED(other, NULL, DENOISE_ERR_SHAPE, "dataset: model");
    REFUSED(dataset, other, DENOISE_ERR_SHAPE, "validation data: dataset: model");
    REFUSED(generated, generated, DENOISE_ERR_BUSY, "validation data: the dataset is being read");
    REFUSED(NULL, NULL, DENOISE_ERR_NULL, "dataset");
    options.validation_split = 0.5;
    REFUSED(dataset, NULL, DENOISE_ERR_INVALID, "validation_split is for arrays");
    options.validation_split = 0.0;
    options.sample_weight = tensors;
    REFUSED(dataset, NULL, DENOISE_ERR_INVALID, "sample weights of a dataset are its own");
    options.sample_weight = NULL;
    options.class_weight = class_weight;
    options.class_count = 2;
    REFUSED(weighted, NULL, DENOISE_ERR_INVALID, "exclude each other");
    options = b.options;
    options.validation_x = (const denoise_tensor *const *)&x;
    options.validation_y = (const denoise_tensor *const *)&y;
    REFUSED(dataset, dataset, DENOISE_ERR_INVALID, "validation dataset and validation_x");
    ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &options));
    options = b.options;
    options.steps_per_epoch = 0;
    REFUSED(dataset, NULL, DENOISE_ERR_RANGE, "steps_per_epoch is 0");
    options = b.options;
    options.validation_steps = -2;
    REFUSED(dataset, NULL, DENOISE_ERR_RANGE, "validation_steps is -2");
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, b.trainer, endless, &evaluate), DENOISE_ERR_INVALID,
                 "has no end: steps");
    evaluate.steps = 0;
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, b.trainer, dataset, &evaluate), DENOISE_ERR_RANGE, "steps is 0");
    evaluate.steps = -1;
    evaluate.sample_weight = tensors;
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, b.trainer, dataset, &evaluate), DENOISE_ERR_INVALID, "its own");
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, b.trainer, NULL, NULL), DENOISE_ERR_NULL, "dataset");
    ASSERT_FAILS(denoise_trainer_evaluate_dataset(NULL, NULL, dataset, NULL), DENOISE_ERR_NULL, "trainer");
    ASSERT_FAILS(denoise_trainer_fit_dataset(NULL, dataset, NULL, NULL), DENOISE_ERR_NULL, "trainer");
    ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, generated, NULL, &b.options)); /* nothing is still claimed */
    (void)end(&b);
    denoise_dataset_free(dataset), denoise_dataset_free(endless), denoise_dataset_free(blind), denoise_dataset_free(other);
    denoise_dataset_free(weighted), denoise_dataset_free(generated), denoise_tensor_free(weights), denoise_tensor_free(wide);
}

/* A number that is not finite is named by its row in the pass. */
static void a_bad_row_is_named(void **state)
{
    (void)state;
    denoise_tensor *bad;
    ASSERT_OK(denoise_tensor_copy(&bad, x));
    ((float *)denoise_tensor_data(bad))[17 * INPUTS + 2] = NAN;
    for (int32_t kind = 0; kind < 6; kind++) {
        bench b = start();
        made_rows made = {.x = kind < 3 ? bad : x, .y = y, .total = ROWS};
        denoise_dataset *dataset;
        if (kind % 3 == 0)
            ASSERT_OK(denoise_dataset_from_tensors(&dataset, made.x, y));
        else
            dataset = made_rows_dataset(&made, -1, true);
        ASSERT_OK(denoise_dataset_shuffle(dataset, 12, 3));
        if (kind % 3 == 2) ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
        denoise_status status = denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options);
        assert_int_equal(status, kind < 3 ? DENOISE_ERR_NONFINITE : DENOISE_OK);
        if (kind < 3) assert_non_null(strstr(denoise_last_error(), "input 0: row 17, element 2 is NaN"));
        (void)end(&b);
        denoise_dataset_free(dataset);
    }
    denoise_tensor_free(bad);
}

/* ---- functions that call the library */

typedef struct caller {
    bench *b;
    denoise_dataset *dataset;
    denoise_status fit, step, evaluate, reset, stage, again;
} caller;

static void call_back(made_rows *made, denoise_tensor *const *rows)
{
    caller *c = made->data;
    denoise_tensor *out;
    if (made->calls != 2) return;
    c->fit = denoise_trainer_fit(c->b->trainer, x, y, NULL);
    c->step = denoise_trainer_train_on_batch(NULL, c->b->trainer, x, y, NULL);
    c->evaluate = denoise_trainer_evaluate(NULL, c->b->trainer, x, y, NULL);
    c->reset = denoise_trainer_reset(c->b->trainer);
    c->stage = denoise_dataset_take(c->dataset, 1);
    c->again = denoise_model_predict_dataset(&out, c->b->model, c->dataset, NULL);
    denoise_tensor_free(rows[0]);
    denoise_tensor_free(rows[0]);
    denoise_dataset_free(c->dataset);
}

static void functions_may_call_the_library(void **state)
{
    (void)state;
    uint64_t hash[2];
    for (int32_t ahead = 0; ahead < 2; ahead++) {
        bench b = start();
        caller c = {.b = &b};
        made_rows made = {.x = x, .y = y, .total = ROWS, .most = 3, .also = call_back, .data = &c};
        denoise_dataset *dataset = c.dataset = made_rows_dataset(&made, -1, true);
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options));
        assert_int_equal(c.fit, DENOISE_ERR_BUSY);
        assert_int_equal(c.step, DENOISE_ERR_BUSY);
        assert_int_equal(c.evaluate, ahead ? DENOISE_ERR_BUSY : DENOISE_OK); /* another thread, or a hook's place */
        assert_int_equal(c.reset, DENOISE_ERR_BUSY);
        assert_int_equal(c.stage, DENOISE_ERR_BUSY);
        assert_int_equal(c.again, DENOISE_ERR_BUSY);
        assert_int_equal(made.destroyed, 1); /* freed in the call, gone at its end */
        hash[ahead] = end(&b);
    }
    assert_int_equal(hash[0], hash[1]);
}

static jmp_buf place;

static void jump(made_rows *made, denoise_tensor *const *rows)
{
    (void)rows;
    if (made->calls == 4) longjmp(place, 1);
}

static void functions_may_leave_the_run(void **state)
{
    (void)state;
    static bench b;
    static made_rows made;
    static denoise_dataset *dataset;
    b = start();
    made = (made_rows){.x = x, .y = y, .total = ROWS, .also = jump};
    dataset = made_rows_dataset(&made, -1, true);
    if (setjmp(place) == 0) {
        (void)denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options);
        fail_msg("nothing has jumped");
    }
    ASSERT_FAILS(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options), DENOISE_ERR_BUSY, "unfinished");
    ASSERT_FAILS(denoise_dataset_take(dataset, 1), DENOISE_ERR_BUSY, "being read");
    ASSERT_OK(denoise_trainer_reset(b.trainer));
    ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options));
    (void)end(&b);
    denoise_dataset_free(dataset);
    assert_int_equal(made.destroyed, 1);
}

/* ---- fork() in a hook of the run */

static pid_t child;

static denoise_status fork_once(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    if (batch == 2 && child < 0) child = fork();
    return DENOISE_OK;
}

/* Without batches made ahead both go on; with them the child's run ends, and nobody waits for a thread that is not there. */
static void a_run_may_fork(void **state)
{
    (void)state;
    if (DENOISE_TEST_TSAN) skip();
    uint64_t wanted = 0;
    for (int64_t ahead = 0; ahead < 3; ahead++) {
        bench b = start();
        made_rows made = {.x = x, .y = y, .total = ROWS, .most = 2};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        hooks.on_train_batch_end = fork_once;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        child = -1;
        denoise_status status = denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options);
        bool is_told = status == DENOISE_ERR_STATE && strstr(denoise_last_error(), "fork()") != NULL;
        uint64_t hash = end(&b);
        denoise_dataset_free(dataset);
        if (child == 0) _exit((ahead == 0 ? status == DENOISE_OK : is_told) && made.destroyed == 1 ? (int)(hash % 100) : 101);
        int code = -1;
        assert_int_equal(waitpid(child, &code, 0), child);
        ASSERT_OK(status);
        if (ahead == 0) wanted = hash;
        assert_int_equal(hash, wanted);
        assert_true(WIFEXITED(code) && WEXITSTATUS(code) != 101);
        if (ahead == 0) assert_int_equal(WEXITSTATUS(code), hash % 100);
    }
}

/* ---- memory */

static int64_t calls_at[4];

static denoise_status note_calls(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    if (batch < 4) calls_at[batch] = failing_alloc_calls();
    return DENOISE_OK;
}

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    for (int64_t ahead = 0; ahead < 3; ahead++) {
        bench b = start();
        made_rows made = {.x = x, .y = y, .total = ROWS, .most = 3};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
        denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
        hooks.on_train_batch_end = note_calls;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
        ASSERT_OK(denoise_dataset_map(dataset, keep_values, NULL, NULL));
        ASSERT_OK(denoise_dataset_shuffle(dataset, 9, 1));
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        ASSERT_OK(denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options));
        assert_int_equal(calls_at[1], calls_at[0]);
        assert_int_equal(calls_at[3], calls_at[0]);
        (void)end(&b);
        denoise_dataset_free(dataset);
    }
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    denoise_tensor *rows = random_rows(ROWS, INPUTS, 1), *targets = random_rows(ROWS, OUTPUTS, 2);
    int64_t failed = 0;
    for (int64_t nth = 1;; nth++) {
        bench b = start();
        made_rows made = {.x = rows, .y = targets, .total = ROWS};
        denoise_dataset_generator table = made_rows_table(&made, true, false);
        denoise_dataset *dataset = NULL;
        denoise_logs *logs = NULL;
        denoise_tensor *out = NULL;
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = denoise_dataset_from_generator(&dataset, &table, &made, made_rows_destroy);
        if (status == DENOISE_OK) status = denoise_dataset_map(dataset, keep_values, NULL, NULL);
        if (status == DENOISE_OK) status = denoise_dataset_shuffle(dataset, 6, 1);
        if (status == DENOISE_OK) status = denoise_dataset_take(dataset, 20);
        if (status == DENOISE_OK) status = denoise_dataset_skip(dataset, 2);
        if (status == DENOISE_OK) status = denoise_dataset_prefetch(dataset, nth % 3);
        if (status == DENOISE_OK) status = denoise_trainer_fit_dataset(b.trainer, dataset, NULL, &b.options);
        if (status == DENOISE_OK) status = denoise_trainer_evaluate_dataset(&logs, b.trainer, dataset, NULL);
        if (status == DENOISE_OK) status = denoise_model_predict_dataset(&out, b.model, dataset, NULL);
        bool any = failing_alloc_disarm();
        denoise_logs_free(logs), denoise_tensor_free(out), denoise_dataset_free(dataset);
        assert_int_equal(made.destroyed, 1);
        (void)end(&b);
        if (!any) {
            ASSERT_OK(status);
            break;
        }
        failed++;
        assert_true(status == DENOISE_ERR_NOMEM || status == DENOISE_OK); /* OK: what can do without */
    }
    assert_true(failed > 60);
    denoise_tensor_free(rows), denoise_tensor_free(targets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_order_train_as_arrays_do),
        cmocka_unit_test(shuffled_rows_give_the_same_bits_everywhere),
        cmocka_unit_test(three_fits_are_one_of_three_epochs),
        cmocka_unit_test(several_inputs_and_weights_go_along),
        cmocka_unit_test(a_generator_gives_weights_too),
        cmocka_unit_test(validation_and_evaluate_read_datasets),
        cmocka_unit_test(steps_per_epoch_cut_passes),
        cmocka_unit_test(passes_of_one_row_go_on),
        cmocka_unit_test(an_epoch_that_runs_out_warns_and_the_next_begins_anew),
        cmocka_unit_test(the_bar_learns_the_length_in_the_first_epoch),
        cmocka_unit_test(what_is_empty_or_read_once_is_told),
        cmocka_unit_test(what_does_not_belong_together_is_refused),
        cmocka_unit_test(a_bad_row_is_named),
        cmocka_unit_test(functions_may_call_the_library),
        cmocka_unit_test(functions_may_leave_the_run),
        cmocka_unit_test(a_run_may_fork),
    };
    const struct CMUnitTest counted[] = {
        cmocka_unit_test_setup_teardown(a_step_allocates_nothing, make_data, free_data),
        cmocka_unit_test(every_allocation_can_fail),
    };
    int failures = cmocka_run_group_tests(tests, make_data, free_data);
    return failures + cmocka_run_group_tests(counted, failing_alloc_set_up, failing_alloc_tear_down);
}
