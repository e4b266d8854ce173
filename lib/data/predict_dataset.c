/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction for rows that come from a dataset: the result grows where nobody knows how many there are. */
#include "core/memory.h"
#include "core/platform/thread.h"
#include "data/reader.h"
#include "kernels/engine.h"
#include "models/lock.h"
#include "models/predict.h"
#include <string.h>

typedef struct prediction {
    const denoise_model *model; /* for the sizes of the rows */
    denoise__reader *reader;
    denoise_workspace *workspace;
    denoise_tensor *result; /* (room, ...) */
    denoise_tensor *to;     /* view of the rows that a batch goes to */
    int64_t room, done;
} prediction;

static denoise_status make_result(denoise_tensor **out, const denoise_model *model, int64_t rows)
{
    const denoise__shape *sample = denoise__model_output_shape(model, 0);
    int64_t dims[DENOISE_MAX_RANK + 1] = {rows};
    memcpy(dims + 1, sample->dim, (size_t)sample->rank * sizeof *dims);
    return denoise_tensor_new(out, DENOISE_FLOAT32, dims, sample->rank + 1);
}

/* Room for `rows` rows, and what has been done so far. */
static denoise_status make_room(prediction *p, int64_t rows)
{
    denoise_tensor *result, *to;
    DENOISE__TRY(make_result(&result, p->model, rows));
    denoise_status status = denoise_tensor_rows(&to, result, 0, 0);
    if (status != DENOISE_OK) {
        denoise_tensor_free(result);
        return status;
    }
    size_t row = (size_t)denoise__shape_size(denoise__model_output_shape(p->model, 0)) * sizeof(float);
    if (p->done > 0) memcpy(result->data, p->result->data, (size_t)p->done * row);
    denoise_tensor_free(p->to);
    denoise_tensor_free(p->result);
    p->to = to;
    p->result = result;
    p->room = rows;
    return DENOISE_OK;
}

static denoise_status predict_rows(prediction *p, const denoise__rows *rows)
{
    int64_t needed, doubled, row = denoise__shape_size(denoise__model_output_shape(p->model, 0));
    if (!denoise__add(p->done, rows->count, &needed)) return denoise__fail(DENOISE_ERR_OVERFLOW, "too many rows to predict");
    if (!denoise__multiply(p->room, 2, &doubled)) doubled = needed;
    if (needed > p->room) DENOISE__TRY(make_room(p, needed > doubled ? needed : doubled));
    p->to->data = (float *)p->result->data + p->done * row;
    p->to->shape.dim[0] = rows->count;
    p->to->size = rows->count * row;
    DENOISE__TRY(denoise__workspace_run(p->workspace, &p->to, (const denoise_tensor *const *)rows->parts, rows->count));
    p->done = needed;
    return DENOISE_OK;
}

static denoise_status predict_all(prediction *p)
{
    const denoise__rows *rows;
    denoise__reader_begin(p->reader, 0, 0);
    for (;;) {
        DENOISE__TRY(denoise__reader_next(p->reader, &rows));
        if (rows->count == 0) return DENOISE_OK;
        DENOISE__TRY(predict_rows(p, rows));
    }
}

static denoise_status predict_locked(prediction *p)
{
    const denoise_model *model = p->model;
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "predict"));
    (void)denoise__engine_enter(); /* one engine for all batches */
    denoise_status status = predict_all(p);
    denoise__engine_leave();
    denoise__unlock_shared(model->layers, model->layer_count);
    return status;
}

static denoise_status prepare(prediction *p, denoise_dataset *dataset, int64_t batch_size, int32_t convolution)
{
    const denoise_model *model = p->model;
    denoise__reader_options options = {.batch_size = batch_size, .wants_values = true};
    DENOISE__TRY(denoise__reader_open(&p->reader, dataset, &options));
    const denoise__rows *sample = denoise__reader_sample(p->reader);
    int64_t rows = denoise_dataset_rows(dataset), unused = 0;
    DENOISE__TRY(
        denoise__check_inputs(model, (const denoise_tensor *const *)sample->parts, dataset->form.input_count, &unused));
    DENOISE__TRY(denoise__workspace_new(&p->workspace, model, denoise__reader_batch_size(p->reader), convolution));
    DENOISE__TRY(denoise__workspace_fit(p->workspace, (const denoise_tensor *const *)sample->parts));
    p->model = denoise__workspace_model(p->workspace);
    if (rows >= 0 && dataset->drops_remainder) rows -= rows % dataset->batch_size;
    return make_room(p, rows >= 0 ? rows : denoise__reader_batch_size(p->reader));
}

static denoise_status hand_out(denoise_tensor **out, prediction *p)
{
    if (p->done < p->room) return denoise_tensor_rows(out, p->result, 0, p->done);
    *out = p->result;
    p->result = NULL;
    return DENOISE_OK;
}

static denoise_status predict(denoise_tensor **out, const denoise_model *model, denoise_dataset *dataset, int64_t batch_size,
                              int32_t convolution)
{
    prediction p = {.model = model};
    denoise_status status = prepare(&p, dataset, batch_size, convolution);
    if (status == DENOISE_OK) status = predict_locked(&p);
    if (status == DENOISE_OK) status = hand_out(out, &p);
    denoise__reader_close(p.reader);
    denoise_workspace_free(p.workspace);
    denoise_tensor_free(p.to);
    denoise_tensor_free(p.result);
    return status;
}

denoise_status denoise_model_predict_dataset(denoise_tensor **out, const denoise_model *model, denoise_dataset *dataset,
                                             const denoise_predict_options *options)
{
    denoise_predict_options known;
    int32_t convolution;
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(dataset);
    DENOISE__TRY(denoise__predict_options_check(options, &known, &convolution));
    if (model->output_count != 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "denoise_model_predict_dataset: model \"%s\" has %d outputs, expected 1",
                             model->name, (int)model->output_count);
    }
    if (denoise_dataset_rows(dataset) == DENOISE__ROWS_ENDLESS) {
        return denoise__fail(DENOISE_ERR_INVALID,
                             "denoise_model_predict_dataset: the dataset has no end; denoise_dataset_take() gives it one");
    }
    int cancel = denoise__cancel_hold();
    denoise_status status = predict(out, model, dataset, known.batch_size, convolution);
    denoise__cancel_release(cancel);
    return status;
}
