/* SPDX-License-Identifier: Apache-2.0 */
#include "models/fold.h"
#include "core/memory.h"
#include "kernels/norm.h"
#include "layers/axes.h"
#include <string.h>

extern const denoise__layer_kind denoise__layer_batch_normalization, denoise__layer_dense, denoise__layer_conv1d,
    denoise__layer_conv2d, denoise__layer_conv3d, denoise__layer_conv1d_transpose, denoise__layer_conv2d_transpose,
    denoise__layer_conv3d_transpose, denoise__layer_depthwise_conv1d, denoise__layer_depthwise_conv2d,
    denoise__layer_separable_conv1d, denoise__layer_separable_conv2d;

/* Kinds whose outputs are sums of products with the numbers of one weight, with the bias last. */
typedef struct foldable {
    const denoise__layer_kind *kind;
    int32_t scaled;     /* that weight */
    bool is_transposed; /* its last axis is that of the inputs, and the one before it that of the channels */
} foldable;

static const foldable kinds[] = {
    {&denoise__layer_dense, 0, false},
    {&denoise__layer_conv1d, 0, false},
    {&denoise__layer_conv2d, 0, false},
    {&denoise__layer_conv3d, 0, false},
    {&denoise__layer_conv1d_transpose, 0, true},
    {&denoise__layer_conv2d_transpose, 0, true},
    {&denoise__layer_conv3d_transpose, 0, true},
    {&denoise__layer_depthwise_conv1d, 0, false},
    {&denoise__layer_depthwise_conv2d, 0, false},
    {&denoise__layer_separable_conv1d, 1, false},
    {&denoise__layer_separable_conv2d, 1, false},
};

static const foldable *foldable_of(const denoise__step *step)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == step->kind) return &kinds[i];
    return NULL;
}

/* A field of a configuration; NULL: it has none of this name. */
static void *field_of(const denoise__layer_kind *kind, const void *config, const char *name)
{
    for (int32_t i = 0; i < kind->base.param_count; i++)
        if (strcmp(kind->base.params[i].name, name) == 0) return (char *)(uintptr_t)config + kind->base.params[i].offset;
    return NULL;
}

static int32_t weight_named(const denoise_layer *layer, const char *name)
{
    for (int32_t i = 0; i < layer->weight_count; i++)
        if (strcmp(layer->weights[i].spec.name, name) == 0) return i;
    return -1;
}

/* Whether the normalization is along the axis of the layer's channels. */
static bool is_along_channels(const denoise__step *step, const denoise__step *norm)
{
    const denoise__shape *sample = &norm->input_shapes[0];
    const char *data_format = field_of(step->kind, step->layer->part.config, "data_format");
    bool is_first = data_format != NULL && strcmp(data_format, "channels_first") == 0;
    int64_t axis = (int64_t)denoise__config_double(&norm->kind->base, norm->layer->part.config, "axis");
    return denoise__sample_axis(axis, sample) == (is_first ? 0 : sample->rank - 1);
}

void denoise__fold_free(denoise__fold *fold)
{
    if (fold == NULL) return;
    denoise__release(fold->config);
    denoise__release(fold->scale);
    denoise__release_aligned(fold->kernel);
    denoise__release_aligned(fold->bias);
    denoise__release(fold);
}

static denoise_status make_config(denoise__fold *fold, const denoise__layer_kind *kind)
{
    fold->config = denoise__allocate_zeroed(1, kind->base.config_size);
    if (fold->config == NULL) return denoise__fail_nomem();
    memcpy(fold->config, fold->layer->part.config, kind->base.config_size);
    *(int32_t *)field_of(kind, fold->config, "use_bias") = 1;
    return DENOISE_OK;
}

static denoise_status fill(denoise__fold *fold, const foldable *how, const denoise__step *step, const denoise__step *norm)
{
    const denoise__weight *kernel = &step->layer->weights[how->scaled];
    *fold = (denoise__fold){.layer = step->layer,
                            .norm = norm->layer,
                            .scaled = how->scaled,
                            .weight_count = step->layer->weight_count + (weight_named(step->layer, "bias") < 0),
                            .gamma = weight_named(norm->layer, "gamma"),
                            .beta = weight_named(norm->layer, "beta"),
                            .mean = weight_named(norm->layer, "moving_mean"),
                            .variance = weight_named(norm->layer, "moving_variance"),
                            .epsilon = denoise__config_double(&norm->kind->base, norm->layer->part.config, "epsilon"),
                            .count = kernel->variable.count,
                            .inner = how->is_transposed ? kernel->spec.shape.dim[kernel->spec.shape.rank - 1] : 1,
                            .version = UINT64_MAX};
    fold->channels = norm->layer->weights[fold->mean].variable.count;
    fold->scale = denoise__allocate_zeroed((size_t)fold->channels, sizeof *fold->scale);
    fold->kernel = denoise__allocate_aligned((size_t)fold->count * sizeof *fold->kernel);
    fold->bias = denoise__allocate_aligned((size_t)fold->channels * sizeof *fold->bias);
    if (fold->scale == NULL || fold->kernel == NULL || fold->bias == NULL) return denoise__fail_nomem();
    return make_config(fold, step->kind);
}

