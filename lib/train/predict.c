/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction with a trainer's callbacks. */
#include "models/predict.h"
#include "tensor/tensor.h"
#include "train/batches.h"
#include "train/callback_list.h"
#include "train/run_scope.h"
#include "train/use.h"
#include <string.h>

/* All that it needs is held by the trainer: a callback may leave it. */
typedef struct prediction {
    denoise_trainer *trainer;
    denoise_workspace *workspace;
    const denoise_tensor *x;
    denoise_tensor *result;
    denoise_tensor *from, *to; /* the rows of a batch in x and in result; NULL where there are no rows */
    int64_t batch_size, done;
    int32_t convolution;
} prediction;

static void free_tensor(void *tensor)
{
    denoise_tensor_free(tensor);
}

static void free_workspace(void *workspace)
{
    denoise_workspace_free(workspace);
}

static denoise_status tell(denoise_trainer *trainer, denoise__event event)
{
    denoise__logs_clear(trainer->logs);
    return denoise__callbacks_tell(trainer, event, trainer->logs);
}

static denoise_status tell_batch(denoise_trainer *trainer, denoise__counted_event event, int64_t batch)
{
    denoise__logs_clear(trainer->logs);
    return denoise__callbacks_tell_counted(trainer, event, batch, trainer->logs);
}

static denoise_status make_view(prediction *p, denoise_tensor **out, const denoise_tensor *tensor, int64_t rows)
{
    denoise_tensor *viewed = (denoise_tensor *)(uintptr_t)tensor; /* whose values nobody changes through the view of x */
    DENOISE__TRY(denoise_tensor_rows(out, viewed, 0, rows));
    return denoise__use_hold(p->trainer, free_tensor, *out);
}

static denoise_status prepare(prediction *p, int64_t rows)
{
    int64_t dims[DENOISE_MAX_RANK + 1] = {rows}, room = rows < p->batch_size ? rows : p->batch_size;
    DENOISE__TRY(denoise__workspace_new(&p->workspace, p->trainer->model, room > 0 ? room : 1, p->convolution));
    DENOISE__TRY(denoise__use_hold(p->trainer, free_workspace, p->workspace));
    DENOISE__TRY(denoise__workspace_fit(p->workspace, &p->x));
    const denoise__shape *sample = denoise__model_output_shape(denoise__workspace_model(p->workspace), 0);
    memcpy(dims + 1, sample->dim, (size_t)sample->rank * sizeof *dims);
    DENOISE__TRY(denoise_tensor_new(&p->result, DENOISE_FLOAT32, dims, sample->rank + 1));
    DENOISE__TRY(denoise__use_hold(p->trainer, free_tensor, p->result));
    if (rows == 0) return DENOISE_OK;
    DENOISE__TRY(make_view(p, &p->from, p->x, room));
    return make_view(p, &p->to, p->result, room);
}

/* A batch takes no memory: its view is moved along. */
static void move_view(denoise_tensor *view, const denoise_tensor *whole, int64_t first, int64_t count)
{
    int64_t row = whole->size / whole->shape.dim[0];
    view->data = (char *)whole->data + first * row * denoise__dtype_size(whole->dtype);
    view->shape.dim[0] = count;
    view->size = count * row;
}

static denoise_status predict_batch(prediction *p, int64_t batch, int64_t count)
{
    DENOISE__TRY(tell_batch(p->trainer, DENOISE__PREDICT_BATCH_BEGIN, batch));
    move_view(p->from, p->x, p->done, count);
    move_view(p->to, p->result, p->done, count);
    DENOISE__TRY(denoise_model_predict_into(p->to, p->trainer->model, p->from, p->workspace));
    p->done += count;
    return tell_batch(p->trainer, DENOISE__PREDICT_BATCH_END, batch);
}

/* Rows that a stop left out are cut off. */
static denoise_status hand_out(denoise_tensor **out, prediction *p, int64_t rows)
{
    if (p->done < rows) return denoise_tensor_rows(out, p->result, 0, p->done);
    denoise__use_give(p->trainer, p->result);
    *out = p->result;
    return DENOISE_OK;
}

static denoise_status predict(denoise_tensor **out, prediction *p, int64_t rows)
{
    DENOISE__TRY(tell(p->trainer, DENOISE__PREDICT_BEGIN));
    DENOISE__TRY(prepare(p, rows));
    for (int64_t batch = 0; p->done < rows; batch++) {
        int64_t left = rows - p->done;
        DENOISE__TRY(predict_batch(p, batch, left < p->batch_size ? left : p->batch_size));
        if (denoise_trainer_stopping(p->trainer)) break;
    }
    DENOISE__TRY(tell(p->trainer, DENOISE__PREDICT_END));
    return hand_out(out, p, rows);
}

static denoise_status predict_scoped(denoise_tensor **out, denoise_trainer *trainer, const denoise_tensor *x,
                                     const denoise_predict_options *options)
{
    denoise_predict_options known;
    int64_t rows = 0;
    int32_t convolution;
    DENOISE__TRY(denoise__predict_options_check(options, &known, &convolution));
    if (known.convolution == NULL) convolution = trainer->convolution;
    if (trainer->model->output_count != 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "denoise_trainer_predict: model \"%s\" has %d outputs, expected 1",
                             trainer->model->name, (int)trainer->model->output_count);
    }
    DENOISE__TRY(denoise__check_inputs(trainer->model, &x, 1, &rows));
    if (trainer->running > 0) return denoise__predict(out, trainer->model, &x, known.batch_size, convolution);
    denoise__run_params params = {
        .verbose = known.verbose, .epochs = 1, .steps = rows > 0 ? (rows - 1) / known.batch_size + 1 : 0};
    denoise__run_scope scope;
    DENOISE__TRY(denoise__run_enter(&scope, trainer, false, "predict", &params));
    trainer->shows_progress = known.verbose != 0;
    atomic_store(&trainer->stop, 0);
    prediction p = {.trainer = trainer, .x = x, .batch_size = known.batch_size, .convolution = convolution};
    denoise_status status = predict(out, &p, rows);
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
