/* SPDX-License-Identifier: Apache-2.0 */
/* A run is inside a step; another thread calls everything that wants the same weights, on the same model, on a model in which
 * it is applied, on one cut out of it and on one that shares a layer with it. What changes weights, or reads them while they
 * train, is DENOISE_ERR_BUSY and changes nothing; the rest works. Frees while in use wait for the run's end.
 * The budget is in seconds. */
#include "support/temp_dir.h"
#include "threads/latch.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SAME, AROUND, CUT, LAYER_SHARED, OTHERS };

static const char *const other_names[OTHERS] = {"the same model", "a model around it", "a sub-model",
                                                "a model that shares a layer"};

/* A model that shares weights with the one that runs, and all that the attempts need. */
typedef struct other {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *y, *out;
    denoise_workspace *workspace;
    denoise_tensor *weights[8];
    int64_t weight_count;
    const char *layer; /* a shared one */
    uint64_t prediction;
} other;

typedef struct world {
    scene s; /* s.model is the one that runs */
    denoise_graph *graph, *outer;
    denoise_trainer *trainer;
    latch latch;
    other others[OTHERS];
    temp_dir folder;
    char saved[OTHERS][TEMP_PATH_SIZE + 32], unwritten[TEMP_PATH_SIZE + 32];
    int64_t refused, allowed;
} world;

static denoise_layer *dense(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_dense(units, activation, &options);
}

static void make_models(world *w)
{
    const int64_t columns = SCENE_COLUMNS;
    denoise_model *made, *sharer, *around, *cut;
    denoise_model_free(w->s.model);
    NEED(denoise_graph_new(&w->graph, "pair"));
    denoise_node *in = denoise_graph_input(w->graph, &columns, 1);
    denoise_node *code = denoise_graph_apply(w->graph, dense(64, "relu", "code"), in);
    denoise_node *picture = denoise_graph_apply(w->graph, dense(columns, "sigmoid", "picture"), code);
    denoise_node *second = denoise_graph_apply(w->graph, dense(columns, "sigmoid", "second"), code);
    NEED(denoise_graph_build(&made, w->graph, in, picture, NULL));
    NEED(denoise_graph_build(&sharer, w->graph, in, second, NULL));
    NEED(denoise_graph_new(&w->outer, "outer"));
    denoise_node *outer_in = denoise_graph_input(w->outer, &columns, 1);
    denoise_node *applied = denoise_graph_apply_model(w->outer, made, outer_in);
    denoise_node *outer_out = denoise_graph_apply(w->outer, dense(columns, "sigmoid", "after"), applied);
    NEED(denoise_graph_build(&around, w->outer, outer_in, outer_out, NULL));
    NEED(denoise_model_submodel(&cut, made, NULL, "code"));
    w->s.model = made;
    w->others[SAME] = (other){.model = made, .layer = "picture"};
    w->others[AROUND] = (other){.model = around};
    w->others[CUT] = (other){.model = cut, .layer = "code"};
    w->others[LAYER_SHARED] = (other){.model = sharer, .layer = "code"};
}

static void equip(world *w, int index)
{
    other *o = &w->others[index];
    int64_t shape[DENOISE_MAX_RANK + 1] = {SCENE_ROWS};
    int32_t rank;
    denoise_status status;
    NEED(denoise_model_output_shape(o->model, 0, shape + 1, &rank));
    NEED(denoise_tensor_new(&o->y, DENOISE_FLOAT32, shape, rank + 1));
    NEED(denoise_tensor_new(&o->out, DENOISE_FLOAT32, shape, rank + 1));
    NEED(denoise_workspace_new(&o->workspace, o->model, SCENE_ROWS));
    o->trainer = scene_trainer(o->model);
    o->weight_count = denoise_model_weight_count(o->model);
    NEED(denoise_model_get_weights(o->weights, o->model, o->weight_count));
    for (int64_t i = 0; i < o->weight_count; i++)
        ((float *)denoise_tensor_data(o->weights[i]))[0] += 1.0F; /* what set_weights would change */
    (void)snprintf(w->saved[index], sizeof w->saved[index], "%s/%d.safetensors", w->folder.path, index);
    NEED(denoise_model_save_weights(o->model, w->saved[index]));
    o->prediction = scene_predict(&status, o->model, &w->s, SCENE_ROWS);
}

static void world_make(world *w)
{
    scene_make(&w->s, 1);
    make_models(w);
    for (int i = 0; i < OTHERS; i++)
        equip(w, i);
    w->trainer = scene_trainer(w->s.model);
    latch_add(&w->latch, w->trainer, &w->s);
    (void)snprintf(w->unwritten, sizeof w->unwritten, "%s/unwritten.safetensors", w->folder.path);
}

