/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the normal quantile, without a branch, for the scalar function and for loops that compilers make vectors of.
 *
 * M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), routine
 * PPND16: |p - 1/2| <= 0.425, then the tails in r = sqrt(-log(min(p, 1 - p))) up to 5 and beyond. + - * / and sqrt alone, in
 * this order: the same bits everywhere. */
#ifndef DENOISE_CORE_NORMAL_QUANTILE_H
#define DENOISE_CORE_NORMAL_QUANTILE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DENOISE__QUANTILE_CENTRAL 0.425 /* the greatest |p - 1/2| of the middle */
#define DENOISE__QUANTILE_NEAR    5.0   /* the greatest r of the near tail */

/* Sum of a[i] x^i. */
static inline double denoise__polynomial_7(const double a[8], double x)
{
    return ((((((a[7] * x + a[6]) * x + a[5]) * x + a[4]) * x + a[3]) * x + a[2]) * x + a[1]) * x + a[0];
}

/* q = p - 1/2 */
static inline double denoise__quantile_central(double q)
{
    static const double above[8] = {3.3871328727963666080e+0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double below[8] = {1.0,
                                    4.2313330701600911252e+1,
                                    6.8718700749205790830e+2,
                                    5.3941960214247511077e+3,
                                    2.1213794301586595867e+4,
                                    3.9307895800092710610e+4,
                                    2.8729085735721942674e+4,
                                    5.2264952788528545610e+3};
    double r = 0.180625 - q * q;
    return q * denoise__polynomial_7(above, r) / denoise__polynomial_7(below, r);
}

/* -z of a lower tail with r <= 5 */
static inline double denoise__quantile_near_tail(double r)
{
    static const double above[8] = {1.42343711074968357734e+0, 4.63033784615654529590e+0, 5.76949722146069140550e+0,
                                    3.64784832476320460504e+0, 1.27045825245236838258e+0, 2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double below[8] = {1.0,
                                    2.05319162663775882187e+0,
                                    1.67638483018380384940e+0,
                                    6.89767334985100004550e-1,
                                    1.48103976427480074590e-1,
                                    1.51986665636164571966e-2,
                                    5.47593808499534494600e-4,
                                    1.05075007164441684324e-9};
    return denoise__polynomial_7(above, r - 1.6) / denoise__polynomial_7(below, r - 1.6);
}

/* log(p) + shift log(2) for DBL_MIN <= p < 1: p = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)).
 * The exponent becomes a double as the last bits of one from 2^52 on: in the lanes of doubles, where vectors keep it. */
static inline double denoise__quantile_log(double p, double shift)
{
    uint64_t bits, exponent_bits;
    double m, e;
    memcpy(&bits, &p, sizeof(bits));
    exponent_bits = bits >> 52 | 0x4330000000000000U;
    bits = (bits & 0x000FFFFFFFFFFFFFU) | 0x3FF0000000000000U;
    memcpy(&m, &bits, sizeof(m));
    memcpy(&e, &exponent_bits, sizeof(e));
    e = e - (0x1p52 + 1023) + shift;
    bool upper = m > 1.4142135623730951;
    m = upper ? m * 0.5 : m;
    e = upper ? e + 1 : e;
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double series = (0 + 1.0 / 23) * z; /* z <= 0.0295: the next term is below 2^-60 */
    series = (series + 1.0 / 21) * z;
    series = (series + 1.0 / 19) * z;
    series = (series + 1.0 / 17) * z;
    series = (series + 1.0 / 15) * z;
    series = (series + 1.0 / 13) * z;
    series = (series + 1.0 / 11) * z;
    series = (series + 1.0 / 9) * z;
    series = (series + 1.0 / 7) * z;
    series = (series + 1.0 / 5) * z;
    series = (series + 1.0 / 3) * z;
    return e * 0.69314718055994530942 + 2 * (s + s * series);
}

#endif
