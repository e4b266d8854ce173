/* SPDX-License-Identifier: Apache-2.0 */
/* How programs and threads end: exit() with the pool asleep, beside a fit, in a callback, in a handler of atexit(); main that
 * returns or leaves by pthread_exit() while others train; threads that are cancelled or leave after and inside calls. Each way
 * is a program of its own, with the static library and with the shared one loaded; it must end in time with the exit code that
 * it chose. The budget is in programs. */
#include "support/campaign.h"
#include "support/sanitizer.h"
#include "support/temp_dir.h"
#include "threads/plugin.h"
#include "threads/process_facts.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHOSEN_CODE = 42, FAILED_CODE = 1, HANGS_AFTER = 60 };

static plugin lib;
static const char *folder;
static uint64_t expected;
static atomic_bool inside; /* a callback runs: its thread is inside fit */

static void pause_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
        continue;
}

static _Noreturn void fail(const char *what)
{
    (void)printf("%s: %s\n", what, lib.last_error());
    (void)fflush(stdout);
    _exit(FAILED_CODE);
}

static void need_bits(int32_t threads)
{
    if (plugin_train(&lib, threads, folder) != expected) fail("other bits");
}

static void *train_for_ever(void *unused)
{
    (void)unused;
    for (;;) {
        (void)plugin_train(&lib, 0, folder);
        atomic_store(&inside, true);
    }
    return NULL;
}

static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0) fail("pthread_create");
    return thread;
}

static void exit_with_pool_asleep(void)
{
    need_bits(3);
    pause_ms(5);
    exit(CHOSEN_CODE);
}

static void exit_with_pool_awake(void)
{
    need_bits(3);
    exit(CHOSEN_CODE);
}

static void exit_beside_fit(void)
{
    (void)start(train_for_ever);
    while (!atomic_load(&inside))
        pause_ms(1);
    pause_ms((long)(getpid() % 5));
    exit(CHOSEN_CODE);
}

static void compute_at_exit(void)
{
    if (plugin_train(&lib, 0, folder) != expected) _exit(FAILED_CODE);
    lib.shutdown();
}

static void exit_in_handler(void)
{
    if (atexit(compute_at_exit) != 0) fail("atexit");
    need_bits(3);
    exit(CHOSEN_CODE);
}

static void exit_in_handler_beside_fit(void)
{
    if (atexit(lib.shutdown) != 0) fail("atexit");
    exit_beside_fit();
}

static void *exit_soon(void *unused)
{
    (void)unused;
    need_bits(2);
    exit(CHOSEN_CODE);
}

static void leave_main(void)
{
    (void)start(exit_soon);
    pthread_exit(NULL);
}

static void exit_at_once(void)
{
    (void)start(train_for_ever);
    while (!atomic_load(&inside))
        pause_ms(1);
    _exit(CHOSEN_CODE);
}

static void on_alarm(int signal)
{
    (void)signal;
    _exit(CHOSEN_CODE);
}

/* The handler may meet any line of the library. */
static void exit_in_signal_handler(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGUSR1, &action, NULL);
    pthread_t thread = start(train_for_ever);
    while (!atomic_load(&inside))
        pause_ms(1);
    (void)pthread_kill(thread, SIGUSR1);
    pause_ms(HANGS_AFTER * 1000L);
}

static void *train_and_wait(void *unused)
{
    (void)unused;
    need_bits(2);
    atomic_store(&inside, true);
    for (;;)
        pause_ms(100); /* where it is cancelled */
    return NULL;
}

static void *train_and_leave(void *unused)
{
    (void)unused;
    need_bits(2);
    pthread_exit(NULL);
}

static void cancel_after_calls(void)
{
    void *result = NULL;
    for (int i = 0; i < 5; i++) {
        atomic_store(&inside, false);
        pthread_t thread = start(train_and_wait);
        while (!atomic_load(&inside))
            pause_ms(1);
        if (pthread_cancel(thread) != 0 || pthread_join(thread, &result) != 0 || result != PTHREAD_CANCELED) fail("cancel");
        thread = start(train_and_leave);
        if (pthread_join(thread, &result) != 0) fail("join");
        need_bits(3);
    }
    lib.shutdown();
    if (lib.memory_blocks() != 0) fail("blocks are left");
    if (!process_wait_threads(1)) fail("threads are left");
    exit(CHOSEN_CODE);
}

