/* SPDX-License-Identifier: Apache-2.0 */
/* One executor: whatever a model consists of, it gives the same bits in segments of blocks and step by step on the whole batch,
 * on any number of threads. Models of all sorts of neighbours, of which dense layers are only one. */
#include "models/execute.h"
#include "support/dice_loss.h"
#include "support/fused_nets.h"
#include "support/test_kinds.h"
#include "train/session.h"
#include <stdio.h>
#include <string.h>

enum { ROWS = 150, COLUMNS = 19, MOST_ENDS = 3 };

/* A model under construction. */
typedef struct scene {
    denoise_graph *graph;
    denoise_node *x, *outputs[MOST_ENDS];
    int32_t output_count;
} scene;

static denoise_node *put(scene *s, denoise_layer *layer, denoise_node *node)
{
    return denoise_graph_apply(s->graph, layer, node);
}

static denoise_node *dense(scene *s, int64_t units, const char *activation, denoise_node *node)
{
    return put(s, denoise_layer_dense(units, activation, NULL), node);
}

static denoise_node *regularized(scene *s, int64_t units, const char *activation, denoise_node *node)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.kernel_regularizer = "l2(0.01)";
    options.bias_regularizer = "l1(0.003)";
    return put(s, denoise_layer_dense(units, activation, &options), node);
}

static denoise_node *test_kind(scene *s, const char *kind, denoise_node *node)
{
    return put(s, test_kind_layer(kind, NULL, NULL), node);
}

static void with_dropout(scene *s)
{
    denoise_node *h = put(s, denoise_layer_dropout(0.3, NULL), dense(s, 33, "relu", s->x));
    s->outputs[0] = dense(s, 7, NULL, put(s, denoise_layer_dropout(0.2, NULL), dense(s, 16, "tanh", h)));
}

static void dropout_at_both_ends(scene *s)
{
    denoise_node *h = dense(s, 18, "elu", put(s, denoise_layer_dropout(0.4, NULL), s->x));
    s->outputs[0] = put(s, denoise_layer_dropout(0.1, NULL), dense(s, 7, "sigmoid", h));
}

static void with_noise(scene *s)
{
    denoise_node *h = dense(s, 20, "relu", put(s, denoise_layer_gaussian_noise(0.5, NULL), s->x));
    s->outputs[0] = dense(s, 7, NULL, put(s, denoise_layer_gaussian_noise(0.25, NULL), h));
}

static void with_penalties(scene *s)
{
    s->outputs[0] = regularized(s, 7, NULL, regularized(s, 40, "relu", s->x));
}

static void activations_by_themselves(scene *s)
{
    denoise_node *h = put(s, denoise_layer_activation("relu", NULL), dense(s, 21, NULL, s->x));
    h = put(s, denoise_layer_activation("softmax", NULL), dense(s, 17, NULL, h));
    h = put(s, denoise_layer_activation("tanh", NULL),
            put(s, denoise_layer_activation("elu", NULL), dense(s, 5, "sigmoid", h)));
    s->outputs[0] = dense(s, 7, NULL, h);
}

static void softmax_in_the_middle(scene *s)
{
    s->outputs[0] = dense(s, 7, NULL, dense(s, 33, "softmax", dense(s, 30, "relu", s->x)));
}

static void two_heads(scene *s)
{
    denoise_node *trunk = dense(s, 24, "relu", s->x);
    s->outputs[0] = dense(s, 7, "sigmoid", trunk);
    s->outputs[1] = dense(s, 3, "softmax", dense(s, 9, "tanh", trunk));
    s->output_count = 2;
}

/* One value that two losses, a layer and the caller read. */
static void outputs_in_the_middle(scene *s)
{
    denoise_node *a = dense(s, 7, "tanh", s->x);
    s->outputs[0] = a;
    s->outputs[1] = a;
    s->outputs[2] = dense(s, 7, NULL, put(s, denoise_layer_dropout(0.3, NULL), a));
    s->output_count = 3;
}

/* Their gradients are added in their own order, whichever of them works on panels. */
static void three_losses_on_one_value(scene *s)
{
    s->outputs[0] = s->outputs[1] = s->outputs[2] = dense(s, 7, "sigmoid", dense(s, 18, "relu", s->x));
    s->output_count = 3;
}