static void other_clear(other *o)
{
    denoise_workspace_free(o->workspace);
    denoise_trainer_free(o->trainer);
    denoise_tensor_free(o->y);
    denoise_tensor_free(o->out);
    for (int64_t i = 0; i < o->weight_count; i++)
        denoise_tensor_free(o->weights[i]);
    denoise_model_free(o->model);
    *o = (other){0};
}

static void world_clear(world *w)
{
    for (int i = 0; i < OTHERS; i++)
        other_clear(&w->others[i]);
    w->s.model = NULL; /* others[SAME] had it */
    scene_clear(&w->s);
    denoise_trainer_free(w->trainer);
    denoise_graph_free(w->graph);
    denoise_graph_free(w->outer);
}

/* The calls that meet the run. Each answers its status; `out` is what it would have made. */
typedef struct attempt {
    const char *name;
    bool writes; /* wants the weights alone */
    bool of_trainer;
    denoise_status (*call)(world *w, other *o, int index, void **out);
} attempt;

static denoise_status try_fit(world *w, other *o, int index, void **out)
{
    scene s = {.x = w->s.x, .y = o->y};
    (void)index, (void)out;
    return scene_fit(o->trainer, &s, 1, 1);
}

static denoise_status try_train_on_batch(world *w, other *o, int index, void **out)
{
    (void)index;
    return denoise_trainer_train_on_batch((denoise_logs **)out, o->trainer, w->s.x, o->y, NULL);
}

static denoise_status try_set_weights(world *w, other *o, int index, void **out)
{
    (void)w, (void)index, (void)out;
    return denoise_model_set_weights(o->model, (const denoise_tensor *const *)o->weights, o->weight_count);
}

static denoise_status try_set_weight(world *w, other *o, int index, void **out)
{
    (void)w, (void)index, (void)out;
    return denoise_model_set_weight(o->model, 0, o->weights[0]);
}

static denoise_status try_set_layer(world *w, other *o, int index, void **out)
{
    (void)w, (void)index, (void)out;
    int64_t kernel = o->weight_count - 2;
    if (o->layer == NULL) return denoise_model_set_weight(o->model, 1, o->weights[1]);
    if (strcmp(o->layer, "code") == 0) kernel = 0;
    return denoise_layer_set_weight(denoise_model_layer(o->model, o->layer), 0, o->weights[kernel]);
}

static denoise_status try_load(world *w, other *o, int index, void **out)
{
    (void)out;
    return denoise_model_load_weights(o->model, w->saved[index], NULL);
}

static denoise_status try_evaluate(world *w, other *o, int index, void **out)
{
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    (void)index;
    options.verbose = 0;
    return denoise_trainer_evaluate((denoise_logs **)out, o->trainer, w->s.x, o->y, &options);
}

static denoise_status try_test_on_batch(world *w, other *o, int index, void **out)
{
    (void)index;
    return denoise_trainer_test_on_batch((denoise_logs **)out, o->trainer, w->s.x, o->y, NULL);
}

static denoise_status try_trainer_predict(world *w, other *o, int index, void **out)
{
    (void)index;
    return denoise_trainer_predict((denoise_tensor **)out, o->trainer, w->s.x, NULL);
}

static denoise_status try_predict(world *w, other *o, int index, void **out)
{
    (void)index;
    denoise_status status = denoise_model_predict((denoise_tensor **)out, o->model, w->s.x, NULL);
    if (status != DENOISE_OK) return status;
    const denoise_tensor *made = *out;
    uint64_t hash = scene_hash(denoise_tensor_const_data(made), (size_t)denoise_tensor_bytes(made));
    return hash == o->prediction ? DENOISE_OK : DENOISE_ERR_INVALID;
}

static denoise_status try_predict_into(world *w, other *o, int index, void **out)
{
    (void)index, (void)out;
    return denoise_model_predict_into(o->out, o->model, w->s.x, o->workspace);
}

static denoise_status try_gradients(world *w, other *o, int index, void **out)
{
    const denoise_tensor *x = w->s.x, *y = o->y;
    (void)index;
    return denoise_model_gradients((denoise_tensor **)out, NULL, NULL, o->model, &x, &y, 0, 0);
}

static denoise_status try_get_weight(world *w, other *o, int index, void **out)
{
    (void)w, (void)index;
    return denoise_model_get_weight((denoise_tensor **)out, o->model, 0);
}

static denoise_status try_get_layer(world *w, other *o, int index, void **out)
{
    (void)w, (void)index;
    if (o->layer == NULL) return denoise_model_get_weight((denoise_tensor **)out, o->model, 1);
    return denoise_layer_get_weight((denoise_tensor **)out, denoise_model_layer(o->model, o->layer), 0);
}

