/* SPDX-License-Identifier: Apache-2.0 */
#include "kernels/engine.h"
#include "core/cpu.h"
#include "core/error.h"
#include "kernels/gemm_cblas.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { AUTOMATIC = 3, UNKNOWN = -1 }; /* beside DENOISE__ENGINE_* */

static atomic_int chosen;        /* DENOISE__ENGINE_*; NONE = not chosen yet */
static _Atomic(int64_t) running; /* calls between enter and leave */

static const char *const names[] = {"none", "native", "cblas", "auto"};

static int find_name(const char *name)
{
    for (int i = DENOISE__ENGINE_NATIVE; i <= AUTOMATIC; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return UNKNOWN;
}

/* Native without vector instructions is slower than any BLAS. */
static int automatic(void)
{
    if (denoise__cpu_isa() != DENOISE__ISA_PORTABLE) return DENOISE__ENGINE_NATIVE;
    return denoise__cblas_works() ? DENOISE__ENGINE_CBLAS : DENOISE__ENGINE_NATIVE;
}

static denoise_status choose(int wish)
{
    if (wish == DENOISE__ENGINE_CBLAS) DENOISE__TRY(denoise__cblas_check());
    atomic_store(&chosen, wish == AUTOMATIC ? automatic() : wish);
    return DENOISE_OK;
}

static denoise_status choose_by_environment(void)
{
    const char *name = getenv("DENOISE_ENGINE");
    int wish = name == NULL || name[0] == '\0' ? AUTOMATIC : find_name(name);
    if (wish == UNKNOWN) {
        return denoise__fail(DENOISE_ERR_ENGINE,
                             "environment variable DENOISE_ENGINE is \"%.64s\", expected \"auto\", \"native\" or \"cblas\"",
                             name);
    }
    denoise_status status = choose(wish);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "environment variable DENOISE_ENGINE: ");
}

denoise_status denoise__engine_check(void)
{
    return atomic_load(&chosen) != DENOISE__ENGINE_NONE ? DENOISE_OK : choose_by_environment();
}

int32_t denoise__engine(void)
{
    if (atomic_load(&chosen) == DENOISE__ENGINE_NONE) (void)choose_by_environment();
    return atomic_load(&chosen);
}

int32_t denoise__engine_enter(void)
{
    atomic_fetch_add(&running, 1);
    int32_t engine = denoise__engine();
    return engine == DENOISE__ENGINE_NONE ? DENOISE__ENGINE_NATIVE : engine;
}

void denoise__engine_leave(void)
{
    atomic_fetch_sub(&running, 1);
}

denoise_status denoise_set_engine(const char *name)
{
    int wish = name == NULL ? AUTOMATIC : find_name(name);
    if (wish == UNKNOWN) {
        return denoise__fail(DENOISE_ERR_NAME, "there is no engine \"%.64s\", expected \"auto\", \"native\" or \"cblas\"",
                             name);
    }
    if (atomic_load(&running) != 0) return denoise__fail(DENOISE_ERR_BUSY, "denoise_set_engine: a product is being computed");
    return name == NULL ? choose_by_environment() : choose(wish);
}

const char *denoise_engine_name(void)
{
    return names[denoise__engine()];
}
