/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of third parties: their public descriptors, adapted to the internal ones.
 *
 * A registered kind is one block of memory: the internal descriptor, whose functions are the adapter's; the hooks as they were
 * given; parameters and texts. Internal functions see a configuration alone, so that it begins with a head of the noun's own
 * (the common parameters, then the kind), behind which the third party's struct lies. A new noun is a row of the table in
 * ext/register.c, and its adapter. */
#ifndef DENOISE_EXT_EXT_H
#define DENOISE_EXT_EXT_H

#include "activations/activation.h"
#include "constraints/constraint.h"
#include "core/options.h"
#include "core/part.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/optimizer.h"
#include "regularizers/regularizer.h"
#include "schedules/schedule.h"
#include "train/callback.h"
#include <denoise/ext.h>

enum { DENOISE__EXT_OUTPUTS = 64, DENOISE__EXT_WEIGHTS = 4096 };

typedef struct denoise__ext_kind {
    union {
        denoise__kind base;
        denoise__layer_kind layer;
        denoise__activation_kind activation;
        denoise__loss_kind loss;
        denoise__metric_kind metric;
        denoise__optimizer_kind optimizer;
        denoise__initializer_kind initializer;
        denoise__regularizer_kind regularizer;
        denoise__constraint_kind constraint;
        denoise__schedule_kind schedule;
        denoise__callback_kind callback;
    } inside;
    union {
        denoise_ext_layer layer;
        denoise_ext_activation activation;
        denoise_ext_loss loss;
        denoise_ext_metric metric;
        denoise_ext_optimizer optimizer;
        denoise_ext_initializer initializer;
        denoise_ext_regularizer regularizer;
        denoise_ext_constraint constraint;
        denoise_ext_schedule schedule;
        denoise_ext_callback callback;
    } hooks;
    denoise__kind_life life;
    const struct denoise__ext_noun *noun;
    size_t head; /* bytes in front of the third party's struct */
    denoise_status (*check)(const void *config, void *user_data);
    void *user_data;
    void (*destroy)(void *user_data);
    denoise__param *params;
    char *texts, *texts_end; /* what is left of the room for texts */
    const char *names[DENOISE__METRIC_STATES];
} denoise__ext_kind;

/* The heads. */
typedef struct denoise__ext_plain_head {
    const denoise__kind *self;
} denoise__ext_plain_head;
typedef struct denoise__ext_layer_head {
    denoise__layer_config layer;
    const denoise__kind *self;
    int32_t output_count, weight_count; /* what the kind said, so that a second answer cannot be another */
} denoise__ext_layer_head;
typedef struct denoise__ext_loss_head {
    denoise__loss_config loss;
    const denoise__kind *self;
} denoise__ext_loss_head;
typedef struct denoise__ext_metric_head {
    denoise__metric_config metric;
    const denoise__kind *self;
    int64_t sizes[DENOISE__METRIC_STATES]; /* likewise */
} denoise__ext_metric_head;
typedef struct denoise__ext_optimizer_head {
    denoise__optimizer_config optimizer;
    const denoise__kind *self;
} denoise__ext_optimizer_head;
typedef struct denoise__ext_schedule_head {
    denoise__schedule_config schedule;
    const denoise__kind *self;
} denoise__ext_schedule_head;

/* A row of the table: what a noun needs to take kinds from outside. */
typedef struct denoise__ext_noun {
    const denoise__registry *registry;
    const denoise__options *hooks; /* of the public struct */
    size_t head, self_offset;
    const denoise__param *common; /* parameters that every kind of the noun has */
    int32_t common_count;
    /* Fills in the adapter's descriptor from kind->hooks, or says what is wrong with those. */
    denoise_status (*adapt)(denoise__ext_kind *kind);
} denoise__ext_noun;

