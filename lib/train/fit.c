/* SPDX-License-Identifier: Apache-2.0 */
/* Training; the order of events is that of keras/src/backend/tensorflow/trainer.py. */
#include "core/memory.h"
#include "core/random.h"
#include "train/callback_list.h"
#include "train/evaluate.h"
#include "train/run_scope.h"
#include "train/session.h"
#include "train/step.h"
#include "train/use.h"
#include <float.h>
#include <math.h>

typedef struct fit_run {
    denoise_trainer *trainer;
    denoise_fit_options options;
    denoise__arrays train, validation;
    bool validates;
    int64_t validation_batch_size;
    int64_t *order;
    int64_t epoch, steps_per_epoch;
    bool loss_is_handled;
} fit_run;

void denoise_fit_options_init(denoise_fit_options *options)
{
    if (options != NULL) *options = (denoise_fit_options)DENOISE_FIT_OPTIONS_INIT;
}

static denoise_status check_number(const char *name, int64_t value, int64_t least)
{
    if (value >= least) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "fit options: %s is %lld, expected >= %lld", name, (long long)value,
                         (long long)least);
}

static denoise_status check_flag(const char *name, int32_t value, int32_t most)
{
    if (value >= 0 && value <= most) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "fit options: %s is %d, expected 0 to %d", name, (int)value, (int)most);
}

static denoise_status check_options(const denoise_trainer *trainer, const denoise_fit_options *options,
                                    denoise_fit_options *known)
{
    *known = (denoise_fit_options)DENOISE_FIT_OPTIONS_INIT;
    if (options == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("fit options", options->struct_size, sizeof *known));
    *known = *options;
    DENOISE__TRY(check_number("batch_size", known->batch_size, 1));
    DENOISE__TRY(check_number("epochs", known->epochs, 0));
    DENOISE__TRY(check_number("initial_epoch", known->initial_epoch, 0));
    DENOISE__TRY(check_number("validation_freq", known->validation_freq, 1));
    if (known->validation_batch_size != -1)
        DENOISE__TRY(check_number("validation_batch_size", known->validation_batch_size, 1));
    DENOISE__TRY(check_number("class_count", known->class_count, 0));
    DENOISE__TRY(check_flag("shuffle", known->shuffle, 1));
    DENOISE__TRY(check_flag("verbose", known->verbose, 2));
    DENOISE__TRY(check_flag("nonfinite", known->nonfinite, DENOISE_NONFINITE_IGNORE));
    if (!isgreaterequal(known->validation_split, 0.0) || !isless(known->validation_split, 1.0)) { /* NaN may trap */
        return denoise__fail(DENOISE_ERR_RANGE, "fit options: validation_split is %g, expected 0 <= validation_split < 1",
                             known->validation_split);
    }
    if (known->class_weight != NULL && known->sample_weight != NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "fit options: class_weight and sample_weight exclude each other");
    }
    if (known->class_weight != NULL && trainer->model->output_count != 1) {
        return denoise__fail(DENOISE_ERR_INVALID, "fit options: class_weight needs a model of one output, this one has %d",
                             (int)trainer->model->output_count);
    }
    const denoise__shape *sample = denoise__model_output_shape(trainer->model, 0);
    bool has_rows = sample->rank > 0 && denoise__shape_size(sample) != sample->dim[sample->rank - 1];
    if (known->class_weight != NULL && has_rows) {
        char shape[192];
        return denoise__fail(DENOISE_ERR_INVALID,
                             "fit options: class_weight needs one class per sample, the output has the shape %s",
                             denoise__shape_text(sample, true, shape, sizeof shape));
    }
    for (int64_t i = 0; known->class_weight != NULL && i < known->class_count; i++) {
        if (islessequal(fabs(known->class_weight[i]), (double)FLT_MAX)) continue;
        return denoise__fail(DENOISE_ERR_NONFINITE, "fit options: the weight of class %lld is not finite in float32",
                             (long long)i);
    }
    return DENOISE_OK;
}

/* floor(n (1 - split)) in double, as Keras computes it. */
static int64_t rows_before(int64_t rows, double split)
{
    denoise__fp_state caller;
    denoise__fp_enter(&caller);
    volatile double kept = 1.0 - split, before = (double)rows * kept; /* volatile: a compiler may move arithmetic past calls */
    denoise__fp_leave(&caller);
    return (int64_t)floor(before);
}

/* The last rows, before any shuffle. */
static denoise_status split_rows(fit_run *run)
{
    denoise__arrays *train = &run->train;
    int64_t rows = train->rows, split_at = rows_before(rows, run->options.validation_split);
    if (split_at < 1 || split_at >= rows) {
        return denoise__fail(
            DENOISE_ERR_RANGE,
            "fit: %lld rows with validation_split %g leave %lld rows to train on and %lld to validate on; both need one",
            (long long)rows, run->options.validation_split, (long long)split_at, (long long)(rows - split_at));
    }
    run->validation = *train;
    run->validation.class_weight = NULL;
    run->validation.check_finite = false;
    run->validation.first = split_at;
    run->validation.rows = rows - split_at;
    train->rows = split_at;
    run->validates = true;
    return DENOISE_OK;
}

