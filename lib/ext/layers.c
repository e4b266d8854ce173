/* SPDX-License-Identifier: Apache-2.0 */
/* Layers of third parties. */
#include "ext/ext.h"
#include <limits.h>
#include <string.h>

DENOISE__EXT_HOOKS(layer, LAYER)

typedef denoise__ext_layer_head layer_head;

DENOISE__EXT_KIND_OF(kind_of, layer_head)

/* Configurations are the library's own memory: what a kind said is noted in them. */
static layer_head *head_of(const void *config)
{
    return (layer_head *)(uintptr_t)config;
}

static denoise_status check(const void *config)
{
    const denoise__ext_kind *kind = kind_of(config);
    const denoise_ext_layer *hooks = &kind->hooks.layer;
    DENOISE__TRY(denoise__ext_check(&kind->inside.base, config));
    int32_t count = hooks->output_count == NULL ? 1 : hooks->output_count(denoise__ext_config(kind, config), kind->user_data);
    if (count < 1 || count > DENOISE__EXT_OUTPUTS)
        return denoise__fail(DENOISE_ERR_RANGE, "output_count answered %d, expected 1 to %d", (int)count, DENOISE__EXT_OUTPUTS);
    head_of(config)->output_count = count;
    return DENOISE_OK;
}

static int32_t output_count(const void *config)
{
    return ((const layer_head *)config)->output_count;
}

/* ---- shapes and weights */

static denoise_status check_shape(const denoise__shape *shape, bool is_open)
{
    denoise__shape checked;
    if (shape->rank < 0 || shape->rank >= DENOISE_MAX_RANK)
        return denoise__fail(DENOISE_ERR_SHAPE, "it has %d axes, expected 0 to %d", (int)shape->rank, DENOISE_MAX_RANK - 1);
    for (int32_t i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 1 && !(is_open && shape->dim[i] == DENOISE__UNKNOWN))
            return denoise__fail(DENOISE_ERR_SHAPE, "axis %d has length %lld, expected 1 or more", (int)i,
                                 (long long)shape->dim[i]);
    }
    return denoise__shape_infer(&checked, shape->dim, shape->rank);
}

/* Lengths that nobody knows yet may make others unknown; those of weights are refused by the caller. */
static bool are_open(const denoise__shape *inputs, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        if (!denoise__shape_is_known(&inputs[i])) return true;
    return false;
}

static denoise_status get_outputs(const denoise__ext_kind *kind, const void *config, const denoise__shape *inputs,
                                  int32_t count, denoise__shape *outputs)
{
    const denoise_ext_layer *hooks = &kind->hooks.layer;
    int32_t wanted = output_count(config);
    bool is_open = are_open(inputs, count);
    for (int32_t i = 0; i < wanted; i++)
        outputs[i] = count > 0 ? inputs[0] : (denoise__shape){.rank = -1};
    uint64_t failures = denoise__failures();
    if (hooks->infer != NULL) {
        denoise_status status = hooks->infer(denoise__ext_config(kind, config), denoise__ext_shapes(inputs), count,
                                             (denoise_ext_shape *)(void *)outputs, kind->user_data);
        DENOISE__TRY(denoise__ext_explain(status, failures, kind, "infer"));
    }
    for (int32_t i = 0; i < wanted; i++) {
        denoise_status status = check_shape(&outputs[i], is_open);
        if (status != DENOISE_OK)
            return denoise__context(status, "infer of \"%s\", output %d: ", kind->inside.base.name, (int)i);
    }
    return DENOISE_OK;
}

static denoise_status get_count(const denoise__ext_kind *kind, const void *config, const denoise__shape *inputs, int32_t count,
                                int32_t *out)
{
    const denoise_ext_layer *hooks = &kind->hooks.layer;
    *out = 0;
    if (hooks->weight_count == NULL) return DENOISE_OK;
    int64_t wanted =
        hooks->weight_count(denoise__ext_config(kind, config), denoise__ext_shapes(inputs), count, kind->user_data);
    if (wanted < 0 || wanted > DENOISE__EXT_WEIGHTS)
        return denoise__fail(DENOISE_ERR_RANGE, "weight_count answered %lld, expected 0 to %d", (long long)wanted,
                             DENOISE__EXT_WEIGHTS);
    *out = (int32_t)wanted;
    return DENOISE_OK;
}

static denoise_status find_reference(const denoise__ext_kind *kind, const void *config, const char *name, const char *what,
                                     const denoise__registry *registry, const denoise__kind_ref **out)
{
    *out = denoise__ext_reference(kind, config, name, registry);
    if (*out != NULL || name == NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NAME, "its %s is \"%.80s\", which is no parameter for a %s", what, name, registry->noun);
}

