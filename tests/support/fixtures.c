/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fixtures.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 1024, NAME_SIZE = 256, MAX_KEPT = 512 };

typedef struct kept {
    void *object;
    void (*free)(void *object);
} kept;

struct fixtures {
    char group[NAME_SIZE];
    denoise_safetensors *file; /* NULL: a group without a file */
    json_t *cases;
    int64_t passed, skipped, failed;
};

struct fixture {
    fixtures *set;
    const char *name;
    json_t *info;
    jmp_buf end;
    bool is_failed, is_skipped;
    double worst; /* of what was compared so far */
    char worst_what[NAME_SIZE];
    char reason[NAME_SIZE];
    kept kept[MAX_KEPT];
    size_t kept_count;
};

static const char *path_in(const char *folder, const char *file)
{
    static char paths[4][PATH_SIZE];
    static size_t turn;
    char *path = paths[turn++ % 4];
    int length = snprintf(path, PATH_SIZE, "%s/%s", folder, file);
    assert_true(length > 0 && length < PATH_SIZE);
    return path;
}

const char *fixtures_path(const char *file)
{
    const char *folder = getenv("DENOISE_FIXTURES_DIR");
    if (folder == NULL || folder[0] == '\0') return path_in(DENOISE_TEST_FIXTURES_DIR, file);
    const char *path = path_in(folder, file);
    FILE *there = fopen(path, "rb");
    if (there == NULL) return path_in(DENOISE_TEST_FIXTURES_DIR, file);
    (void)fclose(there);
    return path;
}

fixtures *fixtures_begin(const char *group)
{
    fixtures *set = calloc(1, sizeof(*set));
    assert_non_null(set);
    (void)snprintf(set->group, sizeof(set->group), "%s", group);
    return set;
}

fixtures *fixtures_open(const char *group)
{
    fixtures *set = fixtures_begin(group);
    char file[NAME_SIZE];
    (void)snprintf(file, sizeof(file), "%s.safetensors", group);
    if (denoise_safetensors_open(&set->file, fixtures_path(file), NULL) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    const char *text = denoise_safetensors_metadata(set->file, "cases");
    if (text == NULL) fail_msg("%s: no metadata \"cases\"", file);
    json_error_t error;
    set->cases = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(set->cases)) fail_msg("%s: cases: %s", file, error.text);
    return set;
}

static void free_kept(fixture *f)
{
    while (f->kept_count > 0) {
        kept *last = &f->kept[--f->kept_count];
        if (last->object != NULL) last->free(last->object);
    }
}

static void report(fixture *f)
{
    if (f->is_failed) {
        f->set->failed++;
        print_message("FAIL  %s: %s\n", f->name, f->reason);
    } else if (f->is_skipped) {
        f->set->skipped++;
        print_message("skip  %s: %s\n", f->name, f->reason);
    } else {
        f->set->passed++;
        print_message("pass  %s (largest difference %.1e, %s)\n", f->name, f->worst,
                      f->worst_what[0] != '\0' ? f->worst_what : "none compared");
    }
}

void fixtures_run_case(fixtures *set, const char *name, json_t *info, void (*run)(fixture *f))
{
    fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->set = set;
    f->name = name;
    f->info = info;
    if (setjmp(f->end) == 0) run(f);
    free_kept(f);
    report(f);
    free(f);
}

static void run_unknown(fixture *f)
{
    fixture_fail(f, "the test knows no cases of kind \"%s\"", fixture_member_text(f, "kind"));
}

void fixtures_run(fixtures *set, const fixture_kind *kinds, size_t count)
{
    const char *name;
    json_t *info;
    json_object_foreach(set->cases, name, info)
    {
        const char *kind = json_string_value(json_object_get(info, "kind"));
        void (*run)(fixture *) = run_unknown;
        for (size_t i = 0; i < count && kind != NULL; i++) {
            if (strcmp(kinds[i].kind, kind) == 0) run = kinds[i].run;
        }
        fixtures_run_case(set, name, info, run);
    }
}

void fixtures_end(fixtures *set)
{
    int64_t passed = set->passed, failed = set->failed;
    print_message("%s: %lld passed, %lld skipped, %lld failed\n", set->group, (long long)passed, (long long)set->skipped,
                  (long long)failed);
    denoise_safetensors_free(set->file);
    json_decref(set->cases);
    free(set);
    assert_int_equal(failed, 0);
    assert_true(passed > 0);
}

