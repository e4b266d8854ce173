/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's life: made, applied to shapes, given weights, read and written, freed. */
#include "layers/layer.h"
#include "constraints/constraint.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/text.h"
#include "initializers/initializer.h"
#include "layers/weight_lock.h"
#include "tensor/tensor.h"
#include <string.h>

static denoise_status check_count(const denoise__layer_kind *kind, int32_t count)
{
    if (count >= kind->min_inputs && count <= kind->max_inputs) return DENOISE_OK;
    if (kind->min_inputs == kind->max_inputs) {
        return denoise__fail(DENOISE_ERR_INVALID, "got %d inputs, expected %d", (int)count, (int)kind->min_inputs);
    }
    return denoise__fail(DENOISE_ERR_INVALID, "got %d inputs, expected at least %d", (int)count, (int)kind->min_inputs);
}

int32_t denoise__layer_output_count(const denoise_layer *layer)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    return kind->output_count == NULL ? 1 : kind->output_count(layer->part.config);
}

/* "(*, *, 9)": what an input of this rank must be, after the batch axis. */
static const char *spec_text(const denoise__input_spec *spec, int32_t rank, char *buffer, size_t size)
{
    int used = denoise__format(buffer, size, "(*");
    for (int32_t i = rank - 1; i >= 0 && used >= 0 && (size_t)used < size; i--) {
        if (spec->from_end[i] <= 0)
            used += denoise__format(buffer + used, size - (size_t)used, ", *");
        else
            used += denoise__format(buffer + used, size - (size_t)used, ", %lld", (long long)spec->from_end[i]);
    }
    if (used >= 0 && (size_t)used < size) (void)denoise__format(buffer + used, size - (size_t)used, rank == 0 ? ",)" : ")");
    return buffer;
}

/* "input", or "input 1" where there are several. */
static const char *input_text(int32_t index, int32_t count, char *buffer, size_t size)
{
    denoise__format(buffer, size, count == 1 ? "input" : "input %d", (int)index);
    return buffer;
}

static denoise_status check_rank(const denoise__input_spec *spec, const denoise__shape *input, const char *what)
{
    char given[192];
    if (input->rank >= spec->min_rank && input->rank <= spec->max_rank) return DENOISE_OK;
    const char *bound = spec->min_rank == spec->max_rank ? "" : input->rank < spec->min_rank ? "at least " : "at most ";
    int32_t axes = (input->rank < spec->min_rank ? spec->min_rank : spec->max_rank) + 1;
    return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, expected %s%d %s", what,
                         denoise__shape_text(input, true, given, sizeof given), bound, (int)axes, axes == 1 ? "axis" : "axes");
}

static denoise_status check_input(const denoise_layer *layer, const denoise__shape *inputs, int32_t index, int32_t count)
{
    const denoise__shape *input = &inputs[index];
    denoise__input_spec spec = {.max_rank = DENOISE_MAX_RANK - 1};
    char name[32], given[192], expected[256];
    input_text(index, count, name, sizeof name);
    denoise__layer_kind_of(layer)->input_spec(layer->part.config, layer->is_built ? layer->input_shapes : NULL, index, &spec);
    DENOISE__TRY(check_rank(&spec, input, name));
    for (int32_t i = 0; i < input->rank; i++) {
        int64_t wanted = spec.from_end[i], length = input->dim[input->rank - 1 - i];
        if (wanted == 0 || wanted == DENOISE__UNKNOWN || wanted == length) continue;
        if (wanted == DENOISE__KNOWN && length != DENOISE__UNKNOWN) continue;
        if (wanted == DENOISE__KNOWN)
            return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, expected a known length on axis %d", name,
                                 denoise__shape_text(input, true, given, sizeof given), -(int)i - 1);
        return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, expected %s", name,
                             denoise__shape_text(input, true, given, sizeof given),
                             spec_text(&spec, input->rank, expected, sizeof expected));
    }
    return DENOISE_OK;
}