static void residual(scene *s)
{
    denoise_node *a = dense(s, 20, "relu", s->x), *b = dense(s, 20, "relu", a);
    denoise_node *sum = denoise_graph_apply_many(s->graph, denoise_layer_add(NULL), (denoise_node *[]){a, b, a}, 3);
    denoise_node *joined =
        denoise_graph_apply_many(s->graph, denoise_layer_concatenate(-1, NULL), (denoise_node *[]){sum, b, s->x}, 3);
    s->outputs[0] = dense(s, 7, NULL, joined);
}

static void shared_layers(scene *s)
{
    denoise_layer *square = denoise_layer_dense(COLUMNS, "tanh", NULL), *drop = denoise_layer_dropout(0.25, NULL);
    denoise_node *h = put(s, square, put(s, drop, put(s, square, put(s, drop, s->x))));
    s->outputs[0] = dense(s, 7, NULL, put(s, square, h));
}

static void regularized_and_shared(scene *s)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.kernel_regularizer = "l1l2(0.01, 0.02)";
    denoise_layer *square = denoise_layer_dense(COLUMNS, "relu", &options);
    s->outputs[0] = dense(s, 7, NULL, put(s, square, put(s, square, s->x)));
}

static void frozen_in_the_middle(scene *s)
{
    denoise_layer *frozen = denoise_layer_dense(12, "relu", NULL);
    assert_int_equal(denoise_layer_set_trainable(frozen, 0), DENOISE_OK);
    s->outputs[0] = dense(s, 7, NULL, put(s, frozen, put(s, denoise_layer_dropout(0.2, NULL), dense(s, 18, "relu", s->x))));
}

static void frozen_before_the_loss(scene *s)
{
    denoise_layer *frozen = denoise_layer_dense(7, "sigmoid", NULL);
    assert_int_equal(denoise_layer_set_trainable(frozen, 0), DENOISE_OK);
    s->outputs[0] = put(s, frozen, dense(s, 18, "relu", s->x));
}

/* Rows of the last axis are the rows of the products. */
static void rows_in_a_sample(scene *s)
{
    denoise_node *h = put(s, denoise_layer_reshape((int64_t[]){3, 11}, 2, NULL), dense(s, 33, "relu", s->x));
    h = put(s, denoise_layer_dropout(0.2, NULL), dense(s, 18, "relu", h));
    s->outputs[0] = dense(s, 7, NULL, put(s, denoise_layer_flatten(NULL), dense(s, 5, "tanh", h)));
}

static void a_layer_across_the_batch(scene *s)
{
    denoise_node *h = test_kind(s, "batch_wide", dense(s, 18, "relu", s->x));
    s->outputs[0] =
        dense(s, 7, NULL, test_kind(s, "batch_wide", put(s, denoise_layer_dropout(0.3, NULL), dense(s, 11, "tanh", h))));
}

static void across_the_batch_at_both_ends(scene *s)
{
    s->outputs[0] = test_kind(s, "batch_wide", dense(s, 7, "tanh", test_kind(s, "batch_wide", s->x)));
}

static void rows_with_a_weight(scene *s)
{
    denoise_node *h = test_kind(s, "plain_rows", dense(s, 18, "relu", test_kind(s, "plain_rows", s->x)));
    s->outputs[0] = test_kind(s, "plain_rows", dense(s, 7, NULL, test_kind(s, "twelve_weights", h)));
}

static void two_outputs_of_a_layer(scene *s)
{
    denoise_node *h = dense(s, 18, "relu", s->x), *both[2];
    assert_int_equal(denoise_graph_apply_layer_many(both, 2, s->graph, test_kind_layer("two_outputs", NULL, NULL), &h, 1),
                     DENOISE_OK);
    s->outputs[0] = dense(s, 7, NULL, both[0]);
    s->outputs[1] = dense(s, 3, NULL, both[1]);
    s->output_count = 2;
}

static void one_output_of_two(scene *s)
{
    denoise_node *h = dense(s, 18, "relu", s->x), *both[2];
    assert_int_equal(denoise_graph_apply_layer_many(both, 2, s->graph, test_kind_layer("two_outputs", NULL, NULL), &h, 1),
                     DENOISE_OK);
    s->outputs[0] = dense(s, 7, NULL, both[1]);
}

