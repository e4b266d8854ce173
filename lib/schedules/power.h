/* SPDX-License-Identifier: Apache-2.0 */
/* Powers and the cosine in double, by additions, products and quotients alone, so that they have the same bits everywhere. What
 * is computed with them is then rounded to float32: an error of 1e-13 does not matter. */
#ifndef DENOISE_SCHEDULES_POWER_H
#define DENOISE_SCHEDULES_POWER_H

/* Logarithm to the base 2 of a finite number > 0. */
double denoise__log2(double x);
/* base^exponent for a finite base >= 0: 1 where the exponent is 0, else 0 or Inf where the base is 0. */
double denoise__power(double base, double exponent);
/* cos(pi x) of a finite x >= 0. */
double denoise__cosine_of_pi(double x);

#endif
