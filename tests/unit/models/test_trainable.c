/* SPDX-License-Identifier: Apache-2.0 */
/* What training changes, held against Keras' rule written down once more: setting `trainable` on a model sets it on all that is
 * in it (keras/src/layers/layer.py), and a model trains the variables that are free, unless it is frozen itself. */
#include "support/log_capture.h"
#include "support/nets.h"
#include "train/trainer.h"
#include <string.h>

/* outer(mid(inner(d) -> e) -> f); other(inner -> g) shares inner. */
enum { OUTER, MID, INNER, OTHER, MODELS, D = MODELS, E, F, G, NODES };
static const char *const names[NODES] = {"outer", "mid", "inner", "other", "d", "e", "f", "g"};
/* What stands directly in a model. */
static const int inside[MODELS][3] = {{MID, F, -1}, {INNER, E, -1}, {D, -1, -1}, {INNER, G, -1}};

typedef struct world {
    denoise_graph *graphs[MODELS];
    denoise_model *models[MODELS];
    denoise_layer *layers[NODES];
    bool is_free[NODES]; /* as Keras has it */
} world;

static void make_model(world *w, int model, int around, int layer)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = names[layer];
    options.kernel_initializer = "ones";
    w->layers[layer] = denoise_layer_dense(1, NULL, &options);
    ASSERT_OK(denoise_graph_new(&w->graphs[model], names[model]));
    denoise_node *in = denoise_graph_input(w->graphs[model], (const int64_t[]){1}, 1), *out = in;
    if (around >= 0) out = denoise_graph_apply_model(w->graphs[model], w->models[around], in);
    out = denoise_graph_apply(w->graphs[model], w->layers[layer], out);
    ASSERT_OK(denoise_graph_build(&w->models[model], w->graphs[model], in, out, NULL));
}

static void make_world(world *w)
{
    memset(w, 0, sizeof *w);
    make_model(w, INNER, -1, D);
    make_model(w, MID, INNER, E);
    make_model(w, OUTER, MID, F);
    make_model(w, OTHER, INNER, G);
    for (int i = 0; i < NODES; i++)
        w->is_free[i] = true;
}

static void free_world(world *w)
{
    for (int i = 0; i < MODELS; i++) {
        denoise_model_free(w->models[i]);
        denoise_graph_free(w->graphs[i]);
    }
}

static void keras_set(world *w, int node, bool value)
{
    w->is_free[node] = value;
    for (int i = 0; node < MODELS && inside[node][i] >= 0; i++)
        keras_set(w, inside[node][i], value);
}

static bool keras_holds(int model, int layer)
{
    for (int i = 0; inside[model][i] >= 0; i++) {
        int node = inside[model][i];
        if (node == layer || (node < MODELS && keras_holds(node, layer))) return true;
    }
    return false;
}

static void set(world *w, int node, bool value)
{
    keras_set(w, node, value);
    if (node < MODELS)
        ASSERT_OK(denoise_model_set_trainable(w->models[node], value));
    else
        ASSERT_OK(denoise_layer_set_trainable(w->layers[node], value));
}

static denoise_trainer *compile(denoise_model *model)
{
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    return trainer;
}

static bool trains(const denoise_trainer *trainer, const denoise_layer *layer)
{
    for (int64_t i = 0; i < trainer->weight_count; i++) {
        if (trainer->weights[i].layer == layer) return true;
    }
    return false;
}

static void check(const world *w)
{
    for (int i = 0; i < NODES; i++) {
        bool is_free = i < MODELS ? denoise_model_trainable(w->models[i]) : denoise_layer_trainable(w->layers[i]);
        if (is_free != w->is_free[i]) fail_msg("%s: trainable is %d, Keras has %d", names[i], is_free, w->is_free[i]);
    }
    for (int model = 0; model < MODELS; model++) {
        denoise_trainer *trainer = compile(w->models[model]);
        for (int layer = D; layer < NODES; layer++) {
            bool keras = w->is_free[model] && keras_holds(model, layer) && w->is_free[layer];
            if (trains(trainer, w->layers[layer]) != keras) {
                fail_msg("%s: training changes %s: %d, in Keras %d", names[model], names[layer], !keras, keras);
            }
        }
        denoise_trainer_free(trainer);
    }
}

/* All orders of up to four settings. */
static void every_order_of_setting_flags(void **state)
{
    (void)state;
    static const int nodes[] = {OUTER, MID, INNER, D, OTHER};
    enum { SETTINGS = 10, STEPS = 4 };
    world w;
    make_world(&w);
    check(&w);
    for (int sequence = 0; sequence < SETTINGS * SETTINGS * SETTINGS * SETTINGS; sequence++) {
        set(&w, OUTER, true);
        set(&w, OTHER, true);
        for (int step = 0, rest = sequence; step < STEPS; step++, rest /= SETTINGS)
            set(&w, nodes[rest % SETTINGS / 2], rest % 2 == 1);
        check(&w);
    }
    free_world(&w);
}