static void nothing_but_rows(scene *s)
{
    s->outputs[0] = put(s, denoise_layer_rescaling(0.5, 1, NULL),
                        test_kind(s, "plain_rows", put(s, denoise_layer_gaussian_noise(0.1, NULL), s->x)));
}

static void a_nested_model(scene *s)
{
    denoise_model *inner = two_layers(COLUMNS, 9, "relu", COLUMNS, "sigmoid");
    denoise_node *once = denoise_graph_apply_model(s->graph, inner, put(s, denoise_layer_dropout(0.2, NULL), s->x));
    s->outputs[0] = dense(s, 7, NULL, denoise_graph_apply_model(s->graph, inner, once));
    denoise_model_free(inner);
}

/* Two readers that want rows, and others that take panels: their gradients are added up in the order of the readers. */
static void read_in_two_layouts(scene *s)
{
    denoise_node *a = dense(s, 9, NULL, s->x), *b = put(s, denoise_layer_activation("tanh", NULL), a);
    denoise_node *joined =
        denoise_graph_apply_many(s->graph, denoise_layer_concatenate(-1, NULL), (denoise_node *[]){a, a, a}, 3);
    denoise_node *rest =
        denoise_graph_apply_many(s->graph, denoise_layer_add(NULL), (denoise_node *[]){b, test_kind(s, "plain_rows", a), a}, 3);
    s->outputs[0] = dense(s, 7, NULL, joined);
    s->outputs[1] = dense(s, 7, NULL, rest);
    s->output_count = 2;
}

/* What a loss reads lies in panels of other columns than it has. */
static void columns_cut_anew(scene *s)
{
    denoise_node *h = put(s, denoise_layer_reshape((int64_t[]){3, 14}, 2, NULL), dense(s, 42, NULL, s->x));
    h = put(s, denoise_layer_gaussian_noise(0.1, NULL), h);
    denoise_node *again = dense(s, 7, NULL, put(s, denoise_layer_reshape((int64_t[]){42}, 1, NULL), h));
    s->outputs[0] = h;
    s->outputs[1] = again;
    s->output_count = 2;
}

static void an_output_that_is_an_input(scene *s)
{
    denoise_node *h = dense(s, 33, "relu", dense(s, 31, "relu", dense(s, 29, "tanh", dense(s, 16, "relu", s->x))));
    s->outputs[0] = dense(s, 33, NULL, h);
    s->outputs[1] = s->x;
    s->output_count = 2;
}

static void a_rectifier_at_the_end(scene *s)
{
    s->outputs[0] = dense(s, 7, "relu", dense(s, 20, "tanh", s->x));
}

static denoise_layer *frozen(denoise_layer *layer)
{
    assert_int_equal(denoise_layer_set_trainable(layer, 0), DENOISE_OK);
    return layer;
}

static void batch_normalization(scene *s)
{
    denoise_layer *shared = denoise_layer_batch_normalization(NULL);
    denoise_node *h = put(s, shared, dense(s, 18, NULL, put(s, denoise_layer_batch_normalization(NULL), s->x)));
    h = put(s, shared, put(s, denoise_layer_activation("relu", NULL), h));
    s->outputs[0] = put(s, denoise_layer_batch_normalization(NULL), dense(s, 7, NULL, h));
}

/* Row by row, as outside training. */
static void frozen_batch_normalization(scene *s)
{
    denoise_node *h = put(s, frozen(denoise_layer_batch_normalization(NULL)), dense(s, 18, "tanh", s->x));
    h = dense(s, 7, NULL, put(s, denoise_layer_dropout(0.2, NULL), h));
    s->outputs[0] = put(s, frozen(denoise_layer_batch_normalization(NULL)), h);
}

static void normalizations_of_rows(scene *s)
{
    denoise_node *h = put(s, denoise_layer_layer_normalization(NULL), dense(s, 24, NULL, s->x));
    h = put(s, denoise_layer_reshape((int64_t[]){6, 4}, 2, NULL), put(s, denoise_layer_group_normalization(3, NULL), h));
    h = put(s, denoise_layer_spatial_dropout1d(0.2, NULL), put(s, denoise_layer_rms_normalization(NULL, 0, 1e-6, NULL), h));
    h = put(s, denoise_layer_unit_normalization((int64_t[]){1}, 1, NULL), h);
    s->outputs[0] = dense(s, 7, NULL, put(s, denoise_layer_flatten(NULL), h));
}

