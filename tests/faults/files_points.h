/* SPDX-License-Identifier: Apache-2.0 */
/* Makes every file call of a subject fail in every way, and judges what comes of it. */
#ifndef DENOISE_TESTS_FILES_POINTS_H
#define DENOISE_TESTS_FILES_POINTS_H

#include "files_shim.h"
#include "support/campaign.h"
#include <denoise/status.h>

typedef struct subject {
    const char *name;
    const char *place; /* every message has it */
    void *context;
    int64_t budget; /* at most so many of its points are tried, evenly spread */
    void (*prepare)(const struct subject *self);
    denoise_status (*act)(const struct subject *self);
    /* After act, with or without a fault: NULL, or what is wrong. The shim still knows what it hit. */
    const char *(*judge)(const struct subject *self, denoise_status status);
    /* act() was called again without a fault, and succeeded. */
    const char *(*judge_again)(const struct subject *self);
    bool has_link; /* the place is a link to the file */
} subject;

/* Totals of a campaign: pairs are (call, error), points are (call, error, how long). */
typedef struct point_counts {
    int64_t number;               /* of the next case */
    int64_t calls, pairs, points; /* points: tried ones */
} point_counts;

void try_points(campaign *c, point_counts *counts, const subject *it);

#endif
