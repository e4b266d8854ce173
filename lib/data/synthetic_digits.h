/* SPDX-License-Identifier: Apache-2.0 */
/* Handwritten digits from stroke skeletons: the styles (a table), the shape (a pen's path) and the ink (an image). */
#ifndef DENOISE_DATA_SYNTHETIC_DIGITS_H
#define DENOISE_DATA_SYNTHETIC_DIGITS_H

#include <stdint.h>

enum {
    DENOISE__DIGIT_KINDS = 10,
    DENOISE__DIGIT_SIDE = 28,       /* of an image, in pixels */
    DENOISE__DIGIT_MAX_POINTS = 20, /* of a skeleton */
    DENOISE__DIGIT_STEPS = 6        /* samples of the path from one point to the next */
};

/* How the pen passes a point of a skeleton. */
enum { DENOISE__PEN_SMOOTH = 0, DENOISE__PEN_CORNER = 1, DENOISE__PEN_DOWN = 2 };

/* A point of a skeleton in hundredths of the digit's height, y downwards. */
typedef struct denoise__digit_point {
    int8_t x, y, pen;
} denoise__digit_point;

/* A way to write a digit: skeletons with the same number of points and the same pen at each, so that two can be blended. */
typedef struct denoise__digit_style {
    int32_t weight; /* how often, relative to the digit's other styles */
    int32_t skeletons;
    int32_t points;
    const denoise__digit_point *point; /* [skeletons][points] */
} denoise__digit_style;

/* The styles of a digit and how much hands differ in writing it; spreads are standard deviations. */
typedef struct denoise__digit_styles {
    int32_t count;
    const denoise__digit_style *style;
    double slant, slant_spread; /* to the right, per height */
    double width, width_spread; /* factor on x */
    double pen;                 /* factor on the pen's radius */
    double wobble;              /* factor on jitter and warp */
    int32_t rings;              /* 1: a narrow one is written with a finer pen, so that its rings stay open */
} denoise__digit_styles;

extern const denoise__digit_styles denoise__digit_table[DENOISE__DIGIT_KINDS];

/* Random numbers of one image: the words of its stream, in the order of use. */
typedef struct denoise__digit_random {
    uint64_t seed, stream, block;
    uint32_t words[4];
    int32_t used;
} denoise__digit_random;

void denoise__digit_random_start(denoise__digit_random *random, uint64_t seed, uint64_t stream);
double denoise__digit_uniform(denoise__digit_random *random, double low, double high);   /* low < result < high */
double denoise__digit_normal(denoise__digit_random *random, double mean, double spread); /* within 3 spreads */

/* A point of the pen's path and the radius of the ink there, in pixels; `down` starts a stroke. */
typedef struct denoise__digit_sample {
    double x, y, radius;
    int32_t down;
} denoise__digit_sample;

typedef struct denoise__digit_path {
    int32_t count;
    denoise__digit_sample sample[DENOISE__DIGIT_MAX_POINTS * DENOISE__DIGIT_STEPS];
} denoise__digit_path;

/* A path for a digit, with its ink inside the box 0..20 x 0..20. */
void denoise__digit_shape(denoise__digit_path *path, int32_t digit, denoise__digit_random *random);

/* The image of a path, 28 x 28: ink up to 255 on 0, the centre of its mass in the middle, the outermost pixels 0. */
void denoise__digit_ink(uint8_t *image, const denoise__digit_path *path, denoise__digit_random *random);

#endif
