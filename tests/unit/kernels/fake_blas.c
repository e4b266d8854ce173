/* SPDX-License-Identifier: Apache-2.0 */
/* A BLAS of a few lines to be loaded in tests: it is right (FAKE_RIGHT), wrong (FAKE_WRONG) or has no product at all. It claims
 * to be an OpenBLAS and counts what is done to it. Others count in 64 bits: one that says so (FAKE_WIDE), one that says nothing
 * (FAKE_SILENT); FAKE_LIAR says so and has 32. */
#include <stdatomic.h>
#include <stdint.h>

#if defined(FAKE_WIDE) || defined(FAKE_SILENT)
typedef int64_t whole;
#else
typedef int whole;
#endif

#if defined(FAKE_WIDE) || defined(FAKE_LIAR)
char *openblas_get_config(void);

char *openblas_get_config(void)
{
    static char text[] = "OpenBLAS 0.0.0 USE64BITINT FAKE";
    return text;
}
#endif

#if defined(FAKE_WIDE) || defined(FAKE_SILENT) || defined(FAKE_LIAR)
void cblas_sscal(whole n, float alpha, float *x, whole step);

void cblas_sscal(whole n, float alpha, float *x, whole step)
{
    for (whole i = 0; i < n; i++)
        x[i * step] *= alpha;
}
#endif

#if defined(FAKE_RIGHT)
static atomic_int threads = 3, most_threads, calls;

void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
char *openblas_get_config(void);
char *openblas_get_corename(void);
int fake_most_threads(void);
int fake_calls(void);

void openblas_set_num_threads(int count)
{
    threads = count;
}

int openblas_get_num_threads(void)
{
    return threads;
}

char *openblas_get_config(void)
{
    static char text[] = "OpenBLAS 0.0.0 FAKE \"quoted\"";
    return text;
}

char *openblas_get_corename(void)
{
    static char text[] = "Prescott";
    return text;
}

/* The greatest number of threads that a product has found. */
int fake_most_threads(void)
{
    return most_threads;
}

int fake_calls(void)
{
    return calls;
}
#endif

#if !defined(FAKE_EMPTY)
void cblas_sgemm(int order, int transpose_a, int transpose_b, whole m, whole n, whole k, float alpha, const float *a, whole lda,
                 const float *b, whole ldb, float beta, float *c, whole ldc);

void cblas_sgemm(int order, int transpose_a, int transpose_b, whole m, whole n, whole k, float alpha, const float *a, whole lda,
                 const float *b, whole ldb, float beta, float *c, whole ldc)
{
#if defined(FAKE_RIGHT)
    int present = threads, most = most_threads;
    while (present > most && !atomic_compare_exchange_weak(&most_threads, &most, present)) {
    }
    calls++;
#elif defined(FAKE_WRONG)
    alpha *= 2;
#endif
    for (whole i = 0; order == 101 && i < m; i++) {
        for (whole j = 0; j < n; j++) {
            float sum = 0;
            for (whole p = 0; p < k; p++) {
                int64_t at_a = transpose_a == 112 ? (int64_t)p * lda + i : (int64_t)i * lda + p;
                int64_t at_b = transpose_b == 112 ? (int64_t)j * ldb + p : (int64_t)p * ldb + j;
                sum += a[at_a] * b[at_b];
            }
            float *to = &c[(int64_t)i * ldc + j];
            *to = alpha * sum + (beta == 0 ? 0 : beta * *to);
        }
    }
}
#else
int fake_nothing(void);

int fake_nothing(void)
{
    return 0;
}
#endif
