/* SPDX-License-Identifier: Apache-2.0 */
#include "models/predict.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include "models/chain.h"
#include "models/lock.h"
#include "models/run.h"
#include "tensor/tensor.h"
#include <string.h>

struct denoise_workspace {
    denoise_model *model; /* retained */
    denoise__plan *plan;
    denoise__chain *chain; /* NULL: the plan runs as it is */
    float **staging;       /* per input: room for a batch that is not float32 */
};

void denoise_predict_options_init(denoise_predict_options *options)
{
    if (options != NULL) *options = (denoise_predict_options)DENOISE_PREDICT_OPTIONS_INIT;
}

denoise_status denoise__predict_options_check(const denoise_predict_options *options, denoise_predict_options *known)
{
    *known = (denoise_predict_options)DENOISE_PREDICT_OPTIONS_INIT;
    if (options == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("predict options", options->struct_size, sizeof *known));
    *known = *options;
    if (known->batch_size < 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "predict options: batch_size is %lld, expected >= 1",
                             (long long)known->batch_size);
    }
    if (known->verbose < 0 || known->verbose > 2) {
        return denoise__fail(DENOISE_ERR_RANGE, "predict options: verbose is %d, expected 0 to 2", (int)known->verbose);
    }
    return DENOISE_OK;
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
    for (int32_t i = 0; workspace->staging != NULL && i < workspace->model->input_count; i++) {
        denoise__release_aligned(workspace->staging[i]);
    }
    denoise__release(workspace->staging);
    denoise__chain_free(workspace->chain);
    denoise__plan_free(workspace->plan);
    denoise_model_free(workspace->model);
    denoise__release(workspace);
}

static denoise_status make_staging(denoise_workspace *workspace, int64_t rows)
{
    int32_t count = workspace->model->input_count;
    workspace->staging = denoise__allocate_zeroed((size_t)count, sizeof *workspace->staging);
    if (workspace->staging == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < count; i++) {
        int64_t elements, bytes;
        int64_t size = denoise__shape_size(denoise__model_input_shape(workspace->model, i));
        if (!denoise__multiply(size, rows, &elements) || !denoise__multiply(elements, (int64_t)sizeof(float), &bytes)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "%lld rows of input %d are too large", (long long)rows, (int)i);
        }
        workspace->staging[i] = denoise__allocate_aligned((size_t)bytes);
        if (workspace->staging[i] == NULL) return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

denoise_status denoise_workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(model);
    if (rows < 1)
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_workspace_new: rows is %lld, expected >= 1", (long long)rows);
    denoise_workspace *workspace = denoise__allocate_zeroed(1, sizeof *workspace);
    if (workspace == NULL) return denoise__fail_nomem();
    workspace->model = (denoise_model *)(uintptr_t)model; /* only its reference count changes */
    denoise__model_retain(workspace->model);
    denoise_status status = denoise__plan_new(&workspace->plan, model, &(denoise__plan_options){.batch = rows});
    if (status == DENOISE_OK) status = denoise__chain_new(&workspace->chain, workspace->plan, NULL, false);
    if (status == DENOISE_OK && workspace->chain != NULL) {
        denoise__release_aligned(workspace->plan->arena); /* a chain has its own */
        workspace->plan->arena = NULL;
    }
    if (status == DENOISE_OK) status = make_staging(workspace, rows);
    if (status != DENOISE_OK) {
        denoise_workspace_free(workspace);
        return status;
    }
    *out = workspace;
    return DENOISE_OK;
}

int64_t denoise_workspace_bytes(const denoise_workspace *workspace)
{
    if (workspace == NULL) return 0;
    int64_t bytes = workspace->chain != NULL ? workspace->chain->arena_bytes : workspace->plan->arena_bytes;
    for (int32_t i = 0; i < workspace->model->input_count; i++) {
        bytes += denoise__shape_size(denoise__model_input_shape(workspace->model, i)) * workspace->plan->batch *
                 (int64_t)sizeof(float);
    }
    return bytes;
}

