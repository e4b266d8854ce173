/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction with a trainer's callbacks. */
#include "models/predict.h"
#include "train/callback_list.h"
#include "train/run_scope.h"
#include "train/use.h"

static denoise_status tell_batch(void *context, int64_t batch, bool begin, bool *stop)
{
    denoise_trainer *trainer = context;
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__callbacks_tell_counted(trainer, begin ? DENOISE__PREDICT_BATCH_BEGIN : DENOISE__PREDICT_BATCH_END,
                                                 batch, trainer->logs));
    *stop = !begin && denoise_trainer_stopping(trainer);
    return DENOISE_OK;
}

static denoise_status predict(denoise_tensor **out, denoise_trainer *trainer, const denoise_tensor *x, int64_t batch_size)
{
    denoise__logs_clear(trainer->logs);
    DENOISE__TRY(denoise__callbacks_tell(trainer, DENOISE__PREDICT_BEGIN, trainer->logs));
    DENOISE__TRY(denoise__predict(out, trainer->model, &x, batch_size, tell_batch, trainer));
    denoise__logs_clear(trainer->logs);
    denoise_status status = denoise__callbacks_tell(trainer, DENOISE__PREDICT_END, trainer->logs);
    if (status == DENOISE_OK) return DENOISE_OK;
    denoise_tensor_free(*out);
    *out = NULL;
    return status;
}

static denoise_status predict_scoped(denoise_tensor **out, denoise_trainer *trainer, const denoise_tensor *x,
                                     const denoise_predict_options *options)
{
    denoise_predict_options known;
    int64_t rows = 0;
    DENOISE__TRY(denoise__predict_options_check(options, &known));
    if (trainer->model->output_count != 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "denoise_trainer_predict: model \"%s\" has %d outputs, expected 1",
                             trainer->model->name, (int)trainer->model->output_count);
    }
    DENOISE__TRY(denoise__check_inputs(trainer->model, &x, 1, &rows));
    if (trainer->running > 0) return denoise__predict(out, trainer->model, &x, known.batch_size, NULL, NULL);
    denoise__run_params params = {
        .verbose = known.verbose, .epochs = 1, .steps = rows > 0 ? (rows - 1) / known.batch_size + 1 : 0};
    denoise__run_scope scope;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, false, "predict", &params));
    trainer->shows_progress = known.verbose != 0;
    atomic_store(&trainer->stop, 0);
    denoise_status status = predict(out, trainer, x, known.batch_size);
    denoise__run_leave(&scope);
    return status;
}

denoise_status denoise_trainer_predict(denoise_tensor **out, denoise_trainer *trainer, const denoise_tensor *x,
                                       const denoise_predict_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(trainer);
    denoise__use use;
    DENOISE__TRY(denoise__use_begin(&use, trainer, "predict"));
    denoise_status status = denoise__check_data(__func__, &x, &x, true);
    if (status == DENOISE_OK) status = predict_scoped(out, trainer, x, options);
    return denoise__use_end(&use, status);
}
