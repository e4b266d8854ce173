/* SPDX-License-Identifier: Apache-2.0 */
#include "core/random.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { CHUNK = 256 };

/* M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), routine
 * PPND16: |p - 1/2| <= 0.425, then the tails in r = sqrt(-log(min(p, 1 - p))) up to 5 and beyond. */
static double central(double q)
{
    double r = 0.180625 - q * q;
    double numerator = (((((((2.5090809287301226727e+3 * r + 3.3430575583588128105e+4) * r + 6.7265770927008700853e+4) * r +
                            4.5921953931549871457e+4) *
                               r +
                           1.3731693765509461125e+4) *
                              r +
                          1.9715909503065514427e+3) *
                             r +
                         1.3314166789178437745e+2) *
                            r +
                        3.3871328727963666080e+0);
    double denominator = (((((((5.2264952788528545610e+3 * r + 2.8729085735721942674e+4) * r + 3.9307895800092710610e+4) * r +
                              2.1213794301586595867e+4) *
                                 r +
                             5.3941960214247511077e+3) *
                                r +
                            6.8718700749205790830e+2) *
                               r +
                           4.2313330701600911252e+1) *
                              r +
                          1.0);
    return q * numerator / denominator;
}

static double polynomial(const double *coefficients, double x)
{
    double sum = coefficients[7];
    for (int i = 6; i >= 0; i--) {
        sum = sum * x + coefficients[i];
    }
    return sum;
}

static double tail(double r)
{
    static const double near[2][8] = {
        {1.42343711074968357734e+0, 4.63033784615654529590e+0, 5.76949722146069140550e+0, 3.64784832476320460504e+0,
         1.27045825245236838258e+0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
        {1.0, 2.05319162663775882187e+0, 1.67638483018380384940e+0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
         1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
    static const double far[2][8] = {
        {6.65790464350110377720e+0, 5.46378491116411436990e+0, 1.78482653991729133580e+0, 2.96560571828504891230e-1,
         2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
        {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
         1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};
    if (r <= 5) return polynomial(near[0], r - 1.6) / polynomial(near[1], r - 1.6);
    return polynomial(far[0], r - 5) / polynomial(far[1], r - 5);
}

/* log(p) for 0 < p < 1 from + - * / alone: p = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)). */
static double logarithm(double p)
{
    int exponent = 0;
    if (p < DBL_MIN) {
        p *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &p, sizeof(bits));
    exponent += (int)(bits >> 52) - 1023;
    bits = (bits & 0x000FFFFFFFFFFFFFU) | 0x3FF0000000000000U;
    double m;
    memcpy(&m, &bits, sizeof(m));
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double series = 0;
    for (int i = 23; i >= 3; i -= 2) { /* z <= 0.0295: the next term is below 2^-60 */
        series = (series + 1.0 / i) * z;
    }
    return exponent * 0.69314718055994530942 + 2 * (s + s * series);
}

double denoise__normal_quantile(double p)
{
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) return central(q);
    double r = sqrt(-logarithm(q < 0 ? p : 1 - p));
    double value = tail(r);
    return q < 0 ? -value : value;
}

void denoise__random_normal(uint64_t seed, uint64_t stream, uint64_t position, float *values, int64_t count, double mean,
                            double stddev)
{
    uint32_t words[CHUNK];
    double p[CHUNK], z[CHUNK];
    while (count > 0) {
        int64_t taken = count < CHUNK ? count : CHUNK;
        denoise__random_words(seed, stream, position, words, taken);
        for (int64_t i = 0; i < taken; i++) {
            p[i] = ((double)words[i] + 0.5) * 0x1p-32;
        }
        /* The middle, 85 % of all, for everyone without a branch: the compiler makes vectors of it. */
        for (int64_t i = 0; i < taken; i++) {
            z[i] = central(p[i] - 0.5);
        }
        for (int64_t i = 0; i < taken; i++) {
            double q = p[i] - 0.5;
            if (q < -0.425 || q > 0.425) z[i] = denoise__normal_quantile(p[i]);
        }
        for (int64_t i = 0; i < taken; i++) {
            values[i] = (float)(mean + stddev * z[i]);
        }
        values += taken;
        position += (uint64_t)taken;
        count -= taken;
    }
}
