/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/layer.h"
#include "support/cmocka_test.h"
#include <string.h>

static void names_are_keras_snake_case(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"Dense", "dense"},
        {"InputLayer", "input_layer"},
        {"GaussianNoise", "gaussian_noise"},
        {"LeakyReLU", "leaky_re_lu"},
        {"PReLU", "p_re_lu"},
        {"ReLU", "re_lu"},
        {"ELU", "elu"},
        {"LSTM", "lstm"},
        {"Conv2DTranspose", "conv2d_transpose"},
        {"GRUCell", "gru_cell"},
        {"AaBbCc", "aa_bb_cc"},
        {"RMSNormalization", "rms_normalization"},
        {"", ""},
        {"already_snake", "already_snake"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_string_equal(denoise__snake_case(text, sizeof text, names[i][0]), names[i][1]);
    }
}

static void long_names_are_cut(void **state)
{
    (void)state;
    char text[8];
    memset(text, 'x', sizeof text);
    assert_string_equal(denoise__snake_case(text, 6, "InputLayer"), "input");
    assert_true(text[6] == 'x');
    assert_string_equal(denoise__snake_case(text, 7, "InputLayer"), "input_");
    assert_string_equal(denoise__snake_case(text, 1, "InputLayer"), "");
}

static void kinds_are_named_after_their_classes(void **state)
{
    (void)state;
    char text[64];
    for (int32_t i = 0; i < denoise__layer_registry.count; i++) {
        const denoise__kind *kind = denoise__layer_registry.kinds[i];
        assert_string_equal(denoise__snake_case(text, sizeof text, kind->class_name), kind->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_keras_snake_case),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(kinds_are_named_after_their_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
