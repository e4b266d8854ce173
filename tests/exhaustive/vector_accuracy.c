/* SPDX-License-Identifier: Apache-2.0 */
/* vector_accuracy [function ...]: the elementary functions of lib/kernels/simd_math.h and simd_trig.h, and the smooth gates of
 * simd_gate.h, at every float of their domain, 2^32 at most, against the C library in double. Prints the largest error in ulp,
 * where it is, and how many results are the nearest float. Where the double cannot tell (the largest error so far; a tie
 * between two floats), MPFR decides, if it was there when this was built. Fails when an error is over 1.5 ulp, of gates
 * over 2.5. Minutes for each function; not part of ctest:
 *
 *   cmake -S . -B build -DDENOISE_TESTS=ON && cmake --build build --target vector_accuracy
 *   build/tests/exhaustive/vector_accuracy
 */
#include "kernels/simd_gate.h"
#include "kernels/simd_trig.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#if defined(HAVE_MPFR)
#include <mpfr.h>
#endif

typedef struct function {
    const char *name;
    void (*kernel)(const float *x, float *y); /* VF_LANES of them */
    double (*reference)(double x);
#if defined(HAVE_MPFR)
    int (*exact)(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding);
#endif
    float low, high; /* the domain */
    double limit;    /* in ulp; 0: 1.5 */
    double least;    /* ulp: what it is multiplied with is subnormal below */
} function;

