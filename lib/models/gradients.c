/* SPDX-License-Identifier: Apache-2.0 */
/* Vector-Jacobian products of a whole model. */
#include "core/cpu.h"
#include "core/memory.h"
#include "kernels/engine.h"
#include "models/execute.h"
#include "models/lock.h"
#include "models/predict.h"
#include "models/sized.h"
#include "models/update.h"
#include "tensor/tensor.h"
#include <string.h>

typedef struct request {
    denoise_tensor **inputs, **weights, **outputs;
    const denoise_model *model;
    const denoise_tensor *const *x;
    const denoise_tensor *const *dy;
    int64_t rows;
    bool training;
    uint64_t seed;
    denoise__weight_ref *wanted; /* the trainable weights, and where each stands among all */
    int64_t *places;
    int64_t wanted_count;
} request;

static void clear(denoise_tensor **tensors, int64_t count, bool free_them)
{
    for (int64_t i = 0; tensors != NULL && i < count; i++) {
        if (free_them) denoise_tensor_free(tensors[i]);
        tensors[i] = NULL;
    }
}

static denoise_status list_wanted(request *r)
{
    size_t room = (size_t)r->model->weight_count + 1;
    r->wanted = denoise__allocate_zeroed(room, sizeof *r->wanted);
    r->places = denoise__allocate_zeroed(room, sizeof *r->places);
    if (r->wanted == NULL || r->places == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < r->model->weight_count && r->weights != NULL; i++) {
        const denoise__weight_ref *ref = &r->model->weights[i];
        if (!denoise__model_trains(r->model, ref)) continue;
        r->places[r->wanted_count] = i;
        r->wanted[r->wanted_count++] = *ref;
    }
    return DENOISE_OK;
}

static denoise_status check_output_gradients(const request *r)
{
    for (int32_t i = 0; i < r->model->output_count; i++) {
        char given[192], wanted[192];
        const denoise_tensor *dy = r->dy[i];
        if (dy == NULL) return denoise__fail(DENOISE_ERR_NULL, "denoise_model_gradients: output gradient %d is NULL", (int)i);
        const denoise__shape *sample = denoise__model_output_shape(r->model, i);
        bool fits = dy->shape.rank == sample->rank + 1 && dy->shape.dim[0] == r->rows;
        for (int32_t j = 0; fits && j < sample->rank; j++)
            fits = dy->shape.dim[j + 1] == sample->dim[j];
        if (fits) continue;
        return denoise__fail(DENOISE_ERR_SHAPE,
                             "denoise_model_gradients: output gradient %d has shape %s, expected %s with %lld rows", (int)i,
                             denoise__shape_text(&dy->shape, false, given, sizeof given),
                             denoise__shape_text(sample, true, wanted, sizeof wanted), (long long)r->rows);
    }
    return DENOISE_OK;
}

/* A batch of a sample's shape; values NULL = zeros. */
static denoise_status batch_tensor(denoise_tensor **out, const denoise__shape *sample, int64_t rows, const float *values)
{
    int64_t dims[DENOISE_MAX_RANK + 1] = {rows};
    memcpy(dims + 1, sample->dim, (size_t)sample->rank * sizeof *dims);
    DENOISE__TRY(denoise_tensor_new(out, DENOISE_FLOAT32, dims, sample->rank + 1));
    if (values != NULL && (*out)->size > 0) memcpy((*out)->data, values, (size_t)(*out)->size * sizeof *values);
    return DENOISE_OK;
}

static denoise_status collect(const request *r, const denoise__plan *plan)
{
    for (int32_t i = 0; i < r->model->input_count && r->inputs != NULL; i++) {
        DENOISE__TRY(batch_tensor(&r->inputs[i], denoise__model_input_shape(r->model, i), r->rows,
                                  denoise__plan_input_gradient(plan, i)));
    }
    for (int64_t i = 0; i < r->wanted_count; i++) {
        const denoise__shape *shape = &r->wanted[i].layer->weights[r->wanted[i].index].spec.shape;
        DENOISE__TRY(denoise_tensor_new(&r->weights[r->places[i]], DENOISE_FLOAT32, shape->dim, shape->rank));
        denoise__plan_read_gradient(plan, i, r->weights[r->places[i]]->data);
    }
    return DENOISE_OK;
}

/* Rows of the caller's tensors that the plan reads, and of its outputs. */
typedef struct ends {
    denoise__batch_rows *inputs, *given;
    float **outputs;
} ends;

