/* SPDX-License-Identifier: Apache-2.0 */
/* Losses: a number of a batch, and its gradient. Most are a number per row and a reduction to one; others look across the
 * batch.
 *
 * When data are given, denoise__loss_check_shapes(); when a plan is made, denoise__loss_takes_logits_of() decides whether the
 * loss absorbs the activation before it. In a step, for a kind with `rows`: denoise__loss_begin() sets the scale of the
 * gradient, which divides by the whole batch; the kind's rows() then runs for each block of the batch as soon as its outputs
 * are there, on the thread that has them; denoise__loss_reduce() makes one number of the rows, in their order. A kind with
 * `batch` is called once, when all outputs are there. denoise__loss_run() is all of it for those who have the whole batch:
 * denoise_loss_compute(). */
#ifndef DENOISE_LOSSES_LOSS_H
#define DENOISE_LOSSES_LOSS_H

#include "core/part.h"
#include "tensor/shape.h"
#include <denoise/loss.h>
#include <stdatomic.h>

/* First fields of every loss's configuration; rows by DENOISE__LOSS_PARAMS. */
typedef struct denoise__loss_config {
    char name[DENOISE__TEXT_SIZE];
    char reduction[DENOISE__TEXT_SIZE];
} denoise__loss_config;
#define DENOISE__LOSS_PARAMS(config)                                                                                           \
    DENOISE__PARAM("name", DENOISE_PARAM_TEXT, offsetof(config, loss.name), "None", "name; None = the kind's",                 \
                   .flags = DENOISE__NULLABLE, .minimum = NAN, .maximum = NAN),                                                \
        DENOISE__PARAM("reduction", DENOISE_PARAM_TEXT, offsetof(config, loss.reduction), "sum_over_batch_size",               \
                       "how the rows become one number", .minimum = NAN, .maximum = NAN,                                       \
                       .choices = "sum_over_batch_size|mean|sum|mean_with_sample_weight")

/* Rows are the elements of all axes but the last; columns is the length of the last axis. */
typedef struct denoise__loss_args {
    const void *config;
    int64_t rows, columns;
    const float *prediction; /* (rows, columns) */
    bool from_logits;        /* prediction lies before the sigmoid or softmax whose results the loss is of, or config says so */
    const float *target;     /* (rows, columns); NULL when the kind is sparse */
    const int32_t *labels;   /* (rows), when the kind is sparse; checked: 0 <= label < columns */
    const float *row_weight; /* (rows) or NULL */
    float gradient_scale;    /* set by denoise__loss_begin */
    float *row_loss;         /* (rows): loss of each row, not weighted; not for kinds with `batch` */
    float *gradient;         /* (rows, columns), NULL = not wanted; may be the prediction's own memory.
                              * rows: row_weight * gradient_scale * d row_loss / d prediction;
                              * batch: gradient_scale * d value / d prediction */
    void *scratch;           /* batch: scratch_size bytes for this call alone, 64-byte aligned */
} denoise__loss_args;

/* A kind has either `rows` or `batch`. */
typedef struct denoise__loss_kind {
    denoise__kind base;
    bool is_sparse;      /* whole-number labels instead of a target of the prediction's shape */
    bool is_categorical; /* the columns of a row are the classes of one choice */
    bool takes_logits;   /* a cross-entropy: behind a sigmoid or softmax it is computed from the values before it */
    bool (*from_logits)(const void *config); /* whether predictions are logits by the configuration; NULL: never */
    /* A loss that is a sum over rows: some of them, on any thread. They run in any order and apart from each other. */
    denoise_status (*rows)(const denoise__loss_args *args, int64_t first, int64_t count);
    /* A loss that looks across the batch: its value, of 1 row or more, and the gradient; the calling thread may use the pool.
     * What weights of rows and the reduction mean is the kind's own. */
    denoise_status (*batch)(const denoise__loss_args *args, double *value);
    size_t (*scratch_size)(const void *config, int64_t rows, int64_t columns); /* grows with the rows; NULL: none */
} denoise__loss_kind;

extern const denoise__registry denoise__loss_registry;

struct denoise_loss {
    denoise__part part;
};

static inline const denoise__loss_kind *denoise__loss_kind_of(const denoise_loss *loss)
{
    return (const denoise__loss_kind *)(const void *)loss->part.kind;
}
void denoise__loss_release(denoise_loss *loss); /* drops one reference */
void denoise__loss_refuse(denoise_loss *loss);  /* see denoise__part_refuse(); NULL is accepted */

/* Whether a loss behind an activation of this name (NULL: none) reads the values before it. Keras on TensorFlow keeps the
 * logits of every sigmoid and softmax, and every cross-entropy takes them, whichever of the two it is and whatever from_logits
 * says (keras/src/activations/activations.py, `_keras_logits`; keras/src/backend/tensorflow/nn.py, `_get_logits`). */
bool denoise__loss_takes_logits_of(const denoise__loss_kind *kind, const char *activation_name);
/* Writes to the log what Keras warns of: from_logits behind a sigmoid or softmax, whose results are no logits. */
void denoise__loss_warn_logits(const denoise_loss *loss, const char *activation_name, const char *output_name);
/* The same for one-hot categorical cross-entropy of one column, which says nothing: softmax makes it 1. */
void denoise__loss_warn_columns(const denoise_loss *loss, int64_t columns, const char *output_name);

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

/* Rows run on several threads, and a thread's message is its own: this carries the failure of the first rows that failed to the
 * caller's thread. */
typedef struct denoise__loss_fault {
    atomic_flag lock;
    denoise_status status; /* DENOISE_OK: nothing failed */
    int64_t row;
    char message[DENOISE__MESSAGE_SIZE];
} denoise__loss_fault;
void denoise__loss_fault_init(denoise__loss_fault *fault);
/* On the thread that failed: rows from `row` on failed with this status and the thread's message. DENOISE_OK: nothing happens.
 */
void denoise__loss_fault_note(denoise__loss_fault *fault, int64_t row, denoise_status status);
/* On the caller's thread, once all have run: the failure with the loss's name in front. */
denoise_status denoise__loss_fault_status(const denoise__loss_fault *fault, const denoise_loss *loss);

/* The whole loss, on the pool and in a fixed order: *value is the scalar loss, the gradient that of loss_weight * loss. Of no
 * rows it is 0. args->config, from_logits and gradient_scale are set here (from_logits is or'ed with the config's). On failure
 * *value is NaN, and the kind's message has the loss's name in front. */
denoise_status denoise__loss_run(const denoise_loss *loss, denoise__loss_args *args, double loss_weight, double *value);

/* Its two halves, for whoever computes the rows: before and after. The first returns the divisor that the second wants. Not for
 * kinds with `batch`. */
double denoise__loss_begin(const denoise_loss *loss, denoise__loss_args *args, double loss_weight);
double denoise__loss_reduce(const denoise__loss_args *args, double divisor);
/* What lies between them: the rows of args, which may be some of the batch, on the pool. */
denoise_status denoise__loss_rows(const denoise_loss *loss, const denoise__loss_args *args);

/* Bytes of args->scratch for so many rows; 0: none. */
size_t denoise__loss_scratch_size(const denoise_loss *loss, int64_t rows, int64_t columns);

/* Whether a target of one shape fits predictions of another (both with the batch axis); Keras' rules, (n, 1) and (n) agree. */
denoise_status denoise__loss_check_shapes(const denoise_loss *loss, const denoise__shape *target,
                                          const denoise__shape *prediction);

#endif
