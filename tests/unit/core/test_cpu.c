/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cpu.h"
#include "support/cmocka_test.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static void the_name_belongs_to_the_set(void **state)
{
    (void)state;
    static const char *const names[] = {"portable", "avx2", "avx512", "neon"};
    int32_t isa = denoise__cpu_isa();
    assert_in_range(isa, 0, 3);
    assert_string_equal(denoise__cpu_isa_name(), names[isa]);
    assert_int_equal(denoise__cpu_isa(), isa);
    assert_true(denoise__cpu_count() >= 1);
    denoise__cpu_relax();
}

/* The answer is kept, so each wish needs a process of its own that has not asked yet; see main. */
static int isa_with(const char *wish)
{
    pid_t process = fork();
    if (process == 0) {
        if (wish != NULL) (void)setenv("DENOISE_ISA", wish, 1);
        _exit(denoise__cpu_isa());
    }
    int status = 0;
    (void)waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_wish_only_lowers(void **state)
{
    (void)state;
    (void)unsetenv("DENOISE_ISA");
    int best = isa_with(NULL);
    assert_in_range(best, 0, 3);
    assert_int_equal(isa_with("portable"), DENOISE__ISA_PORTABLE);
    assert_int_equal(isa_with("avx2"), best == DENOISE__ISA_AVX512 ? DENOISE__ISA_AVX2 : best);
    assert_int_equal(isa_with("avx512"), best);
    assert_int_equal(isa_with("something"), best);
    assert_int_equal(isa_with(""), best);
}

static void the_floating_point_environment_is_put_right_and_back(void **state)
{
    (void)state;
    denoise__fp_state saved;
    fesetround(FE_DOWNWARD);
    denoise__fp_enter(&saved);
    int inside = fegetround();
    denoise__fp_leave(&saved);
    int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(inside, FE_TONEAREST);
    assert_int_equal(after, FE_DOWNWARD);
}

/* In a default environment, too, the caller finds the exception flags as they were. */
static void exception_flags_stay(void **state)
{
    (void)state;
    denoise__fp_state saved;
    feclearexcept(FE_ALL_EXCEPT);
    denoise__fp_enter(&saved);
    volatile double zero = 0, infinite = 1 / zero;
    denoise__fp_leave(&saved);
    assert_true(infinite > 0);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
    feraiseexcept(FE_INEXACT);
    denoise__fp_enter(&saved);
    denoise__fp_leave(&saved);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), FE_INEXACT);
    feclearexcept(FE_ALL_EXCEPT);
}

#if defined(__x86_64__)
static void flush_to_zero_is_put_right_and_back(void **state)
{
    (void)state;
    enum { FLUSH_BITS = 0x8040 };
    denoise__fp_state saved;
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSH_BITS);
    denoise__fp_enter(&saved);
    unsigned inside = _mm_getcsr();
    volatile float tiny = 1e-38f;
    volatile float half = tiny * 0.01f;
    denoise__fp_leave(&saved);
    unsigned after = _mm_getcsr();
    _mm_setcsr(before);
    assert_int_equal(inside & FLUSH_BITS, 0);
    assert_true(half > 0);
    assert_int_equal(after & FLUSH_BITS, FLUSH_BITS);
}
#endif

/* Those of docs/portability.md. */
#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE2_MATH__)) || defined(__aarch64__) || defined(__arm__)
enum { CPU_FLUSHES = true };
#else
enum { CPU_FLUSHES = false };
#endif

/* Results and operands. */
static bool flushes(void)
{
    volatile float tiny = 1e-38f, subnormal = 1e-40f, result = tiny * 0.01f, product = subnormal * 1e20f; /* computed here */
    return result == 0 && product == 0;
}

static void subnormal_numbers_count_as_zero_inside_alone(void **state)
{
    (void)state;
    denoise__fp_state outer, inner;
    fesetround(FE_UPWARD);
    denoise__fp_enter_flushing(&outer);
    bool first = flushes(), is_flushing = denoise__fp_is_flushing();
    int rounding = fegetround();
    denoise__fp_enter(&inner);
    bool second = flushes();
    denoise__fp_leave(&inner);
    bool third = flushes();
    denoise__fp_leave(&outer);
    bool fourth = flushes();
    int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_true(first == CPU_FLUSHES && is_flushing == CPU_FLUSHES && !second && third == CPU_FLUSHES && !fourth);
    assert_int_equal(rounding, FE_TONEAREST);
    assert_int_equal(after, FE_UPWARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_only_lowers), /* first: see isa_with */
        cmocka_unit_test(the_name_belongs_to_the_set),
        cmocka_unit_test(the_floating_point_environment_is_put_right_and_back),
        cmocka_unit_test(exception_flags_stay),
#if defined(__x86_64__)
        cmocka_unit_test(flush_to_zero_is_put_right_and_back),
#endif
        cmocka_unit_test(subnormal_numbers_count_as_zero_inside_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
