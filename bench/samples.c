/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"
#include "counters.h"
#include "crew.h"
#include "peak.h"
#include "report.h"
#include <math.h>
#include <stdio.h>

static const double tolerance = 0.02; /* of the peak, and of the time that a thread must have its CPU */

watch watch_open(const options *o)
{
    watch w = {.peak_seconds = o->peak_seconds, .round_trip = crew_round_trip()};
    peak p = peak_measure(o->peak_seconds);
    w.peak = p.gflops;
    w.cpu_share = p.cpu_share;
    w.steal = counters_steal();
    return w;
}

sighting watch_close(const watch *before)
{
    int64_t steal = counters_steal();
    peak after = peak_measure(before->peak_seconds);
    double greater = fmax(before->peak, after.gflops);
    return (sighting){.peak = 0.5 * (before->peak + after.gflops),
                      .round_trip = fmax(before->round_trip, crew_round_trip()),
                      .unsteady = !(fabs(before->peak - after.gflops) <= tolerance * greater),
                      .stolen = steal > before->steal,
                      .shared = !(before->cpu_share >= 1.0 - tolerance && after.cpu_share >= 1.0 - tolerance)};
}

void samples_begin(samples *s, const options *o)
{
    *s = (samples){.wanted = o->samples, .most_tries = o->tries};
}

bool samples_more(const samples *s)
{
    return s->kept < s->wanted && s->tries < s->most_tries;
}

void samples_add(samples *s, double value, double floor, const sighting *seen)
{
    int i = s->tries;
    if (i == SAMPLES_MOST) return;
    s->value[i] = value;
    s->floor[i] = floor;
    s->peak[i] = seen->peak;
    s->round_trip[i] = seen->round_trip;
    s->good[i] = !seen->unsteady && !seen->stolen && !seen->shared;
    s->tries++;
    s->kept += s->good[i];
    s->unsteady += seen->unsteady;
    s->stolen += seen->stolen;
    s->shared += seen->shared;
}

double samples_floor(double flops, const sighting *seen)
{
    return flops / (seen->peak * 1e9 * crew_size());
}

bool samples_trusted(const samples *s)
{
    return s->kept >= s->wanted;
}

/* quotient[i] = top[i] / bottom[i] where `bottom` is given, of the samples that count. */
static summary summary_of(const samples *s, const double *top, const double *bottom)
{
    double chosen[SAMPLES_MOST];
    int count = 0;
    for (int i = 0; i < s->tries; i++) {
        double value = bottom == NULL ? top[i] : top[i] / bottom[i];
        if ((s->good[i] || s->kept == 0) && !isnan(value)) chosen[count++] = value;
    }
    return summarize(chosen, count);
}

summary samples_values(const samples *s)
{
    return summary_of(s, s->value, NULL);
}

summary samples_floors(const samples *s)
{
    return summary_of(s, s->floor, NULL);
}

summary samples_ratios(const samples *s)
{
    return summary_of(s, s->value, s->floor);
}

double samples_peak(const samples *s)
{
    return summary_of(s, s->peak, NULL).median;
}

json_t *samples_json(const samples *s, double scale)
{
    summary v = samples_values(s), trip = summary_of(s, s->round_trip, NULL);
    json_t *json = json_object(), *dropped = json_object();
    report_number(json, "least", v.least * scale);
    report_number(json, "lower_quartile", v.lower_quartile * scale);
    report_number(json, "upper_quartile", v.upper_quartile * scale);
    report_number(json, "greatest", v.greatest * scale);
    report_number(json, "peak_gflops", samples_peak(s));
    if (trip.count > 0) report_number(json, "round_trip_ns", trip.median);
    report_count(json, "kept", s->kept);
    report_count(json, "tries", s->tries);
    report_count(dropped, "peak", s->unsteady);
    report_count(dropped, "steal", s->stolen);
    report_count(dropped, "shared", s->shared);
    json_object_set_new(json, "dropped", dropped);
    json_object_set_new(json, "trusted", json_boolean(samples_trusted(s)));
    return json;
}

void samples_print(const samples *s, const char *label, double scale, const char *unit)
{
    summary v = samples_values(s), ratio = samples_ratios(s), trip = summary_of(s, s->round_trip, NULL);
    printf("%-42s %9.4g %-5s (%.4g to %.4g)", label, v.median * scale, unit, v.least * scale, v.greatest * scale);
    if (ratio.count > 0) printf("  %.3f x floor", ratio.median);
    printf("  peak %.1f", samples_peak(s));
    if (trip.count > 0) printf(", round trip %.0f ns", trip.median);
    if (s->kept < s->tries) {
        printf("  [kept %d of %d; dropped for peak %d, steal %d, sharing %d]", s->kept, s->tries, s->unsteady, s->stolen,
               s->shared);
    }
    if (!samples_trusted(s)) printf(" NOT TRUSTED");
    printf("\n");
    fflush(stdout);
}
