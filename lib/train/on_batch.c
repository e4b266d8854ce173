/* SPDX-License-Identifier: Apache-2.0 */
/* One step on one batch, for training loops of the caller's own; metrics are reset first, as in Keras 3.15. */
#include "core/memory.h"
#include "models/predict.h"
#include "train/batches.h"
#include "train/callback_list.h"
#include "train/run_scope.h"
#include "train/saved_sums.h"
#include "train/session.h"
#include "train/step.h"
#include "train/use.h"

static denoise_status step(denoise_trainer *trainer, const denoise__arrays *arrays, bool train, denoise_logs *results)
{
    denoise__session *session = train ? &trainer->train : &trainer->test;
    DENOISE__TRY(denoise__session_prepare(trainer, session, arrays->x, arrays->rows));
    if (train) DENOISE__TRY(denoise__trainer_build_optimizer(trainer));
    denoise__trainer_reset_metrics(trainer);
    DENOISE__TRY(denoise__trainer_write_logs(trainer, results, "")); /* their room: nothing may fail behind the step */
    DENOISE__TRY(denoise__batch_load(trainer, session, arrays, 0, arrays->rows));
    if (train) {
        denoise__step_options options = {.check_finite = true};
        DENOISE__TRY(denoise__train_step(trainer, arrays->rows, &options));
    } else {
        DENOISE__TRY(denoise__test_step(trainer, arrays->rows));
    }
    return denoise__trainer_write_logs(trainer, results, "");
}

/* In a callback of a fit, and where one is to go on, the sums of the epoch stay what they are. */
static denoise_status step_aside(denoise_trainer *trainer, const denoise__arrays *arrays, bool train, denoise_logs *results)
{
    denoise__saved_sums saved;
    if (train) trainer->pending.event = DENOISE__PLACE_NONE; /* the fit that was to go on is another one now */
    if (!denoise__sums_are_needed(trainer)) return step(trainer, arrays, train, results);
    DENOISE__TRY(denoise__sums_save(trainer, &saved));
    denoise_status status = step(trainer, arrays, train, results);
    denoise__sums_restore(trainer, &saved);
    return status;
}

static denoise_status on_batch(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y,
                               const denoise_tensor *sample_weight, bool train)
{
    denoise__arrays arrays = {
        .x = &x, .y = &y, .sample_weight = sample_weight == NULL ? NULL : &sample_weight, .check_finite = train};
    denoise__run_params params = {.epochs = 1, .steps = 1};
    denoise__run_scope scope;
    denoise_logs *results;
    DENOISE__TRY(denoise__arrays_check(trainer, &arrays, 1, 1));
    if (arrays.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "the batch has no rows");
    DENOISE__TRY(denoise__logs_new(&results));
    denoise_status status = denoise__run_enter(&scope, trainer, train, train ? "train_on_batch" : "test_on_batch", &params);
    if (status == DENOISE_OK) {
        status = step_aside(trainer, &arrays, train, results);
        denoise__run_leave(&scope);
    }
    if (status == DENOISE_OK && out != NULL) {
        *out = results;
    } else {
        denoise_logs_free(results);
    }
    return status;
}

denoise_status denoise_trainer_train_on_batch(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                              const denoise_tensor *y, const denoise_tensor *sample_weight)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(trainer);
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, "train_on_batch"));
    denoise_status status = denoise__check_data(__func__, &x, &y, true);
    if (status == DENOISE_OK) status = on_batch(out, trainer, x, y, sample_weight, true);
    return denoise__use_end(&use, status);
}

denoise_status denoise_trainer_test_on_batch(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                             const denoise_tensor *y, const denoise_tensor *sample_weight)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(trainer);
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, "test_on_batch"));
    denoise_status status = denoise__check_data(__func__, &x, &y, true);
    if (status == DENOISE_OK) status = on_batch(out, trainer, x, y, sample_weight, false);
    return denoise__use_end(&use, status);
}
