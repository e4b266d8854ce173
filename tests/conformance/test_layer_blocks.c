/* SPDX-License-Identifier: Apache-2.0 */
/* What kinds of layers declare is true of them: blocks of rows, panels of columns and memory that is overwritten give the bits
 * of the whole batch in memory of its own. Kinds are called as a runner calls them. */
#include "conformance/layer_nets.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 37, PANEL = 16, STEPS = 3 };

/* A layer applied to a batch. All arrays are of the whole batch, row-major. */
typedef struct whole {
    const layer_case *c;
    denoise_layer *layer;
    const denoise__layer_kind *kind;
    denoise__shape input, output;
    int64_t input_size, output_size;
    float *inputs[MOST_INPUTS], *output_values, *gradient, *input_gradients[MOST_INPUTS];
} whole;

static float *numbers(int64_t count, uint64_t stream)
{
    denoise_rng *rng;
    float *values = denoise__allocate_aligned((size_t)count * sizeof *values + 1);
    assert_non_null(values);
    ASSERT_OK(denoise_rng_new(&rng, 5, stream));
    ASSERT_OK(denoise_rng_uniform(rng, values, count, -1, 1));
    denoise_rng_free(rng);
    return values;
}

static void whole_make(whole *w, const layer_case *c)
{
    *w = (whole){.c = c, .kind = layer_kind(c)};
    denoise__shape shapes[MOST_INPUTS];
    ASSERT_OK(denoise_layer_create(&w->layer, c->kind, c->params));
    w->input.rank = c->rank;
    memcpy(w->input.dim, c->shape, (size_t)c->rank * sizeof *c->shape);
    for (int64_t i = 0; i < c->inputs; i++)
        shapes[i] = w->input;
    assert_int_equal(c->outputs, 1); /* no kind of several outputs says that it may be cut */
    ASSERT_OK(denoise__layer_apply_shapes(w->layer, shapes, (int32_t)c->inputs, &w->output));
    ASSERT_OK(denoise__layers_initialize(&w->layer, 1, 3, 0));
    w->input_size = denoise__shape_size(&w->input);
    w->output_size = denoise__shape_size(&w->output);
    for (int64_t i = 0; i < c->inputs; i++) {
        w->inputs[i] = numbers(BATCH * w->input_size, (uint64_t)i);
        w->input_gradients[i] = numbers(BATCH * w->input_size, 20);
    }
    w->output_values = numbers(BATCH * w->output_size, 20);
    w->gradient = numbers(BATCH * w->output_size, 30);
}

static void whole_free(whole *w)
{
    for (int64_t i = 0; i < w->c->inputs; i++) {
        denoise__release_aligned(w->inputs[i]);
        denoise__release_aligned(w->input_gradients[i]);
    }
    denoise__release_aligned(w->output_values);
    denoise__release_aligned(w->gradient);
    denoise_layer_free(w->layer);
}

static void *memory_of(size_t bytes)
{
    void *memory = denoise__allocate_aligned(bytes + 1);
    assert_non_null(memory);
    memset(memory, 0xff, bytes + 1); /* nothing may count on zeros */
    return memory;
}