static denoise_status check_inputs(const denoise_layer *layer, const denoise__shape *inputs, int32_t count)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    DENOISE__TRY(check_count(kind, count));
    for (int32_t i = 0; kind->needs_known_lengths && i < count; i++) {
        char name[32], given[192];
        if (denoise__shape_is_known(&inputs[i])) continue;
        return denoise__fail(DENOISE_ERR_SHAPE, "%s has shape %s, layers of kind %s take known lengths alone",
                             input_text(i, count, name, sizeof name),
                             denoise__shape_text(&inputs[i], true, given, sizeof given), kind->base.name);
    }
    for (int32_t i = 0; kind->input_spec != NULL && i < count; i++)
        DENOISE__TRY(check_input(layer, inputs, i, count));
    return DENOISE_OK;
}

static void drop_weights(denoise_layer *layer)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        denoise__release_aligned(layer->weights[i].variable.values);
    denoise__release(layer->weights);
    denoise__release(layer->input_shapes);
    denoise__release(layer->output_shapes);
    layer->weights = NULL;
    layer->input_shapes = layer->output_shapes = NULL;
    layer->weight_count = layer->input_count = layer->output_count = 0;
}

static denoise_status make_weight(denoise__weight *weight, const denoise__weight_spec *spec)
{
    int64_t count, bytes;
    denoise__variable *variable = &weight->variable;
    DENOISE__TRY(denoise__shape_make(&weight->spec.shape, spec->shape.dim, spec->shape.rank, &count));
    if (!denoise__multiply(count, (int64_t)sizeof(float), &bytes)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "weight \"%s\" has too many elements", spec->name);
    }
    variable->values = denoise__allocate_aligned((size_t)bytes);
    if (variable->values == NULL) return denoise__fail_nomem();
    memset(variable->values, 0, (size_t)bytes);
    weight->spec = *spec;
    variable->name = spec->name;
    variable->role = spec->trainable ? DENOISE__VARIABLE_WEIGHT : DENOISE__VARIABLE_STATISTIC;
    variable->dtype = DENOISE_FLOAT32;
    variable->rank = spec->shape.rank;
    memcpy(variable->dim, spec->shape.dim, sizeof spec->shape.dim);
    variable->count = count;
    return DENOISE_OK;
}

/* What the layer needs on these inputs; *specs is freed by the caller. */
static denoise_status get_specs(const denoise_layer *layer, const denoise__shape *inputs, int32_t count, int32_t *weight_count,
                                denoise__weight_spec **specs)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    *weight_count = kind->weights == NULL ? 0 : kind->weights(layer->part.config, inputs, count, NULL);
    *specs = denoise__allocate_zeroed((size_t)*weight_count + 1, sizeof **specs);
    if (*specs == NULL) return denoise__fail_nomem();
    if (*weight_count > 0) (void)kind->weights(layer->part.config, inputs, count, *specs);
    for (int32_t i = 0; i < *weight_count; i++) {
        char shape[192];
        if ((*specs)[i].failure != DENOISE_OK) return (*specs)[i].failure;
        if (!denoise__shape_is_known(&(*specs)[i].shape))
            return denoise__fail(DENOISE_ERR_SHAPE,
                                 "weight \"%s\" would have shape %s: lengths that it depends on must be known",
                                 (*specs)[i].name, denoise__shape_text(&(*specs)[i].shape, false, shape, sizeof shape));
        denoise_status status = denoise__constraint_check((*specs)[i].constraint, &(*specs)[i].shape);
        if (status != DENOISE_OK) return denoise__context(status, "weight \"%s\": ", (*specs)[i].name);
    }
    return DENOISE_OK;
}

static denoise_status copy_shapes(denoise__shape **out, const denoise__shape *shapes, int32_t count)
{
    *out = denoise__allocate_zeroed((size_t)count + 1, sizeof **out);
    if (*out == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < count; i++)
        (*out)[i] = shapes[i];
    return DENOISE_OK;
}

