/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of metrics, and a metric's life: named, resolved by shape, reset, freed. */
#include "metrics/metric.h"
#include "core/memory.h"

#define DENOISE_KIND(kind, file) extern const denoise__metric_kind denoise__metric_##kind;
#include "metrics/metrics.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__metric_##kind.base,
static const denoise__kind *const kinds[] = {
#include "metrics/metrics.def"
};
#undef DENOISE_KIND

const denoise__registry denoise__metric_registry = {
    .noun = "metric", .kinds = kinds, .count = (int32_t)(sizeof kinds / sizeof *kinds)};

static const denoise__metric_kind *own_kind(const denoise_metric *metric)
{
    return (const denoise__metric_kind *)(const void *)metric->part.kind;
}

const denoise__metric_kind *denoise__metric_kind_of(const denoise_metric *metric)
{
    return metric->resolved != NULL ? metric->resolved : own_kind(metric);
}

const void *denoise__metric_config_of(const denoise_metric *metric)
{
    return metric->resolved == NULL || metric->resolved == own_kind(metric) ? metric->part.config : NULL;
}

const char *denoise__metric_name(const denoise_metric *metric)
{
    return metric->name;
}

void denoise__metric_reset(denoise_metric *metric)
{
    metric->total = 0;
    metric->count = 0;
}

denoise_status denoise__metric_resolve(denoise_metric *metric, const denoise__shape *target, const denoise__shape *prediction)
{
    const denoise__metric_kind *kind = own_kind(metric);
    denoise_status status = DENOISE_OK;
    if (kind->resolve != NULL) {
        const denoise__kind *found = NULL;
        status = denoise__registry_get(&found, &denoise__metric_registry, kind->resolve(target, prediction));
        if (status != DENOISE_OK) return status;
        kind = (const denoise__metric_kind *)(const void *)found;
    }
    const void *config = kind == own_kind(metric) ? metric->part.config : NULL;
    if (kind->check != NULL) status = kind->check(config, target, prediction);
    if (status != DENOISE_OK) return denoise__context(status, "metric \"%s\": ", metric->name);
    metric->resolved = kind;
    return DENOISE_OK;
}

void denoise__metric_release(denoise_metric *metric)
{
    if (metric == NULL || !denoise__part_release(&metric->part)) return;
    denoise__release(metric->row_value);
    denoise__part_clear(&metric->part);
    denoise__release(metric);
}
