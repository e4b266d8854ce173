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

/* A noun whose objects have a part of their own beside kind and configuration. */
typedef struct thing {
    denoise__part part;
    char *label; /* made by create */
} thing;

static thing exhausted = {.part = DENOISE__PART_NOMEM};

static denoise_status create_thing(denoise__part *part, const char *name)
{
    thing *made = (thing *)(void *)part;
    if (((const thing_config *)part->config)->units == 13) return denoise__fail(DENOISE_ERR_INVALID, "13 is unlucky");
    made->label = denoise__copy_text(name);
    return made->label == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static void destroy_thing(denoise__part *part)
{
    denoise__release(((thing *)(void *)part)->label);
}

static const denoise__part_type thing_type = {.registry = &thing_registry,
                                              .size = sizeof(thing),
                                              .exhausted = &exhausted.part,
                                              .create = create_thing,
                                              .destroy = destroy_thing};

static denoise__part *gathered_thing(const char *name, int64_t units, denoise_status before)
{
    denoise__gather given = denoise__gather_begin();
    denoise__gather_int(&given, "units", units);
    denoise__gather_fail(&given, before);
    return denoise__part_gathered(&thing_type, name, &given);
}

static void a_noun_makes_and_frees_its_parts(void **state)
{
    (void)state;
    denoise__part *part = gathered_thing("big", 3, DENOISE_OK);
    assert_int_equal(denoise__part_status(part), DENOISE_OK);
    assert_string_equal(denoise__part_error(part), "");
    assert_string_equal(((thing *)(void *)part)->label, "big"); /* the name that was asked for */
    assert_string_equal(part->kind->name, "thing");
    assert_int_equal(denoise__part_adopt(part, &first_owner), DENOISE_OK);
    denoise__part_free(&thing_type, part); /* its owner's now */
    assert_int_equal(denoise__part_status(part), DENOISE_OK);
    denoise__part_drop(&thing_type, part);
    denoise__part_free(&thing_type, NULL);
    denoise__part_drop(&thing_type, NULL);
    assert_int_equal(denoise__part_status(NULL), DENOISE_ERR_NULL);
    assert_string_equal(denoise__part_error(NULL), denoise_status_text(DENOISE_ERR_NULL));
    assert_int_equal(denoise_memory_blocks(), 0);
}

/* One free for each keep, and one for a part that nobody ever kept or adopted. */
static void kept_parts_are_the_callers(void **state)
{
    (void)state;
    denoise__part *part = gathered_thing("thing", 3, DENOISE_OK);
    denoise__part_keep(part); /* before: adopted once, and again */
    assert_int_equal(denoise__part_adopt(part, &first_owner), DENOISE_OK);
    assert_int_equal(denoise__part_adopt(part, &first_owner), DENOISE_OK);
    assert_int_equal(denoise__part_adopt(part, &second_owner), DENOISE_ERR_OWNED);
    denoise__part_drop(&thing_type, part);
    denoise__part_drop(&thing_type, part); /* the owner is gone */
    assert_string_equal(((thing *)(void *)part)->label, "thing");
    denoise__part_free(&thing_type, part);
    assert_int_equal(denoise_memory_blocks(), 0);

    part = gathered_thing("thing", 3, DENOISE_OK);
    assert_int_equal(denoise__part_adopt(part, &first_owner), DENOISE_OK);
    denoise__part_keep(part); /* after, by two */
    denoise__part_keep(part);
    denoise__part_free(&thing_type, part);
    denoise__part_drop(&thing_type, part);
    assert_string_equal(((thing *)(void *)part)->label, "thing");
    denoise__part_free(&thing_type, part);
    assert_int_equal(denoise_memory_blocks(), 0);

    part = gathered_thing("thing", 3, DENOISE_OK);
    denoise__part_keep(part); /* never adopted, and refused meanwhile */
    denoise__part_keep(part);
    denoise__part_refuse(&thing_type, part);
    denoise__part_free(&thing_type, part);
    denoise__part_refuse(&thing_type, part);
    assert_string_equal(((thing *)(void *)part)->label, "thing");
    denoise__part_free(&thing_type, part);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void refused_parts_are_freed_unless_somebody_has_them(void **state)
{
    (void)state;
    denoise__part_refuse(&thing_type, gathered_thing("thing", 3, DENOISE_OK));
    assert_int_equal(denoise_memory_blocks(), 0);
    denoise__part *part = gathered_thing("thing", 3, DENOISE_OK);
    assert_int_equal(denoise__part_adopt(part, &first_owner), DENOISE_OK);
    denoise__part_refuse(&thing_type, part);
    assert_string_equal(((thing *)(void *)part)->label, "thing");
    denoise__part_drop(&thing_type, part);
    denoise__part_refuse(&thing_type, NULL);
    denoise__part_keep(NULL);
    denoise__part_keep(&exhausted.part);
    denoise__part_free(&thing_type, &exhausted.part);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void what_cannot_be_made_is_inert(void **state)
{
    (void)state;
    denoise__part *part = denoise__part_new(&thing_type, "thing", NULL);
    assert_int_equal(part->status, DENOISE_ERR_INVALID);
    assert_string_equal(part->message, "thing: units must be given");
    denoise__part_free(&thing_type, part);
    part = gathered_thing("thing", 13, DENOISE_OK);
    assert_string_equal(part->message, "13 is unlucky");
    assert_null(part->config);
    denoise__part_free(&thing_type, part);
    part = gathered_thing("thing", 3, denoise__fail(DENOISE_ERR_IO, "before"));
    assert_int_equal(part->status, DENOISE_ERR_IO);
    assert_string_equal(part->message, "before");
    assert_string_equal(part->kind->name, "thing");
    denoise__part_free(&thing_type, part);
    part = denoise__part_new(&thing_type, "nothing", NULL);
    assert_int_equal(part->status, DENOISE_ERR_NAME);
    denoise__part_free(&thing_type, part);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void create_gives_a_part_or_a_failure(void **state)
{
    (void)state;
    denoise__part *part = NULL;
    assert_int_equal(denoise__part_create(&part, &thing_type, "thing", NULL), DENOISE_ERR_INVALID);
    assert_null(part);
    assert_string_equal(denoise_last_error(), "thing: units must be given");
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_int_equal(denoise_params_set_int(params, "units", 13), DENOISE_OK);
    assert_int_equal(denoise__part_create(&part, &thing_type, "thing", params), DENOISE_ERR_INVALID);
    assert_null(part);
    assert_string_equal(denoise_last_error(), "13 is unlucky");
    assert_int_equal(denoise_params_set_int(params, "units", 3), DENOISE_OK);
    assert_int_equal(denoise__part_create(&part, &thing_type, "thing", params), DENOISE_OK);
    assert_non_null(part);
    denoise__part_free(&thing_type, part);
    denoise_params_free(params);
    assert_int_equal(denoise_memory_blocks(), 0);
}

static void without_memory_there_is_the_static_part(void **state)
{
    (void)state;
    failing_alloc_install();
    for (int64_t n = 1;; n++) {
        failing_alloc_arm(n, false);
        denoise__part *part = gathered_thing("thing", 3, DENOISE_OK);
        bool failed = failing_alloc_disarm();
        assert_int_equal(part->status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        if (failed) assert_non_null(strstr(part->message, "out of memory"));
        denoise__part_free(&thing_type, part);
        assert_int_equal(failing_alloc_live(), 0);
        if (!failed) break;
    }
    failing_alloc_arm(1, false);
    assert_ptr_equal(denoise__part_new(&thing_type, "thing", NULL), &exhausted.part);
    assert_true(failing_alloc_disarm());
    failing_alloc_remove();
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
        cmocka_unit_test(a_noun_makes_and_frees_its_parts),
        cmocka_unit_test(kept_parts_are_the_callers),
        cmocka_unit_test(refused_parts_are_freed_unless_somebody_has_them),
        cmocka_unit_test(what_cannot_be_made_is_inert),
        cmocka_unit_test(create_gives_a_part_or_a_failure),
        cmocka_unit_test(without_memory_there_is_the_static_part),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
