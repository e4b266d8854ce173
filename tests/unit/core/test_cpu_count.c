/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs of the process: hosts pin threads, control groups limit time. */
#define _GNU_SOURCE
#include "core/cpu.h"
#include "core/threads.h"
#include "support/cmocka_test.h"
#include "support/temp_dir.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>

static temp_dir dir;

/* With the folders that it needs. */
static void write_file(const char *path, const char *text)
{
    char folder[TEMP_PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%s", temp_dir_file(&dir, path));
    for (char *at = folder + strlen(dir.path) + 1; (at = strchr(at, '/')) != NULL; *at++ = '/') {
        *at = '\0';
        (void)mkdir(folder, 0700);
    }
    temp_dir_write(&dir, path, text, strlen(text));
}

static int quota_of(const char *list)
{
    write_file("list", list);
    return denoise__cpu_quota(temp_dir_file(&dir, "list"), dir.path);
}

static void the_least_quota_of_all_groups_counts(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    assert_int_equal(quota_of("0::/a/b\n"), 0); /* none has a file */
    write_file("a/b/cpu.max", "max 100000\n");
    assert_int_equal(quota_of("0::/a/b\n"), 0);
    write_file("a/cpu.max", "250000 100000\n"); /* two and a half */
    assert_int_equal(quota_of("0::/a/b\n"), 3);
    write_file("a/b/cpu.max", "800000 100000\n");
    assert_int_equal(quota_of("0::/a/b\n"), 3);
    write_file("a/b/cpu.max", "5000 100000\n");
    assert_int_equal(quota_of("0::/a/b\n"), 1);
    assert_int_equal(quota_of("0::/a\n"), 3);
    assert_int_equal(quota_of("0::/\n"), 0);
    write_file("cpu.max", "700000 100000\n"); /* what a container sees of its own group */
    assert_int_equal(quota_of("0::/\n"), 7);
    assert_int_equal(quota_of("0::/somewhere/else\n"), 7);
    static const char *const useless[] = {"", "max\n", "x y\n", "100000\n", "100000 0\n", "-1 100000\n"};
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        write_file("cpu.max", useless[i]);
        assert_int_equal(quota_of("0::/\n"), 0);
    }
    temp_dir_remove(&dir);
}

static void groups_of_the_first_version_count_too(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    write_file("cpu,cpuacct/x/cpu.cfs_quota_us", "350000\n");
    write_file("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    write_file("cpuset/x/cpu.cfs_quota_us", "100000\n"); /* another controller's */
    write_file("cpuset/x/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota_of("9:name=systemd:/\n7:cpuset:/x\n4:cpu,cpuacct:/x/y\n0::/\n"), 4);
    assert_int_equal(quota_of("7:cpuset:/x\n"), 0);
    write_file("cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
    assert_int_equal(quota_of("4:cpu,cpuacct:/x\n"), 0);
    assert_int_equal(quota_of(""), 0);
    assert_int_equal(quota_of("no line of it\n::\n4:\n:\n0"), 0);
    assert_int_equal(denoise__cpu_quota("/none/list", dir.path), 0);
    temp_dir_remove(&dir);
}

static void pin(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) _exit(99);
}

/* The first two CPUs of this thread's mask; false: there are none. */
static bool two_cpus(int cpu[2])
{
    cpu_set_t all;
    int count = 0;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return false;
    for (int i = 0; i < CPU_SETSIZE && count < 2; i++) {
        if (CPU_ISSET((size_t)i, &all)) cpu[count++] = i;
    }
    return count == 2;
}

/* The processes' answers are bits: 1 = as expected. */
static int answer_of(int (*body)(const int *cpu))
{
    int cpu[2], status = 0;
    if (!two_cpus(cpu)) return -1;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)unsetenv("DENOISE_NUM_THREADS");
        _exit(body(cpu));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
}

static atomic_int narrow_workers, wide_workers;

static void look_at_mask(void *context, int64_t index, int32_t slot)
{
    cpu_set_t mask;
    (void)context, (void)index;
    struct timespec pause = {0, 1000000};
    (void)nanosleep(&pause, NULL); /* so that others come too */
    if (slot == 0 || sched_getaffinity(0, sizeof mask, &mask) != 0) return;
    atomic_fetch_add(CPU_COUNT(&mask) >= 2 ? &wide_workers : &narrow_workers, 1);
}

static void *compute_pinned(void *cpu)
{
    pin(*(const int *)cpu);
    denoise__parallel_slots(200, 16, look_at_mask, NULL);
    return NULL;
}

static int first_thread_is_pinned(const int *cpu)
{
    pthread_t thread;
    int free_count = denoise__cpu_count(), own = cpu[0];
    if (pthread_create(&thread, NULL, compute_pinned, &own) != 0 || pthread_join(thread, NULL) != 0) return 98;
    return (denoise_num_threads() == free_count) | (wide_workers > 0 && narrow_workers == 0) << 1;
}

static void a_pinned_thread_does_not_pin_the_pool(void **state)
{
    (void)state;
    if (denoise__cpu_count() < 2) skip();
    int answer = answer_of(first_thread_is_pinned);
    if (answer == -1) skip();
    assert_int_equal(answer, 3);
}

static pthread_barrier_t is_pinned, may_end;

static void *stay_pinned(void *cpu)
{
    pin(*(const int *)cpu);
    (void)pthread_barrier_wait(&is_pinned);
    (void)pthread_barrier_wait(&may_end);
    return NULL;
}

/* As OpenMP does with OMP_PROC_BIND: the first thread at once, the others when there are some. */
static int every_thread_is_pinned(const int *cpu)
{
    pthread_t thread;
    int other = cpu[1], answer = 0;
    pin(cpu[0]);
    answer |= denoise_num_threads() == 1;
    denoise__parallel_slots(8, 16, look_at_mask, NULL); /* makes the pool */
    if (pthread_barrier_init(&is_pinned, NULL, 2) != 0 || pthread_barrier_init(&may_end, NULL, 2) != 0) return 97;
    if (pthread_create(&thread, NULL, stay_pinned, &other) != 0) return 98;
    (void)pthread_barrier_wait(&is_pinned);
    answer |= (denoise_num_threads() == 1) << 1; /* there is a pool */
    answer |= (denoise_set_num_threads(0) == DENOISE_OK && denoise_num_threads() == 2) << 2;
    denoise__parallel_slots(200, 16, look_at_mask, NULL);
    answer |= (wide_workers > 0 && narrow_workers == 0) << 3;
    (void)pthread_barrier_wait(&may_end);
    (void)pthread_join(thread, NULL);
    return answer;
}

static void pinned_threads_make_one_mask(void **state)
{
    (void)state;
    if (denoise__cpu_count() < 2) skip();
    int answer = answer_of(every_thread_is_pinned);
    if (answer == -1) skip();
    assert_int_equal(answer, 15);
}
#endif

static void there_is_at_least_one(void **state)
{
    (void)state;
    denoise__cpus cpus;
    denoise__cpus_of_process(&cpus);
    assert_true(cpus.count >= 1);
    assert_int_equal(denoise__cpu_count(), cpus.count);
    denoise__cpus_use(&cpus);
    assert_int_equal(denoise__cpu_count(), cpus.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#if defined(__linux__)
        cmocka_unit_test(a_pinned_thread_does_not_pin_the_pool),
        cmocka_unit_test(pinned_threads_make_one_mask),
        cmocka_unit_test(the_least_quota_of_all_groups_counts),
        cmocka_unit_test(groups_of_the_first_version_count_too),
#endif
        cmocka_unit_test(there_is_at_least_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
