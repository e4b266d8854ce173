/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of pixels: a pixel is `channels` numbers that lie together, a row is one pixel behind the other. What pooling, repeating
 * and resampling do to rows, compiled once per instruction set. A result depends on numbers of its own channel alone and sums
 * them in one order, so all tables give the same bits. Arrays need no alignment; an output is never an input's memory. */
#ifndef DENOISE_KERNELS_PIXEL_ROWS_H
#define DENOISE_KERNELS_PIXEL_ROWS_H

#include <stdbool.h>
#include <stdint.h>

/* Windows along a row. Window p covers the inputs p stride - before + j, j = 0 .. size - 1, that exist, of each of planes x
 * rows rows of inputs, plane_step and row_step numbers apart; at least one of them exists. */
typedef struct denoise__pixel_windows {
    int64_t channels;
    int64_t inputs, outputs; /* pixels in a row of each */
    int64_t size, stride, before;
    int64_t planes, rows;
    int64_t plane_step, row_step;
    /* A mark says which input of a window is the greatest: its label. Input j of window p in row b of the only plane has label
     * + b row_label + p pixel_label + j. */
    int32_t label, row_label, pixel_label;
    bool has_wide_marks; /* int32_t, else uint8_t */
} denoise__pixel_windows;

enum {
    DENOISE__SHORT_SUM = 64, /* the most numbers that are summed in single precision: more of them in double */
    DENOISE__MARKS_ROOM = 64 /* bytes behind the last mark that may be read */
};

/* Which inputs each output of a row is a sum of, and with what weights: count[o] of them, whose places and weights begin at
 * o most. */
typedef struct denoise__taps {
    int64_t outputs, most;
    const int32_t *count, *index;
    const float *weights;
} denoise__taps;

typedef struct denoise__pixel_rows {
    const char *name; /* "portable", "avx2", "avx512", "neon" */

    /* y = the greatest input, -FLT_MAX where none is greater: NaN never is. marks (may be NULL): of the input that is first or
     * greater than all before it, so a NaN that is first is marked. */
    void (*max)(const denoise__pixel_windows *w, const float *x, float *y, void *marks);
    /* Of w->rows rows of inputs under one row of outputs: dx += dy where the mark is the input's; is_first: dx is written, not
     * added to. y NULL, or outputs: what is not above 0 has no gradient. */
    void (*max_back)(const denoise__pixel_windows *w, const void *marks, const float *dy, const float *y, float *dx,
                     bool is_first);
    /* The same of one row of inputs, where the input is nearer than `distance` to the greatest, y. */
    void (*near_back)(const denoise__pixel_windows *w, const float *x, const float *y, const float *dy, float *dx,
                      float distance, bool is_first);
    /* y = sum of the inputs, divided by their number where is_mean. */
    void (*sum)(const denoise__pixel_windows *w, const float *x, float *y, bool is_mean);
    /* As max_back: dx += dy / the number of inputs. */
    void (*mean_back)(const denoise__pixel_windows *w, const float *dy, float *dx, bool is_first);

    /* The greatest of all pixels, NaN where one is NaN; its gradient is shared by all that equal it. */
    void (*greatest)(const float *x, float *y, int64_t pixels, int64_t channels);
    void (*greatest_back)(const float *x, const float *y, const float *dy, float *dx, int64_t pixels, int64_t channels);

    void (*repeat)(const float *x, float *y, int64_t pixels, int64_t channels, int64_t times); /* each pixel */

    /* Along a row: y = sum of weight x; y = a + (b - a) weight for two taps and the second's weight; dx += weight dy, from 0.
     */
    void (*blend)(const denoise__taps *taps, int64_t channels, const float *x, float *y);
    void (*lerp)(const denoise__taps *taps, int64_t channels, const float *x, float *y);
    void (*spread)(const denoise__taps *taps, int64_t channels, const float *dy, float *dx, int64_t inputs);
    /* The first two across rows. blend_rows: y += where adds; count >= 1. */
    void (*blend_rows)(const float *const *rows, const float *weights, int64_t count, int64_t numbers, float *y, bool adds);
    void (*lerp_rows)(const float *a, const float *b, float weight, int64_t numbers, float *y);
} denoise__pixel_rows;

const denoise__pixel_rows *denoise__pixel_rows_table(void); /* for this CPU */
const denoise__pixel_rows *
denoise__pixel_rows_of(int32_t isa); /* DENOISE__ISA_*; NULL where the CPU or the build lacks it (tests) */

#endif
