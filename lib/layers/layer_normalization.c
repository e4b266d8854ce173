/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are normalized one by one, where a row is the numbers of a sample that differ in the named axes alone
 * (keras/src/layers/normalization/layer_normalization.py, rms_normalization.py, unit_normalization.py):
 *
 *     LayerNormalization  y = x^ gamma + beta, x^ = (x - mean) / sqrt(variance + epsilon), the variance being the biased one
 *     RMSNormalization    y = x^ scale, x^ = x / sqrt(mean of squares + epsilon)
 *     UnitNormalization   y = x^ = x min(1 / sqrt(sum of squares), 1e12)
 *
 * With g = dy gamma, and means over the row: dx = (g - mean g - x^ mean(g x^)) / sqrt(variance + epsilon). Without a mean that
 * is taken away the second term is not there, and for the unit norm the third has a sum in its mean's place.
 *
 * Sums over a row are those of kernels/norm.h. Gamma's and beta's gradients add up the rows of a block in ascending order, in
 * double. Where the axes are not the last ones, samples are laid out anew with these axes at the end. */
#include "core/threads.h"
#include "kernels/norm.h"
#include "layers/axes.h"
#include "layers/elementwise.h"
#include "layers/gamma_beta.h"
#include "layers/scratch.h"
#include <string.h>

typedef struct row_config {
    denoise__layer_config layer;
    denoise__ints axis;
    double epsilon;
    denoise__gamma_beta weights;
} row_config;

typedef enum row_rule { LAYER_RULE, RMS_RULE, UNIT_RULE } row_rule;

#define LARGEST_INVERSE 1e12 /* of the unit norm */

extern const denoise__initializer_kind denoise__initializer_ones;
static const denoise__kind_ref ones = {.kind = &denoise__initializer_ones.base};

/* ---- Rows of samples */

typedef struct row_set {
    int64_t count, size;             /* of all samples; numbers of one */
    bool is_moved;                   /* the axes are not the last ones */
    int32_t order[DENOISE_MAX_RANK]; /* of the axes of samples that are laid out anew */
    const denoise__shape *sample;
} row_set;

static bool are_marked_last(const bool *is_marked, int32_t rank)
{
    for (int32_t i = 1; i < rank; i++) {
        if (is_marked[i - 1] && !is_marked[i]) return false;
    }
    return true;
}

static row_set rows_of(const row_config *c, const denoise__shape *sample, int64_t batch)
{
    bool is_marked[DENOISE_MAX_RANK];
    row_set r = {.count = batch, .size = 1, .sample = sample};
    (void)denoise__mark_axes(&c->axis, sample, "normalized", is_marked); /* infer has asked */
    r.is_moved = !are_marked_last(is_marked, sample->rank);
    for (int32_t last = 0, next = 0; last < 2; last++) {
        for (int32_t i = 0; i < sample->rank; i++)
            if (is_marked[i] == (last == 1)) r.order[next++] = i;
    }
    for (int32_t i = 0; i < sample->rank; i++)
        *(is_marked[i] ? &r.size : &r.count) *= sample->dim[i];
    return r;
}

/* Samples from their own order of axes to that of the rows, or back. */
typedef struct move {
    const row_set *r;
    const float *from;
    float *to;
    bool back;
} move;

static void move_samples(void *context, int64_t first, int64_t count)
{
    const move *job = context;
    const denoise__shape *sample = job->r->sample;
    int64_t size = denoise__shape_size(sample), step[DENOISE_MAX_RANK] = {0};
    int32_t last = sample->rank - 1;
    for (int32_t i = 0; i <= last; i++) { /* of the axis that stands i-th in a row, where samples lie */
        step[i] = 1;
        for (int32_t j = job->r->order[i] + 1; j <= last; j++)
            step[i] *= sample->dim[j];
    }
    for (int64_t s = first; s < first + count; s++) {
        int64_t at[DENOISE_MAX_RANK] = {0}, own = s * size, length = sample->dim[job->r->order[last]];
        for (int64_t moved = s * size; moved < (s + 1) * size; moved += length) {
            for (int64_t i = 0; i < length; i++) {
                int64_t there = own + i * step[last];
                job->to[job->back ? there : moved + i] = job->from[job->back ? moved + i : there];
            }
            for (int32_t axis = last - 1; axis >= 0; axis--) {
                own += step[axis];
                if (++at[axis] < sample->dim[job->r->order[axis]]) break;
                own -= at[axis] * step[axis];
                at[axis] = 0;
            }
        }
    }
}

