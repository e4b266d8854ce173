/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a BLAS: the only file that names its functions.
 *
 * A BLAS that the process has already wins, so that there are never two for no reason. Else DENOISE_BLAS in the environment
 * (a file, or a name that the dynamic loader knows) is obeyed or an error; else the one that the build found comes first, and
 * then the usual names. The neutral ones stand in front: what they mean is the administrator's choice. */
#if defined(DENOISE__HAVE_DLFCN)
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include <dlfcn.h>
#endif
#include "core/cpu.h"
#include "core/text.h"
#include "kernels/blas.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#if defined(DENOISE__CBLAS_LINKED)
#include <cblas.h>
#endif

typedef union any_function {
    void *pointer;
    denoise__sgemm sgemm;
    const char *(*text)(void);
    char *(*config)(void);
} any_function;

static struct {
    denoise__sgemm sgemm;
    void *handle;         /* NULL = the process itself */
    char name[256];       /* of the file, or what it calls itself */
    char report[400];     /* what was tried */
    char config[256];     /* a text of OpenBLAS or BLIS */
    char note[256];       /* about the CPU */
    atomic_bool complete; /* all of the above is written */
} blas;

#if defined(DENOISE__CBLAS_LAZY) || defined(DENOISE__CBLAS_LINKED)
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* while one is looked for */

static any_function find(const char *name)
{
    any_function function = {NULL};
#if defined(DENOISE__HAVE_DLFCN)
    function.pointer = dlsym(blas.handle != NULL ? blas.handle : RTLD_DEFAULT, name);
#else
    (void)name;
#endif
    return function;
}

static void ask_config(void)
{
    any_function openblas = find("openblas_get_config"), core = find("openblas_get_corename");
    any_function blis = find("bli_info_get_version_str");
    if (openblas.pointer != NULL) {
        denoise__format(blas.config, sizeof blas.config, "%s%s%s", openblas.config(), core.pointer == NULL ? "" : ", core ",
                        core.pointer == NULL ? "" : core.config());
    } else if (blis.pointer != NULL) {
        denoise__format(blas.config, sizeof blas.config, "BLIS %s", blis.text());
    }
    if (blas.config[0] != '\0') {
        denoise__format(blas.name, sizeof blas.name, "%.*s", (int)strcspn(blas.config, " "), blas.config);
    }
    if (openblas.pointer != NULL && core.pointer != NULL) {
        (void)denoise__blas_core_note(core.config(), denoise__cpu_best_isa(), blas.note, sizeof blas.note);
    }
}
#endif

#if defined(DENOISE__CBLAS_LAZY)
#if !defined(DENOISE__CBLAS_SONAME)
#define DENOISE__CBLAS_SONAME ""
#endif

static const char *const usual_names[] = {
    DENOISE__CBLAS_SONAME,
#if defined(__APPLE__)
    "libblas.dylib",
    "libopenblas.dylib",
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
#else
    "libblas.so.3",        "libflexiblas.so.3", "libopenblas.so.0", "libblis.so.4", "libcblas.so.3", "libopenblas.so",
#endif
};

static void report(const char *name, const char *reason)
{
    size_t length = strlen(blas.report);
    denoise__format(blas.report + length, sizeof blas.report - length, "%s%s%s%s%s", length == 0 ? "" : ", ", name,
                    reason == NULL ? "" : " (", reason == NULL ? "" : reason, reason == NULL ? "" : ")");
}

