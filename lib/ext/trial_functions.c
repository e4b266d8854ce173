/* SPDX-License-Identifier: Apache-2.0 */
/* What losses, metrics, optimizers, and kinds that a parameter refers to, promise. */
#include "core/memory.h"
#include "ext/trial.h"
#include "kernels/random.h"
#include <string.h>

enum { ROWS = 12, COLUMNS = 6, SIZE = ROWS * COLUMNS, HALF = ROWS / 2 };

static bool is_same(const float *a, const float *b, int64_t count)
{
    return memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static bool is_finite(const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return false;
    }
    return true;
}

/* ---- losses */

typedef struct loss_arrays {
    float prediction[SIZE], target[SIZE], gradient[SIZE], parts[SIZE], row_loss[ROWS], other_loss[ROWS], weight[ROWS];
    int32_t labels[ROWS];
} loss_arrays;

static denoise__loss_args loss_args(loss_arrays *a, const denoise_loss *loss)
{
    bool is_sparse = denoise__loss_kind_of(loss)->is_sparse;
    denoise__random_uniform(1, 1, 0, a->prediction, SIZE, 0.05, 0.95);
    denoise__random_uniform(1, 2, 0, a->target, SIZE, 0, 1);
    for (int32_t i = 0; i < ROWS; i++) {
        a->labels[i] = i % COLUMNS;
        a->weight[i] = (float)(i % 3);
    }
    memset(a->gradient, 0xFF, sizeof a->gradient);
    memset(a->row_loss, 0xFF, sizeof a->row_loss);
    return (denoise__loss_args){.rows = ROWS,
                                .columns = COLUMNS,
                                .prediction = a->prediction,
                                .target = is_sparse ? NULL : a->target,
                                .labels = is_sparse ? a->labels : NULL,
                                .row_loss = a->row_loss,
                                .gradient = a->gradient};
}

/* Rows in two halves, the second first, with the gradient in the prediction's place. */
static denoise_status try_halves(const denoise__trial_kind *t, loss_arrays *a, const denoise_loss *loss,
                                 denoise__loss_args args)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    if (kind->rows == NULL) return DENOISE_OK;
    memcpy(a->parts, a->prediction, sizeof a->parts);
    args.prediction = args.gradient = a->parts;
    args.row_loss = a->other_loss;
    DENOISE__TRY(kind->rows(&args, HALF, ROWS - HALF));
    DENOISE__TRY(kind->rows(&args, 0, HALF));
    if (is_same(a->parts, a->gradient, SIZE) && is_same(a->other_loss, a->row_loss, ROWS)) return DENOISE_OK;
    return denoise__trial_fail(t, "has other bits in pieces, or where the gradient takes the prediction's place");
}

static denoise_status try_weights(const denoise__trial_kind *t, loss_arrays *a, const denoise_loss *loss,
                                  denoise__loss_args args)
{
    double value;
    args.row_weight = a->weight;
    args.gradient = a->parts;
    DENOISE__TRY(denoise__loss_run(loss, &args, 1, &value));
    if (denoise__loss_kind_of(loss)->rows == NULL) return DENOISE_OK;
    for (int64_t i = 0; i < SIZE; i++) {
        float weight = a->weight[i / COLUMNS], wanted = weight * a->gradient[i];
        if (!(fabsf(a->parts[i] - wanted) <= 1e-5f * (fabsf(wanted) + 1e-3f)))
            return denoise__trial_fail(t, "has a gradient that does not follow the weights of rows");
    }
    return DENOISE_OK;
}

static denoise_status try_loss(const denoise__trial_kind *t, loss_arrays *a, const denoise_loss *loss)
{
    double value;
    denoise__loss_args args = loss_args(a, loss);
    size_t bytes = denoise__loss_scratch_size(loss, ROWS, COLUMNS);
    args.scratch = denoise__allocate_aligned(bytes + 1);
    if (args.scratch == NULL) return denoise__fail_nomem();
    denoise_status status = denoise__loss_run(loss, &args, 1, &value);
    if (status == DENOISE_OK && (!isfinite(value) || !is_finite(a->gradient, SIZE)))
        status = denoise__trial_fail(t, "leaves its value or gradient unwritten, or not finite");
    if (status == DENOISE_OK) status = try_halves(t, a, loss, args);
    if (status == DENOISE_OK) status = try_weights(t, a, loss, args);
    denoise__release_aligned(args.scratch);
    return status;
}