static denoise_status choose_validation(fit_run *run, int64_t input_count, int64_t output_count)
{
    const denoise_fit_options *options = &run->options;
    run->validation_batch_size = options->validation_batch_size != -1 ? options->validation_batch_size : options->batch_size;
    if (options->validation_x == NULL && options->validation_y == NULL) {
        return options->validation_split > 0.0 ? split_rows(run) : DENOISE_OK;
    }
    if (options->validation_x == NULL || options->validation_y == NULL) {
        return denoise__fail(DENOISE_ERR_NULL, "fit options: validation_x and validation_y belong together");
    }
    run->validation = (denoise__arrays){.x = options->validation_x,
                                        .y = options->validation_y,
                                        .sample_weight = options->validation_weight,
                                        .keep_metrics = true};
    denoise_status status = denoise__arrays_check(run->trainer, &run->validation, input_count, output_count);
    if (status != DENOISE_OK) return denoise__context(status, "validation data: ");
    if (run->validation.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "fit: the validation data has no rows");
    run->validates = true;
    return DENOISE_OK;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* All memory of the run. */
static denoise_status prepare(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    int64_t sizes_count = trainer->weight_count;
    DENOISE__TRY(denoise__session_prepare(trainer, &trainer->train, smaller(run->options.batch_size, run->train.rows)));
    if (run->validates) {
        DENOISE__TRY(
            denoise__session_prepare(trainer, &trainer->test, smaller(run->validation_batch_size, run->validation.rows)));
    }
    if (run->options.shuffle) {
        run->order = denoise__allocate_zeroed((size_t)run->train.rows, sizeof *run->order);
        if (run->order == NULL) return denoise__fail_nomem();
        run->train.order = run->order;
    }
    int64_t *sizes = denoise__allocate_zeroed((size_t)sizes_count + 1, sizeof *sizes);
    if (sizes == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < sizes_count; i++)
        sizes[i] = trainer->weights[i].layer->weights[trainer->weights[i].index].count;
    denoise_status status = denoise__optimizer_build(trainer->optimizer, sizes, sizes_count);
    denoise__release(sizes);
    return status;
}

/* Room for all keys: clearing keeps it. */
static denoise_status prepare_logs(fit_run *run, denoise_logs *epoch_logs)
{
    denoise_trainer *trainer = run->trainer;
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
    DENOISE__TRY(denoise__trainer_write_logs(trainer, epoch_logs, ""));
    if (!run->validates) return DENOISE_OK;
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->validation_logs, "val_"));
    return denoise__trainer_write_logs(trainer, epoch_logs, "val_");
}

static denoise_status train_batch(fit_run *run, int64_t batch, int64_t start, int64_t count)
{
    denoise_trainer *trainer = run->trainer;
    denoise__step_options options = {.seed = run->options.seed,
                                     .number = (uint64_t)run->epoch * (uint64_t)run->steps_per_epoch + (uint64_t)batch,
                                     .check_finite = run->options.nonfinite == DENOISE_NONFINITE_ERROR,
                                     .loss_is_handled = run->loss_is_handled};
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__callbacks_tell_counted(trainer, DENOISE__TRAIN_BATCH_BEGIN, batch, trainer->logs));
    denoise_status status = denoise__batch_load(trainer, &trainer->train, &run->train, start, count);
    if (status == DENOISE_OK) status = denoise__train_step(trainer, count, &options);
    if (status != DENOISE_OK) {
        return denoise__context(status, "epoch %lld, batch %lld: ", (long long)run->epoch, (long long)batch);
    }
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
    return denoise__callbacks_tell_counted(trainer, DENOISE__TRAIN_BATCH_END, batch, trainer->logs);
}

static denoise_status validate(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    denoise__run_params outer = trainer->run;
    trainer->run.in_fit = true;
    trainer->run.steps = (run->validation.rows - 1) / run->validation_batch_size + 1;
    denoise__logs_clear(trainer->validation_logs);
    denoise_status status = denoise__evaluate_batches(trainer, &run->validation, run->validation_batch_size, false,
                                                      trainer->validation_logs, "val_");
    trainer->run = outer;
    return status;
}

