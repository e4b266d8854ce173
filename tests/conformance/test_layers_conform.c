/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of layer, with every activation where it has one: shapes, gradients, files, threads, seeds and memory. */
#include "conformance/layer_nets.h"
#include "support/failing_alloc.h"
#include "support/hash.h"
#include "support/temp_dir.h"
#include <math.h>
#include <string.h>

/* The outputs, to be dropped by tensors_drop(). */
static denoise_tensor **predicted(const layer_case *c, const denoise_model *model, denoise_tensor *const *x)
{
    denoise_tensor **y = tensors_room(c->outputs);
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.batch_size = denoise_tensor_dim(x[0], 0);
    if (denoise_model_predict_many(y, c->outputs, model, (const denoise_tensor *const *)x, c->inputs, &options) != DENOISE_OK) {
        LAYER_FAIL(c, "%s", denoise_last_error());
    }
    return y;
}

/* Tensors of these shapes, random. */
static denoise_tensor **randoms_like(denoise_tensor *const *tensors, int64_t count, uint64_t stream)
{
    denoise_tensor **out = tensors_room(count);
    for (int64_t i = 0; i < count; i++)
        out[i] = random_like(tensors[i], stream + (uint64_t)i);
    return out;
}

/* Of this run alone: a number at a time, since there are hundreds of millions. */
static uint64_t hash_of_floats(const denoise_tensor *tensor)
{
    const unsigned char *data = denoise_tensor_const_data(tensor);
    uint64_t hash = HASH_START;
    for (int64_t i = 0, size = denoise_tensor_size(tensor); i < size; i++) {
        uint32_t bits;
        memcpy(&bits, data + i * (int64_t)sizeof bits, sizeof bits);
        hash = (hash ^ bits) * HASH_PRIME;
        hash ^= hash >> 29;
    }
    return hash;
}

static uint64_t hash_of_all(denoise_tensor *const *tensors, int64_t count)
{
    uint64_t hash = 0;
    for (int64_t i = 0; i < count; i++)
        hash = 31 * hash + (tensors[i] == NULL ? 1 : hash_of_floats(tensors[i]));
    return hash;
}

/* Element 0 .. of the first sample alone and among others differ by rounding only. */
static void check_first_row(const layer_case *c, const denoise_tensor *one, const denoise_tensor *many)
{
    const float *a = denoise_tensor_const_data(one), *b = denoise_tensor_const_data(many);
    for (int64_t i = 0; i < denoise_tensor_size(one); i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= 1e-6 * (1.0 + fabs((double)a[i])))) {
            LAYER_FAIL(c, "element %ld is %g alone, %g in a batch", (long)i, (double)a[i], (double)b[i]);
        }
}

static void check_output(const layer_case *c, const denoise_model *model, int64_t index, const denoise_tensor *y, int64_t rows)
{
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    const int64_t *real = denoise_tensor_shape(y);
    ASSERT_OK(denoise_model_output_shape(model, index, shape, &rank));
    assert_int_equal(denoise_tensor_dtype(y), DENOISE_FLOAT32);
    if (denoise_tensor_rank(y) == rank + 1 && real[0] == rows && memcmp(real + 1, shape, (size_t)rank * sizeof *shape) == 0)
        return;
    LAYER_FAIL(c, "the shape rule and output %ld differ", (long)index);
}

static void check_shape(const layer_case *c)
{
    denoise_model *model = layer_net_ok(c, 1);
    denoise_tensor *x[MOST_INPUTS], *first[MOST_INPUTS], **one, **many;
    layer_inputs(x, c, 7, 1);
    for (int64_t i = 0; i < c->inputs; i++)
        ASSERT_OK(denoise_tensor_rows(&first[i], x[i], 0, 1));
    one = predicted(c, model, first);
    many = predicted(c, model, x);
    for (int64_t i = 0; i < c->outputs; i++) {
        check_output(c, model, i, one[i], 1);
        check_output(c, model, i, many[i], 7);
        check_first_row(c, one[i], many[i]);
    }
    tensors_drop(one, c->outputs);
    tensors_drop(many, c->outputs);
    tensors_free(first, c->inputs);
    tensors_free(x, c->inputs);
    denoise_model_free(model);
}

