/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"
#include "train/callback_list.h"
#include "train/run_scope.h"
#include "train/saved_sums.h"
#include "train/session.h"
#include "train/step.h"
#include "train/use.h"

void denoise_evaluate_options_init(denoise_evaluate_options *options)
{
    if (options != NULL) *options = (denoise_evaluate_options)DENOISE_EVALUATE_OPTIONS_INIT;
}

static denoise_status tell(denoise_trainer *trainer, bool silent, denoise__event event)
{
    return silent ? DENOISE_OK : denoise__callbacks_tell(trainer, event, trainer->logs);
}

static denoise_status tell_batch(denoise_trainer *trainer, bool silent, denoise__counted_event event, int64_t batch)
{
    return silent ? DENOISE_OK : denoise__callbacks_tell_counted(trainer, event, batch, trainer->logs);
}

static denoise_status evaluate_batch(denoise_trainer *trainer, const denoise__arrays *arrays, int64_t batch, int64_t start,
                                     int64_t count, bool silent)
{
    if (!silent) denoise__logs_clear(trainer->logs);
    DENOISE__TRY(tell_batch(trainer, silent, DENOISE__TEST_BATCH_BEGIN, batch));
    denoise_status status = denoise__batch_load(trainer, &trainer->test, arrays, start, count);
    if (status == DENOISE_OK) status = denoise__test_step(trainer, count);
    if (status != DENOISE_OK) return denoise__context(status, "evaluate, batch %lld: ", (long long)batch);
    if (silent) return DENOISE_OK;
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
    return tell_batch(trainer, silent, DENOISE__TEST_BATCH_END, batch);
}

denoise_status denoise__evaluate_batches(denoise_trainer *trainer, const denoise__arrays *arrays, int64_t batch_size,
                                         bool silent, denoise_logs *results, const char *prefix)
{
    denoise__trainer_reset_metrics(trainer);
    if (!silent) {
        DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, "")); /* their room, before the first step */
        denoise__logs_clear(trainer->logs);
    }
    DENOISE__TRY(tell(trainer, silent, DENOISE__TEST_BEGIN));
    bool stopped_before = denoise_trainer_stopping(trainer) != 0;
    for (int64_t batch = 0, start = 0; start < arrays->rows; batch++, start += batch_size) {
        int64_t count = arrays->rows - start < batch_size ? arrays->rows - start : batch_size;
        DENOISE__TRY(evaluate_batch(trainer, arrays, batch, start, count, silent));
        if (!stopped_before && denoise_trainer_stopping(trainer)) break;
    }
    if (!silent) {
        denoise__logs_clear(trainer->logs);
        DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
        DENOISE__TRY(tell(trainer, silent, DENOISE__TEST_END));
    }
    return denoise__trainer_write_logs(trainer, results, prefix);
}

static denoise_status evaluate_locked(denoise_logs *results, denoise_trainer *trainer, const denoise__arrays *arrays,
                                      const denoise_evaluate_options *options)
{
    int64_t batch = arrays->rows < options->batch_size ? arrays->rows : options->batch_size;
    bool nested = trainer->running > 1;
    denoise__saved_sums saved = {0};
    DENOISE__TRY(denoise__session_prepare(trainer, &trainer->test, batch));
    if (nested) DENOISE__TRY(denoise__sums_save(trainer, &saved));
    trainer->shows_progress = !nested && options->verbose != 0;
    denoise_status status = denoise__evaluate_batches(trainer, arrays, options->batch_size, nested, results, "");
    if (nested) denoise__sums_restore(trainer, &saved);
    return status;
}

static denoise_status check_options(const denoise_evaluate_options *options, denoise_evaluate_options *known)
{
    *known = (denoise_evaluate_options)DENOISE_EVALUATE_OPTIONS_INIT;
    if (options == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("evaluate options", options->struct_size, sizeof *known));
    *known = *options;
    if (known->batch_size < 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "evaluate options: batch_size is %lld, expected >= 1",
                             (long long)known->batch_size);
    }
    if (known->verbose < 0 || known->verbose > 2) {
        return denoise__fail(DENOISE_ERR_RANGE, "evaluate options: verbose is %d, expected 0 to 2", (int)known->verbose);
    }
    return DENOISE_OK;
}

static denoise_status evaluate(denoise_logs *results, denoise_trainer *trainer, const denoise_tensor *const *x,
                               int64_t input_count, const denoise_tensor *const *y, int64_t output_count,
                               const denoise_evaluate_options *options)
{
    denoise_evaluate_options known;
    DENOISE__TRY(check_options(options, &known));
    denoise__arrays arrays = {.x = x, .y = y, .sample_weight = known.sample_weight};
    DENOISE__TRY(denoise__arrays_check(trainer, &arrays, input_count, output_count));
    if (arrays.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "evaluate: there are no rows");
    denoise__run_params params = {
        .verbose = known.verbose, .epochs = 1, .steps = (arrays.rows - 1) / known.batch_size + 1, .in_fit = false};
    denoise__run_scope scope;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, false, "evaluate", &params));
    if (trainer->running == 1) atomic_store(&trainer->stop, 0);
    denoise_status status = evaluate_locked(results, trainer, &arrays, &known);
    denoise__run_leave(&scope);
    return status;
}

/* `is_one`: x and y are not the caller's arrays, but the addresses of his tensors. */
static denoise_status checked_evaluate(const char *function, denoise_logs **out, denoise_trainer *trainer,
                                       const denoise_tensor *const *x, int64_t input_count, const denoise_tensor *const *y,
                                       int64_t output_count, const denoise_evaluate_options *options, bool is_one)
{
    if (out != NULL) *out = NULL;
    if (trainer == NULL) return denoise__fail_null(function, "trainer");
    denoise_logs *results = NULL;
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, "evaluate"));
    denoise_status status = denoise__check_data(function, x, y, is_one);
    if (status == DENOISE_OK) status = denoise__logs_new(&results);
    if (status == DENOISE_OK) status = evaluate(results, trainer, x, input_count, y, output_count, options);
    if (status == DENOISE_OK && out != NULL) {
        *out = results;
    } else {
        denoise_logs_free(results);
    }
    return denoise__use_end(&use, status);
}

denoise_status denoise_trainer_evaluate_many(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *const *x,
                                             int64_t input_count, const denoise_tensor *const *y, int64_t output_count,
                                             const denoise_evaluate_options *options)
{
    return checked_evaluate(__func__, out, trainer, x, input_count, y, output_count, options, false);
}

denoise_status denoise_trainer_evaluate(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                        const denoise_tensor *y, const denoise_evaluate_options *options)
{
    return checked_evaluate(__func__, out, trainer, &x, 1, &y, 1, options, true);
}
