/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets at work: which rows come in which order, made when they are wanted or ahead on a thread. */
#include "data/reader.h"
#include "support/made_rows.h"
#include "support/nets.h"
#include "support/sanitizer.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The linker's --wrap sends the library here. */
static bool has_no_threads;
static int threads_made;
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    if (has_no_threads) return EAGAIN;
    threads_made++;
    return __real_pthread_create(thread, attributes, body, argument);
}

enum { ROWS = 23, COLUMNS = 3, MOST = 400 };

static denoise_tensor *x;

static int make_x(void **state)
{
    (void)state;
    x = random_rows(ROWS, COLUMNS, 1);
    return 0;
}

static int free_x(void **state)
{
    (void)state;
    denoise_tensor_free(x);
    return 0;
}

/* What a pass gave. */
typedef struct given {
    int64_t count, batches;
    int64_t origin[MOST];
    float first[MOST]; /* number of each row */
} given;

static denoise__reader *open_reader(denoise_dataset *dataset, int64_t batch_size, bool wants_values)
{
    denoise__reader *reader;
    denoise__reader_options options = {.batch_size = batch_size, .wants_values = wants_values};
    ASSERT_OK(denoise__reader_open(&reader, dataset, &options));
    return reader;
}

static denoise_status read_pass(denoise__reader *reader, int64_t pass, int64_t batch, given *out)
{
    const denoise__rows *rows;
    memset(out, 0, sizeof *out);
    denoise__reader_begin(reader, pass, batch);
    for (;; out->batches++) {
        denoise_status status = denoise__reader_next(reader, &rows);
        if (status != DENOISE_OK || rows->count == 0) return status;
        for (int64_t i = 0; i < rows->count; i++) {
            assert_true(out->count < MOST);
            out->origin[out->count] = rows->origin[i];
            if (rows->part_count > 0)
                out->first[out->count] = ((const float *)denoise_tensor_const_data(rows->parts[0]))[i * COLUMNS];
            out->count++;
        }
    }
}

static given pass_of(denoise_dataset *dataset, int64_t batch_size, bool wants_values, int64_t pass)
{
    given out;
    denoise__reader *reader = open_reader(dataset, batch_size, wants_values);
    ASSERT_OK(read_pass(reader, pass, 0, &out));
    denoise__reader_close(reader);
    return out;
}

static void assert_values(const given *g)
{
    const float *data = denoise_tensor_const_data(x);
    for (int64_t i = 0; i < g->count; i++)
        assert_memory_equal(&g->first[i], &data[g->origin[i] % ROWS * COLUMNS], sizeof(float));
}

static void assert_same(const given *a, const given *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->origin, b->origin, sizeof a->origin);
    assert_memory_equal(a->first, b->first, sizeof a->first);
}

static denoise_dataset *of_tensors(void)
{
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, NULL));
    return dataset;
}

static denoise_status count_shown(denoise_tensor *const *rows, denoise_tensor *const *y, denoise_tensor *const *weight,
                                  const denoise_dataset_place *place, void *user_data)
{
    int64_t *shown = user_data;
    (void)y, (void)weight;
    assert_int_equal(place->struct_size, (int64_t)sizeof *place);
    *shown += denoise_tensor_dim(rows[0], 0);
    return DENOISE_OK;
}

/* Makes the first number of a row out of its place, so that a wrong place shows. */
static denoise_status mark(denoise_tensor *const *rows, denoise_tensor *const *y, denoise_tensor *const *weight,
                           const denoise_dataset_place *place, void *user_data)
{
    float *data = denoise_tensor_data(rows[0]);
    (void)y, (void)weight, (void)user_data;
    for (int64_t i = 0; i < denoise_tensor_dim(rows[0], 0); i++)
        data[i * COLUMNS] += (float)(1000 * place->pass + 100 * place->repetition + place->row + i);
    denoise_tensor_free(rows[0]); /* does nothing */
    return DENOISE_OK;
}

static void rows_of_tensors_come_in_order_without_values(void **state)
{
    (void)state;
    denoise_dataset *dataset = of_tensors();
    given plain = pass_of(dataset, 5, false, 0), valued = pass_of(dataset, 5, true, 0);
    assert_int_equal(plain.count, ROWS);
    assert_int_equal(plain.batches, 5);
    for (int64_t i = 0; i < ROWS; i++)
        assert_int_equal(plain.origin[i], i);
    assert_values(&valued);
    denoise_dataset_free(dataset);
}

