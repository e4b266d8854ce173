/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: a state that batches are added to, and the figure that it stands for.
 *
 * A kind says which numbers it keeps (float32, as Keras keeps them), how a whole batch changes them, and what figure they give.
 * A confusion matrix keeps classes x classes counts, an area under a curve its histograms; whoever has a value per row and
 * wants their weighted mean uses metrics/mean_of_rows.h. The state is made with the metric, so that it can be saved and read
 * at any time (denoise__metric_visit); its size follows from the configuration alone.
 *
 * When data are given, denoise__metric_resolve() asks the kind's resolve and check; when a session is made,
 * denoise__metric_prepare() asks scratch_size. An epoch begins with denoise__metric_reset(); each step, before the weights are
 * updated, calls denoise__metric_update() with the whole batch, and the logs behind it denoise__metric_result(). */
#ifndef DENOISE_METRICS_METRIC_H
#define DENOISE_METRICS_METRIC_H

#include "core/part.h"
#include "core/variable.h"
#include "tensor/shape.h"
#include <denoise/metric.h>

/* First field of every metric's configuration, and its row. */
typedef struct denoise__metric_config {
    char name[DENOISE__TEXT_SIZE];
} denoise__metric_config;
#define DENOISE__METRIC_PARAMS(config)                                                                                         \
    DENOISE__PARAM("name", DENOISE_PARAM_TEXT, offsetof(config, metric.name), "None", "name in the logs; None = the kind's",   \
                   .flags = DENOISE__NULLABLE, .minimum = NAN, .maximum = NAN)

enum { DENOISE__METRIC_STATES = 8 };
typedef struct denoise__metric_kind denoise__metric_kind;

/* A batch. Rows are the elements of all axes but the last, columns is the length of the last axis; of a kind that is per sample
 * rows are samples, and columns is all the rest. */
typedef struct denoise__metric_args {
    int64_t rows, columns;
    const float *prediction; /* (rows, columns) */
    const float *target;     /* (rows, columns), or NULL when the kind is sparse */
    const int32_t *labels;   /* (rows), when the kind is sparse */
    /* Set by denoise__metric_update: */
    const denoise__metric_kind *kind;
    const void *config;      /* NULL = the kind's defaults, where another kind became this one */
    const float *row_weight; /* (rows), NULL = all 1 */
    float *scratch;          /* as many numbers as the kind asked for */
    float *state[DENOISE__METRIC_STATES];
} denoise__metric_args;

struct denoise__metric_kind {
    denoise__kind base;
    const char *log_name; /* its name in the logs where nobody gives one; NULL = base.name */
    bool is_sparse;       /* whole-number labels */
    bool is_per_sample;   /* rows are samples: images */
    bool is_maximized;    /* more is better (EarlyStopping's mode "auto") */
    /* A kind that stands for another one by shape ("accuracy"), both shapes with the batch axis; NULL for the others. State and
     * result are its own, and the same as those of all that it may become. */
    const char *(*resolve)(const denoise__shape *target, const denoise__shape *prediction);
    /* What is wrong with these shapes, as for a sparse kind with a target of the wrong shape or an image of the wrong size;
     * NULL: nothing can be. */
    denoise_status (*check)(const void *config, const denoise__shape *target, const denoise__shape *prediction);
    const char *state_names[DENOISE__METRIC_STATES];          /* Keras' names of its variables; NULL ends them */
    int64_t (*state_size)(const void *config, int32_t state); /* numbers of one; NULL: 1 each */
    /* Numbers that update needs as scratch; NULL: none. */
    int64_t (*scratch_size)(const void *config, int64_t rows, int64_t columns);
    void (*reset)(const void *config, float *const *state); /* NULL: all 0 */
    /* Adds a batch. Same bits at any number of threads; allocates nothing; on failure the state is what it was. */
    denoise_status (*update)(const denoise__metric_args *args);
    float (*result)(const void *config, const float *const *state); /* 0 when nothing was added */
};

extern const denoise__registry denoise__metric_registry;

struct denoise_metric {
    denoise__part part;
    char name[DENOISE__TEXT_SIZE];
    const denoise__metric_kind *resolved; /* NULL until shapes are known */
    int32_t state_count;
    denoise__variable *state; /* the numbers lie behind it, in the same memory */
    float *scratch;
    int64_t scratch_size;
};

void denoise__metric_release(denoise_metric *metric); /* drops one reference */
void denoise__metric_refuse(denoise_metric *metric);  /* see denoise__part_refuse(); NULL is accepted */
const char *denoise__metric_name(const denoise_metric *metric);

/* Resolves by shape and checks; both shapes with the batch axis. */
denoise_status denoise__metric_resolve(denoise_metric *metric, const denoise__shape *target, const denoise__shape *prediction);
const denoise__metric_kind *denoise__metric_kind_of(const denoise_metric *metric); /* the resolved one */
const void *denoise__metric_config_of(const denoise_metric *metric);               /* for the resolved one's functions */

/* Makes room for batches of up to that size; resolved before. */
denoise_status denoise__metric_prepare(denoise_metric *metric, int64_t rows, int64_t columns);
/* Adds a batch; row_weight (rows) may be NULL. A failure has the metric's name. Allocates nothing that was prepared. */
denoise_status denoise__metric_update(denoise_metric *metric, denoise__metric_args *args, const float *row_weight);
float denoise__metric_result(const denoise_metric *metric);
void denoise__metric_reset(denoise_metric *metric);
/* Its state: "path/total", "path/count". */
denoise_status denoise__metric_visit(denoise_metric *metric, const char *path, const denoise__visitor *visitor);

#endif
