/* SPDX-License-Identifier: Apache-2.0 */
/* The AVX-512 table of the vector kernels on emulated instructions: the same bits as the portable one, on any x86-64 CPU. */
#include "support/cmocka_test.h"

#include "core/cpu.h"
#include "vector_runs.h"

extern const denoise__vector denoise__vector_avx512_emulated;

static void the_bits_are_those_of_the_portable_table(void **state)
{
    (void)state;
    static inputs in;
    static outputs expected, given;
    const denoise__vector *portable = denoise__vector_of(DENOISE__ISA_PORTABLE);
    restart_noise(1);
    for (int kind = 0; kind < INPUT_KINDS; kind++)
        for (int n = 0; n <= LONGEST; n += n < 70 ? 1 : 53) {
            fill_inputs(&in, kind);
            run_kernels(portable, &in, n, &expected);
            run_kernels(&denoise__vector_avx512_emulated, &in, n, &given);
            const char *difference = first_difference(&expected, &given);
            if (difference == NULL) difference = first_twin_difference(&given);
            if (difference != NULL) fail_msg("n %d, %s", n, difference);
        }
}

/* A broad sample of each elementary function, every 4093rd float, against the table for this CPU. */
static void elementary_functions_have_the_same_bits(void **state)
{
    (void)state;
    const denoise__vector *best = denoise__vector_table(), *wide = &denoise__vector_avx512_emulated;
    const unary narrow[] = {best->exp, best->log, best->sin, best->cos, best->sigmoid, best->tanh, best->softplus};
    const unary broad[] = {wide->exp, wide->log, wide->sin, wide->cos, wide->sigmoid, wide->tanh, wide->softplus};
    float x[LONGEST], expected[LONGEST], given[LONGEST];
    for (size_t f = 0; f < sizeof narrow / sizeof *narrow; f++)
        for (uint64_t bits = f; bits < 0x100000000u;) {
            int n = 0;
            for (; n < LONGEST && bits < 0x100000000u; bits += 4093)
                x[n++] = float_of_bits((uint32_t)bits);
            narrow[f](x, expected, n);
            broad[f](x, given, n);
            for (int i = 0; i < n; i++)
                if (!same_float(expected[i], given[i]))
                    fail_msg("function %d at %a: %a, should be %a", (int)f, (double)x[i], (double)given[i],
                             (double)expected[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_are_those_of_the_portable_table),
        cmocka_unit_test(elementary_functions_have_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
