/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that cannot be made, and a BLAS that cannot be loaded at the moment. pthread_create and dlopen are wrapped (see
 * CMakeLists.txt). With fewer threads the same bits come out; a BLAS that was not found is looked for again. */
#include "faults/alloc_run.h"
#include "support/failing_alloc.h"
#include "support/nets.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
void *__wrap_dlopen(const char *name, int flags);
void *__real_dlopen(const char *name, int flags);

/* Counts calls; call number `fail_at`, counted from 1, fails, and with for_ever all later ones. */
typedef struct gate {
    int64_t calls, fail_at;
    bool for_ever;
} gate;

static gate threads, libraries;

static bool is_shut(gate *g)
{
    g->calls++;
    return g->fail_at > 0 && (g->for_ever ? g->calls >= g->fail_at : g->calls == g->fail_at);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    return is_shut(&threads) ? EAGAIN : __real_pthread_create(thread, attributes, start, argument);
}

void *__wrap_dlopen(const char *name, int flags)
{
    return is_shut(&libraries) ? NULL : __real_dlopen(name, flags);
}

enum { ROWS = 6000, THREADS = 4 };

/* Enough rows for the pool in each of the calls. */
static denoise_status compute(uint64_t *bits)
{
    denoise_model *model = two_layers(16, 32, "relu", 16, "sigmoid");
    denoise_tensor *x = random_rows(ROWS, 16, 1), *y = NULL, *noisy = NULL;
    denoise_trainer *trainer = NULL;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = 1024;
    options.verbose = 0;
    denoise_status status = denoise_noise_gaussian(&noisy, x, 0.1, 3);
    if (status == DENOISE_OK)
        status = denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL);
    if (status == DENOISE_OK) status = denoise_trainer_fit(trainer, noisy, x, &options);
    if (status == DENOISE_OK) status = denoise_model_predict(&y, model, x, NULL);
    if (status == DENOISE_OK) *bits = alloc_hash_tensor(0, y);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(noisy);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    return status;
}

static void try_threads(alloc_run *run, int64_t nth, bool for_ever, uint64_t usual)
{
    uint64_t bits[2] = {0, 0};
    int64_t blocks = failing_alloc_live();
    int32_t expected = (int32_t)nth; /* the workers before it, and the caller */
    denoise_shutdown();
    threads = (gate){.fail_at = nth, .for_ever = for_ever};
    denoise_status status = compute(&bits[0]);
    threads.fail_at = 0;
    campaign_check(run->c, status == DENOISE_OK && bits[0] == usual, "system: thread %lld is not made: %s, other bits",
                   (long long)nth, denoise_status_name(status));
    campaign_check(run->c, denoise_num_threads() == expected, "system: thread %lld is not made: %d threads work, expected %d",
                   (long long)nth, (int)denoise_num_threads(), (int)expected);
    denoise_shutdown();
    status = compute(&bits[1]);
    campaign_check(run->c, status == DENOISE_OK && bits[1] == usual && denoise_num_threads() == THREADS,
                   "system: after thread %lld was not made: %s, %d threads", (long long)nth, denoise_status_name(status),
                   (int)denoise_num_threads());
    denoise_shutdown();
    campaign_check(run->c, failing_alloc_live() == blocks, "system: thread %lld is not made: blocks leak", (long long)nth);
}

/* In a child of its own, for what was loaded stays: the answer to the first call, and to the second, as an exit code. */
static int load_twice(int64_t nth, bool for_ever)
{
    libraries = (gate){.fail_at = nth, .for_ever = for_ever};
    denoise_status first = denoise_set_engine("cblas");
    bool told = first == DENOISE_OK || denoise_last_error()[0] != '\0';
    libraries.fail_at = 0;
    denoise_status second = denoise_set_engine("cblas");
    if ((first != DENOISE_OK && first != DENOISE_ERR_ENGINE) || !told) return 2;
    if (second != DENOISE_OK) return 3;
    return strcmp(denoise_engine_name(), "cblas") == 0 ? 0 : 4;
}

static int in_child(int64_t nth, bool for_ever)
{
    int status = 0;
    denoise_shutdown();
    pid_t child = fork();
    if (child == 0) _exit(load_twice(nth, for_ever));
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_turn(alloc_run *run)
{
    bool turn = run->next % run->stride == (int64_t)(run->c->seed % (uint64_t)run->stride);
    bool wanted = turn && campaign_case(run->c, run->next);
    run->next++;
    run->points += wanted;
    return wanted;
}

enum { THREAD_POINTS = 2 * (THREADS - 1), LIBRARY_POINTS = 2 * 6 };

void alloc_system(alloc_run *run)
{
    if (run->measures) {
        run->total += THREAD_POINTS + LIBRARY_POINTS;
        return;
    }
    uint64_t usual = 0;
    (void)denoise_set_num_threads(THREADS);
    campaign_check(run->c, compute(&usual) == DENOISE_OK, "system: without a failure: %s", denoise_last_error());
    for (int64_t i = 0; i < THREAD_POINTS; i++) {
        if (is_turn(run)) try_threads(run, i / 2 + 1, i % 2 != 0, usual);
    }
    bool is_there = in_child(0, false) == 0;
    if (!is_there) campaign_note(run->c, "there is no BLAS here: its absence for a moment cannot be tried");
    for (int64_t i = 0; i < LIBRARY_POINTS; i++) {
        if (!is_turn(run) || !is_there) continue;
        int code = in_child(i / 2 + 1, i % 2 != 0);
        campaign_check(run->c, code == 0, "system: library %lld is not loaded%s: code %d", (long long)(i / 2 + 1),
                       i % 2 != 0 ? ", and none after it" : "", code);
    }
    (void)denoise_set_num_threads(2);
}
