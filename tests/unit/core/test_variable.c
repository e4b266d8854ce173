/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/variable.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "support/state_memory.h"
#include <denoise/tensor.h>
#include <math.h>
#include <string.h>

static float numbers[4];

static denoise__variable four_numbers(void)
{
    numbers[0] = numbers[1] = numbers[2] = numbers[3] = 1;
    return (denoise__variable){.name = "kernel",
                               .role = DENOISE__VARIABLE_WEIGHT,
                               .dtype = DENOISE_FLOAT32,
                               .rank = 2,
                               .dim = {2, 2},
                               .count = 4,
                               .values = numbers};
}

/* Newer values somewhere else. */
typedef struct elsewhere {
    denoise__variable *variable;
    float value;
    int brought;
} elsewhere;

static void bring(void *context)
{
    elsewhere *from = context;
    assert_null(from->variable->home.bring); /* cleared first, so that bringing cannot go round in a circle */
    ((float *)from->variable->values)[0] = from->value;
    from->brought++;
}

static void newer_values_come_home_once(void **state)
{
    (void)state;
    denoise__variable variable = four_numbers();
    elsewhere from = {.variable = &variable, .value = 7};
    denoise__variable_bring_home(&variable);
    assert_true(numbers[0] == 1);
    variable.home = (denoise__home){bring, &from};
    denoise__variable_bring_home(&variable);
    denoise__variable_bring_home(&variable);
    assert_true(numbers[0] == 7);
    assert_int_equal(from.brought, 1);
}

static void finite_values_are_looked_at_once(void **state)
{
    (void)state;
    denoise__variable variable = four_numbers();
    int64_t element = -1;
    assert_true(denoise__variable_is_finite(&variable, &element));
    numbers[2] = NAN; /* behind its back: what is known is not looked at again */
    assert_true(denoise__variable_is_finite(&variable, &element));
    denoise__variable_touch_finite(&variable);
    assert_int_equal(variable.version, 1);
    assert_true(denoise__variable_is_finite(&variable, &element));
    denoise__variable_touch(&variable);
    assert_false(denoise__variable_is_finite(&variable, &element));
    assert_int_equal(element, 2);
    denoise__variable_touch_finite(&variable); /* finite values stay finite: of others nothing is known */
    assert_false(denoise__variable_is_finite(&variable, &element));
    numbers[2] = 0;
    numbers[3] = -INFINITY;
    assert_false(denoise__variable_is_finite(&variable, &element));
    assert_int_equal(element, 3);
}

static void values_elsewhere_are_looked_at_too(void **state)
{
    (void)state;
    denoise__variable variable = four_numbers();
    elsewhere from = {.variable = &variable, .value = INFINITY};
    int64_t element = -1;
    variable.home = (denoise__home){bring, &from};
    assert_false(denoise__variable_is_finite(&variable, &element));
    assert_int_equal(element, 0);
    variable.dtype = DENOISE_INT32;
    assert_true(denoise__variable_is_finite(&variable, &element));
}

typedef struct seen {
    char path[64];
    denoise__variable variable;
    int calls;
    denoise_status status;
} seen;

static denoise_status look(void *context, const char *path, denoise__variable *variable)
{
    seen *s = context;
    assert_true(strlen(path) < sizeof s->path);
    memcpy(s->path, path, strlen(path) + 1);
    s->variable = *variable;
    s->calls++;
    return s->status;
}

static void a_visit_gives_the_whole_path_and_the_newest_values(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {NULL, "kernel"}, {"", "kernel"}, {"dense", "dense/kernel"}, {"a/b/dense", "a/b/dense/kernel"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        denoise__variable variable = four_numbers();
        elsewhere from = {.variable = &variable, .value = 5};
        seen s = {.calls = 0};
        denoise__visitor visitor = {.variable = look, .context = &s};
        variable.home = (denoise__home){bring, &from};
        assert_int_equal(denoise__visit(&visitor, paths[i][0], &variable), DENOISE_OK);
        assert_string_equal(s.path, paths[i][1]);
        assert_true(((float *)s.variable.values)[0] == 5);
        assert_int_equal(variable.version, 0);
        visitor.is_reading = true;
        assert_int_equal(denoise__visit(&visitor, paths[i][0], &variable), DENOISE_OK);
        assert_int_equal(variable.version, 1);
        s.status = DENOISE_ERR_IO;
        assert_int_equal(denoise__visit(&visitor, paths[i][0], &variable), DENOISE_ERR_IO);
        assert_int_equal(variable.version, 2);
    }
}

static void a_path_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    static char path[DENOISE__PATH_SIZE];
    static char out[DENOISE__PATH_SIZE];
    denoise__variable variable = four_numbers();
    seen s = {.calls = 0};
    denoise__visitor visitor = {.variable = look, .context = &s};
    memset(path, 'x', sizeof path - 1);
    assert_int_equal(denoise__visit(&visitor, path, &variable), DENOISE_ERR_LIMIT);
    assert_string_equal(denoise_last_error(), "the path of \"kernel\" has 4358 bytes, expected at most 4351");
    assert_int_equal(s.calls, 0);
    path[sizeof path - strlen("/kernel") - 1] = '\0';
    assert_int_equal(denoise__path_join(out, sizeof out, path, "kernel"), DENOISE_OK);
    assert_int_equal(strlen(out), sizeof out - 1);
    assert_int_equal(denoise__path_join(out, sizeof out, path, "kernels"), DENOISE_ERR_LIMIT);
}

