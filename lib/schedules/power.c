/* SPDX-License-Identifier: Apache-2.0 */
#include "schedules/power.h"
#include <math.h>
#include <stdint.h>

#define LN_2   0.693147180559945309417
#define PI     3.14159265358979323846
#define ROOT_2 1.41421356237309504880

/* x = m 2^e with m from sqrt(1/2) to sqrt(2), where ln m = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1) <= 0.172. */
double denoise__log2(double x)
{
    int exponent;
    double mantissa = frexp(x, &exponent), sum = 0;
    if (mantissa < ROOT_2 / 2) {
        mantissa *= 2;
        exponent--;
    }
    double s = (mantissa - 1) / (mantissa + 1), square = s * s;
    for (int32_t odd = 25; odd >= 1; odd -= 2)
        sum = sum * square + 1.0 / (double)odd;
    return (double)exponent + 2 * s * sum / LN_2;
}

/* 2^x = 2^n e^(f ln 2) with the nearest whole n, |f ln 2| <= 0.347: 15 terms of the series. */
static double power_of_2(double x)
{
    if (x > 1100) return (double)INFINITY;
    if (x < -1100) return 0;
    double whole = floor(x + 0.5), z = (x - whole) * LN_2, sum = 1;
    for (int32_t n = 15; n >= 1; n--)
        sum = 1 + sum * z / (double)n;
    return ldexp(sum, (int)whole);
}

/* By squares: exact where the result can be. */
static double whole_power(double base, int32_t exponent)
{
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0) result *= base;
        base *= base;
    }
    return result;
}

double denoise__power(double base, double exponent)
{
    if (exponent >= 0 && exponent <= 64 && exponent == floor(exponent)) return whole_power(base, (int32_t)exponent);
    if (base == 1) return 1;
    if (base == 0) return exponent > 0 ? 0 : (double)INFINITY;
    return power_of_2(exponent * denoise__log2(base));
}

/* The series of sine or cosine to the term z^last, |z| <= pi/4. */
static double series(double z, int32_t last)
{
    double square = z * z, sum = 1;
    for (int32_t n = last; n >= 2; n -= 2)
        sum = 1 - sum * square / (double)(n * (n - 1));
    return sum;
}

double denoise__cosine_of_pi(double x)
{
    double turned = x - 2 * floor(x / 2), half = turned > 1 ? 2 - turned : turned; /* 0 .. 1 */
    double near = half > 0.5 ? 1 - half : half;                                    /* 0 .. 1/2 */
    double z = PI * (near > 0.25 ? 0.5 - near : near);
    double value = near > 0.25 ? z * series(z, 21) : series(z, 20);
    return half > 0.5 ? -value : value;
}
