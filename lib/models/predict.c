/* SPDX-License-Identifier: Apache-2.0 */
#include "models/predict.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/options.h"
#include "kernels/engine.h"
#include "models/execute.h"
#include "models/lock.h"
#include "tensor/tensor.h"
#include <string.h>

struct denoise_workspace {
    denoise_model *model; /* retained */
    denoise__plan *plan;
    denoise__batch_rows *inputs;
    float **outputs; /* per output: where the rows of the present run go */
    float **spare;   /* per output: memory for a run whose output lies where its input does; NULL: there is no such run */
};

DENOISE__OPTIONS(predict_options, PREDICT_OPTIONS, "predict options", denoise_predict_options,
                 offsetof(denoise_predict_options, convolution))

denoise_status denoise__predict_options_check(const denoise_predict_options *options, denoise_predict_options *known,
                                              int32_t *convolution)
{
    DENOISE__TRY(denoise__options_read(&predict_options_known, known, options));
    if (known->batch_size < 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "predict options: batch_size is %lld, expected >= 1",
                             (long long)known->batch_size);
    }
    if (known->verbose < 0 || known->verbose > 2) {
        return denoise__fail(DENOISE_ERR_RANGE, "predict options: verbose is %d, expected 0 to 2", (int)known->verbose);
    }
    return denoise__convolution_find(known->convolution, "predict options", convolution);
}

static denoise_status check_input(const denoise_model *model, const denoise_tensor *x, int32_t index, int64_t *rows)
{
    char given[192], wanted[192];
    if (x == NULL) return denoise__fail(DENOISE_ERR_NULL, "model \"%s\": input %d is NULL", model->name, (int)index);
    const denoise__shape *expected = denoise__model_input_shape(model, index);
    bool fits = x->shape.rank == expected->rank + 1;
    for (int32_t i = 0; fits && i < expected->rank; i++)
        fits = x->shape.dim[i + 1] == expected->dim[i];
    /* Keras' adjustment of rank: (n) is taken for (n, 1) */
    fits = fits || (x->shape.rank == 1 && expected->rank == 1 && expected->dim[0] == 1);
    if (!fits) {
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\": input %d has shape %s, expected %s", model->name, (int)index,
                             denoise__shape_text(&x->shape, false, given, sizeof given),
                             denoise__shape_text(expected, true, wanted, sizeof wanted));
    }
    if (index > 0 && x->shape.dim[0] != *rows) {
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\": input %d has %lld rows, input 0 has %lld", model->name,
                             (int)index, (long long)x->shape.dim[0], (long long)*rows);
    }
    *rows = x->shape.dim[0];
    return DENOISE_OK;
}

denoise_status denoise__check_inputs(const denoise_model *model, const denoise_tensor *const *x, int64_t count, int64_t *rows)
{
    if (count != model->input_count) {
        return denoise__fail(DENOISE_ERR_SHAPE, "model \"%s\" has %d inputs, %lld given", model->name, (int)model->input_count,
                             (long long)count);
    }
    if (x == NULL) return denoise__fail(DENOISE_ERR_NULL, "model \"%s\": the array of inputs is NULL", model->name);
    for (int32_t i = 0; i < model->input_count; i++)
        DENOISE__TRY(check_input(model, x[i], i, rows));
    return DENOISE_OK;
}

void denoise_workspace_free(denoise_workspace *workspace)
{
    if (workspace == NULL) return;
    for (int32_t i = 0; workspace->spare != NULL && i < workspace->model->output_count; i++)
        denoise__release_aligned(workspace->spare[i]);
    denoise__release(workspace->inputs);
    denoise__release(workspace->outputs);
    denoise__release(workspace->spare);
    denoise__plan_free(workspace->plan);
    denoise_model_free(workspace->model);
    denoise__release(workspace);
}

static int64_t output_size(const denoise_model *model, int32_t index)
{
    return denoise__shape_size(denoise__model_output_shape(model, index));
}