static denoise_status build(denoise_layer *layer, const denoise__shape *inputs, int32_t count, const denoise__shape *outputs)
{
    int32_t weight_count = 0, output_count = denoise__layer_output_count(layer);
    denoise__weight_spec *specs = NULL;
    denoise_status status;
    DENOISE__TRY_OR_FAIL(get_specs(layer, inputs, count, &weight_count, &specs));
    DENOISE__TRY_OR_FAIL(copy_shapes(&layer->input_shapes, inputs, count));
    DENOISE__TRY_OR_FAIL(copy_shapes(&layer->output_shapes, outputs, output_count));
    layer->weights = denoise__allocate_zeroed((size_t)weight_count + 1, sizeof *layer->weights);
    DENOISE__TRY_OR_FAIL(layer->weights == NULL ? denoise__fail_nomem() : DENOISE_OK);
    for (int32_t i = 0; i < weight_count; i++) {
        DENOISE__TRY_OR_FAIL(make_weight(&layer->weights[i], &specs[i]));
        layer->weight_count = i + 1;
    }
    denoise__release(specs);
    layer->input_count = count;
    layer->output_count = output_count;
    layer->is_built = true;
    return DENOISE_OK;
fail:
    denoise__release(specs);
    drop_weights(layer);
    return status;
}

/* A later application must ask for the weights that the first one made, also where its kind's input_spec has let it pass. */
static denoise_status check_weights(const denoise_layer *layer, const denoise__shape *inputs, int32_t count)
{
    int32_t weight_count = 0;
    denoise__weight_spec *specs = NULL;
    char given[192], made[192];
    denoise_status status = get_specs(layer, inputs, count, &weight_count, &specs);
    if (status == DENOISE_OK && weight_count != layer->weight_count) {
        status = denoise__fail(DENOISE_ERR_SHAPE, "these inputs need %d weights, the layer was made with %d", (int)weight_count,
                               (int)layer->weight_count);
    }
    for (int32_t i = 0; i < weight_count && status == DENOISE_OK; i++) {
        const denoise__shape *shape = &layer->weights[i].spec.shape;
        if (denoise__shape_equal(&specs[i].shape, shape)) continue;
        status = denoise__fail(DENOISE_ERR_SHAPE, "these inputs need weight \"%s\" of shape %s, it was made with %s",
                               specs[i].name, denoise__shape_text(&specs[i].shape, false, given, sizeof given),
                               denoise__shape_text(shape, false, made, sizeof made));
    }
    denoise__release(specs);
    return status;
}

denoise_status denoise__layer_apply_shapes(denoise_layer *layer, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *outputs)
{
    const denoise__layer_kind *kind = denoise__layer_kind_of(layer);
    if (layer->part.status != DENOISE_OK) return denoise__fail_text(layer->part.status, layer->part.message);
    DENOISE__TRY(check_inputs(layer, inputs, count));
    DENOISE__TRY(kind->infer(layer->part.config, inputs, count, outputs));
    return layer->is_built ? check_weights(layer, inputs, count) : build(layer, inputs, count, outputs);
}

static denoise_status fill(const denoise_layer *layer, uint64_t seed, int64_t position)
{
    for (int32_t i = 0; i < layer->weight_count && !layer->has_values; i++) {
        const denoise__weight *weight = &layer->weights[i];
        uint64_t stream = denoise__stream(DENOISE__STREAM_WEIGHTS, (uint64_t)position, (uint64_t)i, 0);
        denoise_status status =
            denoise__initialize(weight->spec.initializer, &weight->spec.shape, seed, stream, denoise__weight_values(weight));
        if (status != DENOISE_OK)
            return denoise__context(status, "layer \"%s\": weight \"%s\": ", layer->name, weight->spec.name);
    }
    return DENOISE_OK;
}

denoise_status denoise__layers_initialize(denoise_layer *const *layers, int64_t count, uint64_t seed, int64_t position)
{
    denoise_status status = DENOISE_OK;
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    for (int64_t i = 0; i < count && status == DENOISE_OK; i++)
        status = fill(layers[i], seed, position + i);
    denoise__fp_leave(&caller);
    for (int64_t i = 0; i < count && status == DENOISE_OK; i++) {
        if (layers[i]->has_values) continue;
        layers[i]->has_values = true;
        denoise__layer_touch(layers[i]);
    }
    return status;
}

denoise_status denoise__layer_visit(denoise_layer *layer, const char *path, const denoise__visitor *visitor)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        DENOISE__TRY(denoise__visit(visitor, path, &layer->weights[i].variable));
    return DENOISE_OK;
}

