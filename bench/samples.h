/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of one figure that a disturbed machine cannot falsify unnoticed: the peak is measured before and after each one,
 * and the sample is dropped when the two differ, when the hypervisor took time away meanwhile, or when a thread had to share
 * its CPU while the peak was measured: a neighbour that always takes its part changes nothing between before and after. */
#ifndef DENOISE_BENCH_SAMPLES_H
#define DENOISE_BENCH_SAMPLES_H

#include "options.h"
#include "statistics.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SAMPLES_MOST = 300 };

/* The machine just before a sample. */
typedef struct watch {
    double peak_seconds, peak, cpu_share, round_trip;
    int64_t steal;
} watch;

/* What was seen on both sides of it. */
typedef struct sighting {
    double peak;       /* GFLOP/s of a core, mean of before and after */
    double round_trip; /* ns, the greater one; NAN with one thread */
    bool unsteady, stolen, shared;
} sighting;

watch watch_open(const options *o);
sighting watch_close(const watch *before);

typedef struct samples {
    int wanted, most_tries;
    int tries, kept, unsteady, stolen, shared; /* a sample may be dropped for several reasons */
    double value[SAMPLES_MOST], floor[SAMPLES_MOST], peak[SAMPLES_MOST], round_trip[SAMPLES_MOST];
    bool good[SAMPLES_MOST];
} samples;

void samples_begin(samples *s, const options *o);
bool samples_more(const samples *s);
/* floor: the least that the value could have been at this sample's peak; NAN where there is none. */
void samples_add(samples *s, double value, double floor, const sighting *seen);
/* Seconds that so many floating-point operations take at this peak on all threads of the crew. */
double samples_floor(double flops, const sighting *seen);

/* Of the kept samples; of all when none was kept, which samples_trusted() tells. */
summary samples_values(const samples *s);
summary samples_floors(const samples *s);
summary samples_ratios(const samples *s); /* value / floor, sample by sample */
double samples_peak(const samples *s);    /* median, GFLOP/s of a core */
bool samples_trusted(const samples *s);

/* Least, greatest and quartiles times `scale`, kept, tries, dropped, peak and round trip. */
json_t *samples_json(const samples *s, double scale);
/* One line after its label: values times `scale` with a unit, ratio to the floor where there is one, what was dropped. */
void samples_print(const samples *s, const char *label, double scale, const char *unit);

#endif