static denoise_status make_ends(const request *r, ends *e)
{
    e->inputs = denoise__allocate_zeroed((size_t)r->model->input_count, sizeof *e->inputs);
    e->given = denoise__allocate_zeroed((size_t)r->model->output_count, sizeof *e->given);
    e->outputs = denoise__allocate_zeroed((size_t)r->model->output_count, sizeof *e->outputs);
    if (e->inputs == NULL || e->given == NULL || e->outputs == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < r->model->input_count; i++)
        e->inputs[i] =
            (denoise__batch_rows){.tensor = r->x[i], .size = denoise__shape_size(denoise__model_input_shape(r->model, i))};
    for (int32_t i = 0; i < r->model->output_count; i++) {
        const denoise__shape *sample = denoise__model_output_shape(r->model, i);
        e->given[i] = (denoise__batch_rows){.tensor = r->dy[i], .size = denoise__shape_size(sample)};
        if (r->outputs == NULL) continue;
        DENOISE__TRY(batch_tensor(&r->outputs[i], sample, r->rows, NULL));
        e->outputs[i] = r->outputs[i]->data;
    }
    return DENOISE_OK;
}

static denoise_status run(const request *r, denoise__plan *plan, ends *e)
{
    DENOISE__TRY(make_ends(r, e));
    denoise__pass pass = {
        .rows = r->rows, .inputs = e->inputs, .given = e->given, .outputs = e->outputs, .seed = r->seed, .backward = true};
    if (r->rows > 0) DENOISE__TRY(denoise__plan_run(plan, &pass));
    DENOISE__TRY(denoise__plan_sum_gradients(plan, r->rows));
    return collect(r, plan);
}

static denoise_status make_plan(denoise__plan **plan, const request *r)
{
    bool *needs_output = denoise__allocate_zeroed((size_t)r->model->output_count, sizeof *needs_output);
    if (needs_output == NULL) return denoise__fail_nomem();
    for (int32_t i = 0; i < r->model->output_count; i++)
        needs_output[i] = r->outputs != NULL;
    denoise_status status = denoise__plan_new(plan, r->model,
                                              &(denoise__plan_options){.batch = r->rows > 0 ? r->rows : 1,
                                                                       .training = r->training,
                                                                       .backward = true,
                                                                       .input_gradients = r->inputs != NULL,
                                                                       .gives_gradients = true,
                                                                       .needs_output = needs_output,
                                                                       .weights = r->wanted,
                                                                       .weight_count = r->wanted_count});
    denoise__release(needs_output);
    return status;
}

static denoise_status compute(request *r)
{
    denoise__plan *plan = NULL;
    ends e = {0};
    DENOISE__TRY(list_wanted(r));
    DENOISE__TRY(make_plan(&plan, r));
    denoise__fp_state state;
    denoise__fp_enter_flushing(&state);
    denoise_status status = run(r, plan, &e);
    denoise__fp_leave(&state);
    denoise__release(e.inputs);
    denoise__release(e.given);
    denoise__release(e.outputs);
    denoise__plan_free(plan);
    return status;
}

static denoise_status compute_locked(request *r)
{
    const denoise_model *model = r->model;
    DENOISE__TRY(denoise__lock_shared(model->layers, model->layer_count, "denoise_model_gradients"));
    (void)denoise__engine_enter();
    denoise_status status = compute(r);
    denoise__engine_leave();
    denoise__unlock_shared(model->layers, model->layer_count);
    return status;
}

denoise_status denoise_model_gradients(denoise_tensor **input_gradients, denoise_tensor **weight_gradients,
                                       denoise_tensor **outputs, const denoise_model *model, const denoise_tensor *const *x,
                                       const denoise_tensor *const *output_gradients, int32_t training, uint64_t seed)
{
    DENOISE__CHECK_NULL(model);
    clear(input_gradients, model->input_count, false);
    clear(weight_gradients, model->weight_count, false);
    clear(outputs, model->output_count, false);
    DENOISE__CHECK_NULL(x);
    DENOISE__CHECK_NULL(output_gradients);
    request r = {.inputs = input_gradients,
                 .weights = weight_gradients,
                 .outputs = outputs,
                 .model = model,
                 .x = x,
                 .dy = output_gradients,
                 .training = training != 0,
                 .seed = seed};
    denoise_model *sized;
    DENOISE__TRY(denoise__check_inputs(model, x, model->input_count, &r.rows));
    DENOISE__TRY(denoise__model_size_for(&sized, model, x));
    r.model = sized;
    denoise_status status = check_output_gradients(&r);
    if (status == DENOISE_OK) status = compute_locked(&r);
    denoise_model_free(sized);
    denoise__release(r.wanted);
    denoise__release(r.places);
    if (status != DENOISE_OK) {
        clear(input_gradients, model->input_count, true);
        clear(weight_gradients, model->weight_count, true);
        clear(outputs, model->output_count, true);
    }
    return status;
}
