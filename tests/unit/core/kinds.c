/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/core/kinds.h"

static const denoise__param l2_params[] = {
    DENOISE__PARAM_DOUBLE(penalty_config, factor, "0.01", 0, 0, NAN, "how strong"),
};

static denoise_status check_l2(const void *config)
{
    if (((const penalty_config *)config)->factor == 13) return denoise__fail(DENOISE_ERR_INVALID, "factor 13 is unlucky");
    return DENOISE_OK;
}

typedef struct nest_config {
    denoise__kind_ref inner;
} nest_config;

static const denoise__param nest_params[] = {
    DENOISE__PARAM_KIND(nest_config, inner, "None", DENOISE__NULLABLE, &penalty_registry, "a penalty"),
};

static const denoise__kind plain_kind = {"plain", "Plain", NULL, "has no parameters", 0, NULL, 0, NULL, NULL, 0};
static const denoise__kind l2_kind = {"l2", "L2", NULL, "squares", sizeof(penalty_config), l2_params, 1, check_l2, NULL, 0};
static const denoise__kind nest_kind = {"nest", "Nest", NULL, "holds another", sizeof(nest_config), nest_params, 1,
                                        NULL,   NULL,   0};
static const denoise__kind *const penalties[] = {&plain_kind, &l2_kind, &nest_kind};
const denoise__registry penalty_registry = {.noun = "penalty", .kinds = penalties, .count = 3};

static const denoise__param thing_params[] = {
    DENOISE__PARAM_TEXT(thing_config, name, "None", DENOISE__NULLABLE, NULL, "its name"),
    DENOISE__PARAM_BOOL(thing_config, trainable, "true", "learns"),
    DENOISE__PARAM_INT(thing_config, units, NULL, 0, 1, NAN, "how many"),
    DENOISE__PARAM_DOUBLE(thing_config, rate, "0.5", DENOISE__BELOW_MAXIMUM, 0, 1, "how often"),
    DENOISE__PARAM_DOUBLE(thing_config, threshold, "None", DENOISE__NULLABLE | DENOISE__ABOVE_MINIMUM, 0, NAN, "from where"),
    DENOISE__PARAM_INT(thing_config, seed, "None", DENOISE__NULLABLE, 0, NAN, "of the numbers"),
    DENOISE__PARAM_TEXT(thing_config, reduction, "sum", 0, "sum|mean", "how to reduce"),
    DENOISE__PARAM_INTS(thing_config, shape, "None", DENOISE__NULLABLE, -1, NAN, "a shape"),
    DENOISE__PARAM_INTS(thing_config, pads, "[1, 2]", 0, NAN, 9, "padding"),
    DENOISE__PARAM_KIND(thing_config, penalty, "None", DENOISE__NULLABLE, &penalty_registry, "a penalty"),
    DENOISE__PARAM_KIND(thing_config, required, "l2(0.25)", 0, &penalty_registry, "another penalty"),
    DENOISE__PARAM_BOOL(thing_config, flag, "False", "a flag"),
    DENOISE__PARAM_TEXT(thing_config, path, "None", DENOISE__NULLABLE | DENOISE__LONG_TEXT, NULL, "where"),
};

static const denoise__kind thing_kind = {"thing",      "BigThing", "big|BT", "a thing", sizeof(thing_config),
                                         thing_params, 13,         NULL,     NULL,      0};
static const denoise__kind re_lu_kind = {"re_lu", "ReLU", NULL, "no parameters", 0, NULL, 0, NULL, NULL, 0};
static const denoise__kind *const things[] = {&thing_kind, &re_lu_kind};
static denoise__registry_tail thing_tail;
const denoise__registry thing_registry = {.noun = "thing", .kinds = things, .count = 2, .tail = &thing_tail};
