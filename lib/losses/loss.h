/* SPDX-License-Identifier: Apache-2.0 */
/* Losses: a number per row, its gradient, and the reduction to one number. */
#ifndef DENOISE_LOSSES_LOSS_H
#define DENOISE_LOSSES_LOSS_H

#include "core/part.h"
#include "tensor/shape.h"
#include <denoise/loss.h>

/* First fields of every loss's configuration; rows by DENOISE__LOSS_PARAMS. */
typedef struct denoise__loss_config {
    char name[DENOISE__TEXT_SIZE];
    char reduction[DENOISE__TEXT_SIZE];
} denoise__loss_config;
#define DENOISE__LOSS_PARAMS(config)                                                                                           \
    {"name", DENOISE_PARAM_TEXT,       DENOISE__NULLABLE, offsetof(config, loss.name), "None", NAN, NAN, NULL,                 \
     NULL,   "name; None = the kind's"},                                                                                       \
    {                                                                                                                          \
        "reduction", DENOISE_PARAM_TEXT, 0, offsetof(config, loss.reduction), "sum_over_batch_size", NAN, NAN,                 \
            "sum_over_batch_size|mean|sum|mean_with_sample_weight", NULL, "how the rows become one number"                     \
    }

/* Rows are the elements of all axes but the last; columns is the length of the last axis. */
typedef struct denoise__loss_args {
    const void *config;
    int64_t rows, columns;
    const float *prediction; /* (rows, columns) */
    bool from_logits;        /* prediction lies before the activation that the loss absorbs (or config says from_logits) */
    const float *target;     /* (rows, columns); NULL when the kind is sparse */
    const int32_t *labels;   /* (rows), when the kind is sparse; checked: 0 <= label < columns */
    const float *row_weight; /* (rows) or NULL */
    float gradient_scale;    /* set by denoise__loss_run */
    float *row_loss;         /* (rows): loss of each row, not weighted */
    float *gradient;         /* (rows, columns): row_weight * gradient_scale * d row_loss / d prediction; NULL = not wanted;
                              * may be the prediction's own memory */
} denoise__loss_args;

typedef struct denoise__loss_kind {
    denoise__kind base;
    bool sparse;         /* whole-number labels instead of a target of the prediction's shape */
    const char *absorbs; /* name of the activation with which it can be computed from logits: "sigmoid", "softmax"; NULL */
    int32_t (*from_logits)(const void *config); /* NULL: never */
    /* true: binary cross-entropy of plain targets, for the kernel that fuses it with sigmoid; NULL: never */
    bool (*is_sigmoid_crossentropy)(const void *config);
    void (*rows)(const denoise__loss_args *args, int64_t first, int64_t count);
} denoise__loss_kind;

extern const denoise__registry denoise__loss_registry;

struct denoise_loss {
    denoise__part part;
};

static inline const denoise__loss_kind *denoise__loss_kind_of(const denoise_loss *loss)
{
    return (const denoise__loss_kind *)(const void *)loss->part.kind;
}
/* A new loss, inert when status (with the thread's present message) or the making of it is a failure. */
denoise_loss *denoise__loss_make(const char *name, const denoise_params *params, denoise_status status);
void denoise__loss_release(denoise_loss *loss);

/* What the gradient of a row is multiplied with; divisor is the number of columns where their mean is taken. */
static inline float denoise__loss_row_scale(const denoise__loss_args *args, int64_t row, int64_t divisor)
{
    float weight = args->row_weight == NULL ? 1.0f : args->row_weight[row];
    return weight * args->gradient_scale / (float)divisor;
}

/* Where the gradient of a row goes; NULL when it is not wanted. */
static inline float *denoise__loss_row_gradient(const denoise__loss_args *args, int64_t row)
{
    return args->gradient == NULL ? NULL : args->gradient + row * args->columns;
}

/* All rows on the pool, then the reduction, in a fixed order: returns the scalar loss. The gradient is that of
 * loss_weight * loss. args->config, from_logits and gradient_scale are set here (from_logits is or'ed with the config's). */
double denoise__loss_run(const denoise_loss *loss, denoise__loss_args *args, double loss_weight);

/* Its two halves, for whoever computes the rows: before and after. The first returns the divisor that the second wants. */
double denoise__loss_begin(const denoise_loss *loss, denoise__loss_args *args, double loss_weight);
double denoise__loss_reduce(const denoise__loss_args *args, double divisor);

/* Whether a target of one shape fits predictions of another (both with the batch axis); Keras' rules, (n, 1) and (n) agree. */
denoise_status denoise__loss_check_shapes(const denoise_loss *loss, const denoise__shape *target,
                                          const denoise__shape *prediction);

#endif
