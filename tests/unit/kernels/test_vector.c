/* SPDX-License-Identifier: Apache-2.0 */
/* The vector kernels: equal bits from every table, sums, state that fades, and which table is chosen. */
#include "support/cmocka_test.h"

#include "core/cpu.h"
#include "vector_runs.h"
#include <math.h>
#include <stdlib.h>

/* Any compiler, any instruction set: these very bits. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    assert_int_equal(hash_of_table(denoise__vector_table()), 0x35ca7b4c29170108u);
}

static void all_tables_give_the_same_bits(void **state)
{
    (void)state;
    static inputs in;
    static outputs expected, given;
    const denoise__vector *portable = denoise__vector_of(DENOISE__ISA_PORTABLE);
    assert_non_null(portable);
    for (int32_t isa = DENOISE__ISA_PORTABLE; isa <= DENOISE__ISA_NEON; isa++) {
        const denoise__vector *table = denoise__vector_of(isa);
        if (table == NULL) {
            print_message("no table %d on this CPU\n", (int)isa);
            continue;
        }
        restart_noise(1);
        for (int kind = 0; kind < INPUT_KINDS; kind++)
            for (int n = 0; n <= LONGEST; n += n < 70 ? 1 : 53) {
                fill_inputs(&in, kind);
                run_kernels(portable, &in, n, &expected);
                run_kernels(table, &in, n, &given);
                const char *difference = first_difference(&expected, &given);
                if (difference == NULL) difference = first_twin_difference(&given);
                if (difference != NULL) fail_msg("%s, n %d, %s", table->name, n, difference);
            }
    }
}

/* The last, partial vector gives what a whole one gives, and nothing beyond the array is touched. */
static void an_element_does_not_depend_on_its_place(void **state)
{
    (void)state;
    static inputs in;
    const denoise__vector *v = denoise__vector_table();
    const unary all[] = {v->exp,  v->log,       v->sin,  v->cos,  v->sigmoid,   v->tanh,        v->softplus,
                         v->gelu, v->gelu_tanh, v->silu, v->mish, v->hard_silu, v->tanh_shrink, v->softsign};
    restart_noise(3);
    for (int kind = 0; kind < INPUT_KINDS; kind++) {
        fill_inputs(&in, kind);
        for (size_t f = 0; f < sizeof all / sizeof *all; f++) {
            float whole[LONGEST], part[LONGEST];
            all[f](in.a, whole, LONGEST);
            for (int n = 1; n < 40; n++) {
                part[n] = 77;
                all[f](in.a + 100 - n, part, n);
                assert_true(part[n] == 77);
                for (int i = 0; i < n; i++)
                    assert_true(same_float(part[i], whole[100 - n + i]));
            }
        }
    }
}

static void long_sums_keep_their_accuracy(void **state)
{
    (void)state;
    enum { COUNT = 1000003 };
    float *p = malloc(COUNT * sizeof *p), *t = calloc(COUNT, sizeof *t);
    assert_non_null(p);
    assert_non_null(t);
    restart_noise(7);
    double expected = 0;
    for (int i = 0; i < COUNT; i++) {
        p[i] = random_float(1);
        expected += (double)p[i];
    }
    double given = (double)denoise__vector_table()->absolute_error(p, t, NULL, COUNT, 1);
    assert_true(fabs(given - expected) < 1e-7 * expected);
    free(p);
    free(t);
}

static void faded_state_becomes_zero(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    float w[3] = {1, 1, 1}, g[3] = {0, 0, NAN}, m[3] = {0x1p-100f, 0x1p-98f, 0}, s[3] = {0x1p-100f, 0x1p-98f, 0};
    v->adam(w, g, m, s, 3, 0.1f, 0.1f, 0.001f, 1e-7f);
    assert_true(m[0] == 0 && s[0] == 0);
    assert_true(m[1] > 0 && s[1] > 0);
    assert_true(isnan(m[2]) && isnan(s[2]) && isnan(w[2]));
    float hat[3] = {0, 1, 0.5f};
    v->adam_amsgrad(w, (float[]){1, 0.5f, 0}, m, s, hat, 2, 0.1f, 0.5f, 0.5f, 1e-7f);
    assert_true(hat[0] == s[0] && s[0] == 0.5f && hat[1] == 1 && s[1] < 1 && hat[2] == 0.5f);
    float momentum[2] = {-0x1.01p-100f, -0x1p-99f};
    v->sgd_momentum(w, g, momentum, 2, 0.1f, 0.9f);
    assert_true(momentum[0] == 0 && momentum[1] < 0);
}

static void tables_are_chosen_by_instruction_set(void **state)
{
    (void)state;
    assert_string_equal(denoise__vector_of(DENOISE__ISA_PORTABLE)->name, "portable");
    const denoise__vector *best = denoise__vector_of(denoise__cpu_isa());
    assert_ptr_equal(denoise__vector_table(), best != NULL ? best : denoise__vector_of(DENOISE__ISA_PORTABLE));
    assert_null(denoise__vector_of(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_the_same_everywhere),
        cmocka_unit_test(all_tables_give_the_same_bits),
        cmocka_unit_test(an_element_does_not_depend_on_its_place),
        cmocka_unit_test(long_sums_keep_their_accuracy),
        cmocka_unit_test(faded_state_becomes_zero),
        cmocka_unit_test(tables_are_chosen_by_instruction_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
