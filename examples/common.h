/* SPDX-License-Identifier: Apache-2.0 */
/* What all examples share: their options, a log sink on standard output, and one way of checking calls. */
#ifndef DENOISE_EXAMPLES_COMMON_H
#define DENOISE_EXAMPLES_COMMON_H

#include <denoise/denoise.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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
    int64_t rows;   /* of the digits; -1 = all */
} example_options;

/* An option that one example has beside those of all: a text, or a whole number of at least 1. */
typedef struct example_extra {
    const char *name, *help; /* "sigma", "  --sigma N      ..." */
    const char **text;       /* where it goes; NULL = it is a number */
    int64_t *number;
} example_extra;

static inline void example_print(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)user_data;
    fwrite(text, 1, (size_t)length, level == DENOISE_LOG_OUTPUT ? stdout : stderr);
    fflush(level == DENOISE_LOG_OUTPUT ? stdout : stderr);
}

/* At the end of every example: what was printed must have reached its place, or it was not a success (a full disk). */
static inline void example_check_output(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    fprintf(stderr, "cannot write to standard output%s%s\n", errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    _Exit(EXIT_FAILURE);
}

static inline void example_help(const char *program, const example_extra *extra, int count)
{
    printf("usage: %s [options]\n"
           "  --seed N       of weights, shuffling, dropout and noise (42)\n"
           "  --epochs N     at most so many (the notebook's)\n"
           "  --data FOLDER  with MNIST's four files ($DENOISE_DATA_DIR, else the user's cache)\n"
           "  --noise KIND   gaussian or uniform (the program's own)\n"
           "  --out FOLDER   for pictures and weights (out)\n"
           "  --units N      of the classifier's first layer (256)\n"
           "  --rows N       at most so many digits to learn from, and to test (all)\n"
           "  --help         this text\n",
           program);
    for (int i = 0; i < count; i++)
        puts(extra[i].help);
}

/* Reads a whole number; returns 0 when the text is none. */
static inline int example_number(const char *text, int64_t least, int64_t *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least) return 0;
    *value = number;
    return 1;
}

/* Takes one option's value; returns 0 when it is none that the option can have. */
static inline int example_take(example_options *options, int option, const char *value)
{
    int64_t seed;
    switch (option) {
    case 'd':
        options->data = value;
        return 1;
    case 'o':
        options->out = value;
        return 1;
    case 'n':
        options->noise = value;
        return strcmp(value, "gaussian") == 0 || strcmp(value, "uniform") == 0;
    case 's':
        if (!example_number(value, 0, &seed)) return 0;
        options->seed = (uint64_t)seed;
        return 1;
    case 'e':
        return example_number(value, 1, &options->epochs);
    case 'r':
        return example_number(value, 1, &options->rows);
    default:
        return example_number(value, 1, &options->units);
    }
}

enum { EXAMPLE_COMMON = 8, EXAMPLE_EXTRA = 8, EXAMPLE_FIRST_EXTRA = 256 };

/* Reads the command line; returns 0 after a mistake, which is named. getopt_long names options that are not known. */
static inline int example_options_read(example_options *options, int argc, char **argv, const example_extra *extra, int count)
{
    struct option known[EXAMPLE_COMMON + EXAMPLE_EXTRA + 1] = {
        {"seed", required_argument, NULL, 's'}, {"epochs", required_argument, NULL, 'e'},
        {"data", required_argument, NULL, 'd'}, {"noise", required_argument, NULL, 'n'},
        {"out", required_argument, NULL, 'o'},  {"units", required_argument, NULL, 'u'},
        {"rows", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}};
    for (int i = 0; i < count && i < EXAMPLE_EXTRA; i++)
        known[EXAMPLE_COMMON + i] = (struct option){extra[i].name, required_argument, NULL, EXAMPLE_FIRST_EXTRA + i};
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
        if (option == 'h') {
            example_help(argv[0], extra, count);
            exit(EXIT_SUCCESS);
        }
        if (option == '?') {
            fprintf(stderr, "%s --help lists the options\n", argv[0]);
            return 0;
        }
        const example_extra *own = option >= EXAMPLE_FIRST_EXTRA ? &extra[option - EXAMPLE_FIRST_EXTRA] : NULL;
        if (own != NULL && own->text != NULL)
            *own->text = optarg;
        else if (!(own != NULL ? example_number(optarg, 1, own->number) : example_take(options, option, optarg))) {
            fprintf(stderr, "%s: --%s cannot be \"%s\"; --help lists the options\n", argv[0], known[index].name, optarg);
            return 0;
        }
    }
    if (optind == argc) return 1;
    fprintf(stderr, "%s: \"%s\" is no option; --help lists the options\n", argv[0], argv[optind]);
    return 0;
}

/* Fills in the options, makes the output folder, connects the library's text to standard output, and has what is printed looked
 * after; returns 0 after a mistake. */
static inline int example_start_with(example_options *options, int argc, char **argv, const example_extra *extra, int count)
{
    denoise_log_sink sink = {(int64_t)sizeof sink, example_print, NULL, NULL, isatty(STDOUT_FILENO), 0};
    const char *columns = getenv("COLUMNS");
    int64_t width = 0;
    struct winsize window = {0};
    if (atexit(example_check_output) != 0) return 0;
    *options = (example_options){.out = "out", .seed = 42, .epochs = -1, .units = 256, .rows = -1};
    if (!example_options_read(options, argc, argv, extra, count)) return 0;
    if (columns != NULL && example_number(columns, 20, &width))
        sink.columns = (int32_t)width;
    else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0)
        sink.columns = window.ws_col;
    if (denoise_set_log_sink(&sink) != DENOISE_OK) return 0;
    if (mkdir(options->out, 0777) != 0 && access(options->out, W_OK) != 0) {
        fprintf(stderr, "cannot write to the folder \"%s\"\n", options->out);
        return 0;
    }
    return 1;
}

/* The same for an example that has no options of its own. */
static inline int example_start(example_options *options, int argc, char **argv)
{
    return example_start_with(options, argc, argv, NULL, 0);
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
