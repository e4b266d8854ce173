/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/engine.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "core/threads.h"
#include "kernels/gemm_cblas.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { AUTOMATIC = 3, UNKNOWN = -1 }; /* beside DENOISE__ENGINE_* */

/* The choices and who runs on them, in one word, so that they change only while nobody does: bits 0 and 1 = DENOISE__ENGINE_*,
 * bits 2 and 3 = DENOISE__CONVOLUTION_* (0 = not chosen yet), the others = calls between enter and leave. */
static _Atomic(int64_t) state;
enum { CHOSEN = 3, FORM = 4, FORMS = 3 * FORM, RUNNING = 16 };

static _Thread_local int64_t depth; /* of this thread's calls */
static denoise__once fork_once = DENOISE__ONCE_INIT;

/* Only the forking thread goes on in the child. */
static void after_fork_in_child(void)
{
    atomic_store(&state, (atomic_load(&state) & (CHOSEN | FORMS)) + depth * RUNNING);
}

static void handle_fork(void)
{
    (void)denoise__at_fork(NULL, NULL, after_fork_in_child);
}

static const char *const names[] = {"none", "native", "cblas", "auto"};

static int find_name(const char *name)
{
    for (int i = DENOISE__ENGINE_NATIVE; i <= AUTOMATIC; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return UNKNOWN;
}

static int32_t chosen(void)
{
    return (int32_t)(atomic_load(&state) & CHOSEN);
}

/* Native without vector instructions is slower than any BLAS. */
static int automatic(void)
{
    if (denoise__cpu_isa() != DENOISE__ISA_PORTABLE) return DENOISE__ENGINE_NATIVE;
    return denoise__cblas_works() ? DENOISE__ENGINE_CBLAS : DENOISE__ENGINE_NATIVE;
}

static denoise_status find_engine(int wish, int *engine)
{
    if (wish == DENOISE__ENGINE_CBLAS) DENOISE__TRY(denoise__cblas_check());
    *engine = wish == AUTOMATIC ? automatic() : wish;
    return DENOISE_OK;
}

static denoise_status find_by_environment(int *engine)
{
    const char *name = getenv("DENOISE_ENGINE");
    int wish = name == NULL || name[0] == '\0' ? AUTOMATIC : find_name(name);
    if (wish == UNKNOWN) {
        return denoise__fail(DENOISE_ERR_ENGINE,
                             "environment variable DENOISE_ENGINE is \"%.64s\", expected \"auto\", \"native\" or \"cblas\"",
                             name);
    }
    denoise_status status = find_engine(wish, engine);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "environment variable DENOISE_ENGINE: ");
}

/* A variable that has one of a few values, or none. */
static denoise_status check_variable(const char *name, const char *const *values, const char *expected)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') return DENOISE_OK;
    for (; *values != NULL; values++) {
        if (strcmp(*values, value) == 0) return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_ENGINE, "environment variable %s is \"%.64s\", expected %s", name, value, expected);
}

static denoise_status choose(void)
{
    int engine;
    if (chosen() != DENOISE__ENGINE_NONE) return DENOISE_OK;
    DENOISE__TRY(find_by_environment(&engine));
    /* Also while others run: they have chosen the same, or what denoise_set_engine() said meanwhile stays. */
    int64_t present = atomic_load(&state);
    while ((present & CHOSEN) == DENOISE__ENGINE_NONE && !atomic_compare_exchange_weak(&state, &present, present | engine))
        continue;
    return DENOISE_OK;
}

/* ---- The form of convolutions */

static const char *const forms[] = {"", "auto", "direct", NULL};

static int32_t chosen_form(void)
{
    return (int32_t)(atomic_load(&state) & FORMS) / FORM;
}

/* 0: there is no such form. */
static int32_t find_form(const char *name)
{
    for (int32_t i = DENOISE__CONVOLUTION_AUTO; forms[i] != NULL; i++)
        if (strcmp(forms[i], name) == 0) return i;
    return DENOISE__CONVOLUTION_DEFAULT;
}

