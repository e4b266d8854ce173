/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"
#include "core/options.h"
#include "train/callback_list.h"
#include "train/run_scope.h"
#include "train/saved_sums.h"
#include "train/session.h"
#include "train/step.h"
#include "train/use.h"

DENOISE__OPTIONS(evaluate_options, EVALUATE_OPTIONS, "evaluate options", denoise_evaluate_options,
                 offsetof(denoise_evaluate_options, steps))

static denoise_status tell(denoise_trainer *trainer, bool silent, denoise__event event)
{
    return silent ? DENOISE_OK : denoise__callbacks_tell(trainer, event, trainer->logs);
}

static denoise_status tell_batch(denoise_trainer *trainer, bool silent, denoise__counted_event event, int64_t batch)
{
    return silent ? DENOISE_OK : denoise__callbacks_tell_counted(trainer, event, batch, trainer->logs);
}

static denoise_status evaluate_batch(denoise_trainer *trainer, const denoise__source *source, int64_t batch, int64_t start,
                                     int64_t count, bool silent)
{
    if (!silent) denoise__logs_clear(trainer->logs);
    DENOISE__TRY(tell_batch(trainer, silent, DENOISE__TEST_BATCH_BEGIN, batch));
    denoise_status status = denoise__batch_load(trainer, &trainer->test, &source->arrays, start, count);
    if (status == DENOISE_OK) status = denoise__test_step(trainer, count);
    if (status != DENOISE_OK) return denoise__context(status, "evaluate, batch %lld: ", (long long)batch);
    if (silent) return DENOISE_OK;
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
    return tell_batch(trainer, silent, DENOISE__TEST_BATCH_END, batch);
}

denoise_status denoise__count_batches(const denoise__source *source, int64_t steps, const char *field, int64_t *batches)
{
    *batches = steps;
    if (steps >= 0) {
        if (source->batches >= 0 && source->batches < steps) *batches = source->batches;
        return DENOISE_OK;
    }
    *batches = source->batches;
    if (source->batches != DENOISE__ROWS_ENDLESS) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "the dataset has no end: %s must say how many batches are meant", field);
}

static denoise_status run_batches(denoise_trainer *trainer, denoise__source *source, int64_t steps, bool silent)
{
    bool stopped_before = denoise_trainer_stopping(trainer) != 0;
    DENOISE__TRY(source->ops->begin(source, 0, 0));
    for (int64_t batch = 0; batch != steps; batch++) {
        int64_t start, count;
        denoise_status status = source->ops->next(source, &start, &count);
        if (status != DENOISE_OK) return denoise__context(status, "evaluate, batch %lld: ", (long long)batch);
        if (count == 0 && batch == 0) return denoise__fail(DENOISE_ERR_SHAPE, "evaluate: the dataset gave no rows");
        if (count == 0) return DENOISE_OK;
        DENOISE__TRY(evaluate_batch(trainer, source, batch, start, count, silent));
        if (!stopped_before && denoise_trainer_stopping(trainer)) return DENOISE_OK;
    }
    return DENOISE_OK;
}

denoise_status denoise__evaluate_batches(denoise_trainer *trainer, denoise__source *source, int64_t steps, bool silent,
                                         denoise_logs *results, const char *prefix)
{
    denoise__trainer_reset_metrics(trainer);
    if (!silent) {
        DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, "")); /* their room, before the first step */
        denoise__logs_clear(trainer->logs);
    }
    DENOISE__TRY(tell(trainer, silent, DENOISE__TEST_BEGIN));
    DENOISE__TRY(run_batches(trainer, source, steps, silent));
    if (!silent) {
        denoise__logs_clear(trainer->logs);
        DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
        DENOISE__TRY(tell(trainer, silent, DENOISE__TEST_END));
    }
    return denoise__trainer_write_logs(trainer, results, prefix);
}

static denoise_status evaluate_locked(denoise_logs *results, denoise_trainer *trainer, denoise__source *source,
                                      const denoise_evaluate_options *options)
{
    bool nested = trainer->running > 1;
    denoise__saved_sums saved = {0};
    DENOISE__TRY(denoise__session_prepare(trainer, &trainer->test, source->arrays.x, source->batch_size));
    if (denoise__sums_are_needed(trainer)) DENOISE__TRY(denoise__sums_save(trainer, &saved));
    trainer->shows_progress = !nested && options->verbose != 0;
    denoise_status status = denoise__evaluate_batches(trainer, source, options->steps, nested, results, "");
    denoise__sums_restore(trainer, &saved);
    return status;
}

