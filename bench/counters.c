/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"
#include "check.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

static atomic_llong allocations;

static void *allocate(size_t size, void *user_data)
{
    (void)user_data;
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return malloc(size);
}

static void *reallocate(void *pointer, size_t size, void *user_data)
{
    (void)user_data;
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return realloc(pointer, size);
}

static void release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

void counters_start(void)
{
    denoise_allocator counting = {(int64_t)sizeof counting, allocate, reallocate, release, NULL};
    check(denoise_set_allocator(&counting));
}

int64_t counters_allocations(void)
{
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}

/* The number behind "field:" or "field " in a file of /proc; -1 when there is none. */
static int64_t field_of(const char *path, const char *field)
{
    char line[256];
    size_t length = strlen(field);
    int64_t value = -1;
    FILE *file = fopen(path, "r");
    while (file != NULL && value < 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, length) == 0 && line[length] == ':') value = strtoll(line + length + 1, NULL, 10);
    }
    if (file != NULL) (void)fclose(file);
    return value;
}

counters counters_read(void)
{
    counters sum = {.allocations = counters_allocations()};
    char path[300];
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; threads != NULL && (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        int64_t waited = field_of(path, "voluntary_ctxt_switches"), broken = field_of(path, "nonvoluntary_ctxt_switches");
        if (waited > 0) sum.voluntary += waited;
        if (broken > 0) sum.involuntary += broken;
    }
    if (threads != NULL) (void)closedir(threads);
    return sum;
}

/* The eighth number of the line "cpu" (man 5 proc). */
int64_t counters_steal(void)
{
    int64_t steal = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "cpu %*d %*d %*d %*d %*d %*d %*d %" SCNd64, &steal) != 1) steal = 0;
    (void)fclose(file);
    return steal;
}

int64_t counters_huge_kb(void)
{
    return field_of("/proc/self/smaps_rollup", "AnonHugePages");
}

int64_t counters_rss_kb(const char *field)
{
    return field_of("/proc/self/status", field);
}