static void move_all(const row_set *r, const float *from, float *to, bool back)
{
    int64_t size = denoise__shape_size(r->sample);
    move job = {.r = r, .from = from, .to = to, .back = back};
    denoise__parallel_ranges(r->count * r->size / size, denoise__grain(size), move_samples, &job);
}

/* ---- One call */

/* Of each row: x^ = (x - shift) scale + offset. */
typedef struct row_numbers {
    double *mean, *inverse;
    float *shift, *scale, *offset;
} row_numbers;

static row_numbers row_numbers_take(const row_set *r, denoise__room *room)
{
    row_numbers n;
    n.mean = denoise__room_take(room, r->count, sizeof *n.mean);
    n.inverse = denoise__room_take(room, r->count, sizeof *n.inverse);
    n.shift = denoise__room_take(room, r->count, sizeof *n.shift);
    n.scale = denoise__room_take(room, r->count, sizeof *n.scale);
    n.offset = denoise__room_take(room, r->count, sizeof *n.offset);
    return n;
}

typedef struct row_call {
    row_set r;
    row_rule rule;
    double epsilon;
    row_numbers numbers;
    float *x_room, *dy_room, *ones, *zeros; /* samples laid out anew; (size) */
    double *sums;                           /* (2, size) */
    const float *gamma, *beta;
    const float *x, *dy; /* rows */
    float *y, *dx;       /* rows */
} row_call;

/* All that a call may need; state NULL: the numbers of rows are here too. */
static void take_room(row_call *call, denoise__room *scratch, denoise__room *state)
{
    int64_t moved = call->r.is_moved ? call->r.count * call->r.size : 0;
    call->numbers = row_numbers_take(&call->r, state == NULL ? scratch : state);
    call->x_room = denoise__room_take(scratch, moved, sizeof(float));
    call->dy_room = denoise__room_take(scratch, moved, sizeof(float));
    call->ones = denoise__room_take(scratch, call->r.size, sizeof(float));
    call->zeros = denoise__room_take(scratch, call->r.size, sizeof(float));
    call->sums = denoise__room_take(scratch, 2 * call->r.size, sizeof(double));
}

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    row_set r = rows_of(config, inputs, batch);
    denoise__room room = {.memory = NULL};
    (void)count;
    (void)row_numbers_take(&r, &room);
    return room.used;
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    row_call call = {.r = rows_of(config, inputs, batch)};
    denoise__room room = {.memory = NULL};
    (void)count, (void)is_backward;
    take_room(&call, &room, NULL);
    return room.used;
}

/* What both ways need: weights, and rows of x. */
static row_call call_of(const denoise__layer_args *args, row_rule rule)
{
    const row_config *c = args->config;
    int32_t gamma = rule == LAYER_RULE ? denoise__gamma_index(&c->weights) : rule == RMS_RULE ? 0 : -1;
    int32_t beta = rule == LAYER_RULE ? denoise__beta_index(&c->weights) : -1;
    row_call call = {
        .r = rows_of(c, args->input_shapes, args->batch), .rule = rule, .epsilon = rule == UNIT_RULE ? 0 : c->epsilon};
    denoise__room scratch = {.memory = args->scratch}, state = {.memory = args->state};
    take_room(&call, &scratch, args->state == NULL ? NULL : &state);
    for (int64_t i = 0; i < call.r.size; i++) {
        call.ones[i] = 1;
        call.zeros[i] = 0;
    }
    call.gamma = gamma < 0 ? call.ones : args->weights[gamma];
    call.beta = beta < 0 ? call.zeros : args->weights[beta];
    call.x = args->inputs[0];
    if (!call.r.is_moved) return call;
    move_all(&call.r, args->inputs[0], call.x_room, false);
    call.x = call.x_room;
    return call;
}

