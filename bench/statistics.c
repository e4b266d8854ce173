/* SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double at(const double *sorted, int count, double q)
{
    double place = q * (count - 1), below = floor(place);
    int i = (int)below;
    if (count < 1) return NAN;
    return i + 1 < count ? sorted[i] + (sorted[i + 1] - sorted[i]) * (place - below) : sorted[count - 1];
}

double quantile(double *values, int count, double q)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return at(values, count, q);
}

summary summarize(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return (summary){.count = count,
                     .median = at(values, count, 0.5),
                     .least = at(values, count, 0.0),
                     .greatest = at(values, count, 1.0),
                     .lower_quartile = at(values, count, 0.25),
                     .upper_quartile = at(values, count, 0.75)};
}
