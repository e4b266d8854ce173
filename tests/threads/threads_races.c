/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the whole process change while threads compute: number of threads, shutdown, engine, log sink, allocator. Every
 * call gives its documented answer, every computation the bits of one engine from begin to end, and each thread reads its own
 * last error. The budget is in seconds, a third each for the settings, the engine alone and the allocator. */
#include "threads/scene.h"
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENGINES = 2 };

static findings bad;
static atomic_bool over;
static bool gentle = true; /* threads sleep now and then; written between runs */
static _Atomic(int64_t) trainings, predictions, complaints, switches, engines[ENGINES], busy, sinks, lines, shutdowns;
static const char *const engine_names[ENGINES] = {"native", "cblas"};
static int engine_count = ENGINES; /* 1 where there is no BLAS */

typedef struct known {
    uint64_t trained[ENGINES], predicted[ENGINES];
} known;

static known expected;

/* Columns so many that a BLAS, which adds products piece by piece, gives other bits than one chain of sums. */
enum { WIDE = 1500 };

/* Branches, and an add that is no product. */
static denoise_model *skip_model(void)
{
    const int64_t columns = SCENE_COLUMNS;
    denoise_graph *graph;
    denoise_model *model;
    NEED(denoise_graph_new(&graph, "skip"));
    denoise_node *in = denoise_graph_input(graph, &columns, 1);
    denoise_node *wide = denoise_graph_apply(graph, denoise_layer_dense(WIDE, "tanh", NULL), in);
    denoise_node *around[] = {in, denoise_graph_apply(graph, denoise_layer_dense(columns, "tanh", NULL), wide)};
    denoise_node *sum = denoise_graph_apply_many(graph, denoise_layer_add(NULL), around, 2);
    NEED(denoise_graph_build(&model, graph, in, denoise_graph_apply(graph, denoise_layer_dense(columns, NULL, NULL), sum),
                             NULL));
    denoise_graph_free(graph);
    return model;
}

