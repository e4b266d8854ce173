/* SPDX-License-Identifier: Apache-2.0 */
/* Each name that Keras resolves gives its class here, or nothing; never another kind. Each name of ours is one of Keras', or in
 * the list of those that are not. */
#include "core/kind.h"
#include "support/cmocka_test.h"
#include <stdbool.h>
#include <string.h>

typedef struct keras_name {
    const char *noun, *name, *class_name;
} keras_name;

static const keras_name names[] = {
#define KERAS_NAME(noun, name, class_name) {noun, name, class_name},
#include "keras_names.inc"
#undef KERAS_NAME
};
enum { NAMES = (int)(sizeof names / sizeof *names) };

/* Where a text of compile() means another thing than the class: "accuracy" goes by shapes, as "acc" does. */
static const keras_name other[] = {{"metric", "accuracy", "accuracy"}};

/* Names beyond Keras': kinds of ours, and small letters for layers, callbacks, constraints and schedules, where Keras has
 * classes alone. */
static const keras_name own[] = {
    {"metric", "acc", ""},
    {"metric", "elementwise_accuracy", ""},
    {"metric", "psnr", ""},
    {"metric", "PSNR", ""},
    {"metric", "ssim", ""},
    {"metric", "SSIM", ""},
    {"layer", "input", ""},
    {"layer", "Input", ""},
    {"layer", "depth_to_space", ""}, /* functions of keras.ops */
    {"layer", "DepthToSpace", ""},
    {"layer", "space_to_depth", ""},
    {"layer", "SpaceToDepth", ""},
    {"optimizer", "adam_w", ""},
    {"optimizer", "rms_prop", ""},
    {"regularizer", "l1_l2", ""},
    {"constraint", "radial_constraint", ""}, /* of Keras 2 */
    {"constraint", "RadialConstraint", ""},
    {"callback", "lambda", ""},
    {"callback", "terminate_on_nan", ""},
};

static bool has_row(const keras_name *rows, size_t count, const char *noun, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].noun, noun) == 0 && strcmp(rows[i].name, name) == 0) return true;
    }
    return false;
}

static const denoise__registry *registry_of(const char *noun)
{
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        if (strcmp((*at)->noun, noun) == 0) return *at;
    }
    return NULL;
}

static bool is_of_class(const denoise__kind *kind, const char *class_name)
{
    return strcmp(kind->class_name, class_name) == 0 || strcmp(kind->name, class_name) == 0;
}

static void names_of_keras_give_its_classes(void **state)
{
    (void)state;
    int found = 0, wrong = 0;
    for (int i = 0; i < NAMES; i++) {
        const keras_name *row = &names[i];
        const denoise__registry *registry = registry_of(row->noun);
        if (registry == NULL || has_row(other, sizeof other / sizeof *other, row->noun, row->name)) continue;
        const denoise__kind *kind = denoise__registry_find(registry, row->name);
        const denoise__kind *meant = denoise__registry_find(registry, row->class_name);
        bool has_class = meant != NULL && is_of_class(meant, row->class_name);
        bool is_right = kind == NULL ? !has_class : is_of_class(kind, row->class_name);
        if (!is_right) {
            print_error("%s \"%s\" gives %s, Keras' is %s\n", row->noun, row->name, kind == NULL ? "nothing" : kind->name,
                        row->class_name);
        }
        wrong += !is_right;
        found += kind != NULL;
    }
    assert_int_equal(wrong, 0);
    assert_true(found > 70);
}

static int strange(const char *noun, const char *name)
{
    char snake[256];
    bool is_known = has_row(names, NAMES, noun, name) || has_row(own, sizeof own / sizeof *own, noun, name);
    for (int i = 0; i < NAMES && !is_known; i++) {
        if (strcmp(names[i].noun, noun) != 0) continue;
        is_known = strcmp(denoise__snake_case(snake, sizeof snake, names[i].name), name) == 0;
    }
    if (!is_known) print_error("%s \"%s\" is no name of Keras'\n", noun, name);
    return !is_known;
}

static void our_names_are_names_of_keras(void **state)
{
    (void)state;
    int wrong = 0;
    const denoise__kind *kind;
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        for (int64_t i = 0; (kind = denoise__registry_at(*at, i)) != NULL; i++) {
            char list[256] = "", *rest = list;
            assert_true(kind->aliases == NULL || strlen(kind->aliases) < sizeof list);
            if (kind->aliases != NULL) strcpy(list, kind->aliases);
            wrong += strange((*at)->noun, kind->name) + strange((*at)->noun, kind->class_name);
            for (char *alias = strtok_r(list, "|", &rest); alias != NULL; alias = strtok_r(NULL, "|", &rest))
                wrong += strange((*at)->noun, alias);
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_keras_give_its_classes),
        cmocka_unit_test(our_names_are_names_of_keras),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
