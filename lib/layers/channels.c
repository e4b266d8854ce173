/* SPDX-License-Identifier: Apache-2.0 */
#include "layers/channels.h"
#include "core/threads.h"
#include "kernels/norm.h"
#include "kernels/vector.h"
#include <math.h>

/* A multiple of ROWS rows has whole vectors of any number of channels (kernels/norm.h). */
enum { ROWS = 64 };

denoise__channels denoise__channels_make(const denoise__shape *sample, int32_t axis, int64_t batch, bool is_one_segment,
                                         int64_t groups)
{
    denoise__channels c = {.segments = is_one_segment ? 1 : batch,
                           .rows = is_one_segment ? batch : 1,
                           .channels = sample->dim[axis],
                           .inner = 1,
                           .groups = groups == -1 ? sample->dim[axis] : groups};
    for (int32_t i = 0; i < axis; i++)
        c.rows *= sample->dim[i];
    for (int32_t i = axis + 1; i < sample->rank; i++)
        c.inner *= sample->dim[i];
    c.chunk = c.inner > 1 ? 1 : (DENOISE__GRAIN / c.channels / ROWS + 1) * ROWS;
    c.chunks = c.rows / c.chunk + (c.rows % c.chunk != 0);
    return c;
}

denoise__moments denoise__moments_take(const denoise__channels *c, denoise__room *room)
{
    int64_t count = c->segments * c->groups;
    denoise__moments out;
    out.mean = denoise__room_take(room, count, sizeof *out.mean);
    out.inverse = denoise__room_take(room, count, sizeof *out.inverse);
    out.variance = denoise__room_take(room, count, sizeof *out.variance);
    return out;
}

denoise__channel_work denoise__channel_work_take(const denoise__channels *c, denoise__room *room)
{
    int64_t count = c->segments * c->channels;
    denoise__channel_work out;
    out.parts = denoise__room_take(room, 2 * count * c->chunks, sizeof *out.parts);
    out.shift = denoise__room_take(room, count, sizeof *out.shift);
    out.scale = denoise__room_take(room, count, sizeof *out.scale);
    out.offset = denoise__room_take(room, count, sizeof *out.offset);
    out.gamma = denoise__room_take(room, count, sizeof *out.gamma);
    out.mean = denoise__room_take(room, count, sizeof *out.mean);
    out.slope = denoise__room_take(room, count, sizeof *out.slope);
    return out;
}

/* ---- Passes over the numbers */

typedef struct pass {
    const denoise__channels *c;
    const denoise__channel_work *work;
    const float *dy, *x; /* sums: dy NULL = moments of x; else what a pass reads, of which x may be NULL */
    float *to;
    const float *y; /* sums: not NULL: dy is first taken to `to`, as 0 where y <= 0 */
    bool rectifies; /* apply: y = 0 where y <= 0 */
} pass;

/* A run of numbers that has one chunk's, or one channel's, columns. */
typedef struct run {
    int64_t first, count, width; /* numbers, and how many columns they have */
    int64_t columns;             /* where these stand in (segments, channels) */
    int64_t sums;                /* and in parts */
} run;

/* Chunks of rows, or rows of one channel. */
static int64_t run_count(const denoise__channels *c)
{
    return c->segments * c->chunks * (c->inner == 1 ? 1 : c->channels);
}

static run run_at(const denoise__channels *c, int64_t index)
{
    if (c->inner == 1) {
        int64_t segment = index / c->chunks, row = index % c->chunks * c->chunk;
        int64_t rows = c->rows - row < c->chunk ? c->rows - row : c->chunk;
        return (run){.first = (segment * c->rows + row) * c->channels,
                     .count = rows * c->channels,
                     .width = c->channels,
                     .columns = segment * c->channels,
                     .sums = 2 * index * c->channels};
    }
    int64_t row = index / c->channels, channel = index % c->channels;
    return (run){.first = index * c->inner,
                 .count = c->inner,
                 .width = 1,
                 .columns = row / c->rows * c->channels + channel,
                 .sums = 2 * row * c->channels + channel};
}

static void over_runs(const pass *job, denoise__range_body body)
{
    pass copy = *job;
    const denoise__channels *c = job->c;
    denoise__parallel_ranges(run_count(c), denoise__grain(c->inner == 1 ? c->chunk * c->channels : c->inner), body, &copy);
}

