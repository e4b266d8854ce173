/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "core/memory.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <stdlib.h>
#include <string.h>

static void fill_random(float *values, int64_t count, uint64_t stream)
{
    denoise_rng *rng;
    assert_int_equal(denoise_rng_new(&rng, 7, stream), DENOISE_OK);
    assert_int_equal(denoise_rng_uniform(rng, values, count, -1, 1), DENOISE_OK);
    denoise_rng_free(rng);
}

static float *numbers(int64_t count)
{
    float *values = denoise__allocate_aligned((size_t)(count > 0 ? count : 1) * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = NAN; /* must be overwritten */
    return values;
}

static void *memory_of(size_t bytes)
{
    void *memory = denoise__allocate_aligned(bytes + 1);
    assert_non_null(memory);
    return memory;
}

void layer_run_make(layer_run *run, denoise_layer *layer, const denoise__shape *shapes, int32_t count, int64_t batch)
{
    memset(run, 0, sizeof *run);
    assert_string_equal(denoise_layer_error(layer), "");
    run->layer = layer;
    run->count = count;
    memcpy(run->shapes, shapes, (size_t)count * sizeof *shapes);
    assert_int_equal(denoise__layer_apply_shapes(layer, shapes, count, run->output_shapes), DENOISE_OK);
    assert_int_equal(denoise__layers_initialize(&layer, 1, 3, 0), DENOISE_OK);
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    assert_int_equal(denoise__layer_output_count(layer), 1);
    assert_in_range(layer->weight_count, 0, RUN_WEIGHTS);
    run->output_size = denoise__shape_size(&run->output_shapes[0]) * batch;
    run->output = numbers(run->output_size);
    run->pre_activation = numbers(run->output_size);
    run->output_gradient = numbers(run->output_size);
    run->end_gradient = numbers(run->output_size);
    run->end_gradient_read = run->end_gradient;
    fill_random(run->output_gradient, run->output_size, 100);
    for (int32_t i = 0; i < count; i++) {
        run->sizes[i] = denoise__shape_size(&shapes[i]) * batch;
        run->inputs[i] = numbers(run->sizes[i]);
        run->input_gradients[i] = numbers(run->sizes[i]);
        fill_random(run->inputs[i], run->sizes[i], (uint64_t)i);
    }
    for (int32_t i = 0; i < layer->weight_count; i++) {
        run->weights[i] = denoise__weight_values(&layer->weights[i]);
        run->weight_gradients[i] = numbers(layer->weights[i].variable.count);
    }
    const void *config = layer->part.config;
    run->state = memory_of(kind->state_size == NULL ? 0 : kind->state_size(config, run->shapes, count, batch));
    for (int backward = 0; backward < 2; backward++) {
        run->scratch[backward] =
            memory_of(kind->scratch_size == NULL ? 0 : kind->scratch_size(config, run->shapes, count, batch, backward != 0));
    }
    run->args =
        (denoise__layer_args){.config = layer->part.config,
                              .batch = batch,
                              .input_count = count,
                              .output_count = 1,
                              .input_shapes = run->shapes,
                              .output_shapes = run->output_shapes,
                              .inputs = (const float *const *)run->inputs,
                              .outputs = &run->output,
                              .weights = run->weights,
                              .activation = kind->activation == NULL ? NULL : kind->activation(layer->part.config),
                              .pre_activation = kind->activation == NULL ? NULL : run->pre_activation,
                              .output_gradients = &run->end_gradient_read,
                              .input_gradients = run->input_gradients,
                              .weight_gradients = run->weight_gradients,
                              .state = run->state,
                              .training = true,
                              .random = {.seed = 11, .stream = 5, .step = count == 0 ? 0 : denoise__shape_size(shapes)}};
}

void layer_run_free(layer_run *run)
{
    for (int32_t i = 0; i < run->count; i++) {
        denoise__release_aligned(run->inputs[i]);
        denoise__release_aligned(run->input_gradients[i]);
    }
    for (int32_t i = 0; i < run->layer->weight_count; i++)
        denoise__release_aligned(run->weight_gradients[i]);
    denoise__release_aligned(run->output);
    denoise__release_aligned(run->pre_activation);
    denoise__release_aligned(run->output_gradient);
    denoise__release_aligned(run->end_gradient);
    denoise__release_aligned(run->state);
    denoise__release_aligned(run->scratch[0]);
    denoise__release_aligned(run->scratch[1]);
    denoise_layer_free(run->layer);
}

void layer_run_forward(layer_run *run)
{
    run->args.scratch = run->scratch[0];
    assert_int_equal(denoise__layer_kind_of(run->layer)->forward(&run->args), DENOISE_OK);
}

void layer_run_backward(layer_run *run)
{
    const denoise__kind_ref *activation = run->args.activation;
    const denoise__shape *shape = &run->output_shapes[0];
    int64_t columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    memcpy(run->end_gradient, run->output_gradient, (size_t)run->output_size * sizeof(float));
    if (activation != NULL && !denoise__activation_is_identity(activation)) {
        denoise__activation_backward(activation, run->pre_activation, run->output, run->output_gradient, run->end_gradient,
                                     run->output_size / columns, columns);
    }
    run->args.scratch = run->scratch[1];
    assert_int_equal(denoise__layer_kind_of(run->layer)->backward(&run->args), DENOISE_OK);
}

static double objective(layer_run *run)
{
    double sum = 0;
    layer_run_forward(run);
    for (int64_t i = 0; i < run->output_size; i++)
        sum += (double)run->output_gradient[i] * (double)run->output[i];
    return sum;
}

static void check_array(layer_run *run, float *values, const float *gradient, int64_t count, double step, double tolerance)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        float kept = values[i], high = kept + (float)step, low = kept - (float)step;
        values[i] = high;
        double above = objective(run);
        values[i] = low;
        double below = objective(run);
        values[i] = kept;
        double slope = (above - below) / ((double)high - (double)low);
        assert_false(isnan(gradient[i]));
        if (fabs(slope) > largest) largest = fabs(slope);
        if (fabs(slope - (double)gradient[i]) > worst) worst = fabs(slope - (double)gradient[i]);
    }
    assert_true(worst <= tolerance * largest);
}

