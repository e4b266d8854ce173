/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"
#include "core/memory.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <pthread.h>
#include <string.h>

static void *look_from_new_thread(void *context)
{
    (void)context;
    assert_string_equal(denoise_last_error(), "");
    assert_int_equal(denoise_last_status(), DENOISE_OK);
    denoise__fail(DENOISE_ERR_IO, "from the other thread");
    return NULL;
}

static void each_thread_has_its_own_message(void **state)
{
    (void)state;
    denoise__fail(DENOISE_ERR_SHAPE, "from the first thread");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look_from_new_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(denoise_last_error(), "from the first thread");
    assert_int_equal(denoise_last_status(), DENOISE_ERR_SHAPE);
}

static void codes_have_names_and_texts(void **state)
{
    (void)state;
    assert_string_equal(denoise_status_name(DENOISE_OK), "DENOISE_OK");
    assert_string_equal(denoise_status_name(DENOISE_ERR_SHAPE), "DENOISE_ERR_SHAPE");
    assert_string_equal(denoise_status_text(DENOISE_ERR_SHAPE), "shapes do not fit");
    assert_string_equal(denoise_status_name(12345), "DENOISE_ERR_UNKNOWN");
    assert_string_equal(denoise_status_text(-1), "not a status code of this library");
}

/* A program that was compiled against an older header must read the same codes. */
static void codes_never_change(void **state)
{
    (void)state;
    assert_int_equal(DENOISE_OK, 0);
    assert_int_equal(DENOISE_ERR_NULL, 10);
    assert_int_equal(DENOISE_ERR_INVALID, 11);
    assert_int_equal(DENOISE_ERR_RANGE, 12);
    assert_int_equal(DENOISE_ERR_SHAPE, 20);
    assert_int_equal(DENOISE_ERR_DTYPE, 21);
    assert_int_equal(DENOISE_ERR_NAME, 22);
    assert_int_equal(DENOISE_ERR_OWNED, 30);
    assert_int_equal(DENOISE_ERR_STATE, 31);
    assert_int_equal(DENOISE_ERR_BUSY, 32);
    assert_int_equal(DENOISE_ERR_NOMEM, 40);
    assert_int_equal(DENOISE_ERR_OVERFLOW, 41);
    assert_int_equal(DENOISE_ERR_IO, 50);
    assert_int_equal(DENOISE_ERR_NOT_FOUND, 51);
    assert_int_equal(DENOISE_ERR_MAGIC, 60);
    assert_int_equal(DENOISE_ERR_VERSION, 61);
    assert_int_equal(DENOISE_ERR_TRUNCATED, 62);
    assert_int_equal(DENOISE_ERR_TRAILING, 63);
    assert_int_equal(DENOISE_ERR_SYNTAX, 64);
    assert_int_equal(DENOISE_ERR_DUPLICATE, 65);
    assert_int_equal(DENOISE_ERR_SCHEMA, 66);
    assert_int_equal(DENOISE_ERR_CHECKSUM, 67);
    assert_int_equal(DENOISE_ERR_LIMIT, 68);
    assert_int_equal(DENOISE_ERR_UNSUPPORTED, 69);
    assert_int_equal(DENOISE_ERR_NONFINITE, 70);
    assert_int_equal(DENOISE_ERR_ENGINE, 75);
    assert_int_equal(DENOISE_ERR_USER, 80);
    assert_int_equal(DENOISE_ERR_INTERNAL, 90);
}

static void a_failure_in_a_file_keeps_byte_and_field(void **state)
{
    (void)state;
    assert_int_equal(denoise__fail_at(DENOISE_ERR_SHAPE, 12, "dims[2]", "is %d", 0), DENOISE_ERR_SHAPE);
    denoise__context(DENOISE_ERR_SHAPE, "IDX: ");
    assert_string_equal(denoise_last_error(), "IDX: byte 12: dims[2]: is 0");
    assert_int_equal(denoise_last_error_offset(), 12);
    assert_string_equal(denoise_last_error_field(), "dims[2]");
    denoise__fail_at(DENOISE_ERR_TRUNCATED, 0, "", "empty");
    assert_string_equal(denoise_last_error(), "byte 0: empty");
    assert_int_equal(denoise_last_error_offset(), 0);
    assert_string_equal(denoise_last_error_field(), "");
    denoise__fail_at(DENOISE_ERR_SCHEMA, -1, "dtype", "is F64");
    assert_string_equal(denoise_last_error(), "dtype: is F64");
    assert_int_equal(denoise_last_error_offset(), -1);
    denoise__fail(DENOISE_ERR_IO, "elsewhere");
    assert_int_equal(denoise_last_error_offset(), -1);
    assert_string_equal(denoise_last_error_field(), "");
}

