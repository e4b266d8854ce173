/* SPDX-License-Identifier: Apache-2.0 */
/* Which plans are chains. */
#include "models/chain.h"
#include "core/memory.h"
#include "core/threads.h"
#include "kernels/gemm.h"

enum { MAX_LAYERS = 256 };

void denoise__chain_free(denoise__chain *chain)
{
    if (chain == NULL) return;
    denoise__chain_settle(chain);
    denoise__chain_bring_slots_home(chain);
    denoise__release(chain->layers);
    denoise__release(chain->items);
    denoise__release(chain->block);
    denoise__release(chain->tops);
    denoise__release_aligned(chain->arena);
    denoise__release(chain);
}

/* A step that a chain can have at its place, after `before` layers; what comes in is the value `value`. */
static bool follows(const denoise__plan *plan, const denoise__step *step, int32_t value)
{
    return step->input_count == 1 && plan->values[step->inputs[0]].root == plan->values[value].root;
}

static bool is_dense(const denoise__plan *plan, const denoise__step *step)
{
    return step->kind->is_affine && step->input_shapes[0].rank == 1 && plan->values[step->output].shape.rank == 1;
}

static bool is_known(const denoise__chain *chain, const denoise_layer *layer)
{
    for (int32_t i = 0; i < chain->layer_count; i++)
        if (chain->layers[i].layer == layer) return true;
    return false;
}

static bool has_regularizer(const denoise_layer *layer)
{
    for (int32_t i = 0; i < layer->weight_count; i++) {
        const denoise__kind_ref *regularizer = layer->weights[i].spec.regularizer;
        if (regularizer != NULL && regularizer->kind != NULL) return true;
    }
    return false;
}

static int64_t wanted_index(const denoise__plan *plan, const denoise_layer *layer, int32_t weight)
{
    for (int64_t i = 0; i < plan->weight_count; i++)
        if (plan->weights[i].layer == layer && plan->weights[i].index == weight) return i;
    return -1;
}

static bool add_dense(denoise__chain *chain, const denoise__plan *plan, const denoise__step *step)
{
    if (!is_dense(plan, step) || is_known(chain, step->layer) || chain->layer_count == MAX_LAYERS) return false;
    if (chain->trains && has_regularizer(step->layer)) return false;
    denoise__chain_layer *layer = &chain->layers[chain->layer_count++];
    const denoise__kind_ref *activation = step->activation;
    *layer = (denoise__chain_layer){.layer = step->layer,
                                    .inputs = step->input_shapes[0].dim[0],
                                    .units = plan->values[step->output].shape.dim[0],
                                    .kernel_index = wanted_index(plan, step->layer, 0),
                                    .bias_index = wanted_index(plan, step->layer, 1)};
    layer->is_linear = activation == NULL || denoise__activation_is_identity(activation);
    if (layer->is_linear) return true;
    const denoise__activation_kind *kind = denoise__activation(activation);
    layer->activation = activation;
    layer->is_rectifier = kind->is_rectifier != NULL && kind->is_rectifier(activation->config);
    return true;
}

/* Steps in their order: shapes changed and numbers rescaled first, then dense layers, at the end perhaps the activation that
 * the loss absorbs. */
static bool collect(denoise__chain *chain, const denoise__plan *plan)
{
    int32_t value = -1;
    for (int32_t i = 0; i < plan->value_count; i++)
        if (plan->values[i].input == 0) value = i;
    for (int32_t i = 0; i < plan->step_count; i++) {
        const denoise__step *step = &plan->steps[i];
        if (!follows(plan, step, value)) return false;
        if (step->layer == NULL) {
            if (i + 1 != plan->step_count || chain->layer_count == 0) return false;
            chain->last_activation = step->activation;
        } else if (step->is_alias) {
            /* the same numbers */
        } else if (chain->layer_count == 0 && !chain->rescales && step->kind->rescales != NULL) {
            double scale = 1, offset = 0;
            step->kind->rescales(step->layer->part.config, &scale, &offset);
            chain->scale = (denoise__tile_scale){.high = (float)scale, .offset = (float)offset};
            chain->scale.low = (float)(scale - (double)chain->scale.high);
            chain->rescales = true;
        } else if (!add_dense(chain, plan, step)) {
            return false;
        }
        value = step->output;
    }
    return chain->layer_count > 0 && plan->values[plan->outputs[0].value].root == plan->values[value].root;
}

/* Within the chain an activation must work on panels: element by element, and backward from its results alone. */
static bool suits_panels(const denoise__kind_ref *activation)
{
    const denoise__activation_kind *kind = denoise__activation(activation);
    return !kind->is_rowwise && !kind->needs_input;
}

static bool finish_collecting(denoise__chain *chain)
{
    denoise__chain_layer *last = &chain->layers[chain->layer_count - 1];
    if (chain->last_activation == NULL && !last->is_linear) {
        chain->last_activation = last->activation;
        if (chain->trains && denoise__activation(last->activation)->needs_input) return false;
        last->activation = NULL;
        last->is_linear = true;
        last->is_rectifier = false;
    }
    chain->last_columns = last->units;
    chain->first_trained = chain->layer_count;
    for (int32_t i = chain->layer_count - 1; i >= 0; i--) {
        denoise__chain_layer *layer = &chain->layers[i];
        if (layer->activation != NULL && !suits_panels(layer->activation)) return false;
        if (layer->kernel_index >= 0 || layer->bias_index >= 0) chain->first_trained = i;
    }
    for (int32_t i = 0; i < chain->layer_count; i++)
        chain->layers[i].has_gradient = i > chain->first_trained;
    return !chain->trains || chain->first_trained < chain->layer_count;
}

denoise_status denoise__chain_new(denoise__chain **out, const denoise__plan *plan, denoise_optimizer *optimizer, bool has_loss)
{
    *out = NULL;
    if (!denoise__engine_is_native() || plan->input_count != 1 || plan->output_count != 1 || plan->step_count == 0) {
        return DENOISE_OK;
    }
    denoise__chain *chain = denoise__allocate_zeroed(1, sizeof *chain);
    if (chain == NULL) return denoise__fail_nomem();
    chain->trains = plan->backward;
    chain->has_loss = has_loss;
    chain->optimizer = optimizer;
    chain->slot_count = optimizer == NULL ? 0 : optimizer->slot_count;
    chain->batch = plan->batch;
    chain->slots = chain->trains ? 1 : denoise_num_threads();
    int32_t room = plan->step_count < MAX_LAYERS ? plan->step_count : MAX_LAYERS;
    chain->layers = denoise__allocate_zeroed((size_t)room, sizeof *chain->layers);
    bool is_chain = chain->layers != NULL && collect(chain, plan) && finish_collecting(chain);
    denoise_status status = chain->layers == NULL ? denoise__fail_nomem() : DENOISE_OK;
    if (is_chain) status = denoise__chain_layout(chain);
    if (!is_chain || status != DENOISE_OK) {
        denoise__chain_free(chain);
        return status;
    }
    *out = chain;
    return DENOISE_OK;
}