static const struct {
    const char *name;
    void (*make)(scene *s);
} bodies[] = {
    {"dropout", with_dropout},
    {"dropout at both ends", dropout_at_both_ends},
    {"noise", with_noise},
    {"penalties", with_penalties},
    {"activations by themselves", activations_by_themselves},
    {"softmax in the middle", softmax_in_the_middle},
    {"two heads", two_heads},
    {"outputs in the middle", outputs_in_the_middle},
    {"three losses on one value", three_losses_on_one_value},
    {"residual", residual},
    {"shared layers", shared_layers},
    {"regularized and shared", regularized_and_shared},
    {"frozen in the middle", frozen_in_the_middle},
    {"frozen before the loss", frozen_before_the_loss},
    {"rows in a sample", rows_in_a_sample},
    {"a layer across the batch", a_layer_across_the_batch},
    {"across the batch at both ends", across_the_batch_at_both_ends},
    {"rows with a weight", rows_with_a_weight},
    {"two outputs of a layer", two_outputs_of_a_layer},
    {"one output of two", one_output_of_two},
    {"nothing but rows", nothing_but_rows},
    {"a nested model", a_nested_model},
    {"read in two layouts", read_in_two_layouts},
    {"columns cut anew", columns_cut_anew},
    {"an output that is an input", an_output_that_is_an_input},
    {"a rectifier at the end", a_rectifier_at_the_end},
    {"batch normalization, across the batch", batch_normalization},
    {"frozen batch normalization", frozen_batch_normalization},
    {"normalizations of rows", normalizations_of_rows},
};

enum { BODIES = (int)(sizeof bodies / sizeof *bodies) };

static denoise_model *make_model(int body)
{
    scene s = {.output_count = 1};
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&s.graph, "scene"));
    s.x = denoise_graph_input(s.graph, (int64_t[]){COLUMNS}, 1);
    bodies[body].make(&s);
    ASSERT_OK(denoise_graph_build_many(&model, s.graph, &s.x, 1, s.outputs, s.output_count, NULL));
    denoise_graph_free(s.graph);
    return model;
}

/* Loss of output i: a fused one, one of rows, one on logits. */
static denoise_loss *loss_of(const denoise_model *model, int64_t output)
{
    int64_t shape[8];
    int32_t rank;
    ASSERT_OK(denoise_model_output_shape(model, output, shape, &rank));
    if (rank == 1 && shape[0] == 3) return denoise_loss_categorical_crossentropy(NULL);
    return output == 1   ? denoise_loss_mean_absolute_error()
           : output == 0 ? denoise_loss_mean_squared_error()
                         : denoise_loss_binary_crossentropy(NULL);
}

typedef struct trained {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *predicted[MOST_ENDS];
} trained;

/* What a run is made of. */
typedef struct way {
    bool is_plain, is_weighted;
    int32_t threads;
    bool crossentropy; /* on the first output */
    bool from_logits;  /* that it reads, whatever they are */
    bool dice;         /* on the second, across the batch */
    bool is_unwatched; /* no metric reads the first output */
    int64_t batch;     /* 0: 140 */
} way;

static denoise_loss *first_loss(const way *by)
{
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    options.from_logits = by->from_logits;
    return denoise_loss_binary_crossentropy(&options);
}

static denoise_trainer *compile(denoise_model *model, const way *by)
{
    denoise_loss *losses[MOST_ENDS];
    double loss_weights[MOST_ENDS] = {1.0, 0.5, 2.0};
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    for (int64_t i = 0; i < denoise_model_output_count(model); i++)
        losses[i] = i == 0 && by->crossentropy ? first_loss(by)
                    : i == 1 && by->dice       ? dice_loss_make("test_dice", 0)
                                               : loss_of(model, i);
    options.losses = losses;
    options.loss_count = denoise_model_output_count(model);
    options.loss_weights = loss_weights;
    denoise_metric *metric = by->is_unwatched ? NULL : denoise_metric_mean_absolute_error();
    options.metrics = &metric;
    options.metric_count = by->is_unwatched ? 0 : 1;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), NULL, &options));
    trainer->is_plain = by->is_plain;
    return trainer;
}