static void shapes_are_what_the_rule_says(void **state)
{
    (void)state;
    for_every_layer(check_shape);
}

/* What a pass gives; entries of weight gradients are NULL for what is not trained. */
typedef struct pass {
    denoise_tensor **outputs, **input_gradients, **weight_gradients;
    const layer_case *c;
    int64_t weights;
} pass;

static void pass_free(pass *p)
{
    tensors_drop(p->outputs, p->c->outputs);
    tensors_drop(p->input_gradients, p->c->inputs);
    tensors_drop(p->weight_gradients, p->weights);
}

static denoise_status run_pass(pass *out, const layer_case *c, const denoise_model *model, denoise_tensor *const *x,
                               denoise_tensor *const *dy, int32_t training, uint64_t seed)
{
    *out = (pass){.c = c, .weights = denoise_model_weight_count(model)};
    out->outputs = tensors_room(c->outputs);
    out->input_gradients = tensors_room(c->inputs);
    out->weight_gradients = tensors_room(out->weights);
    return denoise_model_gradients(out->input_gradients, out->weight_gradients, out->outputs, model,
                                   (const denoise_tensor *const *)x, (const denoise_tensor *const *)dy, training, seed);
}

static double dot(const denoise_tensor *a, const denoise_tensor *b)
{
    const float *p = denoise_tensor_const_data(a), *q = denoise_tensor_const_data(b);
    double sum = 0.0;
    assert_int_equal(denoise_tensor_size(a), denoise_tensor_size(b));
    for (int64_t i = 0; i < denoise_tensor_size(a); i++)
        sum += (double)p[i] * (double)q[i];
    return sum;
}

/* Everything that the slope of one tensor is taken with. */
typedef struct slope {
    const layer_case *c;
    denoise_model *model;
    denoise_tensor **x;
    denoise_tensor **dy;
    int32_t training;
} slope;

/* sum(dy * output) over all outputs; dropout and noise are those of seed 5 */
static double objective(const slope *s)
{
    pass p;
    if (run_pass(&p, s->c, s->model, s->x, s->dy, s->training, 5) != DENOISE_OK) {
        LAYER_FAIL(s->c, "%s", denoise_last_error());
    }
    double sum = 0;
    for (int64_t i = 0; i < s->c->outputs; i++)
        sum += dot(p.outputs[i], s->dy[i]);
    pass_free(&p);
    return sum;
}

/* old + step * direction */
static denoise_tensor *moved(const denoise_tensor *old, const denoise_tensor *direction, double step)
{
    denoise_tensor *part, *sum;
    ASSERT_OK(denoise_tensor_scale(&part, direction, step));
    ASSERT_OK(denoise_tensor_add(&sum, old, part));
    denoise_tensor_free(part);
    return sum;
}

/* The objective with input `index`, or weight `index - inputs`, at another place. */
static double objective_at(const slope *s, int64_t index, denoise_tensor *value)
{
    if (index >= s->c->inputs) {
        ASSERT_OK(denoise_model_set_weight(s->model, index - s->c->inputs, value));
        return objective(s);
    }
    denoise_tensor *old = s->x[index];
    s->x[index] = value;
    double result = objective(s);
    s->x[index] = old;
    return result;
}

static double slope_along(const slope *s, int64_t index, const denoise_tensor *old, const denoise_tensor *direction,
                          double step)
{
    double values[2];
    for (int side = 0; side < 2; side++) {
        denoise_tensor *other = moved(old, direction, side == 0 ? step : -step);
        values[side] = objective_at(s, index, other);
        denoise_tensor_free(other);
    }
    return (values[0] - values[1]) / (2.0 * step);
}

