/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of layers, and a layer's life: made, applied to shapes, given weights, freed. */
#include "layers/layer.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/random.h"
#include "initializers/initializer.h"
#include <string.h>

#define DENOISE_KIND(kind, file) extern const denoise__layer_kind denoise__layer_##kind;
#include "layers/layers.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__layer_##kind.base,
static const denoise__kind *const kinds[] = {
#include "layers/layers.def"
};
#undef DENOISE_KIND

const denoise__registry denoise__layer_registry = {
    .noun = "layer", .kinds = kinds, .count = (int32_t)(sizeof kinds / sizeof *kinds)};

static denoise_status check_count(const denoise__layer_kind *kind, int32_t count)
{
    if (count >= kind->min_inputs && count <= kind->max_inputs) return DENOISE_OK;
    if (kind->min_inputs == kind->max_inputs) {
        return denoise__fail(DENOISE_ERR_INVALID, "got %d inputs, expected %d", (int)count, (int)kind->min_inputs);
    }
    return denoise__fail(DENOISE_ERR_INVALID, "got %d inputs, expected at least %d", (int)count, (int)kind->min_inputs);
}

static void drop_weights(denoise_layer *layer)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        denoise__release_aligned(layer->weights[i].values);
    denoise__release(layer->input_shapes);
    memset(layer->weights, 0, sizeof layer->weights);
    layer->weight_count = 0;
    layer->input_shapes = NULL;
    layer->input_count = 0;
}

static denoise_status make_weight(denoise__weight *weight, const denoise__weight_spec *spec)
{
    int64_t count, bytes;
    DENOISE__TRY(denoise__shape_make(&weight->spec.shape, spec->shape.dim, spec->shape.rank, &count));
    if (!denoise__multiply(count, (int64_t)sizeof(float), &bytes)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "weight \"%s\" has too many elements", spec->name);
    }
    weight->values = denoise__allocate_aligned((size_t)bytes);
    if (weight->values == NULL) return denoise__fail_nomem();
    memset(weight->values, 0, (size_t)bytes);
    weight->spec = *spec;
    weight->count = count;
    return DENOISE_OK;
}

static int32_t get_specs(const denoise_layer *layer, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    return kind->weights == NULL ? 0 : kind->weights(layer->part.config, inputs, count, specs);
}

static denoise_status build(denoise_layer *layer, const denoise__shape *inputs, int32_t count, const denoise__shape *output)
{
    denoise__weight_spec specs[DENOISE__MAX_WEIGHTS];
    int32_t weight_count = get_specs(layer, inputs, count, specs);
    denoise_status status = DENOISE_OK;
    layer->input_shapes = denoise__allocate_zeroed((size_t)count + 1, sizeof *layer->input_shapes);
    if (layer->input_shapes == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < weight_count; i++) {
        DENOISE__TRY_OR_FAIL(make_weight(&layer->weights[i], &specs[i]));
        layer->weight_count = i + 1;
    }
    for (int32_t i = 0; i < count; i++)
        layer->input_shapes[i] = inputs[i];
    layer->input_count = count;
    layer->output_shape = *output;
    layer->built = true;
    return DENOISE_OK;
fail:
    drop_weights(layer);
    return status;
}

/* A later application must ask for the weights that the first one made; they depend on the last axis of the first input. */
static denoise_status check_fit(const denoise_layer *layer, const denoise__shape *inputs, int32_t count)
{
    denoise__weight_spec specs[DENOISE__MAX_WEIGHTS];
    char given[192];
    int32_t weight_count = get_specs(layer, inputs, count, specs);
    for (int32_t i = 0; i < weight_count; i++) {
        if (denoise__shape_equal(&specs[i].shape, &layer->weights[i].spec.shape)) continue;
        const denoise__shape *first = &layer->input_shapes[0];
        return denoise__fail(DENOISE_ERR_SHAPE, "input has shape %s, %s needs (*, %lld)",
                             denoise__shape_text(&inputs[0], true, given, sizeof given), specs[i].name,
                             (long long)first->dim[first->rank - 1]);
    }
    return DENOISE_OK;
}

denoise_status denoise__layer_apply_shapes(denoise_layer *layer, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *output)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    if (layer->part.status != DENOISE_OK) return denoise__fail_text(layer->part.status, layer->part.message);
    DENOISE__TRY(check_count(kind, count));
    DENOISE__TRY(kind->infer(layer->part.config, inputs, count, output));
    return layer->built ? check_fit(layer, inputs, count) : build(layer, inputs, count, output);
}

void denoise__layer_initialize(denoise_layer *layer, uint64_t seed, int64_t position)
{
    if (layer->initialized) return;
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    for (int32_t i = 0; i < layer->weight_count; i++) {
        denoise__weight *weight = &layer->weights[i];
        uint64_t stream = denoise__stream(DENOISE__STREAM_WEIGHTS, (uint64_t)position, (uint64_t)i, 0);
        denoise__initialize(weight->spec.initializer, &weight->spec.shape, seed, stream, weight->values);
    }
    denoise__fp_leave(&caller);
    layer->initialized = true;
    denoise__layer_touch(layer);
}

void denoise__layer_finish(const denoise__layer_args *args, int64_t first, int64_t count)
{
    const denoise__shape *shape = args->output_shape;
    int64_t columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1];
    float *rows = args->output + first * columns;
    if (args->pre_activation != NULL) {
        memcpy(args->pre_activation + first * columns, rows, (size_t)(count * columns) * sizeof *rows);
    }
    if (args->activation == NULL || denoise__activation_is_identity(args->activation)) return;
    denoise__activation(args->activation)->forward(args->activation->config, rows, rows, count, columns);
}

void denoise__layer_release(denoise_layer *layer)
{
    if (layer == NULL || !denoise__part_release(&layer->part)) return;
    drop_weights(layer);
    denoise__part_clear(&layer->part);
    denoise__release(layer);
}
