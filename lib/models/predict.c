/* SPDX-License-Identifier: Apache-2.0 */
#include "models/predict.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "core/options.h"
#include "kernels/engine.h"
#include "models/execute.h"
#include "models/fold.h"
#include "models/lock.h"
#include "models/sized.h"
#include "tensor/tensor.h"
#include <string.h>

struct denoise_workspace {
    denoise_model *model;        /* retained: the caller's */
    denoise_model *sized;        /* retained: what it is for the sizes of the rows that came last; NULL: there is no plan */
    denoise__plan *plan;         /* of `sized` */
    int64_t rows;                /* at most */
    int32_t convolution;         /* DENOISE__CONVOLUTION_* */
    denoise__plan_memory memory; /* of plans */
    denoise__batch_rows *inputs;
    float **outputs;             /* per output: where the rows of the present run go */
    denoise__plan_memory *spare; /* per output: for a run whose output lies where its input does; NULL: there is no such run */
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
        fits = expected->dim[i] == DENOISE__UNKNOWN ? x->shape.dim[i + 1] > 0 : x->shape.dim[i + 1] == expected->dim[i];
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

static void drop_plan(denoise_workspace *workspace)
{
    denoise__plan_free(workspace->plan);
    denoise_model_free(workspace->sized);
    workspace->plan = NULL;
    workspace->sized = NULL;
}

void denoise_workspace_free(denoise_workspace *workspace)
{
    if (workspace == NULL) return;
    drop_plan(workspace);
    for (int32_t i = 0; workspace->spare != NULL && i < workspace->model->output_count; i++)
        denoise__plan_memory_free(&workspace->spare[i]);
    denoise__plan_memory_free(&workspace->memory);
    denoise__release(workspace->inputs);
    denoise__release(workspace->outputs);
    denoise__release(workspace->spare);
    denoise_model_free(workspace->model);
    denoise__release(workspace);
}

static int64_t output_size(const denoise_model *model, int32_t index)
{
    return denoise__shape_size(denoise__model_output_shape(model, index));
}

static denoise_status grow_spare(denoise_workspace *workspace)
{
    for (int32_t i = 0; i < workspace->model->output_count && workspace->spare != NULL; i++) {
        int64_t elements, bytes;
        if (!denoise__multiply(output_size(workspace->sized, i), workspace->rows, &elements) ||
            !denoise__multiply(elements, (int64_t)sizeof(float), &bytes)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of output %d are too large", (long long)workspace->rows,
                                 (int)i);
        }
        DENOISE__TRY(denoise__plan_memory_grow(&workspace->spare[i], bytes));
    }
    return DENOISE_OK;
}

/* For a model without unknown sizes, which is taken over, also on failure. */
static denoise_status lay_out(denoise_workspace *workspace, denoise_model *sized)
{
    drop_plan(workspace); /* before the next one has its memory */
    workspace->sized = sized;
    denoise__plan_options options = {
        .batch = workspace->rows, .memory = &workspace->memory, .folds = true, .convolution = workspace->convolution};
    denoise_status status = denoise__plan_new(&workspace->plan, sized, &options);
    if (status == DENOISE_OK) status = grow_spare(workspace);
    if (status != DENOISE_OK) drop_plan(workspace);
    return status;
}

denoise_status denoise__workspace_fit(denoise_workspace *workspace, const denoise_tensor *const *x)
{
    denoise_model *sized;
    bool is_open = denoise__model_is_open(workspace->model);
    if (workspace->sized != NULL && (!is_open || denoise__model_has_sizes(workspace->sized, x))) return DENOISE_OK;
    DENOISE__TRY(denoise__model_size_for(&sized, workspace->model, x));
    return lay_out(workspace, sized);
}

const denoise_model *denoise__workspace_model(const denoise_workspace *workspace)
{
    return workspace->sized;
}