/* ---- Forward */

/* Rows whose roots are taken together, while they are in the cache. */
enum { TOGETHER = 32 };

static void find_moments(const row_call *call, int64_t first, int64_t rows)
{
    const denoise__norm *table = denoise__norm_table();
    double count = (double)call->r.size, *inverse = call->numbers.inverse + first;
    float variances[TOGETHER];
    for (int64_t row = 0; row < rows; row++) {
        const float *x = call->x + (first + row) * call->r.size;
        double sum, square;
        float shift = call->rule == LAYER_RULE ? x[0] : 0;
        table->run_moments(x, call->r.size, shift, &sum, &square);
        if (call->rule != UNIT_RULE) square /= count;
        sum = call->rule == LAYER_RULE ? sum / count : 0;
        square -= sum * sum;
        variances[row] = (float)(square < 0 ? 0 : square);
        call->numbers.mean[first + row] = (double)shift + sum;
    }
    table->inverse_roots(variances, inverse, rows, call->epsilon);
    for (int64_t row = 0; row < rows && call->rule == UNIT_RULE; row++)
        inverse[row] = inverse[row] > LARGEST_INVERSE ? LARGEST_INVERSE : inverse[row];
}

/* What is left of the mean in double once it is taken away in single precision. */
static double rest_of(const row_call *call, int64_t row)
{
    return call->numbers.mean[row] - (double)(float)call->numbers.mean[row];
}

static void forward_row(const row_call *call, int64_t row)
{
    const row_numbers *n = &call->numbers;
    const denoise__norm *table = denoise__norm_table();
    const float *x = call->x + row * call->r.size;
    float *y = call->y + row * call->r.size;
    n->shift[row] = (float)n->mean[row];
    n->scale[row] = (float)n->inverse[row];
    n->offset[row] = (float)(-rest_of(call, row) * n->inverse[row]);
    table->row(x, y, call->r.size, n->shift[row], n->scale[row], n->offset[row], call->gamma, call->beta);
}

static void forward_rows(void *context, int64_t first, int64_t count)
{
    const row_call *call = context;
    for (int64_t done = 0; done < count; done += TOGETHER) {
        int64_t rows = count - done < TOGETHER ? count - done : TOGETHER;
        find_moments(call, first + done, rows);
        for (int64_t row = first + done; row < first + done + rows; row++)
            forward_row(call, row);
    }
}

static denoise_status forward(const denoise__layer_args *args, row_rule rule)
{
    row_call call = call_of(args, rule);
    call.y = call.r.is_moved ? call.x_room : args->outputs[0];
    denoise__parallel_ranges(call.r.count, denoise__grain(call.r.size), forward_rows, &call);
    if (call.r.is_moved) move_all(&call.r, call.y, args->outputs[0], true);
    return DENOISE_OK;
}

/* ---- Backward */

/* Columns that are added up together: all of a row, unless it is so long that its sums leave the cache. */
enum { COLUMNS = 1024 };

static void sum_columns(void *context, int64_t first, int64_t count)
{
    const row_call *call = context;
    const row_numbers *n = &call->numbers;
    double *sums = call->sums + first, *products = sums + call->r.size;
    memset(sums, 0, (size_t)count * sizeof *sums);
    memset(products, 0, (size_t)count * sizeof *products);
    denoise__norm_table()->row_sums(call->dy + first, call->x + first, call->r.count, call->r.size, count, n->shift, n->scale,
                                    n->offset, sums, products);
}

