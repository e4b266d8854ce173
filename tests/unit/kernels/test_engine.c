/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the engine, and finding a BLAS for it. A process looks for a BLAS once, so each case runs in a child of its own,
 * whose findings the parent checks. The BLAS is fake_blas.c. */
#include "core/cpu.h"
#include "kernels/blas.h"
#include "kernels/engine.h"
#include "kernels/gemm.h"
#include "kernels/gemm_cblas.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <dlfcn.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child found. */
typedef struct finding {
    denoise_status status;
    char message[512], engine[16], info[2048];
    int32_t numbers[4];
    float product;
} finding;

static void look(finding *f)
{
    f->product = 0;
    const float a[] = {1, 2}, b[] = {3, 4};
    denoise__gemm(false, false, 1, 1, 2, a, b, &f->product, NULL, NULL);
    strncpy(f->engine, denoise_engine_name(), sizeof f->engine - 1);
    (void)denoise_build_info(f->info, sizeof f->info);
}

static void keep_message(finding *f, denoise_status status)
{
    f->status = status;
    if (status != DENOISE_OK) strncpy(f->message, denoise_last_error(), sizeof f->message - 1);
}

/* Variables are set when not NULL and taken away else. */
static void set_variable(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
}

static finding in_child(const char *engine, const char *blas, const char *isa, void (*body)(finding *f))
{
    static finding f;
    int ends[2], status;
    memset(&f, 0, sizeof f);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        set_variable("DENOISE_ENGINE", engine);
        set_variable("DENOISE_BLAS", blas);
        set_variable("DENOISE_ISA", isa);
        body(&f);
        _exit(write(ends[1], &f, sizeof f) == (ssize_t)sizeof f ? 0 : 1);
    }
    close(ends[1]);
    char *to = (char *)&f;
    size_t left = sizeof f;
    for (ssize_t got = 1; left > 0 && got > 0; left -= (size_t)got, to += got)
        got = read(ends[0], to, left);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(left, 0);
    return f;
}

static void check_info(const finding *f, const char *key, const char *expected)
{
    json_t *info = json_loads(f->info, 0, NULL);
    assert_non_null(info);
    assert_string_equal(json_string_value(json_object_get(info, key)), expected);
    json_decref(info);
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static bool has_vectors(void)
{
    return denoise__cpu_best_isa() != DENOISE__ISA_PORTABLE;
}

static void only_check(finding *f)
{
    keep_message(f, denoise__engine_check());
    look(f);
}

static void choose_cblas(finding *f)
{
    keep_message(f, denoise_set_engine("cblas"));
    look(f);
}

static void automatic_is_native_and_loads_no_blas(void **state)
{
    (void)state;
    if (!has_vectors()) skip();
    static const char *const wishes[] = {NULL, "", "auto", "native"};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        finding f = in_child(wishes[i], FAKE_BLAS_RIGHT, NULL, only_check);
        assert_int_equal(f.status, DENOISE_OK);
        assert_string_equal(f.engine, "native");
        assert_true(f.product == 11);
        check_info(&f, "engine", "native");
        check_info(&f, "blas", "not loaded");
        check_info(&f, "blas_config", "");
        check_info(&f, "note", "");
    }
}

static void an_unknown_engine_is_refused(void **state)
{
    (void)state;
    finding f = in_child("turbo", FAKE_BLAS_RIGHT, NULL, only_check);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_string_equal(f.message,
                        "environment variable DENOISE_ENGINE is \"turbo\", expected \"auto\", \"native\" or \"cblas\"");
    assert_string_equal(f.engine, "none");
    check_info(&f, "engine", "none");
    check_info(&f, "note", f.message);
    assert_true(f.product == 11); /* who does not check is served by the native engine */
}

static void choose_in_turn(finding *f)
{
    f->numbers[0] = denoise_set_engine("turbo");
    keep_message(f, f->numbers[0]);
    f->numbers[1] = strcmp(denoise_engine_name(), "native");
    f->numbers[2] = denoise_set_engine("native");
    f->numbers[3] = denoise_set_engine(NULL);
    look(f);
}

