/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memory.h"
#include "core/part.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include "unit/core/kinds.h"
#include <string.h>

static int first_owner, second_owner; /* their addresses count */

static denoise_status make(denoise__part *part, const char *name, int64_t units)
{
    denoise_params *params;
    DENOISE__TRY(denoise_params_new(&params));
    denoise_status status = denoise_params_set_int(params, "units", units);
    memset(part, 0, sizeof(*part));
    if (status == DENOISE_OK) status = denoise__part_init(part, &thing_registry, name, params);
    denoise_params_free(params);
    return status;
}

static void a_part_has_its_kind_and_configuration(void **state)
{
    (void)state;
    denoise__part part;
    assert_int_equal(make(&part, "BigThing", 3), DENOISE_OK);
    assert_string_equal(part.kind->name, "thing");
    assert_int_equal(((thing_config *)part.config)->units, 3);
    assert_int_equal(part.status, DENOISE_OK);
    assert_null(part.owner);
    assert_true(denoise__part_release(&part));
    denoise__part_clear(&part);
    denoise__part_clear(&part); /* twice is fine */
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void a_failed_part_is_inert_and_keeps_its_message(void **state)
{
    (void)state;
    denoise__part part;
    assert_int_equal(make(&part, "thing", 0), DENOISE_ERR_RANGE);
    assert_null(part.config);
    assert_int_equal(part.status, DENOISE_ERR_RANGE);
    denoise__fail(DENOISE_ERR_IO, "something else");
    assert_int_equal(denoise__part_adopt(&part, &first_owner), DENOISE_ERR_RANGE);
    assert_string_equal(denoise_last_error(), "thing: units is 0, expected units >= 1");
    assert_ptr_equal(part.owner, &first_owner); /* taken over all the same */
    assert_true(denoise__part_release(&part));
    denoise__part_clear(&part);
    assert_int_equal(make(&part, "nothing", 3), DENOISE_ERR_NAME);
    assert_null(part.kind);
    assert_int_equal(denoise__part_adopt(&part, &first_owner), DENOISE_ERR_NAME);
    assert_int_equal(denoise__part_adopt(&part, &second_owner), DENOISE_ERR_OWNED);
    assert_string_equal(denoise_last_error(), "the part already belongs to another owner");
    denoise__part_clear(&part);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void one_owner_adopts_as_often_as_it_likes(void **state)
{
    (void)state;
    denoise__part part;
    assert_int_equal(make(&part, "thing", 3), DENOISE_OK);
    assert_int_equal(denoise__part_adopt(&part, &first_owner), DENOISE_OK);
    assert_int_equal(denoise__part_adopt(&part, &first_owner), DENOISE_OK);
    assert_int_equal(denoise__part_adopt(&part, &second_owner), DENOISE_ERR_OWNED);
    assert_string_equal(denoise_last_error(), "thing already belongs to another owner");
    assert_int_equal(denoise__part_adopt(NULL, &first_owner), DENOISE_ERR_NULL);
    denoise__part_retain(&part);
    assert_false(denoise__part_release(&part));
    assert_false(denoise__part_release(&part));
    assert_true(denoise__part_release(&part));
    denoise__part_clear(&part);
}

static void the_static_part_never_goes(void **state)
{
    (void)state;
    static denoise__part nomem = DENOISE__PART_NOMEM;
    denoise__part before;
    memcpy(&before, &nomem, sizeof(nomem));
    assert_int_equal(denoise__part_adopt(&nomem, &first_owner), DENOISE_ERR_NOMEM);
    assert_string_equal(denoise_last_error(), "out of memory");
    assert_int_equal(denoise__part_adopt(&nomem, &second_owner), DENOISE_ERR_NOMEM);
    denoise__part_retain(&nomem);
    for (int i = 0; i < 5; i++) {
        assert_false(denoise__part_release(&nomem));
    }
    denoise__fail(DENOISE_ERR_IO, "other");
    denoise__part_poison(&nomem, DENOISE_ERR_IO);
    assert_memory_equal(&nomem, &before, sizeof(nomem));
}

static void a_poisoned_part_loses_its_configuration(void **state)
{
    (void)state;
    denoise__part part;
    assert_int_equal(make(&part, "thing", 3), DENOISE_OK);
    denoise__part_poison(&part, denoise__fail(DENOISE_ERR_SHAPE, "does not fit"));
    assert_null(part.config);
    assert_int_equal(denoise_memory_blocks(), 0);
    assert_int_equal(denoise__part_adopt(&part, &first_owner), DENOISE_ERR_SHAPE);
    assert_string_equal(denoise_last_error(), "does not fit");
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        denoise__part part;
        memset(&part, 0, sizeof(part));
        failing_alloc_arm(n, false);
        denoise_status status = make(&part, "thing", 3);
        bool failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        denoise__part_clear(&part);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_has_its_kind_and_configuration),
        cmocka_unit_test(a_failed_part_is_inert_and_keeps_its_message),
        cmocka_unit_test(one_owner_adopts_as_often_as_it_likes),
        cmocka_unit_test(the_static_part_never_goes),
        cmocka_unit_test(a_poisoned_part_loses_its_configuration),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
