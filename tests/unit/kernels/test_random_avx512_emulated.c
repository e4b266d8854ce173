/* SPDX-License-Identifier: Apache-2.0 */
/* The AVX-512 table of the random kernels on emulated instructions, on any x86-64 CPU. */
#include "random_runs.h"
#include "support/cmocka_test.h"

extern const denoise__random_table denoise__random_avx512_emulated;

static void the_bits_are_those_of_the_definitions(void **state)
{
    (void)state;
    check_blocks(&denoise__random_avx512_emulated);
    check_masks(&denoise__random_avx512_emulated);
    check_uniform_numbers(&denoise__random_avx512_emulated);
    check_normal_numbers(&denoise__random_avx512_emulated);
    check_quantiles(&denoise__random_avx512_emulated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_are_those_of_the_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
