/* SPDX-License-Identifier: Apache-2.0 */
/* Products by the system's BLAS.
 *
 * Products are cut into blocks that depend on the shape alone and run on the library's own pool (gemm.c), each by one
 * single-threaded cblas_sgemm, because no BLAS promises equal bits for different numbers of threads. So the BLAS's own
 * threading is set to 1 while we compute, and only then: the setter is looked for in the BLAS that was loaded (OpenBLAS, BLIS,
 * MKL), users are counted over all threads, and the last one to leave restores what it was. Other code of the process that
 * uses the same BLAS at that very moment runs on one thread too. A BLAS built with OpenMP takes its number of threads from
 * the calling thread, so that number is set around each call as well. DENOISE_BLAS_THREADS=keep in the environment leaves
 * the BLAS alone; its threads then come on top of ours and bits may depend on their number. */
#include "kernels/gemm_cblas.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "kernels/blas.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values of the C interface's enumerations, the same in every implementation. */
enum { ROW_MAJOR = 101, AS_STORED = 111, TRANSPOSED = 112 };

typedef union any_function {
    void *pointer;
    void (*set_int)(int count);
    int (*get_int)(void);
    void (*set_wide)(int64_t count); /* BLIS counts in dim_t */
    int64_t (*get_wide)(void);
} any_function;

static any_function find(const char *name)
{
    any_function function = {denoise__blas_symbol(name)};
    return function;
}

static denoise__sgemm sgemm; /* written once, before the first product */

static struct {
    any_function get, set;         /* of the BLAS; NULL = it has none */
    any_function get_omp, set_omp; /* of OpenMP, when the process has it */
    bool wide;
} control;
static denoise__once control_once = DENOISE__ONCE_INIT;
static denoise__mutex control_mutex = DENOISE__MUTEX_INIT;
static int64_t control_users;
static int64_t control_saved;               /* 0 = nothing to restore */
static int64_t control_left;                /* in a child: what another thread of the parent would have restored */
static _Thread_local int64_t control_depth; /* of this thread */

static void before_fork(void)
{
    denoise__mutex_lock(&control_mutex);
}

static void after_fork_in_parent(void)
{
    denoise__mutex_unlock(&control_mutex);
}

/* Only the forking thread goes on. */
static void after_fork_in_child(void)
{
    if (control_users > 0 && control_depth == 0) control_left = control_saved;
    control_users = control_depth;
    denoise__mutex_unlock(&control_mutex);
}

static bool keep_threads(void)
{
    const char *text = getenv("DENOISE_BLAS_THREADS");
    return text != NULL && strcmp(text, "keep") == 0;
}

static void find_control(void)
{
    static const struct {
        const char *get, *set;
        bool wide;
    } known[] = {
        {"openblas_get_num_threads", "openblas_set_num_threads", false},
        {"bli_thread_get_num_threads", "bli_thread_set_num_threads", true},
        {"MKL_Get_Max_Threads", "MKL_Set_Num_Threads", false},
    };
    (void)denoise__at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (keep_threads()) return;
    control.get_omp = find("omp_get_max_threads");
    control.set_omp = find("omp_set_num_threads");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        control.get = find(known[i].get);
        control.set = find(known[i].set);
        control.wide = known[i].wide;
        if (control.get.pointer != NULL && control.set.pointer != NULL) return;
    }
    control.get.pointer = NULL;
}

static int64_t blas_threads(void)
{
    return control.wide ? control.get.get_wide() : control.get.get_int();
}

static void set_blas_threads(int64_t count)
{
    if (control.wide)
        control.set.set_wide(count);
    else
        control.set.set_int((int)count);
}

void denoise__cblas_enter(void)
{
    denoise__once_run(&control_once, find_control);
    if (control.get.pointer == NULL) return;
    denoise__mutex_lock(&control_mutex);
    if (control_users++ == 0) {
        int64_t present = blas_threads();
        control_saved = present > 1 ? present : control_left;
        control_left = 0;
        if (present > 1) set_blas_threads(1);
    }
    control_depth++;
    denoise__mutex_unlock(&control_mutex);
}

void denoise__cblas_leave(void)
{
    if (control.get.pointer == NULL) return;
    denoise__mutex_lock(&control_mutex);
    control_depth--;
    if (--control_users == 0 && control_saved != 0) set_blas_threads(control_saved);
    denoise__mutex_unlock(&control_mutex);
}