static void names_are_checked(void **state)
{
    (void)state;
    finding f = in_child("native", NULL, NULL, choose_in_turn);
    assert_int_equal(f.numbers[0], DENOISE_ERR_NAME);
    assert_string_equal(f.message, "there is no engine \"turbo\", expected \"auto\", \"native\" or \"cblas\"");
    assert_int_equal(f.numbers[1], 0);
    assert_int_equal(f.numbers[2], DENOISE_OK);
    assert_int_equal(f.numbers[3], DENOISE_OK);
    assert_string_equal(f.engine, "native");
}

static void busy_epilogue(void *context, int64_t first, int64_t count)
{
    (void)first, (void)count;
    finding *f = context;
    keep_message(f, denoise_set_engine("native"));
}

static void choose_while_computing(finding *f)
{
    const float a[] = {1, 2}, b[] = {3, 4};
    float c;
    denoise__gemm(false, false, 1, 1, 2, a, b, &c, busy_epilogue, f);
    f->numbers[0] = denoise_set_engine("native");
    (void)denoise__engine_enter();
    (void)denoise__engine_enter();
    denoise__engine_leave();
    f->numbers[1] = denoise_set_engine(NULL);
    denoise__engine_leave();
    f->numbers[2] = denoise_set_engine(NULL);
}

static void the_engine_stays_during_a_product(void **state)
{
    (void)state;
    finding f = in_child("native", NULL, NULL, choose_while_computing);
    assert_int_equal(f.status, DENOISE_ERR_BUSY);
    assert_string_equal(f.message, "denoise_set_engine: a call computes, or was left by a callback (denoise_trainer_reset)");
    assert_int_equal(f.numbers[0], DENOISE_OK);
    assert_int_equal(f.numbers[1], DENOISE_ERR_BUSY);
    assert_int_equal(f.numbers[2], DENOISE_OK);
}