extern const denoise__ext_noun denoise__ext_layers, denoise__ext_activations, denoise__ext_losses, denoise__ext_metrics,
    denoise__ext_optimizers, denoise__ext_initializers, denoise__ext_regularizers, denoise__ext_constraints,
    denoise__ext_schedules, denoise__ext_callbacks;

static inline const denoise__ext_kind *denoise__ext_of(const denoise__kind *kind)
{
    return (const denoise__ext_kind *)(const void *)kind;
}
/* What the third party sees of a configuration. */
static inline const void *denoise__ext_config(const denoise__ext_kind *kind, const void *config)
{
    return (const char *)config + kind->head;
}
/* What an adapter has for a noun: how the public struct is read; the kind of a configuration; and the noun's row, whose head
 * has at most 15 bytes behind it that bring the third party's struct to a boundary of 16. */
#define DENOISE__EXT_HOOKS(noun, NOUN)                                                                                         \
    static const denoise_ext_##noun noun##_defaults = DENOISE_EXT_##NOUN##_INIT;                                               \
    static const denoise__options noun##_known = {"denoise_ext_" #noun, "DENOISE_EXT_" #NOUN "_INIT", sizeof noun##_defaults,  \
                                                  sizeof noun##_defaults, &noun##_defaults};
#define DENOISE__EXT_KIND_OF(name, head_type)                                                                                  \
    static const denoise__ext_kind *name(const void *config)                                                                   \
    {                                                                                                                          \
        return denoise__ext_of(((const head_type *)config)->self);                                                             \
    }
#define DENOISE__EXT_NOUN(noun_name, plural, head_type, ...)                                                                   \
    const denoise__ext_noun denoise__ext_##plural = {.registry = &denoise__##noun_name##_registry,                             \
                                                     .hooks = &noun_name##_known,                                              \
                                                     .head = (sizeof(head_type) + 15) / 16 * 16,                               \
                                                     .self_offset = offsetof(head_type, self),                                 \
                                                     __VA_ARGS__};
#define DENOISE__EXT_COMMON(table) .common = (table), .common_count = (int32_t)(sizeof(table) / sizeof *(table))

/* The third party's check of a configuration; `check` of a head is the one that the internal descriptor has. */
denoise_status denoise__ext_check(const denoise__kind *self, const void *config);
#define DENOISE__EXT_CHECK(name, head_type)                                                                                    \
    static denoise_status name(const void *config)                                                                             \
    {                                                                                                                          \
        return denoise__ext_check(((const head_type *)config)->self, config);                                                  \
    }

/* DENOISE_ERR_INVALID where a function is missing. */
denoise_status denoise__ext_need(const denoise__ext_kind *kind, bool is_there, const char *hook);
/* Whether a hook that answered this has left a message; `failures` is denoise__failures() before it. */
bool denoise__ext_has_words(denoise_status status, uint64_t failures);
/* The status of a hook, with a message where the hook left none. */
denoise_status denoise__ext_explain(denoise_status status, uint64_t failures, const denoise__ext_kind *kind, const char *hook);
/* A copy of a text in the kind's own room; NULL of NULL. */
const char *denoise__ext_text(denoise__ext_kind *kind, const char *text);
/* Bytes or numbers that a hook asks for: none where that is negative, and never more than can be had. */
size_t denoise__ext_size(int64_t wanted);
/* A parameter that refers to a kind of that noun; NULL where the kind has no such parameter. */
const denoise__kind_ref *denoise__ext_reference(const denoise__ext_kind *kind, const void *config, const char *name,
                                                const denoise__registry *registry);

/* A shape as third parties see it is ours. */
static inline const denoise_ext_shape *denoise__ext_shapes(const denoise__shape *shapes)
{
    return (const denoise_ext_shape *)(const void *)shapes;
}
_Static_assert(sizeof(denoise_ext_shape) == sizeof(denoise__shape) &&
                   offsetof(denoise_ext_shape, dim) == offsetof(denoise__shape, dim),
               "a public shape has another layout");

#endif
