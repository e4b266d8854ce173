/* SPDX-License-Identifier: Apache-2.0 */
/* Which samples are kept, with a machine that does what the test says. */
#include "counters.h"
#include "crew.h"
#include "peak.h"
#include "samples.h"
#include "support/cmocka_test.h"
#include <math.h>

/* The machine: what the next questions are answered with. */
static struct {
    double peaks[2], trips[2], share;
    int64_t steals[2];
    int threads, asked_peak, asked_trip, asked_steal;
} machine;

peak peak_measure(double seconds)
{
    assert_true(seconds == 0.02);
    int asked = machine.asked_peak++;
    return (peak){machine.peaks[asked], asked == 1 ? machine.share : 1.0};
}

double crew_round_trip(void)
{
    return machine.trips[machine.asked_trip++];
}

int64_t counters_steal(void)
{
    return machine.steals[machine.asked_steal++];
}

int crew_size(void)
{
    return machine.threads;
}

static const options usual = {.samples = 7, .tries = 21, .peak_seconds = 0.02};

/* A sample between these peaks, with so many ticks of stolen time, and with this share of the CPU after it. */
static sighting take_shared(double before, double after, int64_t stolen, double share)
{
    machine.share = share;
    machine.peaks[0] = before, machine.peaks[1] = after;
    machine.trips[0] = 60.0, machine.trips[1] = 70.0;
    machine.steals[0] = 5, machine.steals[1] = 5 + stolen;
    machine.threads = 2;
    machine.asked_peak = machine.asked_trip = machine.asked_steal = 0;
    watch w = watch_open(&usual);
    sighting seen = watch_close(&w);
    assert_int_equal(machine.asked_peak, 2);
    assert_int_equal(machine.asked_steal, 2);
    return seen;
}

static sighting take(double before, double after, int64_t stolen)
{
    return take_shared(before, after, stolen, 1.0);
}

static void test_steady_samples_are_kept(void **state)
{
    (void)state;
    sighting seen = take(100.0, 98.1, 0);
    assert_false(seen.unsteady);
    assert_false(seen.stolen);
    assert_false(seen.shared);
    assert_float_equal(seen.peak, 99.05, 1e-12);
    assert_float_equal(seen.round_trip, 70.0, 0.0);
    assert_float_equal(samples_floor(198.1e9, &seen), 1.0, 1e-9); /* two threads */
}

static void test_disturbances_are_seen(void **state)
{
    (void)state;
    assert_true(take(100.0, 97.9, 0).unsteady);
    assert_true(take(97.9, 100.0, 0).unsteady);
    assert_true(take(100.0, NAN, 0).unsteady);
    assert_true(take(100.0, 100.0, 1).stolen);
    assert_false(take(100.0, 100.0, 1).unsteady);
    assert_true(take_shared(67.0, 67.0, 0, 0.97).shared);
    assert_true(take_shared(67.0, 67.0, 0, NAN).shared);
    assert_false(take_shared(67.0, 67.0, 0, 0.985).shared);
}

static void test_dropped_samples_do_not_count(void **state)
{
    (void)state;
    static samples s;
    samples_begin(&s, &usual);
    for (int i = 0; i < 7; i++) {
        sighting good = take(100.0, 100.0, 0), bad = take(100.0, 50.0, 3), beside = take_shared(67.0, 67.0, 0, 0.66);
        assert_true(samples_more(&s));
        assert_false(samples_trusted(&s));
        samples_add(&s, 1000.0, 1.0, &bad);
        samples_add(&s, 2000.0, 1.0, &beside);
        samples_add(&s, 2.0 + i, 1.0 + 0.5 * i, &good);
    }
    assert_false(samples_more(&s));
    assert_true(samples_trusted(&s));
    assert_int_equal(s.kept, 7);
    assert_int_equal(s.tries, 21);
    assert_int_equal(s.shared, 7);
    assert_int_equal(s.unsteady, 7);
    assert_int_equal(s.stolen, 7);
    summary v = samples_values(&s), ratio = samples_ratios(&s);
    assert_int_equal(v.count, 7);
    assert_float_equal(v.median, 5.0, 0.0);
    assert_float_equal(v.greatest, 8.0, 0.0);
    assert_float_equal(ratio.least, 2.0, 0.0);
    assert_float_equal(ratio.greatest, 2.0, 0.0);
    assert_float_equal(samples_peak(&s), 100.0, 0.0);
}

static void test_it_gives_up(void **state)
{
    (void)state;
    static samples s;
    int tries = 0;
    samples_begin(&s, &usual);
    for (; samples_more(&s); tries++) {
        sighting bad = take(100.0, 50.0, 0);
        samples_add(&s, 1.0 + tries, NAN, &bad);
    }
    assert_int_equal(tries, 21);
    assert_false(samples_trusted(&s));
    assert_float_equal(samples_values(&s).median, 11.0, 0.0); /* of all */
    assert_int_equal(samples_ratios(&s).count, 0);
    json_t *json = samples_json(&s, 10.0);
    assert_int_equal(json_integer_value(json_object_get(json, "kept")), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "dropped"), "peak")), 21);
    assert_float_equal(json_number_value(json_object_get(json, "greatest")), 210.0, 0.0);
    assert_true(json_is_false(json_object_get(json, "trusted")));
    json_decref(json);
}

static void test_quantiles(void **state)
{
    (void)state;
    double values[] = {5.0, 1.0, 4.0, 2.0, 3.0}, one[] = {7.0};
    summary s = summarize(values, 5);
    assert_float_equal(s.median, 3.0, 0.0);
    assert_float_equal(s.lower_quartile, 2.0, 0.0);
    assert_float_equal(s.upper_quartile, 4.0, 0.0);
    assert_float_equal(quantile(values, 5, 0.99), 4.96, 1e-12);
    assert_float_equal(quantile(values, 4, 0.5), 2.5, 0.0);
    assert_float_equal(quantile(one, 1, 0.99), 7.0, 0.0);
    assert_true(isnan(summarize(one, 0).median));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steady_samples_are_kept),
                                       cmocka_unit_test(test_disturbances_are_seen),
                                       cmocka_unit_test(test_dropped_samples_do_not_count), cmocka_unit_test(test_it_gives_up),
                                       cmocka_unit_test(test_quantiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