static denoise_status fill_spec(const denoise__ext_kind *kind, const void *config, const denoise_ext_weight *given,
                                const denoise__shape *shape, bool is_open, denoise__weight_spec *spec)
{
    if (given->name == NULL || *given->name == '\0' || strlen(given->name) >= DENOISE__TEXT_SIZE ||
        strchr(given->name, '/') != NULL)
        return denoise__fail(DENOISE_ERR_NAME, "its name is missing, too long, or has a slash");
    DENOISE__TRY(check_shape(shape, is_open));
    *spec = (denoise__weight_spec){.name = given->name, .shape = *shape, .trainable = given->trainable != 0};
    DENOISE__TRY(
        find_reference(kind, config, given->initializer, "initializer", &denoise__initializer_registry, &spec->initializer));
    DENOISE__TRY(
        find_reference(kind, config, given->regularizer, "regularizer", &denoise__regularizer_registry, &spec->regularizer));
    DENOISE__TRY(
        find_reference(kind, config, given->constraint, "constraint", &denoise__constraint_registry, &spec->constraint));
    if (spec->initializer != NULL && spec->initializer->kind != NULL) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "it has no initializer; name a parameter that refers to one and is not None");
}

static denoise_status get_weight(const denoise__ext_kind *kind, const void *config, const denoise__shape *inputs, int32_t count,
                                 int32_t index, denoise__weight_spec *spec)
{
    denoise__shape shape = {.rank = -1};
    denoise_ext_weight given = {.shape = (denoise_ext_shape *)(void *)&shape, .trainable = 1};
    uint64_t failures = denoise__failures();
    denoise_status status = kind->hooks.layer.weight(denoise__ext_config(kind, config), denoise__ext_shapes(inputs), count,
                                                     index, &given, kind->user_data);
    status = denoise__ext_explain(status, failures, kind, "weight");
    if (status == DENOISE_OK) status = fill_spec(kind, config, &given, &shape, are_open(inputs, count), spec);
    return status == DENOISE_OK ? DENOISE_OK
                                : denoise__context(status, "weight %d of \"%s\": ", (int)index, kind->inside.base.name);
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const denoise__ext_kind *kind = kind_of(config);
    int32_t weight_count;
    DENOISE__TRY(get_outputs(kind, config, inputs, count, outputs));
    DENOISE__TRY(get_count(kind, config, inputs, count, &weight_count));
    for (int32_t i = 0; i < weight_count; i++) {
        denoise__weight_spec spec;
        DENOISE__TRY(get_weight(kind, config, inputs, count, i, &spec));
    }
    /* Once: threads that predict in several sizes ask at the same time. */
    if (head_of(config)->weight_count != weight_count) head_of(config)->weight_count = weight_count;
    return DENOISE_OK;
}

/* infer has asked the same and found it sound. A kind that now says something else is held to the count that it gave. */
static int32_t weights(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    const denoise__ext_kind *kind = kind_of(config);
    int32_t weight_count = ((const layer_head *)config)->weight_count;
    for (int32_t i = 0; specs != NULL && i < weight_count; i++) {
        specs[i].failure = get_weight(kind, config, inputs, count, i, &specs[i]);
        if (specs[i].failure != DENOISE_OK) break;
    }
    return weight_count;
}

/* ---- computing */

static size_t state_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    const denoise__ext_kind *kind = kind_of(config);
    if (kind->hooks.layer.state_size == NULL) return 0;
    return denoise__ext_size(kind->hooks.layer.state_size(denoise__ext_config(kind, config), denoise__ext_shapes(inputs), count,
                                                          batch, kind->user_data));
}

static size_t scratch_size(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool is_backward)
{
    const denoise__ext_kind *kind = kind_of(config);
    if (kind->hooks.layer.scratch_size == NULL) return 0;
    return denoise__ext_size(kind->hooks.layer.scratch_size(denoise__ext_config(kind, config), denoise__ext_shapes(inputs),
                                                            count, batch, is_backward ? 1 : 0, kind->user_data));
}

static denoise_ext_layer_args args_of(const denoise__ext_kind *kind, const denoise__layer_args *args)
{
    return (denoise_ext_layer_args){.struct_size = sizeof(denoise_ext_layer_args),
                                    .config = denoise__ext_config(kind, args->config),
                                    .batch = args->batch,
                                    .input_shapes = denoise__ext_shapes(args->input_shapes),
                                    .output_shapes = denoise__ext_shapes(args->output_shapes),
                                    .inputs = args->inputs,
                                    .outputs = args->outputs,
                                    .weights = args->weights,
                                    .output_gradients = args->output_gradients,
                                    .input_gradients = args->input_gradients,
                                    .weight_gradients = args->weight_gradients,
                                    .statistics = args->statistics,
                                    .state = args->state,
                                    .scratch = args->scratch,
                                    .random_seed = args->random.seed,
                                    .random_stream = args->random.stream,
                                    .random_first = args->random.first,
                                    .random_step = args->random.step,
                                    .input_count = args->input_count,
                                    .output_count = args->output_count,
                                    .training = args->training,
                                    .is_frozen = args->is_frozen};
}

static denoise_status forward(const denoise__layer_args *args)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_layer_args given = args_of(kind, args);
    uint64_t failures = denoise__failures();
    denoise_status status = kind->hooks.layer.forward(&given, kind->user_data);
    DENOISE__TRY(denoise__ext_explain(status, failures, kind, "forward"));
    if (kind->inside.layer.activation == NULL) return DENOISE_OK;
    const denoise__shape *shape = &args->output_shapes[0];
    denoise__layer_finish(args, 0, args->batch * (denoise__shape_size(shape) / denoise__shape_last(shape)));
    return DENOISE_OK;
}