static void a_long_field_is_cut(void **state)
{
    (void)state;
    denoise__fail_at(DENOISE_ERR_SYNTAX, INT64_MAX, "0123456789012345678901234567890123456789012345678901234567890", "x");
    assert_string_equal(denoise_last_error_field(), "01234567890123456789012345678901234567890123456");
    assert_int_equal(denoise_last_error_offset(), INT64_MAX);
    assert_int_equal(strncmp(denoise_last_error(), "byte 9223372036854775807: 0123", 30), 0);
}

static denoise_status check_pointer(const void *pointer)
{
    DENOISE__CHECK_NULL(pointer);
    return DENOISE_OK;
}

static void a_null_parameter_is_named(void **state)
{
    (void)state;
    assert_int_equal(check_pointer(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise_last_error(), "check_pointer: pointer is NULL");
    assert_int_equal(check_pointer(""), DENOISE_OK);
    assert_int_equal(denoise_last_status(), DENOISE_ERR_NULL); /* success leaves the last failure alone */
}

static void context_goes_in_front(void **state)
{
    (void)state;
    denoise_status status = denoise__fail(DENOISE_ERR_SHAPE, "input has shape (%d, %d)", 32, 100);
    status = denoise__context(status, "layer %d \"%s\": ", 3, "dense_2");
    assert_int_equal(status, DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "layer 3 \"dense_2\": input has shape (32, 100)");
}

static void the_message_may_be_its_own_argument(void **state)
{
    (void)state;
    denoise__fail(DENOISE_ERR_IO, "inner");
    denoise__fail(DENOISE_ERR_STATE, "outer (%s)", denoise_last_error());
    assert_string_equal(denoise_last_error(), "outer (inner)");
    assert_int_equal(denoise__fail_text(DENOISE_ERR_IO, denoise_last_error()), DENOISE_ERR_IO);
    assert_string_equal(denoise_last_error(), "outer (inner)");
}

/* Every length around the border, with characters of one to four bytes. */
static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x99\x82"};
    for (size_t c = 0; c < 4; c++) {
        size_t size = strlen(characters[c]);
        for (size_t shift = 0; shift < 4; shift++) {
            char text[3000] = "xxx";
            text[shift] = '\0';
            for (size_t i = 0; i < 400; i++) {
                strcat(text, characters[c]);
            }
            denoise__fail(DENOISE_ERR_INVALID, "%s", text);
            size_t length = strlen(denoise_last_error());
            size_t wanted = strlen(text);
            if (wanted < DENOISE__MESSAGE_SIZE) {
                assert_string_equal(denoise_last_error(), text);
                continue;
            }
            assert_true(length < DENOISE__MESSAGE_SIZE && length > DENOISE__MESSAGE_SIZE - 9);
            assert_string_equal(denoise_last_error() + length - 3, "...");
            assert_int_equal((length - 3 - shift) % size, 0);
            assert_memory_equal(denoise_last_error(), text, length - 3);
        }
    }
}

static void a_long_context_cuts_the_message(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'y', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    denoise__fail(DENOISE_ERR_INVALID, "the end is lost");
    denoise__context(DENOISE_ERR_INVALID, "%.500s: ", text);
    assert_int_equal(strlen(denoise_last_error()), DENOISE__MESSAGE_SIZE - 1);
    assert_string_equal(denoise_last_error() + 500, ": the en...");
    denoise__context(DENOISE_ERR_INVALID, "%s", text);
    assert_int_equal(strlen(denoise_last_error()), DENOISE__MESSAGE_SIZE - 1);
    assert_string_equal(denoise_last_error() + 507, "y...");
}

static void bytes_that_cannot_be_shown_are_replaced(void **state)
{
    (void)state;
    denoise__fail(DENOISE_ERR_NAME, "\"%s\"", "a\nb\x1B[1m\x7F\xC3\xA4\xFF\xC3(\xED\xA0\x80\xC2\x85");
    assert_string_equal(denoise_last_error(), "\"a?b?[1m?\xC3\xA4?\?(?????\"");
}

static void failing_allocates_nothing(void **state)
{
    (void)state;
    failing_alloc_install();
    failing_alloc_arm(1, true);
    assert_int_equal(denoise__fail_nomem(), DENOISE_ERR_NOMEM);
    denoise__context(DENOISE_ERR_NOMEM, "place %.3f: ", 1.5);
    assert_false(failing_alloc_disarm());
    assert_int_equal(failing_alloc_calls(), 0);
    assert_string_equal(denoise_last_error(), "place 1.500: out of memory");
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_own_message),
        cmocka_unit_test(codes_have_names_and_texts),
        cmocka_unit_test(codes_never_change),
        cmocka_unit_test(a_failure_in_a_file_keeps_byte_and_field),
        cmocka_unit_test(a_long_field_is_cut),
        cmocka_unit_test(a_null_parameter_is_named),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(the_message_may_be_its_own_argument),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(a_long_context_cuts_the_message),
        cmocka_unit_test(bytes_that_cannot_be_shown_are_replaced),
        cmocka_unit_test(failing_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