void denoise__layer_bring_home(denoise_layer *layer)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        denoise__variable_bring_home(&layer->weights[i].variable);
}

void denoise__layer_touch(denoise_layer *layer)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        denoise__variable_touch(&layer->weights[i].variable);
}

bool denoise__layer_is_finite(denoise_layer *layer, int32_t *weight, int64_t *element)
{
    for (*weight = 0; *weight < layer->weight_count; ++*weight)
        if (!denoise__variable_is_finite(&layer->weights[*weight].variable, element)) return false;
    return true;
}

void denoise__layer_finish(const denoise__layer_args *args, int64_t first, int64_t count)
{
    int64_t columns = denoise__shape_last(&args->output_shapes[0]);
    float *rows = args->outputs[0] + first * columns;
    if (args->pre_activation != NULL) {
        memcpy(args->pre_activation + first * columns, rows, (size_t)(count * columns) * sizeof *rows);
    }
    if (args->activation == NULL || denoise__activation_is_identity(args->activation)) return;
    denoise__activation_kind_of(args->activation)->forward(args->activation->config, rows, rows, count, columns);
}

/* Made and freed. */

static denoise_layer exhausted = {.part = DENOISE__PART_NOMEM};

static denoise_layer *layer_of(denoise__part *part)
{
    return (denoise_layer *)(void *)part;
}

static denoise_status check_name(const char *name)
{
    if (strchr(name, '/') == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "name is \"%s\", expected one without \"/\"", name);
}

static denoise_status create(denoise__part *part, const char *name)
{
    denoise_layer *layer = layer_of(part);
    const denoise__layer_config *config = part->config;
    (void)name;
    memcpy(layer->name, config->name, sizeof layer->name);
    layer->trainable = config->trainable != 0;
    denoise_status status = check_name(layer->name);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context(status, "%s: ", part->kind->name);
}

static void destroy(denoise__part *part)
{
    drop_weights(layer_of(part));
}

static const denoise__part_type type = {.registry = &denoise__layer_registry,
                                        .size = sizeof(denoise_layer),
                                        .exhausted = &exhausted.part,
                                        .create = create,
                                        .destroy = destroy};

denoise_layer *denoise__layer_make(const char *name, denoise__gather *given)
{
    return layer_of(denoise__part_gathered(&type, name, given));
}

denoise_status denoise_layer_create(denoise_layer **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    *out = layer_of(part);
    return DENOISE_OK;
}

void denoise__layer_release(denoise_layer *layer)
{
    if (layer != NULL) denoise__part_drop(&type, &layer->part);
}

void denoise_layer_free(denoise_layer *layer)
{
    if (layer != NULL) denoise__part_free(&type, &layer->part);
}

void denoise__layer_refuse(denoise_layer *layer)
{
    if (layer != NULL) denoise__part_refuse(&type, &layer->part);
}

void denoise_layer_keep(denoise_layer *layer)
{
    if (layer != NULL) denoise__part_keep(&layer->part);
}

/* The layer as the caller sees it: name, parameters and weights. */

denoise_status denoise_layer_status(const denoise_layer *layer)
{
    return denoise__part_status(layer == NULL ? NULL : &layer->part);
}

const char *denoise_layer_error(const denoise_layer *layer)
{
    return denoise__part_error(layer == NULL ? NULL : &layer->part);
}

const char *denoise_layer_name(const denoise_layer *layer)
{
    return layer == NULL ? "" : layer->name;
}

const char *denoise_layer_class_name(const denoise_layer *layer)
{
    return layer == NULL || layer->part.kind == NULL ? "" : layer->part.kind->class_name;
}

static denoise_status check_sound(const denoise_layer *layer)
{
    return layer->part.status == DENOISE_OK ? DENOISE_OK : denoise__fail_text(layer->part.status, layer->part.message);
}