static void sum_runs(void *context, int64_t first, int64_t count)
{
    const pass *job = context;
    for (int64_t i = first; i < first + count; i++) {
        run r = run_at(job->c, i);
        const float *x = job->x + r.first, *shift = job->work->shift + r.columns;
        double *sums = job->work->parts + r.sums;
        const float *dy = job->dy == NULL ? NULL : job->dy + r.first;
        if (job->y != NULL) {
            denoise__vector_table()->relu_backward(job->y + r.first, dy, job->to + r.first, r.count, NAN);
            dy = job->to + r.first;
        }
        if (dy == NULL)
            denoise__norm_moments(x, r.count, r.width, shift, sums, sums + job->c->channels);
        else
            denoise__norm_products(dy, x, r.count, r.width, shift, sums, sums + job->c->channels);
    }
}

/* All parts of a segment to its first one. */
static void join_parts(const denoise__channels *c, double *parts)
{
    int64_t size = 2 * c->channels;
    for (int64_t segment = 0; segment < c->segments; segment++, parts += size * c->chunks) {
        for (int64_t chunk = 1; chunk < c->chunks; chunk++) {
            for (int64_t i = 0; i < size; i++)
                parts[i] += parts[chunk * size + i];
        }
    }
}

static void apply_runs(void *context, int64_t first, int64_t count)
{
    const pass *job = context;
    const denoise__channel_work *w = job->work;
    for (int64_t i = first; i < first + count; i++) {
        run r = run_at(job->c, i);
        float *to = job->to + r.first;
        denoise__norm_apply(job->x + r.first, to, r.count, r.width, w->shift + r.columns, w->scale + r.columns,
                            w->offset + r.columns);
        if (job->rectifies) denoise__vector_table()->relu(to, to, r.count, 0, NAN);
    }
}

static void gradient_runs(void *context, int64_t first, int64_t count)
{
    const pass *job = context;
    const denoise__channel_work *w = job->work;
    for (int64_t i = first; i < first + count; i++) {
        run r = run_at(job->c, i);
        const denoise__norm_slopes slopes = {w->gamma + r.columns, w->mean + r.columns, w->shift + r.columns,
                                             w->slope + r.columns, w->scale + r.columns};
        denoise__norm_gradient(job->dy + r.first, job->x + r.first, job->to + r.first, r.count, r.width, &slopes);
    }
}

/* ---- What lies between them: segment by segment, in each of it group by group */

typedef struct segment {
    int64_t size;                           /* channels of a group */
    double count;                           /* numbers of a group */
    const double *first_sums, *second_sums; /* of channels */
    double *mean, *inverse;                 /* of groups */
    float *variance;
    denoise__channel_work columns; /* of its channels */
    const float *x;
} segment;

static segment segment_at(const denoise__channels *c, const denoise__channel_work *work, const denoise__moments *moments,
                          const float *x, int64_t index)
{
    int64_t size = c->channels / c->groups, columns = index * c->channels, groups = index * c->groups;
    double *sums = work->parts + 2 * columns * c->chunks;
    return (segment){.size = size,
                     .count = (double)c->rows * (double)size * (double)c->inner,
                     .first_sums = sums,
                     .second_sums = sums + c->channels,
                     .mean = moments->mean + groups,
                     .inverse = moments->inverse + groups,
                     .variance = moments->variance + groups,
                     .columns = {.parts = NULL,
                                 .shift = work->shift + columns,
                                 .scale = work->scale + columns,
                                 .offset = work->offset + columns,
                                 .gamma = work->gamma + columns,
                                 .mean = work->mean + columns,
                                 .slope = work->slope + columns},
                     .x = x == NULL ? NULL : x + columns * c->rows * c->inner};
}

/* What is left of a mean in double once it is taken away in single precision. */
static double rest_of(double mean)
{
    return mean - (double)(float)mean;
}

static void begin_at_first(const denoise__channels *c, const segment *s)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        float first = s->x[i * c->inner];
        for (; i < (k + 1) * s->size; i++)
            s->columns.shift[i] = first;
    }
}

static void find_moments(const denoise__channels *c, const segment *s)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        double sum = 0, square = 0, first = (double)s->columns.shift[i];
        for (; i < (k + 1) * s->size; i++) {
            sum += s->first_sums[i];
            square += s->second_sums[i];
        }
        sum /= s->count;
        square = square / s->count - sum * sum;
        s->mean[k] = first + sum;
        s->variance[k] = (float)(square < 0 ? 0 : square);
    }
}

void denoise__channel_moments(const denoise__channels *c, const float *x, double epsilon, const denoise__channel_work *work,
                              const denoise__moments *moments)
{
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, x, i);
        begin_at_first(c, &s);
    }
    over_runs(&(pass){.c = c, .work = work, .x = x}, sum_runs);
    join_parts(c, work->parts);
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, x, i);
        find_moments(c, &s);
    }
    denoise__norm_table()->inverse_roots(moments->variance, moments->inverse, c->segments * c->groups, epsilon);
}