static bool is_permutation(const given *g, int64_t rows)
{
    bool seen[MOST] = {false};
    if (g->count != rows) return false;
    for (int64_t i = 0; i < g->count; i++) {
        if (seen[g->origin[i]]) return false;
        seen[g->origin[i]] = true;
    }
    return true;
}

static void shuffling_is_of_seed_and_pass(void **state)
{
    (void)state;
    for (int64_t buffer = 1; buffer <= 2 * ROWS; buffer = 2 * buffer + 1) {
        denoise_dataset *dataset = of_tensors(), *other = of_tensors();
        ASSERT_OK(denoise_dataset_shuffle(dataset, buffer, 7));
        ASSERT_OK(denoise_dataset_shuffle(other, buffer, 8));
        given first = pass_of(dataset, 5, false, 3), again = pass_of(dataset, 23, false, 3),
              next = pass_of(dataset, 5, false, 4), seeded = pass_of(other, 5, false, 3), valued = pass_of(dataset, 5, true, 3);
        assert_true(is_permutation(&first, ROWS) && is_permutation(&next, ROWS));
        assert_memory_equal(first.origin, again.origin, sizeof first.origin); /* whatever the batch */
        assert_memory_equal(first.origin, valued.origin, sizeof first.origin);
        assert_values(&valued);
        if (buffer > 1) {
            assert_memory_not_equal(first.origin, next.origin, sizeof first.origin);
            assert_memory_not_equal(first.origin, seeded.origin, sizeof first.origin);
        }
        for (int64_t i = 0; i < ROWS; i++)
            assert_true(first.origin[i] < i + buffer); /* no row comes before the buffer has seen it */
        denoise_dataset_free(dataset), denoise_dataset_free(other);
    }
}

/* Each row comes first about as often as any other. */
static void a_full_buffer_shuffles_evenly(void **state)
{
    (void)state;
    enum { PASSES = 4600 };
    int64_t first[ROWS] = {0};
    denoise_dataset *dataset = of_tensors();
    ASSERT_OK(denoise_dataset_shuffle(dataset, ROWS, 1));
    denoise__reader *reader = open_reader(dataset, ROWS, false);
    for (int64_t pass = 0; pass < PASSES; pass++) {
        const denoise__rows *rows;
        denoise__reader_begin(reader, pass, 0);
        ASSERT_OK(denoise__reader_next(reader, &rows));
        first[rows->origin[0]]++;
    }
    for (int64_t i = 0; i < ROWS; i++) /* 200 each, standard deviation 14 */
        assert_in_range(first[i], 130, 270);
    denoise__reader_close(reader);
    denoise_dataset_free(dataset);
}

/* The same rows from tensors and from a generator are shuffled alike, however many it gives at once. */
static void a_generator_is_shuffled_as_tensors_are(void **state)
{
    (void)state;
    denoise_dataset *tensors = of_tensors();
    ASSERT_OK(denoise_dataset_shuffle(tensors, 6, 7));
    given wanted = pass_of(tensors, 4, true, 2);
    for (int64_t most = 0; most < 6; most++) {
        for (int32_t known = 0; known < 2; known++) {
            made_rows made = {.x = x, .total = ROWS, .most = most};
            denoise_dataset *dataset = made_rows_dataset(&made, known ? ROWS : -1, true);
            ASSERT_OK(denoise_dataset_shuffle(dataset, 6, 7));
            given got = pass_of(dataset, 4, false, 2);
            assert_same(&got, &wanted);
            denoise_dataset_free(dataset);
        }
    }
    denoise_dataset_free(tensors);
}

static void stages_cut_and_repeat(void **state)
{
    (void)state;
    for (int32_t generated = 0; generated < 2; generated++) {
        made_rows made = {.x = x, .total = ROWS, .most = 4};
        denoise_dataset *dataset = generated ? made_rows_dataset(&made, -1, true) : of_tensors();
        ASSERT_OK(denoise_dataset_skip(dataset, 5));
        ASSERT_OK(denoise_dataset_take(dataset, 10));
        ASSERT_OK(denoise_dataset_repeat(dataset, 3));
        ASSERT_OK(denoise_dataset_repeat(dataset, -1));
        ASSERT_OK(denoise_dataset_skip(dataset, 7));
        ASSERT_OK(denoise_dataset_take(dataset, 60));
        given got = pass_of(dataset, 8, true, 0);
        assert_int_equal(got.count, 60);
        for (int64_t i = 0; i < 60; i++)
            assert_int_equal(got.origin[i], 5 + (7 + i) % 10);
        assert_values(&got);
        denoise_dataset_free(dataset);
    }
}

