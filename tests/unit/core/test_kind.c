/* SPDX-License-Identifier: Apache-2.0 */
#include "support/cmocka_test.h"
#include "unit/core/kinds.h"
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
        const denoise__registry registry = {"x", kinds, 1};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_found_by_all_their_names),
        cmocka_unit_test(other_names_are_read_as_keras_snake_case),
        cmocka_unit_test(a_very_long_name_is_just_unknown),
        cmocka_unit_test(an_unknown_name_is_answered_with_the_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