#define KERNEL(name)                                                                                                           \
    static void name##_kernel(const float *x, float *y)                                                                        \
    {                                                                                                                          \
        vf_store(y, vf_##name(vf_load(x)));                                                                                    \
    }
KERNEL(exp)
KERNEL(exp_negative)
KERNEL(expm1)
KERNEL(log)
KERNEL(log1p)
KERNEL(sin)
KERNEL(cos)
KERNEL(sigmoid)
KERNEL(tanh)
KERNEL(softplus)
KERNEL(gelu)
KERNEL(silu)
KERNEL(mish)

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double gelu(double x)
{
    return x * 0.5 * erfc(-x * 0.70710678118654752);
}

static double silu(double x)
{
    return x * sigmoid(x);
}

static double mish(double x)
{
    return x * tanh(softplus(x));
}

#if defined(HAVE_MPFR)
static int exact_sigmoid(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding)
{
    mpfr_neg(y, x, rounding);
    mpfr_exp(y, y, rounding);
    mpfr_add_ui(y, y, 1, rounding);
    return mpfr_ui_div(y, 1, y, rounding);
}

static int exact_softplus(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding)
{
    mpfr_exp(y, x, rounding);
    return mpfr_log1p(y, y, rounding);
}

static int exact_gelu(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding)
{
    mpfr_sqrt_ui(y, 2, rounding);
    mpfr_div(y, x, y, rounding);
    mpfr_neg(y, y, rounding);
    mpfr_erfc(y, y, rounding);
    mpfr_div_ui(y, y, 2, rounding);
    return mpfr_mul(y, y, x, rounding);
}

static int exact_silu(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding)
{
    exact_sigmoid(y, x, rounding);
    return mpfr_mul(y, y, x, rounding);
}

static int exact_mish(mpfr_t y, const mpfr_t x, mpfr_rnd_t rounding)
{
    exact_softplus(y, x, rounding);
    mpfr_tanh(y, y, rounding);
    return mpfr_mul(y, y, x, rounding);
}
#define REFERENCE(name, of) .kernel = name##_kernel, .reference = of, .exact = mpfr_##of
#define mpfr_gelu           exact_gelu
#define mpfr_silu           exact_silu
#define mpfr_mish           exact_mish
#define mpfr_sigmoid        exact_sigmoid
#define mpfr_softplus       exact_softplus
#else
#define REFERENCE(name, of) .kernel = name##_kernel, .reference = of
#endif

static const function functions[] = {
    {.name = "exp", REFERENCE(exp, exp), .low = -INFINITY, .high = INFINITY},
    {.name = "exp_negative", REFERENCE(exp_negative, exp), .low = -INFINITY, .high = 0},
    {.name = "expm1", REFERENCE(expm1, expm1), .low = -INFINITY, .high = 0},
    {.name = "log", REFERENCE(log, log), .low = -INFINITY, .high = INFINITY},
    {.name = "log1p", REFERENCE(log1p, log1p), .low = 0, .high = 1},
    {.name = "sin", REFERENCE(sin, sin), .low = -INFINITY, .high = INFINITY},
    {.name = "cos", REFERENCE(cos, cos), .low = -INFINITY, .high = INFINITY},
    {.name = "sigmoid", REFERENCE(sigmoid, sigmoid), .low = -INFINITY, .high = INFINITY},
    {.name = "tanh", REFERENCE(tanh, tanh), .low = -INFINITY, .high = INFINITY},
    {.name = "softplus", REFERENCE(softplus, softplus), .low = -INFINITY, .high = INFINITY},
    {.name = "gelu", REFERENCE(gelu, gelu), .low = -INFINITY, .high = INFINITY, .limit = 2.5},
    {.name = "silu", REFERENCE(silu, silu), .low = -INFINITY, .high = INFINITY, .limit = 2.5, .least = 0x1p-142},
    {.name = "mish", REFERENCE(mish, mish), .low = -INFINITY, .high = INFINITY, .limit = 3},
};

typedef struct tally {
    double worst;
    float worst_at;
    uint64_t count, nearest, wrong, decided; /* wrong: NaN or infinity where it must not be, or not where it must */
} tally;

/* One ulp at a value: the distance of neighbouring floats of its binade. Done on the bits, as this runs 2^32 times. */
static double ulp_at(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int64_t exponent = (int64_t)(bits >> 52 & 0x7ff) - 23;
    if (exponent < 1023 - 149) exponent = 1023 - 149;
    bits = (uint64_t)exponent << 52;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* |y - f(x)| in ulp */
static double exact_error(const function *f, float x, float y, double ulp, double estimate)
{
    (void)estimate;
#if defined(HAVE_MPFR)
    static mpfr_t exact;
    static int ready;
    if (!ready) mpfr_init2(exact, 300), ready = 1;
    mpfr_t argument;
    mpfr_init2(argument, 24);
    mpfr_set_flt(argument, x, MPFR_RNDN);
    f->exact(exact, argument, MPFR_RNDN);
    mpfr_clear(argument);
    mpfr_sub_d(exact, exact, (double)y, MPFR_RNDN);
    mpfr_div_d(exact, exact, ulp, MPFR_RNDN);
    return fabs(mpfr_get_d(exact, MPFR_RNDN));
#else
    (void)f, (void)x, (void)y, (void)ulp;
    return estimate;
#endif
}

static void judge(const function *f, float x, float y, tally *t)
{
    double expected = f->reference((double)x);
    t->count++;
    if (isnan(expected) || isnan(y) || isinf(y) || fabs(expected) > 0x1.ffffffp127) {
        int right = isnan(expected) ? isnan(y) : fabs(expected) >= 0x1.ffffffp127 && isinf(y) && (y > 0) == (expected > 0);
        t->nearest += (uint64_t)right;
        t->wrong += (uint64_t)!right;
        if (!right && t->wrong < 5) printf("%s(%a) = %a, should be %a\n", f->name, (double)x, (double)y, expected);
        return;
    }
    double ulp = fmax(ulp_at(expected), f->least);
    double error = fabs((double)y - expected) / ulp;
    if (fabs(error - 0.5) < 1e-6 || (error > 0.5 && error > t->worst - 1e-6)) {
        error = exact_error(f, x, y, ulp, error);
        t->decided++;
    }
    t->nearest += error <= 0.5;
    if (error > t->worst) t->worst = error, t->worst_at = x;
}

static int try_all(const function *f)
{
    tally t = {0};
    float x[VF_LANES] = {0}, y[VF_LANES];
    int filled = 0;
    for (uint64_t bits = 0; bits < 0x100000000u; bits++) {
        uint32_t low = (uint32_t)bits;
        memcpy(&x[filled], &low, sizeof low);
        if (!isnan(x[filled]) && x[filled] >= f->low && x[filled] <= f->high) filled++;
        if (filled == VF_LANES || (bits == 0xffffffffu && filled > 0)) {
            for (int i = filled; i < VF_LANES; i++)
                x[i] = 0;
            f->kernel(x, y);
            for (int i = 0; i < filled; i++)
                judge(f, x[i], y[i], &t);
            filled = 0;
        }
    }
    printf("%-12s %10llu arguments: at most %.4f ulp, at %a; %.2f %% nearest; %llu decided by MPFR; %llu wrong\n", f->name,
           (unsigned long long)t.count, t.worst, (double)t.worst_at, 100.0 * (double)t.nearest / (double)t.count,
           (unsigned long long)t.decided, (unsigned long long)t.wrong);
    fflush(stdout);
    return t.worst <= (f->limit > 0 ? f->limit : 1.5) && t.wrong == 0;
}

int main(int argc, char **argv)
{
    int good = 1;
    for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
        int wanted = argc == 1;
        for (int i = 1; i < argc; i++)
            wanted |= strcmp(argv[i], functions[k].name) == 0;
        if (wanted) good &= try_all(&functions[k]);
    }
    return good ? 0 : 1;
}
