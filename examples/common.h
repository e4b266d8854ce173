/* SPDX-License-Identifier: Apache-2.0 */
/* What all examples share: their options, a log sink on standard output, and one way of checking calls. */
#ifndef DENOISE_EXAMPLES_COMMON_H
#define DENOISE_EXAMPLES_COMMON_H

#include <denoise/denoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every example has an `int result = 1`, sets it to 0 at its end, and frees all it has behind the label `done`. */
#define CHECK(call)                                                                                                            \
    do {                                                                                                                       \
        if ((call) != DENOISE_OK) {                                                                                            \
            fprintf(stderr, "%s\n", denoise_last_error());                                                                     \
            goto done;                                                                                                         \
        }                                                                                                                      \
    } while (0)

typedef struct example_options {
    const char *data;  /* folder of MNIST; NULL = DENOISE_DATA_DIR or the cache */
    const char *out;   /* folder for pictures and weights */
    const char *noise; /* "gaussian", "uniform" or NULL */
    uint64_t seed;
    int64_t epochs; /* -1 = the notes' own */
    int64_t units;  /* of the classifier's first layer */
} example_options;

static inline void example_print(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)user_data;
    fwrite(text, 1, (size_t)length, level == DENOISE_LOG_OUTPUT ? stdout : stderr);
    fflush(level == DENOISE_LOG_OUTPUT ? stdout : stderr);
}

static inline int example_usage(const char *program)
{
    fprintf(stderr, "usage: %s [--seed N] [--epochs N] [--data FOLDER] [--noise gaussian|uniform] [--out FOLDER] [--units N]\n",
            program);
    return 0;
}

/* Reads a whole number; returns 0 when the text is none. */
static inline int example_number(const char *text, int64_t least, int64_t *value)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || number < least) return 0;
    *value = number;
    return 1;
}

/* Fills in the options, makes the output folder, and connects the library's text to standard output; returns 0 after a mistake.
 */
static inline int example_start(example_options *options, int argc, char **argv)
{
    denoise_log_sink sink = {(int64_t)sizeof sink, example_print, NULL, NULL, isatty(STDOUT_FILENO), 0};
    const char *columns = getenv("COLUMNS");
    int64_t seed = 0, width = 0;
    *options = (example_options){.out = "out", .seed = 42, .epochs = -1, .units = 256};
    for (int i = 1; i < argc; i += 2) {
        const char *value = argv[i + 1]; /* NULL behind the last argument */
        int good = value != NULL;
        if (good && strcmp(argv[i], "--data") == 0)
            options->data = value;
        else if (good && strcmp(argv[i], "--out") == 0)
            options->out = value;
        else if (good && strcmp(argv[i], "--noise") == 0)
            options->noise = value;
        else if (good && strcmp(argv[i], "--seed") == 0)
            good = example_number(value, 0, &seed), options->seed = (uint64_t)seed;
        else if (good && strcmp(argv[i], "--epochs") == 0)
            good = example_number(value, 1, &options->epochs);
        else if (good && strcmp(argv[i], "--units") == 0)
            good = example_number(value, 1, &options->units);
        else
            good = 0;
        if (!good) return example_usage(argv[0]);
    }
    if (options->noise != NULL && strcmp(options->noise, "gaussian") != 0 && strcmp(options->noise, "uniform") != 0) {
        return example_usage(argv[0]);
    }
    if (columns != NULL && example_number(columns, 20, &width)) sink.columns = (int32_t)width;
    if (denoise_set_log_sink(&sink) != DENOISE_OK) return 0;
    if (mkdir(options->out, 0777) != 0 && access(options->out, W_OK) != 0) {
        fprintf(stderr, "cannot write to the folder \"%s\"\n", options->out);
        return 0;
    }
    return 1;
}

/* "out/name" in one of a few buffers, so that two can be used in one call. */
static inline const char *example_path(const example_options *options, const char *name)
{
    static char buffers[4][1024];
    static int next;
    char *buffer = buffers[next++ % 4];
    snprintf(buffer, sizeof buffers[0], "%s/%s", options->out, name);
    return buffer;
}

#endif