static void what_is_empty_ends(void **state)
{
    (void)state;
    denoise_dataset *none = of_tensors(), *never = of_tensors(), *behind = of_tensors();
    ASSERT_OK(denoise_dataset_skip(none, ROWS));
    ASSERT_OK(denoise_dataset_repeat(none, -1)); /* nothing again and again */
    ASSERT_OK(denoise_dataset_shuffle(none, 4, 0));
    ASSERT_OK(denoise_dataset_repeat(never, 0));
    ASSERT_OK(denoise_dataset_take(behind, 0));
    assert_int_equal(pass_of(none, 4, true, 0).count, 0);
    assert_int_equal(pass_of(never, 4, true, 0).count, 0);
    assert_int_equal(pass_of(behind, 4, true, 0).count, 0);
    denoise_dataset_free(none), denoise_dataset_free(never), denoise_dataset_free(behind);
}

static void a_remainder_may_be_dropped(void **state)
{
    (void)state;
    denoise_dataset *dataset = of_tensors(), *large = of_tensors();
    ASSERT_OK(denoise_dataset_batch(dataset, 5, 1));
    ASSERT_OK(denoise_dataset_batch(large, 100, 1));
    given got = pass_of(dataset, 1, false, 0);
    assert_int_equal(got.count, 20);
    assert_int_equal(got.batches, 4);
    denoise__reader *reader = open_reader(dataset, 1, false);
    assert_int_equal(denoise__reader_batches(reader), 4);
    assert_int_equal(denoise__reader_batch_size(reader), 5);
    denoise__reader_close(reader);
    assert_int_equal(pass_of(large, 1, false, 0).count, 0);
    denoise_dataset_free(dataset), denoise_dataset_free(large);
}

static void map_knows_the_place_of_its_rows(void **state)
{
    (void)state;
    denoise_dataset *dataset = of_tensors();
    ASSERT_OK(denoise_dataset_map(dataset, mark, NULL, NULL));
    ASSERT_OK(denoise_dataset_repeat(dataset, 2));
    given got = pass_of(dataset, 5, false, 2);
    const float *data = denoise_tensor_const_data(x);
    for (int64_t i = 0; i < 2 * ROWS; i++) {
        float wanted = data[i % ROWS * COLUMNS] + (float)(2000 + 100 * (i / ROWS) + i % ROWS);
        assert_memory_equal(&got.first[i], &wanted, sizeof wanted);
    }
    given other = pass_of(dataset, 7, false, 2);
    assert_memory_equal(got.first, other.first, sizeof got.first);
    assert_memory_equal(denoise_tensor_const_data(x), data, sizeof *data); /* the caller's are untouched */
    denoise_dataset_free(dataset);
}

/* Beginning at a batch gives what reading up to it would have. */
static void a_pass_may_begin_in_its_middle(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < 8; kind++) {
        made_rows made = {.x = x, .total = ROWS, .most = 4};
        denoise_dataset_generator table = made_rows_table(&made, true, (kind & 1) != 0);
        denoise_dataset *dataset;
        int64_t shown = 0;
        ASSERT_OK(denoise_dataset_from_generator(&dataset, &table, &made, NULL));
        ASSERT_OK(denoise_dataset_map(dataset, mark, NULL, NULL));
        if (kind & 2) ASSERT_OK(denoise_dataset_shuffle(dataset, 6, 1));
        ASSERT_OK(denoise_dataset_skip(dataset, 2));
        ASSERT_OK(denoise_dataset_map(dataset, count_shown, &shown, NULL));
        ASSERT_OK(denoise_dataset_take(dataset, 20));
        if (kind & 4) ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
        denoise__reader *reader = open_reader(dataset, 4, false);
        given whole, part;
        ASSERT_OK(read_pass(reader, 1, 0, &whole));
        assert_int_equal(whole.count, 20);
        for (int64_t batch = 0; batch <= 6; batch++) {
            shown = 0;
            ASSERT_OK(read_pass(reader, 1, batch, &part));
            int64_t skipped = batch < 5 ? 4 * batch : 20;
            assert_int_equal(part.count, 20 - skipped);
            assert_int_equal(shown, part.count); /* rows that are passed over are not shown */
            for (int64_t i = 0; i < part.count; i++) {
                assert_int_equal(part.origin[i], whole.origin[skipped + i]);
                assert_memory_equal(&part.first[i], &whole.first[skipped + i], sizeof(float));
            }
        }
        assert_true((kind & 3) != 1 || made.seeks > 0);
        denoise__reader_close(reader);
        denoise_dataset_free(dataset);
    }
}