static denoise_status make_spare(denoise_workspace *workspace, int64_t rows)
{
    int32_t count = workspace->model->output_count;
    workspace->spare = denoise__allocate_zeroed((size_t)count, sizeof *workspace->spare);
    if (workspace->spare == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < count; i++) {
        int64_t elements, bytes;
        if (!denoise__multiply(output_size(workspace->model, i), rows, &elements) ||
            !denoise__multiply(elements, (int64_t)sizeof(float), &bytes)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of output %d are too large", (long long)rows, (int)i);
        }
        workspace->spare[i] = denoise__allocate_aligned((size_t)bytes);
        if (workspace->spare[i] == NULL) return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

static denoise_status make_lists(denoise_workspace *workspace)
{
    workspace->inputs = denoise__allocate_zeroed((size_t)workspace->model->input_count, sizeof *workspace->inputs);
    workspace->outputs = denoise__allocate_zeroed((size_t)workspace->model->output_count, sizeof *workspace->outputs);
    return workspace->inputs == NULL || workspace->outputs == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static denoise_status new_workspace(denoise_workspace **out, const denoise_model *model, int64_t rows, int32_t convolution,
                                    bool has_spare)
{
    *out = NULL;
    denoise_workspace *workspace = denoise__allocate_zeroed(1, sizeof *workspace);
    if (workspace == NULL) return denoise__fail_nomem();
    workspace->model = (denoise_model *)(uintptr_t)model; /* only its reference count changes */
    denoise__model_retain(workspace->model);
    denoise_status status =
        denoise__plan_new(&workspace->plan, model, &(denoise__plan_options){.batch = rows, .convolution = convolution});
    if (status == DENOISE_OK) status = make_lists(workspace);
    if (status == DENOISE_OK && has_spare) status = make_spare(workspace, rows);
    if (status != DENOISE_OK) {
        denoise_workspace_free(workspace);
        return status;
    }
    *out = workspace;
    return DENOISE_OK;
}

denoise_status denoise__workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows, int32_t convolution)
{
    return new_workspace(out, model, rows, convolution, true);
}

denoise_status denoise_workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    if (rows < 1)
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_workspace_new: rows is %lld, expected >= 1", (long long)rows);
    return denoise__workspace_new(out, model, rows, DENOISE__CONVOLUTION_DEFAULT);
}

int64_t denoise_workspace_bytes(const denoise_workspace *workspace)
{
    if (workspace == NULL) return 0;
    int64_t bytes = workspace->plan->arena_bytes;
    for (int32_t i = 0; workspace->spare != NULL && i < workspace->model->output_count; i++)
        bytes += output_size(workspace->model, i) * workspace->plan->batch * (int64_t)sizeof(float);
    return bytes;
}

static bool overlaps(const denoise_workspace *workspace, const denoise_tensor *out, const denoise_tensor *const *x)
{
    uintptr_t first = (uintptr_t)out->data, end = first + (size_t)out->size * sizeof(float);
    for (int32_t i = 0; i < workspace->model->input_count; i++) {
        uintptr_t input = (uintptr_t)x[i]->data, input_end = input + (size_t)(x[i]->size * denoise__dtype_size(x[i]->dtype));
        if (first < input_end && input < end) return true;
    }
    return false;
}

/* Rows first.. of the caller's tensors; blocks write their outputs at once, so one that lies where an input does goes aside. */
static denoise_status run_rows(denoise_workspace *workspace, denoise_tensor *const *out, int64_t first,
                               const denoise_tensor *const *x, int64_t rows)
{
    const denoise_model *model = workspace->model;
    for (int32_t i = 0; i < model->input_count; i++) {
        workspace->inputs[i] = (denoise__batch_rows){
            .tensor = x[i], .size = denoise__shape_size(denoise__model_input_shape(model, i)), .first = first};
    }
    for (int32_t i = 0; i < model->output_count; i++) {
        bool is_aside = workspace->spare != NULL && overlaps(workspace, out[i], x);
        workspace->outputs[i] = is_aside ? workspace->spare[i] : (float *)out[i]->data + first * output_size(model, i);
    }
    denoise__pass pass = {.rows = rows, .inputs = workspace->inputs, .outputs = workspace->outputs};
    DENOISE__TRY(denoise__plan_run(workspace->plan, &pass));
    for (int32_t i = 0; i < model->output_count; i++) {
        float *to = (float *)out[i]->data + first * output_size(model, i);
        if (workspace->outputs[i] != to) memcpy(to, workspace->outputs[i], (size_t)(rows * output_size(model, i)) * sizeof *to);
    }
    return DENOISE_OK;
}

static denoise_status run_batch(denoise_workspace *workspace, denoise_tensor *const *out, const denoise_tensor *const *x,
                                int64_t first, int64_t rows)
{
    denoise__fp_state state;
    if (rows == 0) return DENOISE_OK;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&state);
    denoise_status status = run_rows(workspace, out, first, x, rows);
    denoise__fp_leave(&state);
    denoise__engine_leave();
    return status;
}

denoise_status denoise__workspace_run(denoise_workspace *workspace, denoise_tensor *const *out, const denoise_tensor *const *x,
                                      int64_t rows)
{
    return run_batch(workspace, out, x, 0, rows);
}

static denoise_status make_output(denoise_tensor **out, const denoise_model *model, int32_t index, int64_t rows)
{
    const denoise__shape *sample = denoise__model_output_shape(model, index);
    int64_t dims[DENOISE_MAX_RANK + 1] = {rows};
    memcpy(dims + 1, sample->dim, (size_t)sample->rank * sizeof *dims);
    return denoise_tensor_new(out, DENOISE_FLOAT32, dims, sample->rank + 1);
}

static denoise_status run_batches(denoise_workspace *workspace, denoise_tensor *const *out, const denoise_tensor *const *x,
                                  int64_t rows)
{
    int64_t batch_size = workspace->plan->batch;
    for (int64_t done = 0; done < rows; done += batch_size)
        DENOISE__TRY(run_batch(workspace, out, x, done, rows - done < batch_size ? rows - done : batch_size));
    return DENOISE_OK;
}

