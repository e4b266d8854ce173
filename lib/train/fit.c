/* SPDX-License-Identifier: Apache-2.0 */
/* Training; the order of events is that of keras/src/backend/tensorflow/trainer.py. */
#include "core/log.h"
#include "core/options.h"
#include "train/callback_list.h"
#include "train/evaluate.h"
#include "train/run_scope.h"
#include "train/session.h"
#include "train/split.h"
#include "train/step.h"
#include "train/use.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* What is trained on: a dataset, or arrays. */
typedef struct fit_data {
    const denoise_tensor *const *x, *const *y;
    int64_t input_count, output_count;
    denoise_dataset *dataset, *validation_dataset;
} fit_data;

typedef struct fit_run {
    denoise_trainer *trainer;
    denoise_fit_options options;
    const fit_data *data;
    denoise__source train, validation;
    bool validates;
    denoise_logs *epoch_logs; /* of the present epoch, to which callbacks add */
    denoise_logs *own_logs;   /* the same without what they added: what on_train_end sees, as in Keras */
    int64_t validation_steps; /* batches of a validation; -1: nobody knows */
    int64_t epoch;
    bool is_in_pass;                   /* the source goes on where the epoch before ended */
    int64_t epoch_batches;             /* of that epoch */
    int64_t like[DENOISE__LIKE_COUNT]; /* what a fit that goes on must have alike */
    bool loss_is_handled;
    int64_t from; /* event of the trainer's place that is to be told next, as the fit goes on there; NONE: what comes next */
} fit_run;

DENOISE__OPTIONS(fit_options, FIT_OPTIONS, "fit options", denoise_fit_options, offsetof(denoise_fit_options, steps_per_epoch))

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
    DENOISE__TRY(denoise__options_read(&fit_options_known, known, options));
    DENOISE__TRY(check_number("batch_size", known->batch_size, 1));
    DENOISE__TRY(check_number("epochs", known->epochs, 0));
    DENOISE__TRY(check_number("initial_epoch", known->initial_epoch, 0));
    DENOISE__TRY(check_number("validation_freq", known->validation_freq, 1));
    if (known->validation_batch_size != -1)
        DENOISE__TRY(check_number("validation_batch_size", known->validation_batch_size, 1));
    DENOISE__TRY(check_number("class_count", known->class_count, 0));
    if (known->steps_per_epoch != -1) DENOISE__TRY(check_number("steps_per_epoch", known->steps_per_epoch, 1));
    if (known->validation_steps != -1) DENOISE__TRY(check_number("validation_steps", known->validation_steps, 1));
    DENOISE__TRY(check_flag("validation_split_order", known->validation_split_order, DENOISE_SPLIT_STRATIFIED));
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
    bool has_rows = false;
    for (int32_t i = 0; i + 1 < sample->rank; i++)
        has_rows = has_rows || sample->dim[i] != 1;
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

static int64_t validation_batch_size(const fit_run *run)
{
    return run->options.validation_batch_size != -1 ? run->options.validation_batch_size : run->options.batch_size;
}

/* The last rows, before any shuffle, or those that validation_split_order says. */
static denoise_status split_rows(fit_run *run, denoise__arrays *all)
{
    const denoise_fit_options *options = &run->options;
    int64_t rows = all->rows, split_at = rows_before(rows, options->validation_split);
    if (split_at < 1 || split_at >= rows) {
        return denoise__fail(
            DENOISE_ERR_RANGE,
            "fit: %lld rows with validation_split %g leave %lld rows to train on and %lld to validate on; both need one",
            (long long)rows, options->validation_split, (long long)split_at, (long long)(rows - split_at));
    }
    int64_t *kept = NULL;
    if (options->validation_split_order != DENOISE_SPLIT_LAST)
        DENOISE__TRY(denoise__split(&kept, run->trainer, all->y[0], split_at, options->validation_split_order, options->seed));
    denoise__arrays validation = *all;
    validation.class_weight = NULL;
    validation.check_finite = false;
    validation.first = kept == NULL ? split_at : 0;
    validation.rows = rows - split_at;
    all->rows = split_at;
    denoise__source_of_arrays(&run->train, all, options->batch_size, kept);
    denoise__source_of_arrays(&run->validation, &validation, validation_batch_size(run), kept == NULL ? NULL : kept + split_at);
    run->validates = true;
    return DENOISE_OK;
}

