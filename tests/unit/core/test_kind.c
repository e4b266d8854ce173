/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "unit/core/kinds.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void kinds_are_found_by_all_their_names(void **state)
{
    (void)state;
    static const char *const names[] = {"thing", "BigThing", "big", "BT", "Thing", "Big", "thing!", "THING"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const denoise__kind *kind = denoise__registry_find(&thing_registry, names[i]);
        assert_non_null(kind);
        assert_string_equal(kind->name, "thing");
    }
    static const char *const others[] = {"", "bi", "big|BT", "bigger", "tHING", "thin", "|", "big_thing_"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_null(denoise__registry_find(&thing_registry, others[i]));
    }
    assert_null(denoise__registry_find(&thing_registry, NULL));
}

/* Each pair is what Keras 3.15's to_snake_case gives. */
static void other_names_are_read_as_keras_snake_case(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"ReLU", "re_lu"},
        {"PReLU", "p_re_lu"},
        {"BinaryCrossentropy", "binary_crossentropy"},
        {"L1L2", "l1l2"},
        {"Conv2DTranspose", "conv2d_transpose"},
        {"GRUCell", "gru_cell"},
        {"LayerNormalization", "layer_normalization"},
        {"ZeroPadding1D", "zero_padding1d"},
        {"MaxPooling2D", "max_pooling2d"},
        {"AbcDefGhi", "abc_def_ghi"},
        {"my-Layer", "my_layer"},
        {"HTTPServerX", "http_server_x"},
        {"A", "a"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const denoise__kind kind = {.name = pairs[i][1]};
        const denoise__kind *kinds[] = {&kind};
        const denoise__registry registry = {.noun = "x", .kinds = kinds, .count = 1};
        assert_ptr_equal(denoise__registry_find(&registry, pairs[i][0]), &kind);
    }
}

static void a_very_long_name_is_just_unknown(void **state)
{
    (void)state;
    char name[5000];
    memset(name, 'A', sizeof(name));
    for (size_t i = 0; i < sizeof(name); i += 2) {
        name[i] = 'a';
    }
    for (size_t length = 120; length < sizeof(name); length = length < 140 ? length + 1 : length * 2) {
        name[length] = '\0';
        assert_null(denoise__registry_find(&thing_registry, name));
        name[length] = 'a';
    }
}

static void an_unknown_name_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    const denoise__kind *kind = &(const denoise__kind){.name = "x"};
    assert_int_equal(denoise__registry_get(&kind, &thing_registry, "thinf"), DENOISE_ERR_NAME);
    assert_null(kind);
    assert_string_equal(denoise_last_error(), "unknown thing \"thinf\"; known are thing, re_lu");
    assert_int_equal(denoise__registry_get(&kind, &thing_registry, NULL), DENOISE_ERR_NULL);
    assert_null(kind);
    assert_int_equal(denoise__registry_get(&kind, &thing_registry, "ReLU"), DENOISE_OK);
    assert_string_equal(kind->name, "re_lu");
}

