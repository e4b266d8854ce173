/* SPDX-License-Identifier: Apache-2.0 */
/* One model in many threads: eight predict, two save, others evaluate, read weights, write summaries and cut sub-models, and
 * each answer is the one that a single thread gets. Then eight trainings of their own at once, each the same bits as alone. The
 * budget is in seconds. */
#include "support/temp_dir.h"
#include "threads/scene.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { PREDICTORS = 8, SAVERS = 2, OTHERS = 3, FITS = 8, KINDS = 3, LOOPS = 12 };

typedef struct answers {
    uint64_t prediction[KINDS], file, weights, summary, graph, code;
    double loss;
} answers;

typedef struct sharing {
    scene s;
    answers expected;
    temp_dir folder;
    pthread_barrier_t start;
    findings found;
    _Atomic(int64_t) predictions, saves;
} sharing;

typedef struct member {
    sharing *all;
    int number;
} member;

static const int64_t rows_of[KINDS] = {1, 37, SCENE_ROWS};

static uint64_t hash_text(denoise_status status, char *text)
{
    uint64_t hash = status == DENOISE_OK ? scene_hash(text, strlen(text)) : 0;
    denoise_free(text);
    return hash;
}

static uint64_t summary_of(const denoise_model *model)
{
    char *text = NULL;
    denoise_status status = denoise_model_summary(&text, model, NULL);
    return hash_text(status, text);
}

static uint64_t graph_of(const denoise_model *model)
{
    char *text = NULL;
    denoise_status status = denoise_model_dot(&text, model);
    return hash_text(status, text);
}

static uint64_t code_of(const scene *s)
{
    denoise_model *encoder = NULL;
    denoise_status status = denoise_model_submodel(&encoder, s->model, NULL, "code");
    uint64_t hash = status == DENOISE_OK ? scene_predict(&status, encoder, s, 64) : 0;
    denoise_model_free(encoder);
    return hash;
}

static double loss_of(denoise_trainer *trainer, const scene *s)
{
    denoise_logs *logs = NULL;
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    double loss = -1.0;
    options.verbose = 0;
    denoise_status status = denoise_trainer_evaluate(&logs, trainer, s->x, s->y, &options);
    if (status == DENOISE_OK) status = denoise_logs_get(logs, "loss", &loss);
    denoise_logs_free(logs);
    return status == DENOISE_OK ? loss : -1.0;
}

static void ask_alone(sharing *all)
{
    answers *a = &all->expected;
    denoise_status status;
    for (int i = 0; i < KINDS; i++)
        a->prediction[i] = scene_predict(&status, all->s.model, &all->s, rows_of[i]);
    const char *path = temp_dir_file(&all->folder, "alone.safetensors");
    NEED(denoise_model_save_weights(all->s.model, path));
    a->file = scene_file_hash(path);
    a->weights = scene_weights(&status, all->s.model);
    a->summary = summary_of(all->s.model);
    a->graph = graph_of(all->s.model);
    a->code = code_of(&all->s);
    denoise_trainer *trainer = scene_trainer(all->s.model);
    a->loss = loss_of(trainer, &all->s);
    denoise_trainer_free(trainer);
}

/* Odd members keep a workspace, the others let each call make one. */
static void *predict_often(void *context)
{
    const member *m = context;
    sharing *all = m->all;
    denoise_workspace *workspace = NULL;
    denoise_tensor *out = NULL;
    denoise_status status = denoise_workspace_new(&workspace, all->s.model, SCENE_ROWS);
    if (status == DENOISE_OK) {
        status = denoise_tensor_new(&out, DENOISE_FLOAT32, (const int64_t[]){SCENE_ROWS, SCENE_COLUMNS}, 2);
    }
    found(&all->found, status == DENOISE_OK, "workspace: %s", denoise_last_error());
    (void)pthread_barrier_wait(&all->start);
    for (int i = 0; i < LOOPS && status == DENOISE_OK; i++) {
        int kind = (i + m->number) % KINDS;
        uint64_t hash = 0;
        if (m->number % 2 == 1 && kind == KINDS - 1) {
            status = denoise_model_predict_into(out, all->s.model, all->s.x, workspace);
            hash = scene_hash(denoise_tensor_const_data(out), (size_t)denoise_tensor_bytes(out));
        } else {
            hash = scene_predict(&status, all->s.model, &all->s, rows_of[kind]);
        }
        found(&all->found, status == DENOISE_OK && hash == all->expected.prediction[kind], "prediction %d of %d: %s", i,
              m->number, status == DENOISE_OK ? "other bits" : denoise_last_error());
        atomic_fetch_add(&all->predictions, 1);
    }
    denoise_workspace_free(workspace);
    denoise_tensor_free(out);
    return NULL;
}