void layer_run_check_gradients(layer_run *run, double step, double tolerance)
{
    layer_run_forward(run);
    layer_run_backward(run);
    for (int32_t i = 0; i < run->count; i++) {
        check_array(run, run->inputs[i], run->input_gradients[i], run->sizes[i], step, tolerance);
    }
    for (int32_t i = 0; i < run->layer->weight_count; i++) {
        denoise__weight *weight = &run->layer->weights[i];
        check_array(run, denoise__weight_values(weight), run->weight_gradients[i], weight->variable.count, step, tolerance);
    }
}

static void add_to_hash(uint64_t *hash, const float *values, int64_t count)
{
    const unsigned char *bytes = (const unsigned char *)values;
    for (size_t i = 0; i < (size_t)count * sizeof *values; i++)
        *hash = (*hash ^ bytes[i]) * 1099511628211ULL;
}

static uint64_t hash_of_step(layer_run *run)
{
    uint64_t hash = 14695981039346656037ULL;
    layer_run_forward(run);
    layer_run_backward(run);
    add_to_hash(&hash, run->output, run->output_size);
    for (int32_t i = 0; i < run->count; i++)
        add_to_hash(&hash, run->input_gradients[i], run->sizes[i]);
    for (int32_t i = 0; i < run->layer->weight_count; i++) {
        add_to_hash(&hash, run->weight_gradients[i], run->layer->weights[i].variable.count);
    }
    return hash;
}

void layer_run_check_threads(layer_run *run)
{
    static const int32_t threads[] = {1, 2, 3, 4, 8};
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        assert_int_equal(denoise_set_num_threads(threads[i]), DENOISE_OK);
        uint64_t hash = hash_of_step(run);
        if (i == 0) first = hash;
        assert_true(hash == first);
    }
    assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
}

void layer_run_expect_failure(denoise_layer *layer, const denoise__shape *shapes, int32_t count, denoise_status status,
                              const char *message)
{
    denoise__shape output;
    assert_string_equal(denoise_layer_error(layer), "");
    assert_int_equal(denoise__layer_apply_shapes(layer, shapes, count, &output), status);
    assert_string_equal(denoise_last_error(), message);
    assert_int_equal(denoise_layer_weight_count(layer), 0);
    denoise_layer_free(layer);
}

void layer_run_expect_inert(denoise_layer *layer, denoise_status status, const char *message)
{
    denoise__shape output;
    assert_non_null(layer);
    assert_string_equal(denoise_layer_error(layer), message);
    assert_int_equal(denoise_layer_status(layer), status);
    assert_int_equal(denoise__layer_apply_shapes(layer, NULL, 0, &output), status);
    assert_string_equal(denoise_last_error(), message);
    denoise_layer_free(layer);
}
