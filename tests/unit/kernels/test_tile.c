/* SPDX-License-Identifier: Apache-2.0 */
/* Products of panels: every element is the chain of fused multiply-adds that the header promises, on every instruction set. */
#include "core/cpu.h"
#include "kernels/fmaf.h"
#include "kernels/tile.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 67, PANELS = 9, DEPTH = 1100, STRIDE = 1104 };

static float *filled(size_t count, uint32_t seed)
{
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    return values;
}

static float at_a(const denoise__tile_product *p, int64_t i, int64_t k)
{
    return p->a_is_transposed ? p->a[k * p->a_row + i] : p->a[i * p->a_row + k / 16 * p->a_panel + k % 16];
}

static float chain(const denoise__tile_product *p, float start, int64_t i, int64_t j)
{
    float sum = start;
    for (int64_t k = 0; k < p->k; k++)
        sum = denoise__fmaf(at_a(p, i, k), p->b[j / 16 * p->b_panel + k * 16 + j % 16], sum);
    return sum;
}

static void check(const denoise__tile *table, denoise__tile_product p)
{
    size_t count = (size_t)PANELS * STRIDE * 16;
    float *c = filled(count, 3), *before = filled(count, 3);
    p.c = c;
    table->multiply(&p);
    for (int64_t j = 0; j < PANELS * 16; j++)
        for (int64_t i = 0; i < ROWS; i++) {
            int64_t at = j / 16 * p.c_panel + i * p.c_row + j % 16;
            bool inside = i < p.rows && j < p.panels * 16;
            float expected = inside ? chain(&p, p.continues ? before[at] : 0.0f, i, j) : before[at];
            if (memcmp(&c[at], &expected, sizeof expected) == 0) continue;
            fail_msg("%s: rows %d panels %d k %d: element (%d, %d) is %a, expected %a", table->name, (int)p.rows, (int)p.panels,
                     (int)p.k, (int)i, (int)j, (double)c[at], (double)expected);
        }
    free(c);
    free(before);
}

/* The form of A: panels, row-major, transposed panels, transposed rows. */
static void set_form(denoise__tile_product *p, int form)
{
    p->a_is_transposed = form >= 2;
    p->a_row = form == 1 ? DEPTH + 3 : form == 3 ? ROWS + 5 : 16;
    p->a_panel = form == 1 ? 16 : STRIDE * 16;
}

static void test_every_element_is_one_chain(void **state)
{
    (void)state;
    static const int64_t depths[] = {0, 1, 15, 16, 17, 64, 100, 1024, 1100};
    float *a = filled((size_t)STRIDE * 16 * 72, 1), *b = filled((size_t)PANELS * STRIDE * 16, 2);
    for (int32_t isa = 0; isa <= DENOISE__ISA_NEON; isa++) {
        const denoise__tile *table = denoise__tile_of(isa);
        if (table == NULL) continue;
        for (int form = 0; form < 4; form++)
            for (int64_t rows = 1; rows <= (form == 2 ? 16 : ROWS); rows += rows < 18 ? 1 : 7)
                for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
                    if (depths[d] > 100 && rows % 5 != 1) continue;
                    denoise__tile_product p = {.rows = rows,
                                               .panels = 1 + (rows + (int64_t)d) % PANELS,
                                               .k = depths[d],
                                               .a = a,
                                               .b = b,
                                               .b_panel = STRIDE * 16,
                                               .c_row = 16,
                                               .c_panel = STRIDE * 16,
                                               .continues = d % 2 != 0};
                    set_form(&p, form);
                    check(table, p);
                }
    }
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_element_is_one_chain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
