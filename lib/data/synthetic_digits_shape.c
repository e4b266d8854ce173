/* SPDX-License-Identifier: Apache-2.0 */
/* From a skeleton to the path of a pen: blend, jitter, warp, slant, spline, fit. Only + - * / and square roots, so that
 * every machine gets the same bits. The ranges were chosen by eye and by what a classifier of these digits scores on MNIST's
 * training images. */
#include "data/synthetic_digits.h"
#include <math.h>
#include <stdbool.h>

/* Lengths in halves of the digit's height, radii in pixels. */
static const double blend_from = -0.15, blend_to = 0.65; /* between two skeletons, or a little beyond */
static const double round_corner = 0.25;                 /* how often a corner is written round */
static const double end_spread = 0.18;                   /* of a stroke's last piece, too long or too short */
static const double jitter_least = 0.0064, jitter_most = 0.1216;
static const double warp_spread[7] = {0.13, 0.13, 0.13, 0.10, 0.10, 0.10, 0.10};
static const double turn_spread = 0.07; /* tangent of half the angle */
static const double radius_mean = 1.32, radius_spread = 0.38, radius_least = 0.7, radius_most = 2.1;
static const double ring_radius = 0.7, ring_radius_slope = 2.0;
static const double pressure_spread = 0.18;
static const double size_least = 19.0, size_most = 20.0; /* of the ink, in pixels */
enum { PRESSURE_SAMPLES = 12 };                          /* from one random pressure to the next */

typedef struct outline {
    int32_t points;
    double x[DENOISE__DIGIT_MAX_POINTS], y[DENOISE__DIGIT_MAX_POINTS];
    int32_t pen[DENOISE__DIGIT_MAX_POINTS];
} outline;

static const denoise__digit_style *pick_style(const denoise__digit_styles *styles, denoise__digit_random *random)
{
    double total = 0.0;
    for (int32_t i = 0; i < styles->count; i++) {
        total += styles->style[i].weight;
    }
    double left = denoise__digit_uniform(random, 0.0, total);
    int32_t i = 0;
    while (i + 1 < styles->count && left >= styles->style[i].weight) {
        left -= styles->style[i++].weight;
    }
    return &styles->style[i];
}

static const denoise__digit_point *pick_skeleton(const denoise__digit_style *style, denoise__digit_random *random)
{
    int32_t index = (int32_t)denoise__digit_uniform(random, 0.0, style->skeletons);
    return style->point + (int64_t)index * style->points;
}

/* A point on the line through two of the skeletons, mostly between them. */
static void blend(outline *shape, const denoise__digit_style *style, denoise__digit_random *random)
{
    const denoise__digit_point *a = pick_skeleton(style, random), *b = pick_skeleton(style, random);
    double part = denoise__digit_uniform(random, blend_from, blend_to);
    shape->points = style->points;
    for (int32_t i = 0; i < style->points; i++) {
        shape->x[i] = (a[i].x + part * (b[i].x - a[i].x)) / 50.0 - 0.7;
        shape->y[i] = (a[i].y + part * (b[i].y - a[i].y)) / 50.0 - 1.0;
        shape->pen[i] = a[i].pen;
        if (a[i].pen == DENOISE__PEN_CORNER && denoise__digit_uniform(random, 0.0, 1.0) < round_corner) {
            shape->pen[i] = DENOISE__PEN_SMOOTH;
        }
    }
}

static bool starts_stroke(const outline *shape, int32_t i)
{
    return shape->pen[i] == DENOISE__PEN_DOWN;
}

static bool ends_stroke(const outline *shape, int32_t i)
{
    return i + 1 == shape->points || starts_stroke(shape, i + 1);
}

/* Strokes begin and end a little early or late. */
static void move_ends(outline *shape, denoise__digit_random *random)
{
    for (int32_t i = 0; i < shape->points; i++) {
        bool first = starts_stroke(shape, i);
        if (!first && !ends_stroke(shape, i)) continue;
        int32_t inner = first ? i + 1 : i - 1;
        double by = denoise__digit_normal(random, 0.0, end_spread);
        shape->x[i] += by * (shape->x[i] - shape->x[inner]);
        shape->y[i] += by * (shape->y[i] - shape->y[inner]);
    }
}