static void batches_made_ahead_are_the_same(void **state)
{
    (void)state;
    for (int64_t ahead = 0; ahead < 4; ahead++) {
        made_rows made = {.x = x, .total = ROWS, .most = 4};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true), *plain = of_tensors();
        ASSERT_OK(denoise_dataset_shuffle(dataset, 6, 1));
        ASSERT_OK(denoise_dataset_shuffle(plain, 6, 1));
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        denoise__reader *reader = open_reader(dataset, 4, false);
        for (int64_t pass = 0; pass < 20; pass++) {
            given got, wanted = pass_of(plain, 4, true, pass);
            ASSERT_OK(read_pass(reader, pass, 0, &got));
            assert_same(&got, &wanted);
            assert_int_equal(made.last_pass, pass);
        }
        denoise__reader_close(reader);
        denoise_dataset_free(dataset), denoise_dataset_free(plain);
    }
}

static void step(void *context)
{
    ++*(int64_t *)context;
}

/* Where the system gives no thread, batches are made by whoever wants them, with the host stepped out of. */
static void without_a_thread_it_goes_on(void **state)
{
    (void)state;
    given with, without;
    int64_t steps = 0;
    for (int32_t none = 0; none < 2; none++) {
        made_rows made = {.x = x, .total = ROWS, .most = 4};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
        denoise__reader *reader;
        denoise__reader_options options = {.batch_size = 4, .host = {step, step, &steps}};
        ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
        ASSERT_OK(denoise__reader_open(&reader, dataset, &options));
        has_no_threads = none == 1;
        threads_made = 0;
        ASSERT_OK(read_pass(reader, 0, 0, none ? &without : &with));
        has_no_threads = false;
        assert_int_equal(threads_made, !none);
        assert_int_equal(steps, none ? 2 * (made.calls + made.restarts) : 0);
        denoise__reader_close(reader);
        denoise_dataset_free(dataset);
    }
    assert_same(&with, &without);
}

/* A pass is left in the middle, a reader is closed while its thread is at work, and before it has begun. */
static void what_was_made_ahead_is_dropped(void **state)
{
    (void)state;
    for (int64_t taken = 0; taken < 6; taken++) {
        made_rows made = {.x = x, .total = -1, .most = 1};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
        ASSERT_OK(denoise_dataset_prefetch(dataset, 3));
        denoise__reader *reader = open_reader(dataset, 4, false);
        for (int64_t pass = 0; pass < taken; pass++) {
            const denoise__rows *rows;
            denoise__reader_begin(reader, pass, 0);
            for (int64_t i = 0; i < taken; i++) {
                ASSERT_OK(denoise__reader_next(reader, &rows));
                assert_int_equal(rows->origin[0], 4 * i);
            }
        }
        denoise_dataset_free(dataset);
        assert_int_equal(made.destroyed, 0); /* the reader has a reference */
        denoise__reader_close(reader);
        assert_int_equal(made.destroyed, 1);
    }
}

static void failures_come_out_with_their_words(void **state)
{
    (void)state;
    for (int64_t ahead = 0; ahead < 3; ahead++) {
        made_rows made = {.x = x, .total = -1, .most = 2, .fails_at = 3, .failure = DENOISE_ERR_USER};
        denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
        ASSERT_OK(denoise_dataset_prefetch(dataset, ahead));
        denoise__reader *reader = open_reader(dataset, 4, false);
        given got;
        ASSERT_FAILS(read_pass(reader, 0, 0, &got), DENOISE_ERR_USER, "the generator's next at row 4 returned 80");
        assert_int_equal(got.count, 4);
        made.lies_at = 6;
        made.lie = 5;
        ASSERT_FAILS(read_pass(reader, 0, 0, &got), DENOISE_ERR_RANGE, "gave 5 rows at row 4, there was room for 4");
        made.lies_at = made.calls + 1;
        made.lie = -1;
        ASSERT_FAILS(read_pass(reader, 0, 0, &got), DENOISE_ERR_RANGE, "gave -1 rows at row 0");
        denoise__reader_close(reader);
        denoise_dataset_free(dataset);
    }
}

