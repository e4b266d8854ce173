/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/layer_nets.h"
#include "support/test_kinds.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void layer_fail(const layer_case *c, const char *file, int line, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_error("layer %s%s%s on rank %d of first length %ld: %s\n", c->kind, c->variant == NULL ? "" : " with ",
                c->variant == NULL ? "" : c->variant, (int)c->rank, (long)c->shape[0], text);
    _fail(file, line);
}

const denoise__layer_kind *layer_kind(const layer_case *c)
{
    return (const denoise__layer_kind *)(const void *)denoise__registry_find(&denoise__layer_registry, c->kind);
}

denoise_status layer_net(denoise_model **out, const layer_case *c, uint64_t seed)
{
    denoise_graph *graph;
    denoise_layer *layer;
    denoise_node *nodes[MOST_INPUTS], *outputs[MOST_OUTPUTS];
    denoise_build_options options = DENOISE_BUILD_OPTIONS_INIT;
    options.seed = seed;
    *out = NULL;
    denoise_status status = denoise_graph_new(&graph, NULL);
    if (status != DENOISE_OK) return status;
    assert_in_range(c->inputs, 0, MOST_INPUTS);
    for (int64_t i = 0; i < c->inputs; i++)
        nodes[i] = denoise_graph_input(graph, c->shape, c->rank);
    status = denoise_layer_create(&layer, c->kind, c->params);
    if (status == DENOISE_OK) {
        int64_t count = denoise__layer_output_count(layer);
        assert_in_range(count, 1, MOST_OUTPUTS);
        status = denoise_graph_apply_layer_many(outputs, count, graph, layer, nodes, c->inputs);
        if (status == DENOISE_OK) status = denoise_graph_build_many(out, graph, nodes, c->inputs, outputs, count, &options);
    }
    denoise_graph_free(graph);
    return status;
}

denoise_model *layer_net_ok(const layer_case *c, uint64_t seed)
{
    denoise_model *model;
    if (layer_net(&model, c, seed) != DENOISE_OK) LAYER_FAIL(c, "%s", denoise_last_error());
    return model;
}

bool layer_fits(layer_case *c)
{
    denoise_model *model;
    denoise_status status = layer_net(&model, c, 1);
    if (status != DENOISE_OK && status != DENOISE_ERR_SHAPE) LAYER_FAIL(c, "%s", denoise_last_error());
    c->outputs = denoise_model_output_count(model);
    denoise_model_free(model);
    return status == DENOISE_OK;
}

typedef struct sample_shape {
    int64_t shape[4];
    int32_t rank;
} sample_shape;
static const sample_shape shapes[] = {{{6}, 1},       {{2, 3}, 2}, {{5, 4}, 2},       {{1, 6, 1}, 3}, {{3, 2, 4}, 3},
                                      {{3, 4, 2}, 3}, {{1}, 1},    {{3, 2, 4, 2}, 4}, {{3, 3, 9}, 3}, {{3, 4, 3, 1}, 4}};
/* For kinds that fit none of these. */
static const sample_shape rare_shapes[] = {{{2, 3, 2, 4}, 4}, {{5, 32}, 2}, {{32, 5}, 2}};

static bool on_shape(layer_case *c, const sample_shape *sample, void (*check)(const layer_case *c))
{
    bool any = false;
    memcpy(c->shape, sample->shape, sizeof c->shape);
    c->rank = sample->rank;
    const denoise__layer_kind *kind = layer_kind(c);
    for (int64_t more = 0; more < 2 && kind->min_inputs + more <= kind->max_inputs; more++) {
        c->inputs = kind->min_inputs + more;
        if (!layer_fits(c)) continue;
        any = true;
        check(c);
    }
    return any;
}

enum { ALL_SHAPES = 100 };

/* On the first `most` shapes that fit; whether any did. */
static bool on_shapes(layer_case *c, void (*check)(const layer_case *c), int most)
{
    int fitting = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && fitting < most; i++)
        fitting += on_shape(c, &shapes[i], check);
    for (size_t i = 0; i < sizeof rare_shapes / sizeof *rare_shapes && fitting == 0; i++)
        fitting += on_shape(c, &rare_shapes[i], check);
    return fitting > 0;
}

static bool is_input(const char *kind)
{
    denoise_param_info info;
    return param_named(&info, "layer", kind, "batch_shape");
}