static denoise_status check_options(const denoise_evaluate_options *options, denoise_evaluate_options *known)
{
    DENOISE__TRY(denoise__options_read(&evaluate_options_known, known, options));
    if (known->batch_size < 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "evaluate options: batch_size is %lld, expected >= 1",
                             (long long)known->batch_size);
    }
    if (known->steps != -1 && known->steps < 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "evaluate options: steps is %lld, expected >= 1, or -1 for all",
                             (long long)known->steps);
    }
    if (known->verbose < 0 || known->verbose > 2) {
        return denoise__fail(DENOISE_ERR_RANGE, "evaluate options: verbose is %d, expected 0 to 2", (int)known->verbose);
    }
    return DENOISE_OK;
}

/* What is evaluated: a dataset, or arrays. */
typedef struct subject {
    const denoise_tensor *const *x, *const *y;
    int64_t input_count, output_count;
    denoise_dataset *dataset;
} subject;

static denoise_status open_source(denoise__source *source, denoise_trainer *trainer, const subject *given,
                                  const denoise_evaluate_options *options)
{
    denoise__arrays arrays = {.x = given->x, .y = given->y, .sample_weight = options->sample_weight};
    if (given->dataset != NULL) {
        if (options->sample_weight == NULL)
            return denoise__source_of_dataset(source, trainer, given->dataset, &arrays, options->batch_size);
        return denoise__fail(DENOISE_ERR_INVALID, "evaluate options: the sample weights of a dataset are its own");
    }
    DENOISE__TRY(denoise__arrays_check(trainer, &arrays, given->input_count, given->output_count));
    if (arrays.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "evaluate: there are no rows");
    int64_t batch = arrays.rows < options->batch_size ? arrays.rows : options->batch_size;
    denoise__source_of_arrays(source, &arrays, batch, NULL);
    return DENOISE_OK;
}

static denoise_status evaluate(denoise_logs *results, denoise_trainer *trainer, const subject *given,
                               const denoise_evaluate_options *options)
{
    denoise_evaluate_options known;
    denoise__source source;
    denoise__run_params params = {.epochs = 1, .in_fit = false};
    denoise__run_scope scope;
    DENOISE__TRY(check_options(options, &known));
    DENOISE__TRY(open_source(&source, trainer, given, &known));
    DENOISE__TRY(denoise__count_batches(&source, known.steps, "steps in evaluate's options", &params.steps));
    params.verbose = known.verbose;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, false, "evaluate", &params));
    if (trainer->running == 1) atomic_store(&trainer->stop, 0);
    denoise_status status = evaluate_locked(results, trainer, &source, &known);
    denoise__run_leave(&scope);
    return status;
}

/* `is_one`: x and y are not the caller's arrays, but the addresses of his tensors. */
static denoise_status checked_evaluate(const char *function, denoise_logs **out, denoise_trainer *trainer, const subject *given,
                                       const denoise_evaluate_options *options, bool is_one)
{
    if (out != NULL) *out = NULL;
    if (trainer == NULL) return denoise__fail_null(function, "trainer");
    denoise_logs *results = NULL;
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, "evaluate"));
    denoise_status status = given->dataset != NULL ? DENOISE_OK : denoise__check_data(function, given->x, given->y, is_one);
    if (status == DENOISE_OK) status = denoise__logs_new(&results);
    if (status == DENOISE_OK) status = denoise__use_hold(trainer, denoise__logs_discard, results);
    if (status == DENOISE_OK) status = evaluate(results, trainer, given, options);
    if (status == DENOISE_OK && out != NULL) {
        denoise__use_give(trainer, results);
        *out = results;
    }
    return denoise__use_end(&use, status);
}

denoise_status denoise_trainer_evaluate_many(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *const *x,
                                             int64_t input_count, const denoise_tensor *const *y, int64_t output_count,
                                             const denoise_evaluate_options *options)
{
    subject given = {.x = x, .y = y, .input_count = input_count, .output_count = output_count};
    return checked_evaluate(__func__, out, trainer, &given, options, false);
}

denoise_status denoise_trainer_evaluate(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                        const denoise_tensor *y, const denoise_evaluate_options *options)
{
    subject given = {.x = &x, .y = &y, .input_count = 1, .output_count = 1};
    return checked_evaluate(__func__, out, trainer, &given, options, true);
}

denoise_status denoise_trainer_evaluate_dataset(denoise_logs **out, denoise_trainer *trainer, denoise_dataset *dataset,
                                                const denoise_evaluate_options *options)
{
    subject given = {.dataset = dataset};
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(trainer);
    DENOISE__CHECK_NULL(dataset);
    return checked_evaluate(__func__, out, trainer, &given, options, false);
}