/* Two random directions and the gradient's own: a missing part shows in the first, a wrong part in each. Where a step meets a
 * kink, of relu, say, a shorter one does not, which
 * rounding blurs more. */
static void check_slope(const slope *s, int64_t index, const denoise_tensor *old, const denoise_tensor *gradient)
{
    double length = sqrt(dot(gradient, gradient));
    for (uint64_t d = 0; d < 3; d++) {
        denoise_tensor *direction = d < 2 ? random_like(gradient, 70 + d) : moved(gradient, gradient, 0.0);
        double found = 0, expected = dot(gradient, direction), step = 2e-3 / fmax(1.0, d < 2 ? 1.0 : length);
        double near = 2e-3 * (length * sqrt(d < 2 ? 1.0 : length * length)) + 1e-3;
        bool is_near = false;
        for (int tries = 0; tries < 4 && !is_near; tries++, step /= 4, near *= 2) {
            found = slope_along(s, index, old, direction, step);
            is_near = fabs(found - expected) <= near;
        }
        if (!is_near) {
            LAYER_FAIL(s->c, "%s %ld, direction %ld: slope %.9g, gradient %.9g", index < s->c->inputs ? "input" : "weight",
                       (long)index, (long)d, found, expected);
        }
        denoise_tensor_free(direction);
    }
}

static void check_all_slopes(slope *s)
{
    pass p;
    ASSERT_OK(run_pass(&p, s->c, s->model, s->x, s->dy, s->training, 5));
    for (int64_t i = 0; i < s->c->inputs; i++)
        check_slope(s, i, s->x[i], p.input_gradients[i]);
    for (int64_t i = 0; i < p.weights; i++) {
        denoise_tensor *old;
        if (p.weight_gradients[i] == NULL) continue; /* a statistic */
        ASSERT_OK(denoise_model_get_weight(&old, s->model, i));
        check_slope(s, s->c->inputs + i, old, p.weight_gradients[i]);
        ASSERT_OK(denoise_model_set_weight(s->model, i, old));
        denoise_tensor_free(old);
    }
    pass_free(&p);
}

/* Across a jump a difference is anything; the derivatives of these activations are compared without a layer. */
static bool jumps(const layer_case *c)
{
    return c->variant != NULL && (strcmp(c->variant, "hard_shrink") == 0 || strcmp(c->variant, "threshold") == 0);
}

static void check_gradients(const layer_case *c)
{
    if (jumps(c)) return;
    denoise_tensor *x[MOST_INPUTS];
    denoise_model *model = layer_net_ok(c, 3);
    layer_inputs(x, c, 7, 3);
    denoise_tensor **y = predicted(c, model, x), **dy = randoms_like(y, c->outputs, 9);
    for (int32_t training = 0; training < 2; training++) {
        slope s = {c, model, x, dy, training};
        check_all_slopes(&s);
    }
    tensors_drop(y, c->outputs);
    tensors_drop(dy, c->outputs);
    tensors_free(x, c->inputs);
    denoise_model_free(model);
}

static void gradients_are_slopes(void **state)
{
    (void)state;
    for_every_layer(check_gradients);
}

static void check_file(const layer_case *c)
{
    temp_dir dir;
    denoise_tensor *x[MOST_INPUTS], **y[3];
    denoise_model *model = layer_net_ok(c, 4), *other = layer_net_ok(c, 5);
    temp_dir_make(&dir);
    layer_inputs(x, c, 7, 4);
    ASSERT_OK(denoise_model_save_weights(model, temp_dir_file(&dir, "weights.safetensors")));
    y[0] = predicted(c, model, x);
    y[1] = predicted(c, other, x);
    ASSERT_OK(denoise_model_load_weights(other, temp_dir_file(&dir, "weights.safetensors"), NULL));
    y[2] = predicted(c, other, x);
    uint64_t expected = hash_of_all(y[0], c->outputs);
    if (expected != hash_of_all(y[2], c->outputs)) LAYER_FAIL(c, "weights from the file give other bits");
    assert_int_equal(hash_of_weights(model), hash_of_weights(other));
    if (denoise_model_weight_count(model) == 0) assert_int_equal(expected, hash_of_all(y[1], c->outputs));
    for (int i = 0; i < 3; i++)
        tensors_drop(y[i], c->outputs);
    tensors_free(x, c->inputs);
    temp_dir_remove(&dir);
    denoise_model_free(model);
    denoise_model_free(other);
}

