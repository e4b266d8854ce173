/* SPDX-License-Identifier: Apache-2.0 */
/* One axis of a chart: its range and its ticks. */
#ifndef DENOISE_PLOT_AXIS_H
#define DENOISE_PLOT_AXIS_H

#include <stdbool.h>
#include <stdint.h>

enum { DENOISE__AXIS_TICKS = 48, DENOISE__AXIS_LABEL = 32 };

typedef struct denoise__axis {
    bool is_log;
    double low, high; /* ends; decimal logarithms when is_log */
    int32_t tick_count;
    double ticks[DENOISE__AXIS_TICKS]; /* values */
    char labels[DENOISE__AXIS_TICKS][DENOISE__AXIS_LABEL];
} denoise__axis;

/* Ends at low .. high (finite, low <= high; > 0 when is_log), widened by the share `padding` of their distance on each side
 * that is padded. A range of next to no length is widened until ticks can tell its ends apart; where one side is padded, only
 * there: the other end was given. */
void denoise__axis_range(denoise__axis *axis, double low, double high, bool is_log, double pad_low, double pad_high);

/* About `wanted` ticks at steps of 1, 2 or 5 times a power of ten; at whole numbers only when `whole`. */
void denoise__axis_ticks(denoise__axis *axis, int32_t wanted, bool is_whole);

/* 0 at the lower end, 1 at the upper one; limited to -1000 .. 1000. */
double denoise__axis_place(const denoise__axis *axis, double value);

#endif
