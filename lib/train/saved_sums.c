/* SPDX-License-Identifier: Apache-2.0 */
#include "train/saved_sums.h"
#include "core/memory.h"
#include <string.h>

denoise_status denoise__sums_save(const denoise_trainer *trainer, denoise__saved_sums *saved)
{
    size_t outputs = (size_t)trainer->model->output_count, metrics = (size_t)trainer->metric_count;
    *saved = (denoise__saved_sums){.loss = trainer->loss};
    saved->outputs = denoise__allocate_zeroed(outputs, sizeof *saved->outputs);
    saved->metrics = denoise__allocate_zeroed(metrics + 1, sizeof *saved->metrics);
    if (saved->outputs == NULL || saved->metrics == NULL) {
        denoise__release(saved->outputs);
        denoise__release(saved->metrics);
        return denoise__fail_nomem();
    }
    memcpy(saved->outputs, trainer->output_losses, outputs * sizeof *saved->outputs);
    for (size_t i = 0; i < metrics; i++) {
        saved->metrics[i][0] = trainer->metrics[i].metric->total;
        saved->metrics[i][1] = trainer->metrics[i].metric->count;
    }
    return DENOISE_OK;
}

void denoise__sums_restore(denoise_trainer *trainer, denoise__saved_sums *saved)
{
    trainer->loss = saved->loss;
    memcpy(trainer->output_losses, saved->outputs, (size_t)trainer->model->output_count * sizeof *saved->outputs);
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        trainer->metrics[i].metric->total = saved->metrics[i][0];
        trainer->metrics[i].metric->count = saved->metrics[i][1];
    }
    denoise__release(saved->outputs);
    denoise__release(saved->metrics);
}