int32_t denoise__convolution(void)
{
    int32_t form = chosen_form();
    if (form != DENOISE__CONVOLUTION_DEFAULT) return form;
    const char *name = getenv("DENOISE_CONVOLUTION");
    form = name == NULL ? DENOISE__CONVOLUTION_DEFAULT : find_form(name);
    return form == DENOISE__CONVOLUTION_DEFAULT ? DENOISE__CONVOLUTION_AUTO : form;
}

denoise_status denoise__convolution_find(const char *name, const char *what, int32_t *form)
{
    *form = name == NULL ? DENOISE__CONVOLUTION_DEFAULT : find_form(name);
    if (name == NULL || *form != DENOISE__CONVOLUTION_DEFAULT) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NAME, "%s: convolution is \"%.64s\", expected \"auto\" or \"direct\"", what, name);
}

denoise_status denoise_set_convolution(const char *name)
{
    int32_t form;
    DENOISE__TRY(denoise__convolution_find(name, "denoise_set_convolution", &form));
    int64_t present = atomic_load(&state);
    while (present < RUNNING)
        if (atomic_compare_exchange_weak(&state, &present, (present & CHOSEN) | form * FORM)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_BUSY,
                         "denoise_set_convolution: a call computes, or was left by a callback (denoise_trainer_reset)");
}

const char *denoise_convolution_name(void)
{
    return forms[denoise__convolution()];
}

/* ---- Checks */

denoise_status denoise__environment_check(void)
{
    static const char *const sets[] = {"portable", "avx2", "avx512", "neon", NULL}, *const wishes[] = {"keep", NULL};
    DENOISE__TRY(denoise__threads_check());
    if (chosen_form() == DENOISE__CONVOLUTION_DEFAULT)
        DENOISE__TRY(check_variable("DENOISE_CONVOLUTION", forms + DENOISE__CONVOLUTION_AUTO, "\"auto\" or \"direct\""));
    DENOISE__TRY(check_variable("DENOISE_ISA", sets, "\"portable\", \"avx2\", \"avx512\" or \"neon\""));
    return check_variable("DENOISE_BLAS_THREADS", wishes, "\"keep\"");
}

denoise_status denoise__engine_check(void)
{
    DENOISE__TRY(choose());
    return denoise__environment_check();
}

int32_t denoise__engine(void)
{
    (void)choose();
    return chosen();
}

int32_t denoise__engine_enter(void)
{
    denoise__once_run(&fork_once, handle_fork);
    atomic_fetch_add(&state, RUNNING);
    depth++;
    int32_t engine = denoise__engine();
    return engine == DENOISE__ENGINE_NONE ? DENOISE__ENGINE_NATIVE : engine;
}

void denoise__engine_leave(void)
{
    depth--;
    atomic_fetch_sub(&state, RUNNING);
}

denoise_status denoise_set_engine(const char *name)
{
    int wish = name == NULL ? AUTOMATIC : find_name(name);
    if (wish == UNKNOWN) {
        return denoise__fail(DENOISE_ERR_NAME, "there is no engine \"%.64s\", expected \"auto\", \"native\" or \"cblas\"",
                             name);
    }
    int64_t present = atomic_load(&state);
    int engine = DENOISE__ENGINE_NONE;
    if (present < RUNNING) DENOISE__TRY(name == NULL ? find_by_environment(&engine) : find_engine(wish, &engine));
    while (present < RUNNING) {
        if (atomic_compare_exchange_weak(&state, &present, (present & FORMS) | engine)) return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_BUSY,
                         "denoise_set_engine: a call computes, or was left by a callback (denoise_trainer_reset)");
}

bool denoise__engine_is_native(void)
{
    return denoise__engine() != DENOISE__ENGINE_CBLAS;
}

const char *denoise_engine_name(void)
{
    return names[denoise__engine()];
}