static denoise_tensor *target_of(const denoise_model *model, int64_t output)
{
    int64_t shape[DENOISE_MAX_RANK + 1] = {ROWS}, size = 1;
    int32_t rank;
    ASSERT_OK(denoise_model_output_shape(model, output, shape + 1, &rank));
    for (int32_t i = 1; i <= rank; i++)
        size *= shape[i];
    denoise_tensor *rows = random_rows(ROWS, size, 2 + (uint64_t)output), *target;
    ASSERT_OK(denoise_tensor_reshape(&target, rows, shape, rank + 1));
    denoise_tensor_free(rows);
    return target;
}

static trained train(int body, const way *by)
{
    trained t = {.model = make_model(body)};
    denoise_tensor *x = random_rows(ROWS, COLUMNS, 1), *y[MOST_ENDS], *weight = random_rows(ROWS, 1, 9), *weights[MOST_ENDS];
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    int64_t outputs = denoise_model_output_count(t.model);
    for (int64_t i = 0; i < ROWS; i++)
        ((float *)denoise_tensor_data(weight))[i] = (float)(i % 5) * 0.5f;
    for (int64_t i = 0; i < outputs; i++) {
        y[i] = target_of(t.model, i);
        weights[i] = weight;
    }
    ASSERT_OK(denoise_set_num_threads(by->threads));
    t.trainer = compile(t.model, by);
    fit.epochs = 3, fit.batch_size = by->batch > 0 ? by->batch : 140, fit.verbose = 0, fit.seed = 3,
    fit.validation_split = 0.05;
    if (by->is_weighted) fit.sample_weight = (const denoise_tensor *const *)weights;
    ASSERT_OK(denoise_trainer_fit_many(t.trainer, (const denoise_tensor *const *)&x, 1, (const denoise_tensor *const *)y,
                                       outputs, &fit));
    ASSERT_OK(denoise_model_predict_many(t.predicted, outputs, t.model, (const denoise_tensor *const *)&x, 1, NULL));
    for (int64_t i = 0; i < outputs; i++)
        denoise_tensor_free(y[i]);
    denoise_tensor_free(x);
    denoise_tensor_free(weight);
    ASSERT_OK(denoise_set_num_threads(0));
    return t;
}

static void trained_free(trained *t)
{
    for (int i = 0; i < MOST_ENDS; i++)
        denoise_tensor_free(t->predicted[i]);
    denoise_trainer_free(t->trainer);
    denoise_model_free(t->model);
}

static void compare(const trained *a, const trained *b, const char *what)
{
    assert_same_weights(a->model, b->model, what);
    assert_same_slots(a->trainer->optimizer, b->trainer->optimizer, what);
    for (int64_t i = 0; i < denoise_model_output_count(a->model); i++)
        assert_same_tensor(a->predicted[i], b->predicted[i], what);
    const denoise_history *x = denoise_trainer_history(a->trainer), *y = denoise_trainer_history(b->trainer);
    for (int64_t k = 0; k < denoise_history_key_count(x); k++) {
        const char *key = denoise_history_key(x, k);
        for (int64_t e = 0; e < denoise_history_epochs(x); e++) {
            double p = denoise_history_values(x, key)[e], q = denoise_history_values(y, key)[e];
            if (memcmp(&p, &q, sizeof p) != 0) fail_msg("%s: %s of epoch %d is %.17g, expected %.17g", what, key, (int)e, p, q);
        }
    }
}

static void check(int body, const way *first, const way *second, const char *what)
{
    char text[100];
    trained a = train(body, first), b = train(body, second);
    snprintf(text, sizeof text, "%s, %s", bodies[body].name, what);
    compare(&a, &b, text);
    trained_free(&a);
    trained_free(&b);
}

static void fused_as_plain(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        check(body, &(way){.threads = 2}, &(way){.threads = 2, .is_plain = true}, "plain");
        check(body, &(way){.threads = 2, .is_weighted = true}, &(way){.threads = 2, .is_weighted = true, .is_plain = true},
              "plain, weighted");
    }
}