const char *fixture_name(const fixture *f)
{
    return f->name;
}

json_t *fixture_info(const fixture *f)
{
    return f->info;
}

json_t *fixture_info_of(fixture *f, const char *name)
{
    json_t *info = json_object_get(f->set->cases, name);
    if (info == NULL) fixture_fail(f, "there is no case \"%s\"", name);
    return info;
}

json_t *fixture_member(fixture *f, const char *key)
{
    json_t *member = json_object_get(f->info, key);
    if (member == NULL) fixture_fail(f, "the case has no \"%s\"", key);
    return member;
}

const char *fixture_member_text(fixture *f, const char *key)
{
    const char *text = json_string_value(fixture_member(f, key));
    if (text == NULL) fixture_fail(f, "the case's \"%s\" is no text", key);
    return text;
}

const char *fixture_case_of_kind(fixture *f, const char *kind)
{
    const char *name;
    json_t *info;
    json_object_foreach(f->set->cases, name, info)
    {
        const char *given = json_string_value(json_object_get(info, "kind"));
        if (given != NULL && strcmp(given, kind) == 0) return name;
    }
    return NULL;
}

/* The rest of the name of the index-th tensor that begins with case and prefix; count is set to how many there are. */
static const char *find_tensors(fixture *f, const char *prefix, int64_t index, int64_t *count)
{
    char start[2 * NAME_SIZE];
    (void)snprintf(start, sizeof(start), "%s/%s", f->name, prefix);
    const char *found = NULL;
    *count = 0;
    for (int64_t i = 0; i < denoise_safetensors_count(f->set->file); i++) {
        const char *name = denoise_safetensors_name(f->set->file, i);
        if (strncmp(name, start, strlen(start)) != 0) continue;
        if (*count == index) found = name + strlen(start);
        (*count)++;
    }
    return found;
}

int64_t fixture_count(fixture *f, const char *prefix)
{
    int64_t count;
    (void)find_tensors(f, prefix, -1, &count);
    return count;
}

const char *fixture_tensor_name(fixture *f, const char *prefix, int64_t index)
{
    int64_t count;
    const char *name = find_tensors(f, prefix, index, &count);
    if (name == NULL) fixture_fail(f, "there are only %lld tensors \"%s...\"", (long long)count, prefix);
    return name;
}

bool fixture_has(fixture *f, const char *tensor)
{
    int64_t count;
    for (int64_t i = 0;; i++) {
        const char *rest = find_tensors(f, tensor, i, &count);
        if (rest == NULL) return false;
        if (rest[0] == '\0') return true;
    }
}

denoise_tensor *fixture_tensor(fixture *f, const char *tensor)
{
    return fixture_tensor_of(f, f->name, tensor);
}

denoise_tensor *fixture_tensor_of(fixture *f, const char *name, const char *tensor)
{
    char full[2 * NAME_SIZE];
    (void)snprintf(full, sizeof(full), "%s/%s", name, tensor);
    denoise_tensor *out;
    fixture_ok(f, denoise_safetensors_get(&out, f->set->file, full));
    return fixture_keep_tensor(f, out);
}

denoise_tensor *fixture_numbered(fixture *f, const char *stem, int64_t index)
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof(name), "%s%lld", stem, (long long)index);
    return fixture_has(f, name) ? fixture_tensor(f, name) : NULL;
}

void fixture_fail(fixture *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(f->reason, sizeof(f->reason), format, arguments);
    va_end(arguments);
    f->is_failed = true;
    longjmp(f->end, 1);
}

void fixture_skip(fixture *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(f->reason, sizeof(f->reason), format, arguments);
    va_end(arguments);
    f->is_skipped = true;
    longjmp(f->end, 1);
}

