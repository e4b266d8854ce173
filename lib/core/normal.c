/* SPDX-License-Identifier: Apache-2.0 */
#include "core/normal_quantile.h"
#include "core/random.h"
#include <float.h>
#include <math.h>

/* -z of a lower tail with r > 5 */
static double far_tail(double r)
{
    static const double above[8] = {6.65790464350110377720e+0, 5.46378491116411436990e+0, 1.78482653991729133580e+0,
                                    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                    2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double below[8] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};
    return denoise__polynomial_7(above, r - 5) / denoise__polynomial_7(below, r - 5);
}

static double logarithm(double p)
{
    return p < DBL_MIN ? denoise__quantile_log(p * 0x1p54, -54) : denoise__quantile_log(p, 0);
}

double denoise__normal_quantile(double p)
{
    double q = p - 0.5;
    if (q >= -DENOISE__QUANTILE_CENTRAL && q <= DENOISE__QUANTILE_CENTRAL) return denoise__quantile_central(q);
    double r = sqrt(-logarithm(q < 0 ? p : 1 - p));
    double value = r <= DENOISE__QUANTILE_NEAR ? denoise__quantile_near_tail(r) : far_tail(r);
    return q < 0 ? -value : value;
}