denoise_status denoise__trial_loss(const denoise__trial_kind *t)
{
    denoise_loss *loss;
    DENOISE__TRY(denoise_loss_create(&loss, t->name, t->params));
    loss_arrays *a = denoise__allocate_zeroed(1, sizeof *a);
    denoise_status status = a == NULL ? denoise__fail_nomem() : try_loss(t, a, loss);
    denoise__release(a);
    denoise_loss_free(loss);
    if (status != DENOISE_OK) return status;
    const int64_t shape[] = {COLUMNS};
    return denoise_check_gradient(NULL, t->noun, t->name, t->params, shape, 1, 0.002);
}

/* ---- metrics */

/* The figure after so many batches, from the same numbers each time. */
static denoise_status feed(denoise_metric *metric, const denoise__metric_args *args, int batches, double *value)
{
    denoise__metric_reset(metric);
    for (int i = 0; i < batches; i++) {
        denoise__metric_args copy = *args;
        DENOISE__TRY(denoise__metric_update(metric, &copy, NULL));
    }
    *value = (double)denoise__metric_result(metric);
    return DENOISE_OK;
}

static denoise_status try_metric(const denoise__trial_kind *t, denoise_metric *metric, loss_arrays *a)
{
    const denoise__metric_kind *kind = denoise__metric_kind_of(metric);
    const denoise__shape prediction = {.rank = 2, .dim = {ROWS, COLUMNS}}, labels = {.rank = 1, .dim = {ROWS}};
    denoise__random_uniform(1, 1, 0, a->prediction, SIZE, 0.05, 0.95);
    denoise__random_uniform(1, 2, 0, a->target, SIZE, 0, 1);
    for (int32_t i = 0; i < ROWS; i++)
        a->labels[i] = i % COLUMNS;
    DENOISE__TRY(denoise__metric_resolve(metric, kind->is_sparse ? &labels : &prediction, &prediction));
    kind = denoise__metric_kind_of(metric);
    const denoise__metric_args args = {.rows = ROWS,
                                       .columns = COLUMNS,
                                       .prediction = a->prediction,
                                       .target = kind->is_sparse ? NULL : a->target,
                                       .labels = kind->is_sparse ? a->labels : NULL};
    double none, once, again;
    DENOISE__TRY(denoise__metric_prepare(metric, ROWS, COLUMNS));
    DENOISE__TRY(feed(metric, &args, 0, &none));
    DENOISE__TRY(feed(metric, &args, 2, &once));
    DENOISE__TRY(feed(metric, &args, 2, &again));
    if (isnan(none)) return denoise__trial_fail(t, "is NaN before the first batch, expected 0");
    if (!isfinite(once)) return denoise__trial_fail(t, "is not finite after two batches");
    return once < again || once > again ? denoise__trial_fail(t, "has another figure after a reset") : DENOISE_OK;
}

denoise_status denoise__trial_metric(const denoise__trial_kind *t)
{
    denoise_metric *metric;
    DENOISE__TRY(denoise_metric_create(&metric, t->name, t->params));
    loss_arrays *a = denoise__allocate_zeroed(1, sizeof *a);
    denoise_status status = a == NULL ? denoise__fail_nomem() : DENOISE_OK;
    if (status == DENOISE_OK && denoise__metric_kind_of(metric) != NULL) status = try_metric(t, metric, a);
    denoise__release(a);
    denoise_metric_free(metric);
    return status;
}

/* ---- optimizers */

typedef struct optimizer_arrays {
    float weight[2][SIZE], gradient[SIZE];
} optimizer_arrays;

/* A step of the first optimizer on the whole weight, of the second in uneven pieces. */
static denoise_status step(denoise_optimizer *const *pair, optimizer_arrays *a)
{
    static const int64_t cuts[] = {0, 1, 18, 50, SIZE};
    for (int64_t i = 0; i < SIZE; i++)
        a->gradient[i] = a->weight[0][i] - 0.5f; /* of a bowl */
    for (int k = 0; k < 2; k++) {
        denoise__optimizer_update update;
        DENOISE__TRY(denoise__optimizer_begin(pair[k], &update));
        for (int i = 0; i < (k == 0 ? 1 : 4); i++) {
            float *slots[DENOISE__MAX_SLOTS];
            int64_t first = cuts[i], count = (k == 0 ? SIZE : cuts[i + 1]) - first;
            denoise__optimizer_slots_at(pair[k], 0, first, slots);
            denoise__optimizer_update_piece(&update, 0, a->weight[k] + first, a->gradient + first, slots, count);
        }
        denoise__optimizer_end(pair[k]);
    }
    return DENOISE_OK;
}

