/* SPDX-License-Identifier: Apache-2.0 */
/* Keras' own values: the files of tests/golden/fixtures, or of the folder that DENOISE_FIXTURES_DIR names.
 *
 *     static void run(fixture *f) {                      one case; what it keeps is freed after it
 *         denoise_tensor *x = fixture_tensor(f, "x");
 *         ...
 *         fixture_compare(f, "y", y, fixture_tensor(f, "y"), FIXTURE_ONE_OPERATION);
 *     }
 *     fixtures *set = fixtures_open("activations");
 *     fixtures_run(set, (fixture_kind[]){{"activation", run}}, 1);
 *     fixtures_end(set);                                 asserts that some case passed and that none failed
 *
 * A case ends early with fixture_fail() or fixture_skip(), which do not return. They jump, as CMocka's assertions do: never
 * from within a call of the library, so not from a callback. */
#ifndef DENOISE_TESTS_FIXTURES_H
#define DENOISE_TESTS_FIXTURES_H

#include <denoise/denoise.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* How close is equal, as largest difference over largest expected magnitude of a tensor; see the fixtures' README. */
#define FIXTURE_ONE_OPERATION 1e-6
#define FIXTURE_AFTER_A_FIT   1e-5

typedef struct fixtures fixtures; /* a group of cases */
typedef struct fixture fixture;   /* the case that runs */

typedef struct fixture_kind {
    const char *kind; /* the case's "kind" */
    void (*run)(fixture *f);
} fixture_kind;

/* The path of a file in the fixtures' folder; one of four buffers in turn. What the folder that DENOISE_FIXTURES_DIR names has
 * not is looked for in tests/golden/fixtures. */
const char *fixtures_path(const char *file);
/* A group without a file; cases are run one by one. */
fixtures *fixtures_begin(const char *group);
/* The group of <group>.safetensors. */
fixtures *fixtures_open(const char *group);
/* Every case of the file. A kind of case that is not listed fails. */
void fixtures_run(fixtures *set, const fixture_kind *kinds, size_t count);
/* One case; info may be NULL. */
void fixtures_run_case(fixtures *set, const char *name, json_t *info, void (*run)(fixture *f));
/* Prints the totals, frees, and asserts. */
void fixtures_end(fixtures *set);

const char *fixture_name(const fixture *f);
/* What the file says about the case, and about another one. */
json_t *fixture_info(const fixture *f);
json_t *fixture_info_of(fixture *f, const char *name);
/* A member of the case's JSON object, which must be there. */
json_t *fixture_member(fixture *f, const char *key);
const char *fixture_member_text(fixture *f, const char *key);
/* The first case of a kind, NULL when there is none. */
const char *fixture_case_of_kind(fixture *f, const char *kind);

bool fixture_has(fixture *f, const char *tensor);
/* A tensor of the case, and of another one; kept. */
denoise_tensor *fixture_tensor(fixture *f, const char *tensor);
denoise_tensor *fixture_tensor_of(fixture *f, const char *name, const char *tensor);
/* A numbered tensor of the case, "w" and 2 for "w2"; NULL when there is none. */
denoise_tensor *fixture_numbered(fixture *f, const char *stem, int64_t index);
/* Number of tensors of the case whose names begin with a prefix, and the rest of the name of the index-th. */
int64_t fixture_count(fixture *f, const char *prefix);
const char *fixture_tensor_name(fixture *f, const char *prefix, int64_t index);

_Noreturn void fixture_fail(fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fixture_skip(fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails the case with the library's message unless the status is DENOISE_OK. */
void fixture_ok(fixture *f, denoise_status status);

/* Compare; differences are printed and fail the case, which goes on. Shapes that differ end it. */
void fixture_compare(fixture *f, const char *what, const denoise_tensor *got, const denoise_tensor *expected, double tolerance);
void fixture_compare_numbers(fixture *f, const char *what, const double *got, const double *expected, int64_t count,
                             double tolerance);
void fixture_compare_bytes(fixture *f, const char *what, const char *got, const char *expected);

/* Objects that are freed after the case; each returns its argument. fixture_release() forgets one that something adopted. */
#define FIXTURE_NOUNS(X)                                                                                                       \
    X(tensor)                                                                                                                  \
    X(params)                                                                                                                  \
    X(layer)                                                                                                                   \
    X(loss)                                                                                                                    \
    X(metric)                                                                                                                  \
    X(optimizer)                                                                                                               \
    X(callback)                                                                                                                \
    X(sequential)                                                                                                              \
    X(graph)                                                                                                                   \
    X(model)                                                                                                                   \
    X(trainer)                                                                                                                 \
    X(logs)
#define FIXTURE_KEEP(noun) denoise_##noun *fixture_keep_##noun(fixture *f, denoise_##noun *object);
FIXTURE_NOUNS(FIXTURE_KEEP)
#undef FIXTURE_KEEP
char *fixture_keep_text(fixture *f, char *text); /* freed with denoise_free() */
void *fixture_alloc(fixture *f, size_t size);    /* zeroed */
void fixture_release(fixture *f, const void *object);

#endif
