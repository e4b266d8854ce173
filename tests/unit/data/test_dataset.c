/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets from outside: what they are made of, what is refused, who owns what. */
#include "data/dataset.h"
#include "support/made_rows.h"
#include "support/nets.h"

static denoise_status change_nothing(denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *weight,
                                     const denoise_dataset_place *place, void *user_data)
{
    (void)x, (void)y, (void)weight, (void)place, (void)user_data;
    return DENOISE_OK;
}

static void count_destroyed(void *user_data)
{
    ++*(int64_t *)user_data;
}

static void tensors_are_kept_and_not_copied(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(5, 3, 1), *y = random_rows(5, 2, 2);
    const void *data = denoise_tensor_const_data(x);
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, y));
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    assert_int_equal(denoise_dataset_rows(dataset), 5);
    assert_ptr_equal(dataset->form.like[0]->data, data);
    denoise_dataset_free(dataset);
    denoise_dataset_free(NULL);
}

static void tensors_must_agree(void **state)
{
    (void)state;
    denoise_dataset *dataset;
    denoise_tensor *x = random_rows(5, 3, 1), *four = random_rows(4, 3, 1), *wide = random_rows(5, 2, 1), *scalar;
    const denoise_tensor *two[] = {x, four}, *with_null[] = {x, NULL}, *same[] = {x, x}, *weights[] = {NULL, wide};
    ASSERT_OK(denoise_tensor_new(&scalar, DENOISE_FLOAT32, NULL, 0));
    ASSERT_FAILS(denoise_dataset_from_tensors(&dataset, x, four), DENOISE_ERR_SHAPE,
                 "target 0 of the dataset has the shape (4, 3)");
    assert_null(dataset);
    ASSERT_FAILS(denoise_dataset_from_tensors(&dataset, scalar, NULL), DENOISE_ERR_SHAPE, "has the shape ()");
    ASSERT_FAILS(denoise_dataset_from_tensors(&dataset, NULL, x), DENOISE_ERR_NULL, "x");
    ASSERT_FAILS(denoise_dataset_from_tensors(NULL, x, x), DENOISE_ERR_NULL, "out");
    ASSERT_FAILS(denoise_dataset_from_tensors_many(&dataset, two, 2, NULL, 0, NULL), DENOISE_ERR_SHAPE, "input 1");
    ASSERT_FAILS(denoise_dataset_from_tensors_many(&dataset, with_null, 2, NULL, 0, NULL), DENOISE_ERR_NULL, "input 1");
    ASSERT_FAILS(denoise_dataset_from_tensors_many(&dataset, same, 0, NULL, 0, NULL), DENOISE_ERR_RANGE, "1 input or more");
    ASSERT_FAILS(denoise_dataset_from_tensors_many(&dataset, same, 1, same, -1, NULL), DENOISE_ERR_RANGE, "0 targets or more");
    ASSERT_FAILS(denoise_dataset_from_tensors_many(&dataset, same, 2, same, 2, weights), DENOISE_ERR_SHAPE, "sample weight 1");
    denoise_tensor_free(x), denoise_tensor_free(four), denoise_tensor_free(wide), denoise_tensor_free(scalar);
}

