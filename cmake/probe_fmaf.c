/* SPDX-License-Identifier: Apache-2.0 */
/* Whether fmaf() rounds once: cases whose product and sum, rounded to double in between, end on the wrong side of a tie, at the
 * edge of the subnormal numbers too. */
#include <math.h>

static volatile const float cases[][4] = {
    /* the sum in double is a tie of floats that the exact one is not */
    {0x1.000002p+0f, 0x1.000002p+0f, 0x1p-60f, 0x1.000004p+0f},
    {0x1.001p+0f, 0x1.001p+0f, 0x1p-60f, 0x1.002002p+0f},
    {0x1.001p+0f, 0x1.001p+0f, -0x1p-60f, 0x1.002p+0f},
    {-0x1.001p+0f, 0x1.001p+0f, 0x1p-60f, -0x1.002p+0f},
    {-0x1.001p+0f, 0x1.001p+0f, -0x1p-60f, -0x1.002002p+0f},
    {0x1.003p+0f, 0x1.001p+0f, 0x1p-70f, 0x1.004004p+0f},
    {0x1.003p+0f, 0x1.001p+0f, -0x1p-70f, 0x1.004002p+0f},
    /* cancellation that only an exact product has */
    {0x1.000002p+0f, 0x1.000002p+0f, -0x1.000004p+0f, 0x1p-46f},
    {0x1.fffffep+0f, 0x1.fffffep+0f, -0x1.fffffcp+1f, 0x1p-46f},
    /* a product beyond the floats, a sum within */
    {0x1p+100f, 0x1p+100f, -INFINITY, -INFINITY},
    {0x1p+64f, 0x1p+64f, -0x1.fffffep+127f, 0x1p+104f},
    /* subnormal results are rounded once too */
    {0x1.000002p-75f, 0x1.000002p-75f, 0x1p-149f, 0x1p-148f},
    {0x1p-75f, 0x1p-75f, 0x1p-149f, 0x1p-148f},
    {0x1p-75f, 0x1p-75f, 0x0p+0f, 0x0p+0f},
    {0x1.000002p-75f, 0x1p-75f, 0x0p+0f, 0x1p-149f},
};

int main(void)
{
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        float got = fmaf(cases[i][0], cases[i][1], cases[i][2]);
        if (!(got == cases[i][3])) return 1 + (int)i;
    }
    return 0;
}
