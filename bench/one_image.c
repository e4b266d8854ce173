/* SPDX-License-Identifier: Apache-2.0 */
#include "one_image.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "report.h"
#include "samples.h"
#include <string.h>

enum { IMAGES = 1000, MOST_CALLS = 2000, OTHER_BYTES = 64 << 20 };

typedef struct mode {
    const char *key;
    int calls, quick_calls; /* in a sample */
    bool cycles;            /* another image each time */
    bool sleeps;            /* 1 ms before each call: the pool's threads have gone to sleep */
    bool forgets;           /* 64 MB of other data pass through the caches before each call */
} mode;
static const mode modes[] = {
    {"hot", 2000, 20, false, false, false},
    {"after_1_ms", 200, 5, false, true, false},
    {"after_64_mb", 40, 2, false, false, true},
    {"cycle_1000", 2000, 20, true, false, false},
};

typedef struct bench {
    const char *label;
    const denoise_model *model;
    double flops; /* of an image */
    denoise_workspace *workspace;
    denoise_tensor *x[IMAGES], *y;
    int images;
    unsigned char *other;
    double seconds[MOST_CALLS];
} bench;

static void prepare(bench *b, denoise_tensor *x)
{
    int64_t shape[1 + DENOISE_MAX_RANK] = {1}, rows = denoise_tensor_dim(x, 0);
    int32_t rank;
    b->images = rows < IMAGES ? (int)rows : IMAGES;
    check(denoise_workspace_new(&b->workspace, b->model, 1));
    check(denoise_model_output_shape(b->model, 0, shape + 1, &rank));
    check(denoise_tensor_new(&b->y, DENOISE_FLOAT32, shape, rank + 1));
    for (int i = 0; i < b->images; i++)
        check(denoise_tensor_rows(&b->x[i], x, i, i + 1));
    b->other = malloc(OTHER_BYTES);
    check_that(b->other != NULL, "out of memory");
}

static void clear(bench *b)
{
    for (int i = 0; i < b->images; i++)
        denoise_tensor_free(b->x[i]);
    denoise_tensor_free(b->y);
    denoise_workspace_free(b->workspace);
    free(b->other);
}

static void call_many(bench *b, const mode *m, int calls)
{
    for (int i = 0; i < calls; i++) {
        denoise_tensor *x = b->x[m->cycles ? i % b->images : 0];
        if (m->sleeps) clock_sleep(1e-3);
        if (m->forgets) memset(b->other, i, OTHER_BYTES);
        double start = clock_seconds();
        check(denoise_model_predict_into(b->y, b->model, x, b->workspace));
        b->seconds[i] = clock_seconds() - start;
    }
}

static void write(json_t *json, const samples *median, const samples *p99)
{
    report_number(json, "microseconds", samples_values(median).median * 1e6);
    report_number(json, "p99", samples_values(p99).median * 1e6);
    report_number(json, "floor", samples_floors(median).median * 1e6);
    json_object_set_new(json, "spread", samples_json(median, 1e6));
}

static void measure(json_t *json, bench *b, const mode *m, const options *o)
{
    static samples median, p99;
    int calls = o->quick ? m->quick_calls : m->calls;
    samples_begin(&median, o);
    samples_begin(&p99, o);
    call_many(b, m, 1 + calls / 10);
    while (samples_more(&median)) {
        watch before = watch_open(o);
        call_many(b, m, calls);
        sighting seen = watch_close(&before);
        double floor = samples_floor(b->flops, &seen);
        samples_add(&median, quantile(b->seconds, calls, 0.5), floor, &seen);
        samples_add(&p99, quantile(b->seconds, calls, 0.99), floor, &seen);
    }
    char label[96];
    snprintf(label, sizeof label, "%s %s, %d thread%s", b->label, m->key, crew_size(), crew_size() == 1 ? "" : "s");
    samples_print(&median, label, 1e6, "us");
    printf("   p99 %.1f us\n", samples_values(&p99).median * 1e6);
    write(report_object(report_object(json, "modes"), m->key), &median, &p99);
    if (m == modes) write(json, &median, &p99);
}

void one_image_measure(json_t *json, const char *label, const denoise_model *model, double flops, denoise_tensor *x,
                       const options *o)
{
    static bench b;
    b = (bench){.label = label, .model = model, .flops = flops};
    prepare(&b, x);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        measure(json, &b, &modes[i], o);
    clear(&b);
}