static void rows_are_counted_through_the_stages(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(10, 3, 1);
    made_rows made = {.x = x, .total = -1};
    denoise_dataset *dataset, *unknown = made_rows_dataset(&made, -1, true);
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, NULL));
    ASSERT_OK(denoise_dataset_skip(dataset, 3));
    assert_int_equal(denoise_dataset_rows(dataset), 7);
    ASSERT_OK(denoise_dataset_take(dataset, 5));
    assert_int_equal(denoise_dataset_rows(dataset), 5);
    ASSERT_OK(denoise_dataset_repeat(dataset, 4));
    assert_int_equal(denoise_dataset_rows(dataset), 20);
    ASSERT_OK(denoise_dataset_shuffle(dataset, 8, 1));
    assert_int_equal(denoise_dataset_rows(dataset), 20);
    ASSERT_OK(denoise_dataset_repeat(dataset, -1));
    assert_int_equal(denoise_dataset_rows(dataset), -2);
    ASSERT_OK(denoise_dataset_skip(dataset, 100));
    assert_int_equal(denoise_dataset_rows(dataset), -2);
    ASSERT_OK(denoise_dataset_take(dataset, 33));
    assert_int_equal(denoise_dataset_rows(dataset), 33);
    ASSERT_OK(denoise_dataset_skip(dataset, 40));
    assert_int_equal(denoise_dataset_rows(dataset), 0);
    assert_int_equal(denoise_dataset_rows(unknown), -1);
    ASSERT_OK(denoise_dataset_take(unknown, 3));
    assert_int_equal(denoise_dataset_rows(unknown), -1);
    ASSERT_OK(denoise_dataset_repeat(unknown, 2));
    assert_int_equal(denoise_dataset_rows(unknown), -1);
    ASSERT_OK(denoise_dataset_repeat(unknown, 0));
    assert_int_equal(denoise_dataset_rows(unknown), 0);
    assert_int_equal(denoise_dataset_rows(NULL), -1);
    denoise_dataset_free(dataset), denoise_dataset_free(unknown), denoise_tensor_free(x);
    assert_int_equal(made.destroyed, 1);
}

static void wrong_stages_change_nothing(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(10, 3, 1);
    made_rows made = {.x = x, .total = 10};
    denoise_dataset *dataset, *once = made_rows_dataset(&made, -1, false);
    int64_t destroyed = 0;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, NULL));
    ASSERT_FAILS(denoise_dataset_shuffle(dataset, 0, 1), DENOISE_ERR_RANGE, "buffer_size is 0");
    ASSERT_FAILS(denoise_dataset_shuffle(dataset, ((int64_t)1 << 32) + 1, 1), DENOISE_ERR_RANGE, "2^32");
    ASSERT_FAILS(denoise_dataset_take(dataset, -1), DENOISE_ERR_RANGE, "count is -1");
    ASSERT_FAILS(denoise_dataset_skip(dataset, -1), DENOISE_ERR_RANGE, "count is -1");
    ASSERT_FAILS(denoise_dataset_repeat(dataset, -2), DENOISE_ERR_RANGE, "count is -2");
    ASSERT_FAILS(denoise_dataset_repeat(once, 2), DENOISE_ERR_INVALID, "no restart");
    ASSERT_FAILS(denoise_dataset_map(dataset, NULL, &destroyed, count_destroyed), DENOISE_ERR_NULL, "map");
    ASSERT_FAILS(denoise_dataset_map(NULL, change_nothing, &destroyed, count_destroyed), DENOISE_ERR_NULL, "dataset");
    assert_int_equal(destroyed, 2);
    ASSERT_FAILS(denoise_dataset_batch(dataset, 0, 0), DENOISE_ERR_RANGE, "size is 0");
    ASSERT_FAILS(denoise_dataset_batch(dataset, 1, 2), DENOISE_ERR_RANGE, "drop_remainder is 2");
    ASSERT_FAILS(denoise_dataset_prefetch(dataset, -1), DENOISE_ERR_RANGE, "batches is -1");
    ASSERT_FAILS(denoise_dataset_prefetch(dataset, 1025), DENOISE_ERR_RANGE, "expected 0 to 1024");
    assert_int_equal(dataset->stage_count, 1);
    for (int32_t i = 1; i < 64; i++)
        ASSERT_OK(denoise_dataset_skip(dataset, 0));
    ASSERT_FAILS(denoise_dataset_skip(dataset, 0), DENOISE_ERR_STATE, "has 64 stages");
    ASSERT_OK(denoise_dataset_batch(dataset, 4, 1));
    ASSERT_FAILS(denoise_dataset_batch(dataset, 4, 1), DENOISE_ERR_STATE, "batches of 4 rows already");
    ASSERT_FAILS(denoise_dataset_take(dataset, 1), DENOISE_ERR_STATE, "behind all other stages");
    ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
    denoise_dataset_free(dataset), denoise_dataset_free(once), denoise_tensor_free(x);
}

