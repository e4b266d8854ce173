/* SPDX-License-Identifier: Apache-2.0 */
/* Two copies of the library in one process: the static one in the program, whose symbols the dynamic linker sees, and the
 * shared one, loaded at run time. They train at once in threads of their own, give the same bits, and keep errors, blocks,
 * threads and settings apart. The budget is in loads of the shared one. */
#include "support/campaign.h"
#include "support/temp_dir.h"
#include "threads/plugin.h"
#include "threads/process_facts.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { COPIES = 2, LOOPS = 3 };

typedef struct trainee {
    const plugin *p;
    temp_dir folder;
    int32_t threads;
    uint64_t hash[LOOPS];
    pthread_barrier_t *start;
} trainee;

static void *train(void *context)
{
    trainee *t = context;
    (void)pthread_barrier_wait(t->start);
    for (int i = 0; i < LOOPS; i++)
        t->hash[i] = plugin_train(t->p, t->threads, t->folder.path);
    return NULL;
}

static void train_both(campaign *c, trainee *trainees, uint64_t expected)
{
    pthread_t thread[COPIES];
    pthread_barrier_t start;
    (void)pthread_barrier_init(&start, NULL, COPIES);
    for (int i = 0; i < COPIES; i++) {
        trainees[i].start = &start;
        campaign_check(c, pthread_create(&thread[i], NULL, train, &trainees[i]) == 0, "pthread_create");
    }
    for (int i = 0; i < COPIES; i++) {
        (void)pthread_join(thread[i], NULL);
        for (int j = 0; j < LOOPS; j++)
            campaign_check(c, trainees[i].hash[j] == expected, "copy %d gives other bits", i);
    }
    (void)pthread_barrier_destroy(&start);
}

/* Each in turn fails, and only it has the message; a call of its own that reads the message reads its own. */
static void check_apart(campaign *c, const plugin *own, const plugin *other)
{
    denoise_tensor *tensor = NULL;
    denoise_rng *rng = NULL;
    (void)own->set_num_threads(1001);
    (void)other->set_num_threads(1002);
    campaign_check(c, strstr(own->last_error(), "1001") != NULL, "the last error is \"%s\"", own->last_error());
    campaign_check(c, strstr(other->last_error(), "1002") != NULL, "the other's last error is \"%s\"", other->last_error());
    campaign_check(c, own->memory_blocks() == 0 && other->memory_blocks() == 0, "blocks are left");
    campaign_check(c, own->rng_new(&rng, 1, 2) == DENOISE_OK, "%s", own->last_error());
    campaign_check(c, own->tensor_random_uniform(&tensor, &(int64_t){9}, 1, rng, 0.0, 1.0) == DENOISE_OK, "%s",
                   own->last_error());
    own->rng_free(rng);
    campaign_check(c, own->memory_blocks() > 0 && other->memory_blocks() == 0, "one copy counts the other's blocks");
    own->tensor_free(tensor);
    campaign_check(c, own->set_num_threads(3) == DENOISE_OK && other->set_num_threads(2) == DENOISE_OK, "set_num_threads");
    campaign_check(c, own->num_threads() == 3 && other->num_threads() == 2, "%d and %d threads", (int)own->num_threads(),
                   (int)other->num_threads());
    denoise_trainer *trainer = NULL;
    denoise_status status = own->model_compile(&trainer, NULL, own->optimizer_adam(NULL), NULL, NULL);
    campaign_check(c, status == DENOISE_ERR_NULL && strstr(own->last_error(), "model") != NULL, "compile without a model: %s",
                   own->last_error());
}

/* The text that a trainer keeps of a failure comes from the library's inside. */
static void check_kept_text(campaign *c, const plugin *p)
{
    const int64_t columns = 3;
    denoise_sequential *s = NULL;
    denoise_model *model = NULL;
    denoise_trainer *trainer = NULL;
    campaign_check(c, p->sequential_new(&s, "text") == DENOISE_OK, "%s", p->last_error());
    (void)p->sequential_add(s, p->layer_input(&columns, 1, NULL));
    (void)p->sequential_add(s, p->layer_dense(2, NULL, NULL));
    campaign_check(c, p->sequential_build(&model, s, NULL) == DENOISE_OK, "%s", p->last_error());
    p->sequential_free(s);
    denoise_status status = p->model_compile(&trainer, model, p->optimizer_adam(NULL), p->loss_mean_squared_error(), NULL);
    campaign_check(c, status == DENOISE_OK, "%s", p->last_error());
    status = p->trainer_fit(trainer, NULL, NULL, NULL);
    campaign_check(c, status == DENOISE_ERR_NULL && strstr(p->trainer_error(trainer), "is NULL") != NULL,
                   "the trainer keeps \"%s\"", p->trainer_error(trainer));
    p->trainer_free(trainer);
    p->model_free(model);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_copies", argc, argv, 20, 300)) return campaign_end(&c);
    plugin own = plugin_of_program();
    trainee trainees[COPIES] = {{.p = &own, .threads = 3}, {.threads = 2}};
    for (int i = 0; i < COPIES; i++)
        temp_dir_make(&trainees[i].folder);
    uint64_t expected = plugin_train(&own, 1, trainees[0].folder.path);
    campaign_check(&c, expected != 0, "the program's own copy does not train");
    own.shutdown();
    int64_t loads = 0;
    for (int64_t i = 0; i < c.budget; i++) {
        plugin loaded;
        if (!campaign_case(&c, i)) continue;
        if (!campaign_check(&c, plugin_open(&loaded), "the library cannot be loaded")) break;
        campaign_check(&c, loaded.last_error != own.last_error, "the loaded copy is the program's");
        trainees[1].p = &loaded;
        train_both(&c, trainees, expected);
        check_apart(&c, &own, &loaded);
        check_apart(&c, &loaded, &own);
        check_kept_text(&c, &own);
        check_kept_text(&c, &loaded);
        if (i % 3 != 0) loaded.shutdown();
        campaign_check(&c, plugin_close(&loaded) && !process_maps("libdenoise.so"), "the loaded copy stays");
        campaign_check(&c, plugin_train(&own, 3, trainees[0].folder.path) == expected, "the copy that stays gives other bits");
        if (i % 2 == 0) own.shutdown();
        loads++;
    }
    own.shutdown();
    campaign_check(&c, own.memory_blocks() == 0, "blocks are left");
    for (int i = 0; i < COPIES; i++)
        temp_dir_remove(&trainees[i].folder);
    campaign_count(&c, "loads beside the program's copy", loads);
    campaign_count(&c, "trainings, two copies at once", loads * COPIES * LOOPS);
    return campaign_end(&c);
}