/* Moves each point on its own, by a steady or an unsteady hand, then all together by a random polynomial of degree 3. */
static void warp(outline *shape, double wobble, denoise__digit_random *random)
{
    double jitter = wobble * denoise__digit_uniform(random, jitter_least, jitter_most), cx[7], cy[7];
    for (int k = 0; k < 7; k++) {
        cx[k] = denoise__digit_normal(random, 0.0, wobble * warp_spread[k]);
        cy[k] = denoise__digit_normal(random, 0.0, wobble * warp_spread[k]);
    }
    for (int32_t i = 0; i < shape->points; i++) {
        double x = shape->x[i] + denoise__digit_normal(random, 0.0, jitter);
        double y = shape->y[i] + denoise__digit_normal(random, 0.0, jitter);
        double u = 1.4 * x; /* about -1..1, as y */
        double basis[7] = {u * u, u * y, y * y, u * u * u - u, u * u * y, u * y * y, y * y * y - y};
        for (int k = 0; k < 7; k++) {
            x += cx[k] * basis[k];
            y += cy[k] * basis[k];
        }
        shape->x[i] = x;
        shape->y[i] = y;
    }
}

/* Width, slant and rotation; cosine and sine from the tangent of half the angle. */
static void transform(outline *shape, const denoise__digit_styles *styles, denoise__digit_random *random)
{
    double width = denoise__digit_normal(random, styles->width, styles->width_spread);
    double slant = denoise__digit_normal(random, styles->slant, styles->slant_spread);
    double half = denoise__digit_normal(random, 0.0, turn_spread);
    double cosine = (1.0 - half * half) / (1.0 + half * half), sine = 2.0 * half / (1.0 + half * half);
    for (int32_t i = 0; i < shape->points; i++) {
        double x = width * shape->x[i] - slant * shape->y[i], y = shape->y[i];
        shape->x[i] = cosine * x - sine * y;
        shape->y[i] = sine * x + cosine * y;
    }
}

/* Distance of two knots of the centripetal Catmull-Rom spline: the square root of the points' distance (Yuksel, Schaefer,
 * Keyser, "Parameterization and applications of Catmull-Rom curves", 2011). Never 0. */
static double knot(const outline *shape, int32_t a, int32_t b)
{
    double x = shape->x[a] - shape->x[b], y = shape->y[a] - shape->y[b];
    return sqrt(sqrt(x * x + y * y)) + 1e-3;
}

/* Tangent at point i for a piece of length h that starts there or ends there; one-sided where the pen turns or stops. */
static void tangent(const outline *shape, int32_t i, bool start, double h, double *tx, double *ty)
{
    if (starts_stroke(shape, i) || ends_stroke(shape, i) || shape->pen[i] == DENOISE__PEN_CORNER) {
        int32_t a = start ? i : i - 1;
        *tx = shape->x[a + 1] - shape->x[a];
        *ty = shape->y[a + 1] - shape->y[a];
        return;
    }
    double before = knot(shape, i - 1, i), after = knot(shape, i, i + 1);
    double left = h * after / before / (before + after), right = h * before / after / (before + after);
    *tx = left * (shape->x[i] - shape->x[i - 1]) + right * (shape->x[i + 1] - shape->x[i]);
    *ty = left * (shape->y[i] - shape->y[i - 1]) + right * (shape->y[i + 1] - shape->y[i]);
}

static void add_sample(denoise__digit_path *path, double x, double y, bool down)
{
    path->sample[path->count++] = (denoise__digit_sample){x, y, 0.0, down};
}

