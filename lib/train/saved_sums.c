/* SPDX-License-Identifier: Apache-2.0 */
#include "train/saved_sums.h"
#include "core/memory.h"
#include "core/text.h"
#include <string.h>

static denoise_status visit_tracker(denoise__loss_tracker *tracker, const char *name, const denoise__visitor *visitor)
{
    double sums[] = {tracker->total, tracker->rows};
    DENOISE__TRY(denoise__visit_doubles(visitor, "losses", name, DENOISE__VARIABLE_LOSS, sums, 2));
    if (visitor->is_reading) {
        tracker->total = sums[0];
        tracker->rows = sums[1];
    }
    return DENOISE_OK;
}

denoise_status denoise__sums_visit(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    char name[DENOISE__KEY_SIZE + 16];
    DENOISE__TRY(visit_tracker(&trainer->loss, "loss", visitor));
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        denoise__format(name, sizeof name, "%d", (int)i);
        DENOISE__TRY(visit_tracker(&trainer->output_losses[i], name, visitor));
    }
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        denoise__format(name, sizeof name, "metrics/%s", trainer->metrics[i].key);
        DENOISE__TRY(denoise__metric_visit(trainer->metrics[i].metric, name, visitor));
    }
    return DENOISE_OK;
}

static denoise_status count(void *context, const char *path, denoise__variable *variable)
{
    (void)path;
    *(size_t *)context += denoise__variable_bytes(variable);
    return DENOISE_OK;
}

static denoise_status save(void *context, const char *path, denoise__variable *variable)
{
    (void)path;
    unsigned char **at = context;
    size_t size = denoise__variable_bytes(variable);
    memcpy(*at, variable->values, size);
    *at += size;
    return DENOISE_OK;
}

static denoise_status restore(void *context, const char *path, denoise__variable *variable)
{
    (void)path;
    unsigned char **at = context;
    size_t size = denoise__variable_bytes(variable);
    memcpy(variable->values, *at, size);
    *at += size;
    return DENOISE_OK;
}

bool denoise__sums_are_needed(const denoise_trainer *trainer)
{
    return trainer->running > 1 || trainer->pending.event != DENOISE__PLACE_NONE;
}

/* These walks cannot fail, as none of the above does and paths are short. */
denoise_status denoise__sums_save(denoise_trainer *trainer, denoise__saved_sums *saved)
{
    size_t size = 0;
    (void)denoise__sums_visit(trainer, &(denoise__visitor){.variable = count, .context = &size});
    saved->values = denoise__allocate_zeroed(size, 1);
    if (saved->values == NULL) return denoise__fail_nomem();
    unsigned char *at = saved->values;
    (void)denoise__sums_visit(trainer, &(denoise__visitor){.variable = save, .context = &at});
    return DENOISE_OK;
}

void denoise__sums_restore(denoise_trainer *trainer, denoise__saved_sums *saved)
{
    unsigned char *at = saved->values;
    if (at == NULL) return;
    (void)denoise__sums_visit(trainer, &(denoise__visitor){.variable = restore, .context = &at, .is_reading = true});
    denoise__release(saved->values);
    saved->values = NULL;
}