/* float32 rows are read where they are, others are converted. */
static void set_inputs(denoise_workspace *workspace, const denoise_tensor *const *x, int64_t first, int64_t rows)
{
    for (int32_t i = 0; i < workspace->model->input_count; i++) {
        int64_t size = denoise__shape_size(denoise__model_input_shape(workspace->model, i));
        if (x[i]->dtype == DENOISE_FLOAT32) {
            workspace->plan->inputs[i] = (const float *)x[i]->data + first * size;
        } else {
            denoise__tensor_read_floats(x[i], first * size, rows * size, workspace->staging[i]);
            workspace->plan->inputs[i] = workspace->staging[i];
        }
    }
}

static int64_t output_size(const denoise_model *model, int32_t index)
{
    return denoise__shape_size(denoise__model_output_shape(model, index));
}

static bool overlaps(const denoise_workspace *workspace, const denoise_tensor *out, const denoise_tensor *const *x)
{
    uintptr_t first = (uintptr_t)out->data, end = first + (size_t)out->size * sizeof(float);
    for (int32_t i = 0; i < workspace->model->input_count; i++) {
        size_t element =
            x[i]->dtype == DENOISE_FLOAT32 ? sizeof(float) : 1; /* other types are read where they are as bytes only */
        uintptr_t input = (uintptr_t)x[i]->data, input_end = input + (size_t)x[i]->size * element;
        if ((x[i]->dtype == DENOISE_FLOAT32 || x[i]->dtype == DENOISE_UINT8) && first < input_end && input < end) return true;
    }
    return false;
}

/* The last layers write straight into the caller's memory, each value once, unless an input lies there. */
static void bind_outputs(denoise_workspace *workspace, denoise_tensor *const *out, int64_t first,
                         const denoise_tensor *const *x)
{
    denoise__plan *plan = workspace->plan;
    for (int32_t i = 0; i < plan->output_count; i++) {
        denoise__plan_value *root = &plan->values[plan->values[plan->outputs[i].value].root];
        if (root->input >= 0 || root->override != NULL || overlaps(workspace, out[i], x)) continue;
        root->override = (float *)out[i]->data + first * output_size(workspace->model, i);
    }
}

static void finish_outputs(denoise_workspace *workspace, denoise_tensor *const *out, int64_t first, int64_t rows)
{
    denoise__plan *plan = workspace->plan;
    for (int32_t i = 0; i < plan->output_count; i++) {
        int64_t size = output_size(workspace->model, i);
        float *to = (float *)out[i]->data + first * size;
        const float *from = denoise__plan_data(plan, plan->outputs[i].value);
        if (from != to) memmove(to, from, (size_t)(rows * size) * sizeof *to);
    }
    for (int32_t i = 0; i < plan->value_count; i++)
        plan->values[i].override = NULL;
}

/* A chain reads rows where they are, bytes too, and writes its output row block by row block, so that the input must not lie
 * there. */
static void run_chain(denoise_workspace *workspace, denoise_tensor *out, int64_t first_out, const denoise_tensor *x,
                      int64_t first, int64_t rows)
{
    int64_t size = denoise__shape_size(denoise__model_input_shape(workspace->model, 0));
    bool is_bytes = x->dtype == DENOISE_UINT8;
    denoise__chain_pass pass = {.rows = rows,
                                .input = {.data = x->data, .is_bytes = is_bytes, .columns = size, .start = first},
                                .output = (float *)out->data + first_out * output_size(workspace->model, 0)};
    if ((x->dtype != DENOISE_FLOAT32 && !is_bytes) || overlaps(workspace, out, &x)) {
        denoise__tensor_read_floats(x, first * size, rows * size, workspace->staging[0]);
        pass.input = (denoise__chain_source){.data = workspace->staging[0], .columns = size};
    }
    denoise__chain_run(workspace->chain, &pass);
}

static void run_batch(denoise_workspace *workspace, denoise_tensor *const *out, int64_t first_out,
                      const denoise_tensor *const *x, int64_t first, int64_t rows)
{
    denoise__fp_state state;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&state);
    if (workspace->chain != NULL) {
        run_chain(workspace, out[0], first_out, x[0], first, rows);
    } else {
        set_inputs(workspace, x, first, rows);
        bind_outputs(workspace, out, first_out, x);
        denoise__plan_forward(workspace->plan, rows, 0, 0);
        finish_outputs(workspace, out, first_out, rows);
    }
    denoise__fp_leave(&state);
    denoise__engine_leave();
}