/* The value of a parameter that is not its default; false: there is none to be had without knowing the kind. */
static bool set_other(denoise_params *params, const denoise__param *param, char *text, size_t size)
{
    static const char *const left_out = "|name|trainable|seed|"; /* they have tests of their own */
    char key[DENOISE__TEXT_SIZE];
    (void)snprintf(key, sizeof key, "|%s|", param->name);
    if (strstr(left_out, key) != NULL || param->default_text == NULL) return false;
    if (param->type == DENOISE_PARAM_BOOL) {
        bool truth = strcmp(param->default_text, "true") != 0;
        (void)snprintf(text, size, "%s=%s", param->name, truth ? "true" : "false");
        return denoise_params_set_bool(params, param->name, truth) == DENOISE_OK;
    }
    bool counts =
        param->type == DENOISE_PARAM_INT || (param->type == DENOISE_PARAM_INTS && (param->flags & DENOISE__OR_INT) != 0);
    if (counts && !isnan(param->minimum)) {
        int64_t value = strcmp(param->default_text, "2") == 0 ? 1 : 2;
        (void)snprintf(text, size, "%s=%d", param->name, (int)value);
        return denoise_params_set_int(params, param->name, value) == DENOISE_OK;
    }
    return false;
}

/* Each of the values that a text may have. */
static bool set_choice(denoise_params *params, const denoise__param *param, int64_t index, char *text, size_t size)
{
    char choice[DENOISE__TEXT_SIZE];
    const char *at = param->type == DENOISE_PARAM_TEXT ? param->choices : NULL;
    for (; at != NULL && index > 0; index--) {
        at = strchr(at, '|');
        if (at != NULL) at++;
    }
    if (at == NULL) return false;
    (void)snprintf(choice, sizeof choice, "%.*s", (int)strcspn(at, "|"), at);
    (void)snprintf(text, size, "%s=%s", param->name, choice);
    return denoise_params_set_text(params, param->name, choice) == DENOISE_OK;
}

/* One case with one parameter that is not its default, where such a layer can be made. */
static void check_variant(const char *kind, const denoise__param *param, int64_t choice, void (*check)(const layer_case *c),
                          bool *is_there)
{
    char text[2 * DENOISE__TEXT_SIZE];
    denoise_layer *layer;
    denoise_params *params = fitting_params("layer", kind);
    layer_case c = {.kind = kind, .params = params, .variant = text};
    *is_there =
        choice >= 0 ? set_choice(params, param, choice, text, sizeof text) : set_other(params, param, text, sizeof text);
    if (*is_there && denoise_layer_create(&layer, kind, params) == DENOISE_OK) {
        denoise_layer_free(layer);
        (void)on_shapes(&c, check, 1);
    }
    denoise_params_free(params);
}

static void check_variants(const char *kind, void (*check)(const layer_case *c))
{
    const denoise__kind *descriptor = denoise__registry_find(&denoise__layer_registry, kind);
    bool is_there;
    for (int32_t i = 0; i < descriptor->param_count; i++) {
        check_variant(kind, &descriptor->params[i], -1, check, &is_there);
        is_there = true;
        for (int64_t choice = 0; is_there; choice++)
            check_variant(kind, &descriptor->params[i], choice, check, &is_there);
    }
}

/* Settings beside the defaults, for the kinds that have all of a row's parameters. */
typedef struct setting {
    const char *param;
    int32_t type;
    int64_t number;
    const char *text;
} setting;
#define ANY_SHAPE                                                                                                              \
    {                                                                                                                          \
        {0}, 0                                                                                                                 \
    }
static const struct {
    const char *name;
    setting settings[2];
    sample_shape shape; /* rank 0: the first that fits */
} variants[] = {
    {"axis 1", {{"axis", DENOISE_PARAM_INT, 1, NULL}}, ANY_SHAPE},
    {"axis -2", {{"axis", DENOISE_PARAM_INT, -2, NULL}}, ANY_SHAPE},
    {"two groups", {{"groups", DENOISE_PARAM_INT, 2, NULL}}, ANY_SHAPE},
    {"two groups on axis 1", {{"groups", DENOISE_PARAM_INT, 2, NULL}, {"axis", DENOISE_PARAM_INT, 1, NULL}}, ANY_SHAPE},
    {"a group for each channel", {{"groups", DENOISE_PARAM_INT, -1, NULL}}, ANY_SHAPE},
    {"no scale", {{"scale", DENOISE_PARAM_BOOL, 0, NULL}}, ANY_SHAPE},
    {"no center", {{"center", DENOISE_PARAM_BOOL, 0, NULL}}, ANY_SHAPE},
    {"channels first", {{"data_format", DENOISE_PARAM_TEXT, 0, "channels_first"}}, ANY_SHAPE},
    {"kernels of 3 x 3 and many channels",
     {{"filters", DENOISE_PARAM_INT, 25, NULL}, {"kernel_size", DENOISE_PARAM_INT, 3, NULL}},
     {{5, 6, 24}, 3}},
};

