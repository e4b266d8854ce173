/* SPDX-License-Identifier: Apache-2.0 */
#include "train/run_scope.h"
#include "kernels/engine.h"
#include "models/lock.h"

denoise_status denoise__run_enter(denoise__run_scope *scope, denoise_trainer *trainer, bool exclusive, const char *what,
                                  const denoise__run_params *params)
{
    denoise_model *model = trainer->model;
    if (trainer->poison != DENOISE_OK) return denoise__fail_text(trainer->poison, trainer->poison_message);
    if (exclusive && trainer->running > 0) {
        return denoise__fail(DENOISE_ERR_BUSY, "%s: called in a callback of this trainer's run", what);
    }
    if (trainer->running >= 2) return denoise__fail(DENOISE_ERR_STATE, "%s: runs of one trainer are nested too deep", what);
    if (exclusive) {
        DENOISE__TRY(denoise__lock_exclusive(model->layers, model->layer_count, what, NULL));
    } else {
        DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, what));
    }
    *scope = (denoise__run_scope){.trainer = trainer,
                                  .exclusive = exclusive,
                                  .shows_progress = trainer->shows_progress,
                                  .outer = trainer->run,
                                  .outer_environment = trainer->environment};
    trainer->environment = &scope->environment;
    trainer->run = *params;
    if (trainer->running == 0) trainer->told_count = trainer->callback_count;
    trainer->running++;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&scope->environment);
    return DENOISE_OK;
}

void denoise__run_leave(denoise__run_scope *scope)
{
    denoise_trainer *trainer = scope->trainer;
    denoise_model *model = trainer->model;
    denoise__fp_leave(&scope->environment);
    trainer->environment = scope->outer_environment;
    denoise__engine_leave();
    trainer->running--;
    trainer->run = scope->outer;
    trainer->shows_progress = scope->shows_progress;
    denoise__chain_settle(trainer->train.chain);
    if (scope->exclusive) {
        denoise__unlock_exclusive(model->layers, model->layer_count, false);
    } else {
        denoise__unlock_shared(model->layers, model->layer_count);
    }
}
