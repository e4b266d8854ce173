/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of models, for the tests that look at what lies where in them, and passes through them. */
#ifndef DENOISE_TESTS_PLANS_H
#define DENOISE_TESTS_PLANS_H

#include "models/execute.h"
#include "support/nets.h"

enum { PLAN_MOST_ENDS = 4, PLAN_MOST_WEIGHTS = 16, PLAN_MOST_ROWS = 256, PLAN_MOST_SIZE = 64 };

/* A plan, and what has to outlive it. */
typedef struct made_plan {
    denoise_model *model;
    denoise_loss *losses[PLAN_MOST_ENDS];
    denoise_optimizer *optimizer; /* SGD, rate 0.5; NULL: does not train */
    denoise__weight_ref weights[PLAN_MOST_WEIGHTS];
    int64_t weight_count;
    denoise__plan *plan;
    float row_loss[PLAN_MOST_ENDS][PLAN_MOST_ROWS]; /* of the last pass */
    float outputs[PLAN_MOST_ENDS][PLAN_MOST_ROWS * PLAN_MOST_SIZE];
    double values[PLAN_MOST_ENDS]; /* of the losses in the last pass */
} made_plan;

/* Takes the model over. To predict, without losses, each output wanted. */
void plan_to_predict(made_plan *made, denoise_model *model, int64_t batch);
/* Takes the model over. One loss for each output, by name; outputs are wanted with wants_outputs. */
void plan_to_train(made_plan *made, denoise_model *model, const char *const *losses, int64_t batch, bool is_plain,
                   bool wants_outputs);
void plan_clear(made_plan *made);

/* What a pass is like, apart from its rows. */
typedef struct pass_way {
    const float *row_weight; /* of every output; NULL: none */
    bool keeps_rows, forward_alone;
} pass_way;
/* One pass; y: targets of each output, not NULL where the plan has losses. NULL way: nothing special. */
void plan_pass(made_plan *made, const denoise_tensor *x, denoise_tensor *const *y, const pass_way *way);

/* The step of a layer (not of its activation), the first with this name in the order. */
denoise__step *plan_step(const made_plan *made, const char *layer);
/* Steps of a sort that run. */
int32_t plan_count(const made_plan *made, int32_t sort);
/* The value that a layer reads or makes, as it lies in memory. */
denoise__plan_value *plan_input_of(const made_plan *made, const char *layer);
denoise__plan_value *plan_output_of(const made_plan *made, const char *layer);
const denoise__buffer *plan_buffer(const made_plan *made, int32_t index);

/* A graph of one input under construction. */
typedef struct sketch {
    denoise_graph *graph;
    denoise_node *x;
} sketch;
sketch sketch_begin(const int64_t *shape, int32_t rank);
denoise_node *sketch_put(const sketch *s, denoise_layer *layer, denoise_node *node);
denoise_node *sketch_dense(const sketch *s, int64_t units, const char *activation, const char *name, denoise_node *node);
denoise_model *sketch_end(sketch *s, denoise_node *const *outputs, int64_t count);

#endif
