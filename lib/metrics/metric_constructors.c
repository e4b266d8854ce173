/* SPDX-License-Identifier: Apache-2.0 */
/* Making metrics: by name, and by the typed constructors, which go the same way. */
#include "core/memory.h"
#include "core/text.h"
#include "metrics/metric.h"
#include <string.h>

static denoise_metric exhausted = {.part = DENOISE__PART_NOMEM};

static bool is_alias(const denoise__kind *kind, const char *name)
{
    size_t length = strlen(name);
    for (const char *list = kind->aliases; list != NULL && *list != '\0';) {
        size_t item = strcspn(list, "|");
        if (item == length && memcmp(list, name, length) == 0) return true;
        list += item + (list[item] == '|');
    }
    return false;
}

/* The name in the logs: the one that was asked for; else a short name that the metric was made by, as in Keras ("acc",
 * "mse"); else the kind's. */
static void name_metric(denoise_metric *metric, const char *given)
{
    const denoise__kind *kind = metric->part.kind;
    const char *name = ((const denoise__metric_config *)metric->part.config)->name;
    if (name[0] == '\0') name = is_alias(kind, given) ? given : kind->name;
    denoise__format(metric->name, sizeof metric->name, "%s", name);
}

/* An inert metric when it fails; NULL when there is no memory even for that. */
static denoise_metric *make(const char *kind, const denoise_params *params, denoise_status status)
{
    denoise_metric *metric = denoise__allocate_zeroed(1, sizeof *metric);
    if (metric == NULL) return NULL;
    if (status != DENOISE_OK) {
        atomic_init(&metric->part.references, 1);
        denoise__part_poison(&metric->part, status);
        return metric;
    }
    if (denoise__part_init(&metric->part, &denoise__metric_registry, kind, params) == DENOISE_OK) name_metric(metric, kind);
    return metric;
}

denoise_status denoise_metric_create(denoise_metric **out, const char *name, const denoise_params *params)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(name);
    denoise_metric *metric = make(name, params, DENOISE_OK);
    if (metric == NULL) return denoise__fail_nomem();
    denoise_status status = metric->part.status;
    if (status == DENOISE_OK)
        *out = metric;
    else
        denoise__metric_release(metric);
    return status;
}

static denoise_metric *end(const char *kind, denoise_params *params, denoise_status status)
{
    denoise_metric *metric = make(kind, params, status);
    denoise_params_free(params);
    if (metric != NULL) return metric;
    (void)denoise__fail_nomem();
    return &exhausted;
}

denoise_metric *denoise_metric_accuracy(void)
{
    return end("accuracy", NULL, DENOISE_OK);
}

denoise_metric *denoise_metric_binary_accuracy(double threshold)
{
    denoise_params *params;
    denoise_status status = denoise_params_new(&params);
    if (status == DENOISE_OK) status = denoise_params_set_double(params, "threshold", threshold);
    return end("binary_accuracy", params, status);
}

denoise_metric *denoise_metric_categorical_accuracy(void)
{
    return end("categorical_accuracy", NULL, DENOISE_OK);
}

denoise_metric *denoise_metric_sparse_categorical_accuracy(void)
{
    return end("sparse_categorical_accuracy", NULL, DENOISE_OK);
}

denoise_metric *denoise_metric_mean_squared_error(void)
{
    return end("mean_squared_error", NULL, DENOISE_OK);
}

denoise_metric *denoise_metric_mean_absolute_error(void)
{
    return end("mean_absolute_error", NULL, DENOISE_OK);
}

static denoise_metric *image_metric(const char *kind, int64_t height, int64_t width, double max_value)
{
    denoise_params *params;
    denoise_status status = denoise_params_new(&params);
    if (status == DENOISE_OK) status = denoise_params_set_int(params, "height", height);
    if (status == DENOISE_OK) status = denoise_params_set_int(params, "width", width);
    if (status == DENOISE_OK) status = denoise_params_set_double(params, "max_val", max_value);
    return end(kind, params, status);
}

denoise_metric *denoise_metric_psnr(int64_t height, int64_t width, double max_value)
{
    return image_metric("psnr", height, width, max_value);
}

denoise_metric *denoise_metric_ssim(int64_t height, int64_t width, double max_value)
{
    return image_metric("ssim", height, width, max_value);
}

void denoise_metric_free(denoise_metric *metric)
{
    if (metric != NULL && metric->part.owner == NULL) denoise__metric_release(metric);
}

denoise_status denoise_metric_status(const denoise_metric *metric)
{
    return metric == NULL ? DENOISE_ERR_NULL : metric->part.status;
}

const char *denoise_metric_error(const denoise_metric *metric)
{
    return metric == NULL ? denoise_status_text(DENOISE_ERR_NULL) : metric->part.message;
}

const char *denoise_metric_name(const denoise_metric *metric)
{
    return metric == NULL ? "" : metric->name;
}