static void *save_often(void *context)
{
    const member *m = context;
    sharing *all = m->all;
    char path[TEMP_PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/%d.safetensors", all->folder.path, m->number);
    denoise_model *other = scene_model(99);
    (void)pthread_barrier_wait(&all->start);
    for (int i = 0; i < LOOPS / 2; i++) {
        denoise_status status = denoise_model_save_weights(all->s.model, path);
        found(&all->found, status == DENOISE_OK && scene_file_hash(path) == all->expected.file, "save: %s",
              status == DENOISE_OK ? "another file" : denoise_last_error());
        status = denoise_model_load_weights(other, path, NULL);
        uint64_t hash = status == DENOISE_OK ? scene_weights(&status, other) : 0;
        found(&all->found, hash == all->expected.weights, "the saved file loads other bits");
        atomic_fetch_add(&all->saves, 1);
    }
    denoise_model_free(other);
    return NULL;
}

static void *evaluate_often(void *context)
{
    const member *m = context;
    sharing *all = m->all;
    denoise_trainer *trainer = scene_trainer(all->s.model);
    (void)pthread_barrier_wait(&all->start);
    for (int i = 0; i < LOOPS; i++) {
        double loss = loss_of(trainer, &all->s);
        found(&all->found, loss == all->expected.loss, "evaluate: loss %.17g, alone %.17g", loss, all->expected.loss);
    }
    denoise_trainer_free(trainer);
    return NULL;
}

static void *read_often(void *context)
{
    const member *m = context;
    sharing *all = m->all;
    denoise_status status;
    (void)pthread_barrier_wait(&all->start);
    for (int i = 0; i < LOOPS; i++) {
        uint64_t hash = scene_weights(&status, all->s.model);
        found(&all->found, hash == all->expected.weights, "get_weights: %s", denoise_last_error());
        found(&all->found, summary_of(all->s.model) == all->expected.summary, "another summary");
        found(&all->found, graph_of(all->s.model) == all->expected.graph, "another graph");
    }
    return NULL;
}

static void *cut_often(void *context)
{
    const member *m = context;
    sharing *all = m->all;
    (void)pthread_barrier_wait(&all->start);
    for (int i = 0; i < LOOPS; i++) {
        found(&all->found, code_of(&all->s) == all->expected.code, "sub-model: %s", denoise_last_error());
        denoise_trainer *trainer = scene_trainer(all->s.model); /* compile and free beside the others */
        denoise_trainer_free(trainer);
    }
    return NULL;
}

static void share(campaign *c, sharing *all, uint64_t seed, int32_t threads)
{
    enum { MEMBERS = PREDICTORS + SAVERS + OTHERS };
    void *(*const roles[OTHERS])(void *) = {evaluate_often, read_often, cut_often};
    pthread_t thread[MEMBERS];
    member members[MEMBERS];
    NEED(denoise_set_num_threads(threads));
    scene_make(&all->s, seed);
    ask_alone(all);
    (void)pthread_barrier_init(&all->start, NULL, MEMBERS);
    all->found = (findings){0};
    for (int i = 0; i < MEMBERS; i++) {
        members[i] = (member){all, i};
        void *(*role)(void *) = i < PREDICTORS            ? predict_often
                                : i < PREDICTORS + SAVERS ? save_often
                                                          : roles[i - PREDICTORS - SAVERS];
        if (pthread_create(&thread[i], NULL, role, &members[i]) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
    }
    for (int i = 0; i < MEMBERS; i++)
        (void)pthread_join(thread[i], NULL);
    (void)pthread_barrier_destroy(&all->start);
    denoise_status status;
    found(&all->found, scene_weights(&status, all->s.model) == all->expected.weights, "the weights have changed");
    findings_report(c, &all->found, "one model in thirteen threads");
    scene_clear(&all->s);
}

typedef struct training {
    pthread_barrier_t *start;
    uint64_t seed, hash;
    double loss;
    denoise_status status;
} training;

static void *train(void *context)
{
    training *t = context;
    scene s;
    scene_make(&s, t->seed);
    denoise_trainer *trainer = scene_trainer(s.model);
    if (t->start != NULL) (void)pthread_barrier_wait(t->start);
    t->status = scene_fit(trainer, &s, 2, t->seed);
    const double *losses = denoise_history_values(denoise_trainer_history(trainer), "loss");
    t->loss = losses == NULL ? -1.0 : losses[1];
    if (t->status == DENOISE_OK) t->hash = scene_weights(&t->status, s.model);
    denoise_trainer_free(trainer);
    scene_clear(&s);
    return NULL;
}

static void train_at_once(campaign *c, uint64_t seed)
{
    pthread_barrier_t start;
    pthread_t thread[FITS];
    training alone[FITS], together[FITS];
    (void)pthread_barrier_init(&start, NULL, FITS);
    for (int i = 0; i < FITS; i++) {
        alone[i] = (training){.seed = seed + (uint64_t)i};
        (void)train(&alone[i]);
        together[i] = (training){.seed = seed + (uint64_t)i, .start = &start};
    }
    for (int i = 0; i < FITS; i++) {
        if (pthread_create(&thread[i], NULL, train, &together[i]) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
    }
    for (int i = 0; i < FITS; i++) {
        (void)pthread_join(thread[i], NULL);
        campaign_check(c, together[i].status == DENOISE_OK, "fit %d: %s", i, denoise_status_name(together[i].status));
        campaign_check(c, together[i].hash == alone[i].hash && together[i].loss == alone[i].loss,
                       "fit %d beside seven others: other bits than alone", i);
    }
    (void)pthread_barrier_destroy(&start);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_sharing", argc, argv, 2, 200)) return campaign_end(&c);
    static sharing all;
    int64_t fits = 0, round = c.only >= 0 ? c.only : 0;
    temp_dir_make(&all.folder);
    do {
        (void)campaign_case(&c, round);
        uint64_t seed = c.seed * 1000 + (uint64_t)round;
        int32_t threads = (int32_t)(round % 4 + 1);
        share(&c, &all, seed, threads);
        train_at_once(&c, seed);
        fits += FITS;
        round++;
    } while (c.only < 0 && scene_seconds() < (double)c.budget);
    temp_dir_remove(&all.folder);
    denoise_shutdown();
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    campaign_count(&c, "predictions on a shared model", atomic_load(&all.predictions));
    campaign_count(&c, "saves and loads beside them", atomic_load(&all.saves));
    campaign_count(&c, "trainings, eight at once", fits);
    return campaign_end(&c);
}