static void a_fused_loss_as_plain(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        check(body, &(way){.threads = 2, .crossentropy = true}, &(way){.threads = 2, .crossentropy = true, .is_plain = true},
              "crossentropy");
        check(body, &(way){.threads = 2, .crossentropy = true, .is_weighted = true},
              &(way){.threads = 1, .crossentropy = true, .is_weighted = true, .is_plain = true}, "crossentropy, weighted");
    }
}

/* The kernel of a loss makes the gradient of what it reads, which may end with an activation. */
static void a_fused_loss_behind_an_activation(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        way by = {.threads = 2, .crossentropy = true, .from_logits = true}, plainly = by;
        plainly.is_plain = true;
        check(body, &by, &plainly, "from logits");
    }
}

/* A loss across the batch is a segment by itself, between the forward and the backward run of what lies before it. */
static void a_loss_across_the_batch(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        for (int64_t batch = 1; batch <= 140; batch += 139) {
            way by = {.threads = 2,
                      .crossentropy = true,
                      .from_logits = true,
                      .dice = true,
                      .is_unwatched = true,
                      .batch = batch},
                plainly = by;
            plainly.is_plain = true;
            check(body, &by, &plainly, "dice");
        }
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        for (int32_t threads = 2; threads <= 8; threads += 3)
            check(body, &(way){.threads = 1}, &(way){.threads = threads}, "threads");
    }
}

/* Rows that fuse go in one segment, though other layers than dense ones are among them. */
static void what_goes_in_one_segment(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        denoise_model *model = make_model(body);
        denoise_trainer *trainer = compile(model, &(way){0});
        ASSERT_OK(denoise__session_prepare(trainer, &trainer->train, NULL, 64));
        const denoise__plan *plan = trainer->train.plan;
        int32_t wide = 0;
        for (int32_t i = 0; i < plan->segment_count; i++)
            wide += !plan->segments[i].by_blocks;
        bool has_wide = strstr(bodies[body].name, "across the batch") != NULL ||
                        strstr(bodies[body].name, "output of") != NULL || strstr(bodies[body].name, "outputs of") != NULL;
        assert_int_equal(wide > 0, has_wide);
        if (!has_wide) assert_int_equal(plan->segment_count, 1);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
}

/* Who writes a product's gradient panel by panel writes the sums of its columns, in memory that is theirs by then. */
static void check_sums(const denoise__plan *plan, const denoise__step *writer)
{
    bool is_loss = writer->sort == DENOISE__STEP_LOSS;
    int32_t time = is_loss ? writer->place : 2 * plan->order_count - writer->place;
    for (int32_t j = 0; j < writer->input_count; j++) {
        const denoise__step *producer = &plan->steps[denoise__plan_root(plan, writer->inputs[j])->producer];
        if (writer->input_gradients[j] < 0 || !producer->gradient_comes_by_panel || producer->sums < 0) continue;
        assert_true(plan->buffers[producer->sums].first <= time && time <= plan->buffers[producer->sums].last);
    }
}

static void sums_have_their_memory(void **state)
{
    (void)state;
    for (int body = 0; body < BODIES; body++) {
        denoise_model *model = make_model(body);
        denoise_trainer *trainer = compile(model, &(way){.crossentropy = true, .dice = true, .is_unwatched = true});
        ASSERT_OK(denoise__session_prepare(trainer, &trainer->train, NULL, 64));
        for (int32_t i = 0; i < trainer->train.plan->order_count; i++)
            check_sums(trainer->train.plan, &trainer->train.plan->steps[trainer->train.plan->order[i]]);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
}

/* Input(1) -> Dense(2, activation), with this kernel and bias in both columns, trained on one row; the message. */
static void check_message(const char *activation, denoise_loss *loss, float kernel, float bias, const char *piece)
{
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        denoise_model *model = two_layers(1, 1, NULL, 2, activation);
        denoise_trainer *trainer;
        denoise_tensor *values[4], *x = random_rows(1, 1, 1), *y = random_rows(1, 2, 2);
        denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
        const float weights[] = {1, 0, kernel, bias};
        fit.verbose = 0;
        ASSERT_OK(denoise_model_get_weights(values, model, 4));
        for (int w = 0; w < 4; w++)
            for (int64_t i = 0; i < denoise_tensor_size(values[w]); i++)
                ((float *)denoise_tensor_data(values[w]))[i] = weights[w];
        ASSERT_OK(denoise_model_set_weights(model, (const denoise_tensor *const *)values, 4));
        ((float *)denoise_tensor_data(x))[0] = 0.75f;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL),
                                        is_plain ? dice_loss_make("test_rows", 0) : loss, NULL));
        trainer->is_plain = is_plain;
        ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &fit), DENOISE_ERR_NONFINITE, piece);
        for (int w = 0; w < 4; w++)
            denoise_tensor_free(values[w]);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
    }
}

