/* SPDX-License-Identifier: Apache-2.0 */
/* denoise_model_gradients() makes a plan for each call, whose memory is cold; here it is made once. */
#include "layer_pass.h"
#include "check.h"
#include "core/cpu.h"
#include "kernels/engine.h"
#include "models/execute.h"
#include "models/model.h"
#include "models/update.h"

struct layer_pass {
    denoise__plan *plan;
    denoise__batch_rows x, dy;
    int64_t rows;
};

static denoise__batch_rows rows_of(const denoise_tensor *t)
{
    return (denoise__batch_rows){.tensor = t, .size = denoise_tensor_size(t) / denoise_tensor_dim(t, 0)};
}

layer_pass *layer_pass_new(const denoise_model *model, const denoise_tensor *x, const denoise_tensor *dy)
{
    static const bool needs_output = false;
    layer_pass *pass = malloc(sizeof *pass);
    check_that(pass != NULL, "out of memory");
    *pass = (layer_pass){.x = rows_of(x), .dy = rows_of(dy), .rows = denoise_tensor_dim(x, 0)};
    const denoise__plan_options options = {.batch = pass->rows,
                                           .training = true,
                                           .backward = true,
                                           .input_gradients = true,
                                           .gives_gradients = true,
                                           .needs_output = &needs_output,
                                           .weights = model->weights,
                                           .weight_count = model->weight_count};
    (void)denoise__engine_enter();
    check(denoise__plan_new(&pass->plan, model, &options));
    denoise__engine_leave();
    return pass;
}

void layer_pass_run(layer_pass *pass)
{
    denoise__fp_state state;
    float *output = NULL;
    denoise__pass way = {.rows = pass->rows, .inputs = &pass->x, .given = &pass->dy, .outputs = &output, .backward = true};
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&state);
    check(denoise__plan_run(pass->plan, &way));
    check(denoise__plan_sum_gradients(pass->plan, pass->rows));
    denoise__fp_leave(&state);
    denoise__engine_leave();
}

void layer_pass_free(layer_pass *pass)
{
    denoise__plan_free(pass->plan);
    free(pass);
}
