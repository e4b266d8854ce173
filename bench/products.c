/* SPDX-License-Identifier: Apache-2.0 */
#include "products.h"
#include "clock.h"
#include "crew.h"
#include "kernels/engine.h"
#include "kernels/gemm.h"
#include "machine.h"
#include "networks.h"
#include "peak.h"
#include "product.h"
#include "report.h"
#include "samples.h"
#include <math.h>

static const double sample_seconds = 0.01;
static const char *const form_names[PRODUCT_FORMS] = {"forward", "weights", "input"};

typedef product (*maker)(product_form form, int64_t m, int64_t n, int64_t k);

/* Sums of all products of a network's step: the time taken and that at the peak. */
typedef struct sums {
    json_t *list;
    double seconds, floor;
} sums;

static double flops_of(const product *p)
{
    return 2.0 * (double)p->m * (double)p->n * (double)p->k;
}

static product product_of(maker make, const network *n, int layer, product_form f)
{
    int64_t in = n->widths[layer], out = n->widths[layer + 1];
    switch (f) {
    case PRODUCT_FORWARD:
        return make(f, NETWORK_BATCH, out, in);
    case PRODUCT_WEIGHTS:
        return make(f, in, out, NETWORK_BATCH);
    default:
        return make(f, NETWORK_BATCH, in, out);
    }
}

static double time_calls(const product *p, int calls)
{
    double start = clock_seconds();
    for (int i = 0; i < calls; i++)
        p->run(p);
    return (clock_seconds() - start) / calls;
}

/* Seconds of a call. */
static void measure(samples *s, const product *p, const options *o)
{
    double once = fmax(time_calls(p, 2), 1e-7);
    int calls = o->quick ? 1 : (int)fmax(1.0, sample_seconds / once);
    samples_begin(s, o);
    while (samples_more(s)) {
        watch before = watch_open(o);
        double seconds = time_calls(p, calls);
        sighting seen = watch_close(&before);
        samples_add(s, seconds, samples_floor(flops_of(p), &seen), &seen);
    }
}

/* The share of the peak that the shape allows: columns that do not fill a vector's lanes leave some idle, and after k terms
 * each result must be stored once. */
static double allowed(const product *p, double gflops)
{
    double lanes = peak_lanes(), n = (double)p->n, lane_share = n / (lanes * ceil(n / lanes));
    double arithmetic = 2.0 * (double)p->k / (gflops * lane_share), storing = sizeof(float) / machine_l2_write();
    return 2.0 * (double)p->k / gflops / fmax(arithmetic, storing); /* ns of one result */
}

static void add(sums *all, const char *name, const product *p, const samples *s)
{
    double seconds = samples_values(s).median, share = 1.0 / samples_ratios(s).median;
    json_t *json = json_object();
    all->seconds += seconds;
    all->floor += seconds * share;
    report_text(json, "name", name);
    report_count(json, "m", p->m), report_count(json, "n", p->n), report_count(json, "k", p->k);
    report_count(json, "threads", crew_size());
    report_number(json, "gflops", flops_of(p) / seconds * 1e-9);
    report_number(json, "share", share);
    report_number(json, "allowed", allowed(p, samples_peak(s)));
    json_object_set_new(json, "spread_us", samples_json(s, 1e6));
    json_array_append_new(all->list, json);
}

static void measure_one(sums *all, maker make, const network *n, int layer, product_form f, const options *o)
{
    static samples s;
    char name[32], label[96];
    product p = product_of(make, n, layer, f);
    snprintf(name, sizeof name, "%s.dense_%d.%s", n->key, layer + 1, form_names[f]);
    snprintf(label, sizeof label, "%s %dx%dx%d, %d thread%s", name, (int)p.m, (int)p.n, (int)p.k, crew_size(),
             crew_size() == 1 ? "" : "s");
    measure(&s, &p, o);
    samples_print(&s, label, 1e6, "us");
    add(all, name, &p, &s);
    product_free(&p);
}

static void measure_network(json_t *list, json_t *shares, maker make, const network *n, const options *o)
{
    sums all = {.list = list};
    for (int layer = 0; layer < n->layers; layer++) {
        for (product_form f = PRODUCT_FORWARD; f < PRODUCT_FORMS; f++) {
            if (f != PRODUCT_INPUT || layer > 0) measure_one(&all, make, n, layer, f, o);
        }
    }
    report_number(report_threads(shares, crew_size()), n->key, all.floor / all.seconds);
    printf("   all of a step of %s: %.1f %% of peak\n", n->key, 100.0 * all.floor / all.seconds);
}

static void measure_all(json_t *report, const char *key, const char *share_key, maker make, const options *o)
{
    json_t *list = json_array(), *shares = report_object(report, share_key);
    json_object_set_new(report, key, list);
    printf("\n%s: m x n x k, hot, %s\n", key, make == product_in_panels ? "panels as in a step" : "row-major");
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        measure_network(list, shares, make, &network_classifier, o);
        measure_network(list, shares, make, &network_autoencoder, o);
    }
}

void products_measure(json_t *report, const options *o)
{
    if (!denoise__engine_is_native()) {
        measure_all(report, "gemm", "gemm_share", product_in_rows, o);
        return;
    }
    measure_all(report, "gemm", "gemm_share", product_in_panels, o);
    measure_all(report, "gemm_rows", "gemm_rows_share", product_in_rows, o);
}
