/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include "placement.h"
#include <stdio.h>
#if defined(__linux__)
#include <sched.h>

static const cpu_set_t *allowed(void)
{
    static cpu_set_t set;
    static bool known;
    if (!known) {
        CPU_ZERO(&set);
        (void)sched_getaffinity(0, sizeof set, &set);
        known = true;
    }
    return &set;
}

static int topology(int cpu, const char *what)
{
    char path[128];
    int value = -1;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
    FILE *file = fopen(path, "r");
    if (file == NULL) return -1;
    if (fscanf(file, "%d", &value) != 1) value = -1;
    (void)fclose(file);
    return value;
}

bool placement_same_core(int a, int b)
{
    int core = topology(a, "core_id");
    if (a == b) return true;
    return core >= 0 && core == topology(b, "core_id") &&
           topology(a, "physical_package_id") == topology(b, "physical_package_id");
}

static bool is_taken(int cpu, const int *cpus, int count, bool whole_core)
{
    for (int i = 0; i < count; i++) {
        if (cpus[i] == cpu || (whole_core && placement_same_core(cpus[i], cpu))) return true;
    }
    return false;
}

int placement_choose(int *cpus, int count)
{
    const cpu_set_t *set = allowed();
    int found = 0;
    for (int siblings = 0; siblings <= 1; siblings++) {
        for (int cpu = 0; cpu < CPU_SETSIZE && found < count; cpu++) {
            if (CPU_ISSET((size_t)cpu, set) && !is_taken(cpu, cpus, found, siblings == 0)) cpus[found++] = cpu;
        }
    }
    return found;
}

bool placement_pin(int cpu)
{
    cpu_set_t set;
    (void)allowed();
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

void placement_release(void)
{
    (void)sched_setaffinity(0, sizeof(cpu_set_t), allowed());
}
#else
int placement_choose(int *cpus, int count)
{
    for (int i = 0; i < count; i++)
        cpus[i] = i;
    return count;
}

bool placement_pin(int cpu)
{
    (void)cpu;
    return false;
}

void placement_release(void) {}

bool placement_same_core(int a, int b)
{
    return a == b;
}
#endif