static void small_numbers_are_variables_too(void **state)
{
    (void)state;
    int64_t counter = 3;
    double sums[] = {1, 2, 3};
    seen s = {.calls = 0};
    denoise__visitor visitor = {.variable = look, .context = &s, .is_reading = true};
    assert_int_equal(denoise__visit_int64(&visitor, "adam", "iterations", &counter), DENOISE_OK);
    assert_string_equal(s.path, "adam/iterations");
    assert_int_equal(s.variable.dtype, DENOISE_INT64);
    assert_int_equal(s.variable.role, DENOISE__VARIABLE_COUNTER);
    assert_int_equal(s.variable.rank, 0);
    assert_int_equal(s.variable.count, 1);
    assert_ptr_equal(s.variable.values, &counter);
    assert_int_equal(denoise__visit_doubles(&visitor, NULL, "sums", DENOISE__VARIABLE_METRIC, sums, 3), DENOISE_OK);
    assert_string_equal(s.path, "sums");
    assert_int_equal(s.variable.dtype, DENOISE_FLOAT64);
    assert_int_equal(s.variable.role, DENOISE__VARIABLE_METRIC);
    assert_int_equal(s.variable.dim[0], 3);
    assert_ptr_equal(s.variable.values, sums);
}

static void sizes_in_bytes(void **state)
{
    (void)state;
    static const struct {
        int32_t dtype;
        size_t bytes;
    } sizes[] = {{DENOISE_FLOAT32, 12}, {DENOISE_FLOAT64, 24}, {DENOISE_INT64, 24}, {DENOISE_UINT8, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(denoise__variable_bytes(&(denoise__variable){.dtype = sizes[i].dtype, .count = 3}), sizes[i].bytes);
}

static void numbers_that_are_read_lie_within(void **state)
{
    (void)state;
    state_memory memory = {0};
    int64_t number = 7, read = 3;
    bool flag = true;
    denoise__visitor visitor = state_memory_writer(&memory);
    assert_int_equal(denoise__visit_within(&visitor, "a", "n", 8, 9, &number), DENOISE_OK); /* what is written is the noun's */
    visitor = state_memory_reader(&memory);
    assert_int_equal(denoise__visit_within(&visitor, "a", "n", 8, 9, &read), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "a/n is 7, expected 8 .. 9");
    assert_int_equal(read, 3);
    visitor = state_memory_reader(&memory);
    assert_int_equal(denoise__visit_within(&visitor, "a", "n", 7, 7, &read), DENOISE_OK);
    assert_int_equal(read, 7);
    visitor = state_memory_reader(&memory);
    assert_int_equal(denoise__visit_flag(&visitor, "a", "n", &flag), DENOISE_ERR_RANGE);
    assert_true(flag);
    state_memory_clear(&memory);
}

static void texts_bring_their_own_room(void **state)
{
    (void)state;
    failing_alloc_install();
    state_memory memory = {0};
    char *text = denoise__copy_text("val_loss"), *read = denoise__copy_text("old");
    denoise__visitor visitor = state_memory_writer(&memory);
    assert_int_equal(denoise__visit_text(&visitor, "a", "key", 8, &text), DENOISE_OK);
    for (int64_t n = 1; n <= 2; n++) {
        failing_alloc_arm(n, false);
        visitor = state_memory_reader(&memory);
        denoise_status status = denoise__visit_text(&visitor, "a", "key", 8, &read);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        assert_string_equal(read, failed ? "old" : "val_loss");
    }
    visitor = state_memory_reader(&memory);
    assert_int_equal(denoise__visit_text(&visitor, "a", "key", 7, &read), DENOISE_ERR_RANGE);
    ((char *)state_memory_find(&memory, "a/key")->values)[3] = '\0';
    visitor = state_memory_reader(&memory);
    assert_int_equal(denoise__visit_text(&visitor, "a", "key", 8, &read), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "a/key has a zero byte at 3, expected text");
    assert_string_equal(read, "val_loss");
    denoise__release(text), denoise__release(read);
    state_memory_clear(&memory);
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newer_values_come_home_once),
        cmocka_unit_test(finite_values_are_looked_at_once),
        cmocka_unit_test(values_elsewhere_are_looked_at_too),
        cmocka_unit_test(a_visit_gives_the_whole_path_and_the_newest_values),
        cmocka_unit_test(a_path_that_is_too_long_is_an_error),
        cmocka_unit_test(small_numbers_are_variables_too),
        cmocka_unit_test(sizes_in_bytes),
        cmocka_unit_test(numbers_that_are_read_lie_within),
        cmocka_unit_test(texts_bring_their_own_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