/* y = (x - shift) scale + offset */
static void set_forward(const denoise__channels *c, const segment *s, const float *gamma, const float *beta)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        float shift = (float)s->mean[k];
        double inverse = s->inverse[k], rest = rest_of(s->mean[k]);
        for (; i < (k + 1) * s->size; i++) {
            double scale = gamma == NULL ? inverse : (double)gamma[i] * inverse;
            s->columns.shift[i] = shift;
            s->columns.scale[i] = (float)scale;
            s->columns.offset[i] = (float)((beta == NULL ? 0 : (double)beta[i]) - rest * scale);
        }
    }
}

void denoise__channel_forward(const denoise__channels *c, const float *x, float *y, const denoise__moments *moments,
                              const float *gamma, const float *beta, const denoise__channel_work *work, bool rectifies)
{
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, NULL, i);
        set_forward(c, &s, gamma, beta);
    }
    over_runs(&(pass){.c = c, .work = work, .x = x, .to = y, .rectifies = rectifies}, apply_runs);
}

static void begin_at_mean(const denoise__channels *c, const segment *s)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        float mean = (float)s->mean[k];
        for (; i < (k + 1) * s->size; i++)
            s->columns.shift[i] = mean;
    }
}

void denoise__channel_sums(const denoise__channels *c, const denoise__channel_gradient *g, const denoise__moments *moments,
                           const denoise__channel_work *work)
{
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, NULL, i);
        begin_at_mean(c, &s);
    }
    over_runs(&(pass){.c = c, .work = work, .dy = g->dy, .x = g->x, .y = g->y, .to = g->masked}, sum_runs);
    join_parts(c, work->parts);
}

/* The sum of dy x^ of channel i, in group k. */
static double normalized_product(const segment *s, int64_t k, int64_t i)
{
    return (s->second_sums[i] - rest_of(s->mean[k]) * s->first_sums[i]) * s->inverse[k];
}

void denoise__channel_weight_gradients(const denoise__channels *c, const denoise__moments *moments,
                                       const denoise__channel_work *work, float *dgamma, float *dbeta)
{
    const segment first = segment_at(c, work, moments, NULL, 0);
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        for (; i < (k + 1) * first.size; i++) {
            double gamma = 0, beta = 0;
            for (int64_t j = 0; j < c->segments; j++) {
                segment s = segment_at(c, work, moments, NULL, j);
                gamma += normalized_product(&s, k, i);
                beta += s.first_sums[i];
            }
            if (dgamma != NULL) dgamma[i] = (float)gamma;
            if (dbeta != NULL) dbeta[i] = (float)beta;
        }
    }
}

/* dx = ((dy gamma - mean) + (x - shift) slope) scale */
static void set_backward(const denoise__channels *c, const segment *s, const float *gamma)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        double sum = 0, product = 0;
        for (; i < (k + 1) * s->size; i++) {
            double factor = gamma == NULL ? 1 : (double)gamma[i];
            s->columns.gamma[i] = (float)factor;
            sum += factor * s->first_sums[i];
            product += factor * normalized_product(s, k, i);
        }
        double slope = -s->inverse[k] * product / s->count;
        double mean = sum / s->count + rest_of(s->mean[k]) * slope;
        for (int64_t j = i - s->size; j < i; j++) {
            s->columns.mean[j] = (float)mean;
            s->columns.slope[j] = (float)slope;
            s->columns.scale[j] = (float)s->inverse[k];
        }
    }
}

void denoise__channel_backward(const denoise__channels *c, const float *dy, const float *x, float *dx,
                               const denoise__moments *moments, const float *gamma, const denoise__channel_work *work)
{
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, NULL, i);
        set_backward(c, &s, gamma);
    }
    over_runs(&(pass){.c = c, .work = work, .dy = dy, .x = x, .to = dx}, gradient_runs);
}

/* dx = (dy - 0) scale + 0 */
static void set_constant(const denoise__channels *c, const segment *s, const float *gamma)
{
    for (int64_t k = 0, i = 0; k < c->groups; k++) {
        for (; i < (k + 1) * s->size; i++) {
            s->columns.shift[i] = s->columns.offset[i] = 0;
            s->columns.scale[i] = (float)(gamma == NULL ? s->inverse[k] : (double)gamma[i] * s->inverse[k]);
        }
    }
}

void denoise__channel_backward_constant(const denoise__channels *c, const float *dy, float *dx, const denoise__moments *moments,
                                        const float *gamma, const denoise__channel_work *work)
{
    for (int64_t i = 0; i < c->segments; i++) {
        segment s = segment_at(c, work, moments, NULL, i);
        set_constant(c, &s, gamma);
    }
    over_runs(&(pass){.c = c, .work = work, .x = dy, .to = dx}, apply_runs);
}
