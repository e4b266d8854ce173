/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients against differences.
 *
 * An objective F and values x: along a random direction d, backward says sum(g d), and central differences of steps h and h/2
 * say the same with errors of order h^2, which their extrapolation takes away. Of several h the best counts: float32 is noisy
 * where h is small, and F is bent, or has an edge, where it is large. */
#include "core/format.h"
#include "core/memory.h"
#include "ext/run.h"
#include "kernels/random.h"
#include <string.h>

enum { DIRECTIONS = 3, BATCH = 3, ROWS = 5 };

typedef struct subject subject;
struct subject {
    denoise_status (*objective)(subject *s, double *value, double *magnitude);
    const char *kind;
    double tolerance, worst;
    denoise__run *run; /* of a layer */
    const denoise_loss *loss;
    denoise__loss_args *args;
    denoise__kind_ref *ref; /* of an activation or regularizer */
    float *x, *y, *dy;
    int64_t rows, columns;
};

static void move(float *x, const float *start, const float *direction, double step, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)((double)start[i] + step * (double)direction[i]);
}

/* What x really moved by: rounding is part of it. */
static denoise_status central(subject *s, float *x, const float *start, const float *direction, double step, int64_t count,
                              double *slope, double *magnitude)
{
    double above, below;
    move(x, start, direction, step, count);
    denoise_status status = s->objective(s, &above, magnitude);
    move(x, start, direction, -step, count);
    if (status == DENOISE_OK) status = s->objective(s, &below, magnitude);
    memcpy(x, start, (size_t)count * sizeof *x);
    if (status == DENOISE_OK) *slope = (above - below) / (2 * step);
    return status;
}

static denoise_status best_error(subject *s, float *x, const float *start, const float *direction, int64_t count,
                                 double expected, double *error, double *found)
{
    *error = (double)INFINITY;
    for (int k = 3; k <= 9; k += 2) {
        double h = 1.0 / (1 << k), wide, narrow, magnitude;
        DENOISE__TRY(central(s, x, start, direction, h, count, &wide, &magnitude));
        DENOISE__TRY(central(s, x, start, direction, h / 2, count, &narrow, &magnitude));
        double slope = (4 * narrow - wide) / 3, scale = fabs(slope) + fabs(expected) + 1e-3 * magnitude;
        double relative = slope == expected ? 0 : fabs(slope - expected) / scale;
        if (!(relative < *error)) continue;
        *error = relative;
        *found = slope;
    }
    return DENOISE_OK;
}

static denoise_status compare(subject *s, const char *what, float *x, const float *gradient, int64_t count, float *room)
{
    float *start = room, *direction = room + count;
    memcpy(start, x, (size_t)count * sizeof *x);
    for (uint64_t i = 0; i < DIRECTIONS; i++) {
        double expected = 0, error, found = (double)NAN;
        denoise__random_uniform(3, 7000 + i, 0, direction, count, -1, 1);
        for (int64_t j = 0; j < count; j++)
            expected += (double)gradient[j] * (double)direction[j];
        DENOISE__TRY(best_error(s, x, start, direction, count, expected, &error, &found));
        if (!(error <= s->worst)) s->worst = error;
        if (error <= s->tolerance) continue;
        return denoise__fail(
            DENOISE_ERR_INVALID,
            "the gradient of \"%s\" for %s is %.9g along a direction, differences say %.9g: relative error %.2g, "
            "expected at most %g",
            s->kind, what, expected, found, error, s->tolerance);
    }
    return DENOISE_OK;
}

/* The same with a copy of the gradient, which further steps forward and back may overwrite. */
static denoise_status check(subject *s, const char *what, float *x, const float *gradient, int64_t count)
{
    float *room = denoise__allocate_zeroed((size_t)count * 3 + 1, sizeof *room);
    if (room == NULL) return denoise__fail_nomem();
    memcpy(room + 2 * count, gradient, (size_t)count * sizeof *room);
    denoise_status status = compare(s, what, x, room + 2 * count, count, room);
    denoise__release(room);
    return status;
}

/* ---- layers */

static denoise_status layer_objective(subject *s, double *value, double *magnitude)
{
    return denoise__run_objective(s->run, value, magnitude);
}

