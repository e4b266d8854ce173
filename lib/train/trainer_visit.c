/* SPDX-License-Identifier: Apache-2.0 */
#include "train/trainer_visit.h"
#include "core/text.h"
#include "models/lock.h"
#include "train/saved_sums.h"
#include "train/use.h"

/* Models name their variables from themselves on. */
static denoise_status visit_in_model(void *context, const char *path, denoise__variable *variable)
{
    const denoise__visitor *visitor = context;
    char whole[DENOISE__PATH_SIZE];
    DENOISE__TRY(denoise__path_join(whole, sizeof whole, "model", path));
    return visitor->variable(visitor->context, whole, variable);
}

static denoise_status visit_model(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    denoise__visitor whole = *visitor;
    denoise__visitor inside = {.variable = visit_in_model, .context = &whole, .is_reading = visitor->is_reading};
    return denoise__model_visit(trainer->model, &inside);
}

static denoise_status write_weight_path(const void *context, int64_t weight, char *out, size_t size)
{
    const denoise_trainer *trainer = context;
    const denoise__weight_ref *ref = &trainer->weights[weight];
    DENOISE__TRY(denoise__model_layer_path(trainer->model, ref->layer, out, size));
    return denoise__path_join(out, size, out, ref->layer->weights[ref->index].spec.name);
}

static denoise_status visit_optimizer(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    denoise__weight_paths paths = {.write = write_weight_path, .context = trainer};
    return denoise__optimizer_visit_by_path(trainer->optimizer, "optimizer", &paths, visitor);
}

/* In a run those that it tells; what was added during it waits for the next. */
static denoise_status visit_callbacks(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    int64_t own = trainer->running > 0 ? trainer->told_count : trainer->callback_count, count = own;
    DENOISE__TRY(denoise__visit_within(visitor, "callbacks", "count", 0, INT64_MAX, &count));
    if (count != own) {
        return denoise__fail(DENOISE_ERR_INVALID, "the state has %lld callbacks, the trainer has %lld", (long long)count,
                             (long long)own);
    }
    for (int64_t i = 0; i < own; i++) {
        char place[DENOISE__KEY_SIZE];
        denoise__format(place, sizeof place, "callbacks/%lld/%s", (long long)i, trainer->callbacks[i]->part.kind->name);
        DENOISE__TRY(denoise__callback_visit(trainer->callbacks[i], trainer, place, visitor));
    }
    return denoise__callback_visit(trainer->history, trainer, "history", visitor);
}

static denoise_status write_place(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    denoise__place place = trainer->place.event == DENOISE__PLACE_NONE ? trainer->pending : trainer->place;
    bool is_present = trainer->place.event != DENOISE__PLACE_NONE && place.event != DENOISE__PLACE_VALIDATION;
    if (is_present) place.is_stopping = denoise_trainer_stopping(trainer) != 0;
    return denoise__place_visit(&place, "place", visitor);
}

static denoise_status read_place(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    if (trainer->pending.logs == NULL) DENOISE__TRY(denoise__logs_new(&trainer->pending.logs));
    denoise_status status = denoise__place_visit(&trainer->pending, "place", visitor);
    if (status != DENOISE_OK) trainer->pending.event = DENOISE__PLACE_NONE;
    return status;
}

static denoise_status visit_all(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    if (visitor->is_reading) trainer->pending.event = DENOISE__PLACE_NONE;
    DENOISE__TRY(denoise__visit_within(visitor, "counters", "step", 0, INT64_MAX - 1, &trainer->step));
    DENOISE__TRY(visit_model(trainer, visitor));
    DENOISE__TRY(visit_optimizer(trainer, visitor));
    DENOISE__TRY(denoise__sums_visit(trainer, visitor));
    DENOISE__TRY(visit_callbacks(trainer, visitor));
    return visitor->is_reading ? read_place(trainer, visitor) : write_place(trainer, visitor);
}

static denoise_status visit_locked(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    const denoise_model *model = trainer->model;
    denoise_status status;
    if (visitor->is_reading) {
        DENOISE__TRY(denoise__lock_exclusive(model->layers, model->layer_count, "reading a trainer's state", NULL));
        status = visit_all(trainer, visitor);
        denoise__unlock_exclusive(model->layers, model->layer_count, false);
    } else {
        DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "writing a trainer's state"));
        status = visit_all(trainer, visitor);
        denoise__unlock_shared(model->layers, model->layer_count);
    }
    return status;
}

denoise_status denoise__trainer_visit(denoise_trainer *trainer, const denoise__visitor *visitor)
{
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, visitor->is_reading ? "reading its state" : "writing its state"));
    denoise_status status = DENOISE_OK;
    if (visitor->is_reading && trainer->running > 0) {
        status = denoise__fail(DENOISE_ERR_STATE, "a trainer's state cannot be read during its %s", trainer->uses[0].name);
    }
    if (status == DENOISE_OK) status = denoise__trainer_build_optimizer(trainer); /* its slots, before the first step */
    if (status == DENOISE_OK) status = visit_locked(trainer, visitor);
    return denoise__use_end(&use, status);
}
