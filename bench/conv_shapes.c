/* SPDX-License-Identifier: Apache-2.0 */
/* A call's bound is the longer of its operations at the peak and of reading what it must read and writing what it must write
 * once, by the same threads, from arrays of this size that were used just before. */
#include "conv_shapes.h"
#include "check.h"
#include "clock.h"
#include "conv_shape_list.h"
#include "crew.h"
#include "layer_pass.h"
#include "peak.h"
#include "report.h"
#include "samples.h"
#include <math.h>

enum { TRAINING = 3, QUICK_SIDE = 14 };
static const double sample_seconds = 0.01, quick_transfer_seconds = 1e-4, transfer_seconds = 5e-3, wanted_share = 0.6;

typedef struct bench {
    conv_shape shape;
    denoise_model *model;
    denoise_workspace *workspace;
    denoise_tensor *x, *y; /* y: the output, or the gradient that comes */
    layer_pass *pass;      /* NULL: forward alone */
    double flops, transfer;
} bench;

/* Shares of all shapes with one number of threads. */
typedef struct shares {
    json_t *list;
    double share[256];
    int count;
} shares;

static denoise_tensor *draw(int64_t images, int64_t side, int64_t channels)
{
    int64_t shape[] = {images, side, side, channels};
    denoise_tensor *t;
    denoise_rng *rng;
    check(denoise_rng_new(&rng, 1, 0));
    check(denoise_tensor_random_uniform(&t, shape, 4, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return t;
}

static bench make(const conv_shape *shape, bool trains, const options *o)
{
    bench b = {.shape = *shape};
    conv_shape *s = &b.shape;
    if (o->quick) s->images = 1;
    if (o->quick && s->side > QUICK_SIDE) s->side = QUICK_SIDE;
    int64_t inputs = conv_shape_inputs(s), outputs = conv_shape_outputs(s), weights = conv_shape_weights(s);
    b.model = conv_shape_build(s);
    b.x = draw(s->images, s->side, s->channels);
    b.y = draw(s->images, conv_shape_output_side(s), s->filters);
    if (trains) {
        b.pass = layer_pass_new(b.model, b.x, b.y);
    } else {
        check(denoise_workspace_new(&b.workspace, b.model, s->images));
    }
    b.flops = conv_shape_flops(s) * (trains ? TRAINING : 1);
    /* Back: x, the kernel and dy are read, dx and the kernel's gradient are written. */
    int64_t reads = (inputs + weights) * (trains ? 2 : 1) + (trains ? outputs : 0);
    int64_t writes = outputs + (trains ? inputs + weights : 0);
    b.transfer = peak_transfer(reads, writes, o->quick ? quick_transfer_seconds : transfer_seconds);
    return b;
}

static void clear(bench *b)
{
    if (b->pass != NULL) layer_pass_free(b->pass);
    denoise_workspace_free(b->workspace);
    denoise_tensor_free(b->x), denoise_tensor_free(b->y);
    denoise_model_free(b->model);
}

static double time_calls(bench *b, int calls)
{
    double start = clock_seconds();
    for (int i = 0; i < calls; i++) {
        if (b->pass != NULL) {
            layer_pass_run(b->pass);
        } else {
            check(denoise_model_predict_into(b->y, b->model, b->x, b->workspace));
        }
    }
    return (clock_seconds() - start) / calls;
}

static void take_samples(samples *s, bench *b, const options *o)
{
    double once = fmax(time_calls(b, 2), 1e-7);
    int calls = o->quick ? 1 : (int)fmax(1.0, sample_seconds / once);
    samples_begin(s, o);
    while (samples_more(s)) {
        watch before = watch_open(o);
        double seconds = time_calls(b, calls);
        sighting seen = watch_close(&before);
        samples_add(s, seconds, fmax(samples_floor(b->flops, &seen), b->transfer), &seen);
    }
}

static void write(shares *all, const char *name, const bench *b, const samples *s)
{
    double seconds = samples_values(s).median, share = 1.0 / samples_ratios(s).median;
    double arithmetic = b->flops / (samples_peak(s) * 1e9 * crew_size());
    json_t *json = json_object();
    all->share[all->count++] = share;
    report_text(json, "name", name);
    report_count(json, "threads", crew_size());
    report_number(json, "mflop", b->flops * 1e-6);
    report_number(json, "gflops", b->flops / seconds * 1e-9);
    report_number(json, "share", share);
    report_text(json, "bound", b->transfer > arithmetic ? "memory" : "arithmetic");
    report_number(json, "microseconds", seconds * 1e6);
    report_number(json, "floor", samples_floors(s).median * 1e6);
    json_object_set_new(json, "spread_us", samples_json(s, 1e6));
    json_array_append_new(all->list, json);
}

static void measure(shares *all, const conv_shape *shape, bool trains, const options *o)
{
    static samples s;
    char name[64], label[96];
    bench b = make(shape, trains, o);
    check_that(all->count < (int)(sizeof all->share / sizeof *all->share), "too many shapes");
    snprintf(name, sizeof name, "%s%s", shape->name, trains ? ".training" : "");
    snprintf(label, sizeof label, "%s, %d thread%s", name, crew_size(), crew_size() == 1 ? "" : "s");
    take_samples(&s, &b, o);
    samples_print(&s, label, 1e6, "us");
    write(all, name, &b, &s);
    clear(&b);
}

static void write_shares(json_t *json, shares *all)
{
    int reached = 0;
    for (int i = 0; i < all->count; i++)
        reached += all->share[i] >= wanted_share;
    summary share = summarize(all->share, all->count);
    printf("   of what is possible: least %.2f, median %.2f; %d of %d reach %.2f\n", share.least, share.median, reached,
           all->count, wanted_share);
    report_number(json, "least", share.least);
    report_number(json, "median", share.median);
    report_count(json, "count", all->count);
    report_count(json, "reach_60_percent", reached);
}

void conv_shapes_measure(json_t *report, const options *o)
{
    json_t *list = json_array();
    if ((o->parts & PART_CONV_SHAPES) == 0) return;
    json_object_set_new(report, "conv_shapes", list);
    printf("\nconv_shapes: single convolutions, and with both gradients (training); the floor is of arithmetic or of memory\n");
    for (int threads = 1; threads <= 2; threads++) {
        shares all = {.list = list};
        crew_start(threads, o->pin);
        for (int i = 0; i < conv_shape_count; i++) {
            measure(&all, &conv_shape_list[i], false, o);
            if (conv_shape_list[i].trains) measure(&all, &conv_shape_list[i], true, o);
        }
        write_shares(report_threads(report_object(report, "conv_shapes_share"), threads), &all);
    }
}
