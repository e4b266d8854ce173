/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include "kernels/random.h"
#include "support/cmocka_test.h"
#include "support/hash.h"
#include <math.h>
#include <string.h>

enum { MANY = 100000 };

/* Against statistics.NormalDist().inv_cdf of Python 3.11, which is good to 1e-15. */
static void quantiles_are_right(void **state)
{
    (void)state;
    static const double cases[][2] = {
        {0.5, 0.0},
        {0.25, -0.6744897501960817},
        {0.6, 0.2533471031357998},
        {0.0749999, -1.4395321773759004},
        {0.075, -1.4395314709384557},
        {0.075000000001, -1.4395314709313916},
        {0.9250001, 1.4395321773759004},
        {0.001, -3.090232306167813},
        {0.999, 3.090232306167813},
        {1e-05, -4.2648907939228256},
        {1.1641532182693481e-10, -6.337957754553789},
        {0.9999999998835847, 6.337957754553789},
        {1e-20, -9.262340089798405},
        {1e-100, -21.27345356096532},
        {1e-300, -37.0470962993612},
        {5e-324, -38.46740561714434},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double z = denoise__normal_quantile(cases[i][0]);
        if (fabs(z - cases[i][1]) > 2e-15 * fabs(cases[i][1])) fail_msg("p = %g: %.17g", cases[i][0], z);
    }
}

static void quantiles_grow(void **state)
{
    (void)state;
    double before = -INFINITY;
    for (int i = 1; i < 20000; i++) {
        double z = denoise__normal_quantile(i / 20000.0);
        assert_true(z > before);
        before = z;
    }
}

static void the_bits_never_change(void **state)
{
    (void)state;
    static float values[MANY];
    denoise__random_normal(42, 7, 0, values, MANY, 0, 1);
    assert_true(hash_numbers(values, MANY, sizeof(*values)) == 0x37bf9a7d76001eadU);
}

static void any_split_gives_the_same_numbers(void **state)
{
    (void)state;
    enum { ALL = 1500 };
    static float all[ALL], some[ALL + 1];
    denoise__random_normal(3, 4, 0, all, ALL, 2, 0.5);
    for (int64_t first = 0; first < 12; first++) {
        for (int64_t count = 0; first + count <= ALL; count += count < 20 ? 1 : 177) {
            some[count] = 77;
            denoise__random_normal(3, 4, (uint64_t)first, some, count, 2, 0.5);
            assert_memory_equal(some, all + first, (size_t)count * sizeof(*some));
            assert_true(some[count] == 77);
        }
    }
}

/* One word makes one number, by the documented formula. */
static void a_number_is_the_quantile_of_its_word(void **state)
{
    (void)state;
    static uint32_t words[1000];
    static float values[1000];
    denoise__random_words(8, 1, 5, words, 1000);
    denoise__random_normal(8, 1, 5, values, 1000, 10, 3);
    for (int i = 0; i < 1000; i++) {
        float expected = (float)(10 + 3 * denoise__normal_quantile((words[i] + 0.5) * 0x1p-32));
        assert_true(values[i] == expected);
    }
}

static void numbers_have_the_right_moments(void **state)
{
    (void)state;
    static float values[MANY];
    denoise__random_normal(9, 9, 0, values, MANY, 0, 1);
    double moments[5] = {0};
    for (size_t i = 0; i < MANY; i++) {
        double power = 1;
        for (int m = 0; m < 5; m++) {
            moments[m] += power;
            power *= values[i];
        }
    }
    /* five standard errors: sqrt((2m-1)!! - ...) / sqrt(100000) */
    assert_true(fabs(moments[1] / MANY) < 5 * 0.0032);
    assert_true(fabs(moments[2] / MANY - 1) < 5 * 0.0045);
    assert_true(fabs(moments[3] / MANY) < 5 * 0.0123);
    assert_true(fabs(moments[4] / MANY - 3) < 5 * 0.031);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_right),
        cmocka_unit_test(quantiles_grow),
        cmocka_unit_test(the_bits_never_change),
        cmocka_unit_test(any_split_gives_the_same_numbers),
        cmocka_unit_test(a_number_is_the_quantile_of_its_word),
        cmocka_unit_test(numbers_have_the_right_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
