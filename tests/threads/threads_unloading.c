/* SPDX-License-Identifier: Apache-2.0 */
/* The shared library is loaded, trains with several threads, saves and is unloaded again, with and without denoise_shutdown():
 * it is gone from the process each time, and with it its threads, descriptors, fork handlers and memory.
 * The budget is in loads. */
#include "support/campaign.h"
#include "support/sanitizer.h"
#include "support/temp_dir.h"
#include "threads/plugin.h"
#include "threads/process_facts.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AFTER_SHUTDOWN, WITHOUT_SHUTDOWN, THREAD_OUTLIVES, WITH_SINK, WITH_BLAS, IN_CHILD, WAYS };
enum { WARM_UP = 2 * WAYS, SLACK_KB = 1024, SLACK_MAPPINGS = 4 };

static const char *const way_names[WAYS] = {"after denoise_shutdown()",    "without denoise_shutdown()",
                                            "under a thread that used it", "with a log sink set",
                                            "after work with a BLAS",      "in a child of fork"};

static temp_dir folder;
static uint64_t expected, expected_blas;

/* A thread that used the library, has a last error in it, and ends after it is gone. */
typedef struct guest {
    plugin *p;
    pthread_barrier_t used, unloaded;
    bool sound;
} guest;

static void *use_and_outlive(void *context)
{
    guest *g = context;
    g->sound = g->p->set_num_threads(1000) == DENOISE_ERR_RANGE && strstr(g->p->last_error(), "1000") != NULL;
    (void)pthread_barrier_wait(&g->used);
    (void)pthread_barrier_wait(&g->unloaded);
    return NULL;
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static bool prepare(plugin *p, int way)
{
    denoise_log_sink sink = {.struct_size = sizeof sink, .write = swallow};
    if (way == WITH_SINK && p->set_log_sink(&sink) != DENOISE_OK) return false;
    return p->set_engine(way == WITH_BLAS && expected_blas != 0 ? "cblas" : "native") == DENOISE_OK;
}

/* Whether the child of a process whose library is gone comes to its end: no handler of it may be left. */
static bool fork_works(void)
{
    int status = 1;
    (void)fflush(NULL);
    pid_t process = fork();
    if (process == 0) _exit(0);
    return process > 0 && waitpid(process, &status, 0) == process && status == 0;
}

/* Trains in the parent, then trains and unloads in the child. */
static bool child_unloads(plugin *p)
{
    int status = 1;
    (void)fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        (void)alarm(60);
        bool sound = plugin_train(p, 2, folder.path) == expected && plugin_close(p) && !process_maps("libdenoise.so");
        _exit(sound ? 0 : 1);
    }
    return process > 0 && waitpid(process, &status, 0) == process && status == 0;
}

static void load_once(campaign *c, int64_t number)
{
    int way = (int)(number % WAYS);
    plugin p;
    guest g = {.p = &p};
    pthread_t thread;
    process_facts before = process_look();
    if (!campaign_check(c, plugin_open(&p), "the library cannot be loaded")) return;
    campaign_check(c, prepare(&p, way), "a setting fails: %s", p.last_error());
    uint64_t hash = plugin_train(&p, (int32_t)(number / WAYS % 3 + 2), folder.path);
    campaign_check(c, hash == (way == WITH_BLAS && expected_blas != 0 ? expected_blas : expected), "%s: other bits",
                   way_names[way]);
    campaign_check(c, process_look().threads > before.threads, "no thread works with it");
    bool outlives = way == THREAD_OUTLIVES;
    if (outlives) {
        (void)pthread_barrier_init(&g.used, NULL, 2);
        (void)pthread_barrier_init(&g.unloaded, NULL, 2);
        if (pthread_create(&thread, NULL, use_and_outlive, &g) != 0) exit(EXIT_FAILURE);
        (void)pthread_barrier_wait(&g.used);
        campaign_check(c, g.sound, "the thread's last error");
    }
    if (way == IN_CHILD) campaign_check(c, child_unloads(&p), "the child");
    if (way != WITHOUT_SHUTDOWN) p.shutdown();
    if (way != WITHOUT_SHUTDOWN) {
        campaign_check(c, process_wait_threads(before.threads + outlives), "a thread is left after shutdown");
    }
    campaign_check(c, p.memory_blocks() == 0, "%lld blocks are left", (long long)p.memory_blocks());
    campaign_check(c, plugin_close(&p), "dlclose");
    campaign_check(c, !process_maps("libdenoise.so"), "%s: the library is still there", way_names[way]);
    campaign_check(c, process_wait_threads(before.threads + outlives), "%s: a thread is left", way_names[way]);
    if (outlives) {
        (void)pthread_barrier_wait(&g.unloaded);
        (void)pthread_join(thread, NULL);
    }
    campaign_check(c, process_look().descriptors == before.descriptors, "%s: a descriptor is left", way_names[way]);
    campaign_check(c, fork_works(), "%s: fork() no longer works", way_names[way]);
}

/* What the first loads give; a BLAS, once loaded, stays. */
static bool ask_once(bool blas, uint64_t *hash)
{
    plugin p;
    if (!plugin_open(&p)) return false;
    bool works = p.set_engine(blas ? "cblas" : "native") == DENOISE_OK;
    *hash = works ? plugin_train(&p, 1, folder.path) : 0;
    p.shutdown();
    return plugin_close(&p) && (works || blas);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "threads_unloading", argc, argv, 100, 2000)) return campaign_end(&c);
    temp_dir_make(&folder);
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1); /* its own threads stay with it */
    campaign_check(&c, ask_once(false, &expected) && expected != 0 && ask_once(true, &expected_blas), "the first loads");
    if (expected_blas == 0) campaign_note(&c, "there is no BLAS here: its part runs on the native engine");
    process_facts warm = {0};
    int64_t loads[WAYS] = {0};
    for (int64_t i = 0; i < c.budget; i++) {
        if (i == WARM_UP) warm = process_look();
        if (!campaign_case(&c, i)) continue;
        load_once(&c, i);
        loads[i % WAYS]++;
    }
    process_facts end = process_look();
    if (c.only < 0 && c.budget > WARM_UP) {
        campaign_count(&c, "KB of growth since the warm-up", end.resident_kb - warm.resident_kb);
        if (!DENOISE_TEST_ASAN) { /* which keeps what was freed, in mappings of its own */
            campaign_check(&c, end.mappings <= warm.mappings + SLACK_MAPPINGS, "%lld mappings, %lld at first",
                           (long long)end.mappings, (long long)warm.mappings);
            campaign_check(&c, end.resident_kb <= warm.resident_kb + SLACK_KB, "%lld KB resident, %lld at first",
                           (long long)end.resident_kb, (long long)warm.resident_kb);
        }
    }
    temp_dir_remove(&folder);
    for (int way = 0; way < WAYS; way++) {
        char what[64];
        (void)snprintf(what, sizeof what, "unloaded %s", way_names[way]);
        campaign_count(&c, what, loads[way]);
    }
    return campaign_end(&c);
}
