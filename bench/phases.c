/* SPDX-License-Identifier: Apache-2.0 */
/* The library stamps nothing itself. Its calls of the functions below are led here by the linker (--wrap), which replaces the
 * table of tiles by one whose products are timed, as long as phases are counted. */
#include "phases.h"
#include "clock.h"
#include "crew.h"
#include "kernels/tile.h"
#include "models/execute.h"
#include "models/update.h"
#include "report.h"
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>

/* Seconds of threads; the last two of the caller's clock. */
typedef enum stamp { PRODUCTS_OF_ROWS, PRODUCTS_OF_WEIGHTS, GATHERING, BCE, ROWS_PHASE, UPDATE_PHASE, STAMPS } stamp;
static const char *const stamp_names[STAMPS] = {"products_of_rows", "products_of_weights", "gathering", "bce",
                                                "rows_phase",       "update_phase"};

enum { MOST_THREADS = 64 };
typedef struct tally {
    alignas(64) double seconds[STAMPS];
    double flops[STAMPS];
} tally;

static tally tallies[MOST_THREADS];
static atomic_int threads_seen;
static _Thread_local int own; /* 1 + index of the thread's tally */
static bool counts;
static denoise__tile timed;
static const denoise__tile *real;

static tally *mine(void)
{
    if (own == 0) own = 1 + atomic_fetch_add(&threads_seen, 1) % MOST_THREADS;
    return &tallies[own - 1];
}

static void multiply(const denoise__tile_product *product)
{
    stamp s = product->a_is_transposed ? PRODUCTS_OF_WEIGHTS : PRODUCTS_OF_ROWS;
    double start = clock_seconds();
    real->multiply(product);
    mine()->seconds[s] += clock_seconds() - start;
    mine()->flops[s] += 2.0 * (double)(product->rows * product->k * product->panels * DENOISE__PANEL);
}

static uint32_t gather(const float *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale, float *to,
                       int64_t panel)
{
    double start = clock_seconds();
    uint32_t top = real->gather(rows, count, columns, scale, to, panel);
    mine()->seconds[GATHERING] += clock_seconds() - start;
    return top;
}

static uint32_t gather_bytes(const uint8_t *const *rows, int64_t count, int64_t columns, const denoise__tile_scale *scale,
                             float *to, int64_t panel)
{
    double start = clock_seconds();
    uint32_t top = real->gather_bytes(rows, count, columns, scale, to, panel);
    mine()->seconds[GATHERING] += clock_seconds() - start;
    return top;
}

static void bce(denoise__tile_bce *job)
{
    double start = clock_seconds();
    real->bce(job);
    mine()->seconds[BCE] += clock_seconds() - start;
}

#if defined(DENOISE_BENCH_WRAPS)
const denoise__tile *__real_denoise__tile_table(void);
const denoise__tile *__wrap_denoise__tile_table(void);
denoise_status __real_denoise__plan_run(denoise__plan *plan, denoise__pass *pass);
denoise_status __wrap_denoise__plan_run(denoise__plan *plan, denoise__pass *pass);
denoise_status __real_denoise__plan_update(denoise__plan *plan, int64_t rows, bool check_finite);
denoise_status __wrap_denoise__plan_update(denoise__plan *plan, int64_t rows, bool check_finite);

const denoise__tile *__wrap_denoise__tile_table(void)
{
    return counts ? &timed : __real_denoise__tile_table();
}

denoise_status __wrap_denoise__plan_run(denoise__plan *plan, denoise__pass *pass)
{
    double start = clock_seconds();
    denoise_status status = __real_denoise__plan_run(plan, pass);
    if (counts) mine()->seconds[ROWS_PHASE] += clock_seconds() - start;
    return status;
}

denoise_status __wrap_denoise__plan_update(denoise__plan *plan, int64_t rows, bool check_finite)
{
    double start = clock_seconds();
    denoise_status status = __real_denoise__plan_update(plan, rows, check_finite);
    if (counts) mine()->seconds[UPDATE_PHASE] += clock_seconds() - start;
    return status;
}
#endif

void phases_clear(void)
{
    for (int i = 0; i < MOST_THREADS; i++)
        tallies[i] = (tally){{0.0}, {0.0}};
}

void phases_count(bool on)
{
    if (real == NULL) {
        real = denoise__tile_table();
        timed = *real;
        timed.multiply = multiply;
        timed.gather = gather;
        timed.gather_bytes = gather_bytes;
        timed.bce = bce;
    }
    counts = on;
}

static tally sum_of_all(void)
{
    tally all = {{0.0}, {0.0}};
    for (int i = 0; i < MOST_THREADS; i++) {
        for (stamp s = 0; s < STAMPS; s++) {
            all.seconds[s] += tallies[i].seconds[s];
            all.flops[s] += tallies[i].flops[s];
        }
    }
    return all;
}

/* Milliseconds of a step: of all threads together, or of the caller for the phases. */
static void write(json_t *list, stamp s, const tally *all, int count, double gflops)
{
    json_t *json = json_object();
    double seconds = all->seconds[s];
    report_text(json, "name", stamp_names[s]);
    report_number(json, "milliseconds", seconds / count * 1e3);
    printf("      %-20s %.3f ms", stamp_names[s], seconds / count * 1e3);
    if (all->flops[s] > 0.0) {
        report_number(json, "gflops", all->flops[s] / seconds * 1e-9);
        report_number(json, "share", all->flops[s] / seconds * 1e-9 / gflops);
        printf(", %.1f %% of peak", all->flops[s] / seconds * 1e-7 / gflops);
    }
    printf("\n");
    json_array_append_new(list, json);
}

void phases_report(json_t *steps, int count, double seconds, double peak_gflops)
{
    tally all = sum_of_all();
    if (all.seconds[ROWS_PHASE] <= 0.0) return;
    json_t *list = json_array();
    double outside = seconds - (all.seconds[ROWS_PHASE] + all.seconds[UPDATE_PHASE]) / count;
    printf("   of it, products, gathering and bce summed over %d thread%s:\n", crew_size(), crew_size() == 1 ? "" : "s");
    for (stamp s = 0; s < STAMPS; s++) {
        if (all.seconds[s] > 0.0) write(list, s, &all, count, peak_gflops);
    }
    printf("      %-20s %.3f ms\n", "outside the phases", outside * 1e3);
    json_object_set_new(steps, "phases", list);
    report_number(steps, "outside_phases_ms", outside * 1e3);
}
