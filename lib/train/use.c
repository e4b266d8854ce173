/* SPDX-License-Identifier: Apache-2.0 */
#include "train/use.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/platform/stack.h"
#include "core/platform/thread.h"
#include "core/text.h"
#include "kernels/engine.h"
#include "layers/weight_lock.h"
#include "models/lock.h"
#include "train/session.h"

/* The calls whose frames may be alive: a frame that is as deep as this one, or deeper, is gone. */
static int32_t count_alive(const denoise_trainer *trainer, uintptr_t depth)
{
    int32_t alive = trainer->use_count;
    while (alive > 0 && depth >= trainer->uses[alive - 1].depth)
        alive--;
    return alive;
}

static denoise_status check_alive(const denoise_trainer *trainer, const char *what)
{
    int32_t alive = count_alive(trainer, denoise__stack_depth());
    if (alive < trainer->use_count) {
        return denoise__fail(DENOISE_ERR_BUSY,
                             "%s: longjmp() or an exception in a callback left %s of this trainer unfinished; "
                             "denoise_trainer_reset() or denoise_trainer_free() ends it",
                             what, trainer->uses[alive].name);
    }
    if (alive < DENOISE__MAX_USES) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_BUSY, "%s: calls on this trainer are nested more than %d deep", what, DENOISE__MAX_USES);
}

denoise_status denoise__use_begin(denoise__use *use, denoise_trainer *trainer, const char *what)
{
    bool nested = denoise__weight_lock_is_mine(&trainer->lock);
    if (nested) DENOISE__TRY(check_alive(trainer, what));
    if (!nested && !denoise__weight_lock_claim(&trainer->lock)) {
        return denoise__fail(DENOISE_ERR_BUSY, "%s: the trainer is in use by another thread", what);
    }
    uintptr_t depth = denoise__stack_depth();
    denoise__log_end_left(depth);
    *use = (denoise__use){.trainer = trainer, .index = trainer->use_count++};
    trainer->uses[use->index] = (denoise__use_record){
        .name = what, .entry = depth, .depth = depth, .cancel = denoise__cancel_hold(), .held_before = trainer->held_count};
    atomic_fetch_add(&trainer->references, 1);
    return DENOISE_OK;
}

void denoise__trainer_drop_callbacks(denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->callback_count; i++)
        denoise__callback_release(trainer->callbacks[i]);
    trainer->callback_count = 0;
    while (trainer->refused != NULL) {
        denoise_callback *callback = trainer->refused;
        trainer->refused = callback->next;
        denoise__callback_release(callback);
    }
}

static void drop_reference(denoise_trainer *trainer)
{
    if (atomic_fetch_sub(&trainer->references, 1) != 1) return;
    denoise__session_clear(trainer, &trainer->train);
    denoise__session_clear(trainer, &trainer->test);
    for (int64_t i = 0; i < trainer->adopted_loss_count; i++)
        denoise__loss_release(trainer->adopted_losses[i]);
    for (int64_t i = 0; i < trainer->metric_count; i++)
        denoise__metric_release(trainer->metrics[i].metric);
    denoise__trainer_drop_callbacks(trainer);
    if (trainer->optimizer != NULL) denoise__optimizer_release(trainer->optimizer);
    denoise_callback_free(trainer->history);
    denoise_callback_free(trainer->progress);
    denoise_logs_free(trainer->logs);
    denoise_logs_free(trainer->validation_logs);
    denoise_logs_free(trainer->pending.logs);
    denoise__release(trainer->losses);
    denoise__release(trainer->loss_weights);
    denoise__release(trainer->adopted_losses);
    denoise__release(trainer->metrics);
    denoise__release(trainer->metric_order);
    denoise__release(trainer->weights);
    denoise__release(trainer->weight_values);
    denoise__release(trainer->is_frozen);
    denoise__release(trainer->output_losses);
    denoise__release(trainer->callbacks);
    denoise__release(trainer->held);
    denoise_model_free(trainer->sized);
    denoise_model_free(trainer->model);
    denoise__release(trainer);
}