#if defined(DENOISE_TEST_CBLAS_OFF)
static void there_is_no_cblas(void **state)
{
    (void)state;
    finding f = in_child(NULL, FAKE_BLAS_RIGHT, NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_string_equal(f.message, "engine \"cblas\": this build has none (DENOISE_CBLAS=off)");
    f = in_child(NULL, FAKE_BLAS_RIGHT, "portable", only_check);
    assert_string_equal(f.engine, "native");
}
#elif defined(DENOISE_TEST_CBLAS_LINKED)
static void the_linked_blas_works(void **state)
{
    (void)state;
    finding f = in_child(NULL, "/none", NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_OK);
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
}
#else
static void a_missing_blas_is_told(void **state)
{
    (void)state;
    finding f = in_child("native", "/none/libblas.so", NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_contains(f.message, "engine \"cblas\": no BLAS could be loaded; tried /none/libblas.so (");
    assert_string_equal(f.engine, "native"); /* as it was */
    check_info(&f, "blas", "not loaded");
    f = in_child("cblas", "/none/libblas.so", NULL, only_check);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_contains(f.message, "environment variable DENOISE_ENGINE: engine \"cblas\": no BLAS could be loaded");
    assert_string_equal(f.engine, "none");
    check_info(&f, "note", f.message);
    assert_true(f.product == 11);
    f = in_child("cblas", FAKE_BLAS_EMPTY, NULL, only_check);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_contains(f.message, FAKE_BLAS_EMPTY " (has no cblas_sgemm)");
}

static void a_broken_blas_is_told(void **state)
{
    (void)state;
    finding f = in_child(NULL, FAKE_BLAS_WRONG, NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_contains(f.message, "gives a wrong product in a small test");
    assert_contains(f.message, FAKE_BLAS_WRONG);
    assert_string_not_equal(f.engine, "cblas");
    assert_true(f.product == 11);
}

/* The same names, other integers: called as it wants to be, which it says or a probe shows. */
static void a_blas_with_wide_integers_is_recognised(void **state)
{
    (void)state;
    finding f = in_child(NULL, FAKE_BLAS_WIDE, NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_OK);
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
    check_info(&f, "blas_config", "OpenBLAS 0.0.0 USE64BITINT FAKE, 64-bit integers");
#if defined(__x86_64__) || defined(__aarch64__)
    f = in_child(NULL, FAKE_BLAS_SILENT, NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_OK);
    assert_true(f.product == 11);
    check_info(&f, "blas", FAKE_BLAS_SILENT);
    check_info(&f, "blas_config", "64-bit integers");
#endif
}

static void load_liar_for_all(finding *f)
{
    if (dlopen(FAKE_BLAS_LIAR, RTLD_NOW | RTLD_GLOBAL) == NULL) return;
    choose_cblas(f);
}

static void a_blas_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
#if defined(__x86_64__) || defined(__aarch64__)
    finding f = in_child(NULL, FAKE_BLAS_LIAR, NULL, choose_cblas);
    assert_int_equal(f.status, DENOISE_ERR_ENGINE);
    assert_contains(f.message, FAKE_BLAS_LIAR " (says that its integers have 64 bits, but they have 32)");
    assert_string_not_equal(f.engine, "cblas");
    f = in_child(NULL, FAKE_BLAS_RIGHT, NULL, load_liar_for_all);
    assert_int_equal(f.status, DENOISE_OK); /* not the one of the process, which has the symbols all the same */
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
#else
    skip();
#endif
}

static void choose_and_count(finding *f)
{
    int (*calls)(void), (*most)(void), (*threads)(void);
    keep_message(f, denoise_set_engine("cblas"));
    void *pointers[] = {denoise__blas_symbol("fake_calls"), denoise__blas_symbol("fake_most_threads"),
                        denoise__blas_symbol("openblas_get_num_threads")};
    memcpy(&calls, &pointers[0], sizeof calls);
    memcpy(&most, &pointers[1], sizeof most);
    memcpy(&threads, &pointers[2], sizeof threads);
    if (calls == NULL || most == NULL || threads == NULL) return;
    int before = calls();
    look(f);
    f->numbers[0] = calls() - before;
    f->numbers[1] = most();
    denoise__cblas_enter();
    denoise__cblas_enter();
    denoise__cblas_leave();
    f->numbers[2] = threads();
    denoise__cblas_leave();
    f->numbers[3] = threads();
}

static void a_blas_is_used_and_gets_its_threads_back(void **state)
{
    (void)state;
    finding f = in_child("native", FAKE_BLAS_RIGHT, NULL, choose_and_count);
    assert_int_equal(f.status, DENOISE_OK);
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
    assert_int_equal(f.numbers[0], 1);
    assert_int_equal(f.numbers[1], 1);
    assert_int_equal(f.numbers[2], 1);
    assert_int_equal(f.numbers[3], 3);
    check_info(&f, "engine", "cblas");
    check_info(&f, "blas", "OpenBLAS");
    check_info(&f, "blas_config", "OpenBLAS 0.0.0 FAKE \"quoted\", core Prescott");
    int32_t isa = denoise__cpu_best_isa();
    if (isa != DENOISE__ISA_AVX2 && isa != DENOISE__ISA_AVX512) return;
    assert_contains(f.info, "OpenBLAS takes this CPU for core Prescott and computes with SSE although it has AVX");
    f = in_child("cblas", FAKE_BLAS_RIGHT, "portable", only_check);
    assert_contains(f.info, "OpenBLAS takes this CPU for core Prescott");
}

static void automatic_without_vectors_prefers_a_blas(void **state)
{
    (void)state;
    finding f = in_child(NULL, FAKE_BLAS_RIGHT, "portable", only_check);
    assert_int_equal(f.status, DENOISE_OK);
    assert_string_equal(f.engine, "cblas");
    assert_contains(f.info, "no vector kernels for this CPU, so the engine auto takes a BLAS");
    static const char *const bad[] = {"/none", FAKE_BLAS_WRONG, FAKE_BLAS_EMPTY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f = in_child("auto", bad[i], "portable", only_check);
        assert_int_equal(f.status, DENOISE_OK);
        assert_string_equal(f.engine, "native");
        check_info(&f, "note", "");
    }
    f = in_child("native", FAKE_BLAS_RIGHT, "portable", only_check);
    assert_string_equal(f.engine, "native");
    check_info(&f, "blas", "not loaded");
}

static void load_for_all(finding *f)
{
    if (dlopen(FAKE_BLAS_RIGHT, RTLD_NOW | RTLD_GLOBAL) == NULL) return;
    choose_cblas(f);
}

static void the_process_own_blas_wins(void **state)
{
    (void)state;
    finding f = in_child(NULL, "/none", NULL, load_for_all);
    assert_int_equal(f.status, DENOISE_OK);
    assert_string_equal(f.engine, "cblas");
    check_info(&f, "blas", "OpenBLAS");
}

static void *choose_in_thread(void *result)
{
    *(denoise_status *)result = denoise_set_engine("cblas");
    return NULL;
}

static void choose_in_threads(finding *f)
{
    pthread_t threads[8];
    denoise_status status[8];
    for (int i = 0; i < 8; i++) {
        status[i] = DENOISE_ERR_INTERNAL;
        if (pthread_create(&threads[i], NULL, choose_in_thread, &status[i]) != 0) return;
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        f->numbers[0] += status[i] == DENOISE_OK;
    }
    look(f);
}

static void many_threads_may_load_at_once(void **state)
{
    (void)state;
    finding f = in_child(NULL, FAKE_BLAS_RIGHT, NULL, choose_in_threads);
    assert_int_equal(f.numbers[0], 8);
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
}

/* The system's own, where there is one: found by its usual names. */
static void the_usual_names_are_tried(void **state)
{
    (void)state;
    finding f = in_child(NULL, NULL, NULL, choose_cblas);
    if (f.status != DENOISE_OK) {
        assert_int_equal(f.status, DENOISE_ERR_ENGINE);
        assert_contains(f.message, "libopenblas.so.0");
        print_message("no BLAS on this machine: %s\n", f.message);
        skip();
    }
    assert_string_equal(f.engine, "cblas");
    assert_true(f.product == 11);
}
#endif

static void a_misjudging_blas_is_named(void **state)
{
    (void)state;
    char text[256];
    static const char *const old[] = {"Prescott", "Core2", "Generic", "generic", "Nehalem", "Opteron_SSE3", "PENRYN"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        assert_contains(denoise__blas_core_note(old[i], DENOISE__ISA_AVX2, text, sizeof text), old[i]);
        assert_contains(text, "computes with SSE although it has AVX2 and FMA");
        assert_string_equal(denoise__blas_core_note(old[i], DENOISE__ISA_PORTABLE, text, sizeof text), "");
        assert_string_equal(denoise__blas_core_note(old[i], DENOISE__ISA_NEON, text, sizeof text), "");
    }
    assert_contains(denoise__blas_core_note("Sandybridge", DENOISE__ISA_AVX2, text, sizeof text), "with AVX although");
    assert_contains(denoise__blas_core_note("Haswell", DENOISE__ISA_AVX512, text, sizeof text), "AVX2 although it has AVX-512");
    assert_string_equal(denoise__blas_core_note("Haswell", DENOISE__ISA_AVX2, text, sizeof text), "");
    assert_string_equal(denoise__blas_core_note("Zen", DENOISE__ISA_AVX2, text, sizeof text), "");
    assert_string_equal(denoise__blas_core_note("SkylakeX", DENOISE__ISA_AVX512, text, sizeof text), "");
    assert_string_equal(denoise__blas_core_note("Sapphirerapids", DENOISE__ISA_AVX512, text, sizeof text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automatic_is_native_and_loads_no_blas),
        cmocka_unit_test(an_unknown_engine_is_refused),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(the_engine_stays_during_a_product),
#if defined(DENOISE_TEST_CBLAS_OFF)
        cmocka_unit_test(there_is_no_cblas),
#elif defined(DENOISE_TEST_CBLAS_LINKED)
        cmocka_unit_test(the_linked_blas_works),
#else
        cmocka_unit_test(a_missing_blas_is_told),
        cmocka_unit_test(a_broken_blas_is_told),
        cmocka_unit_test(a_blas_with_wide_integers_is_recognised),
        cmocka_unit_test(a_blas_that_contradicts_itself_is_refused),
        cmocka_unit_test(a_blas_is_used_and_gets_its_threads_back),
        cmocka_unit_test(automatic_without_vectors_prefers_a_blas),
        cmocka_unit_test(the_process_own_blas_wins),
        cmocka_unit_test(many_threads_may_load_at_once),
        cmocka_unit_test(the_usual_names_are_tried),
#endif
        cmocka_unit_test(a_misjudging_blas_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
