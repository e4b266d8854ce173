/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: values per row, accumulated over batches. */
#ifndef DENOISE_METRICS_METRIC_H
#define DENOISE_METRICS_METRIC_H

#include "core/part.h"
#include "tensor/shape.h"
#include <denoise/metric.h>

typedef struct denoise__metric_config {
    char name[DENOISE__TEXT_SIZE];
} denoise__metric_config;
#define DENOISE__METRIC_PARAMS(config)                                                                                         \
    {                                                                                                                          \
        "name", DENOISE_PARAM_TEXT, DENOISE__NULLABLE, offsetof(config, metric.name), "None", NAN, NAN, NULL, NULL,            \
            "name in the logs; None = the kind's"                                                                              \
    }

typedef struct denoise__metric_args {
    const void *config;      /* set by denoise__metric_update; NULL = the kind's defaults, where another kind became this one */
    int64_t rows, columns;   /* all axes but the last, the last; with per_sample: batch, all the rest */
    const float *prediction; /* (rows, columns) */
    const float *target;     /* (rows, columns), or NULL when the kind is sparse */
    const int32_t *labels;   /* (rows), when the kind is sparse */
    float *row_value;        /* (rows): the result of the kind */
} denoise__metric_args;

typedef struct denoise__metric_kind denoise__metric_kind;
struct denoise__metric_kind {
    denoise__kind base;
    bool sparse;     /* whole-number labels */
    bool per_sample; /* rows are samples: images */
    bool maximize;   /* more is better (EarlyStopping's mode "auto") */
    /* A kind that stands for another one by shape ("accuracy"), both shapes with the batch axis; NULL for the others. */
    const char *(*resolve)(const denoise__shape *target, const denoise__shape *prediction);
    /* NULL when fine; else what is wrong, as for a sparse kind with a target of the wrong shape or an image of the wrong size.
     */
    denoise_status (*check)(const void *config, const denoise__shape *target, const denoise__shape *prediction);
    void (*rows)(const denoise__metric_args *args, int64_t first, int64_t count);
};

extern const denoise__registry denoise__metric_registry;

struct denoise_metric {
    denoise__part part;
    char name[DENOISE__TEXT_SIZE];
    const denoise__metric_kind *resolved; /* NULL until shapes are known, for a kind that resolves */
    float total, count;                   /* Keras' running float32 sums */
    float *row_value;                     /* scratch of update through the public call */
    int64_t row_capacity;
};

void denoise__metric_release(denoise_metric *metric);
const char *denoise__metric_name(const denoise_metric *metric);
void denoise__metric_reset(denoise_metric *metric);

/* Resolves by shape and checks; both shapes with the batch axis. */
denoise_status denoise__metric_resolve(denoise_metric *metric, const denoise__shape *target, const denoise__shape *prediction);
const denoise__metric_kind *denoise__metric_kind_of(const denoise_metric *metric); /* the resolved one */
const void *denoise__metric_config_of(const denoise_metric *metric);               /* for the resolved one's functions */

/* Adds a batch (args->config is set here): rows on the pool into args->row_value, then total += sum(v w), count += sum(w), in a
 * fixed order; row_weight (rows) may be NULL. Allocates nothing. */
void denoise__metric_update(denoise_metric *metric, denoise__metric_args *args, const float *row_weight);
float denoise__metric_result(const denoise_metric *metric); /* 0 when nothing was added */

#endif