static void weights_survive_a_file(void **state)
{
    (void)state;
    for_every_layer(check_file);
}

static uint64_t hash_of_pass(const pass *p)
{
    uint64_t hash = hash_of_all(p->outputs, p->c->outputs);
    hash = 31 * hash + hash_of_all(p->input_gradients, p->c->inputs);
    return 31 * hash + hash_of_all(p->weight_gradients, p->weights);
}

static void check_threads(const layer_case *c)
{
    static const int32_t counts[] = {1, 2, 3, 4, 8};
    denoise_tensor *x[MOST_INPUTS];
    denoise_model *model = layer_net_ok(c, 6);
    layer_inputs(x, c, 4099, 6); /* enough for several pieces of work, the last one short */
    denoise_tensor **y = predicted(c, model, x), **dy = randoms_like(y, c->outputs, 8);
    uint64_t first = 0, first_output = hash_of_all(y, c->outputs);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        pass p;
        ASSERT_OK(denoise_set_num_threads(counts[i]));
        denoise_tensor **again = predicted(c, model, x);
        ASSERT_OK(run_pass(&p, c, model, x, dy, 1, 7));
        if (i == 0) first = hash_of_pass(&p);
        if (hash_of_all(again, c->outputs) != first_output || hash_of_pass(&p) != first) {
            LAYER_FAIL(c, "%d threads give other bits", (int)counts[i]);
        }
        tensors_drop(again, c->outputs);
        pass_free(&p);
    }
    ASSERT_OK(denoise_set_num_threads(0));
    tensors_drop(y, c->outputs);
    tensors_drop(dy, c->outputs);
    tensors_free(x, c->inputs);
    denoise_model_free(model);
}

static void threads_do_not_change_bits(void **state)
{
    (void)state;
    for_every_layer(check_threads);
}

/* A kind with a seed draws numbers in training. Another one that looks at each sample alone does what it does in predict; what
 * looks at the whole batch may be something else in training. */
static void check_seed(const layer_case *c)
{
    denoise_param_info info;
    denoise_tensor *x[MOST_INPUTS];
    denoise_model *model = layer_net_ok(c, 6);
    pass still, first, same, other;
    layer_inputs(x, c, 40, 6);
    denoise_tensor **y = predicted(c, model, x), **dy = randoms_like(y, c->outputs, 8);
    uint64_t outside = hash_of_all(y, c->outputs);
    ASSERT_OK(run_pass(&still, c, model, x, dy, 0, 1));
    ASSERT_OK(run_pass(&first, c, model, x, dy, 1, 1));
    ASSERT_OK(run_pass(&same, c, model, x, dy, 1, 1));
    ASSERT_OK(run_pass(&other, c, model, x, dy, 1, 2));
    bool random = param_named(&info, "layer", c->kind, "seed");
    bool differs = hash_of_all(first.outputs, c->outputs) != outside;
    if (hash_of_all(still.outputs, c->outputs) != outside) LAYER_FAIL(c, "the output outside training is not that of predict");
    if (hash_of_pass(&first) != hash_of_pass(&same)) LAYER_FAIL(c, "the same seed gives other bits");
    if (random == (hash_of_pass(&first) == hash_of_pass(&other))) LAYER_FAIL(c, "another seed: %s", random ? "same" : "other");
    if (random && !differs) LAYER_FAIL(c, "training draws no numbers");
    bool may_differ = random || !layer_kind(c)->is_row_local || layer_kind(c)->is_batch_wide_in_training;
    if (differs && !may_differ) LAYER_FAIL(c, "training gives other outputs");
    pass_free(&still);
    pass_free(&first);
    pass_free(&same);
    pass_free(&other);
    tensors_drop(y, c->outputs);
    tensors_drop(dy, c->outputs);
    tensors_free(x, c->inputs);
    denoise_model_free(model);
}

