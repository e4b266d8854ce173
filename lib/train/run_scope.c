/* SPDX-License-Identifier: Apache-2.0 */
#include "train/run_scope.h"
#include "core/log.h"
#include "kernels/engine.h"
#include "models/lock.h"
#include "train/use.h"
#include "train/warn.h"

static denoise_status check_nesting(const denoise_trainer *trainer, bool exclusive, const char *what)
{
    if (trainer->poison != DENOISE_OK) return denoise__fail_text(trainer->poison, trainer->poison_message);
    if (exclusive && trainer->running > 0) {
        return denoise__fail(DENOISE_ERR_BUSY,
                             "%s: called in a callback of this trainer's %s, or deeper in the stack than where a callback left "
                             "it by longjmp() or an exception",
                             what, trainer->uses[0].name);
    }
    if (trainer->running < 2) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_STATE, "%s: runs of one trainer are nested too deep", what);
}

denoise_status denoise__run_enter(denoise__run_scope *scope, denoise_trainer *trainer, bool exclusive, const char *what,
                                  const denoise__run_params *params)
{
    denoise_model *model = trainer->model;
    DENOISE__TRY(check_nesting(trainer, exclusive, what));
    if (exclusive) {
        DENOISE__TRY(denoise__lock_exclusive(model->layers, model->layer_count, what, NULL));
    } else {
        DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, what));
    }
    *scope = (denoise__run_scope){.trainer = trainer, .index = trainer->use_count - 1};
    denoise__use_record *record = &trainer->uses[scope->index];
    record->has_run = true;
    record->exclusive = exclusive;
    record->shows_progress = trainer->shows_progress;
    record->outer = trainer->run;
    record->outer_environment = trainer->environment;
    trainer->environment = &record->environment;
    trainer->run = *params;
    if (trainer->running == 0) trainer->told_count = trainer->callback_count;
    trainer->running++;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&record->environment);
    if (exclusive) denoise__warn_of_trainable(trainer); /* the sink finds a run that can be ended */
    return DENOISE_OK;
}

void denoise__run_leave(denoise__run_scope *scope)
{
    denoise_trainer *trainer = scope->trainer;
    denoise__use_unwind(trainer, scope->index + 1);
    denoise__fp_leave(&trainer->uses[scope->index].environment);
    denoise__use_end_run(trainer, &trainer->uses[scope->index]);
    if (trainer->running == 0) denoise__log_end_line(); /* what a run that failed has left of its bar */
}