void denoise__use_end_run(denoise_trainer *trainer, denoise__use_record *record)
{
    denoise_model *model = trainer->model;
    /* A run that ends has left it, and callbacks, which may leave their run, are in the caller's own. */
    if (denoise__fp_is_flushing()) denoise__fp_leave(&record->environment);
    trainer->environment = record->outer_environment;
    denoise__engine_leave();
    trainer->running--;
    trainer->run = record->outer;
    trainer->shows_progress = record->shows_progress;
    denoise__plan_settle(trainer->train.plan);
    if (record->exclusive) {
        denoise__unlock_exclusive(model->layers, model->layer_count, false);
    } else {
        denoise__unlock_shared(model->layers, model->layer_count);
    }
    if (record->exclusive) trainer->place.event = DENOISE__PLACE_NONE;
    record->has_run = false;
}

/* Ends the innermost call, of which only the record is left; the trainer may be gone afterwards. */
static void end_last(denoise_trainer *trainer)
{
    denoise__use_record *record = &trainer->uses[trainer->use_count - 1];
    int cancel = record->cancel;
    if (record->has_run) denoise__use_end_run(trainer, record);
    while (trainer->held_count > record->held_before) {
        const denoise__held *held = &trainer->held[--trainer->held_count];
        held->release(held->object);
    }
    trainer->use_count--;
    if (trainer->use_count == 0) {
        trainer->logs->lent = trainer->validation_logs->lent = 0;
        denoise__weight_lock_unclaim(&trainer->lock);
    }
    drop_reference(trainer);
    denoise__cancel_release(cancel);
}

void denoise__use_unwind(denoise_trainer *trainer, int32_t index)
{
    int32_t count = trainer->use_count - index; /* the trainer may go with the last */
    for (int32_t i = 0; i < count; i++)
        end_last(trainer);
}

denoise_status denoise__use_end(denoise__use *use, denoise_status status)
{
    if (status != DENOISE_OK) denoise__format(use->trainer->error, sizeof use->trainer->error, "%s", denoise_last_error());
    denoise__use_unwind(use->trainer, use->index);
    return status;
}

int32_t denoise__use_step_out(denoise_trainer *trainer)
{
    int32_t index = trainer->use_count - 1;
    trainer->uses[index].depth = denoise__stack_depth();
    return index;
}

void denoise__use_step_in(denoise_trainer *trainer, int32_t index)
{
    denoise__use_unwind(trainer, index + 1); /* calls in the callback that it left, but not this one */
    trainer->uses[index].depth = trainer->uses[index].entry;
}

/* Puts back what calls of this thread had that have been left, as far as can be seen at this depth of the stack. Returns how
 * many other calls of this thread are left over: they may be alive. */
static int32_t undo_left(denoise_trainer *trainer, uintptr_t depth)
{
    denoise__log_end_left(depth);
    if (!denoise__weight_lock_is_mine(&trainer->lock)) return 0;
    int32_t alive = count_alive(trainer, depth);
    denoise__use_unwind(trainer, alive);
    return alive;
}

void denoise_trainer_free(denoise_trainer *trainer)
{
    if (trainer == NULL) return;
    (void)undo_left(trainer, denoise__stack_depth());
    drop_reference(trainer);
}

denoise_status denoise_trainer_reset(denoise_trainer *trainer)
{
    DENOISE__CHECK_NULL(trainer);
    if (undo_left(trainer, denoise__stack_depth()) > 0) {
        return denoise__fail(
            DENOISE_ERR_BUSY,
            "denoise_trainer_reset: called in a callback of the trainer's %s, or deeper in the stack than where "
            "a callback left it; call it where the jump or the exception ended",
            trainer->uses[0].name);
    }
    if (atomic_load(&trainer->lock.users) == 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_BUSY, "denoise_trainer_reset: the trainer is in use by another thread");
}

denoise_status denoise__use_hold(denoise_trainer *trainer, void (*release)(void *object), void *object)
{
    if (object == NULL) return denoise__fail_nomem();
    void *held = trainer->held;
    denoise_status status = denoise__grow(&held, trainer->held_count, &trainer->held_capacity, sizeof *trainer->held);
    trainer->held = held;
    if (status != DENOISE_OK) {
        release(object);
        return status;
    }
    trainer->held[trainer->held_count++] = (denoise__held){.release = release, .object = object};
    return DENOISE_OK;
}

void denoise__use_give(denoise_trainer *trainer, const void *object)
{
    int64_t at = trainer->held_count - 1;
    while (trainer->held[at].object != object)
        at--;
    for (trainer->held_count--; at < trainer->held_count; at++)
        trainer->held[at] = trainer->held[at + 1];
}
