/* SPDX-License-Identifier: Apache-2.0 */
/* How many CPUs the process may use, and which.
 *
 * An affinity mask belongs to a thread. Hosts pin threads (OpenMP with OMP_PROC_BIND, MPI, hwloc), and the one that computes
 * first may be pinned to one CPU while others are free: what the process may use is the union of the masks of its threads. A
 * mask that was set from outside (taskset, a container) is that of all of them. Time may be limited as well: the quota of the
 * control groups, Linux' cpu.max.
 *
 * What is read of /proc and /sys goes by system calls that take no memory and are no cancellation points. */
#include "core/platform/processor.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { PATH_ROOM = 1024, LIST_ROOM = 4096, NUMBERS_ROOM = 64 }; /* threads of hosts have small stacks */

static int open_for_reading(const char *path, int more)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | more);
}

/* The beginning of a small file as a text; false when it cannot be read. */
static bool read_text(char *text, long size, const char *path)
{
    int file = open_for_reading(path, 0);
    memset(text, 0, (size_t)size);
    if (file < 0) return false;
    long length = 0, got = 1;
    while (got > 0 && length < size - 1) {
        got = syscall(SYS_read, file, text + length, (size_t)(size - 1 - length));
        if (got > 0) length += got;
    }
    (void)syscall(SYS_close, file);
    text[length] = '\0';
    return got >= 0;
}

static void add_thread(cpu_set_t *all, pid_t thread)
{
    cpu_set_t mask;
    if (sched_getaffinity(thread, sizeof mask, &mask) == 0) CPU_OR(all, all, &mask);
}

/* One entry of a folder, as getdents64(2) describes it: inode, offset, length of the entry, type, name. */
enum { AT_LENGTH = 16, AT_NAME = 19, ENTRIES_ROOM = 4096 };

/* The masks of all threads; the caller's own where /proc cannot be read. False: there is none. */
static bool process_mask(cpu_set_t *all)
{
    char entries[ENTRIES_ROOM] = {0};
    CPU_ZERO(all);
    add_thread(all, 0);
    int folder = open_for_reading("/proc/self/task", O_DIRECTORY);
    for (long length = 1; folder >= 0 && length > 0;) {
        length = syscall(SYS_getdents64, folder, entries, sizeof entries);
        unsigned short size = 0;
        for (long at = 0; at < length; at += size) {
            memcpy(&size, entries + at + AT_LENGTH, sizeof size);
            if (size <= AT_NAME) break;
            long thread = strtol(entries + at + AT_NAME, NULL, 10);
            if (thread > 0) add_thread(all, (pid_t)thread);
        }
    }
    if (folder >= 0) (void)syscall(SYS_close, folder);
    return CPU_COUNT(all) > 0;
}

_Static_assert(sizeof(cpu_set_t) <= sizeof(uint64_t[16]), "denoise__cpus has room for a mask");

void denoise__cpus_use(const denoise__cpus *cpus)
{
    cpu_set_t all, own;
    int before = errno;
    memcpy(&all, cpus->mask, sizeof all);
    bool differs = CPU_COUNT(&all) > 0 && sched_getaffinity(0, sizeof own, &own) == 0 && !CPU_EQUAL(&own, &all);
    if (differs) (void)sched_setaffinity(0, sizeof all, &all);
    errno = before;
}

/* ---- control groups */

/* CPUs for "quota period" in microseconds, rounded up; "max", -1, or what is no number: no limit, 0. */
static int64_t cpus_of(const char *quota, const char *period)
{
    long long time = strtoll(quota, NULL, 10), of = strtoll(period, NULL, 10);
    return time > 0 && of > 0 ? time / of + (time % of != 0) : 0;
}

/* The text of folder + group + "/" + name; false when there is none, or no room for the path. */
static bool read_numbers(char text[NUMBERS_ROOM], const char *folder, const char *group, int length, const char *name)
{
    char path[PATH_ROOM];
    int wanted = snprintf(path, sizeof path, "%s%.*s/%s", folder, length, group, name);
    return wanted > 0 && wanted < PATH_ROOM && read_text(text, NUMBERS_ROOM, path);
}