static denoise_status validate_on_arrays(fit_run *run)
{
    const denoise_fit_options *options = &run->options;
    denoise__arrays validation = {.x = options->validation_x,
                                  .y = options->validation_y,
                                  .sample_weight = options->validation_weight,
                                  .keep_metrics = true};
    if (options->validation_x == NULL || options->validation_y == NULL) {
        return denoise__fail(DENOISE_ERR_NULL, "fit options: validation_x and validation_y belong together");
    }
    int64_t inputs = run->trainer->model->input_count, outputs = run->trainer->model->output_count;
    denoise_status status = denoise__arrays_check(run->trainer, &validation, inputs, outputs);
    if (status != DENOISE_OK) return denoise__context(status, "validation data: ");
    if (validation.rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "fit: the validation data has no rows");
    denoise__source_of_arrays(&run->validation, &validation, validation_batch_size(run), NULL);
    run->validates = true;
    return DENOISE_OK;
}

static denoise_status validate_on_dataset(fit_run *run)
{
    denoise__arrays use = {.keep_metrics = true};
    denoise_status status = denoise__source_of_dataset(&run->validation, run->trainer, run->data->validation_dataset, &use,
                                                       validation_batch_size(run));
    run->validates = true;
    return status == DENOISE_OK ? status : denoise__context(status, "validation data: ");
}

static bool has_validation_arrays(const fit_run *run)
{
    return run->options.validation_x != NULL || run->options.validation_y != NULL;
}

static denoise_status train_on_arrays(fit_run *run, denoise__arrays *use)
{
    use->x = run->data->x;
    use->y = run->data->y;
    use->sample_weight = run->options.sample_weight;
    DENOISE__TRY(denoise__arrays_check(run->trainer, use, run->data->input_count, run->data->output_count));
    if (use->rows < 1) return denoise__fail(DENOISE_ERR_SHAPE, "fit: there are no rows to train on");
    if (run->options.validation_split > 0.0 && !has_validation_arrays(run)) return split_rows(run, use);
    denoise__source_of_arrays(&run->train, use, run->options.batch_size, NULL);
    return DENOISE_OK;
}

static denoise_status train_on_dataset(fit_run *run, const denoise__arrays *use)
{
    if (run->options.validation_split > 0.0) {
        return denoise__fail(DENOISE_ERR_INVALID,
                             "fit options: validation_split is for arrays; a dataset is divided by denoise_dataset_take() and "
                             "denoise_dataset_skip()");
    }
    if (run->options.sample_weight != NULL)
        return denoise__fail(DENOISE_ERR_INVALID, "fit options: the sample weights of a dataset are its own");
    if (run->data->validation_dataset != NULL && has_validation_arrays(run))
        return denoise__fail(DENOISE_ERR_INVALID, "fit options: there are a validation dataset and validation_x");
    return denoise__source_of_dataset(&run->train, run->trainer, run->data->dataset, use, run->options.batch_size);
}

static denoise_status choose_data(fit_run *run)
{
    denoise__arrays use = {.class_weight = run->options.class_weight,
                           .class_count = run->options.class_count,
                           .check_finite = run->options.nonfinite == DENOISE_NONFINITE_ERROR};
    DENOISE__TRY(run->data->dataset == NULL ? train_on_arrays(run, &use) : train_on_dataset(run, &use));
    if (has_validation_arrays(run)) DENOISE__TRY(validate_on_arrays(run));
    if (run->data->validation_dataset != NULL) DENOISE__TRY(validate_on_dataset(run));
    if (!run->validates) return DENOISE_OK;
    return denoise__count_batches(&run->validation, run->options.validation_steps, "validation_steps", &run->validation_steps);
}

