/* SPDX-License-Identifier: Apache-2.0 */
/* Tries stored inputs without a fuzzer, and writes them out for one.
 *
 *   fuzz_replay target [file or folder ...]   tries these inputs; without any: seeds, corpus and regress of the target
 *   fuzz_replay --list                        the targets
 *   fuzz_replay --write folder                writes them to folder/<target>/ and the dictionary to folder/<target>.dict */
#include "fuzz/corpus.h"
#include "fuzz/fuzz.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct replay {
    const fuzz_target *target;
    int64_t tried, failed;
} replay;

static void try_input(void *user_data, const char *name, const uint8_t *data, size_t size)
{
    replay *state = user_data;
    /* A block of exactly this size, for the address sanitizer to see the end of. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) abort();
    if (size > 0) memcpy(copy, data, size);
    const char *failure = fuzz_try(state->target, copy, size, true);
    free(copy);
    state->tried++;
    if (failure == NULL) return;
    state->failed++;
    (void)printf("%s: input %" PRId64 " (%s, %zu bytes): %s\n", state->target->name, state->tried, name, size, failure);
}

static int run_target(const char *name, char **paths, int count)
{
    replay state = {fuzz_target_find(name), 0, 0};
    const fuzz_sink sink = {try_input, &state};
    if (state.target == NULL) {
        (void)fprintf(stderr, "fuzz_replay: no target %s\n", name);
        return EXIT_FAILURE;
    }
    if (count == 0) (void)corpus_each(state.target, &sink);
    for (int i = 0; i < count; i++) {
        if (corpus_each_file(paths[i], &sink) >= 0) continue;
        (void)fprintf(stderr, "fuzz_replay: cannot read %s\n", paths[i]);
        return EXIT_FAILURE;
    }
    (void)printf("%s: %" PRId64 " inputs, %" PRId64 " failed\n", name, state.tried, state.failed);
    return state.failed > 0 || state.tried == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

typedef struct writer {
    const char *folder;
    int64_t number;
} writer;

static FILE *create(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file != NULL) return file;
    perror(path);
    exit(EXIT_FAILURE);
}

static void write_input(void *user_data, const char *name, const uint8_t *data, size_t size)
{
    writer *state = user_data;
    char path[1024];
    (void)snprintf(path, sizeof path, "%.700s/%04" PRId64 "_%.60s", state->folder, state->number++, name);
    FILE *file = create(path);
    (void)fwrite(data, 1, size, file);
    (void)fclose(file);
}

static int write_all(const char *folder)
{
    (void)mkdir(folder, 0777);
    for (size_t i = 0; fuzz_targets[i] != NULL; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%.700s/%s", folder, fuzz_targets[i]->name);
        (void)mkdir(path, 0777);
        writer state = {path, 0};
        const fuzz_sink sink = {write_input, &state};
        int64_t count = corpus_each(fuzz_targets[i], &sink);
        (void)printf("%s: %" PRId64 " inputs\n", path, count);
        (void)strcat(path, ".dict");
        FILE *file = create(path);
        for (size_t k = 0; fuzz_targets[i]->dictionary[k] != NULL; k++) {
            (void)fprintf(file, "%s\n", fuzz_targets[i]->dictionary[k]);
        }
        (void)fclose(file);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) return write_all(argv[2]);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; fuzz_targets[i] != NULL; i++) {
            (void)printf("%s\n", fuzz_targets[i]->name);
        }
        return EXIT_SUCCESS;
    }
    if (argc >= 2 && argv[1][0] != '-') return run_target(argv[1], argv + 2, argc - 2);
    (void)fprintf(stderr, "usage: fuzz_replay target [file or folder ...] | --list | --write folder\n");
    return EXIT_FAILURE;
}