/* The cubic Hermite piece from point i to the next. */
static void trace_piece(denoise__digit_path *path, const outline *shape, int32_t i)
{
    double ax, ay, bx, by, h = knot(shape, i, i + 1);
    tangent(shape, i, true, h, &ax, &ay);
    tangent(shape, i + 1, false, h, &bx, &by);
    for (int k = 1; k <= DENOISE__DIGIT_STEPS; k++) {
        double t = (double)k / DENOISE__DIGIT_STEPS, s = t * t * (3.0 - 2.0 * t);
        double p = t * (1.0 - t) * (1.0 - t), q = t * t * (t - 1.0);
        add_sample(path, shape->x[i] + s * (shape->x[i + 1] - shape->x[i]) + p * ax + q * bx,
                   shape->y[i] + s * (shape->y[i + 1] - shape->y[i]) + p * ay + q * by, false);
    }
}

static void trace(denoise__digit_path *path, const outline *shape)
{
    path->count = 0;
    for (int32_t i = 0; i < shape->points; i++) {
        if (starts_stroke(shape, i)) add_sample(path, shape->x[i], shape->y[i], true);
        if (!ends_stroke(shape, i)) trace_piece(path, shape, i);
    }
}

/* The pen's radius along the path: one for the hand, times a slow random wave for pressure. Returns the greatest. */
static double press(denoise__digit_path *path, const denoise__digit_styles *styles, double ratio, denoise__digit_random *random)
{
    double most = styles->rings ? ring_radius + ring_radius_slope * ratio : radius_most;
    double radius = styles->pen * denoise__digit_normal(random, radius_mean, radius_spread), greatest = 0.0;
    radius = radius < radius_least ? radius_least : radius > most ? most : radius;
    double from = denoise__digit_normal(random, 1.0, pressure_spread);
    for (int32_t first = 0; first < path->count; first += PRESSURE_SAMPLES) {
        double to = denoise__digit_normal(random, 1.0, pressure_spread);
        for (int32_t i = first; i < first + PRESSURE_SAMPLES && i < path->count; i++) {
            double here = radius * (from + (to - from) * (i - first) / PRESSURE_SAMPLES);
            path->sample[i].radius = here;
            greatest = here > greatest ? here : greatest;
        }
        from = to;
    }
    return greatest;
}

typedef struct bounds {
    double x0, x1, y0, y1;
} bounds;

static bounds find_bounds(const denoise__digit_path *path)
{
    bounds box = {path->sample[0].x, path->sample[0].x, path->sample[0].y, path->sample[0].y};
    for (int32_t i = 1; i < path->count; i++) {
        const denoise__digit_sample *s = &path->sample[i];
        box.x0 = s->x < box.x0 ? s->x : box.x0;
        box.x1 = s->x > box.x1 ? s->x : box.x1;
        box.y0 = s->y < box.y0 ? s->y : box.y0;
        box.y1 = s->y > box.y1 ? s->y : box.y1;
    }
    return box;
}

/* Scales the path so that its ink just fits the box of 20 x 20 pixels, as MNIST's digits do. */
static void fit(denoise__digit_path *path, const denoise__digit_styles *styles, denoise__digit_random *random)
{
    bounds box = find_bounds(path);
    double width = box.x1 - box.x0, height = box.y1 - box.y0;
    double longer = width > height ? width : height, shorter = width > height ? height : width;
    double margin = press(path, styles, shorter / longer, random);
    double scale = (denoise__digit_uniform(random, size_least, size_most) - 2.0 * margin) / longer;
    for (int32_t i = 0; i < path->count; i++) {
        path->sample[i].x = 10.0 + scale * (path->sample[i].x - 0.5 * (box.x0 + box.x1));
        path->sample[i].y = 10.0 + scale * (path->sample[i].y - 0.5 * (box.y0 + box.y1));
    }
}

void denoise__digit_shape(denoise__digit_path *path, int32_t digit, denoise__digit_random *random)
{
    const denoise__digit_styles *styles = &denoise__digit_table[digit];
    outline shape;
    blend(&shape, pick_style(styles, random), random);
    move_ends(&shape, random);
    warp(&shape, styles->wobble, random);
    transform(&shape, styles, random);
    trace(path, &shape);
    fit(path, styles, random);
}