static void describe(fit_run *run)
{
    run->like[DENOISE__LIKE_ROWS] = run->train.rows;
    run->like[DENOISE__LIKE_BATCH_SIZE] = run->train.batch_size;
    run->like[DENOISE__LIKE_SHUFFLE] = run->options.shuffle;
    memcpy(&run->like[DENOISE__LIKE_SEED], &run->options.seed, sizeof run->options.seed);
    run->like[DENOISE__LIKE_STEPS_PER_EPOCH] = run->options.steps_per_epoch;
    run->like[DENOISE__LIKE_VALIDATION_ROWS] = run->validates ? run->validation.rows : 0;
    run->like[DENOISE__LIKE_VALIDATION_BATCH_SIZE] = run->validates ? run->validation.batch_size : 0;
    run->like[DENOISE__LIKE_VALIDATION_FREQ] = run->validates ? run->options.validation_freq : 0;
    run->like[DENOISE__LIKE_VALIDATION_STEPS] = run->validates ? run->options.validation_steps : 0;
    run->like[DENOISE__LIKE_VALIDATION_SPLIT_ORDER] = run->validates ? run->options.validation_split_order : 0;
}

/* Rows of the longest batch. */
static int64_t most_rows(const denoise__source *source)
{
    return source->rows > 0 && source->rows < source->batch_size ? source->rows : source->batch_size;
}

/* All memory of the run. */
static denoise_status prepare(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    DENOISE__TRY(denoise__session_prepare(trainer, &trainer->train, run->train.arrays.x, most_rows(&run->train)));
    if (run->validates)
        DENOISE__TRY(denoise__session_prepare(trainer, &trainer->test, run->validation.arrays.x, most_rows(&run->validation)));
    if (run->options.shuffle && run->data->dataset == NULL)
        DENOISE__TRY(denoise__source_shuffle(&run->train, trainer, run->options.seed));
    return denoise__trainer_build_optimizer(trainer);
}

static denoise_status new_logs(fit_run *run, denoise_logs **out)
{
    DENOISE__TRY(denoise__logs_new(out));
    DENOISE__TRY(denoise__use_hold(run->trainer, denoise__logs_discard, *out));
    DENOISE__TRY(denoise__trainer_write_logs(run->trainer, *out, ""));
    if (run->validates) DENOISE__TRY(denoise__trainer_write_logs(run->trainer, *out, "val_"));
    denoise__logs_clear(*out);
    return DENOISE_OK;
}

/* Room for all keys: clearing keeps it. */
static denoise_status prepare_logs(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    DENOISE__TRY(new_logs(run, &run->epoch_logs));
    DENOISE__TRY(new_logs(run, &run->own_logs));
    DENOISE__TRY(denoise__trainer_write_logs(trainer, trainer->logs, ""));
    return run->validates ? denoise__trainer_write_logs(trainer, trainer->validation_logs, "val_") : DENOISE_OK;
}

static void enter(fit_run *run, int64_t event, denoise_logs *logs)
{
    run->trainer->place.event = event;
    run->trainer->place.logs = logs;
    run->from = DENOISE__PLACE_NONE;
}

/* A fit that goes on tells only those that have not heard of it. */
static denoise_status tell(fit_run *run, int64_t place, denoise__counted_event event, int64_t number, denoise_logs *logs)
{
    int64_t first = run->from == place ? run->trainer->place.told : 0;
    enter(run, place, logs);
    return denoise__callbacks_tell_from(run->trainer, event, number, logs, first);
}

static denoise_status make_step(fit_run *run, int64_t batch, int64_t start, int64_t count)
{
    denoise_trainer *trainer = run->trainer;
    denoise__step_options options = {.seed = run->options.seed,
                                     .check_finite = run->options.nonfinite == DENOISE_NONFINITE_ERROR,
                                     .loss_is_handled = run->loss_is_handled};
    if (run->from == DENOISE__PLACE_NONE) denoise__logs_clear(trainer->logs);
    DENOISE__TRY(tell(run, DENOISE__PLACE_BATCH_BEGIN, DENOISE__TRAIN_BATCH_BEGIN, batch, trainer->logs));
    denoise_status status = denoise__batch_load(trainer, &trainer->train, &run->train.arrays, start, count);
    if (status == DENOISE_OK) status = denoise__train_step(trainer, count, &options);
    if (status != DENOISE_OK) {
        return denoise__context(status, "epoch %lld, batch %lld: ", (long long)run->epoch, (long long)batch);
    }
    denoise__logs_clear(trainer->logs);
    return denoise__trainer_write_logs(trainer, trainer->logs, "");
}

