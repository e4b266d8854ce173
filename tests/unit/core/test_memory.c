/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"
#include "core/memory.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <stdlib.h>
#include <string.h>

static void blocks_are_counted(void **state)
{
    (void)state;
    assert_int_equal(denoise_memory_blocks(), 0);
    void *a = denoise__allocate(10);
    void *b = denoise__allocate(0);
    void *c = denoise__reallocate(NULL, 5);
    void *d = denoise__allocate_aligned(100);
    char *e = denoise__copy_text("text");
    assert_true(a != NULL && b != NULL && c != NULL && d != NULL && e != NULL);
    assert_string_equal(e, "text");
    assert_int_equal(denoise_memory_blocks(), 5);
    c = denoise__reallocate(c, 0);
    assert_non_null(c);
    assert_int_equal(denoise_memory_blocks(), 5);
    denoise__release(a);
    denoise__release(b);
    denoise_free(c);
    denoise__release_aligned(d);
    denoise_free(e);
    denoise_free(NULL);
    denoise__release(NULL);
    denoise__release_aligned(NULL);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void zeroed_memory_is_zero_and_checked(void **state)
{
    (void)state;
    static const char zeros[60];
    void *block = denoise__allocate_zeroed(20, 3);
    assert_memory_equal(block, zeros, sizeof(zeros));
    denoise__release(block);
    assert_null(denoise__allocate_zeroed(SIZE_MAX / 2, 3));
    block = denoise__allocate_zeroed(0, 0);
    assert_non_null(block);
    denoise__release(block);
}

static void aligned_memory_starts_on_a_line(void **state)
{
    (void)state;
    void *blocks[50];
    for (size_t i = 0; i < 50; i++) {
        blocks[i] = denoise__allocate_aligned(i * 7);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], 0xFF, i * 7);
    }
    for (size_t i = 0; i < 50; i++) {
        denoise__release_aligned(blocks[i]);
    }
    assert_null(denoise__allocate_aligned(SIZE_MAX - 10));
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void *never(size_t size, void *user_data)
{
    (void)size;
    (void)user_data;
    return NULL;
}

static void *never_again(void *pointer, size_t size, void *user_data)
{
    (void)pointer;
    return never(size, user_data);
}

static void no_release(void *pointer, void *user_data)
{
    (void)pointer;
    (void)user_data;
}

static void a_wrong_allocator_is_refused(void **state)
{
    (void)state;
    denoise_allocator allocator = {sizeof(allocator), never, never_again, no_release, NULL};
    denoise_allocator wrong = allocator;
    wrong.struct_size = 0;
    assert_int_equal(denoise_set_allocator(&wrong), DENOISE_ERR_INVALID);
    assert_non_null(strstr(denoise_last_error(), "struct_size is 0"));
    for (int i = 0; i < 3; i++) {
        wrong = allocator;
        if (i == 0) wrong.allocate = NULL;
        if (i == 1) wrong.reallocate = NULL;
        if (i == 2) wrong.release = NULL;
        assert_int_equal(denoise_set_allocator(&wrong), DENOISE_ERR_INVALID);
        assert_non_null(strstr(denoise_last_error(), "must all be given"));
    }
    void *block = denoise__allocate(1);
    assert_int_equal(denoise_set_allocator(&allocator), DENOISE_ERR_STATE);
    assert_string_equal(denoise_last_error(),
                        "denoise_set_allocator: 1 blocks are alive, expected none; free all objects first");
    denoise__release(block);
}

static void a_newer_caller_may_have_a_larger_struct(void **state)
{
    (void)state;
    struct {
        denoise_allocator known;
        int64_t more[8];
    } newer = {{sizeof newer, never, never_again, no_release, NULL}, {0}};
    assert_int_equal(denoise_set_allocator(&newer.known), DENOISE_OK);
    assert_null(denoise__allocate(1));
    assert_null(denoise__allocate_zeroed(1, 1));
    assert_null(denoise__allocate_aligned(1));
    assert_null(denoise__reallocate(NULL, 1));
    assert_null(denoise__copy_text("x"));
    assert_int_equal(denoise_memory_blocks(), 0);
    assert_int_equal(denoise_set_allocator(NULL), DENOISE_OK);
    void *block = denoise__allocate(1);
    assert_non_null(block);
    denoise__release(block);
}