/* OpenMP's number belongs to the calling thread: set to 1, answers what it was (0 = nothing to restore). */
static int enter_omp(void)
{
    if (control.get_omp.pointer == NULL || control.set_omp.pointer == NULL) return 0;
    int present = control.get_omp.get_int();
    if (present <= 1) return 0;
    control.set_omp.set_int(1);
    return present;
}

static void leave_omp(int saved)
{
    if (saved != 0) control.set_omp.set_int(saved);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rows i.., columns j.. of C and part p.. of the sum, each no longer than the BLAS can count. */
static void piece(const denoise__product *product, int64_t i, int64_t j, int64_t p, const int64_t size[3], int64_t limit)
{
    int64_t m = least(size[0], product->m - i), n = least(size[1], product->n - j), k = least(size[2], product->k - p);
    const float *a = product->a + (product->transpose_a ? p * product->lda + i : i * product->lda + p);
    const float *b = product->b + (product->transpose_b ? j * product->ldb + p : p * product->ldb + j);
    sgemm(ROW_MAJOR, product->transpose_a ? TRANSPOSED : AS_STORED, product->transpose_b ? TRANSPOSED : AS_STORED, (int)m,
          (int)n, (int)k, 1.0F, a, (int)least(product->lda, limit), b, (int)least(product->ldb, limit), p == 0 ? 0.0F : 1.0F,
          product->c + i * product->ldc + j, (int)least(product->ldc, limit));
}

/* A row longer than the limit cannot be a leading dimension: such a matrix goes row by row, where none is needed. */
void denoise__cblas_product(const denoise__product *product, int64_t limit)
{
    int64_t size[3] = {limit, limit, limit};
    if (product->lda > limit) size[product->transpose_a ? 2 : 0] = 1;
    if (product->ldb > limit) size[product->transpose_b ? 1 : 2] = 1;
    if (product->ldc > limit) size[0] = 1;
    int omp = enter_omp();
    for (int64_t p = 0; p < product->k; p += size[2]) {
        for (int64_t i = 0; i < product->m; i += size[0]) {
            for (int64_t j = 0; j < product->n; j += size[1])
                piece(product, i, j, p, size, limit);
        }
    }
    leave_omp(omp);
}

static bool gives_right_results;
static denoise__once try_once = DENOISE__ONCE_INIT;

/* (1 2 3; 4 5 6) . (1 2; 3 4; 5 6) = (22 28; 49 64), also through transposed storage. */
static void try_blas(void)
{
    static const float a[] = {1, 2, 3, 4, 5, 6};
    static const float b[] = {1, 2, 3, 4, 5, 6};
    static const float b_columns[] = {1, 3, 5, 2, 4, 6};
    static const float expected[] = {22, 28, 49, 64};
    sgemm = denoise__blas_load();
    gives_right_results = sgemm != NULL;
    for (int transposed = 0; transposed < 2 && sgemm != NULL; transposed++) {
        float c[4] = {NAN, NAN, NAN, NAN};
        denoise__product product = {false, transposed != 0,    2, 2, 3, a, transposed ? b_columns : b, c,
                                    3,     transposed ? 3 : 2, 2};
        denoise__cblas_enter();
        denoise__cblas_product(&product, DENOISE__CBLAS_LIMIT);
        denoise__cblas_leave();
        for (int i = 0; i < 4; i++)
            gives_right_results = gives_right_results && c[i] == expected[i];
    }
}

bool denoise__cblas_works(void)
{
    if (denoise__blas_load() == NULL) return false;
    denoise__once_run(&try_once, try_blas);
    return gives_right_results;
}

denoise_status denoise__cblas_check(void)
{
#if !defined(DENOISE__CBLAS_LAZY) && !defined(DENOISE__CBLAS_LINKED)
    return denoise__fail(DENOISE_ERR_ENGINE, "engine \"cblas\": this build has none (DENOISE_CBLAS=off)");
#else
    if (denoise__cblas_works()) return DENOISE_OK;
    if (!denoise__blas_loaded()) {
        char tried[400];
        return denoise__fail(
            DENOISE_ERR_ENGINE,
            "engine \"cblas\": no BLAS could be loaded; tried %s (environment variable DENOISE_BLAS names one)",
            denoise__blas_report(tried, sizeof tried));
    }
    return denoise__fail(DENOISE_ERR_ENGINE, "engine \"cblas\": %s gives a wrong product in a small test",
                         denoise__blas_config()[0] != '\0' ? denoise__blas_config() : denoise__blas_name());
#endif
}