/* One run, forward and backward, on these arrays: `rows` samples of these shapes. */
static void run(const whole *w, const denoise__shape *input, const denoise__shape *output, int64_t rows, int64_t first,
                float *const *inputs, float *to, const float *gradient, float *const *input_gradients)
{
    denoise__shape shapes[MOST_INPUTS];
    const denoise_layer *layer = w->layer;
    const void *config = layer->part.config;
    int32_t count = (int32_t)w->c->inputs;
    for (int32_t i = 0; i < count; i++)
        shapes[i] = *input;
    const float **weights = calloc((size_t)layer->weight_count + 1, sizeof *weights);
    float **weight_gradients = calloc((size_t)layer->weight_count + 1, sizeof *weight_gradients); /* nobody wants them */
    assert_true(weights != NULL && weight_gradients != NULL);
    for (int32_t i = 0; i < layer->weight_count; i++)
        weights[i] = denoise__weight_values(&layer->weights[i]);
    denoise__layer_args args = {.config = config,
                                .batch = rows,
                                .input_count = count,
                                .output_count = 1,
                                .input_shapes = shapes,
                                .output_shapes = output,
                                .inputs = (const float *const *)inputs,
                                .outputs = &to,
                                .weights = weights,
                                .activation = w->kind->activation == NULL ? NULL : w->kind->activation(config),
                                .output_gradients = &gradient,
                                .input_gradients = input_gradients,
                                .weight_gradients = weight_gradients,
                                .training = true,
                                .random = {.seed = 7, .stream = 8, .first = 9 + (uint64_t)first, .step = w->input_size}};
    args.state = memory_of(w->kind->state_size == NULL ? 0 : w->kind->state_size(config, shapes, count, rows));
    for (int backward = 0; backward < 2; backward++) {
        void *scratch =
            memory_of(w->kind->scratch_size == NULL ? 0 : w->kind->scratch_size(config, shapes, count, rows, backward != 0));
        args.scratch = scratch;
        ASSERT_OK(backward == 0 ? w->kind->forward(&args) : w->kind->backward(&args));
        denoise__release_aligned(scratch);
    }
    denoise__release_aligned(args.state);
    free((void *)weights);
    free(weight_gradients);
}

static void run_whole(whole *w)
{
    run(w, &w->input, &w->output, BATCH, 0, w->inputs, w->output_values, w->gradient, w->input_gradients);
}

static void expect_equal(const layer_case *c, const char *what, const float *values, const float *expected, int64_t count)
{
    if (memcmp(values, expected, (size_t)count * sizeof *values) != 0) LAYER_FAIL(c, "%s: other bits", what);
}

/* Blocks of 1, of 16 and of all rows but the last. */
static void check_rows(const layer_case *c)
{
    static const int64_t blocks[] = {1, 16, BATCH - 1};
    if (layer_kind(c)->is_alias || !layer_kind(c)->is_row_local) return;
    whole w, parts;
    whole_make(&w, c);
    whole_make(&parts, c);
    run_whole(&w);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        for (int64_t row = 0; row < BATCH; row += blocks[b]) {
            int64_t rows = BATCH - row < blocks[b] ? BATCH - row : blocks[b];
            float *inputs[MOST_INPUTS], *gradients[MOST_INPUTS];
            for (int64_t i = 0; i < c->inputs; i++) {
                inputs[i] = parts.inputs[i] + row * w.input_size;
                gradients[i] = parts.input_gradients[i] + row * w.input_size;
            }
            run(&parts, &w.input, &w.output, rows, row * w.input_size, inputs, parts.output_values + row * w.output_size,
                parts.gradient + row * w.output_size, gradients);
        }
        expect_equal(c, "blocks of rows", parts.output_values, w.output_values, BATCH * w.output_size);
        for (int64_t i = 0; i < c->inputs; i++)
            expect_equal(c, "gradients of blocks of rows", parts.input_gradients[i], w.input_gradients[i],
                         BATCH * w.input_size);
    }
    whole_free(&w);
    whole_free(&parts);
}

static void rows_may_run_apart(void **state)
{
    (void)state;
    if (denoise__engine_is_native()) for_every_layer(check_rows); /* another engine's sums may depend on the number of rows */
}

/* Columns first.. of samples of `size` numbers, to and from a panel of `width`. */
static void move(float *panel, float *values, int64_t size, int64_t first, int64_t width, bool to_panel)
{
    for (int64_t r = 0; r < BATCH; r++)
        for (int64_t j = 0; j < width; j++) {
            if (to_panel)
                panel[r * PANEL + j] = values[r * size + first + j];
            else
                values[r * size + first + j] = panel[r * PANEL + j];
        }
}