/* The step has one weight more where it had no bias. */
static denoise_status make_room(denoise__step *step, int32_t count)
{
    denoise__step_weight *weights = denoise__reallocate(step->weights, ((size_t)count + 1) * sizeof *weights);
    if (weights == NULL) return denoise__fail_nomem();
    step->weights = weights;
    for (; step->weight_count < count; step->weight_count++)
        weights[step->weight_count] = (denoise__step_weight){.wanted = -1, .gradient = -1};
    return DENOISE_OK;
}

static denoise_status fold_into(denoise__plan *plan, denoise__step *step, denoise__step *norm)
{
    step->fold = denoise__allocate_zeroed(1, sizeof *step->fold);
    if (step->fold == NULL) return denoise__fail_nomem();
    DENOISE__TRY(fill(step->fold, foldable_of(step), step, norm));
    DENOISE__TRY(make_room(step, step->fold->weight_count));
    step->outputs[0] = norm->outputs[0];
    plan->values[norm->outputs[0]].producer = (int32_t)(step - plan->steps);
    norm->is_dropped = true;
    return DENOISE_OK;
}

denoise_status denoise__plan_fold(denoise__plan *plan)
{
    for (int32_t i = 0; i < plan->step_count; i++) {
        denoise__step *norm = &plan->steps[i];
        if (norm->kind != &denoise__layer_batch_normalization || !denoise__step_runs(norm)) continue;
        const denoise__plan_value *value = &plan->values[norm->inputs[0]];
        denoise__step *step = &plan->steps[value->producer];
        if (value->root != norm->inputs[0] || value->readers != 1 || !denoise__step_runs(step) || step->fold != NULL) continue;
        if (step->sort != DENOISE__STEP_LAYER || foldable_of(step) == NULL || !is_along_channels(step, norm)) continue;
        DENOISE__TRY(fold_into(plan, step, norm));
    }
    return DENOISE_OK;
}

static double weight_at(const denoise_layer *layer, int32_t weight, int64_t index, double none)
{
    return weight < 0 ? none : (double)denoise__weight_values(&layer->weights[weight])[index];
}

static void compute(denoise__fold *fold)
{
    const float *kernel = denoise__weight_values(&fold->layer->weights[fold->scaled]);
    int32_t bias = weight_named(fold->layer, "bias");
    denoise__norm_table()->inverse_roots(denoise__weight_values(&fold->norm->weights[fold->variance]), fold->scale,
                                         fold->channels, fold->epsilon);
    for (int64_t c = 0; c < fold->channels; c++) {
        double shift = weight_at(fold->layer, bias, c, 0) - weight_at(fold->norm, fold->mean, c, 0);
        fold->scale[c] = weight_at(fold->norm, fold->gamma, c, 1) * fold->scale[c];
        shift = shift * fold->scale[c];
        fold->bias[c] = (float)(shift + weight_at(fold->norm, fold->beta, c, 0));
    }
    for (int64_t i = 0; i < fold->count; i++)
        fold->kernel[i] = (float)((double)kernel[i] * fold->scale[i / fold->inner % fold->channels]);
}

static uint64_t version_of(const denoise_layer *layer)
{
    uint64_t version = 0;
    for (int32_t i = 0; i < layer->weight_count; i++)
        version += layer->weights[i].variable.version; /* each only grows */
    return version;
}

void denoise__fold_refresh(denoise__fold *fold)
{
    denoise__layer_bring_home(fold->layer);
    denoise__layer_bring_home(fold->norm);
    uint64_t version = version_of(fold->layer) + version_of(fold->norm);
    if (version == fold->version) return;
    compute(fold);
    fold->version = version;
}

void denoise__fold_weights(const denoise__fold *fold, const float **weights)
{
    for (int32_t i = 0; i < fold->weight_count - 1; i++)
        weights[i] = i == fold->scaled ? fold->kernel : denoise__weight_values(&fold->layer->weights[i]);
    weights[fold->weight_count - 1] = fold->bias;
}

int64_t denoise__plan_fold_bytes(const denoise__plan *plan)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__fold *fold = plan->steps[i].fold;
        if (fold != NULL) bytes += fold->channels * 12 + fold->count * 4;
    }
    return bytes;
}