static denoise_status run_epoch(fit_run *run, denoise_logs *epoch_logs)
{
    denoise_trainer *trainer = run->trainer;
    denoise__trainer_reset_metrics(trainer);
    denoise__logs_clear(epoch_logs);
    DENOISE__TRY(denoise__callbacks_tell_counted(trainer, DENOISE__EPOCH_BEGIN, run->epoch, epoch_logs));
    if (run->order != NULL) {
        denoise__random_permutation(run->options.seed, denoise__stream(DENOISE__STREAM_SHUFFLE, (uint64_t)run->epoch, 0, 0),
                                    run->order, run->train.rows);
    }
    int64_t size = run->options.batch_size;
    for (int64_t batch = 0, start = 0; start < run->train.rows; batch++, start += size) {
        DENOISE__TRY(train_batch(run, batch, start, smaller(size, run->train.rows - start)));
        if (denoise_trainer_stopping(trainer)) break;
    }
    denoise__logs_clear(epoch_logs);
    DENOISE__TRY(denoise__trainer_write_logs(trainer, epoch_logs, ""));
    if (run->validates && (run->epoch + 1) % run->options.validation_freq == 0) {
        DENOISE__TRY(validate(run));
        DENOISE__TRY(denoise__logs_copy(epoch_logs, trainer->validation_logs));
    }
    return denoise__callbacks_tell_counted(trainer, DENOISE__EPOCH_END, run->epoch, epoch_logs);
}

static denoise_status run_epochs(fit_run *run, denoise_logs *epoch_logs)
{
    denoise_trainer *trainer = run->trainer;
    denoise__logs_clear(epoch_logs);
    DENOISE__TRY(denoise__callbacks_tell(trainer, DENOISE__TRAIN_BEGIN, epoch_logs));
    for (run->epoch = run->options.initial_epoch; run->epoch < run->options.epochs; run->epoch++) {
        DENOISE__TRY(run_epoch(run, epoch_logs));
        if (denoise_trainer_stopping(trainer)) break;
    }
    return denoise__callbacks_tell(trainer, DENOISE__TRAIN_END, epoch_logs);
}

static denoise_status fit_locked(fit_run *run)
{
    denoise_logs *epoch_logs = NULL;
    denoise_status status = prepare(run);
    if (status == DENOISE_OK) status = denoise__logs_new(&epoch_logs);
    if (status == DENOISE_OK) status = prepare_logs(run, epoch_logs);
    if (status == DENOISE_OK) {
        run->trainer->shows_progress = run->options.verbose != 0;
        run->loss_is_handled = denoise__callbacks_handle_nonfinite(run->trainer);
        status = run_epochs(run, epoch_logs);
    }
    denoise_logs_free(epoch_logs);
    denoise__release(run->order);
    return status;
}

static denoise_status fit(denoise_trainer *trainer, const denoise_tensor *const *x, int64_t input_count,
                          const denoise_tensor *const *y, int64_t output_count, const denoise_fit_options *options)
{
    fit_run run = {.trainer = trainer};
    DENOISE__TRY(check_options(trainer, options, &run.options));
    run.train = (denoise__arrays){.x = x,
                                  .y = y,
                                  .sample_weight = run.options.sample_weight,
                                  .class_weight = run.options.class_weight,
                                  .class_count = run.options.class_count,
                                  .check_finite = run.options.nonfinite == DENOISE_NONFINITE_ERROR};
    DENOISE__TRY(denoise__arrays_check(trainer, &run.train, input_count, output_count));
    if (run.train.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "fit: there are no rows to train on");
    DENOISE__TRY(choose_validation(&run, input_count, output_count));
    run.steps_per_epoch = (run.train.rows - 1) / run.options.batch_size + 1;
    denoise__run_params params = {.verbose = run.options.verbose,
                                  .epochs = run.options.epochs,
                                  .initial_epoch = run.options.initial_epoch,
                                  .steps = run.steps_per_epoch,
                                  .in_fit = true};
    denoise__run_scope scope;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, true, "fit", &params));
    atomic_store(&trainer->stop, 0);
    denoise_status status = fit_locked(&run);
    denoise__run_leave(&scope);
    return status;
}

/* `is_one`: x and y are not the caller's arrays, but the addresses of his tensors. */
static denoise_status checked_fit(const char *function, denoise_trainer *trainer, const denoise_tensor *const *x,
                                  int64_t input_count, const denoise_tensor *const *y, int64_t output_count,
                                  const denoise_fit_options *options, bool is_one)
{
    denoise__use use;
    if (trainer == NULL) return denoise__fail_null(function, "trainer");
    DENOISE__TRY(denoise__use_begin(&use, trainer, "fit"));
    denoise_status status = denoise__check_data(function, x, y, is_one);
    if (status == DENOISE_OK) status = fit(trainer, x, input_count, y, output_count, options);
    return denoise__use_end(&use, status);
}

denoise_status denoise_trainer_fit_many(denoise_trainer *trainer, const denoise_tensor *const *x, int64_t input_count,
                                        const denoise_tensor *const *y, int64_t output_count,
                                        const denoise_fit_options *options)
{
    return checked_fit(__func__, trainer, x, input_count, y, output_count, options, false);
}

denoise_status denoise_trainer_fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y,
                                   const denoise_fit_options *options)
{
    return checked_fit(__func__, trainer, &x, 1, &y, 1, options, true);
}