static denoise_status backward(const denoise__layer_args *args)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_layer_args given = args_of(kind, args);
    uint64_t failures = denoise__failures();
    return denoise__ext_explain(kind->hooks.layer.backward(&given, kind->user_data), failures, kind, "backward");
}

static void commit(const denoise__layer_args *args)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_layer_args given = args_of(kind, args);
    kind->hooks.layer.commit(&given, kind->user_data);
}

static const denoise__kind_ref *activation(const void *config)
{
    const denoise__ext_kind *kind = kind_of(config);
    return denoise__ext_reference(kind, config, kind->hooks.layer.activation, &denoise__activation_registry);
}

/* ---- the descriptor */

static denoise_status check_hooks(const denoise__ext_kind *kind)
{
    const denoise_ext_layer *hooks = &kind->hooks.layer;
    DENOISE__TRY(denoise__ext_need(kind, hooks->forward != NULL, "forward"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->backward != NULL, "backward"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->weight_count == NULL || hooks->weight != NULL, "weight"));
    if (hooks->min_inputs < 1 || hooks->max_inputs < hooks->min_inputs)
        return denoise__fail(DENOISE_ERR_RANGE, "%s: takes %d to %d inputs, expected 1 or more", kind->inside.base.name,
                             (int)hooks->min_inputs, (int)hooks->max_inputs);
    if (hooks->is_batch_wide_in_training != 0 && (hooks->is_row_local == 0 || hooks->is_elementwise != 0))
        return denoise__fail(DENOISE_ERR_INVALID, "%s: is_batch_wide_in_training, but not is_row_local, or is_elementwise",
                             kind->inside.base.name);
    if (hooks->takes_unknown_lengths != 0 && hooks->takes_unknown_lengths != 1)
        return denoise__fail(DENOISE_ERR_INVALID, "%s: takes_unknown_lengths is %d, expected 0 or 1", kind->inside.base.name,
                             (int)hooks->takes_unknown_lengths);
    if (hooks->commit != NULL && hooks->is_row_local != 0 && hooks->is_batch_wide_in_training == 0)
        return denoise__fail(DENOISE_ERR_INVALID, "%s: is_row_local, but has commit, which looks across the batch",
                             kind->inside.base.name);
    if (hooks->is_elementwise != 0 && hooks->is_row_local == 0)
        return denoise__fail(DENOISE_ERR_INVALID, "%s: is_elementwise, but not is_row_local", kind->inside.base.name);
    if (hooks->activation == NULL) return DENOISE_OK;
    for (int32_t i = 0; i < kind->inside.base.param_count; i++) {
        const denoise__param *param = &kind->params[i];
        if (param->registry == &denoise__activation_registry && strcmp(param->name, hooks->activation) == 0) return DENOISE_OK;
    }
    return denoise__fail(DENOISE_ERR_NAME, "%s: activation is \"%.63s\", which is no parameter for an activation",
                         kind->inside.base.name, hooks->activation);
}

/* Where it has nothing to say about shapes it cannot err. */
static bool needs_known_lengths(const denoise_ext_layer *hooks)
{
    return hooks->takes_unknown_lengths == 0 && (hooks->infer != NULL || hooks->weight_count != NULL);
}

static denoise_status adapt(denoise__ext_kind *kind)
{
    denoise_ext_layer *hooks = &kind->hooks.layer;
    DENOISE__TRY(check_hooks(kind));
    hooks->activation = denoise__ext_text(kind, hooks->activation);
    kind->inside.layer = (denoise__layer_kind){.base = kind->inside.base,
                                               .min_inputs = hooks->min_inputs,
                                               .max_inputs = hooks->max_inputs,
                                               .is_training_only = hooks->is_training_only != 0,
                                               .is_row_local = hooks->is_row_local != 0,
                                               .is_batch_wide_in_training = hooks->is_batch_wide_in_training != 0,
                                               .is_elementwise = hooks->is_elementwise != 0,
                                               .may_overwrite_input = hooks->may_overwrite_input != 0,
                                               .backward_needs_input = hooks->backward_needs_input != 0,
                                               .backward_needs_output = hooks->backward_needs_output != 0,
                                               .needs_known_lengths = needs_known_lengths(hooks),
                                               .output_count = output_count,
                                               .infer = infer,
                                               .weights = weights,
                                               .activation = hooks->activation == NULL ? NULL : activation,
                                               .state_size = state_size,
                                               .scratch_size = scratch_size,
                                               .forward = forward,
                                               .backward = backward,
                                               .commit = hooks->commit == NULL ? NULL : commit};
    kind->inside.layer.base.check = check;
    return DENOISE_OK;
}

static const denoise__param common[] = {DENOISE__LAYER_PARAMS(layer_head)};
DENOISE__EXT_NOUN(layer, layers, layer_head, DENOISE__EXT_COMMON(common), .adapt = adapt)