/* Either may be NULL. */
static void weight_gradients(row_call *call, float *dgamma, float *dbeta)
{
    if (dgamma == NULL && dbeta == NULL) return;
    denoise__parallel_ranges(call->r.size, COLUMNS, sum_columns, call);
    for (int64_t i = 0; i < call->r.size; i++) {
        if (dbeta != NULL) dbeta[i] = (float)call->sums[i];
        if (dgamma != NULL) dgamma[i] = (float)call->sums[call->r.size + i];
    }
}

static void backward_rows(void *context, int64_t first, int64_t count)
{
    const row_call *call = context;
    const row_numbers *n = &call->numbers;
    const denoise__norm *table = denoise__norm_table();
    double divisor = call->rule == UNIT_RULE ? 1 : (double)call->r.size;
    for (int64_t row = first; row < first + count; row++) {
        const float *x = call->x + row * call->r.size;
        float *dx = call->dx + row * call->r.size;
        double sum, product, inverse = n->inverse[row], rest = rest_of(call, row);
        table->multiply(call->dy + row * call->r.size, call->gamma, dx, call->r.size); /* dx begins as g */
        table->run_products(dx, x, call->r.size, n->shift[row], &sum, &product);
        product = (product - rest * sum) * inverse;
        bool is_constant = call->rule == UNIT_RULE && inverse >= LARGEST_INVERSE;
        double slope = is_constant ? 0 : -inverse * product / divisor;
        double mean = call->rule == LAYER_RULE ? sum / divisor + rest * slope : 0;
        table->row_gradient(x, dx, call->r.size, (float)mean, n->shift[row], (float)slope, n->scale[row]);
    }
}

static denoise_status backward(const denoise__layer_args *args, row_rule rule, int32_t gamma, int32_t beta)
{
    row_call call = call_of(args, rule);
    float *dx = args->input_gradients[0];
    call.dy = args->output_gradients[0];
    if (call.r.is_moved) {
        move_all(&call.r, call.dy, call.dy_room, false);
        call.dy = call.dy_room;
    }
    weight_gradients(&call, gamma < 0 ? NULL : args->weight_gradients[gamma], beta < 0 ? NULL : args->weight_gradients[beta]);
    if (dx == NULL) return DENOISE_OK;
    call.dx = call.r.is_moved ? call.dy_room : dx;
    denoise__parallel_ranges(call.r.count, denoise__grain(call.r.size), backward_rows, &call);
    if (call.r.is_moved) move_all(&call.r, call.dx, dx, true);
    return DENOISE_OK;
}

/* ---- The three kinds */

static denoise_status check(const void *config)
{
    if (((const row_config *)config)->axis.count > 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "axis is an empty list, expected one axis at least");
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    bool is_marked[DENOISE_MAX_RANK];
    (void)count;
    *outputs = *inputs;
    return denoise__mark_axes(&((const row_config *)config)->axis, inputs, "normalized", is_marked);
}

/* Keras multiplies the scale with the last axes, whichever were named. */
static denoise_status infer_rms(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    char given[192];
    DENOISE__TRY(infer(config, inputs, count, outputs));
    if (!rows_of(config, inputs, 1).is_moved) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE,
                         "input has shape %s, expected axis to name its last axes, along which the scale lies",
                         denoise__shape_text(inputs, true, given, sizeof given));
}

/* Lengths in the order of the axes as numbers, -1 before 1, as in Keras; the values lie in that of the axes themselves. */
static denoise__shape weight_shape(const row_config *c, const denoise__shape *sample)
{
    denoise__shape shape = {0};
    for (int64_t limit = INT64_MIN; shape.rank < c->axis.count;) {
        int64_t least = INT64_MAX;
        for (int64_t i = 0; i < c->axis.count; i++)
            if (c->axis.values[i] > limit && c->axis.values[i] < least) least = c->axis.values[i];
        shape.dim[shape.rank++] = sample->dim[denoise__sample_axis(least, sample)];
        limit = least;
    }
    return shape;
}

