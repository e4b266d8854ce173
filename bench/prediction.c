/* SPDX-License-Identifier: Apache-2.0 */
#include "prediction.h"
#include "check.h"
#include "clock.h"
#include "counters.h"
#include "crew.h"
#include "networks.h"
#include "one_image.h"
#include "report.h"
#include "samples.h"

enum { MOST_PIECES = 20000 };

/* All images, cut into views of the rows of a call. */
typedef struct pieces {
    int count;
    denoise_tensor *x[MOST_PIECES], *y[MOST_PIECES];
} pieces;

static void cut(pieces *p, denoise_tensor *x, denoise_tensor *y, int64_t size)
{
    int64_t rows = denoise_tensor_dim(x, 0);
    check_that((rows - 1) / size < MOST_PIECES, "--predict-batch is too small");
    p->count = 0;
    for (int64_t row = 0; row < rows; row += size, p->count++) {
        int64_t end = row + size < rows ? row + size : rows;
        check(denoise_tensor_rows(&p->x[p->count], x, row, end));
        check(denoise_tensor_rows(&p->y[p->count], y, row, end));
    }
}

static void predict_all(const pieces *p, const denoise_model *model, denoise_workspace *workspace)
{
    for (int i = 0; i < p->count; i++)
        check(denoise_model_predict_into(p->y[i], model, p->x[i], workspace));
}

static void report_batch(json_t *json, const samples *s, double images, double allocations)
{
    summary seconds = samples_values(s), ratio = samples_ratios(s);
    report_number(json, "images_per_second", images / seconds.median);
    report_number(json, "share_of_limit", 1.0 / ratio.median);
    report_number(json, "limit", images / samples_floors(s).median);
    report_number(json, "milliseconds", seconds.median * 1e3);
    report_number(json, "allocations", allocations);
    json_object_set_new(json, "spread_ms", samples_json(s, 1e3));
    printf("   %.0f images/s, %.1f %% of the limit; %.0f allocations\n", images / seconds.median, 100.0 / ratio.median,
           allocations);
}

static void measure_batch(json_t *json, const denoise_model *model, denoise_tensor *x, const options *o)
{
    static pieces p;
    static samples s;
    int64_t rows = denoise_tensor_dim(x, 0), shape[] = {rows, network_classifier.widths[network_classifier.layers]};
    denoise_tensor *y;
    denoise_workspace *workspace;
    check(denoise_tensor_new(&y, DENOISE_FLOAT32, shape, 2));
    check(denoise_workspace_new(&workspace, model, o->predict_batch));
    cut(&p, x, y, o->predict_batch);
    predict_all(&p, model, workspace);
    int64_t allocations = counters_allocations();
    samples_begin(&s, o);
    while (samples_more(&s)) {
        watch before = watch_open(o);
        double start = clock_seconds();
        predict_all(&p, model, workspace);
        double seconds = clock_seconds() - start;
        sighting seen = watch_close(&before);
        samples_add(&s, seconds, samples_floor(network_composite_flops() * (double)rows, &seen), &seen);
    }
    allocations = counters_allocations() - allocations;
    char label[96];
    snprintf(label, sizeof label, "w3 %d images, %d thread%s", (int)rows, crew_size(), crew_size() == 1 ? "" : "s");
    samples_print(&s, label, 1e3, "ms");
    report_batch(json, &s, (double)rows, (double)allocations / s.tries);
    for (int i = 0; i < p.count; i++)
        denoise_tensor_free(p.x[i]), denoise_tensor_free(p.y[i]);
    denoise_workspace_free(workspace);
    denoise_tensor_free(y);
}

void prediction_measure(json_t *report, const digits *d, const options *o)
{
    denoise_model *model = network_build_composite(o->uint8);
    denoise_tensor *x = o->uint8 ? d->test_bytes : d->test_clean;
    json_t *batch = report_object(report, "w3_batch"), *one = report_object(report, "w3_one");
    printf("\nw3: denoiser and classifier as one model, %.4g MFLOP an image, calls of %d rows\n",
           network_composite_flops() * 1e-6, (int)o->predict_batch);
    for (int threads = 1; threads <= 2; threads++) {
        crew_start(threads, o->pin);
        measure_batch(report_threads(batch, threads), model, x, o);
        one_image_measure(report_threads(one, threads), "w3 one image", model, network_composite_flops(), x, o);
    }
    report_count(batch, "rows_per_call", o->predict_batch);
    denoise_model_free(model);
}
