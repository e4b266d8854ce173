/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a pen's path with grey edges and puts it where MNIST would: the centre of its mass in the middle. */
#include "data/synthetic_digits.h"
#include <math.h>

static const double edge_least = 0.8, edge_most = 1.4; /* from no ink to full ink, in pixels */
static const double ink_least = 0.97, ink_most = 1.10; /* over 1 is cut off */
static const double shift_spread = 0.5;                /* in pixels */
static const double no_ink = -8.0;                     /* a depth below every edge */

enum { BOX = 20, SIDE = DENOISE__DIGIT_SIDE };

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* The pixels first..last whose middles may lie within `reach` of a piece from a to b. */
static void find_pixels(int *first, int *last, double a, double b, double reach)
{
    *first = (int)clip((a < b ? a : b) - reach, 0.0, BOX);
    *last = (int)clip((a > b ? a : b) + reach, 0.0, BOX - 1.0);
}

/* Raises the depth, radius minus distance from the pen, around a piece of the path, on which the radius is linear. */
static void draw_piece(double *depth, const denoise__digit_sample *a, const denoise__digit_sample *b, double reach)
{
    double dx = b->x - a->x, dy = b->y - a->y, square = dx * dx + dy * dy + 1e-12;
    int x0, x1, y0, y1;
    find_pixels(&x0, &x1, a->x, b->x, reach);
    find_pixels(&y0, &y1, a->y, b->y, reach);
    for (int y = y0; y <= y1; y++) {
        for (int x = x0; x <= x1; x++) {
            double px = x + 0.5 - a->x, py = y + 0.5 - a->y;
            double t = clip((px * dx + py * dy) / square, 0.0, 1.0);
            double ex = px - t * dx, ey = py - t * dy;
            double value = a->radius + t * (b->radius - a->radius) - sqrt(ex * ex + ey * ey);
            if (value > depth[y * BOX + x]) depth[y * BOX + x] = value;
        }
    }
}

static void draw(double *depth, const denoise__digit_path *path)
{
    double reach = 0.0;
    for (int i = 0; i < BOX * BOX; i++) {
        depth[i] = no_ink;
    }
    for (int32_t i = 0; i < path->count; i++) {
        double here = path->sample[i].radius + 1.0;
        reach = here > reach ? here : reach;
    }
    for (int32_t i = 1; i < path->count; i++) {
        if (!path->sample[i].down) draw_piece(depth, &path->sample[i - 1], &path->sample[i], reach);
    }
}

/* First row or column of the box: MNIST's mass lies at the middle of pixel 14; here a rim of one pixel stays free too. */
static int place(double moment, double mass, double shift)
{
    return (int)clip(0.5 * SIDE + 0.5 - moment / mass + shift + 0.5, 1.0, SIDE - BOX - 1.0);
}

void denoise__digit_ink(uint8_t *image, const denoise__digit_path *path, denoise__digit_random *random)
{
    double depth[BOX * BOX], mass = 1e-9, mx = 0.0, my = 0.0;
    double edge = denoise__digit_uniform(random, edge_least, edge_most);
    double full = 255.0 * denoise__digit_uniform(random, ink_least, ink_most);
    draw(depth, path);
    for (int y = 0; y < BOX; y++) {
        for (int x = 0; x < BOX; x++) {
            double ink = clip(full * (0.5 + depth[y * BOX + x] / edge), 0.0, 255.0);
            depth[y * BOX + x] = ink;
            mass += ink;
            mx += ink * (x + 0.5);
            my += ink * (y + 0.5);
        }
    }
    int left = place(mx, mass, denoise__digit_normal(random, 0.0, shift_spread));
    int top = place(my, mass, denoise__digit_normal(random, 0.0, shift_spread));
    for (int i = 0; i < SIDE * SIDE; i++) {
        image[i] = 0;
    }
    for (int y = 0; y < BOX; y++) {
        for (int x = 0; x < BOX; x++) {
            image[(top + y) * SIDE + left + x] = (uint8_t)(depth[y * BOX + x] + 0.5);
        }
    }
}