static int32_t layer_weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const row_config *c = config;
    const denoise__shape shape = weight_shape(c, inputs);
    (void)count;
    return denoise__gamma_beta_specs(&c->weights, &shape, specs);
}

static int32_t rms_weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    if (specs != NULL)
        *specs = (denoise__weight_spec){
            .name = "scale", .shape = weight_shape(config, inputs), .initializer = &ones, .trainable = true};
    return 1;
}

static denoise_status layer_forward(const denoise__layer_args *args)
{
    return forward(args, LAYER_RULE);
}

static denoise_status layer_backward(const denoise__layer_args *args)
{
    const denoise__gamma_beta *weights = &((const row_config *)args->config)->weights;
    return backward(args, LAYER_RULE, denoise__gamma_index(weights), denoise__beta_index(weights));
}

static denoise_status rms_forward(const denoise__layer_args *args)
{
    return forward(args, RMS_RULE);
}

static denoise_status rms_backward(const denoise__layer_args *args)
{
    return backward(args, RMS_RULE, 0, -1);
}

static denoise_status unit_forward(const denoise__layer_args *args)
{
    return forward(args, UNIT_RULE);
}

static denoise_status unit_backward(const denoise__layer_args *args)
{
    return backward(args, UNIT_RULE, -1, -1);
}

#define AXIS                                                                                                                   \
    DENOISE__PARAM_INTS(row_config, axis, "[-1]", DENOISE__OR_INT, -DENOISE_MAX_RANK, DENOISE_MAX_RANK - 1,                    \
                        "axes of a row, counted with the batch axis; one, or a list")

static const denoise__param layer_params[] = {
    DENOISE__LAYER_PARAMS(row_config),
    AXIS,
    DENOISE__PARAM_DOUBLE(row_config, epsilon, "0.001", 0, NAN, NAN, "added to the variance"),
    DENOISE__GAMMA_BETA_PARAMS(row_config),
};

static const denoise__param rms_params[] = {
    DENOISE__LAYER_PARAMS(row_config),
    AXIS,
    DENOISE__PARAM_DOUBLE(row_config, epsilon, "1e-06", 0, NAN, NAN, "added to the mean of squares"),
};

static const denoise__param unit_params[] = {DENOISE__LAYER_PARAMS(row_config), AXIS};

#define KIND_BASE(kind_name, kind_class, text, table)                                                                          \
    .base = {.name = kind_name,                                                                                                \
             .class_name = kind_class,                                                                                         \
             .doc = text,                                                                                                      \
             .config_size = sizeof(row_config),                                                                                \
             .params = table,                                                                                                  \
             .param_count = (int32_t)(sizeof table / sizeof *table),                                                           \
             .check = check},                                                                                                  \
    .min_inputs = 1, .max_inputs = 1, .is_row_local = true, .may_overwrite_input = true, .backward_needs_input = true,         \
    .state_size = state_size, .scratch_size = scratch_size

extern const denoise__layer_kind denoise__layer_layer_normalization;
const denoise__layer_kind denoise__layer_layer_normalization = {
    KIND_BASE("layer_normalization", "LayerNormalization", "rows to mean 0 and variance 1, then scaled and shifted",
              layer_params),
    .infer = infer,
    .weights = layer_weights,
    .forward = layer_forward,
    .backward = layer_backward,
};

extern const denoise__layer_kind denoise__layer_rms_normalization;
const denoise__layer_kind denoise__layer_rms_normalization = {
    KIND_BASE("rms_normalization", "RMSNormalization", "rows to a mean square of 1, then scaled", rms_params),
    .infer = infer_rms,
    .weights = rms_weights,
    .forward = rms_forward,
    .backward = rms_backward,
};

extern const denoise__layer_kind denoise__layer_unit_normalization;
const denoise__layer_kind denoise__layer_unit_normalization = {
    KIND_BASE("unit_normalization", "UnitNormalization", "rows to a Euclidean norm of 1", unit_params),
    .infer = infer,
    .forward = unit_forward,
    .backward = unit_backward,
};