denoise_status denoise_layer_params(denoise_params **out, const denoise_layer *layer)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_sound(layer));
    denoise_params *params;
    DENOISE__TRY(denoise__config_params(&params, layer->part.kind, layer->part.config));
    /* what has changed since the layer was made */
    denoise_status status = denoise_params_set_bool(params, "trainable", layer->trainable);
    if (status == DENOISE_OK && layer->name[0] != '\0') status = denoise_params_set_text(params, "name", layer->name);
    if (status != DENOISE_OK) {
        denoise_params_free(params);
        return status;
    }
    *out = params;
    return DENOISE_OK;
}

int32_t denoise_layer_trainable(const denoise_layer *layer)
{
    return layer != NULL && layer->trainable;
}

denoise_status denoise_layer_set_trainable(denoise_layer *layer, int32_t trainable)
{
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_sound(layer));
    layer->trainable = trainable != 0;
    return DENOISE_OK;
}

int32_t denoise_layer_weight_count(const denoise_layer *layer)
{
    return layer == NULL ? 0 : layer->weight_count;
}

const char *denoise_layer_weight_name(const denoise_layer *layer, int32_t index)
{
    if (layer == NULL || index < 0 || index >= layer->weight_count) return NULL;
    return layer->weights[index].spec.name;
}

int64_t denoise__layer_param_count(const denoise_layer *layer)
{
    int64_t count = 0;
    for (int32_t i = 0; i < layer->weight_count; i++)
        count += layer->weights[i].variable.count;
    return count;
}

int64_t denoise_layer_count_params(const denoise_layer *layer)
{
    return layer == NULL ? 0 : denoise__layer_param_count(layer);
}

static denoise_status check_index(const denoise_layer *layer, int32_t index)
{
    DENOISE__TRY(check_sound(layer));
    if (index < 0 || index >= layer->weight_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "layer \"%s\" has no weight %d, it has %d", layer->name, (int)index,
                             (int)layer->weight_count);
    }
    if (layer->has_values) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_STATE, "the weights of layer \"%s\" have no values before a model is built", layer->name);
}

static denoise_status fail_busy(const denoise_layer *layer)
{
    return denoise__fail(DENOISE_ERR_BUSY, "the weights of layer \"%s\" are in use by another call", layer->name);
}

denoise_status denoise_layer_get_weight(denoise_tensor **out, const denoise_layer *layer, int32_t index)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(layer);
    DENOISE__TRY(check_index(layer, index));
    denoise__weight *weight = &layer->weights[index];
    /* taking the lock is no change that a reader of the layer could see */
    denoise__weight_lock *lock = &((denoise_layer *)(uintptr_t)layer)->lock;
    if (!denoise__weight_lock_share(lock)) return fail_busy(layer);
    denoise__variable_bring_home(&weight->variable);
    denoise_status status = denoise_tensor_from_data(out, DENOISE_FLOAT32, weight->spec.shape.dim, weight->spec.shape.rank,
                                                     denoise__weight_values(weight));
    denoise__weight_lock_unshare(lock);
    return status;
}

denoise_status denoise_layer_set_weight(denoise_layer *layer, int32_t index, const denoise_tensor *value)
{
    DENOISE__CHECK_NULL(layer);
    DENOISE__CHECK_NULL(value);
    DENOISE__TRY(check_index(layer, index));
    denoise__weight *weight = &layer->weights[index];
    if (!denoise__shape_equal(&value->shape, &weight->spec.shape)) {
        char given[192], expected[192];
        return denoise__fail(DENOISE_ERR_SHAPE, "value has shape %s, weight \"%s\" of layer \"%s\" has %s",
                             denoise__shape_text(&value->shape, false, given, sizeof given), weight->spec.name, layer->name,
                             denoise__shape_text(&weight->spec.shape, false, expected, sizeof expected));
    }
    bool is_nested = denoise__weight_lock_is_mine(&layer->lock);
    if (!is_nested && !denoise__weight_lock_claim(&layer->lock)) return fail_busy(layer);
    denoise__variable_bring_home(&weight->variable);
    denoise__tensor_read_floats(value, 0, weight->variable.count, denoise__weight_values(weight));
    denoise__variable_touch(&weight->variable);
    if (!is_nested) denoise__weight_lock_unclaim(&layer->lock);
    return DENOISE_OK;
}
