/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/mean_of_rows.h"
#include "core/threads.h"

typedef struct rows_job {
    const denoise__metric_args *args;
    denoise__row_values rows;
} rows_job;

static void run_rows(void *context, int64_t first, int64_t count)
{
    const rows_job *job = context;
    job->rows(job->args, first, count, job->args->scratch);
}

denoise_status denoise__mean_of_rows(const denoise__metric_args *args, denoise__row_values rows)
{
    rows_job job = {args, rows};
    int64_t grain = args->kind->is_per_sample ? 1 : denoise__grain(args->columns);
    denoise__parallel_ranges(args->rows, grain, run_rows, &job);
    double total = 0, count = args->row_weight == NULL ? (double)args->rows : 0;
    for (int64_t i = 0; i < args->rows; i++) {
        double weight = args->row_weight == NULL ? 1 : (double)args->row_weight[i];
        total += (double)args->scratch[i] * weight;
        if (args->row_weight != NULL) count += weight;
    }
    args->state[0][0] += (float)total;
    args->state[1][0] += (float)count;
    return DENOISE_OK;
}

int64_t denoise__mean_of_rows_scratch(const void *config, int64_t rows, int64_t columns)
{
    (void)config;
    (void)columns;
    return rows;
}

float denoise__mean_of_rows_result(const void *config, const float *const *state)
{
    (void)config;
    float total = state[0][0], count = state[1][0];
    return count == 0 ? 0 : total / count;
}
