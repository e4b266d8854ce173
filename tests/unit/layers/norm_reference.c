/* SPDX-License-Identifier: Apache-2.0 */
#include "norm_reference.h"
#include "support/cmocka_test.h"
#include <math.h>
#include <stdlib.h>

typedef struct reference {
    const norm_rule *rule;
    int64_t count, groups, weights;
    int64_t *group, *weight; /* of each element */
    double *x, *gamma, *beta, *y;
    double *sums, *squares, *counts; /* of groups */
} reference;

static void *room(int64_t count, size_t size)
{
    void *memory = calloc((size_t)count + 1, size);
    assert_non_null(memory);
    return memory;
}

/* Coordinates, last axis fastest, as group and weight of an element. */
static void place(reference *r, const int64_t *dim, int32_t rank, int64_t element)
{
    int64_t group_step = 1, weight_step = 1, rest = element;
    for (int32_t axis = rank - 1; axis >= 0; axis--) {
        int64_t at = rest % dim[axis], divide = r->rule->divide[axis];
        rest /= dim[axis];
        if (divide > 0) {
            r->group[element] += at / divide * group_step;
            group_step *= dim[axis] / divide;
        }
        if (r->rule->has_weight[axis]) {
            r->weight[element] += at * weight_step;
            weight_step *= dim[axis];
        }
    }
    r->groups = group_step;
    r->weights = weight_step;
}

static double *doubles(const float *values, int64_t count, double otherwise)
{
    double *out = room(count, sizeof *out);
    for (int64_t i = 0; i < count; i++)
        out[i] = values == NULL ? otherwise : (double)values[i];
    return out;
}

static void reference_make(reference *r, const layer_run *run, const norm_rule *rule)
{
    int64_t dim[DENOISE_MAX_RANK + 1] = {run->args.batch};
    int32_t rank = run->shapes[0].rank + 1;
    for (int32_t i = 1; i < rank; i++)
        dim[i] = run->shapes[0].dim[i - 1];
    *r = (reference){.rule = rule, .count = run->output_size};
    r->group = room(r->count, sizeof *r->group);
    r->weight = room(r->count, sizeof *r->weight);
    for (int64_t i = 0; i < r->count; i++)
        place(r, dim, rank, i);
    r->x = doubles(run->inputs[0], r->count, 0);
    r->gamma = doubles(rule->gamma < 0 ? NULL : run->weights[rule->gamma], r->weights, 1);
    r->beta = doubles(rule->beta < 0 ? NULL : run->weights[rule->beta], r->weights, 0);
    r->y = room(r->count, sizeof *r->y);
    r->sums = room(r->groups, sizeof(double));
    r->squares = room(r->groups, sizeof(double));
    r->counts = room(r->groups, sizeof(double));
}

static void reference_free(reference *r)
{
    void *all[] = {r->group, r->weight, r->x, r->gamma, r->beta, r->y, r->sums, r->squares, r->counts};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* Sums become means, squares what x is divided by. */
static void find_moments(reference *r)
{
    const norm_rule *rule = r->rule;
    for (int64_t g = 0; g < r->groups; g++)
        r->sums[g] = r->squares[g] = r->counts[g] = 0;
    for (int64_t i = 0; i < r->count; i++) {
        r->sums[r->group[i]] += r->x[i];
        r->counts[r->group[i]]++;
    }
    for (int64_t g = 0; g < r->groups; g++)
        r->sums[g] = rule->sort == NORM_FIXED     ? (double)rule->mean[g]
                     : rule->sort == NORM_MOMENTS ? r->sums[g] / r->counts[g]
                                                  : 0;
    for (int64_t i = 0; i < r->count; i++) {
        double d = r->x[i] - r->sums[r->group[i]];
        r->squares[r->group[i]] += d * d;
    }
    for (int64_t g = 0; g < r->groups; g++) {
        double square = rule->sort == NORM_FIXED  ? (double)rule->variance[g]
                        : rule->sort == NORM_UNIT ? r->squares[g]
                                                  : r->squares[g] / r->counts[g];
        r->squares[g] = sqrt(square + rule->epsilon);
    }
}

static double objective(reference *r, const float *dy)
{
    double sum = 0;
    find_moments(r);
    for (int64_t i = 0; i < r->count; i++) {
        r->y[i] = (r->x[i] - r->sums[r->group[i]]) / r->squares[r->group[i]] * r->gamma[r->weight[i]] + r->beta[r->weight[i]];
        sum += (double)dy[i] * r->y[i];
    }
    return sum;
}

static void compare(const float *got, const double *expected, int64_t count, const char *what)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(expected[i]));
        double difference = fabs((double)got[i] - expected[i]);
        worst = difference >= worst || isnan(difference) ? difference : worst;
    }
    if (!(worst <= 1e-6 * fmax(largest, 1e-3))) fail_msg("%s: %g of %g", what, worst, largest);
}

static void check_gradient(reference *r, const float *dy, double *values, const float *gradient, int64_t count,
                           const char *what)
{
    const double step = 1e-5;
    double *expected = room(count, sizeof *expected);
    for (int64_t i = 0; i < count; i++) {
        double kept = values[i], sides[4];
        for (int side = 0; side < 4; side++) { /* of fourth order */
            static const double places[] = {-2, -1, 1, 2};
            values[i] = kept + places[side] * step * 10;
            sides[side] = objective(r, dy);
        }
        values[i] = kept;
        expected[i] = (8 * (sides[2] - sides[1]) - (sides[3] - sides[0])) / (120 * step);
    }
    compare(gradient, expected, count, what);
    free(expected);
}

void norm_reference_check(layer_run *run, const norm_rule *rule)
{
    reference r;
    layer_run_forward(run);
    layer_run_backward(run);
    reference_make(&r, run, rule);
    (void)objective(&r, run->output_gradient);
    compare(run->output, r.y, r.count, "output");
    check_gradient(&r, run->output_gradient, r.x, run->input_gradients[0], r.count, "input's gradient");
    if (rule->gamma >= 0)
        check_gradient(&r, run->output_gradient, r.gamma, run->weight_gradients[rule->gamma], r.weights, "gamma's gradient");
    if (rule->beta >= 0)
        check_gradient(&r, run->output_gradient, r.beta, run->weight_gradients[rule->beta], r.weights, "beta's gradient");
    reference_free(&r);
}
