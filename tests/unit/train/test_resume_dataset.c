/* SPDX-License-Identifier: Apache-2.0 */
/* A fit on a dataset whose state was written in a callback goes on in objects that are made anew, in the middle of a pass, and
 * ends in the same bits. */
#include "support/made_rows.h"
#include "support/nets.h"
#include "support/state_memory.h"
#include "train/trainer_visit.h"

enum { ROWS = 23, INPUTS = 4, OUTPUTS = 2, MOST_EVENTS = 120 };

/* What is read, and how: a tensor or a generator, in passes or in one stream. */
typedef struct kind {
    const char *name;
    bool generates, restarts, seeks, maps;
    int64_t shuffle, steps, ahead, total;
} kind;

static const kind kinds[] = {
    {.name = "tensors", .shuffle = 9, .steps = -1},
    {.name = "tensors in steps", .shuffle = 9, .steps = 3},
    {.name = "mapped tensors", .maps = true, .shuffle = 30, .steps = -1, .ahead = 1},
    {.name = "generator", .generates = true, .restarts = true, .shuffle = 9, .steps = -1, .ahead = 2, .total = ROWS},
    {.name = "generator in steps", .generates = true, .restarts = true, .maps = true, .steps = 4, .total = ROWS},
    {.name = "generator that seeks", .generates = true, .restarts = true, .seeks = true, .steps = -1, .total = ROWS},
    {.name = "stream", .generates = true, .steps = 3, .ahead = 1, .total = -1},
    {.name = "stream that ends and seeks", .generates = true, .seeks = true, .steps = 3, .total = 70},
};

typedef struct notes {
    bool is_on;
    int64_t events;
    state_memory memories[MOST_EVENTS];
} notes;

typedef struct bench {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_dataset *dataset, *validation;
    denoise_tensor *x, *y;
    made_rows made;
    denoise_fit_options options;
} bench;

static notes written;

static denoise_status write_state(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    notes *n = user_data;
    (void)number, (void)logs;
    if (!n->is_on) return DENOISE_OK;
    assert_true(n->events < MOST_EVENTS);
    denoise__visitor visitor = state_memory_writer(&n->memories[n->events++]);
    return denoise__trainer_visit(trainer, &visitor);
}

/* Its rows depend on their place: a wrong one shows. */
static denoise_status mark(denoise_tensor *const *rows, denoise_tensor *const *y, denoise_tensor *const *weight,
                           const denoise_dataset_place *place, void *user_data)
{
    float *data = denoise_tensor_data(rows[0]);
    (void)y, (void)weight, (void)user_data;
    for (int64_t i = 0; i < denoise_tensor_dim(rows[0], 0); i++)
        data[i * INPUTS] += 0.01F * (float)(place->pass + place->row + i);
    return DENOISE_OK;
}

static void make_dataset(bench *b, const kind *k)
{
    b->made = (made_rows){.x = b->x, .y = b->y, .total = k->total, .most = 3};
    denoise_dataset_generator table = made_rows_table(&b->made, k->restarts, k->seeks);
    ASSERT_OK(k->generates ? denoise_dataset_from_generator(&b->dataset, &table, &b->made, NULL)
                           : denoise_dataset_from_tensors(&b->dataset, b->x, b->y));
    if (k->maps) ASSERT_OK(denoise_dataset_map(b->dataset, mark, NULL, NULL));
    if (k->shuffle > 0) ASSERT_OK(denoise_dataset_shuffle(b->dataset, k->shuffle, 5));
    ASSERT_OK(denoise_dataset_batch(b->dataset, 5, 0));
    ASSERT_OK(denoise_dataset_prefetch(b->dataset, k->ahead));
    ASSERT_OK(denoise_dataset_from_tensors(&b->validation, b->x, b->y));
    ASSERT_OK(denoise_dataset_take(b->validation, 6));
}

static void start(bench *b, const kind *k)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    *b = (bench){.model = two_layers(INPUTS, 6, "relu", OUTPUTS, NULL)};
    b->x = random_rows(ROWS, INPUTS, 1);
    b->y = random_rows(ROWS, OUTPUTS, 2);
    make_dataset(b, k);
    ASSERT_OK(
        denoise_model_compile(&b->trainer, b->model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    hooks.on_epoch_begin = hooks.on_epoch_end = write_state;
    hooks.on_train_batch_begin = hooks.on_train_batch_end = hooks.on_test_batch_end = write_state;
    ASSERT_OK(denoise_trainer_add_callback(b->trainer, denoise_callback_lambda(&hooks, &written, NULL)));
    denoise_fit_options_init(&b->options);
    b->options.verbose = 0;
    b->options.epochs = 4;
    b->options.steps_per_epoch = k->steps;
    b->options.validation_batch_size = 3;
}

static uint64_t end(bench *b)
{
    uint64_t hash = hash_of_weights(b->model);
    denoise_trainer_free(b->trainer), denoise_model_free(b->model);
    denoise_dataset_free(b->dataset), denoise_dataset_free(b->validation);
    denoise_tensor_free(b->x), denoise_tensor_free(b->y);
    return hash;
}

static denoise_status fit(bench *b)
{
    return denoise_trainer_fit_dataset(b->trainer, b->dataset, b->validation, &b->options);
}

static void resume_everywhere(const kind *k)
{
    bench b;
    written.is_on = true;
    written.events = 0;
    start(&b, k);
    ASSERT_OK(fit(&b));
    written.is_on = false;
    uint64_t wanted = end(&b);
    assert_true(written.events > 30);
    for (int64_t i = 0; i < written.events; i++) {
        start(&b, k);
        denoise__visitor visitor = state_memory_reader(&written.memories[i]);
        ASSERT_OK(denoise__trainer_visit(b.trainer, &visitor));
        ASSERT_OK(fit(&b));
        if (end(&b) != wanted) fail_msg("%s: other bits after event %lld", k->name, (long long)i);
        state_memory_clear(&written.memories[i]);
    }
}

static void a_fit_goes_on_where_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        resume_everywhere(&kinds[i]);
}

static void another_length_is_another_fit(void **state)
{
    (void)state;
    bench b;
    written.is_on = true;
    written.events = 0;
    start(&b, &kinds[3]);
    ASSERT_OK(fit(&b));
    written.is_on = false;
    (void)end(&b);
    start(&b, &kinds[3]);
    denoise__visitor visitor = state_memory_reader(&written.memories[7]); /* the end of batch 2 */
    ASSERT_OK(denoise__trainer_visit(b.trainer, &visitor));
    b.options.steps_per_epoch = 4;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "steps_per_epoch is 4, expected -1");
    b.options.steps_per_epoch = -1;
    b.options.validation_steps = 1;
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "validation_steps is 1, expected -1");
    b.options.validation_steps = -1;
    b.made.total = 4; /* nobody has announced how many rows there are */
    ASSERT_FAILS(fit(&b), DENOISE_ERR_INVALID, "ended before the batch at which the fit is to go on");
    b.made.total = ROWS;
    ASSERT_OK(fit(&b));
    (void)end(&b);
    for (int64_t i = 0; i < written.events; i++)
        state_memory_clear(&written.memories[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_goes_on_where_it_was),
        cmocka_unit_test(another_length_is_another_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