static void an_added_kind_is_found_like_the_others(void **state)
{
    (void)state;
    static denoise__registry_tail tail;
    static const denoise__kind old = {.name = "old", .class_name = "Old", .aliases = "o1|o2"},
                               new = {.name = "new_kind", .class_name = "NewKind", .aliases = "n1|n2"};
    static const denoise__kind *const kinds[] = {&old};
    const denoise__registry registry = {.noun = "x", .kinds = kinds, .count = 1, .tail = &tail};
    const denoise__kind *found;
    assert_null(denoise__registry_at(&registry, 1));
    assert_int_equal(denoise__registry_add(&registry, &new), DENOISE_OK);
    assert_ptr_equal(denoise__registry_at(&registry, 0), &old);
    assert_ptr_equal(denoise__registry_at(&registry, 1), &new);
    assert_null(denoise__registry_at(&registry, 2));
    assert_null(denoise__registry_at(&registry, -1));
    assert_null(denoise__registry_at(&registry, INT64_MAX));
    static const char *const names[] = {"new_kind", "NewKind", "n1", "n2", "New-Kind"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_ptr_equal(denoise__registry_find(&registry, names[i]), &new);
    assert_int_equal(denoise__registry_get(&found, &registry, "newer"), DENOISE_ERR_NAME);
    assert_string_equal(denoise_last_error(), "unknown x \"newer\"; known are old, new_kind");
}

static void taken_names_are_refused(void **state)
{
    (void)state;
    static denoise__registry_tail tail;
    static const denoise__kind old = {.name = "old", .class_name = "Old", .aliases = "o1|o2"};
    static const denoise__kind *const kinds[] = {&old};
    const denoise__registry registry = {.noun = "x", .kinds = kinds, .count = 1, .tail = &tail};
    const denoise__kind same[] = {{.name = "old"}, {.name = "a", .class_name = "Old"},
                                  {.name = "o2"},  {.name = "b", .aliases = "c|o1"},
                                  {.name = ""},    {.name = "d", .aliases = "e||f"}};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_int_equal(denoise__registry_add(&registry, &same[i]), DENOISE_ERR_NAME);
    assert_string_equal(denoise_last_error(), "a name of a x has 0 bytes, expected 1 to 127");
    assert_null(denoise__registry_at(&registry, 1));
    assert_int_equal(denoise__registry_add(&registry, &(const denoise__kind){.name = "old"}), DENOISE_ERR_NAME);
    assert_string_equal(denoise_last_error(), "there is a x \"old\" already");
    static const denoise__kind good = {.name = "good"};
    assert_int_equal(denoise__registry_add(&registry, &good), DENOISE_OK);
    assert_int_equal(denoise__registry_add(&registry, &good), DENOISE_ERR_NAME);
    assert_int_equal(denoise__registry_add(&registry, NULL), DENOISE_ERR_NULL);
    assert_int_equal(denoise__registry_add(&penalty_registry, &good), DENOISE_ERR_UNSUPPORTED);
}

enum { ADDERS = 4, EACH = DENOISE__REGISTRY_ROOM / 2 };
static denoise__registry_tail raced_tail;
static const denoise__registry raced = {.noun = "x", .tail = &raced_tail};
static char raced_names[EACH][8];
static denoise__kind raced_kinds[ADDERS][EACH];

/* All threads add kinds of the same names. */
static void *add_all(void *context)
{
    denoise__kind *mine = context;
    int64_t *added = malloc(sizeof(*added));
    assert_non_null(added);
    *added = 0;
    for (int i = 0; i < EACH; i++) {
        denoise_status status = denoise__registry_add(&raced, &mine[i]);
        *added += status == DENOISE_OK;
        if (status != DENOISE_OK) assert_int_equal(status, DENOISE_ERR_NAME);
        assert_string_equal(denoise__registry_find(&raced, mine[i].name)->name, mine[i].name);
    }
    return added;
}

static void threads_add_each_name_once(void **state)
{
    (void)state;
    pthread_t threads[ADDERS];
    int64_t total = 0;
    for (int i = 0; i < EACH; i++) {
        (void)snprintf(raced_names[i], sizeof(raced_names[i]), "k%d", i);
        for (int t = 0; t < ADDERS; t++)
            raced_kinds[t][i] = (denoise__kind){.name = raced_names[i]};
    }
    for (int t = 0; t < ADDERS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, add_all, raced_kinds[t]), 0);
    for (int t = 0; t < ADDERS; t++) {
        void *added;
        assert_int_equal(pthread_join(threads[t], &added), 0);
        total += *(int64_t *)added;
        free(added);
    }
    assert_int_equal(total, EACH);
    assert_non_null(denoise__registry_at(&raced, EACH - 1));
    assert_null(denoise__registry_at(&raced, EACH));
}

static void a_full_registry_says_so(void **state)
{
    (void)state;
    static denoise__registry_tail tail;
    static char names[DENOISE__REGISTRY_ROOM + 1][8];
    static denoise__kind kinds[DENOISE__REGISTRY_ROOM + 1];
    const denoise__registry registry = {.noun = "x", .tail = &tail};
    for (int i = 0; i <= DENOISE__REGISTRY_ROOM; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "k%d", i);
        kinds[i].name = names[i];
        assert_int_equal(denoise__registry_add(&registry, &kinds[i]),
                         i < DENOISE__REGISTRY_ROOM ? DENOISE_OK : DENOISE_ERR_LIMIT);
    }
    assert_string_equal(denoise_last_error(), "256 kinds of x were added already, there is no room for \"k256\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_all_their_names),
        cmocka_unit_test(other_names_are_read_as_keras_snake_case),
        cmocka_unit_test(a_very_long_name_is_just_unknown),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_known_ones),
        cmocka_unit_test(an_added_kind_is_found_like_the_others),
        cmocka_unit_test(taken_names_are_refused),
        cmocka_unit_test(threads_add_each_name_once),
        cmocka_unit_test(a_full_registry_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