static void announced_rows_must_come(void **state)
{
    (void)state;
    made_rows made = {.x = x, .total = ROWS};
    denoise_dataset *more = made_rows_dataset(&made, ROWS + 1, true), *fewer = made_rows_dataset(&made, ROWS - 1, true);
    denoise__reader *reader = open_reader(more, 4, false);
    given got;
    ASSERT_FAILS(read_pass(reader, 0, 0, &got), DENOISE_ERR_SHAPE, "ended at row 23, it has announced 24 rows");
    denoise__reader_close(reader);
    assert_int_equal(pass_of(fewer, 4, false, 0).count, ROWS - 1);
    denoise_dataset_free(more), denoise_dataset_free(fewer);
}

/* One stream: passes go on in it until it ends, and then there is nothing. */
static void without_restart_rows_come_once(void **state)
{
    (void)state;
    made_rows made = {.x = x, .total = 40};
    denoise_dataset *dataset = made_rows_dataset(&made, 15, false);
    given got = pass_of(dataset, 4, false, 0);
    assert_int_equal(got.count, 15);
    assert_int_equal(pass_of(dataset, 4, false, 0).count, 15);
    assert_int_equal(made.at, 30);
    denoise_dataset_free(dataset);
    dataset = made_rows_dataset(&made, -1, false);
    denoise__reader *reader = open_reader(dataset, 4, false);
    ASSERT_OK(read_pass(reader, 0, 0, &got));
    assert_int_equal(got.count, 10);
    made.total = -1; /* it is not asked again */
    ASSERT_OK(read_pass(reader, 0, 0, &got));
    assert_int_equal(got.count, 0);
    denoise__reader_close(reader);
    denoise_dataset_free(dataset);
}

/* In the child there is no thread: the call says so, and closing does not wait for it. */
static void a_child_is_told_that_its_thread_is_gone(void **state)
{
    (void)state;
    if (DENOISE_TEST_TSAN) skip();
    made_rows made = {.x = x, .total = -1, .most = 1};
    denoise_dataset *dataset = made_rows_dataset(&made, -1, true);
    const denoise__rows *rows;
    ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
    denoise__reader *reader = open_reader(dataset, 4, false);
    denoise__reader_begin(reader, 0, 0);
    ASSERT_OK(denoise__reader_next(reader, &rows));
    pid_t child = fork();
    if (child == 0) {
        denoise_status status = denoise__reader_next(reader, &rows);
        denoise__reader_close(reader);
        denoise_dataset_free(dataset);
        _exit(status == DENOISE_ERR_STATE && strstr(denoise_last_error(), "fork()") != NULL ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ASSERT_OK(denoise__reader_next(reader, &rows)); /* the parent goes on */
    assert_int_equal(rows->origin[0], 4);
    denoise__reader_close(reader);
    denoise_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_tensors_come_in_order_without_values),
        cmocka_unit_test(shuffling_is_of_seed_and_pass),
        cmocka_unit_test(a_full_buffer_shuffles_evenly),
        cmocka_unit_test(a_generator_is_shuffled_as_tensors_are),
        cmocka_unit_test(stages_cut_and_repeat),
        cmocka_unit_test(what_is_empty_ends),
        cmocka_unit_test(a_remainder_may_be_dropped),
        cmocka_unit_test(map_knows_the_place_of_its_rows),
        cmocka_unit_test(a_pass_may_begin_in_its_middle),
        cmocka_unit_test(batches_made_ahead_are_the_same),
        cmocka_unit_test(without_a_thread_it_goes_on),
        cmocka_unit_test(what_was_made_ahead_is_dropped),
        cmocka_unit_test(failures_come_out_with_their_words),
        cmocka_unit_test(announced_rows_must_come),
        cmocka_unit_test(without_restart_rows_come_once),
        cmocka_unit_test(a_child_is_told_that_its_thread_is_gone),
    };
    return cmocka_run_group_tests(tests, make_x, free_x);
}