enum { WIDE_ROWS = 1 << 14 };

/* Where all goes block by block longer batches take no more memory. */
static denoise_status make_workspace(denoise_workspace **out, const denoise_model *model, int64_t rows, int64_t batch_size,
                                     int32_t convolution)
{
    int64_t room = rows < batch_size ? rows : batch_size, wide = rows < WIDE_ROWS ? rows : WIDE_ROWS;
    DENOISE__TRY(new_workspace(out, model, room > 0 ? room : 1, convolution, false));
    if ((*out)->plan->batch_bytes > 0 || wide <= room) return DENOISE_OK;
    denoise_workspace_free(*out);
    return new_workspace(out, model, wide, convolution, false);
}

static denoise_status predict_locked(denoise_tensor **out, const denoise_model *model, const denoise_tensor *const *x,
                                     int64_t rows, int64_t batch_size, int32_t convolution)
{
    denoise_workspace *workspace = NULL;
    denoise_status status = make_workspace(&workspace, model, rows, batch_size, convolution);
    for (int32_t i = 0; i < model->output_count && status == DENOISE_OK; i++)
        status = make_output(&out[i], model, i, rows);
    if (status == DENOISE_OK) status = run_batches(workspace, out, x, rows);
    denoise_workspace_free(workspace);
    return status;
}

denoise_status denoise__predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *const *x,
                                int64_t batch_size, int32_t convolution)
{
    int64_t rows = 0;
    DENOISE__TRY(denoise__check_inputs(model, x, model->input_count, &rows));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "predict"));
    (void)denoise__engine_enter(); /* one engine for all batches */
    denoise_status status = predict_locked(out, model, x, rows, batch_size, convolution);
    denoise__engine_leave();
    denoise__unlock_shared(model->layers, model->layer_count);
    for (int32_t i = 0; i < model->output_count && status != DENOISE_OK; i++) {
        denoise_tensor_free(out[i]);
        out[i] = NULL;
    }
    return status;
}

denoise_status denoise_model_predict_many(denoise_tensor **out, int64_t output_count, const denoise_model *model,
                                          const denoise_tensor *const *x, int64_t input_count,
                                          const denoise_predict_options *options)
{
    denoise_predict_options known;
    int32_t convolution;
    DENOISE__CHECK_NULL(out);
    for (int64_t i = 0; i < denoise__room(output_count); i++)
        out[i] = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(denoise__predict_options_check(options, &known, &convolution));
    if (output_count != model->output_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %d outputs, room given for %lld", model->name,
                             (int)model->output_count, (long long)output_count);
    }
    int64_t rows;
    DENOISE__TRY(denoise__check_inputs(model, x, input_count, &rows));
    return denoise__predict(out, model, x, known.batch_size, convolution);
}

denoise_status denoise_model_predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *x,
                                     const denoise_predict_options *options)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(x);
    return denoise_model_predict_many(out, 1, model, &x, 1, options);
}

static denoise_status check_output(const denoise_model *model, const denoise_tensor *out, int64_t rows)
{
    char given[192], wanted[192];
    const denoise__shape *sample = denoise__model_output_shape(model, 0);
    bool fits = out->shape.rank == sample->rank + 1 && out->shape.dim[0] == rows;
    for (int32_t i = 0; fits && i < sample->rank; i++)
        fits = out->shape.dim[i + 1] == sample->dim[i];
    if (out->dtype != DENOISE_FLOAT32) {
        return denoise__fail(DENOISE_ERR_DTYPE, "predict_into: out is %s, expected float32", denoise__dtype_name(out->dtype));
    }
    if (fits) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "predict_into: out has shape %s, expected %s with %lld rows",
                         denoise__shape_text(&out->shape, false, given, sizeof given),
                         denoise__shape_text(sample, true, wanted, sizeof wanted), (long long)rows);
}

denoise_status denoise_model_predict_into(denoise_tensor *out, const denoise_model *model, const denoise_tensor *x,
                                          denoise_workspace *workspace)
{
    int64_t rows = 0;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(x);
    DENOISE__CHECK_NULL(workspace);
    if (workspace->model != model) {
        return denoise__fail(DENOISE_ERR_INVALID, "predict_into: the workspace was made for model \"%s\", not for \"%s\"",
                             workspace->model->name, model->name);
    }
    if (model->output_count != 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "predict_into: model \"%s\" has %d outputs, expected 1", model->name,
                             (int)model->output_count);
    }
    DENOISE__TRY(denoise__check_inputs(model, &x, 1, &rows));
    if (rows > workspace->plan->batch) {
        return denoise__fail(DENOISE_ERR_SHAPE, "predict_into: %lld rows given, the workspace has room for %lld",
                             (long long)rows, (long long)workspace->plan->batch);
    }
    DENOISE__TRY(check_output(model, out, rows));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "predict_into"));
    denoise_status status = run_batch(workspace, &out, &x, 0, rows);
    denoise__unlock_shared(model->layers, model->layer_count);
    return status;
}
