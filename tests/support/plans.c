/* SPDX-License-Identifier: Apache-2.0 */
#include "support/plans.h"
#include "core/cpu.h"
#include "kernels/engine.h"
#include <string.h>

static void list_weights(made_plan *made)
{
    made->weight_count = 0;
    for (int64_t i = 0; i < made->model->weight_count; i++) {
        if (!denoise__model_trains(made->model, &made->model->weights[i])) continue;
        assert_true(made->weight_count < PLAN_MOST_WEIGHTS);
        made->weights[made->weight_count++] = made->model->weights[i];
    }
}

static void make_optimizer(made_plan *made)
{
    const denoise__variable *variables[PLAN_MOST_WEIGHTS];
    denoise_sgd_options sgd = DENOISE_SGD_OPTIONS_INIT;
    sgd.learning_rate = 0.5;
    made->optimizer = denoise_optimizer_sgd(&sgd);
    for (int64_t i = 0; i < made->weight_count; i++)
        variables[i] = &made->weights[i].layer->weights[made->weights[i].index].variable;
    ASSERT_OK(denoise__optimizer_build(made->optimizer, variables, made->weight_count));
}

void plan_to_predict(made_plan *made, denoise_model *model, int64_t batch)
{
    *made = (made_plan){.model = model};
    assert_true(model->output_count <= PLAN_MOST_ENDS);
    ASSERT_OK(denoise__plan_new(&made->plan, model, &(denoise__plan_options){.batch = batch}));
}

void plan_to_train(made_plan *made, denoise_model *model, const char *const *losses, int64_t batch, bool is_plain,
                   bool wants_outputs)
{
    bool needs_output[PLAN_MOST_ENDS];
    *made = (made_plan){.model = model};
    assert_true(model->output_count <= PLAN_MOST_ENDS);
    for (int32_t i = 0; i < model->output_count; i++) {
        needs_output[i] = wants_outputs;
        ASSERT_OK(denoise_loss_create(&made->losses[i], losses[i], NULL));
    }
    list_weights(made);
    make_optimizer(made);
    ASSERT_OK(denoise__plan_new(&made->plan, model,
                                &(denoise__plan_options){.batch = batch,
                                                         .training = true,
                                                         .backward = true,
                                                         .is_plain = is_plain,
                                                         .losses = (const denoise_loss *const *)made->losses,
                                                         .needs_output = needs_output,
                                                         .weights = made->weights,
                                                         .weight_count = made->weight_count,
                                                         .optimizer = made->optimizer}));
}

void plan_clear(made_plan *made)
{
    denoise__plan_free(made->plan);
    for (int32_t i = 0; i < PLAN_MOST_ENDS; i++)
        denoise_loss_free(made->losses[i]);
    denoise_optimizer_free(made->optimizer);
    denoise_model_free(made->model);
}

static denoise__pass_loss pass_loss(made_plan *made, int32_t output, const denoise_tensor *y, const pass_way *way, int64_t rows)
{
    const denoise__shape *shape = denoise__model_output_shape(made->model, output);
    int64_t columns = shape->rank == 0 ? 1 : shape->dim[shape->rank - 1], each = denoise__shape_size(shape) / columns;
    assert_true(rows * each <= PLAN_MOST_ROWS);
    return (denoise__pass_loss){.loss = made->losses[output],
                                .weight = 1,
                                .args = {.rows = rows * each,
                                         .columns = columns,
                                         .target = denoise_tensor_const_data(y),
                                         .row_weight = way->row_weight,
                                         .row_loss = made->row_loss[output]}};
}

void plan_pass(made_plan *made, const denoise_tensor *x, denoise_tensor *const *y, const pass_way *way)
{
    static const pass_way ordinary;
    if (way == NULL) way = &ordinary;
    int64_t rows = denoise_tensor_dim(x, 0);
    denoise__batch_rows input = {.tensor = x, .size = denoise_tensor_size(x) / rows};
    denoise__pass_loss losses[PLAN_MOST_ENDS] = {{0}};
    float *outputs[PLAN_MOST_ENDS];
    bool has_losses = made->losses[0] != NULL;
    for (int32_t i = 0; i < made->model->output_count; i++) {
        assert_true(rows * denoise__shape_size(denoise__model_output_shape(made->model, i)) <= PLAN_MOST_ROWS * PLAN_MOST_SIZE);
        outputs[i] = made->outputs[i];
        if (has_losses) losses[i] = pass_loss(made, i, y[i], way, rows);
    }
    denoise__pass pass = {.rows = rows,
                          .inputs = &input,
                          .outputs = outputs,
                          .losses = has_losses ? losses : NULL,
                          .backward = has_losses && !way->forward_alone,
                          .keeps_rows = way->keeps_rows};
    denoise__fp_state state;
    (void)denoise__engine_enter();
    denoise__fp_enter_flushing(&state);
    denoise_status status = denoise__plan_run(made->plan, &pass);
    denoise__fp_leave(&state);
    denoise__engine_leave();
    ASSERT_OK(status);
    for (int32_t i = 0; i < made->model->output_count; i++)
        made->values[i] = losses[i].value;
}

denoise__step *plan_step(const made_plan *made, const char *layer)
{
    for (int32_t i = 0; i < made->plan->order_count; i++) {
        denoise__step *step = &made->plan->steps[made->plan->order[i]];
        if (step->sort == DENOISE__STEP_LAYER && strcmp(step->layer->name, layer) == 0) return step;
    }
    fail_msg("no step of layer \"%s\" runs", layer);
    return NULL;
}

int32_t plan_count(const made_plan *made, int32_t sort)
{
    int32_t count = 0;
    for (int32_t i = 0; i < made->plan->order_count; i++)
        count += made->plan->steps[made->plan->order[i]].sort == sort;
    return count;
}

denoise__plan_value *plan_input_of(const made_plan *made, const char *layer)
{
    return denoise__plan_root(made->plan, plan_step(made, layer)->inputs[0]);
}

denoise__plan_value *plan_output_of(const made_plan *made, const char *layer)
{
    return denoise__plan_root(made->plan, plan_step(made, layer)->outputs[0]);
}

const denoise__buffer *plan_buffer(const made_plan *made, int32_t index)
{
    assert_true(index >= 0 && index < made->plan->buffer_count);
    return &made->plan->buffers[index];
}

sketch sketch_begin(const int64_t *shape, int32_t rank)
{
    sketch s;
    ASSERT_OK(denoise_graph_new(&s.graph, "sketch"));
    s.x = denoise_graph_input(s.graph, shape, rank);
    return s;
}

denoise_node *sketch_put(const sketch *s, denoise_layer *layer, denoise_node *node)
{
    return denoise_graph_apply(s->graph, layer, node);
}

denoise_node *sketch_dense(const sketch *s, int64_t units, const char *activation, const char *name, denoise_node *node)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    options.bias_initializer = "random_normal(stddev=0.1)";
    return sketch_put(s, denoise_layer_dense(units, activation, &options), node);
}

denoise_model *sketch_end(sketch *s, denoise_node *const *outputs, int64_t count)
{
    denoise_model *model;
    ASSERT_OK(denoise_graph_build_many(&model, s->graph, &s->x, 1, outputs, count, NULL));
    denoise_graph_free(s->graph);
    return model;
}
