/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How a figure came about is no figure. */
static bool is_figure(const char *key)
{
    static const char *const others[] = {"spread", "spread_ms", "spread_us", "spread_ns", "build", "samples",          "rows",
                                         "cpus",   "mflop",     "images",    "batch",     "side",  "steps_per_sample", "m",
                                         "n",      "k",         "threads",   "l2_bytes"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(key, others[i]) == 0) return false;
    }
    return true;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "";
}

/* The entry of a list with the same name and threads. */
static const json_t *partner(const json_t *list, const json_t *entry)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *other = json_array_get(list, i);
        if (strcmp(text(other, "name"), text(entry, "name")) == 0 &&
            json_integer_value(json_object_get(other, "threads")) == json_integer_value(json_object_get(entry, "threads"))) {
            return other;
        }
    }
    return NULL;
}

static void print_figure(const char *label, double before, double now)
{
    printf("%-52s %12.5g %12.5g", label, before, now);
    if (before != 0.0) printf(" %9.3f", now / before);
    printf("\n");
}

static void walk(const char *path, const json_t *before, json_t *now)
{
    char label[128];
    const char *key;
    json_t *value;
    if (json_is_number(now) && json_is_number(before)) print_figure(path, json_number_value(before), json_number_value(now));
    for (size_t i = 0; i < json_array_size(now); i++) {
        value = json_array_get(now, i);
        snprintf(label, sizeof label, "%s.%s.%d", path, text(value, "name"),
                 (int)json_integer_value(json_object_get(value, "threads")));
        walk(label, partner(before, value), value);
    }
    for (void *at = json_object_iter(now); at != NULL; at = json_object_iter_next(now, at)) {
        key = json_object_iter_key(at);
        snprintf(label, sizeof label, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);
        if (is_figure(key)) walk(label, json_object_get(before, key), json_object_iter_value(at));
    }
}

/* Figures of other machines or data may be compared, but not unawares. */
static void warn(const json_t *before, const json_t *now)
{
    static const char *const keys[] = {"data", "images"}, *const machine_keys[] = {"cpu", "isa", "engine"};
    const json_t *old_machine = json_object_get(before, "machine"), *new_machine = json_object_get(now, "machine");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(text(before, keys[i]), text(now, keys[i])) == 0) continue;
        printf("DIFFERENT %s: %s, %s\n", keys[i], text(before, keys[i]), text(now, keys[i]));
    }
    for (size_t i = 0; i < sizeof machine_keys / sizeof *machine_keys; i++) {
        if (strcmp(text(old_machine, machine_keys[i]), text(new_machine, machine_keys[i])) == 0) continue;
        printf("DIFFERENT %s: %s, %s\n", machine_keys[i], text(old_machine, machine_keys[i]),
               text(new_machine, machine_keys[i]));
    }
    if (json_is_true(json_object_get(before, "quick")) || json_is_true(json_object_get(now, "quick")))
        printf("QUICK: at least one of the two holds no measurements\n");
}

int compare_print(json_t *report, const char *path)
{
    json_error_t error;
    json_t *before = json_load_file(path, 0, &error);
    if (before == NULL || !json_is_object(json_object_get(before, "machine"))) {
        fprintf(stderr, "denoise_bench: \"%s\" is no report of this program: %s\n", path,
                before == NULL ? error.text : "it has no machine");
        json_decref(before);
        return 0;
    }
    printf("\ncompared with %s of %s\n", path, text(before, "date"));
    warn(before, report);
    printf("%-52s %12s %12s %9s\n", "", "old", "new", "new/old");
    walk("", before, report);
    json_decref(before);
    return 1;
}