static denoise_status try_get_weights(world *w, other *o, int index, void **out)
{
    denoise_tensor *weights[8] = {NULL};
    (void)w, (void)index;
    denoise_status status = denoise_model_get_weights(weights, o->model, o->weight_count);
    for (int64_t i = 0; i < o->weight_count; i++) {
        if (status != DENOISE_OK && weights[i] != NULL) *out = weights[i];
        if (status == DENOISE_OK) denoise_tensor_free(weights[i]);
    }
    return status;
}

static denoise_status try_save(world *w, other *o, int index, void **out)
{
    struct stat facts;
    (void)index;
    denoise_status status = denoise_model_save_weights(o->model, w->unwritten);
    if (status != DENOISE_OK && stat(w->unwritten, &facts) == 0) *out = w;
    (void)remove(w->unwritten);
    return status;
}

static const attempt attempts[] = {
    {"fit", true, true, try_fit},
    {"train_on_batch", true, true, try_train_on_batch},
    {"set_weights", true, false, try_set_weights},
    {"set_weight", true, false, try_set_weight},
    {"layer_set_weight", true, false, try_set_layer},
    {"load_weights", true, false, try_load},
    {"evaluate", false, true, try_evaluate},
    {"test_on_batch", false, true, try_test_on_batch},
    {"trainer_predict", false, true, try_trainer_predict},
    {"predict", false, false, try_predict},
    {"predict_into", false, false, try_predict_into},
    {"gradients", false, false, try_gradients},
    {"get_weight", false, false, try_get_weight},
    {"layer_get_weight", false, false, try_get_layer},
    {"get_weights", false, false, try_get_weights},
    {"save_weights", false, false, try_save},
};
enum { ATTEMPTS = sizeof attempts / sizeof *attempts };

static void free_made(const attempt *a, void *made)
{
    bool is_logs = a->call == try_evaluate || a->call == try_test_on_batch || a->call == try_train_on_batch;
    if (is_logs) {
        denoise_logs_free(made);
    } else {
        denoise_tensor_free(made);
    }
}

static void attempt_one(campaign *c, world *w, int hold, int index, int number)
{
    const attempt *a = &attempts[number];
    void *made = NULL;
    denoise_status status = a->call(w, &w->others[index], index, &made);
    bool refused = hold == HOLD_FIT || a->writes;
    campaign_check(c, status == (refused ? DENOISE_ERR_BUSY : DENOISE_OK), "%s of %s: %s, \"%s\"", a->name, other_names[index],
                   denoise_status_name(status), denoise_last_error());
    if (!refused) {
        w->allowed++;
        free_made(a, made);
        return;
    }
    w->refused++;
    campaign_check(c, made == NULL, "%s of %s: out is not NULL after BUSY", a->name, other_names[index]);
    campaign_check(c, strstr(denoise_last_error(), "in use") != NULL, "%s of %s: \"%s\"", a->name, other_names[index],
                   denoise_last_error());
}

/* What needs no weights works while they train. */
static void attempt_free_calls(campaign *c, world *w, int index)
{
    const other *o = &w->others[index];
    denoise_model *cut = NULL;
    denoise_workspace *workspace = NULL;
    char *text = NULL;
    denoise_trainer *trainer = scene_trainer(o->model);
    campaign_check(c, denoise_model_submodel(&cut, o->model, NULL, NULL) == DENOISE_OK, "submodel: %s", denoise_last_error());
    campaign_check(c, denoise_workspace_new(&workspace, o->model, 4) == DENOISE_OK, "workspace: %s", denoise_last_error());
    campaign_check(c, denoise_model_summary(&text, o->model, NULL) == DENOISE_OK, "summary: %s", denoise_last_error());
    denoise_free(text);
    campaign_check(c, denoise_model_dot(&text, o->model) == DENOISE_OK, "dot: %s", denoise_last_error());
    denoise_free(text);
    denoise_trainer_free(trainer);
    denoise_model_free(cut);
    denoise_workspace_free(workspace);
    w->allowed += 5;
}

static denoise_status nothing(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return DENOISE_OK;
}

/* The running trainer itself, which belongs to the thread that runs it. */
static void attempt_same_trainer(campaign *c, world *w)
{
    other o = w->others[SAME];
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_end = nothing;
    o.trainer = w->trainer;
    for (int i = 0; i < ATTEMPTS; i++) {
        void *made = NULL;
        if (!attempts[i].of_trainer) continue;
        denoise_status status = attempts[i].call(w, &o, SAME, &made);
        campaign_check(c, status == DENOISE_ERR_BUSY && made == NULL, "%s of the running trainer: %s, \"%s\"", attempts[i].name,
                       denoise_status_name(status), denoise_last_error());
        w->refused++;
    }
    denoise_status status = denoise_trainer_add_callback(w->trainer, denoise_callback_lambda(&hooks, NULL, NULL));
    campaign_check(c, status == DENOISE_ERR_BUSY, "add_callback during a run: %s", denoise_status_name(status));
    status = denoise_trainer_clear_callbacks(w->trainer);
    campaign_check(c, status == DENOISE_ERR_BUSY, "clear_callbacks during a run: %s", denoise_status_name(status));
    status = denoise_trainer_reset_metrics(w->trainer);
    campaign_check(c, status == DENOISE_ERR_BUSY, "reset_metrics during a run: %s", denoise_status_name(status));
    w->refused += 3;
}

