/* SPDX-License-Identifier: Apache-2.0 */
/* Activations: functions of one array, element by element or row by row. */
#ifndef DENOISE_ACTIVATIONS_ACTIVATION_H
#define DENOISE_ACTIVATIONS_ACTIVATION_H

#include "core/kind.h"
#include <stdbool.h>

typedef struct denoise__activation_kind {
    denoise__kind base;
    bool is_identity; /* linear: forward and backward need not be called */
    bool is_rowwise;  /* an element of y depends on its whole row */
    bool needs_input; /* backward reads x; else it reads y alone */
    /* y = 0 where x <= 0, else x: what writes x may do it in passing. NULL: never. */
    bool (*rectifies)(const void *config);
    /* y = f(x) on rows of `columns` numbers; y may be x. */
    void (*forward)(const void *config, const float *x, float *y, int64_t rows, int64_t columns);
    /* dx = dy f'(x); x may be NULL unless needs_input; dx may be dy. */
    void (*backward)(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                     int64_t columns);
    /* The same of a kind that can fail, which has these alone; its application is a step by itself, never the end of another.
     */
    denoise_status (*try_forward)(const void *config, const float *x, float *y, int64_t rows, int64_t columns);
    denoise_status (*try_backward)(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                                   int64_t columns);
} denoise__activation_kind;

extern const denoise__registry denoise__activation_registry;

static inline const denoise__activation_kind *denoise__activation_kind_of(const denoise__kind_ref *ref)
{
    return (const denoise__activation_kind *)(const void *)ref->kind;
}
/* true for NULL kind and for linear */
bool denoise__activation_is_identity(const denoise__kind_ref *ref);
bool denoise__activation_rectifies(const denoise__kind_ref *ref); /* false for NULL kind */
static inline bool denoise__activation_can_fail(const denoise__kind_ref *ref)
{
    return ref->kind != NULL && denoise__activation_kind_of(ref)->try_forward != NULL;
}

/* Some rows, on this thread. */
denoise_status denoise__activation_forward_rows(const denoise__kind_ref *ref, const float *x, float *y, int64_t rows,
                                                int64_t columns);
denoise_status denoise__activation_backward_rows(const denoise__kind_ref *ref, const float *x, const float *y, const float *dy,
                                                 float *dx, int64_t rows, int64_t columns);
/* Whole arrays, on the pool, in blocks of rows that depend on the shape alone; the failure is that of the first block. */
denoise_status denoise__activation_forward(const denoise__kind_ref *ref, const float *x, float *y, int64_t rows,
                                           int64_t columns);
denoise_status denoise__activation_backward(const denoise__kind_ref *ref, const float *x, const float *y, const float *dy,
                                            float *dx, int64_t rows, int64_t columns);

#endif