static uint64_t train_once(denoise_status *status)
{
    uint64_t hash = 0;
    denoise_sequential *s;
    denoise_model *model;
    denoise_rng *rng;
    denoise_tensor *x, *y;
    NEED(denoise_sequential_new(&s, "wide"));
    NEED(denoise_sequential_add(s, denoise_layer_input(&(int64_t){WIDE}, 1, NULL)));
    NEED(denoise_sequential_add(s, denoise_layer_dense(24, "relu", NULL)));
    NEED(denoise_sequential_add(s, denoise_layer_dense(SCENE_COLUMNS, "sigmoid", NULL)));
    NEED(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    NEED(denoise_rng_new(&rng, 5, 1));
    NEED(denoise_tensor_random_uniform(&x, (const int64_t[]){SCENE_BATCH, WIDE}, 2, rng, 0.0, 1.0));
    NEED(denoise_tensor_random_uniform(&y, (const int64_t[]){SCENE_BATCH, SCENE_COLUMNS}, 2, rng, 0.0, 1.0));
    denoise_trainer *trainer = scene_trainer(model);
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = SCENE_BATCH / 2;
    options.epochs = 3;
    options.verbose = 2; /* lines for the log */
    *status = denoise_trainer_fit(trainer, x, y, &options);
    if (*status == DENOISE_OK) hash = scene_weights(status, model);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_rng_free(rng);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    return hash;
}

static bool is_expected(uint64_t hash, const uint64_t *all)
{
    bool is = false;
    for (int i = 0; i < engine_count; i++)
        is = is || hash == all[i];
    return is;
}

static void *train_often(void *unused)
{
    denoise_status status;
    (void)unused;
    while (!atomic_load(&over)) {
        uint64_t hash = train_once(&status);
        found(&bad, status == DENOISE_OK, "fit: %s", denoise_last_error());
        found(&bad, is_expected(hash, expected.trained), "fit: bits %016" PRIx64 " of no engine", hash);
        atomic_fetch_add(&trainings, 1);
        scene_sleep(0.002); /* so that at times nobody computes and the settings can change */
    }
    return NULL;
}

static void *predict_often(void *unused)
{
    denoise_status status;
    scene s;
    (void)unused;
    scene_make(&s, 3);
    denoise_model *skip = skip_model();
    while (!atomic_load(&over)) {
        uint64_t hash = scene_predict(&status, skip, &s, SCENE_ROWS);
        found(&bad, status == DENOISE_OK, "predict: %s", denoise_last_error());
        found(&bad, is_expected(hash, expected.predicted), "predict: bits %016" PRIx64 " of no engine", hash);
        atomic_fetch_add(&predictions, 1);
        if (gentle) scene_sleep(0.0002);
    }
    denoise_model_free(skip);
    scene_clear(&s);
    return NULL;
}

/* A wrong number that only this thread gives must be what it reads back, whatever others do in between. */
static void *complain_often(void *context)
{
    int32_t number = 1000 + (int32_t)(intptr_t)context;
    char piece[32];
    while (!atomic_load(&over)) {
        (void)snprintf(piece, sizeof piece, "count is %d,", (int)number);
        denoise_status status = denoise_set_num_threads(number);
        (void)sched_yield();
        found(&bad, status == DENOISE_ERR_RANGE && denoise_last_status() == status, "last status is another thread's");
        found(&bad, strstr(denoise_last_error(), piece) != NULL, "\"%s\" has not \"%s\"", denoise_last_error(), piece);
        number += 16;
        if (number > 1000000) number -= 999000 / 16 * 16;
        atomic_fetch_add(&complaints, 1);
        scene_sleep(0.0002);
    }
    return NULL;
}

static void expect_ok_or_busy(denoise_status status, const char *what)
{
    found(&bad, status == DENOISE_OK || status == DENOISE_ERR_BUSY, "%s: %s", what, denoise_last_error());
    if (status == DENOISE_ERR_BUSY) atomic_fetch_add(&busy, 1);
}

static void *resize_often(void *unused)
{
    (void)unused;
    for (int32_t i = 0; !atomic_load(&over); i++) {
        expect_ok_or_busy(denoise_set_num_threads(i % 5), "denoise_set_num_threads");
        found(&bad, denoise_num_threads() >= 1, "number of threads");
        atomic_fetch_add(&switches, 1);
        if (i % 3 == 0) {
            denoise_shutdown();
            atomic_fetch_add(&shutdowns, 1);
        }
        scene_sleep(0.0003);
    }
    return NULL;
}

static void *change_engine_often(void *unused)
{
    (void)unused;
    for (int i = 0; !atomic_load(&over); i++) {
        int wish = i % engine_count;
        denoise_status status = denoise_set_engine(engine_names[wish]);
        expect_ok_or_busy(status, "denoise_set_engine");
        if (status == DENOISE_OK) atomic_fetch_add(&engines[wish], 1);
        const char *name = denoise_engine_name();
        found(&bad, strcmp(name, "native") == 0 || strcmp(name, "cblas") == 0, "engine %s", name);
        if (gentle && i % 64 == 0) scene_sleep(0.0001);
    }
    return NULL;
}

typedef struct sink_facts {
    atomic_int destroyed;
} sink_facts;

static void count_line(int32_t level, const char *text, int64_t length, void *user_data)
{
    const sink_facts *facts = user_data;
    (void)level;
    found(&bad, atomic_load(&facts->destroyed) == 0, "a line comes to a sink that was destroyed");
    found(&bad, (int64_t)strlen(text) == length, "a line of another length");
    atomic_fetch_add(&lines, 1);
}

static void destroy_sink(void *user_data)
{
    sink_facts *facts = user_data;
    found(&bad, atomic_fetch_add(&facts->destroyed, 1) == 0, "a sink is destroyed twice");
}

static void *change_sink_often(void *unused)
{
    enum { SINKS = 64 };
    static sink_facts facts[SINKS];
    (void)unused;
    for (int i = 0; !atomic_load(&over); i++) {
        denoise_log_sink sink = {
            .struct_size = sizeof sink, .write = count_line, .user_data = &facts[i % SINKS], .destroy = destroy_sink};
        atomic_store(&facts[i % SINKS].destroyed, 0);
        found(&bad, denoise_set_log_sink(&sink) == DENOISE_OK, "denoise_set_log_sink: %s", denoise_last_error());
        scene_sleep(0.0005);
        atomic_fetch_add(&sinks, 1);
    }
    found(&bad, denoise_set_log_sink(NULL) == DENOISE_OK, "denoise_set_log_sink: %s", denoise_last_error());
    return NULL;
}

/* While objects live the allocator stays. */
static void *ask_for_allocator_often(void *unused)
{
    (void)unused;
    denoise_tensor *kept = NULL;
    NEED(denoise_tensor_new(&kept, DENOISE_FLOAT32, &(int64_t){1}, 1));
    while (!atomic_load(&over)) {
        found(&bad, denoise_set_allocator(NULL) == DENOISE_ERR_STATE, "the allocator changes under living objects");
        scene_sleep(0.0005);
    }
    denoise_tensor_free(kept);
    return NULL;
}

static void run_together(void *(*const *roles)(void *), int count, double seconds)
{
    pthread_t thread[16];
    atomic_store(&over, false);
    for (intptr_t i = 0; i < count; i++) {
        if (pthread_create(&thread[i], NULL, roles[i], (void *)i) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
    }
    double end = scene_seconds() + seconds;
    while (scene_seconds() < end && atomic_load(&bad.failures) == 0)
        scene_sleep(0.01);
    atomic_store(&over, true);
    for (int i = 0; i < count; i++)
        (void)pthread_join(thread[i], NULL);
}

/* What each engine gives, alone. */
static void ask_engines(void)
{
    denoise_status status;
    scene s;
    scene_make(&s, 3);
    denoise_model *skip = skip_model();
    if (denoise_set_engine("cblas") != DENOISE_OK) engine_count = 1;
    for (int i = 0; i < engine_count; i++) {
        NEED(denoise_set_engine(engine_names[i]));
        expected.trained[i] = train_once(&status);
        NEED(status);
        expected.predicted[i] = scene_predict(&status, skip, &s, SCENE_ROWS);
        NEED(status);
    }
    /* What could not be told apart would not show that a computation changed its engine on the way. */
    found(&bad, engine_count == 1 || expected.trained[0] != expected.trained[1], "both engines train the same bits");
    found(&bad, engine_count == 1 || expected.predicted[0] != expected.predicted[1], "both engines predict the same bits");
    denoise_model_free(skip);
    scene_clear(&s);
}

static void change_settings(double seconds)
{
    void *(*const roles[])(void *) = {
        train_often,    train_often,  predict_often,       predict_often,     complain_often,
        complain_often, resize_often, change_engine_often, change_sink_often, ask_for_allocator_often};
    run_together(roles, sizeof roles / sizeof *roles, seconds);
    NEED(denoise_set_engine(NULL));
    NEED(denoise_set_num_threads(0));
    denoise_shutdown();
}

/* Nothing but predictions of several batches each, and changes of the engine between them. */
static void change_engine(double seconds)
{
    void *(*const roles[])(void *) = {predict_often, change_engine_often, change_engine_often};
    gentle = false;
    run_together(roles, sizeof roles / sizeof *roles, seconds);
    gentle = true;
    NEED(denoise_set_engine(NULL));
    denoise_shutdown();
}

/* Two allocators that know their own blocks. */
enum { HEADER = 16 };
static _Atomic(int64_t) allocator_changes, allocator_refusals, tensors;
static uint64_t marks[2] = {0xA110CA7E00000000U, 0xA110CA7E00000001U};

static void *marked_allocate(size_t size, void *user_data)
{
    char *block = malloc(size + HEADER);
    if (block == NULL) return NULL;
    memcpy(block, user_data, sizeof marks[0]);
    return block + HEADER;
}

static void *own(void *pointer, const void *user_data)
{
    char *block = (char *)pointer - HEADER;
    found(&bad, memcmp(block, user_data, sizeof marks[0]) == 0, "a block goes back to another allocator than it came from");
    return block;
}

static void *marked_reallocate(void *pointer, size_t size, void *user_data)
{
    char *block = realloc(own(pointer, user_data), size + HEADER);
    return block == NULL ? NULL : block + HEADER;
}

static void marked_release(void *pointer, void *user_data)
{
    free(own(pointer, user_data));
}

static void *change_allocator_often(void *unused)
{
    (void)unused;
    for (int i = 0; !atomic_load(&over); i++) {
        denoise_allocator allocator = {sizeof allocator, marked_allocate, marked_reallocate, marked_release, &marks[i % 2]};
        denoise_status status = denoise_set_allocator(&allocator);
        found(&bad, status == DENOISE_OK || status == DENOISE_ERR_STATE, "denoise_set_allocator: %s", denoise_last_error());
        atomic_fetch_add(status == DENOISE_OK ? &allocator_changes : &allocator_refusals, 1);
    }
    return NULL;
}

/* Most of the time no block is alive. */
static void *make_tensors_often(void *unused)
{
    (void)unused;
    while (!atomic_load(&over)) {
        denoise_tensor *tensor = NULL;
        denoise_status status = denoise_tensor_new(&tensor, DENOISE_FLOAT32, &(int64_t){3}, 1);
        found(&bad, status == DENOISE_OK, "denoise_tensor_new: %s", denoise_last_error());
        denoise_tensor_free(tensor);
        atomic_fetch_add(&tensors, 1);
        for (volatile int wait = 0; wait < 200; wait++)
            continue;
    }
    return NULL;
}

static void change_allocator(double seconds)
{
    void *(*const roles[])(void *) = {make_tensors_often, make_tensors_often, change_allocator_often, change_allocator_often};
    run_together(roles, sizeof roles / sizeof *roles, seconds);
    NEED(denoise_set_allocator(NULL));
}

static void report(campaign *c, const char *what)
{
    findings_report(c, &bad, what);
    campaign_check(c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    bad = (findings){0};
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_races", argc, argv, 3, 200)) return campaign_end(&c);
    double seconds = (double)c.budget / 3;
    ask_engines();
    if (campaign_case(&c, 0)) {
        change_settings(seconds);
        report(&c, "settings change while threads compute");
    }
    if (campaign_case(&c, 1)) {
        change_engine(seconds);
        report(&c, "the engine changes while a thread predicts");
    }
    if (campaign_case(&c, 2)) {
        change_allocator(seconds);
        report(&c, "the allocator changes while threads make tensors");
    }
    campaign_count(&c, "trainings", atomic_load(&trainings));
    campaign_count(&c, "predictions", atomic_load(&predictions));
    campaign_count(&c, "last errors of threads", atomic_load(&complaints));
    campaign_count(&c, "changes of the number of threads", atomic_load(&switches));
    campaign_count(&c, "shutdowns", atomic_load(&shutdowns));
    campaign_count(&c, "changes to the native engine", atomic_load(&engines[0]));
    campaign_count(&c, "changes to a BLAS", atomic_load(&engines[1]));
    campaign_count(&c, "changes refused as busy", atomic_load(&busy));
    campaign_count(&c, "log sinks", atomic_load(&sinks));
    campaign_count(&c, "lines logged", atomic_load(&lines));
    campaign_count(&c, "tensors", atomic_load(&tensors));
    campaign_count(&c, "changes of the allocator", atomic_load(&allocator_changes));
    campaign_count(&c, "changes refused as blocks were alive", atomic_load(&allocator_refusals));
    return campaign_end(&c);
}