/* The loader's text begins with the name; that a file is not there is not worth a word when many are tried. */
static const char *reason_of(const char *text, const char *name, bool only)
{
    size_t length = strlen(name);
    if (text == NULL || (!only && strstr(text, "No such file") != NULL)) return NULL;
    return strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

static bool open_named(const char *name, bool only)
{
    blas.handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (blas.handle == NULL) {
        report(name, reason_of(dlerror(), name, only));
        return false;
    }
    blas.sgemm = find("cblas_sgemm").sgemm;
    if (blas.sgemm != NULL) {
        denoise__format(blas.name, sizeof blas.name, "%s", name);
        return true;
    }
    report(name, "has no cblas_sgemm");
    (void)dlclose(blas.handle);
    blas.handle = NULL;
    return false;
}

static bool open_library(const char *name, bool only)
{
    int before = errno; /* which is the caller's */
    bool opened = open_named(name, only);
    errno = before;
    return opened;
}

static bool open_usual(void)
{
    for (size_t i = 0; i < sizeof usual_names / sizeof *usual_names; i++) {
        bool again = usual_names[i][0] == '\0';
        for (size_t j = 0; j < i; j++)
            again = again || strcmp(usual_names[i], usual_names[j]) == 0;
        if (!again && open_library(usual_names[i], false)) return true;
    }
    return false;
}

static void load(void)
{
    const char *wish = getenv("DENOISE_BLAS");
    blas.report[0] = '\0';
    blas.sgemm = find("cblas_sgemm").sgemm;
    if (blas.sgemm != NULL) {
        denoise__format(blas.name, sizeof blas.name, "of the process");
    } else if (wish != NULL && wish[0] != '\0' ? !open_library(wish, true) : !open_usual()) {
        return;
    }
    ask_config();
    atomic_store(&blas.complete, true);
}
#elif defined(DENOISE__CBLAS_LINKED)
/* The enumerators are passed by name: their types are called differently in different headers. */
static void linked_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                         const float *b, int ldb, float beta, float *c, int ldc)
{
    (void)order;
    cblas_sgemm(CblasRowMajor, transpose_a == CblasTrans ? CblasTrans : CblasNoTrans,
                transpose_b == CblasTrans ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

static void load(void)
{
    blas.sgemm = linked_sgemm;
    denoise__format(blas.name, sizeof blas.name, "linked");
    ask_config();
    atomic_store(&blas.complete, true);
}
#endif

/* What cannot be had now, for want of memory say, is looked for again by the next call. */
denoise__sgemm denoise__blas_load(void)
{
#if defined(DENOISE__CBLAS_LAZY) || defined(DENOISE__CBLAS_LINKED)
    if (!denoise__blas_loaded()) {
        (void)pthread_mutex_lock(&mutex);
        if (!denoise__blas_loaded()) load();
        (void)pthread_mutex_unlock(&mutex);
    }
#endif
    return denoise__blas_loaded() ? blas.sgemm : NULL;
}

bool denoise__blas_loaded(void)
{
    return atomic_load(&blas.complete);
}

const char *denoise__blas_report(char *text, size_t size)
{
    text[0] = '\0';
#if defined(DENOISE__CBLAS_LAZY) || defined(DENOISE__CBLAS_LINKED)
    (void)pthread_mutex_lock(&mutex);
    denoise__format(text, size, "%s", blas.report);
    (void)pthread_mutex_unlock(&mutex);
#else
    (void)size;
#endif
    return text;
}

void *denoise__blas_symbol(const char *name)
{
#if defined(DENOISE__CBLAS_LAZY) || defined(DENOISE__CBLAS_LINKED)
    if (denoise__blas_loaded()) return find(name).pointer;
#endif
    (void)name;
    return NULL;
}

const char *denoise__blas_name(void)
{
    return denoise__blas_loaded() ? blas.name : "not loaded";
}

const char *denoise__blas_config(void)
{
    return denoise__blas_loaded() ? blas.config : "";
}

const char *denoise__blas_note(void)
{
    return denoise__blas_loaded() ? blas.note : "";
}

static bool is_one_of(const char *core, const char *const *list)
{
    while (*list != NULL && strcasecmp(*list, core) != 0)
        list++;
    return *list != NULL;
}

/* Names as in OpenBLAS' list of targets. A name that is not here (a newer one) is believed. */
const char *denoise__blas_core_note(const char *core, int32_t isa, char *text, size_t size)
{
    static const char *const old[] = {
        "generic", "unknown", "katmai",     "coppermine", "northwood", "prescott",    "banias",       "yonah",     "atom",
        "core2",   "penryn",  "dunnington", "nehalem",    "athlon",    "opteron",     "opteron_sse3", "barcelona", "bobcat",
        "nano",    "viac3",   "p2",         "p3",         "p4",        "dtb_default", "sse_generic",  NULL};
    static const char *const middle[] = {"sandybridge", "bulldozer", "piledriver", "steamroller", NULL};
    static const char *const wide[] = {"haswell", "zen", "excavator", NULL};
    const char *missing = "";
    if (isa == DENOISE__ISA_AVX2 || isa == DENOISE__ISA_AVX512) {
        if (is_one_of(core, old))
            missing = "SSE";
        else if (is_one_of(core, middle))
            missing = "AVX";
        else if (isa == DENOISE__ISA_AVX512 && is_one_of(core, wide))
            missing = "AVX2";
    }
    text[0] = '\0';
    if (missing[0] != '\0') {
        denoise__format(text, size, "OpenBLAS takes this CPU for core %s and computes with %s although it has %s", core,
                        missing, isa == DENOISE__ISA_AVX512 ? "AVX-512" : "AVX2 and FMA");
    }
    return text;
}
