/* SPDX-License-Identifier: Apache-2.0 */
#include "products.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "kernels/gemm.h"
#include "machine.h"
#include "networks.h"
#include "peak.h"
#include "report.h"
#include "samples.h"
#include <math.h>

static const double sample_seconds = 0.01;

/* The three products of a dense layer y = x W, with dy the gradient of y:
 * forward y = x W, weights dW = x^T dy, input dx = dy W^T. */
typedef enum form { FORWARD, WEIGHTS, INPUT, FORMS } form;
static const char *const form_names[FORMS] = {"forward", "weights", "input"};

typedef struct product {
    char name[32];
    form form;
    int64_t m, n, k;
    float *a, *b, *c;
} product;

static double flops_of(const product *p)
{
    return 2.0 * (double)p->m * (double)p->n * (double)p->k;
}

static void fill(float *values, int64_t count, int period)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(i % period) / (float)period - 0.5f;
}

static product product_new(const network *n, int layer, form f)
{
    int64_t in = n->widths[layer], out = n->widths[layer + 1];
    product p = {.form = f,
                 .m = f == WEIGHTS ? in : NETWORK_BATCH,
                 .n = f == INPUT ? in : out,
                 .k = f == FORWARD   ? in
                      : f == WEIGHTS ? NETWORK_BATCH
                                     : out};
    snprintf(p.name, sizeof p.name, "%s.dense_%d.%s", n->key, layer + 1, form_names[f]);
    p.a = check_floats((size_t)(p.m * p.k));
    p.b = check_floats((size_t)(p.k * p.n));
    p.c = check_floats((size_t)(p.m * p.n));
    fill(p.a, p.m * p.k, 7);
    fill(p.b, p.k * p.n, 5);
    return p;
}

static void product_free(product *p)
{
    free(p->a), free(p->b), free(p->c);
}

static double time_calls(const product *p, int calls)
{
    double start = clock_seconds();
    for (int i = 0; i < calls; i++)
        denoise__gemm(p->form == WEIGHTS, p->form == INPUT, p->m, p->n, p->k, p->a, p->b, p->c, NULL, NULL);
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
static double allowed(const product *p, double peak)
{
    double lanes = peak_lanes(), n = (double)p->n, lane_share = n / (lanes * ceil(n / lanes));
    double arithmetic = 2.0 * (double)p->k / (peak * lane_share), storing = sizeof(float) / machine_l2_write();
    return 2.0 * (double)p->k / peak / fmax(arithmetic, storing); /* ns of one result */
}

/* Of all products of a network's step: the time at the peak beside the time taken. */
typedef struct sum {
    double seconds, floor;
} sum;

static void measure_one(json_t *list, sum *all, const network *n, int layer, form f, const options *o)
{
    static samples s;
    product p = product_new(n, layer, f);
    json_t *json = json_object();
    char label[96];
    measure(&s, &p, o);
    double seconds = samples_values(&s).median, share = 1.0 / samples_ratios(&s).median;
    all->seconds += seconds;
    all->floor += seconds * share;
    snprintf(label, sizeof label, "%s %dx%dx%d, %d thread%s", p.name, (int)p.m, (int)p.n, (int)p.k, crew_size(),
             crew_size() == 1 ? "" : "s");
    samples_print(&s, label, 1e6, "us");
    report_text(json, "name", p.name);
    report_count(json, "m", p.m), report_count(json, "n", p.n), report_count(json, "k", p.k);
    report_count(json, "threads", crew_size());
    report_number(json, "gflops", flops_of(&p) / seconds * 1e-9);
    report_number(json, "share", share);
    report_number(json, "allowed", allowed(&p, samples_peak(&s)));
    json_object_set_new(json, "spread_us", samples_json(&s, 1e6));
    json_array_append_new(list, json);
    product_free(&p);
}

static void measure_network(json_t *list, json_t *shares, const network *n, const options *o)
{
    sum all = {0.0, 0.0};
    for (int layer = 0; layer < n->layers; layer++) {
        for (form f = FORWARD; f < FORMS; f++) {
            if (f != INPUT || layer > 0) measure_one(list, &all, n, layer, f, o);
        }
    }
    report_number(report_threads(shares, crew_size()), n->key, all.floor / all.seconds);
    printf("   all of a step of %s: %.1f %% of peak\n", n->key, 100.0 * all.floor / all.seconds);
}

void products_measure(json_t *report, const options *o)
{
    json_t *list = json_array(), *shares = report_object(report, "gemm_share");
    json_object_set_new(report, "gemm", list);
    printf("\ngemm: m x n x k, hot\n");
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        measure_network(list, shares, &network_classifier, o);
        measure_network(list, shares, &network_autoencoder, o);
    }
}
