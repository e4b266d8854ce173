/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"
#include "clock.h"
#include "core/cpu.h"
#include "counters.h"
#include "crew.h"
#include "peak.h"
#include "placement.h"
#include "report.h"
#include "statistics.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 99 };

static double l2_read, l2_write;

double machine_l2_read(void)
{
    return l2_read;
}

double machine_l2_write(void)
{
    return l2_write;
}

/* The text behind "model name : ", or what aarch64 says instead. */
static void cpu_name(char *name, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        bool names = strncmp(line, "model name", 10) == 0 || strncmp(line, "CPU part", 8) == 0;
        if (!names || colon == NULL) continue;
        snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (file != NULL) (void)fclose(file);
}

/* The setting in brackets: "always [madvise] never". */
static void huge_pages(char *setting, size_t size)
{
    char line[128] = "";
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL) line[0] = '\0';
        (void)fclose(file);
    }
    const char *open = strchr(line, '[');
    snprintf(setting, size, "%.*s", open == NULL ? 7 : (int)strcspn(open + 1, "]"), open == NULL ? "unknown" : open + 1);
}

static double median_of(double (*measure)(void), int count)
{
    double values[MOST];
    for (int i = 0; i < count; i++)
        values[i] = measure();
    return summarize(values, count).median;
}

static double piece_seconds;

static double one_peak(void)
{
    return peak_measure(piece_seconds).gflops;
}

static double one_share(void)
{
    return peak_measure(piece_seconds).cpu_share;
}

static double one_read(void)
{
    return peak_l2_read(piece_seconds);
}

static double one_write(void)
{
    return peak_l2_write(piece_seconds);
}

/* Operations a cycle beside the nearest that whole pipes of this width could do (2 a lane and cycle). */
static void cross_check(json_t *machine, double gflops, double ghz)
{
    double per_cycle = gflops / ghz, pipe = 2.0 * peak_lanes(), pipes = fmax(1.0, round(per_cycle / pipe));
    report_number(machine, "clock_ghz", ghz);
    report_number(machine, "flops_per_cycle", per_cycle);
    report_number(machine, "flops_per_cycle_of_whole_pipes", pipes * pipe);
    report_number(machine, "peak_by_clock", per_cycle / (pipes * pipe));
}

static void measure_crew(json_t *machine, const options *o, int threads)
{
    char key[16];
    snprintf(key, sizeof key, "%d", threads);
    crew_start(threads, o->pin);
    double gflops = median_of(one_peak, o->samples);
    report_number(report_object(machine, "peak_gflops"), key, gflops);
    report_number(report_object(machine, "cpu_share"), key, median_of(one_share, o->samples));
    json_object_set_new(report_object(machine, "pinned"), key, json_boolean(crew_is_pinned()));
    if (threads == 1) {
        l2_read = median_of(one_read, o->samples);
        l2_write = median_of(one_write, o->samples);
        report_number(machine, "l2_gb_s", l2_read);
        report_number(machine, "l2_write_gb_s", l2_write);
        report_count(machine, "l2_bytes", peak_l2_bytes());
        cross_check(machine, gflops, median_of(clock_ghz, o->samples));
    } else {
        report_number(machine, "round_trip_ns", median_of(crew_round_trip, o->samples));
        json_object_set_new(machine, "same_core",
                            crew_is_pinned() ? json_boolean(placement_same_core(crew_cpu(0), crew_cpu(1))) : json_null());
    }
}

static double number(const json_t *machine, const char *key, const char *inner)
{
    const json_t *value = json_object_get(machine, key);
    return json_number_value(inner == NULL ? value : json_object_get(value, inner));
}

static void print(const json_t *machine)
{
    printf("%s, %s, engine %s, huge pages %s\n", json_string_value(json_object_get(machine, "cpu")),
           json_string_value(json_object_get(machine, "isa")), json_string_value(json_object_get(machine, "engine")),
           json_string_value(json_object_get(machine, "huge_pages")));
    printf("peak of a core %.1f GFLOP/s alone, %.1f with two together; L2 %.0f GB/s read, %.0f written; round trip %.0f ns\n",
           number(machine, "peak_gflops", "1"), number(machine, "peak_gflops", "2"), number(machine, "l2_gb_s", NULL),
           number(machine, "l2_write_gb_s", NULL), number(machine, "round_trip_ns", NULL));
    printf("clock %.2f GHz: %.1f operations a cycle, %.2f of whole pipes; threads %s\n", number(machine, "clock_ghz", NULL),
           number(machine, "flops_per_cycle", NULL), number(machine, "peak_by_clock", NULL),
           json_is_true(json_object_get(json_object_get(machine, "pinned"), "2")) ? "pinned" : "not pinned");
    if (number(machine, "cpu_share", "2") < 0.98) {
        printf("WARNING: others use the CPUs, a thread has one for %.0f %% of the time\n",
               100.0 * number(machine, "cpu_share", "2"));
    }
    if (json_is_true(json_object_get(machine, "same_core"))) printf("WARNING: both threads run on one core\n");
    fflush(stdout);
}

void machine_measure(json_t *report, const options *o)
{
    json_t *machine = report_object(report, "machine"), *build;
    char text[1024];
    int cpus[MOST];
    piece_seconds = o->peak_seconds;
    cpu_name(text, sizeof text);
    report_text(machine, "cpu", text);
    report_text(machine, "isa", denoise__cpu_isa_name());
    measure_crew(machine, o, 1);
    measure_crew(machine, o, 2);
    report_count(machine, "cpus", placement_choose(cpus, MOST));
    report_text(machine, "engine", denoise_engine_name());
    huge_pages(text, sizeof text);
    report_text(machine, "huge_pages", text);
    denoise_build_info(text, (int64_t)sizeof text);
    build = json_loads(text, 0, NULL);
    if (build != NULL) json_object_set_new(machine, "build", build);
    print(machine);
}
