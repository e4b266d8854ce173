/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of a loss on the pool, and their reduction (keras/src/losses/loss.py, reduce_weighted_values). */
#include "core/threads.h"
#include "losses/loss.h"
#include <string.h>

/* Elements that are worth a trip to another thread. */
enum { BLOCK = 8192 };

typedef struct job {
    const denoise__loss_kind *kind;
    const denoise__loss_args *args;
} job;

static void some_rows(void *context, int64_t first, int64_t count)
{
    const job *work = context;
    work->kind->rows(work->args, first, count);
}

/* Rows in ascending order, in double. */
static double weighted_sum(const float *values, const float *weights, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += weights == NULL ? (double)values[i] : (double)values[i] * (double)weights[i];
    return sum;
}

/* What the sum of the rows is divided by. */
static double divisor_of(const char *reduction, const denoise__loss_args *args)
{
    if (strcmp(reduction, "sum") == 0) return 1;
    if (strcmp(reduction, "mean_with_sample_weight") != 0 || args->row_weight == NULL) return (double)args->rows;
    double sum = 0;
    for (int64_t r = 0; r < args->rows; r++)
        sum += (double)args->row_weight[r];
    return sum;
}

double denoise__loss_begin(const denoise_loss *loss, denoise__loss_args *args, double loss_weight)
{
    const denoise__loss_kind *kind = denoise__loss_kind_of(loss);
    const denoise__loss_config *config = loss->part.config;
    args->config = config;
    if (kind->from_logits != NULL && kind->from_logits(config)) args->from_logits = true;
    double divisor = divisor_of(config->reduction, args);
    args->gradient_scale = divisor == 0 ? 0.0f : (float)(loss_weight / divisor);
    return divisor;
}

double denoise__loss_reduce(const denoise__loss_args *args, double divisor)
{
    return divisor == 0 ? 0.0 : weighted_sum(args->row_loss, args->row_weight, args->rows) / divisor;
}

double denoise__loss_run(const denoise_loss *loss, denoise__loss_args *args, double loss_weight)
{
    double divisor = denoise__loss_begin(loss, args, loss_weight);
    job work = {denoise__loss_kind_of(loss), args};
    int64_t grain = args->columns <= 1 ? BLOCK : args->columns >= BLOCK ? 1 : BLOCK / args->columns;
    denoise__parallel_ranges(args->rows, grain, some_rows, &work);
    return denoise__loss_reduce(args, divisor);
}
