/* SPDX-License-Identifier: Apache-2.0 */
/* A chart of curves: what is drawn and where; see curves.c for what is public. */
#ifndef DENOISE_PLOT_CHART_H
#define DENOISE_PLOT_CHART_H

#include "plot/axis.h"
#include "plot/painter.h"
#include <denoise/plot.h>

typedef struct denoise__chart {
    const denoise_plot_curves_options *options;
    const denoise_plot_curve *curves;
    int64_t count;
    denoise__axis x, y;
    bool is_whole_x; /* all places on the x axis are whole numbers */
    denoise__painter *painter;
    denoise__area plot; /* where the curves are */
    bool is_aside;      /* the legend stands right of the plot, as there are many curves */
    double *points;     /* room for the longest curve */
} denoise__chart;

/* Point i of a curve; false at a gap. */
bool denoise__chart_point(const denoise__chart *chart, const denoise_plot_curve *curve, int64_t i, double *x, double *y);

/* The axes are known; lays out and draws everything. */
denoise_status denoise__chart_draw(denoise__chart *chart);

#endif
