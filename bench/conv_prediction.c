/* SPDX-License-Identifier: Apache-2.0 */
#include "conv_prediction.h"
#include "check.h"
#include "clock.h"
#include "conv_networks.h"
#include "counters.h"
#include "crew.h"
#include "one_image.h"
#include "report.h"
#include "samples.h"
#include <math.h>

enum { QUICK_SIDE = 24, IMAGES = 1000, QUICK_IMAGES = 4 };
static const double sample_seconds = 0.2;

/* ---- A picture */

typedef struct picture {
    denoise_model *model;
    denoise_workspace *workspace;
    denoise_tensor *x, *y;
    double flops;
} picture;

static picture make_picture(const conv_network *n)
{
    picture p;
    p.model = conv_network_build(n, &p.flops);
    conv_network_data(n, 1, &p.x, &p.y);
    check(denoise_workspace_new(&p.workspace, p.model, 1));
    return p;
}

static void free_picture(picture *p)
{
    denoise_workspace_free(p->workspace);
    denoise_tensor_free(p->x), denoise_tensor_free(p->y);
    denoise_model_free(p->model);
}

static double time_calls(const picture *p, int calls)
{
    double start = clock_seconds();
    for (int i = 0; i < calls; i++)
        check(denoise_model_predict_into(p->y, p->model, p->x, p->workspace));
    return (clock_seconds() - start) / calls;
}

static void measure_picture(json_t *json, const picture *p, const char *key, const options *o)
{
    static samples s;
    char label[96];
    double once = time_calls(p, 1);
    int calls = o->quick ? 1 : (int)ceil(fmin(sample_seconds / once, 1e6));
    samples_begin(&s, o);
    while (samples_more(&s)) {
        watch before = watch_open(o);
        double seconds = time_calls(p, calls);
        sighting seen = watch_close(&before);
        samples_add(&s, seconds, samples_floor(p->flops, &seen), &seen);
    }
    snprintf(label, sizeof label, "%s, %d thread%s", key, crew_size(), crew_size() == 1 ? "" : "s");
    samples_print(&s, label, 1.0, "s");
    report_number(json, "seconds", samples_values(&s).median);
    report_number(json, "floor", samples_floors(&s).median);
    report_number(json, "ratio", samples_ratios(&s).median);
    json_object_set_new(json, "spread", samples_json(&s, 1.0));
}

static void measure_pictures(json_t *report, const char *key, const options *o)
{
    conv_network network = dncnn_predict;
    json_t *json = report_object(report, key);
    if (o->quick) network.input[0] = network.input[1] = QUICK_SIDE;
    printf("\n%s: DnCNN-S, a picture of %dx%d\n", key, (int)network.input[0], (int)network.input[1]);
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        picture p = make_picture(&network);
        measure_picture(report_threads(json, threads), &p, key, o);
        report_number(json, "gflop", p.flops * 1e-9);
        free_picture(&p);
    }
    report_count(json, "side", network.input[0]);
}

/* ---- One small image */

static void measure_one_image(json_t *report, const options *o)
{
    double flops;
    denoise_tensor *x, *y;
    json_t *json = report_object(report, "conv_one_image");
    denoise_model *model = conv_network_build(&conv_autoencoder, &flops);
    conv_network_data(&conv_autoencoder, o->quick ? QUICK_IMAGES : IMAGES, &x, &y);
    printf("\nconv_one_image: %s, %.4g MFLOP an image\n", conv_autoencoder.name, flops * 1e-6);
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        one_image_measure(report_threads(json, threads), "conv one image", model, flops, x, o);
    }
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_model_free(model);
}

void conv_prediction_measure(json_t *report, const options *o)
{
    if (o->parts & PART_DNCNN_PREDICT) {
        measure_pictures(report, dncnn_predict.key, o);
        conv_networks_use_direct(true);
        measure_pictures(report, "dncnn_predict_direct", o);
        conv_networks_use_direct(false);
    }
    if (o->parts & PART_CONV_ONE_IMAGE) measure_one_image(report, o);
}