static denoise_status train_batch(fit_run *run, int64_t batch, int64_t start, int64_t count)
{
    run->trainer->place.batch = batch;
    if (run->from != DENOISE__PLACE_BATCH_END) DENOISE__TRY(make_step(run, batch, start, count));
    return tell(run, DENOISE__PLACE_BATCH_END, DENOISE__TRAIN_BATCH_END, batch, run->trainer->logs);
}

static denoise_status validate(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    denoise__run_params outer = trainer->run;
    trainer->run.in_fit = true;
    trainer->run.steps = run->validation_steps;
    denoise__logs_clear(trainer->validation_logs);
    denoise_status status =
        denoise__evaluate_batches(trainer, &run->validation, run->validation_steps, false, trainer->validation_logs, "val_");
    trainer->run = outer;
    return status;
}

/* A pass begins, with this step. */
static void begin_pass(denoise_trainer *trainer)
{
    trainer->place.pass_step = trainer->step;
    trainer->place.pass_batch = 0;
}

/* Where the epoch's next batch is: in a pass of its own, or, with steps_per_epoch, in one that goes on. */
static denoise_status find_batch(fit_run *run)
{
    const denoise__place *place = &run->trainer->place;
    bool is_trained = run->from > DENOISE__PLACE_BATCH_END;
    if (run->is_in_pass || (is_trained && run->options.steps_per_epoch < 0)) return DENOISE_OK;
    run->is_in_pass = true;
    return run->train.ops->begin(&run->train, place->pass_step, place->pass_batch + place->batch + is_trained);
}

static denoise_status begin_epoch(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    denoise_logs *epoch_logs = run->epoch_logs;
    denoise__place *place = &trainer->place;
    place->epoch = run->epoch;
    if (run->from == DENOISE__PLACE_NONE) {
        denoise__trainer_reset_metrics(trainer);
        denoise__logs_clear(epoch_logs);
        place->batch = 0;
        if (run->is_in_pass)
            place->pass_batch += run->epoch_batches;
        else
            begin_pass(trainer);
    }
    if (run->from <= DENOISE__PLACE_EPOCH_BEGIN)
        DENOISE__TRY(tell(run, DENOISE__PLACE_EPOCH_BEGIN, DENOISE__EPOCH_BEGIN, run->epoch, epoch_logs));
    return find_batch(run);
}

static denoise_status fail_empty(const fit_run *run)
{
    if (run->from != DENOISE__PLACE_NONE) {
        return denoise__fail(DENOISE_ERR_INVALID, "the dataset ended before the batch at which the fit is to go on");
    }
    return denoise__fail(DENOISE_ERR_SHAPE,
                         "the dataset gave no rows; one of a generator without restart can be read once, unless "
                         "steps_per_epoch makes epochs of it");
}

/* *count is 0 where the epoch ends before the steps that are wanted. A pass that ended with the epoch before is followed by
 * another. */
static denoise_status next_batch(fit_run *run, int64_t batch, int64_t *start, int64_t *count)
{
    denoise__source *source = &run->train;
    denoise_trainer *trainer = run->trainer;
    DENOISE__TRY(source->ops->next(source, start, count));
    if (*count > 0 || (batch > 0 && run->from == DENOISE__PLACE_NONE)) return DENOISE_OK;
    if (batch > 0 || trainer->place.pass_batch == 0) return fail_empty(run);
    begin_pass(trainer);
    DENOISE__TRY(source->ops->begin(source, trainer->place.pass_step, 0));
    DENOISE__TRY(source->ops->next(source, start, count));
    return *count > 0 ? DENOISE_OK : fail_empty(run);
}

static denoise_status run_out(fit_run *run, int64_t batch)
{
    run->is_in_pass = false;
    run->epoch_batches = batch;
    if (run->trainer->run.steps < 0) run->trainer->run.steps = batch; /* as Keras does from the first epoch's end on */
    if (run->options.steps_per_epoch < 0) return DENOISE_OK;
    denoise__log(DENOISE_LOG_WARNING,
                 "Epoch %lld ended after %lld of %lld steps: the input ran out of data. denoise_dataset_repeat() lets it begin "
                 "anew.",
                 (long long)run->epoch + 1, (long long)batch, (long long)run->options.steps_per_epoch);
    return DENOISE_OK;
}