static denoise_status check_run(subject *s, denoise__run *run)
{
    char what[96];
    DENOISE__TRY(denoise__run_forward(run));
    DENOISE__TRY(denoise__run_backward(run));
    for (int32_t i = 0; i < run->count; i++) {
        denoise__format(what, sizeof what, "input %d", (int)i);
        DENOISE__TRY(check(s, what, run->inputs[i], run->input_gradients[i], denoise__run_input_size(run, i)));
    }
    for (int32_t i = 0; i < run->layer->weight_count; i++) {
        denoise__weight *weight = &run->layer->weights[i];
        if (!weight->spec.trainable) continue;
        denoise__format(what, sizeof what, "weight \"%s\"", weight->spec.name);
        DENOISE__TRY(check(s, what, run->weights[i], run->weight_gradients[i], weight->variable.count));
    }
    return DENOISE_OK;
}

static denoise_status check_layer(subject *s, const char *name, const denoise_params *params, const denoise__shape *shape)
{
    denoise__run *run = denoise__allocate_zeroed(1, sizeof *run);
    if (run == NULL) return denoise__fail_nomem();
    s->run = run;
    s->objective = layer_objective;
    denoise_status status = denoise__run_make(run, name, params, shape, BATCH);
    if (status == DENOISE_OK) status = check_run(s, run);
    denoise__run_free(run);
    denoise__release(run);
    return status;
}

/* ---- losses */

static denoise_status loss_objective(subject *s, double *value, double *magnitude)
{
    float *gradient = s->args->gradient;
    s->args->gradient = NULL;
    denoise_status status = denoise__loss_run(s->loss, s->args, 1, value);
    s->args->gradient = gradient;
    *magnitude = fabs(*value);
    return status;
}

static denoise_status check_loss_in(subject *s, float *room, const denoise__shape *shape)
{
    int64_t columns = denoise__shape_last(shape), rows = ROWS * denoise__shape_size(shape) / columns, size = rows * columns;
    denoise__loss_args args = {.rows = rows, .columns = columns, .prediction = room, .gradient = room + size};
    bool is_sparse = denoise__loss_kind_of(s->loss)->is_sparse;
    float *target = room + 2 * size;
    int32_t *labels = (int32_t *)(void *)(target + size);
    args.row_loss = target + 2 * size;
    size_t bytes = denoise__loss_scratch_size(s->loss, rows, columns);
    args.scratch = denoise__allocate_aligned(bytes + 1);
    if (args.scratch == NULL) return denoise__fail_nomem();
    denoise__random_uniform(1, 1, 0, room, size, 0.15, 0.85);
    denoise__random_uniform(1, 2, 0, target, size, 0.15, 0.85);
    for (int64_t i = 0; i < rows; i++)
        labels[i] = (int32_t)(i % columns);
    if (is_sparse)
        args.labels = labels;
    else
        args.target = target;
    s->args = &args;
    s->objective = loss_objective;
    double value;
    denoise_status status = denoise__loss_run(s->loss, &args, 1, &value);
    if (status == DENOISE_OK) status = check(s, "the prediction", room, args.gradient, size);
    denoise__release_aligned(args.scratch);
    return status;
}

static denoise_status check_loss(subject *s, const char *name, const denoise_params *params, const denoise__shape *shape)
{
    denoise_loss *loss;
    DENOISE__TRY(denoise_loss_create(&loss, name, params));
    s->loss = loss;
    float *room = denoise__allocate_zeroed((size_t)denoise__shape_size(shape) * ROWS, 5 * sizeof *room);
    denoise_status status = room == NULL ? denoise__fail_nomem() : check_loss_in(s, room, shape);
    denoise__release(room);
    denoise_loss_free(loss);
    return status;
}

/* ---- activations and regularizers */

static denoise_status activation_objective(subject *s, double *value, double *magnitude)
{
    *value = *magnitude = 0;
    DENOISE__TRY(denoise__activation_forward(s->ref, s->x, s->y, s->rows, s->columns));
    for (int64_t i = 0; i < s->rows * s->columns; i++) {
        *value += (double)s->y[i] * (double)s->dy[i];
        *magnitude += fabs((double)s->y[i] * (double)s->dy[i]);
    }
    return DENOISE_OK;
}

