/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of third parties. */
#include "ext/ext.h"
#include "metrics/metric_shapes.h"
#include <string.h>

DENOISE__EXT_HOOKS(metric, METRIC)
enum { MOST_NUMBERS = 1 << 26 };

typedef denoise__ext_metric_head metric_head;

DENOISE__EXT_KIND_OF(kind_of, metric_head)

static denoise_status check(const void *config)
{
    const denoise__ext_kind *kind = kind_of(config);
    const denoise_ext_metric *hooks = &kind->hooks.metric;
    metric_head *head = (metric_head *)(uintptr_t)config; /* the library's own memory */
    DENOISE__TRY(denoise__ext_check(&kind->inside.base, config));
    for (int32_t i = 0; hooks->state_size != NULL && i < hooks->state_count; i++) {
        head->sizes[i] = hooks->state_size(denoise__ext_config(kind, config), i, kind->user_data);
        if (head->sizes[i] < 1 || head->sizes[i] > MOST_NUMBERS)
            return denoise__fail(DENOISE_ERR_RANGE, "state_size answered %lld for \"%s\", expected 1 to %d",
                                 (long long)head->sizes[i], kind->names[i], MOST_NUMBERS);
    }
    return DENOISE_OK;
}

static int64_t state_size(const void *config, int32_t state)
{
    return ((const metric_head *)config)->sizes[state];
}

static int64_t scratch_size(const void *config, int64_t rows, int64_t columns)
{
    const denoise__ext_kind *kind = kind_of(config);
    return (int64_t)denoise__ext_size(
        kind->hooks.metric.scratch_size(denoise__ext_config(kind, config), rows, columns, kind->user_data));
}

static void reset(const void *config, float *const *state)
{
    const denoise__ext_kind *kind = kind_of(config);
    kind->hooks.metric.reset(denoise__ext_config(kind, config), state, kind->user_data);
}

static denoise_status update(const denoise__metric_args *args)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_metric_args given = {.struct_size = sizeof given,
                                     .config = denoise__ext_config(kind, args->config),
                                     .rows = args->rows,
                                     .columns = args->columns,
                                     .prediction = args->prediction,
                                     .target = args->target,
                                     .labels = args->labels,
                                     .row_weight = args->row_weight,
                                     .scratch = args->scratch,
                                     .state = args->state};
    uint64_t failures = denoise__failures();
    return denoise__ext_explain(kind->hooks.metric.update(&given, kind->user_data), failures, kind, "update");
}

static float result(const void *config, const float *const *state)
{
    const denoise__ext_kind *kind = kind_of(config);
    return (float)kind->hooks.metric.result(denoise__ext_config(kind, config), state, kind->user_data);
}

static denoise_status copy_names(denoise__ext_kind *kind)
{
    const denoise_ext_metric *hooks = &kind->hooks.metric;
    if (hooks->state_count < 1 || hooks->state_count > DENOISE__METRIC_STATES)
        return denoise__fail(DENOISE_ERR_RANGE, "%s: state_count is %d, expected 1 to %d", kind->inside.base.name,
                             (int)hooks->state_count, DENOISE__METRIC_STATES);
    DENOISE__TRY(denoise__ext_need(kind, hooks->state_names != NULL, "state_names"));
    for (int32_t i = 0; i < hooks->state_count; i++) {
        const char *name = hooks->state_names[i];
        if (name == NULL || *name == '\0' || strlen(name) >= DENOISE__TEXT_SIZE || strchr(name, '/') != NULL)
            return denoise__fail(DENOISE_ERR_NAME, "%s: the name of state %d is missing, too long, or has a slash",
                                 kind->inside.base.name, (int)i);
        kind->names[i] = denoise__ext_text(kind, name);
    }
    return DENOISE_OK;
}

static denoise_status adapt(denoise__ext_kind *kind)
{
    denoise_ext_metric *hooks = &kind->hooks.metric;
    DENOISE__TRY(denoise__ext_need(kind, hooks->update != NULL, "update"));
    DENOISE__TRY(denoise__ext_need(kind, hooks->result != NULL, "result"));
    DENOISE__TRY(copy_names(kind));
    kind->inside.metric =
        (denoise__metric_kind){.base = kind->inside.base,
                               .is_sparse = hooks->is_sparse != 0,
                               .is_per_sample = hooks->is_per_sample != 0,
                               .is_maximized = hooks->is_maximized != 0,
                               .check = hooks->is_sparse != 0 ? denoise__metric_check_labels : denoise__metric_check_same,
                               .state_size = hooks->state_size == NULL ? NULL : state_size,
                               .scratch_size = hooks->scratch_size == NULL ? NULL : scratch_size,
                               .reset = hooks->reset == NULL ? NULL : reset,
                               .update = update,
                               .result = result};
    memcpy(kind->inside.metric.state_names, kind->names, sizeof kind->names);
    kind->inside.metric.base.check = check;
    hooks->state_names = NULL; /* the caller's */
    return DENOISE_OK;
}

static const denoise__param common[] = {DENOISE__METRIC_PARAMS(metric_head)};
DENOISE__EXT_NOUN(metric, metrics, metric_head, DENOISE__EXT_COMMON(common), .adapt = adapt)