static denoise_status train_batches(fit_run *run)
{
    int64_t batch = run->trainer->place.batch, start, count;
    if (run->from > DENOISE__PLACE_BATCH_END) {
        run->epoch_batches = batch + 1;
        return DENOISE_OK;
    }
    for (; batch != run->options.steps_per_epoch; batch++) {
        denoise_status status = next_batch(run, batch, &start, &count);
        if (status != DENOISE_OK)
            return denoise__context(status, "epoch %lld, batch %lld: ", (long long)run->epoch, (long long)batch);
        if (count == 0) return run_out(run, batch);
        DENOISE__TRY(train_batch(run, batch, start, count));
        if (denoise_trainer_stopping(run->trainer)) return DENOISE_OK;
    }
    run->epoch_batches = batch;
    return DENOISE_OK;
}

/* The trainer's own keys with the epoch's values; also where a fit goes on among callbacks of which some have added theirs. */
static denoise_status keep_own_logs(fit_run *run, bool is_validated)
{
    denoise_logs *own = run->own_logs;
    denoise__logs_clear(own);
    DENOISE__TRY(denoise__trainer_write_logs(run->trainer, own, ""));
    if (is_validated) DENOISE__TRY(denoise__trainer_write_logs(run->trainer, own, "val_"));
    for (int64_t i = 0; i < own->count; i++) {
        double value;
        if (denoise__logs_find(run->epoch_logs, own->entries[i].key, &value)) own->entries[i].value = value;
    }
    return DENOISE_OK;
}

static denoise_status end_epoch(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    denoise_logs *epoch_logs = run->epoch_logs;
    if (run->options.steps_per_epoch < 0) run->is_in_pass = false;
    bool is_due = run->validates && (run->epoch + 1) % run->options.validation_freq == 0;
    if (run->from == DENOISE__PLACE_NONE) {
        denoise__logs_clear(epoch_logs);
        DENOISE__TRY(denoise__trainer_write_logs(trainer, epoch_logs, ""));
    }
    if (is_due && run->from != DENOISE__PLACE_EPOCH_END) {
        enter(run, DENOISE__PLACE_VALIDATION, epoch_logs);
        trainer->place.is_stopping = denoise_trainer_stopping(trainer) != 0;
        DENOISE__TRY(validate(run));
        DENOISE__TRY(denoise__logs_copy(epoch_logs, trainer->validation_logs));
    }
    DENOISE__TRY(keep_own_logs(run, is_due));
    return tell(run, DENOISE__PLACE_EPOCH_END, DENOISE__EPOCH_END, run->epoch, epoch_logs);
}

static denoise_status run_epoch(fit_run *run)
{
    DENOISE__TRY(begin_epoch(run));
    DENOISE__TRY(train_batches(run));
    return end_epoch(run);
}

/* From a new beginning, or from the place in the state that was read, which is used up. */
static denoise_status choose_start(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    denoise__place *pending = &trainer->pending;
    run->from = pending->event;
    run->epoch = run->options.initial_epoch;
    if (run->from != DENOISE__PLACE_NONE) {
        bool is_batch = run->from == DENOISE__PLACE_BATCH_BEGIN || run->from == DENOISE__PLACE_BATCH_END;
        denoise_logs *logs = is_batch ? trainer->logs : run->epoch_logs;
        denoise__logs_clear(logs);
        DENOISE__TRY(denoise__logs_copy(logs, pending->logs));
        run->epoch = pending->epoch;
        trainer->place = *pending;
        pending->event = DENOISE__PLACE_NONE;
    }
    trainer->place.event = DENOISE__PLACE_NONE; /* until it tells something */
    memcpy(trainer->place.like, run->like, sizeof run->like);
    return DENOISE_OK;
}

/* As Keras' finalize_variable_values(): the weights become their moving averages, where the optimizer keeps them. */
static void finalize(denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        const float *average = denoise__optimizer_average(trainer->optimizer, i);
        denoise__variable *weight = &trainer->weights[i].layer->weights[trainer->weights[i].index].variable;
        if (average == NULL) continue;
        denoise__variable_bring_home(weight);
        memcpy(weight->values, average, denoise__variable_bytes(weight));
        denoise__variable_touch(weight);
    }
}