/* False where the kind has no such parameter, or not this value of it. */
static bool set(denoise_params *params, const char *kind, const setting *s)
{
    denoise_param_info info;
    object made;
    if (s->param == NULL) return true;
    if (!param_named(&info, "layer", kind, s->param)) return false;
    bool is_list = info.type == DENOISE_PARAM_INTS && s->type == DENOISE_PARAM_INT;
    if (info.type != s->type && !is_list) return false;
    if (s->type == DENOISE_PARAM_INT) ASSERT_OK(denoise_params_set_int(params, s->param, s->number));
    if (s->type == DENOISE_PARAM_BOOL) ASSERT_OK(denoise_params_set_bool(params, s->param, (int32_t)s->number));
    if (s->type == DENOISE_PARAM_TEXT) ASSERT_OK(denoise_params_set_text(params, s->param, s->text));
    if (object_make(&made, "layer", kind, params) != DENOISE_OK) return false;
    object_free(&made);
    return true;
}

/* Which may fit none of the shapes. */
static void for_every_variant(layer_case *c, void (*check)(const layer_case *c))
{
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        denoise_params *params = fitting_params("layer", c->kind);
        c->params = params;
        c->variant = variants[i].name;
        const sample_shape *shape = &variants[i].shape;
        if (set(params, c->kind, &variants[i].settings[0]) && set(params, c->kind, &variants[i].settings[1]))
            (void)(shape->rank > 0 ? on_shape(c, shape, check) : on_shapes(c, check, 1));
        denoise_params_free(params);
    }
}

static bool is_dense(const char *kind)
{
    return strcmp(kind, "dense") == 0;
}

void for_every_layer(void (*check)(const layer_case *c))
{
    denoise_param_info info;
    test_kinds_add();
    for (int64_t k = 0; denoise_kind_name("layer", k) != NULL; k++) {
        layer_case c = {.kind = denoise_kind_name("layer", k)};
        if (is_input(c.kind)) continue;
        denoise_params *params = fitting_params("layer", c.kind);
        c.params = params;
        bool any = false;
        if (param_named(&info, "layer", c.kind, "activation")) {
            for (int64_t a = 0; (c.variant = activation_text(a)) != NULL; a++) {
                if (a > 0 && !is_dense(c.kind) && (a + k) % 4 != 0) continue; /* taken in turn: together they see all */
                ASSERT_OK(denoise_params_set_text(params, "activation", c.variant));
                any = on_shapes(&c, check, a == 0 ? ALL_SHAPES : 1);
            }
        } else {
            any = on_shapes(&c, check, ALL_SHAPES);
        }
        if (!any) LAYER_FAIL(&c, "takes none of the shapes");
        denoise_params_free(params);
        check_variants(c.kind, check);
        for_every_variant(&c, check);
    }
}

static denoise_tensor *random_of(const int64_t *shape, int32_t rank, uint64_t stream)
{
    denoise_rng *rng;
    denoise_tensor *tensor;
    ASSERT_OK(denoise_rng_new(&rng, 11, stream));
    ASSERT_OK(denoise_tensor_random_normal(&tensor, shape, rank, rng, 0.0, 1.0));
    denoise_rng_free(rng);
    return tensor;
}

void layer_inputs(denoise_tensor **x, const layer_case *c, int64_t rows, uint64_t stream)
{
    int64_t shape[5] = {rows};
    memcpy(shape + 1, c->shape, sizeof c->shape);
    for (int64_t i = 0; i < c->inputs; i++)
        x[i] = random_of(shape, c->rank + 1, stream + (uint64_t)i);
}

denoise_tensor *random_like(const denoise_tensor *tensor, uint64_t stream)
{
    return random_of(denoise_tensor_shape(tensor), denoise_tensor_rank(tensor), stream);
}

void tensors_free(denoise_tensor **tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        denoise_tensor_free(tensors[i]);
        tensors[i] = NULL;
    }
}

denoise_tensor **tensors_room(int64_t count)
{
    denoise_tensor **tensors = calloc((size_t)count + 1, sizeof *tensors);
    assert_non_null(tensors);
    return tensors;
}

void tensors_drop(denoise_tensor **tensors, int64_t count)
{
    if (tensors != NULL) tensors_free(tensors, count);
    free(tensors);
}