static double bowl(const float *w)
{
    double sum = 0;
    for (int64_t i = 0; i < SIZE; i++)
        sum += ((double)w[i] - 0.5) * ((double)w[i] - 0.5);
    return sum;
}

static denoise_status try_steps(const denoise__trial_kind *t, denoise_optimizer *const *pair, optimizer_arrays *a)
{
    denoise__random_uniform(1, 3, 0, a->weight[0], SIZE, -1, 1);
    memcpy(a->weight[1], a->weight[0], sizeof a->weight[1]);
    double before = bowl(a->weight[0]);
    for (int i = 0; i < 20; i++)
        DENOISE__TRY(step(pair, a));
    if (!is_finite(a->weight[0], SIZE)) return denoise__trial_fail(t, "makes weights that are not finite");
    if (!is_same(a->weight[0], a->weight[1], SIZE))
        return denoise__trial_fail(t, "has other bits where a weight is updated in pieces");
    if (!(bowl(a->weight[0]) < before)) return denoise__trial_fail(t, "does not go down a bowl in 20 steps");
    return DENOISE_OK;
}

denoise_status denoise__trial_optimizer(const denoise__trial_kind *t)
{
    denoise_optimizer *pair[2] = {NULL, NULL};
    denoise__variable weight = {.rank = 1, .dim = {SIZE}, .count = SIZE, .dtype = DENOISE__VARIABLE_FLOAT32};
    const denoise__variable *weights[] = {&weight};
    optimizer_arrays *a = denoise__allocate_zeroed(1, sizeof *a);
    denoise_status status = a == NULL ? denoise__fail_nomem() : DENOISE_OK;
    for (int i = 0; i < 2 && status == DENOISE_OK; i++) {
        status = denoise_optimizer_create(&pair[i], t->name, t->params);
        if (status == DENOISE_OK) status = denoise__optimizer_build(pair[i], weights, 1);
    }
    if (status == DENOISE_OK) status = try_steps(t, pair, a);
    for (int i = 0; i < 2; i++)
        denoise_optimizer_free(pair[i]);
    denoise__release(a);
    return status;
}

/* ---- kinds that a parameter refers to */

typedef struct plain_arrays {
    float x[SIZE], y[SIZE], other[SIZE], dy[SIZE], dx[SIZE];
} plain_arrays;

static denoise_status try_activation(const denoise__trial_kind *t, const denoise__kind_ref *ref, plain_arrays *a)
{
    const denoise__activation_kind *kind = denoise__activation_kind_of(ref);
    DENOISE__TRY(denoise__activation_forward_rows(ref, a->x, a->y, ROWS, COLUMNS));
    memcpy(a->other, a->x, sizeof a->other);
    for (int64_t r = 0; r < ROWS; r++) {
        float *row = a->other + r * COLUMNS;
        DENOISE__TRY(denoise__activation_forward_rows(ref, row, row, 1, COLUMNS));
    }
    if (!is_finite(a->y, SIZE)) return denoise__trial_fail(t, "leaves results unwritten, or not finite");
    if (!is_same(a->y, a->other, SIZE)) return denoise__trial_fail(t, "has other bits in place, row by row");
    if (!kind->is_rowwise) {
        DENOISE__TRY(denoise__activation_forward_rows(ref, a->x, a->other, SIZE, 1));
        if (!is_same(a->y, a->other, SIZE))
            return denoise__trial_fail(t, "depends on the row around an element, and does not say is_rowwise");
    }
    DENOISE__TRY(denoise__activation_backward_rows(ref, kind->needs_input ? a->x : NULL, a->y, a->dy, a->dx, ROWS, COLUMNS));
    memcpy(a->other, a->dy, sizeof a->other);
    for (int64_t i = 0; i < SIZE; i += COLUMNS)
        DENOISE__TRY(denoise__activation_backward_rows(ref, kind->needs_input ? a->x + i : NULL, a->y + i, a->other + i,
                                                       a->other + i, 1, COLUMNS));
    if (!is_same(a->dx, a->other, SIZE)) return denoise__trial_fail(t, "has other gradients in place, row by row");
    const int64_t shape[] = {COLUMNS};
    return denoise_check_gradient(NULL, t->noun, t->name, t->params, shape, 1, 0.002);
}

