/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "networks.h"
#include "report.h"
#include "samples.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUICK_ROWS = 1300, DNCNN_BATCH = 128, QUICK_DNCNN_BATCH = 2 };

extern char **environ;

/* The program beside this one. */
static void find_program(char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    check_that(length > 0, "cannot find the folder of this program");
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    check_that(slash != NULL, "cannot find the folder of this program");
    *slash = '\0';
    check_that(snprintf(path, size, "%s/denoise_bench_process", self) < (int)size, "the path of this program is too long");
}

/* Runs a program to its end; the first line that it writes lands in `line`. False when it failed. */
static bool run(char *const *arguments, char *line, int size)
{
    int ends[2], result;
    pid_t child;
    posix_spawn_file_actions_t actions;
    check_that(pipe(ends) == 0 && posix_spawn_file_actions_init(&actions) == 0, "cannot make a pipe");
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    (void)posix_spawn_file_actions_addclose(&actions, ends[1]);
    result = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    check_that(output != NULL, "cannot read from a pipe");
    if (result != 0 || fgets(line, size, output) == NULL) line[0] = '\0';
    (void)fclose(output);
    if (result != 0) return false;
    while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

/* What the program told, new. */
static json_t *run_process(char *const *arguments)
{
    char line[512];
    check_that(run(arguments, line, (int)sizeof line), "denoise_bench_process failed");
    json_t *told = json_loads(line, 0, NULL);
    check_that(told != NULL, "denoise_bench_process wrote something else than JSON");
    return told;
}

static double number(const json_t *told, const char *key)
{
    return json_number_value(json_object_get(told, key));
}

static void temporary(char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, size, "%s/denoise_bench_XXXXXX", folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    int file = mkstemp(path);
    check_that(file >= 0, "cannot make a temporary file");
    (void)close(file);
}

static void measure_prediction(json_t *json, char *program, const options *o)
{
    static samples start, inside, memory;
    char path[PATH_MAX];
    denoise_model *model = network_build_composite(false);
    temporary(path, sizeof path);
    check(denoise_model_save_weights(model, path));
    denoise_model_free(model);
    samples_begin(&start, o), samples_begin(&inside, o), samples_begin(&memory, o);
    while (samples_more(&start)) {
        char *arguments[] = {program, (char[]){"predict"}, path, NULL};
        watch before = watch_open(o);
        double began = clock_seconds();
        json_t *told = run_process(arguments);
        sighting seen = watch_close(&before);
        samples_add(&start, number(told, "done") - began, NAN, &seen);
        samples_add(&inside, number(told, "in_process_ms") * 1e-3, NAN, &seen);
        samples_add(&memory, number(told, "peak_rss_mb"), NAN, &seen);
        json_decref(told);
    }
    (void)unlink(path);
    samples_print(&start, "w4 start to first prediction", 1e3, "ms");
    samples_print(&inside, "w4 main to first prediction", 1e3, "ms");
    samples_print(&memory, "w4 peak memory, one prediction", 1.0, "MB");
    report_number(json, "first_prediction_ms", samples_values(&start).median * 1e3);
    report_number(json, "main_to_prediction_ms", samples_values(&inside).median * 1e3);
    report_number(json, "rss_predict_mb", samples_values(&memory).median);
    json_object_set_new(json, "spread_ms", samples_json(&start, 1e3));
}

static void measure_training(json_t *json, char *program, const options *o)
{
    char rows[16], folder[PATH_MAX];
    snprintf(rows, sizeof rows, "%d", o->quick && o->data == NULL ? QUICK_ROWS : 0);
    snprintf(folder, sizeof folder, "%s", o->data != NULL ? o->data : "");
    char *arguments[] = {program, (char[]){"train"}, rows, o->data != NULL ? folder : NULL, NULL};
    json_t *told = run_process(arguments);
    printf("w4 peak memory, an epoch of w1 from bytes: %.1f MB\n", number(told, "peak_rss_mb"));
    report_number(json, "rss_train_mb", number(told, "peak_rss_mb"));
    json_decref(told);
}

/* The library's file without symbols and debugging information; as it is where there is no strip. */
static void measure_size(json_t *json, const options *o)
{
    char stripped[PATH_MAX], library[PATH_MAX], line[16];
    struct stat status;
    snprintf(library, sizeof library, "%s", o->library != NULL ? o->library : DENOISE_BENCH_LIBRARY);
    temporary(stripped, sizeof stripped);
    char *arguments[] = {(char[]){"strip"}, (char[]){"-o"}, stripped, library, NULL};
    bool strips = run(arguments, line, (int)sizeof line);
    if (stat(strips ? stripped : library, &status) == 0) {
        printf("w4 library, %s: %.0f KB\n", strips ? "stripped" : "not stripped", (double)status.st_size / 1024.0);
        report_number(json, "library_kb", (double)status.st_size / 1024.0);
    } else {
        printf("w4 library: \"%s\" cannot be read\n", library);
        report_number(json, "library_kb", NAN);
    }
    json_object_set_new(json, "library_is_stripped", json_boolean(strips));
    (void)unlink(stripped);
}

/* DnCNN-S learns in a process of its own. */
static void measure_dncnn(json_t *json, char *program, const options *o)
{
    int batch = o->quick ? QUICK_DNCNN_BATCH : DNCNN_BATCH;
    char rows[16];
    snprintf(rows, sizeof rows, "%d", batch);
    char *arguments[] = {program, (char[]){"dncnn"}, rows, NULL};
    json_t *told = run_process(arguments);
    printf("\ndncnn_train_memory: peak of two steps of DnCNN-S with batch normalisation, batch %d: %.1f MB\n", batch,
           number(told, "peak_rss_mb"));
    report_number(json, "mb", number(told, "peak_rss_mb"));
    report_count(json, "batch", batch);
    json_decref(told);
}

void process_measure(json_t *report, const options *o)
{
    char program[PATH_MAX];
    if ((o->parts & (PART_W4 | PART_DNCNN_MEMORY)) == 0) return;
    find_program(program, sizeof program);
    /* Not pinned: a process inherits the CPUs of the one that starts it. */
    crew_start(1, false);
    if (o->parts & PART_W4) {
        json_t *json = report_object(report, "w4");
        printf("\nw4: a process of its own\n");
        measure_prediction(json, program, o);
        measure_training(json, program, o);
        measure_size(json, o);
    }
    if (o->parts & PART_DNCNN_MEMORY) measure_dncnn(report_object(report, "dncnn_train_memory"), program, o);
}
