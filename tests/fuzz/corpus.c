/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/corpus.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct counting_sink {
    const fuzz_sink *sink;
    int64_t count;
} counting_sink;

static void add_counted(void *user_data, const char *name, const uint8_t *data, size_t size)
{
    counting_sink *counting = user_data;
    counting->count++;
    counting->sink->add(counting->sink->user_data, name, data, size);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void broken_line(const char *path, const char *line)
{
    (void)fprintf(stderr, "%s: no name and hexadecimal bytes: %.60s\n", path, line);
    exit(EXIT_FAILURE);
}

static void add_line(const fuzz_sink *sink, const char *path, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#' || line[0] == '\0') return;
    char *hex = strchr(line, ' ');
    if (hex == NULL || strlen(hex + 1) % 2 != 0) broken_line(path, line);
    *hex++ = '\0';
    size_t size = strlen(hex) / 2;
    uint8_t *data = malloc(size + 1);
    if (data == NULL) abort();
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) broken_line(path, line);
        data[i] = (uint8_t)(high * 16 + low);
    }
    sink->add(sink->user_data, line, data, size);
    free(data);
}

static void add_list(const fuzz_sink *sink, const char *folder, const char *name)
{
    static char line[65536];
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s/%s.txt", DENOISE_FUZZ_DIR, folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) return; /* nothing stored yet */
    while (fgets(line, sizeof line, file) != NULL) {
        add_line(sink, path, line);
    }
    (void)fclose(file);
}

int64_t corpus_each(const fuzz_target *target, const fuzz_sink *sink)
{
    counting_sink counting = {sink, 0};
    const fuzz_sink counted = {add_counted, &counting};
    target->seeds(&counted);
    add_list(&counted, "corpus", target->name);
    add_list(&counted, "regress", target->name);
    return counting.count;
}

static int64_t add_file(const fuzz_sink *sink, const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size + 1);
    if (file == NULL || data == NULL) {
        if (file != NULL) (void)fclose(file);
        free(data);
        return -1;
    }
    size = fread(data, 1, size, file);
    (void)fclose(file);
    sink->add(sink->user_data, path, data, size);
    free(data);
    return 1;
}

static int64_t add_folder(const fuzz_sink *sink, const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    int64_t count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char inner[1024];
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(inner, sizeof inner, "%.700s/%.300s", path, entry->d_name);
        int64_t more = corpus_each_file(inner, sink);
        if (more > 0) count += more;
    }
    (void)closedir(folder);
    return count;
}

int64_t corpus_each_file(const char *path, const fuzz_sink *sink)
{
    struct stat facts;
    if (stat(path, &facts) != 0) return -1;
    return S_ISDIR(facts.st_mode) ? add_folder(sink, path) : add_file(sink, path, (size_t)facts.st_size);
}
