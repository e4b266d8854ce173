/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of several measured values. */
#ifndef DENOISE_BENCH_STATISTICS_H
#define DENOISE_BENCH_STATISTICS_H

typedef struct summary {
    int count;
    double median, least, greatest, lower_quartile, upper_quartile; /* NAN when count is 0 */
} summary;

/* Sorts the values. */
summary summarize(double *values, int count);
/* Sorts the values; quantile q of 0..1, linear between neighbours. */
double quantile(double *values, int count, double q);

#endif