static denoise_status make_output(denoise_tensor **out, const denoise_model *model, int32_t index, int64_t rows)
{
    const denoise__shape *sample = denoise__model_output_shape(model, index);
    int64_t dims[DENOISE_MAX_RANK + 1] = {rows};
    memcpy(dims + 1, sample->dim, (size_t)sample->rank * sizeof *dims);
    return denoise_tensor_new(out, DENOISE_FLOAT32, dims, sample->rank + 1);
}

static denoise_status run_batches(denoise_workspace *workspace, denoise_tensor *const *out, const denoise_tensor *const *x,
                                  int64_t rows, denoise__batch_hook hook, void *context, int64_t *done)
{
    int64_t batch_size = workspace->plan->batch;
    bool stop = false;
    for (int64_t batch = 0; *done < rows && !stop; batch++) {
        int64_t count = rows - *done < batch_size ? rows - *done : batch_size;
        if (hook != NULL) DENOISE__TRY(hook(context, batch, true, &stop));
        run_batch(workspace, out, *done, x, *done, count);
        *done += count;
        if (hook != NULL) DENOISE__TRY(hook(context, batch, false, &stop));
    }
    return DENOISE_OK;
}

static denoise_status cut_rows(denoise_tensor **tensor, int64_t rows)
{
    denoise_tensor *cut;
    DENOISE__TRY(denoise_tensor_rows(&cut, *tensor, 0, rows));
    denoise_tensor_free(*tensor);
    *tensor = cut;
    return DENOISE_OK;
}

enum { CHAIN_ROWS = 1 << 14 };

/* Batches of a chain take no more memory when they are longer, so that only a hook makes their size matter. */
static denoise_status make_workspace(denoise_workspace **out, const denoise_model *model, int64_t rows, int64_t batch_size,
                                     bool has_hook)
{
    int64_t room = rows < batch_size ? rows : batch_size, wide = rows < CHAIN_ROWS ? rows : CHAIN_ROWS;
    DENOISE__TRY(denoise_workspace_new(out, model, room > 0 ? room : 1));
    if (has_hook || (*out)->chain == NULL || wide <= room) return DENOISE_OK;
    denoise_workspace_free(*out);
    return denoise_workspace_new(out, model, wide);
}

static denoise_status predict_locked(denoise_tensor **out, const denoise_model *model, const denoise_tensor *const *x,
                                     int64_t rows, int64_t batch_size, denoise__batch_hook hook, void *context)
{
    denoise_workspace *workspace = NULL;
    int64_t done = 0;
    denoise_status status = make_workspace(&workspace, model, rows, batch_size, hook != NULL);
    for (int32_t i = 0; i < model->output_count && status == DENOISE_OK; i++)
        status = make_output(&out[i], model, i, rows);
    if (status == DENOISE_OK) status = run_batches(workspace, out, x, rows, hook, context, &done);
    for (int32_t i = 0; i < model->output_count && status == DENOISE_OK && done < rows; i++)
        status = cut_rows(&out[i], done);
    denoise_workspace_free(workspace);
    return status;
}

denoise_status denoise__predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *const *x,
                                int64_t batch_size, denoise__batch_hook hook, void *context)
{
    int64_t rows = 0;
    DENOISE__TRY(denoise__check_inputs(model, x, model->input_count, &rows));
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "predict"));
    (void)denoise__engine_enter(); /* one engine for all batches */
    denoise_status status = predict_locked(out, model, x, rows, batch_size, hook, context);
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
    DENOISE__CHECK_NULL(out);
    for (int64_t i = 0; i < denoise__room(output_count); i++)
        out[i] = NULL;
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(denoise__predict_options_check(options, &known));
    if (output_count != model->output_count) {
        return denoise__fail(DENOISE_ERR_RANGE, "model \"%s\" has %d outputs, room given for %lld", model->name,
                             (int)model->output_count, (long long)output_count);
    }
    int64_t rows;
    DENOISE__TRY(denoise__check_inputs(model, x, input_count, &rows));
    return denoise__predict(out, model, x, known.batch_size, NULL, NULL);
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
    run_batch(workspace, &out, 0, &x, 0, rows);
    denoise__unlock_shared(model->layers, model->layer_count);
    return DENOISE_OK;
}