/* A rectifier that is a layer of its own and ends the product hides -Inf: the product is told. */
static void a_number_behind_a_rectifier(void **state)
{
    (void)state;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        denoise_graph *graph;
        denoise_model *model;
        denoise_trainer *trainer;
        denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
        denoise_tensor *x = random_rows(2, 1, 1), *y = random_rows(2, 1, 2), *kernel;
        fit.verbose = 0, fit.shuffle = 0;
        ASSERT_OK(denoise_graph_new(&graph, "rectified"));
        denoise_node *in = denoise_graph_input(graph, (int64_t[]){1}, 1);
        denoise_node *node = denoise_graph_apply(graph, denoise_layer_dense(1, NULL, NULL), in);
        node = denoise_graph_apply(graph, denoise_layer_activation("relu", NULL), node);
        ASSERT_OK(denoise_graph_build(&model, graph, in, node, NULL));
        ASSERT_OK(denoise_model_get_weight(&kernel, model, 0));
        ((float *)denoise_tensor_data(kernel))[0] = 3e38f;
        ASSERT_OK(denoise_model_set_weight(model, 0, kernel));
        ((float *)denoise_tensor_data(x))[0] = -2, ((float *)denoise_tensor_data(x))[1] = 2;
        ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
        trainer->is_plain = is_plain;
        ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &fit), DENOISE_ERR_NONFINITE,
                     "the output of layer \"dense\" is infinite in row 0, element 0");
        denoise_tensor_free(kernel);
        denoise_tensor_free(x);
        denoise_tensor_free(y);
        denoise_trainer_free(trainer);
        denoise_model_free(model);
        denoise_graph_free(graph);
    }
}

/* What is told is the layer's output, though a step makes it in pieces. */
static void numbers_that_are_not_finite(void **state)
{
    (void)state;
    denoise_crossentropy_options options = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    options.from_logits = 1;
    check_message(NULL, denoise_loss_binary_crossentropy(&options), 3e38f, 3e38f,
                  "the output of layer \"dense_1\" is infinite in row 0, element 0");
    check_message("softmax", denoise_loss_mean_squared_error(), 3e38f, 3e38f,
                  "the output of layer \"dense_1\" is NaN in row 0, element 0");
}

/* More rows than there can be: an error, whatever the model is made of, and no number that has run over. */
static void batches_beyond_all_memory(void **state)
{
    static const int64_t batches[] = {INT64_MAX,     INT64_MAX - 63, INT64_MAX / 2,
                                      INT64_MAX / 7, INT64_MAX / 64, INT64_MAX / 1000};
    (void)state;
    for (int i = 0; i < BODIES * 4 * (int)(sizeof batches / sizeof *batches); i++) {
        denoise_model *model = make_model(i % BODIES);
        denoise__plan *plan;
        denoise__plan_options options = {.batch = batches[i / BODIES / 4]};
        options.training = options.backward = options.gives_gradients = i / BODIES % 2 == 1;
        options.is_plain = i / BODIES / 2 % 2 == 1;
        options.weights = model->weights;
        options.weight_count = model->weight_count;
        denoise_status status = denoise__plan_new(&plan, model, &options);
        assert_int_equal(status, DENOISE_ERR_OVERFLOW);
        assert_null(plan);
        denoise_model_free(model);
    }
}

static int setup(void **state)
{
    test_kinds_add();
    dice_loss_register();
    return use_native_engine(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fused_as_plain),
        cmocka_unit_test(a_fused_loss_as_plain),
        cmocka_unit_test(a_fused_loss_behind_an_activation),
        cmocka_unit_test(a_loss_across_the_batch),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(what_goes_in_one_segment),
        cmocka_unit_test(sums_have_their_memory),
        cmocka_unit_test(numbers_that_are_not_finite),
        cmocka_unit_test(a_number_behind_a_rectifier),
        cmocka_unit_test(batches_beyond_all_memory),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