static denoise_status run_epochs(fit_run *run)
{
    denoise_trainer *trainer = run->trainer;
    DENOISE__TRY(denoise__callbacks_tell(trainer, DENOISE__TRAIN_BEGIN, run->epoch_logs));
    DENOISE__TRY(choose_start(run));
    for (; run->epoch < run->options.epochs; run->epoch++) {
        DENOISE__TRY(run_epoch(run));
        if (denoise_trainer_stopping(trainer)) break;
    }
    trainer->place.event = DENOISE__PLACE_NONE;
    if (run->options.epochs > 0) finalize(trainer);
    return denoise__callbacks_tell(trainer, DENOISE__TRAIN_END, run->own_logs);
}

static denoise_status fit_locked(fit_run *run)
{
    DENOISE__TRY(prepare(run));
    DENOISE__TRY(prepare_logs(run));
    run->trainer->shows_progress = run->options.verbose != 0;
    run->loss_is_handled = denoise__callbacks_handle_nonfinite(run->trainer);
    return run_epochs(run);
}

static denoise_status fit(denoise_trainer *trainer, const fit_data *data, const denoise_fit_options *options)
{
    fit_run run = {.trainer = trainer, .data = data};
    denoise__run_params params = {.in_fit = true};
    DENOISE__TRY(check_options(trainer, options, &run.options));
    DENOISE__TRY(choose_data(&run));
    DENOISE__TRY(denoise__count_batches(&run.train, run.options.steps_per_epoch, "steps_per_epoch", &params.steps));
    describe(&run);
    bool is_resumed = trainer->pending.event != DENOISE__PLACE_NONE;
    if (is_resumed) DENOISE__TRY(denoise__place_check(&trainer->pending, run.like, run.options.epochs));
    if (run.options.steps_per_epoch > 0) params.steps = run.options.steps_per_epoch;
    params.verbose = run.options.verbose;
    params.epochs = run.options.epochs;
    params.initial_epoch = run.options.initial_epoch;
    params.is_resumed = is_resumed;
    denoise__run_scope scope;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, true, "fit", &params));
    atomic_store(&trainer->stop, is_resumed && trainer->pending.is_stopping);
    denoise_status status = fit_locked(&run);
    denoise__run_leave(&scope);
    return status;
}

/* `is_one`: x and y are not the caller's arrays, but the addresses of his tensors. */
static denoise_status checked_fit(const char *function, denoise_trainer *trainer, const fit_data *data,
                                  const denoise_fit_options *options, bool is_one)
{
    denoise__use use;
    if (trainer == NULL) return denoise__fail_null(function, "trainer");
    DENOISE__TRY(denoise__use_begin(&use, trainer, "fit"));
    denoise_status status = data->dataset != NULL ? DENOISE_OK : denoise__check_data(function, data->x, data->y, is_one);
    if (status == DENOISE_OK) status = fit(trainer, data, options);
    return denoise__use_end(&use, status);
}

denoise_status denoise_trainer_fit_many(denoise_trainer *trainer, const denoise_tensor *const *x, int64_t input_count,
                                        const denoise_tensor *const *y, int64_t output_count,
                                        const denoise_fit_options *options)
{
    fit_data data = {.x = x, .y = y, .input_count = input_count, .output_count = output_count};
    return checked_fit(__func__, trainer, &data, options, false);
}

denoise_status denoise_trainer_fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y,
                                   const denoise_fit_options *options)
{
    fit_data data = {.x = &x, .y = &y, .input_count = 1, .output_count = 1};
    return checked_fit(__func__, trainer, &data, options, true);
}

denoise_status denoise_trainer_fit_dataset(denoise_trainer *trainer, denoise_dataset *dataset, denoise_dataset *validation,
                                           const denoise_fit_options *options)
{
    fit_data data = {.dataset = dataset, .validation_dataset = validation};
    DENOISE__CHECK_NULL(trainer);
    DENOISE__CHECK_NULL(dataset);
    return checked_fit(__func__, trainer, &data, options, false);
}