/* Samples are cut into panels of 16 columns, of which the last is filled up with zeros. */
static void check_panels(const layer_case *c)
{
    if (layer_kind(c)->is_alias || !layer_kind(c)->is_elementwise) return;
    static const denoise__shape shape = {1, {PANEL}};
    float panels[2 * MOST_INPUTS + 2][BATCH * PANEL];
    float *inputs[MOST_INPUTS], *gradients[MOST_INPUTS], *to = panels[2 * MOST_INPUTS], *dy = panels[2 * MOST_INPUTS + 1];
    whole w, parts;
    whole_make(&w, c);
    whole_make(&parts, c);
    run_whole(&w);
    assert_true(denoise__shape_equal(&w.input, &w.output));
    for (int64_t first = 0; first < w.input_size; first += PANEL) {
        int64_t width = w.input_size - first < PANEL ? w.input_size - first : PANEL;
        memset(panels, 0, sizeof panels);
        for (int64_t i = 0; i < c->inputs; i++) {
            inputs[i] = panels[2 * i];
            gradients[i] = panels[2 * i + 1];
            move(inputs[i], parts.inputs[i], w.input_size, first, width, true);
        }
        move(dy, parts.gradient, w.input_size, first, width, true);
        run(&parts, &shape, &shape, BATCH, first, inputs, to, dy, gradients);
        move(to, parts.output_values, w.input_size, first, width, false);
        for (int64_t i = 0; i < c->inputs; i++)
            move(gradients[i], parts.input_gradients[i], w.input_size, first, width, false);
    }
    expect_equal(c, "panels", parts.output_values, w.output_values, BATCH * w.output_size);
    for (int64_t i = 0; i < c->inputs; i++)
        expect_equal(c, "gradients of panels", parts.input_gradients[i], w.input_gradients[i], BATCH * w.input_size);
    whole_free(&w);
    whole_free(&parts);
}

static void panels_may_run_apart(void **state)
{
    (void)state;
    for_every_layer(check_panels);
}

/* The output lies in the first input, its gradient in the output's. */
static void check_overwriting(const layer_case *c)
{
    if (layer_kind(c)->is_alias || !layer_kind(c)->may_overwrite_input) return;
    whole w, over;
    whole_make(&w, c);
    whole_make(&over, c);
    if (w.input_size != w.output_size) LAYER_FAIL(&(layer_case){.kind = c->kind}, "sizes differ");
    run_whole(&w);
    float *gradients[MOST_INPUTS];
    memcpy(gradients, over.input_gradients, sizeof gradients);
    gradients[0] = over.gradient;
    run(&over, &w.input, &w.output, BATCH, 0, over.inputs, over.inputs[0], over.gradient, gradients);
    expect_equal(c, "overwriting", over.inputs[0], w.output_values, BATCH * w.output_size);
    for (int64_t i = 0; i < c->inputs; i++)
        expect_equal(c, "gradients overwriting", gradients[i], w.input_gradients[i], BATCH * w.input_size);
    whole_free(&w);
    whole_free(&over);
}

static void inputs_may_be_overwritten(void **state)
{
    (void)state;
    for_every_layer(check_overwriting);
}

static void flags_go_together(void **state)
{
    (void)state;
    const denoise__kind *base;
    for (int64_t i = 0; (base = denoise__registry_at(&denoise__layer_registry, i)) != NULL; i++) {
        const denoise__layer_kind *kind = (const denoise__layer_kind *)(const void *)base;
        if (kind->is_elementwise) assert_true(kind->is_row_local);
        if (kind->commit != NULL) assert_false(kind->is_row_local);
        if (kind->is_alias || kind->activation != NULL) assert_null(kind->output_count);
        if (kind->may_overwrite_input) assert_false(kind->backward_needs_input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_may_run_apart),
        cmocka_unit_test(panels_may_run_apart),
        cmocka_unit_test(inputs_may_be_overwritten),
        cmocka_unit_test(flags_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