static denoise_status try_initializer(const denoise__trial_kind *t, const denoise__kind_ref *ref, plain_arrays *a)
{
    const denoise__shape shape = {.rank = 2, .dim = {ROWS, COLUMNS}};
    memset(a->y, 0xFF, sizeof a->y);
    DENOISE__TRY(denoise__initialize(ref, &shape, 1, 2, a->y));
    DENOISE__TRY(denoise__initialize(ref, &shape, 1, 2, a->other));
    if (!is_finite(a->y, SIZE)) return denoise__trial_fail(t, "leaves values unwritten, or not finite");
    return is_same(a->y, a->other, SIZE) ? DENOISE_OK : denoise__trial_fail(t, "has other values for the same seed and stream");
}

static denoise_status try_regularizer(const denoise__trial_kind *t, const denoise__kind_ref *ref, plain_arrays *a)
{
    double penalty;
    DENOISE__TRY(denoise__regularizer_penalty(ref, a->x, SIZE, &penalty));
    if (!isfinite(penalty)) return denoise__trial_fail(t, "has a penalty that is not finite");
    memcpy(a->y, a->dy, sizeof a->y);
    memcpy(a->other, a->dy, sizeof a->other);
    DENOISE__TRY(denoise__regularizer_add_gradient(ref, a->x, a->y, SIZE));
    DENOISE__TRY(denoise__regularizer_add_gradient(ref, a->x, a->other, 7));
    DENOISE__TRY(denoise__regularizer_add_gradient(ref, a->x + 7, a->other + 7, SIZE - 7));
    if (!is_same(a->y, a->other, SIZE)) return denoise__trial_fail(t, "has other gradients in pieces");
    return denoise_check_gradient(NULL, t->noun, t->name, t->params, t->shape.dim, t->shape.rank, 0.002);
}

static denoise_status try_constraint(const denoise__trial_kind *t, const denoise__kind_ref *ref, plain_arrays *a)
{
    const denoise__shape shape = {.rank = 2, .dim = {ROWS, COLUMNS}};
    DENOISE__TRY(denoise__constraint_check(ref, &shape));
    memcpy(a->y, a->x, sizeof a->y);
    memcpy(a->other, a->x, sizeof a->other);
    DENOISE__TRY(denoise__constraint_apply(ref, a->y, &shape));
    DENOISE__TRY(denoise__constraint_apply(ref, a->other, &shape));
    if (!is_finite(a->y, SIZE)) return denoise__trial_fail(t, "makes weights that are not finite");
    return is_same(a->y, a->other, SIZE) ? DENOISE_OK : denoise__trial_fail(t, "has other bits the second time");
}

static denoise_status try_schedule(const denoise__trial_kind *t, const denoise__kind_ref *ref)
{
    for (int64_t i = 0; i < 5000; i = i * 2 + 1) {
        double rate, again;
        DENOISE__TRY(denoise__schedule_rate(ref->kind, ref->config, i, &rate));
        DENOISE__TRY(denoise__schedule_rate(ref->kind, ref->config, i, &again));
        if (!isfinite(rate) || rate < 0) return denoise__trial_fail(t, "has a rate that is negative or not finite");
        if (rate < again || rate > again) return denoise__trial_fail(t, "has another rate the second time");
    }
    return DENOISE_OK;
}

static denoise_status try_reference(const denoise__trial_kind *t, const denoise__kind_ref *ref, plain_arrays *a)
{
    denoise__random_uniform(2, 1, 0, a->x, SIZE, -2, 2);
    denoise__random_uniform(2, 2, 0, a->dy, SIZE, -1, 1);
    memset(a->y, 0xFF, sizeof a->y);
    if (strcmp(t->noun, "activation") == 0) return try_activation(t, ref, a);
    if (strcmp(t->noun, "initializer") == 0) return try_initializer(t, ref, a);
    if (strcmp(t->noun, "regularizer") == 0) return try_regularizer(t, ref, a);
    if (strcmp(t->noun, "constraint") == 0) return try_constraint(t, ref, a);
    if (strcmp(t->noun, "schedule") == 0) return try_schedule(t, ref);
    return denoise__fail(DENOISE_ERR_UNSUPPORTED, "kinds of \"%s\" cannot be tested yet", t->noun);
}

denoise_status denoise__trial_reference(const denoise__trial_kind *t)
{
    denoise__kind_ref ref = {NULL, NULL};
    DENOISE__TRY(denoise__kind_ref_make(&ref, t->registry, t->name, t->params));
    if (ref.kind == NULL) return denoise__fail(DENOISE_ERR_NAME, "\"%s\" is no %s", t->name, t->noun);
    plain_arrays *a = denoise__allocate_zeroed(1, sizeof *a);
    denoise_status status = a == NULL ? denoise__fail_nomem() : try_reference(t, &ref, a);
    denoise__release(a);
    denoise__kind_ref_clear(&ref);
    return status;
}
