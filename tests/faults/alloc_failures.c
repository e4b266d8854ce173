/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of every kind of call fails, once and for ever after; see alloc_run.h. The budget is the number of points,
 * spread evenly over all there are; the seed says which. */
#include "faults/alloc_run.h"
#include "support/dice_loss.h"
#include "support/failing_alloc.h"
#include "support/test_kinds.h"
#include <stdio.h>
#include <stdlib.h>

enum { QUICK = 5000, ALL = 1 << 30 };

static const struct {
    const char *name;
    void (*run)(alloc_run *run);
} areas[] = {
    {"building", alloc_building}, {"parts", alloc_parts},   {"compiling", alloc_compiling},
    {"fitting", alloc_fitting},   {"using", alloc_using},   {"plotting", alloc_plotting},
    {"files", alloc_files},       {"arrays", alloc_arrays}, {"system", alloc_system},
};

static void run_areas(alloc_run *run)
{
    run->case_count = 0;
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        char what[80];
        int64_t before = run->points;
        run->area = areas[i].name;
        areas[i].run(run);
        if (run->measures) continue;
        (void)snprintf(what, sizeof what, "points in %s", areas[i].name);
        campaign_count(run->c, what, run->points - before);
    }
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "alloc_failures", argc, argv, QUICK, ALL)) return campaign_end(&c);
    alloc_run run = {.c = &c, .measures = true};
    alloc_keep_files_in_memory();
    test_kinds_add(); /* before the first area: some go through all kinds that there are */
    dice_loss_register();
    failing_alloc_install();
    alloc_sink_set();
    if (denoise_set_num_threads(2) != DENOISE_OK) return EXIT_FAILURE;
    run_areas(&run);
    run.stride = c.budget > 0 && run.total > c.budget ? (run.total + c.budget - 1) / c.budget : 1;
    run.measures = false;
    run_areas(&run);
    campaign_count(&c, "injection points tried", run.points);
    campaign_count(&c, "injection points there are", run.total);
    if (c.full) campaign_check(&c, c.only >= 0 || run.points >= 5000, "fewer than 5,000 injection points");
    free(run.sizes);
    alloc_sink_remove();
    failing_alloc_remove();
    return campaign_end(&c);
}
