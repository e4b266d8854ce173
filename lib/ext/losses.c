/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of third parties. */
#include "ext/ext.h"

DENOISE__EXT_HOOKS(loss, LOSS)

typedef denoise__ext_loss_head loss_head;
DENOISE__EXT_CHECK(check, loss_head)

DENOISE__EXT_KIND_OF(kind_of, loss_head)

static denoise_ext_loss_args args_of(const denoise__ext_kind *kind, const denoise__loss_args *args)
{
    return (denoise_ext_loss_args){.struct_size = sizeof(denoise_ext_loss_args),
                                   .config = denoise__ext_config(kind, args->config),
                                   .rows = args->rows,
                                   .columns = args->columns,
                                   .prediction = args->prediction,
                                   .target = args->target,
                                   .labels = args->labels,
                                   .row_weight = args->row_weight,
                                   .row_loss = args->row_loss,
                                   .gradient = args->gradient,
                                   .scratch = args->scratch,
                                   .gradient_scale = (double)args->gradient_scale,
                                   .from_logits = args->from_logits};
}

static denoise_status rows(const denoise__loss_args *args, int64_t first, int64_t count)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_loss_args given = args_of(kind, args);
    uint64_t failures = denoise__failures();
    return denoise__ext_explain(kind->hooks.loss.rows(&given, first, count, kind->user_data), failures, kind, "rows");
}

static denoise_status batch(const denoise__loss_args *args, double *value)
{
    const denoise__ext_kind *kind = kind_of(args->config);
    denoise_ext_loss_args given = args_of(kind, args);
    uint64_t failures = denoise__failures();
    *value = (double)NAN;
    return denoise__ext_explain(kind->hooks.loss.batch(&given, value, kind->user_data), failures, kind, "batch");
}

static bool from_logits(const void *config)
{
    const denoise__ext_kind *kind = kind_of(config);
    return kind->hooks.loss.from_logits(denoise__ext_config(kind, config), kind->user_data) != 0;
}

static size_t scratch_size(const void *config, int64_t row_count, int64_t columns)
{
    const denoise__ext_kind *kind = kind_of(config);
    return denoise__ext_size(
        kind->hooks.loss.scratch_size(denoise__ext_config(kind, config), row_count, columns, kind->user_data));
}

static denoise_status adapt(denoise__ext_kind *kind)
{
    const denoise_ext_loss *hooks = &kind->hooks.loss;
    if ((hooks->rows == NULL) == (hooks->batch == NULL))
        return denoise__fail(DENOISE_ERR_INVALID, "%s: expected either rows or batch", kind->inside.base.name);
    kind->inside.loss = (denoise__loss_kind){.base = kind->inside.base,
                                             .is_sparse = hooks->is_sparse != 0,
                                             .is_categorical = hooks->is_categorical != 0,
                                             .takes_logits = hooks->takes_logits != 0,
                                             .from_logits = hooks->from_logits == NULL ? NULL : from_logits,
                                             .rows = hooks->rows == NULL ? NULL : rows,
                                             .batch = hooks->batch == NULL ? NULL : batch,
                                             .scratch_size = hooks->scratch_size == NULL ? NULL : scratch_size};
    kind->inside.loss.base.check = check;
    return DENOISE_OK;
}

static const denoise__param common[] = {DENOISE__LOSS_PARAMS(loss_head)};
DENOISE__EXT_NOUN(loss, losses, loss_head, DENOISE__EXT_COMMON(common), .adapt = adapt)