void fixture_ok(fixture *f, denoise_status status)
{
    if (status != DENOISE_OK) fixture_fail(f, "%s: %s", denoise_status_name(status), denoise_last_error());
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

void fixture_compare_numbers(fixture *f, const char *what, const double *got, const double *expected, int64_t count,
                             double tolerance)
{
    double difference = 0, magnitude = 0;
    int64_t at = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(expected[i])) magnitude = fmax(magnitude, fabs(expected[i]));
        if (is_same(got[i], expected[i]) || difference == HUGE_VAL) continue;
        double d = isfinite(got[i]) && isfinite(expected[i]) ? fabs(got[i] - expected[i]) : HUGE_VAL;
        if (d <= difference) continue;
        difference = d;
        at = i;
    }
    double relative = difference == 0 ? 0 : difference / magnitude;
    if (f->worst_what[0] == '\0' || relative > f->worst) {
        f->worst = relative;
        (void)snprintf(f->worst_what, sizeof(f->worst_what), "%s", what);
    }
    if (relative <= tolerance) return;
    f->is_failed = true;
    (void)snprintf(f->reason, sizeof(f->reason), "%s[%lld] is %.9g, expected %.9g: largest difference %.2e, allowed %.0e", what,
                   (long long)at, got[at], expected[at], relative, tolerance);
    print_message("      %s: %s\n", f->name, f->reason);
}

static const char *shape_text(const denoise_tensor *tensor, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (int32_t i = 0; i < denoise_tensor_rank(tensor) && used < size; i++) {
        used +=
            (size_t)snprintf(buffer + used, size - used, "%s%lld", i > 0 ? ", " : "", (long long)denoise_tensor_dim(tensor, i));
    }
    return buffer;
}

static double *numbers_of(fixture *f, const denoise_tensor *tensor)
{
    int64_t count = denoise_tensor_size(tensor);
    double *numbers = fixture_alloc(f, (size_t)(count > 0 ? count : 1) * sizeof(*numbers));
    for (int64_t i = 0; i < count; i++)
        fixture_ok(f, denoise_tensor_item(tensor, i, &numbers[i]));
    return numbers;
}

void fixture_compare(fixture *f, const char *what, const denoise_tensor *got, const denoise_tensor *expected, double tolerance)
{
    if (got == NULL || expected == NULL) fixture_fail(f, "%s: nothing to compare", what);
    int32_t rank = denoise_tensor_rank(expected);
    bool is_same_shape = denoise_tensor_rank(got) == rank;
    for (int32_t i = 0; is_same_shape && i < rank; i++)
        is_same_shape = denoise_tensor_dim(got, i) == denoise_tensor_dim(expected, i);
    if (!is_same_shape) {
        char given[NAME_SIZE], needed[NAME_SIZE];
        fixture_fail(f, "%s has shape (%s), expected (%s)", what, shape_text(got, given, sizeof(given)),
                     shape_text(expected, needed, sizeof(needed)));
    }
    fixture_compare_numbers(f, what, numbers_of(f, got), numbers_of(f, expected), denoise_tensor_size(expected), tolerance);
}

void fixture_compare_bytes(fixture *f, const char *what, const char *got, const char *expected)
{
    size_t at = 0;
    while (got[at] != '\0' && got[at] == expected[at])
        at++;
    if (got[at] == expected[at]) {
        if (f->worst_what[0] == '\0') (void)snprintf(f->worst_what, sizeof(f->worst_what), "%s", what);
        return;
    }
    print_message("---- got\n%s\n---- expected\n%s\n----\n", got, expected);
    fixture_fail(f, "%s differs at byte %zu", what, at);
}

static void *keep(fixture *f, void *object, void (*release)(void *object))
{
    if (object == NULL) return NULL;
    if (f->kept_count == MAX_KEPT) {
        release(object);
        fixture_fail(f, "the case keeps more than %d objects", (int)MAX_KEPT);
    }
    f->kept[f->kept_count++] = (kept){object, release};
    return object;
}

#define DEFINE_KEEP(noun)                                                                                                      \
    static void free_##noun(void *object)                                                                                      \
    {                                                                                                                          \
        denoise_##noun##_free(object);                                                                                         \
    }                                                                                                                          \
    denoise_##noun *fixture_keep_##noun(fixture *f, denoise_##noun *object)                                                    \
    {                                                                                                                          \
        return keep(f, object, free_##noun);                                                                                   \
    }
FIXTURE_NOUNS(DEFINE_KEEP)
#undef DEFINE_KEEP

static void free_text(void *text)
{
    denoise_free(text);
}

char *fixture_keep_text(fixture *f, char *text)
{
    return keep(f, text, free_text);
}

void *fixture_alloc(fixture *f, size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) fixture_fail(f, "out of memory");
    return keep(f, memory, free);
}

void fixture_release(fixture *f, const void *object)
{
    for (size_t i = 0; i < f->kept_count; i++) {
        if (f->kept[i].object == object) f->kept[i].object = NULL;
    }
}