static void a_seed_decides_everything(void **state)
{
    (void)state;
    for_every_layer(check_seed);
}

/* Build, predict and gradients; with allocations failing, nothing may be left over. */
static denoise_status whole_run(const layer_case *c, denoise_tensor *const *x, denoise_tensor *const *dy)
{
    denoise_model *model;
    pass p;
    denoise_status status = layer_net(&model, c, 1);
    if (status != DENOISE_OK) return status;
    denoise_tensor **y = tensors_room(c->outputs);
    status = denoise_model_predict_many(y, c->outputs, model, (const denoise_tensor *const *)x, c->inputs, NULL);
    if (status == DENOISE_OK) {
        status = run_pass(&p, c, model, x, dy, 1, 1);
        pass_free(&p);
    }
    tensors_drop(y, c->outputs);
    denoise_model_free(model);
    return status;
}

static void check_memory(const layer_case *c)
{
    denoise_tensor *x[MOST_INPUTS];
    denoise_model *model = layer_net_ok(c, 1);
    layer_inputs(x, c, 3, 1);
    denoise_tensor **dy = predicted(c, model, x);
    denoise_model_free(model);
    for (int64_t nth = 1;; nth++) {
        int64_t before = failing_alloc_live();
        failing_alloc_arm(nth, nth % 2 == 0);
        denoise_status status = whole_run(c, x, dy);
        bool failed = failing_alloc_disarm();
        if (status != (failed ? DENOISE_ERR_NOMEM : DENOISE_OK)) {
            LAYER_FAIL(c, "allocation %ld: %s", (long)nth, denoise_status_name(status));
        }
        if (failing_alloc_live() != before) LAYER_FAIL(c, "allocation %ld leaks", (long)nth);
        if (!failed) break;
    }
    tensors_drop(dy, c->outputs);
    tensors_free(x, c->inputs);
}

static void every_failing_allocation_is_survived(void **state)
{
    (void)state;
    denoise_shutdown();
    failing_alloc_install();
    ASSERT_OK(denoise_set_num_threads(1));
    for_every_layer(check_memory);
    denoise_shutdown();
    failing_alloc_remove();
    ASSERT_OK(denoise_set_num_threads(0));
}

/* A dense layer's kernel by each initializer. */
static void initializers_follow_the_seed(void **state)
{
    (void)state;
    for (int64_t k = 0; denoise_kind_name("initializer", k) != NULL; k++) {
        const char *name = denoise_kind_name("initializer", k);
        denoise_param_info info;
        denoise_params *params = fitting_params("layer", "dense");
        ASSERT_OK(denoise_params_set_kind(params, "kernel_initializer", name, NULL));
        layer_case c = {.kind = "dense", .variant = name, .params = params, .inputs = 1, .outputs = 1, .shape = {6}, .rank = 1};
        denoise_model *models[] = {layer_net_ok(&c, 1), layer_net_ok(&c, 1), layer_net_ok(&c, 2)};
        bool random = param_named(&info, "initializer", name, "seed");
        if (hash_of_weights(models[0]) != hash_of_weights(models[1])) LAYER_FAIL(&c, "the same seed gives other weights");
        if (random == (hash_of_weights(models[0]) == hash_of_weights(models[2]))) LAYER_FAIL(&c, "another seed");
        for (int i = 0; i < 3; i++)
            denoise_model_free(models[i]);
        denoise_params_free(params);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_what_the_rule_says), cmocka_unit_test(gradients_are_slopes),
        cmocka_unit_test(weights_survive_a_file),        cmocka_unit_test(threads_do_not_change_bits),
        cmocka_unit_test(a_seed_decides_everything),     cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(initializers_follow_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