/* A thread that is cancelled at any moment of its calls: they run to their end, then it ends, and nothing stays locked. Only
 * what it had not freed yet is left. */
static void *train_until_cancelled(void *unused)
{
    (void)unused;
    for (;;) {
        atomic_store(&inside, true);
        need_bits(3);
        pthread_testcancel();
    }
    return NULL;
}

static void cancel_inside_calls(void)
{
    void *result = NULL;
    for (int i = 0; i < 20; i++) {
        atomic_store(&inside, false);
        pthread_t thread = start(train_until_cancelled);
        while (!atomic_load(&inside))
            pause_ms(1);
        pause_ms((getpid() + i) % 7);
        if (pthread_cancel(thread) != 0 || pthread_join(thread, &result) != 0 || result != PTHREAD_CANCELED) fail("cancel");
        need_bits(2);
    }
    lib.shutdown();
    if (lib.memory_blocks() != 0) fail("blocks are left");
    if (!process_wait_threads(1)) fail("threads are left");
    exit(CHOSEN_CODE);
}

static const struct {
    const char *name;
    void (*end)(void);
} ways[] = {
    {"exit with the pool asleep", exit_with_pool_asleep},
    {"exit with the pool awake", exit_with_pool_awake},
    {"exit beside fit", exit_beside_fit},
    {"computing in a handler of atexit", exit_in_handler},
    {"shutdown in a handler of atexit beside fit", exit_in_handler_beside_fit},
    {"main leaves by pthread_exit", leave_main},
    {"_exit beside fit", exit_at_once},
    {"_exit in a signal handler inside fit", exit_in_signal_handler},
    {"threads cancelled after calls", cancel_after_calls},
    {"threads cancelled inside calls", cancel_inside_calls},
};
enum { WAYS = sizeof ways / sizeof *ways };

/* "--end way copy": the program that ends. */
static int end_one(int way, bool loaded)
{
    static temp_dir own;
    if (loaded ? !plugin_open(&lib) : (lib = plugin_of_program()).last_error == NULL) return FAILED_CODE;
    folder = own.path;
    (void)snprintf(own.path, sizeof own.path, "%s", getenv("DENOISE_TEST_FOLDER"));
    expected = plugin_train(&lib, 1, folder);
    if (expected == 0) return FAILED_CODE;
    lib.shutdown();
    ways[way].end();
    return FAILED_CODE;
}

static void run_one(campaign *c, const char *program, int way, bool loaded)
{
    char number[16];
    int status = 0;
    (void)snprintf(number, sizeof number, "%d", way);
    (void)fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        (void)alarm(HANGS_AFTER);
        (void)execl(program, program, "--end", number, loaded ? "1" : "0", (char *)NULL);
        _exit(FAILED_CODE);
    }
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == CHOSEN_CODE;
    campaign_check(c, good, "%s, %s library: %s %d", ways[way].name, loaded ? "shared" : "static",
                   WIFSIGNALED(status) ? "signal" : "exit code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
    campaign c;
    if (argc == 4 && strcmp(argv[1], "--end") == 0) return end_one(atoi(argv[2]), argv[3][0] == '1');
    if (!campaign_begin(&c, "threads_exits", argc, argv, 2 * 2 * WAYS, 50 * 2 * WAYS)) return campaign_end(&c);
    temp_dir dir;
    temp_dir_make(&dir);
    (void)setenv("DENOISE_TEST_FOLDER", dir.path, 1);
    int64_t ends = 0;
    for (int64_t i = 0; i < c.budget; i++) {
        /* AddressSanitizer takes the frames of a thread that is cancelled in a sleep for still in use (its own sigaltstack). */
        if (DENOISE_TEST_ASAN && ways[i % WAYS].end == cancel_after_calls) continue;
        if (!campaign_case(&c, i)) continue;
        run_one(&c, argv[0], (int)(i % WAYS), i / WAYS % 2 == 1);
        ends++;
    }
    temp_dir_remove(&dir);
    campaign_count(&c, "programs that ended", ends);
    return campaign_end(&c);
}