static void the_failing_allocator_fails_as_told(void **state)
{
    (void)state;
    failing_alloc_install();
    failing_alloc_arm(2, false);
    void *a = denoise__allocate(1);
    void *b = denoise__allocate(1);
    void *c = denoise__allocate(1);
    assert_true(a != NULL && b == NULL && c != NULL);
    assert_true(failing_alloc_disarm());
    failing_alloc_arm(1, true);
    assert_null(denoise__reallocate(a, 100));
    assert_null(denoise__allocate(1));
    assert_true(failing_alloc_disarm());
    failing_alloc_arm(10, false);
    assert_false(failing_alloc_disarm());
    assert_int_equal(failing_alloc_live(), 2);
    assert_int_equal(failing_alloc_bytes(), 2);
    a = denoise__reallocate(a, 100);
    assert_non_null(a);
    assert_int_equal(failing_alloc_peak(), 101);
    denoise__release(a);
    denoise__release(c);
    failing_alloc_remove();
}

static void products_are_checked(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, result;
        bool fits;
    } cases[] = {
        {0, INT64_MIN, 0, true},
        {3, -4, -12, true},
        {-3, -4, 12, true},
        {INT64_MAX, 1, INT64_MAX, true},
        {INT64_MAX, -1, -INT64_MAX, true},
        {INT64_MIN, 1, INT64_MIN, true},
        {1, INT64_MIN, INT64_MIN, true},
        {INT64_MIN, -1, 0, false},
        {-1, INT64_MIN, 0, false},
        {2, INT64_MIN, 0, false},
        {INT64_MAX, 2, 0, false},
        {(int64_t)1 << 32, (int64_t)1 << 31, 0, false},
        {(int64_t)1 << 32, (int64_t)1 << 30, (int64_t)1 << 62, true},
        {3037000500, 3037000500, 0, false},
        {3037000499, 3037000499, 9223372030926249001, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t result = 77;
        assert_int_equal(denoise__multiply(cases[i].a, cases[i].b, &result), cases[i].fits);
        assert_int_equal(result, cases[i].fits ? cases[i].result : 77);
    }
}

static void sums_are_checked(void **state)
{
    (void)state;
    int64_t result = 77;
    assert_true(denoise__add(INT64_MAX, 0, &result) && result == INT64_MAX);
    assert_true(denoise__add(INT64_MAX, INT64_MIN, &result) && result == -1);
    assert_true(denoise__add(INT64_MIN, 0, &result) && result == INT64_MIN);
    assert_true(denoise__add(2, -5, &result) && result == -3);
    result = 77;
    assert_false(denoise__add(INT64_MAX, 1, &result));
    assert_false(denoise__add(INT64_MIN, -1, &result));
    assert_int_equal(result, 77);
}

static void an_array_grows_by_doubling(void **state)
{
    (void)state;
    void *array = NULL;
    int64_t capacity = 0;
    assert_int_equal(denoise__grow(&array, 0, &capacity, sizeof(int32_t)), DENOISE_OK);
    assert_int_equal(capacity, 8);
    int32_t *numbers = array;
    for (int32_t i = 0; i < 8; i++)
        numbers[i] = i;
    assert_int_equal(denoise__grow(&array, 7, &capacity, sizeof(int32_t)), DENOISE_OK);
    assert_true(array == numbers && capacity == 8);
    assert_int_equal(denoise__grow(&array, 8, &capacity, sizeof(int32_t)), DENOISE_OK);
    assert_int_equal(capacity, 16);
    numbers = array;
    for (int32_t i = 0; i < 8; i++)
        assert_int_equal(numbers[i], i);
    denoise__release(array);
}

static void an_array_that_cannot_grow_stays(void **state)
{
    (void)state;
    char block[4];
    void *array = block;
    int64_t capacity = INT64_MAX / 2 + 1;
    assert_int_equal(denoise__grow(&array, capacity, &capacity, 1), DENOISE_ERR_NOMEM);
    capacity = INT64_MAX / 4;
    assert_int_equal(denoise__grow(&array, capacity, &capacity, 8), DENOISE_ERR_NOMEM);
    assert_true(array == block && capacity == INT64_MAX / 4);
    failing_alloc_install();
    array = denoise__allocate(4);
    void *before = array;
    capacity = 4;
    failing_alloc_arm(1, false);
    assert_int_equal(denoise__grow(&array, 4, &capacity, 1), DENOISE_ERR_NOMEM);
    assert_true(failing_alloc_disarm());
    assert_true(array == before && capacity == 4);
    denoise__release(array);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted),
        cmocka_unit_test(zeroed_memory_is_zero_and_checked),
        cmocka_unit_test(aligned_memory_starts_on_a_line),
        cmocka_unit_test(a_wrong_allocator_is_refused),
        cmocka_unit_test(a_newer_caller_may_have_a_larger_struct),
        cmocka_unit_test(the_failing_allocator_fails_as_told),
        cmocka_unit_test(products_are_checked),
        cmocka_unit_test(sums_are_checked),
        cmocka_unit_test(an_array_grows_by_doubling),
        cmocka_unit_test(an_array_that_cannot_grow_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
