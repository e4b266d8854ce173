/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* gettid */
#include "threads/process_facts.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t count_names(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) return -1;
    int64_t count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(directory);
    return count;
}

/* Lines of the file that have the piece; *number = the first number behind it. */
static int64_t count_lines(const char *path, const char *piece, int64_t *number)
{
    FILE *file = fopen(path, "re");
    char line[1024];
    int64_t count = 0;
    if (file == NULL) return -1;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, piece);
        if (at == NULL) continue;
        if (count++ == 0 && number != NULL) *number = strtoll(at + strlen(piece), NULL, 10);
    }
    (void)fclose(file);
    return count;
}

process_facts process_look(void)
{
    process_facts facts = {.threads = count_names("/proc/self/task"), .descriptors = count_names("/proc/self/fd") - 1};
    facts.mappings = count_lines("/proc/self/maps", "", NULL);
    (void)count_lines("/proc/self/status", "VmRSS:", &facts.resident_kb);
    return facts;
}

bool process_wait_threads(int64_t wanted)
{
    for (int i = 0; i < 400; i++) {
        if (count_names("/proc/self/task") == wanted) return true;
        (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

/* The letter behind the name in parentheses, which may hold anything; see proc(5). */
static bool task_sleeps(const char *task)
{
    char path[64], line[512];
    (void)snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", task);
    FILE *file = fopen(path, "re");
    if (file == NULL) return true; /* it has ended */
    const char *name_end = fgets(line, sizeof line, file) == NULL ? NULL : strrchr(line, ')');
    (void)fclose(file);
    return name_end == NULL || name_end[2] == 'S';
}

static bool others_sleep(void)
{
    DIR *directory = opendir("/proc/self/task");
    bool sleep = true;
    if (directory == NULL) return false;
    for (const struct dirent *entry; sleep && (entry = readdir(directory)) != NULL;)
        sleep = entry->d_name[0] == '.' || strtoll(entry->d_name, NULL, 10) == gettid() || task_sleeps(entry->d_name);
    (void)closedir(directory);
    return sleep;
}

bool process_wait_others_sleep(void)
{
    for (int i = 0; i < 400; i++) {
        if (others_sleep()) return true;
        (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

bool process_maps(const char *piece)
{
    return count_lines("/proc/self/maps", piece, NULL) > 0;
}
