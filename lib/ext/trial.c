/* SPDX-License-Identifier: Apache-2.0 */
#include "ext/trial.h"
#include "core/memory.h"
#include "core/params.h"
#include <string.h>

static denoise_status check_listed(const denoise__trial_kind *t, const denoise__kind *kind)
{
    const char *name;
    for (int64_t i = 0; (name = denoise_kind_name(t->noun, i)) != NULL; i++) {
        if (strcmp(name, kind->name) == 0) return DENOISE_OK;
    }
    return denoise__trial_fail(t, "is not listed");
}

static bool is_same_params(const denoise_params *a, const denoise_params *b);

static bool are_same_doubles(const denoise__param_value *a, const denoise__param_value *b)
{
    bool same = a->count == b->count;
    for (int64_t i = 0; same && i < a->count; i++)
        same = !(a->doubles[i] < b->doubles[i]) && !(a->doubles[i] > b->doubles[i]);
    return same;
}

static bool is_same_value(const denoise__param_value *a, const denoise__param_value *b)
{
    if (b == NULL || a->type != b->type) return false;
    switch (a->type) {
    case DENOISE_PARAM_BOOL:
        return a->truth == b->truth;
    case DENOISE_PARAM_INT:
        return a->integer == b->integer;
    case DENOISE_PARAM_DOUBLE:
        return !(a->number < b->number) && !(a->number > b->number);
    case DENOISE_PARAM_TEXT:
        return strcmp(a->text, b->text) == 0;
    case DENOISE_PARAM_KIND:
        return strcmp(a->text, b->text) == 0 && is_same_params(a->nested, b->nested);
    case DENOISE_PARAM_INTS:
        return a->count == b->count && memcmp(a->ints, b->ints, (size_t)a->count * sizeof *a->ints) == 0;
    case DENOISE_PARAM_DOUBLES:
        return are_same_doubles(a, b);
    default:
        return true;
    }
}

static bool is_same_params(const denoise_params *a, const denoise_params *b)
{
    if (a == NULL || b == NULL) return denoise_params_count(a) == denoise_params_count(b);
    if (denoise_params_count(a) != denoise_params_count(b)) return false;
    for (int64_t i = 0; i < denoise_params_count(a); i++) {
        const char *key = denoise_params_key(a, i);
        if (!is_same_value(denoise__params_find(a, key), denoise__params_find(b, key))) return false;
    }
    return true;
}

/* A configuration, its parameters, and a configuration of those. */
static denoise_status check_again(const denoise__trial_kind *t, const denoise__kind *kind)
{
    void *config = NULL, *again = NULL;
    denoise_params *params = NULL, *same = NULL;
    denoise_status status;
    DENOISE__TRY_OR_FAIL(denoise__config_new(&config, kind, t->params));
    DENOISE__TRY_OR_FAIL(denoise__config_params(&params, kind, config));
    DENOISE__TRY_OR_FAIL(denoise__config_new(&again, kind, params));
    DENOISE__TRY_OR_FAIL(denoise__config_params(&same, kind, again));
    if (!is_same_params(params, same)) status = denoise__trial_fail(t, "made again from its parameters has others");
fail:
    denoise_params_free(same);
    denoise__config_free(kind, again);
    denoise_params_free(params);
    denoise__config_free(kind, config);
    return status;
}

static denoise_status check_alone(const denoise__trial_kind *t)
{
    if (strcmp(t->noun, "layer") == 0) return denoise__trial_layer(t);
    if (strcmp(t->noun, "loss") == 0) return denoise__trial_loss(t);
    if (strcmp(t->noun, "metric") == 0) return denoise__trial_metric(t);
    if (strcmp(t->noun, "optimizer") == 0) return denoise__trial_optimizer(t);
    if (strcmp(t->noun, "callback") == 0) return DENOISE_OK;
    return denoise__trial_reference(t);
}

static denoise_status run_one(denoise__trial_kind *t, const int64_t *shape, int32_t rank)
{
    DENOISE__TRY(denoise__shape_make(&t->shape, shape, rank, NULL));
    DENOISE__TRY(check_alone(t));
    return denoise__trial_training(t);
}

/* Of the usual shapes those count that the kind takes; its refusal is told where it takes none. */
static denoise_status run_usual(denoise__trial_kind *t)
{
    static const int64_t shapes[][3] = {{6, 0, 0}, {17, 0, 0}, {3, 4, 0}, {4, 4, 2}};
    static const int32_t ranks[] = {1, 1, 2, 3};
    bool is_shaped = strcmp(t->noun, "layer") == 0;
    int taken = 0;
    denoise_status status = DENOISE_OK;
    for (int i = 0; i < (is_shaped ? 4 : 1); i++) {
        status = run_one(t, shapes[i], ranks[i]);
        if (status != DENOISE_OK && status != DENOISE_ERR_SHAPE) return status;
        taken += status == DENOISE_OK;
    }
    return taken > 0 ? DENOISE_OK : status;
}

denoise_status denoise_ext_test(const char *noun, const char *name, const denoise_params *params, const int64_t *shape,
                                int32_t rank)
{
    denoise__trial_kind t = {.noun = noun, .name = name, .params = params};
    const denoise__kind *kind;
    DENOISE__CHECK_NULL(noun);
    DENOISE__CHECK_NULL(name);
    if (shape != NULL && (rank < 0 || rank >= DENOISE_MAX_RANK))
        return denoise__fail(DENOISE_ERR_RANGE, "rank is %d, expected 0 to %d", (int)rank, DENOISE_MAX_RANK - 1);
    for (const denoise__registry *const *at = denoise__registries; *at != NULL; at++) {
        if (strcmp((*at)->noun, noun) == 0) t.registry = *at;
    }
    if (t.registry == NULL) return denoise__fail(DENOISE_ERR_NAME, "there are no kinds of \"%.80s\"", noun);
    DENOISE__TRY(denoise__registry_get(&kind, t.registry, name));
    DENOISE__TRY(check_listed(&t, kind));
    DENOISE__TRY(check_again(&t, kind));
    return shape == NULL ? run_usual(&t) : run_one(&t, shape, rank);
}