static denoise_status check_activation(subject *s, int64_t size)
{
    float *dx = s->dy + size;
    s->objective = activation_objective;
    DENOISE__TRY(denoise__activation_forward(s->ref, s->x, s->y, s->rows, s->columns));
    DENOISE__TRY(denoise__activation_backward(s->ref, denoise__activation_kind_of(s->ref)->needs_input ? s->x : NULL, s->y,
                                              s->dy, dx, s->rows, s->columns));
    return check(s, "its input", s->x, dx, size);
}

static denoise_status regularizer_objective(subject *s, double *value, double *magnitude)
{
    denoise_status status = denoise__regularizer_penalty(s->ref, s->x, s->rows * s->columns, value);
    *magnitude = fabs(*value);
    return status;
}

static denoise_status check_regularizer(subject *s, int64_t size)
{
    s->objective = regularizer_objective;
    memset(s->dy, 0, (size_t)size * sizeof *s->dy);
    DENOISE__TRY(denoise__regularizer_add_gradient(s->ref, s->x, s->dy, size));
    return check(s, "the weight", s->x, s->dy, size);
}

static denoise_status check_reference(subject *s, const denoise__registry *registry, const char *name,
                                      const denoise_params *params, const denoise__shape *shape)
{
    denoise__kind_ref ref = {NULL, NULL};
    DENOISE__TRY(denoise__kind_ref_make(&ref, registry, name, params));
    if (ref.kind == NULL) return denoise__fail(DENOISE_ERR_NAME, "\"%s\" is no %s", name, registry->noun);
    s->ref = &ref;
    s->columns = denoise__shape_last(shape);
    s->rows = BATCH * denoise__shape_size(shape) / s->columns;
    int64_t size = s->rows * s->columns;
    float *room = denoise__allocate_zeroed((size_t)size, 4 * sizeof *room);
    denoise_status status = DENOISE_OK;
    if (room == NULL) {
        status = denoise__fail_nomem();
    } else {
        s->x = room, s->y = room + size, s->dy = room + 2 * size;
        denoise__random_uniform(2, 1, 0, s->x, size, -2, 2);
        denoise__random_uniform(2, 2, 0, s->dy, size, -1, 1);
        status = registry == &denoise__activation_registry ? check_activation(s, size) : check_regularizer(s, size);
    }
    denoise__release(room);
    denoise__kind_ref_clear(&ref);
    return status;
}

static denoise_status check_noun(subject *s, const char *noun, const char *name, const denoise_params *params,
                                 const denoise__shape *shape)
{
    if (strcmp(noun, "layer") == 0) return check_layer(s, name, params, shape);
    if (strcmp(noun, "loss") == 0) return check_loss(s, name, params, shape);
    if (strcmp(noun, "activation") == 0) return check_reference(s, &denoise__activation_registry, name, params, shape);
    if (strcmp(noun, "regularizer") == 0) return check_reference(s, &denoise__regularizer_registry, name, params, shape);
    return denoise__fail(DENOISE_ERR_NAME, "\"%.80s\" has no gradient; layer, loss, activation and regularizer have", noun);
}

denoise_status denoise_check_gradient(double *worst, const char *noun, const char *name, const denoise_params *params,
                                      const int64_t *shape, int32_t rank, double tolerance)
{
    const int64_t usual[] = {6};
    denoise__shape sample;
    if (worst != NULL) *worst = (double)NAN;
    DENOISE__CHECK_NULL(noun);
    DENOISE__CHECK_NULL(name);
    if (!(tolerance > 0)) return denoise__fail(DENOISE_ERR_RANGE, "tolerance is %g, expected a number above 0", tolerance);
    if (shape != NULL && (rank < 0 || rank >= DENOISE_MAX_RANK))
        return denoise__fail(DENOISE_ERR_RANGE, "rank is %d, expected 0 to %d", (int)rank, DENOISE_MAX_RANK - 1);
    int64_t size;
    DENOISE__TRY(denoise__shape_make(&sample, shape == NULL ? usual : shape, shape == NULL ? 1 : rank, &size));
    if (size < 1 || size > INT64_C(1) << 24)
        return denoise__fail(DENOISE_ERR_SHAPE, "the shape has %lld elements, expected 1 to 2^24", (long long)size);
    subject s = {.kind = name, .tolerance = tolerance};
    denoise_status status = check_noun(&s, noun, name, params, &sample);
    if (worst != NULL && (status == DENOISE_OK || s.worst > 0)) *worst = s.worst;
    return status;
}