/* The same training with nobody beside it. */
static uint64_t undisturbed(uint64_t *prediction)
{
    world w = {0};
    denoise_status status;
    temp_dir_make(&w.folder);
    world_make(&w);
    w.latch.go = true;
    NEED(scene_fit(w.trainer, &w.s, 2, 1));
    *prediction = scene_predict(&status, w.s.model, &w.s, SCENE_ROWS);
    uint64_t hash = w.latch.weights;
    world_clear(&w);
    temp_dir_remove(&w.folder);
    return hash;
}

static void conflict(campaign *c, world *w, int hold, uint64_t expected)
{
    world_make(w);
    denoise_status status;
    uint64_t before = scene_weights(&status, w->s.model);
    latch_hold(&w->latch, hold, c->current % SCENE_STEPS);
    for (int index = 0; index < OTHERS; index++) {
        for (int i = 0; i < ATTEMPTS; i++)
            attempt_one(c, w, hold, index, i);
        attempt_free_calls(c, w, index);
    }
    attempt_same_trainer(c, w);
    latch_release(&w->latch);
    campaign_check(c, w->latch.status == DENOISE_OK, "the run that was met: %s", denoise_trainer_error(w->trainer));
    if (hold == HOLD_FIT) {
        campaign_check(c, w->latch.weights == expected, "what BUSY refused has changed the training");
    } else {
        campaign_check(c, scene_weights(&status, w->s.model) == before, "what BUSY refused has changed the weights");
    }
    if (hold == HOLD_PREDICT) {
        campaign_check(c, w->latch.prediction == w->others[SAME].prediction, "other predictions beside other calls");
    }
    for (int index = 0; index < OTHERS; index++) {
        for (int i = 0; i < ATTEMPTS && attempts[i].writes; i++) {
            void *made = NULL;
            status = attempts[i].call(w, &w->others[index], index, &made);
            free_made(&attempts[i], made);
            campaign_check(c, status == DENOISE_OK, "%s of %s afterwards: %s", attempts[i].name, other_names[index],
                           denoise_last_error());
        }
    }
    world_clear(w);
}

/* All that the running thread uses is freed by the other one, the trainer too if wished. */
static void free_in_use(campaign *c, world *w, int hold, uint64_t expected, bool trainer_too)
{
    world_make(w);
    latch_hold(&w->latch, hold, c->current % SCENE_STEPS);
    for (int i = 0; i < OTHERS; i++)
        other_clear(&w->others[i]);
    denoise_graph_free(w->graph);
    denoise_graph_free(w->outer);
    w->graph = w->outer = NULL;
    if (trainer_too) {
        denoise_trainer_free(w->trainer);
        w->trainer = NULL;
    }
    latch_release(&w->latch);
    campaign_check(c, w->latch.status == DENOISE_OK, "the run whose objects were freed: %s",
                   denoise_status_name(w->latch.status));
    if (hold == HOLD_FIT) {
        campaign_check(c, w->latch.weights == expected, "frees have changed the training");
    }
    world_clear(w);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_conflicts", argc, argv, 2, 200)) return campaign_end(&c);
    static world w;
    uint64_t prediction, expected = undisturbed(&prediction);
    int64_t round = c.only >= 0 ? c.only : 0, frees = 0;
    temp_dir_make(&w.folder);
    do {
        (void)campaign_case(&c, round);
        int hold = (int)(round % HOLD_COUNT);
        NEED(denoise_set_num_threads((int32_t)(round / HOLD_COUNT % 3 + 1)));
        conflict(&c, &w, hold, expected);
        free_in_use(&c, &w, hold, expected, false);
        free_in_use(&c, &w, hold, expected, true);
        frees += 2;
        round++;
    } while (c.only < 0 && (scene_seconds() < (double)c.budget || round < HOLD_COUNT));
    temp_dir_remove(&w.folder);
    denoise_shutdown();
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    campaign_count(&c, "calls refused as busy", w.refused);
    campaign_count(&c, "calls allowed beside a run", w.allowed);
    campaign_count(&c, "runs whose objects were freed", frees);
    return campaign_end(&c);
}
