/* SPDX-License-Identifier: Apache-2.0 */
#include "initializer_make.h"
#include <string.h>

static const denoise__shape kernel = {2, {784, 256}};
static float values[784 * 256], again[784 * 256];

static const char *const all[] = {
    "zeros",          "ones",          "constant(0.5)", "random_uniform", "random_normal", "truncated_normal",
    "glorot_uniform", "glorot_normal", "he_uniform",    "he_normal"};
enum { ALL = sizeof all / sizeof *all };

static void fans_are_keras(void **state)
{
    (void)state;
    static const struct {
        denoise__shape shape;
        double in, out;
    } cases[] = {
        {{0, {0}}, 1, 1}, {{1, {7}}, 7, 7}, {{2, {3, 5}}, 3, 5}, {{3, {3, 4, 5}}, 12, 15}, {{4, {3, 3, 16, 32}}, 144, 288},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double in, out;
        denoise__fans(&cases[i].shape, &in, &out);
        assert_true(in == cases[i].in && out == cases[i].out);
    }
}

/* Any change of these bits changes every seeded model. */
static void bits_are_pinned(void **state)
{
    (void)state;
    static const uint64_t hashes[ALL] = {0x632a95891f772325, 0x02b2b2ecd3eca325, 0xbc4f6566f5eca325, 0xb533350ab62d0850,
                                         0xd4c29807a9210676, 0xbddfe05ee69807c7, 0xc139658ac54b5e19, 0x2ac1844837639f7a,
                                         0x0ffed2a4fd616869, 0x54df91e2a514b2da};
    for (int i = 0; i < ALL; i++) {
        fill_by_text(all[i], &kernel, 42, 7, values);
        assert_true(hash_of(values, 784 * 256) == hashes[i]);
    }
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const int32_t threads[] = {2, 3, 4, 8};
    for (int i = 0; i < ALL; i++) {
        assert_int_equal(denoise_set_num_threads(1), DENOISE_OK);
        fill_by_text(all[i], &kernel, 1, 2, values);
        for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
            assert_int_equal(denoise_set_num_threads(threads[t]), DENOISE_OK);
            memset(again, 0xff, sizeof again);
            fill_by_text(all[i], &kernel, 1, 2, again);
            assert_memory_equal(values, again, sizeof values);
        }
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

static void seed_and_stream_matter(void **state)
{
    (void)state;
    for (int i = 3; i < ALL; i++) {
        fill_by_text(all[i], &kernel, 1, 2, values);
        fill_by_text(all[i], &kernel, 1, 3, again);
        assert_memory_not_equal(values, again, sizeof values);
        fill_by_text(all[i], &kernel, 2, 2, again);
        assert_memory_not_equal(values, again, sizeof values);
    }
}

/* Keras: one seed gives the same numbers wherever it is used. */
static void an_own_seed_replaces_seed_and_stream(void **state)
{
    (void)state;
    static const char *const seeded[] = {"random_uniform(seed=5)", "random_normal(seed=5)", "truncated_normal(seed=5)",
                                         "glorot_uniform(seed=5)", "he_normal(seed=5)"};
    for (size_t i = 0; i < sizeof seeded / sizeof *seeded; i++) {
        fill_by_text(seeded[i], &kernel, 1, 2, values);
        fill_by_text(seeded[i], &kernel, 8, 9, again);
        assert_memory_equal(values, again, sizeof values);
    }
    fill_by_text("he_normal(seed=6)", &kernel, 8, 9, again);
    assert_memory_not_equal(values, again, sizeof values);
}

static void keras_names_are_known(void **state)
{
    (void)state;
    static const char *const names[] = {"zero",          "Zeros",         "one",       "Ones",         "Constant",
                                        "uniform",       "RandomUniform", "normal",    "RandomNormal", "TruncatedNormal",
                                        "GlorotUniform", "GlorotNormal",  "HeUniform", "HeNormal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(denoise__registry_find(&denoise__initializer_registry, names[i]));
    }
    assert_null(denoise__registry_find(&denoise__initializer_registry, "xavier"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fans_are_keras),
        cmocka_unit_test(bits_are_pinned),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(seed_and_stream_matter),
        cmocka_unit_test(an_own_seed_replaces_seed_and_stream),
        cmocka_unit_test(keras_names_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