/* Version 2 has both in cpu.max, version 1 a file for each. */
static int64_t limit_in(const char *folder, const char *group, int length, bool is_first_version)
{
    char quota[NUMBERS_ROOM], period[NUMBERS_ROOM];
    if (!read_numbers(quota, folder, group, length, is_first_version ? "cpu.cfs_quota_us" : "cpu.max")) return 0;
    if (!is_first_version) return cpus_of(quota, quota + strcspn(quota, " "));
    return read_numbers(period, folder, group, length, "cpu.cfs_period_us") ? cpus_of(quota, period) : 0;
}

/* The least of a group and all around it. In a container the group may have a path that is not mounted; its top is. */
static int64_t least_limit(const char *folder, const char *group, int length, bool is_first_version)
{
    int64_t least = 0;
    for (;;) {
        while (length > 0 && group[length - 1] == '/')
            length--;
        int64_t limit = limit_in(folder, group, length, is_first_version);
        if (limit > 0 && (least == 0 || limit < least)) least = limit;
        if (length == 0) return least;
        while (length > 0 && group[length - 1] != '/')
            length--;
    }
}

static bool has_word(const char *list, size_t length, const char *word)
{
    for (size_t at = 0; at < length;) {
        size_t end = strcspn(list + at, ",:");
        if (end == strlen(word) && strncmp(list + at, word, end) == 0) return true;
        at += end + 1;
    }
    return false;
}

int32_t denoise__cpu_quota(const char *list, const char *folder)
{
    char text[LIST_ROOM], mount[PATH_ROOM];
    int64_t least = 0;
    if (!read_text(text, sizeof text, list)) return 0;
    /* Lines "number:controllers:/group"; version 2 has the number 0 and no controllers. */
    for (const char *line = text, *next; *line != '\0'; line = next) {
        size_t length = strcspn(line, "\n");
        next = line + length + (line[length] == '\n');
        const char *controllers = memchr(line, ':', length);
        const char *group =
            controllers == NULL ? NULL : memchr(controllers + 1, ':', length - (size_t)(controllers + 1 - line));
        if (group == NULL) continue;
        size_t words = (size_t)(group - controllers - 1);
        bool is_first_version = words > 0;
        if (is_first_version && !has_word(controllers + 1, words, "cpu")) continue;
        int wanted =
            snprintf(mount, sizeof mount, "%s%s%.*s", folder, is_first_version ? "/" : "", (int)words, controllers + 1);
        if (wanted < 0 || wanted >= PATH_ROOM) continue;
        int64_t limit = least_limit(mount, group + 1, (int)(line + length - group - 1), is_first_version);
        if (limit > 0 && (least == 0 || limit < least)) least = limit;
    }
    return least > INT32_MAX ? INT32_MAX : (int32_t)least;
}
#else
void denoise__cpus_use(const denoise__cpus *cpus)
{
    (void)cpus;
}

int32_t denoise__cpu_quota(const char *list, const char *folder)
{
    (void)list, (void)folder;
    return 0;
}
#endif

void denoise__cpus_of_process(denoise__cpus *cpus)
{
    long count = 0;
    int before = errno; /* which is the caller's */
    memset(cpus, 0, sizeof *cpus);
#if defined(__linux__)
    cpu_set_t mask;
    if (process_mask(&mask)) {
        count = CPU_COUNT(&mask);
        memcpy(cpus->mask, &mask, sizeof mask);
    }
#endif
#if defined(_SC_NPROCESSORS_ONLN)
    if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    int32_t quota = denoise__cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    errno = before;
    if (quota > 0 && count > quota) count = quota;
    cpus->count = count < 1 ? 1 : count > INT32_MAX ? INT32_MAX : (int32_t)count;
}

int32_t denoise__cpu_count(void)
{
    denoise__cpus cpus;
    denoise__cpus_of_process(&cpus);
    return cpus.count;
}