static denoise_status make_lists(denoise_workspace *workspace, bool has_spare)
{
    size_t outputs = (size_t)workspace->model->output_count;
    workspace->inputs = denoise__allocate_zeroed((size_t)workspace->model->input_count, sizeof *workspace->inputs);
    workspace->outputs = denoise__allocate_zeroed(outputs, sizeof *workspace->outputs);
    if (workspace->inputs == NULL || workspace->outputs == NULL) return denoise__fail_nomem();
    if (has_spare) workspace->spare = denoise__allocate_zeroed(outputs, sizeof *workspace->spare);
    return has_spare && workspace->spare == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

static denoise_status new_workspace(denoise_workspace **out, const denoise_model *model, int64_t rows, int32_t convolution,
                                    bool has_spare)
{
    *out = NULL;
    denoise_workspace *workspace = denoise__allocate_zeroed(1, sizeof *workspace);
    if (workspace == NULL) return denoise__fail_nomem();
    workspace->model = (denoise_model *)(uintptr_t)model; /* only its reference count changes */
    denoise__model_retain(workspace->model);
    workspace->rows = rows;
    workspace->convolution = convolution == DENOISE__CONVOLUTION_DEFAULT ? denoise__convolution() : convolution;
    denoise_status status = make_lists(workspace, has_spare);
    if (status == DENOISE_OK && !denoise__model_is_open(model)) {
        denoise__model_retain(workspace->model);
        status = lay_out(workspace, workspace->model);
    }
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

denoise_status denoise_workspace_reserve(denoise_workspace *workspace, const int64_t *shape, int32_t rank)
{
    denoise__shape sample;
    char given[192], wanted[192];
    DENOISE__CHECK_NULL(workspace);
    DENOISE__CHECK_NULL(shape);
    DENOISE__TRY(denoise__shape_make(&sample, shape, rank, NULL));
    const denoise_model *model = workspace->model;
    if (model->input_count != 1) {
        return denoise__fail(DENOISE_ERR_SHAPE, "denoise_workspace_reserve: model \"%s\" has %d inputs, expected 1",
                             model->name, (int)model->input_count);
    }
    bool fits = denoise__shape_takes(denoise__model_input_shape(model, 0), &sample);
    for (int32_t i = 0; i < rank; i++)
        fits = fits && shape[i] > 0;
    if (!fits) {
        return denoise__fail(DENOISE_ERR_SHAPE, "denoise_workspace_reserve: model \"%s\": shape is %s, expected %s",
                             model->name, denoise__shape_text(&sample, true, given, sizeof given),
                             denoise__shape_text(denoise__model_input_shape(model, 0), true, wanted, sizeof wanted));
    }
    denoise_model *sized;
    if (workspace->sized != NULL && denoise__shape_equal(denoise__model_input_shape(workspace->sized, 0), &sample))
        return DENOISE_OK;
    DENOISE__TRY(denoise__model_size(&sized, model, &sample));
    return lay_out(workspace, sized);
}

int64_t denoise_workspace_bytes(const denoise_workspace *workspace)
{
    if (workspace == NULL) return 0;
    int64_t bytes = workspace->memory.bytes + (workspace->plan == NULL ? 0 : denoise__plan_fold_bytes(workspace->plan));
    for (int32_t i = 0; workspace->spare != NULL && i < workspace->model->output_count; i++)
        bytes += workspace->spare[i].bytes;
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
    const denoise_model *model = workspace->sized;
    for (int32_t i = 0; i < model->input_count; i++) {
        workspace->inputs[i] = (denoise__batch_rows){
            .tensor = x[i], .size = denoise__shape_size(denoise__model_input_shape(model, i)), .first = first};
    }
    for (int32_t i = 0; i < model->output_count; i++) {
        bool is_aside = workspace->spare != NULL && overlaps(workspace, out[i], x);
        workspace->outputs[i] =
            is_aside ? (float *)(void *)workspace->spare[i].data : (float *)out[i]->data + first * output_size(model, i);
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

/* `model` is for the sizes of x. */
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
    denoise_model *sized;
    DENOISE__TRY(denoise__check_inputs(model, x, model->input_count, &rows));
    DENOISE__TRY(denoise__model_size_for(&sized, model, x));
    denoise_status status = denoise__lock_shared(model->layers, model->layer_count, "predict");
    if (status == DENOISE_OK) {
        (void)denoise__engine_enter(); /* one engine for all batches */
        status = predict_locked(out, sized, x, rows, batch_size, convolution);
        denoise__engine_leave();
        denoise__unlock_shared(model->layers, model->layer_count);
    }
    denoise_model_free(sized);
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
    if (rows > workspace->rows) {
        return denoise__fail(DENOISE_ERR_SHAPE, "predict_into: %lld rows given, the workspace has room for %lld",
                             (long long)rows, (long long)workspace->rows);
    }
    DENOISE__TRY(denoise__workspace_fit(workspace, &x));
    DENOISE__TRY(check_output(workspace->sized, out, rows));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "predict_into"));
    denoise_status status = run_batch(workspace, &out, &x, 0, rows);
    denoise__unlock_shared(model->layers, model->layer_count);
    return status;
}