static float kernel_of(const denoise_layer *layer)
{
    denoise_tensor *weight;
    ASSERT_OK(denoise_layer_get_weight(&weight, layer, 0));
    float value = *(const float *)denoise_tensor_const_data(weight);
    denoise_tensor_free(weight);
    return value;
}

/* keras issue 18092 */
static void a_frozen_model_trains_nothing_and_says_so(void **state)
{
    (void)state;
    world w;
    make_world(&w);
    set(&w, OUTER, false);
    set(&w, D, true);
    denoise_trainer *outer = compile(w.models[OUTER]), *other = compile(w.models[OTHER]);
    denoise_tensor *x, *y;
    ASSERT_OK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, (const int64_t[]){1, 1}, 2, (const float[]){1.0f}));
    ASSERT_OK(denoise_tensor_from_data(&y, DENOISE_FLOAT32, (const int64_t[]){1, 1}, 2, (const float[]){5.0f}));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    log_capture_start(false, 80);
    ASSERT_OK(denoise_trainer_fit(outer, x, y, &fit));
    ASSERT_OK(denoise_trainer_fit(outer, x, y, &fit));
    assert_string_equal(log_capture_text(), "The model \"outer\" does not have any trainable weights.\n");
    for (int layer = D; layer < NODES; layer++)
        assert_true(kernel_of(w.layers[layer]) == 1.0f);
    char *text;
    ASSERT_OK(denoise_trainer_summary(&text, outer, NULL));
    assert_null(strstr(text, "Optimizer params")); /* it has no variables */
    denoise_free(text);
    log_capture_clear();
    ASSERT_OK(denoise_trainer_fit(other, x, y, &fit));
    assert_string_equal(log_capture_text(), "");
    log_capture_stop();
    assert_true(kernel_of(w.layers[D]) != 1.0f && kernel_of(w.layers[G]) != 1.0f);
    denoise_tensor_free(x), denoise_tensor_free(y);
    denoise_trainer_free(outer), denoise_trainer_free(other);
    free_world(&w);
}

static void check_mark(const char *text, const char *row, const char *mark)
{
    const char *at = strstr(text, row);
    assert_non_null(at);
    const char *end = strchr(at, '\n'), *found = strstr(at, mark);
    if (found == NULL || found > end) fail_msg("the row of \"%s\" has not \"%s\":\n%s", row, mark, text);
}

/* The rows and counts that Keras 3.15.1 prints for this model. */
static void a_summary_shows_flags_and_counts(void **state)
{
    (void)state;
    world w;
    make_world(&w);
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = 80;
    options.show_trainable = options.expand_nested = 1;
    char *text;
    set(&w, MID, false);
    set(&w, D, true);
    ASSERT_OK(denoise_model_summary(&text, w.models[OUTER], &options));
    check_mark(text, "│ input_layer", "│   -   │");
    check_mark(text, "│ mid (Functional)", "│   N   │");
    check_mark(text, "└ inner (Functional)", "│   N   │");
    check_mark(text, "└ d (Dense)", "│   Y   │");
    check_mark(text, "└ e (Dense)", "│   N   │");
    check_mark(text, "│ f (Dense)", "│   Y   │");
    assert_non_null(strstr(text, " Trainable params: 4 (16.00 B)\n Non-trainable params: 2 (8.00 B)\n"));
    denoise_free(text);
    set(&w, OUTER, false);
    set(&w, INNER, true);
    ASSERT_OK(denoise_model_summary(&text, w.models[OUTER], &options));
    check_mark(text, "│ mid (Functional)", "│   N   │");
    check_mark(text, "└ inner (Functional)", "│   Y   │");
    check_mark(text, "└ d (Dense)", "│   Y   │");
    check_mark(text, "└ e (Dense)", "│   N   │");
    check_mark(text, "│ f (Dense)", "│   N   │");
    assert_non_null(strstr(text, " Trainable params: 0 (0.00 B)\n Non-trainable params: 6 (24.00 B)\n"));
    denoise_free(text);
    free_world(&w);
}

/* Gradients are those of the weights that training would change. */
static void gradients_follow_the_flag(void **state)
{
    (void)state;
    world w;
    make_world(&w);
    set(&w, OUTER, false);
    set(&w, D, true);
    denoise_tensor *x = random_rows(2, 1, 1), *dy = random_rows(2, 1, 2), *gradients[6];
    const denoise_tensor *xs[] = {x}, *dys[] = {dy};
    ASSERT_OK(denoise_model_gradients(NULL, gradients, NULL, w.models[OUTER], xs, dys, 0, 0));
    for (int i = 0; i < 6; i++)
        assert_null(gradients[i]);
    denoise_tensor_free(x), denoise_tensor_free(dy);
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_setting_flags),
        cmocka_unit_test(a_frozen_model_trains_nothing_and_says_so),
        cmocka_unit_test(a_summary_shows_flags_and_counts),
        cmocka_unit_test(gradients_follow_the_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
