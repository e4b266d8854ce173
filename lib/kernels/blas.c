/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a BLAS: the only file that names its functions.
 *
 * A BLAS that the process has already wins, so that there are never two for no reason. Else DENOISE_BLAS in the environment
 * (a file, or a name that the dynamic loader knows) is obeyed or an error; else the one that the build found comes first, and
 * then the usual names. The neutral ones stand in front: what they mean is the administrator's choice.
 *
 * A BLAS may count in 64 bits (ILP64) under the very same names. Called with 32 it is right by luck, as long as the upper
 * halves of registers happen to be 0. So its config text is read and a probe is made, and it is called with what it counts in.
 */
#include "kernels/blas.h"
#include "core/cpu.h"
#include "core/platform/library.h"
#include "core/platform/mutex.h"
#include "core/text.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(DENOISE__CBLAS_LINKED)
#include <cblas.h>
#endif

/* cblas_sgemm and cblas_sscal of a BLAS with 64-bit integers. */
typedef void (*wide_sgemm)(int order, int transpose_a, int transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                           const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc);
typedef void (*wide_sscal)(int64_t n, float alpha, float *x, int64_t step);

typedef union any_function {
    void *pointer;
    denoise__sgemm sgemm;
    wide_sgemm wide;
    wide_sscal sscal;
    int64_t (*count)(void);
    const char *(*text)(void);
    char *(*config)(void);
} any_function;

static struct {
    denoise__sgemm sgemm;
    wide_sgemm wide;      /* what `sgemm` calls when integers have 64 bits */
    void *handle;         /* NULL = the process itself */
    char name[256];       /* of the file, or what it calls itself */
    char report[400];     /* what was tried */
    char config[256];     /* a text of OpenBLAS or BLIS */
    char note[256];       /* about the CPU */
    atomic_bool complete; /* all of the above is written */
} blas;

#if defined(DENOISE__CBLAS_LAZY) || defined(DENOISE__CBLAS_LINKED)
static denoise__mutex mutex = DENOISE__MUTEX_INIT; /* while one is looked for */

static any_function find(const char *name)
{
    any_function function = {denoise__library_symbol(blas.handle, name)};
    return function;
}

/* What a library says of its integers: 32 or 64 bits, 0 = nothing. */
static int said_bits(void)
{
    any_function openblas = find("openblas_get_config"), blis = find("bli_info_get_blas_int_size");
    if (openblas.pointer != NULL) return strstr(openblas.config(), "USE64BITINT") != NULL ? 64 : 32;
    return blis.pointer == NULL ? 0 : blis.count() == 64 ? 64 : 32;
}

/* x = 2 x for a count whose lower half is 1 and whose whole is negative: 32 bits see one number, 64 bits see none. Only where
 * the calling convention leaves the upper half of an int to chance, so that it may be anything; else 0. */
static int probed_bits(wide_sscal sscal)
{
#if defined(__x86_64__) || defined(__aarch64__)
    float x[] = {3};
    if (sscal == NULL) return 0;
    sscal(1 - ((int64_t)1 << 32), 2, x, 1);
    return x[0] == 6 ? 32 : x[0] == 3 ? 64 : 0;
#else
    (void)sscal;
    return 0;
#endif
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
    size_t length = strlen(blas.config);
    if (blas.wide != NULL) {
        denoise__format(blas.config + length, sizeof blas.config - length, "%s64-bit integers", length == 0 ? "" : ", ");
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

static void report(const char *name, const char *reason)
{
    size_t length = strlen(blas.report);
    denoise__format(blas.report + length, sizeof blas.report - length, "%s%s%s%s%s", length == 0 ? "" : ", ", name,
                    reason == NULL ? "" : " (", reason == NULL ? "" : reason, reason == NULL ? "" : ")");
}

static void call_wide(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                      const float *b, int ldb, float beta, float *c, int ldc)
{
    blas.wide(order, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

/* Takes the product of the library that was found, with integers as wide as it has them. Who contradicts himself is not used.
 */
static bool take_product(const char *name)
{
    any_function product = find("cblas_sgemm");
    if (product.pointer == NULL) {
        report(name, "has no cblas_sgemm");
        return false;
    }
    int said = said_bits(), probed = probed_bits(find("cblas_sscal").sscal);
    if (said != 0 && probed != 0 && said != probed) {
        report(name, said == 64 ? "says that its integers have 64 bits, but they have 32"
                                : "says that its integers have 32 bits, but they have 64");
        return false;
    }
    bool is_wide = said == 64 || probed == 64;
    if (is_wide) blas.wide = product.wide;
    blas.sgemm = is_wide ? call_wide : product.sgemm;
    denoise__format(blas.name, sizeof blas.name, "%s", name);
    return true;
}

/* That a file is not there is not worth a word when many are tried. */
static bool open_library(const char *name, bool only)
{
    denoise__library_failure failure;
    blas.handle = denoise__library_open(name, &failure);
    if (blas.handle == NULL) {
        report(name, failure.text[0] == '\0' || (failure.is_missing && !only) ? NULL : failure.text);
        return false;
    }
    if (take_product(name)) return true;
    denoise__library_close(blas.handle);
    blas.handle = NULL;
    return false;
}

/* What the build found, then the usual names. */
static bool open_usual(void)
{
    const char *first = DENOISE__CBLAS_SONAME;
    if (first[0] != '\0' && open_library(first, false)) return true;
    for (const char *const *name = denoise__library_names_of_blas(); *name != NULL; name++) {
        if (strcmp(*name, first) != 0 && open_library(*name, false)) return true;
    }
    return false;
}

static void load(void)
{
    const char *wish = getenv("DENOISE_BLAS");
    blas.report[0] = '\0';
    bool has_one = find("cblas_sgemm").pointer != NULL && take_product("of the process");
    if (!has_one && (wish != NULL && wish[0] != '\0' ? !open_library(wish, true) : !open_usual())) return;
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

/* The header that the build found has said how wide the integers are. */
static void load(void)
{
    bool is_wide = _Generic(&cblas_sscal, void (*)(int, float, float *, int) : false, default : true);
    any_function sscal = {.pointer = NULL};
    void (*linked)(void) = (void (*)(void))cblas_sscal;
    memcpy(&sscal, &linked, sizeof linked);
    int probed = probed_bits(sscal.sscal), bits = probed != 0 ? probed : said_bits();
    if (bits != 0 && is_wide != (bits == 64)) {
        denoise__format(blas.report, sizeof blas.report, "the one linked (its integers have %d bits, those of cblas.h have %d)",
                        bits, is_wide ? 64 : 32);
        return;
    }
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
        denoise__mutex_lock(&mutex);
        if (!denoise__blas_loaded()) load();
        denoise__mutex_unlock(&mutex);
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
    denoise__mutex_lock(&mutex);
    denoise__format(text, size, "%s", blas.report);
    denoise__mutex_unlock(&mutex);
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

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Whatever the case of their letters. */
static bool is_same_word(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b))
        a++, b++;
    return *a == *b;
}

static bool is_one_of(const char *core, const char *const *list)
{
    while (*list != NULL && !is_same_word(*list, core))
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
