/* SPDX-License-Identifier: Apache-2.0 */
/* How long the notebook's work takes, beside what the machine could do at best; bench/README.md tells how to read it. */
#include "check.h"
#include "compare.h"
#include "conv_prediction.h"
#include "conv_shapes.h"
#include "conv_training.h"
#include "counters.h"
#include "digits.h"
#include "elementwise.h"
#include "machine.h"
#include "networks.h"
#include "options.h"
#include "overhead.h"
#include "prediction.h"
#include "process.h"
#include "products.h"
#include "report.h"
#include "subnormals.h"
#include "training.h"
#include "variants.h"
#include <time.h>

static void describe(json_t *report, const options *o, const digits *d)
{
    char date[32];
    time_t now = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    report_text(report, "date", date);
    report_text(report, "data", d->is_synthetic ? "synthetic digits" : "MNIST");
    report_text(report, "images", o->uint8 ? "uint8" : "float32");
    report_count(report, "rows", denoise_tensor_dim(d->clean, 0));
    report_count(report, "samples", o->samples);
    json_object_set_new(report, "quick", json_boolean(o->quick));
    printf("%s, %d rows, %d samples of each figure%s\n", d->is_synthetic ? "synthetic digits" : "MNIST",
           (int)denoise_tensor_dim(d->clean, 0), o->samples, o->quick ? "; QUICK: nothing here is a measurement" : "");
}

int main(int argc, char **argv)
{
    options o;
    digits d;
    json_t *report = json_object();
    options_read(&o, argc, argv);
    counters_start();
    machine_measure(report, &o);
    digits_make(&d, &o);
    describe(report, &o, &d);
    if (o.parts & PART_W1) training_measure(report, &network_classifier, &d, &o);
    variants_measure(report, &d, &o);
    if (o.parts & PART_W2) training_measure(report, &network_autoencoder, &d, &o);
    if (o.parts & PART_W3) prediction_measure(report, &d, &o);
    if (o.parts & PART_GEMM) products_measure(report, &o);
    if (o.parts & PART_KERNELS) elementwise_measure(report, &o);
    if (o.parts & PART_OVERHEAD) overhead_measure(report, &d, &o);
    if (o.parts & PART_SUBNORMALS) subnormals_measure(report, &o);
    conv_training_measure(report, &o);
    conv_prediction_measure(report, &o);
    conv_shapes_measure(report, &o);
    report_count(report_object(report, "machine"), "anon_huge_pages_kb", counters_huge_kb());
    digits_free(&d);
    process_measure(report, &o);
    if (o.json != NULL) report_write(report, o.json);
    int compared = o.compare == NULL || compare_print(report, o.compare);
    json_decref(report);
    denoise_shutdown();
    return check_output(compared ? 0 : 1);
}