static void a_wrong_table_is_refused_and_its_data_destroyed(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(10, 3, 1);
    const denoise_tensor *none[] = {NULL};
    made_rows made = {.x = x, .y = x, .total = 10};
    denoise_dataset *dataset = NULL;
    denoise_dataset_generator sound = made_rows_table(&made, true, true), table = sound;
    int64_t failures = 0;
#define REFUSED(change, code, piece)                                                                                           \
    table = sound;                                                                                                             \
    change;                                                                                                                    \
    ASSERT_FAILS(denoise_dataset_from_generator(&dataset, &table, &made, made_rows_destroy), code, piece);                     \
    assert_null(dataset);                                                                                                      \
    assert_int_equal(made.destroyed, ++failures)
    REFUSED(table.struct_size = 0, DENOISE_ERR_INVALID, "dataset generator");
    REFUSED(table.next = NULL, DENOISE_ERR_NULL, "next is NULL");
    REFUSED(table.x = NULL, DENOISE_ERR_NULL, "x is NULL");
    REFUSED(table.x = none, DENOISE_ERR_NULL, "input 0");
    REFUSED(table.y = NULL, DENOISE_ERR_NULL, "y is NULL");
    REFUSED(table.input_count = 0, DENOISE_ERR_RANGE, "1 input or more");
    REFUSED(table.target_count = -1, DENOISE_ERR_RANGE, "0 targets or more");
    REFUSED(table.has_sample_weight = 2, DENOISE_ERR_RANGE, "has_sample_weight is 2");
    REFUSED(table.rows = -2, DENOISE_ERR_RANGE, "rows is -2");
    ASSERT_FAILS(denoise_dataset_from_generator(&dataset, NULL, &made, made_rows_destroy), DENOISE_ERR_NULL, "generator");
    ASSERT_FAILS(denoise_dataset_from_generator(NULL, &sound, &made, made_rows_destroy), DENOISE_ERR_NULL, "out");
    assert_int_equal(made.destroyed, failures + 2);
    denoise_dataset_generator_init(&table);
    assert_int_equal(table.rows, -1);
    denoise_dataset_generator_init(NULL);
    denoise_tensor_free(x);
}

static void who_reads_a_dataset_with_functions_has_it_alone(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(10, 3, 1);
    denoise_dataset *dataset;
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, x, NULL));
    ASSERT_OK(denoise__dataset_claim(dataset));
    ASSERT_OK(denoise__dataset_claim(dataset)); /* tensors may be read by many */
    ASSERT_FAILS(denoise_dataset_take(dataset, 1), DENOISE_ERR_BUSY, "being read");
    ASSERT_FAILS(denoise_dataset_batch(dataset, 1, 0), DENOISE_ERR_BUSY, "being read");
    ASSERT_FAILS(denoise_dataset_prefetch(dataset, 1), DENOISE_ERR_BUSY, "being read");
    denoise__dataset_give_back(dataset);
    denoise__dataset_give_back(dataset);
    ASSERT_OK(denoise_dataset_map(dataset, change_nothing, NULL, NULL));
    ASSERT_OK(denoise__dataset_claim(dataset));
    ASSERT_FAILS(denoise__dataset_claim(dataset), DENOISE_ERR_BUSY, "being read");
    denoise__dataset_give_back(dataset);
    ASSERT_OK(denoise_dataset_take(dataset, 1));
    denoise_dataset_free(dataset), denoise_tensor_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_kept_and_not_copied),
        cmocka_unit_test(tensors_must_agree),
        cmocka_unit_test(rows_are_counted_through_the_stages),
        cmocka_unit_test(wrong_stages_change_nothing),
        cmocka_unit_test(a_wrong_table_is_refused_and_its_data_destroyed),
        cmocka_unit_test(who_reads_a_dataset_with_functions_has_it_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
